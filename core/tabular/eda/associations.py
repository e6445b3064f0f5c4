"""How every column of a table goes with every other one, as one matrix and one picture.

Numbers are compared by Pearson's r, Spearman's rho or Kendall's tau-b, categories by Cramér's V with Bergsma's
correction, a number with a category by the correlation ratio eta with Kelley's, and a ``mixed`` matrix takes rho, V or
eta as each pair needs (sources: ``measures``). Each cell rests on the rows that have both. Columns may be ordered by
average linkage on 1 − |r|.

Left out: dates, free text, categories of more than 50 values (a name or an id); tests, which belong to the claims.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.datasets.fixes.wording import count_of, cut
from core.datasets.table import Table
from core.datasets.tally import tally_column
from core.hub.charts import Chart, Mark
from core.hub.errors import DataError
from core.tabular.eda.correlations import LEAST_ROWS, correlate_columns, count_v
from core.tabular.eda.measures import (
    Matrix,
    centre_numbers,
    compare_rows,
    fair_ratio,
    order_by_linkage,
    split_fairly,
)

Method = Literal["pearson", "spearman", "kendall", "cramers_v", "correlation_ratio", "mixed"]
MAX_ROWS, MAX_ROWS_KENDALL = 50_000, 10_000  # tau takes five times as long a row: 780 pairs stay within seconds
MAX_COLUMNS, MAX_LEVELS = 40, 50
WEAK = 0.1
"""Cohen's (1988) small effect: below it two columns are said not to go together."""
EFFECTS: dict[Method, str] = {
    "pearson": "Pearson's r",
    "spearman": "Spearman's rho",
    "kendall": "Kendall's tau",
    "cramers_v": "Cramér's V",
    "correlation_ratio": "correlation ratio",
}


@dataclass(frozen=True, slots=True, eq=False)
class Association:
    """A matrix of association.

    Parameters
    ----------
    names_rows, names_columns : tuple of str
        Columns of the table; equal but for ``correlation_ratio``, whose rows are categories and columns numbers.
    values : array of shape (len(names_rows), len(names_columns))
        −1 to 1 (0 to 1 for V and eta); NaN where a column does not vary or fewer than 3 rows have both.
    n : int array of the same shape
        Rows that have both.
    method : str
    notes : tuple of str
        What was left out, a sentence each.
    kinds : mapping of column to kind
        ``number`` or ``category``: decides a mixed pair's measure.
    """

    names_rows: tuple[str, ...]
    names_columns: tuple[str, ...]
    values: Matrix
    n: NDArray[np.int64]
    method: Method
    notes: tuple[str, ...]
    kinds: dict[str, str]

    def effect(self, row: int, column: int) -> str:
        """Name the measure of one cell."""
        return EFFECTS[self.method if self.method != "mixed" else _choose(self, row, column)]


@dataclass(frozen=True, slots=True)
class Pair:
    """One cell of a matrix: two columns, how closely they go together, by what measure, over how many rows."""

    first: str
    second: str
    value: float
    n: int
    effect: str


def associate(table: Table, method: Method = "mixed", clustered: bool = False, seed: int = 0) -> Association:
    """Compare every column with every other one.

    Parameters
    ----------
    clustered : bool
        Order the columns so that those that go together stand together; else as in the table.
    seed : int
        Of the sample that is taken of more than 50,000 rows (10,000 for Kendall's tau).

    Raises
    ------
    DataError
        If the table has too few columns of the kind that the method compares.

    Examples
    --------
    >>> from core.datasets.catalogue import load_table
    >>> found = associate(load_table("penguins"), "cramers_v")
    >>> found.names_rows, round(float(found.values[0, 1]), 3), int(found.n[0, 1])
    (('species', 'island', 'sex'), 0.657, 344)
    """
    notes: list[str] = []
    names = _find_columns(table, method, notes)
    frame = _sample(table.frame, MAX_ROWS_KENDALL if method == "kendall" else MAX_ROWS, seed, notes)
    kinds = {name: str(table.kinds[name]) for name in names}
    sampled = table if frame is table.frame else replace(table, frame=frame)
    data = {name: _prepare(sampled, name) for name in names}
    rows, columns = names, names
    if method == "correlation_ratio":
        rows = tuple(name for name in names if kinds[name] == "category")
        columns = tuple(name for name in names if kinds[name] == "number")
    known = {name: data[name] >= 0 if kinds[name] == "category" else np.isfinite(data[name]) for name in names}
    whole = {name for name in names if known[name].all()}
    n = np.array([[len(frame) if {a, b} <= whole else int((known[a] & known[b]).sum()) for b in columns] for a in rows])
    values = _fill(data, kinds, method, rows, columns, whole)
    values[n < LEAST_ROWS] = np.nan
    found = Association(rows, columns, values, n, method, tuple(notes), kinds)
    return cluster(found) if clustered else found


