"""First looks at a table as charts: how a column is spread, how two go together, how even the classes are.

Each title is the finding, worked out from the numbers it shows. Bins follow Freedman and Diaconis (1981,
doi:10.1007/BF01025868); the measures of association are in ``association``. A few values far from all others are not
drawn, since the rest would be one bar: the title says how many they are and where (``bulk``).

Left out: free text; anything that is learnt from the rows.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.datasets.association import (
    OTHERS,
    Groups,
    centre_codes,
    check_column,
    correlate,
    cross_levels,
    find_groups,
    find_numbers,
    share_between_codes,
)
from core.datasets.bulk import keep_bulk
from core.datasets.fixes.wording import count_of, cut, share_of
from core.datasets.table import Table
from core.datasets.tally import code_values
from core.hub.charts import Chart, Mark
from core.hub.errors import DataError

MAX_POINTS = 1_500
MAX_LEVELS = 15
MAX_BINS, FEW_BINS = 40, 10
MAX_COLUMNS = 20
SEED = 0
STRONG = 0.1
"""|r| below which two columns are said not to go together in a straight line (Cohen 1988, a small effect)."""


def distribution_chart(table: Table, column: str, by: str | None = None) -> Chart:
    """Draw how the values of one column are spread, one curve a class where a class column is given.

    Parameters
    ----------
    column : str
        A number, date or category.
    by : str, optional
        A class column; the classes beyond the seven most frequent are drawn as one.

    Raises
    ------
    DataError
        If the column does not exist or holds no value.

    Examples
    --------
    >>> from core.datasets.catalogue import load_table
    >>> distribution_chart(load_table("iris"), "petal_length", "species").title
    '94% of the spread of petal_length lies between the classes of species'
    """
    check_column(table, column)
    by = None if by == column else by
    groups = find_groups(table, by)
    if table.kinds[column] in {"number", "date"}:
        return _draw_numbers(table, column, by, groups)
    return _draw_levels(table, column, by, groups)


def balance_chart(table: Table, column: str) -> Chart:
    """Draw how many rows each class has.

    Examples
    --------
    >>> from core.datasets.catalogue import load_table
    >>> balance_chart(load_table("iris"), "species").title
    'The 3 classes of species are equally common: 50 rows each'
    """
    check_column(table, column)
    counts = _count_levels(table.frame[column])
    name, total = cut(column), int(counts.sum())
    if counts.iloc[0] == counts.iloc[-1]:
        title = f"The {len(counts)} classes of {name} are equally common: {count_of(int(counts.iloc[0]), 'row')} each"
    else:
        last = str(counts.index[-1])
        rare = int(counts.iloc[-1])
        title = f"{cut(last)} is the rarest class of {name}: {count_of(rare, 'row')}, {share_of(rare, total)}"
    return _draw_counts(counts, column, title, list(find_groups(table, column).names))


def pair_chart(table: Table, x: str, y: str, by: str | None = None) -> Chart:
    """Draw two number columns against each other, at most 1,500 rows, in the colours of the classes.

    Raises
    ------
    DataError
        If a column is no number, or fewer than three rows have both.

    Examples
    --------
    >>> from core.datasets.catalogue import load_table
    >>> pair_chart(load_table("iris"), "sepal_length", "sepal_width", "species").title
    'sepal_length and sepal_width: r = −0.12 over all rows, but 0.53 inside the classes'
    """
    for column in (x, y):
        _check_number(table, column)
    parts = [keep_bulk(column, table.numbers(column)) for column in (x, y)]
    values = np.column_stack([part for part, _ in parts])
    known = np.isfinite(values).all(axis=1)
    if known.sum() < 3:  # noqa: PLR2004 - a line through two points says nothing
        message = f"{x} and {y} are both known in {known.sum()} rows; at least 3 are needed: choose other columns"
        raise DataError(message)
    groups = find_groups(table, by)
    title = _describe_pair((x, y), values[known], None if by is None else groups.codes[known])
    title = "; ".join([title, *dict.fromkeys(note for _, note in parts if note)])
    drawn = _sample(np.flatnonzero(known))
    marks = tuple(
        Mark("points", *_split(values[drawn[groups.codes[drawn] == index]]), name, "class", index)
        for index, name in enumerate(groups.names)
    )
    note = "" if len(drawn) == known.sum() else f" A sample of {len(drawn):,} of {known.sum():,} rows is drawn."
    return Chart(title, x, y, marks, alt=f"{title}.{note}")


def correlation_chart(table: Table) -> Chart:
    """Draw Pearson's r of every pair of number columns, at most 20 of them, over the rows that have both.

    Raises
    ------
    DataError
        If the table has fewer than two number columns.

    Examples
    --------
    >>> from core.datasets.catalogue import load_table
    >>> correlation_chart(load_table("iris")).title
    'petal_length and petal_width go together most: r = 0.96'
    """
    names = find_numbers(table)[:MAX_COLUMNS]
    if len(names) < 2:  # noqa: PLR2004 - a pair is two
        message = f"the table has {count_of(len(names), 'number column')}; a correlation needs 2"
        raise DataError(message)
    r = pd.DataFrame({name: table.numbers(name) for name in names}).replace([np.inf, -np.inf], np.nan).corr().to_numpy()
    pairs = np.abs(np.nan_to_num(np.triu(r, 1)))
    a, b = (int(place) for place in np.unravel_index(int(pairs.argmax()), pairs.shape))
    title = f"{cut(names[a])} and {cut(names[b])} go together most: r = {_write_r(float(r[a, b]))}"
    if pairs[a, b] < STRONG:
        title = f"No two columns go together in a straight line: the largest r is {_write_r(float(r[a, b]))}"
    cells = tuple("" if np.isnan(each) else _write_r(float(each)) for each in r.ravel())
    axis = np.array(names, dtype=object)
    mark = Mark("heatmap", axis, axis, z=np.nan_to_num(r), text=cells)
    return Chart(title, "", "", (mark,), alt=f"Correlations of {len(names)} columns. {title}.")


def _check_number(table: Table, column: str) -> None:
    """Refuse a column that is no number."""
    check_column(table, column)
    if table.kinds[column] != "number":
        message = (
            f"{column} is a {table.kinds[column]}; choose one of the numbers {', '.join(find_numbers(table)[:10])}"
        )
        raise DataError(message)


def _count_levels(column: pd.Series) -> pd.Series:
    """Count each value, most frequent first and equal counts by name; a long tail becomes one entry."""
    codes, values = code_values(column)
    n_rows = np.bincount(codes[codes >= 0], minlength=len(values))
    by_name = pd.Series(n_rows, index=[str(value) for value in values]).groupby(level=0).sum()
    order = np.lexsort((by_name.index, -by_name.to_numpy()))
    ordered = pd.Series(by_name.to_numpy()[order], index=by_name.index[order])
    if len(ordered) <= MAX_LEVELS:
        return ordered
    tail = int(ordered.iloc[MAX_LEVELS - 1 :].sum())
    names = [*ordered.index[: MAX_LEVELS - 1], OTHERS]
    return pd.Series([*ordered.to_numpy()[: MAX_LEVELS - 1], tail], index=names)


def _split(values: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the two columns of an array."""
    return values[:, 0], values[:, 1]


