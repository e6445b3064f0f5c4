"""Import skops without what its import would drag in.

On import skops asks scikit-learn for a list of its estimators, which walks through all of its packages, among them
copies of other projects' code, whose adapters import PyTorch and Dask where these are installed, and its tools for
tests, which import pytest. All of it so came into every process that reads a model: over 200 MB for a list that holds
none of their types. Here the same list is made without them.

Left out: reading and writing estimators (``packing``).
"""

from __future__ import annotations

import inspect
import pkgutil
import sys
import threading
from collections.abc import Iterable, Iterator
from importlib import import_module
from typing import Any

SKIPPED = ("externals", "tests", "conftest", "experimental", "datasets", "utils")
"""Packages in which scikit-learn's own listing takes no estimator, or that hold none."""
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
            _import_by_short_list()
    return sys.modules["skops.io"]


def _import_by_short_list() -> None:
    """Import skops while scikit-learn lists its estimators as here."""
    tools: Any = import_module("sklearn.utils")
    whole, tools.all_estimators = tools.all_estimators, list_estimators
    try:
        import_module("skops.io")
    finally:
        tools.all_estimators = whole


def list_estimators() -> list[tuple[str, type]]:
    """List scikit-learn's estimators by name, as ``sklearn.utils.all_estimators`` does.

    Examples
    --------
    >>> dict(list_estimators())["LogisticRegression"].__module__
    'sklearn.linear_model._logistic'
    """
    from sklearn.base import BaseEstimator

    package = import_module("sklearn")
    modules = [import_module(each.name) for each in walk_packages(package.__path__, "sklearn.")]
    found = {each for module in modules for each in inspect.getmembers(module, inspect.isclass)}
    kinds = {each for each in found if issubclass(each[1], BaseEstimator) and not each[0].startswith("_")}
    return sorted(
        (each for each in kinds if each[1] is not BaseEstimator and not inspect.isabstract(each[1])),
        key=lambda each: (each[0], each[1].__module__),
    )


def walk_packages(path: Iterable[str], prefix: str) -> Iterator[pkgutil.ModuleInfo]:
    """Yield all public modules below a path, those of ``SKIPPED`` left out.

    Examples
    --------
    >>> import json
    >>> sorted(each.name for each in walk_packages(json.__path__, "json."))
    ['json.decoder', 'json.encoder', 'json.scanner', 'json.tool']
    """
    for each in pkgutil.iter_modules(path, prefix):
        name = each.name.rpartition(".")[2]
        if name in SKIPPED or name.startswith("_"):
            continue
        yield each
        if each.ispkg:
            yield from walk_packages(import_module(each.name).__path__, f"{each.name}.")
