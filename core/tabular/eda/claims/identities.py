"""Columns that follow from others: a copy on another scale, a sum, a product, and what is nearly a product or a sum.

Sums and products of two columns are searched among all triples on a few rows and confirmed on all of the sample; sums
of more columns by least squares with coefficients that must round to 1. Equal means equal within the rounding of the
decimals that the columns are written with.

Left out: identities with other coefficients, powers, and rates per thousand.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from core.datasets.fixes.wording import cut, list_names
from core.tabular.eda.claim import Claim
from core.tabular.eda.claims.evidence import Evidence
from core.tabular.eda.claims.nearly import find_nearly
from core.tabular.eda.claims.writing import Finding, claim_share

MAX_NUMBERS = 60
TRIAL_ROWS = 64
MIN_ROWS = 30
HOLDS = 0.98  # share of rows in which an identity holds
LINE_R = 0.99999  # correlation of a copy on another scale
NEAR_LINE_R = 0.9999  # below it, worked out in one go for all columns, there is no need to look closer
SHIFT_ROUNDING = 1e-6  # of the spread: a shift as small is the rounding of the fit
SPREAD_TIMES = 8.0  # a column varies at least so many times its rounding, else "equal" says nothing


@dataclass(frozen=True, slots=True, eq=False)
class Columns:
    """Number columns side by side: names, values (n, k) and half the last decimal of each, shape (k,)."""

    names: tuple[str, ...]
    values: NDArray[np.float64]
    halves: NDArray[np.float64]


def find_identities(evidence: Evidence) -> list[Claim]:
    """Search copies, then sums and products among what is no copy, then what is nearly one."""
    columns = take_columns(evidence)
    copies = find_copies(columns)
    found = [_write_copy(evidence, columns, pair, n) for pair, n in copies.items()]
    target = evidence.table.target
    gone = {pair[0] for pair in copies}
    kept = [place for place in range(len(columns.names)) if place not in gone]
    rest = Columns(tuple(columns.names[place] for place in kept), columns.values[:, kept], columns.halves[kept])
    sums = {**find_triples(rest, "sum"), **find_long_sums(rest)}
    products = find_triples(rest, "product")
    found += [_write(evidence, rest, names, "derived_sum", n) for names, n in _drop_wider(sums).items()]
    found += [_write(evidence, rest, names, "derived_product", n) for names, n in products.items()]
    said = {frozenset(each.columns) for each in found}
    found += [each for each in find_nearly(evidence, rest.names, rest.values) if frozenset(each.columns) not in said]
    return [each for each in found if not (each.kind == "scaled_copy" and target in each.columns)]


def take_columns(evidence: Evidence) -> Columns:
    """Put the numbers with more than a few values side by side."""
    names = [name for name, values in evidence.numbers.items() if len(np.unique(values[:2000])) > 5][:MAX_NUMBERS]  # noqa: PLR2004  # a code of five values sums to anything
    if not names:
        return Columns((), np.empty((len(evidence.rows), 0)), np.empty(0))
    values = np.column_stack([evidence.numbers[name] for name in names])
    return Columns(tuple(names), values, np.array([find_half(values[:, place]) for place in range(len(names))]))


def find_half(values: NDArray[np.float64]) -> float:
    """Return half of the last decimal place that a column is written with.

    Examples
    --------
    >>> find_half(np.array([1.25, 3.5])), find_half(np.array([1.0, 20.0]))
    (0.005, 0.5)
    """
    known = values[~np.isnan(values)][:2000]
    for decimals in range(9):
        scaled = known * 10.0**decimals
        if (np.abs(scaled - np.round(scaled)) < 1e-6 * np.maximum(1, np.abs(scaled) * 1e-3)).all():
            return float(0.5 * 10.0**-decimals)
    return 0.5e-9


def find_copies(columns: Columns) -> dict[tuple[int, int], int]:
    """Pair each column with an earlier one of which it is a straight line: (later, earlier) and the rows compared."""
    found: dict[tuple[int, int], int] = {}
    known = ~np.isnan(columns.values)
    ruled_out = _rule_out_copies(columns.values, np.all(known, axis=0, keepdims=True)[0])
    for first, second in combinations(range(len(columns.names)), 2):
        if ruled_out[first, second] or any(pair[0] in {first, second} for pair in found):
            continue
        both = known[:, first] & known[:, second]
        x, y = columns.values[both, first], columns.values[both, second]
        if both.sum() < MIN_ROWS or both.sum() < HOLDS * min(known[:, first].sum(), known[:, second].sum()):
            continue
        if np.ptp(x) and np.ptp(y) and abs(float(np.corrcoef(x, y)[0, 1])) >= LINE_R:
            found[second, first] = int(both.sum())
    return found


def _rule_out_copies(values: NDArray[np.float64], whole: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Mark the pairs of columns without gaps that are clearly no straight line of each other, all at once."""
    ruled_out = np.zeros((len(whole), len(whole)), dtype=bool)
    if whole.sum() > 1 and len(values) > 1:
        centred = values[:, whole] - values[:, whole].mean(axis=0)
        largest = np.abs(centred).max(axis=0)
        scaled = centred / np.where(largest > 0, largest, 1.0)
        sizes = np.sqrt((scaled * scaled).sum(axis=0))
        likeness = np.abs(scaled.T @ scaled) / np.maximum(np.outer(sizes, sizes), 1e-300)
        ruled_out[np.ix_(whole, whole)] = likeness < NEAR_LINE_R
    return ruled_out


