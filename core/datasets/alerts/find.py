"""Look a table over and list what stands out, worst first.

Everything is counted on all rows but the leak test, which is measured on a seeded sample and says so.

Left out: what a chart shows better (skew, tails, correlation); whether a table suits a page (``core.datasets.fit``).
"""

from __future__ import annotations

from core.datasets.alerts import columns, leak, rows, spellings, target, values, wild
from core.datasets.alerts.profile import SEVERITIES, Alert, make_profile
from core.datasets.table import Table

_CHECKS = (
    rows.find_rejected,
    target.find_missing,
    values.find_infinite,
    leak.find_leaks,
    rows.find_empty,
    columns.find_empty,
    columns.find_constant,
    columns.find_ids,
    columns.find_copies,
    values.find_sentinels,
    values.find_placeholders,
    values.find_numerals,
    spellings.find_variants,
    rows.find_duplicates,
    target.find_imbalance,
    target.find_rare,
    columns.find_many,
    rows.find_missing,
    spellings.find_typos,
    target.find_conflicts,
)


def find_alerts(table: Table) -> tuple[Alert, ...]:
    """List what stands out in a table.

    Parameters
    ----------
    table : Table
        With its target set, the checks of a class or number to predict are made too.

    Returns
    -------
    tuple of Alert
        Problems first, then warnings, then notes; empty for a clean table.

    Examples
    --------
    >>> from core.datasets.catalogue import load_table
    >>> for alert in find_alerts(load_table("iris")):
    ...     print(alert.severity, "|", alert.sentence, "|", alert.fix.label)
    note | 1 of 150 rows (0.7%) repeats an earlier one; keep it if cases may really be equal. | Drop 1 repeated row
    """
    if table.frame.empty:
        return ()
    profile = make_profile(table)
    found = [alert for check in _CHECKS for alert in check(profile)]
    found += wild.find_wild(profile, tuple(found))
    return tuple(sorted(found, key=lambda alert: SEVERITIES.index(alert.severity)))
