"""Alarms on a stream: when what is watched changes, how often that is a mistake, and how late it is noticed.

Each watched quantity lies in 0 to 1 and has an ADWIN of its own (A. Bifet and R. Gavaldà 2007,
https://doi.org/10.1137/1.9781611972771.42, in river's build): it keeps a window that grows while its older and newer
parts agree, and drops the older part when they do not. The level is shared out among the quantities. ADWIN's bound is
per look and for independent values, so what holds for a whole stream is not taken from it: it is stated here and
rehearsed on stationary streams.

A retraining on a calendar is an alarm too, one every N transactions. :class:`Rehearsal` holds each detector against it.

Left out: detectors that need both classes at once (DDM, EDDM), and alarms that take back what they said.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from core.evaluation.intervals import wilson_interval
from core.hub.errors import RecipeError

STATED = 0.05
"""Share of stationary streams of 50,000 transactions that may raise any alarm: the promise that is rehearsed."""
DELTA = 0.005
"""ADWIN's level for all quantities of a watch together; see ``drift`` for the streams on which the promise held."""
LEAST_WINDOW = 30


@dataclass(frozen=True, slots=True)
class Alarm:
    """One change that a watch has noticed.

    Parameters
    ----------
    watch : str
        ``features``, ``score`` or ``labels``.
    name : str
        The quantity that changed.
    place : int
        How many values the watch had seen.
    before, after : float
        Its mean in the part of the window that was dropped and in the newer part that was kept, 0 to 1.
    """

    watch: str
    name: str
    place: int
    before: float
    after: float

    @property
    def sentence(self) -> str:
        """Say what changed and which way."""
        way = "rose" if self.after > self.before else "fell"
        name = self.name.replace("_", " ")
        return f"{name} {way} from {self.before:.3f} to {self.after:.3f} after {self.place:,} transactions."


class Watch(Protocol):
    """Whatever is fed values and says when they change."""

    def update(self, values: np.ndarray) -> tuple[Alarm, ...]:
        """Take values of shape (n, n_quantities) and return the alarms they raise."""


