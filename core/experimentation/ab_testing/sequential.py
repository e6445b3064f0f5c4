"""Looking several times: what it costs, and bounds that keep the promised error at any planned or unplanned looks.

At information time t the score B(t) = z √t moves like a random walk. The density of B among trials that have not
stopped is carried from look to look by numerical integration (P. Armitage, C. K. McPherson and B. C. Rowe 1969,
https://doi.org/10.2307/2343787), here with Gauss–Legendre nodes between the bounds, which converges faster than any
power of their number.

Left out: futility bounds (``futility``), asymmetric designs.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import Literal, get_args

import numpy as np

from core.experimentation.ab_testing.power import find_root
from core.hub.errors import RecipeError

Shape = Literal["O'Brien–Fleming", "Pocock"]
Spending = Literal["O'Brien–Fleming", "Pocock", "linear"]
SPENDINGS: tuple[str, ...] = get_args(Spending)
MAX_LOOKS, LEAST_STEP = 200, 1e-4
NODES_A_DEVIATION, LEAST_NODES = 3.0, 48
FARTHEST = 9.0
"""Bounds beyond this many standard errors are never crossed in double precision: the tail holds 2e-19."""


def check_times(times: Sequence[float]) -> tuple[float, ...]:
    """Return information times as a tuple after checking that they rise within (0, 1].

    Raises
    ------
    RecipeError
        With the first time that does not do.

    Examples
    --------
    >>> check_times([0.5, 1.0])
    (0.5, 1.0)
    """
    if not 1 <= len(times) <= MAX_LOOKS:
        message = f"the number of looks is {len(times)}; it must be 1 to {MAX_LOOKS}"
        raise RecipeError(message)
    before = 0.0
    for time in times:
        if not (before + LEAST_STEP <= time <= 1 + 1e-12):
            message = f"look at {time:g} follows {before:g}; times must rise by {LEAST_STEP:g} or more and end by 1"
            raise RecipeError(message)
        before = time
    return tuple(float(time) for time in times)


def find_crossing(bounds: Sequence[float], times: Sequence[float], drift: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    """Return the chance of first crossing the upper and the lower bound at each look.

    Parameters
    ----------
    bounds : sequence of float
        Critical |z| at each look.
    times : sequence of float
        Share of the whole information at each look.
    drift : float
        Expected z at time 1; 0 is no effect.

    Returns
    -------
    (upper, lower) : float arrays of shape (n_looks,)

    Examples
    --------
    >>> upper, lower = find_crossing([1.959964, 1.959964], [0.5, 1.0])
    >>> round(float((upper + lower).sum()), 4)
    0.0831
    """
    from scipy.special import ndtr

    times = check_times(times)
    upper, lower = np.empty(len(times)), np.empty(len(times))
    nodes, mass, before = np.zeros(1), np.ones(1), 0.0
    for place, (bound, time) in enumerate(zip(bounds, times, strict=True)):
        deviation = math.sqrt(time - before)
        edge = min(bound, FARTHEST) * math.sqrt(time)
        middle = nodes + drift * (time - before)
        upper[place] = mass @ ndtr((middle - edge) / deviation)
        lower[place] = mass @ ndtr((-edge - middle) / deviation)
        nodes, mass = carry_mass(middle, mass, (-edge, edge), deviation)
        before = time
    return upper, lower


def carry_mass(
    middle: np.ndarray, mass: np.ndarray, edges: tuple[float, float], deviation: float
) -> tuple[np.ndarray, np.ndarray]:
    """Move the mass of trials that go on to fresh nodes between two edges of the score.

    Examples
    --------
    >>> nodes, mass = carry_mass(np.zeros(1), np.ones(1), (-1.0, 2.0), 1.0)
    >>> round(float(mass.sum()), 4)
    0.8186
    """
    half = (edges[1] - edges[0]) / 2
    points, weights = _gauss(max(LEAST_NODES, math.ceil(NODES_A_DEVIATION * 2 * half / deviation)))
    nodes = (edges[0] + edges[1]) / 2 + half * points
    density = np.exp(-0.5 * ((nodes[:, None] - middle) / deviation) ** 2) / (deviation * math.sqrt(2 * math.pi))
    return nodes, half * weights * (density @ mass)


@lru_cache(maxsize=256)
def _gauss(n_nodes: int) -> tuple[np.ndarray, np.ndarray]:
    """Return Gauss–Legendre nodes and weights on −1 to 1; many nodes are rounded up so that few sizes are computed."""
    size = n_nodes if n_nodes <= LEAST_NODES else 16 * math.ceil(n_nodes / 16)
    points, weights = np.polynomial.legendre.leggauss(min(size, 1_024))
    return points, weights


def find_peeking_level(n_looks: int, alpha: float = 0.05) -> float:
    """Return the true chance of a false finding when each of equally spaced looks tests at ``alpha``.

    Examples
    --------
    >>> [round(find_peeking_level(looks), 4) for looks in (1, 2, 5, 20)]
    [0.05, 0.0831, 0.1417, 0.2479]
    """
    from scipy.special import ndtri

    times = equal_times(n_looks)
    upper, lower = find_crossing([float(-ndtri(alpha / 2))] * n_looks, times)
    return float(upper.sum() + lower.sum())


def equal_times(n_looks: int) -> tuple[float, ...]:
    """Return equally spaced looks that end at 1.

    Examples
    --------
    >>> equal_times(4)
    (0.25, 0.5, 0.75, 1.0)
    """
    if not 1 <= n_looks <= MAX_LOOKS:
        message = f"the number of looks is {n_looks}; it must be 1 to {MAX_LOOKS}"
        raise RecipeError(message)
    return tuple((place + 1) / n_looks for place in range(n_looks))


def find_constant(n_looks: int, shape: Shape, alpha: float = 0.05) -> float:
    """Return the classical constant: Pocock's bound at every look, or O'Brien–Fleming's at the last.

    References
    ----------
    S. J. Pocock 1977, https://doi.org/10.1093/biomet/64.2.191; P. C. O'Brien and T. R. Fleming 1979,
    https://doi.org/10.2307/2530245; tables in C. Jennison and B. W. Turnbull 2000, ISBN 0849303168.

    Examples
    --------
    >>> round(find_constant(5, "Pocock"), 4), round(find_constant(5, "O'Brien–Fleming"), 4)
    (2.4132, 2.0401)
    """
    times = np.array(equal_times(n_looks))
    scale = np.ones(n_looks) if shape == "Pocock" else 1 / np.sqrt(times)
    return find_root(lambda c: alpha - _spend_all(c * scale, times), 0.5, 3.0)


def _spend_all(bounds: np.ndarray, times: np.ndarray) -> float:
    """Sum the chance of crossing at any look."""
    upper, lower = find_crossing(bounds.tolist(), times.tolist())
    return float(upper.sum() + lower.sum())


def find_bounds(n_looks: int, shape: Shape, alpha: float = 0.05) -> np.ndarray:
    """Return the classical bounds of equally spaced looks, shape (n_looks,).

    Examples
    --------
    >>> find_bounds(5, "O'Brien–Fleming").round(3).tolist()
    [4.562, 3.226, 2.634, 2.281, 2.04]
    """
    constant = find_constant(n_looks, shape, alpha)
    return np.array([constant * (1.0 if shape == "Pocock" else 1 / math.sqrt(time)) for time in equal_times(n_looks)])


def spend(time: float, alpha: float = 0.05, spending: Spending = "O'Brien–Fleming") -> float:
    """Return how much of ``alpha`` (both sides) may be spent by an information time.

    References
    ----------
    K. K. G. Lan and D. L. DeMets 1983, https://doi.org/10.1093/biomet/70.3.659; each side spends half.

    Examples
    --------
    >>> [round(spend(time), 6) for time in (0.2, 1.0)]
    [1e-06, 0.05]
    """
    from scipy.special import ndtr, ndtri

    time = min(time, 1.0)
    if spending == "Pocock":
        return alpha * math.log1p((math.e - 1) * time)
    if spending == "linear":
        return alpha * time
    return float(4 * ndtr(ndtri(alpha / 4) / math.sqrt(time)))


@lru_cache(maxsize=256)
def _solve_bounds(times: tuple[float, ...], alpha: float, spending: Spending) -> tuple[float, ...]:
    """Solve for one bound after another; each depends on the looks before it only."""
    from scipy.special import ndtr

    nodes, mass, before, spent, bounds = np.zeros(1), np.ones(1), 0.0, 0.0, []
    for time in times:
        deviation, budget = math.sqrt(time - before), max(spend(time, alpha, spending) - spent, 0.0)
        reach = math.sqrt(time)

        def left(bound: float) -> float:
            edge = bound * reach  # noqa: B023 - used within this turn only
            tails = ndtr((nodes - edge) / deviation) + ndtr((-edge - nodes) / deviation)  # noqa: B023
            return budget - float(mass @ tails)  # noqa: B023

        bound = FARTHEST if left(FARTHEST) <= 0 else find_root(left, 0.0, 2.0)
        bounds.append(bound)
        nodes, mass = carry_mass(nodes, mass, (-bound * reach, bound * reach), deviation)
        before, spent = time, spent + budget
    return tuple(bounds)


def find_spending_bounds(
    times: Sequence[float], alpha: float = 0.05, spending: Spending = "O'Brien–Fleming"
) -> np.ndarray:
    """Return the critical |z| at each look, whenever the looks were: none need be planned.

    Parameters
    ----------
    times : sequence of float
        Share of the planned units seen at each look so far; a later look does not change an earlier bound.

    Examples
    --------
    >>> find_spending_bounds([0.2, 0.4, 0.6, 0.8, 1.0]).round(4).tolist()
    [4.8769, 3.357, 2.6803, 2.2898, 2.031]
    """
    return np.array(_solve_bounds(check_times(times), alpha, spending))


def find_group_power(bounds: Sequence[float], times: Sequence[float], drift: float) -> tuple[float, float]:
    """Return the power of a design and the share of the units that it uses on average.

    Parameters
    ----------
    drift : float
        Expected z of all planned units: 2.8 is 80% power for one look.

    Examples
    --------
    >>> power, share = find_group_power(find_bounds(5, "O'Brien–Fleming"), equal_times(5), 2.8016)
    >>> round(power, 3), round(share, 3)
    (0.789, 0.801)
    """
    upper, lower = find_crossing(bounds, times, drift)
    each = upper + lower
    total = float(each.sum())
    return total, float(each @ np.asarray(times)) + (1 - total) * times[-1]
