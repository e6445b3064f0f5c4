"""Read a pickled data frame as plain data: no class of the file is imported and nothing in it is called.

A pickle is a program, and running one from a package would run whatever its author wrote. Here the opcodes, as
``pickletools.genops`` decodes them, only build records: a name to import stays text, a call stays a :class:`Call`. The
frame is then put together from the few calls that pandas writes, and any other one is refused.

Method: the protocol as documented in ``pickletools``, https://docs.python.org/3/library/pickletools.html.

Left out: frames with categorical, dated or extension columns, and an index that is not 0 to n - 1.
"""

from __future__ import annotations

import pickletools
from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

import numpy as np
import pandas as pd

from core.hub.errors import DataError

BUFFERS = ("numpy.core.numeric._frombuffer", "numpy._core.numeric._frombuffer")
ARRAYS = ("numpy.core.multiarray._reconstruct", "numpy._core.multiarray._reconstruct")


@dataclass(slots=True, eq=False)
class Call:
    """A call that a pickle asks for, kept as data: what it names, with which arguments and state."""

    name: str
    arguments: tuple[object, ...]
    state: object = None


def read_frame(content: bytes) -> pd.DataFrame:
    """Read the frame in a pickle without running it.

    Parameters
    ----------
    content : bytes
        A pickle of protocol 4 or 5, decompressed.

    Returns
    -------
    DataFrame of shape (n_rows, n_columns)
        Numbers and text in the order of the columns.

    Raises
    ------
    DataError
        If the pickle is damaged or holds anything but a frame of numbers and text.
    """
    try:
        frame = _expect(read_calls(content), "pandas.core.frame.DataFrame")
        manager = _expect(cast("dict[str, object]", frame.state)["_mgr"], "pandas.core.internals.managers.BlockManager")
        blocks, axes = cast("tuple[tuple[Call, ...], list[Call]]", manager.arguments[:2])
        return _join_blocks(blocks, axes)
    except (ValueError, TypeError, KeyError, IndexError, AttributeError) as error:
        message = f"the pickled table cannot be read as plain data ({error}); use another version of its package"
        raise DataError(message) from error


def _expect(value: object, *names: str) -> Call:
    """Return a call after checking that it is one of those expected."""
    if not isinstance(value, Call) or value.name not in names:
        found = value.name if isinstance(value, Call) else type(value).__name__
        message = f"found {found} in place of {names[0]}"
        raise ValueError(message)
    return value


def _join_blocks(blocks: tuple[Call, ...], axes: list[Call]) -> pd.DataFrame:
    """Put the columns of every block at their places."""
    index = _expect(axes[0], "pandas.core.indexes.base._new_Index")
    names = _read_array(cast("dict[str, object]", index.arguments[1])["data"]).tolist()
    columns: dict[int, np.ndarray] = {}
    for block in blocks:
        values, places = _expect(block, "pandas._libs.internals._unpickle_block").arguments[:2]
        columns |= dict(zip(_read_places(places), _read_array(values), strict=True))
    return pd.DataFrame({name: columns[place] for place, name in enumerate(names)})


def _read_places(places: object) -> list[int]:
    """Read which columns a block holds: a slice or a list of numbers."""
    if isinstance(places, Call) and places.name == "builtins.slice":
        start, stop, step = (int(cast("int", part)) for part in places.arguments)
        return list(range(start, stop, step))
    return [int(place) for place in _read_array(places)]


def _read_array(value: object) -> np.ndarray:
    """Read an array that was written as its bytes, or as a list of its objects."""
    call = _expect(value, *BUFFERS, *ARRAYS)
    if call.name in BUFFERS:
        content, kind, shape, order = call.arguments
    else:
        _, shape, kind, by_column, content = cast("tuple[object, ...]", call.state)
        order = "F" if by_column else "C"
    if isinstance(content, list):
        array = np.empty(len(content), dtype=object)
        array[:] = content
    else:
        array = np.frombuffer(cast("bytes", content), dtype=_read_kind(kind))
    return array.reshape(cast("tuple[int, ...]", shape), order="F" if order == "F" else "C")


def _read_kind(value: object) -> np.dtype[np.generic]:
    """Read an array's number type; its state holds the byte order."""
    call = _expect(value, "numpy.dtype")
    order = cast("tuple[object, ...]", call.state)[1]
    return np.dtype(str(call.arguments[0])).newbyteorder("<" if order == "<" else "=")


