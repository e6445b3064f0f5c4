"""Who pays how much and how often, where the terminals stand, and which of them each customer uses.

Customers and terminals lie in a square of 100 by 100. A customer's payments have a mean of 5 to 100 and half of it as
their standard deviation, and there are 0 to 4 of them a day on average; all three are uniform. A customer uses the
terminals nearer than a radius.

Reference: Le Borgne et al., Reproducible Machine Learning for Credit Card Fraud Detection, 2022, chapter 3,
"Transaction data simulator", https://fraud-detection-handbook.github.io/fraud-detection-handbook.

Left out: customers who move or change their habits.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

SIDE = 100.0
MEAN_AMOUNTS = (5.0, 100.0)
MOST_A_DAY = 4.0
_CUSTOMERS_AT_ONCE = 64


@dataclass(frozen=True, slots=True, eq=False)
class Customers:
    """Customers' habits.

    Parameters
    ----------
    place : float64 array of shape (n, 2)
        0 to 100.
    mean_amount : float64 array of shape (n,)
    per_day : float64 array of shape (n,)
        Mean number of payments a day, 0 to 4.
    """

    place: NDArray[np.float64]
    mean_amount: NDArray[np.float64]
    per_day: NDArray[np.float64]


def make_customers(n_customers: int, seed: int = 0) -> Customers:
    """Draw customers' habits.

    Examples
    --------
    >>> customers = make_customers(5_000)
    >>> customers.place[0].round(3).tolist(), round(float(customers.mean_amount[0]), 3)
    ([54.881, 71.519], 62.263)
    """
    # Four uniform draws for each customer, in this order: the legacy generator makes low + (high - low) * draw of each.
    drawn = _draw_uniform(seed, n_customers, 4)
    low, high = MEAN_AMOUNTS
    return Customers(SIDE * drawn[:, :2], low + (high - low) * drawn[:, 2], MOST_A_DAY * drawn[:, 3])


def make_terminals(n_terminals: int, seed: int = 1) -> NDArray[np.float64]:
    """Draw the terminals' places, shape (n_terminals, 2), 0 to 100.

    Examples
    --------
    >>> make_terminals(10_000)[0].round(3).tolist()
    [41.702, 72.032]
    """
    return SIDE * _draw_uniform(seed, n_terminals, 2)


def find_reach(places: NDArray[np.float64], terminals: NDArray[np.float64], radius: float) -> list[NDArray[np.int64]]:
    """Find the terminals nearer than a radius to each place, by number.

    Parameters
    ----------
    places : float64 array of shape (n_customers, 2)
    terminals : float64 array of shape (n_terminals, 2)
    radius : float
        A larger one gives each customer more terminals.

    Examples
    --------
    >>> reach = find_reach(make_customers(10).place, make_terminals(10_000), 5.0)
    >>> len(reach), len(reach[0])
    (10, 78)
    """
    found: list[NDArray[np.int64]] = []
    for start in range(0, len(places), _CUSTOMERS_AT_ONCE):
        steps = places[start : start + _CUSTOMERS_AT_ONCE, None, :] - terminals[None, :, :]
        near = np.sqrt(np.square(steps[..., 0]) + np.square(steps[..., 1])) < radius
        found += [np.flatnonzero(each) for each in near]
    return found


def _draw_uniform(seed: int, n_rows: int, n_columns: int) -> NDArray[np.float64]:
    """Draw numbers from 0 to 1 row by row."""
    return np.random.RandomState(seed).random_sample((n_rows, n_columns))
