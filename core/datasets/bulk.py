"""Which values of a number lie so far from all others that they are single cases, not a tail.

The values are sorted; at each end the few that a gap parts from the rest are far out where that gap is wide twice over:
at least twice the range of the rest, and at least six tenths of it again once both are bent by asinh around the
median, in interquartile ranges (Johnson 1949, https://doi.org/10.1093/biomet/36.1-2.149), which is a logarithm far out.
The second keeps the long tails of incomes and counts, where the largest value is often a multiple of the next.

Left out: rows that are strange by several columns at once; values far out in a group that holds a fiftieth of the rows.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.datasets.fixes.wording import count_of, cut

MIN_ROWS, MIN_DISTINCT = 20, 5
MOST, SHARE = 20, 0.02  # of the values, at each end
GAP, BENT_GAP = 2.0, 0.6  # in ranges of the rest
N_THINNED = 2_000
N_NAMED = 3


@dataclass(frozen=True, slots=True, eq=False)
class Bulk:
    """What is left of a number's values without the few far out.

    Parameters
    ----------
    low, high : float
        Ends of the rest.
    rows : array of int, shape (n_far,)
        Positions of the values far out, the farthest first.
    values : array of float, shape (n_far,)
        The values there.
    n : int
        Values of the rest.
    """

    low: float
    high: float
    rows: NDArray[np.intp]
    values: NDArray[np.float64]
    n: int

    def times(self) -> NDArray[np.float64]:
        """How far out each value lies, in ranges of the rest, shape (n_far,)."""
        return np.maximum(self.values - self.high, self.low - self.values) / (self.high - self.low)


def find_bulk(values: NDArray[np.float64], ends: tuple[float, float] | None = None) -> Bulk | None:
    """Part the few values far out from the rest; None where there are none.

    Parameters
    ----------
    values : array of float, shape (n_rows,)
        Missing and infinite values are passed over; fewer than 20 others are not judged.
    ends : tuple of float, optional
        The least and the greatest finite value, where they are known: most columns are then told at a glance.

    Examples
    --------
    >>> weights = np.append(np.linspace(70.0, 100.0, 61), 8500.0)
    >>> bulk = find_bulk(weights)
    >>> bulk.rows.tolist(), bulk.high, bulk.times().round(0).tolist()
    ([61], 100.0, [280.0])
    >>> find_bulk(np.exp(np.linspace(-3, 3, 200))) is None
    True
    """
    if ends is not None and not _may_be_far(values, ends):
        return None
    finite = np.isfinite(values)
    known = values if finite.all() else values[finite]
    if len(known) < MIN_ROWS or not _may_be_far(known, (float(known.min()), float(known.max()))):
        return None
    most = int(np.clip(SHARE * len(known), 1, MOST))
    bottom, top = _find_ends(known, most + 1)
    centre, scale = _find_scale(known)
    n_low = _count_far(-bottom, -top[most], (-centre, scale))
    n_high = _count_far(top, bottom[n_low], (centre, scale))
    n_low = _count_far(-bottom, -top[n_high], (-centre, scale))
    low, high = float(bottom[n_low]), float(top[n_high])
    if not n_low + n_high or len(np.unique(known[(known >= low) & (known <= high)])) < MIN_DISTINCT:
        return None
    rows = np.flatnonzero(np.isfinite(values) & ((values < low) | (values > high)))
    bulk = Bulk(low, high, rows, values[rows], len(known) - len(rows))
    order = np.argsort(-bulk.times(), kind="stable")
    return Bulk(low, high, rows[order], values[rows[order]], bulk.n)


def _may_be_far(values: NDArray[np.float64], ends: tuple[float, float]) -> bool:
    """Tell from a thinned part whether an end can lie twice the range of the rest away from it.

    The rest has all values but the few at each end that may be far out, so it spans the thinned part without as many.
    """
    thinned = values[:: max(1, len(values) // N_THINNED)]
    thinned = np.sort(thinned[np.isfinite(thinned)])
    most = int(np.clip(SHARE * len(values), 1, MOST))
    rest = thinned[most:-most]
    reach = (1 + GAP) * (rest[-1] - rest[0]) if len(rest) else 0.0
    with np.errstate(over="ignore"):
        return not ends[1] - ends[0] < reach


def _find_ends(known: NDArray[np.float64], n: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the n smallest values and the n largest, from the ends inwards, shape (n,) each.

    Of many values those beyond a thinned part's few last are enough, and few.
    """
    thinned = np.sort(known[:: max(1, len(known) // N_THINNED)])
    place = 2 * n * len(thinned) // len(known) + 2
    low, high = known[known <= thinned[place]], known[known >= thinned[-1 - place]]
    if min(len(low), len(high)) < n:
        low = high = known
    return np.sort(low)[:n], np.sort(high)[::-1][:n]


def _find_scale(known: NDArray[np.float64]) -> tuple[float, float]:
    """Return the median and the interquartile range; the mean distance from the median where half the values are one.

    Both come from a thinned part, as they need no digit.
    """
    thinned = known[:: max(1, len(known) // N_THINNED)]
    low, centre, high = (float(each) for each in np.quantile(thinned, [0.25, 0.5, 0.75]))
    near = thinned[np.abs(thinned - centre) <= np.quantile(np.abs(thinned - centre), 1 - SHARE)]
    return centre, (high - low) or float(np.abs(near - centre).mean()) or 1.0


def _count_far(end: NDArray[np.float64], other: float, at: tuple[float, float]) -> int:
    """Count the values at an upper end, the largest first, that a gap parts from the rest down to ``other``."""
    centre, scale = at
    with np.errstate(over="ignore"):
        bent, bent_other = np.arcsinh((end - centre) / scale), np.arcsinh((other - centre) / scale)
        gaps, rests = end[:-1] - end[1:], end[1:] - other
        bent_gaps, bent_rests = bent[:-1] - bent[1:], bent[1:] - bent_other
    far = (rests > 0) & (gaps >= GAP * rests) & (bent_gaps >= BENT_GAP * bent_rests)
    return int(np.flatnonzero(far)[-1]) + 1 if far.any() else 0


def keep_bulk(name: str, values: NDArray[np.float64]) -> tuple[NDArray[np.float64], str]:
    """Take the values far out of what a chart draws, and say which and where they are; the note is empty without any.

    Examples
    --------
    >>> keep_bulk("weight", np.append(np.linspace(70.0, 100.0, 61), 8500.0))[1]
    'not drawn: 1 value of weight far out, at 8,500'
    """
    bulk = find_bulk(values)
    if bulk is None:
        return values, ""
    drawn = values.copy()
    drawn[bulk.rows] = np.nan
    return drawn, f"not drawn: {count_of(len(bulk.rows), 'value')} of {cut(name)} far out, at {list_far(bulk)}"


def list_far(bulk: Bulk) -> str:
    """Write the values far out, at most three, and how many more there are.

    Examples
    --------
    >>> list_far(Bulk(0.0, 1.0, np.arange(4), np.array([8500.0, -90.5, 60.0, 50.0]), 99))
    '8,500, -90.5, 60 and 1 more'
    """
    shown = [f"{value:,.6g}" for value in bulk.values[:N_NAMED]]
    more = len(bulk.values) - len(shown)
    if more:
        return f"{', '.join(shown)} and {more:,} more"
    return " and ".join([", ".join(shown[:-1]), shown[-1]] if len(shown) > 1 else shown)
