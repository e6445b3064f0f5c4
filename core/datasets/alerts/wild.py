"""Alerts about single numbers far from all others in their column: a slip of the pen, or another unit.

Left out: codes for "missing", which ``values`` names; long tails, where no value stands alone
(``core.datasets.bulk``).
"""

from __future__ import annotations

from core.datasets.alerts.profile import Alert, Profile
from core.datasets.bulk import N_NAMED, Bulk, find_bulk, list_far
from core.datasets.fixes import Fix
from core.datasets.fixes.wording import cut, show_value
from core.datasets.tally import tally_column


def find_wild(profile: Profile, known: tuple[Alert, ...] = ()) -> list[Alert]:
    """Report numbers that lie far out, each with its row and by how far.

    Parameters
    ----------
    known : tuple of Alert
        What is said already: a column with codes for "missing" waits until these are mended.
    """
    coded = {name for alert in known if alert.kind == "sentinel" for name in alert.columns}
    names = [name for name in profile.of_kind("number") if name not in profile.ids | coded]
    target = profile.table.target
    if target is not None and profile.table.kinds[target] == "number":
        names.append(target)
    tallies = {name: tally_column(profile.table, name) for name in names}
    bulks = {name: find_bulk(profile.table.numbers(name), (each.low, each.high)) for name, each in tallies.items()}
    return [_write(name, bulk) for name, bulk in bulks.items() if bulk is not None]


def _write(name: str, bulk: Bulk) -> Alert:
    """Write the alert of one column, with the button that blanks the values."""
    values = tuple(dict.fromkeys(show_value(float(value)) for value in bulk.values))
    label = f"Treat {list_far(bulk)} in {cut(name)} as missing"
    return Alert("wild_value", "warning", (name,), describe_far(name, bulk), Fix("set_missing", (name,), values, label))


def describe_far(name: str, bulk: Bulk) -> str:
    """Say which values lie far out, in which rows, and how far.

    Examples
    --------
    >>> import numpy as np
    >>> describe_far("weight", find_bulk(np.append(np.linspace(70.0, 100.0, 61), 8500.0)))
    'weight is 8,500 in row 62, far from the other 61 values (70 to 100): 280 times their whole range away.'
    """
    rows = ", ".join(f"{row + 1:,}" for row in bulk.rows[:N_NAMED])
    more = " and others" if len(bulk.rows) > N_NAMED else ""
    word = "row" if len(bulk.rows) == 1 else "rows"
    return (
        f"{cut(name)} is {list_far(bulk)} in {word} {rows}{more}, far from the other {bulk.n:,} values "
        f"({bulk.low:,.6g} to {bulk.high:,.6g}): {describe_times(bulk)} times their whole range away."
    )


def describe_times(bulk: Bulk) -> str:
    """Write how far out the values lie, in ranges of the rest: the farthest, or from the nearest to the farthest."""
    times = bulk.times()
    ends = [f"{end:,.3g}" if end < 1e3 else f"{end:,.0f}" for end in (times.min(), times.max())]  # noqa: PLR2004 - digits
    return ends[0] if ends[0] == ends[1] else f"{ends[0]} to {ends[1]}"
