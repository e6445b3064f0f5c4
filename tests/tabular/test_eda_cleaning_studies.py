"""Missing values, outliers, scales and imputations: against published figures, scipy and scikit-learn."""

import dataclasses
import math

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from sklearn.preprocessing import PowerTransformer

from core.datasets.catalogue import load_table
from core.hub.errors import DataError
from core.tabular.eda.cleaning.imputing import compare_imputations
from core.tabular.eda.cleaning.little import little_test, score_normally
from core.tabular.eda.cleaning.missing import study_missing
from core.tabular.eda.cleaning.missing_links import _bound_v, _phi_squared
from core.tabular.eda.cleaning.missing_rules import find_rules
from core.tabular.eda.cleaning.outliers import compare_outliers, find_outliers
from core.tabular.eda.cleaning.scaling import WARNING, compare_scales
from tests.tables import make_table

# Air quality in New York, May to September 1973 (R's datasets::airquality), one value a day, "." where missing.
OZONE = """
41 36 12 18 . 28 23 19 8 . 7 16 11 14 18 14 34 6 30 11 1 11 4 32 . . . 23 45 115 37 . . . . . . 29 . 71 39 . . 23 .
. 21 37 20 12 13 . . . . . . . . . . 135 49 32 . 64 40 77 97 97 85 . 10 27 . 7 48 35 61 79 63 16 . . 80 108 20 52 82
50 64 59 39 9 16 78 35 66 122 89 110 . . 44 28 65 . 22 59 23 31 44 21 9 . 45 168 73 . 76 118 84 85 96 78 73 91 47 32
20 23 21 24 44 21 28 9 13 46 18 13 24 16 13 23 36 7 14 30 . 14 18 20
"""
SOLAR = """
190 118 149 313 . . 299 99 19 194 . 256 290 274 65 334 307 78 322 44 8 320 25 92 66 266 . 13 252 223 279 286 287 242
186 220 264 127 273 291 323 259 250 148 332 322 191 284 37 120 137 150 59 91 250 135 127 47 98 31 138 269 248 236
101 175 314 276 267 272 175 139 264 175 291 48 260 274 285 187 220 7 258 295 294 223 81 82 213 275 253 254 83 24 77
. . . 255 229 207 222 137 192 273 157 64 71 51 115 244 190 259 36 255 212 238 215 153 203 225 237 188 167 197 183
189 95 92 252 220 230 259 236 259 238 24 112 237 224 27 238 201 238 14 139 49 20 193 145 191 131 223
"""
WIND = """
7.4 8 12.6 11.5 14.3 14.9 8.6 13.8 20.1 8.6 6.9 9.7 9.2 10.9 13.2 11.5 12 18.4 11.5 9.7 9.7 16.6 9.7 12 16.6 14.9 8
12 14.9 5.7 7.4 8.6 9.7 16.1 9.2 8.6 14.3 9.7 6.9 13.8 11.5 10.9 9.2 8 13.8 11.5 14.9 20.7 9.2 11.5 10.3 6.3 1.7 4.6
6.3 8 8 10.3 11.5 14.9 8 4.1 9.2 9.2 10.9 4.6 10.9 5.1 6.3 5.7 7.4 8.6 14.3 14.9 14.9 14.3 6.9 10.3 6.3 5.1 11.5 6.9
9.7 11.5 8.6 8 8.6 12 7.4 7.4 7.4 9.2 6.9 13.8 7.4 6.9 7.4 4.6 4 10.3 8 8.6 11.5 11.5 11.5 9.7 11.5 10.3 6.3 7.4
10.9 10.3 15.5 14.3 12.6 9.7 3.4 8 5.7 9.7 2.3 6.3 6.3 6.9 5.1 2.8 4.6 7.4 15.5 10.9 10.3 10.9 9.7 14.9 15.5 6.3
10.9 11.5 6.9 13.8 10.3 10.3 8 12.6 9.2 10.3 10.3 16.6 6.9 13.2 14.3 8 11.5
"""
TEMP = """
67 72 74 62 56 66 65 59 61 69 74 69 66 68 58 64 66 57 68 62 59 73 61 61 57 58 57 67 81 79 76 78 74 67 84 85 79 82 87
90 87 93 92 82 80 79 77 72 65 73 76 77 76 76 76 75 78 73 80 77 83 84 85 81 84 83 83 88 92 92 89 82 73 81 91 80 81 82
84 87 85 74 81 82 86 85 82 86 88 86 83 81 81 81 82 86 85 87 89 90 90 92 86 86 82 80 79 77 79 76 78 78 77 72 75 79 81
86 88 97 94 96 94 91 92 93 93 87 84 80 78 75 73 81 76 77 71 71 78 67 76 68 82 64 71 81 69 63 70 77 75 76 68
"""
DAYS = {5: 31, 6: 30, 7: 31, 8: 31, 9: 30}