def association_chart(association: Association) -> Chart:
    """Draw a matrix as a heatmap whose title names the pair that goes together most.

    Examples
    --------
    >>> from core.datasets.catalogue import load_table
    >>> association_chart(associate(load_table("penguins"), "mixed")).title
    'species and flipper_length go together most: correlation ratio = 0.88'
    """
    pairs = find_strongest(association, 1)
    title = "No two columns can be compared: each needs 3 rows and two values"
    if pairs:
        first, size = pairs[0], write_association(pairs[0].value)
        title = f"{cut(first.first)} and {cut(first.second)} go together most: {first.effect} = {size}"
        if abs(first.value) < WEAK:
            title = f"No two columns go together: the largest {first.effect} is {size}"
    values = association.values  # noqa: PD011 - a field of ours
    cells = tuple("" if np.isnan(each) else write_association(float(each)) for each in values.ravel())
    x, y = (np.array(names, dtype=object) for names in (association.names_columns, association.names_rows))
    mark = Mark("heatmap", x, y, z=np.nan_to_num(values), text=cells)
    count = count_of(len(set(association.names_rows) | set(association.names_columns)), "column")
    return Chart(title, "", "", (mark,), alt=" ".join([f"{title}. {count} compared.", *association.notes]))


def find_strongest(association: Association, n_pairs: int = 10) -> tuple[Pair, ...]:
    """List the pairs that go together most, each pair once, by its size.

    Examples
    --------
    >>> from core.datasets.catalogue import load_table
    >>> pair = find_strongest(associate(load_table("iris"), "pearson"))[0]
    >>> pair.first, pair.second, round(pair.value, 3), pair.n
    ('petal_length', 'petal_width', 0.963, 150)
    """
    found = []
    values = association.values  # noqa: PD011 - a field of ours
    square = association.names_rows == association.names_columns
    for row, first in enumerate(association.names_rows):
        for column, second in enumerate(association.names_columns):
            value = float(values[row, column])
            if (column > row or not square) and not np.isnan(value):
                n = int(association.n[row, column])
                found.append(Pair(first, second, value, n, association.effect(row, column)))
    return tuple(sorted(found, key=lambda pair: -abs(pair.value))[:n_pairs])


def write_association(value: float) -> str:
    """Write a measure with two digits and a true minus sign, never rounded to 1 or −1.

    Examples
    --------
    >>> write_association(-0.123), write_association(0.9996), write_association(1.0)
    ('−0.12', 'over 0.99', '1.00')
    """
    if 0.995 <= abs(value) < 1 - 1e-12:  # noqa: PLR2004 - what two digits would call 1
        return "over 0.99" if value > 0 else "under −0.99"
    return f"{value:.2f}".replace("-0.00", "0.00").replace("-", "−")


def _find_columns(table: Table, method: Method, notes: list[str]) -> tuple[str, ...]:
    """List the columns that a method compares, and note what it leaves out."""
    kinds = {"cramers_v": ("category",), "correlation_ratio": ("number", "category"), "mixed": ("number", "category")}
    wanted = kinds.get(method, ("number",))
    names = [name for name in table.frame.columns if table.kinds[name] in wanted]
    categories = [name for name in names if table.kinds[name] == "category"]
    long = [name for name in categories if tally_column(table, name).distinct > MAX_LEVELS]
    if long:
        notes.append(f"Left out as names or ids of over {MAX_LEVELS} values: {count_of(len(long), 'column')}.")
    names = [name for name in names if name not in set(long)]
    found = [table.kinds[name] for name in names]
    if len(names) < 2 or (method == "correlation_ratio" and len(set(found)) < 2):  # noqa: PLR2004 - a pair is two
        need = "one number and one category" if method == "correlation_ratio" else f"2 of kind {' or '.join(wanted)}"
        message = f"the table has {count_of(len(names), 'column')} that {method} compares; it needs {need}"
        raise DataError(message)
    if len(names) <= MAX_COLUMNS:
        return tuple(names)
    notes.append(f"The first {MAX_COLUMNS} of {len(names):,} columns are compared{_say_target(table, names)}.")
    return _keep_first(names, table.target)


