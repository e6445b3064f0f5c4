"""Moving figures of the lessons about evidence: measures of association, the false-discovery rate, effect and p.

Left out: the lessons' words (``lessons``); figures about cells and rows (``table_figures``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

import numpy as np

from core.evaluation.multiplicity import benjamini_hochberg
from core.hub.charts import Chart, Mark
from core.hub.contract import Label, Range
from core.tabular.eda.claims.effects import bound_rho

N_POINTS, N_TESTS = 120, 60
SEED = 0
USUAL = 0.05
SHIFT = 3.0  # standard errors between a true effect and none, as a well-planned study has


@dataclass(frozen=True, slots=True)
class ShapeControl:
    """How two columns go together, and with how much noise."""

    shape: Annotated[Literal["line", "curve that rises", "arch", "one far point", "nothing"], Label("Shape")] = (
        "curve that rises"
    )
    noise: Annotated[float, Range(0.0, 1.0, 0.05), Label("Noise")] = 0.0


def make_shape(shape: str, noise: float) -> tuple[np.ndarray, np.ndarray]:
    """Make two columns that go together in a known way, each of shape (120,)."""
    rng = np.random.default_rng(SEED)
    x = np.sort(rng.uniform(0, 1, N_POINTS))
    y = {
        "line": x,
        "curve that rises": np.exp(8 * (x - 1)),
        "arch": 1 - 4 * (x - 0.5) ** 2,
    }.get(shape, rng.uniform(0, 1, N_POINTS))
    y = y + noise * 0.5 * rng.normal(size=N_POINTS)
    if shape == "one far point":
        x, y = np.append(x[:-1], 6.0), np.append(y[:-1], 6.0)
    return x, y


def draw_shape(control: ShapeControl) -> Chart:
    """Draw two columns with what each measure says of them."""
    from scipy.stats import kendalltau, pearsonr, spearmanr

    x, y = make_shape(control.shape, control.noise)
    pearson, spearman, kendall = (float(test(x, y).statistic) for test in (pearsonr, spearmanr, kendalltau))
    title = f"Pearson says {pearson:.2f}, Spearman {spearman:.2f}, Kendall {kendall:.2f}"
    marks = (Mark("points", x, y, "rows", size=6.0),)
    return Chart(title, "First column", "Second column", marks, alt=f"{control.shape}: {title}.")


@dataclass(frozen=True, slots=True)
class RateControl:
    """How many of 60 tests have something to find, and the share of false claims that is borne."""

    n_true: Annotated[int, Range(0, 40, 1), Label("True effects", "Of 60 tests.")] = 10
    level: Annotated[float, Range(0.01, 0.3, 0.01), Label("False-discovery rate")] = 0.05


def make_tests(n_true: int) -> tuple[np.ndarray, np.ndarray]:
    """Make the p-values of 60 tests, and which of them have something to find, each of shape (60,)."""
    from scipy.stats import norm

    is_true = np.arange(N_TESTS) < n_true
    statistics = np.random.default_rng(SEED).normal(size=N_TESTS) + SHIFT * is_true
    return 2 * norm.sf(np.abs(statistics)), is_true


def draw_rate(control: RateControl) -> Chart:
    """Draw sorted p-values and the line below which they are claimed."""
    p, is_true = make_tests(control.n_true)
    claimed, naive = benjamini_hochberg(p) <= control.level, p <= USUAL
    order = np.argsort(p)
    ranks = np.arange(1, N_TESTS + 1, dtype=float)
    title = (
        f"The rate claims {claimed.sum()}, {(claimed & ~is_true).sum()} of them chance; "
        f"p ≤ 0.05 alone would claim {naive.sum()}, {(naive & ~is_true).sum()} of them chance"
    )
    marks = [
        Mark("points", ranks[keep], p[order][keep], name, role, size=6.0)  # type: ignore[arg-type]  # two of its words
        for keep, name, role in ((is_true[order], "something to find", "main"), (~is_true[order], "chance", "bad"))
        if keep.any()
    ]
    marks.append(Mark("line", ranks, ranks * control.level / N_TESTS, "rank × rate / 60", "baseline", dash=True))
    return Chart(title, "Tests by p", "p", tuple(marks), alt=f"{title}.", y_range=(0.0, 0.2))


@dataclass(frozen=True, slots=True)
class EffectControl:
    """How strong an association is."""

    rho: Annotated[float, Range(0.02, 0.8, 0.02), Label("Spearman's rho")] = 0.06
    n_rows: Annotated[int, Range(20, 50_000, 10, log=True), Label("Rows")] = 5_000


def draw_effect(control: EffectControl) -> Chart:
    """Draw how the interval of one effect closes as rows are added, while p falls without limit."""
    from scipy.stats import norm

    grid = np.unique(np.geomspace(20, 50_000, 80).round())
    ends = np.array([bound_rho(control.rho, int(n)) for n in grid])
    low, high = bound_rho(control.rho, control.n_rows)
    half = (np.arctanh(high) - np.arctanh(low)) / 2 / norm.ppf(0.975)
    p = float(2 * norm.sf(np.arctanh(control.rho) / half))
    shown = "below 0.001" if p < 0.001 else f"{p:.3f}"  # noqa: PLR2004 - smaller ones say no more
    title = (
        f"With {control.n_rows:,} rows p is {shown}; the effect is {low:.2f} to {high:.2f}, "
        f"about {control.rho**2:.1%} of the ranks' variance"
    )
    middle = np.full(len(grid), control.rho)
    marks = (
        Mark("band", grid, middle, "95% interval", "muted", low=ends[:, 0], high=ends[:, 1]),
        Mark("line", grid, middle, "rho"),
        Mark("line", np.array([20.0, 50_000.0]), np.zeros(2), "none", "baseline", dash=True),
        Mark("points", np.array([float(control.n_rows)]), np.array([control.rho]), "your rows", "bad", size=12.0),
    )
    return Chart(title, "Rows", "Spearman's rho", marks, alt=f"{title}.", x_log=True, y_range=(-0.5, 1.0))
