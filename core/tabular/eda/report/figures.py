"""Which picture stands beside a claim, and the pictures that every report has.

A claim about two columns is drawn as that pair, one about a column as its spread, one about missing cells as their
share along the other column. The charts are those of ``core.datasets.explore``; above 50,000 rows a seeded sample is
drawn.

Left out: pictures of free text.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from itertools import pairwise

import numpy as np
import pandas as pd

from core.datasets.explore import balance_chart, distribution_chart, pair_chart
from core.datasets.fixes.wording import cut
from core.datasets.table import Table
from core.hub.charts import Chart, Mark
from core.hub.errors import DataError
from core.tabular.eda.associations import Method, associate, association_chart, find_strongest
from core.tabular.eda.claim import Claim

MAX_ROWS = 50_000
MAX_GROUPS = 8
N_PARTS = 4
MAX_BARS = 20
FEW_LEVELS = 12
GAPS_ALONG = frozenset({"conditional_missingness", "time_travel"})
"""Claims that a column is missing, or filled, depending on another."""


def sample_rows(table: Table, seed: int) -> Table:
    """Keep at most 50,000 rows for the figures, drawn with a seed, in their order.

    Examples
    --------
    >>> from core.datasets.catalogue import load_table
    >>> len(sample_rows(load_table("iris"), 0).frame)
    150
    """
    if len(table.frame) <= MAX_ROWS:
        return table
    rows = np.sort(np.random.default_rng(seed).choice(len(table.frame), MAX_ROWS, replace=False))
    frame = table.frame.iloc[rows].reset_index(drop=True)
    return table.with_step(f"sample of {MAX_ROWS} rows, seed {seed}", frame=frame)


def draw_claim(table: Table, claim: Claim) -> Chart | None:
    """Draw what a claim speaks of; None where nothing can be drawn.

    Examples
    --------
    >>> from core.datasets.catalogue import load_table
    >>> claim = Claim("association", "association", "note", ("bill_length", "body_mass"), "", "r", 0, 0, 0, 1, "")
    >>> draw_claim(load_table("penguins"), claim).title
    'bill_length and body_mass rise together: r = 0.60'
    """
    columns = [name for name in claim.columns if name in table.frame.columns and table.kinds[name] in _DRAWN]
    columns = list(dict.fromkeys(columns))
    if not columns:
        return None
    if claim.topic == "missing" or claim.kind in GAPS_ALONG:
        by = columns[1] if len(columns) > 1 and claim.kind in GAPS_ALONG else None
        return try_chart(partial(missing_chart, table, columns[0], by))
    if claim.kind == "imbalance":
        return try_chart(partial(balance_chart, table, columns[0]))
    if len(columns) == 1:
        return try_chart(partial(distribution_chart, table, columns[0]))
    return _draw_two(table, columns[0], columns[1])


def missing_chart(table: Table, column: str, by: str | None) -> Chart:
    """Draw the share of missing cells of a column along another one: by its classes, or by quarters of a number.

    Raises
    ------
    DataError
        If no cell is missing, or ``by`` has no value that splits the rows.

    Examples
    --------
    >>> from core.datasets.catalogue import load_table
    >>> missing_chart(load_table("penguins"), "sex", "species").title
    'sex is missing most where species is Gentoo: 4.0% of those rows, 3.2% of all'
    """
    missing = table.frame[column].isna()
    if not missing.any():
        message = f"no cell of {column} is missing; choose another column"
        raise DataError(message)
    if by is None or table.kinds[by] == "date":
        title = f"{missing.mean():.1%} of the cells of {cut(column)} are missing"
        names = np.array(["missing", "known"], dtype=object)
        counts = np.array([missing.sum(), (~missing).sum()], dtype=float)
        return Chart(title, "Rows", "", (Mark("bars", counts, names),), alt=f"{title}.")
    shares = missing.groupby(_split_rows(table, by), observed=True, sort=True).mean()
    if len(shares) < 2 or not shares.any():  # noqa: PLR2004 - one group compares nothing
        message = f"{by} does not split the rows; choose a column with two values at least"
        raise DataError(message)
    top = str(shares.idxmax())
    title = (
        f"{cut(column)} is missing most where {cut(by)} is {cut(top)}: "
        f"{shares.max():.1%} of those rows, {missing.mean():.1%} of all"
    )
    names = np.array([cut(str(name)) for name in shares.index], dtype=object)
    bars = Mark("bars", shares.to_numpy(dtype=float), names)
    return Chart(title, f"Share of rows without {cut(column)}", by, (bars,), alt=f"{title}.", x_percent=True)


def gaps_chart(table: Table) -> Chart | None:
    """Draw the share of missing cells of each column that has any, at most 20; None where there are none.

    Examples
    --------
    >>> from core.datasets.catalogue import load_table
    >>> gaps_chart(load_table("penguins")).title
    '5 of 8 columns have missing cells; sex has most: 3.2%'
    """
    shares = table.frame.isna().mean()
    shares = shares[shares > 0].sort_values(ascending=False, kind="stable")
    if shares.empty:
        return None
    title = (
        f"{len(shares)} of {table.frame.shape[1]} columns have missing cells; "
        f"{cut(str(shares.index[0]))} has most: {shares.iloc[0]:.1%}"
    )
    more = f" The {MAX_BARS} with most are drawn." if len(shares) > MAX_BARS else ""
    names = np.array([str(name) for name in shares.index[:MAX_BARS]], dtype=object)
    bars = Mark("bars", shares.to_numpy(dtype=float)[:MAX_BARS], names)
    return Chart(title, "Share of cells missing", "", (bars,), alt=f"{title}.{more}", x_percent=True)


def draw_associations(table: Table, seed: int) -> tuple[Chart, ...]:
    """Draw the clustered matrix of all columns, and that of Pearson's r where there are numbers enough."""
    methods: tuple[Method, ...] = ("mixed", "pearson")
    drawn = [try_chart(partial(_draw_matrix, table, method, seed)) for method in methods]
    return tuple(chart for chart in drawn if chart is not None)


