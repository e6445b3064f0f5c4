"""Figures of a run: errors on the test rows with intervals, over the folds, intervals' coverage, and certified digits.

Left out: how the digits are counted (``nist``).
"""

from __future__ import annotations

import numpy as np

from core.evaluation import runs
from core.evaluation.intervals import bias_corrected_interval, count_resamples, draw_weights
from core.evaluation.rows import RowMaker
from core.evaluation.runs import check_test_rows
from core.hub.contract import ScoreRow, Scores
from core.scratch.linear_regression.data import Data
from core.scratch.linear_regression.model import HeldOut, Model, answer_rows, find_reach
from core.scratch.linear_regression.nist import PRECISE, SOLVERS, Digits, score_solver
from core.scratch.linear_regression.recipe import BASELINE, RECIPES, SLUG

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
    check_test_rows(ids, model.held_out.ids, is_same_table=data.table.sha256 == model.source.sha256)
    x = data.x[data.test]
    answers = {name: answer_rows(line, x) for name, line in model.lines.items()}
    return score_model(model, HeldOut(ids, x, data.y[data.test], answers))


def score_model(model: Model, held_out: HeldOut | None = None) -> Scores:
    """Score a model on its own test rows, or on others that were answered; see :func:`evaluate`."""
    held_out = held_out or model.held_out
    command = describe_command(model)
    makers = [RowMaker(name, BASELINE, model.recipe.seed, command) for name in model.names]
    return (
        *(() if model.source.file else score_digits(command)),
        *(_score_folds(model, maker) for maker in makers),
        *(row for maker in makers for row in _score_test(model, maker, held_out)),
    )


def describe_command(model: Model) -> str:
    """Return the command that makes a model's figures again; ``recipe.json`` and ``table.parquet`` come with it."""
    return runs.describe_command(SLUG, RECIPES, model.recipe, model.source.file, model.schema.target)


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


def _score_folds(model: Model, maker: RowMaker) -> ScoreRow:
    """Write the mean error over the folds."""
    return maker.score_folds("rmse", model.folds.rmse, model.folds.n_train, model.folds.n_test)


def _score_test(model: Model, maker: RowMaker, held_out: HeldOut) -> Scores:
    """Write every error on the test rows, and how often the interval held the true value."""
    y, answers, n_rows = held_out.y, held_out.answers[maker.model], len(held_out.y)
    found, baseline = measure_errors(y, answers), measure_errors(y, held_out.answers[BASELINE])
    weights = draw_weights(n_rows, count_resamples(n_rows), np.random.default_rng(maker.seed))
    resampled = measure_errors(y, answers, weights)
    rows = []
    for metric, (value,) in found.items():
        if not (np.isfinite(value) and np.isfinite(baseline[metric][0])):
            continue  # R² has no meaning where the test rows all have one value
        span = (float(value), *bias_corrected_interval(float(value), resampled[metric]))
        rows.append(maker.make_row(metric, "test", span, n_rows, float(baseline[metric][0])))
    reach, _ = find_reach(model, maker.model, held_out.x)
    n_held = int((np.abs(answers - y) <= reach).sum())
    return (*rows, maker.score_coverage(n_held, n_rows, model.recipe.coverage))
