"""What an association is claimed to be, once its test has passed: its interval and its sentence.

Intervals come from the infinitesimal jackknife of rows (``errors``) and are worked out for the claims that survive
only, since most pairs do not.

Left out: which pairs are claimed (``selection``).
"""

from __future__ import annotations

import dataclasses

import numpy as np

from core.datasets.fixes.wording import cut
from core.tabular.eda.claim import Claim
from core.tabular.eda.claims.associations import CRAMERS_V, EPSILON, RHO, count_cells, rank_pair
from core.tabular.eda.claims.errors import bound_epsilon, bound_ranks, bound_v
from core.tabular.eda.claims.evidence import Evidence
from core.tabular.eda.claims.ranks import pack_codes, rank_part

_FIGURES = {RHO: "rho", CRAMERS_V: "cramers_v", EPSILON: "epsilon_squared"}
_METHODS = {
    RHO: "Spearman's rank correlation, jackknife interval on Fisher's z",
    CRAMERS_V: "chi squared on levels pooled to expected counts of 5, exact or drawn below; "
    "bias-corrected V of all levels, jackknife interval",
    EPSILON: "Kruskal–Wallis, jackknife interval on Fisher's z of the root",
}


def bound_association(evidence: Evidence, claim: Claim) -> Claim:
    """Give a claimed association its interval, sentence and method; other claims are returned as they are.

    Examples
    --------
    >>> from core.datasets.catalogue import load_table
    >>> from core.tabular.eda.claims.associations import find_associations
    >>> from core.tabular.eda.claims.evidence import make_evidence
    >>> evidence = make_evidence(load_table("iris"), 0, 0.05)
    >>> bound_association(evidence, find_associations(evidence)[5]).sentence
    "petal_length rises with petal_width: Spearman's rho 0.94 (0.92 to 0.95, 150 rows)."
    """
    if claim.kind != "association":
        return claim
    low, high = _bound(evidence, claim)
    low, high = min(low, claim.value), max(high, claim.value)
    pooled = [
        f"{evidence.pooled[name]:,} rows of rare levels of {cut(name)}"
        for name in claim.columns
        if evidence.pooled.get(name)
    ]
    rows = evidence.write_rows(claim.n)
    note = f"; {' and '.join(pooled)} taken together or left out" if pooled else ""
    return dataclasses.replace(
        claim,
        low=low,
        high=high,
        sentence=_say(evidence, claim, f"{claim.effect} {claim.value:.2f} ({low:.2f} to {high:.2f}, {rows})"),
        method=f"{_METHODS[claim.effect]}{note}{evidence.on_sample}",
        figures={_FIGURES[claim.effect]: claim.value, "low": low, "high": high, "n_rows": float(claim.n)},
    )


def _say(evidence: Evidence, claim: Claim, effect: str) -> str:
    """Say how two columns go together."""
    first, second = (cut(name) for name in claim.columns)
    if claim.effect == RHO:
        return f"{first} {'rises' if claim.value > 0 else 'falls'} with {second}: {effect}."
    if claim.effect == CRAMERS_V and claim.value == 1:
        fine, coarse = sorted(claim.columns, key=lambda name: -len(evidence.levels[name]))
        return f"{cut(fine)} determines {cut(coarse)}, level by level: {effect}."
    if claim.effect == CRAMERS_V:
        return f"{first} and {second} go together: {effect}."
    return f"{first} differs between the levels of {second}: {effect}."


def _bound(evidence: Evidence, claim: Claim) -> tuple[float, float]:
    """Bound the effect of a pair."""
    first, second = claim.columns
    if claim.effect == RHO:
        pair = rank_pair(evidence.ranks[first], evidence.ranks[second])
        return (claim.value, claim.value) if pair is None else bound_ranks(*pair)
    if claim.effect == CRAMERS_V:
        return bound_v(count_cells(evidence.groups[first], evidence.groups[second]))[1:]
    values, codes = evidence.numbers[first], evidence.groups[second]
    known = ~np.isnan(values) & (codes >= 0)
    return bound_epsilon(rank_part(evidence.ranks[first][known]), pack_codes(codes[known]), claim.value)
