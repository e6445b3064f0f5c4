"""The moving figures of the lessons, each worked out from the bundled passengers as its control moves.

Left out: the lessons' words (``lessons``).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Annotated, Literal

import numpy as np
import pandas as pd

from core.evaluation.attribution import exact_shapley
from core.evaluation.attribution.charts import path_chart
from core.evaluation.comparison import mcnemar_test, show_p
from core.evaluation.intervals import wilson_interval
from core.evaluation.splits import make_folds
from core.hub.charts import Chart, Mark
from core.hub.contract import Label, Range
from core.tabular.titanic.data import Data, load
from core.tabular.titanic.explaining import condense, draw_background, make_ask
from core.tabular.titanic.features import engineer
from core.tabular.titanic.pipelines import answer_rows, engineer_sides, find_shares, fit_pipeline
from core.tabular.titanic.recipe import CLASSES, SEX_RULE, Recipe
from core.tabular.titanic.remedies import score_answers

LOGISTIC = Recipe(models=("logistic regression",), companions="off")
WITH_COMPANIONS = replace(LOGISTIC, companions="fates")
N_DRAWN = 8


@lru_cache(maxsize=1)
def load_passengers() -> Data:
    """Load the bundled passengers once."""
    return load(LOGISTIC)


@dataclass(frozen=True, slots=True)
class FeatureControl:
    """Which made feature is looked at."""

    feature: Annotated[
        Literal["title", "family_size", "is_alone", "deck"], Label("Feature", "Made from one row alone.")
    ] = "title"


def draw_feature(control: FeatureControl) -> Chart:
    """Draw the share that lived at each value of a made feature, on the training rows."""
    data = load_passengers()
    x, lived = data.x.iloc[data.train], data.y[data.train] == CLASSES[1]
    values = engineer(x)[control.feature].map(lambda value: f"{value:g}" if isinstance(value, float) else value)
    groups = pd.Series(lived).groupby(values.to_numpy())
    counts, hits = groups.size(), groups.sum()
    shares = (hits / counts).to_numpy()
    ends = np.array([wilson_interval(int(hit), int(n)) for hit, n in zip(hits, counts, strict=True)])
    names = counts.index.to_numpy(dtype=object)
    high, low = int(np.argmax(shares)), int(np.argmin(shares))
    title = (
        f"Of {control.feature} {names[high]} {shares[high]:.0%} lived, of {names[low]} {shares[low]:.0%} "
        f"({counts.iloc[high]} and {counts.iloc[low]} passengers)"
    )
    mark = Mark("bars", names, shares, low=ends[:, 0], high=ends[:, 1])
    return Chart(title, control.feature, "Share that lived", (mark,), alt=f"{title}.", y_percent=True)


@dataclass(frozen=True, slots=True)
class ImputeControl:
    """With which share of the known ages a missing one is filled."""

    quantile: Annotated[float, Range(0.0, 1.0, 0.1), Label("Fill with the quantile", "0.5 is the median.")] = 0.5


def draw_imputation(control: ImputeControl) -> Chart:
    """Draw the ages before and after filling gaps with one value."""
    data = load_passengers()
    ages = data.x["age"].iloc[data.train]
    fill = float(ages.quantile(control.quantile))
    edges = np.arange(0, 85, 5)
    before, after = (np.histogram(each, edges)[0] for each in (ages.dropna(), ages.fillna(fill)))
    spread = float(ages.std()), float(ages.fillna(fill).std())
    n_gaps = int(ages.isna().sum())
    change = "shrinks" if spread[1] < spread[0] else "widens"
    title = f"Filling {n_gaps} gaps with {fill:g} {change} the spread from {spread[0]:.1f} to {spread[1]:.1f}"
    names = np.array([f"{edge}–{edge + 4}" for edge in edges[:-1]], dtype=object)
    marks = (Mark("bars", names, after, "filled", "second"), Mark("bars", names, before, "known"))
    return Chart(title, "Age in years", "Training passengers", marks, alt=f"{title}.")


@dataclass(frozen=True, slots=True)
class FoldControl:
    """How the folds are cut."""

    folds: Annotated[Literal["random", "whole tickets"], Label("Folds")] = "random"
    n_folds: Annotated[int, Range(2, 10, 1), Label("Number of folds")] = 5


def draw_folds(control: FoldControl) -> Chart:
    """Draw each fold's accuracy of logistic regression beside the sex-only rule."""
    data = load_passengers()
    x, y = data.x.iloc[data.train], data.y[data.train]
    groups = data.tickets[data.train] if control.folds == "whole tickets" else None
    found: dict[str, list[float]] = {"logistic regression": [], SEX_RULE: []}
    for split in make_folds(y, control.n_folds, 1, 0, groups):
        z, z_new = engineer_sides(WITH_COMPANIONS, (x.iloc[split.train], y[split.train]), x.iloc[split.test])
        for name, scores in found.items():
            shares = find_shares(fit_pipeline(name, WITH_COMPANIONS, z, y[split.train]), z_new)
            scores.append(float((answer_rows(shares) == y[split.test]).mean()))
    means = [float(np.mean(scores)) for scores in found.values()]
    title = f"On {control.folds} folds logistic regression scores {means[0]:.3f}, the sex-only rule {means[1]:.3f}"
    places = np.arange(1, control.n_folds + 1, dtype=float)
    marks = tuple(
        Mark("points", places, np.array(scores), name, "class", index)
        for index, (name, scores) in enumerate(found.items())
    )
    return Chart(title, "Fold", "Accuracy", marks, alt=f"{title}.", y_percent=True)