def read_calls(content: bytes) -> object:
    r"""Follow a pickle's opcodes and return what it would build, every call unmade.

    Raises
    ------
    ValueError
        If the pickle is damaged or uses an opcode that a plain frame does not need.

    Examples
    --------
    >>> read_calls(b"\x80\x04cos\nsystem\n\x8c\x02ls\x85R.")
    Traceback (most recent call last):
    ...
    ValueError: the opcode GLOBAL is not one that a plain table needs
    """
    reader = _Reader()
    for opcode, argument, _ in pickletools.genops(content):
        reader.follow(opcode.name, argument)
    return reader.stack[-1]


class _Reader:
    """A pickle's stack and memo; each method is one or two opcodes."""

    def __init__(self) -> None:
        self.stack: list[object] = []
        self.marks: list[int] = []
        self.memo: list[object] = []

    def follow(self, name: str, argument: object) -> None:
        """Follow one opcode."""
        if name in _CONSTANTS:
            self.stack.append(argument)
        elif name in PLAIN_VALUES:
            self.stack.append(PLAIN_VALUES[name]())
        elif name in {"BINGET", "LONG_BINGET"}:
            self.stack.append(self.memo[cast("int", argument)])
        elif name in _OPCODES:
            _OPCODES[name](self)
        elif name not in {"PROTO", "FRAME", "STOP"}:
            message = f"the opcode {name} is not one that a plain table needs"
            raise ValueError(message)

    def memoize(self) -> None:
        """Remember the top of the stack."""
        self.memo.append(self.stack[-1])

    def mark(self) -> None:
        """Remember where a list of values begins."""
        self.marks.append(len(self.stack))

    def pop(self, n_values: int | None = None) -> tuple[object, ...]:
        """Take the last values, down to the last mark where no number is given."""
        start = self.marks.pop() if n_values is None else len(self.stack) - n_values
        values = tuple(self.stack[start:])
        del self.stack[start:]
        return values

    def add_tuple(self, n_values: int | None = None) -> None:
        """Join the last values into a tuple."""
        self.stack.append(self.pop(n_values))

    def append(self) -> None:
        """Add values to the list under them."""
        values = self.pop()
        cast("list[object]", self.stack[-1]).extend(values)

    def set_items(self, n_values: int | None = None) -> None:
        """Add keys and values to the mapping under them."""
        values = self.pop(n_values)
        cast("dict[object, object]", self.stack[-1]).update(zip(values[::2], values[1::2], strict=True))

    def add_global(self) -> None:
        """Join a module and a name, importing nothing."""
        self.stack.append(".".join(map(str, self.pop(2))))

    def add_call(self) -> None:
        """Record a call of a name with its arguments, making none."""
        name, arguments = self.pop(2)
        self.stack.append(Call(str(name), cast("tuple[object, ...]", arguments)))

    def set_state(self) -> None:
        """Record the state that a call's result would be given."""
        (state,) = self.pop(1)
        cast("Call", self.stack[-1]).state = state


_CONSTANTS = {"SHORT_BINUNICODE", "BINUNICODE", "BINFLOAT", "BININT", "BININT1", "BININT2"} | {
    "SHORT_BINBYTES", "BINBYTES", "BYTEARRAY8",
}  # fmt: skip
PLAIN_VALUES: dict[str, Callable[[], object]] = {
    "NONE": lambda: None,
    "NEWTRUE": lambda: True,
    "NEWFALSE": lambda: False,
    "EMPTY_DICT": dict,
    "EMPTY_LIST": list,
    "EMPTY_TUPLE": tuple,
}
_OPCODES: dict[str, Callable[[_Reader], None]] = {
    "MEMOIZE": _Reader.memoize,
    "MARK": _Reader.mark,
    "TUPLE": _Reader.add_tuple,
    "TUPLE1": lambda reader: reader.add_tuple(1),
    "TUPLE2": lambda reader: reader.add_tuple(2),
    "TUPLE3": lambda reader: reader.add_tuple(3),
    "APPENDS": _Reader.append,
    "SETITEM": lambda reader: reader.set_items(2),
    "SETITEMS": _Reader.set_items,
    "STACK_GLOBAL": _Reader.add_global,
    "REDUCE": _Reader.add_call,
    "NEWOBJ": _Reader.add_call,
    "BUILD": _Reader.set_state,
}
