"""What a process keeps so as to answer sooner, known in one place, so that it can be let go of while nobody is there.

``keep`` is ``functools.lru_cache`` for models and data: whatever it holds can be read again from its file.

Left out: when to let go (``deploy/hub_app``), and what Streamlit keeps (``pages/kit/startup``).
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
from functools import lru_cache
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable
    from functools import _lru_cache_wrapper

ValueT = TypeVar("ValueT")
_FORGETTERS: list[Callable[[], object]] = []


def keep(most: int = 1) -> Callable[[Callable[..., ValueT]], _lru_cache_wrapper[ValueT]]:
    """Keep what a function made until :func:`let_go`.

    Parameters
    ----------
    most : int
        How many values are kept; the one unused for longest goes first.

    Examples
    --------
    >>> @keep()
    ... def load_model():
    ...     return ["weights"]
    >>> first = load_model()
    >>> first is load_model()
    True
    >>> let_go()
    >>> first is load_model()
    False
    """

    def wrap(make: Callable[..., ValueT]) -> _lru_cache_wrapper[ValueT]:
        kept = lru_cache(maxsize=most)(make)
        forget_with_rest(kept.cache_clear)
        return kept

    return wrap


def forget_with_rest(forget: Callable[[], object]) -> None:
    """Have a function called by :func:`let_go` that forgets what its owner keeps."""
    _FORGETTERS.append(forget)


def let_go() -> None:
    """Forget everything that is kept, and hand its memory back to the system."""
    for forget in _FORGETTERS:
        forget()
    settle()


def settle() -> None:
    """Collect garbage, hand freed memory back, and set aside what lives on.

    Streamlit collects all garbage after every run of a page; what is set aside need not be searched. Only glibc keeps
    freed memory, and only glibc can be told.

    References
    ----------
    https://docs.python.org/3/library/gc.html#gc.freeze, https://man7.org/linux/man-pages/man3/malloc_trim.3.html
    """
    gc.unfreeze()
    gc.collect()
    gc.freeze()
    with contextlib.suppress(AttributeError, OSError):
        ctypes.CDLL(None).malloc_trim(0)
