"""A warning where rows depend on one another, since every test treats them as independent.

Rows that follow one another in time, or belong to one subject, are alike. The ranks of each number, less the mean of
their group, are correlated with those of the row before (von Neumann's idea on ranks: Bartels 1982,
https://doi.org/10.1080/01621459.1982.10477764). Groups are the levels of the category that explains most, so that a
table sorted by class is not taken for a series; columns that only rise or only fall are taken for the file's order.

Rows of one subject are found in shuffled files too, where a category of many levels explains most of the numbers.

Left out: dependence over longer steps, and series whose rows are shuffled.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from core.datasets.fixes.wording import cut
from core.datasets.tally import tally_column
from core.tabular.eda.claim import Claim
from core.tabular.eda.claims.associations import measure_epsilon
from core.tabular.eda.claims.evidence import Evidence
from core.tabular.eda.claims.ranks import pack_codes, rank_values

ROWS = 10_000
MIN_ROWS = 50
MAX_LEVELS = 12  # finer groups would explain away the rows of one subject
LIMIT = 0.5  # median over the columns
MIN_COLUMNS = 2
MIN_LEVELS, MAX_LEVEL_ROWS = 20, 50  # many levels of few rows each: subjects, not classes
WARNING = "the tests treat rows as independent, so their p and intervals claim too much here."


def find_dependence(evidence: Evidence) -> list[Claim]:
    """Warn if consecutive rows are alike in most number columns, or rows of one level of a fine category."""
    found = _measure_lags(evidence)
    if len(found) >= MIN_COLUMNS and float(np.median(found)) >= LIMIT:
        sentence = (
            f"Rows resemble the row before them (median rank correlation {np.median(found):.2f} over {len(found)} "
            f"number columns): {WARNING}"
        )
        method = f"rank correlation with the row before, within groups, first {min(ROWS, evidence.n_rows):,} rows"
        return [_write(evidence, (), sentence, ("lag-1 rank correlation", method), found)]
    for name, codes in evidence.groups.items():
        n_levels = len(evidence.levels[name])
        if n_levels < MIN_LEVELS or (codes >= 0).sum() > MAX_LEVEL_ROWS * n_levels or name == evidence.table.target:
            continue
        sizes = _measure_levels(evidence, codes)
        if len(sizes) >= MIN_COLUMNS and float(np.median(sizes)) >= LIMIT:
            sentence = (
                f"Rows of one {cut(name)} resemble each other (median epsilon squared {np.median(sizes):.2f} over "
                f"{len(sizes)} number columns): {WARNING}"
            )
            return [_write(evidence, (name,), sentence, ("epsilon squared", f"ranks by {cut(name)}"), sizes)]
    return []


def _measure_lags(evidence: Evidence) -> list[float]:
    """Return the rank correlation with the row before of each number column, in the order of the file."""
    groups = [
        tally_column(evidence.table, name).codes[:ROWS].astype(np.intp)
        for name in evidence.groups
        if len(evidence.levels[name]) <= MAX_LEVELS
    ]
    found = (measure_lag(evidence.table.numbers(name)[:ROWS], groups) for name in evidence.numbers)
    return [each for each in found if each is not None]


def _measure_levels(evidence: Evidence, codes: NDArray[np.intp]) -> list[float]:
    """Return how much of the ranks of each number column a category explains."""
    found = []
    for values in evidence.numbers.values():
        known = ~np.isnan(values) & (codes >= 0)
        if known.sum() >= MIN_ROWS and np.ptp(values[known]) > 0:
            found.append(measure_epsilon(rank_values(values[known]), pack_codes(codes[known])))
    return found


def _write(
    evidence: Evidence, names: tuple[str, ...], sentence: str, words: tuple[str, str], sizes: list[float]
) -> Claim:
    """Write the warning; its bounds are the range over the columns."""
    effect, method = words
    value = float(np.median(sizes))
    return Claim(
        kind="dependent_rows",
        topic="quality",
        severity="warning",
        columns=names,
        sentence=sentence,
        effect=effect,
        value=value,
        low=min(sizes),
        high=max(sizes),
        n=min(ROWS, evidence.n_rows),
        method=f"{method}; low and high are the range over the columns",
        figures={"median_effect": value, "n_columns": float(len(sizes))},
    )


def measure_lag(values: NDArray[np.float64], groups: list[NDArray[np.intp]]) -> float | None:
    """Return the rank correlation of a column with the row before, within the groups that explain most.

    Returns None for short columns, and for those that only rise or only fall.

    Examples
    --------
    >>> walk = np.random.default_rng(0).normal(size=300).cumsum()
    >>> measure_lag(walk, []) > 0.9
    True
    """
    known = np.isfinite(values)
    values = values[known]
    steps = np.diff(values)
    if len(values) < MIN_ROWS or (steps >= 0).all() or (steps <= 0).all():
        return None
    ranks = rank_values(values)
    rests = [ranks - ranks.mean(), *(_centre(ranks, codes[known]) for codes in groups)]
    rest = min(rests, key=lambda each: float((each**2).sum()))
    total = float((rest**2).sum())
    return float((rest[1:] * rest[:-1]).sum()) / total if total else None


def _centre(ranks: NDArray[np.float64], codes: NDArray[np.intp]) -> NDArray[np.float64]:
    """Take the mean of each group from the ranks; −1 is a group too."""
    own = codes + 1
    counts = np.maximum(np.bincount(own), 1)
    return np.asarray(ranks - (np.bincount(own, ranks) / counts)[own], dtype=np.float64)
