"""Splits keep classes and groups apart as promised, and refuse what cannot be split."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.evaluation.splits import make_folds, split_rows
from core.hub.errors import DataError


@settings(max_examples=40, deadline=None)
@given(
    counts=st.lists(st.integers(4, 40), min_size=2, max_size=5),
    test_share=st.floats(0.25, 0.6),
    seed=st.integers(0, 1_000),
)
def test_a_split_uses_every_row_once_and_keeps_class_shares(counts, test_share, seed):
    y = np.repeat([f"class {i}" for i in range(len(counts))], counts)
    split = split_rows(y, test_share, seed)
    assert sorted([*split.train, *split.test]) == list(range(len(y)))
    for name, count in zip(np.unique(y), counts, strict=True):
        assert abs((y[split.test] == name).sum() - count * len(split.test) / len(y)) <= 1


def test_the_same_seed_gives_the_same_rows_and_another_seed_others():
    y = np.repeat(["a", "b"], 50)
    assert np.array_equal(split_rows(y, 0.3, 7).test, split_rows(y, 0.3, 7).test)
    assert not np.array_equal(split_rows(y, 0.3, 7).test, split_rows(y, 0.3, 8).test)


@pytest.mark.parametrize("y", [np.repeat(["a", "b", "c"], 40), np.linspace(0, 1, 120)], ids=["classes", "numbers"])
def test_no_group_is_on_both_sides(y):
    groups = np.random.default_rng(0).integers(0, 25, size=len(y))
    parts = [split_rows(y, 0.25, 3, groups), *make_folds(y, 5, 2, 3, groups)]
    assert all(not set(groups[part.train]) & set(groups[part.test]) for part in parts)
    assert 0.15 < len(parts[0].test) / len(y) < 0.35


def test_group_splits_keep_every_class_in_training():
    y = np.array(["rare"] * 6 + ["common"] * 94)
    groups = np.concatenate([np.repeat([0, 1], 3), np.repeat(np.arange(2, 49), 2)])
    for seed in range(20):
        assert "rare" in y[split_rows(y, 0.3, seed, groups).train]


def test_each_repeat_tests_every_row_once():
    y = np.repeat(["a", "b"], 15)
    folds = make_folds(y, 5, 3, 0)
    tested = [np.sort(np.concatenate([fold.test for fold in folds[i : i + 5]])) for i in (0, 5, 10)]
    assert all(np.array_equal(rows, np.arange(30)) for rows in tested)
    assert not np.array_equal(folds[0].test, folds[5].test)


def test_numbers_are_split_without_regard_to_their_values():
    split = split_rows(np.linspace(0, 1, 10), 0.2, 0)
    assert len(split.test) == 2


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((["a"] * 9 + ["b"], 0.2, 0), "smallest class has 1 row"),
        ((["a", "b"] * 5, 1.0, 0), "test_share is 1; it must lie between 0 and 1"),
        (([f"class {i}" for i in range(6)] * 2, 0.2, 0), "12 rows leave 3 to test"),
        ((["a", None, "b"] * 5, 0.2, 0), "missing in 5 rows"),
        ((["a", "b"] * 5, 0.2, 0, ["x"] * 10), "number of groups is 1"),
        ((["a"] * 9 + ["b"], 0.5, 0, [0, 0, 0, 1, 1, 1, 2, 2, 2, 3]), None),
        (([], 0.2, 0), "at least one row"),
    ],
)
def test_what_cannot_be_split_is_refused(arguments, words):
    if words is None:  # the only group of a class stays in training
        y = np.asarray(arguments[0])
        assert "b" in y[split_rows(*arguments).train]
    else:
        with pytest.raises(DataError, match=words):
            split_rows(*arguments)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((["a"] * 9 + ["b"] * 3, 5, 1, 0), "smallest class has 3 rows; 5 folds need 5"),
        ((np.linspace(0, 1, 3), 5, 1, 0), "the table has 3 rows"),
        ((["a", "b"] * 5, 1, 1, 0), "n_folds is 1"),
        ((["a", "b"] * 5, 5, 1, 0, [0, 1] * 5), "number of groups is 2; at least 5"),
    ],
)
def test_too_many_folds_are_refused(arguments, words):
    with pytest.raises(DataError, match=words):
        make_folds(*arguments)
