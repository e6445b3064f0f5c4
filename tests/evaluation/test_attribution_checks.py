"""How far explanations can be believed: agreement, stability over refits, deletion; and the charts that say so."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import friedmanchisquare, spearmanr
from sklearn.linear_model import LinearRegression

from core.evaluation.attribution import (
    Attribution,
    agree,
    agree_all,
    agreement_chart,
    delete_columns,
    deletion_chart,
    draw_refits,
    exact_shapley,
    importance_chart,
    local_chart,
    measure_stability,
    path_chart,
    rank_columns,
    say_stability,
    stability_chart,
    strip_chart,
)
from core.evaluation.attribution.agreement import correlate_ranks
from core.evaluation.attribution.charts import MAX_POINTS
from core.evaluation.attribution.faithfulness import MAX_DRAWS
from core.evaluation.intervals import t_interval
from core.hub.charts import MAX_MARKS
from core.hub.errors import DataError

NAMES = ("a", "b", "c", "d", "e")


def explain(values, method="by hand", base=0.0):
    """Make an explanation of the columns a, b, … from its effects."""
    values = np.asarray(values, dtype=float)
    return Attribution(method, NAMES[: values.shape[1]], values, base)


def make_numbers(n_rows, seed=0, n_columns=5):
    drawn = np.random.default_rng(seed).normal(size=(n_rows, n_columns))
    return pd.DataFrame(drawn, columns=NAMES[:n_columns])


# -- agreement


def test_rank_correlation_is_scipys_spearman_of_the_sizes():
    rng = np.random.default_rng(0)
    first, second = (rng.integers(-4, 5, (20, 5)).astype(float) for _ in range(2))
    found = correlate_ranks(first, second)
    expected = [spearmanr(np.abs(a), np.abs(b)).statistic for a, b in zip(first, second, strict=True)]
    np.testing.assert_allclose(found, expected, atol=1e-12)
    assert agree(explain(first), explain(second)).rank.value == pytest.approx(np.mean(expected))
    assert (agree(explain(first), explain(second)).rank.low, agree(explain(first), explain(second)).rank.high) == (
        pytest.approx(t_interval(expected))
    )


def test_an_explanation_agrees_with_itself_and_not_with_its_reverse():
    rng = np.random.default_rng(1)
    values = rng.permuted(np.tile(np.arange(1.0, 6.0), (30, 1)), axis=1)
    same, other = agree(explain(values), explain(2 * values)), agree(explain(values), explain(values - 6))
    assert (same.rank.value, same.top.value, same.signs.value) == pytest.approx((1, 1, 1))
    assert same.largest == 5
    assert (other.rank.value, other.top.value, other.signs.value) == pytest.approx((-1, 1 / 3, 0))


def test_shares_and_differences_by_hand():
    found = agree(explain([[5, -4, 3, 0, 0], [1, 2, 3, 4, 5]]), explain([[5, 4, 0, 3, 0], [1, 2, 3, 4, 9]]))
    assert found.top.value == pytest.approx((2 / 3 + 1) / 2)
    assert found.signs.value == pytest.approx((1 / 3 + 1) / 2)
    assert found.difference.value == pytest.approx((8 + 4) / 2)
    assert found.largest == 8
    assert found.n_rows == 2


def test_a_row_without_an_order_is_left_out_and_one_row_has_no_interval():
    found = agree(explain([[0, 0, 0], [1, 2, 3]]), explain([[1, 2, 3], [1, 2, 3]]))
    assert found.rank.value == 1
    assert np.isnan(found.rank.low)


def test_explanations_of_other_rows_or_columns_are_refused():
    with pytest.raises(DataError, match="the columns are a, b and a, b, c; explain the same ones"):
        agree(explain([[1, 2]]), explain([[1, 2, 3]]))
    with pytest.raises(DataError, match="the numbers of rows are 1 and 2; explain the same rows"):
        agree(explain([[1, 2]]), explain([[1, 2], [1, 2]]))


# -- stability


def test_concordance_is_friedmans_statistic_over_its_most():
    rng = np.random.default_rng(0)
    values = rng.integers(1, 9, (7, 1, 5)).astype(float)  # with ties
    found = measure_stability([explain(each) for each in values])
    statistic = friedmanchisquare(*values[:, 0].T).statistic
    assert found.concordance.value == pytest.approx(statistic / (7 * 4), abs=1e-12)


def test_mean_correlation_of_two_refits_follows_from_the_concordance():
    rng = np.random.default_rng(0)
    values = rng.normal(size=(6, 4, 5))
    found = measure_stability([explain(each) for each in values])
    pairs = [correlate_ranks(values[i], values[j]) for i in range(6) for j in range(i)]
    assert found.rank.value == pytest.approx(np.mean(pairs), abs=1e-12)


def test_spread_signs_and_changed_reasons_by_hand():
    refits = [
        explain([[3, 1], [2, 1]]),
        explain([[5, -1], [0, 1]]),
        explain([[7, 1], [2, 1]]),
        explain([[5, 1], [2, 1]]),
    ]
    found = measure_stability(refits)
    assert found.columns["column"].tolist() == ["a", "b"]
    assert found.columns["effect"].tolist() == pytest.approx([26 / 8, 1])
    assert found.columns["spread"].tolist() == pytest.approx([np.sqrt((8 / 3 + 1) / 2), np.sqrt(0.5)])
    assert found.columns["same_sign"].tolist() == pytest.approx([0.875, 0.875])
    assert found.other_first.value == pytest.approx((0 + 0.25) / 2)
    assert found.changed_rows == 0.5
    assert "stays the same in 50% of 2 rows" in say_stability(found)


def test_reasons_of_fits_on_few_rows_are_less_stable_than_on_many():
    rng = np.random.default_rng(0)
    x = make_numbers(2_000)
    y = x.to_numpy() @ [1.0, 0.9, 0.8, 0.0, 0.0] + rng.normal(scale=2.0, size=2_000)
    found = []
    for n_rows in (30, 2_000):
        refits = [LinearRegression().fit(x.iloc[rows], y[rows]) for rows in draw_refits(n_rows, 12, seed=1)]
        explained = [exact_shapley(model.predict, x.tail(15), x.head(20)) for model in refits]
        found.append(measure_stability(explained))
    few, many = found
    assert few.rank.value < many.rank.value - 0.2
    assert few.changed_rows > many.changed_rows
    assert few.columns["spread"].mean() > 4 * many.columns["spread"].mean()


def test_bootstraps_follow_the_seed_and_keep_groups_together():
    groups = np.array(list("aabbbcdd"), dtype=object)
    first, again = (draw_refits(8, 5, seed=2, groups=groups) for _ in range(2))
    for rows, same in zip(first, again, strict=True):
        np.testing.assert_array_equal(rows, same)
        counts = np.bincount(rows, minlength=8)
        for group in "abcd":
            assert len(set(counts[groups == group])) == 1
    assert {len(rows) for rows in draw_refits(8, 30)} == {8}
    left_out = np.mean([1 - len(set(rows)) / 500 for rows in draw_refits(500, 20)])
    assert left_out == pytest.approx(np.exp(-1), abs=0.02)


def test_too_few_refits_or_rows_are_refused():
    with pytest.raises(DataError, match="number of refits is 2; at least 3 are needed"):
        measure_stability([explain([[1.0]])] * 2)
    with pytest.raises(DataError, match="the numbers of rows are"):
        measure_stability([explain([[1.0]]), explain([[1.0], [2.0]]), explain([[1.0]])])
    with pytest.raises(DataError, match="number of training rows is 1; a bootstrap needs at least 2"):
        draw_refits(1)


# -- deletion


def ask_planted(rows):
    """Hang on two of five columns alone."""
    return 3 * rows["d"].to_numpy() + rows["b"].to_numpy()


def test_deletion_of_planted_columns_beats_random_orders_and_a_wrong_order_loses():
    x, background = make_numbers(60), make_numbers(30, seed=1)
    right = delete_columns(ask_planted, x, background, exact_shapley(ask_planted, x, background))
    wrong = delete_columns(ask_planted, x, background, explain(np.tile([5.0, 2.0, 4.0, 1.0, 3.0], (60, 1))))
    assert right.gain.low > 0.2
    assert wrong.gain.high < -0.1
    assert right.chosen.area.value > right.random.area.value > right.reverse.area.value
    np.testing.assert_allclose(right.chosen.moved[[0, 2, 5]], [0, 1, 1], atol=1e-12)
    np.testing.assert_allclose(right.reverse.moved[[0, 3, 5]], [0, 0, 1], atol=1e-12)
    assert right.chosen.answer[0] == pytest.approx(ask_planted(x).mean())
    assert right.chosen.answer[5] == pytest.approx(ask_planted(background).mean())


def test_a_random_order_is_told_from_random_orders_no_more_often_than_chance():
    x, background = make_numbers(40), make_numbers(15, seed=1)
    outside = 0
    for seed in range(40):
        values = np.random.default_rng(seed).normal(size=(40, 5))
        gain = delete_columns(ask_planted, x, background, explain(values), seed=seed, n_random=5).gain
        outside += not gain.low <= 0 <= gain.high
    assert outside <= 7


def test_the_area_is_that_of_trapezes_by_hand():
    x, background = pd.DataFrame({"a": [2.0], "b": [0.5]}), pd.DataFrame({"a": [0.0], "b": [0.0]})
    found = delete_columns(lambda rows: rows["a"] + rows["b"], x, background, explain([[1, 0.5]]))
    assert found.chosen.moved.tolist() == pytest.approx([0, 0.8, 1])
    assert found.chosen.area.value == pytest.approx((0.4 + 0.9) / 2)
    assert found.reverse.area.value == pytest.approx((0.1 + 0.6) / 2)
    assert np.isnan(found.gain.low)


def test_deletion_follows_the_seed_and_draws_a_bounded_background():
    x, background, asked = make_numbers(5), make_numbers(400, seed=1), []

    def ask(rows):
        asked.append(len(rows))
        return ask_planted(rows)

    first, again = (delete_columns(ask, x, background, explain(np.ones((5, 5))), seed=3) for _ in range(2))
    assert first.random.moved.tobytes() == again.random.moved.tobytes()
    assert max(asked) <= 12 * 6 * MAX_DRAWS


def test_deletion_refuses_what_it_cannot_follow():
    x, background = make_numbers(3), make_numbers(5, seed=1)
    with pytest.raises(DataError, match="the answer stays the same when every column is replaced"):
        delete_columns(lambda rows: np.zeros(len(rows)), x, background, explain(np.ones((3, 5))))
    with pytest.raises(DataError, match="the explanation is of 2 rows of a, b, c, d, e, the table has 3 rows"):
        delete_columns(ask_planted, x, background, explain(np.ones((2, 5))))
    with pytest.raises(DataError, match="the background lacks a"):
        delete_columns(ask_planted, x, background.drop(columns="a"), explain(np.ones((3, 5))))
    with pytest.raises(DataError, match="not a finite number"):
        delete_columns(lambda rows: np.full(len(rows), np.nan), x, background, explain(np.ones((3, 5))))


# -- over many rows


def test_columns_are_ranked_by_mean_size_with_students_interval():
    values = np.random.default_rng(0).normal(size=(40, 3)) * [1, 3, 2] + [0.5, 0, 0]
    found = rank_columns(explain(values)).set_index("column")
    assert found.index.tolist() == ["b", "c", "a"]
    for place, name in enumerate("abc"):
        sizes = np.abs(values[:, place])
        assert found.loc[name, "importance"] == pytest.approx(sizes.mean())
        assert tuple(found.loc[name, ["low", "high"]]) == pytest.approx(t_interval(sizes))
        assert found.loc[name, "mean"] == pytest.approx(values[:, place].mean())


# -- charts


def test_the_chart_of_one_row_shows_effects_with_error_bars_and_says_where_they_lead():
    found = Attribution(
        "SHAP", ("age", "sex"), np.array([[-0.1, 0.3]]), 0.4, np.array([[-0.2, 0.2]]), np.array([[0.0, 0.4]]),
        np.array([0.6]),
    )  # fmt: skip
    chart = local_chart(found, texts={"sex": "female", "age": "30"}, show="{:.0%}".format)
    assert chart.title == "Sex female raises the answer most, by 30%: it is 60%, and 40% where nothing is known"
    zero, raised, lowered = chart.marks
    assert zero.y.tolist() == ["sex female", "age 30"], "the largest effect comes first"
    assert (raised.y.tolist(), raised.x.tolist(), raised.low.tolist(), raised.role) == (
        ["sex female"], [0.3], [0.2], "good",
    )  # fmt: skip
    assert (lowered.y.tolist(), lowered.high.tolist(), lowered.role) == (["age 30"], [0.0], "bad")
    assert "95% error bars" in chart.x_label
    nothing = local_chart(explain([[0.0, 0.0]], base=0.5))
    assert nothing.title == "No column moves the answer, 0.5"
    assert "error bars" not in nothing.x_label


def test_the_path_leads_from_base_to_answer_also_past_the_columns_shown():
    values = np.linspace(1, 2, 20)[None] * np.where(np.arange(20) % 3, 1, -1)
    found = Attribution("SHAP", tuple(f"c{j}" for j in range(20)), values, 5.0)
    chart = path_chart(found)
    points = chart.marks[0]
    assert points.x[0] == 5
    assert points.x[-1] == pytest.approx(5 + values.sum())
    assert points.y.tolist()[0] == "where nothing is known"
    assert points.y.tolist()[-1] == "all other columns"
    assert "7 of 20 columns pull the other way" in chart.title


def test_the_chart_of_importance_says_when_the_first_cannot_be_told_from_the_second():
    rng = np.random.default_rng(0)
    clear = importance_chart(explain(rng.normal(size=(50, 2)) * [5, 1]))
    close = importance_chart(explain(rng.normal(size=(10, 2))))
    assert clear.title.startswith("A moves an answer by")
    assert close.title.endswith("may as well")
    assert importance_chart(explain([[1.0, 2.0]])).marks[0].low is None


def test_the_strip_is_thinned_and_keeps_the_extremes():
    x = make_numbers(9_000)
    x["b"] = np.where(x["b"] > 0, "up", "down")
    values = np.column_stack([2 * x["a"], x["b"] == "up", *(0.1 * x[name] for name in "cde")]).astype(float)
    chart = strip_chart(explain(values), x)
    assert sum(len(mark.x) for mark in chart.marks if mark.kind == "points") <= MAX_POINTS < MAX_MARKS
    own = np.concatenate([mark.x[mark.y == "a"] for mark in chart.marks if mark.kind == "points"])
    assert own.min() == values[:, 0].min()
    assert own.max() == values[:, 0].max()
    assert {mark.name for mark in chart.marks if mark.kind == "points" and "b" in mark.y} == {"a category or a gap"}
    assert chart.title == "High a goes with higher answers: correlation of value and effect +1.00"
    low, high = (next(mark for mark in chart.marks if mark.name == name) for name in ("low value", "high value"))
    assert low.x[low.y == "a"].max() < high.x[high.y == "a"].min()


def test_the_strip_of_a_category_says_how_far_its_effects_reach():
    x = pd.DataFrame({"sex": ["m", "f", None], "age": [1.0, np.nan, 3.0]})
    found = Attribution("SHAP", ("sex", "age"), np.array([[-2.0, 0.1], [2.0, 0.0], [0.0, 0.0]]), 0.0)
    assert strip_chart(found, x).title == "Sex matters most: its effects reach from −2 to 2"


def test_the_matrix_of_agreement_is_symmetric_and_names_the_worst_pair():
    rng = np.random.default_rng(0)
    values = rng.normal(size=(20, 5))
    three = [explain(values, "x"), explain(values + 0.01, "y"), explain(rng.normal(size=(20, 5)), "z")]
    chart = agreement_chart(agree_all(three))
    matrix = chart.marks[0].z
    np.testing.assert_array_equal(matrix, matrix.T)
    assert np.diag(matrix).tolist() == [1, 1, 1]
    assert "z order the columns most unlike" in chart.title
    with pytest.raises(ValueError, match="compare at least two"):
        agreement_chart([])


def test_charts_of_stability_and_deletion_state_what_was_found():
    rng = np.random.default_rng(0)
    refits = [explain(np.array([[5.0, 1, 1, 1, 1]]) + rng.normal(scale=[2, 0.1, 0.1, 0.1, 0.1])) for _ in range(10)]
    assert "a changes most, by" in stability_chart(measure_stability(refits)).title
    x, background = make_numbers(40), make_numbers(20, seed=1)
    titles = [
        deletion_chart(delete_columns(ask_planted, x, background, explain(np.tile(sizes, (40, 1))))).title
        for sizes in ([1.0, 4, 2, 5, 3], [5.0, 2, 4, 1, 3])
    ]
    assert "finds what the answer hangs on" in titles[0]
    assert "misleads" in titles[1]
    unsure = deletion_chart(delete_columns(ask_planted, x, background, explain(rng.normal(size=(40, 5)))))
    assert "cannot be told from a random order" in unsure.title
    assert [mark.kind for mark in unsure.marks] == ["band", "line"] * 3
    alone = deletion_chart(delete_columns(ask_planted, x.head(1), background, explain(np.ones((1, 5)))))
    assert [mark.kind for mark in alone.marks] == ["line"] * 3
