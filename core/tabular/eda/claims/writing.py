"""How a claim about a share of rows is written: one form for all the searches that count suspect rows.

Left out: associations, whose effects have forms of their own.
"""

from __future__ import annotations

from dataclasses import dataclass

from core.evaluation.intervals import wilson_interval
from core.tabular.eda.claim import Claim, Severity, Topic
from core.tabular.eda.claims.evidence import Evidence


@dataclass(frozen=True, slots=True)
class Finding:
    """What a search found, before it becomes a claim.

    Parameters
    ----------
    n_hit, n : int
        Rows that are suspect, of those looked at.
    p : float, optional
        Of the test that stands behind it.
    """

    kind: str
    severity: Severity
    columns: tuple[str, ...]
    sentence: str
    n_hit: int
    n: int
    method: str
    topic: Topic = "quality"
    p: float | None = None
    figures: tuple[tuple[str, float], ...] = ()


def claim_share(evidence: Evidence, found: Finding) -> Claim:
    """Write a claim whose effect is a share of rows, with Wilson's bounds.

    Examples
    --------
    >>> from core.datasets.catalogue import load_table
    >>> from core.tabular.eda.claims.evidence import make_evidence
    >>> found = Finding("ceiling", "warning", ("petal_width",), "15 of 150 rows …", 15, 150, "counted")
    >>> claim_share(make_evidence(load_table("iris"), 0, 0.05), found).value
    0.1
    """
    share = found.n_hit / found.n
    low, high = wilson_interval(found.n_hit, found.n)
    return Claim(
        kind=found.kind,
        topic=found.topic,
        severity=found.severity,
        columns=found.columns,
        sentence=found.sentence,
        effect="share of rows",
        value=share,
        low=min(low, share),
        high=max(high, share),
        n=found.n,
        method=f"{found.method}{evidence.on_sample}",
        p=found.p,
        figures={"n_hit": float(found.n_hit), "n_rows": float(found.n), **dict(found.figures)},
    )


def note_test(evidence: Evidence, kind: str, columns: tuple[str, ...], p: float, topic: Topic) -> Claim:
    """Record a test that claims nothing: its sentence is empty, and its p counts among all tests of the topic."""
    return Claim(
        kind=kind,
        topic=topic,
        severity="note",
        columns=columns,
        sentence="",
        effect="",
        value=0.0,
        low=0.0,
        high=0.0,
        n=len(evidence.rows),
        method="",
        p=p,
    )
