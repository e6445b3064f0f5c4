"""Novelty: fair to rows like the training rows, whatever their shape, and sharp on one unlike any."""

import io

import numpy as np
import pytest
from scipy import stats
from sklearn.datasets import load_iris

from core.evaluation.novelty import (
    explain_novelty,
    find_limit,
    fit_novelty,
    is_novel,
    novelty_from_arrays,
    novelty_p_value,
    novelty_to_arrays,
)
from core.hub.errors import DataError

IRIS = load_iris().data
STRANGE = [10.0, 1.0, 10.0, 5.0]
NAMES = ("sepal length", "sepal width", "petal length", "petal width")


@pytest.mark.parametrize("n_rows", [90, 105, 120, 150])
def test_a_flower_unlike_any_is_refused(n_rows):
    rows = np.random.default_rng(0).choice(150, n_rows, replace=False)
    model = fit_novelty(IRIS[rows])
    assert is_novel(model, [STRANGE], alpha=0.01).all()
    assert novelty_p_value(model, [STRANGE])[0] == 1 / (n_rows + 1)


def test_at_most_three_of_150_flowers_are_refused_by_the_others():
    refused = [is_novel(fit_novelty(np.delete(IRIS, i, axis=0)), IRIS[[i]], alpha=0.01)[0] for i in range(150)]
    assert sum(refused) <= 3


def draw_normal(rng, shape):
    table = rng.normal(size=shape) * np.exp(np.linspace(-3, 3, shape[1]))
    table[:, 0] = 1.0  # a constant column
    return table


def draw_clusters(rng, shape):
    return rng.normal(size=shape) + 8 * rng.integers(0, 3, size=(shape[0], 1))


def draw_heavy(rng, shape):
    return rng.standard_t(2, size=shape)


@pytest.mark.parametrize("shape", [(40, 3), (99, 8), (40, 60), (99, 200)], ids=str)
@pytest.mark.parametrize("draw", [draw_normal, draw_clusters, draw_heavy])
def test_p_values_of_usual_rows_are_uniform(draw, shape):
    rng = np.random.default_rng(7)
    n_rows, p_values = shape[0], []
    for _ in range(200):
        table = draw(rng, (n_rows + 1, shape[1]))
        p_values.append(novelty_p_value(fit_novelty(table[:-1]), table[-1:])[0])
    smooth = np.array(p_values) - rng.random(200) / (n_rows + 1)  # p-values are multiples of 1 / (n + 1)
    assert stats.kstest(smooth, "uniform").pvalue > 0.001
    assert np.mean(np.array(p_values) <= 0.1) < 0.18


def test_a_row_between_two_clusters_is_strange_though_each_value_is_usual():
    rng = np.random.default_rng(0)
    table = np.concatenate([rng.normal(0, 1, (100, 2)), rng.normal(20, 1, (100, 2))])
    model = fit_novelty(table)
    assert is_novel(model, [[0.0, 20.0]]).all()
    assert explain_novelty(model, [0.0, 19.0], ("a", "b")).startswith("each value is usual on its own")


def test_farther_is_never_more_usual():
    model = fit_novelty(IRIS)
    steps = IRIS.mean(axis=0) + np.linspace(0, 10, 40)[:, None]
    assert (np.diff(novelty_p_value(model, steps)[10:]) <= 0).all()


def test_units_do_not_matter():
    factors, shifts = np.array([1_000.0, 0.01, 1.0, 5.0]), np.array([0.0, 300.0, -5.0, 1.0])
    ours, theirs = fit_novelty(IRIS), fit_novelty(IRIS * factors + shifts)
    assert novelty_p_value(theirs, IRIS * factors + shifts) == pytest.approx(novelty_p_value(ours, IRIS), abs=2 / 150)


def test_a_constant_column_must_stay_as_it_was():
    table = np.column_stack([np.arange(200.0), np.full(200, 7.3)])
    model = fit_novelty(table)
    assert not is_novel(model, [[100.4, 7.3]]).any()
    assert not is_novel(model, [[100.4, 7.3 + 1e-12]]).any()
    assert is_novel(model, [[100.4, 7.4]]).all()


def test_ties_are_not_strange():
    table = (np.random.default_rng(0).random((300, 6)) < 0.5).astype(float)
    model = fit_novelty(table)
    assert not is_novel(model, table).any()


def test_few_rows_refuse_only_what_is_stranger_than_all():
    model = fit_novelty(IRIS[:20])
    assert find_limit(model, 0.01) == 1 / 21
    assert is_novel(model, [STRANGE]).all()
    assert is_novel(model, IRIS[:20]).sum() <= 2


def test_many_rows_are_sampled_by_seed_and_still_fair():
    rng = np.random.default_rng(0)
    table = rng.normal(size=(6_000, 3))
    model, again, other = fit_novelty(table, seed=1), fit_novelty(table, seed=1), fit_novelty(table, seed=2)
    assert model.rows.shape == (2_000, 3)
    assert np.array_equal(model.nearest, again.nearest)
    assert not np.array_equal(model.nearest, other.nearest)
    fresh = novelty_p_value(model, rng.normal(size=(4_000, 3)))
    assert 0.003 < np.mean(fresh <= 0.01) < 0.02


def test_it_survives_being_stored():
    model = fit_novelty(IRIS)
    buffer = io.BytesIO()
    np.savez(buffer, **novelty_to_arrays(model))
    buffer.seek(0)
    with np.load(buffer, allow_pickle=False) as arrays:
        stored = novelty_from_arrays(arrays)
    assert np.array_equal(novelty_p_value(stored, IRIS), novelty_p_value(model, IRIS))
    with pytest.raises(DataError, match="lacks center"):
        novelty_from_arrays({})


def test_the_reason_names_the_worst_columns():
    text = explain_novelty(fit_novelty(IRIS), STRANGE, NAMES)
    assert text == (
        "sepal width is 1; in training it runs from 2 to 4.4; petal width is 5; in training it runs from 0.1 to 2.5"
    )


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([[1.0, 2.0]], "number of rows is 1"),
        ([1.0, 2.0], "they must be a table"),
        ([[1.0], [np.nan]], "row 2 holds a missing"),
        ([[1.0], [np.inf]], "row 2 holds a missing or infinite value"),
    ],
)
def test_unusable_training_rows_are_refused(rows, words):
    with pytest.raises(DataError, match=words):
        fit_novelty(rows)


def test_other_columns_than_in_training_are_refused():
    with pytest.raises(DataError, match="must be a table of 4 columns"):
        novelty_p_value(fit_novelty(IRIS), [[1.0, 2.0]])


def test_no_rows_give_no_p_values():
    assert novelty_p_value(fit_novelty(IRIS), np.empty((0, 4))).shape == (0,)
