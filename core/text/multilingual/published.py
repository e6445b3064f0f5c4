"""Published figures to stand beside ours, with their source; they are of other texts than ours.

F. Barbieri, L. Espinosa Anke & J. Camacho-Collados (2022), XLM-T, https://arxiv.org/abs/2104.12250: macro-F1 over
tweets that people wrote and labelled in Arabic, English, French, German, Hindi, Italian, Portuguese and Spanish.

Left out: figures of single languages.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Published:
    """A model's macro-F1 (0–1), over how many languages, and where it is written."""

    model: str
    macro_f1: float
    n_languages: int
    source: str


PUBLISHED: tuple[Published, ...] = (
    Published("XLM-R", 0.648, 8, "Barbieri et al. 2022, arXiv:2104.12250"),
    Published("XLM-T", 0.694, 8, "Barbieri et al. 2022, arXiv:2104.12250"),
)
