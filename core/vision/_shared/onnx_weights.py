"""The weights stored in an ONNX file, read without the ``onnx`` package, which is slow and large to import.

An ONNX file is a protocol buffer. Only three of its levels are walked: the model's graph (field 7), the graph's
initializers (field 5), and of each its shape (1), type (2), name (8) and raw bytes (9) [1]_.

Left out: everything else in the file; weights kept as lists of numbers or in another file, which ours never are.

References
----------
.. [1] https://github.com/onnx/onnx/blob/main/onnx/onnx.proto
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.hub.errors import ArtifactError

GRAPH, INITIALIZER = 7, 5
SHAPE, TYPE, NAME, RAW = 1, 2, 8, 9
TYPES: dict[int, np.dtype[Any]] = {1: np.dtype("<f4"), 10: np.dtype("<f2")}
"""The types of weights, by their numbers in the format."""
VARINT, LENGTH = 0, 2
FIXED = {1: 8, 5: 4}
"""How values of a field are written: a number of seven bits a byte, bytes with their length before, or fixed bytes."""


def read_onnx_weights(content: bytes) -> dict[str, NDArray[np.float32]]:
    """Read every weight of an ONNX file that is a 16- or 32-bit fraction, by name.

    Raises
    ------
    ArtifactError
        If the bytes are no such file.

    Examples
    --------
    >>> read_onnx_weights(b"")
    {}
    """
    found = {}
    try:
        for field, graph in _walk(memoryview(content)):
            for inner, tensor in _walk(graph) if field == GRAPH and isinstance(graph, memoryview) else ():
                if inner == INITIALIZER and isinstance(tensor, memoryview):
                    name, values = _read_tensor(tensor)
                    if values is not None:
                        found[name] = values
    except (IndexError, ValueError, UnicodeDecodeError) as error:
        message = "the network's file is damaged or no ONNX file; train it again"
        raise ArtifactError(message) from error
    return found


def _read_tensor(content: memoryview) -> tuple[str, NDArray[np.float32] | None]:
    """Read one weight; None where it is of another type."""
    shape: list[int] = []
    name, kind, raw = "", 0, b""
    for field, value in _walk(content):
        if field == SHAPE:
            shape += [value] if isinstance(value, int) else _read_numbers(value)
        elif field == TYPE and isinstance(value, int):
            kind = value
        elif field == NAME and isinstance(value, memoryview):
            name = bytes(value).decode()
        elif field == RAW and isinstance(value, memoryview):
            raw = bytes(value)
    if kind not in TYPES:
        return name, None
    return name, np.frombuffer(raw, TYPES[kind]).reshape(shape).astype(np.float32)


def _read_numbers(content: memoryview) -> list[int]:
    """Read whole numbers that stand one after the other."""
    numbers, place = [], 0
    while place < len(content):
        number, place = _read_number(content, place)
        numbers.append(number)
    return numbers


def _walk(content: memoryview) -> Iterator[tuple[int, int | memoryview]]:
    """Give each field of a message with its number."""
    place = 0
    while place < len(content):
        key, place = _read_number(content, place)
        if key & 7 == VARINT:
            number, place = _read_number(content, place)
            yield key >> 3, number
            continue
        length, place = _read_number(content, place) if key & 7 == LENGTH else (FIXED.get(key & 7, 0), place)
        if (length <= 0 and key & 7 != LENGTH) or place + length > len(content):
            message = f"a field of {length} bytes does not fit"
            raise ValueError(message)
        yield key >> 3, content[place : place + length]
        place += length


def _read_number(content: memoryview, place: int) -> tuple[int, int]:
    """Read a whole number of seven bits a byte, and where it ends."""
    number = shift = 0
    while True:
        byte = content[place]
        number |= (byte & 127) << shift
        place, shift = place + 1, shift + 7
        if byte < 128:  # noqa: PLR2004 - the eighth bit says that more bytes follow
            return number, place
