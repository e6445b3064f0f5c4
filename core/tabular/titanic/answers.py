"""One passenger: the answer with its probability, prediction set and reasons, or a refusal; and the rows most like it.

Reasons are Shapley values by enumeration: what each of the ten columns adds to the mean probability over a few training
passengers, all adding up to the probability that is told. A gap in age, fare, cabin or port is answered and noted.

Left out: many passengers at once (``batches``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace

import numpy as np
import pandas as pd

from core.datasets.fixes.wording import list_names
from core.evaluation.attribution.result import Ask, Attribution
from core.evaluation.conformal import class_scores_to_sets
from core.evaluation.novelty import is_novel, novelty_p_value
from core.hub.contract import Prediction, Reason
from core.hub.errors import DataError, NotTrainedError
from core.hub.fields import FieldSpec, make_fields
from core.tabular.titanic.explaining import explain_live, make_ask
from core.tabular.titanic.features import MEN, RARE_TITLE, WOMEN, engineer, find_titles, measure_oddness
from core.tabular.titanic.model import NOVELTY_ALPHA, Model
from core.tabular.titanic.passengers import LIMITS, MAY_BE_MISSING, NUMBERS, read_columns
from core.tabular.titanic.pipelines import find_shares, to_pairs
from core.tabular.titanic.recipe import CLASSES, COLUMNS, Inputs
from core.tabular.titanic.training import find_medians

SHOWN_DIGITS = 6
NO_TITLE = "The name holds no common title (Mr, Mrs, Miss, Master); it counts as a rare one."


def predict(model: Model, inputs: Inputs) -> Prediction:
    """Answer one passenger with the best model.

    Examples
    --------
    >>> from core.tabular.titanic.data import load
    >>> from core.tabular.titanic.recipe import Recipe
    >>> from core.tabular.titanic.training import train
    >>> recipe = Recipe(models=("logistic regression",), n_folds=3)
    >>> model = train(recipe, load(recipe))
    >>> predict(model, Inputs()).answer
    'No'
    >>> predict(model, Inputs(age=120.0, fare=2000.0, parch=20)).answer is None
    True
    """
    return predict_case(model, asdict(inputs))


def predict_case(model: Model, values: Mapping[str, object], name: str | None = None) -> Prediction:
    """Answer one passenger: died or lived, probability, prediction set, reasons, or a refusal.

    Parameters
    ----------
    values : mapping of column to value
        One for each of the ten columns; age, fare, cabin and port may be None, which is noted.
    name : str, optional
        Which model answers; the best one when it is not given.

    Returns
    -------
    Prediction
        ``details`` holds ``notes`` (tuple of sentences), ``novelty_p`` and ``base``, the probability that the reasons
        start from.

    Raises
    ------
    DataError
        If a value is missing or cannot be meant.
    NotTrainedError
        If the run has no model of that name.
    """
    chosen, case = check_name(model, name), read_case(values)
    found = explain_case(model, case, chosen)
    (prediction,) = answer_rows(model, chosen, case)
    reasons = tuple(
        Reason(column, show_value(case[column].iloc[0]), float(effect), "probability")
        for column, effect in zip(found.columns, found.row(0), strict=True)
    )
    ordered = tuple(sorted(reasons, key=lambda reason: (-abs(reason.effect), reason.name)))
    return replace(prediction, reasons=ordered, details={**prediction.details, "base": found.base})


def read_case(values: Mapping[str, object]) -> pd.DataFrame:
    """Read one passenger into a one-row frame of the ten columns.

    Raises
    ------
    DataError
        If a column is missing that must not be, or a value cannot be meant.
    """
    for name in COLUMNS:
        value = values.get(name)
        blank = value is None or (isinstance(value, str) and not value.strip()) or value != value  # noqa: PLR0124 NaN
        if blank and name not in MAY_BE_MISSING:
            low, high = LIMITS.get(name, (None, None))
            remedy = "give it a text" if low is None else f"give it a number from {low:g} to {high:g}"
            message = f"{name} is missing; {remedy}"
            raise DataError(message)
    row = {name: [values.get(name)] for name in COLUMNS}
    frame = pd.DataFrame(row, dtype=object).replace({"": None})
    return _read_one(frame)


def _read_one(frame: pd.DataFrame) -> pd.DataFrame:
    """Read a frame of one row; a refusal need not name the row."""
    try:
        return read_columns(frame)
    except DataError as error:
        message = str(error).replace(" in row 1;", ";")
        raise DataError(message) from error


def answer_rows(model: Model, name: str, x: pd.DataFrame) -> tuple[Prediction, ...]:
    """Answer passengers that were read already, without reasons.

    Parameters
    ----------
    x : DataFrame of shape (n_rows, 10)
        As ``passengers.read_columns`` gives them.
    """
    shares = ask(model, name)(x)
    refusals, p_values = refuse_rows(model, x)
    sets, notes, kept = find_sets(model, name, shares), write_notes(x), say_promise(model, name)
    return tuple(
        Prediction(
            answer=None if refusals[row] else CLASSES[int(share > 0.5)],  # noqa: PLR2004 the likelier of two
            model=name,
            probabilities={CLASSES[0]: 1 - float(share), CLASSES[1]: float(share)},
            candidates=() if refusals[row] else sets[row],
            coverage=model.recipe.coverage,
            refused=refusals[row],
            details={"notes": (*notes[row], *kept), "novelty_p": float(p_values[row])},
        )
        for row, share in enumerate(shares)
    )


def ask(model: Model, name: str | None = None) -> Ask:
    """Return the question that a model answers: rows of the ten columns to the probability of having lived."""
    return make_ask(model.pipelines[check_name(model, name)], model.parties)


def explain_case(model: Model, case: pd.DataFrame | Mapping[str, object], name: str | None = None) -> Attribution:
    """Explain one passenger by the Shapley values of the ten columns, by enumeration.

    Parameters
    ----------
    case : DataFrame of shape (1, 10), or mapping of column to value

    Returns
    -------
    Attribution
        Of one row; ``base`` and the effects add up to the probability of having lived.
    """
    row = case if isinstance(case, pd.DataFrame) else read_case(case)
    return explain_live(ask(model, name), row, model.rows, model.parties, model.recipe.seed)


def check_name(model: Model, name: str | None) -> str:
    """Return the model to ask, or say which there are."""
    chosen = model.best if name is None else name
    if chosen not in model.pipelines:
        message = f"there is no trained {chosen}; this run has {', '.join(model.names)}"
        raise NotTrainedError(message)
    return chosen


def predict_all_models(model: Model, values: Mapping[str, object]) -> dict[str, dict[str, float]]:
    """Return every model's share for No and Yes, best model first, the baselines last."""
    z = engineer(read_case(values), model.parties)
    pairs = {name: to_pairs(find_shares(model.pipelines[name], z))[0] for name in model.names}
    return {name: dict(zip(CLASSES, map(float, pair), strict=True)) for name, pair in pairs.items()}


