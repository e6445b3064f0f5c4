"""What a column's missing values go with: every other column compared between the rows with and without the value.

A number: the Mann–Whitney test, with the rank-biserial correlation and its Hanley–McNeil interval (1982,
https://doi.org/10.1148/radiology.143.1.7063747). A category, or the gaps of another column: chi-squared against random
reshuffling (2,000 seeded draws) with Cramér's V, corrected for its bias (W. Bergsma 2013,
https://doi.org/10.1016/j.jkss.2012.10.002). Its interval is the wider of two: non-central chi-squared (M. Smithson
2003, *Confidence Intervals*), which covers too seldom where a rare level holds most gaps, and 2,000 seeded resamples
of the rows, less the bias of both samplings, which do where many small levels differ much.

Left out: adjusting the p-values over a table and judging what they amount to (``missing``).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.datasets.fixes.wording import cut, share_of
from core.datasets.table import Table
from core.tabular.eda.claims.effects import bound_noncentral, correct_v

LEAST = 5  # rows with and without the value, under which nothing is tested
MAX_LEVELS = 30
N_DRAWS = 2_000


@dataclass(frozen=True, slots=True)
class MissingLink:
    """How missingness of one column goes with another.

    Parameters
    ----------
    effect : str
        ``rank-biserial`` (−1: values are lower where missing, 1: higher) or the corrected ``Cramér's V`` (0 to 1).
    value, low, high : float
        The effect and its 95% interval.
    p, q : float
        Of the test, and Benjamini–Hochberg adjusted over all tests of the table.
    sentence : str
        Where it is missing more often.
    """

    column: str
    other: str
    effect: str
    value: float
    low: float
    high: float
    p: float
    q: float
    n: int
    sentence: str


def find_links(table: Table, column: str, rng: np.random.Generator) -> list[MissingLink]:
    """Compare the rows without a column's value with the others, by every other column.

    Parameters
    ----------
    rng : Generator
        Of the reshuffling and the resampling.

    Returns
    -------
    list of MissingLink
        One a test, whether or not it found anything; q is still 1. Empty where fewer than five rows have the value or
        fewer than five lack it.

    Examples
    --------
    >>> from core.datasets.catalogue import load_table
    >>> links = find_links(load_table("penguins"), "sex", np.random.default_rng(0))
    >>> links[0].other, links[0].effect, round(links[0].p, 3)
    ('species', "Cramér's V", 0.246)
    """
    gaps = table.frame[column].isna().to_numpy()
    found: list[MissingLink] = []
    if min(gaps.sum(), (~gaps).sum()) < LEAST:
        return found
    for other in table.frame.columns:
        if other == column:
            continue
        series = table.frame[other]
        if pd.api.types.is_datetime64_any_dtype(series.dtype):
            numbers = (series - series.min()).dt.total_seconds().to_numpy(dtype="float64")
            found += _test_number(column, other, gaps, numbers, "a date")
        elif pd.api.types.is_numeric_dtype(series.dtype):
            found += _test_number(column, other, gaps, series.to_numpy(dtype="float64", na_value=np.nan), "a number")
        elif 1 < series.nunique() <= MAX_LEVELS:
            found += _test_levels(column, other, gaps, series.astype(object).map(str, na_action="ignore"), rng)
        if series.isna().any():
            words = series.isna().map({True: "missing", False: "known"})
            found += _test_levels(column, other, gaps, words, rng)
    return found


def _test_number(
    column: str, other: str, gaps: NDArray[np.bool_], values: NDArray[np.float64], kind: str
) -> list[MissingLink]:
    """Compare a number where the column is missing with where it is not."""
    from scipy.stats import mannwhitneyu

    known = np.isfinite(values)
    where, elsewhere = values[gaps & known], values[~gaps & known]
    if min(len(where), len(elsewhere)) < LEAST or values[known].min() == values[known].max():
        return []
    test = mannwhitneyu(where, elsewhere, alternative="two-sided")
    area = float(test.statistic) / (len(where) * len(elsewhere))
    half = 1.96 * _area_error(area, len(where), len(elsewhere))
    effect = 2 * area - 1
    side = ("early" if kind == "a date" else "low") if effect < 0 else ("late" if kind == "a date" else "high")
    medians = "" if kind == "a date" else f"median {np.median(where):.4g} against {np.median(elsewhere):.4g}, "
    low, high = max(2 * (area - half) - 1, -1.0), min(2 * (area + half) - 1, 1.0)
    sentence = (
        f"{cut(column)} is missing more often where {cut(other)} is {side} ({medians}rank-biserial {effect:.2f}, "
        f"95% interval {low:.2f} to {high:.2f})"
    )
    n = len(where) + len(elsewhere)
    return [MissingLink(column, other, "rank-biserial", effect, low, high, float(test.pvalue), 1.0, n, sentence)]


def _area_error(area: float, n_where: int, n_elsewhere: int) -> float:
    """Return Hanley and McNeil's standard error of an area under the curve."""
    first, second = area / (2 - area), 2 * area**2 / (1 + area)
    part = area * (1 - area) + (n_where - 1) * (first - area**2) + (n_elsewhere - 1) * (second - area**2)
    return float(np.sqrt(max(part, 0.0) / (n_where * n_elsewhere)))


