"""Columns written down after the outcome: filled in for one outcome only, as ``boat`` and ``body`` are on the Titanic.

Kaufman et al. (2012), https://doi.org/10.1145/2382577.2382579. Whether a cell is filled must not tell the answer.

Left out: columns recorded late in every row, which need the dates of recording.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from core.datasets.fixes.wording import cut, share_of
from core.tabular.eda.claim import Claim
from core.tabular.eda.claims.evidence import Evidence
from core.tabular.eda.claims.writing import Finding, claim_share, note_test

MIN_FILLED = 8
PURITY = 0.95
LIFT = 0.85  # of the way from the class's share to all
COVERED = 0.9  # of a class without a value, where gaps mark the class
RANK_AREA = 0.97  # of the filled over the empty rows, for a number to predict
KIND = "time_travel"


def find_late_columns(evidence: Evidence) -> list[Claim]:
    """Test the gaps of every feature against the target."""
    target = evidence.table.target
    if target is None:
        return []
    found = []
    for name in evidence.table.frame.columns:
        n_gaps = evidence.missing[name]
        if name == target or evidence.table.kinds[name] == "ignore":
            continue
        if not MIN_FILLED <= n_gaps <= evidence.n_rows - MIN_FILLED:
            continue
        filled = ~evidence.gaps(name)
        if target in evidence.groups:
            found += _test_classes(evidence, name, filled)
        elif target in evidence.numbers:
            found += _test_number(evidence, name, filled)
    return found


def _test_classes(evidence: Evidence, name: str, filled: NDArray[np.bool_]) -> list[Claim]:
    """Test whether a column is filled in for one class only, or for all but one."""
    from scipy.stats import binom

    target = str(evidence.table.target)
    codes, levels = evidence.groups[target], evidence.levels[target]
    known = codes >= 0
    best: tuple[float, Finding] | None = None
    least = 1.0
    for side, verb in ((filled & known, "known"), (~filled & known, "missing")):
        n_side = int(side.sum())
        counts, base = np.bincount(codes[side], minlength=len(levels)), np.bincount(codes[known], minlength=len(levels))
        if n_side < MIN_FILLED:
            continue
        top = int(counts.argmax())
        purity, share = counts[top] / n_side, base[top] / base.sum()
        p = float(min(1.0, 2 * len(levels) * binom.sf(counts[top] - 1, n_side, share)))
        least = min(least, p)
        covers = verb == "known" or counts[top] >= COVERED * base[top]
        if covers and purity >= PURITY and purity - share >= LIFT * (1 - share) and (best is None or p < best[0]):
            best = p, _say_class((name, target), verb, levels[top], (int(counts[top]), n_side, p))
    if best is None:
        return [note_test(evidence, KIND, (name, target), least, "target")]
    return [claim_share(evidence, best[1])]


def _say_class(names: tuple[str, str], verb: str, level: str, counts: tuple[int, int, float]) -> Finding:
    """Say for which outcome a column is filled in or missing."""
    n_hit, n, p = counts
    sentence = (
        f"{cut(names[0])} is {verb} in {n:,} rows, and {n_hit:,} of them ({share_of(n_hit, n)}) have {cut(names[1])} = "
        f"{cut(level)}: it was probably written down after the outcome."
    )
    method = "binomial test of the class among the rows with or without a value"
    return Finding(
        KIND, "problem", (names[0],), sentence, n_hit, n, method, "target", p, (("percent", 100 * n_hit / n),)
    )


def _test_number(evidence: Evidence, name: str, filled: NDArray[np.bool_]) -> list[Claim]:
    """Test whether a column is filled in for high or low outcomes only."""
    from scipy.stats import mannwhitneyu

    target = str(evidence.table.target)
    values = evidence.numbers[target]
    inside, outside = values[filled & ~np.isnan(values)], values[~filled & ~np.isnan(values)]
    if min(len(inside), len(outside)) < MIN_FILLED:
        return []
    test = mannwhitneyu(inside, outside, method="asymptotic")
    area = float(test.statistic) / len(inside) / len(outside)
    if max(area, 1 - area) < RANK_AREA:
        return [note_test(evidence, KIND, (name, target), float(test.pvalue), "target")]
    side = "high" if area > 0.5 else "low"  # noqa: PLR2004  # the area of no difference
    edge = float(np.median(outside))
    n_hit = int((inside > edge).sum() if side == "high" else (inside < edge).sum())
    sentence = (
        f"{cut(name)} is known for {side} {cut(target)} only ({n_hit:,} of {len(inside):,} such rows lie beyond "
        f"the median of the others, {edge:g}): it was probably written down after the outcome."
    )
    figures = (("median_of_others", edge), ("rank_area", area))
    finding = Finding(
        KIND,
        "problem",
        (name,),
        sentence,
        n_hit,
        len(inside),
        "Mann–Whitney of the outcome",
        "target",
        float(test.pvalue),
        figures,
    )
    return [claim_share(evidence, finding)]
