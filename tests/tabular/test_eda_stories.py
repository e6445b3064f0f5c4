"""The five stories: every figure computed again by pandas and scipy, published ones, and tables that are refused."""

import dataclasses
import re
from functools import cache

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from core.datasets.catalogue import load_table
from core.hub.errors import DataError
from core.tabular.eda.stories import STORIES, figures, find_story, tell
from core.tabular.eda.stories.evidence import (
    bootstrap,
    bootstrap_pick,
    check_rows,
    compare_means,
    compare_shares,
    correlate,
    find_mean,
    fit_line,
)
from core.tabular.eda.stories.story import write

SLUGS = [story.slug for story in STORIES]
NUMBER = re.compile(r"(?<![\w.])−?\d[\d,]*(?:\.\d+)?%?")


@cache
def told(slug):
    """Return the findings of a story of its bundled table, told once."""
    return tell(find_story(slug), load_table(slug))


def find_finding(slug, kind, column):
    """Return the only finding of a kind that speaks of a column first."""
    (found,) = (each for each in told(slug) if each.claim.kind == kind and each.claim.columns[0] == column)
    return found


def frame_of(slug):
    """Return a bundled table with its whole numbers as floats."""
    frame = load_table(slug).frame
    return frame.astype(dict.fromkeys(frame.select_dtypes("Int64").columns, float))


def is_figure(token, values):
    """Tell whether a printed number is one of the figures, rounded as it was printed."""
    text = token.replace("−", "-").replace(",", "")
    scale = 100.0 if text.endswith("%") else 1.0
    text = text.removesuffix("%")
    step = 10.0 ** -len(text.partition(".")[2])
    return any(abs(float(text) - scale * value) <= 0.5 * step + 1e-9 for value in values)


@pytest.mark.parametrize("slug", SLUGS)
def test_every_number_of_a_sentence_and_a_title_is_a_figure(slug):
    for finding in told(slug):
        values = finding.figures.values()
        for text in (finding.sentence, finding.chart.title):
            assert all(is_figure(token, values) for token in NUMBER.findall(text)), text
        assert NUMBER.findall(finding.sentence)
        assert finding.chart.alt == finding.sentence
        assert finding.sentence.endswith(".")


@pytest.mark.parametrize("slug", SLUGS)
def test_a_story_has_four_to_six_findings_with_intervals_around_their_effects(slug):
    assert 4 <= len(told(slug)) <= 6
    for finding in told(slug):
        claim = finding.claim
        assert claim.low <= claim.value <= claim.high
        assert claim.low < claim.high
        assert claim.n > 1
        assert set(claim.columns) <= set(find_story(slug).columns)
        assert (claim.p is None) == (claim.q is None)
        assert claim.p is None or 0 <= claim.p <= claim.q <= 1
    assert len({finding.chart.title for finding in told(slug)}) == len(told(slug))


@pytest.mark.parametrize("slug", SLUGS)
def test_charts_show_finite_values_of_one_length(slug):
    for finding in told(slug):
        assert finding.chart.marks
        for mark in finding.chart.marks:
            assert len(mark.x) == len(mark.y) > 0
            assert np.isfinite(np.asarray(mark.y, dtype=float)).all()
            assert not mark.text or len(mark.text) == len(mark.x)
            if mark.low is not None:
                assert (mark.low <= mark.y + 1e-9).all()
                assert (mark.y <= mark.high + 1e-9).all()


@pytest.mark.parametrize("slug", SLUGS)
def test_a_story_is_told_the_same_way_twice(slug):
    again = tell(find_story(slug), load_table(find_story(slug).table))
    assert [each.claim for each in again] == [each.claim for each in told(slug)]
    for one, two in zip(told(slug), again, strict=True):
        for mark, same in zip(one.chart.marks, two.chart.marks, strict=True):
            assert np.array_equal(mark.y, same.y)


@pytest.mark.parametrize("slug", ["titanic", "iris", "penguins"])
def test_the_order_of_rows_changes_no_effect(slug):
    table = load_table(slug)
    shuffled = dataclasses.replace(table, frame=table.frame.sample(frac=1, random_state=1).reset_index(drop=True))
    for one, two in zip(told(slug), tell(find_story(slug), shuffled), strict=True):
        assert two.claim.value == pytest.approx(one.claim.value, rel=1e-9)


