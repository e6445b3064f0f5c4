"""What the live engine knows before its first payment: windows, labels, payments that wait for theirs, the reference.

It is made once, some seconds, and shared by all sessions; each engine reads it and keeps its own changes.

Left out: a warm start from the consumer's stored state; it holds the same windows but no labels.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace

import numpy as np
from numpy.typing import NDArray

from core.hub.errors import DataError, RecipeError
from core.streaming.fraud.drift import ALERT_SHARE, Reference, make_reference
from core.streaming.fraud.features import DELAY_DAYS, FEATURES, make_features
from core.streaming.fraud.feed import WARM_UP_DAYS
from core.streaming.fraud.online import FeatureState
from core.streaming.fraud.policy import ALPHA
from core.streaming.fraud.shadow import MAX_ROWS, Scorer
from core.streaming.fraud.transactions import Transactions

REFERENCE_DAYS, KEPT_DAYS = 14, 21
"""Days before the start that the reference is made of, and those whose payments are kept for training."""
MAX_BATCH = 1_000


@dataclass(frozen=True, slots=True)
class LiveSettings:
    """What decides a live run.

    Parameters
    ----------
    batch : int
        Payments scored together, 1 to 1,000: more is faster, and each waits longer.
    capacity : int
        Cards that can be looked at in a day.
    alert_share : float
        Share of payments that become alerts, 0 to 1.
    delay_days : int
        Days until a label comes.
    alpha : float
        Chance of a needless change of the champion in one trial.

    Raises
    ------
    RecipeError
        If the batch is out of range.
    """

    batch: int = 100
    capacity: int = 25
    alert_share: float = ALERT_SHARE
    delay_days: int = DELAY_DAYS
    alpha: float = ALPHA
    seed: int = 0

    def __post_init__(self) -> None:
        if not 1 <= self.batch <= MAX_BATCH:
            message = f"the batch is {self.batch} payments; it must be 1 to {MAX_BATCH}"
            raise RecipeError(message)


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """Payments with what was said of them and what came true: features of shape (n, 15), the rest of shape (n,)."""

    id: NDArray[np.int64]
    features: NDArray[np.float32]
    scores: NDArray[np.float64]
    fraud: NDArray[np.bool_]
    terminal: NDArray[np.int64]
    customer: NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Warm:
    """A start: the feature state as bytes, labelled payments, those that wait for labels by day, and the reference."""

    start_day: int
    state: bytes
    labelled: Judged
    waiting: Mapping[int, Judged]
    reference: Reference


def warm_up(world: Transactions, champion: Scorer, start_day: int, settings: LiveSettings | None = None) -> Warm:
    """Play the days before a start silently.

    Parameters
    ----------
    world : Transactions
        In order of time, from 59 days before the start or earlier.
    start_day : int
        First day to be played live.

    Raises
    ------
    DataError
        If the world begins too late, or ends before the start.
    """
    settings = settings or LiveSettings()
    first = start_day - KEPT_DAYS - WARM_UP_DAYS
    if not len(world) or int(world.days[0]) > first or int(world.days[-1]) < start_day:
        message = (
            f"the stream has no day {start_day} with the {KEPT_DAYS + WARM_UP_DAYS} days before it that windows and "
            "labels need; start later or simulate more days"
        )
        raise DataError(message)
    past = world.take((world.days >= first) & (world.days < start_day))
    features, kept = make_features(past, settings.delay_days), past.days >= start_day - KEPT_DAYS
    judged, days = _judge(past.take(kept), features[kept], champion), past.days[kept]
    recent = days >= start_day - REFERENCE_DAYS
    share, seed = settings.alert_share, settings.seed
    reference = make_reference(FEATURES, features[kept][recent], judged.scores[recent], share, seed)
    old = np.flatnonzero(days < start_day - settings.delay_days)[-MAX_ROWS:]
    unlabelled = range(start_day - settings.delay_days, start_day)
    waiting = {day: _take(judged, np.flatnonzero(days == day)) for day in unlabelled}
    state = _make_state(past.take(past.days >= start_day - WARM_UP_DAYS - 1), settings.delay_days)
    return Warm(start_day, state, _take(judged, old), waiting, reference)


def _judge(past: Transactions, features: NDArray[np.float64], champion: Scorer) -> Judged:
    """Score payments whose labels are known."""
    scores = champion.score(features)
    return Judged(past.id, features.astype(np.float32), scores, past.fraud, past.terminal, past.customer)


def _take(judged: Judged, rows: NDArray[np.int64]) -> Judged:
    """Return some of the payments."""
    return replace(judged, **{each.name: getattr(judged, each.name)[rows] for each in fields(judged)})


def _make_state(past: Transactions, delay_days: int) -> bytes:
    """Write the windows as they stand after the last payment; each label counts when it is old enough."""
    state = FeatureState(delay_days)
    state.add_many(past.rows())
    for each in past.id[past.fraud].tolist():
        state.learn(each, fraud=True)
    return state.to_bytes()
