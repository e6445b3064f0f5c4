"""A mapping whose values are made when first asked for, once, whatever the threads.

A page that asks one model must not wait for the trees of the others. Left out: letting go of what was made.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from typing import Any


class LazyMapping(Mapping[str, Any]):
    """Values by name, each from a maker that is called at most once.

    Parameters
    ----------
    makers : mapping of str to callable
        In the order in which the names are listed.

    Examples
    --------
    >>> made = LazyMapping({"one": lambda: [1], "two": lambda: 1 / 0})
    >>> list(made), made["one"] is made["one"]
    (['one', 'two'], True)
    """

    def __init__(self, makers: Mapping[str, Callable[[], Any]]) -> None:
        self._makers, self._lock = dict(makers), threading.Lock()
        self._made: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        """Return the value of a name; what its maker raises is raised."""
        with self._lock:
            if name not in self._made:
                self._made[name] = self._makers[name]()
            return self._made[name]

    def __iter__(self) -> Iterator[str]:
        """List the names."""
        return iter(self._makers)

    def __len__(self) -> int:
        """Count the names."""
        return len(self._makers)
