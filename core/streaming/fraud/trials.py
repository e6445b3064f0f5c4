"""The trials of a live stream: when a challenger is trained, on which labels, and when its trial is over.

An alarm of the labels starts a trial when the day closes: the newest labels already tell of the change. An alarm of
features or score comes a week before the labels of what it saw, so its challenger waits until enough of those have
come, and learns from them alone; a trial under way, whose challenger is older than the alarm, then gives way to it.

A trial ends when the rule shows a better model, when both the challenger and the recalibration are shown to be worse,
after 28 days, or after eight where a newer alarm calls for another. The first is a reading of always-valid intervals,
and the other ends only take readings away, so that looking each day, and ending early, costs nothing of what ``policy``
promises: each trial makes a needless change with a chance of at most alpha.

Left out: two challengers at once.
"""

from __future__ import annotations

from collections import deque

from core.streaming.fraud.features import FEATURES
from core.streaming.fraud.policy import Decision
from core.streaming.fraud.shadow import Fit, LabelledRows, Scorer, Shadow
from core.streaming.fraud.transactions import write_day
from core.streaming.fraud.warm import Judged, LiveSettings

N_DECISIONS = 30
FIRST_READING_DAYS, LAST_READING_DAYS = 3, 28
"""A trial is read from its third day of labels on, so that a quick recalibration does not forestall a retraining."""
TURN_DAYS = 8
"""Days of labels after which a trial gives way to a newer alarm: near so many its intervals are narrowest."""
PATIENCE_DAYS = 14
"""Days past the labels' delay after which an alarm whose own labels are too few is tried on all that there are."""


class Trials:
    """The trials of one stream, one at a time.

    Parameters
    ----------
    settings : LiveSettings
    fit : callable
        Trains a challenger.
    labelled : Judged
        What is labelled before the stream begins.
    """

    def __init__(self, settings: LiveSettings, fit: Fit, labelled: Judged) -> None:
        self.settings, self._fit = settings, fit
        self.shadow: Shadow | None = None
        self.decisions: deque[tuple[int, Decision]] = deque(maxlen=N_DECISIONS)
        self.labelled = LabelledRows(len(FEATURES))
        self.labelled.add(labelled.features, labelled.scores, labelled.fraud)
        self.n = 0
        self._begun, self._is_wanted = 0, False
        self._alarm_day: int | None = None

    def note(self, watch: str, day: int) -> None:
        """Take note of an alarm; the first of features or score that has had no trial yet says which labels count."""
        if watch == "labels":
            self._is_wanted = True
        elif self._alarm_day is None:
            self._alarm_day = day
            self.labelled.n_since = 0

    def learn(self, part: Judged, day: int) -> None:
        """Take labelled payments of a day: the trial is judged on them before anything learns from them."""
        if self.shadow is not None:
            self.shadow.learn(part.features, part.scores, part.fraud, part.terminal, part.customer)
        self.labelled.add(part.features, part.scores, part.fraud, is_since=self._is_after_alarm(day))

    def read(self, day: int, seconds: int) -> tuple[Decision, Scorer | None] | None:
        """Return what the trial has come to, and the new champion if it says so; None while it goes on."""
        n_days = day - self._begun
        if self.shadow is None or n_days < FIRST_READING_DAYS:
            return None
        shadow, decision = self.shadow, self.shadow.decide()
        if decision.action == "keep" and not decision.is_lost and n_days < LAST_READING_DAYS:
            return None
        self.decisions.append((seconds, decision))
        self.shadow = None
        if decision.action == "keep":
            return decision, None
        champion = shadow.challenger if decision.action == "retrain" else shadow.recalibrated
        if decision.action == "retrain":
            self._is_wanted, self._alarm_day = False, None
            self.labelled.keep_newest(shadow.n_labels)
        self.labelled.score_again(champion)
        return decision, champion

    def start(self, champion: Scorer, day: int) -> str:
        """Start a trial if an alarm calls for one and there are labels for it; say so, or nothing."""
        if self._alarm_day is not None and self.labelled.is_enough_since:
            told = self._begin(champion, day, self.labelled.n_since)
            told += f", all of them later than the alarm of {write_day(self._alarm_day)}."
            self._alarm_day, self._is_wanted = None, False
            return told
        is_free = self.shadow is None or day - self._begun >= TURN_DAYS
        if is_free and self.labelled.is_enough and (self._is_wanted or self._is_late(day)):
            self._alarm_day = None if self._is_late(day) else self._alarm_day
            self._is_wanted = False
            return self._begin(champion, day, len(self.labelled)) + "."
        return ""

    def _begin(self, champion: Scorer, day: int, n_newest: int) -> str:
        """Train a challenger on the newest labels."""
        given_up = f"trial {self.n} gave way to it; " if self.shadow is not None else ""
        self.shadow = self.labelled.start_shadow(champion, self._fit, self.settings.seed, self.settings.alpha, n_newest)
        self._begun, self.n = day, self.n + 1
        return f"Trial {self.n}: {given_up}a challenger was trained on {n_newest:,} labels"

    def _is_after_alarm(self, day: int) -> bool:
        """Whether payments of a day are later than the alarm that waits for its labels."""
        return self._alarm_day is not None and day > self._alarm_day

    def _is_late(self, day: int) -> bool:
        """Whether an alarm has waited too long for labels of its own."""
        return self._alarm_day is not None and day - self._alarm_day > self.settings.delay_days + PATIENCE_DAYS
