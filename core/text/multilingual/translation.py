"""Translation by whichever engine is there, and how good it is: chrF against people's translations.

Three engines: Apertium (rules, offline, every stage to be looked at), MarianMT (a neural network of the hub), and a
server of one's own by setting. An answer always names its engine.

The reference text is the Declaration of Human Rights, whose official versions say the same paragraph by paragraph; the
baseline leaves the text as it is.

Left out: choosing an engine by itself; judging meaning, which chrF cannot.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal

import numpy as np

from core.hub.errors import DataError
from core.hub.settings import load_settings
from core.text._shared.cleaning import clean_text
from core.text.multilingual.apertium import MODES, Stage, list_pairs, run_pair
from core.text.multilingual.chrf import resample_chrf, score_chrf
from core.text.multilingual.language_text import load_declaration
from core.text.multilingual.marian import REVISIONS, fetch_marian
from core.text.multilingual.translation_api import ask_server

Engine = Literal["apertium", "marian", "server"]
ENGINES: tuple[Engine, ...] = ("apertium", "marian", "server")
N_PARAGRAPHS = 12


@dataclass(frozen=True, slots=True)
class Offer:
    """A pair that an engine has.

    Parameters
    ----------
    through : str
        The language between, where the pair is put together; empty for a direct one.
    missing : str
        What is lacking here, as a line to install or a sentence; empty where it works.
    """

    engine: Engine
    source: str
    target: str
    through: str = ""
    missing: str = ""


@dataclass(frozen=True, slots=True)
class Translation:
    """A translated text: which engine answered, and Apertium's stages where it did."""

    text: str
    engine: str
    source: str
    target: str
    stages: tuple[Stage, ...] = ()

    @property
    def n_unknown(self) -> int:
        """How many words Apertium did not know."""
        return sum(word.startswith("*") for word in self.text.split()) if self.stages else 0


@dataclass(frozen=True, slots=True)
class TranslationRow:
    """chrF (0–100) of an engine on a pair beside that of leaving the text as it is, with its 95% interval."""

    engine: str
    source: str
    target: str
    chrf: float
    low: float
    high: float
    n: int
    baseline: float


def list_offers(modes: Path = MODES) -> tuple[Offer, ...]:
    """List every pair of every engine, those that work here first within each engine.

    Examples
    --------
    >>> {offer.missing for offer in list_offers(Path("/nowhere")) if (offer.source, offer.target) == ("es", "fr")}
    {'apt-get install apertium apertium-fr-es'}
    """
    rules = [
        Offer("apertium", pair.source, pair.target, "" if len(pair.path) == 2 else pair.path[1], pair.missing)  # noqa: PLR2004 — a direct way has two ends
        for pair in list_pairs(modes)
    ]
    neural = [Offer("marian", source, target) for source, target in REVISIONS]
    return tuple(sorted(rules, key=lambda offer: bool(offer.missing)) + neural)


def translate(
    text: str, source: str, target: str, engine: Engine = "apertium", cache: Path | None = None
) -> Translation:
    """Translate a text.

    Parameters
    ----------
    text : str
        1 to 5,000 characters.
    engine : str
        ``marian`` fetches 300 MB once and imports torch: call it in a job.
    cache : Path, optional
        Where fetched models are kept.

    Raises
    ------
    DataError
        If the text is empty or the engine lacks the pair.
    LimitError
        If it is too long.
    UnavailableError
        If the engine is not there.
    """
    clean_text(text)  # refuses what is empty or far too long; the lines are then cleaned one by one, to keep them
    text = "\n".join(clean_text(line) if line.strip() else "" for line in text.splitlines())
    if engine == "apertium":
        stages = run_pair(text, source, target)
        return Translation(stages[-1].output, "Apertium", source, target, stages)
    if engine == "marian":
        translator = fetch_marian(source, target, cache or load_settings().hub_home / "packages")
        return Translation(translator.translate(text), translator.name, source, target)
    return Translation(ask_server(text, source, target), "translation server", source, target)


def pair_paragraphs(source: str, target: str, n: int = N_PARAGRAPHS) -> tuple[tuple[str, str], ...]:
    """Return paragraphs of the Declaration in two languages, one from each of its ends and between, evenly.

    Raises
    ------
    DataError
        If the two versions are parted into paragraphs differently.
    """
    first, second = (load_declaration()[code] for code in (source, target))
    if len(first) != len(second):
        message = (
            f"the Declaration has {len(first)} paragraphs in {source} and {len(second)} in {target}; choose another"
        )
        raise DataError(message)
    rows = np.linspace(0, len(first) - 1, min(n, len(first))).astype(int)
    return tuple((first[row], second[row]) for row in rows)


@lru_cache(maxsize=32)
def measure_translation(source: str, target: str, engine: Engine = "apertium", n: int = N_PARAGRAPHS) -> TranslationRow:
    """Score an engine on paragraphs of the Declaration, beside the text left as it is.

    Raises
    ------
    DataError, LimitError, UnavailableError
        As :func:`translate` and :func:`pair_paragraphs`.
    """
    pairs = pair_paragraphs(source, target, n)
    # One call for all: a line is a paragraph, and every engine keeps lines.
    answers = translate("\n".join(text for text, _ in pairs), source, target, engine).text.replace("*", "").split("\n")
    references = [reference for _, reference in pairs]
    baseline = score_chrf([text for text, _ in pairs], references)
    return TranslationRow(engine, source, target, *resample_chrf(answers, references), len(pairs), baseline)
