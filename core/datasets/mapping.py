"""Find the columns that a model needs in a table that calls them something else.

Five passes, the surest first, each over all needed columns before the next begins, so that a loose match never takes a
column that fits another exactly: the same name; the same name but for case, accents and separators; a synonym; the same
without its unit ("Sepal length (cm)"); the same words in another order ("radius_mean" for mean_radius).

Left out: spelling mistakes and meanings; units are not converted, but values far from the training range are reported.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.datasets.fixes.wording import count_of, cut, list_names, show_value, split_words
from core.datasets.table import ColumnKind, Table

_BRACKETS = re.compile(r"[(\[{][^)\]}]*[)\]}]\s*$")
_UNIT_WORDS = """
cm mm m km in inch inches ft g kg mg lb lbs oz l ml s ms sec seconds min minutes h hours days years yrs
usd eur gbp dollars euros percent pct c f celsius fahrenheit kelvin hz w kw kwh
"""
UNITS = frozenset(_UNIT_WORDS.split())


@dataclass(frozen=True, slots=True)
class NeededColumn:
    """A column that a model was trained on.

    Parameters
    ----------
    low, high : float, optional
        The range of a number in the training data.
    categories : tuple of str
        The categories seen in training.
    synonyms : tuple of str
        Other names it goes by.
    """

    name: str
    kind: ColumnKind
    low: float | None = None
    high: float | None = None
    categories: tuple[str, ...] = ()
    synonyms: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class ColumnMapping:
    """How a table's columns serve a model.

    Parameters
    ----------
    found : mapping of needed name to the table's column
    missing : tuple of str
        Needed names without a column.
    ignored : tuple of str
        Columns of the table that the model does not use.
    out_of_range : tuple of str
        One sentence per column whose values the model has not been trained for.
    """

    found: Mapping[str, str]
    missing: tuple[str, ...]
    ignored: tuple[str, ...]
    out_of_range: tuple[str, ...]


def map_columns(table: Table, needed: Mapping[str, NeededColumn]) -> ColumnMapping:
    """Match a table's columns with the ones a model needs, and compare their values with its training data.

    Examples
    --------
    >>> frame = pd.DataFrame({"Petal.Length": [1.4, 99.0], "note": ["a", "b"]})
    >>> table = Table(frame, "mine", "upload", "", {"Petal.Length": "number", "note": "text"})
    >>> needed = {n: NeededColumn(n, "number", 1.0, 6.9) for n in ("petal_length", "petal_width")}
    >>> mapping = map_columns(table, needed)
    >>> mapping.found, mapping.missing, mapping.ignored
    ({'petal_length': 'Petal.Length'}, ('petal_width',), ('note',))
    >>> mapping.out_of_range
    ('Petal.Length: 1 of 2 values outside 1 to 6.9, the range seen in training (found 1.4 to 99); check its unit',)
    """
    found: dict[str, str] = {}
    free = list(table.frame.columns)
    for make_key, with_synonyms in _PASSES:
        _match(found, free, {name: _keys(column, make_key, with_synonyms) for name, column in needed.items()}, make_key)
    ordered = {name: found[name] for name in needed if name in found}
    sentences = (_check_values(table, ordered[name], needed[name]) for name in ordered)
    return ColumnMapping(
        found=ordered,
        missing=tuple(name for name in needed if name not in found),
        ignored=tuple(free),
        out_of_range=tuple(sentence for sentence in sentences if sentence),
    )


def _keys(column: NeededColumn, make_key: Callable[[str], str], with_synonyms: bool) -> set[str]:
    """Return what a column's name must be in one pass to be this one."""
    names = (column.name, *column.synonyms) if with_synonyms else (column.name,)
    return {make_key(name) for name in names} - {""}


def _match(
    found: dict[str, str], free: list[str], wanted: Mapping[str, set[str]], make_key: Callable[[str], str]
) -> None:
    """Match what is still open in one pass; a matched column is no longer free."""
    for name, keys in wanted.items():
        hit = next((each for each in free if make_key(each) in keys), None) if name not in found else None
        if hit is not None:
            found[name] = hit
            free.remove(hit)


def normalise(name: str) -> str:
    """Write a column's name without case, accents and separators.

    Examples
    --------
    >>> normalise("Sepal.Length"), normalise("SEPAL_LENGTH"), normalise("Größe")
    ('sepallength', 'sepallength', 'grosse')
    """
    return "".join(split_words(name))


def _without_unit(name: str) -> str:
    """Normalise without a unit at the end or a bracket: "Sepal length (cm)" is sepallength."""
    words = split_words(_BRACKETS.sub("", name))
    while len(words) > 1 and words[-1] in UNITS:
        words.pop()
    return "".join(words)


def _sorted_words(name: str) -> str:
    """Normalise with the words in alphabetical order and without a unit."""
    words = split_words(_BRACKETS.sub("", name))
    return " ".join(sorted(word for word in words if word not in UNITS))


_PASSES: tuple[tuple[Callable[[str], str], bool], ...] = (
    (str, False),
    (normalise, False),
    (normalise, True),
    (_without_unit, True),
    (_sorted_words, True),
)


def _check_values(table: Table, column: str, needed: NeededColumn) -> str:
    """Say how a column's values differ from the training data; empty when they do not."""
    if needed.kind == "number":
        return _check_numbers(table, column, needed)
    if needed.kind == "category" and needed.categories:
        return _check_categories(table.frame[column], needed)
    return ""


def _check_numbers(table: Table, column: str, needed: NeededColumn) -> str:
    """Compare numbers with the training range."""
    name = cut(column)
    if table.kinds[column] != "number" and not pd.api.types.is_numeric_dtype(table.frame[column]):
        return (
            f"{name}: the model needs numbers and this column is of type {table.kinds[column]}; set its type to Number"
        )
    values = table.numbers(column)
    values = values[~np.isnan(values)]
    low = -np.inf if needed.low is None else needed.low
    high = np.inf if needed.high is None else needed.high
    n_out = int(((values < low) | (values > high)).sum())
    if not n_out:
        return ""
    counted = f"{n_out:,} of {count_of(len(values), 'value')}"
    return (
        f"{name}: {counted} outside {low:g} to {high:g}, the range seen in training "
        f"(found {values.min():g} to {values.max():g}); check its unit"
    )


def _check_categories(column: pd.Series, needed: NeededColumn) -> str:
    """Compare categories with those seen in training."""
    counts = column.value_counts()
    strange = counts[[show_value(value) not in needed.categories for value in counts.index]]
    if not len(strange):
        return ""
    shown = list_names([repr(cut(show_value(value))) for value in strange.index])
    return (
        f"{cut(str(column.name))}: {shown} in {count_of(int(strange.sum()), 'row')} never seen in training; "
        f"known are {list_names(needed.categories)}"
    )