def _test_levels(
    column: str, other: str, gaps: NDArray[np.bool_], levels: pd.Series, rng: np.random.Generator
) -> list[MissingLink]:
    """Compare how often the column is missing among the levels of another."""
    known = levels.notna().to_numpy()
    codes, names = pd.factorize(levels[known], sort=True)
    totals = np.bincount(codes, minlength=len(names))
    missing = np.bincount(codes[gaps[known]], minlength=len(names))
    n, n_missing = int(totals.sum()), int(missing.sum())
    if len(names) < 2 or min(n_missing, n - n_missing) < LEAST:  # noqa: PLR2004 one level tells nothing
        return []
    squared = float(_phi_squared(missing[None], totals)[0])
    shuffled = _phi_squared(rng.multivariate_hypergeometric(totals, n_missing, size=N_DRAWS), totals)
    p = (1 + int((shuffled >= squared - 1e-12).sum())) / (1 + N_DRAWS)
    value = correct_v(squared, n, (2, len(names)))
    low, high = _bound_v(squared, missing, totals, rng)
    low, high = min(low, value), max(high, value)
    most = int((missing / totals).argmax())
    rest = n_missing - missing[most]
    rates = f"{share_of(int(missing[most]), int(totals[most]))} against {share_of(int(rest), n - int(totals[most]))}"
    sentence = (
        f"{cut(column)} is missing more often where {cut(other)} is {cut(str(names[most]))} ({rates} elsewhere, "
        f"Cramér's V {value:.2f}, 95% interval {low:.2f} to {high:.2f})"
    )
    return [MissingLink(column, other, "Cramér's V", value, low, high, p, 1.0, n, sentence)]


def _bound_v(
    squared: float, missing: NDArray[np.int64], totals: NDArray[np.int64], rng: np.random.Generator
) -> tuple[float, float]:
    """Bound Cramér's V by the wider of the non-central chi-squared and resampled rows."""
    n, n_levels = int(totals.sum()), len(totals)
    freedom = n_levels - 1
    central = np.array(bound_noncentral(n * squared, freedom)) / n
    cells = rng.multinomial(n, np.r_[missing, totals - missing] / n, size=N_DRAWS)
    resampled = _phi_squared(cells[:, :n_levels], cells[:, :n_levels] + cells[:, n_levels:])
    # A resample carries the bias of the rows, freedom / n, and once more its own.
    drawn = np.quantile(resampled - 2 * freedom / n, [0.025, 0.975])
    low, high = np.sqrt(np.clip([min(central[0], drawn[0]), max(central[1], drawn[1])], 0.0, 1.0))
    return float(low), float(high)


def _phi_squared(missing: NDArray[np.int64], totals: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return chi-squared over n of each draw, shape (n_draws,), from missing and all rows by level (n_draws, n_levels).

    The totals may be one row for all draws. A level that a draw leaves empty adds nothing.
    """
    n = totals.sum(axis=-1, keepdims=True)
    share = missing.sum(axis=1, keepdims=True) / n
    with np.errstate(divide="ignore", invalid="ignore"):
        parts = (missing - share * totals) ** 2 / (totals * share * (1 - share))
    return np.asarray(np.nan_to_num(parts).sum(axis=1) / n.ravel())
