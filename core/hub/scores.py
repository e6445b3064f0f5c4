"""The figures of a stored model: ``scores.json``, from which every card, table and page reads its numbers.

A file is a list of rows with exactly the fields of :class:`core.hub.contract.ScoreRow`; a project lists the row that
its card on Home shows before other rows of the same metric and split.

Left out: how a figure and its interval are computed, which is ``core.evaluation``.
"""

from __future__ import annotations

import json
import math
import os
import platform
from collections.abc import Iterable, Sequence
from dataclasses import asdict, fields, replace
from pathlib import Path
from typing import Any

from core.hub.contract import ScoreRow, Scores
from core.hub.errors import ArtifactError
from core.hub.registry import Project
from core.hub.settings import ROOT

MODELS = ROOT / "models"
SCORES_FILE = "scores.json"
_NUMBERS = ("value", "low", "high", "baseline_value")
_COUNTS = ("n", "seed")
_NAMES = tuple(each.name for each in fields(ScoreRow))
_CPU_FACTS = Path("/proc/cpuinfo")
HEADER = ("Model", "Metric", "Split", "Value", "95% interval", "n", "Baseline")


def models_root(root: Path | None = None) -> Path:
    """Return the folder of stored models: the one given, else ``models`` in the checkout."""
    return MODELS if root is None else root


def describe_machine() -> str:
    """Name the processor and its usable cores, never the host.

    Examples
    --------
    >>> describe_machine().endswith(("core", "cores"))
    True
    """
    n_cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return f"{_read_cpu_model()}, {n_cores} core{'s' if n_cores > 1 else ''}"


def _read_cpu_model() -> str:
    """Read the processor's model name, or its architecture where the system does not tell."""
    try:
        lines = _CPU_FACTS.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        lines = []
    found = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "")
    return " ".join(found.split()) or platform.machine()


def scores_to_json(scores: Iterable[ScoreRow]) -> str:
    """Write rows as JSON, one row a line; a row without a machine gets this one.

    Raises
    ------
    ArtifactError
        If a row has no finite number, no interval around its value, or no baseline.
    """
    machine = describe_machine()
    rows = [replace(row, machine=row.machine or machine) for row in scores]
    for place, row in enumerate(rows, 1):
        _check_row(asdict(row), place)
    lines = ",\n".join("  " + json.dumps(asdict(row), ensure_ascii=False, allow_nan=False) for row in rows)
    return f"[\n{lines}\n]\n"


def scores_from_json(text: str) -> Scores:
    """Read rows back, checking each one.

    Raises
    ------
    ArtifactError
        Naming the row and the field that is wrong.

    Examples
    --------
    >>> row = ScoreRow("accuracy", "loo", 0.98, 0.943, 0.993, 150, "largest class", 0.333, machine="CPU, 2 cores")
    >>> scores_from_json(scores_to_json([row])) == (row,)
    True
    """
    try:
        rows = json.loads(text)
    except (ValueError, RecursionError) as error:
        message = f"{SCORES_FILE} is not JSON ({str(error)[:80]}); train the model again"
        raise ArtifactError(message) from error
    if not isinstance(rows, list) or not rows:
        message = f"{SCORES_FILE} must be a list of at least one row; train the model again"
        raise ArtifactError(message)
    for place, row in enumerate(rows, 1):
        _check_row(row, place)
    return tuple(ScoreRow(**row) for row in rows)


def _check_row(row: Any, place: int) -> None:
    """Refuse a row that is not exactly the fields of a ScoreRow with values that make sense."""
    if not isinstance(row, dict) or set(row) != set(_NAMES):
        message = f"row {place} of {SCORES_FILE} must have exactly the fields {', '.join(_NAMES)}"
        raise ArtifactError(message)
    for name in _NAMES:
        if not _is_valid(name, row[name]):
            message = f"{name} is {row[name]!r} in row {place} of {SCORES_FILE}; it must be {_describe(name)}"
            raise ArtifactError(message)
    if not row["low"] <= row["value"] <= row["high"]:
        message = (
            f"value is {row['value']!r} in row {place} of {SCORES_FILE}; it must lie in its interval "
            f"{row['low']!r} to {row['high']!r}"
        )
        raise ArtifactError(message)


def _is_valid(name: str, value: Any) -> bool:
    """Check one field's type, and that what must be said is said."""
    if name in _NUMBERS:
        return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)
    if name in _COUNTS:
        return isinstance(value, int) and not isinstance(value, bool) and value >= (1 if name == "n" else 0)
    return isinstance(value, str) and (bool(value) or name not in {"metric", "split", "baseline"})


def _describe(name: str) -> str:
    """Say what a field must be."""
    if name in _NUMBERS:
        return "a finite number"
    return "a whole number from " + ("1" if name == "n" else "0") if name in _COUNTS else "a text"


def load_scores(slug: str, name: str = "full", root: Path | None = None) -> Scores:
    """Read the scores of a stored model.

    Parameters
    ----------
    slug, name : str
        Project and recipe.
    root : Path, optional
        Folder of stored models; default ``models`` in the checkout.

    Raises
    ------
    ArtifactError
        If the file is missing or a row of it is not valid.
    """
    path = models_root(root) / slug / name / SCORES_FILE
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        message = (
            f"models/{slug}/{name}/{SCORES_FILE} cannot be read; "
            f"`python -m core train {slug} --recipe full --save` writes it"
        )
        raise ArtifactError(message) from error
    return scores_from_json(text)


def headline(project: Project, root: Path | None = None) -> ScoreRow | None:
    """Return the row that Home's card of a project shows, or None where nothing is stored yet.

    Raises
    ------
    ArtifactError
        If scores are stored but cannot be read.
    """
    if not (models_root(root) / project.slug / "full" / SCORES_FILE).is_file():
        return None
    rows = load_scores(project.slug, root=root)
    return next((row for row in rows if (row.metric, row.split) == project.headline), None)


def show_number(value: float) -> str:
    """Write a figure with four significant digits, without an exponent where a person can read it.

    Examples
    --------
    >>> show_number(0.98), show_number(0.942743), show_number(12345.6), show_number(0.00001)
    ('0.98', '0.9427', '12,346', '1e-05')
    """
    if math.isclose(value, 0.0, abs_tol=1e-300):
        return "0"
    digits = 4
    return f"{value:,.0f}" if abs(value) >= 10**digits else f"{value:.{digits}g}"


def row_cells(row: ScoreRow) -> tuple[str, ...]:
    """Write a row as the texts that stand under ``HEADER``."""
    return (
        row.model,
        row.metric,
        row.split,
        f"{show_number(row.value)} {row.unit}".strip(),
        f"{show_number(row.low)} to {show_number(row.high)}",
        str(row.n),
        f"{show_number(row.baseline_value)} ({row.baseline})",
    )


def scores_to_text(scores: Sequence[ScoreRow]) -> str:
    """Write rows as a plain table for a terminal.

    Examples
    --------
    >>> row = ScoreRow("accuracy", "loo", 0.98, 0.9427, 0.9932, 150, "largest class", 1 / 3, model="lda")
    >>> print(scores_to_text([row]))
    model  metric    split  value  95% interval      n    baseline
    lda    accuracy  loo    0.98   0.9427 to 0.9932  150  0.3333 (largest class)
    """
    return columns_to_text([tuple(map(str.lower, HEADER)), *map(row_cells, scores)])


def columns_to_text(rows: Sequence[Sequence[str]]) -> str:
    """Align rows of texts in columns two spaces apart."""
    widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )
