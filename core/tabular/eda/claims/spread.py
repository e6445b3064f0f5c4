"""Claims about the shape of a number: skew and heavy tails, each tested.

Skewness by D'Agostino (1970, https://doi.org/10.1093/biomet/57.3.679), tails by the kurtosis test of Anscombe & Glynn
(1983, https://doi.org/10.1093/biomet/70.1.227).

Left out: several humps, which a chart shows better.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from core.datasets.fixes.wording import cut, share_of
from core.tabular.eda.claim import Claim
from core.tabular.eda.claims.errors import COVERAGE, bound_skewness
from core.tabular.eda.claims.evidence import Evidence
from core.tabular.eda.claims.writing import Finding, claim_share, note_test

MIN_ROWS = 30
MIN_DISTINCT = 6
MIN_SKEW = 1.0
MIN_OUTSIDE = 0.03
Test: TypeAlias = tuple[float, float]


def find_spread(evidence: Evidence) -> list[Claim]:
    """Test skew and tails of every number column."""
    columns = {name: values[~np.isnan(values)] for name, values in evidence.numbers.items()}
    judged = [
        name
        for name, known in columns.items()
        if len(known) >= MIN_ROWS and len(evidence.distinct[name][0]) >= MIN_DISTINCT
    ]
    moments = _measure_moments({name: columns[name] for name in judged})
    found = []
    for name in judged:
        known, (skewness, tails) = columns[name], moments[name]
        found += [_test_skew(evidence, name, known, skewness), _test_tails(evidence, name, known, tails)]
    return found


def _measure_moments(columns: dict[str, NDArray[np.float64]]) -> dict[str, tuple[Test, Test]]:
    """Measure and test skewness and kurtosis, columns of one length at once."""
    from scipy.stats import kurtosis, kurtosistest, skew, skewtest

    found: dict[str, tuple[Test, Test]] = {}
    for length in {len(values) for values in columns.values()}:
        names = [name for name, values in columns.items() if len(values) == length]
        table = np.stack([columns[name] for name in names])
        skews = zip(skew(table, axis=1).tolist(), skewtest(table, axis=1).pvalue.tolist(), strict=True)
        tails = zip(kurtosis(table, axis=1).tolist(), kurtosistest(table, axis=1).pvalue.tolist(), strict=True)
        found |= dict(zip(names, zip(skews, tails, strict=True), strict=True))
    return found


def _test_skew(evidence: Evidence, name: str, values: NDArray[np.float64], test: Test) -> Claim:
    """Claim the skewness of a column, tested as (skewness, p)."""
    value, p = test
    if abs(value) < MIN_SKEW:
        return note_test(evidence, "skewed", (name,), p, "spread")
    low, high = bound_skewness(values)
    rows = f", of {evidence.write_rows(len(values))}" if evidence.n_copies else ""
    side = "right" if value > 0 else "left"
    sentence = (
        f"{cut(name)} has a long tail to the {side}: skewness {value:.2f} ({low:.2f} to {high:.2f}), "
        f"mean {values.mean():.4g}, median {np.median(values):.4g}{rows}."
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
        method=f"D'Agostino's skewness test, {_say_interval()}{evidence.on_sample}",
        p=p,
        figures={
            "skewness": value,
            "low": low,
            "high": high,
            "mean": float(values.mean()),
            "median": float(np.median(values)),
            "n_rows": float(len(values)),
        },
    )


def _say_interval() -> str:
    """Say how often the interval holds what it should: less often than its name says, in few rows above all."""
    held, rows = (" / ".join(f"{each:,}" for each in side) for side in (COVERAGE.values(), COVERAGE))
    return f"jackknife interval (nominal 95%; it held {held}% of exponential samples of {rows} rows)"


def _test_tails(evidence: Evidence, name: str, values: NDArray[np.float64], test: Test) -> Claim:
    """Claim the tails of a column, tested as (kurtosis, p), and count what lies outside Tukey's fences."""
    kurtosis, p = test
    low, high = np.quantile(values, [0.25, 0.75])
    step = 1.5 * (high - low)
    if step == 0:  # half the values are one: every other lies beyond such fences
        return note_test(evidence, "heavy_tails", (name,), p, "spread")
    n_out = int(((values < low - step) | (values > high + step)).sum())
    if n_out < MIN_OUTSIDE * len(values) or kurtosis <= 0:
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
