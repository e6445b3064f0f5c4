"""Claims from the alerts of ``core.datasets``: what is counted on all rows is not searched for a second time.

The effect is what the alert counts, by its name, out of the rows or lines it was counted in.

Left out: alerts that ``identities`` and ``wild`` say better (equal columns, numbers far out).
"""

from __future__ import annotations

import re

from core.datasets.alerts import Alert
from core.datasets.alerts.leak import SAMPLE_ROWS
from core.datasets.tally import tally_column
from core.tabular.eda.claim import Claim, Topic
from core.tabular.eda.claims.evidence import Evidence

_RENAMED = {"leak_like": "label_leak"}
_TOPICS: dict[str, Topic] = {
    "leak_like": "target",
    "imbalance": "target",
    "rare_class": "target",
    "missing_target": "target",
    "conflicting_answers": "target",
    "missing": "missing",
    "mostly_missing": "missing",
    "empty_column": "missing",
    "empty_rows": "missing",
}
_CELLS = {
    "mostly_missing": "missing values",
    "missing": "missing values",
    "missing_target": "missing values",
    "infinite": "infinite values",
    "numbers_as_text": "values kept as text",
}
_ROWS = {"sentinel", "spelling", "typo", "duplicate_rows", "empty_rows", "conflicting_answers"}
_SAID_ELSEWHERE = {"duplicate_columns", "wild_value"}
_IN_ROWS = re.compile(r" in (\d[\d,]*) rows?\b")
_PERCENT = re.compile(r" in (?:under |over )?([\d.]+)% of rows")
_NUMBER = re.compile(r"(?<![\w.])-?\d+(?:,\d{3})*(?:\.\d+)?(?![\w.]*[A-Za-z_])")


def find_quality(evidence: Evidence) -> list[Claim]:
    """Turn the alerts into claims.

    Examples
    --------
    >>> from core.datasets.catalogue import load_table
    >>> from core.tabular.eda.claims.evidence import make_evidence
    >>> [(each.kind, each.value) for each in find_quality(make_evidence(load_table("iris"), 0, 0.05))]
    [('duplicate_rows', 1.0)]
    """
    return [_write(evidence, alert) for alert in evidence.alerts if alert.kind not in _SAID_ELSEWHERE]


def _write(evidence: Evidence, alert: Alert) -> Claim:
    """Write one alert as a claim; its effect is what it counted."""
    effect, value, n = _measure(evidence, alert)
    return Claim(
        kind=_RENAMED.get(alert.kind, alert.kind),
        topic=_TOPICS.get(alert.kind, "quality"),
        severity=alert.severity,
        columns=alert.columns,
        sentence=alert.sentence,
        effect=effect,
        value=value,
        low=value,
        high=value,
        n=n,
        method="counted on all rows" if alert.kind != "leak_like" else "accuracy of one feature in five folds",
        figures=read_figures(alert.sentence, alert.columns),
    )


def _measure(evidence: Evidence, alert: Alert) -> tuple[str, float, int]:
    """Return what an alert counted: its name, how many, and in how many rows or lines."""
    table, names, n = evidence.table, alert.columns, evidence.n_rows
    match alert.kind:
        case "rejected_lines":
            return "lines left out", float(table.n_rejected), table.n_lines
        case "imbalance" | "rare_class":
            return _measure_classes(evidence, alert)
        case "leak_like":
            return _measure_leak(alert, n)
        case kind if kind in _ROWS:
            return "rows", _count_rows(alert), n
    what = _CELLS.get(alert.kind, "columns")
    n_missing = sum(evidence.missing.get(name, 0) for name in names)
    n_infinite = sum(tally_column(table, name).n_infinite for name in names)
    counted = {"missing values": n_missing, "infinite values": n_infinite, "values kept as text": n - n_missing}
    return what, float(counted.get(what, len(names))), n


def _measure_classes(evidence: Evidence, alert: Alert) -> tuple[str, float, int]:
    """Return the share of the largest class, or how many classes are rare, among the rows whose class is known."""
    counts = evidence.table.frame[alert.columns[0]].value_counts()
    if alert.kind == "imbalance":
        return "share of the largest class", float(counts.iloc[0] / counts.sum()), int(counts.sum())
    return "rare classes", float(len(alert.fix.values if alert.fix else ())), int(counts.sum())


def _measure_leak(alert: Alert, n_rows: int) -> tuple[str, float, int]:
    """Return how often a feature alone is right, or how straight the line is, on the rows that were measured."""
    n, found = min(n_rows, SAMPLE_ROWS), _PERCENT.search(_blank_names(alert.sentence, alert.columns))
    if found:
        return "share of rows right", float(found[1]) / 100, n
    return "correlation, at least", next(iter(read_figures(alert.sentence, alert.columns).values()), 1.0), n


def _count_rows(alert: Alert) -> float:
    """Return the rows that a sentence counts: those it says it was found in, else its first number."""
    plain = _blank_names(alert.sentence, alert.columns)
    found = _IN_ROWS.findall(plain) if alert.columns and alert.kind != "conflicting_answers" else []
    figures = read_figures(alert.sentence, alert.columns)
    return float(found[0].replace(",", "")) if found else next(iter(figures.values()), 0.0)


def read_figures(sentence: str, names: tuple[str, ...]) -> dict[str, float]:
    """Read the numbers of a sentence, in order, names of columns and quoted values left out.

    Examples
    --------
    >>> read_figures("1,309 of x2 (0.5%) repeat '7'.", ("x2",))
    {'figure_1': 1309.0, 'figure_2': 0.5}
    """
    found = [float(each.replace(",", "")) for each in _NUMBER.findall(_blank_names(sentence, names))]
    return {f"figure_{place}": value for place, value in enumerate(found, start=1)}


def _blank_names(sentence: str, names: tuple[str, ...]) -> str:
    """Take quoted values and names of columns out of a sentence."""
    plain = re.sub(r"'[^']*'", " ", sentence)
    for name in sorted(names, key=len, reverse=True):
        plain = plain.replace(name, " ")
    return plain
