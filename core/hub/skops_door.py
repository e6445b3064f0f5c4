"""Import skops without what its import would drag in.

On import skops lists scikit-learn's estimators by walking through all of its packages, among them copies of other
projects' code, whose adapters import PyTorch and Dask where these are installed. Both so came into every process that
reads a model: 200 MB for a list that holds none of their types. Here the walk leaves those packages out.

Left out: reading and writing estimators (``packing``).
"""

from __future__ import annotations

import pkgutil
import sys
import threading
from collections.abc import Iterable, Iterator
from importlib import import_module
from types import SimpleNamespace
from typing import Any

SKIPPED = ("externals", "tests")
"""Packages in which scikit-learn's own listing takes no estimator either (``_MODULE_TO_IGNORE``)."""
_LOCK = threading.Lock()


def import_skops() -> Any:
    """Return the module ``skops.io``.

    Examples
    --------
    >>> import_skops().__name__
    'skops.io'
    """
    with _LOCK:
        if "skops.io" not in sys.modules:
            _import_by_short_walk()
    return sys.modules["skops.io"]


def _import_by_short_walk() -> None:
    """Import skops while scikit-learn's listing walks past what it ignores anyway."""
    discovery: Any = import_module("sklearn.utils.discovery")
    whole, discovery.pkgutil = discovery.pkgutil, SimpleNamespace(walk_packages=walk_packages)
    try:
        import_module("skops.io")
    finally:
        discovery.pkgutil = whole


def walk_packages(path: Iterable[str], prefix: str) -> Iterator[pkgutil.ModuleInfo]:
    """Yield all modules below a path as ``pkgutil.walk_packages`` does, without those of ``SKIPPED``.

    Examples
    --------
    >>> import json
    >>> sorted(each.name for each in walk_packages(json.__path__, "json."))
    ['json.decoder', 'json.encoder', 'json.scanner', 'json.tool']
    """
    for each in pkgutil.iter_modules(path, prefix):
        if each.name.rpartition(".")[2] in SKIPPED:
            continue
        yield each
        if each.ispkg:
            yield from walk_packages(import_module(each.name).__path__, f"{each.name}.")
