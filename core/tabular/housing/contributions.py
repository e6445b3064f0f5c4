"""Why a price: a base and what each topic adds, in dollars that add up to the price to the last cent.

On the scale of logs every model is a sum: a line's weights times how far each column lies from its mean, and the exact
Shapley values of trees along their paths (TreeSHAP, S. Lundberg et al. 2020, doi:10.1038/s42256-019-0138-9). Columns of
one topic are added up, because they move together. To dollars: along the straight way from the base to the answer a
topic's share of each small step of the price is its share of the step of the log, so in all it adds L times its effect,
where L is the logarithmic mean of base and price. This is the Aumann–Shapley value of the exponential (R. Aumann and L.
Shapley 1974), known of index numbers as LMDI (B. W. Ang 2005, doi:10.1016/j.enpol.2003.10.010): it leaves no rest and
does not depend on any order. Then cents are rounded by largest remainder, so that base and contributions make the
rounded price.

Left out: effects of two topics together, which are shared out among them.
"""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np

from core.tabular.housing.features import find_topic
from core.tabular.housing.pipelines import Fitted
from core.tabular.housing.recipe import BASELINE, BLENDED

GROUP_TOPIC = "group"
SMALL = 1e-12


def list_topics(sources: tuple[str, ...]) -> tuple[str, ...]:
    """Name the topics of prepared columns, each once, in the order of the columns.

    Examples
    --------
    >>> list_topics(("gr_liv_area", "log_living_area", "rooms"))
    ('living area', 'rooms')
    """
    return tuple(dict.fromkeys(find_topic(name) for name in sources))


def sum_topics(values: np.ndarray, sources: tuple[str, ...]) -> np.ndarray:
    """Add the contributions of columns up by topic, shape (n_rows, n_topics)."""
    places = _find_places(sources)
    return np.stack([values[:, each].sum(axis=1) for each in places], axis=1)


@lru_cache(maxsize=8)
def _find_places(sources: tuple[str, ...]) -> tuple[np.ndarray, ...]:
    """Find the prepared columns of each topic."""
    named = np.array([find_topic(name) for name in sources], dtype=object)
    return tuple(np.flatnonzero(named == topic) for topic in list_topics(sources))


def contribute(fitted: Fitted, name: str, z: np.ndarray) -> tuple[float, np.ndarray]:
    """Return a model's base and what each prepared column adds, on the scale it learnt on.

    Returns
    -------
    (base, array of shape (n_rows, n_prepared))
        Base and row sum are the answer, but for rounding.
    """
    if name == BASELINE:
        return fitted.overall, np.zeros_like(z)
    if name == "LightGBM":
        found = np.asarray(fitted.booster.predict(z, pred_contrib=True, num_threads=1))
        return float(found[0, -1]), found[:, :-1]
    if name == "blend":
        (first, added), (second, more) = (contribute(fitted, part, z) for part in BLENDED)
        weight, other = fitted.shares
        return weight * first + other * second, weight * added + other * more
    line = fitted.lines[name]
    return line.intercept + float(fitted.centre @ line.weights), (z - fitted.centre) * line.weights


def spread_over_price(base: float, effects: np.ndarray, factor: float) -> tuple[float, np.ndarray]:
    """Turn effects on the log into effects on the price: base times factor, and a share of the rest for each.

    Parameters
    ----------
    base : float
        Log of the price where every effect is zero.
    effects : float array of shape (n_topics,)
    factor : float
        What the exponential is multiplied with (Duan's smearing; 1 for the median).

    Returns
    -------
    (base price, effects in the price's unit)
        Together they are the price: no rest is left.

    Examples
    --------
    >>> base, added = spread_over_price(math.log(100.0), np.array([math.log(2.0), math.log(1.5)]), 1.0)
    >>> round(base, 6), round(float(base + added.sum()), 6), added.round(2).tolist()
    (100.0, 300.0, [126.19, 73.81])
    """
    total = float(effects.sum())
    start = factor * math.exp(base)
    mean = start if abs(total) < SMALL else (factor * math.exp(base + total) - start) / total
    return start, effects * mean


def round_to_cents(base: float, effects: np.ndarray, price: float) -> tuple[int, np.ndarray, int]:
    """Round base and effects to whole cents that add up to the rounded price, by largest remainder.

    Returns
    -------
    (base, effects, price)
        In whole cents.

    Examples
    --------
    >>> base, effects, price = round_to_cents(1.004, np.array([0.006, 0.004]), 1.014)
    >>> base, effects.tolist(), price
    (100, [1, 0], 101)
    """
    parts = 100 * np.array([base, *effects])
    whole, total = np.floor(parts).astype(np.int64), round(100 * price)
    left = int(total - whole.sum())
    order = np.argsort(whole - parts, kind="stable")  # the largest remainder first
    each, more = divmod(left, len(parts))
    whole += each
    whole[order[:more]] += 1
    return int(whole[0]), whole[1:], total
