"""Claims about where values are missing: an exact rule where there is one, and else what the gaps go with.

Rubin (1976), https://doi.org/10.1093/biomet/63.3.581: gaps that depend on another column are not missing completely at
random. Each column with gaps is tested against every other column: numbers by ranks, categories by chi squared.

Left out: gaps that depend on the missing value itself, which no table can show.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from core.datasets.fixes.wording import cut, show_value
from core.tabular.eda.claim import Claim, Severity
from core.tabular.eda.claims.associations import count_cells, measure_v
from core.tabular.eda.claims.effects import bound_noncentral
from core.tabular.eda.claims.errors import bound_v
from core.tabular.eda.claims.evidence import Evidence
from core.tabular.eda.claims.quality import read_figures
from core.tabular.eda.claims.sparse import rank_statistic, weigh_cells, weigh_groups
from core.tabular.eda.claims.writing import note_test

MIN_GAPS = 5
CONCERN = 0.3


def find_missing(evidence: Evidence) -> list[Claim]:
    """Test every column with gaps against every other; the strongest partner of each is claimed."""
    found: list[Claim] = []
    for name, n_gaps in evidence.missing.items():
        if evidence.table.kinds[name] == "ignore" or not n_gaps:
            continue
        gaps = evidence.gaps(name)
        if MIN_GAPS <= gaps.sum() <= len(gaps) - MIN_GAPS:
            found += _test_column(evidence, name, gaps)
    return found


def _test_column(evidence: Evidence, name: str, gaps: NDArray[np.bool_]) -> list[Claim]:
    """Test the gaps of one column against every other column."""
    tested = []
    for partner, values in evidence.numbers.items():
        known = ~np.isnan(values)
        if partner != name and _can_test(gaps[known]):
            levels, counts = evidence.distinct[partner]
            away = values[known] != levels[counts.argmax()]
            tested.append((partner, *_measure_number(evidence.ranks[partner][known], gaps[known], away)))
    for partner, codes in evidence.groups.items():
        known = codes >= 0
        if partner != name and _can_test(gaps[known]):
            tested.append((partner, *_measure_category(codes[known], gaps[known])))
    if not tested:
        return []
    rules = {
        partner: "" if _cannot_rule(evidence, partner, gaps) else find_rule(evidence, name, partner, gaps)
        for partner, _, _ in tested
    }
    best = max(tested, key=lambda each: (bool(rules[each[0]]), each[1]))
    notes = [
        note_test(evidence, "conditional_missingness", (name, partner), p, "missing")
        for partner, _, p in tested
        if partner != best[0]
    ]
    return [_write(evidence, name, best, gaps, rules[best[0]]), *notes]


def _can_test(gaps: NDArray[np.bool_]) -> bool:
    """Tell whether there are enough gaps and values beside a partner's values."""
    return bool(MIN_GAPS <= gaps.sum() <= len(gaps) - MIN_GAPS)


def _measure_number(
    ranks: NDArray[np.float64], gaps: NDArray[np.bool_], away: NDArray[np.bool_]
) -> tuple[float, float]:
    """Return the size (the root of H over n) and p of a number's ranks beside the gaps."""
    codes = gaps.astype(np.intp)
    whole = rank_statistic(ranks, codes)
    return float(np.sqrt(min(1.0, whole[0] / len(ranks)))), weigh_groups(ranks, codes, away, whole)


def _measure_category(codes: NDArray[np.intp], gaps: NDArray[np.bool_]) -> tuple[float, float]:
    """Return the corrected Cramér's V and p of a category beside the gaps."""
    counts = count_cells(codes, gaps.astype(np.intp))
    if min(counts.shape) < 2:  # noqa: PLR2004  # a column of one level
        return 0.0, 1.0
    return measure_v(counts), weigh_cells(counts)


def _bound(evidence: Evidence, partner: str, value: float, gaps: NDArray[np.bool_]) -> tuple[float, float]:
    """Bound the size of what the gaps go with, over the levels or the ranks of the partner."""
    if partner in evidence.groups:
        codes = evidence.groups[partner]
        known = codes >= 0
        low, high = bound_v(count_cells(codes[known], gaps[known].astype(np.intp)))[1:]
    else:
        n = int((~np.isnan(evidence.numbers[partner])).sum())
        low, high = (float(np.sqrt(min(1.0, each / n))) for each in bound_noncentral(n * value**2, 1))
    return min(low, value), max(high, value)


