"""Answers: one case with its reasons, every model's shares, and the nearest training rows.

A reason is an occlusion (Zeiler and Fergus 2014, arXiv:1311.2901): how much the answer's probability falls when a
column is set to its training median, or to its most frequent level. The effects of several columns do not add up to
the whole, because columns stand in for one another.

One case is a batch of one: both go through :func:`answer_cases`, so that neither can say what the other does not.

Left out: Shapley values; reading many cases (``batches``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict

import numpy as np
import pandas as pd

from core.datasets.columns import read_days
from core.evaluation.conformal import class_scores_to_sets
from core.evaluation.novelty import explain_novelty, is_novel, novelty_p_value
from core.hub.contract import Prediction, Reason
from core.hub.errors import DataError, NotTrainedError
from core.hub.fields import FieldSpec
from core.tabular._shared.cases import make_case_fields, read_case
from core.tabular._shared.schema import MISSING, Schema, show_feature
from core.tabular.iris.model import NOVELTY_ALPHA, Model, fill_numbers, predict_probabilities
from core.tabular.iris.pipelines import is_scaled
from core.tabular.iris.promises import least_shares
from core.tabular.iris.recipe import BASELINE, Inputs

ROWS_AT_ONCE = 128
"""Rows that a model is always asked about together: a matrix product of another size may round its last digit
otherwise, and a batch must say of each case exactly what the case is told alone."""


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
        ``details`` holds ``notes`` (tuple of sentences), ``novelty_p`` (share of known rows as strange),
        ``least_shares`` (of each class: from which share on it is in the set, None where it always is) and
        ``guarantee`` (``overall`` or ``each class``: over which rows the coverage holds).

    Raises
    ------
    DataError
        If a value is missing or unreadable.
    NotTrainedError
        If the run has no model of that name.
    """
    case, notes = read_case(model.schema, values)
    return answer_cases(model, check_name(model, name), case, (notes,))[0]


def answer_cases(
    model: Model, name: str, cases: pd.DataFrame, notes: Sequence[tuple[str, ...]]
) -> tuple[Prediction, ...]:
    """Answer rows that were read already, all at once; see :func:`predict_case`.

    Parameters
    ----------
    cases : DataFrame of shape (n_cases, n_features)
        As ``read_case`` makes them; at least one.
    notes : sequence of length n_cases
        What a reader must know of each.
    """
    classes = model.schema.classes
    shares = _ask_occluded(model, name, cases)
    answers = shares[:, 0].argmax(axis=1)
    falls = shares[:, 0].max(axis=1)[:, None] - shares[np.arange(len(cases)), 1:, answers]
    refusals, p_values = _refuse_cases(model, cases)
    sets = find_sets(model, name, shares[:, 0])
    reasons = _write_reasons(model, cases, falls)
    promise = {"least_shares": least_shares(model, name), "guarantee": model.guarantee}
    return tuple(
        Prediction(
            answer=None if refusals[row] else classes[answer],
            model=name,
            probabilities=dict(zip(classes, shares[row, 0].tolist(), strict=True)),
            candidates=() if refusals[row] else sets[row],
            coverage=model.recipe.coverage,
            reasons=reasons[row],
            refused=refusals[row],
            details={"notes": notes[row], "novelty_p": p_values[row], **promise},
        )
        for row, answer in enumerate(answers)
    )


def schema_fields(model: Model) -> tuple[FieldSpec, ...]:
    """Describe the form for one case of the table that a model was trained on; see ``make_case_fields``."""
    return make_case_fields(model.schema)


def predict_all_models(model: Model, values: Mapping[str, object]) -> dict[str, dict[str, float]]:
    """Return every model's share for each class, best model first, the baseline last."""
    case, _ = read_case(model.schema, values)
    prepared: dict[bool, np.ndarray] = {}  # every model but the nearest neighbours shares one preparation
    shares = {}
    for name in model.names:
        scaled, pipeline = is_scaled(name, model.recipe, model.schema), model.pipelines[name]
        if scaled not in prepared:
            prepared[scaled] = np.asarray(pipeline["prepare"].transform(case))
        row = predict_probabilities(pipeline["classify"], prepared[scaled], model.schema.classes)[0]
        shares[name] = dict(zip(model.schema.classes, row.tolist(), strict=True))
    return shares


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


