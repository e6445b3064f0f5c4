"""A run as one read-only value: every family that was fitted, how far to believe each, and what they said of the test.

Left out: how it is made (``training``), scored (``scoring``), asked (``answers``) and stored (``files``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from core.evaluation.leaderboard import LeaderboardRow
from core.hub.contract import Scores
from core.hub.errors import DataError
from core.text.sentiment.calibration import Abstention, Calibration
from core.text.sentiment.data import FILMS
from core.text.sentiment.family import TITLES, TextModel
from core.text.sentiment.recipe import BASELINE, Recipe

Array = NDArray[np.float64]
TEST = "test"
"""Name of the split that the headline is about; the other splits are named after their sets."""


@dataclass(frozen=True, slots=True, eq=False)
class FittedFamily:
    """One fitted family.

    Parameters
    ----------
    model : TextModel
    calibration : Calibration
        Of its scores.
    abstention : Abstention
        From which confidence on it answers.
    fit_s : float
        Seconds of processor time that the fit took.
    text_ms : float
        Median milliseconds of processor time of one text, asked alone, on the machine that trained.
    n_bytes : int
        Of its stored files.
    """

    model: TextModel
    calibration: Calibration
    abstention: Abstention
    fit_s: float = 0.0
    text_ms: float = 0.0
    n_bytes: int = 0

    @property
    def name(self) -> str:
        """The family's name."""
        return self.model.name

    @property
    def title(self) -> str:
        """How the family is called on screen."""
        return TITLES[self.name]

    def probabilities(self, texts: Sequence[str]) -> Array:
        """Return the calibrated probability of positive, shape (n,)."""
        return self.calibration.apply(self.model.score(texts))


@dataclass(frozen=True, slots=True, eq=False)
class HeldOut:
    """What every family said of one set's held-out texts.

    Parameters
    ----------
    labels : array of int8, shape (n,)
    groups : array of int, shape (n,)
        Number of each text's film or item.
    probabilities : mapping of family to array of shape (n,)
        Calibrated, of positive.
    """

    labels: NDArray[np.int8] = field(repr=False)
    groups: NDArray[np.int32] = field(repr=False)
    probabilities: Mapping[str, Array] = field(repr=False)


@dataclass(frozen=True, slots=True, eq=False)
class Model:
    """Everything a run leaves behind that is needed to answer and compare.

    Parameters
    ----------
    fitted : mapping of name to FittedFamily
        The simplest first.
    share_positive : float
        Of the texts that train: what the baseline says of every text.
    held_out : mapping of split to HeldOut
        ``test`` first, then the other domains.
    source, sha256 : str
        Which texts were used, in words and as a hash.
    """

    recipe: Recipe
    fitted: Mapping[str, FittedFamily]
    share_positive: float
    held_out: Mapping[str, HeldOut]
    source: str
    sha256: str
    notes: tuple[str, ...] = ()
    scores: Scores = ()

    @property
    def names(self) -> tuple[str, ...]:
        """The compared models, the most complex first, the baseline last."""
        return (*reversed(list(self.fitted)), BASELINE)

    @property
    def best(self) -> str:
        """The most complex family of the run: it answers where none is named."""
        return list(self.fitted)[-1]

    @property
    def unit(self) -> str:
        """What is held out whole and drawn for intervals: a film, or a text where a table of one's own taught."""
        return "text" if FILMS in self.held_out else "film"

    @property
    def leaderboard(self) -> tuple[LeaderboardRow, ...]:
        """Every model with its intervals and, in words, whether it differs from the best."""
        from core.text.sentiment.scoring import rank_models

        return rank_models(self)

    def find(self, name: str = "best") -> FittedFamily:
        """Return a fitted family by its name.

        Raises
        ------
        DataError
            If the run has not fitted it.
        """
        found = self.fitted.get(self.best if name == "best" else name)
        if found is None:
            message = f"model is {name!r}; this run has fitted {', '.join(self.fitted)}: take one of these"
            raise DataError(message)
        return found