def find_rule(evidence: Evidence, name: str, partner: str, gaps: NDArray[np.bool_]) -> str:
    """Return the rule that tells the gaps exactly, such as ``tenure = 0``; empty where there is none.

    The rule is found on the sample and holds on all rows of the table, or it is not returned.
    """
    frame = evidence.table.frame
    column = frame[partner]
    inside, outside = column.iloc[evidence.rows][gaps], column.iloc[evidence.rows][~gaps]
    if inside.isna().any():
        return ""
    if inside.nunique() == 1 and not bool((outside == inside.iloc[0]).any()):
        value, every = inside.iloc[0], frame[name].isna().to_numpy()
        if bool(((column == value).to_numpy(dtype=bool, na_value=False) == every).all()):
            return f"{cut(partner)} = {show_value(value)}"
    if evidence.table.kinds[partner] != "number" or outside.isna().all():
        return ""
    if inside.max() >= outside.min() and inside.min() <= outside.max():
        return ""
    values, every = evidence.table.numbers(partner), frame[name].isna().to_numpy()
    low, high = np.nanmin(values[every]), np.nanmax(values[every])
    if high < np.nanmin(values[~every]):
        return f"{cut(partner)} ≤ {high:g}"
    return f"{cut(partner)} ≥ {low:g}" if low > np.nanmax(values[~every]) else ""


def _cannot_rule(evidence: Evidence, partner: str, gaps: NDArray[np.bool_]) -> bool:
    """Tell at a glance that no rule can hold: the gaps lie on several levels, or among the other rows' numbers."""
    if partner in evidence.groups:
        return len(set(evidence.groups[partner][gaps].tolist()) - {-1}) > 1
    inside, others = evidence.numbers[partner][gaps], evidence.numbers[partner][~gaps]
    outside = others[~np.isnan(others)]
    if not len(outside) or np.isnan(inside).any() or inside.min() == inside.max():
        return False
    return bool(inside.max() >= outside.min() and inside.min() <= outside.max())


def _write(evidence: Evidence, name: str, best: tuple[str, float, float], gaps: NDArray[np.bool_], rule: str) -> Claim:
    """Say what the gaps of a column go with."""
    partner, value, p = best
    n_gaps, n = evidence.missing[name], len(gaps)
    low, high = _bound(evidence, partner, value, gaps)
    where, figures = _say_where(evidence, partner, gaps)
    rows = f", {evidence.write_rows(n)}" if evidence.n_copies else ""
    if rule:
        figures = read_figures(rule, (partner,))
        sentence = f"The {n_gaps:,} missing {cut(name)} are exactly the rows with {rule}."
        value = low = high = 1.0
    else:
        sentence = (
            f"{cut(name)} is missing in {n_gaps:,} of {evidence.n_rows:,} rows, and not completely at random: {where} "
            f"(effect {value:.2f}, {low:.2f} to {high:.2f}{rows})."
        )
    severity: Severity = "warning" if rule or value >= CONCERN else "note"
    return Claim(
        kind="conditional_missingness",
        topic="missing",
        severity=severity,
        columns=(name, partner),
        sentence=sentence,
        effect="phi of the gaps",
        value=value,
        low=low,
        high=high,
        n=n,
        method=f"ranks (Kruskal–Wallis) or chi squared of the gaps, drawn or pooled if rare{evidence.on_sample}",
        p=p,
        figures={
            "n_missing": float(n_gaps),
            "n_rows": float(evidence.n_rows),
            "n_tested": float(n),
            "effect": value,
            "low": low,
            "high": high,
            **figures,
        },
    )


def _say_where(evidence: Evidence, partner: str, gaps: NDArray[np.bool_]) -> tuple[str, dict[str, float]]:
    """Say how the rows with gaps differ in the partner, and return the numbers of it."""
    if partner in evidence.numbers:
        values = evidence.numbers[partner]
        inside, outside = float(np.nanmedian(values[gaps])), float(np.nanmedian(values[~gaps]))
        text = f"the median {cut(partner)} is {inside:g} in those rows and {outside:g} in the others"
        return text, {"median_inside": inside, "median_outside": outside}
    codes, levels = evidence.groups[partner], evidence.levels[partner]
    shares = [float(gaps[codes == place].mean()) if (codes == place).any() else 0.0 for place in range(len(levels))]
    top = int(np.argmax(shares))
    text = f"{100 * shares[top]:.1f}% of the rows with {cut(partner)} = {cut(levels[top])} lack it"
    return text, {"percent_missing": 100 * shares[top]}
