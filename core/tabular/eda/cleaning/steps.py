"""The cleaning steps as values: each a frozen dataclass whose fields make its form, its check and its call.

``Columns`` and ``Values`` mark the fields that name parts of the table; all others are typed as in a Recipe. The field
names are the parameter names of the operation of the same step (``apply.OPERATIONS``).

Left out: what a step does (``rows``, ``columns``, ``filling``, ``rescaling``) and whether it may (``checks``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from core.datasets.fixes.wording import cut, list_names
from core.datasets.table import ColumnKind
from core.hub.contract import Label, Range, Seed

Holds = Literal["any", "numbers", "texts", "texts or numbers"]
Fill = Literal["mean", "median", "most frequent", "constant"]
Scaling = Literal["standard", "min-max", "robust", "power", "log1p"]
DateOrder = Literal["year first", "day first", "month first"]


@dataclass(frozen=True, slots=True)
class Columns:
    """Marks a field that names one column (a ``str``) or several (a tuple).

    Parameters
    ----------
    holds : str
        Which columns may be chosen, by the type of their cells.
    least : int
        How many must be chosen; with 0 the empty choice has a meaning of its own.
    """

    holds: Holds = "any"
    least: int = 1


@dataclass(frozen=True, slots=True)
class Values:
    """Marks a field that names values found in the step's ``column``."""


ManyColumns = Annotated[tuple[str, ...], Columns(), Label("Columns")]
ManyNumbers = Annotated[tuple[str, ...], Columns("numbers"), Label("Number columns")]
OneColumn = Annotated[str, Columns(), Label("Column")]
OneNumber = Annotated[str, Columns("numbers"), Label("Number column")]
Using = Annotated[
    tuple[str, ...],
    Columns("numbers", 0),
    Label("By these number columns", "None chosen: all that are neither the target nor set aside."),
]
Indicator = Annotated[bool, Label("Mark what was missing", "Adds a 0/1 column, since a gap can itself be a sign.")]
Factor = Annotated[float, Range(-1e12, 1e12), Label("Multiply by")]
Offset = Annotated[float, Range(-1e12, 1e12), Label("Then add")]


@dataclass(frozen=True, slots=True)
class DropDuplicates:
    """Drop rows that repeat an earlier one."""

    columns: Annotated[tuple[str, ...], Columns(least=0), Label("Equal in", "None chosen: in every column.")] = ()

    def say(self) -> str:
        """Return the step in words."""
        return "dropped rows that repeat an earlier one" + (f" in {list_names(self.columns)}" if self.columns else "")


@dataclass(frozen=True, slots=True)
class DropMissingRows:
    """Drop rows with missing values."""

    columns: Annotated[tuple[str, ...], Columns(least=0), Label("Missing in", "None chosen: in every column.")] = ()
    how: Annotated[Literal["any", "all"], Label("Dropped when missing in", "Any of the columns, or all of them.")] = (
        "any"
    )

    def say(self) -> str:
        """Return the step in words."""
        where = f"of {list_names(self.columns)}" if self.columns else "of the columns"
        return f"dropped rows that lack {self.how} {where}"


@dataclass(frozen=True, slots=True)
class DropCategories:
    """Drop the rows that hold some values."""

    column: OneColumn
    values: Annotated[tuple[str, ...], Values(), Label("Values")]

    def say(self) -> str:
        """Return the step in words."""
        return f"dropped rows whose {cut(self.column)} is {list_names(self.values)}"


@dataclass(frozen=True, slots=True)
class DropColumns:
    """Take columns out."""

    columns: ManyColumns

    def say(self) -> str:
        """Return the step in words."""
        return f"dropped the column{'s' if len(self.columns) > 1 else ''} {list_names(self.columns)}"


@dataclass(frozen=True, slots=True)
class RenameColumn:
    """Call a column by another name."""

    column: OneColumn
    name: Annotated[str, Label("New name")] = ""

    def say(self) -> str:
        """Return the step in words."""
        return f"renamed {cut(self.column)} to {cut(self.name)}"


@dataclass(frozen=True, slots=True)
class SetMissing:
    """Blank a value that stands for a missing one, such as −999."""

    columns: ManyColumns
    value: Annotated[str, Label("Value", "Exactly as it stands in the cells: -999, ?, n/a.")] = ""

    def say(self) -> str:
        """Return the step in words."""
        return f"set {cut(self.value)!r} in {list_names(self.columns)} to missing"


@dataclass(frozen=True, slots=True)
class MergeSpellings:
    """Write several spellings of one category the same way."""

    column: Annotated[str, Columns("texts"), Label("Column")]
    spellings: Annotated[tuple[str, ...], Values(), Label("Spellings")]
    becomes: Annotated[str, Label("Become")] = ""

    def say(self) -> str:
        """Return the step in words."""
        return f"wrote {list_names(self.spellings)} in {cut(self.column)} as {cut(self.becomes)}"


@dataclass(frozen=True, slots=True)
class ConvertUnit:
    """Multiply a column, in all rows or on one side of a limit."""

    column: OneNumber
    factor: Factor = 1.0
    offset: Offset = 0.0
    rows: Annotated[Literal["all", "above", "below"], Label("Rows", "All, or those above or below the limit.")] = "all"
    limit: Annotated[float, Range(-1e15, 1e15), Label("Limit", "Not looked at where all rows are chosen.")] = 0.0

    def say(self) -> str:
        """Return the step in words."""
        where = "" if self.rows == "all" else f" where it is {self.rows} {self.limit:g}"
        return f"multiplied {cut(self.column)} by {self.factor:g} and added {self.offset:g}{where}"


