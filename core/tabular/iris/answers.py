"""Answers: one case with its reasons, every model's shares, and the nearest training rows.

A reason is an occlusion (Zeiler and Fergus 2014, arXiv:1311.2901): how much the answer's probability falls when a
column is set to its training median, or to its most frequent level. The effects of several columns do not add up to
the whole, because columns stand in for one another.

Left out: Shapley values; a form for the case (``cases``); many cases in a file (``batches``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict

import numpy as np
import pandas as pd

from core.evaluation.conformal import class_scores_to_sets
from core.evaluation.novelty import explain_novelty, is_novel, novelty_p_value
from core.hub.contract import Prediction, Reason
from core.hub.errors import DataError, NotTrainedError
from core.tabular.iris.cases import read_case, show_date
from core.tabular.iris.model import Model, fill_numbers, predict_probabilities
from core.tabular.iris.recipe import BASELINE, Inputs
from core.tabular.iris.schema import Feature, Schema, show_value

NOVELTY_ALPHA = 0.01
"""Share of ordinary cases that may be refused as unlike any seen."""


def predict(model: Model, inputs: Inputs) -> Prediction:
    """Answer one flower with the best model.

    Raises
    ------
    DataError
        If the model was trained on a table with other columns.

    Examples
    --------
    >>> from core.tabular.iris.data import load
    >>> from core.tabular.iris.recipe import Recipe
    >>> from core.tabular.iris.training import train
    >>> recipe = Recipe(models=("linear discriminant analysis",), leave_one_out="off")
    >>> model = train(recipe, load(recipe))
    >>> predict(model, Inputs(5.1, 3.5, 1.4, 0.2)).answer
    'setosa'
    >>> predict(model, Inputs(10, 1, 10, 5)).answer is None
    True
    """
    return predict_case(model, asdict(inputs))


def predict_case(model: Model, values: Mapping[str, object], name: str | None = None) -> Prediction:
    """Answer one case of any table: class, shares, prediction set, reasons, or a refusal.

    Parameters
    ----------
    values : mapping of column to value
        One for each feature; a blank is refused, an unseen level is answered and noted.
    name : str, optional
        Which model answers; the best one when it is not given.

    Returns
    -------
    Prediction
        ``details`` holds ``notes`` (tuple of sentences) and ``novelty_p`` (share of known rows as strange).

    Raises
    ------
    DataError
        If a value is missing or unreadable.
    NotTrainedError
        If the run has no model of that name.
    """
    case, notes = read_case(model.schema, values)
    name = check_name(model, name)
    probabilities = predict_probabilities(model.pipelines[name], case, model.schema.classes)
    shares = dict(zip(model.schema.classes, map(float, probabilities[0]), strict=True))
    likeliest = max(shares, key=shares.__getitem__)
    refused, p_value = _refuse_case(model, case)
    return Prediction(
        answer=None if refused else likeliest,
        model=name,
        probabilities=shares,
        candidates=() if refused else find_sets(model, name, probabilities)[0],
        coverage=model.recipe.coverage,
        reasons=_find_reasons(model, name, case, likeliest),
        refused=refused,
        details={"notes": notes, "novelty_p": p_value},
    )


def predict_all_models(model: Model, values: Mapping[str, object]) -> dict[str, dict[str, float]]:
    """Return every model's share for each class, best model first, the baseline last."""
    case, _ = read_case(model.schema, values)
    classes = model.schema.classes
    return {
        name: dict(
            zip(classes, map(float, predict_probabilities(model.pipelines[name], case, classes)[0]), strict=True)
        )
        for name in model.names
    }


def check_name(model: Model, name: str | None) -> str:
    """Return the model to ask, or say which there are."""
    chosen = model.best if name is None else name
    if chosen not in model.pipelines:
        message = f"there is no trained {chosen}; this run has {', '.join(model.names)}"
        raise NotTrainedError(message)
    return chosen


