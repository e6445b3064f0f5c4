"""Whether a table suits a project, in one line that names the value, the limit and the remedy.

A column can be a class when it has two to ``max_classes`` values; measured numbers (1.2, 3.7) and dates cannot. Columns
are asked on their first rows before all rows are read, so that Home can ask for every page.

Left out: which column is the likeliest (``likely_targets``); what a model makes of the features; text columns count as
features of no table model.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.datasets.alerts.ids import is_id_like
from core.datasets.fixes.wording import count_of, cut, list_names, show_value
from core.datasets.likely_targets import NUMBER_NAMES, UNNAMED, count_values, find_alike, rank_columns, rank_name
from core.datasets.mapping import normalise
from core.datasets.table import Table
from core.hub.contract import TableNeeds

FEATURE_KINDS = {"number", "category", "date"}


@dataclass(frozen=True, slots=True)
class Fit:
    """Whether a table suits a project.

    Parameters
    ----------
    reason : str
        One line, also when it fits: "class column species, 4 features".
    target : str, optional
        The column that would be predicted; None where none is needed or none was found.
    """

    ok: bool
    reason: str
    target: str | None = None


def check_fit(table: Table, needs: TableNeeds) -> Fit:
    """Tell whether a table suits what a project needs, with the table's own target or else the likeliest one.

    Examples
    --------
    >>> from core.datasets.catalogue import load_table
    >>> check_fit(load_table("iris"), TableNeeds(target="class")).reason
    'class column species, 4 features'
    >>> check_fit(load_table("iris").with_target("sepal_length"), TableNeeds(target="class")).reason
    'sepal_length is a measured number with 35 values; choose a class column, with 2 to 20'
    """
    problem = _check_size(table, needs) or _check_columns(table, needs)
    if problem:
        return Fit(ok=False, reason=problem)
    target = _choose_target(table, needs)
    problem = _check_target(table, target, needs)
    if problem:
        return Fit(ok=False, reason=problem, target=target)
    features = find_features(table.with_target(target))
    if len(features) < needs.min_features:
        return Fit(ok=False, reason=_explain_features(len(features), needs), target=target)
    lead = f"{needs.target} column {cut(target)}, " if target is not None else ""
    return Fit(ok=True, reason=f"{lead}{count_of(len(features), 'feature')}", target=target)


def find_targets(table: Table) -> tuple[str, ...]:
    """List the columns that can be a class, likeliest first.

    Names such as class, Klasse or species come first, then the last column, then the others: words before whole
    numbers, fewest values first. Among each, a column with many gaps comes last.

    Examples
    --------
    >>> from core.datasets.catalogue import load_table
    >>> find_targets(load_table("penguins"))
    ('species', 'sex', 'island')
    """
    limit = TableNeeds().max_classes
    return tuple(name for name in rank_columns(table) if not _explain_class(table, name, limit))


def find_number_targets(table: Table) -> tuple[str, ...]:
    """List the columns that can be a number to predict, likeliest first.

    Examples
    --------
    >>> from core.datasets.catalogue import load_table
    >>> find_number_targets(load_table("iris"))
    ('petal_width', 'sepal_width', 'sepal_length', 'petal_length')
    """
    return tuple(name for name in rank_columns(table, NUMBER_NAMES) if not _explain_number(table, name))


def find_named_target(table: Table) -> str | None:
    """Return the likeliest class column if its name says that it is one, else None.

    Examples
    --------
    >>> from core.datasets.catalogue import load_table
    >>> find_named_target(load_table("penguins")), find_named_target(load_table("wine"))
    ('species', None)
    """
    likeliest = next(iter(find_targets(table)), None)
    return likeliest if likeliest is not None and rank_name(likeliest)[0] < UNNAMED else None


def find_features(table: Table) -> list[str]:
    """List the columns that a table model can learn from: number, category or date, with two values at least.

    Examples
    --------
    >>> from core.datasets.catalogue import load_table
    >>> find_features(load_table("iris").with_target("species"))
    ['sepal_length', 'sepal_width', 'petal_length', 'petal_width']
    """
    return [name for name in table.features if table.kinds[name] in FEATURE_KINDS and count_values(table, name, 1) > 1]


def _choose_target(table: Table, needs: TableNeeds) -> str | None:
    """Return the table's own target, or else the likeliest column of the right sort, or else the likeliest one.

    A class that the table has as its target, often by a guess, does not stand in the way of a number.
    """
    if needs.target == "none":
        return None
    own = table.target if table.target is not None and not is_feature(table.target, needs) else None
    if needs.target == "number":
        return _choose_number(table, own, needs)
    if own is not None:
        return own
    ranked = [name for name in rank_columns(table) if not is_feature(name, needs)]
    flat = next((name for name in ranked if rank_name(name)[0] == 0 and count_values(table, name, 1) == 1), None)
    if flat is not None:  # a column churn that says No throughout is what was meant, and is told so
        return flat
    able = (name for name in ranked if not _explain_class(table, name, needs.max_classes))
    return next(able, next(iter(ranked), None))


def _choose_number(table: Table, own: str | None, needs: TableNeeds) -> str | None:
    """Return the table's own target if it is a number, or else the likeliest number, or else the target as it is.

    Identifiers come last, and before them what equals another column, unless its name says that it is meant.
    """
    if own is not None and table.kinds[own] == "number":
        return own
    ranked = [name for name in rank_columns(table, NUMBER_NAMES) if not is_feature(name, needs)]
    numbers = [name for name in ranked if table.kinds[name] == "number"]
    able = [name for name in numbers if not is_id_like(table, name)]
    alike = find_alike(table)
    alone = (name for name in able if name not in alike or rank_name(name, NUMBER_NAMES)[0] < UNNAMED)
    return next(alone, next(iter(able), next(iter(numbers), own)))


def is_feature(name: str, needs: TableNeeds) -> bool:
    """Tell whether a project needs a column by its name as a feature, so that it cannot be what is predicted.

    Examples
    --------
    >>> needs = TableNeeds(target="class", columns=("sex",), synonyms=(("gender",),))
    >>> is_feature("Gender", needs), is_feature("survived", needs)
    (True, False)
    """
    names = (*needs.columns, *(each for others in needs.synonyms for each in others))
    return normalise(name) in {normalise(each) for each in names}


def _check_size(table: Table, needs: TableNeeds) -> str:
    """Say what a table lacks in rows or columns; empty when it has enough."""
    n_rows, n_columns = table.frame.shape
    wanted = needs.min_features + (needs.target != "none")
    if n_columns < wanted:
        return f"it has {count_of(n_columns, 'column')}; at least {wanted} are needed: add {_parts(needs)}"
    if n_rows < needs.min_rows:
        return f"it has {count_of(n_rows, 'row')}; at least {needs.min_rows:,} are needed: add rows"
    return ""


def _parts(needs: TableNeeds) -> str:
    """Name what the columns must be."""
    features = count_of(needs.min_features, "feature")
    return features if needs.target == "none" else f"a {needs.target} column and {features}"


def _check_columns(table: Table, needs: TableNeeds) -> str:
    """Say which needed columns are not there; empty when all are."""
    there = {normalise(name) for name in table.frame.columns if table.kinds[name] != "ignore"}
    names = zip(needs.columns, needs.synonyms or ((),) * len(needs.columns), strict=True)
    gone = [name for name, others in names if there.isdisjoint(map(normalise, (name, *others)))]
    if not gone:
        return ""
    return f"it lacks {count_of(len(gone), 'column')} ({list_names(gone)}); rename or add what matches"


def _check_target(table: Table, target: str | None, needs: TableNeeds) -> str:
    """Say why a column cannot be what the project predicts; empty when it can."""
    if needs.target == "none":
        return ""
    if target is None:
        return f"it has no {needs.target} column; set the type of one column or choose another table"
    if table.frame[target].isna().all():
        return f"every value of {cut(target)} is missing; choose another column to predict"
    n_known = int(table.frame[target].notna().sum())
    if n_known < needs.min_rows:
        known = f"{cut(target)} is known in {count_of(n_known, 'row')}"
        return f"{known}; at least {needs.min_rows:,} are needed: fill it in or add rows"
    if needs.target == "number":
        return _explain_number(table, target)
    return (
        _explain_class(table, target, needs.max_classes)
        or _explain_strange(table, target, needs.classes)
        or _explain_rarest(table, target, needs.min_per_class)
    )


def _explain_number(table: Table, target: str) -> str:
    """Say why a column cannot be a number to predict; empty when it can."""
    if table.kinds[target] != "number":
        return f"{cut(target)} is of type {table.kinds[target]}; choose a column of type number to predict"
    if count_values(table, target, 1) < 2:  # noqa: PLR2004  # one value leaves nothing to predict
        return f"{cut(target)} has one value in every row; choose a number that varies"
    return ""


def _explain_class(table: Table, target: str, max_classes: int) -> str:
    """Say why a column cannot be a class; empty when it can."""
    name, kind = cut(target), table.kinds[target]
    if kind == "date":
        return f"{name} is a date; choose a class column, with {_span(max_classes)} values"
    n_values = count_values(table, target, max_classes)
    if n_values == 0:
        return f"every value of {name} is missing; choose another column to predict"
    if n_values == 1:
        only = cut(show_value(table.frame[target].dropna().iloc[0]))
        return (
            f"{name} has the single class {only!r}; {_span(max_classes)} are needed: choose another column or add rows"
        )
    if n_values > max_classes:
        return _explain_many(table, target, max_classes)
    if kind == "number" and not _is_whole(table, target):
        return f"{name} is a measured number with {n_values} values; choose a class column, or set its type to Category"
    return ""


def _explain_strange(table: Table, target: str, classes: tuple[str, ...]) -> str:
    """Say which value of a column is none of the classes that a project knows; empty when all are."""
    shown = {show_value(value) for value in table.frame[target].dropna().unique()} if classes else set()
    strange = min((value for value in shown if value.casefold() not in classes), default=None)
    if strange is None:
        return ""
    return f"{cut(target)} holds {cut(strange)!r}; its values must be among {list_names(classes)}: rename them"


def _span(max_classes: int) -> str:
    """Write how many classes there may be."""
    return "2" if max_classes == 2 else f"2 to {max_classes}"  # noqa: PLR2004 the least there can be


def _explain_many(table: Table, target: str, max_classes: int) -> str:
    """Say that a column has too many values to be a class, and what sort of column it seems to be."""
    name, n_values = cut(target), count_values(table, target, len(table.frame))
    if table.kinds[target] == "number":
        return f"{name} is a measured number with {n_values:,} values; choose a class column, with {_span(max_classes)}"
    return f"{name} has {n_values:,} classes; at most {max_classes} are allowed: merge some or choose another column"


def _is_whole(table: Table, name: str) -> bool:
    """Tell whether a number column holds whole numbers only."""
    values = table.numbers(name)
    return bool((values[np.isfinite(values)] % 1 == 0).all())


def _explain_rarest(table: Table, target: str, min_per_class: int) -> str:
    """Say that the smallest class is too small; empty when it is not."""
    counts = table.frame[target].value_counts()
    rarest, n_rows = cut(show_value(counts.index[-1])), int(counts.iloc[-1])
    if n_rows >= min_per_class:
        return ""
    found = f"class {rarest!r} of {cut(target)} has {count_of(n_rows, 'row')}"
    return f"{found}; each needs {min_per_class}: merge it, drop it or add rows"


def _explain_features(n_features: int, needs: TableNeeds) -> str:
    """Say that too few columns are left to learn from."""
    return (
        f"it has {count_of(n_features, 'usable feature')}; at least {needs.min_features} are needed: "
        "columns that are empty, constant, text or set aside do not count"
    )
