"""Each picture by Matplotlib's own objects, on axes that are handed in.

Left out: titles, legends and colours of the frame (``rendering``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from core.tabular.eda.drawings.palette import Palette
from core.tabular.eda.drawings.plots import Values, find_bins

if TYPE_CHECKING:
    from matplotlib.axes import Axes

N_CURVE = 200
FEW = 12
OPACITY = 0.35


def draw_histogram(axes: Axes, values: Values, palette: Palette) -> None:
    """Draw counts (densities by class) with a kernel density estimate."""
    edges = find_bins(values.numbers[:, 0])
    many = len(values.levels) > 1
    for place, part in enumerate(values.split()):
        color = palette.find_class(place)
        axes.hist(part, bins=edges.tolist(), density=many, color=color, alpha=OPACITY, histtype="stepfilled")
        if len(np.unique(part)) > 2:  # noqa: PLR2004 - a density needs a spread
            at = np.linspace(edges[0], edges[-1], N_CURVE)
            scale = 1.0 if many else len(part) * float(edges[1] - edges[0])
            axes.plot(at, estimate_density(part, at) * scale, color=color)
    axes.set_ylabel("Density" if many else "Rows")


def estimate_density(part: np.ndarray, at: np.ndarray) -> np.ndarray:
    """Estimate a density by Gaussian kernels of Scott's width (1992).

    Examples
    --------
    >>> float(estimate_density(np.array([-1.0, 0.0, 1.0]), np.array([0.0])).round(2)[0])
    0.32
    """
    from scipy.stats import gaussian_kde

    return np.asarray(gaussian_kde(part)(at))


def draw_box(axes: Axes, values: Values, palette: Palette) -> None:
    """Draw quartiles, whiskers of 1.5 interquartile ranges and what lies beyond."""
    parts = values.split()
    drawn = axes.boxplot(parts, orientation="horizontal", patch_artist=True, widths=0.6)
    for place, box in enumerate(drawn["boxes"]):
        box.set(facecolor=palette.find_class(place), edgecolor=palette.ink, alpha=0.85)
    for part in ("medians", "whiskers", "caps"):
        for line in drawn[part]:
            line.set_color(palette.ink)
    for line in drawn["fliers"]:
        line.set(markeredgecolor=palette.soft, markersize=4)
    axes.invert_yaxis()


def draw_violin(axes: Axes, values: Values, palette: Palette) -> None:
    """Draw the density of each class with its median."""
    drawn = axes.violinplot(values.split(), orientation="horizontal", showmedians=True, showextrema=False, widths=0.8)
    bodies: Any = drawn["bodies"]
    for place, body in enumerate(bodies):
        body.set(facecolor=palette.find_class(place), edgecolor=palette.ink, alpha=0.85)
    drawn["cmedians"].set_color(palette.ink)
    axes.invert_yaxis()


def draw_diagonal(axes: Axes, values: Values, column: int, palette: Palette) -> None:
    """Draw how one column of a pair plot is spread."""
    edges = find_bins(values.numbers[:, column]).tolist()
    for place, part in enumerate(values.split(column)):
        axes.hist(part, bins=edges, color=palette.find_class(place), alpha=OPACITY, histtype="stepfilled")


def draw_scatter(axes: Axes, values: Values, pair: tuple[int, int], palette: Palette) -> None:
    """Draw two columns against each other."""
    for place, level in enumerate(values.levels):
        own = values.numbers[values.groups == level]
        axes.scatter(own[:, pair[0]], own[:, pair[1]], s=9, color=palette.find_class(place), alpha=0.7, linewidths=0)


def draw_matrix(axes: Axes, matrix: np.ndarray, palette: Palette, *, signed: bool) -> None:
    """Draw a matrix as cells: correlations with their values, or shares of missing cells."""
    scale = palette.make_map("diverging" if signed else "sequential")
    low = -1.0 if signed else 0.0
    image = axes.imshow(matrix, cmap=scale, vmin=low, vmax=1.0, aspect="auto", interpolation="nearest")
    if axes.figure is not None:
        axes.figure.colorbar(image, ax=axes)
    if signed and len(matrix) <= FEW:
        for (row, column), value in np.ndenumerate(matrix):
            color = pick_ink(scale(0.5 + value / 2))
            axes.text(column, row, f"{value:.2f}", ha="center", va="center", color=color, fontsize=8)


def pick_ink(color: tuple[float, ...]) -> str:
    """Pick black or white, whichever reads better on a colour.

    Examples
    --------
    >>> pick_ink((0.0, 0.1, 0.3, 1.0)), pick_ink((1.0, 1.0, 0.9, 1.0))
    ('#FFFFFF', '#0F151C')
    """
    red, green, blue = color[:3]
    return "#FFFFFF" if 0.2126 * red + 0.7152 * green + 0.0722 * blue < 0.5 else "#0F151C"  # noqa: PLR2004 - half of white
