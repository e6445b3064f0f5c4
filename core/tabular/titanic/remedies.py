"""What is done about imbalance, and what each remedy does to every figure, on folds.

Survivors are the rarer class, though not by much. Weights let a survivor count more while a model is fitted; a
threshold leaves the model alone and only says Yes from another probability on. Either finds more of the survivors and
raises more false hopes; weights also bend the probabilities, which the Brier score shows and a threshold cannot.

Left out: resampling, which does what weights do.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from core.evaluation.leaderboard import fold_interval
from core.evaluation.splits import make_folds
from core.hub.charts import Chart, Mark
from core.hub.progress import Progress
from core.tabular.titanic.pipelines import engineer_sides, find_shares, fit_pipeline
from core.tabular.titanic.recipe import CLASSES, Recipe

N_FOLDS, INNER_FOLDS = 5, 3
REMEDIES = ("none", "class weights", "threshold")
FIGURES = ("accuracy", "balanced_accuracy", "precision", "recall", "f1", "brier")
THRESHOLDS = np.round(np.arange(0.2, 0.81, 0.02), 2)


def compare_remedies(
    names: Sequence[str], recipe: Recipe, where: tuple[pd.DataFrame, np.ndarray], progress: Progress
) -> pd.DataFrame:
    """Score every model with every remedy on the same folds; precision, recall and F1 are of who lived.

    Returns
    -------
    DataFrame of shape (n_models * 3 * 6, 6)
        model, remedy, metric, value, low, high; and threshold, the mean one that inner folds chose (0.5 for others).
    """
    x, y = where
    splits = make_folds(y, N_FOLDS, 1, recipe.seed)
    found: dict[tuple[str, str], list[dict[str, float]]] = {}
    for split in splits:
        z, z_new = engineer_sides(recipe, (x.iloc[split.train], y[split.train]), x.iloc[split.test])
        y_own, truth = y[split.train], y[split.test] == CLASSES[1]
        for name in names:
            plain = find_shares(fit_pipeline(name, recipe, z, y_own), z_new)
            weighted = find_shares(fit_pipeline(name, recipe, z, y_own, "balanced"), z_new)
            threshold = choose_threshold(name, recipe, x.iloc[split.train], y_own)
            for remedy, shares, limit in zip(REMEDIES, (plain, weighted, plain), (0.5, 0.5, threshold), strict=True):
                found.setdefault((name, remedy), []).append(score_answers(truth, shares, limit) | {"threshold": limit})
            progress.advance()
    sizes = len(y) - len(y) // N_FOLDS, len(y) // N_FOLDS
    rows = [_summarise(key, pd.DataFrame(folds), sizes) for key, folds in found.items()]
    return pd.concat(rows, ignore_index=True)


def choose_threshold(name: str, recipe: Recipe, x: pd.DataFrame, y: np.ndarray) -> float:
    """Choose the threshold of the best balanced accuracy on inner folds of the training side."""
    shares = np.zeros(len(y))
    for split in make_folds(y, INNER_FOLDS, 1, recipe.seed):
        z, z_new = engineer_sides(recipe, (x.iloc[split.train], y[split.train]), x.iloc[split.test])
        shares[split.test] = find_shares(fit_pipeline(name, recipe, z, y[split.train]), z_new)
    truth = y == CLASSES[1]
    found = [score_answers(truth, shares, float(limit))["balanced_accuracy"] for limit in THRESHOLDS]
    return float(THRESHOLDS[int(np.argmax(found))])


def score_answers(truth: np.ndarray, shares: np.ndarray, threshold: float) -> dict[str, float]:
    """Score the answers at a threshold, and the probabilities by their Brier score.

    Examples
    --------
    >>> score_answers(np.array([True, True, False]), np.array([0.9, 0.4, 0.1]), 0.5)["recall"]
    0.5
    """
    called = shares > threshold
    hits, misses, alarms = ((truth & called).sum(), (truth & ~called).sum(), (~truth & called).sum())
    quiet = (~truth & ~called).sum()
    recall, spared = hits / max(hits + misses, 1), quiet / max(quiet + alarms, 1)
    return {
        "accuracy": float((called == truth).mean()),
        "balanced_accuracy": float((recall + spared) / 2),
        "precision": float(hits / max(hits + alarms, 1)),
        "recall": float(recall),
        "f1": float(2 * hits / max(2 * hits + misses + alarms, 1)),
        "brier": float(((shares - truth) ** 2).mean()),
    }


def _summarise(key: tuple[str, str], folds: pd.DataFrame, sizes: tuple[int, int]) -> pd.DataFrame:
    """Average the folds of one model with one remedy."""
    lines = [
        (*key, metric, *fold_interval(folds[metric].to_numpy(), *sizes, metric), folds["threshold"].mean())
        for metric in FIGURES
    ]
    return pd.DataFrame(lines, columns=["model", "remedy", "metric", "value", "low", "high", "threshold"])


def describe_remedies(found: pd.DataFrame, model: str) -> str:
    """Say what the remedies do to one model, in numbers."""
    table = found[found["model"] == model].pivot_table(index="remedy", columns="metric", values="value")
    plain, weighted, moved = (table.loc[remedy] for remedy in REMEDIES)
    threshold = found[(found["model"] == model) & (found["remedy"] == "threshold")]["threshold"].iloc[0]
    return (
        f"Untouched, {model} finds {plain['recall']:.0%} of who lived and is right on {plain['precision']:.0%} of "
        f"those it names. Class weights find {weighted['recall']:.0%} at a precision of "
        f"{weighted['precision']:.0%}; accuracy goes from {plain['accuracy']:.3f} to {weighted['accuracy']:.3f} and "
        f"the Brier score from {plain['brier']:.4f} to {weighted['brier']:.4f}. A threshold of {threshold:.2f} on "
        f"average finds {moved['recall']:.0%} at {moved['precision']:.0%}, accuracy {moved['accuracy']:.3f}, and "
        "leaves the probabilities as they are."
    )


def remedies_chart(found: pd.DataFrame, model: str) -> Chart:
    """Draw precision, recall, F1 and accuracy of one model under every remedy."""
    own = found[found["model"] == model]
    shown: Mapping[str, str] = {"precision": "precision", "recall": "recall", "f1": "F1", "accuracy": "accuracy",
                                "balanced_accuracy": "balanced accuracy"}  # fmt: skip
    marks = []
    for index, remedy in enumerate(REMEDIES):
        rows = own[own["remedy"] == remedy].set_index("metric").loc[list(shown)]
        names = np.array(list(shown.values()), dtype=object)
        ends = rows["low"].to_numpy(), rows["high"].to_numpy()
        marks.append(Mark("bars", names, rows["value"].to_numpy(), remedy, "class", index, low=ends[0], high=ends[1]))
    recall = own[own["metric"] == "recall"].set_index("remedy")["value"]
    title = f"Class weights move recall from {recall['none']:.0%} to {recall['class weights']:.0%}"
    return Chart(title, "", "Mean over folds", tuple(marks), alt=f"{title}. {describe_remedies(found, model)}",
                 y_range=(0.0, 1.0), y_percent=True)  # fmt: skip
