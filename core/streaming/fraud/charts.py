"""Charts of a stream under way: its rate, its queue, its drift, its trial, and the rehearsal of an alarm.

Left out: charts of the models (``model_charts``).
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from core.evaluation.drift import MILD
from core.hub.charts import Chart, Mark
from core.streaming.fraud.alarms import Rehearsal
from core.streaming.fraud.dashboard import Board
from core.streaming.fraud.drift import WINDOW
from core.streaming.fraud.live import Hour
from core.streaming.fraud.policy import Decision
from core.streaming.fraud.queue import DayReport
from core.streaming.fraud.transactions import EPOCH

HOURS_A_DAY = 24


def rate_chart(hours: Sequence[Hour]) -> Chart | None:
    """Draw payments and alerts an hour; None before the first hour.

    Examples
    --------
    >>> rate_chart([Hour(24, 100, 1), Hour(25, 300, 3)]).title
    'An hour brings 200 payments and 2.0 alerts'
    """
    if not hours:
        return None
    day = np.array([hour.number / HOURS_A_DAY for hour in hours])
    n, n_alerts = (np.array([getattr(hour, name) for hour in hours], dtype=np.float64) for name in ("n", "n_alerts"))
    title = f"An hour brings {n.mean():.0f} payments and {n_alerts.mean():.1f} alerts"
    marks = Mark("line", day, n, "payments"), Mark("bars", day, n_alerts, "alerts", "bad")
    return Chart(title, "Day", "An hour", marks, f"{title}, at most {n.max():.0f} and {n_alerts.max():.0f}.")


def queue_chart(reports: Sequence[DayReport]) -> Chart | None:
    """Draw the share of the cards looked at that were bad, day by day; None before a day has closed.

    Examples
    --------
    >>> queue_chart([DayReport(3, 9, 8, 4, 1), DayReport(4, 9, 8, 4, 3)]).title
    'Half of the cards looked at were bad: 4 of 8'
    """
    kept = [each for each in reports if each.n_checked]
    if not kept:
        return None
    n_found, n_checked = sum(each.n_found for each in kept), sum(each.n_checked for each in kept)
    share = n_found / n_checked
    told = "Half" if math.isclose(share, 0.5) else f"{share:.0%}"
    title = f"{told} of the cards looked at were bad: {n_found} of {n_checked}"
    days = np.datetime64(EPOCH.replace(tzinfo=None), "D") + np.array([each.day for each in kept])
    precision = np.array([each.precision for each in kept])
    marks = (
        Mark("points", days, precision, "cards that were bad"),
        Mark("line", days[[0, -1]], np.full(2, share), "mean", "baseline", dash=True),
    )
    return Chart(title, "Day", "Share of cards looked at", marks, f"{title}.", y_range=(0.0, 1.0), y_percent=True)


def drift_chart(board: Board) -> Chart | None:
    """Draw the stability index of each watched feature; None before twenty payments have come."""
    found = board.drift
    if found.empty:
        return None
    names = np.array([name.replace("_", " ") for name in found["column"]], dtype=object)
    n_drifts = int(found["drifts"].sum())
    told = f"{n_drifts} of {len(found)} features have" if n_drifts else "No feature has"
    title = f"{told} drifted in the last {WINDOW:,} payments"
    psi = found["psi"].to_numpy(dtype=np.float64)
    marks = (
        Mark("bars", names, psi, "stability index", "main"),
        Mark("line", names, np.full(len(names), MILD), "drift from here", "baseline", dash=True),
    )
    return Chart(title, "Feature", "Population stability index", marks, f"{title}; {names[0]} most: {psi[0]:.3f}.")


def decision_chart(decision: Decision) -> Chart | None:
    """Draw the three gains behind a decision with their always-valid intervals; None before there are enough labels."""
    readings = {
        "challenger over champion": decision.challenger_over_champion,
        "challenger over recalibrated": decision.challenger_over_recalibrated,
        "recalibrated over champion": decision.recalibrated_over_champion,
    }
    if not all(math.isfinite(each.low) for each in readings.values()):
        return None
    names = np.array(list(readings), dtype=object)
    gain, low, high = (
        np.array([getattr(each, part) for each in readings.values()]) for part in ("gain", "low", "high")
    )
    marks = (
        Mark("points", names, gain, "gain, interval", low=low, high=high),
        Mark("line", names, np.zeros(len(names)), "no gain", "baseline", dash=True),
    )
    return Chart(decision.sentence.rstrip("."), "", "Loss saved, nats a payment", marks, decision.sentence)


def rehearsal_chart(found: Rehearsal) -> Chart:
    """Draw how many planted shifts were found within how many payments.

    Examples
    --------
    >>> rehearsal_chart(Rehearsal(4, 0, 9_000, 5_000, np.array([100.0, 200.0, 300.0, np.inf]))).title
    'Half of the planted shifts were found within 300 payments, and 0 of 4 quiet streams raised an alarm'
    """
    delays = np.sort(found.delays[np.isfinite(found.delays)])
    share = np.arange(1, len(delays) + 1) / len(found.delays)
    quiet = f"{found.n_false} of {found.n_streams} quiet streams raised an alarm"
    title = f"Half of the planted shifts were found within {found.find_delay():.0f} payments, and {quiet}"
    mark = Mark("steps", delays, share, "shifts found")
    return Chart(title, "Payments since the shift", "Share found", (mark,), found.sentence, y_percent=True)
