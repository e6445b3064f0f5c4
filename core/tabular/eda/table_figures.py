"""Moving figures of the lessons about cells and rows: gaps, filling, scales, outliers, leaks.

Left out: the lessons' words (``lessons``); figures about tests and effects (``evidence_figures``).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated, Literal

import numpy as np
import pandas as pd

from core.datasets.catalogue import load_table
from core.hub.charts import Chart, Mark
from core.hub.contract import Label, Range
from core.tabular.eda.cleaning.filling import fill_missing, fill_neighbours
from core.tabular.eda.cleaning.little import little_test
from core.tabular.eda.cleaning.rescaling import scale_columns
from core.tabular.eda.cleaning.rows import find_fences, flag_isolated

SEED = 0
N_BINS = 30
PAIR = ("total_cholesterol", "ldl")


@lru_cache(maxsize=2)
def read_bundled(name: str) -> pd.DataFrame:
    """Return a bundled table once; nothing changes it."""
    return load_table(name).frame


@lru_cache(maxsize=2)
def read_pair(names: tuple[str, str]) -> np.ndarray:
    """Return two columns of the diabetes patients, shape (442, 2)."""
    values = read_bundled("diabetes")[list(names)].to_numpy(dtype=np.float64, copy=True)
    values.flags.writeable = False
    return values


@dataclass(frozen=True, slots=True)
class GapControl:
    """Why values are missing, and how many."""

    mechanism: Annotated[
        Literal["by chance", "where the other is high", "where it is high itself"], Label("LDL is missing")
    ] = "where the other is high"
    share: Annotated[float, Range(0.1, 0.6, 0.05), Label("Share missing")] = 0.3


def make_gaps(values: np.ndarray, mechanism: str, share: float) -> np.ndarray:
    """Choose which values of the second column go missing, shape (n,).

    Examples
    --------
    >>> make_gaps(np.array([[1.0, 5.0], [2.0, 4.0]]), "where it is high itself", 0.5).tolist()
    [True, False]
    """
    rng = np.random.default_rng(SEED)
    driver = {"by chance": rng.random(len(values)), "where the other is high": values[:, 0]}.get(
        mechanism, values[:, 1]
    )
    noise = 0.0 if mechanism == "by chance" else 0.3 * rng.normal(size=len(values)) * driver.std()
    noise = noise if len(values) > N_BINS else 0.0
    return np.asarray(np.argsort(np.argsort(-(driver + noise), kind="stable")) < round(share * len(values)))


def draw_gaps(control: GapControl) -> Chart:
    """Draw the values that are left and the ones that are missing, and say whether a test can see the mechanism."""
    values = read_pair(PAIR)
    gone = make_gaps(values, control.mechanism, control.share)
    seen = values.copy()
    seen[gone, 1] = np.nan
    p = little_test(seen).p
    left, true = values[~gone, 1].mean(), values[:, 1].mean()
    verdict = "sees that it is not by chance" if p < 0.05 else "sees nothing unusual"  # noqa: PLR2004 - the usual level
    title = (
        f"The mean LDL of what is left is {left:.0f}, the true one {true:.0f}; Little's test {verdict} (p {_show_p(p)})"
    )
    marks = (
        Mark("points", values[~gone, 0], values[~gone, 1], "known", "main", size=5.0),
        Mark("points", values[gone, 0], values[gone, 1], "missing", "muted", size=5.0),
        Mark("line", _span(values[:, 0]), np.full(2, left), "mean of what is left", "bad"),
        Mark("line", _span(values[:, 0]), np.full(2, true), "true mean", "baseline", dash=True),
    )
    return Chart(title, "Total cholesterol (mg/dl)", "LDL (mg/dl)", marks, alt=f"{title}.")


def _show_p(p: float) -> str:
    """Write a p-value."""
    return "below 0.001" if p < 0.001 else f"= {p:.3f}"  # noqa: PLR2004 - smaller ones say no more


def _span(values: np.ndarray) -> np.ndarray:
    """Return the two ends of values."""
    return np.array([values.min(), values.max()])


@dataclass(frozen=True, slots=True)
class FillControl:
    """How gaps are filled, and how many there are."""

    method: Annotated[Literal["mean", "median", "five neighbours"], Label("Filled by")] = "mean"
    share: Annotated[float, Range(0.1, 0.6, 0.05), Label("Share missing")] = 0.4


def draw_filled(control: FillControl) -> Chart:
    """Draw what is filled in beside what is known, with what it does to spread and correlation."""
    values = read_pair(PAIR)
    gone = make_gaps(values, "by chance", control.share)
    frame = pd.DataFrame(values.copy(), columns=list(PAIR))
    frame.loc[gone, PAIR[1]] = np.nan
    near = control.method == "five neighbours"
    filled = (fill_neighbours(frame, PAIR[1:], PAIR[:1], 5) if near else fill_missing(frame, PAIR[1:], control.method))[
        PAIR[1]
    ].to_numpy()
    r_true, r_now = (float(np.corrcoef(values[:, 0], each)[0, 1]) for each in (values[:, 1], filled))
    title = (
        f"Filled by {control.method}: the correlation goes from {r_true:.2f} to {r_now:.2f}, "
        f"the deviation from {values[:, 1].std():.1f} to {filled.std():.1f}"
    )
    marks = (
        Mark("points", values[~gone, 0], values[~gone, 1], "known", "muted", size=5.0),
        Mark("points", values[gone, 0], filled[gone], "filled in", "bad", size=5.0),
    )
    return Chart(title, "Total cholesterol (mg/dl)", "LDL (mg/dl)", marks, alt=f"{title}.")


@dataclass(frozen=True, slots=True)
class ScaleControl:
    """Which scale the fares are put on."""

    method: Annotated[Literal["standard", "min-max", "robust", "power", "log1p"], Label("Scale")] = "standard"


def draw_scaled(control: ScaleControl) -> Chart:
    """Draw how the Titanic's fares lie on another scale."""
    fares = read_bundled("titanic")[["fare"]].dropna()
    before = fares["fare"].to_numpy()
    after = scale_columns(fares, ("fare",), control.method)["fare"].to_numpy()
    counts, edges = np.histogram(after, N_BINS)
    low, high = np.quantile(after, [0.25, 0.75])
    title = (
        f"{control.method}: skewness {_skewness(before):.1f} becomes {_skewness(after):.1f}; "
        f"half of the fares lie between {low:.2f} and {high:.2f}"
    )
    marks = (Mark("bars", (edges[1:] + edges[:-1]) / 2, counts.astype(float), "fares"),)
    return Chart(title, f"Fare, {control.method}", "Passengers", marks, alt=f"{title}.")


