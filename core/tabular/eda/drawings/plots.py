"""What can be drawn: a question about columns, how it should look, and the values it needs.

Left out: the drawing itself (``by_matplotlib``, ``by_seaborn``) and the code to copy (``snippets``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from core.datasets.association import make_groups, order_groups
from core.datasets.bulk import keep_bulk
from core.datasets.table import Table
from core.hub.errors import DataError

PlotKind = Literal["histogram", "box", "violin", "pairs", "heatmap", "missing"]
Library = Literal["matplotlib", "seaborn", "plotly"]
MAX_ROWS, MAX_POINTS = 20_000, 1_500
MAX_BINS, MAX_BLOCKS = 40, 200
SEED = 0
COUNTS: dict[PlotKind, tuple[int, int]] = {
    "histogram": (1, 1),
    "box": (1, 1),
    "violin": (1, 1),
    "pairs": (2, 5),
    "heatmap": (2, 40),
    "missing": (1, 60),
}
"""Fewest and most columns of each picture: what can still be read."""


@dataclass(frozen=True, slots=True)
class Plot:
    """A picture to draw.

    Parameters
    ----------
    columns : tuple of str
        Numbers; of any kind for ``missing``.
    by : str, optional
        A category whose classes are told apart; ``heatmap`` and ``missing`` take none.
    """

    kind: PlotKind
    columns: tuple[str, ...]
    by: str | None = None


@dataclass(frozen=True, slots=True)
class Look:
    """How a picture looks.

    Parameters
    ----------
    width, height : float
        Inches, 2 to 20.
    dpi : int
        Pixels per inch of a PNG, 50 to 300.
    """

    theme: Literal["light", "dark"] = "light"
    format: Literal["png", "svg"] = "png"
    width: float = 7.0
    height: float = 4.5
    dpi: int = 120

    def __post_init__(self) -> None:
        """Refuse a size that would fill memory."""
        if not (2 <= self.width <= 20 and 2 <= self.height <= 20 and 50 <= self.dpi <= 300):  # noqa: PLR2004 - documented
            size = f"{self.width:g} × {self.height:g} inches at {self.dpi} dpi"
            message = f"the picture is {size}; it must be 2 to 20 inches at 50 to 300 dpi"
            raise ValueError(message)


@dataclass(frozen=True, slots=True, eq=False)
class Values:
    """The values of a picture without any name of the table in them.

    Parameters
    ----------
    numbers : array of shape (n_rows, n_columns)
        NaN where missing; ``missing`` holds the share of missing cells of each block of rows.
    groups : object array of shape (n_rows,)
        Class of each row; one empty name without ``by``; None where it is missing.
    levels : tuple of str
        Classes in the order of their colours.
    """

    numbers: NDArray[np.float64]
    groups: NDArray[np.object_]
    levels: tuple[str, ...]

    def split(self, column: int = 0) -> list[NDArray[np.float64]]:
        """Return the known numbers of a column, class by class."""
        known = np.isfinite(self.numbers[:, column])
        return [self.numbers[known & (self.groups == level), column] for level in self.levels]


def check_plot(table: Table, plot: Plot) -> None:
    """Refuse a picture that the table cannot give.

    Raises
    ------
    DataError
        If there are too few or too many columns, one twice or none such, or one is of the wrong kind or empty.
    """
    least, most = COUNTS[plot.kind]
    if not least <= len(plot.columns) <= most or len(set(plot.columns)) < len(plot.columns):
        message = f"columns is {len(plot.columns)}; {plot.kind} takes {least} to {most}, each once"
        raise DataError(message)
    for name in (*plot.columns, *([] if plot.by is None else [plot.by])):
        if name not in table.frame.columns:
            message = f"there is no column {name!r}; the columns are {', '.join(map(str, table.frame.columns[:10]))}"
            raise DataError(message)
    if plot.kind == "missing":
        return
    for name in plot.columns:
        if table.kinds[name] != "number" or not np.isfinite(table.numbers(name)).any():
            message = (
                f"{name} is a {table.kinds[name]} or has no value; {plot.kind} takes numbers: choose another column"
            )
            raise DataError(message)
    if plot.by is not None and (table.kinds[plot.by] != "category" or table.frame[plot.by].isna().all()):
        message = f"{plot.by} is a {table.kinds[plot.by]} or empty; classes come from a category: choose another column"
        raise DataError(message)


def prepare(table: Table, plot: Plot) -> Values:
    """Take the values of a picture out of the table, at most 20,000 rows (1,500 of points), sampled with a seed.

    Values far from all others are left out; the picture's title says so (``core.datasets.bulk``).

    Examples
    --------
    >>> from core.datasets.catalogue import load_table
    >>> values = prepare(load_table("iris"), Plot("box", ("petal_length",), "species"))
    >>> values.levels, [len(part) for part in values.split()]
    (('setosa', 'versicolor', 'virginica'), [50, 50, 50])
    """
    check_plot(table, plot)
    if plot.kind == "missing":
        return _prepare_missing(table, plot.columns)
    numbers = np.column_stack([keep_bulk(name, table.numbers(name))[0] for name in plot.columns])
    numbers[~np.isfinite(numbers)] = np.nan
    groups = make_groups(table, plot.by)
    kept = np.flatnonzero(np.isfinite(numbers).any(axis=1) & np.array([group is not None for group in groups]))
    limit = MAX_POINTS if plot.kind == "pairs" else MAX_ROWS
    if len(kept) > limit:
        kept = np.sort(np.random.default_rng(SEED).choice(kept, limit, replace=False))
    if not len(kept):
        message = f"no row has both {plot.columns[0]} and {plot.by}; choose another class column"
        raise DataError(message)
    return Values(numbers[kept], groups[kept], tuple(order_groups(groups[kept])))


def find_bins(numbers: NDArray[np.float64]) -> NDArray[np.float64]:
    """Choose the edges of a histogram: Freedman and Diaconis or Sturges, the finer, at most 40 bins.

    Examples
    --------
    >>> len(find_bins(np.arange(100.0)))
    9
    """
    known = numbers[np.isfinite(numbers)]
    edges = np.histogram_bin_edges(known, "sturges")
    spread = float(np.subtract(*np.quantile(known, [0.75, 0.25])))
    if spread > 0:
        width = 2 * spread / len(known) ** (1 / 3)
        n_bins = int(np.clip(np.ceil((known.max() - known.min()) / width), len(edges) - 1, MAX_BINS))
        edges = np.histogram_bin_edges(known, n_bins)
    return np.asarray(edges, dtype=np.float64)


def _prepare_missing(table: Table, columns: tuple[str, ...]) -> Values:
    """Return the share of missing cells in each of at most 200 blocks of rows."""
    missing = table.frame[list(columns)].isna().to_numpy(dtype=np.float64)
    blocks = np.array_split(missing, min(len(missing), MAX_BLOCKS)) if len(missing) else [np.zeros((1, len(columns)))]
    shares = np.array([block.mean(axis=0) for block in blocks])
    return Values(shares, np.full(len(shares), "", dtype=object), ("",))
