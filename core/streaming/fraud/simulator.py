"""The transaction simulator of the Fraud Detection Handbook, re-implemented from its description.

Each customer makes a Poisson number of payments a day, around noon (a normal distribution of 20,000 seconds; what falls
outside the day is not made), of a normal amount (a negative one is drawn again, uniformly, from 0 to twice the mean),
at one of the terminals in reach. Three kinds of fraud are laid on top (``simulation_frauds``). With the default
settings it gives the published data set: 1,754,155 payments and 14,681 frauds, 973, 9,077 and 4,631 by scenario.

Reference: Le Borgne, Siblini, Lebichot, Bontempi, Reproducible Machine Learning for Credit Card Fraud Detection:
Practical Handbook, 2022, chapter 3, https://fraud-detection-handbook.github.io/fraud-detection-handbook.

Left out: the order that the handbook gives payments of one second, which depends on the processor; ours is by customer.
"""

from __future__ import annotations

import zipfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from core.datasets.whole_files import write_whole
from core.hub.errors import RecipeError
from core.hub.settings import load_settings
from core.streaming.fraud.simulation_draws import draw_choices
from core.streaming.fraud.simulation_frauds import Crime, add_frauds
from core.streaming.fraud.simulation_profiles import find_reach, make_customers, make_terminals
from core.streaming.fraud.transactions import DAY_S, Transactions, make_transactions

FILE = "fraud-transactions.npz"
N_TRANSACTIONS = 1_754_155
N_BY_SCENARIO = (973, 9_077, 4_631)
MOST_CUSTOMER_DAYS = 2_000_000
_NOON_S, _SPREAD_S = DAY_S / 2, 20_000.0
_CENTS = 2


@dataclass(frozen=True, slots=True)
class Simulation:
    """What decides a simulation.

    Parameters
    ----------
    n_customers : int
        3 to 50,000.
    n_terminals : int
        2 to 100,000.
    n_days : int
        1 to 1,000, the first of them 2018-04-01.
    radius : float
        How far a customer goes for a terminal in a square of 100 by 100: 0.1 to 150.
    terminals_per_day, customers_per_day : int
        How many are compromised each day; more make frauds more frequent.
    seed : int
        0 to 1,000; 0 gives the published data set.
    """

    n_customers: int = 5_000
    n_terminals: int = 10_000
    n_days: int = 183
    radius: float = 5.0
    terminals_per_day: int = 2
    customers_per_day: int = 3
    seed: int = 0


HANDBOOK = Simulation()
SMALL = Simulation(n_customers=1_000, n_terminals=2_000, n_days=60, terminals_per_day=1, customers_per_day=1)
"""For a page and for tests: some 115,000 payments in half a second."""
_LIMITS = {
    "n_customers": (3, 50_000),
    "n_terminals": (2, 100_000),
    "n_days": (1, 1_000),
    "radius": (0.1, 150.0),
    "terminals_per_day": (0, 100),
    "customers_per_day": (0, 100),
    "seed": (0, 1_000),
}
_SEED_STEP = 1_000_003  # more than any customer's number, so that no two seeds share a customer's draws


def simulate(settings: Simulation = HANDBOOK) -> Transactions:
    """Simulate payments in order of time, numbered from 0.

    Raises
    ------
    RecipeError
        If a setting is outside its range, or customers times days are more than 2,000,000.

    Examples
    --------
    >>> small = simulate(Simulation(n_customers=200, n_terminals=400, n_days=30))
    >>> len(small), int(small.fraud.sum())
    (10080, 1142)
    """
    _check(settings)
    offset = settings.seed * _SEED_STEP
    genuine = _make_genuine(settings, offset)
    crime = Crime(
        settings.n_customers, settings.n_terminals, settings.terminals_per_day, settings.customers_per_day, offset
    )
    return add_frauds(genuine, crime)


