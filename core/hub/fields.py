"""From a Recipe or Inputs dataclass to its form, its JSON and its validation: one description, so they cannot drift.

A field is read from its type: ``Annotated[int, Range(1, 50)]`` is a slider, ``Literal["a", "b"]`` a choice,
``tuple[Literal[...], ...]`` several choices, ``bool`` a switch, ``str`` a text. ``Label`` names it on screen.

Left out: drawing, which is ``pages/kit/forms.py``.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import math
import typing
from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated, Any, Literal, TypeVar

from core.hub.contract import Label, Length, Range
from core.hub.errors import RecipeError

FieldKind = Literal["integer", "number", "switch", "choice", "choices", "text"]
T = TypeVar("T")
MAX_TEXT = 10_000


@dataclass(frozen=True, slots=True)
class FieldSpec:
    """All that a form, a validator and an API schema need to know of one field.

    Parameters
    ----------
    name : str
        The dataclass field, or the column of a table.
    default : object
        Value shown first; None where the person must choose.
    low, high, step : float, optional
        Closed range and widget step of a number.
    choices : tuple of str
        Allowed values of ``choice`` and ``choices``.
    longest : int
        Most characters of a text.
    """

    name: str
    kind: FieldKind
    default: Any = None
    low: float | None = None
    high: float | None = None
    step: float | None = None
    log: bool = False
    choices: tuple[str, ...] = ()
    label: str = ""
    help: str = ""
    unit: str = ""
    longest: int = MAX_TEXT


def make_fields(cls: type) -> tuple[FieldSpec, ...]:
    """Describe every field of a dataclass, in order.

    Raises
    ------
    ValueError
        If a field's type has no widget.

    Examples
    --------
    >>> from core.hub.contract import Label, Range
    >>> @dataclasses.dataclass(frozen=True)
    ... class Recipe:
    ...     neighbours: Annotated[int, Range(1, 50), Label("Neighbours")] = 5
    >>> spec, = make_fields(Recipe)
    >>> spec.kind, spec.low, spec.high, spec.default, spec.label
    ('integer', 1, 50, 5, 'Neighbours')
    """
    return _read_fields(cls)


@lru_cache(maxsize=256)
def _read_fields(cls: type) -> tuple[FieldSpec, ...]:
    """Describe the fields of a dataclass once: reading its hints takes longer than checking a case against them."""
    hints = typing.get_type_hints(cls, include_extras=True)
    return tuple(_make_field(each, hints[each.name]) for each in dataclasses.fields(cls))


def _make_field(each: dataclasses.Field[Any], hint: Any) -> FieldSpec:
    """Describe one field from its annotated type."""
    extras: tuple[Any, ...] = ()
    if typing.get_origin(hint) is Annotated:
        hint, *rest = typing.get_args(hint)
        extras = tuple(rest)
    span = next((extra for extra in extras if isinstance(extra, Range)), None)
    label = next(
        (extra for extra in extras if isinstance(extra, Label)), Label(each.name.replace("_", " ").capitalize())
    )
    length = next((extra for extra in extras if isinstance(extra, Length)), Length(MAX_TEXT))
    kind, choices = _find_kind(each.name, hint)
    return FieldSpec(
        name=each.name,
        kind=kind,
        default=None if each.default is dataclasses.MISSING else each.default,
        low=span.low if span else None,
        high=span.high if span else None,
        step=span.step if span else None,
        log=span.log if span else False,
        choices=choices,
        label=label.text,
        help=label.help,
        unit=label.unit,
        longest=length.most,
    )


def _find_kind(name: str, hint: Any) -> tuple[FieldKind, tuple[str, ...]]:
    """Name the widget of a bare type, with its choices."""
    if typing.get_origin(hint) is Literal:
        return "choice", tuple(str(choice) for choice in typing.get_args(hint))
    if typing.get_origin(hint) is tuple and typing.get_origin(typing.get_args(hint)[0]) is Literal:
        return "choices", tuple(str(choice) for choice in typing.get_args(typing.get_args(hint)[0]))
    plain: dict[Any, FieldKind] = {bool: "switch", int: "integer", float: "number", str: "text"}
    if hint not in plain:
        message = f"field {name} has type {hint!r}, which no widget draws"
        raise ValueError(message)
    return plain[hint], ()


def validate_fields(specs: tuple[FieldSpec, ...], values: dict[str, Any]) -> None:
    """Check every value against its field, whatever a widget already promised.

    Raises
    ------
    RecipeError
        With the field, its value and its limit in one sentence.
    """
    for spec in specs:
        _validate_value(spec, values.get(spec.name))


def _validate_value(spec: FieldSpec, value: Any) -> None:
    """Check one value against its field."""
    if value is None:
        message = f"{spec.name} is missing; give it a value"
        raise RecipeError(message)
    if spec.kind in {"integer", "number"}:
        _validate_number(spec, value)
    elif spec.kind in {"choice", "choices"}:
        _validate_choice(spec, value)
    elif spec.kind == "switch" and not isinstance(value, bool):
        message = f"{spec.name} is {value!r}; it must be true or false"
        raise RecipeError(message)
    elif spec.kind == "text" and (not isinstance(value, str) or len(value) > spec.longest):
        message = f"{spec.name} must be a text of at most {spec.longest} characters"
        raise RecipeError(message)


def _validate_choice(spec: FieldSpec, value: Any) -> None:
    """Check that everything chosen is among the choices."""
    if spec.kind == "choices" and not isinstance(value, (tuple, list)):
        message = f"{spec.name} is {value!r}; it must be a list of some of {', '.join(spec.choices)}"
        raise RecipeError(message)
    for one in value if spec.kind == "choices" else (value,):
        if one not in spec.choices:
            message = f"{spec.name} is {one!r}; it must be one of {', '.join(spec.choices)}"
            raise RecipeError(message)


def _validate_number(spec: FieldSpec, value: Any) -> None:
    """Check a number's type and range."""
    right_type = isinstance(value, int if spec.kind == "integer" else (int, float)) and not isinstance(value, bool)
    if not right_type or not math.isfinite(value):
        message = f"{spec.name} is {value!r}; it must be {'a whole number' if spec.kind == 'integer' else 'a number'}"
        raise RecipeError(message)
    low, high = spec.low, spec.high
    if (low is not None and value < low) or (high is not None and value > high):
        message = f"{spec.name} is {value:g}; it must be {_show(low)} to {_show(high)}"
        raise RecipeError(message)


