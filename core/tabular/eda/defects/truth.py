"""What was planted, and which columns of a table a defect may still go into.

Left out: the defects themselves (``numbers``, ``rows``, ``columns``, ``texts``).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import pandas as pd

from core.datasets.table import ColumnKind, Table
from core.hub.errors import DataError

KINDS = (
    "sentinel",
    "unit_mixup",
    "duplicate_rows",
    "label_leak",
    "time_travel",
    "derived_sum",
    "derived_product",
    "scaled_copy",
    "typo",
    "spelling",
    "swapped_columns",
    "conditional_missingness",
    "constant",
    "id_like",
    "impossible_date",
    "numbers_as_text",
    "ceiling",
    "heaping",
    "impossible_negative",
    "stuck_values",
)
NO_KINDS: Mapping[str, ColumnKind] = MappingProxyType({})
MIN_DISTINCT = 12
ROUND_SHARE = 0.2  # of values that are round already: rounding more of them plants nothing


@dataclass(frozen=True, slots=True)
class Truth:
    """One planted defect: its kind and the columns it is in; none for whole rows."""

    kind: str
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Planted:
    """A table and every defect planted in it so far."""

    table: Table
    truths: tuple[Truth, ...] = ()

    def free_numbers(self) -> list[str]:
        """List the number columns with a dozen values that no defect touched, the target left out."""
        taken = {name for truth in self.truths for name in truth.columns}
        return [
            name
            for name in self.table.features
            if self.table.kinds[name] == "number"
            and name not in taken
            and self.table.frame[name].nunique() >= MIN_DISTINCT
        ]

    def with_defect(self, truth: Truth, frame: pd.DataFrame, kinds: Mapping[str, ColumnKind] = NO_KINDS) -> Planted:
        """Return the table with a changed frame and one more truth."""
        where = " in " + " and ".join(truth.columns) if truth.columns else ""
        table = self.table.with_step(f"planted {truth.kind}{where}", frame=frame, kinds={**self.table.kinds, **kinds})
        return dataclasses.replace(self, table=table, truths=(*self.truths, truth))


def choose_numbers(planted: Planted, rng: np.random.Generator, n: int, *, positive: bool = False) -> list[str]:
    """Choose free number columns by chance.

    Raises
    ------
    DataError
        If the table has too few of them.
    """
    names = planted.free_numbers()
    if positive:
        names = [name for name in names if np.nanmin(planted.table.numbers(name)) > 0]
    if len(names) < n:
        message = f"{planted.table.name} has {len(names)} free number columns; this defect needs {n}"
        raise DataError(message)
    return [str(name) for name in rng.choice(names, n, replace=False)]


def choose_rows(n_rows: int, share: float, rng: np.random.Generator) -> np.ndarray:
    """Choose a share of the rows by chance, at least five, in order."""
    return np.sort(rng.choice(n_rows, max(5, round(share * n_rows)), replace=False))


def count_decimals(values: np.ndarray) -> int:
    """Return the decimals that a column is written with, at most 6.

    Examples
    --------
    >>> count_decimals(np.array([1.25, 3.5]))
    2
    """
    known = values[~np.isnan(values)]
    return next((d for d in range(6) if np.allclose(known, np.round(known, d), rtol=0, atol=10.0 ** -(d + 4))), 6)


def put(planted: Planted, name: str, values: np.ndarray) -> pd.DataFrame:
    """Return a copy of the frame with one column set."""
    frame = planted.table.frame.copy()
    frame[name] = values
    return frame
