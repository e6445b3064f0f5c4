"""The three watches rehearsed: streams drawn from known payments, half of them with a planted shift.

features   amounts are 30% higher, and so are the customers' means
score      three payments in a hundred score as the highest hundredth does
labels     three payments in a hundred turn out frauds, whatever they scored

Rows are drawn one by one with replacement, so what lasts over days in a real stream is not in them: streams of a tenth
of the published world's customers in their true order are the harder test, and the strides of ``drift`` are for those.

Left out: shifts that come slowly.
"""

from __future__ import annotations

from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from core.hub.errors import RecipeError
from core.streaming.fraud.alarms import AdwinWatch, Rehearsal, rehearse
from core.streaming.fraud.drift import DriftWatch, Reference, judge_labels

WatchName = Literal["features", "score", "labels"]
WATCHES: tuple[WatchName, ...] = get_args(WatchName)
PRICE, HIGH_SHARE, FRAUD_SHARE, TOP = 1.3, 0.03, 0.03, 0.01


def rehearse_watch(
    name: WatchName,
    reference: Reference,
    payments: tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.bool_]],
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
        if name == "features":
            return reference.place(_raise_amounts(features[rows], after, reference))
        if name == "score":
            high = np.quantile(scores, 1 - TOP * rng.random(length))
            return reference.place_scores(np.where(after & (rng.random(length) < HIGH_SHARE), high, scores[rows]))
        return judge_labels(scores[rows], fraud[rows] | (after & (rng.random(length) < FRAUD_SHARE)))

    def make_watch() -> AdwinWatch:
        made: AdwinWatch = getattr(DriftWatch(reference), name)
        return made

    return rehearse(make_watch, make_stream, onset=length // 2, n_streams=n_streams, seed=seed)


def _raise_amounts(
    features: NDArray[np.float64], after: NDArray[np.bool_], reference: Reference
) -> NDArray[np.float64]:
    """Raise amounts and their means from the shift on."""
    raised = features.copy()
    for column, name in zip(reference.columns, reference.names, strict=True):
        if "amount" in name:
            raised[after, column] *= PRICE
    return raised
