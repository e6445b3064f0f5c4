"""Which frauds of the first test week reach the alert, and what those that do not have in common.

Two kinds hide: payments at a terminal before the first fraud there is known, and stolen cards whose owners pay little,
so that five times as much is still an ordinary amount.

Left out: what each model by itself would find (``model_charts``).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from core.evaluation.intervals import wilson_interval
from core.hub.charts import Chart, Mark
from core.hub.errors import DataError
from core.streaming.fraud.model import FraudModel
from core.streaming.fraud.simulation_frauds import TERMINAL_DAYS
from core.streaming.fraud.transactions import SCENARIOS, Transactions

TERMINAL, STOLEN = SCENARIOS.index("compromised terminal"), SCENARIOS.index("stolen card")
AMOUNTS = (0.0, 25.0, 50.0, 100.0, 150.0, 200.0, 300.0, 400.0)
AGES = (0, 2, 4, 6, 7, 9, 11, 14, 21, 28)


def find_ages(model: FraudModel, payments: Transactions) -> NDArray[np.int64]:
    """Return, for each fraud at a compromised terminal in the test week, the days since the first one there.

    Parameters
    ----------
    payments : Transactions
        What the model learnt from and was scored on, numbered from 0.

    Raises
    ------
    DataError
        If they are other payments.
    """
    held = model.held_out
    if len(payments) <= int(held.ids.max()) or (payments.customer[held.ids] != held.customers).any():
        message = "these are not the payments that the model was scored on; choose the model that learnt from them"
        raise DataError(message)
    rows = held.ids[held.scenario == TERMINAL]
    hit = payments.take((payments.scenario == TERMINAL) & np.isin(payments.terminal, payments.terminal[rows]))
    made, days = payments.take(rows), hit.days
    ages = []
    for day, terminal in zip(made.days.tolist(), made.terminal.tolist(), strict=True):
        # A terminal may be hit again; a fraud belongs to the wave that began in the 28 days before it.
        same = days[(hit.terminal == terminal) & (days <= day) & (days > day - TERMINAL_DAYS)]
        ages.append(day - int(same.min()))
    return np.array(ages, dtype=np.int64)


def age_chart(model: FraudModel, payments: Transactions) -> Chart:
    """Draw which share of the frauds at a compromised terminal reaches the alert, by days since the first one there."""
    held, ages = model.held_out, find_ages(model, payments)
    alerted = (held.shares[model.best] >= model.alert_from)[held.scenario == TERMINAL]
    young = ages < model.recipe.delay_days
    title = (
        f"In the first {model.recipe.delay_days} days {_tell(alerted[young])} of the frauds at a compromised terminal "
        f"reach the alert, later {_tell(alerted[~young])}"
    )
    mark = _draw_shares(ages.astype(float), alerted, np.array(AGES, dtype=float), "days")
    label = "Days since the terminal's first fraud"
    return Chart(
        title, label, "Share that reaches the alert", (mark,), f"{title}.", y_range=(0.0, 1.02), y_percent=True
    )


def amount_chart(model: FraudModel) -> Chart:
    """Draw which share of stolen cards' frauds reaches the alert, by amount.

    Raises
    ------
    DataError
        If the test week holds none.
    """
    held = model.held_out
    rows = held.scenario == STOLEN
    if not rows.any():
        message = "the test week holds no fraud that is known to be of a stolen card; see the kinds that it holds"
        raise DataError(message)
    amounts, alerted = held.amounts[rows], (held.shares[model.best] >= model.alert_from)[rows]
    small = amounts < AMOUNTS[3]
    title = (
        f"Of stolen cards' frauds under {AMOUNTS[3]:.0f} {_tell(alerted[small])} reach the alert, of larger ones "
        f"{_tell(alerted[~small])}"
    )
    mark = _draw_shares(amounts, alerted, np.array(AMOUNTS), "")
    return Chart(title, "Amount", "Share that reaches the alert", (mark,), f"{title}.", y_range=(0.0, 1.02),
                 y_percent=True)  # fmt: skip


def _tell(alerted: NDArray[np.bool_]) -> str:
    """Write a share with its counts."""
    return f"{alerted.mean():.0%} ({int(alerted.sum())} of {len(alerted)})" if len(alerted) else "none"


def _draw_shares(
    values: NDArray[np.float64], alerted: NDArray[np.bool_], edges: NDArray[np.float64], unit: str
) -> Mark:
    """Draw the share of alerts between each two edges with its interval; what lies above the last counts with it."""
    place = np.clip(np.digitize(values, edges) - 1, 0, len(edges) - 1)
    there = [each for each in range(len(edges)) if (place == each).any()]
    counts = [(int(alerted[place == each].sum()), int((place == each).sum())) for each in there]
    ends = np.array([wilson_interval(found, n) for found, n in counts])
    upper = [*edges[1:].tolist(), np.inf]
    text = tuple(
        f"{edges[each]:g} to {upper[each]:g} {unit}: {found} of {n}".replace(" to inf", " and more")
        for each, (found, n) in zip(there, counts, strict=True)
    )
    middle = np.array([float(np.mean(values[place == each])) for each in there])
    shares = np.array([found / n for found, n in counts])
    return Mark("points", middle, shares, "share and 95% interval (Wilson)", low=ends[:, 0], high=ends[:, 1], text=text)
