"""The table of models: cross-validated and test scores with intervals, and which are really worse than the best.

Method: models are sorted by their mean over the folds; each is compared with the best by the corrected resampled
t-test, adjusted by Holm (``core.evaluation.comparison``). The interval of a mean over folds is of the same test. The
baseline is always in the table, and a model that does not beat it says so.

Left out: a single figure that weighs several metrics.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import pandas as pd

from core.evaluation.comparison import Comparison, compare_all, corrected_t_test
from core.evaluation.metrics import find_metric, show_metric
from core.hub.contract import Scores

Verdict = Literal["best", "not distinguishable from best", "worse"]
POINTS_UP_TO = 1.0  # scores that cannot pass 1 are shares, told in percentage points


@dataclass(frozen=True, slots=True)
class Measure:
    """A figure with the two ends of its 95% interval."""

    value: float
    low: float
    high: float


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
    """Take the figures out of one model's score rows, by metric.

    Examples
    --------
    >>> from core.hub.contract import ScoreRow
    >>> measure_scores((ScoreRow("accuracy", "test", 0.9, 0.8, 0.95, 50, "majority class", 0.4),))
    {'accuracy': Measure(value=0.9, low=0.8, high=0.95)}
    """
    return {row.metric: Measure(row.value, row.low, row.high) for row in scores}


def make_leaderboard(
    candidates: Sequence[Candidate], n_train: float, n_test: float, metric: str = "accuracy"
) -> tuple[LeaderboardRow, ...]:
    """Sort models by a metric's mean over the folds and say of each whether it can be told from the best.

    Parameters
    ----------
    candidates : sequence of Candidate
        At least one of them the baseline.
    n_train, n_test : float
        Mean rows that a fold trains on and tests on.
    metric : str
        The one that decides; each candidate has it in its ``fold_scores``.

    Returns
    -------
    tuple of LeaderboardRow
        Best first.

    Raises
    ------
    ValueError
        If no candidate is the baseline, two have one name, or one lacks the metric.

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
    ordered = sorted(candidates, key=lambda one: (-sign * float(np.mean(one.fold_scores[metric])), one.is_baseline))
    baseline = next(one.model for one in ordered if one.is_baseline)
    unit: Literal["points", "share"] = "points" if known.high <= POINTS_UP_TO else "share"
    folds = {one.model: np.asarray(one.fold_scores[metric]) for one in ordered}

    def compare(best: str) -> dict[str, Comparison]:
        lower = not known.higher_is_better
        found = compare_all(folds, n_train, n_test, best, lower_is_better=lower, unit=unit)
        return {one.model: one for one in found}

    against_best, against_baseline = compare(ordered[0].model), compare(baseline)
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
    test, known = corrected_t_test(numbers, n_train, n_test), find_metric(name)
    return Measure(test.difference, max(known.low, test.low), min(known.high, test.high))


def leaderboard_frame(rows: Sequence[LeaderboardRow], *, as_text: bool = False) -> pd.DataFrame:
    """Lay the table out for a screen, a file (numbers) or a page of paper (text).

    Parameters
    ----------
    as_text : bool
        One column per metric, as ``0.980 (0.951 to 1.000)``, instead of three of numbers.

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
        return {title: f"{measure.value:.3f} ({measure.low:.3f} to {measure.high:.3f})"}
    return {title: measure.value, f"{title}, low": measure.low, f"{title}, high": measure.high}


def leaderboard_to_json(rows: Sequence[LeaderboardRow]) -> str:
    """Write the table as JSON, with sorted keys."""
    return json.dumps([dataclasses.asdict(row) for row in rows], sort_keys=True, ensure_ascii=False, allow_nan=False)


def leaderboard_from_json(text: str) -> tuple[LeaderboardRow, ...]:
    """Read back what :func:`leaderboard_to_json` wrote."""
    return tuple(
        LeaderboardRow(**(row | {"metrics": {name: Measure(**one) for name, one in row["metrics"].items()}}))
        for row in json.loads(text)
    )