class AdwinWatch:
    """One ADWIN for each quantity, their levels adding up to ``delta``.

    Parameters
    ----------
    watch : str
        Name that the alarms bear.
    names : sequence of str
        Of the quantities.
    delta : float
        Level of all together, 0 to 1; raising it finds changes sooner and raises more false alarms.
    strides : sequence of int, optional
        Of each quantity one value in so many is fed, 1 or more: neighbours that share most of what they are made of
        say little new, and ADWIN would take them for independent.
    parts : sequence of float, optional
        Of the level, of each quantity, together at most 1; equal parts without them. A smaller part is for what comes
        in runs that no stride ends: it is found later.

    Raises
    ------
    RecipeError
        If there is nothing to watch or the level is outside 0 to 1.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> watch = AdwinWatch("features", ("amount",))
    >>> watch.update(rng.random((2_000, 1)))
    ()
    >>> watch.update(rng.random((2_000, 1)) ** 2)[0].sentence
    'amount fell from 0.532 to 0.478 after 2,080 transactions.'
    """

    def __init__(
        self,
        watch: str,
        names: Sequence[str],
        delta: float = DELTA,
        strides: Sequence[int] | None = None,
        parts: Sequence[float] | None = None,
    ) -> None:
        from river.drift import ADWIN

        if not names or not 0 < delta < 1:
            message = f"{len(names)} quantities are watched at level {delta:g}; give one or more, and 0 < level < 1"
            raise RecipeError(message)
        self.watch, self.names, self.place = watch, tuple(names), 0
        self.strides = tuple(strides or (1,) * len(self.names))
        levels = [delta * part for part in parts or (1 / len(self.names),) * len(self.names)]
        # river annotates the class but not its methods.
        self._adwins = [ADWIN(delta=level, min_window_length=LEAST_WINDOW) for level in levels]  # type: ignore[no-untyped-call]

    def update(self, values: np.ndarray) -> tuple[Alarm, ...]:
        """Take values of shape (n, n_quantities) in 0 to 1 and return the alarms they raise, the earliest first."""
        found = [
            alarm
            for k, stride in enumerate(self.strides)
            for alarm in self._feed(k, values[-self.place % stride :: stride, k])
        ]
        self.place += len(values)
        return tuple(sorted(found, key=lambda alarm: alarm.place))

    def start(self, values: np.ndarray) -> None:
        """Fill the windows with values of shape (n, n_quantities) that are as usual; what follows is held to them."""
        for k, stride in enumerate(self.strides):
            column = values[::stride, k]
            # ADWIN looks at every 32nd value it was ever fed: whole rounds keep its count and this watch's together.
            self._feed(k, column[: len(column) // self._adwins[k].clock * self._adwins[k].clock])

    def _feed(self, k: int, column: np.ndarray) -> list[Alarm]:
        """Feed one quantity's values to its ADWIN."""
        adwin, stride, found = self._adwins[k], self.strides[k], []
        clock, n_fed = adwin.clock, -(-self.place // stride)
        for number, value in enumerate(column.tolist(), n_fed + 1):
            total, width = (adwin.total, adwin.width) if number % clock == 0 else (0.0, 0)
            adwin.update(value)  # type: ignore[no-untyped-call]
            if adwin.drift_detected:
                before = (total + value - adwin.total) / max(width + 1 - adwin.width, 1)
                place = (number - 1) * stride + 1
                found.append(Alarm(self.watch, self.names[k], place, float(before), float(adwin.estimation)))
        return found

    @property
    def means(self) -> dict[str, float]:
        """Mean of each quantity's present window."""
        return {name: float(adwin.estimation) for name, adwin in zip(self.names, self._adwins, strict=True)}


@dataclass(frozen=True, slots=True, eq=False)
class Rehearsal:
    """What a watch did on streams whose truth is known.

    Parameters
    ----------
    n_streams, n_false : int
        Stationary streams, and those of them that raised any alarm.
    length, onset : int
        Transactions of each stream, and of those the ones before the planted shift.
    delays : float array of shape (n_streams,)
        Transactions from the shift to the first alarm after it; infinite where it was missed.
    stated : float
        Highest share of false alarms that was promised.
    """

    n_streams: int
    n_false: int
    length: int
    onset: int
    delays: np.ndarray
    stated: float = STATED

    @property
    def false_alarms(self) -> tuple[float, float, float]:
        """Share of stationary streams with an alarm, with its 95% interval."""
        return self.n_false / self.n_streams, *wilson_interval(self.n_false, self.n_streams)

    def find_delay(self, share: float = 0.5) -> float:
        """Return the transactions within which that share of the planted shifts was found."""
        return float(np.quantile(self.delays, share, method="higher"))

    @property
    def schedule_delay(self) -> float:
        """Mean delay of an alarm every N whose N keeps the same promise: at most ``stated`` before the shift."""
        return self.onset / self.stated / 2

    @property
    def schedule_false(self) -> float:
        """False alarms before the shift of an alarm every N that is as quick as this watch on average."""
        mean = float(np.mean(np.minimum(self.delays, self.length - self.onset)))
        return self.onset / (2 * max(mean, 1.0))

    @property
    def sentence(self) -> str:
        """Say the rate of false alarms, the delay, and what a calendar would do."""
        rate, _, high = self.false_alarms
        missed = int(np.isinf(self.delays).sum())
        return (
            f"{self.n_false} of {self.n_streams} stationary streams of {self.length:,} transactions raised an alarm "
            f"({100 * rate:.1f}%, at most {100 * high:.1f}%; {100 * self.stated:.0f}% are promised). A planted shift "
            f"was found after {self.find_delay():,.0f} transactions (95% within {self.find_delay(0.95):,.0f}; {missed} "
            f"missed); an alarm every N as quick would have raised {self.schedule_false:,.0f} false ones before it, "
            f"one as quiet would take {self.schedule_delay:,.0f}."
        )


MakeStream = Callable[[np.random.Generator, int | None], np.ndarray]
"""``make_stream(rng, onset)`` draws values (n, n_quantities); the shift begins at ``onset``, or never where None."""


def rehearse(
    make_watch: Callable[[], Watch], make_stream: MakeStream, *, onset: int, n_streams: int = 200, seed: int = 0
) -> Rehearsal:
    """Try a watch on streams without and with a shift.

    Parameters
    ----------
    make_watch : callable
        Makes a fresh watch.
    onset : int
        Where the planted shift begins; an alarm before it does not count as finding it.
    n_streams : int
        Of each kind, 1 or more.

    Raises
    ------
    RecipeError
        If there is no stream to try.

    Examples
    --------
    >>> def draw(rng, onset):
    ...     values = rng.random((3_000, 1))
    ...     return values if onset is None else np.vstack([values[:onset], values[onset:] ** 2])
    >>> found = rehearse(lambda: AdwinWatch("features", ("amount",)), draw, onset=2_000, n_streams=10)
    >>> found.n_false, bool(found.find_delay() < 600)
    (0, True)
    """
    if n_streams < 1:
        message = f"the number of streams is {n_streams}; it must be at least 1"
        raise RecipeError(message)
    n_false, length, delays = 0, 0, []
    for rng in np.random.default_rng(seed).spawn(n_streams):
        values = make_stream(rng, None)
        length = len(values)
        n_false += bool(make_watch().update(values))
        alarms = make_watch().update(make_stream(rng, onset))
        delays.append(min((alarm.place - onset for alarm in alarms if alarm.place > onset), default=math.inf))
    return Rehearsal(n_streams, n_false, length, onset, np.array(delays, dtype=np.float64))
