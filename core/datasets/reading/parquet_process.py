"""Read a Parquet file in a process of its own, with a cap on its memory, and write a sample of its rows to stdout.

A kilobyte of Parquet can stand for gigabytes: runs of one value, or one long text named by every row. So the metadata
are weighed first, then every batch as it would be if each row held its own value; only the rows of the sample are kept,
and they are chosen while the file is still Arrow. Run by ``columnar`` as a script, isolated from the environment.

Input: the file on stdin; most columns, most megabytes, most rows and the seed as arguments. Output: as ``isolation``
says, one Arrow stream per column: numbers, dates and booleans as they are, texts once each with codes.

Left out: raw bytes (the header says which columns); nested values, which become text here, where their size is capped.
"""

from __future__ import annotations

import json
import os
import resource
import struct
import sys
from collections.abc import Iterator
from typing import Any

MEGABYTE = 2**20
INTERPRETER_MB = 512
BATCH_ROWS = 65_536
CELL_BYTES = 8
ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS")


def main() -> int:
    """Read stdin, write stdout; the exit status is 0 also where the header holds an error."""
    most_columns, most_mb, most_rows, seed = (int(word) for word in sys.argv[1:5])
    limit, hard = (most_mb + INTERPRETER_MB) * MEGABYTE, resource.getrlimit(resource.RLIMIT_AS)[1]
    limit = limit if hard == resource.RLIM_INFINITY else min(limit, hard)
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    os.environ.update(dict.fromkeys(ONE_THREAD, "1"), ARROW_DEFAULT_MEMORY_POOL="system")
    header, blobs = read_sample(sys.stdin.buffer.read(), (most_columns, most_mb, most_rows), seed)
    encoded = json.dumps(header).encode()
    sys.stdout.buffer.write(struct.pack("<q", len(encoded)) + encoded)
    for blob in blobs:
        sys.stdout.buffer.write(blob)
    return 0


def read_sample(content: bytes, most: tuple[int, int, int], seed: int) -> tuple[dict[str, Any], list[Any]]:
    """Read a Parquet file into a header and one Arrow stream per column.

    Parameters
    ----------
    content : bytes
        The file.
    most : tuple of int
        Columns, megabytes and rows; more columns or megabytes give no columns, only their number.
    seed : int
        Of the sample of rows.
    """
    import pyarrow as pa
    from pyarrow import parquet

    try:
        with parquet.ParquetFile(pa.BufferReader(content)) as file:
            found = _weigh_metadata(file.metadata)
            if found["n_columns"] > most[0] or found["n_bytes"] > most[1] * MEGABYTE or not found["n_rows"]:
                return found, []
            table, found["n_bytes"] = _read_rows(file, most, seed)
        if found["n_bytes"] > most[1] * MEGABYTE:
            return found, []
        table.validate(full=True)
        return _pack_table(table, found)
    except MemoryError:
        raise
    except (pa.ArrowException, OSError, EOFError, ValueError, OverflowError):
        return {"error": "damaged"}, []


def _weigh_metadata(metadata: Any) -> dict[str, Any]:
    """Return the columns, rows and bytes that the file declares, counting at least eight bytes for a cell."""
    declared = sum(metadata.row_group(index).total_byte_size for index in range(metadata.num_row_groups))
    n_rows, n_columns = max(metadata.num_rows, 0), metadata.num_columns
    return {"n_columns": n_columns, "n_rows": n_rows, "n_bytes": max(declared, n_rows * n_columns * CELL_BYTES)}


