"""What a benchmark measured, and how it becomes ``docs/BENCHMARKS.md``.

Left out: measuring, which each script does for itself.
"""

from __future__ import annotations

import dataclasses
import json
import os
import platform
from dataclasses import dataclass
from datetime import UTC, datetime

from core.hub.settings import ROOT

RESULTS = ROOT / "benchmarks" / "results"
DOCUMENT = ROOT / "docs" / "BENCHMARKS.md"
INTRODUCTION = """# Benchmarks

Written by `make bench` from `benchmarks/results/`; never by hand. Each table names what it is held against: a budget, a
peer measured in the same run, or a published value. Times move with the machine and its load; the ratios move less.
"""


@dataclass(frozen=True, slots=True)
class Line:
    """One measured figure beside what it is held against.

    Parameters
    ----------
    what : str
        What was measured, with its unit in words.
    value, reference : float
        Ours and theirs, in ``unit``.
    kept : bool
        Whether the claim holds.
    """

    what: str
    value: float
    unit: str
    against: str
    reference: float | None
    kept: bool


@dataclass(frozen=True, slots=True)
class Record:
    """All that one benchmark script measured."""

    name: str
    title: str
    method: str
    lines: tuple[Line, ...]
    command: str
    date: str = ""
    machine: str = ""


def save(record: Record) -> Record:
    """Write a record with its date and machine; return it."""
    dated = dataclasses.replace(
        record, date=datetime.now(UTC).date().isoformat(), machine=f"{platform.machine()}, {os.cpu_count()} cores"
    )
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / f"{record.name}.json").write_text(json.dumps(dataclasses.asdict(dated), indent=1) + "\n")
    return dated


def load_all() -> tuple[Record, ...]:
    """Read every record, by name."""
    found = [json.loads(path.read_text()) for path in sorted(RESULTS.glob("*.json"))]
    return tuple(Record(**{**each, "lines": tuple(Line(**line) for line in each["lines"])}) for each in found)


def write_table(record: Record) -> str:
    """Show a record as a Markdown section."""
    rows = [_show_line(line) for line in record.lines]
    head = ["| what | measured | held against | value | kept |", "|---|---|---|---|---|"]
    foot = f"{record.date}, {record.machine}. Again: `{record.command}`"
    return "\n".join([f"## {record.title}", "", record.method, "", *head, *rows, "", foot, ""])


def _show_line(line: Line) -> str:
    """Write one line of the table."""
    verdict = "yes" if line.kept else "**no**"
    reference = _show(line.reference, line.unit)
    return f"| {line.what} | {_show(line.value, line.unit)} | {line.against} | {reference} | {verdict} |"


def _show(reference: float | None, unit: str) -> str:
    """Write a reference value, or a dash."""
    return "–" if reference is None else f"{reference:,.4g} {unit}"


def write_document() -> str:
    """Return the whole document as it should stand."""
    return "\n".join([INTRODUCTION, *(write_table(record) for record in load_all())])
