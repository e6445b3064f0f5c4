"""Which column of an uploaded table is the arm, the metric, the unit, the times; and which arm is the control.

Names that the field uses are looked for first; then the arm is the column with two values, and the metric the one that
varies most. What is found is shown to a person before anything is computed.

Left out: reading the values (``data``).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import pandas as pd

from core.datasets.fixes.wording import split_words
from core.datasets.table import Table
from core.experimentation.ab_testing.recipe import Recipe
from core.hub.errors import DataError

ARM_NAMES = (
    "arm", "variant", "variation", "treatment", "group", "bucket", "condition", "cohort", "version", "treated",
    "experiment_group", "test_group", "assignment", "treat", "gruppe", "variante", "groupe", "grupo", "gruppo",
)  # fmt: skip
METRIC_NAMES = (
    "converted", "conversion", "metric", "outcome", "revenue", "purchase", "purchased", "clicked", "value", "success",
    "retention", "order_value", "clicks", "y", "umsatz", "konvertiert", "gekauft", "kauf", "klicks", "erfolg",
    "ergebnis", "revenu", "achat", "converti", "ingresos", "compra", "convertido", "ricavo", "acquisto",
)  # fmt: skip
UNIT_NAMES = (
    "user_id", "userid", "user", "unit", "unit_id", "visitor_id", "customer_id", "subject", "subject_id", "id",
    "person", "account_id", "session_id", "nutzer", "kunde", "kunden_id", "nutzer_id", "utilisateur", "client",
    "usuario", "cliente", "utente",
)  # fmt: skip
ASSIGNED_NAMES = ("assigned_at", "assigned", "assignment_time", "exposed_at", "enrolled_at")
MEASURED_NAMES = ("measured_at", "covariate_at", "measured")
CONTROLS = (
    "control", "a", "0", "0.0", "none", "baseline", "placebo", "no", "false", "old", "regular", "off", "default",
    "original", "holdout", "untreated", "alt", "kontrolle", "kontrollgruppe", "temoin", "ancien", "nein", "viejo",
)  # fmt: skip
MAX_ARMS = 20
YES = frozenset(
    {"yes", "true", "1", "1.0", "y", "t", "success", "converted", "clicked", "purchased", "won", "ja", "oui"}
)
NO = frozenset({"no", "false", "0", "0.0", "n", "f", "failure", "none", "lost", "not converted", "nein", "non"})


@dataclass(frozen=True, slots=True)
class Columns:
    """What was found: names of columns, and the others that could serve.

    Parameters
    ----------
    arms : tuple of str
        Values of the arm column, the control last where one is known by its name.
    numbers, segments : tuple of str
        Other columns that could be covariates or guardrails, or segments.
    """

    arm: str
    metric: str
    unit: str
    assigned_at: str
    measured_at: str
    arms: tuple[str, ...]
    numbers: tuple[str, ...]
    segments: tuple[str, ...]


def find_columns(table: Table, plan: Recipe | None = None) -> Columns:
    """Find the columns of a trial in a table; those that a plan names are kept.

    Raises
    ------
    DataError
        If the table is empty, a named column is not there, or no column can be the arm or the metric.

    Examples
    --------
    >>> frame = pd.DataFrame({"user": [1, 2, 3], "Variant": ["A", "B", "A"], "Revenue": [1.0, 0.0, 2.5]})
    >>> kinds = {"user": "number", "Variant": "category", "Revenue": "number"}
    >>> found = find_columns(Table(frame, "mine", "upload", "", kinds))
    >>> found.arm, found.metric, found.unit, found.arms
    ('Variant', 'Revenue', 'user', ('B', 'A'))
    """
    plan = plan or Recipe()
    if not len(table.frame):
        message = "the table has no rows; a trial needs at least 2 units in each of two arms"
        raise DataError(message)
    for name in (plan.arm, plan.metric, plan.unit, plan.assigned_at, plan.measured_at):
        check_column(table, name)
    taken = {plan.metric} - {""}
    arm = plan.arm or _find_arm(table, taken)
    unit = plan.unit or _find_named(table, UNIT_NAMES, taken | {arm})
    assigned = plan.assigned_at or _find_named(table, ASSIGNED_NAMES, taken | {arm, unit})
    measured = plan.measured_at or _find_named(table, MEASURED_NAMES, taken | {arm, unit, assigned})
    used = {arm, unit, assigned, measured}
    metric = plan.metric or _find_metric(table, used)
    rest = [name for name in table.frame.columns if name not in used | {metric}]
    numbers = tuple(name for name in rest if table.kinds[name] == "number")
    segments = tuple(name for name in rest if 2 <= table.frame[name].nunique() <= MAX_ARMS)  # noqa: PLR2004
    return Columns(arm, metric, unit, assigned, measured, list_arms(table.frame[arm]), numbers, segments)


def check_column(table: Table, name: str) -> None:
    """Refuse a name that no column has; an empty name asks for none.

    Raises
    ------
    DataError
        With the columns that there are.
    """
    if name and name not in table.frame.columns:
        there = ", ".join(map(str, table.frame.columns[:10]))
        message = f"there is no column {name[:60]!r}; the columns are {there}"
        raise DataError(message)


def _find_named(table: Table, names: tuple[str, ...], taken: set[str]) -> str:
    """Return the first column that goes by one of the names; empty where none does."""
    words = {"_".join(split_words(str(name))): str(name) for name in table.frame.columns if name not in taken}
    return next((words[name] for name in names if name in words), "")


def _find_arm(table: Table, taken: set[str]) -> str:
    """Return the arm column: by its name, else the first with two values that is not the target."""
    named = _find_named(table, ARM_NAMES, taken)
    if named:
        return named
    taken = taken | ({table.target} if table.target else set())
    pairs = [name for name in table.frame.columns if name not in taken and table.frame[name].nunique() == 2]  # noqa: PLR2004
    if not pairs:
        message = "no column looks like the arm of a trial; name the one that says which version each unit got"
        raise DataError(message)
    return str(pairs[0])


def _find_metric(table: Table, used: set[str]) -> str:
    """Return the metric: the target, a known name, else the last column that is a number or has two values."""
    if table.target and table.target not in used:
        return table.target
    named = _find_named(table, METRIC_NAMES, used)
    able = [
        name
        for name in table.frame.columns
        if name not in used and (table.kinds[name] == "number" or _says_yes(table.frame[name]))
    ]
    if not named and not able:
        message = "no column can be the metric; name one that holds numbers, or two values such as yes and no"
        raise DataError(message)
    return named or str(able[-1])


def _says_yes(column: pd.Series) -> bool:
    """Tell whether a column holds yes and no, in words that are known."""
    values = column.dropna().unique()
    return len(values) == 2 and {show_arm(value).lower() for value in values} <= YES | NO  # noqa: PLR2004 yes and no


def show_arm(value: object) -> str:
    """Write an arm's value as its name: 1 for 1.0.

    Examples
    --------
    >>> show_arm(1.0), show_arm("B")
    ('1', 'B')
    """
    return f"{value:g}" if isinstance(value, float) else str(value).strip()


def name_arms(column: pd.Series) -> pd.Series:
    """Write every value of a column as its name, each different one once; missing ones stay missing.

    Examples
    --------
    >>> name_arms(pd.Series([1.0, 0.0, 1.0])).tolist()
    ['1', '0', '1']
    """
    return column.map({value: show_arm(value) for value in column.dropna().unique()})


def list_arms(column: pd.Series) -> tuple[str, ...]:
    """Name the values of an arm column, the control last; by the alphabet, the first is the control.

    Examples
    --------
    >>> list_arms(pd.Series(["control", "red", "control", None]))
    ('red', 'control')
    """
    names = sorted({show_arm(value) for value in column.dropna().unique()})
    known = [name for name in CONTROLS if name in {each.lower() for each in names}]
    control = next((name for name in names if known and name.lower() == known[0]), names[0] if names else "")
    return tuple(name for name in names if name != control) + ((control,) if names else ())


def choose_arms(plan: Recipe, found: Columns) -> Recipe:
    """Fill in the two arms, or refuse a table that has one arm, or three of which none are named.

    Raises
    ------
    DataError
        With the arms that there are and the remedy.

    Examples
    --------
    >>> choose_arms(Recipe(), Columns("arm", "y", "", "", "", ("a", "b", "control"), (), ()))
    Traceback (most recent call last):
    ...
    core.hub.errors.DataError: arm has 3 arms (a, b, control); name the two to compare
    """
    arms = found.arms
    shown = ", ".join(name[:30] for name in arms[:8])
    for name in (plan.first, plan.second):
        if name and name not in arms:
            message = f"{found.arm} has no arm {name[:40]!r}; its arms are {shown}"
            raise DataError(message)
    if len(arms) < 2:  # noqa: PLR2004 two can be compared
        what = f"the one arm {shown}" if arms else "no arm"
        message = f"{found.arm} has {what}; a trial needs two: add the rows of the other"
        raise DataError(message)
    if len(arms) > 2 and not (plan.first and plan.second):  # noqa: PLR2004 two can be compared
        message = f"{found.arm} has {len(arms)} arms ({shown}); name the two to compare"
        raise DataError(message)
    second = plan.second or next(name for name in reversed(arms) if name != plan.first)
    first = plan.first or next(name for name in arms if name != second)
    if first == second:
        message = f"both arms are {first[:40]!r}; name two different ones of {shown}"
        raise DataError(message)
    return replace(plan, first=first, second=second)
