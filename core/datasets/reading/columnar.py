"""Read Parquet, which already knows its types: a process of its own weighs it and takes the sample of rows.

Only that sample, still as Arrow arrays and with each distinct text once, reaches this process and becomes numbers,
dates and objects here.

Left out: nested columns (kept as JSON-like text) and raw bytes (left out, with a note).
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from core.datasets.reading.choices import RawColumn, RawTable, Understanding
from core.datasets.reading.isolation import TIMEOUT_S, Script, run_script
from core.datasets.reading.limits import SAMPLE_SEED, check_columns, check_memory, note_sample
from core.datasets.reading.notes import Notes
from core.hub.errors import DataError
from core.hub.settings import Settings

DAMAGED = "the Parquet file is damaged or cut short; write it again"


def read_parquet(content: bytes, settings: Settings, notes: Notes) -> RawTable:
    """Read a Parquet file into typed columns, or a seeded sample of its rows where there are too many.

    Parameters
    ----------
    content : bytes
        The whole file, at most ``upload_mb``.

    Raises
    ------
    DataError
        If it is damaged or holds no rows.
    LimitError
        If it has too many columns, or unpacks to more than ``upload_cells_mb``.
    """
    most = (settings.upload_columns, settings.upload_cells_mb, settings.upload_rows, SAMPLE_SEED)
    header, blobs = run_script(_make_script(settings), content, [str(number) for number in most])
    if header.get("error"):
        raise DataError(DAMAGED)
    check_columns(header["n_columns"], settings)
    check_memory(header["n_bytes"], settings)
    if not header["n_rows"] or not header["n_columns"]:
        message = "the Parquet file holds no rows; write one with at least one row"
        raise DataError(message)
    n_rows = header["n_rows"]
    if n_rows > settings.upload_rows:
        note_sample(n_rows, settings, notes)
    for name, remark in header["remarks"]:
        notes.about(name, remark)
    columns = [_convert(name, _open(blob), notes) for name, blob in zip(header["names"], blobs, strict=True)]
    sampled_from = n_rows if n_rows > settings.upload_rows else 0
    return RawTable(header["names"], columns, Understanding(format="parquet"), sampled_from)


def _make_script(settings: Settings) -> Script:
    """Name the script and what to say when it fails."""
    return Script(
        name="parquet_process.py",
        slow=f"opening the Parquet file takes more than {TIMEOUT_S} seconds; write fewer rows or columns",
        large=(
            f"the table needs more than {settings.upload_cells_mb:,} MB once unpacked; at most "
            f"{settings.upload_cells_mb:,} MB are allowed: leave out rows or columns, or raise UPLOAD_CELLS_MB"
        ),
        damaged=DAMAGED,
    )


def _open(blob: memoryview) -> pa.ChunkedArray:
    """Open the stream of one column."""
    with pa.ipc.open_stream(pa.py_buffer(blob)) as stream:
        return stream.read_all().column(0)


def _convert(name: str, column: pa.ChunkedArray, notes: Notes) -> RawColumn:
    """Turn one column into a Series of the hub's types."""
    kind = column.type
    if pa.types.is_boolean(kind):
        return _make_objects(pc.if_else(column, "True", "False").dictionary_encode())
    if pa.types.is_integer(kind) and not pa.types.is_uint64(kind):
        missing = column.is_null().to_numpy()
        return pd.Series(pd.arrays.IntegerArray(column.cast(pa.int64()).fill_null(0).to_numpy(), missing))
    if pa.types.is_date(kind) or pa.types.is_timestamp(kind):
        return _make_dates(name, column, notes)
    if pa.types.is_dictionary(kind):
        return _make_objects(column)
    if pa.types.is_null(kind):
        return pd.Series(np.full(len(column), np.nan), dtype=object)
    return pd.Series(column.cast(pa.float64(), safe=False).to_numpy().astype(np.float64))


def _make_dates(name: str, column: pa.ChunkedArray, notes: Notes) -> pd.Series:
    """Turn dates and times into datetime64[us], in UTC where they have a zone."""
    if pa.types.is_timestamp(column.type) and column.type.tz:
        notes.about(name, "times were turned into UTC")
    return pd.Series(column.cast(pa.timestamp("us"), safe=False).to_numpy().astype("datetime64[us]"))


def _make_objects(column: pa.ChunkedArray) -> pd.Series:
    """Turn texts into an object column with NaN where missing; rows with one text share one object."""
    encoded = column.combine_chunks()
    if isinstance(encoded, pa.ChunkedArray):
        encoded = encoded.unify_dictionaries().chunk(0)
    codes = encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False)
    return pd.Series(np.array([*encoded.dictionary.to_pylist(), np.nan], dtype=object)[codes], dtype=object)
