"""The moving figures of the lessons: resampling, curves, money, fairness, importance, drift and label-free scores.

All of them draw from a seed and fit nothing, so they redraw at once.

Left out: the lessons' words (``lessons``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

import numpy as np
import pandas as pd

from core.evaluation.drift import MILD, STRONG, measure_stability
from core.evaluation.fairness import group_rates
from core.evaluation.label_free import estimate_auc
from core.evaluation.payoffs import Payoff
from core.evaluation.thresholds import sweep_thresholds
from core.hub.charts import Chart, Mark
from core.hub.contract import Label, Range
from core.tabular.churn.by_hand import make_between, measure_fall
from core.tabular.churn.money import Costs, make_payoff

SEED, N_ROWS = 0, 2_000


@dataclass(frozen=True, slots=True)
class SmoteControl:
    """How SMOTE makes new leavers."""

    n_new: Annotated[int, Range(0, 200, 20), Label("Made leavers")] = 80
    n_neighbours: Annotated[int, Range(1, 15, 1), Label("Neighbours")] = 5


def draw_smote(control: SmoteControl) -> Chart:
    """Draw stayers, leavers, and the leavers that SMOTE makes between them."""
    rng = np.random.default_rng(SEED)
    stayers, leavers = rng.normal(0, 1.2, (160, 2)), rng.normal(1.6, 0.8, (24, 2))
    made = make_between(leavers, control.n_new, control.n_neighbours, SEED)
    inside = float((np.linalg.norm(made, axis=1) < 1.2).mean()) if len(made) else 0.0  # noqa: PLR2004 - the stayers' spread
    title = f"{control.n_new} leavers are made, {inside:.0%} of them where stayers are at home"
    marks = (
        Mark("points", stayers[:, 0], stayers[:, 1], "stayed", "muted"),
        Mark("points", made[:, 0], made[:, 1], "made by SMOTE", "second", size=5),
        Mark("points", leavers[:, 0], leavers[:, 1], "left", "bad"),
    )
    alt = f"{title}. Every made leaver lies on a line between two of the 24 real ones."
    return Chart(title, "First column", "Second column", marks, alt=alt)


def draw_customers(rate: float, skill: float, n_rows: int = N_ROWS, seed: int = SEED) -> tuple[np.ndarray, np.ndarray]:
    """Draw who leaves and an honest probability of it: log odds are normal, as wide as the skill.

    Examples
    --------
    >>> left, share = draw_customers(0.27, 1.5)
    >>> bool(abs(left.mean() - share.mean()) < 0.02)
    True
    """
    rng = np.random.default_rng(seed)
    share = 1 / (1 + np.exp(-(np.log(rate / (1 - rate)) + skill * rng.normal(size=n_rows))))
    return rng.random(n_rows) < share, share


@dataclass(frozen=True, slots=True)
class CurveControl:
    """How many leave and how well a model tells them."""

    rate: Annotated[float, Range(0.02, 0.5, 0.02), Label("Share that leaves")] = 0.26
    skill: Annotated[float, Range(0.2, 3.0, 0.2), Label("Skill of the model")] = 1.6


def draw_curves(control: CurveControl) -> Chart:
    """Draw precision against recall, and say what the ROC area makes of the same ranking."""
    left, share = draw_customers(control.rate, control.skill)
    order = np.argsort(-share, kind="stable")
    hits = np.cumsum(left[order])
    recall, precision = hits / max(left.sum(), 1), hits / np.arange(1, len(left) + 1)
    average = float(precision[left[order]].mean())
    area = rank_area(left, share)
    keep = np.unique(np.linspace(20, len(left) - 1, 200).astype(int))
    title = f"ROC area {area:.2f}, but average precision {average:.2f}: of a rare class few alarms are right"
    if average > area:
        title = f"ROC area {area:.2f} and average precision {average:.2f}: leavers are common here"
    marks = (
        Mark("line", recall[keep], precision[keep], "the model"),
        Mark("line", np.array([0.0, 1.0]), np.full(2, left.mean()), "chance", "baseline", dash=True),
    )
    return Chart(title, "Leavers found (recall)", "Alarms that are right (precision)", marks, alt=f"{title}.",
                 y_range=(0.0, 1.0))  # fmt: skip


def rank_area(left: np.ndarray, share: np.ndarray) -> float:
    """Return how often a leaver is ranked above a stayer.

    Examples
    --------
    >>> rank_area(np.array([True, False, False]), np.array([0.5, 0.4, 0.6]))
    0.5
    """
    ranks = pd.Series(share).rank().to_numpy()
    n_left = int(left.sum())
    return float((ranks[left].sum() - n_left * (n_left + 1) / 2) / (n_left * (len(left) - n_left)))


@dataclass(frozen=True, slots=True)
class ProfitControl:
    """What keeping a customer is worth, and how often the offer works."""

    clv: Annotated[float, Range(20.0, 500.0, 20.0), Label("Lifetime value", "", "$")] = 200.0
    offer: Annotated[float, Range(1.0, 50.0, 1.0), Label("Offer", "", "$")] = 10.0
    accept: Annotated[float, Range(0.05, 1.0, 0.05), Label("Accepted")] = 0.3


def draw_profit(control: ProfitControl) -> Chart:
    """Draw profit against the threshold for 2,000 customers with honest probabilities."""
    left, share = draw_customers(0.265, 1.7)
    payoff = make_payoff(Costs(clv=control.clv, offer=control.offer, accept=control.accept))
    if payoff.true_positive <= 0:
        payoff = Payoff(0.0, payoff.false_positive)
    return sweep_thresholds(left, share, payoff, n_resamples=100, seed=SEED).chart("$")


@dataclass(frozen=True, slots=True)
class GroupControl:
    """How often each of two groups leaves, and from which probability on they are contacted."""

    first_rate: Annotated[float, Range(0.05, 0.6, 0.05), Label("Leaving rate, first group")] = 0.25
    second_rate: Annotated[float, Range(0.05, 0.6, 0.05), Label("Leaving rate, second group")] = 0.4
    threshold: Annotated[float, Range(0.05, 0.9, 0.05), Label("Contact from")] = 0.3


def draw_groups(control: GroupControl) -> Chart:
    """Draw the rates of two groups under one threshold and probabilities that are honest in both."""
    parts = [
        draw_customers(rate, 1.5, seed=seed) for seed, rate in enumerate((control.first_rate, control.second_rate))
    ]
    left, share = (np.concatenate(each) for each in zip(*parts, strict=True))
    groups = np.repeat(["first", "second"], N_ROWS)
    found = group_rates(left, share >= control.threshold, groups)
    names = {
        "selection_rate": "contacted",
        "true_positive_rate": "leavers found",
        "false_positive_rate": "stayers bothered",
    }
    gaps = {name: float(abs(found[name].diff().iloc[1])) for name in names}
    odds = max(gaps["true_positive_rate"], gaps["false_positive_rate"])
    title = (
        f"Honest in both groups, yet contacted {gaps['selection_rate']:.2f} apart and with an odds gap of {odds:.2f}"
    )
    marks = tuple(
        Mark(
            "points", np.array(list(names.values()), dtype=object), row[list(names)].to_numpy(dtype=float),
            f"{row['group']} group", "class", index=place, size=12,
            low=row[[f"{name}_low" for name in names]].to_numpy(dtype=float),
            high=row[[f"{name}_high" for name in names]].to_numpy(dtype=float),
        )
        for place, (_, row) in enumerate(found.iterrows())
    )  # fmt: skip
    return Chart(title, "", "Share of the group", marks, alt=f"{title}.", y_range=(0.0, 1.0))


@dataclass(frozen=True, slots=True)
class ShuffleControl:
    """How far two columns go together."""

    correlation: Annotated[float, Range(0.0, 1.0, 0.1), Label("Correlation")] = 0.8


def draw_shuffles(control: ShuffleControl) -> Chart:
    """Draw what shuffling two columns one by one, and together, costs a model that uses both alike."""
    drawn = np.random.default_rng(SEED).normal(size=(N_ROWS, 2))
    other = control.correlation * drawn[:, 0] + np.sqrt(1 - control.correlation**2) * drawn[:, 1]
    x, weights = np.column_stack([drawn[:, 0], other]), np.array([0.5, 0.5])
    falls = np.array([measure_fall(x, weights, each, SEED) for each in ([0], [1], [0, 1])])
    title = f"Alone the two seem to cost {falls[0] + falls[1]:.2f}; together they cost {falls[2]:.2f}"
    names = np.array(["first alone", "second alone", "both together"], dtype=object)
    told = ", ".join(f"{name} {fall:.2f}" for name, fall in zip(names, falls, strict=True))
    return Chart(
        title, "Squared change, in variances of the score", "", (Mark("bars", falls, names),), alt=f"{title}: {told}."
    )


@dataclass(frozen=True, slots=True)
class DriftControl:
    """How far new customers have moved."""

    shift: Annotated[float, Range(0.0, 2.0, 0.1), Label("Shift", "In standard deviations.")] = 0.4
    n_rows: Annotated[int, Range(100, 5_000, 100), Label("New rows")] = 1_000


def draw_drift(control: DriftControl) -> Chart:
    """Draw old and new values in the tenths of the old ones, with the stability index."""
    rng = np.random.default_rng(SEED)
    old, new = rng.normal(0, 1, 5_000), rng.normal(control.shift, 1, control.n_rows)
    index = measure_stability(pd.Series(old), pd.Series(new), "number")
    edges = np.quantile(old, np.linspace(0, 1, 11)[1:-1])
    counts = np.bincount(np.searchsorted(edges, new), minlength=10) / len(new)
    told = "a strong drift" if index >= STRONG else "a mild drift" if index >= MILD else "no drift to act on"
    title = f"Index {index:.3f}: {told}"
    places = np.arange(1, 11, dtype=float)
    marks = (
        Mark("bars", places, counts, "new rows"),
        Mark("line", places, np.full(10, 0.1), "old rows", "baseline", dash=True),
    )
    return Chart(title, "Tenth of the old values", "Share of the rows", marks, alt=f"{title}.", y_percent=True)


@dataclass(frozen=True, slots=True)
class LabelFreeControl:
    """What changes: who comes, or how they behave."""

    change: Annotated[Literal["who comes", "how they behave"], Label("What changes")] = "who comes"
    size: Annotated[float, Range(0.0, 1.0, 0.1), Label("Size of the change")] = 0.6


def draw_label_free(control: LabelFreeControl) -> Chart:
    """Draw the estimated and the true ROC area as customers change."""
    sizes = np.round(np.linspace(0.0, 1.0, 11), 1)
    found = np.array([_estimate_changed(control.change, float(size)) for size in sizes])
    at = int(np.argmin(np.abs(sizes - control.size)))
    title = f"Estimated without labels {found[at, 0]:.3f}, in truth {found[at, 1]:.3f}"
    if abs(found[at, 0] - found[at, 1]) > 0.03:  # noqa: PLR2004 - beyond what chance does to 2,000 rows
        title += ": this change cannot be seen without labels"
    marks = (
        Mark("line", sizes, found[:, 0], "estimated"),
        Mark("line", sizes, found[:, 1], "truth", "second"),
        Mark("points", sizes[[at]], found[at, :1], "", "main", size=12),
    )
    return Chart(title, f"Change of {control.change}", "ROC area", marks, alt=f"{title}.")


def _estimate_changed(change: str, size: float) -> tuple[float, float]:
    """Return the estimated and the true area after a change."""
    skill = 1.7 * (1 - 0.6 * size) if change == "who comes" else 1.7
    left, share = draw_customers(0.27, skill)
    if change == "how they behave":
        rng = np.random.default_rng(SEED + 1)
        left = np.where(rng.random(len(left)) < size * 0.6, rng.permutation(left), left)
    return estimate_auc(share, n_draws=20, seed=SEED).value, rank_area(left, share)
