"""Iris: leave-one-out errors beside published ones, coverage of prediction sets, and how fast boundaries redraw."""

from __future__ import annotations

import statistics
import time

from benchmarks.record import Line, Record
from core.hub.artifacts import load_scores
from core.tabular import iris
from core.tabular.iris.recipe import MODELS

PUBLISHED_ERRORS = {
    "linear discriminant analysis": 3,
    "quadratic discriminant analysis": 4,
    "support vector machine": 5,
    "nearest neighbours": 5,
    "logistic regression": 7,
}
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
    lines += [time_boundary(name, recipe, data) for name in MODELS]
    return Record(
        name="iris",
        title="Iris",
        method="Leave-one-out errors with scikit-learn's default settings, beside the reference figures; then times.",
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


def time_boundary(name: str, recipe: iris.Recipe, data: iris.Data) -> Line:
    """Time one model's boundary in the plane of the principal components."""
    spans = []
    for _ in range(N_DRAWS):
        start = time.perf_counter()
        iris.boundary(name, recipe, data)
        spans.append(1_000 * (time.perf_counter() - start))
    median = statistics.median(spans)
    return Line(f"boundary redrawn, {name}", median, "ms", "budget", REDRAW_BUDGET_MS, median <= REDRAW_BUDGET_MS)