@pytest.mark.parametrize("slug", SLUGS)
def test_the_adjusted_p_are_those_of_benjamini_and_hochberg(slug):
    tested = [each.claim for each in told(slug) if each.claim.p is not None]
    order = np.argsort([claim.p for claim in tested])
    least = 1.0
    for rank, place in reversed(list(enumerate(order, 1))):
        least = min(least, tested[place].p * len(tested) / rank)
        assert tested[place].q == pytest.approx(least)


@pytest.mark.parametrize("slug", SLUGS)
def test_the_top_of_a_dashboard_has_three_or_four_figures(slug):
    shown = figures(find_story(slug), load_table(slug))
    assert 3 <= len(shown) <= 4
    for figure in shown.values():
        assert is_figure(NUMBER.search(figure.text).group(), [figure.value])


def test_titanics_shares_are_the_published_ones():
    frame = frame_of("titanic").assign(lived=lambda each: each["survived"] == "Yes")
    finding = told("titanic")[0]
    by_sex = frame.groupby("sex")["lived"].mean()
    # 339 of 466 women and 161 of 843 men, as in titanic3.
    assert (finding.figures["women"], finding.figures["men"]) == (339 / 466, 161 / 843)
    assert finding.claim.value == pytest.approx(100 * (by_sex["female"] - by_sex["male"]))
    leak = find_finding("titanic", "label_leak", "boat")
    assert leak.claim.severity == "problem"
    assert leak.claim.value == (frame["boat"].notna() == frame["lived"]).mean()
    assert leak.figures["body"] == 0
    assert leak.figures["n_body"] == 121


def test_titanics_classes_men_families_and_gaps():
    frame = frame_of("titanic").assign(lived=lambda each: each["survived"] == "Yes")
    child, third = frame["age"] < 13, frame["pclass"] == "3"
    weak = child | (frame["sex"] == "female")
    classes, men, families = (each for each in told("titanic")[1:4])
    expected = frame["lived"][weak & ~third].mean() - frame["lived"][weak & third].mean()
    assert classes.claim.value == pytest.approx(100 * expected)
    by_class = frame[(frame["sex"] == "male") & ~child].groupby("pclass")["lived"].mean()
    assert [men.figures[name] for name in ("first", "second", "third")] == by_class.tolist()
    assert men.claim.low < 0 < men.claim.high
    size = frame["sibsp"] + frame["parch"] + 1
    assert families.figures["small"] == frame["lived"][size.between(2, 4)].mean()
    assert families.figures["large"] == frame["lived"][size > 4].mean()
    gaps = find_finding("titanic", "conditional_missingness", "age")
    unknown = frame["age"].isna()
    assert gaps.figures["gap_third"] == unknown[third].mean()
    assert gaps.claim.p == stats.fisher_exact(pd.crosstab(unknown, frame["lived"])).pvalue


def test_iris_is_what_fisher_published():
    frame = frame_of("iris")
    apart = find_finding("iris", "separable_class", "species")
    assert (apart.figures["longest"], apart.figures["shortest"], apart.claim.value) == (1.9, 3.0, 1.0)
    overlap = find_finding("iris", "overlapping_classes", "species")
    # No single cut on a petal's width is wrong for fewer than six of the hundred.
    rest = frame[frame["species"] != "setosa"]
    wrong = [
        ((rest["petal_width"] > cut) != (rest["species"] == "virginica")).sum() for cut in np.arange(1.05, 2.5, 0.1)
    ]
    assert overlap.figures["wrong"] == min(wrong) == 6
    spread = find_finding("iris", "association", "petal_length").claim.value
    groups = [part.to_numpy() for _, part in frame.groupby("species")["petal_length"]]
    f = stats.f_oneway(*groups).statistic
    assert spread == pytest.approx(2 * f / (2 * f + 147))
    sepals = find_finding("iris", "simpsons_paradox", "sepal_width")
    assert sepals.figures["pooled"] == pytest.approx(frame["sepal_length"].corr(frame["sepal_width"]))
    inside = frame[["sepal_length", "sepal_width"]] - frame.groupby("species")[
        ["sepal_length", "sepal_width"]
    ].transform("mean")
    assert sepals.claim.value == pytest.approx(inside.corr().iloc[0, 1])
    setosa = frame.loc[frame["species"] == "setosa", "petal_width"]
    assert find_finding("iris", "rounded_values", "petal_width").claim.value == (setosa == 0.2).mean()