def _check(settings: Simulation) -> None:
    """Refuse settings outside their ranges."""
    for name, value in asdict(settings).items():
        low, high = _LIMITS[name]
        if not low <= value <= high:
            message = f"{name} is {value:,}; it must be {low:,} to {high:,}"
            raise RecipeError(message)
    for few, many in (("customers_per_day", "n_customers"), ("terminals_per_day", "n_terminals")):
        if getattr(settings, few) > getattr(settings, many):
            message = f"{few} is {getattr(settings, few)}; it must be at most {many}, {getattr(settings, many)}"
            raise RecipeError(message)
    size = settings.n_customers * settings.n_days
    if size > MOST_CUSTOMER_DAYS:
        message = f"customers times days are {size:,}; the limit is {MOST_CUSTOMER_DAYS:,}: take fewer of either"
        raise RecipeError(message)


def _make_genuine(settings: Simulation, offset: int) -> Transactions:
    """Make every customer's payments and put them in order of time."""
    customers = make_customers(settings.n_customers, offset)
    reach = find_reach(customers.place, make_terminals(settings.n_terminals, offset + 1), settings.radius)
    seconds: list[int] = []
    amounts: list[float] = []
    terminals: list[NDArray[np.int64]] = []
    habits = zip(customers.mean_amount.tolist(), customers.per_day.tolist(), reach, strict=True)
    for seed, (mean, per_day, near) in enumerate(habits, start=offset):
        times, paid = (
            _make_payments(np.random.RandomState(seed), mean, per_day, settings.n_days) if len(near) else ([], [])
        )
        seconds += times
        amounts += paid
        terminals.append(near[draw_choices(seed, len(near), len(times))])
    counts = [len(each) for each in terminals]
    whole = np.array(seconds, dtype=np.int64)
    order = np.argsort(whole, kind="stable")
    return make_transactions(
        id=np.arange(len(order)),
        seconds=whole[order],
        customer=np.repeat(np.arange(settings.n_customers), counts)[order],
        terminal=np.concatenate(terminals)[order],
        amount=np.round(np.array(amounts, dtype=np.float64), _CENTS)[order],
    )


def _make_payments(
    draws: np.random.RandomState, mean: float, per_day: float, n_days: int
) -> tuple[list[int], list[float]]:
    """Draw one customer's times in seconds and amounts; the order of the draws is the handbook's."""
    seconds: list[int] = []
    amounts: list[float] = []
    normal, deviation = draws.normal, mean / 2
    for midnight in range(0, n_days * DAY_S, DAY_S):
        for _ in range(draws.poisson(per_day)):
            moment = int(normal(_NOON_S, _SPREAD_S))
            if 0 < moment < DAY_S:
                amount = normal(mean, deviation)
                seconds.append(midnight + moment)
                amounts.append(amount if amount >= 0 else 2 * mean * draws.random_sample())
    return seconds, amounts


def load_transactions(folder: Path | None = None) -> Transactions:
    """Return the published data set, simulated once (some six seconds) and kept in the cache folder.

    Parameters
    ----------
    folder : Path, optional
        Where it is kept; ``DATA_CACHE`` by default.
    """
    path = (folder or load_settings().data_cache) / FILE
    kept = _read_file(path)
    if kept is None:
        kept = simulate(HANDBOOK)
        path.parent.mkdir(parents=True, exist_ok=True)
        save_transactions(kept, path)
    return kept


def save_transactions(transactions: Transactions, path: Path) -> None:
    """Write the columns as npz, whole or not at all."""
    columns: dict[str, Any] = transactions.columns()

    def write(handle: IO[bytes]) -> None:
        np.savez(handle, **columns)

    write_whole(path, write)


def _read_file(path: Path) -> Transactions | None:
    """Read the published data set; None where it is not there or not the published one."""
    try:
        with path.open("rb") as handle, np.load(handle, allow_pickle=False) as kept:
            found = Transactions(**{name: kept[name] for name in Transactions.__slots__})
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return None
    counts = tuple(np.bincount(found.scenario, minlength=4)[1:].tolist())
    return found if (len(found), counts) == (N_TRANSACTIONS, N_BY_SCENARIO) else None