def schema_fields(_model: Model | None = None) -> tuple[FieldSpec, ...]:
    """Describe the form for one passenger, which is the same for every table."""
    return make_fields(Inputs)


def find_sets(model: Model, name: str, shares: np.ndarray) -> list[tuple[str, ...]]:
    """Name the fates in each row's prediction set, likeliest first."""
    pairs = to_pairs(shares)
    kept = class_scores_to_sets(pairs, model.thresholds[name])
    order = np.argsort(-pairs, axis=1, kind="stable")
    return [tuple(CLASSES[place] for place in order[row] if kept[row, place]) for row in range(len(kept))]


def refuse_rows(model: Model, x: pd.DataFrame) -> tuple[list[str], np.ndarray]:
    """Say why passengers are refused as unlike any (empty where they are not), and the share as strange as each."""
    oddness = measure_oddness(x, *find_medians(model.schema))
    strange = is_novel(model.novelty, oddness, NOVELTY_ALPHA)
    refusals = [_refuse(model, x.iloc[row]) if strange[row] else "" for row in range(len(x))]
    return refusals, novelty_p_value(model.novelty, oddness)


def _refuse(model: Model, row: pd.Series) -> str:
    """Write why one passenger is refused."""
    ranges = {feature.name: (feature.low, feature.high) for feature in model.schema.features}
    outside = [
        f"{name} is {row[name]:g}; in training it runs from {ranges[name][0]:g} to {ranges[name][1]:g}"
        for name in NUMBERS
        if not ranges[name][0] <= row[name] <= ranges[name][1] and pd.notna(row[name])
    ]
    why = "; ".join(outside) or contradict(row) or "each value is usual on its own, but no passenger had them together"
    return f"This passenger is unlike any that was learnt from, so no answer is vouched for: {why}."


