"""Shapley values, enumerated, sampled or by the shap package, agree with closed forms and with each other."""

from itertools import permutations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.compose import make_column_transformer
from sklearn.ensemble import RandomForestClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from core.datasets.catalogue import load_table
from core.evaluation.attribution import (
    Attribution,
    exact_shapley,
    explain_rows,
    permutation_values,
    sample_shapley,
    shap_values,
)
from core.evaluation.attribution.composing import MAX_ASKED, Composer
from core.evaluation.attribution.shap_package import _import_shap
from core.hub.errors import DataError, LimitError, RecipeError

NUMBERS, CATEGORIES = ["age", "fare", "sibsp", "parch"], ["pclass", "sex", "embarked"]
ALL = [exact_shapley, sample_shapley, shap_values, permutation_values]


def make_numbers(n_rows, n_columns, seed=0):
    drawn = np.random.default_rng(seed).normal(size=(n_rows, n_columns))
    return pd.DataFrame(drawn, columns=[f"c{j}" for j in range(n_columns)])


def read(found):
    """Read the effects of every column, (n_rows, n_columns)."""
    return np.stack([found.column(name) for name in found.columns], axis=1)


def ask_tangle(rows):
    values = rows.to_numpy(dtype=float)
    return (
        values[:, 0] * values[:, 1] + np.sin(3 * values[:, 2]) + (values[:, 3] > 0) * values[:, 0] + values[:, 4] ** 3
    )


def solve_by_orders(ask, x, background):
    """Average the step over every order of the columns, one background row after another."""
    total = np.zeros(x.shape[1])
    orders = list(permutations(range(x.shape[1])))
    for _, draw in background.iterrows():
        for order in orders:
            row = draw.to_frame().T.astype(float)
            before = ask(row)[0]
            for j in order:
                row.iloc[0, j] = x.iloc[0, j]
                after = ask(row)[0]
                total[j] += after - before
                before = after
    return total / len(orders) / len(background)


@pytest.fixture(scope="module")
def titanic():
    """Rows with gaps and levels, a background, and two fitted pipelines."""
    frame = load_table("titanic").frame
    x = frame[NUMBERS + CATEGORIES].astype(dict.fromkeys(NUMBERS, float))
    x[CATEGORIES] = x[CATEGORIES].astype(str).where(x[CATEGORIES].notna(), np.nan).astype(object)
    y = frame["survived"].astype(str) == str(frame["survived"].max())
    numbers = make_pipeline(SimpleImputer(strategy="median", add_indicator=True), StandardScaler())
    levels = make_pipeline(
        SimpleImputer(strategy="constant", fill_value="missing"), OneHotEncoder(handle_unknown="ignore")
    )
    fitted = {}
    for name, model in {
        "logistic": LogisticRegression(max_iter=1_000),
        "forest": RandomForestClassifier(30, min_samples_leaf=3, random_state=0),
    }.items():
        pipeline = make_pipeline(make_column_transformer((numbers, NUMBERS), (levels, CATEGORIES)), model)
        fitted[name] = pipeline.fit(x[:891], y[:891])
    return x, x.iloc[np.arange(0, 800, 40)], fitted


# -- outside references


def test_enumeration_is_the_mean_step_over_every_order():
    x, background = make_numbers(1, 5), make_numbers(3, 5, seed=1)
    found = exact_shapley(ask_tangle, x, background)
    np.testing.assert_allclose(found.row(0), solve_by_orders(ask_tangle, x, background), atol=1e-12)


@pytest.mark.parametrize("name", ["logistic", "forest"])
def test_enumeration_and_the_shap_package_agree_on_a_table_with_gaps_and_levels(titanic, name):
    x, background, fitted = titanic

    def ask(rows):
        return fitted[name].predict_proba(rows)[:, 1]

    rows = x.iloc[891:897]
    exact, shap = exact_shapley(ask, rows, background), shap_values(ask, rows, background)
    np.testing.assert_allclose(read(shap), read(exact), atol=1e-9)
    assert shap.base == pytest.approx(exact.base, abs=1e-12)
    for found in (exact, shap):
        np.testing.assert_allclose(found.sums, ask(rows), atol=1e-9)  # additivity
        np.testing.assert_allclose(found.answers, ask(rows), atol=1e-12)


