"""Why values may be missing: what missingness goes with, rules that it follows exactly, and Little's test.

Each column with gaps is compared with every other column (``missing_links``). All p-values of a table are adjusted
together (Y. Benjamini and Y. Hochberg 1995, https://doi.org/10.1111/j.2517-6161.1995.tb02031.x).
Little's test is run on normal scores, since on skewed or heavy-tailed numbers it rejects too often.

Left out: what no table can tell. A link shows that values are not missing completely at random (MCAR); whether they are
missing at random given the other columns (MAR), or depend on the lost values themselves (MNAR), fits the same rows.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from core.datasets.fixes.wording import count_of, cut, list_names
from core.datasets.table import Table
from core.evaluation.multiplicity import benjamini_hochberg
from core.hub.errors import DataError
from core.tabular.eda.cleaning.arrays import are_usable
from core.tabular.eda.cleaning.little import MAX_COLUMNS, LittleTest, little_test, score_normally
from core.tabular.eda.cleaning.missing_links import LEAST, MissingLink, find_links
from core.tabular.eda.cleaning.missing_rules import MissingRule, find_rules

CANNOT_KNOW = (
    "No table can tell whether a value's absence depends on the value itself: missing at random (MAR) and not at "
    "random (MNAR) fit the same rows, so ask how the values were collected."
)


@dataclass(frozen=True, slots=True)
class MissingColumn:
    """What is known of one column's gaps: the links that hold, strongest first, the rules, and a verdict."""

    column: str
    n_missing: int
    links: tuple[MissingLink, ...]
    rules: tuple[MissingRule, ...]
    verdict: str


@dataclass(frozen=True, slots=True)
class MissingStudy:
    """All columns with gaps, most gaps first.

    Parameters
    ----------
    little : LittleTest, optional
        Over the normal scores of the number columns; None where ``little_note`` says why not.
    n_tests : int
        Over how many the p-values were adjusted.
    """

    columns: tuple[MissingColumn, ...]
    little: LittleTest | None
    little_note: str
    n_tests: int
    limits: str = CANNOT_KNOW


def study_missing(table: Table, level: float = 0.05, seed: int = 0) -> MissingStudy:
    """Say of each column with gaps what its missingness goes with.

    Parameters
    ----------
    level : float
        Share of false links, 0 to 1, that is accepted among those named.
    seed : int
        Of the reshuffling.

    Raises
    ------
    DataError
        If ``level`` is not between 0 and 1.

    Examples
    --------
    >>> from core.datasets.catalogue import load_table
    >>> study = study_missing(load_table("penguins"))
    >>> study.columns[0].column, study.columns[0].n_missing
    ('sex', 11)
    """
    if not 0 < level < 1:
        message = f"the level is {level:g}; it must be above 0 and below 1"
        raise DataError(message)
    gaps = table.frame.isna()
    n_missing = gaps.sum().sort_values(ascending=False, kind="stable")
    partial = [str(name) for name, count in n_missing.items() if 0 < count < len(table.frame)]
    rng = np.random.default_rng(seed)
    raw = [link for name in partial for link in find_links(table, name, rng)]
    links = _adjust(raw)
    columns = tuple(
        _judge(table, name, [link for link in links if link.column == name and link.q <= level]) for name in partial
    )
    little, note = _test_all(table)
    return MissingStudy(columns, little, note, len(links))


def _adjust(links: list[MissingLink]) -> list[MissingLink]:
    """Return the links with their adjusted p-values, strongest first."""
    adjusted = benjamini_hochberg([link.p for link in links])
    judged = [replace(link, q=float(q)) for link, q in zip(links, adjusted, strict=True)]
    return sorted(judged, key=lambda link: (-abs(link.value), link.q))


def _judge(table: Table, column: str, links: list[MissingLink]) -> MissingColumn:
    """Say what the links and rules of one column amount to."""
    rules = find_rules(table, column)
    n_missing = int(table.frame[column].isna().sum())
    start = f"{cut(column)} lacks {n_missing:,} of {count_of(len(table.frame), 'value')}"
    if rules:
        verdict = f"{start}; {rules[0].sentence}, so the gaps follow a rule and are not MCAR"
    elif links:
        others = list_names(list(dict.fromkeys(link.other for link in links)))
        verdict = f"{start}; {links[0].sentence}; missingness goes with {others}, so it is not MCAR"
    elif min(n_missing, len(table.frame) - n_missing) < LEAST:
        verdict = f"{start}; fewer than {LEAST} rows are too few to test what that goes with"
    else:
        verdict = f"{start}; no other column was found to go with that, which does not prove MCAR"
    return MissingColumn(column, n_missing, tuple(links), rules, verdict)


def _test_all(table: Table) -> tuple[LittleTest | None, str]:
    """Run Little's test over the number columns, or say why it cannot be."""
    numbers = [
        name
        for name in table.features
        if table.kinds[name] == "number" and pd.api.types.is_numeric_dtype(table.frame[name].dtype)
    ]
    usable = [name for name in numbers if are_usable(table.numbers(name))]
    varied = [name for name in usable if table.frame[name].min() != table.frame[name].max()]
    if len(varied) > MAX_COLUMNS:
        return None, f"{len(varied)} number columns vary; Little's test takes at most {MAX_COLUMNS}"
    try:
        values = np.column_stack([table.numbers(name) for name in varied]) if varied else None
        result = None if values is None else little_test(score_normally(values))
    except DataError as error:
        return None, str(error)
    if result is None:
        return None, "no number column varies, so Little's test has nothing to compare"
    start = "Little's test on the normal scores of the columns"
    found = "the gaps are not MCAR" if result.p < 0.05 else "no departure from MCAR was found, which does not prove it"  # noqa: PLR2004 the usual level
    return (
        result,
        f"{start}: chi-squared {result.statistic:.1f} on {result.degrees} degrees, p {result.p:.2g}: {found}",
    )
