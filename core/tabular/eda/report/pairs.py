"""Pictures that show both columns of a claim: shares of one category within another, an outcome by what is filled in.

Left out: two numbers, and a number by classes (``core.datasets.explore``).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from core.datasets.association import find_groups
from core.datasets.fixes.wording import count_of, cut
from core.datasets.table import Table
from core.hub.charts import Chart, Mark
from core.hub.errors import DataError


def cross_chart(table: Table, within: str, of: str) -> Chart:
    """Draw a table of two categories: the share of each value of one within each value of the other.

    Parameters
    ----------
    within, of : str
        Of each value of ``within``, a line, the shares of the values of ``of`` add up to 1; the values beyond the seven
        most frequent share a place.

    Raises
    ------
    DataError
        If fewer than two values of a column stand beside the other's.

    Examples
    --------
    >>> from core.datasets.catalogue import load_table
    >>> cross_chart(load_table("penguins"), "island", "species").title
    'Where island is Biscoe, species is Gentoo in 73.8% of 168 rows, 36.0% of all'
    """
    lines, columns = find_groups(table, within), find_groups(table, of)
    known = (lines.codes >= 0) & (columns.codes >= 0)
    shape = len(lines.names), len(columns.names)
    places = lines.codes[known] * shape[1] + columns.codes[known]
    cells = np.bincount(places, minlength=shape[0] * shape[1]).reshape(shape).astype(float)
    rows, drawn = cells.any(axis=1), cells.any(axis=0)
    cells = cells[rows][:, drawn]
    if min(cells.shape) < 2:  # noqa: PLR2004 - one value compares nothing
        message = f"{within} and {of} are not both known with two values; choose other columns"
        raise DataError(message)
    names = [np.array(each.names, dtype=object)[kept] for each, kept in ((lines, rows), (columns, drawn))]
    return _draw_cells((within, of), (names[0], names[1]), cells)


def _draw_cells(titles: tuple[str, str], names: tuple[np.ndarray, np.ndarray], cells: NDArray[np.float64]) -> Chart:
    """Draw counts, a line each value of the first column, as shares of their line."""
    within, of = (cut(title) for title in titles)
    n_rows = cells.sum(axis=1)
    shares, base = cells / n_rows[:, None], cells.sum(axis=0) / cells.sum()
    # The cell named is the one furthest above what all rows have, for its number of rows: a rare line wins nothing.
    lift = (shares - base) * np.sqrt(n_rows)[:, None]
    row, column = (int(place) for place in np.unravel_index(int(lift.argmax()), lift.shape))
    title = (
        f"Where {within} is {cut(str(names[0][row]))}, {of} is {cut(str(names[1][column]))} in "
        f"{shares[row, column]:.1%} of {int(n_rows[row]):,} rows, {base[column]:.1%} of all"
    )
    labels = [f"{cut(str(name))} ({count_of(int(n), 'row')})" for name, n in zip(names[0], n_rows, strict=True)]
    text = tuple(f"{share:.0%}" for share in shares.ravel())
    mark = Mark("heatmap", names[1], np.array(labels, dtype=object), z=shares, text=text)
    alt = f"{title}. Each line adds up to all rows of that {within}."
    return Chart(title, titles[1], titles[0], (mark,), alt=alt, z_label="Share of the line")


def outcome_chart(table: Table, column: str, outcome: str) -> Chart:
    """Draw how often each outcome is where a column is filled in, and where it is missing.

    Raises
    ------
    DataError
        If the outcome is no category of two values, or the column is filled in everywhere or nowhere.

    Examples
    --------
    >>> from core.datasets.catalogue import load_table
    >>> outcome_chart(load_table("titanic"), "body", "survived").title
    'survived is No in 100.0% of the 121 rows with body, in 57.9% of the 1,188 without'
    """
    groups = find_groups(table, outcome if table.kinds[outcome] == "category" else None)
    if len(groups.names) < 2:  # noqa: PLR2004 - one class tells nothing
        message = f"{outcome} is no category of two values; choose another outcome"
        raise DataError(message)
    filled = table.frame[column].notna().to_numpy()
    parts = [groups.codes[(groups.codes >= 0) & rows] for rows in (filled, ~filled)]
    if not all(len(part) for part in parts):
        message = f"{column} is filled in everywhere or nowhere; choose a column with gaps"
        raise DataError(message)
    shares = np.stack([np.bincount(part, minlength=len(groups.names)) / len(part) for part in parts], axis=1)
    top = int((shares[:, 0] - shares[:, 1]).argmax())
    title = (
        f"{cut(outcome)} is {cut(groups.names[top])} in {shares[top, 0]:.1%} of the {len(parts[0]):,} rows with "
        f"{cut(column)}, in {shares[top, 1]:.1%} of the {len(parts[1]):,} without"
    )
    axis = np.array([f"{cut(column)} filled in", f"{cut(column)} missing"], dtype=object)
    marks = tuple(
        Mark("bars", axis, own, f"{cut(outcome)} = {cut(name)}", "class", index)
        for index, (name, own) in enumerate(zip(groups.names, shares, strict=True))
    )
    return Chart(title, "", "Share of those rows", marks, alt=f"{title}.", y_percent=True, y_range=(0.0, 1.0))
