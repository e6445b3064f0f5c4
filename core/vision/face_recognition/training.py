"""Choose every gate of a run on one half of the people, then score it on the other half.

Left out: training of the network, which comes as it is; a small head that learns is in ``head``.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from core.hub.contract import OnStep
from core.hub.errors import DataError
from core.vision.face_recognition.data import Data
from core.vision.face_recognition.eigenfaces import fit_eigenfaces
from core.vision.face_recognition.identification import METHODS
from core.vision.face_recognition.model import Model
from core.vision.face_recognition.open_set import draw_visits, place_naming_gate
from core.vision.face_recognition.pairs import make_pairs
from core.vision.face_recognition.recipe import Recipe
from core.vision.face_recognition.scoring import make_rngs, score_model
from core.vision.face_recognition.thresholds import choose_gate, judge_claim, measure_gallery

STEPS = ("pairs", "names", "baseline", "scores")


def train(recipe: Recipe, data: Data, on_step: OnStep | None = None) -> Model:
    """Choose the gates and score them.

    Raises
    ------
    DataError
        If the people who choose leave no gate at that false-accept rate.

    Examples
    --------
    >>> from core.vision.face_recognition.data import load
    >>> model = train(Recipe(), load(Recipe()))
    >>> model.gate
    0.63
    """
    tell = on_step or (lambda *_: None)
    choosing = data.choosing
    tell(1, len(STEPS), {"pictures": float(len(choosing))})
    curve = measure_gallery(choosing.vectors, choosing.person)
    gate = choose_gate(curve, recipe.false_accepts)
    if gate is None:
        message = f"no gate accepts {recipe.false_accepts:.2%} or less of strangers' pairs; allow more false accepts"
        raise DataError(message)
    tell(2, len(STEPS), {"gate": gate})
    naming: dict[str, float] = {}
    for method in METHODS:
        visits = draw_visits(choosing, choosing.vectors, recipe.enrolled, make_rngs(recipe, "choosing"), method)
        naming[method] = place_naming_gate(visits, recipe.false_accepts)
    tell(3, len(STEPS), {f"gate of {name}": value for name, value in naming.items()})
    test_curve = measure_gallery(data.test.vectors, data.test.person)
    model = Model(
        recipe,
        gate,
        naming,
        _choose_eigen_gate(recipe, data),
        test_curve,
        judge_claim(curve, recipe.false_accepts),
        data.source,
        data.sha256,
        _make_notes(data),
    )
    scored = replace(model, scores=score_model(model, data))
    tell(4, len(STEPS), {"true_accept_rate": scored.scores[0].value})
    return scored


def _choose_eigen_gate(recipe: Recipe, data: Data) -> float | None:
    """Choose the baseline's gate by the same rule, where there are pictures."""
    choosing = data.choosing
    if choosing.pictures is None:
        return None
    pairs = make_pairs(fit_eigenfaces(choosing.pictures).describe(choosing.pictures), choosing.person)
    strangers = np.sort(pairs.distance[~pairs.same])
    return float(np.nextafter(strangers[int(recipe.false_accepts * len(strangers))], 0.0))


def _make_notes(data: Data) -> tuple[str, ...]:
    """Say what else should be known of the data."""
    n_people = data.choosing.n_people
    smallest = 1 - 0.05 ** (1 / n_people)
    told = (
        f"{n_people} people chose the gates of naming; so few can promise no less than {smallest:.0%} of strangers "
        "named, even if none of them was (rule of three)."
    )
    notes = [told]
    if data.n_missed:
        notes.append(f"In {data.n_missed} pictures of the test people no face was found.")
    return tuple(notes)
