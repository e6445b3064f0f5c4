"""Figures of a run: errors on the test rows with intervals, over the folds, intervals' coverage, and certified digits.

Left out: how the digits are counted (``nist``).
"""

from __future__ import annotations

import shlex

import numpy as np

from core.evaluation.intervals import bias_corrected_interval, count_resamples, draw_weights, wilson_interval
from core.evaluation.leaderboard import fold_interval
from core.hub.contract import ScoreRow, Scores
from core.hub.errors import DataError
from core.scratch.linear_regression.data import Data
from core.scratch.linear_regression.model import HeldOut, Model, answer_rows, find_reach
from core.scratch.linear_regression.nist import PRECISE, SOLVERS, Digits, score_solver
from core.scratch.linear_regression.recipe import BASELINE, RECIPE_FILE, RECIPES, SLUG

PEER = "numpy.linalg.lstsq"


def evaluate(model: Model, data: Data) -> Scores:
    """Score every line on the test rows; for the bundled data, count certified digits too.

    Returns
    -------
    tuple of ScoreRow
        Split ``nist`` (digits of the worst figure of all eleven sets), ``cv`` and ``test``; ``coverage_95`` (or another
        promise) is how often the interval held the true value, its baseline what was asked.

    Raises
    ------
    DataError
        If the test rows of ``data`` were trained on.

    Examples
    --------
    >>> from core.scratch.linear_regression.data import load
    >>> from core.scratch.linear_regression.recipe import Recipe
    >>> from core.scratch.linear_regression.training import train
    >>> recipe = Recipe(models=("QR",))
    >>> rows = evaluate(train(recipe, load(recipe)), load(recipe))
    >>> [(row.split, row.metric, round(row.value, 2)) for row in rows if row.model == "QR" and row.split == "test"]
    [('test', 'rmse', 58.52), ('test', 'mae', 46.17), ('test', 'r2', 0.33), ('test', 'coverage_95', 0.93)]
    """
    ids = data.ids[data.test]
    if data.table.sha256 == model.source.sha256 and not np.array_equal(ids, model.held_out.ids):
        message = "these test rows were trained on; load the table with the model's own recipe"
        raise DataError(message)
    x = data.x[data.test]
    answers = {name: answer_rows(line, x) for name, line in model.lines.items()}
    return score_model(model, HeldOut(ids, x, data.y[data.test], answers))


def score_model(model: Model, held_out: HeldOut | None = None) -> Scores:
    """Score a model on its own test rows, or on others that were answered; see :func:`evaluate`."""
    held_out = held_out or model.held_out
    command = describe_command(model)
    return (
        *(() if model.source.file else score_digits(command)),
        *(_score_folds(model, name, command) for name in model.names),
        *(row for name in model.names for row in _score_test(model, name, held_out, command)),
    )


def describe_command(model: Model) -> str:
    """Return the command that makes a model's figures again; ``recipe.json`` and ``table.parquet`` come with it."""
    known = [name for name, recipe in RECIPES.items() if recipe == model.recipe]
    command = f"python -m core train {SLUG} --recipe {known[0] if known else RECIPE_FILE}"
    if not model.source.file:
        return command
    return f"{command} --table {model.source.file} --target {shlex.quote(model.schema.target)}"


def score_digits(command: str) -> Scores:
    """Count the certified digits that QR in double-double gets right: the worst of all sets, then each set.

    They are counted and not sampled, so their interval has no width.

    Examples
    --------
    >>> [(row.split, row.value > 13, row.baseline_value) for row in score_digits("python -m core")][0]
    ('nist', True, 0.0)
    """
    ours, theirs = score_solver(SOLVERS[PRECISE]), score_solver(SOLVERS[PEER])
    total = min(each.worst for each in ours), min(each.worst for each in theirs)
    rows = [_make_digits_row("nist", total, len(ours), command)]
    rows += [_score_set(mine, peer, command) for mine, peer in zip(ours, theirs, strict=True)]
    return tuple(rows)


def _score_set(mine: Digits, peer: Digits, command: str) -> ScoreRow:
    """Write the digits of one set."""
    return _make_digits_row(f"nist_{mine.name.lower()}", (mine.worst, peer.worst), 1, command)


