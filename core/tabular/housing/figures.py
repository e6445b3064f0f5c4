"""The moving figures of the lessons, on the sales in Ames.

Left out: the lessons' words (``lessons``); figures of a run (``charts``, ``neighbourhoods``).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated, Literal

import numpy as np

from core.datasets.catalogue import load_table
from core.evaluation.conformal_numbers import hold_across_folds
from core.evaluation.residuals import find_uneven_spread
from core.hub.charts import Chart, Mark
from core.hub.contract import Label, Range
from core.tabular.housing.contributions import round_to_cents, spread_over_price
from core.tabular.housing.model import smear
from core.tabular.housing.recipe import BUNDLED

MAX_POINTS, NOTHING = 1_000, 1e-9
NUMBERS = ("gr_liv_area", "total_bsmt_sf", "lot_area", "year_built", "garage_area", "fireplaces")


@lru_cache(maxsize=1)
def read_sales() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return six numbers of every sale (n_rows, 6), the price (n_rows,) and the neighbourhood (n_rows,)."""
    frame = load_table(BUNDLED).frame
    x = frame[list(NUMBERS)].to_numpy(dtype=float)
    return x, frame["sale_price"].to_numpy(dtype=float), frame["neighborhood"].to_numpy(dtype=object)


def fit_ridge(x: np.ndarray, y: np.ndarray, strength: float) -> tuple[float, np.ndarray]:
    """Fit ridge by its normal equations on standardised columns; returns intercept and weights.

    Examples
    --------
    >>> intercept, weights = fit_ridge(np.array([[-1.0], [1.0]]), np.array([0.0, 2.0]), 2.0)
    >>> float(intercept), weights.tolist()
    (1.0, [0.5])
    """
    centred = y - y.mean()
    weights = np.linalg.solve(x.T @ x + strength * np.eye(x.shape[1]), x.T @ centred)
    return float(y.mean()), np.asarray(weights)


def fit_lasso(x: np.ndarray, y: np.ndarray, strength: float, n_passes: int = 100) -> tuple[float, np.ndarray]:
    """Fit lasso by coordinate descent with soft thresholds on standardised columns; returns intercept and weights.

    Examples
    --------
    >>> intercept, weights = fit_lasso(np.array([[-1.0], [1.0]]), np.array([0.0, 2.0]), 0.25)
    >>> float(intercept), weights.tolist()
    (1.0, [0.75])
    """
    rest, weights = y - y.mean(), np.zeros(x.shape[1])
    sizes = (x**2).mean(axis=0)
    for _ in range(n_passes):
        for place in range(x.shape[1]):
            pull = float(x[:, place] @ rest) / len(y) + sizes[place] * weights[place]
            new = math.copysign(max(abs(pull) - strength, 0.0), pull) / sizes[place]
            rest += x[:, place] * (weights[place] - new)
            weights[place] = new
    return float(y.mean()), weights


def standardise(x: np.ndarray) -> np.ndarray:
    """Take off each column's mean and divide by its standard deviation.

    Examples
    --------
    >>> standardise(np.array([[1.0], [3.0]])).tolist()
    [[-1.0], [1.0]]
    """
    return np.asarray((x - x.mean(axis=0)) / x.std(axis=0))


def squeeze(x: np.ndarray) -> np.ndarray:
    """Put each column between 0, its least value, and 1, its largest (MinMax).

    Examples
    --------
    >>> squeeze(np.array([[1.0], [2.0], [5.0]])).tolist()
    [[0.0], [0.25], [1.0]]
    """
    return np.asarray((x - x.min(axis=0)) / (x.max(axis=0) - x.min(axis=0)))


@dataclass(frozen=True, slots=True)
class LogControl:
    """Which scale is learnt."""

    learns: Annotated[Literal["price", "log of the price"], Label("The line learns the")] = "price"