def test_penguins_bills_are_simpsons_paradox():
    frame = frame_of("penguins").dropna(subset=["bill_length"])
    finding = find_finding("penguins", "simpsons_paradox", "bill_depth")
    pooled = stats.pearsonr(frame["bill_length"], frame["bill_depth"])
    assert finding.figures["pooled"] == pytest.approx(pooled.statistic)
    assert finding.figures["pooled"] == pytest.approx(-0.235, abs=5e-4)  # as palmerpenguins' own article has it
    assert (finding.figures["pooled_low"], finding.figures["pooled_high"]) == pytest.approx(
        tuple(pooled.confidence_interval(0.95))
    )
    each = frame.groupby("species")[["bill_length", "bill_depth"]].corr().iloc[::2, 1]
    assert (finding.figures["least"], finding.figures["most"]) == pytest.approx((each.min(), each.max()))
    assert finding.claim.low > 0


def test_penguins_masses():
    frame = frame_of("penguins")
    mass = frame["body_mass"]
    islands = find_finding("penguins", "confounding", "body_mass")
    adelie = frame["species"] == "Adelie"
    biscoe = frame["island"] == "Biscoe"
    test = stats.ttest_ind(mass[adelie & biscoe], mass[adelie & ~biscoe], equal_var=False, nan_policy="omit")
    assert islands.claim.p == pytest.approx(test.pvalue)
    assert islands.claim.low < 0 < islands.claim.high
    assert islands.figures["all_birds"] == pytest.approx(mass[biscoe].mean() - mass[~biscoe].mean())
    by_sex = frame.pivot_table("body_mass", "species", "sex")
    sexes = told("penguins")[3]
    gaps = by_sex["male"] - by_sex["female"]
    assert (sexes.figures["least"], sexes.figures["most"]) == pytest.approx((gaps.min(), gaps.max()))
    flippers = find_finding("penguins", "association", "flipper_length")
    assert flippers.claim.value == pytest.approx(frame["flipper_length"].corr(mass))
    assert find_finding("penguins", "missing", "sex").figures["measured"] == 9


def test_ames_outliers_are_the_five_that_de_cock_names():
    frame = frame_of("ames")
    finding = find_finding("ames", "outliers", "gr_liv_area")
    assert (finding.figures["large"], finding.figures["cheap"]) == (5, 3)
    large = frame["gr_liv_area"] > 4000
    fit = stats.linregress(np.log(frame["gr_liv_area"][~large]), np.log(frame["sale_price"][~large]))
    expected = np.exp(fit.intercept + fit.slope * np.log(frame["gr_liv_area"][large]))
    ratios = np.sort(frame["sale_price"][large] / expected)
    assert (finding.figures["least"], finding.figures["most"]) == pytest.approx((ratios[0], ratios[2]))
    interval = stats.pearsonr(frame["gr_liv_area"][~large], frame["sale_price"][~large]).confidence_interval(0.95)
    assert (finding.claim.low, finding.claim.high) == pytest.approx(tuple(interval))


def test_ames_prices_conditions_and_the_wrong_column():
    frame = frame_of("ames")
    scales = find_finding("ames", "skewness", "sale_price")
    assert scales.figures["raw"] == pytest.approx(1.74, abs=5e-3)  # De Cock's own figure
    assert scales.claim.value == pytest.approx(stats.skew(np.log(frame["sale_price"])))
    where = find_finding("ames", "association", "neighborhood")
    log_price = np.log(frame["sale_price"])
    between = log_price.groupby(frame["neighborhood"]).transform("mean").var(ddof=0) / log_price.var(ddof=0)
    assert where.claim.value == pytest.approx(between)
    order = ["Very_Poor", "Poor", "Fair", "Below_Average", "Average", "Above_Average", "Good", "Very_Good", "Excellent"]
    condition = find_finding("ames", "simpsons_paradox", "overall_cond")
    rank = frame["overall_cond"].map(order.index)
    assert condition.figures["pooled"] == pytest.approx(stats.spearmanr(rank, frame["sale_price"]).statistic)
    assert condition.claim.low > 0
    market = find_finding("ames", "trend", "year_sold")
    fit = stats.linregress(frame["year_sold"], np.log(frame["sale_price"] / frame["gr_liv_area"]))
    assert market.claim.value == pytest.approx(np.expm1(fit.slope))
    wrong = find_finding("ames", "wrong_column", "bsmtfin_sf_1")
    assert (wrong.claim.severity, wrong.figures["most"]) == ("problem", 7)
    assert frame.groupby("bsmtfin_type_1")["bsmtfin_sf_1"].nunique().drop("No_Basement").max() == 1