def _say_target(table: Table, names: list[str]) -> str:
    """Say that the target stands in for the last of the first columns, where it does."""
    return ", the target among them" if table.target in names[MAX_COLUMNS:] else ""


def _keep_first(names: list[str], target: str | None) -> tuple[str, ...]:
    """Keep the first 40 columns, and the target whatever its place."""
    if target in names[MAX_COLUMNS:]:
        return (*names[: MAX_COLUMNS - 1], str(target))
    return tuple(names[:MAX_COLUMNS])


def _sample(frame: pd.DataFrame, limit: int, seed: int, notes: list[str]) -> pd.DataFrame:
    """Keep at most ``limit`` rows, drawn with a seed, in their order."""
    if len(frame) <= limit:
        return frame
    notes.append(f"Compared on a sample of {limit:,} of {len(frame):,} rows (seed {seed}).")
    rows = np.random.default_rng(seed).choice(len(frame), limit, replace=False)
    return frame.iloc[np.sort(rows)]


def _prepare(table: Table, name: str) -> np.ndarray:
    """Return numbers as float64 with NaN for what is not finite, categories as codes with −1 for what is missing."""
    if table.kinds[name] == "category":
        return tally_column(table, name).codes.astype(np.int64)
    values = table.numbers(name)
    return np.where(np.isfinite(values), values, np.nan)


def _fill(
    data: dict[str, np.ndarray],
    kinds: dict[str, str],
    method: Method,
    rows: tuple[str, ...],
    columns: tuple[str, ...],
    whole: set[str],
) -> Matrix:
    """Measure every pair; pairs of numbers all at once, and columns without gaps centred once."""
    values = np.full((len(rows), len(columns)), np.nan)
    numbers = [name for name in columns if kinds[name] == "number"]
    centred: dict[str, tuple[Matrix, float]] = {}
    if method != "correlation_ratio" and numbers:
        places = [columns.index(name) for name in numbers]
        values[np.ix_(places, places)] = correlate_columns(np.stack([data[name] for name in numbers]), method)
    for row, first in enumerate(rows):
        for column, second in enumerate(columns):
            if rows == columns and column < row:
                values[row, column] = values[column, row]
            elif kinds[first] == kinds[second] == "category":
                values[row, column] = count_v(data[first], data[second])
            elif kinds[first] != kinds[second]:
                codes, sizes = (first, second) if kinds[first] == "category" else (second, first)
                pair = data[codes], data[sizes]
                if {codes, sizes} <= whole:
                    centred[sizes] = centred.get(sizes) or centre_numbers(pair[1])
                    values[row, column] = split_fairly(pair[0], *centred[sizes])
                else:
                    values[row, column] = fair_ratio(*pair)
    return values


def _choose(association: Association, row: int, column: int) -> Method:
    """Choose the measure of a mixed pair from the kinds of its columns."""
    kinds = {association.kinds[association.names_rows[row]], association.kinds[association.names_columns[column]]}
    if len(kinds) > 1:
        return "correlation_ratio"
    return "spearman" if kinds == {"number"} else "cramers_v"


def cluster(found: Association) -> Association:
    """Put rows and columns that are alike beside each other.

    Examples
    --------
    >>> from core.datasets.catalogue import load_table
    >>> cluster(associate(load_table("iris"), "pearson")).names_rows
    ('sepal_width', 'petal_width', 'petal_length', 'sepal_length')
    """
    values = found.values  # noqa: PD011 - a field of ours
    matrix = np.nan_to_num(values)
    if found.names_rows == found.names_columns:  # an oblong matrix has no |r| between its own rows
        rows = columns = order_by_linkage(1 - np.abs(matrix))
    else:
        rows, columns = (order_by_linkage(compare_rows(each)) for each in (matrix, matrix.T))
    names = tuple(found.names_rows[i] for i in rows), tuple(found.names_columns[i] for i in columns)
    grid = np.ix_(rows, columns)
    return Association(*names, values[grid], found.n[grid], found.method, found.notes, found.kinds)