@pytest.fixture(scope="module")
def airquality():
    parts = [
        [float("nan") if word == "." else float(word) for word in text.split()] for text in (OZONE, SOLAR, WIND, TEMP)
    ]
    days = [(month, day + 1) for month, n_days in DAYS.items() for day in range(n_days)]
    return np.column_stack([*map(np.array, parts), np.array(days, dtype=float)])


def test_little_agrees_with_the_published_figures_of_naniar(airquality):
    found = little_test(airquality)
    assert found.statistic == pytest.approx(35.1061288689702, abs=2e-3)  # the value that naniar tests itself by
    assert (found.degrees, found.n_patterns) == (14, 4)
    assert found.p == pytest.approx(0.00141778113856683, rel=2e-3)


def test_little_does_not_depend_on_units_and_an_empty_row_adds_nothing(airquality):
    scaled = airquality * np.array([1e3, 1e-3, 7, 1, 1, 2]) + 5
    with_empty = np.vstack([airquality, np.full(6, np.nan)])
    expected = little_test(airquality).statistic
    assert little_test(scaled).statistic == pytest.approx(expected, rel=1e-6)
    assert little_test(with_empty).statistic == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("name", ["lognormal", "t"])
def test_normal_scores_keep_little_s_level_where_the_plain_test_does_not(name):
    rng = np.random.default_rng(8)
    plain, scored = [], []
    for _ in range(150):
        rows = rng.lognormal(0, 1.5, size=(150, 3)) if name == "lognormal" else rng.standard_t(2, size=(150, 3))
        rows[rng.random((150, 3)) < 0.15] = np.nan
        plain.append(little_test(rows).p < 0.05)
        scored.append(little_test(score_normally(rows)).p < 0.05)
    assert np.mean(scored) < 0.08
    assert np.mean(plain) > np.mean(scored) + 0.02


def test_normal_scores_keep_order_ties_and_gaps_and_the_study_uses_them(airquality):
    column = np.array([[3.0], [1.0], [np.nan], [3.0], [1e9]])
    scores = score_normally(column)[:, 0]
    expected = stats.norm.ppf((np.array([2.5, 1.0, 2.5, 4.0]) - 3 / 8) / (4 + 1 / 4))
    assert scores[[0, 1, 3, 4]] == pytest.approx(expected)
    assert np.isnan(scores[2])
    study = study_missing(make_table(**dict(zip("abcdef", airquality.T, strict=True))))
    assert study.little == little_test(score_normally(airquality))
    assert study.little.statistic != pytest.approx(little_test(airquality).statistic, rel=1e-3)
    assert "on the normal scores of the columns" in study.little_note
    warped = airquality.copy()
    warped[:, 0] = np.exp(warped[:, 0] / 10)  # a rank does not mind
    assert little_test(score_normally(warped)).statistic == pytest.approx(study.little.statistic, rel=1e-9)


def test_little_keeps_its_level_under_mcar():
    rng = np.random.default_rng(0)
    ps = []
    for _ in range(200):
        rows = rng.normal(size=(150, 3)) @ rng.normal(size=(3, 3))
        rows[rng.random((150, 3)) < 0.15] = np.nan
        ps.append(little_test(rows).p)
    assert np.mean(np.array(ps) < 0.05) < 0.1
    assert stats.kstest(ps, "uniform").pvalue > 0.001


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        (np.ones((30, 1)), "2 to 30"),
        (np.column_stack([np.arange(30.0), np.arange(30.0)]), "lack different ones"),
        (np.column_stack([np.arange(30.0), np.r_[np.nan, np.ones(29)]]), "that vary"),
        (
            np.column_stack([np.arange(30.0), 2 * np.arange(30.0), np.r_[np.nan, np.cos(np.arange(29))]]),
            "^2 of the 3 col",
        ),
    ],
)
def test_little_refuses(rows, words):
    with pytest.raises(DataError, match=words):
        little_test(rows)