def _read_rows(file: Any, most: tuple[int, int, int], seed: int) -> tuple[Any, int]:
    """Read by batches, keep the chosen rows, and give up once the whole would pass the limit."""
    import numpy as np
    import pyarrow as pa

    n_rows, (_, most_mb, most_rows) = file.metadata.num_rows, most
    rows = np.sort(np.random.default_rng(seed).choice(n_rows, most_rows, replace=False)) if n_rows > most_rows else None
    kept, start, size = [], 0, 0
    for batch in file.iter_batches(BATCH_ROWS, use_threads=False):
        size += sum(weigh_column(column) for column in batch.columns)
        if size > most_mb * MEGABYTE:
            break
        end = start + batch.num_rows
        if rows is None:
            kept.append(batch)
        else:
            first, last = np.searchsorted(rows, (start, end))
            kept.append(batch.take(pa.array(rows[first:last] - start)))
        start = end
    return pa.Table.from_batches(kept, file.schema_arrow), size


def weigh_column(column: Any) -> int:
    """Return the bytes of an Arrow array once each row holds its own value, whatever its dictionary saves.

    Examples
    --------
    >>> import pyarrow as pa
    >>> weigh_column(pa.DictionaryArray.from_arrays(pa.array([0, 0, 0], pa.int32()), pa.array(["x" * 2000])))
    6012
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    if not pa.types.is_dictionary(column.type):
        return int(column.nbytes)
    values = column.dictionary
    if pa.types.is_string(values.type) or pa.types.is_large_string(values.type) or pa.types.is_binary(values.type):
        lengths = pc.binary_length(values).cast(pa.int64())
        return int(column.indices.nbytes) + int(pc.sum(lengths.take(column.indices)).as_py() or 0)
    return int(column.indices.nbytes) + len(column) * -(-int(values.nbytes) // max(len(values), 1))


def _pack_table(table: Any, found: dict[str, Any]) -> tuple[dict[str, Any], list[Any]]:
    """Turn a table into the header and the streams of its columns."""
    import pyarrow as pa

    names, blobs, remarks = [], [], []
    for field, column in zip(table.schema, table.columns, strict=True):
        plain, remark = _simplify(column)
        if remark:
            remarks.append((field.name, remark))
        if plain is None:
            continue
        sink = pa.BufferOutputStream()
        packed = pa.table([plain], names=["column"])
        options = pa.ipc.IpcWriteOptions(compression="lz4", use_threads=False, unify_dictionaries=True)
        with pa.ipc.new_stream(sink, packed.schema, options=options) as stream:
            stream.write_table(packed)
        names.append(field.name)
        blobs.append(sink.getvalue())
    return {**found, "names": names, "remarks": remarks, "columns": [("arrow", blob.size) for blob in blobs]}, blobs


def _simplify(column: Any) -> tuple[Any, str]:
    """Return a column of a plain type, or None for raw bytes, and what is to be said about it."""
    import pyarrow as pa

    kind = column.type.value_type if pa.types.is_dictionary(column.type) else column.type
    if pa.types.is_binary(kind) or pa.types.is_large_binary(kind) or pa.types.is_fixed_size_binary(kind):
        return None, "left out, because it holds raw bytes"
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        return column.cast(kind).dictionary_encode().cast(pa.dictionary(pa.int32(), pa.string())), ""
    column = column.cast(kind)
    numeric = pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind)
    if numeric or pa.types.is_date(kind) or pa.types.is_timestamp(kind) or pa.types.is_null(kind):
        return column, ""
    if pa.types.is_boolean(kind):
        return column, ""
    texts = pa.chunked_array(list(_write_chunks(column)), pa.string())
    return texts.dictionary_encode(), f"was {kind} and is kept as text"[:80]


def _write_chunks(column: Any) -> Iterator[Any]:
    """Write a column of nested or rare values as text, a chunk at a time."""
    import pyarrow as pa

    for chunk in column.chunks:
        yield pa.array([write_value(value) for value in chunk.to_pylist()], pa.string())


def write_value(value: object) -> str | None:
    """Write a value of a type without one here as text.

    Examples
    --------
    >>> write_value([1, 2]), write_value(None)
    ('[1, 2]', None)
    """
    if isinstance(value, (dict, list)):
        return json.dumps(value, default=str, ensure_ascii=False)
    return None if value is None else str(value)


if __name__ == "__main__":
    sys.exit(main())
