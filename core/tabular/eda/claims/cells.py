"""What stands in the cells of one number column: pile-ups at an end, wrong signs, stuck values.

All three are counted and matched by a rule, not tested: their claims have no p.

Left out: heaped digits (``digits``); zeros set apart (``zeros``); outliers, which the cleaning page compares rule by
rule; other sentinels, which the alerts find.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from core.datasets.fixes.wording import cut, share_of, show_value
from core.tabular.eda.claim import Claim
from core.tabular.eda.claims.evidence import Evidence, find_codes
from core.tabular.eda.claims.writing import Finding, claim_share

MIN_VALUES = 40
MIN_DISTINCT = 12
END_SHARE = 0.035  # rows at the very end
END_TIMES, END_MEAN_TIMES = 1.8, 4.0  # beside the fullest and the mean of the next values
N_NEXT = 8
NEGATIVE_SHARE = 0.15
SIGN_GAP, SIGN_ROWS = 0.1, 12  # gap around 0 in interquartile ranges; not asked where ranks alone tell
STUCK_P = 1e-6
MIN_RUN = 10  # rows sorted by place or type hold shorter runs honestly
RUN_TIMES, RUN_SHARE = 3.0, 0.05  # equal neighbours elsewhere, beside a shuffled column


def find_ceilings(evidence: Evidence) -> list[Claim]:
    """Report columns whose values pile up at their largest or smallest value, as clipped ones do."""
    found = []
    for name, values in evidence.numbers.items():
        known = values[~np.isnan(values)]
        levels, counts = evidence.distinct[name]
        if len(known) < MIN_VALUES or len(levels) < MIN_DISTINCT:
            continue
        for place, where in ((-1, "largest"), (0, "smallest")):
            n_end, n_next = int(counts[place]), _count_next(levels, counts, place)
            piled = n_end >= max(4, END_SHARE * len(known)) and n_end >= max(
                END_TIMES * n_next.max(), END_MEAN_TIMES * n_next.mean()
            )
            if piled and levels[place] != 0:
                found.append(_write_ceiling(evidence, name, (float(levels[place]), where), (n_end, len(known))))
    return found


def _count_next(levels: NDArray[np.float64], counts: NDArray[np.int64], place: int) -> NDArray[np.int64]:
    """Count the next values and the next ones that are as round as the end: heaped digits are no pile-up."""
    step = 1 if place == 0 else -1
    levels, counts = levels[::step], counts[::step]
    decimals = next((d for d in range(-2, 9) if abs(round(float(levels[0]), d) - levels[0]) < 10.0 ** -(d + 4)), 9)
    as_round = np.abs(np.round(levels, decimals) - levels) < 10.0 ** -(decimals + 4)
    return np.concatenate([counts[1 : 1 + N_NEXT], counts[as_round][1 : 1 + N_NEXT]])


def _write_ceiling(evidence: Evidence, name: str, end: tuple[float, str], counts: tuple[int, int]) -> Claim:
    """Say that values pile up at an end."""
    n_end, n = counts
    sentence = (
        f"{n_end:,} of {n:,} values ({share_of(n_end, n)}) of {cut(name)} are exactly its {end[1]}, {end[0]:g}: it "
        "was probably clipped there."
    )
    figures = (("end", end[0]), ("percent", 100 * n_end / n))
    method = "count at the end beside the fullest of the next eight values"
    return claim_share(evidence, Finding("ceiling", "warning", (name,), sentence, n_end, n, method, figures=figures))


def find_negatives(evidence: Evidence) -> list[Claim]:
    """Report a few negative values as large as the positive ones, as a lost or added sign leaves them."""
    found = []
    for name, values in evidence.numbers.items():
        known = values[~np.isnan(values)]
        below, above = -known[known < 0], known[known > 0]
        if len(known) < MIN_VALUES or not 1 < len(below) <= NEGATIVE_SHARE * (len(below) + len(above)):
            continue
        low, high = np.quantile(above, 0.1), above.max()
        inside = ((below >= np.quantile(above, 0.02)) & (below <= high)).mean()
        if float(np.median(below)) >= low and inside >= 0.8 and are_flipped(below, above):  # noqa: PLR2004  # most mirror the positive values
            n_hit, n = len(below), len(known)
            sentence = (
                f"{n_hit:,} of {n:,} values ({share_of(n_hit, n)}) of {cut(name)} are negative and as large as the "
                "others are positive: a sign is probably wrong."
            )
            figures = (("percent", 100 * n_hit / n),)
            method = "size of the negative values beside the positive ones"
            finding = Finding("impossible_negative", "problem", (name,), sentence, n_hit, n, method, figures=figures)
            found.append(claim_share(evidence, finding))
    return found


def are_flipped(below: NDArray[np.float64], above: NDArray[np.float64]) -> bool:
    """Tell whether sizes of negative values are like the positive ones, with a gap around zero.

    Flipped signs are a draw of the positive values: their ranks are as high, and none lies next to zero. The negative
    values of a column that crosses zero are the small ones.

    Examples
    --------
    >>> are_flipped(np.array([9.0, 11.0, 10.0]), np.linspace(8, 12, 60))
    True
    >>> are_flipped(np.array([0.2, 0.5, 0.1]), np.linspace(0.1, 4, 60))
    False
    """
    from scipy.stats import rankdata

    n, m = len(below), len(above)
    area = (float(rankdata(np.concatenate([below, above]))[:n].sum()) - n * (n + 1) / 2) / (n * m)
    if area < 0.5 - 2.6 / np.sqrt(12 * n):
        return False
    low, high = np.quantile(above, [0.25, 0.75])
    return bool(n >= SIGN_ROWS or below.min() + above.min() >= SIGN_GAP * (high - low))


def find_stuck(evidence: Evidence) -> list[Claim]:
    """Report columns in which one value stands in row after row far longer than in a shuffled file, on all rows."""
    codes = find_codes(evidence.alerts)
    found = []
    for name in evidence.numbers:
        values = evidence.table.numbers(name)
        n_distinct = len(evidence.distinct[name][0]) + bool(np.isnan(evidence.numbers[name]).any())
        if n_distinct < MIN_DISTINCT:
            continue
        length, start = find_run(values)
        value = values[start]
        if length < MIN_RUN or value in codes.get(name, ()):
            continue
        if has_many_runs(values, length):
            continue
        share = float((values == value).mean())
        outside = (float((values == value).sum()) - length) / max(1, len(values) - length)
        p = min(1.0, len(values) * max(outside, 1 / len(values)) ** length)
        if p < STUCK_P and share < 0.5:  # noqa: PLR2004  # a value of half the rows stands in runs anyway
            found.append(_write_stuck(evidence, name, (float(value), start + 1), (length, len(values))))
    return found


def has_many_runs(values: NDArray[np.float64], longest: int) -> bool:
    """Tell whether neighbours are equal often beside the longest run too, as in sorted rows or repeated measures.

    Examples
    --------
    >>> has_many_runs(np.repeat(np.arange(20.0), 20), 20)
    True
    """
    known = values[~np.isnan(values)]
    shares = np.unique(known, return_counts=True)[1] / len(known)
    n_equal = int((values[1:] == values[:-1]).sum()) - (longest - 1)
    other = n_equal / max(1, len(values) - longest)
    return bool(other > RUN_TIMES * float((shares**2).sum()) + RUN_SHARE)


def find_run(values: NDArray[np.float64]) -> tuple[int, int]:
    """Return the length and the start of the longest run of one value; NaN never continues a run.

    Examples
    --------
    >>> find_run(np.array([1.0, 2.0, 2.0, 2.0, 3.0]))
    (3, 1)
    """
    spots = np.flatnonzero(values[1:] == values[:-1])
    if not len(spots):
        return 1, 0
    firsts = np.flatnonzero(np.diff(spots, prepend=-2) > 1)
    lengths = np.diff(np.append(firsts, len(spots))) + 1
    longest = int(lengths.argmax())
    return int(lengths[longest]), int(spots[firsts[longest]])


def _write_stuck(evidence: Evidence, name: str, run: tuple[float, int], counts: tuple[int, int]) -> Claim:
    """Say where a column stood still."""
    length, n = counts
    sentence = (
        f"{cut(name)} is {show_value(run[0])} in {length:,} rows one after the other, from row {run[1]:,} on: a stuck "
        "instrument or a filled-in stretch."
    )
    figures = (("value", run[0]), ("first_row", float(run[1])))
    method = "longest run of one value beside its share elsewhere"
    finding = Finding("stuck_values", "warning", (name,), sentence, length, n, method, figures=figures)
    return claim_share(evidence, finding)
