"""Heaped digits: more round values than the grid that a column is written on lets expect.

A column of prices in steps of 0.05 ends in a zero in every second row, and nothing was rounded. So the step is found
first: last digits of 0 and 5 only, or even ones only, change what is expected.

Left out: grids of other steps, and heaping at round ages, which needs a model of the ages.
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


def find_heaping(evidence: Evidence) -> list[Claim]:
    """Test whether the last digit of a column is a zero more often than its grid lets expect.

    Values of the commonest power of ten only: 1001.0 beside 386.1 is a matter of four digits, not of rounding.
    """
    from scipy.stats import binom

    found = []
    for name, values in evidence.numbers.items():
        digits = read_last_digits(values)
        if len(digits) < MIN_VALUES:
            continue
        n_round, n, expected = int((digits == 0).sum()), len(digits), find_grid(digits) / 10
        p = float(binom.sf(n_round - 1, n, expected))
        if n_round / n - expected >= HEAP_LIFT:
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


def read_last_digits(values: NDArray[np.float64]) -> NDArray[np.intp]:
    """Return the last digit of each value in the column's finest common step, for values of the commonest size.

    Examples
    --------
    >>> read_last_digits(np.array([1.25, 1.5, 1.31])).tolist()
    [5, 0, 1]
    """
    known = np.abs(values[~np.isnan(values)])
    known = known[known > 0]
    if not len(known):
        return np.empty(0, dtype=np.intp)
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
            return np.asarray(steps % 10 if enough else steps[:0], dtype=np.intp)
    return np.empty(0, dtype=np.intp)


def _are_whole(scaled: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Mark the numbers that are whole within rounding."""
    return np.asarray(np.abs(scaled - np.round(scaled)) < 1e-6 * np.maximum(1, scaled), dtype=bool)


def _write(evidence: Evidence, name: str, counts: tuple[int, int], expected: float, p: float) -> Claim:
    """Say that round values are too many."""
    n_round, n = counts
    sentence = (
        f"{share_of(n_round, n)} of the {n:,} values of {cut(name)} that were compared end in a zero, where "
        f"{100 * expected:g}% would by chance: a part was rounded or guessed."
    )
    figures = (("percent", 100 * n_round / n), ("expected_percent", 100 * expected))
    method = "binomial test of the last digit beside the column's grid, commonest power of ten"
    return claim_share(
        evidence, Finding("heaping", "warning", (name,), sentence, n_round, n, method, "spread", p, figures)
    )
