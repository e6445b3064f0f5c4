"""A case study: a question put to one bundled table, the findings that answer it and the figures above them.

No number of a sentence or of a chart's title is typed: a template names the figures, :func:`write` puts them in and
refuses a template with a digit of its own. What a finding rests on is the claim behind it.

Left out: how a number is estimated (``evidence``), what each story says (a module per story).
"""

from __future__ import annotations

import dataclasses
import re
import string
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.datasets.table import ColumnKind, Table
from core.evaluation.multiplicity import benjamini_hochberg
from core.hub.charts import Chart
from core.hub.errors import DataError
from core.tabular.eda.claim import Claim, Severity, Topic
from core.tabular.eda.stories.evidence import LEVEL, Estimate

MINUS = re.compile(r"(?<![\w.])-(?=\d)")
TYPED = re.compile(r"(?<![\w])\d")


@dataclass(frozen=True, slots=True, eq=False)
class Finding:
    """One finding of a story: a claim and the chart beside it, whose title states it in short."""

    claim: Claim
    chart: Chart

    @property
    def sentence(self) -> str:
        """The finding in words, every number of it computed."""
        return self.claim.sentence

    @property
    def figures(self) -> Mapping[str, float]:
        """Every number of the sentence and of the chart's title, unrounded."""
        return self.claim.figures


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure above a story: its value, and how it is written with its unit."""

    value: float
    text: str


@dataclass(frozen=True, slots=True, eq=False)
class Story:
    """One case study.

    Parameters
    ----------
    slug : str
        Short name in snake_case.
    table : str
        The bundled table it is told of, a name of ``core.datasets.catalogue``.
    title, question : str
        What it is called, and what it asks.
    lesson : str
        What it teaches about looking at data, in a sentence.
    columns : mapping of column to kind
        What a table needs for the story to be told of it.
    tell : tuple of callables
        Each makes one finding of the table.
    measure : callable
        Makes the three or four figures at the top.
    """

    slug: str
    table: str
    title: str
    question: str
    lesson: str
    columns: Mapping[str, ColumnKind]
    tell: tuple[Callable[[Table], Finding], ...]
    measure: Callable[[Table], dict[str, Figure]]


@dataclass(frozen=True, slots=True)
class Subject:
    """What a finding is of: the kind, topic and severity of its claim, and its columns."""

    kind: str
    topic: Topic
    severity: Severity
    columns: tuple[str, ...]


def tell(story: Story, table: Table) -> tuple[Finding, ...]:
    """Tell a story of a table.

    Returns
    -------
    tuple of Finding
        In the order in which they are told. The p of their tests are adjusted over the story (Benjamini and Hochberg
        1995, https://doi.org/10.1111/j.2517-6161.1995.tb02031.x).

    Raises
    ------
    DataError
        If the table lacks a column, or a group or value that a finding speaks of.

    Examples
    --------
    >>> from core.datasets.catalogue import load_table
    >>> from core.tabular.eda.stories import find_story
    >>> tell(find_story("penguins"), load_table("penguins"))[0].chart.title
    'Longer bills are shallower, except within every species'
    """
    check_columns(story, table)
    with np.errstate(divide="ignore", invalid="ignore"):  # a figure that is not finite makes its finding not hold
        findings = [make(table) for make in story.tell]
    adjusted = iter(benjamini_hochberg([each.claim.p for each in findings if each.claim.p is not None]).tolist())
    return tuple(
        each if each.claim.p is None else Finding(dataclasses.replace(each.claim, q=next(adjusted)), each.chart)
        for each in findings
    )


def figures(story: Story, table: Table) -> dict[str, Figure]:
    """Measure the figures at the top of a story's dashboard, by name.

    Raises
    ------
    DataError
        If the table lacks a column of the story.

    Examples
    --------
    >>> from core.datasets.catalogue import load_table
    >>> from core.tabular.eda.stories import find_story
    >>> {name: figure.text for name, figure in figures(find_story("titanic"), load_table("titanic")).items()}
    {'Passengers': '1,309', 'Lived': '38.2%', 'Right by sex alone': '78.0%', 'Age unknown': '20.1%'}
    """
    check_columns(story, table)
    return story.measure(table)


def check_columns(story: Story, table: Table) -> None:
    """Refuse a table that a story cannot be told of.

    Raises
    ------
    DataError
        If it has no rows, lacks a column, or holds one as another kind.
    """
    remedy = f"choose the bundled table {story.table}"
    missing = [name for name in story.columns if name not in table.frame.columns]
    if missing:
        message = f"the table lacks {', '.join(missing)}, which the story {story.title!r} is told of; {remedy}"
        raise DataError(message)
    if table.frame.empty:
        message = f"the table has 0 rows; the story {story.title!r} needs at least 1: {remedy}"
        raise DataError(message)
    for name, kind in story.columns.items():
        if kind == "number" and not pd.api.types.is_numeric_dtype(table.frame[name]):
            message = f"{name} is no number; the story {story.title!r} needs it as one: {remedy}"
            raise DataError(message)


def is_value(table: Table, column: str, value: str) -> NDArray[np.bool_]:
    """Return which rows hold a value, shape (n_rows,).

    Raises
    ------
    DataError
        If none does.

    Examples
    --------
    >>> from core.datasets.catalogue import load_table
    >>> int(is_value(load_table("iris"), "species", "setosa").sum())
    50
    """
    rows = (table.frame[column] == value).fillna(value=False).to_numpy(dtype=bool)
    if not rows.any():
        message = f"no row of {column} is {value!r}, which the story speaks of; use the bundled table as it is"
        raise DataError(message)
    return rows


def list_values(table: Table, column: str) -> list[str]:
    """List a category's values in order."""
    return sorted(str(value) for value in table.frame[column].dropna().unique())


def write(template: str, numbers: Mapping[str, float | str]) -> str:
    """Put figures into a sentence.

    Parameters
    ----------
    template : str
        Fields are ``{name:format}``; outside of them it holds no number, though a column's name may end in one.

    Raises
    ------
    ValueError
        If a number is typed into the template.

    Examples
    --------
    >>> write("r is {r:.2f} over {n:,.0f} rows", {"r": -0.235, "n": 1204})
    'r is −0.23 over 1,204 rows'
    """
    typed = [text for text, *_ in string.Formatter().parse(template) if TYPED.search(text)]
    if typed:
        message = f"the number in {typed[0]!r} is typed; compute it and name it in the template"
        raise ValueError(message)
    return MINUS.sub("−", template.format(**numbers))


def make_finding(
    subject: Subject,
    template: str,
    numbers: Mapping[str, float | str],
    estimate: Estimate,
    chart: Chart,
    *,
    holds: bool,
) -> Finding:
    """Join a sentence, the estimate behind it and its chart.

    Parameters
    ----------
    template : str
        Besides ``numbers``, which may also hold words read off the table, it may name
        ``value``, ``low``, ``high``, ``n`` and ``level``, the estimate's.
    chart : Chart
        Its title is a template too; the sentence becomes its text for a screen reader.
    holds : bool
        Whether the words of the template are true of these numbers.

    Raises
    ------
    DataError
        If they are not: a story is not told of a table that says otherwise.
    """
    if not holds:
        message = (
            f"the finding on {', '.join(subject.columns)} does not hold in this table; "
            "tell the story of the bundled table as it is"
        )
        raise DataError(message)
    known = {"value": estimate.value, "low": estimate.low, "high": estimate.high, "n": float(estimate.n)}
    words = {name: value for name, value in numbers.items() if isinstance(value, str)}
    every: dict[str, float] = {name: float(value) for name, value in numbers.items() if not isinstance(value, str)}
    every |= {**known, "level": LEVEL}
    fields: dict[str, float | str] = {**every, **words}
    sentence = write(template, fields)
    claim = Claim(
        kind=subject.kind,
        topic=subject.topic,
        severity=subject.severity,
        columns=subject.columns,
        sentence=sentence,
        effect=estimate.effect,
        value=estimate.value,
        low=estimate.low,
        high=estimate.high,
        n=estimate.n,
        method=estimate.method,
        p=estimate.p,
        figures=every,
    )
    return Finding(claim, dataclasses.replace(chart, title=write(chart.title, fields), alt=sentence))