def _refuse_cases(model: Model, cases: pd.DataFrame) -> tuple[list[str], list[float | None]]:
    """Return why each case is refused (empty when it is not), and the share of known rows at least as strange."""
    if model.novelty is None:
        return [""] * len(cases), [None] * len(cases)
    numbers = fill_numbers(model.schema, cases)
    refusals = [""] * len(cases)
    for row in np.flatnonzero(is_novel(model.novelty, numbers, NOVELTY_ALPHA)):
        why = explain_novelty(model.novelty, numbers[row], model.schema.numbers)
        refusals[row] = f"This case is unlike any row seen, so no class is vouched for: {why}."
    return refusals, [float(p_value) for p_value in novelty_p_value(model.novelty, numbers)]


def _ask_occluded(model: Model, name: str, cases: pd.DataFrame) -> np.ndarray:
    """Return shares of shape (n_cases, 1 + n_features, n_classes): of each case, then of it without each column."""
    features = model.schema.features
    n_copies = len(features) + 1
    columns = {}
    for copy, feature in enumerate(features, 1):
        values = np.repeat(cases[feature.name].to_numpy(), n_copies)
        values[copy::n_copies] = feature.typical if feature.kind == "category" else feature.median
        columns[feature.name] = values
    shares = _ask_blocks(model, name, pd.DataFrame(columns))
    return shares.reshape(len(cases), n_copies, len(model.schema.classes))


def _ask_blocks(model: Model, name: str, x: pd.DataFrame) -> np.ndarray:
    """Ask for the shares of rows in blocks of ``ROWS_AT_ONCE``, the last one filled up with its last row."""
    starts = range(0, len(x), ROWS_AT_ONCE)
    filled = x.iloc[np.minimum(np.arange(len(starts) * ROWS_AT_ONCE), len(x) - 1)]
    blocks = (filled.iloc[start : start + ROWS_AT_ONCE] for start in starts)
    pipeline, classes = model.pipelines[name], model.schema.classes
    return np.concatenate([predict_probabilities(pipeline, block, classes) for block in blocks])[: len(x)]


def _write_reasons(model: Model, cases: pd.DataFrame, falls: np.ndarray) -> list[tuple[Reason, ...]]:
    """Say how much of each answer's probability hangs on each column, strongest first."""
    features = model.schema.features
    shown = [[show_feature(feature, value) for value in cases[feature.name]] for feature in features]
    reasons = (
        [
            Reason(feature.name, values[row], fall, "probability")
            for feature, values, fall in zip(features, shown, falls[row].tolist(), strict=True)
        ]
        for row in range(len(cases))
    )
    return [tuple(sorted(each, key=lambda reason: (-abs(reason.effect), reason.name))) for each in reasons]


def nearest_cases(model: Model, values: Mapping[str, object], k: int = 5) -> pd.DataFrame:
    """Return the k nearest training rows with their class and distance, nearest first.

    Numbers are in standard deviations; another level of a category adds two to the square of the distance, also where
    both levels are rare. These are not the rows that vote in nearest neighbours, which may keep the columns' own units.

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
    distances = _measure_distances(model, case)
    order = np.argsort(distances, kind="stable")[:k]
    found = show_rows(model.rows.iloc[order], model.schema)
    found.insert(0, model.schema.target, model.labels[order])
    found.insert(0, "distance", distances[order])
    return found.reset_index(drop=True)


def _measure_distances(model: Model, case: pd.DataFrame) -> np.ndarray:
    """Return the distance of every training row from one case, shape (n_train,)."""
    squares, preparation = np.zeros(len(model.rows)), model.pipelines[BASELINE]["prepare"]
    if model.schema.numbers:
        numbers = preparation.named_transformers_["numbers"]
        steps = [np.asarray(numbers.transform(each[model.schema.numbers])) for each in (model.rows, case)]
        squares += ((steps[0] - steps[1]) ** 2).sum(axis=1)
    for name in model.schema.categories:
        squares += 2.0 * (model.rows[name].fillna(MISSING) != case[name].iloc[0]).to_numpy()
    return np.asarray(np.sqrt(squares))


def show_rows(rows: pd.DataFrame, schema: Schema) -> pd.DataFrame:
    """Return feature rows with dates as dates again."""
    shown = rows.copy()
    for feature in schema.features:
        if feature.kind == "date":
            shown[feature.name] = read_days(rows[feature.name])
    return shown
