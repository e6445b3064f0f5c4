"""The moving figures of the lessons.

Left out: the lessons' words (``lessons``); figures of a run (``charts``, ``valley``).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated, Literal

import numpy as np

from core.hub.charts import Chart, Mark
from core.hub.contract import Label, Range
from core.scratch.linear_regression.charts import digits_chart
from core.scratch.linear_regression.data import Data, load
from core.scratch.linear_regression.descent import Batch, Descent, Schedule, Walk, mean_squared_error
from core.scratch.linear_regression.inference import infer
from core.scratch.linear_regression.least_squares import add_intercept, solve_qr, solve_ridge
from core.scratch.linear_regression.nist import NORMAL, PRECISE, QR, SOLVERS, Digits, load_references, score_solver
from core.scratch.linear_regression.recipe import Recipe
from core.scratch.linear_regression.valley import Valley, draw_contour, draw_relief, make_valley

PAIR = ("total_cholesterol", "ldl")
EPOCHS = 100


@lru_cache(maxsize=1)
def load_patients() -> Data:
    """Load the bundled data once; nothing changes them."""
    return load(Recipe())


def read_columns(names: tuple[str, ...]) -> tuple[np.ndarray, np.ndarray]:
    """Return some columns of all patients, shape (442, n), and the progression."""
    data = load_patients()
    places = [data.schema.names.index(name) for name in names]
    return data.x[:, places], data.y


@lru_cache(maxsize=32)
def walk_down(walk: Walk, names: tuple[str, str] = PAIR) -> Valley:
    """Walk down the bowl of two columns."""
    return make_valley(names, *read_columns(names), walk)


@dataclass(frozen=True, slots=True)
class LineControl:
    """A line by hand."""

    slope: Annotated[float, Range(-5.0, 20.0, 0.5), Label("Slope", "Progression for one unit of body mass index.")] = (
        4.0
    )
    middle: Annotated[float, Range(50.0, 250.0, 5.0), Label("Height", "Answer at the mean body mass index.")] = 120.0


def draw_line(control: LineControl) -> Chart:
    """Draw a line by hand beside the one with the least squared error."""
    columns, y = read_columns(("bmi",))
    x = add_intercept(columns - columns.mean(axis=0))
    hand, best = np.array([control.middle, control.slope]), solve_qr(x, y)
    ours, least = mean_squared_error(x, y, hand), mean_squared_error(x, y, best)
    ends = np.array([columns.min(), columns.max()])
    marks = [Mark("points", columns[:, 0], y, "patients", "muted", size=4.0)]
    for weights, name, role in ((hand, "yours", "second"), (best, "least squares", "main")):
        marks.append(Mark("line", ends, weights[0] + weights[1] * (ends - columns.mean()), name, role))  # type: ignore[arg-type]
    title = f"Your line's squared error is {ours / least:.2f} times the least possible"
    return Chart(title, "Body mass index (kg/m²)", "Progression", tuple(marks), alt=f"{title}.")


@dataclass(frozen=True, slots=True)
class SurfaceControl:
    """Which two columns span the bowl, and how it is looked at."""

    columns: Annotated[
        Literal["go together (0.90)", "hardly go together (0.19)"], Label("Two columns that", "Their correlation.")
    ] = "go together (0.90)"
    view: Annotated[Literal["from above", "in space"], Label("Seen")] = "in space"


def draw_surface(control: SurfaceControl) -> Chart:
    """Draw the cost surface of two columns with a walk down it."""
    names = PAIR if control.columns.startswith("go") else ("age", "bmi")
    valley = walk_down(Walk(epochs=EPOCHS), names)
    return (draw_contour if control.view == "from above" else draw_relief)(valley, valley.n_steps)


@dataclass(frozen=True, slots=True)
class RateControl:
    """How long the steps are."""

    rate: Annotated[
        float, Range(0.05, 2.2, 0.05), Label("Learning rate", "1 is 1/L, the longest step without overshooting.")
    ] = 1.9


def draw_rate(control: RateControl) -> Chart:
    """Draw the way a walk takes with steps of one length."""
    valley = walk_down(Walk(rate=control.rate, epochs=EPOCHS))
    return draw_contour(valley, valley.n_steps)


@dataclass(frozen=True, slots=True)
class MomentumControl:
    """How much of the last step is kept."""

    momentum: Annotated[float, Range(0.0, 0.98, 0.02), Label("Momentum", "Share of the last step.")] = 0.8


def draw_momentum(control: MomentumControl) -> Chart:
    """Draw the error by epoch with and without momentum."""
    found = {
        "without": walk_down(Walk(epochs=EPOCHS)).descent,
        f"momentum {control.momentum:g}": walk_down(Walk(momentum=control.momentum, epochs=EPOCHS)).descent,
    }
    least = mean_squared_error(*_read_pair(), walk_down(Walk(epochs=EPOCHS)).bottom)
    plain, other = (float(each.losses[-1] - least) for each in found.values())
    title = _compare_ends(plain, other, f"momentum {control.momentum:g}")
    return _draw_losses(found, least, title)


def _read_pair() -> tuple[np.ndarray, np.ndarray]:
    """Return the standardised pair of columns and the centred target."""
    valley = walk_down(Walk(epochs=EPOCHS))
    return valley.x, valley.y


def _compare_ends(plain: float, other: float, name: str) -> str:
    """Say which of two walks ends nearer to the bottom."""
    if other <= 0 or plain / other >= 1.05:  # noqa: PLR2004 a twentieth is no difference to speak of
        times = plain / max(other, 1e-300)
        much = f"{times:,.1f} times" if times < 1e4 else "many thousand times"  # noqa: PLR2004
        return f"After {EPOCHS} epochs {name} is {much} nearer to the least error"
    if other / plain >= 1.05:  # noqa: PLR2004 as above
        return f"After {EPOCHS} epochs {name} is {other / plain:,.1f} times further from the least error"
    return f"After {EPOCHS} epochs {name} makes no difference"


def _draw_losses(found: dict[str, Descent], least: float, title: str) -> Chart:
    """Draw the error above the least one by epoch."""
    roles = ("muted", "main", "second")
    marks = tuple(
        Mark("line", each.epochs, np.maximum(each.losses - least, 1e-9), name, role)  # type: ignore[arg-type]
        for (name, each), role in zip(found.items(), roles, strict=False)
    )
    return Chart(title, "Epoch", "Error above the least", marks, alt=f"{title}.", y_log=True)


@dataclass(frozen=True, slots=True)
class BatchControl:
    """How many rows a step looks at, and how its length shrinks."""

    batch: Annotated[Batch, Label("Rows of a step")] = "one row"
    schedule: Annotated[Schedule, Label("Schedule", "How the rate shrinks.")] = "constant"


def draw_batch(control: BatchControl) -> Chart:
    """Draw the error by epoch of three batch sizes; the chosen one is in front."""
    epochs = 30
    valley = walk_down(Walk(batch=control.batch, schedule=control.schedule, epochs=epochs))
    plain = walk_down(Walk(epochs=epochs))
    least = mean_squared_error(valley.x, valley.y, valley.bottom)
    chosen, other = (float(each.descent.losses[-1] - least) for each in (valley, plain))
    word = "nearer to" if chosen < other else "further from"
    title = f"After {epochs} epochs {control.batch} a step is {word} the least error than all rows a step"
    if control.batch == "all rows" and control.schedule == "constant":
        title = f"All rows a step goes down smoothly, {epochs} steps in {epochs} epochs"
    found = {"all rows, constant": plain.descent, f"{control.batch}, {control.schedule}": valley.descent}
    return _draw_losses(found, least, title)


@dataclass(frozen=True, slots=True)
class RidgeControl:
    """How strong the penalty is."""

    ridge: Annotated[float, Range(0.01, 10_000.0, log=True), Label("λ", "Larger pulls harder towards zero.")] = 30.0


def draw_ridge(control: RidgeControl) -> Chart:
    """Draw every coefficient against λ, on standardised columns."""
    data = load_patients()
    x = add_intercept((data.x - data.x.mean(axis=0)) / data.x.std(axis=0))
    grid = np.geomspace(0.01, 10_000, 60)
    paths = np.stack([solve_ridge(x, data.y, float(each))[1:] for each in grid])
    order = np.argsort(-np.abs(paths[0]), kind="stable")
    marks = [
        Mark("line", grid, paths[:, column], data.schema.names[column], "class", place)
        for place, column in enumerate(order[:6])
    ]
    chosen, free = solve_ridge(x, data.y, control.ridge)[1:], solve_qr(x, data.y)[1:]
    share = float(np.linalg.norm(chosen) / np.linalg.norm(free))
    span = np.array([paths.min(), paths.max()])
    marks.append(Mark("line", np.full(2, control.ridge), span, "your λ", "baseline", dash=True))
    title = f"At λ = {control.ridge:g} the coefficients keep {share:.0%} of their length"
    label = "Coefficient of the standardised column"
    return Chart(title, "λ", label, tuple(marks), alt=f"{title}.", x_log=True)


@dataclass(frozen=True, slots=True)
class LeverageControl:
    """Where one more patient is put."""

    bmi: Annotated[float, Range(18.0, 80.0, 1.0), Label("Body mass index of one more row")] = 70.0
    progression: Annotated[float, Range(0.0, 400.0, 10.0), Label("Its progression")] = 50.0


def draw_leverage(control: LeverageControl) -> Chart:
    """Draw thirty patients and one more, with the line before and after."""
    columns, y = read_columns(("bmi",))
    columns, y = columns[:30], y[:30]
    more, higher = np.append(columns[:, 0], control.bmi), np.append(y, control.progression)
    before = solve_qr(add_intercept(columns), y)
    found = infer(add_intercept(more[:, None]), higher)
    ends = np.array([more.min(), more.max()])
    marks = (
        Mark("points", columns[:, 0], y, "30 patients", "muted", size=6.0),
        Mark("points", more[-1:], higher[-1:], "one more row", "bad", size=12.0),
        Mark("line", ends, before[0] + before[1] * ends, "without it", "baseline", dash=True),
        Mark("line", ends, found.coefficients[0] + found.coefficients[1] * ends, "with it", "main"),
    )
    title = f"One row of leverage {found.leverage[-1]:.2f} turns the slope from {before[1]:.1f} to "
    title += f"{found.coefficients[1]:.1f}"
    return Chart(title, "Body mass index (kg/m²)", "Progression", marks, alt=f"{title}.")


@dataclass(frozen=True, slots=True)
class CollinearControl:
    """How closely two columns go together."""

    correlation: Annotated[float, Range(0.0, 0.999, 0.001), Label("Correlation", "Of the two columns.")] = 0.95


def draw_collinear(control: CollinearControl) -> Chart:
    """Draw how wide a coefficient's interval gets as two columns come to say the same."""
    grid = np.linspace(0, 0.999, 120)
    wider = 1 / np.sqrt(1 - grid**2)
    here = 1 / np.sqrt(1 - control.correlation**2)
    marks = (
        Mark("line", grid, wider, "width of the interval"),
        Mark("points", np.array([control.correlation]), np.array([here]), "your columns", "bad", size=12.0),
    )
    title = f"At r = {control.correlation:g} the interval is {here:.1f} times as wide; the VIF is {here**2:.1f}"
    return Chart(title, "Correlation of the two columns", "Times as wide", marks, alt=f"{title}.", y_log=True)