def draw_logs(control: LogControl) -> Chart:
    """Draw the misses of a line of six numbers, learnt on prices or on logs."""
    x, price, _ = read_sales()
    y = price if control.learns == "price" else np.log(price)
    intercept, weights = fit_ridge(standardise(x), y, 1.0)
    fitted = intercept + standardise(x) @ weights
    spread = find_uneven_spread(y, fitted)
    kept = np.argsort(fitted, kind="stable")[:: math.ceil(len(y) / MAX_POINTS)]
    marks = (Mark("points", fitted[kept], (y - fitted)[kept], "sales", "muted", size=4.0),)
    title = spread.sentence
    return Chart(title, f"Answer ({control.learns})", "Truth minus answer", marks, alt=f"{title}.")


@dataclass(frozen=True, slots=True)
class PenaltyControl:
    """How hard weights are held down."""

    strength: Annotated[float, Range(-3.0, 4.0, 0.25), Label("λ, as a power of ten")] = 0.0
    kind: Annotated[Literal["ridge", "lasso", "elastic net"], Label("Penalty")] = "ridge"


def draw_penalty(control: PenaltyControl) -> Chart:
    """Draw the weights of six numbers under a penalty."""
    x, price, _ = read_sales()
    z, y, strength = standardise(x), np.log(price), 10.0**control.strength
    share = {"ridge": 0.0, "lasso": 1.0, "elastic net": 0.5}[control.kind]
    if share == 0.0:
        _, weights = fit_ridge(z, y, strength)
    else:
        # lasso's soft threshold; elastic net shrinks what is left like ridge
        _, weights = fit_lasso(z, y, share * strength / len(y) * 10)
        weights = weights / (1 + (1 - share) * strength / len(y) * 10)
    n_zero = int((np.abs(weights) < NOTHING).sum())
    mark = Mark("bars", weights, np.array(NUMBERS, dtype=object))
    title = f"{n_zero} of 6 weights are exactly zero; together they weigh {np.abs(weights).sum():.3f}"
    return Chart(title, "Weight on standardised columns", "", (mark,), alt=f"{title}.")


@dataclass(frozen=True, slots=True)
class ScaleControl:
    """How a column is scaled."""

    scaling: Annotated[Literal["none", "standard", "minmax"], Label("Scaling")] = "standard"
    column: Annotated[Literal["gr_liv_area", "lot_area", "year_built"], Label("Column")] = "lot_area"


def draw_scaling(control: ScaleControl) -> Chart:
    """Draw where the values of a column lie after scaling."""
    x, _, _ = read_sales()
    values = x[:, [NUMBERS.index(control.column)]]
    scaled = {"none": lambda each: each, "standard": standardise, "minmax": squeeze}[control.scaling](values)[:, 0]
    counts, edges = np.histogram(scaled, bins=40)
    mark = Mark("bars", (edges[1:] + edges[:-1]) / 2, counts.astype(float), "sales")
    inner = np.quantile(scaled, [0.05, 0.95])
    title = f"Nine in ten sales lie from {inner[0]:.3g} to {inner[1]:.3g}, the largest at {scaled.max():.3g}"
    return Chart(title, f"{control.column}, scaling {control.scaling}", "Sales", (mark,), alt=f"{title}.")


@dataclass(frozen=True, slots=True)
class SmearControl:
    """How widely logs scatter."""

    spread: Annotated[float, Range(0.02, 1.0, 0.02), Label("Standard deviation of the log")] = 0.12


def draw_smearing(control: SmearControl) -> Chart:
    """Draw prices whose logs scatter evenly around one answer, with their median and mean."""
    residuals = control.spread * np.random.default_rng(0).standard_normal(20_000)
    factor = smear(residuals, is_log=True)
    prices = 160_000 * np.exp(residuals)
    counts, edges = np.histogram(prices, bins=60, range=(0, float(np.quantile(prices, 0.995))))
    top = float(counts.max())
    marks = (
        Mark("bars", (edges[1:] + edges[:-1]) / 2, counts.astype(float), "prices", "muted"),
        Mark("line", np.full(2, 160_000.0), np.array([0.0, top]), "median", "main"),
        Mark("line", np.full(2, 160_000.0 * factor), np.array([0.0, top]), "mean", "second"),
    )
    title = f"The mean lies {factor - 1:.1%} above the median"
    return Chart(title, "Price ($)", "Houses", marks, alt=f"{title}.")