def _show(bound: float | None) -> str:
    """Write a bound without needless decimals."""
    return "any" if bound is None else f"{bound:g}"


def validate_recipe(recipe: Any) -> None:
    """Check a Recipe or Inputs against its own types; see :func:`validate_fields`."""
    validate_fields(
        make_fields(type(recipe)), {each.name: getattr(recipe, each.name) for each in dataclasses.fields(recipe)}
    )


def recipe_to_json(recipe: Any) -> str:
    """Write a Recipe as canonical JSON: sorted keys, no spaces, so that equal recipes give equal text."""
    return json.dumps(dataclasses.asdict(recipe), sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def recipe_from_json(cls: type[T], text: str) -> T:
    """Read a Recipe back and validate it.

    Raises
    ------
    RecipeError
        If the text is not JSON, names an unknown field, or a value is out of range.
    """
    try:
        values = json.loads(text)
    except json.JSONDecodeError as error:
        message = f"the recipe is not JSON: {error.msg} at character {error.pos}"
        raise RecipeError(message) from error
    return make_recipe(cls, values)


def make_recipe(cls: type[T], values: Any) -> T:
    """Build and validate a Recipe or Inputs from plain values, as a form, a URL or an API request gives them."""
    specs = {spec.name: spec for spec in make_fields(cls)}
    if not isinstance(values, dict) or not set(values) <= set(specs):
        unknown = sorted(set(values) - set(specs)) if isinstance(values, dict) else [repr(values)[:40]]
        message = f"unknown settings {', '.join(map(str, unknown))}; known are {', '.join(specs)}"
        raise RecipeError(message)
    full = {name: values.get(name, spec.default) for name, spec in specs.items()}
    full = {name: tuple(value) if isinstance(value, list) else value for name, value in full.items()}
    validate_fields(tuple(specs.values()), full)
    return cls(**full)


def make_key(*parts: str) -> str:
    """Hash texts into one cache or deduplication key (sha256, hex)."""
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()