@dataclass(frozen=True, slots=True)
class IntervalControl:
    """How sure the interval is to be."""

    level: Annotated[float, Range(0.5, 0.99, 0.01), Label("Level", "Share of samples whose interval holds.")] = 0.9


def draw_intervals(control: IntervalControl) -> Chart:
    """Draw the intervals of a slope from 30 samples of 60 patients, and which hold the slope of all."""
    columns, y = read_columns(("bmi",))
    truth = float(solve_qr(add_intercept(columns), y)[1])
    rng = np.random.default_rng(0)
    rows = [rng.choice(len(y), 60, replace=False) for _ in range(30)]
    found = [infer(add_intercept(columns[each]), y[each], level=control.level) for each in rows]
    slope, low, high = (np.array([getattr(each, end)[1] for each in found]) for end in ("coefficients", "low", "high"))
    holds = (low <= truth) & (truth <= high)
    places = np.arange(1, len(found) + 1)
    marks = [Mark("line", np.array([0, 31]), np.full(2, truth), "slope of all 442", "baseline", dash=True)]
    for role, name, keep in (("main", "holds it", holds), ("bad", "misses it", ~holds)):
        if keep.any():
            marks.append(Mark("points", places[keep], slope[keep], name, role, low=low[keep], high=high[keep]))  # type: ignore[arg-type]
    title = f"{holds.sum()} of 30 intervals at {control.level:.0%} hold the slope of all patients"
    return Chart(title, "Sample", "Slope for body mass index", tuple(marks), alt=f"{title}.")


@dataclass(frozen=True, slots=True)
class DigitsControl:
    """Which of the certified sets is looked at."""

    shown: Annotated[Literal["all sets", "polynomials", "others"], Label("Sets")] = "all sets"


@lru_cache(maxsize=1)
def count_all_digits() -> dict[str, tuple[Digits, ...]]:
    """Count the certified digits of three methods once."""
    return {name: score_solver(SOLVERS[name]) for name in (PRECISE, QR, NORMAL)}


def draw_digits(control: DigitsControl) -> Chart:
    """Draw the certified digits that each method gets right."""
    polynomials = {each.name for each in load_references() if each.x.shape[1] > 2 and each.name != "Longley"}  # noqa: PLR2004
    every = {each.name for each in load_references()}
    kept = {"all sets": every, "polynomials": polynomials, "others": every - polynomials}[control.shown]
    found = count_all_digits().items()
    return digits_chart({name: [each for each in digits if each.name in kept] for name, digits in found})
