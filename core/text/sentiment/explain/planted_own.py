"""The planted word in a person's own sentence: what the taught network says of it, and where each method ranks it.

Left out: the same over many texts, with intervals (``recovery``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.text.sentiment.explain.low_rank import Planted
from core.text.sentiment.explain.methods import METHODS, ask_reader
from core.text.sentiment.explain.planted import PlantedText, plant_text, refuse_planted
from core.text.sentiment.explain.recovery import falls_for_decoy, rank_place
from core.text.sentiment.explain.result import WordEffects
from core.text.sentiment.explain.words import split_words

QUICK = ("attention", "rollout", "gradient", "integrated", "occlusion")


@dataclass(frozen=True, slots=True, eq=False)
class Ranked:
    """Where one method ranks the planted word of one text.

    Parameters
    ----------
    rank : int
        1 is first of all words.
    auc : float
        Share of the other words that stand below it; 0.5 is chance.
    fooled : bool
        Whether the decoy, just as strange but without a say, comes before it.
    """

    title: str
    effects: WordEffects
    rank: int
    auc: float
    fooled: bool


@dataclass(frozen=True, slots=True, eq=False)
class OwnPlant:
    """A person's sentence with a planted word and a decoy.

    Parameters
    ----------
    share : float
        Probability of positive that the taught network gives it.
    follows : bool
        Whether the network follows the planted word; only then is the right reason known.
    """

    planted: PlantedText
    word: str
    share: float
    follows: bool
    ranked: tuple[Ranked, ...]


def plant_own(planted: Planted, text: str, label: int, names: Sequence[str] = QUICK, seed: int = 0) -> OwnPlant:
    """Plant the word of a label in a person's sentence and ask each method for the reason.

    Parameters
    ----------
    label : int
        What the planted word says: 0 negative, 1 positive.
    seed : int
        Of the places of the word and the decoy, within the first 16 words.

    Raises
    ------
    DataError
        If the text has no word, or holds a planted word already.
    """
    refuse_planted([text])
    made = plant_text(text, label, np.random.default_rng(seed))
    share = float(planted.reader.score([made.text])[0])
    ranked = tuple(_rank(planted, made, name) for name in names)
    word = split_words(made.text)[made.place].text
    return OwnPlant(made, word, share, (share > 0.5) == (label == 1), ranked)  # noqa: PLR2004 the likelier side


def _rank(planted: Planted, made: PlantedText, name: str) -> Ranked:
    """Ask one method."""
    title = next(each.title for each in METHODS if each.name == name)
    effects = ask_reader(name)(planted.reader, made.text)
    values = effects.speaking_for(made.label == 1)
    rank = 1 + int((np.delete(values, made.place) >= values[made.place]).sum())
    return Ranked(title, effects, rank, rank_place(effects, made), falls_for_decoy(effects, made))
