"""Figures of a generator, each with its interval and the baseline beside it.

frechet_ratio       distance to the test set in the judge's features, in units of the training pictures' own distance
frechet_distance    the same distance; its baseline is the training pictures', the floor
label_fidelity      how often the judge sees the class that was asked for (style generator only)
gan_train_accuracy  a classifier taught by drawn pictures alone, on real test pictures (style generator only)
near_copies         share of samples nearer to a training picture than 99% of test pictures are
diversity           how much samples of the poorest class differ, beside real ones

Split ``test`` draws styles as they come; ``truncated`` draws as the page does by default. Left out: the measures
themselves (``frechet``, ``fidelity``, ``memorising``, ``collapse``) and time, which the benchmark takes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.evaluation import runs
from core.evaluation.leaderboard import LeaderboardRow, measure_scores
from core.evaluation.metrics import PICTURE_METRICS
from core.evaluation.rows import RowMaker, Span
from core.hub.contract import ScoreRow, Scores
from core.hub.errors import DataError
from core.vision.image_generation.baselines import BASELINE
from core.vision.image_generation.collapse import Alarm, Limits, check_collapse, find_limits
from core.vision.image_generation.data import BUNDLED_ROWS, Data, hash_data
from core.vision.image_generation.fidelity import score_fidelity, score_gan
from core.vision.image_generation.frechet import score_frechet
from core.vision.image_generation.judge import Look, look
from core.vision.image_generation.memorising import score_memorising
from core.vision.image_generation.model import Model
from core.vision.image_generation.recipe import N_CLASSES, RECIPES, SLUG, Inputs, Recipe

SEED = 7
"""Of the judged samples; none of the training's codes."""
N_MEMORISING, N_VARIETY, N_SETS, N_LIMITS = 1_000, 200, 5, 2_000
FLOOR, REAL = "training pictures", "test pictures"
Pixels = NDArray[np.uint8]


@dataclass(frozen=True, slots=True, eq=False)
class Sampled:
    """Drawn pictures (n, 28, 28), the classes asked for (n,), and what the judge sees in them."""

    pictures: Pixels
    labels: NDArray[np.int64]
    seen: Look


@dataclass(frozen=True, slots=True, eq=False)
class Real:
    """As many training and test pictures as are judged, with what the judge sees in them."""

    train: Sampled
    test: Sampled