@dataclass(frozen=True, slots=True)
class PenaltyControl:
    """How strongly the weights are held back."""

    c: Annotated[float, Range(0.001, 100.0, log=True), Label("C", "Larger trusts the rows more.")] = 1.0


def draw_penalty(control: PenaltyControl) -> Chart:
    """Draw accuracy against C on training rows and on folds, and where the control stands."""
    grid = np.array([0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0])
    scores = np.array([_score_penalty(float(c)) for c in grid])
    own = _score_penalty(control.c)
    best = int(scores[:, 1].argmax())
    level = int((scores[:, 1] >= scores[best, 1] - own[2]).sum())
    title = f"At C {control.c:g} folds give {own[1]:.3f}; {level} of {len(grid)} values are as good as the best"
    marks = (
        Mark("line", grid, scores[:, 0], "training rows", "baseline", dash=True),
        Mark("line", grid, scores[:, 1], "folds"),
        Mark("points", np.array([control.c]), np.array([own[1]]), "here", "second", size=12.0),
    )
    return Chart(title, "C", "Accuracy", marks, alt=f"{title}.", x_log=True)


@lru_cache(maxsize=64)
def _score_penalty(c: float) -> tuple[float, float, float]:
    """Score logistic regression with one C: training rows, mean of five folds, and its standard error."""
    data, recipe = load_passengers(), replace(LOGISTIC, logistic_c=c)
    y, z = data.y[data.train], engineer(data.x.iloc[data.train])
    name = recipe.models[0]
    own = float((answer_rows(find_shares(fit_pipeline(name, recipe, z, y), z)) == y).mean())
    folds = [
        float((answer_rows(_ask_side(recipe, z.iloc[s.train], y[s.train], z.iloc[s.test])) == y[s.test]).mean())
        for s in make_folds(y, 5, 1, 0)
    ]
    return own, float(np.mean(folds)), float(np.std(folds, ddof=1) / np.sqrt(len(folds)))


def _ask_side(recipe: Recipe, z: pd.DataFrame, y: np.ndarray, z_new: pd.DataFrame) -> np.ndarray:
    """Fit on one side of a fold and ask about the other."""
    return find_shares(fit_pipeline(recipe.models[0], recipe, z, y), z_new)


@lru_cache(maxsize=2)
def _hold_out(weights: Literal["balanced"] | None) -> tuple[np.ndarray, np.ndarray]:
    """Return who of the training rows lived, and shares from five folds."""
    data = load_passengers()
    y, z = data.y[data.train], engineer(data.x.iloc[data.train])
    shares = np.zeros(len(y))
    for split in make_folds(y, 5, 1, 0):
        fitted = fit_pipeline(LOGISTIC.models[0], LOGISTIC, z.iloc[split.train], y[split.train], weights)
        shares[split.test] = find_shares(fitted, z.iloc[split.test])
    return y == CLASSES[1], shares


@dataclass(frozen=True, slots=True)
class ThresholdControl:
    """From which probability on Yes is said, and whether survivors weigh more."""

    threshold: Annotated[float, Range(0.05, 0.95, 0.05), Label("Say Yes above")] = 0.5
    weights: Annotated[Literal["none", "balanced"], Label("Class weights")] = "none"


def draw_threshold(control: ThresholdControl) -> Chart:
    """Draw precision, recall and accuracy as the threshold moves, on rows held out by folds."""
    truth, shares = _hold_out("balanced" if control.weights == "balanced" else None)
    grid = np.round(np.arange(0.05, 0.96, 0.05), 2)
    found = [score_answers(truth, shares, float(limit)) for limit in grid]
    own = score_answers(truth, shares, control.threshold)
    title = (
        f"Above {control.threshold:.2f} recall is {own['recall']:.0%}, precision {own['precision']:.0%}, accuracy "
        f"{own['accuracy']:.0%}; Brier {own['brier']:.4f}"
    )
    roles = (("precision", "main"), ("recall", "second"), ("accuracy", "third"))
    lines = tuple(Mark("line", grid, np.array([each[name] for each in found]), name, role) for name, role in roles)  # type: ignore[arg-type]
    here = np.array([own[name] for name, _ in roles])
    mark = Mark("points", np.full(3, control.threshold), here, "here", "muted", size=10.0)
    return Chart(title, "Threshold", "Share", (*lines, mark), alt=f"{title}.", y_percent=True)


