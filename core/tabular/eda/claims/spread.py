"""Claims about the shape of a number: skew and heavy tails, each tested.

Skewness by D'Agostino (1970, https://doi.org/10.1093/biomet/57.3.679), tails by the kurtosis test of Anscombe & Glynn
(1983, https://doi.org/10.1093/biomet/70.1.227).

Left out: several humps, which a chart shows better.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from core.datasets.fixes.wording import cut, share_of
from core.tabular.eda.claim import Claim
from core.tabular.eda.claims.errors import bound_skewness
from core.tabular.eda.claims.evidence import Evidence
from core.tabular.eda.claims.writing import Finding, claim_share, note_test

MIN_ROWS = 30
MIN_DISTINCT = 6
MIN_SKEW = 1.0
MIN_OUTSIDE = 0.03


def find_spread(evidence: Evidence) -> list[Claim]:
    """Test skew and tails of every number column."""
    found = []
    for name, values in evidence.numbers.items():
        known = values[~np.isnan(values)]
        if len(known) >= MIN_ROWS and len(evidence.distinct[name][0]) >= MIN_DISTINCT:
            found += [_test_skew(evidence, name, known), _test_tails(evidence, name, known)]
    return found


def _test_skew(evidence: Evidence, name: str, values: NDArray[np.float64]) -> Claim:
    """Test the skewness of a column."""
    from scipy.stats import skew, skewtest

    value, p = float(skew(values)), float(skewtest(values).pvalue)
    if abs(value) < MIN_SKEW:
        return note_test(evidence, "skewed", (name,), p, "spread")
    low, high = bound_skewness(values)
    side = "right" if value > 0 else "left"
    sentence = (
        f"{cut(name)} has a long tail to the {side}: skewness {value:.2f} ({low:.2f} to {high:.2f}), "
        f"mean {values.mean():.4g}, median {np.median(values):.4g}."
    )
    return Claim(
        kind="skewed",
        topic="spread",
        severity="note",
        columns=(name,),
        sentence=sentence,
        effect="skewness",
        value=value,
        low=low,
        high=high,
        n=len(values),
        method=f"D'Agostino's skewness test, jackknife interval (too short under long tails){evidence.on_sample}",
        p=p,
        figures={
            "skewness": value,
            "low": low,
            "high": high,
            "mean": float(values.mean()),
            "median": float(np.median(values)),
        },
    )


def _test_tails(evidence: Evidence, name: str, values: NDArray[np.float64]) -> Claim:
    """Test the tails of a column and count what lies outside Tukey's fences."""
    from scipy.stats import kurtosis, kurtosistest

    p = float(kurtosistest(values).pvalue)
    low, high = np.quantile(values, [0.25, 0.75])
    step = 1.5 * (high - low)
    n_out = int(((values < low - step) | (values > high + step)).sum())
    if n_out < MIN_OUTSIDE * len(values) or kurtosis(values) <= 0:
        return note_test(evidence, "heavy_tails", (name,), p, "spread")
    sentence = (
        f"{n_out:,} of {len(values):,} values ({share_of(n_out, len(values))}) of {cut(name)} lie beyond Tukey's "
        f"fences, {low - step:.4g} and {high + step:.4g}."
    )
    figures = (("low_fence", float(low - step)), ("high_fence", float(high + step)))
    method = "kurtosis test of Anscombe and Glynn; fences at 1.5 interquartile ranges"
    finding = Finding(
        "heavy_tails",
        "note",
        (name,),
        sentence,
        n_out,
        len(values),
        method,
        "spread",
        p,
        (*figures, ("percent", 100 * n_out / len(values))),
    )
    return claim_share(evidence, finding)