def _make_digits_row(split: str, digits: tuple[float, float], n_sets: int, command: str) -> ScoreRow:
    """Write one row of digits: ours, and NumPy's as the baseline."""
    value, baseline = digits
    return ScoreRow(
        "log_relative_error", split, value, value, value, n_sets, PEER, baseline, unit="digits", command=command,
        model=PRECISE,
    )  # fmt: skip


def measure_errors(y: np.ndarray, answers: np.ndarray, weights: np.ndarray | None = None) -> dict[str, np.ndarray]:
    """Return root mean squared error, mean absolute error and R², one of each for every row of weights.

    Parameters
    ----------
    y, answers : float arrays of shape (n_rows,)
    weights : float array of shape (n_resamples, n_rows), optional
        How often each row counts; once by default.

    Examples
    --------
    >>> found = measure_errors(np.array([1.0, 2.0, 4.0]), np.array([1.0, 2.0, 1.0]))
    >>> {name: round(float(value[0]), 4) for name, value in found.items()}
    {'rmse': 1.7321, 'mae': 1.0, 'r2': -0.9286}
    """
    share = np.ones((1, len(y))) if weights is None else weights
    share = share / share.sum(axis=1, keepdims=True)
    misses, centred = answers - y, y - y.mean()
    squares = share @ misses**2
    # The spread around the resample's own mean.
    spread = share @ centred**2 - (share @ centred) ** 2
    explained = 1 - np.divide(squares, spread, out=np.full_like(squares, np.nan), where=spread > 0)
    return {"rmse": np.sqrt(squares), "mae": share @ np.abs(misses), "r2": explained}


def _score_folds(model: Model, name: str, command: str) -> ScoreRow:
    """Write the mean error over the folds, its interval widened for the rows that folds share."""
    folds = model.folds
    span = fold_interval(folds.rmse[name], folds.n_train, folds.n_test, "rmse")
    return _make_row(
        model, name, command, ("rmse", "cv"), span, (folds.n_train + folds.n_test, float(folds.rmse[BASELINE].mean()))
    )


def _score_test(model: Model, name: str, held_out: HeldOut, command: str) -> Scores:
    """Write every error on the test rows, and how often the interval held the true value."""
    y, n_rows = held_out.y, len(held_out.y)
    found = measure_errors(y, held_out.answers[name])
    baseline = measure_errors(y, held_out.answers[BASELINE])
    weights = draw_weights(n_rows, count_resamples(n_rows), np.random.default_rng(model.recipe.seed))
    resampled = measure_errors(y, held_out.answers[name], weights)
    rows = []
    for metric, value in found.items():
        if not (np.isfinite(value[0]) and np.isfinite(baseline[metric][0])):
            continue  # R² has no meaning where the test rows all have one value
        low, high = bias_corrected_interval(float(value[0]), resampled[metric])
        beside = (n_rows, float(baseline[metric][0]))
        rows.append(_make_row(model, name, command, (metric, "test"), (float(value[0]), low, high), beside))
    return (*rows, _score_coverage(model, name, held_out, command))


def _score_coverage(model: Model, name: str, held_out: HeldOut, command: str) -> ScoreRow:
    """Write how often the prediction interval held the true value; the baseline is what was asked."""
    reach, _ = find_reach(model, name, held_out.x)
    n_held, n_rows = int((np.abs(held_out.answers[name] - held_out.y) <= reach).sum()), len(held_out.y)
    asked = model.recipe.coverage
    return ScoreRow(
        f"coverage_{asked * 100:g}", "test", n_held / n_rows, *wilson_interval(n_held, n_rows), n_rows, "asked", asked,
        seed=model.recipe.seed, command=command, model=name,
    )  # fmt: skip


def _make_row(
    model: Model,
    name: str,
    command: str,
    what: tuple[str, str],
    span: tuple[float, float, float],
    beside: tuple[int, float],
) -> ScoreRow:
    """Write one row: metric and split, value with its interval, and rows with the baseline's value."""
    n_rows, baseline_value = beside
    return ScoreRow(*what, *span, n_rows, BASELINE, baseline_value, seed=model.recipe.seed, command=command, model=name)