def find_triples(columns: Columns, how: str) -> dict[tuple[int, ...], int]:
    """Find c = a + b or c = a × b: (c, a, b) and the rows it holds in; candidates on a few rows, then every row."""
    values, k = columns.values, len(columns.names)
    if k < 3 or len(values) < MIN_ROWS:  # noqa: PLR2004  # three columns
        return {}
    rows = np.random.default_rng(0).choice(len(values), min(TRIAL_ROWS, len(values)), replace=False)
    trial = Columns(columns.names, values[rows], columns.halves)
    found: dict[tuple[int, ...], int] = {}
    for a, b in combinations(range(k), 2):
        gaps, allowed, _ = _compare(trial, a, b, how)
        held = (gaps <= allowed).sum(axis=0)
        known = (~np.isnan(gaps)).sum(axis=0)
        hits = np.flatnonzero((held >= HOLDS * known) & (known >= 10))  # noqa: PLR2004  # rows of a trial
        for c in hits:
            n = _confirm(columns, (int(c), a, b), how) if c not in {a, b} else 0
            if n and frozenset((int(c), a, b)) not in {frozenset(each) for each in found}:
                found[int(c), a, b] = n
    return found


def _compare(columns: Columns, a: int, b: int, how: str) -> tuple[NDArray[np.float64], ...]:
    """Return how far each column is from the sum or product of two, and how far rounding allows, all (n, k).

    The wider allowance is for parts that were rounded after the sum was taken, the narrower one for the sum alone.
    """
    x, y, halves = columns.values[:, a], columns.values[:, b], columns.halves
    made = x + y if how == "sum" else x * y
    own = halves[a] + halves[b] if how == "sum" else np.abs(y) * halves[a] + np.abs(x) * halves[b]
    gaps = np.abs(columns.values - made[:, None])
    slack = 1e-9 * np.abs(made)[:, None]
    wide = 1.02 * (halves[None, :] + np.broadcast_to(own, made.shape)[:, None]) + slack
    return gaps, wide, np.broadcast_to(1.02 * halves[None, :], wide.shape) + slack


def _confirm(columns: Columns, places: tuple[int, int, int], how: str) -> int:
    """Return the rows in which an identity holds, 0 if they are too few or rounding alone could explain it."""
    c, a, b = places
    three = Columns(
        tuple(columns.names[each] for each in (a, b, c)), columns.values[:, [a, b, c]], columns.halves[[a, b, c]]
    )
    gaps, *allowances = (each[:, 2] for each in _compare(three, 0, 1, how))
    known = ~np.isnan(gaps)
    x, y = three.values[known, 0], three.values[known, 1]
    if len(x) < MIN_ROWS:
        return 0
    parts = (x, y) if how == "sum" else (x * np.median(y), y * np.median(x))
    spread = min(float(part.std()) for part in parts)
    for allowed in allowances:
        held = int((gaps[known] <= allowed[known]).sum())
        if held >= HOLDS * known.sum() and spread >= SPREAD_TIMES * float(np.median(allowed[known])):
            return held
    return 0