def count_judged(recipe: Recipe) -> int:
    """Count the pictures that are judged: 10,000 for a run on the whole set, fewer for a short one."""
    return BUNDLED_ROWS if recipe.pictures > BUNDLED_ROWS else max(400, min(2_000, recipe.pictures // 4))


def is_thorough(recipe: Recipe) -> bool:
    """Tell whether every measure is taken: short runs, which draw little, keep to those that take a second."""
    return recipe.pictures > BUNDLED_ROWS


def describe_command(recipe: Recipe) -> str:
    """Return the command that makes a model's figures again; ``recipe.json`` comes with it."""
    return runs.describe_command(SLUG, RECIPES, recipe)


def evaluate(model: Model, data: Data) -> Scores:
    """Draw pictures and score them beside the baseline's.

    Raises
    ------
    DataError
        If these are not the pictures that the model's recipe loads.
    """
    if hash_data(data) != model.sha256:
        message = "these are not the model's pictures; load them with the model's own recipe"
        raise DataError(message)
    n = count_judged(model.recipe)
    train = _see(model, data.images[:n], data.labels[:n])
    real = Real(train, _see(model, data.test_images[:n], data.test_labels[:n]))
    drawn = {
        ("test", model.name): draw_sampled(model, n, 1.0),
        ("truncated", model.name): draw_sampled(model, n, Inputs().truncation),
        ("test", BASELINE): _see(model, *model.baseline.sample(n, SEED)),
    }
    spans = {key: _measure(model, data, real, sampled) for key, sampled in drawn.items()}
    rows: list[ScoreRow] = []
    for (split, name), found in spans.items():
        rows += _write_rows(model, (split, name), found, spans["test", BASELINE])
    return tuple(rows)


def draw_sampled(model: Model, n: int, truncation: float, seed: int = SEED) -> Sampled:
    """Draw pictures of all classes in turn and let the judge look."""
    return _see(model, *model.sampler.sample(n, truncation=truncation, seed=seed))


def _see(model: Model, pictures: Pixels, labels: NDArray[np.int64]) -> Sampled:
    """Let the judge look at pictures."""
    return Sampled(pictures, labels, look(model.judge, pictures))


def _measure(model: Model, data: Data, real: Real, sampled: Sampled) -> dict[str, tuple[Span, int]]:
    """Take every measure of one set of samples: value with interval, and how many pictures it rests on."""
    distance = score_frechet(sampled.seen.features, real.train.seen.features, real.test.seen.features)
    n = len(sampled.pictures)
    found: dict[str, tuple[Span, int]] = {
        "frechet_ratio": (distance.ratio, n),
        "frechet_distance": (distance.distance, n),
        "floor": (distance.floor, n),
    }
    if model.recipe.kind == "style":
        found["label_fidelity"] = (score_fidelity(sampled.labels, sampled.seen.labels, N_CLASSES).share, n)
    return found | _measure_slowly(model, data, real, sampled) if is_thorough(model.recipe) else found


def _measure_slowly(model: Model, data: Data, real: Real, sampled: Sampled) -> dict[str, tuple[Span, int]]:
    """Take the measures that compare pixels, draw many sets or teach a classifier."""
    found: dict[str, tuple[Span, int]] = {}
    near = score_memorising(
        sampled.pictures[:N_MEMORISING, ..., None], data.images[..., None], data.test_images[:N_MEMORISING, ..., None]
    )
    found["near_copies"] = (near.share_below, len(near.distances))
    found["diversity"] = (_measure_diversity(sampled, _find_limits(real.train)), N_VARIETY)
    if model.recipe.kind == "style":
        scores = score_gan(
            (sampled.pictures[..., None], sampled.labels), (real.train.pictures[..., None], real.train.labels),
            (real.test.pictures[..., None], real.test.labels),
        )  # fmt: skip
        found["gan_train_accuracy"] = (scores.gan_train, scores.n_test)
    return found


def _measure_diversity(sampled: Sampled, limits: Limits) -> Span:
    """Measure diversity on five sets of samples: their mean, the least and the most."""
    values = [alarm.variety.diversity for alarm in check_sets(sampled, limits)]
    return float(np.mean(values)), min(values), max(values)


def _find_limits(train: Sampled) -> Limits:
    """Set the collapse alarm by sets of training pictures."""
    n = min(N_VARIETY, len(train.pictures) // 2)
    return find_limits(train.seen.features[:N_LIMITS], train.seen.labels[:N_LIMITS], n)


def check_sets(sampled: Sampled, limits: Limits) -> tuple[Alarm, ...]:
    """Check up to five sets of samples for mode collapse, as many in each as the limits are for."""
    starts = range(0, min(N_SETS * limits.n, len(sampled.pictures) - limits.n + 1), limits.n)
    sets = [slice(start, start + limits.n) for start in starts]
    return tuple(check_collapse(sampled.seen.features[each], sampled.seen.labels[each], limits) for each in sets)


def check_model(model: Model, data: Data, truncation: float = 1.0) -> tuple[Alarm, ...]:
    """Check a generator for mode collapse on five sets of 200 samples; see ``collapse.check_collapse``."""
    train = _see(model, data.images[:N_LIMITS], data.labels[:N_LIMITS])
    return check_sets(draw_sampled(model, N_SETS * N_VARIETY, truncation), _find_limits(train))


def _write_rows(
    model: Model, key: tuple[str, str], found: Mapping[str, tuple[Span, int]], baseline: Mapping[str, tuple[Span, int]]
) -> list[ScoreRow]:
    """Write one set's rows: the floor beside the distance, real pictures beside near copies, else the baseline."""
    split, name = key
    maker = RowMaker(name, BASELINE, model.recipe.seed, describe_command(model.recipe))
    beside: dict[str, tuple[str, float]] = {
        "frechet_distance": (FLOOR, found["floor"][0][0]),
        "near_copies": (REAL, 0.01),
        "diversity": (REAL, 1.0),
    }
    rows = []
    for metric, (span, n) in found.items():
        if metric == "floor":
            continue
        row = maker.make_row(metric, split, span, n, baseline[metric][0][0])
        other = beside.get(metric)
        rows.append(row if other is None else replace(row, baseline=other[0], baseline_value=other[1]))
    return rows


def rank_models(model: Model) -> tuple[LeaderboardRow, ...]:
    """List the generator and the baseline by their Fréchet ratio, the better first."""
    measures = {
        name: {
            f"test_{metric}": each
            for metric, each in measure_scores(
                tuple(row for row in model.scores if (row.model, row.split) == (name, "test"))
            ).items()
            if metric in PICTURE_METRICS
        }
        for name in (model.name, BASELINE)
    }
    ratios = {name: found["test_frechet_ratio"] for name, found in measures.items()}
    ours, other = ratios[model.name], ratios[BASELINE]
    apart = ours.high < other.low or other.high < ours.low
    rows: list[LeaderboardRow] = []
    for name in sorted(ratios, key=lambda each: ratios[each].value):
        rows.append(_rank(model, name, measures[name], best=not rows, apart=apart))
    return tuple(rows)


def _rank(model: Model, name: str, measures: Mapping[str, Any], *, best: bool, apart: bool) -> LeaderboardRow:
    """Write one row of the table; two are told apart where their intervals do not meet."""
    is_baseline = name == BASELINE
    word = "is further from" if apart else "cannot be told apart from the other by its distance to"
    return LeaderboardRow(
        model=name,
        metrics=measures,
        fit_s=0.0 if is_baseline else model.fit_s,
        verdict="best" if best else "worse" if apart else "not distinguishable from best",
        is_baseline=is_baseline,
        is_best=best,
        beats_baseline=best and apart and not is_baseline,
        sentence="" if best else f"{name} {word} the test pictures",
    )
