"""LIME on original columns: it recovers lines, agrees with the package's own numbers, and bounds its own noise."""

import numpy as np
import pandas as pd
import pytest
from lime.lime_tabular import LimeTabularExplainer
from sklearn.linear_model import Ridge

from core.evaluation.attribution import agree, exact_shapley, lime_values
from core.evaluation.attribution.lime_package import WIDTH, fit_line
from core.hub.errors import DataError

WEIGHTS = np.array([4.0, -2.0, 1.0, 0.0])


def make_numbers(n_rows, seed=0):
    drawn = np.random.default_rng(seed).normal(size=(n_rows, 4))
    return pd.DataFrame(drawn, columns=list("abcd"))


def ask_line(rows):
    return rows.to_numpy(dtype=float) @ WEIGHTS + 10


def read(found):
    """Read the effects of every column, (n_rows, n_columns)."""
    return np.stack([found.column(name) for name in found.columns], axis=1)


def test_it_recovers_the_signs_and_the_order_of_a_line():
    # In the outer quarters of every column, where the sign of a weight is the sign of its effect.
    x = pd.DataFrame([[2.0, 2.0, 2.0, 2.0], [-2.0, -2.0, -2.0, -2.0]], columns=list("abcd"))
    found = lime_values(ask_line, x, make_numbers(300), n_samples=5_000)
    assert np.sign(read(found)[0, :3]).tolist() == [1, -1, 1]
    assert np.sign(read(found)[1, :3]).tolist() == [-1, 1, -1]
    assert found.order.tolist() == [[0, 1, 2, 3]] * 2
    assert np.abs(found.column("d")).max() < 0.15
    # A column in its top quarter rather than elsewhere: the mean of that quarter less the mean of the others.
    expected = WEIGHTS * (1.271 + 1.271 / 3)
    np.testing.assert_allclose(read(found)[0], expected, atol=0.45)


def test_the_packages_own_quarters_give_nearly_the_same_numbers():
    background, x = make_numbers(2_000), make_numbers(4, seed=1)
    ours = read(lime_values(ask_line, x, background, n_samples=8_000))
    explainer = LimeTabularExplainer(
        background.to_numpy(), mode="regression", discretize_continuous=True, feature_selection="none", random_state=0
    )
    for row, own in zip(x.to_numpy(), ours, strict=True):
        theirs = dict(
            explainer.explain_instance(
                row, lambda rows: rows @ WEIGHTS + 10, num_features=4, num_samples=8_000
            ).local_exp[1]
        )
        np.testing.assert_allclose(own, [theirs[j] for j in range(4)], rtol=0.12, atol=0.35)


def test_the_line_that_gives_the_error_bars_is_the_packages_ridge():
    rng = np.random.default_rng(0)
    same, counts = rng.random((500, 6)) < 0.4, rng.integers(0, 3, 500).astype(float)
    answers = same @ np.arange(6.0) + rng.normal(size=500)
    near = counts * np.sqrt(np.exp(-(((~same).sum(axis=1)) / (WIDTH**2 * 6))))
    ridge = Ridge(alpha=1).fit(same.astype(float), answers, sample_weight=near)
    intercept, weights = fit_line(same, answers, counts)
    np.testing.assert_allclose(weights, ridge.coef_, atol=1e-9)
    assert intercept == pytest.approx(ridge.intercept_)


def test_the_same_line_without_resampling_is_what_the_package_returned():
    background, x = make_numbers(100), make_numbers(1, seed=1)
    found = lime_values(ask_line, x, background)
    assert (found.low <= read(found)).all()
    assert (read(found) <= found.high).all()
    assert 0 < (found.high - found.low).max() < 2


def test_error_bars_narrow_with_more_draws_and_hold_what_more_draws_find():
    background, x = make_numbers(200), make_numbers(6, seed=1)
    few, many = (lime_values(ask_line, x, background, n_samples=n) for n in (400, 6_400))
    widths = [(found.high - found.low).mean() for found in (few, many)]
    assert widths[1] < widths[0] / 2.5
    held = (few.low <= read(many)) & (read(many) <= few.high)
    assert held.mean() > 0.8


def test_gaps_levels_and_switches_are_groups_of_their_own():
    rng = np.random.default_rng(1)
    background = pd.DataFrame({
        "age": np.where(rng.random(200) < 0.3, np.nan, rng.normal(40, 10, 200)),
        "sex": rng.choice(["female", "male"], 200).astype(object),
        "paid": rng.random(200) < 0.5,
    })  # fmt: skip
    x = pd.DataFrame({"age": [np.nan, 40.0], "sex": ["female", "unheard of"], "paid": [True, False]})
    asked = []

    def ask(rows):
        asked.append(rows)
        return 2.0 * rows["age"].isna() + 1.0 * (rows["sex"] == "female") - 0.5 * rows["paid"]

    found = read(lime_values(ask, x, background))
    np.testing.assert_allclose(found[0], [2.0, 1.0, -0.5], atol=0.1)
    assert found[1, 0] < -0.4
    assert abs(found[1, 1]) < 0.6
    assert found[1, 2] == pytest.approx(0.5, abs=0.1)
    pd.testing.assert_series_equal(asked[1].iloc[0], x.iloc[1], check_names=False)  # the case itself comes first
    drawn = pd.concat(asked)
    assert set(drawn["age"].dropna()) <= {*background["age"].dropna(), 40.0}, "only values that exist are drawn"


def test_it_is_one_explanation_whatever_stands_beside_the_row_and_the_seed_decides():
    background, x = make_numbers(60), make_numbers(3, seed=1)
    first, again, alone = (lime_values(ask_line, rows, background, seed=3) for rows in (x, x, x.tail(1)))
    assert read(first).tobytes() == read(again).tobytes()
    assert first.low.tobytes() == again.low.tobytes()
    np.testing.assert_allclose(read(alone)[0], read(first)[2], atol=1e-12)
    assert read(lime_values(ask_line, x, background, seed=4)).tobytes() != read(first).tobytes()


def test_it_orders_the_columns_of_a_line_much_as_shapley_values_do():
    signs = np.random.default_rng(1).choice([-1.5, 1.5], (30, 4))
    background, x = make_numbers(200), pd.DataFrame(signs, columns=list("abcd"))
    found = agree(exact_shapley(ask_line, x, background), lime_values(ask_line, x, background))
    assert found.rank.value > 0.7
    assert found.signs.value > 0.7


def test_bad_input_is_refused_in_one_sentence():
    x, background = make_numbers(2), make_numbers(20)
    with pytest.raises(DataError, match="number of draws is 50; it must be at least 100"):
        lime_values(ask_line, x, background, n_samples=50)
    with pytest.raises(DataError, match="number of rows to explain is 0"):
        lime_values(ask_line, x.head(0), background)
    with pytest.raises(DataError, match="number of background rows is 0"):
        lime_values(ask_line, x, background.head(0))
    with pytest.raises(DataError, match="the background lacks b"):
        lime_values(ask_line, x, background.drop(columns="b"))
    with pytest.raises(DataError, match="the answer is not a finite number in"):
        lime_values(lambda rows: np.full(len(rows), np.inf), x, background)
