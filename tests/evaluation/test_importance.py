"""Permutation importance agrees with scikit-learn's, and finds the columns that a model really uses."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_iris
from sklearn.inspection import permutation_importance as reference_importance
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split

from core.evaluation.importance import MAX_ROWS, importance_chart, permutation_importance
from core.hub.errors import DataError
from pages.kit.classifier import measure_importance


class FirstColumn:
    def predict(self, x):
        return np.where(x.iloc[:, 0] > 0, "up", "down")


@pytest.fixture(scope="module")
def fitted():
    x, y = load_iris(as_frame=True, return_X_y=True)
    x_train, x_test, y_train, y_test = train_test_split(x, y, stratify=y, random_state=0)
    return LogisticRegression(max_iter=2_000).fit(x_train, y_train), x_test, y_test.to_numpy()


def test_it_agrees_with_scikit_learn(fitted):
    model, x, y = fitted
    found = permutation_importance(model, x, y, n_repeats=300, seed=1).set_index("column")["fall"]
    reference = reference_importance(model, x, y, n_repeats=300, random_state=2).importances_mean
    np.testing.assert_allclose(found[x.columns], reference, atol=0.012)


def test_an_unused_column_costs_nothing_and_the_used_one_nearly_half():
    rng = np.random.default_rng(0)
    x = pd.DataFrame({"used": rng.choice([-1.0, 1.0], 200), "other": rng.normal(size=200)})
    y = np.where(x["used"] > 0, "up", "down").astype(object)
    found = permutation_importance(FirstColumn(), x, y)
    assert found["column"].tolist() == ["used", "other"]
    assert 0.4 < found.loc[0, "fall"] < 0.6
    assert found.loc[1, ["fall", "low", "high"]].tolist() == [0, 0, 0]
    assert importance_chart(found, 200).title.startswith("Shuffling used costs")


def test_noise_is_seldom_called_important():
    # The columns are noise, and the model uses them: 200 draws of 4 columns on 60 held-out rows.
    called, n_columns = 0, 4
    for seed in range(50):
        rng = np.random.default_rng(seed)
        x = pd.DataFrame(rng.normal(size=(120, n_columns)), columns=list("abcd"))
        y = rng.integers(0, 3, 120)
        model = LogisticRegression().fit(x[:60], y[:60])
        found = permutation_importance(model, x[60:], y[60:], seed=seed)
        called += int((found["low"] > 0).sum())
    assert called / (50 * n_columns) <= 0.08


def test_the_interval_is_students_over_the_rows():
    class Reverses(FirstColumn):  # asked about copies, it is right in every second row only
        def predict(self, x):
            n_copies = len(x) // 4
            return np.array(["up"] * 4 if n_copies == 1 else ["up", "down"] * 2 * n_copies, dtype=object)

    x, y = pd.DataFrame({"a": np.arange(4.0)}), np.full(4, "up", dtype=object)
    found = permutation_importance(Reverses(), x, y, n_repeats=5).iloc[0]
    reach = 3.182446 * np.std([0, 1, 0, 1], ddof=1) / 2
    assert (found["fall"], found["low"], found["high"]) == pytest.approx((0.5, 0.5 - reach, 0.5 + reach), abs=1e-6)


def test_the_page_measures_on_the_held_out_rows_and_says_how_many():
    asked = []

    class Recorder(FirstColumn):
        def predict(self, x):
            asked.append(set(x["a"]))
            return super().predict(x)

    n_rows = 1_400
    x = pd.DataFrame({"a": np.arange(float(n_rows))})
    test = np.arange(0, n_rows, 2)
    data = SimpleNamespace(x=x, y=np.where(x["a"] > n_rows / 2, "up", "down").astype(object), test=test)
    model = SimpleNamespace(pipelines={"rule": Recorder()}, recipe=SimpleNamespace(seed=0))
    chart = measure_importance.__wrapped__("key", "rule", model, data)
    assert len(asked) == 2
    assert all(rows <= set(test.astype(float)) for rows in asked)
    assert f"95% interval over {MAX_ROWS} held-out rows" in chart.x_label


def test_the_same_seed_gives_the_same_answer_and_nothing_is_changed(fitted):
    model, x, y = fitted
    before = x.copy()
    pd.testing.assert_frame_equal(permutation_importance(model, x, y), permutation_importance(model, x, y))
    pd.testing.assert_frame_equal(x, before)


def test_a_long_table_is_sampled():
    asked = []

    class Counting(FirstColumn):
        def predict(self, x):
            asked.append(len(x))
            return super().predict(x)

    x = pd.DataFrame({"a": np.arange(-2_000.0, 2_000.0)})
    permutation_importance(Counting(), x, np.full(4_000, "up", dtype=object), n_repeats=3)
    assert asked == [MAX_ROWS, 3 * MAX_ROWS]


def test_a_model_that_uses_nothing_is_said_to_use_nothing():
    frame = pd.DataFrame({"column": ["a", "b"], "fall": [0.0, 0.0], "low": [0.0, -0.01], "high": [0.0, 0.01]})
    assert importance_chart(frame, 30).title.startswith("No single column")


@pytest.mark.parametrize("n_rows", [0, 1])
def test_too_few_rows_are_refused(n_rows):
    with pytest.raises(DataError, match=f"rows to shuffle is {n_rows}; at least 2"):
        permutation_importance(FirstColumn(), pd.DataFrame({"a": [1.0] * n_rows}), np.full(n_rows, "up", dtype=object))
