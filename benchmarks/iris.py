"""Iris: leave-one-out errors beside published ones, coverage of prediction sets, and how fast boundaries redraw."""

from __future__ import annotations

import statistics
import time

import numpy as np

from benchmarks.record import Line, Record
from core.evaluation.conformal import class_scores_to_sets
from core.evaluation.labels import encode_labels
from core.hub.artifacts import load_scores
from core.tabular import iris
from core.tabular.iris.data import split_parts
from core.tabular.iris.model import predict_probabilities
from core.tabular.iris.pipelines import fit_pipelines
from core.tabular.iris.promises import fit_limits
from core.tabular.iris.recipe import MODELS

PUBLISHED_ERRORS = {
    "linear discriminant analysis": 3,
    "quadratic discriminant analysis": 4,
    "support vector machine": 5,
    "nearest neighbours": 5,
    "logistic regression": 7,
}
LEAST_COVERAGE, MOST_COVERAGE, N_SPLITS = 0.89, 0.93, 500
QUICK_BUDGET_S, REDRAW_BUDGET_MS, N_DRAWS = 20.0, 300.0, 5


def measure() -> Record:
    """Recount the shipped leave-one-out errors, then time the quick recipe and each model's boundary."""
    recipe = iris.RECIPES["quick"]
    data = iris.load(recipe)
    start = time.perf_counter()
    iris.train(recipe, data)
    seconds = time.perf_counter() - start
    lines = [
        *count_errors(),
        Line("quick recipe, all models", seconds, "s", "budget", QUICK_BUDGET_S, seconds <= QUICK_BUDGET_S),
    ]
    lines += [measure_coverage(name, data) for name in MODELS]
    lines += [time_boundary(name, recipe, data) for name in MODELS]
    return Record(
        name="iris",
        title="Iris",
        method="Leave-one-out errors with scikit-learn's default settings, beside the reference figures; "
        "coverage of 90% sets over 500 splits, one threshold for all species (tied shares of votes and leaves only add "
        "to a set); then times.",
        lines=tuple(lines),
        command="python -m benchmarks iris",
    )


def count_errors() -> list[Line]:
    """Turn the shipped leave-one-out accuracies into errors and hold them against the reference."""
    found = {row.model: round((1 - row.value) * row.n) for row in load_scores("iris") if row.split == "loo"}
    return [
        Line(f"leave-one-out errors, {name}", found[name], "of 150", "reference", errors, found[name] <= errors)
        for name, errors in PUBLISHED_ERRORS.items()
    ]


def measure_coverage(name: str, data: iris.Data, n_splits: int = N_SPLITS) -> Line:
    """Fit a model on many splits and average how often its sets hold the species of a test flower."""
    codes, held = encode_labels(data.y, data.schema.classes), []
    for seed in range(n_splits):
        recipe = iris.Recipe(seed=seed)
        train, calibration, test = split_parts(recipe, data.y)
        ((_, pipeline),) = fit_pipelines([name], recipe, data.schema, data.x.iloc[train], data.y[train])
        shares = predict_probabilities(pipeline, data.x, data.schema.classes)
        limits = fit_limits(codes[calibration], shares[calibration], recipe.coverage, "overall")
        sets = class_scores_to_sets(shares[test], limits)
        held.append(sets[np.arange(len(test)), codes[test]].mean())
    mean = float(np.mean(held))
    kept = LEAST_COVERAGE <= mean <= MOST_COVERAGE
    return Line(
        f"coverage over {n_splits} splits, {name}", mean, "", f"range from {LEAST_COVERAGE:g} to", MOST_COVERAGE, kept
    )


def time_boundary(name: str, recipe: iris.Recipe, data: iris.Data) -> Line:
    """Time one model's boundary in the plane of the principal components."""
    spans = []
    for _ in range(N_DRAWS):
        start = time.perf_counter()
        iris.boundary(name, recipe, data)
        spans.append(1_000 * (time.perf_counter() - start))
    median = statistics.median(spans)
    return Line(f"boundary redrawn, {name}", median, "ms", "budget", REDRAW_BUDGET_MS, median <= REDRAW_BUDGET_MS)
