"""Linear regression: certified digits on NIST's eleven sets beside three peers, and the times of the page's work."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
import statsmodels.api as sm
from sklearn.linear_model import LinearRegression

from benchmarks.record import Line, Record
from core.scratch import linear_regression as project
from core.scratch.linear_regression.inference import fit_errors
from core.scratch.linear_regression.nist import PRECISE, SOLVERS, Answer, Reference, score_solver

GOAL_DIGITS, QUICK_BUDGET_S = 13.0, 20.0
PEERS = ("numpy.linalg.lstsq", "scikit-learn", "statsmodels")


def measure() -> Record:
    """Count the certified digits of ours and of each peer, set by set; then time the quick recipe."""
    found = {name: score_solver(answer) for name, answer in list_solvers().items()}
    lines = []
    for place, ours in enumerate(found[PRECISE]):
        theirs = {name: found[name][place].worst for name in PEERS}
        beside = ", ".join(f"{name} {digits:.1f}" for name, digits in theirs.items())
        kept = ours.worst >= GOAL_DIGITS
        lines.append(
            Line(f"{ours.name}, QR in double-double", ours.worst, "digits", f"goal ({beside})", GOAL_DIGITS, kept)
        )
    for name in ("QR", "SVD", "normal equations"):
        worst = min(score_solver(SOLVERS[name]), key=lambda each: each.worst)
        lines.append(
            Line(f"worst set of {name} in floats: {worst.name}", worst.worst, "digits", "no goal", None, kept=True)
        )
    seconds = time_call(train_quick)
    lines.append(Line("quick recipe, eight lines", seconds, "s", "budget", QUICK_BUDGET_S, seconds <= QUICK_BUDGET_S))
    return Record(
        name="linear_regression",
        title="Linear regression",
        method="Log relative error of the worst coefficient or standard deviation on NIST's linear sets, 15 at most. "
        "Peers read floats; ours reads the decimal text.",
        lines=tuple(lines),
        command="python -m benchmarks linear_regression",
    )


def list_solvers() -> dict[str, Callable[[Reference], Answer]]:
    """List ours and the peers."""
    return {
        PRECISE: SOLVERS[PRECISE],
        "numpy.linalg.lstsq": SOLVERS["numpy.linalg.lstsq"],
        "scikit-learn": answer_by_sklearn,
        "statsmodels": answer_by_statsmodels,
    }


def answer_by_sklearn(each: Reference) -> Answer:
    """Let scikit-learn fit a set, with its own intercept; it gives no deviations, so they follow from its residuals."""
    x, y = each.x.high, each.y.high
    own = bool((x[:, 0] == 1).all())
    found = LinearRegression(fit_intercept=own).fit(x[:, 1:] if own else x, y)
    coefficients = np.array([found.intercept_, *found.coef_]) if own else np.asarray(found.coef_)
    return coefficients, fit_errors(x, y, coefficients)


def answer_by_statsmodels(each: Reference) -> Answer:
    """Let statsmodels fit a set with its defaults."""
    found = sm.OLS(each.y.high, each.x.high).fit()
    return np.asarray(found.params), np.asarray(found.bse)


def train_quick() -> None:
    """Train by the quick recipe."""
    recipe = project.RECIPES["quick"]
    project.train(recipe, project.load(recipe))


def time_call(call: Callable[[], object]) -> float:
    """Return the seconds of a call."""
    start = time.perf_counter()
    call()
    return time.perf_counter() - start
