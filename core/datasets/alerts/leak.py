"""Alerts about features that give the answer away: the target under another name, or something written down after it.

Each feature alone predicts the target: a number is cut at quantiles (at most 256 bins), a category taken as it is, a
missing value is a value of its own, and the commonest class of a bin in four folds answers for the fifth. A bin that
straddles a step of the classes errs, which hides a perfect leak in a small table; so a number is also cut midway
between neighbouring values of different classes in the four folds, and the better of the two counts. *Skill* is
the share of the errors of "always the commonest class" that it avoids, 0 to 1. Iris shows why skill alone is no sign:
petal length reaches 0.92 honestly. So a feature is named only when it stands out:

* it has hardly more values than there are classes and skill of at least 0.98 (the target recoded), or
* skill of at least 0.9 (a category, or a number with gaps) or 0.98 (a complete number), and at least 0.25 more than the
  best feature that is not suspected.

Kaufman et al. (2012), Leakage in data mining, https://doi.org/10.1145/2382577.2382579.

Left out: leaks shared by several columns, and leaks through time or groups, which need to know how rows came about.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd

from core.datasets.alerts.profile import Alert, Profile
from core.datasets.fixes import Fix
from core.datasets.fixes.wording import cut, share_of
from core.datasets.table import Table
from core.datasets.tally import tally_column
from core.datasets.threads import run_side_by_side

MIN_ROWS = 30
SAMPLE_ROWS = 20_000
N_FOLDS = 5
MAX_BINS = 256
ROWS_PER_BIN = 10
FEW_VALUES = 32  # a number with no more distinct values is taken as it is
RECODED_SKILL = 0.98
SUSPECT_SKILL = {"number": 0.98, "other": 0.9}
STAND_OUT = 0.25
LINE_R = 0.9999  # correlation, of values or of ranks, from which a number is the target on another scale


@dataclass(frozen=True, slots=True)
class Skill:
    """How far one feature alone predicts the target: ``accuracy`` and ``skill`` are shares 0–1."""

    name: str
    accuracy: float
    skill: float
    n_values: int
    is_complete_number: bool


def find_leaks(profile: Profile) -> list[Alert]:
    """Report features that give the answer away."""
    if len(profile.classes) > 1:
        return _find_class_leaks(profile)
    target = profile.table.target
    if target is not None and profile.table.kinds[target] == "number":
        return _find_line_leaks(profile, target)
    return []


def _find_class_leaks(profile: Profile) -> list[Alert]:
    """Report features that predict a class almost alone."""
    skills = measure_skills(profile)
    recoded = [one for one in skills if one.skill >= RECODED_SKILL and one.n_values <= 2 * len(profile.classes)]
    others = [one for one in skills if one not in recoded]
    suspects = [one for one in others if one.skill >= SUSPECT_SKILL["number" if one.is_complete_number else "other"]]
    rest = [one for one in others if one not in suspects]
    best = max(rest, key=lambda one: one.skill, default=None)
    leaks = [one for one in suspects if best is not None and one.skill >= best.skill + STAND_OUT]
    return [_write_recoded(profile, one) for one in recoded] + [_write_leak(profile, one, best) for one in leaks]


def measure_skills(profile: Profile) -> list[Skill]:
    """Measure what each feature says of the target alone, on at most 20,000 seeded rows.

    Identifiers and texts with hardly a repeated value are passed over: they say nothing of an unseen row.

    Examples
    --------
    >>> from core.datasets.alerts.profile import make_profile
    >>> from core.datasets.catalogue import load_table
    >>> skills = measure_skills(make_profile(load_table("iris")))
    >>> [(one.name, round(one.skill, 2)) for one in skills]
    [('sepal_length', 0.56), ('sepal_width', 0.24), ('petal_length', 0.92), ('petal_width', 0.93)]
    """
    rows, target = _sample_rows(profile)
    if len(rows) < MIN_ROWS:
        return []
    codes = tally_column(profile.table, target).codes
    y = pd.factorize(codes[rows] if len(codes) else profile.table.frame[target].iloc[rows])[0]
    folds = np.random.default_rng(0).permutation(len(y)) % N_FOLDS
    names = [name for name in profile.of_kind("number", "category", "text", "date") if name not in profile.ids]
    calls = [partial(_measure, profile, name, rows, y, folds) for name in names]
    return [one for one in run_side_by_side(calls, profile.n_rows) if one is not None]


def _sample_rows(profile: Profile) -> tuple[np.ndarray, str]:
    """Return a seeded sample of the rows whose answer is known, and the target's name."""
    target = str(profile.table.target)
    codes = tally_column(profile.table, target).codes
    known = np.flatnonzero(codes >= 0 if len(codes) else profile.table.frame[target].notna().to_numpy())
    if len(known) > SAMPLE_ROWS:
        known = np.sort(np.random.default_rng(0).choice(known, SAMPLE_ROWS, replace=False))
    return known, target


