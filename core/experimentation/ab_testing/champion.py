"""The hub's own models on trial: a share of the requests goes to the challenger, and feedback says who is right.

The arms of such an experiment are stored models of one project, the champion last. Each answer given to a unit is its
exposure, with the answer kept beside it. Feedback on an answer becomes a metric: ``correct`` (0 or 1) for a class,
``absolute_error`` for a number. One unit may send many requests, so accuracy is a ratio over units.

Left out: loading and asking the models, which the HTTP API does (``core.serving.experiments``).
"""

from __future__ import annotations

import json
from dataclasses import dataclass

import pandas as pd

from core.evaluation.intervals import wilson_interval
from core.experimentation.ab_testing.assignment import Experiment, assign
from core.experimentation.ab_testing.decision import Better
from core.experimentation.ab_testing.events import Event
from core.experimentation.ab_testing.ledger import Ledger, Moment
from core.experimentation.ab_testing.recipe import Recipe
from core.experimentation.ab_testing.register import Entry, find_experiment, start
from core.hub.artifacts import load_artifact
from core.hub.errors import DataError

CORRECT, ERROR = "correct", "absolute_error"
Answer = str | float | None


@dataclass(frozen=True, slots=True)
class Route:
    """Which model answers a unit, and whether that counts as part of the trial."""

    entry: Entry
    model: str
    is_inside: bool

    @property
    def project(self) -> str:
        """Slug of the project."""
        return self.entry.experiment.project


@dataclass(frozen=True, slots=True)
class Judged:
    """What feedback said of an answer: the metric and its value; ``is_new`` is False where it was known already."""

    metric: str
    value: float
    is_new: bool


def start_duel(
    ledger: Ledger,
    name: str,
    project: str,
    models: tuple[str, str],
    *,
    share: float = 0.5,
    answers: str = "class",
) -> Entry:
    """Start a trial of a challenger against a champion.

    Parameters
    ----------
    project : str
        Slug of the project.
    models : (str, str)
        Names of the stored models: challenger, champion.
    share : float
        Of the units that the challenger answers, 0.0001 to 0.9999.
    answers : str
        ``class`` compares accuracy, ``number`` the mean absolute error.

    Raises
    ------
    HubError
        If a model is not stored, or as :func:`core.experimentation.ab_testing.register.start`.
    """
    for model in models:
        load_artifact(project, model)
    weights = (share, round(1 - share, 12))
    return start(ledger, Experiment(name, models, weights, project=project), make_duel_plan(answers))


def make_duel_plan(answers: str = "class") -> Recipe:
    """Make the plan of a trial of models: a ratio over units, watched at any time.

    Examples
    --------
    >>> plan = make_duel_plan("number")
    >>> plan.metric, plan.denominator, plan.better
    ('absolute_error', 'absolute_error_count', 'lower')
    """
    metric = CORRECT if answers == "class" else ERROR
    better: Better = "higher" if answers == "class" else "lower"
    return Recipe(metric=metric, denominator=f"{metric}_count", kind="ratio", better=better, monitoring="anytime")


def route(ledger: Ledger, name: str, unit: str) -> Route:
    """Choose the model that answers a unit; who is not in the trial is answered by the champion.

    Raises
    ------
    DataError
        If there is no such experiment, or its arms are not models.
    """
    entry = find_experiment(ledger, name)
    if not entry.experiment.project:
        message = f"{name} does not compare stored models; take the arm from assign and show its version yourself"
        raise DataError(message)
    arm = assign(entry.experiment, unit) if entry.is_running else None
    return Route(entry, arm or entry.experiment.arms[-1], arm is not None)


