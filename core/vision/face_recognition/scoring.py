"""Figures of the people who chose nothing, each with an interval and beside a baseline.

The share of one person's pairs that are accepted is told at the gate chosen on the other people, with the share of
strangers' pairs that this gate lets pass. Eigenfaces stand beside it at the gate that lets the *same* share of
strangers pass, read off the test people themselves, which flatters them; their own row has the gate they chose.

Intervals know how few people stand behind the pairs and visits (``error_rates``). The people of a naming draw are also
bound together by their gallery, which the intervals of naming do not know. The share of pictures with a face alone has
Wilson's interval, which takes pictures for independent.

Left out: the metrics' words (``core.evaluation.metrics``).
"""

from __future__ import annotations

import numpy as np

from core.evaluation import runs
from core.evaluation.intervals import wilson_interval
from core.evaluation.rows import RowMaker, Span
from core.hub.contract import ScoreRow, Scores
from core.hub.errors import DataError
from core.vision.face_recognition.data import Data, Faces
from core.vision.face_recognition.eigenfaces import fit_eigenfaces
from core.vision.face_recognition.error_rates import ErrorRates, measure_rates
from core.vision.face_recognition.identification import METHODS, NEAREST
from core.vision.face_recognition.model import ACCEPT, FALSE_ACCEPT, FALSE_IDENTIFY, FOUND, IDENTIFY, Model
from core.vision.face_recognition.open_set import Visits, choose_naming_gate, draw_visits
from core.vision.face_recognition.pairs import Pairs, count_errors, make_pairs
from core.vision.face_recognition.recipe import AT_RANDOM, EIGENFACES, EMBEDDING, RECIPES, SLUG, STANDARD, Recipe
from core.vision.face_recognition.types import DEFAULT_GATE

NAMED = {method: f"{method}, behind a gate" for method in METHODS}
EIGEN_NAMED = "eigenfaces, nearest faces"
PROMISE = "the rate asked for"


def evaluate(model: Model, data: Data) -> Scores:
    """Score a model on its test people again.

    Raises
    ------
    DataError
        If these are not the faces that the model's recipe loads.
    """
    if data.sha256 != model.sha256:
        message = f"these are not the model's faces ({model.source}); load them with the model's own recipe"
        raise DataError(message)
    return score_model(model, data)


def describe_command(recipe: Recipe) -> str:
    """Return the command that makes a model's figures again; ``recipe.json`` comes with it."""
    return runs.describe_command(SLUG, RECIPES, recipe)


def make_rngs(recipe: Recipe, part: str) -> tuple[np.random.Generator, ...]:
    """Give one generator for each draw of a part, the same at every call."""
    stream = {"choosing": 1, "test": 2}[part]
    return tuple(np.random.default_rng((recipe.seed, stream, draw)) for draw in range(recipe.draws))


def score_model(model: Model, data: Data) -> Scores:
    """Write every row: verification at two gates and by the baseline, naming, and faces found."""
    test = data.test
    described = None
    if test.pictures is not None and data.choosing.pictures is not None:
        described = fit_eigenfaces(data.choosing.pictures).describe(test.pictures)
    rows = [*_score_verifying(model, test, described), *_score_naming(model, test, described)]
    if data.n_missed or test.pictures is not None:
        rows.append(_score_found(model, len(test), data.n_missed))
    return tuple(rows)


