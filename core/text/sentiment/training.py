"""Fit every family of a recipe on the same texts, calibrate each on the tune films, and ask all about the test.

A family that is already fitted may be handed over, so that one can be trained anew beside the others.

Left out: the families themselves, each a module of its name.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from core.datasets.text_sets import LabelledTexts
from core.hub.contract import Metrics, OnStep
from core.hub.progress import Progress
from core.text.sentiment.calibration import fit_abstention, fit_calibration
from core.text.sentiment.data import Data
from core.text.sentiment.family import TextModel, find_fit, round_stored
from core.text.sentiment.model import TEST, FittedFamily, HeldOut, Model
from core.text.sentiment.recipe import Recipe
from core.text.sentiment.scoring import score_model

STEPS = 100
"""Steps of the progress that each family has."""
N_TIMED, TIMED_WORDS = 31, 24
"""Texts that are timed, of about 32 tokens each."""


def train(
    recipe: Recipe, data: Data, on_step: OnStep | None = None, kept: Mapping[str, tuple[TextModel, float]] | None = None
) -> Model:
    """Fit the recipe's families.

    Parameters
    ----------
    on_step : callable, optional
        ``on_step(step, total, metrics)``: a hundred steps a family, with its own metrics, and its accuracy on the tune
        texts once it is fitted; raise in it to cancel.
    kept : mapping of name to (TextModel, float), optional
        Families that were fitted before on the same texts, with the seconds that took: taken as they are.

    Examples
    --------
    >>> from core.text.sentiment.data import load
    >>> recipe = Recipe(most="lexicon", texts=400)
    >>> model = train(recipe, load(recipe))
    >>> model.names, model.scores[0].metric, model.scores[0].n
    (('lexicon', 'most frequent class'), 'accuracy', 2900)
    """
    total = STEPS * len(recipe.families) + 1
    fitted: dict[str, FittedFamily] = {}
    for place, name in enumerate(recipe.families):
        tell = _scale_steps(on_step, place * STEPS, total)
        fitted[name] = _fit_family(name, recipe, data, tell, (kept or {}).get(name))
        if on_step is not None:
            right = (fitted[name].probabilities(data.tune.texts) >= 0.5) == data.tune.labels  # noqa: PLR2004  # likelier
            on_step((place + 1) * STEPS, total, {f"{name}_tune_accuracy": float(right.mean())})
    model = finish_model(recipe, data, fitted)
    Progress(total, on_step, done=total - 1).advance({"test_accuracy": model.scores[0].value})
    return model


def _scale_steps(on_step: OnStep | None, first: int, total: int) -> OnStep | None:
    """Return an ``on_step`` for one family, whose own steps become its share of the run's."""
    if on_step is None:
        return None

    def tell(step: int, family_total: int, metrics: Metrics) -> None:
        on_step(first + STEPS * min(step, family_total) // max(family_total, 1), total, metrics)

    return tell


def _fit_family(
    name: str, recipe: Recipe, data: Data, on_step: OnStep | None, kept: tuple[TextModel, float] | None
) -> FittedFamily:
    """Fit one family, unless it is given, then calibrate and time it."""
    if kept is None:
        started = time.process_time()
        model = find_fit(name)(data.train.texts, data.train.labels, recipe, on_step)
        kept = model, time.process_time() - started
    model, fit_s = kept
    scores = model.score(data.tune.texts)
    calibration = fit_calibration(scores, data.tune.labels)
    groups = number_groups(data.tune.groups)
    abstention = fit_abstention(calibration.apply(scores), data.tune.labels, recipe.promise, groups)
    n_bytes = sum(map(len, model.to_files().values()))
    return FittedFamily(model, calibration, abstention, fit_s, time_texts(model, data.tune.texts), n_bytes)


def time_texts(model: TextModel, texts: Sequence[str]) -> float:
    """Return the median milliseconds of processor time of one text, asked alone; texts of about 24 words are taken."""
    chosen = sorted(texts, key=lambda text: abs(len(text.split()) - TIMED_WORDS))[:N_TIMED]
    model.score(chosen[:1])
    taken = []
    for text in chosen:
        started = time.process_time()
        model.score([text])
        taken.append(time.process_time() - started)
    return float(np.median(taken)) * 1e3


def finish_model(recipe: Recipe, data: Data, fitted: Mapping[str, FittedFamily]) -> Model:
    """Ask every family about the test texts and score the answers."""
    sets = {TEST: data.test, **data.domains}
    held_out = {split: _ask(texts, fitted) for split, texts in sets.items()}
    model = Model(recipe, fitted, float(data.train.labels.mean()), held_out, data.source, data.sha256)
    return replace(model, scores=score_model(model))


def _ask(data: LabelledTexts, fitted: Mapping[str, FittedFamily]) -> HeldOut:
    """Ask every family about one set; the answers are rounded to the 32 bits that are stored."""
    shares = {name: round_stored(one.probabilities(data.texts)) for name, one in fitted.items()}
    return HeldOut(data.labels, number_groups(data.groups), shares)


def number_groups(groups: Sequence[str]) -> NDArray[np.int32]:
    """Give each text the number of its group, in the order in which groups first come.

    Examples
    --------
    >>> number_groups(["Alien", "Heat", "Alien"]).tolist()
    [0, 1, 0]
    """
    numbers = {group: place for place, group in enumerate(dict.fromkeys(groups))}
    return np.array([numbers[group] for group in groups], np.int32)
