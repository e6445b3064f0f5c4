"""The cost surface over two coefficients, and the way a walk takes down it: contour, relief and loss by epoch.

Two columns, standardised, and the target less its mean: then the mean squared error is a bowl whose every level is an
ellipse, the longer the more the two columns go together. The other columns of the table are left out, or the bowl would
have more sides than a picture.

Left out: the walk itself (``descent``).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from core.hub.charts import Chart, Mark
from core.hub.errors import DataError
from core.scratch.linear_regression.dependence import find_dependent
from core.scratch.linear_regression.descent import Descent, Walk, descend, mean_squared_error
from core.scratch.linear_regression.least_squares import solve_qr

GRID, N_LEVELS, N_CORNERS = 41, 7, 90
MAX_DRAWN = 400
ARRIVED = 1e-6  # of the whole way
LARGEST_FIRST = 1.6  # how far the picture reaches, in distances from start to bottom


@dataclass(frozen=True, slots=True, eq=False)
class Valley:
    """A bowl and a walk down it.

    Parameters
    ----------
    names : (str, str)
        The two columns.
    x : float array of shape (n_rows, 2)
        Standardised.
    y : float array of shape (n_rows,)
        Less its mean.
    bottom : float array of shape (2,)
        Where the error is smallest, by QR.
    walk : Walk
    descent : Descent
    """

    names: tuple[str, str]
    x: np.ndarray
    y: np.ndarray
    bottom: np.ndarray
    walk: Walk
    descent: Descent

    @property
    def n_steps(self) -> int:
        """Places after the start."""
        return len(self.descent.path) - 1


def make_valley(names: tuple[str, str], columns: np.ndarray, y: np.ndarray, walk: Walk) -> Valley:
    """Make the bowl of two columns and walk down it from zero.

    Parameters
    ----------
    columns : float array of shape (n_rows, 2)
        In their own units.
    y : float array of shape (n_rows,)

    Raises
    ------
    DataError
        If the two columns say the same.

    Examples
    --------
    >>> columns = np.array([[0.0, 1.0], [1.0, 0.0], [2.0, 2.0], [3.0, 1.0]])
    >>> valley = make_valley(("a", "b"), columns, np.array([1.0, 0.0, 4.0, 3.0]), Walk(epochs=400))
    >>> bool(np.abs(valley.descent.weights - valley.bottom).max() < 1e-9)
    True
    """
    spread = columns.std(axis=0)
    if not (spread > 0).all() or find_dependent((columns - columns.mean(axis=0)) / spread):
        message = f"{names[0]} and {names[1]} say the same; choose two columns that differ"
        raise DataError(message)
    x, centred = (columns - columns.mean(axis=0)) / spread, y - y.mean()
    return Valley(names, x, centred, solve_qr(x, centred), walk, descend(x, centred, walk))


def frame_steps(n_steps: int) -> tuple[int, ...]:
    """Choose the steps at which a film of a walk stands still: each at first, then ever further apart.

    Examples
    --------
    >>> frame_steps(40)
    (0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 14, 16, 19, 22, 26, 31, 37, 40)
    """
    steps = [0]
    while steps[-1] < n_steps:
        steps.append(min(n_steps, max(steps[-1] + 1, int(steps[-1] * 1.2))))
    return tuple(steps)


def _find_frame(valley: Valley) -> tuple[tuple[float, float], tuple[float, float]]:
    """Say from where to where the two axes reach: around the bottom, with the start inside."""
    reach = LARGEST_FIRST * max(float(np.abs(valley.bottom).max()), 1e-9 * float(np.abs(valley.y).max()) or 1.0)
    a, b = valley.bottom
    return (float(a - reach), float(a + reach)), (float(b - reach), float(b + reach))


def _measure_grid(valley: Valley) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Work out the error on a grid: its axes and heights (n_b, n_a)."""
    (low_a, high_a), (low_b, high_b) = _find_frame(valley)
    a, b = np.linspace(low_a, high_a, GRID), np.linspace(low_b, high_b, GRID)
    gram = valley.x.T @ valley.x / len(valley.y)
    off_a, off_b = np.meshgrid(a - valley.bottom[0], b - valley.bottom[1])
    least = mean_squared_error(valley.x, valley.y, valley.bottom)
    return a, b, least + gram[0, 0] * off_a**2 + 2 * gram[0, 1] * off_a * off_b + gram[1, 1] * off_b**2


def _thin(shown: int) -> np.ndarray:
    """Choose which of the first places to draw, the last always."""
    return np.unique(np.linspace(0, shown, min(shown + 1, MAX_DRAWN)).round().astype(int))


