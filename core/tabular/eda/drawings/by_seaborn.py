"""Each picture by Seaborn's functions for axes, on axes that are handed in: none of them makes a figure of its own.

The frames hold names of our own (``x``, ``by``), so that a column's name never meets Seaborn's parser.

Left out: titles, legends and colours of the frame (``rendering``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from core.tabular.eda.drawings.by_matplotlib import FEW, OPACITY, pick_ink
from core.tabular.eda.drawings.palette import Palette
from core.tabular.eda.drawings.plots import Values, find_bins

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def draw_histogram(axes: Axes, values: Values, palette: Palette) -> None:
    """Draw counts (densities by class) with a kernel density estimate."""
    import seaborn as sns

    many = len(values.levels) > 1
    frame = _make_frame(values)
    smooth = all(len(np.unique(part)) > 2 for part in values.split())  # noqa: PLR2004 - a density needs a spread
    sns.histplot(
        frame, x="x", bins=find_bins(values.numbers[:, 0]).tolist(), kde=smooth, stat="density" if many else "count",
        common_norm=False, element="step", alpha=OPACITY, ax=axes, **_color(values, palette),
    )  # fmt: skip
    axes.set_ylabel("Density" if many else "Rows")


def draw_box(axes: Axes, values: Values, palette: Palette) -> None:
    """Draw quartiles, whiskers of 1.5 interquartile ranges and what lies beyond."""
    import seaborn as sns

    sns.boxplot(
        _make_frame(values), x="x", y="by", order=_list_codes(values), orient="h", width=0.6, linecolor=palette.ink,
        ax=axes, vert=None, orientation="horizontal",  # Seaborn 0.13 still hands over `vert`, which Matplotlib gives up
        **_color(values, palette),
    )  # fmt: skip


def draw_violin(axes: Axes, values: Values, palette: Palette) -> None:
    """Draw the density of each class with its quartiles."""
    import seaborn as sns

    sns.violinplot(
        _make_frame(values), x="x", y="by", order=_list_codes(values), orient="h", cut=0, inner="quart",
        linecolor=palette.ink, linewidth=1.0, ax=axes, **_color(values, palette),
    )  # fmt: skip


def draw_diagonal(axes: Axes, values: Values, column: int, palette: Palette) -> None:
    """Draw how one column of a pair plot is spread."""
    import seaborn as sns

    bins = find_bins(values.numbers[:, column]).tolist()
    frame = _make_frame(values, column)
    sns.histplot(frame, x="x", bins=bins, element="step", alpha=OPACITY, ax=axes, **_color(values, palette))


def draw_scatter(axes: Axes, values: Values, pair: tuple[int, int], palette: Palette) -> None:
    """Draw two columns against each other."""
    import seaborn as sns

    frame = _make_frame(values, pair[0]).assign(y=values.numbers[:, pair[1]])
    sns.scatterplot(frame, x="x", y="y", s=9, alpha=0.7, linewidth=0, ax=axes, **_color(values, palette))


def draw_matrix(axes: Axes, matrix: np.ndarray, palette: Palette, *, signed: bool) -> None:
    """Draw a matrix as cells: correlations with their values, or shares of missing cells."""
    import seaborn as sns

    scale = palette.make_map("diverging" if signed else "sequential")
    low = -1.0 if signed else 0.0
    few = signed and len(matrix) <= FEW
    sns.heatmap(
        matrix, cmap=scale, vmin=low, vmax=1.0, annot=few, fmt=".2f", annot_kws={"fontsize": 8}, ax=axes,
        xticklabels=False, yticklabels=False,
    )  # fmt: skip
    for text, value in zip(axes.texts, matrix.ravel(), strict=False):
        text.set_color(pick_ink(scale(0.5 + float(value) / 2)))


def _make_frame(values: Values, column: int = 0) -> pd.DataFrame:
    """Put a column and the code of each row's class into a frame."""
    codes = {level: str(place) for place, level in enumerate(values.levels)}
    return pd.DataFrame({"x": values.numbers[:, column], "by": [codes[str(group)] for group in values.groups]})


def _list_codes(values: Values) -> list[str]:
    """List the codes of the classes."""
    return [str(place) for place in range(len(values.levels))]


def _color(values: Values, palette: Palette) -> dict[str, Any]:
    """Colour by class, in the project's colours."""
    codes = _list_codes(values)
    colors = {code: palette.find_class(place) for place, code in enumerate(codes)}
    return {"hue": "by", "hue_order": codes, "palette": colors, "legend": False}
