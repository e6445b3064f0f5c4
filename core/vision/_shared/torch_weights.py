"""Read the tensors of a torch weight file as plain arrays: nothing in the file is imported or called.

A ``.pth`` file of the format that torch wrote before version 1.6 is five pickles in a row (a magic number, a version,
facts about the machine, the named tensors, the keys of their storages) and then the storages' raw bytes. The opcodes,
as ``pickletools.genops`` decodes them, are followed here by a machine that knows four names: an ordered mapping, one
way to lay a tensor over a storage, and two types of storage. Any other name or opcode is refused.

Method: https://github.com/pytorch/pytorch/blob/v2.13.0/torch/serialization.py, ``_legacy_save``; the opcodes are
documented in https://docs.python.org/3/library/pickletools.html.

Left out: the zip format of torch 1.6 and later, sparse and quantised tensors, storages that are views of others.
"""

from __future__ import annotations

import io
import pickletools
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from core.datasets.pickled import PLAIN_VALUES
from core.hub.errors import DataError

MAGIC = 0x1950A86A20F9469CFC6C
VERSION = 1001
MAPPING, TENSOR = "collections OrderedDict", "torch._utils _rebuild_tensor_v2"
KINDS: dict[str, np.dtype[Any]] = {"torch FloatStorage": np.dtype("<f4"), "torch LongStorage": np.dtype("<i8")}
_CONSTANTS = {"BINUNICODE", "BININT", "BININT1", "BININT2", "LONG1"}
_TUPLES = {"TUPLE": None, "TUPLE1": 1, "TUPLE2": 2, "TUPLE3": 3}


@dataclass(frozen=True, slots=True)
class Storage:
    """A run of numbers that lies behind the pickles."""

    kind: np.dtype[Any]
    key: str
    n: int


@dataclass(frozen=True, slots=True)
class Tensor:
    """A tensor as the file describes it: a shape laid over a storage."""

    storage: Storage
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]


def read_tensors(content: bytes) -> dict[str, NDArray[np.generic]]:
    """Read every named tensor of a weight file.

    Parameters
    ----------
    content : bytes
        A file written by ``torch.save`` in its legacy format, little-endian.

    Returns
    -------
    dict of name to array
        float32 or int64, in the file's shapes.

    Raises
    ------
    DataError
        If the file is damaged, of another format, or holds anything but named tensors.

    Examples
    --------
    >>> read_tensors(b"PK")
    Traceback (most recent call last):
    ...
    core.hub.errors.DataError: the weight file cannot be read as plain tensors (...); fetch its package again
    """
    stream = io.BytesIO(content)
    try:
        magic, version, facts, named, keys = (_read_pickle(stream) for _ in range(5))
        _check_head(magic, version, facts)
        storages = _read_storages(stream, cast("list[str]", keys), cast("dict[str, Tensor]", named))
        return {name: _lay(tensor, storages) for name, tensor in cast("dict[str, Tensor]", named).items()}
    except (ValueError, TypeError, KeyError, IndexError, AttributeError) as error:
        message = f"the weight file cannot be read as plain tensors ({error}); fetch its package again"
        raise DataError(message) from error


def _check_head(magic: object, version: object, facts: object) -> None:
    """Refuse another format, and numbers written with their bytes the other way round."""
    if magic != MAGIC or version != VERSION:
        message = f"its head is {str(magic)[:20]} and not that of a legacy weight file"
        raise ValueError(message)
    if cast("dict[str, object]", facts)["little_endian"] is not True:
        message = "its numbers are big-endian"
        raise ValueError(message)


def _read_storages(stream: io.BytesIO, keys: list[str], named: dict[str, Tensor]) -> dict[str, NDArray[np.generic]]:
    """Read the raw numbers of each storage, in the order of their keys."""
    described = {tensor.storage.key: tensor.storage for tensor in named.values()}
    storages = {}
    for key in keys:
        storage = described[key]
        n = int.from_bytes(stream.read(8), "little")
        if n != storage.n:
            message = f"storage {key} has {n} numbers where {storage.n} are described"
            raise ValueError(message)
        storages[key] = np.frombuffer(stream.read(n * storage.kind.itemsize), dtype=storage.kind, count=n)
    return storages


