"""Is this explanation true? Every method put to the same three questions, in one table.

1. Does it name a word that was planted and decides? (``recovery``)
2. Does the answer hang on the words that it names first? (``erasure``)
3. Does it change when the network forgets what it learnt? (``randomised``)

Left out: whether a person finds an explanation convincing, which is another question.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from time import perf_counter

import numpy as np
import pandas as pd

from core.hub.contract import OnStep
from core.hub.progress import Progress
from core.text.sentiment.explain.erasure import Erasure, draw_chance, measure_erasure
from core.text.sentiment.explain.low_rank import Planted
from core.text.sentiment.explain.methods import ask_reader, explain_text, find_method, list_methods
from core.text.sentiment.explain.planted import PlantedText
from core.text.sentiment.explain.randomised import Randomisation, check_randomised
from core.text.sentiment.explain.recovery import Recovery, find_followed, score_recovery
from core.text.sentiment.explain.result import WordEffects
from core.text.sentiment.explain.subject import Subject
from core.text.sentiment.explain.words import split_words

GOOD_AUC = 0.95
N_RANDOMISED = 5
"""Texts of the third check, which explains each as often as the network has parts."""


@dataclass(frozen=True, slots=True, eq=False)
class MethodScore:
    """What the checks found of one method.

    Parameters
    ----------
    erasure : Erasure
    recovery, randomisation : optional
        None of a classifier that is no transformer.
    ms : float
        Median milliseconds that explaining one text took.
    """

    name: str
    title: str
    erasure: Erasure
    recovery: Recovery | None
    randomisation: Randomisation | None
    ms: float

    @property
    def passed(self) -> bool:
        """Whether every check that was made was passed, intervals allowed for."""
        named = self.recovery is None or self.recovery.auc.value >= GOOD_AUC
        noticed = self.randomisation is None or self.randomisation.notices
        return named and noticed and self.erasure.comprehensiveness.low > 0 and self.erasure.sufficiency.low > 0

    @property
    def verdict(self) -> str:
        """What can be said of the method, in a few words."""
        doubts = []
        if self.recovery and self.recovery.auc.value < GOOD_AUC:
            doubts.append("misses the planted word")
        if min(self.erasure.comprehensiveness.low, self.erasure.sufficiency.low) <= 0:
            doubts.append("cannot be told from a random order")
        if self.randomisation and not self.randomisation.notices:
            doubts.append("does not notice a network of chance")
        return "; ".join(doubts) or "passed every check"


def check_methods(
    subject: Subject,
    texts: Sequence[str],
    planted: tuple[Planted, Sequence[PlantedText]] | None = None,
    names: Sequence[str] = (),
    seed: int = 0,
    on_step: OnStep | None = None,
) -> tuple[MethodScore, ...]:
    """Put methods to the test on some texts.

    Parameters
    ----------
    subject : Subject
        The classifier that is explained.
    texts : sequence of str
        Held-out ones, at least two; some twenty give usable intervals.
    planted : (Planted, sequence of PlantedText), optional
        For the first check; texts that nobody learnt from.
    names : sequence of str
        Methods; by default all that the classifier can be asked by.

    Raises
    ------
    DataError
        If there are too few texts, or the planted word is not followed.
    RecipeError
        If the classifier cannot be asked by a method.
    """
    names = list(names) or [method.name for method in list_methods(subject)]
    progress = Progress(len(names) + 2, on_step)
    blank = [_blank(text) for text in texts]
    chance = draw_chance(subject.score, blank, texts, seed)
    followed = find_followed(planted[0].reader, planted[1]) if planted else []
    progress.advance()
    made = []
    for name in names:
        found, ms = _explain_all(subject, texts, name)
        recovery = score_recovery(planted[0].reader, followed, ask_reader(name), seed) if planted else None
        made.append((name, measure_erasure(subject.score, found, chance, seed), recovery, ms))
        progress.advance()
    noticed = _check_noticing(subject, texts, names, seed)
    progress.advance()
    return tuple(
        MethodScore(name, find_method(name).title, erasure, recovery, randomisation, ms)
        for (name, erasure, recovery, ms), randomisation in zip(made, noticed, strict=True)
    )


def scores_to_frame(scores: Sequence[MethodScore]) -> pd.DataFrame:
    """Lay the checks out as a table, a row for each method; NaN where a check was not made."""
    rows = []
    for each in scores:
        row: dict[str, object] = {"method": each.title}
        measures = {
            "planted_word_auc": each.recovery.auc if each.recovery else None,
            "comprehensiveness_gain": each.erasure.comprehensiveness,
            "sufficiency_gain": each.erasure.sufficiency,
        }
        for name, measure in measures.items():
            ends = (measure.value, measure.low, measure.high) if measure else (np.nan,) * 3
            row |= dict(zip((name, f"{name}_low", f"{name}_high"), ends, strict=True))
        row["fooled_by_decoy"] = each.recovery.fooled.value if each.recovery else np.nan
        row["alike_when_random"] = float(each.randomisation.alike[-1]) if each.randomisation else np.nan
        rows.append(row | {"ms": each.ms, "verdict": each.verdict})
    return pd.DataFrame(rows)


def _explain_all(subject: Subject, texts: Sequence[str], name: str) -> tuple[list[WordEffects], float]:
    """Explain every text and time it."""
    found, times = [], []
    for text in texts:
        start = perf_counter()
        found.append(explain_text(subject, text, name))
        times.append(1_000 * (perf_counter() - start))
    return found, float(np.median(times))


def _check_noticing(
    subject: Subject, texts: Sequence[str], names: Sequence[str], seed: int
) -> Sequence[Randomisation | None]:
    """Make the third check where there is a network to randomise."""
    if subject.reader is None:
        return [None] * len(names)
    return check_randomised(subject.reader, texts[:N_RANDOMISED], [ask_reader(name) for name in names], seed)


def _blank(text: str) -> WordEffects:
    """Return a text's words with no effects, for drawing random orders."""
    words = split_words(text)
    return WordEffects("none", words, np.zeros(len(words)))