def test_the_shap_package_asked_directly_says_the_same():
    shap = _import_shap()
    x, background = make_numbers(3, 6), make_numbers(120, 6, seed=1)
    masker = shap.maskers.Independent(background.to_numpy(), max_samples=120)
    direct = shap.explainers.Exact(lambda rows: ask_tangle(pd.DataFrame(rows)), masker)(x.to_numpy(), silent=True)
    np.testing.assert_allclose(read(exact_shapley(ask_tangle, x, background)), direct.values, atol=1e-9)


@pytest.mark.parametrize("explain", ALL)
def test_a_line_has_a_closed_form(explain):
    x, background, weights = make_numbers(4, 6), make_numbers(25, 6, seed=1), np.array([2.0, -1.0, 0.5, 0.0, 3.0, -0.1])
    found = explain(lambda rows: rows.to_numpy() @ weights + 7, x, background)
    np.testing.assert_allclose(read(found), weights * (x - background.mean()).to_numpy(), atol=1e-9)
    assert found.base == pytest.approx(7 + weights @ background.mean().to_numpy())


def test_permutation_values_are_the_last_step_of_the_enumeration():
    x, background = make_numbers(1, 5), make_numbers(12, 5, seed=1)
    found = permutation_values(ask_tangle, x, background)
    for j in range(5):
        drawn = pd.concat([x] * 12, ignore_index=True)
        drawn.iloc[:, j] = background.iloc[:, j].to_numpy()
        assert read(found)[0, j] == pytest.approx(ask_tangle(x)[0] - ask_tangle(drawn).mean(), abs=1e-12)


def test_past_twelve_columns_orders_are_sampled_and_still_add_up():
    x, background = make_numbers(2, 15), make_numbers(20, 15, seed=1)
    weights = np.linspace(-1, 1, 15)

    def ask(rows):
        values = rows.to_numpy()
        return values @ weights + values[:, 0] * values[:, 14] + values[:, 7] * values[:, 8] * values[:, 9]

    sampled, shap = sample_shapley(ask, x, background, n_orders=40), shap_values(ask, x, background)
    for found in (sampled, shap):
        np.testing.assert_allclose(found.sums, ask(x), atol=1e-9)
    pairs = x.to_numpy()[:, [0, 14]]  # a product of two columns shares its joint effect in halves
    own = (pairs - background.to_numpy()[:, [0, 14]].mean(axis=0)) * weights[[0, 14]]
    joint = pairs[:, 0] * pairs[:, 1]
    means = background["c0"].mean(), background["c14"].mean(), (background["c0"] * background["c14"]).mean()
    first = own[:, 0] + (joint - means[2]) / 2 + (pairs[:, 0] * means[1] - pairs[:, 1] * means[0]) / 2
    for found, within in ((sampled, 0.03), (shap, 0.03)):
        np.testing.assert_allclose(found.column("c0"), first, atol=within)


def test_a_pair_of_orders_is_exact_where_columns_act_in_twos():
    x, background = make_numbers(3, 9), make_numbers(30, 9, seed=1)
    sampled, exact = (explain(ask_tangle, x, background) for explain in (sample_shapley, exact_shapley))
    np.testing.assert_allclose(read(sampled), read(exact), atol=1e-12)


