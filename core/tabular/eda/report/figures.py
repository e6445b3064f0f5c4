"""Which picture stands beside a claim, and the pictures that every report has.

A claim about two columns is drawn as that pair, one about a column as its spread, one about missing cells as their
share along the other column, one about a column written down late as the outcome with and without it. The charts are
those of ``core.datasets.explore`` and ``pairs``; above 10,000 rows a seeded sample is drawn, the rows on which the
claims were tested, so that a claim and its picture tell the same number.

Left out: pictures of free text.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from itertools import islice, pairwise

import numpy as np
import pandas as pd

from core.datasets.explore import balance_chart, distribution_chart, pair_chart
from core.datasets.fixes.wording import cut
from core.datasets.table import Table
from core.datasets.tally import tally_column
from core.hub.charts import Chart, Mark
from core.hub.errors import DataError
from core.tabular.eda.associations import (
    EFFECTS,
    WEAK,
    Association,
    Method,
    associate,
    association_chart,
    cluster,
    find_strongest,
    write_association,
)
from core.tabular.eda.claim import Claim
from core.tabular.eda.claims.evidence import SAMPLE_ROWS, draw_rows
from core.tabular.eda.report.pairs import cross_chart, outcome_chart

MAX_GROUPS = 8
N_PARTS = 4
MAX_BARS = 20
FEW_LEVELS = 12
LATE = "time_travel"
GAPS_ALONG = frozenset({"conditional_missingness", LATE})
"""Claims that a column is missing, or filled, depending on another."""


def sample_rows(table: Table, seed: int) -> Table:
    """Keep at most 10,000 rows for the figures, those that claims of the same seed are tested on, in their order.

    Examples
    --------
    >>> from core.datasets.catalogue import load_table
    >>> len(sample_rows(load_table("iris"), 0).frame)
    150
    """
    if len(table.frame) <= SAMPLE_ROWS:
        return table
    frame = table.frame.iloc[draw_rows(len(table.frame), seed)].reset_index(drop=True)
    return table.with_step(f"sample of {SAMPLE_ROWS} rows, seed {seed}", frame=frame)


def draw_claim(table: Table, claim: Claim) -> Chart | None:
    """Draw what a claim speaks of; None where nothing can be drawn.

    Examples
    --------
    >>> from core.datasets.catalogue import load_table
    >>> names, effect = ("bill_length", "body_mass"), "Spearman's rho"
    >>> claim = Claim("association", "association", "note", names, "", effect, 0.58, 0.51, 0.65, 342, "")
    >>> draw_claim(load_table("penguins"), claim).title
    "bill_length and body_mass go together: Spearman's rho = 0.58"
    """
    named = [name for name in dict.fromkeys(claim.columns) if name in table.frame.columns]
    if claim.topic == "missing" or claim.kind in GAPS_ALONG:  # text has gaps too
        return _draw_missing(table, claim.kind, named)
    columns = [name for name in named if table.kinds[name] in _DRAWN]
    if not columns:
        return None
    if claim.kind == "imbalance":
        return try_chart(partial(balance_chart, table, columns[0]))
    if len(columns) == 1:
        return try_chart(partial(distribution_chart, table, columns[0]))
    chart = _draw_two(table, columns[0], columns[1], pooled=claim.kind == "association")
    if chart is None or claim.kind != "association":
        return chart
    return say_measure(chart, (columns[0], columns[1]), claim.effect, claim.value)


def _draw_missing(table: Table, kind: str, names: Sequence[str]) -> Chart | None:
    """Draw the gaps of columns: of one along another, with the outcome that it tells, or of each in a line."""
    if not names:
        return None
    along = next((name for name in names[1:] if table.kinds[name] in _DRAWN), None)
    if kind == LATE:
        along = along or table.target
        late = None if along is None else try_chart(partial(outcome_chart, table, names[0], along))
        if late is not None:
            return late
    if kind not in GAPS_ALONG and len(names) > 1:
        return gaps_chart(table, names)
    return try_chart(partial(missing_chart, table, names[0], along if kind in GAPS_ALONG else None))


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


def gaps_chart(table: Table, names: Sequence[str] | None = None) -> Chart | None:
    """Draw the share of missing cells of each column that has any, at most 20; None where there are none.

    Parameters
    ----------
    names : sequence of str, optional
        The columns; all where none are named.

    Examples
    --------
    >>> from core.datasets.catalogue import load_table
    >>> gaps_chart(load_table("penguins")).title
    '5 of 8 columns have missing cells; sex has most: 3.2%'
    """
    looked_at = list(table.frame.columns if names is None else names)
    n_missing = {name: tally_column(table, name).n_missing for name in looked_at}
    shares = pd.Series(n_missing, dtype="float64") / len(table.frame)
    shares = shares[shares > 0].sort_values(ascending=False, kind="stable")
    if shares.empty:
        return None
    of = f"{len(shares)} of {len(looked_at)} {'' if names is None else 'named '}columns have missing cells"
    title = f"{of}; {cut(str(shares.index[0]))} has most: {shares.iloc[0]:.1%}"
    more = f" The {MAX_BARS} with most are drawn." if len(shares) > MAX_BARS else ""
    labels = np.array([str(name) for name in shares.index[:MAX_BARS]], dtype=object)
    bars = Mark("bars", shares.to_numpy(dtype=float)[:MAX_BARS], labels)
    return Chart(title, "Share of cells missing", "", (bars,), alt=f"{title}.{more}", x_percent=True)


def compare_columns(table: Table, seed: int) -> tuple[Association, ...]:
    """Compare all columns, each pair as its kinds ask, and the numbers by Pearson's r; without what cannot be compared.

    Examples
    --------
    >>> from core.datasets.catalogue import load_table
    >>> [found.method for found in compare_columns(load_table("iris"), 0)]
    ['mixed', 'pearson']
    """
    methods: tuple[Method, ...] = ("mixed", "pearson")
    found = []
    for method in methods:
        with suppress(DataError):
            found.append(associate(table, method, seed=seed))
    return tuple(found)


def draw_associations(found: Sequence[Association]) -> tuple[Chart, ...]:
    """Draw matrices, their columns in clusters."""
    return tuple(association_chart(cluster(each)) for each in found)


def draw_pairs(table: Table, found: Sequence[Association], limit: int) -> Iterator[tuple[tuple[str, str], Chart]]:
    """Draw the pairs of numbers that go together most by their ranks, each under that measure.

    Examples
    --------
    >>> from core.datasets.catalogue import load_table
    >>> iris = load_table("iris")
    >>> [chart.title for _, chart in draw_pairs(iris, compare_columns(iris, 0), 1)]
    ["petal_length and petal_width go together: Spearman's rho = 0.94"]
    """
    pairs = (pair for each in found if each.method == "mixed" for pair in find_strongest(each, each.n.size))
    for pair in islice((pair for pair in pairs if pair.effect == EFFECTS["spearman"]), limit):
        chart = _draw_two(table, pair.first, pair.second)
        if chart is not None:
            yield (pair.first, pair.second), say_measure(chart, (pair.first, pair.second), pair.effect, pair.value)


def say_measure(chart: Chart, names: tuple[str, str], effect: str, value: float) -> Chart:
    """Give a picture of two columns the measure that is spoken of, in place of the one it is drawn with elsewhere.

    Pearson's r and eta squared of the same rows may say another thing than a measure of ranks.
    """
    both = f"{cut(names[0])} and {cut(names[1])}"
    title = f"{both} {'go' if abs(value) >= WEAK else 'hardly go'} together: {effect} = {write_association(value)}"
    return replace(chart, title=title, alt=chart.alt.replace(chart.title, title))


def draw_spread(table: Table, column: str) -> Chart | None:
    """Draw how one column is spread, by the target's classes where it has few."""
    target = table.target
    by = None
    if target is not None and target != column and table.kinds[target] == "category":
        by = target if tally_column(table, target).distinct <= MAX_GROUPS else None
    return try_chart(partial(distribution_chart, table, column, by))


