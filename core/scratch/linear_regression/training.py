"""Fit every line on the same training rows and compare them by folds of those rows.

All but scikit-learn's are fitted on standardised columns, so that no unit is larger than another, and their weights
turned back into the columns' own units. The line that answers first has the least mean error over the folds of the
training rows; no test row is used to choose.

Left out: searching for settings.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np

from core.datasets.catalogue import find_entry
from core.evaluation.runs import TABLE_FILE
from core.evaluation.splits import Split, make_folds, split_rows
from core.hub.contract import OnStep
from core.hub.errors import DataError, RecipeError
from core.hub.progress import Progress
from core.scratch.linear_regression.data import Data
from core.scratch.linear_regression.dependence import find_dependent
from core.scratch.linear_regression.descent import Descent, Walk, descend
from core.scratch.linear_regression.digits import can_trust, measure_trust
from core.scratch.linear_regression.least_squares import (
    add_intercept,
    solve_normal,
    solve_qr,
    solve_ridge,
    solve_svd,
)
from core.scratch.linear_regression.model import Folds, HeldOut, Line, Model, Source, answer_rows
from core.scratch.linear_regression.recipe import BASELINE, BUNDLED, DESCENTS, Recipe
from core.scratch.linear_regression.scoring import score_model

MAX_STEPS = 20_000  # of one walk: a fraction of a second
ASIDE_SHARE = 0.15
FOLD_DIGITS = 10
"""Fold errors are kept to this many digits, so that lines that differ in rounding only count as level."""
NOTHING = np.zeros(0)
SOLVERS: Mapping[str, Callable[[np.ndarray, np.ndarray], np.ndarray]] = {
    "QR": solve_qr,
    "normal equations": solve_normal,
    "SVD": solve_svd,
}


def train(recipe: Recipe, data: Data, on_step: OnStep | None = None) -> Model:
    """Fit and compare every line of the recipe.

    Parameters
    ----------
    on_step : callable, optional
        ``on_step(step, total, metrics)`` after each line of each fold; raise in it to cancel.

    Raises
    ------
    RecipeError
        If no line is chosen.
    DataError
        If no chosen way of fitting can solve these columns.

    Examples
    --------
    >>> from core.scratch.linear_regression.data import load
    >>> recipe = Recipe(models=("QR",))
    >>> train(recipe, load(recipe)).lines["QR"].weights.round(3).tolist()[:3]
    [-308.75, -0.129, -23.179]
    """
    if not recipe.models:
        message = "models is empty; choose at least one"
        raise RecipeError(message)
    names = (*dict.fromkeys(recipe.models), BASELINE)
    x, y = data.x[data.train], data.y[data.train]
    splits = make_folds(y, min(recipe.n_folds, len(y)), recipe.n_repeats, recipe.seed)
    advance = Progress(len(names) * (len(splits) + 1) + 1, on_step).advance
    folds, lines, fit_s, refused = _fit_all(names, recipe, (x, y), splits, advance)
    names = tuple(lines)
    design = add_intercept(x)
    trust = measure_trust(design, y) if can_trust(design) else None
    advance({})
    means = {name: float(folds.rmse[name].mean()) for name in names if name != BASELINE}
    model = Model(
        recipe=recipe,
        schema=data.schema,
        source=_describe_source(data),
        lines=lines,
        folds=folds,
        held_out=_answer_test(lines, data),
        ids=data.ids[data.train],
        x=x,
        y=y,
        trust=trust,
        fit_s=fit_s,
        best=min(means, key=means.__getitem__),
        notes=(*data.notes, *_describe_refusals(refused), *_describe_runaways(lines)),
    )
    return replace(model, scores=score_model(model))


def _describe_source(data: Data) -> Source:
    """Say what is learnt from."""
    table = data.table
    file = "" if table.sha256 == find_entry(BUNDLED).sha256 else TABLE_FILE
    return Source(table.name, table.sha256, table.steps, file, len(data.train), len(data.test))


def _describe_runaways(lines: Mapping[str, Line]) -> tuple[str, ...]:
    """Say of each walk that ran away that it did, and why."""
    return tuple(f"{name}: {line.sentence}" for name, line in lines.items() if "ran away" in line.sentence)


def _describe_refusals(refused: frozenset[str]) -> tuple[str, ...]:
    """Say of each way of fitting that these columns defeat that it is left out, and which ways are not defeated."""
    return tuple(
        f"{name}: left out, because columns that nearly say the same cost it every digit that a float has."
        for name in sorted(refused)
    )


def _answer_test(lines: Mapping[str, Line], data: Data) -> HeldOut:
    """Ask every line about the test rows."""
    answers = {name: answer_rows(line, data.x[data.test]) for name, line in lines.items()}
    return HeldOut(data.ids[data.test], data.x[data.test], data.y[data.test], answers)


def _fit_all(
    names: tuple[str, ...],
    recipe: Recipe,
    rows: tuple[np.ndarray, np.ndarray],
    splits: tuple[Split, ...],
    advance: Callable[[Mapping[str, float]], None],
) -> tuple[Folds, dict[str, Line], dict[str, float], frozenset[str]]:
    """Fit every line on the folds and on all training rows; those that the columns defeat are left out and named."""
    folds, refused = _score_folds(names, recipe, rows, splits, advance)
    lines, fit_s, refused_last = _fit_final(tuple(folds.rmse), recipe, rows, advance)
    refused |= refused_last
    if tuple(lines) == (BASELINE,):
        raise DataError(_describe_refusals(refused)[0].removesuffix("."))
    return replace(folds, rmse={name: folds.rmse[name] for name in lines}), lines, fit_s, refused


def _score_folds(
    names: tuple[str, ...],
    recipe: Recipe,
    rows: tuple[np.ndarray, np.ndarray],
    splits: tuple[Split, ...],
    advance: Callable[[Mapping[str, float]], None],
) -> tuple[Folds, frozenset[str]]:
    """Fit each line on each fold's training side and measure its error on the other; name those that cannot be."""
    x, y = rows
    found: dict[str, list[float]] = {name: [] for name in names}
    refused: set[str] = set()
    for split in splits:
        for name in names:
            try:
                line = fit_line(name, recipe, x[split.train], y[split.train])
            except DataError:
                refused.add(name)
                advance({})
                continue
            misses = answer_rows(line, x[split.test]) - y[split.test]
            found[name].append(_cut_digits(float(np.sqrt(np.mean(misses**2)))))
            advance({name: float(np.mean(found[name]))})
    n_train, n_test = (round(np.mean([len(part) for part in side])) for side in zip(*_list_parts(splits), strict=True))
    rmse = {name: np.array(values) for name, values in found.items() if name not in refused}
    return Folds(rmse, n_train, n_test), frozenset(refused)