def test_gapminder_rises_with_the_logarithm_of_income():
    frame = frame_of("gapminder")
    last, first = frame[frame["year"] == 2007], frame[frame["year"] == 1952]
    finding = find_finding("gapminder", "association", "life_expectancy")
    interval = stats.pearsonr(np.log(last["gdp_per_person"]), last["life_expectancy"]).confidence_interval(0.95)
    assert (finding.claim.low, finding.claim.high) == pytest.approx(tuple(interval))
    slope = stats.linregress(np.log2(last["gdp_per_person"]), last["life_expectancy"]).slope
    assert finding.figures["years"] == pytest.approx(slope)
    shift = find_finding("gapminder", "shift", "life_expectancy")
    both = pd.concat([first, last])
    design = np.column_stack([np.ones(len(both)), np.log(both["gdp_per_person"]), both["year"] == 2007]).astype(float)
    coefficients = np.linalg.lstsq(design, both["life_expectancy"], rcond=None)[0]
    assert shift.claim.value == pytest.approx(coefficients[2])


def test_gapminder_converged_until_1987():
    frame = frame_of("gapminder")
    spread = frame.groupby("year")["life_expectancy"].std()
    finding = find_finding("gapminder", "convergence", "life_expectancy")
    assert finding.figures["turn"] == spread.idxmin() == 1987
    assert finding.claim.value == pytest.approx(spread[2007] - spread[1987])
    wide = frame.pivot_table("life_expectancy", ["continent", "country"], "year")
    fell = wide[2007] < wide[1992]
    falls = find_finding("gapminder", "difference_of_shares", "life_expectancy")
    assert falls.figures["count"] == fell["Africa"].sum() == 17
    assert falls.figures["others"] == fell.drop("Africa").sum() == 3
    assert "in Swaziland by 18.9 years" in falls.sentence
    income = frame.groupby("year")["gdp_per_person"]
    ratio = income.quantile(0.9) / income.quantile(0.1)
    assert find_finding("gapminder", "divergence", "gdp_per_person").claim.value == pytest.approx(
        ratio[2007] / ratio[1952]
    )


def test_the_turning_year_is_picked_anew_in_every_resample():
    finding = find_finding("gapminder", "convergence", "life_expectancy")
    wide = frame_of("gapminder").pivot_table("life_expectancy", "country", "year").to_numpy()
    naive = bootstrap(lambda then, now: now.std(ddof=1) - then.std(ddof=1), (wide[:, 7], wide[:, -1]), "fixed year")
    assert finding.claim.value == pytest.approx(naive.value)
    assert 0 < finding.claim.low < naive.low
    assert finding.claim.high - finding.claim.low > naive.high - naive.low


def test_a_stationary_spread_is_seldom_said_to_have_turned():
    rng = np.random.default_rng(0)
    excluded = picked = 0
    for _ in range(40):
        life = rng.normal(size=(100, 12))
        for year in range(1, 12):
            life[:, year] = 0.95 * life[:, year - 1] + np.sqrt(1 - 0.95**2) * life[:, year]
        least = int(life.std(axis=0).argmin())
        if least < 11:
            picked += 1
            found = bootstrap_pick(lambda rows: rows[:, -1].std(ddof=1) - rows.std(axis=0, ddof=1), life, least, "turn")
            excluded += found.low > 0
    assert picked > 30
    assert excluded <= 3


@pytest.mark.parametrize("slug", SLUGS)
def test_no_finding_gives_a_cause_or_takes_not_shown_for_the_same(slug):
    for finding in told(slug):
        for text in (finding.sentence, finding.chart.title):
            assert not re.search(r"because|which is to say|no safer|no wider|not missing at random", text), text


def test_what_is_not_shown_is_said_with_how_large_it_may_be():
    islands = find_finding("penguins", "confounding", "body_mass")
    assert "no difference is shown" in islands.sentence
    assert islands.figures["lighter"] == -islands.claim.low
    assert f"room for {-islands.claim.low:,.0f} g less or {islands.claim.high:,.0f} g more" in islands.sentence


def test_titanics_males_of_unknown_age_are_told_of():
    frame = frame_of("titanic")
    n_ageless = int(((frame["sex"] == "male") & frame["age"].isna()).sum())
    classes, men = told("titanic")[1:3]
    assert classes.figures["ageless"] == men.figures["ageless"] == n_ageless == 185
    assert men.figures["n_men"] == ((frame["sex"] == "male") & ~(frame["age"] < 13)).sum()
    assert all("of unknown age" in each.sentence for each in (classes, men))
    assert "not missing completely at random" in told("titanic")[5].sentence


