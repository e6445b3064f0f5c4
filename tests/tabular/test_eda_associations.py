"""Matrices of association: SciPy agrees, each pair has its measure, all is bounded, and the title is the finding."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from core.datasets.association import share_between
from core.datasets.catalogue import load_table
from core.datasets.table import Table
from core.hub.errors import DataError
from core.tabular.eda import associations
from core.tabular.eda.associations import associate, association_chart, find_strongest, write_association
from core.tabular.eda.measures import correlation_ratio, cramers_v, fair_ratio


def read_values(association):
    return association.values  # noqa: PD011 - a field of ours


def make_table(frame, target=None):
    kinds = {name: "number" if pd.api.types.is_numeric_dtype(frame[name]) else "category" for name in frame.columns}
    return Table(frame, "mine", "upload", "hash", kinds, target)


@pytest.fixture(scope="module")
def gaps():
    generator = np.random.default_rng(3)
    base = generator.normal(size=200)
    frame = pd.DataFrame({"a": base, "b": base + generator.normal(size=200), "c": np.round(base), "d": -(base**3)})
    for i, name in enumerate(frame.columns):
        frame.loc[generator.random(200) < 0.1 * i, name] = np.nan
    frame.loc[7, "a"] = np.inf
    frame["kind"] = np.where(base > 0, "high", np.where(base > -1, "middle", "low"))
    frame.loc[::20, "kind"] = np.nan
    frame["side"] = np.where(generator.random(200) < 0.5, "left", "right")
    return make_table(frame.astype({"kind": object, "side": object}))


@pytest.mark.parametrize(
    ("method", "reference"),
    [("pearson", stats.pearsonr), ("spearman", stats.spearmanr), ("kendall", stats.kendalltau)],
)
def test_numbers_agree_with_scipy_on_the_rows_that_have_both(gaps, method, reference):
    found = associate(gaps, method)
    assert found.names_rows == ("a", "b", "c", "d")
    for i, first in enumerate(found.names_rows):
        for j, second in enumerate(found.names_columns):
            x, y = gaps.numbers(first), gaps.numbers(second)
            both = np.isfinite(x) & np.isfinite(y)
            assert found.n[i, j] == both.sum()
            assert read_values(found)[i, j] == pytest.approx(reference(x[both], y[both]).statistic, abs=1e-12)


def test_cramers_v_corrects_scipys_statistic_as_bergsma_does(gaps):
    found = associate(gaps, "cramers_v")
    counts = pd.crosstab(gaps.frame["kind"], gaps.frame["side"]).to_numpy()
    n, (r, c) = counts.sum(), counts.shape
    phi2 = stats.chi2_contingency(counts, correction=False).statistic / n
    fair = max(0, phi2 - (r - 1) * (c - 1) / (n - 1))
    room = min(r - (r - 1) ** 2 / (n - 1), c - (c - 1) ** 2 / (n - 1)) - 1
    assert read_values(found)[0, 1] == pytest.approx(np.sqrt(fair / room), abs=1e-12)
    assert found.n[0, 1] == n == 190


def test_the_correction_takes_away_what_chance_shows():
    generator = np.random.default_rng(0)
    draws = [generator.integers(0, 6, size=(2, 60)) for _ in range(60)]
    plain = [stats.contingency.association(pd.crosstab(a, b).to_numpy()) for a, b in draws]
    fair = [cramers_v(a, b) for a, b in draws]
    assert np.mean(plain) > 0.25
    assert np.mean(fair) < 0.08


def test_the_correlation_ratio_is_the_root_of_the_share_between_less_chance(gaps):
    found = associate(gaps, "correlation_ratio")
    assert (found.names_rows, found.names_columns) == (("kind", "side"), ("a", "b", "c", "d"))
    groups = np.array([None if pd.isna(each) else each for each in gaps.frame["kind"]], dtype=object)
    codes = pd.factorize(gaps.frame["kind"])[0]
    for j, name in enumerate(found.names_columns):
        share, n = share_between(gaps.numbers(name), groups), int(found.n[0, j])
        eta = correlation_ratio(codes, 1e200 * gaps.numbers(name))
        assert eta**2 == pytest.approx(share, abs=1e-12)
        # Kelley's epsilon squared by mean squares, as an analysis of variance has them.
        within = (1 - share) / (n - 3)
        assert read_values(found)[0, j] == pytest.approx(np.sqrt((share - 2 * within) / (share + (1 - share))))


def test_the_correlation_ratio_of_noise_is_corrected_as_v_is():
    rng = np.random.default_rng(0)
    draws = [(rng.integers(0, 25, 60), rng.normal(size=60)) for _ in range(60)]
    assert np.mean([correlation_ratio(*draw) for draw in draws]) > 0.55
    assert np.mean([fair_ratio(*draw) for draw in draws]) < 0.2
    frame = pd.DataFrame({"name": [f"g{code}" for code in draws[0][0]], "x": draws[0][1]})
    found = associate(make_table(frame), "mixed")
    assert read_values(found)[0, 1] == pytest.approx(fair_ratio(*draws[0]))


def test_a_mixed_matrix_takes_the_measure_of_each_pair(gaps):
    found = associate(gaps, "mixed")
    place = {name: i for i, name in enumerate(found.names_rows)}
    for method, first, second in (
        ("spearman", "a", "d"),
        ("cramers_v", "kind", "side"),
        ("correlation_ratio", "kind", "b"),
    ):
        own = associate(gaps, method)
        value = read_values(own)[own.names_rows.index(first), own.names_columns.index(second)]
        assert read_values(found)[place[first], place[second]] == pytest.approx(value)
        assert read_values(found)[place[second], place[first]] == pytest.approx(value)
        assert found.effect(place[first], place[second]) == associations.EFFECTS[method]


@pytest.mark.parametrize("method", ["pearson", "mixed", "cramers_v"])
def test_clustering_only_changes_the_order(gaps, method):
    plain, clustered = associate(gaps, method), associate(gaps, method, clustered=True)
    order = [plain.names_rows.index(name) for name in clustered.names_rows]
    assert sorted(order) == list(range(len(plain.names_rows)))
    np.testing.assert_array_equal(read_values(clustered), read_values(plain)[np.ix_(order, order)])
    np.testing.assert_array_equal(clustered.n, plain.n[np.ix_(order, order)])


def test_columns_that_go_together_stand_together():
    generator = np.random.default_rng(1)
    base = generator.normal(size=(300, 3))
    noise = generator.normal(size=(300, 6)) * 0.1
    values = base[:, [0, 1, 2, 0, 1, 2]] * [1, 1, 1, -1, 1, 1] + noise
    names = associate(make_table(pd.DataFrame(values, columns=list("abcABC"))), "pearson", clustered=True).names_rows
    assert all(abs(names.index(letter) - names.index(letter.upper())) == 1 for letter in "abc")


def test_an_oblong_matrix_is_clustered_too(gaps):
    plain, clustered = (associate(gaps, "correlation_ratio", each) for each in (False, True))
    assert set(plain.names_columns) == set(clustered.names_columns)
    j = clustered.names_columns.index("b")
    assert read_values(clustered)[clustered.names_rows.index("kind"), j] == read_values(plain)[0, 1]


def test_many_rows_and_columns_are_bounded_and_said(monkeypatch):
    monkeypatch.setattr(associations, "MAX_ROWS", 100)
    generator = np.random.default_rng(0)
    frame = pd.DataFrame(generator.normal(size=(500, 45)), columns=[f"c{i}" for i in range(45)])
    frame["id"] = [f"id {i}" for i in range(500)]
    table = make_table(frame, target="c44")
    found, again, other = (associate(table, "mixed", seed=seed) for seed in (0, 0, 1))
    assert len(found.names_rows) == 40
    assert found.names_rows[-1] == "c44"
    assert found.n.max() == 100
    assert found.notes == (
        "Left out as names or ids of over 50 values: 1 column.",
        "The first 40 of 45 columns are compared, the target among them.",
        "Compared on a sample of 100 of 500 rows (seed 0).",
    )
    np.testing.assert_array_equal(read_values(found), read_values(again))
    assert not np.array_equal(read_values(found), read_values(other))
    assert found.notes[2] in association_chart(found).alt


def test_a_constant_column_and_too_few_rows_are_blank():
    frame = pd.DataFrame({"x": [1.0, 2, 3, 4], "y": [5.0, 5, 5, 5], "z": [np.nan, np.nan, 1, 2]})
    found = associate(make_table(frame), "pearson")
    assert np.isnan(read_values(found)[0, 1])
    assert np.isnan(read_values(found)[0, 2])
    chart = association_chart(found)
    assert chart.title == "No two columns can be compared: each needs 3 rows and two values"
    assert chart.marks[0].text[1] == ""


def test_the_title_is_the_strongest_pair_or_says_that_there_is_none():
    iris = load_table("iris")
    found = associate(iris, "pearson")
    r = iris.frame[["petal_length", "petal_width"]].corr().iloc[0, 1]
    assert find_strongest(found)[0].value == pytest.approx(r)
    assert association_chart(found).title == "petal_length and petal_width go together most: Pearson's r = 0.96"
    frame = pd.DataFrame(np.random.default_rng(0).normal(size=(5_000, 3)), columns=list("abc"))
    assert association_chart(associate(make_table(frame), "spearman")).title.startswith("No two columns go together")


def test_every_pair_is_listed_once(gaps):
    pairs = find_strongest(associate(gaps, "mixed"), 99)
    assert len({frozenset((pair.first, pair.second)) for pair in pairs}) == len(pairs) == 15
    sizes = [abs(pair.value) for pair in pairs]
    assert sizes == sorted(sizes, reverse=True)


@pytest.mark.parametrize(("value", "text"), [(0.9999, "over 0.99"), (-0.9999, "under −0.99"), (-0.001, "0.00")])
def test_a_measure_is_never_rounded_to_certainty(value, text):
    assert write_association(value) == text


@pytest.mark.parametrize(
    ("method", "said"),
    [("pearson", "1 column that pearson"), ("cramers_v", "0 columns"), ("correlation_ratio", "one number and one")],
)
def test_a_table_without_such_columns_is_refused(method, said):
    with pytest.raises(DataError, match=said):
        associate(make_table(pd.DataFrame({"x": [1.0, 2.0, 3.0]})), method)
