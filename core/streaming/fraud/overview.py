"""What payments look like: how many, when, how much, and which of them were frauds of which kind.

A table of payments is counted once into some hundred numbers; charts are drawn from those. The counts of the
handbook's 1,754,155 payments are stored (``stored_figures``), so that nobody waits for the simulation to look at them.

Left out: one customer or terminal over time (``histories``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.hub.charts import Chart, Mark, Role
from core.streaming.fraud.transactions import DAY_S, EPOCH, SCENARIOS, Transactions

GENUINE, OTHER = SCENARIOS[0], "fraud"
N_BINS, N_HOURS = 40, 24
MOST_DAYS = 370
HOUR_S = DAY_S // N_HOURS
ROLES: Mapping[str, Role] = {
    GENUINE: "muted", "large amount": "third", "compromised terminal": "main", "stolen card": "second", OTHER: "bad",
}  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Overview:
    """Payments, counted.

    Parameters
    ----------
    kinds : tuple of str
        Genuine first, then the kinds of fraud that are there.
    edges : float64 array of shape (n_bins + 1,)
        Of the amounts; what lies above counts in the last bin.
    amounts : int64 array of shape (n_kinds, n_bins)
    hours : int64 array of shape (n_kinds, 24)
        By the hour of the day in UTC.
    days : int64 array of shape (n_kinds, n_days)
        From ``first_day`` on, which counts from ``transactions.EPOCH``.
    means : float64 array of shape (n_kinds,)
        Mean amounts.
    n_customers, n_terminals : int
    """

    kinds: tuple[str, ...]
    edges: NDArray[np.float64]
    amounts: NDArray[np.int64]
    hours: NDArray[np.int64]
    days: NDArray[np.int64]
    means: NDArray[np.float64]
    first_day: int
    n_customers: int
    n_terminals: int

    @property
    def counts(self) -> dict[str, int]:
        """Payments of each kind."""
        return dict(zip(self.kinds, self.hours.sum(axis=1).tolist(), strict=True))

    @property
    def n(self) -> int:
        """All payments."""
        return int(self.hours.sum())

    @property
    def n_frauds(self) -> int:
        """All frauds."""
        return int(self.hours[1:].sum())

    @property
    def dates(self) -> NDArray[np.datetime64]:
        """The days, shape (n_days,)."""
        return np.datetime64((EPOCH + timedelta(days=self.first_day)).date(), "D") + np.arange(self.days.shape[1])

    def to_values(self) -> dict[str, Any]:
        """Return what JSON can hold."""
        arrays = ("edges", "amounts", "hours", "days", "means")
        values = {name: getattr(self, name).tolist() for name in arrays}
        more = ("first_day", "n_customers", "n_terminals")
        return {"kinds": list(self.kinds)} | values | {name: getattr(self, name) for name in more}


def overview_from_values(values: Mapping[str, Any]) -> Overview:
    """Read what :meth:`Overview.to_values` wrote."""
    return Overview(
        kinds=tuple(values["kinds"]),
        edges=np.array(values["edges"], dtype=np.float64),
        amounts=np.array(values["amounts"], dtype=np.int64),
        hours=np.array(values["hours"], dtype=np.int64),
        days=np.array(values["days"], dtype=np.int64),
        means=np.array(values["means"], dtype=np.float64),
        first_day=int(values["first_day"]),
        n_customers=int(values["n_customers"]),
        n_terminals=int(values["n_terminals"]),
    )


def describe_payments(payments: Transactions) -> Overview:
    """Count payments by kind, amount, hour and day; of more than 370 days the last ones are counted by day.

    Parameters
    ----------
    payments : Transactions
        At least one.

    Examples
    --------
    >>> from core.streaming.fraud.simulator import SMALL, simulate
    >>> found = describe_payments(simulate(SMALL))
    >>> found.n, found.kinds[1], round(found.means[0])
    (113798, 'large amount', 53)
    """
    kind = np.where(payments.fraud & (payments.scenario <= 0), len(SCENARIOS), payments.scenario)
    names = (*SCENARIOS, OTHER)
    there = [0, *(each for each in range(1, len(names)) if (kind == each).any())]
    rows = [np.flatnonzero(kind == each) for each in there]
    high = float(np.quantile(payments.amount, 0.999)) * 1.5
    edges = np.linspace(0.0, max(_round_up(high), 1.0), N_BINS + 1)
    last = int(payments.days.max())
    first = max(int(payments.days.min()), last - MOST_DAYS + 1)
    place = np.clip(np.digitize(payments.amount, edges) - 1, 0, N_BINS - 1)
    hour, day = payments.seconds % DAY_S // HOUR_S, payments.days - first
    return Overview(
        kinds=tuple(names[each] for each in there),
        edges=edges,
        amounts=_count(place, rows, N_BINS),
        hours=_count(hour, rows, N_HOURS),
        days=_count(day, [each[day[each] >= 0] for each in rows], last - first + 1),
        means=np.array([float(payments.amount[each].mean()) if len(each) else 0.0 for each in rows]),
        first_day=first,
        n_customers=len(np.unique(payments.customer)),
        n_terminals=len(np.unique(payments.terminal)),
    )


def _round_up(value: float) -> float:
    """Round up to one digit."""
    unit = 10.0 ** np.floor(np.log10(max(value, 1e-9)))
    return float(np.ceil(value / unit) * unit)


def _count(place: NDArray[np.int64], rows: list[NDArray[np.int64]], n: int) -> NDArray[np.int64]:
    """Count some rows' places, a line for each kind."""
    return np.array([np.bincount(place[each], minlength=n) for each in rows], dtype=np.int64)


