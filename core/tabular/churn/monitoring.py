"""Watching a model at work: whether the customers have changed, and how good it is before anybody knows who left.

Drift and label-free scores are ``core.evaluation.drift`` and ``label_free``. A rehearsal holds them against the truth:
a model learns from a half of the customers and meets the other half, into which short tenures and the commonest kind of
customer come more often than not (covariate shift).

How far the estimate can be trusted, measured on Telco with the shipped boosting: over 12 draws of that half it erred by
0.005 on average and 0.023 at most; over four draws each of seven other halves (short tenure, cheap or dear bills, one
kind of contract, internet or age) by 0.028 at most. Its interval is of sampling alone and holds the truth less often
than it says: in two thirds of the 12 draws, and in a quarter where customers came on two-year contracts or low bills,
for there the model's probabilities themselves are off. Flipping who left for 15% of the new customers leaves the
estimate at 0.816 while the truth falls to 0.715.

Left out: alarms by mail and a store of past weeks, which belong to operations.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.datasets.cases import list_needed, take_cases
from core.datasets.fixes.wording import show_value
from core.datasets.table import Table
from core.evaluation.drift import find_drift, tell_apart
from core.evaluation.label_free import Estimate, calibrate_where_needed, estimate_performance
from core.evaluation.leaderboard import Measure
from core.tabular._shared.equal_rows import number_rows
from core.tabular._shared.schema import to_features
from core.tabular.churn.copies import make_clean_folds
from core.tabular.churn.derive import TENURE
from core.tabular.churn.model import Model
from core.tabular.churn.models import Bench
from core.tabular.churn.money import Costs, find_threshold

SHIFT = 0.6
"""Change of the log odds of landing in the shifted half, per standard deviation of tenure."""
LEVEL_SHIFT = 0.5
ENOUGH_LABELS = 2


@dataclass(frozen=True, slots=True, eq=False)
class Watch:
    """What new rows say of a model.

    Parameters
    ----------
    drift : DataFrame
        As ``find_drift`` gives it.
    told_apart : Measure
        ROC area of a classifier that tells new rows from old ones; 0.5 where it cannot.
    expected : Estimate
        Scores that are expected without labels.
    truth : mapping of str to float
        ``roc_auc``, ``accuracy``, ``precision``, ``recall`` and ``share`` where labels are known; else empty.
    reference_auc : float
        ROC area on the rows that were learnt from, by folds.
    """

    drift: pd.DataFrame
    told_apart: Measure
    expected: Estimate
    truth: Mapping[str, float]
    reference_auc: float

    @property
    def sentence(self) -> str:
        """Say what is expected and, where it is known, what came true."""
        area, n_drifts = self.expected.roc_auc, int(self.drift["drifts"].sum())
        told = (
            f"{n_drifts} of {len(self.drift)} columns have drifted; without labels a ROC area of {area.value:.3f} "
            f"({area.low:.3f} to {area.high:.3f}) is expected, against {self.reference_auc:.3f} on the rows learnt from"
        )
        return f"{told}; it is {self.truth['roc_auc']:.3f}." if self.truth else f"{told}."


def watch_table(model: Model, table: Table, name: str | None = None, threshold: float | None = None) -> Watch:
    """Compare a table of new customers with the ones that were learnt from, and estimate how well the model does.

    Parameters
    ----------
    table : Table
        With the model's columns; where it has the churn column too, the truth is counted beside the estimate.

    Raises
    ------
    DataError
        If the table lacks a column or has fewer than 20 rows.
    """
    name = name or model.best
    x = to_features(take_cases(table, list_needed(model.schema.features)), model.schema)
    threshold = find_threshold(model, Costs(), name) if threshold is None else threshold
    labels = _read_labels(model, table)
    share = _ask_unlearnt(model, x, name)
    return _watch((model.rows, model.left, model.folds.shares[name]), (x, share, labels), model, threshold)


def _ask_unlearnt(model: Model, x: pd.DataFrame, name: str) -> np.ndarray:
    """Ask about rows; one that equals a row learnt from is answered by the fold that did not learn from it."""
    share = np.array(model.ask(x, name), dtype=float)
    copies = number_rows(pd.concat([model.rows, x], ignore_index=True))
    place = np.full(int(copies.max()) + 1, -1)
    place[copies[: len(model.rows)]] = np.arange(len(model.rows))
    own = place[copies[len(model.rows) :]]
    share[own >= 0] = model.folds.shares[name][own[own >= 0]]
    return share


def _read_labels(model: Model, table: Table) -> np.ndarray | None:
    """Return who left, where the table says so of every row."""
    if model.schema.target not in table.frame.columns or table.frame[model.schema.target].isna().any():
        return None
    left = np.array([show_value(value) == model.positive for value in table.frame[model.schema.target]])
    return left if len(np.unique(left)) == ENOUGH_LABELS else None


def _watch(
    old: tuple[pd.DataFrame, np.ndarray, np.ndarray],
    new: tuple[pd.DataFrame, np.ndarray, np.ndarray | None],
    model: Model,
    threshold: float,
) -> Watch:
    """Compare old rows (with labels and shares) and new ones (with shares and perhaps labels)."""
    from sklearn.metrics import roc_auc_score

    kinds = {each.name: each.kind for each in model.schema.features}
    (x_old, left, share_old), (x_new, share, labels) = old, new
    curve = calibrate_where_needed(left, share_old, model.recipe.seed)
    return Watch(
        find_drift(x_old, x_new, kinds),
        tell_apart(x_old, x_new, kinds, model.recipe.seed),
        estimate_performance(share, threshold, curve, seed=model.recipe.seed),
        {} if labels is None else score_truth(labels, share, threshold),
        float(roc_auc_score(left, share_old)),
    )


def score_truth(left: np.ndarray, share: np.ndarray, threshold: float) -> dict[str, float]:
    """Score shares against labels, under the names of ``Estimate``.

    Examples
    --------
    >>> score_truth(np.array([True, False]), np.array([0.8, 0.6]), 0.5)
    {'roc_auc': 1.0, 'accuracy': 0.5, 'precision': 0.5, 'recall': 1.0, 'share': 0.5}
    """
    from sklearn.metrics import roc_auc_score

    chosen = share >= threshold
    n_hits = int((chosen & left).sum())
    return {
        "roc_auc": float(roc_auc_score(left, share)),
        "accuracy": float((chosen == left).mean()),
        "precision": n_hits / int(chosen.sum()) if chosen.any() else float("nan"),
        "recall": n_hits / int(left.sum()),
        "share": float(left.mean()),
    }


def split_shifted(model: Model, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Part the customers into a half to learn from and a shifted half, drawn with different odds.

    The odds of landing in the shifted half fall with tenure (else with the first number column) and are higher for the
    commonest level of the contract (else of the first category).

    Returns
    -------
    (reference, current)
        Positions of the rows, half of them each.
    """
    numbers, categories = model.schema.numbers, model.schema.categories
    odds = np.zeros(len(model.rows))
    if numbers:
        values = model.rows[TENURE if TENURE in numbers else numbers[0]]
        odds -= SHIFT * ((values - values.mean()) / (values.std() or 1.0)).fillna(0.0).to_numpy()
    if categories:
        column = model.rows["contract" if "contract" in categories else categories[0]]
        odds += np.where(column == column.mode().iloc[0], LEVEL_SHIFT, -LEVEL_SHIFT)
    order = np.argsort(odds + np.random.default_rng(seed).logistic(size=len(odds)), kind="stable")
    return np.sort(order[: len(order) // 2]), np.sort(order[len(order) // 2 :])


def rehearse_shift(model: Model, seed: int = 0, threshold: float = 0.5) -> Watch:
    """Learn from a half, meet a shifted half, and hold the label-free estimate against what came true; some seconds.

    Parameters
    ----------
    seed : int
        Of the shifted half.
    """
    name = next(each for each in model.choices if each in model.pipelines)
    old, new = split_shifted(model, seed)
    depth, copies = int(np.bincount(model.folds.depths).argmax()), number_rows(model.rows)
    share = np.zeros(len(old))
    for fold in make_clean_folds(model.left[old], model.recipe.n_folds, model.recipe.seed, copies[old]):
        share[fold.test] = _learn(model, old[fold.train], old[fold.test], name, depth)
    asked = _learn(model, old, new, name, depth)
    x_old, x_new = model.rows.iloc[old], model.rows.iloc[new]
    return _watch((x_old, model.left[old], share), (x_new, asked, model.left[new]), model, threshold)


def _learn(model: Model, train: np.ndarray, test: np.ndarray, name: str, depth: int) -> np.ndarray:
    """Fit a model on some rows and return its shares of others."""
    rows = model.rows.iloc[train], model.left[train]
    return Bench(model.recipe, model.schema, rows, model.rows.iloc[test]).ask(name, depth)