def test_missing_exactly_where_tenure_is_zero():
    tenure = np.r_[np.zeros(11), np.arange(1, 101)]
    charges = np.where(tenure == 0, np.nan, tenure * 20)
    study = study_missing(make_table(total_charges=charges, tenure=tenure))
    (column,) = study.columns
    assert column.rules[0].sentence == "total_charges is missing exactly where tenure is 0 (11 rows)"
    assert "follow a rule" in column.verdict
    assert "MNAR" in study.limits


def test_rules_of_a_limit_of_categories_and_of_joint_gaps():
    age = np.arange(40.0)
    gaps = age < 10
    table = make_table(
        x=np.where(gaps, np.nan, 1.0),
        age=age,
        y=np.where(gaps, np.nan, 2.0),
        group=np.where(gaps, np.where(age < 4, "a", "b"), "c").astype(object),
    )
    found = {each.other: dataclasses.astuple(each)[2:4] for each in find_rules(table, "x")}
    assert found == {"age": ("at most", ("9",)), "y": ("missing too", ()), "group": ("equals", ("a", "b"))}
    almost = make_table(x=np.where(gaps, np.nan, 1.0), age=np.where(age == 39, 3.0, age))
    assert find_rules(almost, "x") == ()


@pytest.mark.parametrize("seed", range(5))
def test_few_gaps_in_a_short_wide_table_make_no_rule(seed):
    rng = np.random.default_rng(seed)
    n_coincidences = 0
    for _ in range(12):
        frame = pd.DataFrame(rng.normal(size=(10, 51)), columns=[f"x{i}" for i in range(51)])
        gaps = np.isin(np.arange(10), rng.choice(10, 5, replace=False))
        frame.loc[gaps, "x0"] = np.nan
        inside, outside = frame.loc[gaps].iloc[:, 1:], frame.loc[~gaps].iloc[:, 1:]
        n_coincidences += bool(((inside.max() < outside.min()) | (inside.min() > outside.max())).any())
        assert find_rules(make_table(**frame), "x0") == ()
    assert n_coincidences > 0  # such columns are there, and are no rule


def test_categories_and_joint_gaps_of_few_rows_make_no_rule():
    gaps = np.arange(9) < 5
    group = np.where(gaps, "a", "b").astype(object)
    x = np.where(gaps, np.nan, 1.0)
    assert find_rules(make_table(x=x, group=group, y=x), "x") == ()  # 1 in C(9, 5) = 126 draws
    more = make_table(x=np.tile(x, 3), group=np.tile(group, 3), y=np.tile(x, 3))
    assert [rule.form for rule in find_rules(more, "x")] == ["equals", "missing too"]


def test_a_limit_is_told_from_one_coincidence_in_a_thousand_tables_on():
    for n_columns, told in ((2, True), (40, False)):
        columns = {f"x{i}": np.cos(np.arange(16.0) * (i + 2)) for i in range(n_columns - 1)}
        age = np.arange(16.0)
        table = make_table(y=np.where(age < 6, np.nan, 1.0), age=age, **columns)
        assert (2 * n_columns / math.comb(16, 6) < 0.001) == told
        assert ("age" in {rule.other for rule in find_rules(table, "y")}) == told


def test_telcos_rule_remains():
    (rule,) = find_rules(load_table("telco_churn"), "total_charges")
    assert rule.sentence == "total_charges is missing exactly where tenure is 0 (11 rows)"


def test_an_identifier_makes_no_rule():
    gaps = np.arange(40) % 4 == 0
    table = make_table(x=np.where(gaps, np.nan, 1.0), code=np.array([f"id{i}" for i in range(40)], dtype=object))
    assert find_rules(table, "x") == ()


def test_a_link_has_the_p_of_scipy_and_the_area_as_its_effect():
    rng = np.random.default_rng(1)
    x, noise = rng.normal(size=300), rng.normal(size=300)
    y = np.where(rng.random(300) < 1 / (1 + np.exp(2 * x + 1)), np.nan, noise)
    study = study_missing(make_table(y=y, x=x))
    (link,) = study.columns[0].links
    test = stats.mannwhitneyu(x[np.isnan(y)], x[~np.isnan(y)])
    assert link.p == pytest.approx(test.pvalue, rel=1e-12)
    assert link.value == pytest.approx(2 * test.statistic / (np.isnan(y).sum() * (~np.isnan(y)).sum()) - 1)
    assert link.low < link.value < link.high < 0
    assert "missing more often where x is low" in link.sentence
    assert "not MCAR" in study.columns[0].verdict


