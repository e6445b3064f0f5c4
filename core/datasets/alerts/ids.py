"""Whether a column only names its rows, so that a model would learn it by heart.

A column is taken for an identifier when nearly all its values differ and either its name says so, or it is a running
number, or its texts are single codes. A measured number (1.2, 3.7) is never one, and neither is free text.

Left out: identifiers that repeat (one customer in many rows), which are groups and call for a split by group.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from core.datasets.fixes.wording import split_words
from core.datasets.table import Table
from core.datasets.tally import tally_column

MIN_ROWS = 20
DISTINCT_SHARE = 0.95  # a few repeated rows must not hide an identifier
RUN_SLACK = 1.1  # a running number may have gaps of a tenth
MAX_CODE_SPACES = 0.2  # mean spaces per text: codes have none, names and sentences have more
_ID_WORDS = {
    "id",
    "ids",
    "uuid",
    "guid",
    "index",
    "idx",
    "pk",
    "key",
    "row",
    "rownum",
    "serial",
    "identifier",
    "nr",
    "no",
}
_TIME_WORDS = {"year", "month", "week", "day", "date", "hour", "time", "period", "quarter", "step", "age"}


def is_id_like(table: Table, name: str, counts: pd.Series | None = None) -> bool:
    """Tell whether a column looks like an identifier.

    Parameters
    ----------
    counts : Series, optional
        How often each value occurs, for category and text columns.

    Examples
    --------
    >>> frame = pd.DataFrame({"PassengerId": range(1, 101), "fare": [n / 7 for n in range(100)]})
    >>> table = Table(frame, "t", "upload", "", {"PassengerId": "number", "fare": "number"})
    >>> is_id_like(table, "PassengerId"), is_id_like(table, "fare")
    (True, False)
    """
    words = set(split_words(name))
    if table.kinds[name] == "number":
        return _is_id_number(table, name, words)
    return counts is not None and _is_id_text(counts, words)


def _is_id_number(table: Table, name: str, words: set[str]) -> bool:
    """Judge a number column: whole, nearly all different, and named or numbered like an identifier."""
    tally = tally_column(table, name)
    if tally.distinct < DISTINCT_SHARE * (len(table.frame) - tally.n_missing - tally.n_infinite):
        return False
    values = table.numbers(name)
    values = values[np.isfinite(values)]
    if len(values) < MIN_ROWS or words & _TIME_WORDS or (values[:1000] % 1 != 0).any() or (values % 1 != 0).any():
        return False
    n_distinct = len(pd.unique(values))
    if n_distinct < DISTINCT_SHARE * len(values):
        return False
    return bool(words & _ID_WORDS) or float(np.ptp(values)) + 1 <= RUN_SLACK * n_distinct


def _is_id_text(counts: pd.Series, words: set[str]) -> bool:
    """Judge a text column: nearly all different, and named like an identifier or made of single codes."""
    n_values = int(counts.sum())
    if n_values < MIN_ROWS or len(counts) < DISTINCT_SHARE * n_values:
        return False
    sample = [str(value) for value in counts.index[:1000]]
    n_spaces = sum(text.strip().count(" ") for text in sample)
    return bool(words & _ID_WORDS) or n_spaces <= MAX_CODE_SPACES * len(sample)