def kinds_frame(found: Overview) -> pd.DataFrame:
    """Tabulate the kinds: payments, their share of all, and their mean amount."""
    counts = np.array(list(found.counts.values()))
    return pd.DataFrame(
        {"Kind": found.kinds, "Payments": counts, "Share": counts / counts.sum(), "Mean amount": found.means}
    )


def amounts_chart(found: Overview) -> Chart:
    """Draw how amounts are spread in each kind."""
    middle = (found.edges[:-1] + found.edges[1:]) / 2
    marks = tuple(
        Mark("line", middle, counts / max(counts.sum(), 1), kind, ROLES[kind], dash=kind == GENUINE)
        for kind, counts in zip(found.kinds, found.amounts, strict=True)
    )
    told = ", ".join(f"{kind} {mean:,.0f}" for kind, mean in zip(found.kinds, found.means, strict=True))
    title = f"Mean amounts: {told}"
    if "compromised terminal" in found.kinds:
        usual, terminal = found.means[0], found.means[found.kinds.index("compromised terminal")]
        title = f"Frauds at a compromised terminal cost {terminal:,.0f} on average, genuine payments {usual:,.0f}: "
        title += "their amount gives nothing away"
    return Chart(title, "Amount", "Share of the kind's payments", marks, f"{title}. Mean amounts: {told}.",
                 y_percent=True)  # fmt: skip


def hours_chart(found: Overview) -> Chart:
    """Draw payments by the hour of the day, and the share of frauds among them."""
    total, frauds = found.hours.sum(axis=0), found.hours[1:].sum(axis=0)
    share = frauds / np.maximum(total, 1)
    enough = np.flatnonzero(total >= max(total.sum() // 1_000, 1))
    low, high = float(share[enough].min()), float(share[enough].max())
    title = f"Between {low:.2%} and {high:.2%} of an hour's payments are frauds; most are made at {total.argmax()} h"
    marks = (
        Mark("bars", np.arange(N_HOURS), total / max(total.sum(), 1), "payments", "muted"),
        Mark("line", np.arange(N_HOURS), frauds / max(frauds.sum(), 1), "frauds", "bad"),
    )
    return Chart(title, "Hour of the day, UTC", "Share of all payments, of all frauds", marks, f"{title}.",
                 y_percent=True)  # fmt: skip


def days_chart(found: Overview) -> Chart:
    """Draw the frauds of each day by kind."""
    marks = tuple(
        Mark("line", found.dates, counts.astype(float), kind, ROLES[kind])
        for kind, counts in zip(found.kinds[1:], found.days[1:], strict=True)
    )
    per_day = found.days[1:].sum(axis=0)
    if not marks:
        plain = (Mark("line", found.dates, found.days[0].astype(float), "payments", "muted"),)
        title = f"{found.days[0].mean():,.0f} payments a day; no fraud is known"
        return Chart(title, "Day", "Payments", plain, f"{title}.")
    most = found.kinds[1 + int(found.days[1:].sum(axis=1).argmax())]
    title = f"{per_day.mean():,.0f} frauds a day among {found.days.sum(axis=0).mean():,.0f} payments; mostly {most}"
    return Chart(title, "Day", "Frauds", marks, f"{title}; at most {per_day.max():,} in a day.")
