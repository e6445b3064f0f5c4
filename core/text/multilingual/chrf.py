"""chrF, and its interval by drawing the texts again.

chrF compares runs of one to six characters, spaces aside, with those of a reference: the mean precision and the mean
recall over the lengths, recall counting twice (Popović 2015, https://aclanthology.org/W15-3049). The figure is
sacrebleu's (Post 2018); the draws add up each text's counts, which gives the same figure without counting anew.

Left out: words (chrF++), several references of one text.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np

from core.evaluation.intervals import bias_corrected_interval
from core.hub.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

ORDER = 6
BETA_SQUARED = 4.0
N_RESAMPLES = 1_000


def score_chrf(answers: Sequence[str], references: Sequence[str]) -> float:
    """Return the corpus's chrF, 0 to 100.

    Raises
    ------
    DataError
        If there are none, or their numbers differ.

    Examples
    --------
    >>> round(score_chrf(["La comida era buena."], ["La comida estaba buena."]), 1)
    63.7
    """
    from sacrebleu.metrics.chrf import CHRF

    if not answers or len(answers) != len(references):
        message = f"there are {len(answers)} translations and {len(references)} references; give one of each a text"
        raise DataError(message)
    return float(CHRF().corpus_score(list(answers), [list(references)]).score)


def resample_chrf(answers: Sequence[str], references: Sequence[str], seed: int = 0) -> tuple[float, float, float]:
    """Return chrF with the 95% interval of drawing the texts again a thousand times."""
    value = score_chrf(answers, references)
    counts = np.array([count_runs(*pair) for pair in zip(answers, references, strict=True)])  # (n, 6, 3)
    draws = np.random.default_rng(seed).integers(0, len(counts), (N_RESAMPLES, len(counts)))
    low, high = bias_corrected_interval(value, np.array([add_counts(counts[rows]) for rows in draws]))
    return value, min(low, value), max(high, value)


def count_runs(answer: str, reference: str) -> NDArray[np.float64]:
    """Count runs of 1 to 6 characters: the answer's, the reference's and those in both, shape (6, 3).

    Examples
    --------
    >>> count_runs("ab", "a b c")[:2].tolist()
    [[2.0, 3.0, 2.0], [1.0, 2.0, 1.0]]
    """
    first, second = ("".join(text.split()) for text in (answer, reference))
    rows = []
    for length in range(1, ORDER + 1):
        here, there = (
            Counter(text[at : at + length] for at in range(len(text) - length + 1)) for text in (first, second)
        )
        rows.append((here.total(), there.total(), (here & there).total()))
    return np.array(rows, np.float64)


def add_counts(counts: NDArray[np.float64]) -> float:
    """Return the chrF of several texts' counts, shape (n, 6, 3), added up."""
    here, there, both = counts.sum(axis=0).T
    used = (here > 0) & (there > 0)
    if not used.any() or not both[used].any():
        return 0.0
    precision, recall = float((both[used] / here[used]).mean()), float((both[used] / there[used]).mean())
    return 100 * (1 + BETA_SQUARED) * precision * recall / (BETA_SQUARED * precision + recall)
