"""A picture as PNG or SVG bytes, by Matplotlib or by Seaborn, in the project's colours.

Figures are Matplotlib objects on the Agg canvas, never ``pyplot``'s: nothing is shared between sessions. Names are
drawn as they stand, also where they look like mathematics.

Left out: interactive charts; equal bytes over versions of Matplotlib.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from types import ModuleType
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from core.datasets.bulk import keep_bulk
from core.datasets.explore import distribution_chart
from core.datasets.table import Table
from core.hub.errors import DataError
from core.tabular.eda.associations import associate, association_chart
from core.tabular.eda.drawings.palette import Palette, find_palette, write_label, write_title
from core.tabular.eda.drawings.plots import Look, Plot, Values, prepare
from core.tabular.eda.report.figures import gaps_chart

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

LIGHT = Look()
MAX_TICKS = 40


def draw(table: Table, plot: Plot, library: Literal["matplotlib", "seaborn"] = "seaborn", look: Look = LIGHT) -> bytes:
    """Draw a picture.

    Parameters
    ----------
    library : str
        Who draws it.

    Returns
    -------
    bytes
        PNG or SVG, the same for the same input. Its title states the finding.

    Raises
    ------
    DataError
        If the table cannot give the picture: see :func:`core.tabular.eda.drawings.plots.check_plot`.

    Examples
    --------
    >>> from core.datasets.catalogue import load_table
    >>> draw(load_table("iris"), Plot("histogram", ("petal_length",), "species"))[1:4]
    b'PNG'
    """
    import matplotlib as mpl
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from matplotlib.text import Text

    mpl.rcParams["svg.hashsalt"] = "picture"  # one constant for the process: SVG ids are random without it
    values = prepare(table, plot)
    palette = find_palette(look.theme)
    figure = Figure(figsize=(look.width, look.height), dpi=look.dpi, layout="constrained", facecolor=palette.paper)
    FigureCanvasAgg(figure)
    title = _draw_parts(figure, table, plot, values, (_find_drawer(library), palette))
    figure.suptitle(
        write_title(title, look.width), x=0.01, ha="left", fontsize=11, fontweight="bold", color=palette.ink
    )
    for text in figure.findobj(Text):
        text.set_parse_math(False)
    return _save(figure, look)


def _find_drawer(library: str) -> ModuleType:
    """Load what draws."""
    if library == "matplotlib":
        from core.tabular.eda.drawings import by_matplotlib

        return by_matplotlib
    from core.tabular.eda.drawings import by_seaborn

    return by_seaborn


def _draw_parts(figure: Figure, table: Table, plot: Plot, values: Values, tools: tuple[ModuleType, Palette]) -> str:
    """Draw on the figure; return the finding."""
    if plot.kind == "pairs":
        return _draw_pairs(figure, table, plot, values, tools)
    axes = figure.subplots()
    if plot.kind in {"heatmap", "missing"}:
        return _draw_cells(axes, table, plot, values, tools)
    drawer, palette = tools
    getattr(drawer, f"draw_{plot.kind}")(axes, values, palette)
    _dress(axes, palette)
    axes.set_xlabel(write_label(plot.columns[0]))
    if plot.kind == "histogram":
        _add_legend(figure, values, palette)
    else:
        first = 1 if drawer.__name__.endswith("by_matplotlib") else 0
        _name_ticks(axes, "y", values.levels, first)
        axes.set_ylabel(write_label(plot.by or ""))
    return distribution_chart(table, plot.columns[0], plot.by).title


def _draw_pairs(figure: Figure, table: Table, plot: Plot, values: Values, tools: tuple[ModuleType, Palette]) -> str:
    """Draw every two columns against each other, each one's spread on the diagonal."""
    drawer, palette = tools
    n = len(plot.columns)
    grid: Any = figure.subplots(n, n, squeeze=False)
    for row, column in np.ndindex(n, n):
        axes: Axes = grid[row, column]
        if row == column:
            drawer.draw_diagonal(axes, values, column, palette)
        else:
            drawer.draw_scatter(axes, values, (column, row), palette)
        _dress(axes, palette)
        axes.tick_params(labelsize=6, labelbottom=row == n - 1, labelleft=column == 0 and row > 0)
        axes.set_xlabel(write_label(plot.columns[column]) if row == n - 1 else "", fontsize=7)
        axes.set_ylabel(write_label(plot.columns[row]) if column == 0 else "", fontsize=7)
    _add_legend(figure, values, palette)
    notes = [keep_bulk(name, table.numbers(name))[1] for name in plot.columns]
    return "; ".join([_find_title(table, plot), *filter(None, notes)])


