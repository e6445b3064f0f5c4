"""Figures of every family on the test films and on the other domains, each with its interval and its baseline.

Texts about one film are not independent, so films are drawn, not texts: intervals are a bootstrap of films (of items,
elsewhere), and two models are compared by their difference film by film (A. C. Cameron and D. L. Miller 2015, cluster
standard errors, https://doi.org/10.3368/jhr.50.2.317), several with Holm's correction.

Left out: the metrics' definitions (``core.evaluation``); speed and size, which are no scores (``families_table``).
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.evaluation import runs
from core.evaluation.comparison import ALPHA, Comparison, Test, show_difference, show_p
from core.evaluation.intervals import bias_corrected_interval, draw_weights
from core.evaluation.leaderboard import LeaderboardRow, Measure, measure_scores
from core.evaluation.metrics import open_sentence
from core.evaluation.multiplicity import holm
from core.evaluation.rows import RowMaker, Span
from core.evaluation.scoring import weighted_scores
from core.hub.contract import ScoreRow, Scores
from core.hub.errors import DataError
from core.text.sentiment.data import Data
from core.text.sentiment.family import TITLES
from core.text.sentiment.model import TEST, HeldOut, Model
from core.text.sentiment.recipe import BASELINE, RECIPES, SLUG, Recipe

Array = NDArray[np.float64]
N_RESAMPLES = 200
METRICS = ("accuracy", "macro_f1", "roc_auc", "ece")
ANSWERED = "answered"
"""Split of the test texts about which the model does not abstain."""
BESIDE = "tfidf"
"""The family that the more complex ones have to beat."""
HALF = 0.5


def evaluate(model: Model, data: Data) -> Scores:
    """Ask every family again and score the answers.

    Raises
    ------
    DataError
        If these are not the texts that the model's recipe tests on.
    """
    from core.text.sentiment.training import finish_model

    if data.sha256 != model.sha256:
        message = f"these are not the model's texts ({model.source}); load them with the model's own recipe"
        raise DataError(message)
    return finish_model(model.recipe, data, model.fitted).scores


def describe_command(recipe: Recipe) -> str:
    """Return the command that makes a model's figures again; ``recipe.json`` comes with it."""
    return runs.describe_command(SLUG, RECIPES, recipe)


def score_model(model: Model) -> Scores:
    """Write the rows of every model on every set, each beside what it has to beat (:func:`find_beside`)."""
    spans = {
        split: {name: measure_set(held, read_answers(model, name, split), model.recipe.seed) for name in model.names}
        for split, held in model.held_out.items()
    }
    rows: list[ScoreRow] = []
    for split, held in model.held_out.items():
        for name in model.names:
            beside = find_beside(model, name)
            maker = RowMaker(name, beside, model.recipe.seed, describe_command(model.recipe))
            values = spans[split]
            rows += [
                maker.make_row(key, split, values[name][key], len(held.labels), values[beside][key][0])
                for key in METRICS
            ]
        if split == TEST:
            rows += _score_answered(model, held)
    return tuple(rows)


def find_beside(model: Model, name: str) -> str:
    """Name what a model has to beat: TF-IDF, or the most frequent class for TF-IDF itself and what is simpler."""
    names = list(model.fitted)
    return BESIDE if name in names and BESIDE in names and names.index(name) > names.index(BESIDE) else BASELINE


def read_answers(model: Model, name: str, split: str) -> Array:
    """Return what a model, or the baseline, said of a set: probabilities of positive, shape (n,)."""
    held = model.held_out[split]
    if name == BASELINE:
        return np.full(len(held.labels), model.share_positive)
    return held.probabilities[name]


def _score_answered(model: Model, held: HeldOut) -> list[ScoreRow]:
    """Score the answers that are given where a family abstains when unsure, beside its answers to every text."""
    rows = []
    for name, one in reversed(list(model.fitted.items())):
        probabilities = held.probabilities[name]
        right = (probabilities >= HALF) == held.labels
        given = np.maximum(probabilities, 1 - probabilities) >= one.abstention.limit
        if given.any():
            maker = RowMaker(name, f"{name}, never abstaining", model.recipe.seed, describe_command(model.recipe))
            span = _bound_share(right[given], held.groups[given], model.recipe.seed)
            rows.append(maker.make_row("accuracy", ANSWERED, span, int(given.sum()), float(right.mean())))
    return rows


def _bound_share(right: NDArray[np.bool_], groups: NDArray[np.int32], seed: int) -> Span:
    """Return a share with its interval over films."""
    drawn = draw_weights(int(groups.max()) + 1, N_RESAMPLES, np.random.default_rng(seed))[:, groups]
    drawn = np.vstack([np.ones(len(right)), drawn[drawn.sum(axis=1) > 0]])
    return _bound(drawn @ right / drawn.sum(axis=1))


def measure_set(held: HeldOut, probabilities: Array, seed: int) -> dict[str, Span]:
    """Score probabilities of one set, each figure with the ends of its interval over films.

    Parameters
    ----------
    probabilities : array of shape (n,)
        Of positive.

    Examples
    --------
    >>> labels = np.array([0, 1] * 50, np.int8)
    >>> held = HeldOut(labels, np.arange(100, dtype=np.int32) // 2, {})
    >>> spans = measure_set(held, np.where(labels == 1, 0.9, 0.2), 0)
    >>> spans["accuracy"][0], round(spans["ece"][0], 3)
    (1.0, 0.15)
    """
    shares = np.column_stack([1 - probabilities, probabilities])
    y = held.labels.astype(np.int64)
    n_groups = int(held.groups.max()) + 1
    drawn = draw_weights(n_groups, N_RESAMPLES, np.random.default_rng(seed))[:, held.groups]
    drawn = drawn[drawn.sum(axis=1) > 0]
    found = weighted_scores(y, shares, np.vstack([np.ones(len(y)), drawn]))
    return {name: _bound(found[name]) for name in METRICS}


