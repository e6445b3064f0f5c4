"""Open a network stored as ONNX: one place for its threads, its errors and what is kept of its bytes.

One thread a question unless more are asked for: a server answers several persons at once, and its cores are shared.

Left out: making graphs, which each project does when it has trained, and what goes in and comes out of them.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import Any, Generic, TypeVar

from core.hub.errors import ArtifactError
from core.hub.kept import forget_with_rest

SILENT = 3
OpenedT = TypeVar("OpenedT")


def open_session(
    content: bytes, threads: int = 1, *, what: str = "network", entries: Mapping[str, str] | None = None
) -> Any:
    """Open an ONNX file for questions on the processor.

    Parameters
    ----------
    content : bytes
        The file.
    threads : int
        Threads of one question.
    what : str
        What the file is, for the sentence of a refusal.
    entries : mapping of str to str, optional
        ONNX Runtime's own settings of a session (its ``onnxruntime_session_options_config_keys.h``).

    Returns
    -------
    onnxruntime.InferenceSession
        Read-only, so threads may share it.

    Raises
    ------
    ArtifactError
        If the bytes are no network that ONNX Runtime can read.

    Examples
    --------
    >>> open_session(b"torn")
    Traceback (most recent call last):
    core.hub.errors.ArtifactError: the stored network cannot be read (InvalidProtobuf); train it again
    """
    import onnxruntime
    from onnxruntime.capi import onnxruntime_pybind11_state as faults

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
    options.log_severity_level = SILENT
    options.enable_cpu_mem_arena = False  # it never shrinks, and allocating anew costs two questions in a hundred
    for name, value in (entries or {}).items():
        options.add_session_config_entry(name, value)
    damage = (faults.Fail, faults.InvalidProtobuf, faults.InvalidGraph, faults.InvalidArgument, faults.NotImplemented)
    try:
        session = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    except (*damage, faults.RuntimeException) as error:
        message = f"the stored {what} cannot be read ({type(error).__name__}); train it again"
        raise ArtifactError(message) from error
    # It keeps the file for a change of provider, of which there is one: as many bytes again as the weights take.
    session._model_bytes = None  # noqa: SLF001 — nothing public lets go of it
    return session


class OpenedOnce(Generic[OpenedT]):
    """Remember what was opened from bytes, without the bytes, until ``kept.let_go``.

    Bytes are known again by Python's hash of them, 64 bits under a key that is new in each process, and their length.

    Parameters
    ----------
    most : int
        How many are remembered; the one unused for longest goes first.

    Examples
    --------
    >>> opened = OpenedOnce(2)
    >>> opened.find((b"ab", b"c"), lambda: ["opened"]) is opened.find((b"ab", b"c"), list)
    True
    >>> opened.find((b"a", b"bc"), list)
    []
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._known: OrderedDict[tuple[tuple[int, int], ...], OpenedT] = OrderedDict()
        self._lock = threading.Lock()
        forget_with_rest(self.forget)

    def find(self, contents: tuple[bytes, ...], make: Callable[[], OpenedT]) -> OpenedT:
        """Return what was made of these bytes, made now where it is not known."""
        key = tuple((len(content), hash(content)) for content in contents)
        with self._lock:
            if key in self._known:
                self._known.move_to_end(key)
                return self._known[key]
        made = make()  # outside the lock: opening takes long, and twice at once does no harm
        with self._lock:
            found = self._known.setdefault(key, made)
            while len(self._known) > self._most:
                self._known.popitem(last=False)
        return found

    def forget(self) -> None:
        """Forget all; what somebody still uses lives as long as that."""
        with self._lock:
            self._known.clear()
