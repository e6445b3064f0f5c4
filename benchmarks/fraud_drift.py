"""Fraud: the alarms of drift, on streams whose truth is known: how often they are wrong, how late, and a calendar's.

Two kinds of streams, 200 of each. In true order: customers drawn from two worlds that had no say in any model or level,
held against their own two weeks before, 65 days long. Row by row: drawn from the labelled payments of the shipped
model, where nothing lasts from one row to the next.
"""

from __future__ import annotations

import dataclasses

import numpy as np

from benchmarks.record import Line, Record
from core.hub.artifacts import load_artifact
from core.streaming import fraud
from core.streaming.fraud.alarms import STATED, Rehearsal
from core.streaming.fraud.features import DELAY_DAYS, make_features
from core.streaming.fraud.rehearsals import CUSTOMERS, STATED_DELAYS, WATCHES, WatchName, World, rehearse_world
from core.streaming.fraud.simulator import HANDBOOK, simulate
from core.streaming.fraud.stored_figures import rehearse_shipped

SEEDS = (41, 59)
N_STREAMS = 200
WARM_DAYS, BEFORE_DAYS, STREAM_DAYS = 37, 14, 65


def measure() -> Record:
    """Rehearse the three watches on both kinds of streams."""
    model = fraud.load_model(load_artifact("fraud").folder / "weights")
    ordered, drawn = rehearse_ordered(model), rehearse_shipped(model)
    lines = [
        line
        for kind, found in (("true order", ordered), ("row by row", drawn))
        for name in WATCHES
        for line in judge(kind, name, found[name])
    ]
    return Record(
        name="fraud_drift",
        title="Fraud: alarms of drift",
        method=(
            f"Each watch on {N_STREAMS} streams as they are and with a shift planted in the middle: amounts 30% "
            "higher; three payments in a hundred scoring as the highest hundredth does; three in a hundred turning out "
            f"frauds. In true order: {CUSTOMERS} customers drawn anew for each stream from the handbook's world of "
            f"seeds {SEEDS[0]} and {SEEDS[1]}, {STREAM_DAYS} days (some {ordered['score'].length:,} payments), held "
            f"against their {BEFORE_DAYS} days before. Row by row: {drawn['score'].length:,} rows drawn from the "
            f"shipped model's labelled payments. Promised: at most {STATED:.0%} of quiet streams raise any alarm, and "
            "95 of 100 shifts are found within the stated delay, counted in payments from the shift to the alarm; for "
            f"labels as they arrive, {DELAY_DAYS} days after their payments, which is not in the delay. A calendar, an "
            "alarm every N payments, that keeps the first promise takes as long as the last line of each says. Levels "
            "were settled on worlds of other seeds; these two seeds had been counted once before this record."
        ),
        lines=tuple(lines),
        command="python -m benchmarks fraud_drift",
    )


def rehearse_ordered(model: fraud.FraudModel) -> dict[WatchName, Rehearsal]:
    """Rehearse each watch on streams in true order, an equal number from each world."""
    parts = [rehearse_world(make_world(model, seed), n_streams=N_STREAMS // len(SEEDS), seed=seed) for seed in SEEDS]
    return {name: join([part[name] for part in parts]) for name in WATCHES}


def make_world(model: fraud.FraudModel, seed: int) -> World:
    """Simulate a world and score it; the first days only fill the longest windows."""
    n_days = WARM_DAYS + BEFORE_DAYS + STREAM_DAYS
    payments = simulate(dataclasses.replace(HANDBOOK, n_days=n_days, seed=seed))
    kept = payments.days >= WARM_DAYS
    features = make_features(payments, model.recipe.delay_days)[kept]
    n_before = int((payments.days[kept] < WARM_DAYS + BEFORE_DAYS).sum())
    return World(features, model.score(features), payments.fraud[kept], payments.customer[kept], n_before)


def join(parts: list[Rehearsal]) -> Rehearsal:
    """Put rehearsals of several worlds together."""
    length = round(float(np.mean([each.length for each in parts])))
    return Rehearsal(
        sum(each.n_streams for each in parts),
        sum(each.n_false for each in parts),
        length,
        length // 2,
        np.concatenate([each.delays for each in parts]),
    )


def judge(kind: str, name: WatchName, found: Rehearsal) -> tuple[Line, ...]:
    """Hold one watch's rehearsal against its two promises and against a calendar."""
    rate, low, high = found.false_alarms
    delay, stated, calendar = found.find_delay(0.95), STATED_DELAYS[name], found.schedule_delay
    told = f"{kind}, {name}"
    false = f"{told}: quiet streams with an alarm, {found.n_false} of {found.n_streams} ({low:.1%} to {high:.1%})"
    return (
        Line(false, rate, "share", "at most", STATED, rate <= STATED),
        Line(f"{told}: median delay of a planted shift", found.find_delay(), "payments", "", None, True),
        Line(f"{told}: 95 of 100 planted shifts found within", delay, "payments", "at most", stated, delay <= stated),
        Line(f"{told}: the same beside an equally quiet calendar's mean", delay, "payments", "below", calendar,
             delay < calendar),
    )  # fmt: skip
