"""The table of models: cross-validated and test scores with intervals, and which are really worse than the best.

Method: models are sorted by their mean over the folds, and the first is the best unless another was chosen among those
that cannot be told from it (``core.evaluation.choosing``); each is compared with the best by the corrected resampled
t-test, adjusted by Holm (``core.evaluation.comparison``). The interval of a mean over folds is of the same test, and
Wilson's where all folds have one value. A test score whose bootstrap interval is known not to hold says *spread*
(``core.evaluation.scoring``). The baseline is always in the table, and a model that does not beat it says so.

Left out: a single figure that weighs several metrics.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import pandas as pd

from core.evaluation.comparison import Comparison, compare_all, corrected_t_test, is_constant
from core.evaluation.intervals import wilson_interval
from core.evaluation.metrics import SPREAD_NOTE, find_metric, is_spread, show_metric
from core.hub.contract import Scores

Verdict = Literal["best", "not distinguishable from best", "worse"]
POINTS_UP_TO = 1.0  # scores that cannot pass 1 are shares, told in percentage points
LONG = 1_000  # figures from here on are written without decimals


@dataclass(frozen=True, slots=True)
class Measure:
    """A figure with the two ends of its 95% interval, or of a resampling spread that is no bound on new rows."""

    value: float
    low: float
    high: float
    is_spread: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Candidate:
    """A model as it enters the table.

    Parameters
    ----------
    model : str
        Its name on screen.
    fold_scores : mapping of metric to array of shape (n_folds,)
        The same folds in the same order for every candidate.
    test : mapping of metric to Measure
        Scores of the held-out rows; see :func:`measure_scores`.
    fit_s : float
        Seconds that one fit took.
    """

    model: str
    fold_scores: Mapping[str, np.ndarray]
    test: Mapping[str, Measure] = field(default_factory=dict)
    fit_s: float = 0.0
    is_baseline: bool = False


@dataclass(frozen=True, slots=True)
class LeaderboardRow:
    """A model in the table.

    Parameters
    ----------
    metrics : mapping of str to Measure
        ``accuracy`` is the mean over the folds, ``test_accuracy`` of the held-out rows; every row has the same ones.
    verdict : str
        ``best``, ``not distinguishable from best`` or ``worse``.
    beats_baseline : bool
        Whether it is measurably better than the baseline; False for the baseline itself.
    sentence : str
        The comparison with the best in words; empty for the best.
    """

    model: str
    metrics: Mapping[str, Measure]
    fit_s: float
    verdict: Verdict
    is_baseline: bool
    is_best: bool
    beats_baseline: bool = False
    sentence: str = ""


def measure_scores(scores: Scores) -> dict[str, Measure]:
    """Take the figures out of one model's score rows of one split, by metric; its accuracy tells how many are wrong.

    Examples
    --------
    >>> from core.hub.contract import ScoreRow
    >>> measure_scores((ScoreRow("accuracy", "test", 0.9, 0.8, 0.95, 50, "majority class", 0.4),))
    {'accuracy': Measure(value=0.9, low=0.8, high=0.95, is_spread=False)}
    """
    n_wrong = next((round((1 - row.value) * row.n) for row in scores if row.metric == "accuracy"), None)
    return {row.metric: Measure(row.value, row.low, row.high, is_spread(row.metric, n_wrong)) for row in scores}


def make_leaderboard(
    candidates: Sequence[Candidate],
    n_train: float,
    n_test: float,
    metric: str = "accuracy",
    best: str | None = None,
) -> tuple[LeaderboardRow, ...]:
    """Sort models by a metric's mean over the folds, best first, and say of each whether it can be told from the best.

    Parameters
    ----------
    candidates : sequence of Candidate
        At least one of them the baseline.
    n_train, n_test : float
        Mean rows that a fold trains on and tests on.
    metric : str
        The one that decides; each candidate has it in its ``fold_scores``.
    best : str, optional
        The one that was chosen and comes first; by default the one with the best mean.

    Raises
    ------
    ValueError
        If no candidate is the baseline, two have one name, one lacks the metric, or ``best`` is none of them.

    Examples
    --------
    >>> lda = Candidate("LDA", {"accuracy": np.array([0.98, 0.96, 1.0, 0.97])})
    >>> majority = Candidate("majority class", {"accuracy": np.array([0.3, 0.34, 0.33, 0.36])}, is_baseline=True)
    >>> [(row.model, row.verdict, row.beats_baseline) for row in make_leaderboard([majority, lda], 120, 40)]
    [('LDA', 'best', True), ('majority class', 'worse', False)]
    """
    _check_candidates(candidates, metric)
    known = find_metric(metric)
    sign = 1.0 if known.higher_is_better else -1.0
    means = {one.model: sign * float(np.mean(one.fold_scores[metric])) for one in candidates}
    ordered = sorted(candidates, key=lambda one: (one.model != best, -means[one.model], one.is_baseline))
    baseline = next(one.model for one in ordered if one.is_baseline)
    unit: Literal["points", "share"] = "points" if known.high <= POINTS_UP_TO else "share"
    folds = {one.model: np.asarray(one.fold_scores[metric]) for one in ordered}

    def compare(other: str) -> dict[str, Comparison]:
        lower = not known.higher_is_better
        found = compare_all(folds, n_train, n_test, other, lower_is_better=lower, unit=unit)
        return {one.model: one for one in found}

    against_best, against_baseline = compare(best or ordered[0].model), compare(baseline)
    ahead = {name for name, one in against_baseline.items() if one.differs and one.difference < 0}
    measures = _gather_measures(ordered, n_train, n_test)
    return tuple(
        _make_row(one, measures[one.model], against_best.get(one.model), one.model in ahead) for one in ordered
    )


def _check_candidates(candidates: Sequence[Candidate], metric: str) -> None:
    """Refuse a table without a baseline, with one name twice, or with a gap where the deciding metric should be."""
    names = [one.model for one in candidates]
    if not any(one.is_baseline for one in candidates) or len(set(names)) != len(names):
        message = f"the models are {', '.join(names)}; each needs its own name, and one must be the baseline"
        raise ValueError(message)
    lacking = [one.model for one in candidates if metric not in one.fold_scores]
    if lacking:
        message = f"{', '.join(lacking)} has no fold scores of {metric}; every model must have them"
        raise ValueError(message)


def _gather_measures(candidates: Sequence[Candidate], n_train: float, n_test: float) -> dict[str, dict[str, Measure]]:
    """Gather each model's figures; a metric that is not defined for every model is left out of the table."""
    found = {
        one.model: {name: _measure_folds(name, values, n_train, n_test) for name, values in one.fold_scores.items()}
        | {f"test_{name}": measure for name, measure in one.test.items()}
        for one in candidates
    }
    shared = [
        name
        for name in next(iter(found.values()))
        if all(name in row and np.isfinite(row[name].value) for row in found.values())
    ]
    return {model: {name: row[name] for name in shared} for model, row in found.items()}


