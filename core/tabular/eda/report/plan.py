"""What a report will hold: which claims are printed in full, in which chapter, and with which pictures.

Left out: the words (``chapters``) and the numbers (``sidecar``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Protocol

from core.datasets.table import Table
from core.datasets.threads import run_side_by_side
from core.hub.charts import Chart
from core.tabular.eda.claim import Claim, Topic
from core.tabular.eda.claims.evidence import SAMPLE_ROWS
from core.tabular.eda.report.figures import (
    compare_columns,
    draw_associations,
    draw_claim,
    draw_pairs,
    draw_spread,
    gaps_chart,
    sample_rows,
)

CHAPTERS: Mapping[Topic, str] = {
    "quality": "Faults in the data",
    "missing": "What is missing",
    "spread": "How the columns are spread",
    "association": "What goes together",
    "target": "What goes with the target",
}


class Finding(Protocol):
    """One finding of a story: the claim with its sentence and numbers, and the picture beside it."""

    @property
    def claim(self) -> Claim: ...  # noqa: D102 - a field
    @property
    def chart(self) -> Chart: ...  # noqa: D102 - a field


@dataclass(frozen=True, slots=True, eq=False)
class Told:
    """A case study told of the table.

    Parameters
    ----------
    figures : mapping of name to (value, text)
        What stands at its top: each number, and how it is written.
    """

    title: str
    question: str
    lesson: str
    figures: Mapping[str, tuple[float, str]]
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Limits:
    """How much is printed: more would be leafed through, not read. Everything stays in the sidecar."""

    claims: int
    claim_figures: int
    pairs: int
    spreads: int
    findings: int


LIMITS = (Limits(28, 12, 4, 8, 8), Limits(18, 6, 2, 4, 5), Limits(8, 2, 0, 2, 2))
"""Tried in turn until the report has at most 25 pages."""
EVERY_FIGURE = Limits(28, 28, 4, 8, 8)
"""Tried first where the rows are few enough to be drawn whole: every finding has its picture."""


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """The parts of a report in their order.

    Parameters
    ----------
    claims : tuple of (Claim, Chart or None)
        Those that are printed in full, by chapter; ``claims[i]`` is finding ``i + 1``.
    others : tuple of Claim
        Those that are counted and left to the sidecar.
    story : Told, optional
        With as many findings as are printed.
    searched : bool
        Whether claims were looked for at all.
    """

    claims: tuple[tuple[Claim, Chart | None], ...]
    others: tuple[Claim, ...]
    story: Told | None
    searched: bool
    gaps: Chart | None
    matrices: tuple[Chart, ...]
    pairs: tuple[tuple[tuple[str, str], Chart], ...]
    spreads: tuple[tuple[str, Chart], ...]
    left_out: tuple[str, ...]


def list_limits(table: Table) -> tuple[Limits, ...]:
    """List how much may be printed of a table, the most first.

    Examples
    --------
    >>> from core.datasets.catalogue import load_table
    >>> list_limits(load_table("iris"))[0].claim_figures
    28
    """
    return (EVERY_FIGURE, *LIMITS) if len(table.frame) <= SAMPLE_ROWS else LIMITS


def make_plan(table: Table, claims: Sequence[Claim] | None, story: Told | None, limits: Limits, seed: int) -> Plan:
    """Choose what is printed.

    Parameters
    ----------
    claims : sequence of Claim, optional
        None where the table was not searched.

    Examples
    --------
    >>> from core.datasets.catalogue import load_table
    >>> plan = make_plan(load_table("iris"), (), None, LIMITS[0], seed=0)
    >>> [name for name, _ in plan.spreads], len(plan.matrices)
    (['sepal_length', 'sepal_width', 'petal_length', 'petal_width', 'species'], 2)
    """
    sample = sample_rows(table, seed)
    searched, claims = claims is not None, claims or ()
    order = list(CHAPTERS)
    printed = claims[: limits.claims]
    drawings: list[Callable[[], Any]] = [
        partial(_draw_claims, sample, printed, limits.claim_figures),  # by weight: the gravest have their pictures
        partial(compare_columns, sample, seed),
    ]
    charts, compared = run_side_by_side(drawings, len(table.frame))
    drawn = tuple(sorted(zip(printed, charts, strict=True), key=lambda pair: order.index(pair[0].topic)))
    shown = {chart.title for _, chart in drawn if chart is not None}
    said = {frozenset(claim.columns) for claim, chart in drawn if chart is not None}
    pairs = tuple(each for each in draw_pairs(sample, compared, limits.pairs) if frozenset(each[0]) not in said)
    spreads = tuple(_draw_spreads(sample, shown, limits.spreads))
    n_parts = 0 if story is None else len(story.findings)
    told = None if story is None else replace(story, findings=story.findings[: limits.findings])
    counts = (len(claims), len(printed)), (n_parts, min(n_parts, limits.findings))
    left_out = tuple(_say_left_out(table, sample, *counts, spreads))
    return Plan(
        drawn,
        tuple(claims[limits.claims :]),
        told,
        searched,
        gaps_chart(table),
        draw_associations(compared),
        pairs,
        spreads,
        left_out,
    )


def _draw_claims(table: Table, claims: Sequence[Claim], limit: int) -> list[Chart | None]:
    """Draw the claims in their order, no picture twice, at most ``limit``."""
    charts: list[Chart | None] = []
    shown: set[str] = set()
    for claim in claims:
        chart = draw_claim(table, claim) if len(shown) < limit else None
        charts.append(None if chart is None or chart.title in shown else chart)
        shown |= {chart.title} if chart is not None else set()
    return charts


def _draw_spreads(table: Table, shown: set[str], limit: int) -> Iterator[tuple[str, Chart]]:
    """Draw how the first columns are spread, those whose picture stands beside a claim left out."""
    n_drawn = 0
    for name in table.frame.columns:
        if n_drawn < limit and table.kinds[name] in {"number", "category", "date"}:
            chart = draw_spread(table, name)
            if chart is not None and chart.title not in shown:
                n_drawn += 1
                yield name, chart


def _say_left_out(
    table: Table,
    sample: Table,
    claims: tuple[int, int],
    findings: tuple[int, int],
    spreads: Sequence[tuple[str, Chart]],
) -> Iterator[str]:
    """Say what this report does not print."""
    if claims[1] < claims[0]:
        yield f"{claims[1]:,} of {claims[0]:,} findings are printed, the weightiest; all are in the JSON file."
    if findings[1] < findings[0]:
        yield f"{findings[1]:,} of {findings[0]:,} parts of the story are printed."
    n_columns = table.frame.shape[1]
    if len(spreads) < n_columns:
        yield f"The spread of {len(spreads):,} of {n_columns:,} columns is drawn in the last chapter."
    if len(sample.frame) < len(table.frame):
        yield f"Figures are drawn from a sample of {len(sample.frame):,} of {len(table.frame):,} rows."
