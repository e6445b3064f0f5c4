"""The first looks at a table: figures against an outside reference, titles that state what the numbers show."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from sklearn.feature_selection import f_classif

from core.datasets.association import centre_groups, correlate, make_groups, order_groups, rank_columns, share_between
from core.datasets.catalogue import load_table
from core.datasets.explore import balance_chart, correlation_chart, distribution_chart, pair_chart
from core.datasets.table import Table
from core.hub.errors import DataError


def make_table(frame: pd.DataFrame, target: str | None = None, **kinds: str) -> Table:
    found = {name: kinds.get(name, "number" if frame[name].dtype.kind in "if" else "category") for name in frame}
    return Table(frame, "mine", "upload", "0", found, target)


def test_eta_squared_follows_from_the_f_statistic_of_scikit_learn():
    table = load_table("iris")
    x, y = table.frame.drop(columns="species"), table.frame["species"]
    f_values, _ = f_classif(x, y)
    n, k = len(x), y.nunique()
    expected = f_values * (k - 1) / (f_values * (k - 1) + n - k)
    groups = make_groups(table, "species")
    found = [share_between(table.numbers(name), groups) for name in x]
    np.testing.assert_allclose(found, expected, rtol=1e-10)


def test_r_inside_classes_is_the_partial_correlation_given_the_class():
    table = load_table("iris")
    values = np.column_stack([table.numbers("sepal_length"), table.numbers("sepal_width")])
    inside = correlate(centre_groups(values, make_groups(table, "species")))
    dummies = pd.get_dummies(table.frame["species"]).to_numpy(dtype=float)
    residuals = values - dummies @ np.linalg.lstsq(dummies, values, rcond=None)[0]
    assert inside == pytest.approx(stats.pearsonr(*residuals.T).statistic, abs=1e-12)
    assert correlate(values) == pytest.approx(stats.pearsonr(*values.T).statistic, abs=1e-12)


@given(st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=40), st.floats(0.1, 10), st.floats(-100, 100), st.randoms())
@settings(max_examples=60, deadline=None)
def test_eta_squared_is_a_share_and_knows_no_unit(values, factor, shift, random):
    x = np.array(values)
    groups = np.array([random.choice(["a", "b", None]) for _ in values], dtype=object)
    share = share_between(x, groups)
    assert 0 <= share <= 1
    known = x[groups != np.array(None)]
    if len(known) and np.ptp(known) > 1e-3:
        assert share_between(factor * x + shift, groups) == pytest.approx(share, abs=1e-6)


def test_the_columns_that_tell_the_classes_apart_come_first():
    rng = np.random.default_rng(0)
    y = np.repeat(["a", "b"], 100)
    frame = pd.DataFrame({"noise": rng.normal(size=200), "signal": (y == "b") + rng.normal(0, 0.1, 200), "y": y})
    (first, high), (last, low) = rank_columns(make_table(frame, "y"), "y")
    assert (first, last) == ("signal", "noise")
    assert high > 0.9
    assert low < 0.1


def test_a_histogram_with_classes_sums_to_one_for_each_class():
    chart = distribution_chart(load_table("penguins"), "body_mass", "species")
    assert [mark.name for mark in chart.marks] == ["Adelie", "Chinstrap", "Gentoo"]
    for mark in chart.marks:
        assert mark.y.sum() == pytest.approx(1)
    assert chart.y_percent


def test_a_histogram_without_classes_counts_every_known_row():
    table = load_table("penguins")
    chart = distribution_chart(table, "body_mass")
    assert chart.marks[0].y.sum() == table.frame["body_mass"].notna().sum()


def test_dates_stay_dates():
    days = pd.date_range("2024-01-01", periods=50, freq="D")
    chart = distribution_chart(make_table(pd.DataFrame({"day": days}), day="date"), "day")
    assert chart.marks[0].x.dtype.kind == "M"
    assert chart.title == "Half of day lies between 2024-01-13 and 2024-02-06"


def test_a_category_is_counted_and_a_long_tail_becomes_one_bar():
    frame = pd.DataFrame({"town": [f"t{n}" for n in range(30)] + ["t0"] * 10, "y": ["a", "b"] * 20})
    table = make_table(frame, "y")
    chart = distribution_chart(table, "town")
    assert len(chart.marks[0].y) == 15
    assert chart.marks[0].x.sum() == 40
    assert chart.title.startswith("t0 is the most frequent town: 27.5%")
    by = distribution_chart(table, "town", "y")
    assert sum(mark.y.sum() for mark in by.marks) == 40


def test_the_balance_names_the_rarest_class():
    table = make_table(pd.DataFrame({"y": ["a"] * 90 + ["b"] * 10}))
    assert balance_chart(table, "y").title == "b is the rarest class of y: 10 rows, 10%"


def test_a_pair_shows_every_row_once_in_its_class_and_a_long_table_as_a_sample():
    chart = pair_chart(load_table("iris"), "petal_length", "petal_width", "species")
    assert sum(len(mark.x) for mark in chart.marks) == 150
    rng = np.random.default_rng(1)
    frame = pd.DataFrame({"a": rng.normal(size=9_000), "b": rng.normal(size=9_000)})
    long = pair_chart(make_table(frame), "a", "b")
    assert len(long.marks[0].x) == 1_500
    assert "1,500 of 9,000" in long.alt
    assert "do not go together" in long.title
    again = pair_chart(make_table(frame), "a", "b")
    np.testing.assert_array_equal(long.marks[0].x, again.marks[0].x)


def test_correlations_are_those_of_pandas():
    table = load_table("iris")
    chart = correlation_chart(table)
    expected = table.frame.drop(columns="species").corr().to_numpy()
    np.testing.assert_allclose(chart.marks[0].z, expected, atol=1e-12)


def test_many_classes_are_drawn_as_seven_and_the_rest():
    frame = pd.DataFrame({"x": np.arange(40.0), "y": [f"c{n % 10}" for n in range(40)]})
    groups = make_groups(make_table(frame, "y"), "y")
    assert len(order_groups(groups)) == 8
    assert order_groups(groups)[-1] == "others"


@pytest.mark.parametrize(
    ("draw", "sentence"),
    [
        (lambda table: distribution_chart(table, "nothing"), "no column 'nothing'"),
        (lambda table: distribution_chart(table, "gone"), "no column 'gone' with values"),
        (lambda table: pair_chart(table, "x", "y"), "y is a category"),
        (lambda table: pair_chart(table, "x", "sparse"), "known in 1 rows"),
        (lambda table: correlation_chart(table.with_target("sparse")), "1 number column; a correlation needs 2"),
    ],
)
def test_what_cannot_be_drawn_is_refused_with_a_sentence(draw, sentence):
    frame = pd.DataFrame(
        {"x": [1.0, 2.0, 3.0], "y": ["a", "b", "a"], "gone": ["", "", ""], "sparse": [1.0, None, None]}
    )
    frame["gone"] = frame["gone"].replace("", None)
    with pytest.raises(DataError, match=sentence):
        draw(make_table(frame))


def test_a_column_without_spread_draws_and_says_so():
    frame = pd.DataFrame({"x": [2.0] * 10, "z": np.arange(10.0), "y": ["a", "b"] * 5})
    table = make_table(frame, "y")
    assert distribution_chart(table, "x", "y").title.startswith("0% of the spread")
    assert "hardly varies" in pair_chart(table, "x", "z").title


def test_huge_numbers_correlate_without_overflow():
    x = np.array([1e300, 2e300, 4e300, 3e300])
    assert correlate(np.column_stack([x, x / 1e300])) == pytest.approx(1)
    assert share_between(x, np.array(["a", "a", "b", "b"], dtype=object)) == pytest.approx(0.8)
