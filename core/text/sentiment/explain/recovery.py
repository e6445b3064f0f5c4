"""Does an explanation name the planted word? The share of other words that it ranks below it.

For each text with a planted word that the classifier follows, the words are ordered by how far they speak for the
answer. The area under the ROC curve is the share of the other words that stand below the planted one, ties counting
half (J. Hanley and B. McNeil 1982, https://doi.org/10.1148/radiology.143.1.7063747): 1 is always first, 0.5 is chance.

Left out: texts in which the classifier does not follow the planted word, where nobody knows the right reason.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from core.evaluation.leaderboard import Measure
from core.hub.errors import DataError
from core.text.sentiment.explain.erasure import measure_mean
from core.text.sentiment.explain.planted import PlantedText
from core.text.sentiment.explain.reader import BertReader
from core.text.sentiment.explain.result import WordEffects

Explain = Callable[[BertReader, str], WordEffects]
CHANCE = 0.5
LEAST_FOLLOWED = 5


@dataclass(frozen=True, slots=True, eq=False)
class Recovery:
    """How well a method finds the planted word.

    Parameters
    ----------
    auc : Measure
        Mean over texts with its 95% bootstrap interval; 0.5 is chance.
    first : Measure
        Share of texts in which the planted word comes first.
    fooled : Measure
        Share of texts in which the decoy, just as strange but without a say, comes before it.
    n : int
        Texts that were scored.
    """

    method: str
    auc: Measure
    first: Measure
    fooled: Measure
    n: int


def find_followed(reader: BertReader, texts: Sequence[PlantedText]) -> list[PlantedText]:
    """Keep the texts whose planted word the classifier follows.

    Raises
    ------
    DataError
        If there are fewer than five.
    """
    margins = reader.find_margins([each.text for each in texts])
    kept = [each for each, margin in zip(texts, margins, strict=True) if (margin > 0) == (each.label == 1)]
    if len(kept) < LEAST_FOLLOWED:
        message = f"the classifier follows the planted word in {len(kept)} of {len(texts)} texts; it must be at least "
        message += f"{LEAST_FOLLOWED}: plant it with more steps"
        raise DataError(message)
    return kept


def score_recovery(reader: BertReader, texts: Sequence[PlantedText], explain: Explain, seed: int = 0) -> Recovery:
    """Explain each text and see where the planted word stands.

    Parameters
    ----------
    reader : BertReader
        Of the classifier that was taught to follow the planted words.
    texts : sequence of PlantedText
        Those that it follows (:func:`find_followed`).
    seed : int
        Of the bootstrap.
    """
    found = [explain(reader, each.text) for each in texts]
    areas = np.array([rank_place(each, planted) for each, planted in zip(found, texts, strict=True)])
    firsts = (areas == 1).astype(np.float64)
    fooled = np.array([falls_for_decoy(each, planted) for each, planted in zip(found, texts, strict=True)], float)
    auc, first, decoy = (measure_mean(each, seed) for each in (areas, firsts, fooled))
    return Recovery(found[0].method, auc, first, decoy, len(texts))


def falls_for_decoy(effects: WordEffects, planted: PlantedText) -> bool:
    """Say whether the decoy speaks at least as much for the planted word's answer as it does."""
    values = effects.speaking_for(planted.label == 1)
    return bool(values[planted.decoy] >= values[planted.place])


def rank_place(effects: WordEffects, planted: PlantedText) -> float:
    """Return the share of other words that speak less for the planted word's answer than it does."""
    values = effects.speaking_for(planted.label == 1)
    others = np.delete(values, planted.place)
    own = values[planted.place]
    return float(((others < own) + CHANCE * (others == own)).mean()) if len(others) else 1.0
