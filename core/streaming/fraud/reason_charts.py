"""Charts of one payment's answer, and of what watches for drift did in their rehearsals.

Left out: the reasons themselves (``model``) and the rehearsals (``rehearsals``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from core.hub.charts import Chart, Mark, Role
from core.hub.contract import Reason
from core.streaming.fraud.stored_figures import Rehearsed

WATCH_ROLES: tuple[Role, ...] = ("main", "second", "third")
LEAST_EFFECT = 0.005


def reasons_chart(share: float, reasons: Sequence[Reason]) -> Chart:
    """Draw how far each part of a payment raises or lowers its probability of fraud.

    Examples
    --------
    >>> reasons_chart(0.9, [Reason("amount", "241.47", 0.86), Reason("time of the payment", "weekday", 0.0)]).title
    'Without its amount this payment would be at 4%, not 90%'
    """
    top = reasons[0]
    title = f"No part alone explains the {share:.0%}"
    if top.effect >= LEAST_EFFECT:
        title = f"Without its {top.name} this payment would be at {max(share - top.effect, 0):.0%}, not {share:.0%}"
    elif top.effect <= -LEAST_EFFECT:
        title = f"{top.name.capitalize()} speaks for this payment: else it would be at {share - top.effect:.0%}"
    names = np.array([each.name for each in reasons], dtype=object)
    effects = np.array([each.effect for each in reasons])
    text = tuple(f"{each.value}: {each.effect:+.1%}" for each in reasons)
    marks = []
    for name, role, rows in (("raises", "bad", effects >= 0), ("lowers", "good", effects < 0)):
        if rows.any():
            shown = tuple(text[place] for place in np.flatnonzero(rows))
            marks.append(Mark("bars", effects[rows], names[rows], name, role, text=shown))  # type: ignore[arg-type]
    told = "; ".join(f"{each.name} {each.value} {each.effect:+.1%}" for each in reasons)
    return Chart(title, "Change of the probability", "", tuple(marks), f"{title}; {told}.", x_percent=True)


def models_chart(shares: Mapping[str, float]) -> Chart:
    """Draw what every model says of one payment.

    Examples
    --------
    >>> models_chart({"blend": 0.9, "depth-2 tree": 0.4}).title
    '1 of 2 models take it for a fraud'
    """
    values, names = np.array(list(shares.values())), np.array(list(shares), dtype=object)
    title = f"{int((values >= 0.5).sum())} of {len(values)} models take it for a fraud"  # noqa: PLR2004 - the likelier class
    told = ", ".join(f"{name} {share:.0%}" for name, share in shares.items())
    marks = (Mark("bars", values, names),)
    return Chart(title, "Probability of fraud", "", marks, f"{title}: {told}.", x_range=(0.0, 1.0), x_percent=True)


def delays_chart(rehearsed: Mapping[str, Rehearsed]) -> Chart:
    """Draw which share of the planted shifts each watch had found after so many payments."""
    marks, told = [], []
    for (name, each), role in zip(rehearsed.items(), WATCH_ROLES, strict=False):
        delays = np.sort(each.delays[np.isfinite(each.delays)])
        steps, counts = np.unique(delays, return_counts=True)
        x, y = np.append(0.0, steps), np.append(0.0, np.cumsum(counts) / len(each.delays))
        marks.append(Mark("steps", x, y, name, role))
        told.append(f"{name} {find_delay(each, 0.5):,.0f}")
    n_false = sum(each.n_false for each in rehearsed.values())
    n = sum(each.n_streams for each in rehearsed.values())
    quiet = f"{n_false} of {n} quiet streams alarmed"
    title = f"Half of the planted shifts were found within {', '.join(told)} payments; {quiet}"
    return Chart(title, "Payments since the shift", "Share of shifts found", tuple(marks), f"{title}.",
                 y_range=(0.0, 1.02), y_percent=True)  # fmt: skip


def find_delay(each: Rehearsed, share: float) -> float:
    """Return the payments within which that share of the shifts was found; infinite where fewer were."""
    return float(np.quantile(each.delays, share, method="higher"))


def rehearsals_frame(rehearsed: Mapping[str, Rehearsed]) -> pd.DataFrame:
    """Tabulate what each watch did: false alarms with their interval, the promise, delays, and a calendar as quick."""
    rows = []
    for name, each in rehearsed.items():
        left = np.minimum(each.delays, each.length / 2)
        late = find_delay(each, 0.95)
        rows.append(
            {
                "Watch": name,
                "Quiet streams with an alarm": f"{each.n_false} of {each.n_streams}",
                "95% interval": f"{each.low:.1%}–{each.high:.1%}",
                "Promised": f"≤ {each.stated:.0%}",
                "Half found within": f"{find_delay(each, 0.5):,.0f}",
                "95% found within": f"{late:,.0f}" if np.isfinite(late) else "not found",
                "Missed": int(np.isinf(each.delays).sum()),
                "False alarms of a calendar as quick": f"{each.length / 4 / max(float(left.mean()), 1.0):.1f}",
            }
        )
    return pd.DataFrame(rows)
