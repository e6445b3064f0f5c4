"""A bundled trial as a dated stream of events, so that the log and its dashboard can be tried without any traffic.

Every unit of the trial arrives at a seeded time, is assigned and exposed, and its outcome follows hours later. A unit's
name is chosen so that the hub's own hash gives it the arm that it had in the trial; its outcome is the trial's. A few
events in a hundred are spoiled on purpose: they come twice, late, malformed, from a clock that is ahead. Once all have
come, the log's effect is the trial's, to the last digit.

Left out: real traffic, which comes over the HTTP API.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import groupby

import numpy as np

from core.experimentation.ab_testing.assignment import Experiment, assign_many
from core.experimentation.ab_testing.data import Data, load
from core.experimentation.ab_testing.events import MAX_BYTES, read_time, show_time
from core.experimentation.ab_testing.ingestion import ingest
from core.experimentation.ab_testing.ledger import Ledger, Moment
from core.experimentation.ab_testing.recipe import Recipe, TrialName
from core.experimentation.ab_testing.register import start
from core.experimentation.ab_testing.simulation import Monitoring
from core.hub.store import Store

START = "2026-01-05T00:00:00Z"
N_DAYS = 10
DAY_US, HOUR_US, SECOND_US = 86_400_000_000, 3_600_000_000, 1_000_000
OUTCOME_HOURS = 6.0
SPOILED = 0.02
"""Spoiled events for each unit."""
FAULTS = (
    "malformed", "oversized", "late", "clock ahead", "unknown experiment", "wrong arm", "duplicate", "conflict",
    "out of order",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Step:
    """One event and when it arrives, in microseconds since 1970."""

    arrival_us: int
    payload: dict[str, object]


@dataclass(frozen=True, slots=True, eq=False)
class Stream:
    """A trial as events in the order of their arrival.

    Parameters
    ----------
    n_spoiled : int
        Events that the log must refuse or set aside.
    """

    experiment: Experiment
    plan: Recipe
    steps: tuple[Step, ...]
    n_units: int
    n_spoiled: int
    start_us: int

    @property
    def n_days(self) -> int:
        """Days until the last event has come."""
        return -(-(self.steps[-1].arrival_us - self.start_us + 1) // DAY_US)


def make_stream(
    trial: TrialName = "resumes", *, days: int = N_DAYS, seed: int = 0, monitoring: Monitoring = "anytime"
) -> Stream:
    """Turn a bundled trial into a stream; equal arguments give equal events.

    Examples
    --------
    >>> stream = make_stream("lalonde")
    >>> stream.n_units, stream.steps[0].payload["kind"], stream.experiment.arms
    (445, 'assignment', ('training', 'control'))
    """
    data = load(Recipe(trial=trial))
    plan, rng = data.plan, np.random.default_rng(seed)
    n_first = int(data.is_first.sum())
    share = round(n_first / len(data.y), 6)
    experiment = Experiment(f"{trial}-replay", (plan.first, plan.second), (share, round(1 - share, 6)))
    planned = Recipe(
        trial=trial, metric=plan.metric, first=plan.first, second=plan.second, kind=data.kind, better=plan.better,
        monitoring=monitoring, planned_units=len(data.y), seed=seed,
    )  # fmt: skip
    start_us = read_time(START)
    times = start_us + np.sort(rng.integers(HOUR_US, days * DAY_US, size=len(data.y)))
    names = name_units(experiment, data, trial)
    order = rng.permutation(len(data.y))
    steps = list(_follow_units(data, experiment, names, (order, times), rng))
    faults = list(_spoil(steps, planned, rng, round(SPOILED * len(data.y))))
    # The sort is stable: of equal arrivals, what was made first comes first.
    ordered = tuple(sorted([*steps, *faults], key=lambda step: step.arrival_us))
    return Stream(experiment, planned, ordered, len(data.y), len(faults), start_us)


def name_units(experiment: Experiment, data: Data, trial: str) -> list[str]:
    """Name each unit so that the hash gives it the arm that the trial gave it.

    Examples
    --------
    >>> data = load(Recipe(trial="lalonde"))
    >>> names = name_units(Experiment("x", ("training", "control")), data, "lalonde")
    >>> (assign_many(Experiment("x", ("training", "control")), names) == 0).tolist() == data.is_first.tolist()
    True
    """
    wanted = np.where(data.is_first, 0, 1)
    names = [""] * len(wanted)
    left, turn = np.arange(len(wanted)), 0
    while len(left):
        tried = [f"{trial}-{place:04d}-{turn}" for place in left.tolist()]
        fits = assign_many(experiment, tried) == wanted[left]
        for place, name, fit in zip(left.tolist(), tried, fits.tolist(), strict=True):
            if fit:
                names[place] = name
        left, turn = left[~fits], turn + 1
    return names


def _follow_units(
    data: Data, experiment: Experiment, names: list[str], when: tuple[np.ndarray, np.ndarray], rng: np.random.Generator
) -> Iterator[Step]:
    """Give each unit its assignment, its exposure and, where there is one, its outcome."""
    order, times = when
    delays = (rng.exponential(OUTCOME_HOURS, size=len(order)) * HOUR_US).astype(np.int64).clip(SECOND_US, DAY_US)
    for place, time, delay in zip(order.tolist(), times.tolist(), delays.tolist(), strict=True):
        unit, arm = names[place], experiment.arms[0 if data.is_first[place] else 1]
        own = {"experiment": experiment.name, "unit": unit, "arm": arm}
        yield _make_step(f"a-{unit}", "assignment", time, own)
        yield _make_step(f"x-{unit}", "exposure", time + SECOND_US, own)
        value = float(data.y[place])
        if value:
            yield _make_step(
                f"m-{unit}", "metric", time + delay, {"unit": unit, "metric": data.plan.metric, "value": value}
            )


def _make_step(event_id: str, kind: str, time_us: int, fields: dict[str, object]) -> Step:
    """Make an event that arrives a second after it happened."""
    return Step(time_us + SECOND_US, {"id": event_id, "kind": kind, "time": show_time(time_us), **fields})


def _spoil(steps: list[Step], plan: Recipe, rng: np.random.Generator, n: int) -> Iterator[Step]:
    """Make spoiled events beside sound ones, each kind in turn; none of them may count."""
    exposures = [step for step in steps if step.payload["kind"] == "exposure"]
    for number, place in enumerate(rng.integers(0, len(exposures), size=n).tolist()):
        fault, step = FAULTS[number % len(FAULTS)], exposures[place]
        yield from _make_fault(fault, step, plan, f"{fault[:2]}-{number}".replace(" ", ""))


def _make_fault(fault: str, step: Step, plan: Recipe, event_id: str) -> Iterator[Step]:
    """Make one spoiled event; a conflict takes two."""
    own, after = step.payload, replace(step, arrival_us=step.arrival_us + SECOND_US)
    time_us = read_time(own["time"])
    metric = {
        "id": event_id, "kind": "metric", "time": own["time"], "unit": own["unit"], "metric": plan.metric, "value": 1,
    }  # fmt: skip
    made: dict[str, list[dict[str, object]]] = {
        "malformed": [metric | {"value": "a lot"}],
        "oversized": [metric | {"unit": "u" * MAX_BYTES}],
        "late": [metric | {"time": show_time(time_us - 9 * DAY_US)}],
        "clock ahead": [metric | {"time": show_time(time_us + 2 * DAY_US)}],
        "unknown experiment": [own | {"id": event_id, "experiment": "not-started"}],
        "wrong arm": [own | {"id": event_id, "arm": plan.second if own["arm"] == plan.first else plan.first}],
        "duplicate": [dict(own)],
        "conflict": [metric | {"unit": "nobody"}, metric | {"unit": "nobody", "value": 2}],
        "out of order": [metric | {"time": show_time(time_us - HOUR_US)}],
    }
    for payload in made[fault]:
        yield replace(after, payload=payload)


class Playback:
    """A stream on its way into a log of its own, whose clock is the stream's.

    Parameters
    ----------
    store : Store
        A fresh one: what is written can never be taken out.

    Examples
    --------
    >>> import tempfile
    >>> playback = Playback(Store(f"sqlite:///{tempfile.mkdtemp()}/log.sqlite3"), make_stream("lalonde"))
    >>> playback.advance(100), playback.place
    (100, 100)
    """

    def __init__(self, store: Store, stream: Stream) -> None:
        self.stream, self.place, self.now_us = stream, 0, stream.start_us
        self.ledger = Ledger(store, lambda: self.now_us)
        start(self.ledger, stream.experiment, stream.plan)

    @property
    def n_days(self) -> int:
        """Days that have begun."""
        return (self.now_us - self.stream.start_us) // DAY_US + 1

    @property
    def is_over(self) -> bool:
        """Whether every event has come."""
        return self.place >= len(self.stream.steps)

    def advance(self, n: int) -> int:
        """Send the next events; a batch ends with its day, so that each day's end is a state of the log.

        Returns
        -------
        int
            How many were sent: fewer at the end.
        """
        steps = self.stream.steps[self.place : self.place + n]
        for _, day in groupby(steps, key=lambda step: (step.arrival_us - self.stream.start_us) // DAY_US):
            batch = list(day)
            self.now_us = batch[-1].arrival_us
            ingest(self.ledger, [step.payload for step in batch])
            self.place += len(batch)
        return len(steps)

    def find_day_end(self, day: int) -> Moment:
        """Return the state of the log at the end of a day, the first being 1; of the day under way, as of now."""
        return self.ledger.find_moment(min(self.now_us, self.stream.start_us + day * DAY_US - 1))
