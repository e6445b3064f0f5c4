"""The three watches rehearsed: streams of known payments, each once as it is and once with a planted shift.

features   amounts are 30% higher, and so are the customers' means
score      three payments in a hundred score as the highest hundredth does
labels     three payments in a hundred turn out frauds, whatever they scored

In :func:`rehearse_watch` rows are drawn one by one with replacement, so what lasts over days in a real stream is not in
them. The harder test is that of :func:`rehearse_world`: a tenth of a world's customers in their true order, each stream
held against its own weeks before; the strides of ``drift`` are for those.

Left out: shifts that come slowly.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from core.hub.errors import RecipeError
from core.streaming.fraud.alarms import AdwinWatch, Rehearsal, rehearse
from core.streaming.fraud.drift import DriftWatch, Reference, judge_labels, make_reference
from core.streaming.fraud.features import FEATURES

WatchName = Literal["features", "score", "labels"]
WATCHES: tuple[WatchName, ...] = get_args(WatchName)
Payments = tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.bool_]]
"""Features (n, 15), scores (n,) and frauds (n,), in their order."""
Rehearsals = Mapping[WatchName, Rehearsal]
CUSTOMERS = 390
"""A tenth of what the published world's terminals see: some 50,000 payments in 65 days."""
STATED_DELAYS: Mapping[WatchName, int] = {"features": 1_200, "score": 3_500, "labels": 2_500}
"""Payments within which 95 of 100 planted shifts are to be found."""
PRICE, HIGH_SHARE, FRAUD_SHARE, TOP = 1.3, 0.03, 0.03, 0.01


def rehearse_watch(
    name: WatchName,
    reference: Reference,
    payments: Payments,
    length: int = 4_000,
    n_streams: int = 200,
    seed: int = 0,
) -> Rehearsal:
    """Rehearse one watch.

    Parameters
    ----------
    name : str
        ``features``, ``score`` or ``labels``.
    reference : Reference
        What the streams are held against.
    payments : features (n, n_features), scores (n,), fraud (n,)
        To draw from.
    length : int
        Payments of each stream; a planted shift begins in its middle.

    Raises
    ------
    RecipeError
        If the watch is not known.
    """
    if name not in WATCHES:
        message = f"the watch is {name!r}; it must be one of {', '.join(WATCHES)}"
        raise RecipeError(message)

    features, scores, fraud = payments

    def make_stream(rng: np.random.Generator, onset: int | None) -> NDArray[np.float64]:
        rows = rng.integers(0, len(scores), length)
        after = np.arange(length) >= (length if onset is None else onset)
        return plant_shift(name, reference, (features[rows], scores[rows], fraud[rows]), after, rng)

    def make_watch() -> AdwinWatch:
        made: AdwinWatch = getattr(DriftWatch(reference), name)
        return made

    return rehearse(make_watch, make_stream, onset=length // 2, n_streams=n_streams, seed=seed)


def plant_shift(
    name: WatchName, reference: Reference, payments: Payments, after: NDArray[np.bool_], rng: np.random.Generator
) -> NDArray[np.float64]:
    """Return what a watch sees of payments in their order, shifted where ``after`` says so."""
    features, scores, fraud = payments
    if name == "features":
        return reference.place(_raise_amounts(features, after, reference))
    if name == "score":
        high = np.quantile(scores, 1 - TOP * rng.random(len(scores)))
        return reference.place_scores(np.where(after & (rng.random(len(scores)) < HIGH_SHARE), high, scores))
    return judge_labels(scores, fraud | (after & (rng.random(len(scores)) < FRAUD_SHARE)))


@dataclass(frozen=True, slots=True, eq=False)
class World:
    """Payments of many customers in order of time: features (n, 15), scores, frauds and customers (n,).

    Parameters
    ----------
    n_before : int
        Payments of the weeks before the streams begin, which each stream is held against.
    """

    features: NDArray[np.float64]
    scores: NDArray[np.float64]
    fraud: NDArray[np.bool_]
    customers: NDArray[np.int64]
    n_before: int

    def draw(self, rng: np.random.Generator, n_customers: int) -> tuple[Reference, Payments]:
        """Draw customers; return what their weeks before say, and all that they pay from then on."""
        chosen = rng.choice(np.unique(self.customers), n_customers, replace=False)
        rows = np.flatnonzero(np.isin(self.customers, chosen))
        n_old = int(np.searchsorted(rows, self.n_before))
        old, new = rows[:n_old], rows[n_old:]
        reference = make_reference(FEATURES, self.features[old], self.scores[old])
        return reference, (self.features[new], self.scores[new], self.fraud[new])


def rehearse_world(world: World, n_customers: int = CUSTOMERS, n_streams: int = 100, seed: int = 0) -> Rehearsals:
    """Rehearse every watch on streams in their true order; a planted shift begins in the middle of each.

    Parameters
    ----------
    n_customers : int
        Drawn anew for each stream.
    n_streams : int
        1 or more.

    Returns
    -------
    mapping of str to Rehearsal
        By watch.
    """
    n_false, delays = dict.fromkeys(WATCHES, 0), {name: np.full(n_streams, math.inf) for name in WATCHES}
    lengths = []
    for number, rng in enumerate(np.random.default_rng(seed).spawn(n_streams)):
        reference, payments = world.draw(rng, n_customers)
        lengths.append(len(payments[1]))
        onset = lengths[-1] // 2
        for name in WATCHES:
            quiet, shifted = (
                _list_places(name, reference, payments, np.arange(lengths[-1]) >= begin, rng)
                for begin in (lengths[-1], onset)
            )
            n_false[name] += bool(quiet)
            delays[name][number] = min((place - onset for place in shifted if place > onset), default=math.inf)
    length = int(np.mean(lengths))
    return {name: Rehearsal(n_streams, n_false[name], length, length // 2, delays[name]) for name in WATCHES}


def _list_places(
    name: WatchName, reference: Reference, payments: Payments, after: NDArray[np.bool_], rng: np.random.Generator
) -> list[int]:
    """Return where a fresh watch raises alarms."""
    watch: AdwinWatch = getattr(DriftWatch(reference), name)
    return [alarm.place for alarm in watch.update(plant_shift(name, reference, payments, after, rng))]


def _raise_amounts(
    features: NDArray[np.float64], after: NDArray[np.bool_], reference: Reference
) -> NDArray[np.float64]:
    """Raise amounts and their means from the shift on."""
    raised = features.copy()
    for column, name in zip(reference.columns, reference.names, strict=True):
        if "amount" in name:
            raised[after, column] *= PRICE
    return raised