def contradict(row: pd.Series) -> str:
    """Say that a title contradicts the sex; empty where it does not."""
    title = find_titles(pd.Series([row["name"]], dtype=object)).iloc[0]
    sex = "female" if title in WOMEN else "male" if title in MEN else row["sex"]
    return "" if sex == row["sex"] else f"the title {title} goes with {sex} and the sex is {row['sex']}"


def say_promise(model: Model, name: str) -> tuple[str, ...]:
    """Say where the prediction sets held the truth measurably less often on held-out rows than was asked."""
    row = next((each for each in model.scores if each.model == name and each.metric.startswith("coverage_")), None)
    if row is None or row.high >= row.baseline_value:
        return ()
    asked, held = f"Sets made for {row.baseline_value:.0%}", f"{row.value:.0%} of the {row.n:,} held-out passengers"
    return (f"{asked} held the truth for {held} (95% interval {row.low:.0%} to {row.high:.0%}): believe that.",)


def write_notes(x: pd.DataFrame) -> list[tuple[str, ...]]:
    """Say what a reader must know of each passenger: what is missing, and a title that is none."""
    gaps, rare = x[list(MAY_BE_MISSING)].isna().to_numpy(), (find_titles(x["name"]) == RARE_TITLE).to_numpy()
    names = np.array(MAY_BE_MISSING, dtype=object)
    return [
        (
            *((f"{list_names(names[gap])} {'is' if gap.sum() == 1 else 'are'} not known.",) if gap.any() else ()),
            *((NO_TITLE,) if is_rare else ()),
        )
        for gap, is_rare in zip(gaps, rare, strict=True)
    ]


def show_value(value: object) -> str:
    """Write a cell for a reader.

    Examples
    --------
    >>> show_value(34.5), show_value(float("nan")), show_value("S")
    ('34.5', 'not known', 'S')
    """
    if pd.isna(value):  # type: ignore[call-overload]
        return "not known"
    return f"{value:.{SHOWN_DIGITS}g}" if isinstance(value, float) else str(value)


def nearest_cases(model: Model, values: Mapping[str, object], k: int = 5) -> pd.DataFrame:
    """Return the k training passengers most like one, with their fate and distance, nearest first.

    Raises
    ------
    DataError
        If k is not at least 1.
    """
    if k < 1:
        message = f"k is {k}; it must be at least 1"
        raise DataError(message)
    medians = find_medians(model.schema)
    case, rows = (measure_oddness(each, *medians) for each in (read_case(values), model.rows))
    steps = ((rows - case) / model.novelty.scale)[:, :-1]  # all but the contradiction, which has no middling size
    distances = np.sqrt((steps**2).sum(axis=1))
    order = np.argsort(distances, kind="stable")[:k]
    found = model.rows.iloc[order].reset_index(drop=True)
    found.insert(0, model.schema.target, model.labels[order])
    found.insert(0, "distance", distances[order])
    return found