def test_sampled_orders_come_near_the_enumeration_and_nearer_with_more():
    def ask(rows):
        values = rows.to_numpy(dtype=float)
        return values[:, :3].prod(axis=1) + values[:, 3:8].prod(axis=1) + (values[:, :4].sum(axis=1) > 1)

    x, background = make_numbers(6, 9), make_numbers(30, 9, seed=1)
    exact = read(exact_shapley(ask, x, background))
    far, near = (
        np.abs(read(sample_shapley(ask, x, background, n_orders=n_orders)) - exact).max() for n_orders in (2, 64)
    )
    assert near < 0.1
    assert near < far / 2


# -- the axioms of Shapley values, for any table of answers

games = st.lists(st.integers(-50, 50), min_size=32, max_size=32)


def ask_game(game):
    """Answer by a table: one number for each combination of five switches."""

    def ask(rows):
        return np.array(game, dtype=float)[rows.to_numpy(dtype=int) @ (1 << np.arange(rows.shape[1]))]

    return ask


def solve_game(game):
    switches = [f"s{j}" for j in range(5)]
    on, off = pd.DataFrame([[1] * 5], columns=switches), pd.DataFrame([[0] * 5], columns=switches)
    return exact_shapley(ask_game(game), on, off)


@settings(max_examples=40, deadline=None)
@given(games)
def test_efficiency_the_effects_add_up(game):
    found = solve_game(game)
    assert found.base == game[0]
    assert found.sums[0] == pytest.approx(game[31], abs=1e-9)


@settings(max_examples=40, deadline=None)
@given(games)
def test_symmetry_columns_that_do_the_same_get_the_same(game):
    alike = [game[min(code, (code & ~3) | ((code & 1) << 1) | ((code >> 1) & 1))] for code in range(32)]
    found = solve_game(alike)
    assert read(found)[0, 0] == pytest.approx(read(found)[0, 1], abs=1e-9)


@settings(max_examples=40, deadline=None)
@given(games)
def test_dummy_a_column_that_changes_nothing_gets_nothing(game):
    assert solve_game([game[code & ~4] for code in range(32)]).column("s2")[0] == pytest.approx(0, abs=1e-9)


@settings(max_examples=40, deadline=None)
@given(games, games, st.integers(-3, 3))
def test_linearity_effects_of_a_sum_are_the_sum_of_effects(first, second, factor):
    both = [a + factor * b for a, b in zip(first, second, strict=True)]
    expected = read(solve_game(first)) + factor * read(solve_game(second))
    np.testing.assert_allclose(read(solve_game(both)), expected, atol=1e-9)


@pytest.mark.parametrize("explain", ALL)
def test_where_the_background_holds_the_same_value_a_column_has_no_effect(explain):
    x, background = make_numbers(3, 5), make_numbers(8, 5, seed=1)
    x["c1"] = background["c1"] = np.nan
    x["c3"] = background["c3"] = "same"
    found = explain(lambda rows: rows["c0"] * rows["c2"] + rows["c1"].isna() + (rows["c3"] == "same"), x, background)
    assert np.abs(read(found)[:, [1, 3]]).max() == 0
    assert np.abs(found.column("c0")).min() > 0


# -- error bars


def test_error_bars_over_the_background_hold_the_truth_as_often_as_they_say():
    weights = np.array([1.0, -2.0, 0.5])
    x, held = make_numbers(1, 3), []
    truth = weights * x.to_numpy()[0]  # the background's true mean is 0
    for seed in range(60):
        found = exact_shapley(lambda rows: rows.to_numpy() @ weights, x, make_numbers(40, 3, seed=100 + seed))
        held.append((found.low[0] <= truth) & (truth <= found.high[0]))
    assert 0.88 <= np.mean(held) <= 0.99


def test_error_bars_over_blocks_are_as_wide_as_students_t_of_so_few_must_be():
    weights, ratios = np.array([1.0, -2.0, 0.5]), []
    for seed in range(15):
        x, background = make_numbers(1, 3), make_numbers(40, 3, seed=100 + seed)
        found, exact = (
            explain(lambda rows: rows.to_numpy() @ weights, x, background) for explain in (shap_values, exact_shapley)
        )
        ratios.append((found.high - found.low).mean() / (exact.high - exact.low).mean())
    assert 1.1 < np.mean(ratios) < 1.8  # 2.776 / 1.96, less the bias of a spread of five