def test_a_category_link_has_bergsmas_v_of_scipys_statistic_and_nearly_its_p():
    rng = np.random.default_rng(2)
    group = rng.choice(["a", "b", "c"], 400).astype(object)
    y = np.where(rng.random(400) < np.where(group == "c", 0.25, 0.15), np.nan, 1.0 + np.arange(400))
    study = study_missing(make_table(y=y, group=group), level=0.999)
    counts = pd.crosstab(np.isnan(y), group)
    test = stats.chi2_contingency(counts, correction=False)
    (link,) = study.columns[0].links
    corrected = max(test.statistic / 400 - 2 / 399, 0)  # Bergsma 2013, of a 2 by 3 table
    assert link.value == pytest.approx(np.sqrt(corrected / (1 - 1 / 399)))
    assert link.low <= link.value <= link.high
    assert link.p == pytest.approx(test.pvalue, abs=0.03)


@pytest.mark.parametrize(
    ("shares", "rates"),
    [
        (np.full(10, 0.1), np.full(10, 0.3)),
        (np.full(25, 0.04), np.full(25, 0.3)),
        (np.full(25, 0.04), np.linspace(0.05, 0.8, 25)),
        (np.array([0.05, 0.95]), np.array([0.5, 0.02])),
    ],
)
def test_the_interval_of_cramers_v_covers(shares, rates):
    rng = np.random.default_rng(9)
    mean = shares @ rates
    true = np.sqrt(shares @ (rates - mean) ** 2 / (mean * (1 - mean)))
    covered = []
    while len(covered) < 60:
        totals = rng.multinomial(300, shares)
        missing = rng.binomial(totals, rates)
        kept = totals > 0
        squared = float(_phi_squared(missing[kept][None], totals[kept])[0])
        low, high = _bound_v(squared, missing[kept], totals[kept], rng)
        covered.append(low <= true + 1e-12 <= high + 1e-9)
    assert np.mean(covered) >= 0.88  # 95% less what 60 draws may miss


def test_false_links_are_rare_where_values_are_missing_at_random():
    rng = np.random.default_rng(3)
    n_false = 0
    for seed in range(20):
        columns = {f"x{i}": rng.normal(size=120) for i in range(5)}
        columns["y"] = np.where(rng.random(120) < 0.3, np.nan, 1.0 + rng.normal(size=120))
        study = study_missing(make_table(**columns), seed=seed)
        n_false += bool(study.columns[0].links)
        assert study.columns[0].links or "does not prove MCAR" in study.columns[0].verdict
    assert n_false <= 4


def test_the_study_is_the_same_twice_and_refuses_a_level():
    table = load_table("penguins")
    assert study_missing(table, seed=4) == study_missing(table, seed=4)
    with pytest.raises(DataError, match="level is 2"):
        study_missing(table, level=2)


def test_outliers_are_those_of_scipy():
    table = load_table("wine")
    columns = tuple(name for name in table.features if table.kinds[name] == "number")
    values = table.frame[list(columns)].to_numpy(float)
    first, third = np.percentile(values, [25, 75], axis=0)
    reach = 1.5 * stats.iqr(values, axis=0)
    expected = ((values < first - reach) | (values > third + reach)).sum(axis=0)
    assert list(find_outliers(table, columns, "iqr").counts.values()) == expected.tolist()
    z = np.abs(stats.zscore(values, axis=0)) > 3
    found = find_outliers(table, columns, "z")
    assert np.array_equal(found.rows, z.any(axis=1))
    kept = values[~z.any(axis=1), 0]
    assert found.effect["mean after"][0] == pytest.approx(kept.mean())
    assert found.effect["deviation after"][0] == pytest.approx(kept.std(ddof=1))
    assert found.effect["skewness after"][0] == pytest.approx(stats.skew(kept))
    i, j = (columns.index(name) for name in found.pair)
    assert found.r_after == pytest.approx(
        stats.pearsonr(values[~z.any(axis=1), i], values[~z.any(axis=1), j]).statistic
    )


def test_a_planted_outlier_is_found_by_all_rules_and_changes_r():
    rng = np.random.default_rng(5)
    x = rng.normal(size=200)
    table = make_table(x=np.r_[x, 40.0], y=np.r_[x + rng.normal(size=200), -40.0])
    found = compare_outliers(table, ("x", "y"))
    assert all(each.rows[-1] for each in found.found)
    assert found.n_all >= 1
    assert found.overlap.loc["z", "iqr"] <= found.overlap.loc["iqr", "iqr"]
    z = found.found[1]
    assert z.r_before < 0 < z.r_after
    assert found.sentence.startswith(f"of {found.n_any} rows")
    assert np.array_equal(found.found[2].rows, compare_outliers(table, ("x", "y")).found[2].rows)