def _draw_cells(axes: Axes, table: Table, plot: Plot, values: Values, tools: tuple[ModuleType, Palette]) -> str:
    """Draw correlations ordered by clustering, or where cells are missing."""
    drawer, palette = tools
    first = 0.0 if drawer.__name__.endswith("by_matplotlib") else 0.5
    if plot.kind == "missing":
        drawer.draw_matrix(axes, values.numbers, palette, signed=False)
        names = plot.columns
        axes.set_ylabel(f"Rows, 1 to {len(table.frame):,} from the top")
        axes.set_yticks([])
    else:
        found = associate(_take(table, plot.columns), "pearson", clustered=True)
        names = found.names_rows
        drawer.draw_matrix(axes, np.nan_to_num(found.values), palette, signed=True)
    _dress(axes, palette)
    axes.grid(visible=False)
    _name_ticks(axes, "x", names, first)
    axes.tick_params(axis="x", labelrotation=40 if len(names) > 3 else 0)  # noqa: PLR2004 - four names would touch
    if plot.kind == "heatmap":
        _name_ticks(axes, "y", names, first)
    for other in axes.figure.axes:
        other.tick_params(colors=palette.soft)
    return _find_title(table, plot)


def _take(table: Table, columns: Sequence[str]) -> Table:
    """Return the table of some columns."""
    kinds = {name: table.kinds[name] for name in columns}
    return table.with_step("columns of a picture", frame=table.frame[list(columns)], kinds=kinds, target=None)


def _find_title(table: Table, plot: Plot) -> str:
    """State what a picture of several columns shows."""
    if plot.kind == "missing":
        chart = gaps_chart(_take(table, plot.columns))
        return "No cell is missing" if chart is None else chart.title
    try:
        return association_chart(associate(_take(table, plot.columns), "pearson")).title
    except DataError:
        return "No two columns can be compared"


def _dress(axes: Axes, palette: Palette) -> None:
    """Give axes the project's colours."""
    axes.set_facecolor(palette.paper)
    axes.grid(visible=True, color=palette.rule, linewidth=0.5)
    axes.set_axisbelow(True)
    axes.tick_params(colors=palette.soft, labelsize=8)
    for label in (axes.xaxis.label, axes.yaxis.label):
        label.set(color=palette.ink, fontsize=9)
    for spine in axes.spines.values():
        spine.set_color(palette.rule)


def _name_ticks(axes: Axes, side: Literal["x", "y"], names: Sequence[str], first: float) -> None:
    """Write names at the ticks of a side, a few left out where they would touch."""
    step = -(-len(names) // MAX_TICKS)
    spots = [first + place for place in range(0, len(names), step)]
    labels = [write_label(name) for name in names[::step]]
    (axes.set_xticks if side == "x" else axes.set_yticks)(spots, labels)


def _add_legend(figure: Figure, values: Values, palette: Palette) -> None:
    """Name the classes; a name that begins with an underscore is a name too."""
    from matplotlib.patches import Patch

    if len(values.levels) < 2:  # noqa: PLR2004 - one class explains itself
        return
    patches = [Patch(color=palette.find_class(place)) for place in range(len(values.levels))]
    legend = figure.legend(
        patches, ["class"] * len(patches), loc="outside lower center", ncols=min(len(patches), 4),
        fontsize=8, frameon=False, labelcolor=palette.ink,
    )  # fmt: skip
    for text, level in zip(legend.get_texts(), values.levels, strict=True):
        text.set_text(write_label(level))


def _save(figure: Figure, look: Look) -> bytes:
    """Write the bytes without a date or a version."""
    buffer = io.BytesIO()
    without = {"Software": None} if look.format == "png" else {"Date": None, "Creator": None}
    figure.savefig(buffer, format=look.format, facecolor=figure.get_facecolor(), metadata=without)
    return buffer.getvalue()