@pytest.mark.parametrize("explain", ALL)
def test_error_bars_enclose_the_effect_and_need_two_background_rows(explain):
    x, background = make_numbers(2, 5), make_numbers(20, 5, seed=1)
    found = explain(ask_tangle, x, background)
    assert (found.low <= read(found)).all()
    assert (read(found) <= found.high).all()
    assert (found.high - found.low).max() > 0
    alone = explain(ask_tangle, x, background.head(1))
    assert alone.low is None
    assert alone.high is None


@pytest.mark.parametrize("explain", [exact_shapley, sample_shapley, permutation_values])
def test_error_bars_of_few_background_rows_are_as_wide_as_students(explain):
    background = make_numbers(10, 6, seed=2)
    found = explain(lambda rows: rows.to_numpy().sum(axis=1), make_numbers(1, 6), background)
    reach = (found.high - found.low)[0] / 2 / (background.std() / np.sqrt(10)).to_numpy()
    assert np.mean(reach) == pytest.approx(2.262, rel=0.08)  # of nine degrees of freedom, and 1.86 of a plain bootstrap


# -- how the model is asked


def test_equal_rows_are_asked_once_and_in_bounded_lots():
    asked = []

    def ask(rows):
        asked.append(rows)
        return rows["c0"].to_numpy() + rows["c1"].to_numpy()

    x, background = make_numbers(1, 10).round(0), make_numbers(30, 10, seed=1).round(0)
    exact_shapley(ask, x, background)
    assert all(not rows.duplicated().any() for rows in asked)
    assert sum(map(len, asked)) < 30 * 2**10 / 3
    asked.clear()
    exact_shapley(ask, make_numbers(1, 12), make_numbers(40, 12, seed=1))
    assert max(map(len, asked)) <= MAX_ASKED
    assert len(asked) > 1


def test_equal_rows_are_found_where_their_number_would_not_fit_in_64_bits():
    x, background = make_numbers(1, 25), make_numbers(200, 25, seed=1)
    composer = Composer(lambda rows: rows.to_numpy() @ np.arange(25.0), x, background)
    codes = np.concatenate([composer.background_codes] * 2)
    answers = composer.ask_codes(codes)
    np.testing.assert_allclose(answers, np.tile(background.to_numpy() @ np.arange(25.0), 2))


def test_rows_that_differ_in_two_of_many_columns_are_told_apart():
    levels = pd.DataFrame({f"c{j}": np.arange(64.0) for j in range(24)})
    composer = Composer(lambda rows: rows["c0"] + 100 * rows["c1"], levels.tail(1), levels.head(63))
    codes = np.zeros((64 * 64, 24), dtype=np.int64)
    codes[:, 0], codes[:, 1] = np.tile(np.arange(64), 64), np.repeat(np.arange(64), 64)
    np.testing.assert_array_equal(composer.ask_codes(codes), codes[:, 0] + 100 * codes[:, 1])


def test_columns_keep_their_kinds_when_rows_are_composed():
    background = pd.DataFrame({
        "n": [1.5, np.nan], "i": [1, 2], "b": [True, False], "o": ["u", None],
        "k": pd.Categorical(["p", "q"]), "d": pd.to_datetime(["2020-01-01", "2021-01-01"]),
    })  # fmt: skip
    x = pd.DataFrame({
        "n": [None], "i": [3], "b": [True], "o": ["w"], "k": pd.Categorical(["r"]), "d": pd.to_datetime(["2022-01-01"]),
    })  # fmt: skip
    seen = []

    def ask(rows):
        seen.append(rows)
        return rows["i"].to_numpy() + (rows["k"] == "r") + (rows["d"].dt.year == 2022)

    found = exact_shapley(ask, x, background)
    assert found.sums[0] == pytest.approx(5.0)
    assert found.column("i")[0] == pytest.approx(1.5)
    kinds = seen[0].dtypes.astype(str).to_dict()
    assert kinds == {"n": "float64", "i": "int64", "b": "bool", "o": "object", "k": "category", "d": "datetime64[ns]"}
    assert set(seen[0]["k"].dropna()) == {"p", "q", "r"}


