"""Frozen dataclasses as JSON text and back, by their type hints: nested ones, tuples and optional ones.

Infinite and missing numbers are written as text, since JSON has none. For a digest, numbers are cut to twelve digits,
so that another order of adding up does not show.

Left out: mappings and sets.
"""

from __future__ import annotations

import dataclasses
import json
import math
import types
import typing
from typing import Any, TypeVar

DIGITS = 12
_NAMES = {"inf": math.inf, "-inf": -math.inf, "nan": math.nan}
T = TypeVar("T")


def to_plain(value: Any, digits: int = 0) -> Any:
    """Turn a value into what JSON holds.

    Parameters
    ----------
    digits : int
        Significant digits kept of a number; 0 keeps all.

    Examples
    --------
    >>> to_plain((1.0, math.inf))
    [1.0, 'inf']
    """
    if dataclasses.is_dataclass(value):
        return {each.name: to_plain(getattr(value, each.name), digits) for each in dataclasses.fields(value)}
    if isinstance(value, tuple):
        return [to_plain(each, digits) for each in value]
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, float) and digits:
        return float(f"{value:.{digits}g}") + 0.0  # no minus zero
    return value


def to_text(value: Any, without: tuple[str, ...] = (), digits: int = DIGITS) -> str:
    """Write a dataclass as canonical JSON.

    Parameters
    ----------
    without : tuple of str
        Fields of the outermost that are left out.
    """
    plain = {name: each for name, each in to_plain(value, digits).items() if name not in without}
    return json.dumps(plain, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def from_plain(kind: type[T], plain: Any) -> T:
    """Build a dataclass from what :func:`to_plain` gave.

    Raises
    ------
    TypeError, KeyError, ValueError
        If a part is missing or wrong.

    Examples
    --------
    >>> from core.experimentation.ab_testing.proportions import Count
    >>> from_plain(Count, {"successes": 1, "n": 2})
    Count(successes=1, n=2)
    """
    hints = typing.get_type_hints(kind)
    # What was written before a setting was there has its default.
    parts = dataclasses.fields(kind)  # type: ignore[arg-type]
    there = [each.name for each in parts if each.name in plain or each.default is dataclasses.MISSING]
    return kind(**{name: _read(hints[name], plain[name]) for name in there})


def _read(hint: Any, plain: Any) -> Any:
    """Read one value by its type."""
    origin, inner = typing.get_origin(hint), typing.get_args(hint)
    if origin in {types.UnionType, typing.Union}:
        return None if plain is None else _read(next(each for each in inner if each is not type(None)), plain)
    if origin is tuple:
        kinds = [inner[0]] * len(plain) if len(inner) > 1 and inner[1] is Ellipsis else inner
        return tuple(_read(each, value) for each, value in zip(kinds, plain, strict=True))
    if dataclasses.is_dataclass(hint):
        return from_plain(hint, plain)  # type: ignore[arg-type]
    if hint is float:
        return _NAMES[plain] if isinstance(plain, str) else float(plain)
    return plain
