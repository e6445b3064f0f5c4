"""What a page draws of a stream under way, as plain values: rate, latency, alerts with reasons, queue and drift.

Reasons are worked out for the alerts that are shown and for no others.

Left out: drawing; charts are in ``charts``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import pandas as pd

from core.datasets.fixes.wording import count_of, list_names
from core.evaluation.drift import LEAST_ROWS
from core.hub.contract import Reason
from core.streaming.fraud.alarms import Alarm
from core.streaming.fraud.live import LiveEngine
from core.streaming.fraud.queue import Alert
from core.streaming.fraud.transactions import DAY_S, write_day

HOURS = 24
N_SHOWN, N_REASONS = 10, 3
WAVE_DAYS = 2


@dataclass(frozen=True, slots=True, eq=False)
class Board:
    """A stream at one moment.

    Parameters
    ----------
    day : int
        Days since the epoch; ``seconds`` is the moment itself.
    n_seen : int
        Payments since the start.
    per_hour : float
        Payments an hour over the last simulated day.
    work_rate : float
        Payments that one second of work answers; NaN before the first.
    p50_ms, p99_ms : float
        Milliseconds from a micro-batch's arrival to its scores; NaN before the first.
    alerts : DataFrame
        Of the newest: transaction, time, customer, terminal, amount, score, reasons.
    queue : DataFrame
        The day's best cards, the same columns.
    days : DataFrame
        Closed days: day, alerts, cards, checked, found, precision.
    drift : DataFrame
        ``find_drift`` of the last payments against the reference; empty before twenty have come.
    alarms : DataFrame
        day, last, watch, n, sentence; a row for each wave of alarms, the newest first.
    trial : str
        How the trial of a challenger stands, in a sentence.
    person : str
        How often the answers of a person were right, in a sentence.
    """

    day: int
    seconds: int
    n_seen: int
    per_hour: float
    work_rate: float
    p50_ms: float
    p99_ms: float
    alerts: pd.DataFrame
    queue: pd.DataFrame
    days: pd.DataFrame
    drift: pd.DataFrame
    alarms: pd.DataFrame
    trial: str
    person: str


def make_board(engine: LiveEngine, n_shown: int = N_SHOWN) -> Board:
    """Read an engine; nothing in it changes.

    Parameters
    ----------
    n_shown : int
        Alerts and cards that are listed with their reasons.
    """
    hours = list(engine.hours)[-HOURS:]
    newest = list(engine.alerts)[-n_shown:][::-1]
    return Board(
        engine.clock_s // DAY_S,
        engine.clock_s,
        engine.n_seen,
        sum(hour.n for hour in hours) / max(hours[-1].number - hours[0].number + 1, 1) if hours else 0.0,
        engine.latencies.rate,
        1_000 * engine.latencies.find(50),
        1_000 * engine.latencies.find(99),
        _list_alerts(engine, newest),
        _list_alerts(engine, list(engine.queue.list(n_shown))),
        _list_days(engine),
        engine.watch.compare() if engine.watch.n_recent >= LEAST_ROWS else pd.DataFrame(),
        _list_alarms(engine),
        tell_trial(engine),
        tell_person(engine),
    )


def show_reasons(reasons: tuple[Reason, ...]) -> str:
    """Write the three strongest reasons in a line.

    Examples
    --------
    >>> show_reasons((Reason("terminal_risk_7day", "0.5", 0.31), Reason("amount", "240", 0.2)))
    'terminal risk 7day 0.5 (+0.31), amount 240 (+0.20)'
    """
    return ", ".join(f"{each.name.replace('_', ' ')} {each.value} ({each.effect:+.2f})" for each in reasons[:N_REASONS])


def _list_alerts(engine: LiveEngine, alerts: list[Alert]) -> pd.DataFrame:
    """Tabulate alerts with their reasons."""
    columns = ["transaction", "time", "customer", "terminal", "amount", "score", "reasons"]
    rows = [
        (
            made.id,
            made.time,
            made.customer,
            made.terminal,
            made.amount,
            alert.score,
            show_reasons(engine.explain(alert)),
        )
        for alert in alerts
        for made in (alert.transaction,)
    ]
    return pd.DataFrame(rows, columns=columns)


def _list_days(engine: LiveEngine) -> pd.DataFrame:
    """Tabulate closed days."""
    columns = ["day", "alerts", "cards", "checked", "found", "precision"]
    rows = [
        (each.day, each.n_alerts, each.n_cards, each.n_checked, each.n_found, each.precision)
        for each in engine.queue.reports
    ]
    return pd.DataFrame(rows, columns=columns)


def _list_alarms(engine: LiveEngine) -> pd.DataFrame:
    """Tabulate waves of alarms, the newest first."""
    rows = [
        (wave[0][0] // DAY_S, wave[-1][0] // DAY_S, wave[0][1].watch, len(wave), tell_wave([each for _, each in wave]))
        for wave in reversed(group_alarms(engine.alarms))
    ]
    return pd.DataFrame(rows, columns=["day", "last", "watch", "n", "sentence"])


def group_alarms(alarms: Iterable[tuple[int, Alarm]]) -> list[list[tuple[int, Alarm]]]:
    """Put alarms of one watch that follow each other within two days into one wave.

    The labels of one attack arrive for days, a week later, and each step up or down raises an alarm of its own.

    Parameters
    ----------
    alarms : iterable of (seconds, Alarm)
        In order of time.

    Returns
    -------
    list of list of (seconds, Alarm)
        Waves by their first alarm.

    Examples
    --------
    >>> error = Alarm("labels", "error", 900, 0.1, 0.3)
    >>> [len(wave) for wave in group_alarms([(0, error), (80_000, error), (900_000, error)])]
    [2, 1]
    """
    waves: list[list[tuple[int, Alarm]]] = []
    for seconds, alarm in alarms:
        same = [
            wave for wave in waves if wave[0][1].watch == alarm.watch and seconds - wave[-1][0] <= WAVE_DAYS * DAY_S
        ]
        if same:
            same[-1].append((seconds, alarm))
        else:
            waves.append([(seconds, alarm)])
    return waves


def tell_wave(wave: Sequence[Alarm]) -> str:
    """Say what the alarms of one wave noticed, in a line with their count.

    Examples
    --------
    >>> rise = Alarm("labels", "squared_error", 900, 0.01, 0.03)
    >>> tell_wave([rise])
    'squared error rose from 0.010 to 0.030 after 900 transactions.'
    >>> tell_wave([rise, Alarm("labels", "squared_error", 2_900, 0.03, 0.012)])
    '2 alarms of one wave, in squared error; the first: squared error rose from 0.010 to 0.030 after 900 transactions.'
    """
    if len(wave) == 1:
        return wave[0].sentence
    names = list_names([name.replace("_", " ") for name in dict.fromkeys(alarm.name for alarm in wave)])
    return f"{len(wave)} alarms of one wave, in {names}; the first: {wave[0].sentence}"


def tell_trial(engine: LiveEngine) -> str:
    """Say how the trial of a challenger stands, or what the last one came to."""
    if engine.trials.shadow is not None:
        gain = engine.trials.shadow.decide().challenger_over_champion
        is_lower = gain.gain > 0
        low, high = (gain.low, gain.high) if is_lower else (-gain.high, -gain.low)
        return (
            f"A challenger is on trial: after {gain.n:,} labels its loss is {'lower' if is_lower else 'higher'} than "
            f"the champion's by {abs(gain.gain):.4f} nats a payment (interval {_sign(low)} to {_sign(high)})."
        )
    if engine.trials.decisions:
        seconds, decision = engine.trials.decisions[-1]
        return f"{write_day(seconds // DAY_S)}: {decision.sentence}"
    return "No drift has called for a trial."


def tell_person(engine: LiveEngine) -> str:
    """Say how often a person's answers agreed with the labels that came later."""
    n_told = sum(answer.by_person for answer in engine.queue.answers)
    if not engine.queue.n_checked:
        told = f"You answered {count_of(n_told, 'card')}; labels come a week later."
        return told if n_told else "You answered no card."
    return f"{engine.queue.n_right} of your {engine.queue.n_checked} answers with a label were right."


def _sign(value: float) -> str:
    """Write a number with a minus of its own width."""
    return f"{value:.4f}".replace("-", "−")