def record_answer(ledger: Ledger, chosen: Route, unit: str, request: str, answer: Answer) -> Answer:
    """Write down that a unit was given an answer: its exposure.

    Parameters
    ----------
    request : str
        The client's own id of the request; sent again, the answer that was given first is returned.

    Raises
    ------
    DataError
        If another unit sent a request of this id.
    """
    name, event_id = chosen.entry.experiment.name, f"hub:answer:{chosen.entry.experiment.name}:{request}"
    with ledger.write() as batch:
        old = batch.find_event(event_id)
        if old is None:
            detail = json.dumps({"answer": answer})
            batch.append([Event(event_id, "exposure", batch.now_us, unit, name, chosen.model, detail=detail)])
            return answer
    if old.unit != unit:
        message = f"the request {request} was made for another unit; give each request an id of its own"
        raise DataError(message)
    return _read_answer(old)


def _read_answer(event: Event) -> Answer:
    """Read the answer beside an exposure."""
    answer: Answer = json.loads(event.detail)["answer"]
    return answer


def record_feedback(ledger: Ledger, name: str, request: str, truth: str | float) -> Judged:
    """Write down what was true for a request that was answered.

    Raises
    ------
    DataError
        If no answer was given under this id, the model gave none, the truth is of another kind, or another truth was
        told before, which counts.
    """
    event_id = f"hub:truth:{name}:{request}"
    with ledger.write() as batch:
        given = batch.find_event(f"hub:answer:{name}:{request}")
        if given is None:
            message = f"{name} gave no answer under the id {request[:64]!r}; send the id that the request had"
            raise DataError(message)
        metric, value = judge(_read_answer(given), truth)
        detail = json.dumps({"truth": truth})
        old = batch.find_event(event_id)
        time_us = batch.now_us if old is None else old.time_us
        told = Event(event_id, "metric", time_us, given.unit, name, given.arm, metric, value, detail)
        batch.append([told])
    if old is not None and old != told:
        message = f"the request {request} was told another truth before, which counts; send the truth once"
        raise DataError(message)
    return Judged(metric, value, old is None)


def judge(answer: Answer, truth: str | float) -> tuple[str, float]:
    """Compare an answer with the truth.

    Returns
    -------
    (metric, value)
        ``correct`` with 0 or 1, or ``absolute_error`` in the answer's unit.

    Raises
    ------
    DataError
        If the model gave no answer, or the truth is of another kind than the answer.

    Examples
    --------
    >>> judge("setosa", "setosa"), judge(2.5, 3)
    (('correct', 1.0), ('absolute_error', 0.5))
    """
    if answer is None:
        message = "the model declined to answer this request, so there is nothing to judge"
        raise DataError(message)
    if isinstance(answer, str) != isinstance(truth, str):
        kind = "a class, as text" if isinstance(answer, str) else "a number"
        message = f"the truth is {str(truth)[:40]!r}; the answer was {kind}, so give the same"
        raise DataError(message)
    if isinstance(answer, str):
        return CORRECT, float(answer == truth)
    return ERROR, abs(answer - float(truth))


def list_accuracy(ledger: Ledger, name: str, moment: Moment | None = None) -> pd.DataFrame:
    """Tabulate what feedback says of each model: requests answered, requests judged, and the mean with its interval.

    Returns
    -------
    DataFrame
        model, units, answered, judged, value, low, high; of numbers the value is the mean error, without interval.
    """
    moment = moment or ledger.find_moment()
    entry = find_experiment(ledger, name, moment)
    given = ledger.list_events("exposure", moment, experiments=[name])
    told = ledger.list_events("metric", moment, experiments=[name])
    rows = []
    for model in entry.experiment.arms:
        own, judged = given[given["arm"] == model], told.loc[told["arm"] == model, "value"]
        value = float(judged.mean()) if len(judged) else float("nan")
        is_share = entry.plan.metric == CORRECT and len(judged) > 0
        low, high = wilson_interval(int(judged.sum()), len(judged)) if is_share else (float("nan"), float("nan"))
        rows.append((model, int(own["unit"].nunique()), len(own), len(judged), value, low, high))
    return pd.DataFrame(rows, columns=["model", "units", "answered", "judged", "value", "low", "high"])
