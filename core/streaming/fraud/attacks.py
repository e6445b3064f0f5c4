"""Attacks that can be thrown into a replay, and one shift that is no attack at all.

======================  ==========================================================================  =========
kind                    what happens from its start on                                              fraud
======================  ==========================================================================  =========
stolen cards            on 200 cards a third of the amounts are five times as high                  yes
compromised terminals   each payment at 60 terminals is a fraud of its usual amount                 yes
large amounts           one payment in fifty is raised above 220                                    yes
card testing            300 cards make three payments of one or two units at three terminals        yes
price rise              every amount is 30% higher, for good                                        no
======================  ==========================================================================  =========

The first three are the three scenarios of the Fraud Detection Handbook (Y.-A. Le Borgne et al. 2022,
https://github.com/Fraud-Detection-Handbook/fraud-detection-handbook) in a wave; card testing is how a list of stolen
numbers is tried out. What is struck is drawn once, from the seed; which payments of it follows from their ids, so that
the chunks in which a stream is read change nothing.

Left out: attackers that learn from being caught.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from core.hub.errors import RecipeError
from core.streaming.fraud.transactions import DAY_S, Transactions, make_transactions

AttackKind = Literal["stolen cards", "compromised terminals", "large amounts", "card testing", "price rise"]
ATTACKS: tuple[AttackKind, ...] = get_args(AttackKind)
LARGE_AMOUNT, STOLEN_FACTOR, PRICE_FACTOR = 220.0, 5.0, 1.3
N_CARDS, N_TERMINALS, N_TESTED, N_TESTS, N_TEST_TERMINALS = 200, 60, 300, 3, 3
ONE_IN_STOLEN, ONE_IN_LARGE = 3, 50
FIRST_ID = 10**12
"""Ids of payments that an attack adds; no data set numbers as high."""
FOR_GOOD = 2**62
_MIX, _BITS = 0x9E3779B97F4A7C15, 40


@dataclass(frozen=True, slots=True, eq=False)
class Attack:
    """A wave that is under way.

    Parameters
    ----------
    start, end : int
        Seconds since the epoch; ``end`` is the first second after it.
    cards, terminals : int64 array
        What it strikes; empty where it strikes all or none of them.
    extra : Transactions
        Payments that it adds, in order of time.
    """

    kind: AttackKind
    start: int
    end: int
    cards: NDArray[np.int64]
    terminals: NDArray[np.int64]
    extra: Transactions
    seed: int

    @property
    def is_fraud(self) -> bool:
        """Whether what it touches are frauds."""
        return self.kind != "price rise"

    def strike(self, chunk: Transactions) -> Transactions:
        """Return a chunk of the stream as the attack leaves it, without the payments that it adds."""
        during = (chunk.seconds >= self.start) & (chunk.seconds < self.end)
        if self.kind == "stolen cards":
            hit = during & np.isin(chunk.customer, self.cards) & (_draw(chunk.id, self.seed, ONE_IN_STOLEN) == 0)
            return _change(chunk, hit, chunk.amount * STOLEN_FACTOR, 3)
        if self.kind == "compromised terminals":
            return _change(chunk, during & np.isin(chunk.terminal, self.terminals), chunk.amount, 2)
        if self.kind == "large amounts":
            hit = during & (_draw(chunk.id, self.seed, ONE_IN_LARGE) == 0)
            raised = LARGE_AMOUNT + 1 + _draw(chunk.id, self.seed + 1, 30)
            return _change(chunk, hit, np.maximum(chunk.amount, raised), 1)
        if self.kind == "price rise":
            return replace(chunk, amount=np.where(during, chunk.amount * PRICE_FACTOR, chunk.amount))
        return chunk


def make_attack(kind: AttackKind, world: Transactions, start: int, days: float = 3.0, seed: int = 0) -> Attack:
    """Plan an attack on a stream.

    Parameters
    ----------
    kind : str
        One of :data:`ATTACKS`.
    world : Transactions
        The stream, or a part of it; cards and terminals are drawn from it.
    start : int
        Seconds since the epoch.
    days : float
        How long it lasts, 0.04 (an hour) to 30; a price rise lasts for good.

    Raises
    ------
    RecipeError
        If the kind is not known or the days are out of range.

    Examples
    --------
    >>> few = make_transactions(range(9), range(0, 90, 10), range(9), [1, 2, 3] * 3, [20.0] * 9)
    >>> wave = make_attack("stolen cards", few, 30)
    >>> wave.strike(few).amount.tolist()
    [20.0, 20.0, 20.0, 100.0, 20.0, 20.0, 20.0, 20.0, 100.0]
    """
    if kind not in ATTACKS:
        message = f"the attack is {kind!r}; it must be one of {', '.join(ATTACKS)}"
        raise RecipeError(message)
    if not 1 / 24 <= days + 1e-9 <= 30 + 1e-9:
        message = f"the attack lasts {days:g} days; it must be 0.04 to 30"
        raise RecipeError(message)
    rng = np.random.default_rng([seed, ATTACKS.index(kind)])
    end = FOR_GOOD if kind == "price rise" else start + int(days * DAY_S)
    cards = _choose(rng, world.customer, N_TESTED if kind == "card testing" else N_CARDS)
    terminals = _choose(rng, world.terminal, N_TEST_TERMINALS if kind == "card testing" else N_TERMINALS)
    extra = _test_cards(rng, cards, terminals, (start, end)) if kind == "card testing" else world.take(slice(0, 0))
    return Attack(kind, start, end, np.sort(cards), np.sort(terminals), extra, seed)


def _choose(rng: np.random.Generator, column: NDArray[np.int64], n: int) -> NDArray[np.int64]:
    """Draw some of the cards or terminals that the stream knows."""
    known = np.unique(column)
    return rng.choice(known, min(n, len(known)), replace=False)


def _test_cards(
    rng: np.random.Generator, cards: NDArray[np.int64], terminals: NDArray[np.int64], span: tuple[int, int]
) -> Transactions:
    """Make the payments that try out a list of cards."""
    customer = np.repeat(cards, N_TESTS)
    n = len(customer)
    seconds = np.sort(rng.integers(*span, size=n))
    where = rng.choice(terminals, n)
    # Several attacks may be under way at once: the start keeps their ids apart.
    ids = FIRST_ID + span[0] * N_TESTED * N_TESTS + np.arange(n)
    amount = np.round(rng.uniform(1.0, 2.0, n), 2)
    return make_transactions(ids, seconds, rng.permutation(customer), where, amount, np.ones(n, dtype=np.bool_))


def _draw(ids: NDArray[np.int64], seed: int, n: int) -> NDArray[np.int64]:
    """Draw a number under n for each id: multiplicative hashing, the same whatever chunk the id stands in."""
    mixed = (ids.astype(np.uint64) + np.uint64(seed + 1)) * np.uint64(_MIX)
    mixed ^= mixed >> np.uint64(29)
    return ((mixed * np.uint64(_MIX)) >> np.uint64(_BITS)).astype(np.int64) % n


def _change(chunk: Transactions, hit: NDArray[np.bool_], amount: NDArray[np.float64], scenario: int) -> Transactions:
    """Make some payments frauds of an amount; what was one before keeps its scenario."""
    return replace(
        chunk,
        amount=np.where(hit, amount, chunk.amount),
        fraud=chunk.fraud | hit,
        scenario=np.where(hit & ~chunk.fraud, scenario, chunk.scenario).astype(np.int8),
    )
