"""A/B testing: every published value, and the promises beside what peers sell or publish."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import numpy as np
import pandas as pd

from benchmarks.record import Line, Record
from core.datasets.table import Table
from core.experimentation import ab_testing as project
from core.experimentation.ab_testing.references import Reference, list_references
from core.experimentation.ab_testing.simulation import (
    COVERAGES,
    PEEKING,
    measure_coverage,
    measure_false_positives,
    simulate_cuped,
)

N_TRIALS, QUICK_BUDGET_S = 20_000, 20.0
COVERAGE, MOST, NEAR = (0.945, 0.955), 0.05, 0.02
N_ROWS, ROWS_BUDGET_S = 200_000, 5.0


def measure() -> Record:
    """Compare the published values, simulate the promises, time the page's work."""
    lines = [*list_values(), *list_promises(), *list_times()]
    return Record(
        name="ab_testing",
        title="A/B testing",
        method="Published values are met when ours lies within half a unit of their last digit. Promises are shares of "
        f"{N_TRIALS:,} simulated trials, CUPED's of 4,000. GrowthBook, Statsig and Eppo sell sequential tests and "
        "CUPED; the width of the anytime interval is that of GrowthBook's published formula.",
        lines=tuple(lines),
        command="python -m benchmarks ab_testing",
    )


def list_values() -> Iterator[Line]:
    """List each published value beside ours."""
    each: Reference
    for each in list_references():
        yield Line(each.name, each.ours, "", "published", each.published, each.is_kept)


def list_promises() -> Iterator[Line]:
    """List false positives, coverage and CUPED."""
    for looks, known in ((30, 0.274), (100, 0.373)):
        found = {each.method: each.value for each in measure_false_positives(N_TRIALS, looks, 0.05, 0)}
        for name in ("anytime", "O'Brien–Fleming", "Pocock"):
            rate = found[name]
            yield Line(f"false positives, {looks} looks, {name}", rate, "", "most", MOST, rate <= MOST)
        rate = found[PEEKING]
        yield Line(
            f"false positives, {looks} looks, {PEEKING}", rate, "", "known", known, abs(rate - known) <= NEAR / 2
        )
    for name in COVERAGES:
        value = measure_coverage(name, N_TRIALS, 0).value
        yield Line(f"coverage, {name}", value, "", "asked", 0.95, COVERAGE[0] <= value <= COVERAGE[1])
    for correlation in (0.3, 0.5, 0.7, 0.9):
        value, square = simulate_cuped(4_000, correlation, 0).guarantee.value, correlation**2
        yield Line(
            f"variance off by CUPED, correlation {correlation:g}",
            value,
            "",
            "its square",
            square,
            abs(value - square) <= NEAR,
        )


def list_times() -> Iterator[Line]:
    """Time the quick recipe, and the analysis of many rows."""
    recipe, table = project.RECIPES["quick"], make_users()
    seconds = time_call(lambda: project.train(recipe, project.load(recipe)))
    yield Line("quick recipe", seconds, "s", "budget", QUICK_BUDGET_S, seconds <= QUICK_BUDGET_S)
    plan = project.Recipe(covariates="before", segment="country")
    seconds = time_call(lambda: project.analyse(table, plan))
    yield Line(f"analysis of {N_ROWS:,} users", seconds, "s", "budget", ROWS_BUDGET_S, seconds <= ROWS_BUDGET_S)


def make_users() -> Table:
    """Make a large trial with a covariate and a segment."""
    rng = np.random.default_rng(0)
    arms, before = rng.choice(["control", "new"], N_ROWS), rng.normal(size=N_ROWS)
    frame = pd.DataFrame(
        {
            "user_id": np.arange(N_ROWS),
            "variant": arms,
            "before": before,
            "country": rng.choice(["se", "no", "dk"], N_ROWS),
            "revenue": before + rng.normal(size=N_ROWS) + 0.02 * (arms == "new"),
        }
    )
    kinds = {"user_id": "number", "variant": "category", "before": "number", "country": "category", "revenue": "number"}
    return Table(frame, "users", "upload", "", kinds)


def time_call(call: Callable[[], object]) -> float:
    """Return the seconds of a call."""
    start = time.perf_counter()
    call()
    return time.perf_counter() - start