def _lay(tensor: Tensor, storages: dict[str, NDArray[np.generic]]) -> NDArray[np.generic]:
    """Lay a tensor's shape over its storage after checking that no number lies outside it."""
    numbers = storages[tensor.storage.key][tensor.offset :]
    steps = [(size - 1) * stride for size, stride in zip(tensor.shape, tensor.strides, strict=True)]
    if min(tensor.offset, *tensor.shape, *tensor.strides, 0) < 0 or sum(steps) >= len(numbers):
        message = f"a tensor of shape {tensor.shape} reaches out of its storage"
        raise ValueError(message)
    strides = [stride * numbers.itemsize for stride in tensor.strides]
    return np.lib.stride_tricks.as_strided(numbers, tensor.shape, strides, writeable=False).copy()


def _read_pickle(stream: io.BytesIO) -> object:
    """Follow one pickle's opcodes up to its end."""
    machine = _Machine()
    for opcode, argument, _ in pickletools.genops(stream):
        machine.follow(opcode.name, argument)
    (value,) = machine.stack
    return value


class _Machine:
    """A pickle's stack, marks and memo."""

    def __init__(self) -> None:
        self.stack: list[object] = []
        self.marks: list[int] = []
        self.memo: dict[int, object] = {}

    def follow(self, name: str, argument: object) -> None:
        """Follow one opcode."""
        if name in _CONSTANTS:
            self.stack.append(argument)
        elif name in PLAIN_VALUES:
            self.stack.append(PLAIN_VALUES[name]())
        elif name in _TUPLES:
            self.stack.append(self.pop(_TUPLES[name]))
        elif name in {"BINPUT", "LONG_BINPUT"}:
            self.memo[cast("int", argument)] = self.stack[-1]
        elif name in {"BINGET", "LONG_BINGET"}:
            self.stack.append(self.memo[cast("int", argument)])
        elif name not in {"PROTO", "STOP"}:
            self.build(name, argument)

    def build(self, name: str, argument: object) -> None:
        """Follow an opcode that names, fills or makes something."""
        if name == "MARK":
            self.marks.append(len(self.stack))
        elif name == "GLOBAL":
            self.stack.append(_check_name(str(argument)))
        elif name == "BINPERSID":
            self.stack.append(_make_storage(*self.pop(1)))
        elif name == "REDUCE":
            self.stack.append(_make(*self.pop(2)))
        elif name == "BUILD":
            # The state of a mapping is its version history, of no use here.
            self.pop(1)
        elif name in {"SETITEM", "SETITEMS", "APPENDS"}:
            self.fill(name)
        else:
            message = f"the opcode {name} is not one that named tensors need"
            raise ValueError(message)

    def pop(self, n_values: int | None = None) -> tuple[object, ...]:
        """Take the last values, down to the last mark where no number is given."""
        start = self.marks.pop() if n_values is None else len(self.stack) - n_values
        values = tuple(self.stack[start:])
        del self.stack[start:]
        return values

    def fill(self, name: str) -> None:
        """Add values to the list or mapping under them."""
        values = self.pop(2 if name == "SETITEM" else None)
        if name == "APPENDS":
            cast("list[object]", self.stack[-1]).extend(values)
        else:
            cast("dict[object, object]", self.stack[-1]).update(zip(values[::2], values[1::2], strict=True))


def _check_name(name: str) -> str:
    """Keep a name as text if it is one of the four; import nothing."""
    if name not in {MAPPING, TENSOR, *KINDS}:
        message = f"it names {name[:60]!r}"
        raise ValueError(message)
    return name


def _make_storage(described: object) -> Storage:
    """Read the description of a storage."""
    word, kind, key, _, n, view = cast("tuple[object, ...]", described)
    if word != "storage" or view is not None:
        message = "a storage is a view of another"
        raise ValueError(message)
    return Storage(KINDS[str(kind)], str(key), int(cast("int", n)))


def _make(name: object, arguments: object) -> object:
    """Make the record of a tensor, or an empty mapping; nothing is called."""
    if name == MAPPING:
        return {}
    if name != TENSOR:
        message = f"it calls {str(name)[:60]!r}"
        raise ValueError(message)
    storage, offset, shape, strides = cast("tuple[object, ...]", arguments)[:4]
    if not isinstance(storage, Storage):
        message = "a tensor lies over no storage"
        raise TypeError(message)
    return Tensor(storage, int(cast("int", offset)), cast("tuple[int, ...]", shape), cast("tuple[int, ...]", strides))