def find_long_sums(columns: Columns) -> dict[tuple[int, ...], int]:
    """Find columns that are the sum of three or more others, by least squares on the complete rows."""
    complete = columns.values[~np.isnan(columns.values).any(axis=1)]
    k = len(columns.names)
    if k < 4 or len(complete) < max(MIN_ROWS, 3 * k):  # noqa: PLR2004  # a sum and three parts
        return {}
    x = complete[:5_000]
    scales = x.std(axis=0)
    if (scales == 0).any():
        return {}
    # The slopes of every column on all others, from one inverse: −P[c, o] / P[c, c] of the precision matrix P.
    precision = np.linalg.inv(np.corrcoef(x.T) + 1e-9 * np.eye(k))
    found: dict[tuple[int, ...], int] = {}
    for c in range(k):
        others = [place for place in range(k) if place != c]
        fitted = -precision[c, others] / precision[c, c] * scales[c] / scales[others]
        used = [place for place, slope in zip(others, fitted, strict=True) if round(float(slope)) == 1]
        if len(used) < 3 or frozenset((c, *used)) in {frozenset(each) for each in found}:  # noqa: PLR2004  # two are found among the triples
            continue
        gaps = np.abs(complete[:, c] - complete[:, used].sum(axis=1))
        spread = float(x[:, used].std(axis=0).min())
        for allowed in (1.02 * (columns.halves[c] + columns.halves[used].sum()), 1.02 * columns.halves[c]):
            if (gaps <= allowed).mean() >= HOLDS and spread >= SPREAD_TIMES * allowed:
                found.setdefault((c, *used), int((gaps <= allowed).sum()))
    return found


def _drop_wider(found: dict[tuple[int, ...], int]) -> dict[tuple[int, ...], int]:
    """Drop identities that contain a smaller one."""
    return {each: n for each, n in found.items() if not any(set(other) < set(each) for other in found)}


def _write_copy(evidence: Evidence, columns: Columns, pair: tuple[int, int], n: int) -> Claim:
    """Say that a column is another on another scale."""
    later, first = pair
    both = ~np.isnan(columns.values[:, [later, first]]).any(axis=1)
    slope, shift = np.polyfit(columns.values[both, first], columns.values[both, later], 1)
    spread = float(np.std(columns.values[both, later]))
    if abs(shift) <= max(columns.halves[later], SHIFT_ROUNDING * spread):
        shift = 0.0
    equal = np.isclose(slope, 1, rtol=1e-6) and shift == 0
    names = (columns.names[later], columns.names[first])
    plus = f" plus {shift:.4g}" if shift else ""
    how = "in every row" if equal else f"on another scale ({slope:.4g} times it{plus})"
    sentence = f"{cut(names[0])} is {cut(names[1])} {how}, in all {n:,} rows compared: one of them is enough."
    figures = {"slope": float(slope), "shift": float(shift), "n_rows": float(n)}
    method = f"correlation of at least {LINE_R}{evidence.on_sample}"
    return Claim("scaled_copy", "quality", "warning", names, sentence, "R squared", 1, 1, 1, n, method, figures=figures)


def _write(evidence: Evidence, columns: Columns, places: tuple[int, ...], kind: str, n: int) -> Claim:
    """Say that a column is the sum or product of others."""
    names = tuple(columns.names[place] for place in places)
    known = int((~np.isnan(columns.values[:, list(places)]).any(axis=1)).sum())
    parts = list_names(names[1:]) if kind == "derived_sum" else f"{cut(names[1])} × {cut(names[2])}"
    what = f"the sum of {parts}" if kind == "derived_sum" else parts
    where = f"in all {n:,} rows" if n == known else f"in all but {known - n:,} of {known:,} rows"
    so = "it adds nothing new" if n == known else "look at the rows that differ"
    finding = Finding(
        kind,
        "warning",
        names,
        f"{cut(names[0])} is {what} {where}, within their rounding: {so}.",
        n,
        known,
        "exact within the last decimal",
        figures=(("n_held", float(n)), ("n_off", float(known - n))),
    )
    return claim_share(evidence, finding)