def find_sets(model: Model, name: str, probabilities: np.ndarray) -> list[tuple[str, ...]]:
    """Name the classes in each row's prediction set, likeliest first."""
    kept = class_scores_to_sets(probabilities, model.thresholds[name])
    order = np.argsort(-probabilities, axis=1, kind="stable")
    return [tuple(model.schema.classes[place] for place in order[row] if kept[row, place]) for row in range(len(kept))]


def find_novel(model: Model, x: pd.DataFrame) -> np.ndarray:
    """Say which rows are unlike any seen, shape (n_rows,); none where a table has no numbers."""
    if model.novelty is None:
        return np.zeros(len(x), dtype=bool)
    return is_novel(model.novelty, fill_numbers(model.schema, x), NOVELTY_ALPHA)


def _refuse_case(model: Model, case: pd.DataFrame) -> tuple[str, float | None]:
    """Return why a case is refused (empty when it is not), and the share of known rows at least as strange."""
    if model.novelty is None:
        return "", None
    numbers = fill_numbers(model.schema, case)
    p_value = float(novelty_p_value(model.novelty, numbers)[0])
    if not is_novel(model.novelty, numbers, NOVELTY_ALPHA)[0]:
        return "", p_value
    why = explain_novelty(model.novelty, numbers[0], model.schema.numbers)
    return f"This case is unlike any row seen, so no class is vouched for: {why}.", p_value


def show_feature(feature: Feature, value: object) -> str:
    """Write a value as its column's kind is written."""
    if feature.kind == "category":
        return show_value(value)
    number = float(value)  # type: ignore[arg-type]
    return show_date(number) if feature.kind == "date" else f"{number:g}"


def _find_reasons(model: Model, name: str, case: pd.DataFrame, answer: str) -> tuple[Reason, ...]:
    """Measure how much of the answer's probability hangs on each column, strongest first."""
    features = model.schema.features
    occluded = pd.concat([case] * (len(features) + 1), ignore_index=True)
    for row, feature in enumerate(features, 1):
        occluded.loc[row, feature.name] = feature.typical if feature.kind == "category" else feature.median
    shares = predict_probabilities(model.pipelines[name], occluded, model.schema.classes)
    falls = shares[0, model.schema.classes.index(answer)] - shares[1:, model.schema.classes.index(answer)]
    reasons = [
        Reason(feature.name, show_feature(feature, case[feature.name].iloc[0]), float(fall), "probability")
        for feature, fall in zip(features, falls, strict=True)
    ]
    return tuple(sorted(reasons, key=lambda reason: (-abs(reason.effect), reason.name)))


def nearest_cases(model: Model, values: Mapping[str, object], k: int = 5) -> pd.DataFrame:
    """Return the k nearest training rows with their class and distance, nearest first.

    Numbers are in standard deviations; another level of a category adds the square root of two.

    Raises
    ------
    DataError
        If k is not at least 1.

    Examples
    --------
    >>> from core.tabular.iris.data import load
    >>> from core.tabular.iris.recipe import Recipe
    >>> from core.tabular.iris.training import train
    >>> recipe = Recipe(models=("naive Bayes",), leave_one_out="off")
    >>> model = train(recipe, load(recipe))
    >>> nearest_cases(model, {**model.rows.iloc[3]}, 1)["distance"].tolist()
    [0.0]
    """
    if k < 1:
        message = f"k is {k}; it must be at least 1"
        raise DataError(message)
    case, _ = read_case(model.schema, values)
    preparation = model.pipelines[BASELINE]["prepare"]
    distances = np.linalg.norm(
        np.asarray(preparation.transform(model.rows)) - np.asarray(preparation.transform(case)), axis=1
    )
    order = np.argsort(distances, kind="stable")[:k]
    found = show_rows(model.rows.iloc[order], model.schema)
    found.insert(0, model.schema.target, model.labels[order])
    found.insert(0, "distance", distances[order])
    return found.reset_index(drop=True)


def show_rows(rows: pd.DataFrame, schema: Schema) -> pd.DataFrame:
    """Return feature rows with dates as dates again."""
    shown = rows.copy()
    for feature in schema.features:
        if feature.kind == "date":
            shown[feature.name] = pd.Timestamp(0) + pd.to_timedelta(rows[feature.name], unit="D")
    return shown