def test_outliers_refuse_texts_infinite_values_and_limits():
    table = make_table(x=np.r_[np.arange(20.0), np.inf], g=np.array(["a"] * 21, dtype=object))
    for columns, words in ((("x",), "infinite"), (("g",), "no numbers"), ((), "0 columns"), (("q",), "no column")):
        with pytest.raises(DataError, match=words):
            find_outliers(table, columns, "iqr")
    with pytest.raises(DataError, match=r"limit is 0\.9"):
        find_outliers(load_table("iris"), ("sepal_width",), "isolation forest", 0.9)


def test_scales_are_scikit_learns_and_say_what_they_cannot():
    table = make_table(x=np.r_[-3.0, np.random.default_rng(6).lognormal(size=99)])
    found = compare_scales(table, ("x",)).set_index("scale")
    power = PowerTransformer().fit_transform(table.frame[["x"]])[:, 0]
    assert found.loc["power", "skewness"] == pytest.approx(stats.skew(power))
    assert abs(found.loc["power", "skewness"]) < abs(found.loc["as it is", "skewness"])
    assert found.loc["standard", ["mean", "deviation"]].tolist() == pytest.approx([0.0, 1.0], abs=1e-12)
    assert "log1p needs more than -1" in found.loc["log1p", "note"]
    assert "training rows only" in WARNING
    with pytest.raises(DataError, match="has one value"):
        compare_scales(make_table(x=np.ones(5)), ("x",))


def test_imputing_learns_from_a_column_that_tells_and_not_from_noise():
    rng = np.random.default_rng(7)
    x = rng.normal(size=400)
    table = make_table(tells=x, told=3 * x + 0.1 * rng.normal(size=400), noise=rng.normal(size=400))
    found = compare_imputations(table, ("told",), seed=0)
    scores = {(row.mechanism, row.method): row for row in found.recoveries}
    for mechanism in ("MCAR", "MAR"):
        best, mean = scores[mechanism, "regression in turn"], scores[mechanism, "mean"]
        assert best.value < 0.1
        assert best.value < 0.2 * mean.value
        assert mean.verdict.startswith("worse")
        assert mean.low <= mean.value <= mean.high
    assert scores["MAR", "mean"].driver == "tells"
    assert scores["MAR", "mean"].value > scores["MCAR", "mean"].value  # high values are hidden more often
    noise = compare_imputations(table, ("noise",), seed=0)
    verdicts = {row.method: row.verdict for row in noise.recoveries if row.mechanism == "MCAR"}
    assert "does not differ" in verdicts["median"] or verdicts["median"] == "best"
    assert "do not differ" in noise.sentences[0]


def test_imputing_never_sees_the_hidden_cells():
    x = np.arange(100.0)
    found = compare_imputations(make_table(x=x, y=np.cos(x)), ("x",), seed=1)
    mean = next(row for row in found.recoveries if row.method == "mean")
    rng = np.random.default_rng(1)
    hidden = np.sort(rng.choice(np.arange(100), 20, replace=False, p=np.full(100, 0.01)))
    own = np.sqrt(np.mean((x[hidden] - np.delete(x, hidden).mean()) ** 2)) / x.std()
    assert mean.value == pytest.approx(own, rel=1e-12)


def test_imputing_categories_repeats_itself_and_refuses():
    table = load_table("penguins")
    found = compare_imputations(table, ("sex",), seed=2)
    assert found == compare_imputations(table, ("sex",), seed=2)
    scores = {(row.mechanism, row.method): row.value for row in found.recoveries}
    assert scores["MCAR", "neighbours"] > scores["MCAR", "most frequent"] + 0.2
    dated = dataclasses.replace(
        table, frame=table.frame.assign(day=pd.Timestamp("2020-01-01")), kinds={**table.kinds, "day": "date"}
    )
    for given, columns, words in (
        (table, (), "0 columns"),
        (dated, ("day",), "datetime64"),
        (make_table(x=np.arange(5.0)), ("x",), "at least 30"),
        (make_table(x=np.ones(50)), ("x",), "two different"),
    ):
        with pytest.raises(DataError, match=words):
            compare_imputations(given, columns)
