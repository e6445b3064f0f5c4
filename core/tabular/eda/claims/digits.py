"""Heaped digits: more round values than the grid that a column is written on lets expect.

A column of prices in steps of 0.05 ends in a zero in every second row, and nothing was rounded. So the step is found
first: last digits of 0 and 5 only, or even ones only, change what is expected. Values in steps of no decimal size, such
as farthings of 1/960 pound or twelfths, say nothing by their last digit: a common part q of one, the coarsest of which
nearly all values are multiples within the rounding of their last digit, is searched up to what rounding lets tell.

Left out: a unit coarser than the last digit, as 50 g on a scale of 25 g, which looks like rounding and may be none; and
heaping at round ages, which needs a model of the ages.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from core.datasets.fixes.wording import cut, share_of
from core.tabular.eda.claim import Claim
from core.tabular.eda.claims.evidence import Evidence
from core.tabular.eda.claims.writing import Finding, claim_share, note_test

MIN_VALUES = 40
MIN_DISTINCT = 12
HEAP_LIFT = 0.2  # share of round values above the expected one
ON_GRID = 0.995  # a stray value does not make the step finer
STEPS = (5, 2)
STRAY = 0.05  # a stray finer value does not make the step finer
TRIAL_ROWS = 1_000
MAX_PART, PART_CHANCE = 2_000, 0.2  # parts of one: 1/960 pound is a farthing; share of decimals that fit one by chance
TRIAL_VALUES = 40
MIN_FINE = 12  # values whose last digit is no zero


def find_heaping(evidence: Evidence) -> list[Claim]:
    """Test whether the last digit of a column is a zero more often than its grid lets expect.

    Values of the commonest power of ten only: 1001.0 beside 386.1 is a matter of four digits, not of rounding.
    """
    from scipy.stats import binom

    found = []
    for name, values in evidence.numbers.items():
        digits, decimals = read_last_digits(values)
        if len(digits) < MIN_VALUES:
            continue
        n_round, n, expected = int((digits == 0).sum()), len(digits), find_grid(digits) / 10
        p = float(binom.sf(n_round - 1, n, expected))
        if n_round / n - expected >= HEAP_LIFT:
            part = find_part(values, decimals)
            if part and 10 ** max(0, decimals) % part:
                continue  # its last digit is no digit of the unit: nothing is tested
            found.append(_write(evidence, name, (n_round, n), expected, p))
        else:
            found.append(note_test(evidence, "heaping", (name,), p, "spread"))
    return found


def find_grid(digits: NDArray[np.intp]) -> int:
    """Return the step of the last digits: 5, 2 or 1.

    Examples
    --------
    >>> find_grid(np.array([0, 5, 5, 0])), find_grid(np.array([0, 4, 2])), find_grid(np.array([0, 3]))
    (5, 2, 1)
    """
    return next((step for step in STEPS if (digits % step == 0).mean() >= ON_GRID), 1)


def find_part(values: NDArray[np.float64], decimals: int) -> int:
    """Return the least q for which the values are multiples of 1/q within half their last decimal, 0 if there is none.

    Parameters
    ----------
    decimals : int
        Of the last digit; q is searched while at most a fifth of such decimals lies as near to a multiple of 1/q.

    Examples
    --------
    >>> farthings = np.round(np.arange(960, 1900, 7) / 960, 4)
    >>> find_part(farthings, 4), find_part(np.round(np.arange(20, 60) * 0.05, 2), 2), find_part(np.arange(50) / 10, 1)
    (960, 20, 0)
    """
    known = np.abs(values[~np.isnan(values)])
    scaled = known * 10.0**decimals
    fine = known[_are_whole(scaled) & (np.round(scaled) % 10 != 0)]
    parts = np.arange(2, int(min(MAX_PART, PART_CHANCE * 10.0**decimals)) + 1)
    if len(fine) < MIN_FINE or not len(parts):
        return 0
    trial = np.random.default_rng(0).permutation(fine)[:TRIAL_VALUES]
    near = parts[_fit(trial[:, None], parts, decimals).mean(axis=0) >= 1 - 2 * STRAY]
    # The values that end in a zero fit too: they are most of the column, and a part must not be found beside them.
    fits = (part for part in near if min(_fit(each, part, decimals).mean() for each in (fine, known)) >= 1 - STRAY)
    return int(next(fits, 0))


def _fit(values: NDArray[np.float64], parts: NDArray[np.intp], decimals: int) -> NDArray[np.bool_]:
    """Mark the values that are a multiple of 1/q within half of their last decimal."""
    off = np.abs(values - np.round(values * parts) / parts)
    return np.asarray(off <= 0.5 * 10.0**-decimals * (1 + 1e-6) + 1e-12 * values, dtype=bool)


def read_last_digits(values: NDArray[np.float64]) -> tuple[NDArray[np.intp], int]:
    """Return the last digit in the column's finest common step of the values of the commonest size, and its decimals.

    Examples
    --------
    >>> read_last_digits(np.array([1.25, 1.5, 1.31]))
    (array([5, 0, 1]), 2)
    """
    known = np.abs(values[~np.isnan(values)])
    known = known[known > 0]
    if not len(known):
        return np.empty(0, dtype=np.intp), 0
    power = np.floor(np.log10(known) + 1e-12)
    sizes, counts = np.unique(power, return_counts=True)
    known = known[power == sizes[counts.argmax()]]
    for decimals in range(-3, 7):
        few = known[: len(known) // 10] * 10.0**decimals
        if (~_are_whole(few)).sum() > STRAY * len(known):
            continue  # a tenth of the rows tells so of most steps
        scaled = known * 10.0**decimals
        whole = _are_whole(scaled)
        if whole.mean() >= 1 - STRAY:
            steps = np.round(scaled[whole]).astype(np.int64)
            enough = any(len(np.unique(part)) >= MIN_DISTINCT for part in (steps[:TRIAL_ROWS], steps))
            enough = enough or len(steps) < MIN_VALUES
            return np.asarray(steps % 10 if enough else steps[:0], dtype=np.intp), decimals
    return np.empty(0, dtype=np.intp), 0


def _are_whole(scaled: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Mark the numbers that are whole within rounding."""
    return np.asarray(np.abs(scaled - np.round(scaled)) < 1e-6 * np.maximum(1, scaled), dtype=bool)


def _write(evidence: Evidence, name: str, counts: tuple[int, int], expected: float, p: float) -> Claim:
    """Say that round values are too many."""
    n_round, n = counts
    sentence = (
        f"{share_of(n_round, n)} of the {n:,} values of {cut(name)} that were compared end in a zero, where "
        f"{100 * expected:g}% would by chance: a part was rounded or guessed, or "
        "the unit has a coarser step."
    )
    figures = (("percent", 100 * n_round / n), ("expected_percent", 100 * expected))
    method = "binomial test of the last digit beside the column's grid, commonest power of ten"
    return claim_share(
        evidence, Finding("heaping", "warning", (name,), sentence, n_round, n, method, "spread", p, figures)
    )