@pytest.mark.parametrize("explain", ALL)
def test_the_same_seed_gives_the_same_explanation_whatever_stands_beside_the_row(explain):
    x, background = make_numbers(3, 14 if explain is sample_shapley else 6), make_numbers(12, 14, seed=1)
    state = np.random.get_state()[1].copy()  # noqa: NPY002 what must stay as it is
    first, second = (explain(ask_tangle, x, background, seed=4) for _ in range(2))
    assert read(first).tobytes() == read(second).tobytes()
    assert first.low.tobytes() == second.low.tobytes()
    np.testing.assert_allclose(read(explain(ask_tangle, x.tail(1), background, seed=4)), read(first)[2:], atol=1e-12)
    np.testing.assert_array_equal(np.random.get_state()[1], state)  # noqa: NPY002 see above


def test_nothing_that_is_given_is_changed():
    x, background = make_numbers(2, 5), make_numbers(6, 5, seed=1)
    copies = x.copy(), background.copy()
    for explain in ALL:
        explain(ask_tangle, x, background)
    pd.testing.assert_frame_equal(x, copies[0])
    pd.testing.assert_frame_equal(background, copies[1])


# -- bad input


@pytest.mark.parametrize("explain", ALL)
def test_what_cannot_be_explained_is_refused_in_one_sentence(explain):
    x, background = make_numbers(2, 5), make_numbers(6, 5, seed=1)
    with pytest.raises(DataError, match="number of rows to explain is 0; give at least 1"):
        explain(ask_tangle, x.head(0), background)
    with pytest.raises(DataError, match="number of background rows is 0; give at least 1"):
        explain(ask_tangle, x, background.head(0))
    with pytest.raises(DataError, match="the background lacks c1, c4; give rows with the columns of the model"):
        explain(ask_tangle, x, background.drop(columns=["c1", "c4"]))
    with pytest.raises(DataError, match="not a finite number in"):
        explain(lambda rows: np.where(rows["c0"] == x["c0"].iloc[0], np.nan, 1.0), x, background)
    with pytest.raises(ValueError, match="the answers have shape"):
        explain(lambda rows: np.ones((len(rows), 2)), x, background)


def test_enumeration_refuses_more_than_twelve_columns():
    with pytest.raises(LimitError, match="columns is 13; every coalition is asked about up to 12"):
        exact_shapley(ask_tangle, make_numbers(1, 13), make_numbers(5, 13))


def test_a_method_is_chosen_by_name_and_shapley_samples_where_it_must():
    x, background = make_numbers(1, 13), make_numbers(5, 13, seed=1)
    assert explain_rows("Shapley", ask_tangle, x, background).method == "sampled Shapley"
    assert explain_rows("Shapley", ask_tangle, x.iloc[:, :5], background).method == "exact Shapley"
    with pytest.raises(RecipeError, match="method is 'tea leaves'; it must be Shapley, SHAP, LIME, permutation"):
        explain_rows("tea leaves", ask_tangle, x, background)


def test_shapes_that_do_not_fit_together_are_a_programmers_mistake():
    with pytest.raises(ValueError, match="values have shape"):
        Attribution("x", ("a",), np.ones((2, 2)), 0.0)
    with pytest.raises(ValueError, match="an end of the error bars has shape"):
        Attribution("x", ("a",), np.ones((2, 1)), 0.0, np.ones((1, 1)), np.ones((2, 1)))
