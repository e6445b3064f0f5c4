"""Claims about single numbers far from all others: the value, its row, and how far out it lies, on all rows.

The alerts of ``core.datasets`` name the columns; what they found is told here with its figures.

Left out: long tails (``spread``); rows in another unit (``units``), which explain such values where there are several.
"""

from __future__ import annotations

from core.datasets.alerts.wild import describe_far
from core.datasets.bulk import N_NAMED, Bulk, find_bulk
from core.tabular.eda.claim import Claim
from core.tabular.eda.claims.evidence import Evidence

METHOD = (
    "values that a gap parts from all others: at least 2 ranges of the rest, and 0.6 of it after asinh; counted on "
    "all rows"
)


def find_wild(evidence: Evidence) -> list[Claim]:
    """Claim the numbers that lie far out.

    Examples
    --------
    >>> from core.datasets.catalogue import load_table
    >>> from core.tabular.eda.claims.evidence import make_evidence
    >>> find_wild(make_evidence(load_table("iris"), 0, 0.05))
    []
    """
    names = [alert.columns[0] for alert in evidence.alerts if alert.kind == "wild_value"]
    bulks = {name: find_bulk(evidence.table.numbers(name)) for name in names}
    return [_write(name, bulk) for name, bulk in bulks.items() if bulk is not None]


def _write(name: str, bulk: Bulk) -> Claim:
    """Write the claim of one column; its effect is the distance of the farthest value in ranges of the rest."""
    times = bulk.times()
    farthest = float(times.max())
    figures = {"nearest": float(times.min()), "farthest": farthest, "low": bulk.low, "high": bulk.high}
    figures |= {"n_far": float(len(bulk.rows)), "n_others": float(bulk.n)}
    for place, (row, value) in enumerate(zip(bulk.rows[:N_NAMED], bulk.values[:N_NAMED], strict=True), start=1):
        figures |= {f"row_{place}": float(row + 1), f"value_{place}": float(value)}
    if len(bulk.rows) > N_NAMED:
        figures["n_more"] = float(len(bulk.rows) - N_NAMED)
    return Claim(
        kind="wild_value",
        topic="quality",
        severity="warning",
        columns=(name,),
        sentence=describe_far(name, bulk),
        effect="distance in ranges of the rest",
        value=farthest,
        low=farthest,
        high=farthest,
        n=bulk.n + len(bulk.rows),
        method=METHOD,
        figures=figures,
    )