def draw_contour(valley: Valley, shown: int) -> Chart:
    """Draw the bowl from above: ellipses of equal error, and the way walked so far.

    Parameters
    ----------
    shown : int
        Steps of the walk to draw.
    """
    places = valley.descent.path[_thin(min(shown, valley.n_steps))]
    span_a, span_b = _find_frame(valley)
    marks = [*_draw_levels(valley), Mark("line", places[:, 0], places[:, 1], "way walked", "main")]
    marks += [
        Mark("points", places[1:, 0], places[1:, 1], role="main", size=5.0),
        Mark("points", places[:1, 0], places[:1, 1], "start", "baseline", size=10.0),
        Mark("points", valley.bottom[:1], valley.bottom[1:], "bottom, by QR", "good", size=12.0, dash=True),
    ]
    title = describe_place(valley, shown)
    return Chart(
        title,
        f"Coefficient of {valley.names[0]}",
        f"Coefficient of {valley.names[1]}",
        tuple(marks),
        alt=f"Cost surface from above. {title}.",
        x_range=span_a,
        y_range=span_b,
    )


def _draw_levels(valley: Valley) -> list[Mark]:
    """Draw ellipses on which the error is the same."""
    values, directions = np.linalg.eigh(valley.x.T @ valley.x / len(valley.y))
    turn = np.linspace(0, 2 * np.pi, N_CORNERS)
    span_a, _ = _find_frame(valley)
    longest = (span_a[1] - span_a[0]) * np.sqrt(values.max())
    circle = np.stack([np.cos(turn), np.sin(turn)])
    marks = []
    for place in range(1, N_LEVELS + 1):
        # Along each direction the error grows with the square, times that direction's own curvature.
        radius = longest * (place / N_LEVELS) ** 1.5 / np.sqrt(values)
        ellipse = valley.bottom[:, None] + directions @ (radius[:, None] * circle)
        marks.append(Mark("line", ellipse[0], ellipse[1], "equal error" if place == 1 else "", "muted", dash=True))
    return marks


def draw_relief(valley: Valley, shown: int) -> Chart:
    """Draw the bowl in space with the way walked so far on it."""
    a, b, heights = _measure_grid(valley)
    places = valley.descent.path[_thin(min(shown, valley.n_steps))]
    (low_a, high_a), (low_b, high_b) = _find_frame(valley)
    inside = (places[:, 0] >= low_a) & (places[:, 0] <= high_a) & (places[:, 1] >= low_b) & (places[:, 1] <= high_b)
    kept = places[inside]
    losses = np.array([mean_squared_error(valley.x, valley.y, each) for each in kept])
    least = np.array([mean_squared_error(valley.x, valley.y, valley.bottom)])
    marks = (
        Mark("surface", a, b, z=heights),
        Mark("line", kept[:, 0], kept[:, 1], "way walked", "second", z=losses),
        Mark("points", kept[:, 0], kept[:, 1], "steps", "second", z=losses, size=3.0),
        Mark("points", valley.bottom[:1], valley.bottom[1:], "bottom, by QR", "good", z=least, size=6.0),
    )
    title = describe_place(valley, shown)
    labels = f"{valley.names[0]}", f"{valley.names[1]}"
    return Chart(title, *labels, marks, alt=f"Cost surface in space. {title}.", z_label="mean squared error")


def draw_losses(valley: Valley, shown: int) -> Chart:
    """Draw by how much the error is above the least one, epoch by epoch, on a log scale."""
    least = mean_squared_error(valley.x, valley.y, valley.bottom)
    above = np.maximum(valley.descent.losses - least, 1e-15 * valley.descent.losses[0])
    kept = _thin(min(shown, valley.n_steps))
    marks = (Mark("line", valley.descent.epochs[kept], above[kept], "so far"),)
    title = describe_place(valley, shown)
    last = int(valley.descent.epochs[-1])
    return Chart(title, "Epoch", "Error above the least", marks, alt=f"{title}.", y_log=True, x_range=(0, max(last, 1)))


def describe_place(valley: Valley, shown: int) -> str:
    """Say where the walk stands after some steps."""
    shown = min(shown, valley.n_steps)
    epoch = int(valley.descent.epochs[shown])
    if shown == valley.n_steps and valley.descent.stop == "diverged":
        return f"The walk ran away: by epoch {epoch} each step lands higher than the one before"
    if shown == 0:
        return "The walk starts where both coefficients are 0"
    whole = float(np.linalg.norm(valley.bottom - valley.descent.path[0])) or 1.0
    left = float(np.linalg.norm(valley.bottom - valley.descent.path[shown])) / whole
    if left > 1:
        return f"Epoch {epoch}: further from the bottom than at the start"
    if left <= ARRIVED:
        return f"Epoch {epoch}: arrived"
    return f"Epoch {epoch}: {_show_way(left)} of the way to the bottom"


def _show_way(left: float) -> str:
    """Write what is walked of a way, with as many digits as tell it from the whole.

    Examples
    --------
    >>> [_show_way(left) for left in (0.4, 0.006, 0.00063)]
    ['60%', '99.4%', '99.93%']
    """
    digits = max(0, -2 - math.floor(math.log10(left)))
    scale = 10**digits
    return f"{math.floor(100 * (1 - left) * scale + 1e-9) / scale:.{digits}f}%"