def _sample(rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """Keep at most 1,500 rows, the same ones each time."""
    if len(rows) <= MAX_POINTS:
        return rows
    return np.sort(np.random.default_rng(SEED).choice(rows, MAX_POINTS, replace=False))


def _draw_numbers(table: Table, column: str, by: str | None, groups: Groups) -> Chart:
    """Draw a histogram: counts without classes, the share of each class's own rows with them."""
    values, note = _to_numbers(table, column), ""
    if table.kinds[column] == "number":
        values, note = keep_bulk(column, values)
    known = np.isfinite(values)
    parts = [values[known & (groups.codes == index)] for index in range(len(groups.names))]
    edges = _find_edges(parts)
    axis = _to_axis(edges, table.kinds[column])
    marks = []
    for index, (name, own) in enumerate(zip(groups.names, parts, strict=True)):
        counts = np.histogram(own, edges)[0]
        if by is None:
            middles = _to_axis((edges[:-1] + edges[1:]) / 2, table.kinds[column])
            marks.append(Mark("bars", middles, counts.astype(float)))
        else:
            shares = np.append(counts / max(len(own), 1), 0.0)
            marks.append(Mark("steps", axis, shares, name, "class", index))
    title = "; ".join(filter(None, (_describe_numbers(values, table.kinds[column], (column, by), groups), note)))
    y_label = "Rows" if by is None else "Share of the class's rows"
    return Chart(title, column, y_label, tuple(marks), alt=f"{title}.", y_percent=by is not None)


def _to_numbers(table: Table, column: str) -> NDArray[np.float64]:
    """Return numbers as they are and dates as days since 1970-01-01."""
    if table.kinds[column] == "number":
        return table.numbers(column)
    days = (pd.to_datetime(table.frame[column], utc=True) - pd.Timestamp(0, tz="UTC")) / pd.Timedelta(days=1)
    return np.asarray(days, dtype=np.float64)


def _to_axis(values: NDArray[np.float64], kind: str) -> np.ndarray:
    """Return positions on the axis: days become dates again."""
    if kind != "date":
        return values
    return np.datetime64(0, "s") + np.round(values * 86_400).astype("timedelta64[s]")


def _find_edges(parts: list[NDArray[np.float64]]) -> NDArray[np.float64]:
    """Choose bins from the spread inside the classes, so that classes far apart do not coarsen them; at most 40."""
    values = np.concatenate(parts)
    low, high = float(values.min()), float(values.max())
    if low == high:
        return np.array([low - 0.5, high + 0.5])
    widths = [2 * np.subtract(*np.quantile(part, [0.75, 0.25])) / len(part) ** (1 / 3) for part in parts if len(part)]
    width = float(np.median(widths))
    n_bins = int(np.clip(np.ceil((high - low) / width), 1, MAX_BINS)) if width > 0 else FEW_BINS
    return low + (high - low) * np.arange(n_bins + 1, dtype=np.float64) / n_bins


def _describe_numbers(values: NDArray[np.float64], kind: str, names: tuple[str, str | None], groups: Groups) -> str:
    """State the share of spread between classes, or where the middle half lies."""
    column, by = names
    if by is not None:
        share = share_between_codes(values, groups.codes)
        return f"{share:.0%} of the spread of {cut(column)} lies between the classes of {cut(by)}"
    q1, q3 = np.quantile(values[np.isfinite(values)], [0.25, 0.75])
    if kind == "date":
        ends = [str(each)[:10] for each in _to_axis(np.array([q1, q3]), "date")]
        return f"Half of {cut(column)} lies between {ends[0]} and {ends[1]}"
    return f"Half of {cut(column)} lies between {q1:.4g} and {q3:.4g}"


def _draw_levels(table: Table, column: str, by: str | None, groups: Groups) -> Chart:
    """Draw the counts of a category, a bar for each class."""
    counts = _count_levels(table.frame[column])
    top, total = str(counts.index[0]), int(counts.sum())
    title = f"{cut(top)} is the most frequent {cut(column)}: {share_of(int(counts.iloc[0]), total)} of {total:,} rows"
    if by is None:
        return _draw_counts(counts, column, title)
    table_of = cross_levels(table.frame[column], groups, counts.index)
    axis = np.array([str(name) for name in counts.index], dtype=object)
    marks = tuple(
        Mark("bars", axis, table_of[name].to_numpy(dtype=float), name, "class", index)
        for index, name in enumerate(groups.names)
        if table_of[name].any()
    )
    return Chart(title, column, "Rows", marks, alt=f"{title}.")


def _draw_counts(counts: pd.Series, column: str, title: str, classes: list[str] | None = None) -> Chart:
    """Draw counts as lying bars, the largest on top; classes keep the colour they have in every chart."""
    names = np.array([str(name) for name in counts.index], dtype=object)
    values = counts.to_numpy(dtype=float)
    told = ", ".join(f"{name} {count:,}" for name, count in counts.items())
    marks = tuple(
        Mark("bars", values[[place]], names[[place]], role="class", index=classes.index(str(name)))
        for place, name in enumerate(names)
        if classes is not None and name in classes
    )
    if len(marks) < len(names):
        marks = (Mark("bars", values, names),)
    return Chart(title, "Rows", column, marks, alt=f"{title}. {told}.")


def _describe_pair(names: tuple[str, str], values: NDArray[np.float64], codes: NDArray[np.intp] | None) -> str:
    """State r over all rows, and r inside the classes where it tells another story."""
    both = f"{cut(names[0])} and {cut(names[1])}"
    r = correlate(values)
    inside = r if codes is None else correlate(centre_codes(values, codes))
    if np.isnan(r) or np.isnan(inside):
        return f"{both}: one of them hardly varies"
    if max(abs(r), abs(inside)) > 2 * STRONG and r * inside < 0:
        return f"{both}: r = {_write_r(r)} over all rows, but {_write_r(inside)} inside the classes"
    if abs(r) < STRONG:
        return f"{both} do not go together in a straight line: r = {_write_r(r)}"
    verb = "rise together" if r > 0 else "move in opposite directions"
    return f"{both} {verb}: r = {_write_r(r)}"


def _write_r(r: float) -> str:
    """Write a correlation with two digits and a true minus sign."""
    return f"{r:.2f}".replace("-", "−")