def _skewness(values: np.ndarray) -> float:
    """Return the third standardised moment."""
    return float(np.mean(((values - values.mean()) / values.std()) ** 3))


@dataclass(frozen=True, slots=True)
class FenceControl:
    """Which rule says what is far out, and how far."""

    rule: Annotated[Literal["iqr", "z"], Label("Rule", "Widths of the middle half, or standard deviations.")] = "iqr"
    limit: Annotated[float, Range(0.5, 5.0, 0.25), Label("Limit")] = 1.5


def draw_fences(control: FenceControl) -> Chart:
    """Draw the fares and the fences of a rule."""
    fares = np.sort(read_bundled("titanic")["fare"].dropna().to_numpy(dtype=np.float64))
    low, high = find_fences(fares, control.rule, control.limit)
    beyond = (fares < low) | (fares > high)
    first = np.median(read_bundled("titanic").query("pclass == '1'")["fare"].dropna().to_numpy(dtype=np.float64))
    how = "outside" if first > high else "inside"
    title = (
        f"{control.rule} at {control.limit:g} calls {beyond.sum()} of {len(fares):,} fares far out: "
        f"the fence is {high:.0f}, and a usual first-class fare of {first:.0f} is {how}"
    )
    ranks = np.arange(1, len(fares) + 1, dtype=float)
    marks = [
        Mark("points", ranks[keep], fares[keep], name, role, size=4.0)  # type: ignore[arg-type]  # two of its words
        for keep, name, role in ((~beyond, "inside", "main"), (beyond, "far out", "bad"))
    ]
    marks.append(Mark("line", _span(ranks), np.full(2, high), "fence", "baseline", dash=True))
    return Chart(title, "Passengers by fare", "Fare (pounds)", tuple(marks), alt=f"{title}.")


@dataclass(frozen=True, slots=True)
class ForestControl:
    """How many rows a forest is told to call odd, and by which seed it grows."""

    share: Annotated[
        float, Range(0.01, 0.2, 0.01), Label("Share", "The forest names this many, whatever they are.")
    ] = 0.03
    seed: Annotated[int, Range(0, 5, 1), Label("Seed", "Another forest.")] = 0


@lru_cache(maxsize=16)
def isolate_penguins(share: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return body mass and bill length of the penguins, shape (n, 2), and which a forest isolates first."""
    values = read_bundled("penguins")[["body_mass", "bill_length"]].dropna().to_numpy(dtype=np.float64)
    return values, flag_isolated(values, share, seed)


def draw_forest(control: ForestControl) -> Chart:
    """Draw the penguins that random cuts tell apart soonest."""
    values, odd = isolate_penguins(control.share, control.seed)
    fences = [find_fences(values[:, i], "iqr", 1.5) for i in range(2)]
    beyond = np.any([(values[:, i] < low) | (values[:, i] > high) for i, (low, high) in enumerate(fences)], axis=0)
    title = f"The forest names {odd.sum()} of {len(values)} penguins; Tukey's fences name {beyond.sum()} of all"
    marks = tuple(
        Mark("points", values[keep, 0], values[keep, 1], name, role, size=6.0)  # type: ignore[arg-type]  # as above
        for keep, name, role in ((~odd, "usual", "main"), (odd, "named", "bad"))
    )
    return Chart(title, "Body mass (g)", "Bill length (mm)", marks, alt=f"{title}.")


@dataclass(frozen=True, slots=True)
class LeakControl:
    """Which column of the Titanic is looked at."""

    column: Annotated[Literal["boat", "body", "cabin", "age"], Label("Column", "Known or missing, no more.")] = "boat"


def draw_leak(control: LeakControl) -> Chart:
    """Draw how many survived where a column is filled in and where it is empty."""
    frame = read_bundled("titanic")
    survived, filled = (frame["survived"] == "Yes").to_numpy(), frame[control.column].notna().to_numpy()
    groups = ["filled in", "empty"]
    shares = np.array([survived[filled].mean(), survived[~filled].mean()])
    right = max(np.mean(survived == filled), np.mean(survived == ~filled))
    title = (
        f"Where {control.column} is filled in {shares[0]:.0%} lived, where it is empty {shares[1]:.0%}; "
        f"that alone answers {right:.0%} of all rows"
    )
    marks = (Mark("bars", np.array(groups, dtype=object), shares, "survived"),)
    return Chart(title, control.column, "Share that lived", marks, alt=f"{title}.", y_percent=True, y_range=(0.0, 1.0))
