"""The live engine: a recorded stream goes through features, model, alerts, queue, watches and policy, step by step.

A page calls :meth:`LiveEngine.advance` on each tick with a number of payments or of simulated seconds, and draws what
it finds; there is no thread and no clock of its own. A day's labels come when the seventh day after it closes: then the
watch of the labels, a shadow trial and the policy move on, and only then may the champion change. So equal steps give
equal events, and how they are cut into calls changes nothing; only latencies are measured on the wall clock.

Bounded: payments wait for their labels no longer than the delay, and every list has a greatest length.

Left out: exactly-once delivery, which is the consumer's (``consumer``); training on investigated cards before their
week is up, which are no fair sample (A. Dal Pozzolo et al. 2015, https://doi.org/10.1109/IJCNN.2015.7280527).
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from core.hub.contract import Reason
from core.hub.errors import RecipeError
from core.streaming.fraud.alarms import Alarm
from core.streaming.fraud.attacks import AttackKind, make_attack
from core.streaming.fraud.challenger import fit_challenger
from core.streaming.fraud.drift import DriftWatch, make_reference
from core.streaming.fraud.features import FEATURES
from core.streaming.fraud.feed import Feed
from core.streaming.fraud.latency import Latencies
from core.streaming.fraud.online import FeatureState
from core.streaming.fraud.queue import Alert, Answer, InvestigatorQueue
from core.streaming.fraud.shadow import Fit, Scorer
from core.streaming.fraud.transactions import DAY_S, Transactions, write_day
from core.streaming.fraud.trials import Trials
from core.streaming.fraud.warm import Judged, LiveSettings, Warm

MAX_STEP = 20_000
N_ALERTS, N_ALARMS, N_HOURS = 50, 100, 72
HOUR_S = 3_600
EventKind = Literal["alert", "alarm", "attack", "trial", "decision", "day"]


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened in the stream, at a second since the epoch; ``transaction`` is -1 where it is of none."""

    kind: EventKind
    seconds: int
    text: str
    transaction: int = -1


@dataclass(slots=True)
class Hour:
    """Payments, alerts and frauds of one simulated hour."""

    number: int
    n: int = 0
    n_alerts: int = 0
    n_frauds: int = 0