def try_chart(draw: Callable[[], Chart]) -> Chart | None:
    """Draw, or give None where the data do not allow it."""
    try:
        return draw()
    except DataError:
        return None


def _draw_two(table: Table, first: str, second: str, *, pooled: bool = True) -> Chart | None:
    """Draw two columns together as their kinds ask: points, spreads by class, or a table of shares.

    Parameters
    ----------
    pooled : bool
        Whether classes too many to tell apart may share a colour; else the first column is drawn alone.
    """
    kinds = table.kinds[first], table.kinds[second]
    if kinds == ("number", "number"):
        target = table.target
        by = target if target not in {None, first, second} and _has_few(table, str(target)) else None
        return try_chart(partial(pair_chart, table, first, second, by))
    if kinds == ("category", "category"):
        within, of = (second, first) if first == table.target else (first, second)
        return try_chart(partial(cross_chart, table, within, of))
    if kinds[0] == "category":
        first, second = second, first
    by = second if table.kinds[second] == "category" and (pooled or _has_few(table, second)) else None
    return try_chart(partial(distribution_chart, table, first, by))


def _has_few(table: Table, column: str) -> bool:
    """Tell whether a column is a category that colours can tell apart."""
    return table.kinds[column] == "category" and tally_column(table, column).distinct <= FEW_LEVELS


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
