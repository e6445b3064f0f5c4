"""Claims from the alerts of ``core.datasets``: what is counted on all rows is not searched for a second time.

Left out: alerts that ``identities`` and ``wild`` say better (equal columns, numbers far out).
"""

from __future__ import annotations

import re

from core.datasets.alerts import Alert
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
_SAID_ELSEWHERE = {"duplicate_columns", "wild_value"}
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
    return [
        _write(evidence, alert, names)
        for alert in evidence.alerts
        if alert.kind not in _SAID_ELSEWHERE
        for names in [alert.columns]
    ]


def _write(evidence: Evidence, alert: Alert, names: tuple[str, ...]) -> Claim:
    """Write one alert as a claim; its effect is its first count."""
    figures = read_figures(alert.sentence, names)
    value = next(iter(figures.values()), float(len(names)))
    return Claim(
        kind=_RENAMED.get(alert.kind, alert.kind),
        topic=_TOPICS.get(alert.kind, "quality"),
        severity=alert.severity,
        columns=names,
        sentence=alert.sentence,
        effect="count",
        value=value,
        low=value,
        high=value,
        n=evidence.n_rows,
        method="counted on all rows" if alert.kind != "leak_like" else "accuracy of one feature in five folds",
        figures=figures,
    )


def read_figures(sentence: str, names: tuple[str, ...]) -> dict[str, float]:
    """Read the numbers of a sentence, in order, names of columns and quoted values left out.

    Examples
    --------
    >>> read_figures("1,309 of x2 (0.5%) repeat '7'.", ("x2",))
    {'figure_1': 1309.0, 'figure_2': 0.5}
    """
    plain = re.sub(r"'[^']*'", " ", sentence)
    for name in sorted(names, key=len, reverse=True):
        plain = plain.replace(name, " ")
    found = [float(each.replace(",", "")) for each in _NUMBER.findall(plain)]
    return {f"figure_{place}": value for place, value in enumerate(found, start=1)}
