"""The live replay's beginning: a quarter of the handbook's map from the shipped model's first test day on.

``python -c "from core.streaming.fraud.live_start import start_engine; e = start_engine(); e.advance(seconds=86_400);
print(e.n_seen, 1_000 * e.latencies.find(99))"`` plays a day as the page does.

Left out: the engine (``live``) and what it knows at first (``warm``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.hub.charts import Chart, Mark
from core.streaming.fraud.attacks import ATTACKS, Attack, AttackKind
from core.streaming.fraud.feed import WARM_UP_DAYS, take_district
from core.streaming.fraud.live import HOUR_S, Hour, LiveEngine
from core.streaming.fraud.shadow import Scorer
from core.streaming.fraud.stored_figures import DISTRICT, LIVE_DAY
from core.streaming.fraud.transactions import EPOCH, Transactions
from core.streaming.fraud.warm import KEPT_DAYS, LiveSettings, Warm, warm_up

EFFECTS: dict[AttackKind, str] = {
    "stolen cards": "200 cards; a third of their payments are five times as high",
    "compromised terminals": "60 terminals; each payment there is a fraud of its usual amount",
    "large amounts": "one payment in fifty is raised above 220",
    "card testing": "300 cards make three tiny payments each at three terminals",
    "price rise": "all amounts are 30% higher, for good; no fraud at all",
}


@dataclass(frozen=True, slots=True, eq=False)
class Start:
    """A stream and what is known before its first payment; shared by all who play it."""

    world: Transactions
    warm: Warm
    model: Scorer


def make_start(model: Scorer, world: Transactions) -> Start:
    """Cut the district out of the handbook's payments and play the weeks before the start silently: some seconds."""
    district = take_district(world, DISTRICT)
    needed = district.days >= LIVE_DAY - KEPT_DAYS - WARM_UP_DAYS
    district = district.take(int(np.argmax(needed)) + np.arange(int(needed.sum())))
    return Start(district, warm_up(district, model, LIVE_DAY), model)


def start_engine(start: Start | None = None, capacity: int = 25) -> LiveEngine:
    """Start a replay; without a start, the shipped model's on the handbook's payments."""
    if start is None:
        from core.hub.artifacts import load_artifact
        from core.streaming.fraud.files import load_model
        from core.streaming.fraud.simulator import load_transactions

        start = make_start(load_model(load_artifact("fraud").folder / "weights"), load_transactions())
    return LiveEngine(start.world, start.warm, start.model, LiveSettings(capacity=capacity))


def find_times(hours: Sequence[Hour]) -> np.ndarray:
    """Return when some hours began, as datetime64[s]."""
    numbers = np.array([hour.number for hour in hours], dtype=np.int64)
    return np.datetime64(EPOCH.replace(tzinfo=None), "s") + numbers * HOUR_S


def traffic_chart(hours: Sequence[Hour]) -> Chart | None:
    """Draw the payments of each hour; None before the first.

    Examples
    --------
    >>> traffic_chart([Hour(24, 100, 1), Hour(25, 300, 3)]).title
    'Payments an hour · mean 200, highest 300'
    """
    if not hours:
        return None
    n = np.array([hour.n for hour in hours], dtype=np.float64)
    title = f"Payments an hour · mean {n.mean():,.0f}, highest {n.max():,.0f}"
    return Chart(title, "", "", (Mark("bars", find_times(hours), n, "", "muted"),), f"{title}.")


def alert_chart(hours: Sequence[Hour], attacks: Sequence[Attack] = ()) -> Chart | None:
    """Draw alerts and, as only a simulation knows them at once, frauds of each hour; None before the first.

    Parameters
    ----------
    attacks : sequence of Attack
        Those that began in these hours are marked.

    Examples
    --------
    >>> alert_chart([Hour(24, 100, 1, 2), Hour(25, 300, 3, 2)]).title
    'Alerts an hour · 4 alerts, 4 frauds in the last 2 hours'
    """
    if not hours:
        return None
    times = find_times(hours)
    n_alerts, n_frauds = (np.array([getattr(hour, name) for hour in hours]) for name in ("n_alerts", "n_frauds"))
    told = f"{n_alerts.sum():,} alerts, {n_frauds.sum():,} frauds in the last {len(hours)} hours"
    top = float(max(n_alerts.max(), n_frauds.max(), 1))
    marks = [
        Mark("bars", times, n_alerts.astype(float), "alerts", "main"),
        Mark("line", times, n_frauds.astype(float), "frauds, the truth", "bad"),
    ]
    for attack in attacks:
        begun = np.datetime64(EPOCH.replace(tzinfo=None), "s") + attack.start
        if begun >= times[0]:
            marks.append(Mark("line", np.array([begun, begun]), np.array([0.0, top]), attack.kind, "second", dash=True))
    return Chart(f"Alerts an hour · {told}", "", "", tuple(marks), f"Alerts an hour: {told}.")


if set(EFFECTS) != set(ATTACKS):  # a new kind of attack needs its words
    message = "EFFECTS must say what each attack does"
    raise ValueError(message)
