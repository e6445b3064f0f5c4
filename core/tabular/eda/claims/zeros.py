"""Zeros that may stand for missing: a spike at 0 that is set apart from all other values.

A street frontage of 0 feet where every other lot has 21 or more was probably not measured. Nothing lies between 0 and a
quarter of the median of the others, and at least one row in a hundred is 0.

Left out: zeros of columns that are 0 in half the rows, where 0 is the usual value; and what 0 means, which a person
must say: the zeros stay values in every other claim.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from core.datasets.fixes.wording import cut, share_of
from core.tabular.eda.claim import Claim
from core.tabular.eda.claims.evidence import Evidence
from core.tabular.eda.claims.writing import Finding, claim_share

MIN_VALUES, MIN_DISTINCT = 40, 12
MIN_ZEROS, MIN_SHARE, MAX_SHARE = 5, 0.01, 0.5
GAP = 0.25  # of the median of the other values


def find_zeros(evidence: Evidence) -> list[Claim]:
    """Search every number column for zeros apart from all other values."""
    said = {alert.columns[0] for alert in evidence.alerts if alert.kind == "sentinel"}
    return [
        _write(evidence, name, values[~np.isnan(values)])
        for name, values in evidence.numbers.items()
        if name not in said and has_spike(values[~np.isnan(values)])
    ]


def has_spike(values: NDArray[np.float64]) -> bool:
    """Tell whether zeros stand apart from all other values, which are positive; shape (n,).

    Examples
    --------
    >>> has_spike(np.concatenate([np.zeros(10), np.linspace(21, 120, 60)]))
    True
    >>> has_spike(np.concatenate([np.zeros(10), np.linspace(1, 120, 60)]))
    False
    """
    others = values[values != 0]
    n_zeros = len(values) - len(others)
    if len(values) < MIN_VALUES or not max(MIN_ZEROS, MIN_SHARE * len(values)) <= n_zeros <= MAX_SHARE * len(values):
        return False
    if others.min() < GAP * float(np.median(others)):
        return False
    return len(np.unique(others)) >= MIN_DISTINCT


def _write(evidence: Evidence, name: str, values: NDArray[np.float64]) -> Claim:
    """Say that zeros stand apart."""
    others = values[values != 0]
    n_hit, n = len(values) - len(others), len(values)
    sentence = (
        f"{n_hit:,} of {n:,} values ({share_of(n_hit, n)}) of {cut(name)} are 0, far from all others, which run from "
        f"{others.min():g} to {others.max():g}: they may stand for missing."
    )
    figures = (("percent", 100 * n_hit / n), ("smallest", float(others.min())), ("largest", float(others.max())))
    method = "a spike at 0, and nothing up to a quarter of the median of the other values"
    return claim_share(evidence, Finding("sentinel", "warning", (name,), sentence, n_hit, n, method, figures=figures))
