"""Drawings of the lessons on streams: alarms of drift, the rule that decides a trial, and a consumer that is killed.

Left out: the words (``lessons``); the drawings of the other lessons (``lesson_figures``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

import numpy as np

from core.datasets.fixes.wording import count_of
from core.evaluation.anytime import find_reach
from core.hub.charts import Chart, Mark
from core.hub.contract import Label, Range
from core.streaming.fraud.alarms import AdwinWatch
from core.streaming.fraud.policy import ALPHA

SEED = 4
N_STREAM, ONSET, SHOWN_EVERY = 4_000, 2_000, 50
N_LABELS, TUNED_FOR, FIRST_SHOWN = 20_000, 8_000, 500
SPREAD = 0.4
N_BATCHES, A_BATCH = 12, 4
Noted = Literal["with the alerts", "before them", "after them"]


@dataclass(frozen=True, slots=True)
class AlarmControl:
    """How large a shift is, and how easily the watch is alarmed."""

    shift: Annotated[float, Range(0.0, 0.3, 0.01), Label("Shift", "Of the mean; values lie in 0 to 1.")] = 0.08
    level: Annotated[float, Range(0.0001, 0.9, log=True), Label("Level", "Higher is sooner, and falser.")] = 0.005


def draw_alarms(control: AlarmControl) -> Chart:
    """Draw a stream whose mean shifts half way, the mean of ADWIN's window, and its alarms."""
    values = np.random.default_rng(SEED).random((N_STREAM, 1)) * (1 - control.shift)
    values[ONSET:] += control.shift
    watch, means, alarms = AdwinWatch("stream", ("mean",), control.level), [], []
    places = np.arange(SHOWN_EVERY, N_STREAM + 1, SHOWN_EVERY)
    for end in places.tolist():
        alarms += [alarm.place for alarm in watch.update(values[end - SHOWN_EVERY : end])]
        means.append(watch.means["mean"])
    truth = np.where(places <= ONSET, (1 - control.shift) / 2, (1 + control.shift) / 2)
    later, n_false = [each for each in alarms if each > ONSET], sum(each <= ONSET for each in alarms)
    found = f"Found {later[0] - ONSET:,} payments after the shift" if later else "The shift is not noticed"
    found = found if control.shift else "Nothing shifts"
    n_false = n_false if control.shift else len(alarms)
    title = f"{found}; {count_of(n_false, 'false alarm')}"
    at = np.array([np.searchsorted(places, each) for each in alarms], dtype=np.int64)
    marks = (
        Mark("line", places, truth, "truth", "baseline", dash=True),
        Mark("line", places, np.array(means), "mean of the window"),
        Mark("points", places[at], np.array(means)[at], "alarm", "bad", size=11),
    )
    return Chart(title, "Payments", "Mean", marks, alt=f"{title}.", y_range=(0.2, 0.8))


@dataclass(frozen=True, slots=True)
class TrialControl:
    """How much better the challenger is, and how often one looks."""

    gain: Annotated[float, Range(-0.02, 0.02, 0.001), Label("True gain", "Nats a payment.")] = 0.01
    looks: Annotated[int, Range(1, 39, 1), Label("Looks", "At most; a fixed test allows one.")] = 39


def draw_trial(control: TrialControl) -> Chart:
    """Draw the mean gain of a challenger as labels come, with the interval that holds at all times and a fixed one."""
    gains = np.random.default_rng(SEED).normal(control.gain, SPREAD, N_LABELS)
    n = np.linspace(FIRST_SHOWN, N_LABELS, control.looks if control.looks > 1 else 2).astype(np.int64)
    means = np.cumsum(gains)[n - 1] / n
    error = SPREAD / np.sqrt(n)
    reach = error * find_reach(n.astype(np.float64), ALPHA / 2, TUNED_FOR)
    fixed = error * 1.96
    better, worse = np.flatnonzero(means - reach > 0), np.flatnonzero(means + reach < 0)
    ends = [
        (int(where[0]), word) for where, word in ((better, "Retrain"), (worse, "Keep, for it is worse")) if len(where)
    ]
    title = (
        f"{min(ends)[1]}: settled after {n[min(ends)[0]]:,} labels"
        if ends
        else "Nothing is shown yet: the trial goes on"
    )
    marks = (
        Mark("band", n, means, "at all times", "main", low=means - reach, high=means + reach),
        Mark("line", n, means, "mean gain"),
        Mark("line", n, means - fixed, "one look only", "muted", dash=True),
        Mark("line", n, means + fixed, "", "muted", dash=True),
        Mark("line", n[[0, -1]], np.zeros(2), "no gain", "baseline", dash=True),
    )
    return Chart(title, "Labels", "Nats a payment", marks, alt=f"{title}.", y_range=(-0.08, 0.08))


@dataclass(frozen=True, slots=True)
class KillControl:
    """After how many batches the consumer is killed, and when it notes its place."""

    killed: Annotated[int, Range(1, 11, 1), Label("Killed in batch")] = 6
    noted: Annotated[Noted, Label("Its place is noted")] = "with the alerts"


def draw_kill(control: KillControl) -> Chart:
    """Draw how often each payment's alert is written when the consumer is killed between its two writes."""
    written = count_written(control.killed, control.noted)
    n_lost, n_twice = int((written == 0).sum()), int((written > 1).sum())
    faults = {"lost": n_lost, "written twice": n_twice}
    told = next((f"{count_of(n, 'alert')} {fault}" for fault, n in faults.items() if n), "every alert exactly once")
    title = f"Killed in batch {control.killed}: {told}"
    payments = np.arange(1, len(written) + 1)
    marks = (
        Mark("bars", payments, written.astype(float), "times written"),
        Mark("line", payments[[0, -1]], np.ones(2), "once", "good", dash=True),
    )
    return Chart(title, "Alert", "Times written", marks, alt=f"{title}.", y_range=(0.0, 2.2))


def count_written(killed: int, noted: Noted) -> np.ndarray:
    """Return how often each alert is written, shape (48,), by a consumer that is killed once and starts again.

    Parameters
    ----------
    killed : int
        Batch in which it is killed, between its writes where there are two.
    noted : str
        When it notes its place: ``with the alerts`` is one transaction.

    Examples
    --------
    >>> [count_written(6, noted)[20:24].tolist() for noted in ("with the alerts", "before them", "after them")]
    [[1, 1, 1, 1], [0, 0, 0, 0], [2, 2, 2, 2]]
    """
    written, place, is_killed = np.zeros(N_BATCHES * A_BATCH, dtype=np.int64), 0, False
    while place < N_BATCHES:
        batch = slice(place * A_BATCH, (place + 1) * A_BATCH)
        dies = not is_killed and place + 1 == killed
        is_killed = is_killed or dies
        if noted == "before them" or not dies:
            place += 1  # the place is stored, so a restart goes on after this batch
        if noted == "after them" or not dies:
            written[batch] += 1
    return written
