"""The numbers of a report as JSON: every number that the PDF prints about the table is read from here.

Left out: the coordinates of single points, which are the rows themselves.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np

from core.datasets.summary import summarise
from core.datasets.table import Table
from core.datasets.tally import tally_column
from core.hub.charts import Chart, Mark
from core.tabular.eda.claim import Claim
from core.tabular.eda.report.numbers import plain
from core.tabular.eda.report.plan import Finding, Plan, Told

N_LISTED = 6
"""Problems and warnings that the first page lists."""
JSON: TypeAlias = dict[str, Any]  # a file's content: its shape is this module


def make_sidecar(table: Table, plan: Plan, title: str, subtitle: str, seed: int) -> JSON:
    """Collect every number of a report.

    Returns
    -------
    dict
        ``title``, ``subtitle``, ``seed``; ``table`` (rows, columns, missing …), ``counts`` of the claims by severity,
        ``claims`` (printed ones first, each with its number; ``searched`` tells none found from none looked for),
        ``story`` (the findings of the case study) and ``told`` (its other words and figures), ``columns`` in figures,
        ``figures`` in the order in which they stand, ``left_out``. Only what JSON holds: a number that is not finite
        is None.

    Examples
    --------
    >>> from core.datasets.catalogue import load_table
    >>> from core.tabular.eda.report.plan import LIMITS, make_plan
    >>> iris = load_table("iris")
    >>> sidecar = make_sidecar(iris, make_plan(iris, (), None, LIMITS[0], 0), "Iris", "", 0)
    >>> sidecar["table"]["rows"], sidecar["columns"][0]["median"]
    (150, 5.8)
    """
    claims = [claim for claim, _ in plan.claims]
    return {
        "title": title,
        "subtitle": subtitle,
        "seed": seed,
        "table": _describe_table(table),
        "counts": _count(claims, plan.others),
        "claims": [_write_claim(claim, i) for i, claim in enumerate([*claims, *plan.others], 1)],
        "n_printed": len(claims),
        "searched": plan.searched,
        "told": None if plan.story is None else _write_told(plan.story),
        "story": [_write_claim(finding.claim, i) for i, finding in enumerate(_list_findings(plan), 1)],
        "columns": _describe_columns(table),
        "figures": [_write_chart(chart, i) for i, chart in enumerate(list_charts(plan), 1)],
        "left_out": list(plan.left_out),
    }


def list_charts(plan: Plan) -> list[Chart]:
    """List the pictures in the order in which they stand in the report."""
    quality = [chart for claim, chart in plan.claims if claim.topic == "quality"]
    others = [chart for claim, chart in plan.claims if claim.topic != "quality"]
    story = [finding.chart for finding in _list_findings(plan)]
    pictures = [chart for _, chart in (*plan.pairs, *plan.spreads)]
    charts = [*story, *quality, plan.gaps, *others, *plan.matrices, *pictures]
    return [chart for chart in charts if chart is not None]


def _describe_table(table: Table) -> JSON:
    """Count rows, columns and gaps."""
    n_rows, n_columns = table.frame.shape
    missing = sum(tally_column(table, name).n_missing for name in table.frame.columns)
    return {
        "name": table.name,
        "sha256": table.sha256,
        "rows": n_rows,
        "columns": n_columns,
        "missing_cells": missing,
        "missing_share": missing / max(n_rows * n_columns, 1),
        "target": table.target,
        "kinds": dict(sorted(Counter(str(table.kinds[name]) for name in table.frame.columns).items())),
        "steps": list(table.steps),
        "notes": list(table.notes),
    }


def _count(printed: Sequence[Claim], others: Sequence[Claim]) -> dict[str, int]:
    """Count the claims by severity."""
    found = Counter(claim.severity for claim in [*printed, *others])
    wrong = sum(claim.severity != "note" for claim in printed)
    return {
        "claims": sum(found.values()),
        "problem": found["problem"],
        "warning": found["warning"],
        "note": found["note"],
        "wrong": found["problem"] + found["warning"],
        "wrong_listed": min(wrong, N_LISTED),
        "tested": sum(claim.q is not None for claim in [*printed, *others]),
    }


def _write_claim(claim: Claim, number: int) -> JSON:
    """Write one claim with all its fields."""
    sizes = {name: plain(getattr(claim, name)) for name in ("value", "low", "high", "p", "q")}
    return {
        "number": number,
        "kind": claim.kind,
        "topic": claim.topic,
        "severity": claim.severity,
        "columns": list(claim.columns),
        "sentence": claim.sentence,
        "effect": claim.effect,
        **sizes,
        "n": int(claim.n),
        "method": claim.method,
        "figures": _write_figures(claim.figures),
    }


def _write_told(story: Told) -> JSON:
    """Write what a story says besides its findings."""
    figures = [{"name": name, "value": plain(value), "text": text} for name, (value, text) in story.figures.items()]
    return {"title": story.title, "question": story.question, "lesson": story.lesson, "figures": figures}


def _list_findings(plan: Plan) -> tuple[Finding, ...]:
    """List the findings of the story, where there is one."""
    return () if plan.story is None else plan.story.findings


def _write_figures(figures: Mapping[str, float]) -> dict[str, float | int | None]:
    """Write named numbers in the order of their names."""
    return {str(name): plain(figures[name]) for name in sorted(figures)}


def _describe_columns(table: Table) -> list[JSON]:
    """Describe each column: the summary's line, with spread and quarters of the numbers."""
    lines = []
    for line in summarise(table).to_dict("records"):
        tally = tally_column(table, line["column"])
        lines.append({
            "column": str(line["column"]),
            "kind": line["kind"],
            "top": str(line["top"]),
            **{key: plain(line[key]) for key in ("missing", "missing_share", "distinct", "min", "mean", "max")},
            "top_share": plain(line["top_share"]),
            "sd": plain(tally.sd),
            **{key: plain(value) for key, value in zip(("q1", "median", "q3"), tally.quarters, strict=True)},
        })  # fmt: skip
    return lines


def _write_chart(chart: Chart, number: int) -> JSON:
    """Write a picture's finding, its words and what it draws."""
    marks = [_write_mark(mark) for mark in chart.marks]
    return {"number": number, "title": chart.title, "alt": chart.alt, "marks": marks}


def _write_mark(mark: Mark) -> JSON:
    """Write a series; of points only how many there are."""
    if mark.kind == "points":
        return {"kind": mark.kind, "name": mark.name, "n": len(mark.x)}
    sides = {"x": _write_axis(mark.x), "y": _write_axis(mark.y)}
    z = {} if mark.z is None else {"z": [_write_axis(line) for line in mark.z]}
    return {"kind": mark.kind, "name": mark.name, **sides, **z}


def _write_axis(values: np.ndarray) -> list[object]:
    """Write numbers as numbers, dates and names as text."""
    array = np.asarray(values)
    return [plain(value) if array.dtype.kind in "fiu" else str(value) for value in array]