class LiveEngine:
    """A stream under way.

    Parameters
    ----------
    world : Transactions
        In order of time; shared and never changed.
    warm : Warm
        What had been learnt before the first payment; shared and never changed.
    champion : Scorer
        The model that alerts.
    settings : LiveSettings
    fit : callable
        Trains a challenger.
    """

    def __init__(
        self,
        world: Transactions,
        warm: Warm,
        champion: Scorer,
        settings: LiveSettings | None = None,
        fit: Fit = fit_challenger,
    ) -> None:
        self.settings, self.champion = settings or LiveSettings(), champion
        self.feed, self.state = Feed(world, warm.start_day), FeatureState.from_bytes(warm.state)
        self.watch, self.queue = DriftWatch(warm.reference), InvestigatorQueue(self.settings.capacity)
        self.clock_s, self.day, self.n_seen = warm.start_day * DAY_S, warm.start_day, 0
        self.is_paused, self.speed = False, float(HOUR_S)
        self.trials = Trials(self.settings, fit, warm.labelled)
        self.latencies = Latencies()
        self.alerts: deque[Alert] = deque(maxlen=N_ALERTS)
        self.alarms: deque[tuple[int, Alarm]] = deque(maxlen=N_ALARMS)
        self.hours: deque[Hour] = deque(maxlen=N_HOURS)
        self._waiting: dict[int, list[Judged]] = {day: [judged] for day, judged in warm.waiting.items()}

    @property
    def is_over(self) -> bool:
        """Whether the recorded stream has ended."""
        return self.feed.is_over

    def advance(self, n: int | None = None, seconds: float | None = None) -> tuple[Event, ...]:
        """Play the next payments; nothing happens while the engine is paused.

        Parameters
        ----------
        n : int, optional
            Recorded payments, 1 to 20,000; an attack may add some between them.
        seconds : float, optional
            Simulated time instead, above 0; a call plays 20,000 payments at most, and the rest comes with the next.

        Raises
        ------
        RecipeError
            If not one of the two is given, or it is out of range.
        """
        if (n is None) == (seconds is None):
            message = "advance by a number of payments or by seconds; give one of the two"
            raise RecipeError(message)
        step = seconds if n is None else n
        if step is None or not step > 0 or (n or 0) > MAX_STEP:
            message = f"the step is {step}; give 1 to {MAX_STEP} payments, or seconds above 0"
            raise RecipeError(message)
        if self.is_paused or self.is_over:
            return ()
        if n is not None:
            return tuple(self._play(n))
        until = self.clock_s + max(int(step), 1)
        n_due = self.feed.count_until(until)
        events = tuple(self._play(min(n_due, MAX_STEP)))
        self.clock_s = until if n_due <= MAX_STEP else self.clock_s
        return events

    def tick(self, elapsed_s: float) -> tuple[Event, ...]:
        """Play what falls into so many seconds of the wall clock at the engine's speed (simulated seconds a second)."""
        return self.advance(seconds=max(elapsed_s * self.speed, 1.0))

    def attack(self, kind: AttackKind, days: float = 3.0) -> Event:
        """Throw an attack into the stream from the next second on; see ``core.streaming.fraud.attacks``.

        Raises
        ------
        RecipeError
            If the recording is over, an attack of this kind is under way, or :func:`make_attack` refuses it.
        """
        if self.is_over:
            message = "the recording is over, so no attack can begin; start the stream again"
            raise RecipeError(message)
        if any(each.kind == kind for each in self.feed.attacks):
            message = f"an attack of {kind} is under way; wait until it is over, or choose another"
            raise RecipeError(message)
        start = self.clock_s + 1
        self.feed.attacks.append(make_attack(kind, self.feed.world, start, days, self.settings.seed))
        lasts = "for good" if kind == "price rise" else f"for {days:g} days"
        return Event("attack", start, f"{kind.capitalize()} began, {lasts}.")

    def answer(self, transaction_id: int, fraud: bool) -> Answer:
        """Take a person's answer to an alert in the queue; the label itself comes with the bank's in its time."""
        return self.queue.answer(transaction_id, fraud)

    def explain(self, alert: Alert) -> tuple[Reason, ...]:
        """Return why an alert scored high, by the present champion."""
        return self.champion.reasons(alert.features)

    def _play(self, n: int) -> Iterator[Event]:
        """Play n recorded payments in micro-batches that end with their day."""
        while n > 0 and not self.is_over:
            size = min(n, self.settings.batch)
            chunk = self.feed.take(size)
            n -= size
            cuts = np.flatnonzero(np.diff(chunk.days)) + 1
            for part in np.split(np.arange(len(chunk)), cuts):
                yield from self._take(chunk.take(part))

    def _take(self, chunk: Transactions) -> Iterator[Event]:
        """Score one micro-batch of one day."""
        while self.day < int(chunk.days[0]):
            yield from self._close_day()
        start = time.perf_counter()
        features = self.state.add_many(chunk.rows())
        scores = self.champion.score(features)
        self.latencies.add(time.perf_counter() - start, len(chunk))
        # The state holds a label back until it is old enough: told now, features see it to the second they may.
        for each in chunk.id[chunk.fraud].tolist():
            self.state.learn(each, fraud=True)
        self.n_seen, self.clock_s = self.n_seen + len(chunk), int(chunk.seconds[-1])
        yield from self._note_alarms(self.watch.update(features, scores), int(chunk.seconds[-1]))
        yield from self._raise_alerts(chunk, features, scores)
        owners = chunk.terminal, chunk.customer
        judged = Judged(chunk.id, features.astype(np.float32), scores, chunk.fraud, *owners)
        self._waiting.setdefault(self.day, []).append(judged)

    def _raise_alerts(self, chunk: Transactions, features: np.ndarray, scores: np.ndarray) -> Iterator[Event]:
        """Hand payments above the threshold to the queue, and count the hour."""
        high = scores >= self.watch.reference.threshold
        for number in np.unique(chunk.seconds // HOUR_S).tolist():
            if not self.hours or self.hours[-1].number != number:
                self.hours.append(Hour(number))
            during, hour = chunk.seconds // HOUR_S == number, self.hours[-1]
            hour.n += int(during.sum())
            hour.n_alerts += int((during & high).sum())
            hour.n_frauds += int((during & chunk.fraud).sum())
        rows = np.flatnonzero(high)
        for row, made in zip(rows.tolist(), chunk.take(rows).rows(), strict=True):
            alert = Alert(made, float(scores[row]), features[row])
            self.alerts.append(alert)
            self.queue.offer(alert)
            text = f"Card {made.customer} paid {made.amount:.2f} at terminal {made.terminal}: score {alert.score:.3f}."
            yield Event("alert", made.seconds, text, made.id)

    def _note_alarms(self, found: tuple[Alarm, ...], seconds: int) -> Iterator[Event]:
        """Write alarms down; a day's end may start a trial for them."""
        for alarm in found:
            self.alarms.append((seconds, alarm))
            self.trials.note(alarm.watch, self.day)
            yield Event("alarm", seconds, f"Drift in the {alarm.watch}: {alarm.sentence}")

    def _close_day(self) -> Iterator[Event]:
        """End a day: the queue's rest is looked at, labels arrive, a trial moves on or begins."""
        end = (self.day + 1) * DAY_S
        frauds = {each for part in self._waiting.get(self.day, []) for each in part.id[part.fraud].tolist()}
        report = self.queue.close_day(self.day, lambda transaction: transaction in frauds)
        told = f"{report.n_found} of {report.n_checked} cards looked at were bad; {report.n_alerts} alerts"
        yield Event("day", end, f"{write_day(self.day)} closed: {told}.")
        for part in self._waiting.pop(self.day - self.settings.delay_days, []):
            yield from self._note_alarms(self.watch.learn(part.scores, part.fraud), end)
            self.trials.learn(part, self.day - self.settings.delay_days)
            self.queue.check(part.id, part.fraud)
        yield from self._move_trial(end)
        self.day += 1

    def _move_trial(self, end: int) -> Iterator[Event]:
        """Carry out what a trial has come to, and start the next one that an alarm calls for."""
        read = self.trials.read(self.day, end)
        if read is not None:
            decision, champion = read
            if champion is not None:
                self.champion = champion
                self._rebase()
            yield Event("decision", end, decision.sentence)
        told = self.trials.start(self.champion, self.day)
        if told:
            yield Event("trial", end, told)

    def _rebase(self) -> None:
        """Hold the stream against its last week from now on, as the new champion scores it."""
        for day, parts in self._waiting.items():
            self._waiting[day] = [self._score_again(part) for part in parts]
        parts = [part for day in sorted(self._waiting) for part in self._waiting[day]]
        features, scores = (np.concatenate([getattr(part, name) for part in parts]) for name in ("features", "scores"))
        self.watch = DriftWatch(make_reference(FEATURES, features, scores, self.settings.alert_share))

    def _score_again(self, part: Judged) -> Judged:
        """Let the new champion score what waits for labels, or the change itself would look like drift."""
        return replace(part, scores=self.champion.score(part.features.astype(np.float64)))
