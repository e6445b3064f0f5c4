"""A recorded stream played from a place on, with attacks thrown in while it runs.

The published world has 9,585 payments a day. One session's memory and one page's tick take a district of it: the
customers who live in one corner of the map with all their payments, so that customers, terminals and frauds keep their
rates. Only its edge, where neighbours from outside are missing, is thinner.

Left out: streams from outside, which come through a broker (``consumer``).
"""

from __future__ import annotations

import numpy as np

from core.hub.errors import DataError
from core.streaming.fraud.attacks import Attack
from core.streaming.fraud.simulation_profiles import make_customers
from core.streaming.fraud.transactions import DAY_S, Transactions

SIDE = 100.0
WARM_UP_DAYS = 38
"""The longest window of a terminal, 30 days, ends where labels do, 7 days ago; a day more is whole."""


def take_district(world: Transactions, share: float = 0.25, n_customers: int = 5_000) -> Transactions:
    """Keep the payments of those who live in a corner of the simulated map.

    Parameters
    ----------
    world : Transactions
        As simulated with the handbook's seed.
    share : float
        Of the map's area, above 0 to 1.
    n_customers : int
        That the world was simulated with.

    Raises
    ------
    DataError
        If the share is out of range.

    Examples
    --------
    >>> from core.streaming.fraud.transactions import make_transactions
    >>> world = make_transactions(range(5_000), range(5_000), range(5_000), [0] * 5_000, [1.0] * 5_000)
    >>> len(take_district(world, 0.25))
    1253
    """
    if not 0 < share <= 1:
        message = f"the district is {share:g} of the map; it must be above 0 and at most 1"
        raise DataError(message)
    lives = (make_customers(n_customers).place < SIDE * share**0.5).all(axis=1)
    return world.take(lives[world.customer])


class Feed:
    """Where a replay stands.

    Parameters
    ----------
    world : Transactions
        In order of time; shared and never changed.
    start_day : int
        Day whose first payment comes first.

    Raises
    ------
    DataError
        If there is nothing to play from that day on.
    """

    def __init__(self, world: Transactions, start_day: int = 0) -> None:
        self.world, self.row = world, int(np.searchsorted(world.seconds, start_day * DAY_S))
        if self.row >= len(world):
            message = f"the stream of {len(world)} payments ends before day {start_day}; start on an earlier day"
            raise DataError(message)
        self.seconds = int(world.seconds[self.row])
        self.attacks: list[Attack] = []

    @property
    def is_over(self) -> bool:
        """Whether all has been played."""
        return self.row >= len(self.world)

    def count_until(self, seconds: int) -> int:
        """Return how many recorded payments come until a moment, itself included."""
        return max(0, int(np.searchsorted(self.world.seconds, seconds, side="right")) - self.row)

    def take(self, n: int) -> Transactions:
        """Return the next n recorded payments as the attacks leave them, with those that attacks add between them."""
        chunk = self.world.take(slice(self.row, self.row + n))
        self.row += len(chunk)
        after, last = self.seconds, int(chunk.seconds[-1]) if len(chunk) else self.seconds
        self.seconds = last
        for attack in self.attacks:
            chunk = attack.strike(chunk)
        extra = [attack.extra.take(_lie_between(attack.extra.seconds, after, last)) for attack in self.attacks]
        self.attacks = [attack for attack in self.attacks if attack.end > last]
        return _merge([chunk, *(each for each in extra if len(each))])


def _lie_between(seconds: np.ndarray, after: int, last: int) -> slice:
    """Find the sorted moments after one and up to another."""
    return slice(*np.searchsorted(seconds, [after, last], side="right").tolist())


def _merge(parts: list[Transactions]) -> Transactions:
    """Put payments from several sources in order of time; of equal moments the recorded one comes first."""
    if len(parts) == 1:
        return parts[0]
    columns = {name: np.concatenate([part.columns()[name] for part in parts]) for name in parts[0].columns()}
    order = np.argsort(columns["seconds"], kind="stable")
    return Transactions(**{name: column[order] for name, column in columns.items()})
