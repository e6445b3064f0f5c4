"""Figures of a run on texts that neither trained nor tuned, language by language, each beside TF-IDF in that language.

Tweets have three classes: macro-F1 and accuracy. Reviews have two: ROC AUC and accuracy, neutral left out. The row
``test`` is the mean macro-F1 over the seven languages of tweets; its interval resamples tweets together with all their
translations, since those are one another's twins. Snippets of one film are alike, so there films are resampled.

Left out: the metrics' definitions (``core.evaluation``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from core.evaluation import runs
from core.evaluation.intervals import bias_corrected_interval, draw_weights
from core.evaluation.labels import one_hot
from core.evaluation.rows import RowMaker, Span
from core.evaluation.scoring import score_with_intervals, weighted_scores
from core.hub.errors import DataError
from core.text.multilingual.model import Model, Shares
from core.text.multilingual.recipe import BASELINE, CLASSES, LINEAR, NETWORK, RECIPES, SLUG, ZERO_SHOT, Recipe

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from core.hub.contract import ScoreRow, Scores
    from core.text.multilingual.data import Data, Part

N_RESAMPLES = 300
ZERO_SHOT_SPLIT = "zh"
"""The only bundled language with human labels besides English."""


def evaluate(model: Model, data: Data) -> Scores:
    """Score a model on its test texts again.

    Raises
    ------
    DataError
        If these are not the texts that the model's recipe loads.
    """
    if data.sha256 != model.sha256:
        message = f"these are not the model's texts ({model.source}); load them with the model's own recipe"
        raise DataError(message)
    return score_model(model, data.test)


def describe_command(recipe: Recipe) -> str:
    """Return the command that makes a model's figures again; ``recipe.json`` comes with it."""
    return runs.describe_command(SLUG, RECIPES, recipe)


def score_model(model: Model, parts: Mapping[str, Part]) -> Scores:
    """Write every row of every model."""
    shares = {NETWORK: {split: model.rate(part.texts) for split, part in parts.items()}}
    shares |= {name: {split: plain(each) for split, each in found.items()} for name, found in model.beside.items()}
    rows: list[ScoreRow] = []
    for name in (NETWORK, LINEAR, ZERO_SHOT):
        beside = BASELINE if name == LINEAR else LINEAR
        maker = RowMaker(name, beside, model.recipe.seed, describe_command(model.recipe))
        found = shares.get(name, {})
        for split, each in found.items():
            part = parts[split]
            spans, floor = measure_part(part, each), _measure_beside(part, shares[LINEAR][split], beside)
            rows += [maker.make_row(metric, split, span, len(part), floor[metric]) for metric, span in spans.items()]
        if any(not parts[split].two for split in found):
            mean, other = measure_mean(parts, found), measure_mean(parts, _pick(parts, shares[LINEAR], beside))
            n_rows = sum(len(part) for part in parts.values() if not part.two)
            rows.append(maker.make_row("macro_f1", "test", mean, n_rows, other[0]))
    return tuple(sorted(rows, key=lambda row: row.split != "test"))


def plain(shares: NDArray[np.float16]) -> Shares:
    """Turn stored shares of 16 bits into probabilities again."""
    wide = shares.astype(np.float64)
    return np.asarray(wide / wide.sum(axis=1, keepdims=True))


def measure_part(part: Part, shares: Shares) -> dict[str, Span]:
    """Score one language's answers.

    Parameters
    ----------
    shares : float64 array of shape (n, 3)
        Of negative, neutral and positive.

    Returns
    -------
    dict of metric to (value, low, high)
        ``roc_auc`` and ``accuracy`` for two classes, else ``macro_f1`` and ``accuracy``.
    """
    if part.two:
        both = shares[:, [0, 2]] + 1e-9
        both /= both.sum(axis=1, keepdims=True)
        score = _score_groups if part.groups else _score_rows
        found = score(part, both)
        return {metric: found[metric] for metric in ("roc_auc", "accuracy")}
    found = score_with_intervals(part.labels, shares, N_RESAMPLES)
    return {metric: found[metric] for metric in ("macro_f1", "accuracy")}


def _score_rows(part: Part, both: Shares) -> dict[str, Span]:
    """Score two classes, each text drawn by itself."""
    return score_with_intervals(part.labels // 2, both, N_RESAMPLES)


def _score_groups(part: Part, both: Shares) -> dict[str, Span]:
    """Score two classes, all texts about a film drawn together."""
    numbers = np.unique(part.groups, return_inverse=True)[1]
    drawn = draw_weights(int(numbers.max()) + 1, N_RESAMPLES, np.random.default_rng(0))[:, numbers]
    found = weighted_scores(part.labels.astype(np.int64) // 2, np.asarray(both), np.vstack([np.ones(len(part)), drawn]))
    return {
        metric: (float(values[0]), *bias_corrected_interval(float(values[0]), values[1:]))
        for metric, values in found.items()
    }


def measure_mean(parts: Mapping[str, Part], shares: Mapping[str, Shares]) -> Span:
    """Return the mean macro-F1 over the languages of tweets with its interval, all translations resampled as one."""
    splits = [split for split, part in parts.items() if not part.two and split in shares]
    n_rows = len(parts[splits[0]])
    weights = np.vstack([np.ones(n_rows), draw_weights(n_rows, N_RESAMPLES, np.random.default_rng(0))])
    found = np.mean([find_f1(parts[split].labels, shares[split], weights) for split in splits], axis=0)
    return float(found[0]), *bias_corrected_interval(float(found[0]), found[1:])


def find_f1(labels: NDArray[np.int8], shares: Shares, weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return macro-F1 for each row of weights, shape (n_resamples,).

    Examples
    --------
    >>> labels, shares = np.array([0, 1, 2], np.int8), np.eye(3)[[0, 1, 1]]
    >>> round(float(find_f1(labels, shares, np.ones((1, 3)))[0]), 3)
    0.556
    """
    truth = one_hot(labels.astype(np.int64), len(CLASSES))
    said = one_hot(shares.argmax(axis=1), len(CLASSES))
    hits, given = weights @ (truth * said), weights @ (truth + said)
    return np.asarray((2 * hits / np.maximum(given, 1e-9)).mean(axis=1))


def guess_common(part: Part) -> Shares:
    """Answer the commonest class of a part for every text."""
    counts = np.bincount(part.labels, minlength=len(CLASSES))
    return np.tile(one_hot(np.array([counts.argmax()]), len(CLASSES)), (len(part), 1))


def _measure_beside(part: Part, linear: Shares, beside: str) -> dict[str, float]:
    """Score what a row stands beside, on the same texts."""
    shares = linear if beside == LINEAR else guess_common(part)
    return {metric: span[0] for metric, span in measure_part(part, shares).items()}


def _pick(parts: Mapping[str, Part], linear: Mapping[str, Shares], beside: str) -> Mapping[str, Shares]:
    """Take the answers of what a mean stands beside."""
    return linear if beside == LINEAR else {split: guess_common(part) for split, part in parts.items()}
