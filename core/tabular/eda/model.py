"""A finished look at a table as one read-only value: its claims, what its rows are judged by, and how the search did.

Left out: how it is made (``training``), scored (``scoring``), asked (``answers``) and stored (``files``).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.evaluation.intervals import bias_corrected_interval, count_resamples, draw_weights
from core.evaluation.leaderboard import LeaderboardRow, measure_scores
from core.evaluation.novelty import NoveltyModel
from core.hub.contract import Scores
from core.tabular.eda.claim import Claim
from core.tabular.eda.planted import PlantedTest, measure_finds
from core.tabular.eda.recipe import BASELINE, MODEL, Recipe
from core.tabular.eda.schema import Schema


@dataclass(frozen=True, slots=True)
class Source:
    """What was looked over: the table's name, hash, steps and size, and the file that reads it again."""

    name: str
    sha256: str
    steps: tuple[str, ...]
    file: str
    n_rows: int
    n_columns: int


@dataclass(frozen=True, slots=True, eq=False)
class Model:
    """Everything a run leaves behind that is needed to answer, compare and explain.

    Parameters
    ----------
    claims : tuple of Claim
        Problems first, then by effect.
    ids, test_ids : int arrays
        Positions of the rows that say what is usual, and of those that check it.
    novelty : NoveltyModel, optional
        What whole rows are judged by; None where the table is too small or has no column for it.
    planted : PlantedTest
        What the search found of planted defects, in other tables.
    search_s : float
        Seconds that the search of this table took.
    """

    recipe: Recipe
    schema: Schema
    source: Source
    claims: tuple[Claim, ...]
    ids: np.ndarray
    test_ids: np.ndarray
    novelty: NoveltyModel | None
    planted: PlantedTest
    search_s: float
    notes: tuple[str, ...]
    scores: Scores = ()

    @property
    def best(self) -> str:
        """The searcher that a page names first."""
        return MODEL

    @property
    def leaderboard(self) -> tuple[LeaderboardRow, ...]:
        """The claims and the alerts on the same planted tables, the one that finds more first."""
        difference, low, high = self.lead
        ahead = low > 0
        rows = [self._make_row(name, is_best=(name == MODEL) == (difference >= 0), beats=ahead and name == MODEL)
                for name in (MODEL, BASELINE)]  # fmt: skip
        near, far = (low, high) if difference >= 0 else (-high, -low)
        told = f"F1 is {abs(difference):.3f} lower (95% interval {near:.3f} to {far:.3f})"
        differs = ahead or high < 0
        return tuple(
            row if row.is_best else _judge(row, told if differs else f"{told}, which may be chance", differs=differs)
            for row in sorted(rows, key=lambda row: not row.is_best)
        )

    @property
    def lead(self) -> tuple[float, float, float]:
        """F1 of the claims less that of the alerts, and its 95% interval over the planted tables."""
        n_tables = self.planted.n_tables
        weights = draw_weights(n_tables, count_resamples(n_tables), np.random.default_rng(self.recipe.seed))
        ours, theirs = (self.planted.tables[name] for name in (MODEL, BASELINE))
        value = float(measure_finds(ours)["f1"][0] - measure_finds(theirs)["f1"][0])
        resampled = measure_finds(ours, weights)["f1"] - measure_finds(theirs, weights)["f1"]
        return (value, *bias_corrected_interval(value, resampled))

    @property
    def unbeaten(self) -> str:
        """Say that the claims find no more than the alerts; empty where they do."""
        difference, low, _ = self.lead
        if low > 0:
            return ""
        return f"The claims do not measurably beat the alerts on planted defects (F1 {difference:+.3f})."

    def _make_row(self, name: str, *, is_best: bool, beats: bool) -> LeaderboardRow:
        """Gather one searcher's figures."""
        scores = tuple(row for row in self.scores if row.model == name and row.split == "planted_defects")
        return LeaderboardRow(
            name, measure_scores(scores), self.search_s if name == MODEL else 0.0, "best", name == BASELINE, is_best,
            beats,
        )  # fmt: skip


def _judge(row: LeaderboardRow, sentence: str, *, differs: bool) -> LeaderboardRow:
    """Give the row that is behind its verdict."""
    verdict = "worse" if differs else "not distinguishable from best"
    return LeaderboardRow(
        row.model, row.metrics, row.fit_s, verdict, row.is_baseline, is_best=False,  # type: ignore[arg-type]  # two of its words
        beats_baseline=row.beats_baseline, sentence=f"{row.model}: {sentence}.",
    )  # fmt: skip