def draw_pairs(table: Table, seed: int, limit: int) -> Iterator[tuple[tuple[str, str], Chart]]:
    """Draw the pairs of numbers that go together most, of at most 40 columns.

    Examples
    --------
    >>> from core.datasets.catalogue import load_table
    >>> [names for names, _ in draw_pairs(load_table("iris"), 0, 1)]
    [('petal_length', 'petal_width')]
    """
    try:
        found = find_strongest(associate(table, "spearman", seed=seed), limit)
    except DataError:
        return
    for pair in found:
        chart = _draw_two(table, pair.first, pair.second)
        if chart is not None:
            yield (pair.first, pair.second), chart


def draw_spread(table: Table, column: str) -> Chart | None:
    """Draw how one column is spread, by the target's classes where it has few."""
    target = table.target
    by = None
    if target is not None and target != column and table.kinds[target] == "category":
        by = target if table.frame[target].nunique() <= MAX_GROUPS else None
    return try_chart(partial(distribution_chart, table, column, by))


def try_chart(draw: Callable[[], Chart]) -> Chart | None:
    """Draw, or give None where the data do not allow it."""
    try:
        return draw()
    except DataError:
        return None


def _draw_matrix(table: Table, method: Method, seed: int) -> Chart:
    """Draw one clustered matrix."""
    return association_chart(associate(table, method, clustered=True, seed=seed))


def _draw_two(table: Table, first: str, second: str) -> Chart | None:
    """Draw two columns together as their kinds ask: points, spreads by class, or counts by class."""
    kinds = table.kinds[first], table.kinds[second]
    if kinds == ("number", "number"):
        target = table.target
        by = target if target not in {None, first, second} and _has_few(table, str(target)) else None
        return try_chart(partial(pair_chart, table, first, second, by))
    if kinds[0] == "category" and kinds[1] != "category":
        first, second = second, first
    if not _has_few(table, second):
        return try_chart(partial(distribution_chart, table, first))
    return try_chart(partial(distribution_chart, table, first, second))


def _has_few(table: Table, column: str) -> bool:
    """Tell whether a column is a category that colours can tell apart."""
    return table.kinds[column] == "category" and table.frame[column].nunique() <= FEW_LEVELS


def _split_rows(table: Table, by: str) -> pd.Series:
    """Group rows by the most frequent classes of a category, or by quarters of a number, written as text."""
    values = table.frame[by]
    if table.kinds[by] == "category":
        names = values.astype(object).map(str, na_action="ignore")
        common = names.value_counts().index[:MAX_GROUPS]
        return names.where(names.isin(common))
    numbers = pd.Series(table.numbers(by), index=values.index)
    numbers = numbers.where(np.isfinite(numbers))
    edges = np.unique(numbers.quantile(np.linspace(0, 1, N_PARTS + 1)).dropna())
    if len(edges) < 2:  # noqa: PLR2004 - a part needs two ends
        return pd.Series(np.nan, index=numbers.index, dtype=object)
    codes = np.searchsorted(edges[1:-1], numbers.to_numpy(), side="left")
    labels = np.array(
        [f"{i}: {low:.4g} to {high:.4g}" for i, (low, high) in enumerate(pairwise(edges), 1)], dtype=object
    )
    return pd.Series(labels[codes], index=values.index).where(numbers.notna())


_DRAWN = frozenset({"number", "category", "date"})