@dataclass(frozen=True, slots=True)
class ConvertUnitWhere:
    """Multiply a column in the rows where another column holds a value, such as lb."""

    column: OneNumber
    other: Annotated[str, Columns("texts or numbers"), Label("Where the column")]
    value: Annotated[str, Label("Holds")] = ""
    factor: Factor = 1.0
    offset: Offset = 0.0

    def say(self) -> str:
        """Return the step in words."""
        where = f"where {cut(self.other)} is {cut(self.value)}"
        return f"multiplied {cut(self.column)} by {self.factor:g} and added {self.offset:g} {where}"


@dataclass(frozen=True, slots=True)
class DeriveColumn:
    """Add a column worked out from two others."""

    left: OneNumber
    right: OneNumber
    operation: Annotated[Literal["plus", "minus", "times", "divided by"], Label("Operation")] = "plus"
    name: Annotated[str, Label("Name of the new column")] = ""

    def say(self) -> str:
        """Return the step in words."""
        return f"added {cut(self.name)}, which is {cut(self.left)} {self.operation} {cut(self.right)}"


@dataclass(frozen=True, slots=True)
class ChangeType:
    """Read columns as numbers, categories, texts or dates, or set them aside."""

    columns: ManyColumns
    to: Annotated[ColumnKind, Label("Read as", "ignore keeps the values and leaves them out of every model.")] = (
        "number"
    )
    order: Annotated[DateOrder, Label("Dates are written")] = "year first"
    unreadable: Annotated[Literal["refuse", "set missing"], Label("What cannot be read")] = "refuse"

    def say(self) -> str:
        """Return the step in words."""
        if self.to == "ignore":
            return f"set {list_names(self.columns)} aside"
        return f"read {list_names(self.columns)} as {self.to}"


@dataclass(frozen=True, slots=True)
class TreatOutliers:
    """Drop, clip or blank values beyond a column's fences."""

    columns: ManyNumbers
    rule: Annotated[Literal["iqr", "z"], Label("Rule", "Beyond the middle half, or far from the mean.")] = "iqr"
    limit: Annotated[
        float, Range(0.5, 10, 0.1), Label("Limit", "Widths of the middle half (1.5), or deviations (3).")
    ] = 1.5
    action: Annotated[Literal["drop rows", "clip", "set missing"], Label("Then")] = "clip"

    def say(self) -> str:
        """Return the step in words."""
        unit = "widths of the middle half from its ends" if self.rule == "iqr" else "deviations from the mean"
        done = {"drop rows": "dropped rows with", "clip": "clipped", "set missing": "set to missing"}[self.action]
        return f"{done} values of {list_names(self.columns)} more than {self.limit:g} {unit}"


@dataclass(frozen=True, slots=True)
class DropIsolated:
    """Drop the rows that an isolation forest tells apart most easily."""

    columns: ManyNumbers
    share: Annotated[float, Range(0.001, 0.5, 0.001), Label("Share of rows", "Dropped whether odd or not.")] = 0.01
    seed: Seed = 0

    def say(self) -> str:
        """Return the step in words."""
        share = f"{100 * self.share:g}%"
        return f"dropped the {share} of rows that an isolation forest on {list_names(self.columns)} isolates soonest"


@dataclass(frozen=True, slots=True)
class FillMissing:
    """Fill gaps with one value."""

    columns: ManyColumns
    method: Annotated[Fill, Label("With", "Categories take the most frequent value or a constant.")] = "median"
    value: Annotated[str, Label("Constant", "Looked at only where a constant is chosen.")] = ""
    indicator: Indicator = False

    def say(self) -> str:
        """Return the step in words."""
        what = f"the constant {cut(self.value)!r}" if self.method == "constant" else f"the {self.method} value"
        return f"filled the gaps of {list_names(self.columns)} with {what}{_say_marks(self.indicator)}"


@dataclass(frozen=True, slots=True)
class FillNeighbours:
    """Fill gaps from the nearest rows."""

    columns: Annotated[tuple[str, ...], Columns("texts or numbers"), Label("Columns")]
    using: Using = ()
    n_neighbours: Annotated[int, Range(1, 50, 1), Label("Neighbours")] = 5
    indicator: Indicator = False

    def say(self) -> str:
        """Return the step in words."""
        marks = _say_marks(self.indicator)
        return f"filled the gaps of {list_names(self.columns)} from the {self.n_neighbours} nearest rows{marks}"


@dataclass(frozen=True, slots=True)
class FillIteratively:
    """Fill gaps by regressing each column on the others, in turn."""

    columns: ManyNumbers
    using: Using = ()
    n_rounds: Annotated[int, Range(1, 50, 1), Label("Rounds at most")] = 10
    seed: Seed = 0
    indicator: Indicator = False

    def say(self) -> str:
        """Return the step in words."""
        marks = _say_marks(self.indicator)
        return f"filled the gaps of {list_names(self.columns)} by regression on the other columns, in turn{marks}"


@dataclass(frozen=True, slots=True)
class ScaleColumns:
    """Put number columns on another scale."""

    columns: ManyNumbers
    method: Annotated[Scaling, Label("Scale")] = "standard"

    def say(self) -> str:
        """Return the step in words."""
        return f"put {list_names(self.columns)} on the {self.method} scale"


def _say_marks(indicator: bool) -> str:
    """Return the words for the added 0/1 columns."""
    return " and marked what was missing" if indicator else ""


Step = (
    DropDuplicates | DropMissingRows | DropCategories | DropColumns | RenameColumn | SetMissing | MergeSpellings
    | ConvertUnit | ConvertUnitWhere | DeriveColumn | ChangeType | TreatOutliers | DropIsolated | FillMissing
    | FillNeighbours | FillIteratively | ScaleColumns
)  # fmt: skip