@pytest.mark.parametrize(("slug", "column"), [(story.slug, column) for story in STORIES for column in story.columns])
def test_a_table_that_lacks_a_column_is_refused_in_a_sentence(slug, column):
    table = load_table(slug)
    lacking = dataclasses.replace(table, frame=table.frame.drop(columns=column), target=None)
    story = find_story(slug)
    for use in (tell, figures):
        with pytest.raises(DataError, match=rf"^the table lacks {column}, .*; choose the bundled table {slug}$"):
            use(story, lacking)


@pytest.mark.parametrize("slug", SLUGS)
def test_a_story_of_another_table_names_what_is_missing(slug):
    other = load_table("wine")
    with pytest.raises(DataError, match=r"^the table lacks [a-z_0-9, ]+, which the story"):
        tell(find_story(slug), other)


def test_rows_values_and_kinds_that_are_not_there_are_refused():
    story, table = find_story("titanic"), load_table("titanic")
    frame = table.frame
    changes = {
        "the table has 0 rows": frame.iloc[:0],
        "age is no number": frame.assign(age=frame["age"].astype(str)),
        "no row of sex is 'female'": frame[frame["sex"] == "male"],
        "no row of survived is 'No'": frame[frame["survived"] == "Yes"],
    }
    for sentence, changed in changes.items():
        with pytest.raises(DataError, match=sentence):
            tell(story, dataclasses.replace(table, frame=changed))


@pytest.mark.parametrize("slug", SLUGS)
def test_a_story_is_not_told_of_rows_that_say_otherwise(slug):
    table = load_table(slug)
    rng = np.random.default_rng(0)
    columns = {name: rng.permutation(table.frame[name].to_numpy()) for name in table.frame.columns}
    shuffled = table.frame.assign(**{name: pd.array(values) for name, values in columns.items()})
    with pytest.raises(DataError):
        tell(find_story(slug), dataclasses.replace(table, frame=shuffled))


def test_a_year_twice_is_refused():
    table = load_table("gapminder")
    doubled = pd.concat([table.frame, table.frame.head(1)], ignore_index=True)
    with pytest.raises(DataError, match="a country has two rows of one year"):
        tell(find_story("gapminder"), dataclasses.replace(table, frame=doubled))


def test_an_unknown_story_is_refused():
    with pytest.raises(DataError, match="there is no story 'wine'; choose one of titanic, iris"):
        find_story("wine")


def test_a_typed_number_is_refused():
    with pytest.raises(ValueError, match="is typed"):
        write("all 12 rows", {})
    assert write("{name} of bsmtfin_sf_1 is {r:.1f}", {"name": "r2", "r": -0.25}) == "r2 of bsmtfin_sf_1 is −0.2"


def test_newcombes_published_intervals():
    # Newcombe 1998, table II, method 10: 9 of 10 against 3 of 10, and 10 of 10 against 0 of 10.
    for counts, expected in [((9, 3), (17.05, 80.90)), ((10, 0), (60.75, 100.0))]:
        found = compare_shares(np.arange(10) < counts[0], np.arange(10) < counts[1])
        assert (found.low, found.high) == pytest.approx(expected, abs=5e-3)


def test_estimates_agree_with_scipy_and_refuse_too_few_rows():
    rng = np.random.default_rng(3)
    x, y = rng.normal(size=40), rng.normal(size=40)
    found = correlate(np.append(x, np.nan), np.append(y, 1.0))
    pearson = stats.pearsonr(x, y)
    assert (found.value, found.p, found.n) == (pytest.approx(pearson.statistic), pytest.approx(pearson.pvalue), 40)
    assert (found.low, found.high) == pytest.approx(tuple(pearson.confidence_interval(0.95)))
    slope, intercept = fit_line(x, y)
    assert (slope, intercept) == pytest.approx((stats.linregress(x, y).slope, stats.linregress(x, y).intercept))
    one = np.ones(9)
    for refuse in (
        lambda: correlate(one, x[:9]),
        lambda: fit_line(one, x[:9]),
        lambda: correlate(x[:3], y[:3]),
        lambda: compare_means(x, y[:1], "difference"),
        lambda: compare_shares(np.array([], dtype=bool), x > 0),
        lambda: bootstrap(np.mean, (x[:1],), "mean"),
        lambda: bootstrap_pick(np.abs, x[:1], 0, "pick"),
        lambda: find_mean(x[:1]),
        lambda: check_rows(0, 1, "the group"),
    ):
        with pytest.raises(DataError, match="use the bundled table as it is"):
            refuse()
