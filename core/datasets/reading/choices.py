"""What a person may set about how a file is read, and what was understood of it.

A form is generated from :class:`Choices`; :class:`Understanding` is what the preview shows beside the first rows.

Left out: the typed frame itself, which is ``core.datasets.table.Table``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Literal, TypeAlias

import numpy as np
import pandas as pd
import pyarrow as pa

from core.datasets.table import Table
from core.hub.contract import Label

Encoding = Literal[
    "auto",
    "utf-8",
    "utf-16",
    "cp1252",
    "cp1250",
    "iso-8859-1",
    "iso-8859-15",
    "shift_jis",
    "gb18030",
    "mac_roman",
    "cp1251",
]
Delimiter = Literal["auto", "comma", "semicolon", "tab", "pipe", "space"]
Decimal = Literal["auto", "point", "comma"]
Header = Literal["auto", "first row", "none"]
Dates = Literal["ask", "day first", "month first"]
Format = Literal["csv", "xlsx", "xls", "parquet", "json"]

RawColumn: TypeAlias = pa.Array | np.ndarray | pd.Series
"""Text as a string array, numbers as float64 with NaN, or a column that its file already typed."""


@dataclass(frozen=True, slots=True)
class Choices:
    """How to read a file; each ``auto`` is decided from the bytes and shown, so that it can be changed."""

    encoding: Annotated[Encoding, Label("Encoding", "How letters such as é or ß are stored.")] = "auto"
    delimiter: Annotated[Delimiter, Label("Delimiter", "The sign between two columns.")] = "auto"
    decimal: Annotated[Decimal, Label("Decimal sign", "Decides what 1,234 or 1.234 means where the file does not.")] = (
        "auto"
    )
    header: Annotated[Header, Label("Column names", "Whether the first row names the columns.")] = "auto"
    dates: Annotated[Dates, Label("Dates like 01/02/2020", "Needed only where the file itself does not tell.")] = "ask"
    sheet: Annotated[str, Label("Sheet", "Of a workbook; empty takes the first sheet that holds a table.")] = ""


@dataclass(frozen=True, slots=True)
class RejectedLine:
    """A line of a text file that does not fit the table: its number from 1, why, and its first 200 characters."""

    line: int
    reason: str
    text: str


@dataclass(frozen=True, slots=True)
class Understanding:
    """What was understood of a file.

    Parameters
    ----------
    encoding : str
        Empty for a binary format; ``encoding_sure`` is False where it is a guess between ``other_encodings``.
    delimiter : str
        A name as in :class:`Choices`, ``none`` for a text file of one column, empty for a binary format.
    decimal : str
        ``point`` or ``comma``: how most numbers of the file are written.
    n_rows, n_columns : int
        Of the file, before a sample was taken.
    rejected : tuple of RejectedLine
        The first hundred; ``n_rejected`` counts all.
    ambiguous_dates : tuple of str
        Columns that stay text until the person says whether the day or the month comes first.
    """

    format: Format
    encoding: str = ""
    encoding_sure: bool = True
    other_encodings: tuple[str, ...] = ()
    delimiter: str = ""
    decimal: str = "point"
    header: bool = True
    sheet: str = ""
    sheets: tuple[str, ...] = ()
    n_rows: int = 0
    n_columns: int = 0
    rejected: tuple[RejectedLine, ...] = ()
    n_rejected: int = 0
    ambiguous_dates: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reading:
    """A table together with what was understood of its file."""

    table: Table
    understanding: Understanding


@dataclass(frozen=True, slots=True, eq=False)
class RawTable:
    """Columns as they stand in the file, not yet typed, with the names found for them (any type, maybe empty).

    ``n_sampled_from`` is 0, or the number of rows of the file where the columns are already a sample of them.
    """

    names: Sequence[object]
    columns: Sequence[RawColumn]
    understanding: Understanding
    n_sampled_from: int = 0

    @property
    def n_rows(self) -> int:
        """Number of rows."""
        return len(self.columns[0]) if self.columns else 0
