"""Columns that name their rows or give the answer away, also where rows are given more than once; infinite values.

A copy of a row in the rows that are learnt from tells its answer by any column whatever, so that the column which truly
gives it away no longer stands out. Where many rows repeat earlier ones, the distinct rows are looked over as well.

Left out: copies that differ in a cell.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from core.datasets.alerts import Alert, find_alerts
from core.datasets.alerts.twins import find_repeated
from core.datasets.fixes.wording import count_of
from core.datasets.table import Table
from core.datasets.tally import tally_column

DOUBTS = ("id_like", "leak_like")
MANY_COPIES = 0.05
"""Share of repeated rows from which distinct rows are looked over too."""


def find_doubts(table: Table) -> tuple[Alert, ...]:
    """Find columns that name their rows or give the answer away.

    Parameters
    ----------
    table : Table
        With its target set.

    Examples
    --------
    >>> import pandas as pd
    >>> from core.datasets.catalogue import load_table
    >>> once = load_table("titanic")
    >>> twice = replace(once, frame=pd.concat([once.frame] * 2, ignore_index=True), sha256="twice")
    >>> [alert.columns for alert in find_alerts(twice) if alert.kind == "leak_like"]
    []
    >>> [alert.columns for alert in find_doubts(twice)]
    [('boat',)]
    """
    found = [alert for alert in find_alerts(table) if alert.kind in DOUBTS]
    repeated = find_repeated(table.frame)
    if repeated.mean() >= MANY_COPIES:
        frame = table.frame[~repeated].reset_index(drop=True)
        known = {name for alert in found for name in alert.columns}
        alone = find_alerts(replace(table, frame=frame, sha256=f"{table.sha256}-each-once"))
        # only leaks: among distinct rows an honest column may name each of them
        found += [alert for alert in alone if alert.kind == "leak_like" and not known & set(alert.columns)]
    return tuple(found)


def list_infinite(table: Table, names: Sequence[str]) -> tuple[str, ...]:
    """Say of each column how many infinite values it holds, which models take as missing.

    Parameters
    ----------
    names : sequence of str
        The columns that are learnt from.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"ratio": [1.0, float("inf"), -float("inf")], "kind": ["a", "b", "a"]})
    >>> list_infinite(Table(frame, "mine", "upload", "", {"ratio": "number", "kind": "category"}), ("ratio", "kind"))
    ('2 infinite values of ratio are taken as missing.',)
    """
    counts = {name: tally_column(table, name).n_infinite for name in names if table.kinds[name] == "number"}
    return tuple(
        f"{count_of(n, 'infinite value')} of {name} {'is' if n == 1 else 'are'} taken as missing."
        for name, n in counts.items()
        if n
    )
