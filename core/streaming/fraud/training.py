"""Fit every model on every week of the protocol; validation weeks choose the blend, the best model and the alarm.

The scorers that are kept are those of the first test week, so that its figures are theirs and every later day is new to
them. The other test weeks are scored by models trained a week or more later, as the protocol has it.

Left out: fitting again on all weeks, which would leave nothing to score.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

import numpy as np
from numpy.typing import NDArray

from core.evaluation.runs import TABLE_FILE
from core.hub.contract import OnStep
from core.hub.errors import RecipeError
from core.hub.progress import Progress
from core.streaming.fraud.baselines import find_ceiling
from core.streaming.fraud.data import Data
from core.streaming.fraud.model import FraudModel, HeldOut, Source
from core.streaming.fraud.models import Scorer, fit_model, widen
from core.streaming.fraud.protocol import Week, measure_card_precision, rank_scores
from core.streaming.fraud.recipe import BASELINE, BLEND, Recipe
from core.streaming.fraud.scoring import name_card_precision, score_weeks
from core.streaming.fraud.transactions import EPOCH

Shares = dict[str, NDArray[np.float64]]
N_STEPS_OF_WEIGHTS = 4
"""Weights of the blend go in quarters."""


@dataclass(frozen=True, slots=True, eq=False)
class Fitted:
    """The models of one week, what they say of its scored rows, and the seconds each fit took."""

    week: Week
    scorers: Mapping[str, Scorer]
    shares: Shares
    fit_s: Mapping[str, float]


def train(recipe: Recipe, data: Data, on_step: OnStep | None = None) -> FraudModel:
    """Fit and compare every model of the recipe.

    Parameters
    ----------
    on_step : callable, optional
        ``on_step(step, total, metrics)`` after each fit; raise in it to cancel.

    Raises
    ------
    RecipeError
        If no model is chosen.

    Examples
    --------
    >>> from core.streaming.fraud.data import load
    >>> small = {"n_customers": 300, "n_terminals": 600, "n_days": 55, "train_day": 0, "n_test": 2, "n_valid": 1}
    >>> recipe = Recipe(models=("depth-2 tree",), **small)
    >>> model = train(recipe, load(recipe))
    >>> model.best, model.score(np.zeros((2, 15))).shape
    ('depth-2 tree', (2,))
    """
    import sklearn.linear_model  # noqa: F401 - only a library that is loaded can be limited
    from threadpoolctl import threadpool_limits

    if not recipe.models:
        message = "models is empty; choose at least one"
        raise RecipeError(message)
    with threadpool_limits(limits=1):
        return _train(recipe, data, on_step)


def _train(recipe: Recipe, data: Data, on_step: OnStep | None) -> FraudModel:
    """Run the stages one after another."""
    names = (*recipe.models, BASELINE)
    progress = Progress(len(names) * (recipe.n_valid + recipe.n_test) + 1, on_step)
    valid = [_fit_week(recipe, data, week, progress) for week in data.valid]
    weights = _choose_weights(recipe, data, valid)
    _add_blend(valid, weights)
    test = [_fit_week(recipe, data, week, progress) for week in data.test]
    _add_blend(test, weights)
    found = _score_fitted(data, valid)
    means = {name: float(values.mean()) for name, values in found["average_precision"].items() if name != BASELINE}
    best = max(means, key=lambda name: means[name])
    first = test[0]
    model = FraudModel(
        recipe=recipe,
        source=_describe_source(data),
        scorers=first.scorers,
        weights=weights,
        best=best,
        alert_from=_find_alert(data, [(each.week, each.shares[best]) for each in valid]),
        usual=np.median(data.features[first.week.train], axis=0),
        valid=found,
        test=_score_fitted(data, test),
        ceiling=find_ceiling(data.transactions, first.week, data.protocol),
        held_out=_hold_out(data, first),
        fit_s=first.fit_s,
        notes=(*data.notes, _note_weights(weights), _note_days(data)),
    )
    model = replace(model, scores=score_weeks(model, data, [(each.week, each.shares) for each in test]))
    progress.advance({"average_precision": float(model.test["average_precision"][best][0])})
    return model


def _fit_week(recipe: Recipe, data: Data, week: Week, progress: Progress) -> Fitted:
    """Fit every model on one week and ask it about the rows that are scored."""
    x, fraud = widen(recipe, data.features[week.train]), data.transactions.fraud[week.train]
    x_test = widen(recipe, data.features[week.test])
    scorers, shares, fit_s = {}, {}, {}
    for name in (*recipe.models, BASELINE):
        started = time.perf_counter()
        scorers[name] = fit_model(name, recipe, x, fraud)
        fit_s[name] = time.perf_counter() - started
        shares[name] = scorers[name].score(x_test)
        progress.advance({})
    return Fitted(week, scorers, shares, fit_s)


def _choose_weights(recipe: Recipe, data: Data, valid: list[Fitted]) -> dict[str, float]:
    """Choose the weights whose blend has the highest average precision over the validation weeks."""
    members = recipe.models
    if len(members) == 1:
        return {members[0]: 1.0}
    choices: list[dict[str, float]] = [dict(zip(members, each, strict=True)) for each in _list_weights(len(members))]
    return max(choices, key=lambda weights: _rate_weights(data, valid, weights))


def _list_weights(n_members: int) -> Iterator[tuple[float, ...]]:
    """List weights in quarters that add up to 1."""
    for parts in itertools.product(range(N_STEPS_OF_WEIGHTS + 1), repeat=n_members):
        if sum(parts) == N_STEPS_OF_WEIGHTS:
            yield tuple(part / N_STEPS_OF_WEIGHTS for part in parts)


def _rate_weights(data: Data, valid: list[Fitted], weights: Mapping[str, float]) -> float:
    """Return the mean over the weeks of average precision."""
    found = []
    for each in valid:
        share = np.sum([weight * each.shares[name] for name, weight in weights.items() if weight], axis=0)
        fraud = data.transactions.fraud[each.week.test]
        found.append(rank_scores(fraud, share, np.ones((1, len(share))))[1, 0])
    return float(np.mean(found))


def _add_blend(fitted: list[Fitted], weights: Mapping[str, float]) -> None:
    """Add what the blend says, where there are several models to blend."""
    if len(weights) == 1:
        return
    for each in fitted:
        each.shares[BLEND] = np.sum([weight * each.shares[name] for name, weight in weights.items() if weight], axis=0)


def _score_fitted(data: Data, fitted: list[Fitted]) -> dict[str, dict[str, NDArray[np.float64]]]:
    """Score every model in every week, by metric and model."""
    payments, top_k = data.transactions, data.protocol.top_k
    found: dict[str, dict[str, NDArray[np.float64]]] = {}
    for name in fitted[0].shares:
        ranks = [
            rank_scores(payments.fraud[each.week.test], each.shares[name], np.ones((1, len(each.week.test))))[:, 0]
            for each in fitted
        ]
        cards = [measure_card_precision(payments, each.week.test, each.shares[name], top_k).mean() for each in fitted]
        columns = (*np.array(ranks).T, np.array(cards))
        for metric, values in zip(("roc_auc", "average_precision", name_card_precision(top_k)), columns, strict=True):
            found.setdefault(metric, {})[name] = values
    return found


def _find_alert(data: Data, weeks: list[tuple[Week, NDArray[np.float64]]]) -> float:
    """Return the probability that, on the mean validation day, as many cards reach as can be looked at."""
    heights = []
    for week, share in weeks:
        days, customers = (values[week.test] for values in (data.transactions.days, data.transactions.customer))
        for day in np.unique(days):
            cards, place = np.unique(customers[days == day], return_inverse=True)
            highest = np.zeros(len(cards))
            np.maximum.at(highest, place, share[days == day])
            heights.append(np.sort(highest)[-min(data.protocol.top_k, len(cards))])
    return float(np.mean(heights))


def _describe_source(data: Data) -> Source:
    """Say what the kept scorers learnt from."""
    week, fraud = data.test[0], data.transactions.fraud
    return Source(
        name=data.name,
        sha256=data.sha256,
        file="" if data.table is None else TABLE_FILE,
        train_days=(week.start_day, week.start_day + data.protocol.train_days - 1),
        n_train=len(week.train),
        n_frauds=int(fraud[week.train].sum()),
        target=data.label,
    )


def _hold_out(data: Data, fitted: Fitted) -> HeldOut:
    """Keep the scored payments of the first test week."""
    scored = data.transactions.take(fitted.week.test)
    return HeldOut(scored.id, scored.days, scored.customer, scored.amount, scored.fraud, scored.scenario, fitted.shares)


def _note_weights(weights: Mapping[str, float]) -> str:
    """Say what the validation weeks chose."""
    told = ", ".join(f"{name} {weight:.2f}" for name, weight in weights.items() if weight)
    return f"The validation weeks chose these weights: {told}."


def _note_days(data: Data) -> str:
    """Say by date what was learnt from and what was scored."""
    week, protocol = data.test[0], data.protocol
    first = (EPOCH + timedelta(days=week.start_day)).date()
    scored = first + timedelta(days=protocol.train_days + protocol.delay_days)
    return (
        f"The models learnt from {protocol.train_days} days from {first} on; the first scored week begins on {scored}, "
        f"{protocol.delay_days} days after them, because so long it takes until a fraud is known."
    )