@dataclass(frozen=True, slots=True)
class BoldnessControl:
    """How far probabilities are pushed away from one half, or towards it."""

    power: Annotated[
        float, Range(0.1, 4.0, 0.1), Label("Odds to the power of", "Above 1 all probabilities are bolder.")
    ] = 2.0


def draw_boldness(control: BoldnessControl) -> Chart:
    """Draw the log loss of logistic regression on folds as its probabilities are made bolder: accuracy stays."""
    truth, shares = _hold_out(None)
    logits = np.log(shares / (1 - shares))
    grid = np.round(np.arange(0.1, 4.01, 0.1), 1)
    losses = np.array([_measure_loss(truth, power * logits) for power in grid])
    own, plain = (_measure_loss(truth, power * logits) for power in (control.power, 1.0))
    accuracy = float(((control.power * logits > 0) == truth).mean())
    title = (
        f"With odds to the power of {control.power:g} accuracy stays {accuracy:.3f}; log loss is {own:.3f}, as the "
        f"model said it {plain:.3f}"
    )
    marks = (
        Mark("line", grid, losses, "log loss"),
        Mark("points", np.array([control.power]), np.array([own]), "here", "second", size=12.0),
    )
    return Chart(title, "Odds to the power of", "Log loss (nats)", marks, alt=f"{title}.")


def _measure_loss(truth: np.ndarray, logits: np.ndarray) -> float:
    """Return the mean log loss of answers given by their log odds."""
    return float(np.logaddexp(0.0, np.where(truth, -logits, logits)).mean())


@dataclass(frozen=True, slots=True)
class PairControl:
    """On how many rows two models disagree, and how often the first is right there."""

    only_first: Annotated[int, Range(0, 60, 1), Label("Only the model is right")] = 27
    only_second: Annotated[int, Range(0, 60, 1), Label("Only the rule is right")] = 20


def draw_pair(control: PairControl) -> Chart:
    """Draw McNemar's interval of the difference on 418 rows."""
    n_rows = 418
    agree = np.ones(n_rows - control.only_first - control.only_second, dtype=bool)
    first = np.r_[agree, np.ones(control.only_first, bool), np.zeros(control.only_second, bool)]
    second = np.r_[agree, np.zeros(control.only_first, bool), np.ones(control.only_second, bool)]
    test = mcnemar_test(first, second)
    verdict = "is real" if test.p < 0.05 else "cannot be told from chance"  # noqa: PLR2004 the usual level
    title = f"{100 * test.difference:+.1f} points {verdict}: {show_p(test.p)}".replace("-", "−")
    where = np.array(["difference"], dtype=object)
    ends = np.array([test.low]), np.array([test.high])
    marks = (
        Mark("points", np.array([test.difference]), where, "difference", low=ends[0], high=ends[1], size=12.0),
        Mark("points", np.zeros(1), where, "no difference", "baseline"),
    )
    return Chart(title, "Difference in accuracy", "", marks, alt=f"{title}.", x_percent=True)


@dataclass(frozen=True, slots=True)
class PassengerControl:
    """A passenger of whom three things are changed."""

    sex: Annotated[Literal["female", "male"], Label("Sex", "The title follows.")] = "female"
    pclass: Annotated[Literal["1", "2", "3"], Label("Class")] = "3"
    age: Annotated[float, Range(0.0, 80.0, 1.0), Label("Age", "", "years")] = 30.0


def draw_reasons(control: PassengerControl) -> Chart:
    """Draw the Shapley path of logistic regression to one passenger's probability."""
    data = load_passengers()
    x = data.x.iloc[data.train]
    title = {"female": "Miss", "male": "Mr"}[control.sex]
    row = x.iloc[:1].assign(sex=control.sex, pclass=control.pclass, age=control.age, name=f", {title}.")
    background = draw_background(x, N_DRAWN, 0)
    case, others = (condense(each, None) for each in (row, background))
    found = exact_shapley(make_ask(_fit_whole(), None), case, others)
    return path_chart(found, texts={"sex": control.sex, "pclass": control.pclass, "age": f"{control.age:g}"})


@lru_cache(maxsize=1)
def _fit_whole() -> object:
    """Fit logistic regression on all training rows once."""
    data = load_passengers()
    return fit_pipeline(LOGISTIC.models[0], LOGISTIC, engineer(data.x.iloc[data.train]), data.y[data.train])