def _measure(profile: Profile, name: str, rows: np.ndarray, y: np.ndarray, folds: np.ndarray) -> Skill | None:
    """Measure one feature; None when it has too many values to be learned from."""
    is_number = profile.table.kinds[name] == "number"
    values = profile.table.numbers(name)[rows] if is_number else np.empty(0)
    levels, places = np.unique(values, return_inverse=True)  # NaN comes last, once
    codes, n_values = _bin_numbers(levels, places) if is_number else _code_values(profile.table, name, rows)
    if not is_number and n_values > len(y) / 2:
        return None
    accuracy = cross_validate(codes, y, folds)
    if is_number:
        accuracy = max(accuracy, _step_levels(levels, places, y, folds))
    base = float(np.bincount(y).max()) / len(y)
    skill = max(0.0, (accuracy - base) / (1 - base)) if base < 1 else 0.0
    return Skill(name, accuracy, skill, n_values, is_number and not np.isnan(values).any())


def _code_values(table: Table, name: str, rows: np.ndarray) -> tuple[np.ndarray, int]:
    """Return each row's value as a code, missing as one of its own, and how many values there are."""
    told = tally_column(table, name).codes
    if len(told):
        codes, values = pd.factorize(told[rows])
        return codes, int((values >= 0).sum())
    codes, values = pd.factorize(table.frame[name].iloc[rows])
    return np.where(codes < 0, len(values), codes), len(values)


