"""The three frauds of the handbook's simulation.

1. Every payment over 220 is one: a baseline that any detector must find.
2. Two terminals a day are compromised; all their payments of the next 28 days are frauds (phishing).
3. Three customers' card data are stolen each day; a third of their payments of the next 14 days have five times their
   amount and are frauds.

A payment may be hit several times: its amount is then raised each time, and its scenario is the last.

Reference: Le Borgne et al., 2022, chapter 3, "Fraud scenarios generation".

Left out: terminals and customers that are watched or blocked once a fraud of theirs is known.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from core.streaming.fraud.transactions import Transactions

if TYPE_CHECKING:
    from collections.abc import Iterator

LARGE_AMOUNT = 220.0
TERMINAL_DAYS = 28
CARD_DAYS = 14
CARD_SHARE = 3
"""One in so many of a stolen card's payments is a fraud."""
CARD_FACTOR = 5.0


@dataclass(frozen=True, slots=True)
class Crime:
    """How many of whom are hit.

    Parameters
    ----------
    n_customers, n_terminals : int
        Of the simulation.
    terminals_per_day, customers_per_day : int
        Compromised each day.
    seed : int
        Added to the day's number.
    """

    n_customers: int
    n_terminals: int
    terminals_per_day: int = 2
    customers_per_day: int = 3
    seed: int = 0


def add_frauds(genuine: Transactions, crime: Crime) -> Transactions:
    """Turn some payments into frauds, of which a stolen card's get other amounts.

    Parameters
    ----------
    genuine : Transactions
        In order of time.
    """
    scenario = np.where(genuine.amount > LARGE_AMOUNT, 1, 0).astype(np.int8)
    scenario[_find_compromised(genuine, crime)] = 2
    amount = genuine.amount.copy()
    for rows in _draw_stolen(genuine, crime):
        amount[rows] *= CARD_FACTOR
        scenario[rows] = 3
    return replace(genuine, amount=amount, fraud=scenario > 0, scenario=scenario)


def _find_compromised(genuine: Transactions, crime: Crime) -> NDArray[np.bool_]:
    """Mark the payments at a terminal that is compromised on their day, shape (n,)."""
    days = genuine.days
    n_days = int(days.max(initial=0))  # the last day begins no crime: the handbook's count of days stops before it
    hit = np.zeros((n_days + TERMINAL_DAYS + 1, crime.n_terminals), dtype=np.bool_)
    for day in range(n_days):
        chosen = _draw_without_return(crime.seed + day, crime.n_terminals, crime.terminals_per_day)
        hit[day : day + TERMINAL_DAYS, chosen] = True
    return hit[days, genuine.terminal]


def _draw_stolen(genuine: Transactions, crime: Crime) -> Iterator[NDArray[np.int64]]:
    """Yield, for each day, the positions of the payments that its stolen cards turn into frauds."""
    order = np.argsort(genuine.customer, kind="stable")  # a customer's payments together, in order of time
    starts = np.searchsorted(genuine.customer[order], np.arange(crime.n_customers + 1))
    days = genuine.days
    for day in range(int(days.max(initial=0))):
        chosen = _draw_without_return(crime.seed + day, crime.n_customers, crime.customers_per_day)
        theirs = np.sort(np.concatenate([order[:0], *(order[starts[each] : starts[each + 1]] for each in chosen)]))
        first, last = np.searchsorted(days[theirs], [day, day + CARD_DAYS])
        exposed = theirs[first:last]
        picker = random.Random(crime.seed + day)  # noqa: S311 - a simulation, and the published draws
        yield exposed[picker.sample(range(len(exposed)), len(exposed) // CARD_SHARE)]


def _draw_without_return(seed: int, n: int, size: int) -> NDArray[np.int64]:
    """Draw ``size`` of ``n`` numbers as pandas' ``sample(size, random_state=seed)`` does."""
    return np.random.RandomState(seed).permutation(n)[:size].astype(np.int64)