def _bound(values: Array) -> Span:
    """Read a figure and its interval off the whole set's score, which stands first, and those of the resamples."""
    first = float(values[0])
    low, high = bias_corrected_interval(first, values[1:])
    return first, low, high


def compare_groups(
    right: Mapping[str, NDArray[np.bool_]], groups: NDArray[np.integer], best: str
) -> tuple[Comparison, ...]:
    """Compare every model with one of them on the same texts, film by film.

    Parameters
    ----------
    right : mapping of model to bool array of shape (n,)
        Whether it answered each text right.
    groups : int array of shape (n,)
        Number of each text's film.

    Examples
    --------
    >>> right = {"a": np.array([True] * 90 + [False] * 10), "b": np.array([True] * 70 + [False] * 30)}
    >>> compare_groups(right, np.arange(100) % 25, "a")[0].sentence
    'A is better than b on the same texts: 20.0 points, 95% interval 15.8 to 24.2, p < 0.001'
    """
    others = [name for name in right if name != best]
    tests = [_test_groups(right[best].astype(float) - right[name], groups) for name in others]
    adjusted = holm([test.p for test in tests])
    return tuple(_tell(name, best, test, float(p)) for name, test, p in zip(others, tests, adjusted, strict=True))


def _test_groups(difference: Array, groups: NDArray[np.integer]) -> Test:
    """Test whether a mean over texts is zero, texts of one film counting together."""
    from scipy.stats import t

    n_groups = len(np.unique(groups))
    mean = float(difference.mean())
    sums = np.bincount(groups, weights=difference - mean)
    error = float(np.sqrt(n_groups / max(n_groups - 1, 1) * (sums**2).sum())) / len(difference)
    if error == 0:
        return Test(0.0, float(mean == 0), mean, mean, mean)
    reach = float(t.ppf(0.975, n_groups - 1)) * error
    return Test(mean / error, float(2 * t.sf(abs(mean / error), n_groups - 1)), mean - reach, mean + reach, mean)


def _tell(name: str, best: str, test: Test, p: float) -> Comparison:
    """Put a test into words, from the side of the better model."""
    differs, ahead = p < ALPHA, test.difference >= 0
    better, worse = (TITLES.get(each, each) for each in ((best, name) if ahead else (name, best)))
    low, high = (test.low, test.high) if ahead else (-test.high, -test.low)
    words = f"{better} is better than {worse}" if differs else f"{better} and {worse} do not differ measurably"
    ends = f"{show_difference(low)} to {show_difference(high)}"
    points = show_difference(abs(test.difference))
    sentence = open_sentence(f"{words} on the same texts: {points} points, 95% interval {ends}, {show_p(p)}")
    return Comparison(name, best, test.difference, test.low, test.high, test.p, p, differs, sentence)


def rank_models(model: Model) -> tuple[LeaderboardRow, ...]:
    """List every model by its accuracy on the test films, with what the comparison says against best and baseline."""
    held = model.held_out[TEST]
    right = {name: (read_answers(model, name, TEST) >= HALF) == held.labels for name in model.names}
    measures = {
        name: {
            f"test_{key}": each
            for key, each in measure_scores(
                tuple(row for row in model.scores if (row.model, row.split) == (name, TEST))
            ).items()
        }
        for name in model.names
    }
    ordered = sorted(model.names, key=lambda name: -measures[name]["test_accuracy"].value)
    against = {each.model: each for each in compare_groups(right, held.groups, ordered[0])}
    floor = {each.model: each for each in compare_groups(right, held.groups, BASELINE)}
    return tuple(_make_row(model, name, measures[name], (against.get(name), floor.get(name))) for name in ordered)


def _make_row(
    model: Model, name: str, measures: Mapping[str, Measure], found: tuple[Comparison | None, Comparison | None]
) -> LeaderboardRow:
    """Put one model's figures and verdict together."""
    against, floor = found
    return LeaderboardRow(
        model=TITLES.get(name, name),
        metrics=measures,
        fit_s=model.fitted[name].fit_s if name in model.fitted else 0.0,
        verdict="best" if against is None else "worse" if against.differs else "not distinguishable from best",
        is_baseline=name == BASELINE,
        is_best=against is None,
        beats_baseline=floor is not None and floor.differs and floor.difference < 0,
        sentence="" if against is None else against.sentence,
    )


def families_table(model: Model) -> pd.DataFrame:
    """List every family on every set in one table, with its speed and size: the baseline first.

    Returns
    -------
    DataFrame
        set, model, n, then each metric with its low and high, ms_per_text and kB (missing for the baseline).
    """
    rows = []
    found = {(row.split, row.model, row.metric): row for row in model.scores}
    for split in model.held_out:
        for name in reversed(model.names):
            first = found[split, name, METRICS[0]]
            facts: dict[str, object] = {"set": split, "model": TITLES.get(name, name), "n": first.n}
            for key in METRICS:
                row = found[split, name, key]
                facts |= {key: row.value, f"{key}_low": row.low, f"{key}_high": row.high}
            one = model.fitted.get(name)
            facts |= {"ms_per_text": one.text_ms if one else None, "kB": one.n_bytes / 1e3 if one else None}
            rows.append(facts)
    return pd.DataFrame(rows)
