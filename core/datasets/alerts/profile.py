"""The value types of the alerts: an Alert, and the counts of a table that several checks share.

Left out: the checks themselves, one module per thing they look at.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal, get_args

import numpy as np
import pandas as pd

from core.datasets.alerts.ids import is_id_like
from core.datasets.alerts.twins import find_twins
from core.datasets.fixes import Fix
from core.datasets.fixes.numerals import holds_numbers
from core.datasets.table import ColumnKind, Table
from core.datasets.tally import tally_column
from core.datasets.threads import run_side_by_side

Severity = Literal["problem", "warning", "note"]
SEVERITIES: tuple[str, ...] = get_args(Severity)
MAX_CLASSES = 50  # a column with more values is not taken for classes
MAX_NUMBER_CLASSES = 20  # nor is a number with more


@dataclass(frozen=True, slots=True)
class Alert:
    """One thing that stands out.

    Parameters
    ----------
    kind : str
        ``constant``, ``id_like``, ``leak_like``, ``duplicate_rows``, ``missing``, ``sentinel``, …
    severity : str
        ``problem``: results would be wrong; ``warning``: probably worth a fix; ``note``: good to know.
    columns : tuple of str
        What it is about; empty for whole rows.
    sentence : str
        In plain words, with the counts.
    fix : Fix, optional
        What the button does; None where a person must judge.
    """

    kind: str
    severity: Severity
    columns: tuple[str, ...]
    sentence: str
    fix: Fix | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Profile:
    """A table with what several checks need of it.

    Parameters
    ----------
    counts : mapping of column to Series
        How often each value of a category or text column occurs, commonest first, missing left out.
    missing : mapping of column to int
        Missing cells of the target and of every column that is not ignored.
    classes : Series
        Rows of each class of the target, largest first; empty when no class is to be predicted.
    ids : frozenset of str
        Features that look like identifiers.
    numerals : frozenset of str
        Text and category features that hold numbers written for people.
    twins : tuple of array
        Rows that equal another one in every feature, and their hashes: what ``twins.find_twins`` found.
    """

    table: Table
    counts: Mapping[str, pd.Series]
    missing: Mapping[str, int]
    classes: pd.Series
    ids: frozenset[str]
    numerals: frozenset[str]
    twins: tuple[np.ndarray, np.ndarray]

    @property
    def n_rows(self) -> int:
        """Rows of the table."""
        return len(self.table.frame)

    def of_kind(self, *kinds: ColumnKind) -> list[str]:
        """Return the features of some kinds that hold any value, in order."""
        return [
            name for name in self.table.features if self.table.kinds[name] in kinds and self.missing[name] < self.n_rows
        ]


def make_profile(table: Table) -> Profile:
    """Count what the checks share, once.

    Examples
    --------
    >>> from core.datasets.catalogue import load_table
    >>> make_profile(load_table("penguins")).classes.to_dict()
    {'Adelie': 152, 'Gentoo': 124, 'Chinstrap': 68}
    """
    used = [name for name in table.frame.columns if table.kinds[name] != "ignore" or name == table.target]
    passes: list[Callable[[], Any]] = [partial(find_twins, table.frame, table.features)]
    passes += [partial(tally_column, table, name) for name in used]
    twins, *_ = run_side_by_side(passes, len(table.frame))  # tallies are kept, and asked for by name from here on
    counts = {name: tally_column(table, name).counts for name in used if table.kinds[name] in {"category", "text"}}
    missing = {name: tally_column(table, name).n_missing for name in used}
    numerals = frozenset(name for name in table.features if name in counts and holds_numbers(counts[name].index))
    ids = frozenset(name for name in set(table.features) - numerals if is_id_like(table, name, counts.get(name)))
    return Profile(table, counts, missing, _count_classes(table, counts), ids, numerals, twins)


def _count_classes(table: Table, counts: Mapping[str, pd.Series]) -> pd.Series:
    """Count the rows of each class, if the target has few enough values to be one."""
    target, nothing = table.target, pd.Series(dtype="int64")
    if target is None or table.kinds[target] == "date":
        return nothing
    found = counts[target] if target in counts else table.frame[target].value_counts()
    limit = MAX_NUMBER_CLASSES if table.kinds[target] == "number" else MAX_CLASSES
    return found if len(found) <= limit else nothing
