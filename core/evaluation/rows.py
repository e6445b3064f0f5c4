"""The rows of ``scores.json`` that every project writes: a figure beside its baseline, over folds, and kept promises.

Left out: the metrics themselves (``classification``, ``metrics``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from core.evaluation.intervals import wilson_interval
from core.evaluation.leaderboard import fold_interval
from core.hub.contract import ScoreRow

Span = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class RowMaker:
    """What the rows about one model of a run have in common: who it is, its baseline, the seed and the command.

    Examples
    --------
    >>> row = RowMaker("LDA", "majority class", 0, "").make_row("accuracy", "test", (0.9, 0.8, 0.95), 50, 0.4)
    >>> row.model, row.metric, row.value, row.baseline_value
    ('LDA', 'accuracy', 0.9, 0.4)
    """

    model: str
    baseline: str
    seed: int
    command: str

    def make_row(self, metric: str, split: str, span: Span, n_rows: int, baseline_value: float) -> ScoreRow:
        """Write one figure: its value with the two ends of its interval, and the baseline's value."""
        return ScoreRow(
            metric, split, *span, n_rows, self.baseline, baseline_value, seed=self.seed, command=self.command,
            model=self.model,
        )  # fmt: skip

    def score_folds(self, metric: str, folds: Mapping[str, np.ndarray], n_train: int, n_test: int) -> ScoreRow:
        """Write the mean over the folds, its interval widened for the rows that folds share.

        Parameters
        ----------
        folds : mapping of model to array of shape (n_folds,)
            The baseline among them.
        n_train, n_test : int
            Mean rows of a fold's two sides.
        """
        span = fold_interval(folds[self.model], n_train, n_test, metric)
        return self.make_row(metric, "cv", span, n_train + n_test, float(folds[self.baseline].mean()))

    def score_coverage(self, n_held: int, n_rows: int, asked: float) -> ScoreRow:
        """Write how often a set or an interval held the truth on the test rows; the baseline is what was asked.

        Parameters
        ----------
        asked : float
            The promise, a share: 0.9 gives the metric ``coverage_90``.
        """
        return ScoreRow(
            f"coverage_{asked * 100:g}", "test", n_held / n_rows, *wilson_interval(n_held, n_rows), n_rows, "asked",
            asked, seed=self.seed, command=self.command, model=self.model,
        )  # fmt: skip