def _make_row(
    one: Candidate, measures: Mapping[str, Measure], against_best: Comparison | None, beats_baseline: bool
) -> LeaderboardRow:
    """Put one model's figures and verdict together."""
    verdict: Verdict = "best"
    if against_best is not None:
        verdict = "worse" if against_best.differs else "not distinguishable from best"
    return LeaderboardRow(
        model=one.model,
        metrics=measures,
        fit_s=one.fit_s,
        verdict=verdict,
        is_baseline=one.is_baseline,
        is_best=against_best is None,
        beats_baseline=beats_baseline,
        sentence="" if against_best is None else against_best.sentence,
    )


def _measure_folds(name: str, values: np.ndarray, n_train: float, n_test: float) -> Measure:
    """Average over the folds, with the corrected interval cut to the metric's range."""
    numbers = np.asarray(values, dtype=np.float64)
    if not np.isfinite(numbers).all():
        return Measure(float("nan"), float("nan"), float("nan"))
    return Measure(*fold_interval(numbers, n_train, n_test, name))


def fold_interval(
    values: Sequence[float] | np.ndarray, n_train: float, n_test: float, metric: str = "accuracy"
) -> tuple[float, float, float]:
    """Average a score over the folds and bound it, cut to the metric's range.

    Folds that all have one value show no spread, yet other rows would. A share (accuracy, recall, an area) is then
    bounded as Wilson bounds that share of the ``n_train + n_test`` distinct rows; an error by one row in one fold.

    Parameters
    ----------
    values : array of shape (n_folds,)
        At least two, finite.
    n_train, n_test : float
        Mean rows that a fold trains on and tests on.

    Returns
    -------
    (value, low, high)

    Examples
    --------
    >>> [round(end, 3) for end in fold_interval([0.98, 0.96, 1.0, 0.97], 120, 40)]
    [0.978, 0.936, 1.0]
    >>> [round(end, 3) for end in fold_interval([1.0] * 5, 96, 24)]
    [1.0, 0.969, 1.0]
    """
    test, known = corrected_t_test(values, n_train, n_test), find_metric(metric)
    low, high = test.low, test.high
    value = min(max(test.difference, known.low), known.high)  # a mean of ones may round to just above 1
    if known.higher_is_better and is_constant(np.asarray(values)):
        n_rows = round(n_train + n_test)
        low, high = wilson_interval(round(value * n_rows), n_rows)
    return float(value), float(min(max(low, known.low), value)), float(max(min(high, known.high), value))