@dataclass(frozen=True, slots=True)
class CoverageControl:
    """What is promised, and to whom."""

    coverage: Annotated[float, Range(0.5, 0.99, 0.01), Label("Coverage", "Share of prices to be held.")] = 0.9
    limits: Annotated[Literal["one for all", "one for each neighbourhood"], Label("Limits")] = "one for all"


def draw_coverage(control: CoverageControl) -> Chart:
    """Draw how often a plain line's intervals hold the price in each large neighbourhood."""
    x, price, groups = read_sales()
    z, y = standardise(x), np.log(price)
    fold, misses = np.arange(len(y)) % 5, np.zeros(len(y))
    for place in range(5):
        intercept, weights = fit_ridge(z[fold != place], y[fold != place], 1.0)
        misses[fold == place] = np.abs(y - intercept - z @ weights)[fold == place]
    own = groups if control.limits != "one for all" else np.full(len(y), "all", dtype=object)
    held = hold_across_folds(misses, own, [np.flatnonzero(fold == place) for place in range(5)], control.coverage)
    names = sorted(name for name in set(groups) if (groups == name).sum() >= 30)  # noqa: PLR2004 the groups of the promise
    shares = np.array([held[groups == name].mean() for name in names])
    marks = (
        Mark("points", shares, np.array([name.replace("_", " ") for name in names], dtype=object), "held"),
        Mark(
            "line",
            np.full(2, control.coverage),
            np.array([names[0].replace("_", " "), names[-1].replace("_", " ")], dtype=object),
            "asked",
            "baseline",
            dash=True,
        ),
    )
    worst = names[int(shares.argmin())].replace("_", " ")
    title = f"{held.mean():.1%} are held in all, {shares.min():.1%} in {worst}"
    return Chart(title, "Share of prices held", "", marks, alt=f"{title}.", x_percent=True)


@dataclass(frozen=True, slots=True)
class CentsControl:
    """What three topics add to the log of a price."""

    size: Annotated[float, Range(-0.6, 0.6, 0.05), Label("Size adds to the log")] = 0.3
    place: Annotated[float, Range(-0.6, 0.6, 0.05), Label("Place adds to the log")] = -0.1


def draw_cents(control: CentsControl) -> Chart:
    """Draw how effects on the log become dollars that add up."""
    effects = np.array([control.size, control.place, 0.05])
    base, added = spread_over_price(math.log(160_000), effects, 1.0)
    whole, cents, price = round_to_cents(base, added, float(base + added.sum()))
    names = np.array(["size", "place", "age"], dtype=object)
    mark = Mark("bars", cents / 100, names)
    title = f"{whole / 100:,.2f} + {', '.join(f'{each / 100:,.2f}' for each in cents.tolist())} = {price / 100:,.2f}"
    return Chart(title, "Adds to the price ($)", "", (mark,), alt=title)


@dataclass(frozen=True, slots=True)
class CorrelationControl:
    """How two columns are shuffled."""

    shuffled: Annotated[Literal["each alone", "both together"], Label("Shuffled")] = "each alone"


def draw_correlation(control: CorrelationControl) -> Chart:
    """Draw how much the error of a line grows when two columns that go together are shuffled."""
    x, price, _ = read_sales()
    z, y = standardise(x), np.log(price)
    intercept, weights = fit_ridge(z, y, 1.0)
    rng, before = np.random.default_rng(0), np.abs(intercept + z @ weights - y).mean()
    pairs = {"living area": [0], "basement": [1]} if control.shuffled == "each alone" else {"both": [0, 1]}
    rises = []
    for places in pairs.values():
        moved = z.copy()
        moved[:, places] = z[rng.permutation(len(z))][:, places]
        rises.append(np.abs(intercept + moved @ weights - y).mean() - before)
    mark = Mark("bars", np.array(rises), np.array(list(pairs), dtype=object))
    told = ", ".join(f"{name} {rise:.3f}" for name, rise in zip(pairs, rises, strict=True))
    title = f"Shuffled {control.shuffled}: {told}"
    return Chart(title, "Rise of the mean error of logs", "", (mark,), alt=title)
