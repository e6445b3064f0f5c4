"""The typed table that everything downstream works on, whatever file it came from.

Left out: how a file becomes one (``core.datasets.reading``) and where bundled ones come from (``catalogue``).
"""

from __future__ import annotations

import dataclasses
import hashlib
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.hub.errors import DataError

ColumnKind = Literal["number", "category", "text", "date", "ignore"]
Origin = Literal["bundled", "upload"]
FRAME_FILE, FACTS_FILE = "table.parquet", "table.json"


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Table:
    """A frame together with what is known of it. Treat ``frame`` as read-only; a change makes a new Table.

    Parameters
    ----------
    frame : DataFrame of shape (n_rows, n_columns)
        Column names are unique, non-empty strings. Numbers are float64 or Int64, categories and texts are object
        (missing is NaN), dates are datetime64.
    name : str
        How it is called on screen: data, never markup.
    origin : str
        ``bundled`` or ``upload``.
    sha256 : str
        Of the bytes it was read from, and of every change since: two tables with one hash are the same table.
    kinds : mapping of column to kind
        ``number``, ``category``, ``text``, ``date`` or ``ignore`` (kept in the frame, used by no model).
    target : str, optional
        The column to predict, where it is known.
    steps : tuple of str
        Every change made since it was read, in words and in order.
    notes : tuple of str
        What a reader must know: "the first 200,000 of 310,000 rows were kept".
    n_rejected, n_lines : int
        Lines of its file that could not be read and were left out, of all that should have been rows; 0 where no line
        was lost or the file has no lines.
    """

    frame: pd.DataFrame
    name: str
    origin: Origin
    sha256: str
    kinds: Mapping[str, ColumnKind]
    target: str | None = None
    steps: tuple[str, ...] = ()
    notes: tuple[str, ...] = field(default=())
    n_rejected: int = 0
    n_lines: int = 0

    @property
    def features(self) -> tuple[str, ...]:
        """Columns that a model may use: neither the target nor ignored."""
        return tuple(name for name in self.frame.columns if name != self.target and self.kinds[name] != "ignore")

    def numbers(self, column: str) -> NDArray[np.float64]:
        """Return a number column as float64 of shape (n_rows,), missing as NaN."""
        return self.frame[column].to_numpy(dtype="float64", na_value=np.nan)

    def with_step(self, step: str, **changes: object) -> Table:
        """Return a changed copy with its step recorded and a hash of its own."""
        digest = hashlib.sha256(f"{self.sha256}\x1f{step}".encode()).hexdigest()
        return dataclasses.replace(self, sha256=digest, steps=(*self.steps, step), **changes)  # type: ignore[arg-type]

    def with_target(self, target: str | None) -> Table:
        """Return a copy with another target column.

        Raises
        ------
        DataError
            If the table has no such column.
        """
        if target is not None and target not in self.frame.columns:
            message = f"there is no column {target!r}; the columns are {', '.join(map(str, self.frame.columns[:10]))}"
            raise DataError(message)
        return dataclasses.replace(self, target=target)


def table_to_files(table: Table) -> dict[str, bytes]:
    """Write a table as Parquet and JSON bytes, to be handed to a job."""
    buffer = io.BytesIO()
    table.frame.to_parquet(buffer, index=False)
    facts = {each.name: getattr(table, each.name) for each in dataclasses.fields(table) if each.name != "frame"}
    facts["kinds"] = dict(table.kinds)
    return {FRAME_FILE: buffer.getvalue(), FACTS_FILE: json.dumps(facts).encode()}


def table_from_folder(folder: Path) -> Table:
    """Read back what :func:`table_to_files` wrote.

    Raises
    ------
    DataError
        If the folder does not hold a table.
    """
    try:
        facts = json.loads((folder / FACTS_FILE).read_text())
        frame = pd.read_parquet(folder / FRAME_FILE)
    except (OSError, ValueError) as error:
        message = "the table of this job is no longer kept; choose or upload it again"
        raise DataError(message) from error
    facts["steps"], facts["notes"] = tuple(facts["steps"]), tuple(facts["notes"])
    return Table(frame=frame, **facts)


def table_of_job(inputs: Path) -> Table | None:
    """Return the table that travelled with a job, or None where it came without one; see :func:`table_from_folder`."""
    return table_from_folder(inputs) if (inputs / FACTS_FILE).is_file() else None