def _bin_numbers(levels: np.ndarray, places: np.ndarray) -> tuple[np.ndarray, int]:
    """Cut a number at its quantiles, missing as a bin of its own; the bins never look at the target."""
    n_values = int((~np.isnan(levels)).sum())
    if n_values <= FEW_VALUES:
        return places, n_values
    n_bins = int(np.clip(len(places) // ROWS_PER_BIN, 2, MAX_BINS))
    values = np.repeat(levels, np.bincount(places, minlength=len(levels)))
    edges = np.quantile(values[np.isfinite(values)], np.linspace(0, 1, n_bins + 1)[1:-1])
    return np.where(np.isnan(levels), n_bins, np.searchsorted(edges, levels))[places], n_values


def cross_validate(codes: np.ndarray, y: np.ndarray, folds: np.ndarray) -> float:
    """Return the accuracy of "the commonest class of this code in the other folds".

    Parameters
    ----------
    codes, y, folds : arrays of int, shape (n,)
        The feature's values, the classes and the fold of each row, each counted from 0.

    Examples
    --------
    >>> codes = np.tile([0, 1], 50)
    >>> cross_validate(codes, 1 - codes, np.arange(100) // 20)
    1.0
    """
    shape = (int(folds.max()) + 1, int(codes.max()) + 1, int(y.max()) + 1)
    counts = np.bincount(np.ravel_multi_index((folds, codes, y), shape), minlength=int(np.prod(shape))).reshape(shape)
    others = counts.sum(axis=0) - counts  # (folds, codes, classes): what the other folds have seen
    prior = others.sum(axis=1, keepdims=True) / max(1, len(y))  # below 1: decides only where a code was never seen
    answers = (others + prior).argmax(axis=2)
    return float(np.take_along_axis(counts, answers[:, :, None], axis=2).sum() / len(y))


def cross_validate_steps(values: np.ndarray, y: np.ndarray, folds: np.ndarray) -> float:
    """Return the accuracy of cuts midway between neighbouring values whose commonest classes in the other folds differ.

    That is the answer of the nearest value in the other folds, which is how it is worked out.

    Parameters
    ----------
    values : array of float, shape (n,)
        The feature; a missing value (NaN) is a value of its own.
    y, folds : arrays of int, shape (n,)
        The classes and the fold of each row, each counted from 0.

    Examples
    --------
    >>> y = np.repeat([0, 1, 2], 20)
    >>> cross_validate_steps(10 * y + np.linspace(0, 1, 60), y, np.arange(60) % 5)
    1.0
    """
    levels, codes = np.unique(values, return_inverse=True)  # NaN comes last, once
    return _step_levels(levels, codes, y, folds)


def _step_levels(levels: np.ndarray, codes: np.ndarray, y: np.ndarray, folds: np.ndarray) -> float:
    """Do the same with the different values in order, NaN last, and each row's place among them."""
    largest = np.finfo(np.float64).max
    levels, is_gap = np.clip(levels, -largest, largest), np.isnan(levels)
    shape, n_right = (int(y.max()) + 1, len(levels)), 0
    cells = y * shape[1] + codes
    every = np.bincount(cells, minlength=shape[0] * shape[1])
    for fold in range(int(folds.max()) + 1):
        inside = np.flatnonzero(folds == fold)
        others = (every - np.bincount(cells[inside], minlength=len(every))).reshape(shape)
        nearest = _find_nearest(levels, others.any(axis=0) & ~is_gap)
        nearest[is_gap] = np.flatnonzero(is_gap)
        n_right += int((others.argmax(axis=0)[nearest[codes[inside]]] == y[inside]).sum())
    return n_right / len(y)


def _find_nearest(levels: np.ndarray, is_seen: np.ndarray) -> np.ndarray:
    """Return for each of the sorted values the place of the nearest one that was seen, the lower one of two."""
    places = np.arange(len(levels))
    if not is_seen.any():
        return places
    below = np.maximum.accumulate(np.where(is_seen, places, -1))
    above = np.minimum.accumulate(np.where(is_seen, places, len(levels))[::-1])[::-1]
    low, high = np.where(below < 0, above, below), np.where(above == len(levels), below, above)
    return np.where(levels <= levels[low] / 2 + levels[high] / 2, low, high)


def _write_recoded(profile: Profile, one: Skill) -> Alert:
    """Say that a feature is the target under another name."""
    target = cut(str(profile.table.target))
    sentence = (
        f"{cut(one.name)} seems to be {target} under another name: its {one.n_values} values alone give the right "
        f"answer in {_percent(one.accuracy)}{_on_sample(profile)}."
    )
    return Alert("leak_like", "problem", (one.name,), sentence, _set_aside(one.name))


def _write_leak(profile: Profile, one: Skill, best: Skill | None) -> Alert:
    """Say that a feature knows the answer far better than the next best."""
    target = cut(str(profile.table.target))
    beside = f", the next best ({cut(best.name)}) in {_percent(best.accuracy)}" if best else ""
    sentence = (
        f"{cut(one.name)} alone gives {target} right in {_percent(one.accuracy)}{_on_sample(profile)}{beside}: if it "
        f"is written down after {target} is known, a model that uses it will fail on new rows."
    )
    return Alert("leak_like", "warning", (one.name,), sentence, _set_aside(one.name))


def _find_line_leaks(profile: Profile, target: str) -> list[Alert]:
    """Report numbers that are the number to predict on another scale, straight or bent, such as its log."""
    rows, _ = _sample_rows(profile)
    answers = profile.table.numbers(target)[rows]
    found = []
    for name in profile.of_kind("number"):
        values = profile.table.numbers(name)[rows]
        both = np.isfinite(values) & np.isfinite(answers)
        if both.sum() < MIN_ROWS:
            continue
        alike = _find_likeness(values[both], answers[both])
        if alike:
            sentence = f"{cut(name)} is {cut(target)} on another scale ({alike} over {LINE_R}{_on_sample(profile)})."
            found.append(Alert("leak_like", "problem", (name,), sentence, _set_aside(name)))
    return found


def _find_likeness(first: np.ndarray, second: np.ndarray) -> str:
    """Name the correlation that gives one column away as the other; empty where neither does."""
    if _correlate(first, second) >= LINE_R:
        return "correlation"
    ranks = (pd.Series(each).rank().to_numpy() for each in (first, second))
    return "rank correlation" if _correlate(*ranks) >= LINE_R else ""


def _correlate(first: np.ndarray, second: np.ndarray) -> float:
    """Return the absolute correlation of two columns, 0 where one is constant."""
    if np.ptp(first) == 0 or np.ptp(second) == 0:
        return 0.0
    return float(abs(np.corrcoef(first, second)[0, 1]))


def _set_aside(name: str) -> Fix:
    """Return the fix for a column that gives the answer away."""
    return Fix("ignore_column", (name,), (), f"Set aside {cut(name)}")


def _percent(share: float) -> str:
    """Write a share of the rows."""
    return f"{share_of(round(share * 10_000), 10_000)} of rows"


def _on_sample(profile: Profile) -> str:
    """Say that a figure was measured on a sample, where it was."""
    return f" (measured on {SAMPLE_ROWS:,} rows)" if profile.n_rows > SAMPLE_ROWS else ""
