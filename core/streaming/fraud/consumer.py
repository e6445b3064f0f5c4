"""The consumer: reads the log from its own stored offsets, decides, commits, and goes on after whatever happened.

No consumer group takes part: the partitions are assigned by hand and the offsets live in the sink, because an offset
that is committed apart from its results makes them at most or at least once, never exactly once. With each offset goes
a digest of the message before it, the anchor. On each start and after each outage the anchor is read again: if the log
does not hold it any more (a topic made anew, a broker that came back empty, messages past their retention), the
consumer begins at the earliest message and says so in its counts; payments that it took before are then refused as
repeats.

Left out: several consumers sharing one stream; the sink lets only one of them write.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Self

import numpy as np

from core.hub.errors import RecipeError, UnavailableError
from core.streaming.fraud.checkpoints import Checkpoints
from core.streaming.fraud.micro_batches import (
    N_FEATURES,
    SEPARATOR,
    Detector,
    Explainer,
    Outcome,
    Received,
    Scorer,
    State,
)
from core.streaming.fraud.online import FeatureState
from core.streaming.fraud.quarantine import Bounds, Gate
from core.streaming.fraud.reading import LogReader
from core.streaming.fraud.sink import Latency, Position, Saved, Sink
from core.streaming.fraud.state_saves import StateSave, set_aside
from core.streaming.fraud.topics import Topics
from core.streaming.fraud.transactions import DAY_S

N_LATENCIES = 2_000
MIN_LATENCIES = 20
"""Fewer are no basis of a 99th percentile."""
SAVING_WAIT_S = 0.005
"""How long a step waits for messages while there are pieces of the state to be stored."""
MOST_WARM_UP = 366
SET_ASIDE_MESSAGES = 5_000
"""Messages after which new objects are set aside: a millisecond each time instead of a tenth of a second later."""


def make_feature_state(content: bytes | None) -> FeatureState:
    """Make a feature state of stored bytes, or an empty one."""
    return FeatureState() if content is None else FeatureState.from_bytes(content)


@dataclass(frozen=True, slots=True)
class Pace:
    """How much at a time.

    Parameters
    ----------
    batch : int
        Most messages of one commit; raising it raises throughput and latency.
    idle_save : int
        Messages since the state was last stored from which a quiet moment is used to store it.
    forced_save : int
        Messages from which it is stored while the stream goes on; raising it makes a restart slower.
    patience_s : float
        How long a broker may be away before that is an error.
    """

    batch: int = 500
    idle_save: int = 20_000
    forced_save: int = 200_000
    patience_s: float = 60.0


@dataclass(frozen=True, slots=True)
class Rules:
    """How payments are decided.

    Parameters
    ----------
    scorer : callable
        Features (n, 15) to scores (n,).
    threshold : float
        Least score of an alert.
    explain : callable, optional
        Features (15,) to the reasons of an alert.
    bounds : Bounds
        How far times may differ.
    make_state : callable
        Makes a feature state of stored bytes, or an empty one of None.
    warm_up_days : int
        Days from a stream's first payment on that fill the features and raise no alert, 0 to 366.

    Raises
    ------
    RecipeError
        If the warm-up is out of range.
    """

    scorer: Scorer
    threshold: float
    explain: Explainer | None = None
    bounds: Bounds = field(default_factory=Bounds)
    make_state: Callable[[bytes | None], State] = make_feature_state
    warm_up_days: int = 0

    def __post_init__(self) -> None:
        if not 0 <= self.warm_up_days <= MOST_WARM_UP:
            message = f"the warm-up is {self.warm_up_days} days; it must be 0 to {MOST_WARM_UP}"
            raise RecipeError(message)


def restore(sink: Sink, rules: Rules) -> tuple[Detector, Saved]:
    """Bring a detector to where the stream stood; return it with what was stored."""
    saved = sink.load()
    gate = Gate(rules.bounds) if saved.gate is None else Gate.from_bytes(saved.gate, rules.bounds)
    detector = Detector(rules.make_state(saved.state), gate, rules.scorer, rules.threshold, rules.explain)
    detector.warm_up_s = rules.warm_up_days * DAY_S
    for journal in saved.journals:
        detector.repeat(journal)
    return detector, saved


def start_consumer(servers: str, topics: Topics, sink: Sink, rules: Rules, pace: Pace | None = None) -> Consumer:
    """Start a consumer where the stream stood.

    Parameters
    ----------
    servers : str
        ``host:port`` of the broker, which need not be there yet.

    Raises
    ------
    UnavailableError
        If the database cannot be used.
    ArtifactError
        If the stored state is damaged.
    """
    detector, saved = restore(sink, rules)
    rules.scorer(np.zeros((1, N_FEATURES)))  # its libraries are loaded now, not while the first payment waits
    consumer = Consumer(LogReader(servers, topics, saved.positions), sink, detector, saved.batch, pace)
    set_aside()
    consumer.n_unsaved = sum(journal.count(SEPARATOR) + 1 for journal in saved.journals)
    return consumer


class Consumer:
    """One running consumer.

    Parameters
    ----------
    reader : LogReader
    sink : Sink
    detector : Detector
    batch : int
        Number of the last batch.
    pace : Pace, optional

    Notes
    -----
    Make it by :func:`start_consumer`.
    """

    def __init__(self, reader: LogReader, sink: Sink, detector: Detector, batch: int, pace: Pace | None = None) -> None:
        self.reader, self.sink, self.detector, self.batch = reader, sink, detector, batch
        self.pace = pace or Pace()
        self.n_unsaved = self._n_loose = 0
        self._packing: StateSave | None = None
        self._storing: Iterator[None] | None = None
        self._latencies: deque[float] = deque(maxlen=N_LATENCIES)
        self._away_since: float | None = None
        self._checkpoints = Checkpoints(sink.store)

    def __enter__(self) -> Self:
        self._checkpoints.__enter__()
        return self

    def __exit__(self, kind: object, _error: object, _trace: object) -> None:
        try:
            if kind is None:
                self.save()
        finally:
            self._checkpoints.__exit__()
            self.reader.close()

    @property
    def is_at_end(self) -> bool:
        """Whether every message of the log was taken."""
        return self.reader.is_at_end

    @property
    def is_saving(self) -> bool:
        """Whether the state is being stored, a step with each batch."""
        return self._packing is not None or self._storing is not None

    @property
    def synced_batch(self) -> int:
        """The last batch that a loss of power leaves; 0 before the first sync. PostgreSQL syncs each on its own."""
        return self._checkpoints.n_synced if self.sink.store.is_sqlite else self.batch

    @property
    def latency(self) -> Latency:
        """Of the last 2,000 payments, from their arrival here to their commit."""
        ordered = sorted(self._latencies)
        if len(ordered) < MIN_LATENCIES:
            return Latency()
        return Latency(1_000 * ordered[len(ordered) // 2], 1_000 * ordered[int(0.99 * len(ordered))])

    def step(self, wait_s: float = 0.5) -> Outcome | None:
        """Take what has come in, at most one batch; return what became of it, or None where nothing came.

        Raises
        ------
        UnavailableError
            If the broker is away for longer than the pace allows, the database cannot be used, or another consumer
            works on this stream.
        """
        try:
            messages = self.reader.read(self.pace.batch, min(wait_s, SAVING_WAIT_S) if self.is_saving else wait_s)
        except UnavailableError:
            if self._is_away_too_long():
                raise
            return None
        self._away_since = None
        if not messages:
            self._save_meanwhile(self.pace.idle_save)
            return None
        return self._take(messages, time.perf_counter())

    def _take(self, messages: Sequence[Received], arrived: float) -> Outcome:
        """Decide and commit one batch."""
        outcome = self.detector.process(messages)
        positions = find_positions(messages)
        clock = self.detector.gate.clock or 0
        self.sink.commit(
            self.batch + 1, outcome, positions, clock=clock, latency=self.latency, more=self.reader.take_counts()
        )
        self.batch += 1
        self._checkpoints.note(self.batch)
        self.reader.positions |= positions
        self._latencies.extend([time.perf_counter() - arrived] * len(outcome.transactions))
        self.n_unsaved += len(messages)
        self._n_loose += len(messages)
        if self._n_loose >= SET_ASIDE_MESSAGES:
            self._n_loose = 0
            set_aside()
        self._save_meanwhile(self.pace.forced_save)
        return outcome

    def save(self) -> None:
        """Store the state now, so that a restart has no journals to repeat."""
        while self.is_saving:
            self._go_on_saving(wait=True)
        if self.n_unsaved:
            self.sink.save_state(self.batch, self.detector.state.to_bytes(), self.detector.gate.to_bytes())
            self.n_unsaved = 0

    def _save_meanwhile(self, due: int) -> None:
        """Begin to store the state once so many messages came since; from then on, a step of it at a time."""
        if self.is_saving:
            self._go_on_saving(wait=False)
        elif self.n_unsaved >= due:
            self._packing, self.n_unsaved = StateSave(self.detector, self.batch), 0

    def _go_on_saving(self, *, wait: bool) -> None:
        """Do one step: look whether the state is packed, or store a piece of it."""
        if self._packing is not None:
            packed = self._packing.take(wait=wait)
            if packed is not None:
                self._storing = self.sink.save_by_steps(self._packing.batch, *packed)
                self._packing = None
        elif self._storing is not None and next(self._storing, self) is self:
            self._storing = None

    def _is_away_too_long(self) -> bool:
        """Tell whether the broker has been away for longer than the patience."""
        now = time.monotonic()
        self._away_since = self._away_since or now
        return now - self._away_since > self.pace.patience_s


def find_positions(messages: Sequence[Received]) -> dict[int, Position]:
    """Return the place after some messages, by partition.

    Examples
    --------
    >>> find_positions([Received(0, 4, None, b"a"), Received(0, 5, None, b"b")])[0].next_offset
    6
    """
    last = {each.partition: each for each in messages}
    return {
        partition: Position(each.offset + 1, sha256(each.content or b"").hexdigest())
        for partition, each in last.items()
    }