def _list_parts(splits: tuple[Split, ...]) -> list[tuple[np.ndarray, np.ndarray]]:
    """List the two sides of each fold."""
    return [(split.train, split.test) for split in splits]


def _cut_digits(value: float) -> float:
    """Round to ten significant digits."""
    return float(f"{value:.{FOLD_DIGITS}g}")


def _fit_final(
    names: tuple[str, ...],
    recipe: Recipe,
    rows: tuple[np.ndarray, np.ndarray],
    advance: Callable[[Mapping[str, float]], None],
) -> tuple[dict[str, Line], dict[str, float], frozenset[str]]:
    """Fit every line on all training rows and time it; name those that cannot be."""
    lines, fit_s = {}, {}
    for name in names:
        started = time.perf_counter()
        with contextlib.suppress(DataError):
            lines[name] = fit_line(name, recipe, *rows)
            fit_s[name] = time.perf_counter() - started
        advance({})
    return lines, fit_s, frozenset(names) - frozenset(lines)


def fit_line(name: str, recipe: Recipe, x: np.ndarray, y: np.ndarray) -> Line:
    """Fit one line; columns that these rows cannot tell apart get the weight 0.

    Parameters
    ----------
    x : float array of shape (n_rows, n_terms)
        In the columns' own units, without the intercept.
    y : float array of shape (n_rows,)

    Examples
    --------
    >>> fit_line("SVD", Recipe(), np.array([[0.0], [1.0], [2.0]]), np.array([1.0, 3.0, 5.0])).weights.round(9).tolist()
    [1.0, 2.0]
    """
    n_terms = x.shape[1]
    if name == BASELINE:
        return Line(np.array([y.mean(), *np.zeros(n_terms)]), NOTHING, NOTHING)
    if name == "scikit-learn":
        return Line(_fit_sklearn(x, y), NOTHING, NOTHING)
    gone = {each.column - 1 for each in find_dependent(add_intercept(x))}
    kept = [place for place in range(n_terms) if place not in gone]
    mean, scale = x[:, kept].mean(axis=0), x[:, kept].std(axis=0)
    design = add_intercept((x[:, kept] - mean) / scale)
    walked = _walk(name, recipe, design, y) if name in DESCENTS else None
    weights = _solve(name, recipe, design, y) if walked is None else walked.weights
    own = np.zeros(n_terms)
    own[kept] = weights[1:] / scale  # a step of one unit is 1/scale of a standard deviation
    line = np.array([weights[0] - own[kept] @ mean, *own])
    if walked is None:
        return Line(line, NOTHING, NOTHING)
    return Line(line, walked.losses, walked.epochs, walked.sentence + _describe_limit(name, recipe, len(y)))


def _solve(name: str, recipe: Recipe, design: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Solve for the weights of standardised columns."""
    return solve_ridge(design, y, recipe.ridge) if name == "ridge" else SOLVERS[name](design, y)


def _find_epochs(name: str, recipe: Recipe, n_rows: int) -> int:
    """Return how many epochs a walk may take: fewer than asked where these would be too many steps."""
    size = {"all rows": n_rows, "mini-batch": min(recipe.batch_size, n_rows), "one row": 1}[DESCENTS[name]]
    return max(1, min(recipe.epochs, MAX_STEPS * size // n_rows))


def _describe_limit(name: str, recipe: Recipe, n_rows: int) -> str:
    """Say that a walk was given fewer epochs than asked; empty where it was not."""
    epochs = _find_epochs(name, recipe, n_rows)
    if epochs == recipe.epochs:
        return ""
    return f" It was given {epochs} of the {recipe.epochs} epochs, as about {MAX_STEPS:,} steps are allowed."


def _walk(name: str, recipe: Recipe, design: np.ndarray, y: np.ndarray) -> Descent:
    """Walk to the weights of standardised columns; short rows aside where it may stop early."""
    walk = Walk(
        batch=DESCENTS[name],
        rate=recipe.rate,
        momentum=recipe.momentum,
        schedule=recipe.schedule,
        epochs=_find_epochs(name, recipe, len(y)),
        batch_size=recipe.batch_size,
        patience=recipe.patience,
        flat=1e-12 * float(np.abs(y).max()),
        seed=recipe.seed,
        max_steps=10 * MAX_STEPS,
    )
    if not recipe.patience:
        return descend(design, y, walk)
    split = split_rows(y, ASIDE_SHARE, recipe.seed)
    aside = design[split.test], y[split.test]
    return descend(design[split.train], y[split.train], walk, aside=aside)


def _fit_sklearn(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Let scikit-learn fit the same rows, for comparison."""
    from sklearn.linear_model import LinearRegression

    found = LinearRegression().fit(x, y)
    return np.array([found.intercept_, *found.coef_])