def _score_verifying(model: Model, test: Faces, described: np.ndarray | None) -> list[ScoreRow]:
    """Score one-to-one comparison."""
    pairs = make_pairs(test.vectors, test.person)
    eigen = None if described is None else make_pairs(described, test.person)
    rows = []
    for name, gate in ((EMBEDDING, model.gate), (STANDARD, DEFAULT_GATE)):
        accepts, rejects = _measure(pairs, gate)
        beside = AT_RANDOM if eigen is None else f"{EIGENFACES} at the same false accepts"
        value = float(accepts.rate[0]) if eigen is None else _read_accepts(eigen, float(accepts.rate[0]))
        maker = RowMaker(name, beside, model.recipe.seed, describe_command(model.recipe))
        rows += [
            maker.make_row(ACCEPT, "test", _turn(rejects), rejects.n_pairs, value),
            _promise_row(model, name, FALSE_ACCEPT, accepts),
        ]
    if eigen is not None and model.eigen_gate is not None:
        accepts, rejects = _measure(eigen, model.eigen_gate)
        maker = RowMaker(EIGENFACES, AT_RANDOM, model.recipe.seed, describe_command(model.recipe))
        rows += [
            maker.make_row(ACCEPT, "test", _turn(rejects), rejects.n_pairs, float(accepts.rate[0])),
            _promise_row(model, EIGENFACES, FALSE_ACCEPT, accepts),
        ]
    return rows


def _measure(pairs: Pairs, gate: float) -> tuple[ErrorRates, ErrorRates]:
    """Measure false accepts and false rejects at one gate."""
    # Stricter and looser gates come along: they show how errors cluster where this one has too few.
    gates = np.concatenate([[gate], np.quantile(pairs.distance, np.linspace(0.002, 0.9, 60))])
    accepts, rejects = (measure_rates(count_errors(pairs, gates, same=same)) for same in (False, True))
    return accepts, rejects


def _read_accepts(pairs: Pairs, false_accepts: float) -> float:
    """Read off the share of one person's pairs within the gate that lets a share of strangers' pairs pass."""
    gate = np.quantile(pairs.distance[~pairs.same], false_accepts)
    return float((pairs.distance[pairs.same] <= gate).mean())


def _turn(rates: ErrorRates) -> Span:
    """Turn the share that fails into the share that does not."""
    return 1 - float(rates.rate[0]), 1 - float(rates.high[0]), 1 - float(rates.low[0])


def _promise_row(model: Model, name: str, metric: str, rates: ErrorRates) -> ScoreRow:
    """Write how many strangers pass, beside the share that was asked for."""
    maker = RowMaker(name, PROMISE, model.recipe.seed, describe_command(model.recipe))
    span = (float(rates.rate[0]), float(rates.low[0]), float(rates.high[0]))
    return maker.make_row(metric, "test", span, rates.n_pairs, model.recipe.false_accepts)


def _score_naming(model: Model, test: Faces, described: np.ndarray | None) -> list[ScoreRow]:
    """Score one-to-many naming, strangers among those who come."""
    rows = []
    eigen = None
    if described is not None:
        eigen = draw_visits(test, described, model.recipe.enrolled, make_rngs(model.recipe, "test"), NEAREST)
    for method in METHODS:
        visits = draw_visits(test, test.vectors, model.recipe.enrolled, make_rngs(model.recipe, "test"), method)
        gate = model.naming_gates[method]
        named = measure_rates(visits.tally_strangers(gate))
        failed = measure_rates(visits.tally_known(gate))
        beside = EIGEN_NAMED + " at the same false names" if eigen is not None else "a name at random"
        value = _read_names(eigen, float(named.rate[0])) if eigen is not None else 1 / (test.n_people // 2)
        maker = RowMaker(NAMED[method], beside, model.recipe.seed, describe_command(model.recipe))
        rows += [
            maker.make_row(IDENTIFY, "test", _turn(failed), failed.n_pairs, value),
            _promise_row(model, NAMED[method], FALSE_IDENTIFY, named),
        ]
    return rows


def _read_names(visits: Visits, false_names: float) -> float:
    """Read off the share of the known named right at the gate that names a share of strangers."""
    tally = visits.tally_known(choose_naming_gate(visits, false_names))
    return 1 - int(tally.errors[0]) / tally.n_pairs


def _score_found(model: Model, n_found: int, n_missed: int) -> ScoreRow:
    """Write in how many of the test people's pictures a face was found."""
    total = n_found + n_missed
    maker = RowMaker(EMBEDDING, "all", model.recipe.seed, describe_command(model.recipe))
    return maker.make_row(FOUND, "test", (n_found / total, *wilson_interval(n_found, total)), total, 1.0)