def leaderboard_frame(rows: Sequence[LeaderboardRow], *, as_text: bool = False) -> pd.DataFrame:
    """Lay the table out for a screen, a file (numbers) or a page of paper (text).

    Parameters
    ----------
    as_text : bool
        One column per metric, as ``0.980 (0.951 to 1.000)``, instead of three of numbers; a resampling spread says
        so, as ``0.061 (spread 0.030 to 0.085)``, and :func:`note_spreads` says what that is.

    Returns
    -------
    DataFrame of shape (n_models, n_columns)
        Model, Verdict, the metrics, Fit time (s).

    Examples
    --------
    >>> row = LeaderboardRow("LDA", {"accuracy": Measure(0.98, 0.951, 1)}, 0.01, "best", False, True)
    >>> leaderboard_frame([row], as_text=True).columns.tolist()
    ['Model', 'Verdict', 'Accuracy', 'Fit time (s)']
    >>> leaderboard_frame([row], as_text=True)["Accuracy"][0]
    '0.980 (0.951 to 1.000)'
    """
    lines = []
    for row in rows:
        line: dict[str, object] = {"Model": f"{row.model} (baseline)" if row.is_baseline else row.model}
        line["Verdict"] = row.verdict
        for name, measure in row.metrics.items():
            line |= _lay_measure(show_metric(name), measure, as_text)
        lines.append(line | {"Fit time (s)": row.fit_s})
    return pd.DataFrame(lines)


def _lay_measure(title: str, measure: Measure, as_text: bool) -> dict[str, object]:
    """Give a measure as one text cell or three numbers."""
    if as_text:
        mark = "spread " if measure.is_spread else ""
        digits = ",.0f" if abs(measure.value) >= LONG else ".3f"
        value, low, high = (format(each, digits) for each in (measure.value, measure.low, measure.high))
        return {title: f"{value} ({mark}{low} to {high})"}
    return {title: measure.value, f"{title}, low": measure.low, f"{title}, high": measure.high}


def note_spreads(rows: Sequence[LeaderboardRow]) -> str:
    """Say what *spread* means in the table's text; empty where no figure is marked so.

    Examples
    --------
    >>> row = LeaderboardRow("LDA", {"test_ece": Measure(0.06, 0.03, 0.08, is_spread=True)}, 0.01, "best", False, True)
    >>> note_spreads([row])[:73]
    'A range marked spread is how far the score of resampled test rows spreads'
    """
    return SPREAD_NOTE if any(measure.is_spread for row in rows for measure in row.metrics.values()) else ""
