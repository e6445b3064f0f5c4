"""Read Parquet, which already knows its types: weigh it by its own metadata first, then by what really arrives.

Left out: nested columns (kept as JSON-like text) and raw bytes (left out, with a note).
"""

from __future__ import annotations

import io
import json

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from core.datasets.reading.choices import RawColumn, RawTable, Understanding
from core.datasets.reading.limits import check_columns, check_memory
from core.datasets.reading.notes import Notes
from core.hub.errors import DataError
from core.hub.settings import Settings

BATCH_ROWS = 65_536
CELL_BYTES = 8
DAMAGED = "the Parquet file is damaged or cut short; write it again"


def read_parquet(content: bytes, settings: Settings, notes: Notes) -> RawTable:
    """Read a Parquet file into typed columns.

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
    from pyarrow import parquet

    try:
        with parquet.ParquetFile(io.BytesIO(content)) as file:
            table = _read_batches(file, settings)
    except (pa.ArrowException, OSError, EOFError) as error:
        raise DataError(DAMAGED) from error
    if not table.num_rows or not table.num_columns:
        message = "the Parquet file holds no rows; write one with at least one row"
        raise DataError(message)
    kept = [index for index, column in enumerate(table.schema) if not _is_raw(column, notes)]
    columns = [_convert(str(table.field(index).name), table.column(index), notes) for index in kept]
    return RawTable([table.field(index).name for index in kept], columns, Understanding(format="parquet"))


def _read_batches(file: object, settings: Settings) -> pa.Table:
    """Read by batches, so that metadata that lie about sizes are caught as the memory grows."""
    metadata = file.metadata  # type: ignore[attr-defined]
    check_columns(metadata.num_columns, settings)
    declared = sum(metadata.row_group(index).total_byte_size for index in range(metadata.num_row_groups))
    check_memory(max(declared, metadata.num_rows * metadata.num_columns * CELL_BYTES), settings)
    batches, size = [], 0
    for batch in file.iter_batches(BATCH_ROWS, use_threads=False):  # type: ignore[attr-defined]
        batches.append(batch)
        size += batch.nbytes
        check_memory(size, settings)
    return pa.Table.from_batches(batches, file.schema_arrow)  # type: ignore[attr-defined]


def _is_raw(field: pa.Field, notes: Notes) -> bool:
    """Whether a column holds raw bytes, which are left out."""
    raw = pa.types.is_binary(field.type) or pa.types.is_large_binary(field.type)
    if raw or pa.types.is_fixed_size_binary(field.type):
        notes.about(field.name, "left out, because it holds raw bytes")
        return True
    return False


def _convert(name: str, column: pa.ChunkedArray, notes: Notes) -> RawColumn:
    """Turn one column into a Series of the hub's types."""
    kind = column.type
    if pa.types.is_dictionary(kind):
        column = column.cast(kind.value_type)
        kind = column.type
    if pa.types.is_boolean(kind):
        return _make_objects(pc.if_else(column, "True", "False"))
    if pa.types.is_integer(kind) and not pa.types.is_uint64(kind):
        missing = column.is_null().to_numpy()
        return pd.Series(pd.arrays.IntegerArray(column.cast(pa.int64()).fill_null(0).to_numpy(), missing))
    if pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        return pd.Series(column.cast(pa.float64(), safe=False).to_numpy().astype(np.float64))
    if pa.types.is_date(kind) or pa.types.is_timestamp(kind):
        return _make_dates(name, column, notes)
    if pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_null(kind):
        return _make_objects(column.cast(pa.string()))
    notes.about(name, f"was {kind} and is kept as text"[:80])
    return _make_objects(pa.chunked_array([[_write(value) for value in column.to_pylist()]], pa.string()))


def _write(value: object) -> str | None:
    """Write a value of a type without one here as text."""
    if isinstance(value, (dict, list)):
        return json.dumps(value, default=str, ensure_ascii=False)
    return None if value is None else str(value)


def _make_dates(name: str, column: pa.ChunkedArray, notes: Notes) -> pd.Series:
    """Turn dates and times into datetime64[us], in UTC where they have a zone."""
    if pa.types.is_timestamp(column.type) and column.type.tz:
        notes.about(name, "times were turned into UTC")
    return pd.Series(column.cast(pa.timestamp("us"), safe=False).to_numpy().astype("datetime64[us]"))


def _make_objects(column: pa.ChunkedArray) -> pd.Series:
    """Turn texts into an object column with NaN where missing."""
    codes, texts = pd.factorize(np.array(column.to_pylist(), dtype=object))
    return pd.Series(np.array([*texts, np.nan], dtype=object)[codes], dtype=object)
