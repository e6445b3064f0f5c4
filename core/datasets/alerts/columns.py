"""Alerts about whole columns: empty, constant, identifiers, copies of another, and too many categories.

Left out: what is in the cells (``values``, ``spellings``), and how a column goes with the target (``leak``).
"""

from __future__ import annotations

from typing import Literal

import numpy as np
import pandas as pd

from core.datasets.alerts.profile import Alert, Profile
from core.datasets.fixes import Fix
from core.datasets.fixes.wording import count_of, cut, list_names, show_value
from core.datasets.tally import tally_column

MANY_VALUES = 50
MANY_SHARE = 0.2  # of the rows, on top: a fifth of the rows with a value of their own
SAMPLE_ROWS = 1_000


def find_empty(profile: Profile) -> list[Alert]:
    """Report features without any value."""
    empty = [name for name in profile.table.features if profile.missing[name] == profile.n_rows]
    sentence = f"{count_of(len(empty), 'column')} without any value: {list_names(empty)}."
    return _about("empty_column", empty, sentence, "drop_column")


def find_constant(profile: Profile) -> list[Alert]:
    """Report features with one value in every row that has one."""
    same = [name for name in profile.of_kind("number", "category", "text", "date") if _is_constant(profile, name)]
    values = {name: show_value(profile.table.frame[name].dropna().iloc[0]) for name in same}
    shown = list_names([f"{name} ({value})" for name, value in values.items()])
    verb = "has one value only and tells" if len(same) == 1 else "have one value only and tell"
    return _about("constant", same, f"{shown} {verb} no rows apart.", "drop_column")


def _is_constant(profile: Profile, name: str) -> bool:
    """Tell whether a column holds a single value, missing ones aside."""
    return tally_column(profile.table, name).distinct == 1


def find_ids(profile: Profile) -> list[Alert]:
    """Report features that only name their rows."""
    ids = [name for name in profile.table.features if name in profile.ids]
    verb = "looks like an identifier" if len(ids) == 1 else "look like identifiers"
    sentence = f"{list_names(ids)} {verb}: nearly every row has a value of its own, which a model would learn by heart."
    return _about("id_like", ids, sentence, "ignore_column")


def find_many(profile: Profile) -> list[Alert]:
    """Report categories with so many values that most are too rare to learn from."""
    limit = max(MANY_VALUES, MANY_SHARE * profile.n_rows)
    sizes = {name: len(profile.counts[name]) for name in profile.of_kind("category")}
    many = [name for name, size in sizes.items() if size > limit and name not in profile.ids | profile.numerals]
    shown = list_names([f"{name} ({sizes[name]:,})" for name in many])
    sentence = f"So many categories for {count_of(profile.n_rows, 'row')} that most are seen too rarely: {shown}."
    return _about("high_cardinality", many, sentence, "ignore_column")


def find_copies(profile: Profile) -> list[Alert]:
    """Report features equal to an earlier one in every row."""
    pairs = _find_pairs(profile)
    shown = list_names([f"{copy} = {first}" for copy, first in pairs])
    verb = "equals" if len(pairs) == 1 else "equal"
    sentence = f"{count_of(len(pairs), 'column')} {verb} another in every row: {shown}."
    return _about("duplicate_columns", [copy for copy, _ in pairs], sentence, "drop_column")


def _find_pairs(profile: Profile) -> list[tuple[str, str]]:
    """Pair each copy with the first column it equals: candidates from the first rows, then every row."""
    seen: dict[tuple[bool, bytes], list[str]] = {}
    pairs = []
    for name in profile.of_kind("number", "category", "text", "date"):
        key = (profile.table.kinds[name] == "number", _read_head(profile, name))
        first = next((other for other in seen.get(key, []) if _are_equal(profile, other, name)), None)
        if first is None:
            seen.setdefault(key, []).append(name)
        elif not _is_constant(profile, name):
            pairs.append((name, first))
    return pairs


def _read_head(profile: Profile, name: str) -> bytes:
    """Return bytes of a column's first rows that are equal for equal columns."""
    if profile.table.kinds[name] == "number":
        return profile.table.numbers(name)[:SAMPLE_ROWS].tobytes()
    codes = tally_column(profile.table, name).codes[:SAMPLE_ROWS]
    if len(codes):
        return codes.tobytes()
    head = profile.table.frame[name].iloc[:SAMPLE_ROWS]
    return pd.util.hash_pandas_object(head, index=False).to_numpy().tobytes()


def _are_equal(profile: Profile, first: str, second: str) -> bool:
    """Compare two columns of one kind in every row; missing equals missing."""
    if profile.table.kinds[first] == "number":
        return np.array_equal(profile.table.numbers(first), profile.table.numbers(second), equal_nan=True)
    return profile.table.frame[first].equals(profile.table.frame[second].rename(first))


def _about(kind: str, names: list[str], sentence: str, what: Literal["drop_column", "ignore_column"]) -> list[Alert]:
    """Make the alert and its fix, if any column is concerned."""
    if not names:
        return []
    label = f"{'Drop' if what == 'drop_column' else 'Set aside'} {_shown(names)}"
    return [Alert(kind, "warning", tuple(names), sentence, Fix(what, tuple(names), (), label))]


def _shown(names: list[str]) -> str:
    """Name one column, or say how many."""
    return cut(names[0]) if len(names) == 1 else f"{len(names)} columns"
