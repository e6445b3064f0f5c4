"""Claims: effects against scipy, the false-discovery rate on noise, exact rules and identities, refusals."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest
import scipy.stats

from core.datasets.catalogue import load_table
from core.datasets.table import ColumnKind, Table
from core.hub.errors import DataError
from core.tabular.eda.claims import find_claims
from core.tabular.eda.claims.effects import bound_noncentral, bound_rho
from core.tabular.eda.claims.errors import COVERAGE, bound_ranks, bound_skewness, bound_v
from core.tabular.eda.claims.quality import read_figures
from core.tabular.eda.claims.sparse import weigh_cells

N_NOISE = 100


def make_table(frame: pd.DataFrame, target: str | None = None) -> Table:
    kinds: dict[str, ColumnKind] = {
        name: "date" if frame[name].dtype.kind == "M" else "number" if frame[name].dtype.kind in "fi" else "category"
        for name in frame
    }
    return Table(frame, "made", "upload", "0" * 64, kinds, target)


def make_noise(seed: int, n: int = 120) -> pd.DataFrame:
    rng = np.random.default_rng([7, seed])
    frame = pd.DataFrame({f"x{place}": rng.normal(size=n) for place in range(4)})
    frame["skewed"] = rng.exponential(size=n)
    frame["group"] = rng.choice(["red", "green", "blue"], n)
    frame["half"] = rng.choice(["left", "right"], n, p=[0.3, 0.7])
    return frame


def test_spearman_claim_agrees_with_scipy() -> None:
    table = load_table("iris")
    claim = next(each for each in find_claims(table) if each.columns == ("sepal_length", "petal_length"))
    outside = scipy.stats.spearmanr(table.frame["sepal_length"], table.frame["petal_length"])
    assert claim.value == pytest.approx(outside.statistic, abs=1e-12)
    assert claim.p == pytest.approx(outside.pvalue, rel=1e-6)
    assert claim.low < claim.value < claim.high


def test_rank_and_table_tests_agree_with_scipy() -> None:
    frame = load_table("penguins").frame
    claims = {each.columns: each for each in find_claims(load_table("penguins")) if each.kind == "association"}
    table = pd.crosstab(frame["species"], frame["island"])
    assert claims["species", "island"].p == pytest.approx(
        scipy.stats.chi2_contingency(table, correction=False).pvalue, rel=1e-6
    )
    parts = [part.dropna() for _, part in frame.groupby("sex")["body_mass"]]
    assert claims["body_mass", "sex"].p == pytest.approx(scipy.stats.kruskal(*parts).pvalue, rel=1e-6)


def test_rho_interval_covers_as_often_as_it_says() -> None:
    rng = np.random.default_rng(1)
    true, n_inside = 6 / np.pi * np.arcsin(0.6 / 2), 0  # Spearman's rho of a normal pair with r = 0.6
    for _ in range(300):
        x, y = rng.multivariate_normal([0, 0], [[1, 0.6], [0.6, 1]], 80).T
        low, high = bound_rho(float(scipy.stats.spearmanr(x, y).statistic), 80)
        n_inside += low <= true <= high
    assert 0.91 <= n_inside / 300 <= 0.985


def test_noncentral_bounds_leave_the_stated_tails() -> None:
    low, high = bound_noncentral(30.0, 4)
    assert scipy.stats.ncx2.cdf(30.0, 4, low) == pytest.approx(0.975, abs=1e-6)
    assert scipy.stats.ncx2.cdf(30.0, 4, high) == pytest.approx(0.025, abs=1e-6)


def test_noncentral_bounds_agree_where_the_approximation_begins() -> None:
    exact, rough = bound_noncentral(299.9, 3), bound_noncentral(300.1, 3)
    assert exact == pytest.approx(rough, rel=0.03)


def test_noise_rarely_leads_to_a_claim() -> None:
    found = [
        [each for each in find_claims(make_table(make_noise(seed))) if each.kind != "skewed"] for seed in range(N_NOISE)
    ]
    wrong = sum(any(each.kind == "association" for each in claims) for claims in found)
    limit = scipy.stats.binom.ppf(0.99, N_NOISE, 0.05)
    assert wrong <= limit
    assert not [each for claims in found for each in claims if each.severity != "note"]


def test_false_discovery_rate_holds_on_mixed_tables() -> None:
    shares = []
    for seed in range(25):
        frame = make_noise(seed)
        rng = np.random.default_rng(seed)
        for place in range(4):
            frame[f"linked{place}"] = rng.normal(size=len(frame)) + (frame["linked0"] if place else 0)
        claims = [each for each in find_claims(make_table(frame)) if each.kind == "association"]
        wrong = [each for each in claims if not all(name.startswith("linked") for name in each.columns)]
        shares.append(len(wrong) / max(1, len(claims)))
        assert len(claims) - len(wrong) >= 5
    assert np.mean(shares) <= 0.05 + 0.03


def test_every_tested_claim_has_a_q_within_the_level() -> None:
    claims = find_claims(load_table("wine"), level=0.01)
    tested = [each for each in claims if each.p is not None]
    assert tested
    assert all(each.q is not None and each.p is not None and each.p <= each.q <= 0.01 for each in tested)
    assert all(each.low <= each.value <= each.high for each in claims)


@pytest.mark.parametrize("name", ["penguins", "breast_cancer", "telco_churn", "titanic"])
def test_every_number_of_a_sentence_is_among_its_figures(name: str) -> None:
    for claim in find_claims(load_table(name)):
        plain = re.sub(r"(?<== )\S+ lack", "lack", claim.sentence)
        plain = re.sub(r"(?<== )[^ :]+:", ":", plain)
        for number in read_figures(plain, claim.columns).values():
            close = [each for each in claim.figures.values() if abs(each - number) <= 0.006 + 1e-3 * abs(number)]
            rounded = [each for each in claim.figures.values() if round(each, 1) == number]
            assert close or rounded, (claim.sentence, number, claim.figures)


def test_a_lower_level_claims_no_more() -> None:
    table = load_table("diabetes")
    strict = {(each.kind, each.columns) for each in find_claims(table, level=0.001)}
    loose = {(each.kind, each.columns) for each in find_claims(table, level=0.1)}
    assert strict < loose


def test_exact_rule_of_missing_values_is_named() -> None:
    rng = np.random.default_rng(3)
    tenure = rng.integers(0, 72, 2000).astype(float)
    monthly = np.round(rng.uniform(18, 118, 2000), 2)
    total = np.round(tenure * monthly * rng.normal(1, 0.02, 2000), 2)
    total[tenure == 0] = np.nan
    claims = find_claims(make_table(pd.DataFrame({"tenure": tenure, "monthly": monthly, "total": total})))
    rule = next(each for each in claims if each.kind == "conditional_missingness")
    n_gaps = int((tenure == 0).sum())
    assert rule.sentence == f"The {n_gaps} missing total are exactly the rows with tenure = 0."
    product = next(each for each in claims if each.kind == "approximate_identity")
    assert product.columns == ("total", "tenure", "monthly")
    assert product.low > 0.99


def test_columns_filled_for_one_outcome_are_named() -> None:
    rng = np.random.default_rng(4)
    survived = rng.choice(["yes", "no"], 900, p=[0.38, 0.62]).astype(object)
    boat = np.where((survived == "yes") & (rng.random(900) < 0.95), rng.choice(["A", "B", "C"], 900), None)
    body = np.where((survived == "no") & (rng.random(900) < 0.15), rng.integers(1, 300, 900), np.nan)
    frame = pd.DataFrame({"age": rng.normal(30, 9, 900), "boat": boat, "body": body, "survived": survived})
    claims = find_claims(make_table(frame, "survived"))
    assert {each.columns[0] for each in claims if each.kind == "time_travel"} == {"boat", "body"}
    assert all(each.severity == "problem" for each in claims if each.kind == "time_travel")


def test_telco_rule_and_product_are_found() -> None:
    claims = find_claims(load_table("telco_churn"))
    sentences = [each.sentence for each in claims if each.kind == "conditional_missingness"]
    assert "The 11 missing total_charges are exactly the rows with tenure = 0." in sentences
    product = next(each for each in claims if each.kind == "approximate_identity")
    assert product.columns == ("total_charges", "tenure", "monthly_charges")
    assert product.low > 0.99


def test_titanic_boat_and_body_leak() -> None:
    claims = find_claims(load_table("titanic").with_target("survived"))
    assert {"boat", "body"} <= {each.columns[0] for each in claims if each.kind == "time_travel"}


def test_group_differences_are_no_unit_mixup() -> None:
    assert not [each for each in find_claims(load_table("iris")) if each.kind in {"unit_mixup", "swapped_columns"}]


def test_same_seed_same_claims_and_steps_are_told() -> None:
    steps: list[tuple[int, int]] = []
    table = load_table("penguins")
    first = find_claims(table, seed=1, on_step=lambda step, total, _: steps.append((step, total)))
    assert first == find_claims(table, seed=1)
    assert steps[-1][0] == steps[-1][1] == len(steps)


def test_a_large_table_is_sampled_and_says_so() -> None:
    rng = np.random.default_rng(5)
    x = rng.normal(size=60_000)
    claims = find_claims(make_table(pd.DataFrame({"x": x, "y": x + rng.normal(size=60_000)})))
    claim = next(each for each in claims if each.kind == "association")
    assert claim.n == 10_000
    assert "10,000 of 60,000 rows drawn with seed 0" in claim.method


@pytest.mark.parametrize(
    "frame",
    [
        pd.DataFrame({"a": [1.0, 2.0]}),
        pd.DataFrame({"a": [np.nan] * 50, "b": ["x"] * 50}),
        pd.DataFrame({"word": ["one", "two"] * 40}),
        pd.DataFrame({"day": pd.date_range("2020-01-01", periods=60)}),
        pd.DataFrame({"a": [1e300, -1e300, 1e200, 1.0] * 20, "b": [1e-300, 2e-300] * 40, "c": range(80)}),
        pd.DataFrame({"a": np.where(np.arange(80) % 9, 0.0, np.arange(80) - 40.0), "b": [1e12 + x for x in range(80)]}),
        pd.DataFrame({"mixed": np.array([1, "x", 2.5, None] * 20, dtype=object), "c": range(80)}),
        pd.DataFrame({"a": [1.0, np.inf] * 30, "b": [0.0] * 59 + [1.0]}),
    ],
)
def test_odd_tables_are_no_error_and_bring_no_nan(frame: pd.DataFrame) -> None:
    for claim in find_claims(make_table(frame)):
        assert np.isfinite([claim.value, claim.low, claim.high]).all()


def test_bad_input_is_refused() -> None:
    with pytest.raises(DataError, match="level is 0"):
        find_claims(load_table("iris"), level=0.0)
    with pytest.raises(DataError, match="has 0 rows"):
        find_claims(make_table(pd.DataFrame({"a": np.empty(0)})))


def name_kinds(frame: pd.DataFrame) -> set[str]:
    return {each.kind for each in find_claims(make_table(frame))}


def test_rare_levels_bring_no_false_association() -> None:
    n_tables, n_wrong = 30, 0
    for seed in range(n_tables):
        rng = np.random.default_rng([11, seed])
        levels = np.array(list("abcdef"), dtype=object)
        frame = pd.DataFrame({f"g{place}": levels[rng.choice(6, 600, p=[0.95] + [0.01] * 5)] for place in range(6)})
        frame["x"] = np.where(rng.random(600) < 0.95, 0.0, rng.exponential(size=600))
        frame["gap"] = np.where(rng.random(600) < 0.02, np.nan, rng.normal(size=600))
        n_wrong += bool(name_kinds(frame) & {"association", "associations_left_out", "conditional_missingness"})
    assert n_wrong <= scipy.stats.binom.ppf(0.99, n_tables, 0.05)  # all topics together


def test_drawn_and_exact_p_agree_with_scipy() -> None:
    rare = np.array([[9.0, 3.0], [30.0, 1.0]])
    assert weigh_cells(rare) == pytest.approx(scipy.stats.fisher_exact(rare.astype(int)).pvalue)
    counts = np.array([[163.0, 5.0], [123.0, 1.0], [47.0, 5.0]])
    first, second = (
        np.repeat([0, 0, 1, 1, 2, 2], counts.ravel().astype(int)),
        np.concatenate([np.repeat([0, 1], row.astype(int)) for row in counts]),
    )
    rng = np.random.default_rng(0)
    drawn = [
        scipy.stats.chi2_contingency(pd.crosstab(first, rng.permutation(second))).statistic
        >= scipy.stats.chi2_contingency(counts).statistic - 1e-9
        for _ in range(400)
    ]
    assert weigh_cells(counts) == pytest.approx(np.mean(drawn), abs=0.02)


def test_skewed_columns_do_not_let_associations_through() -> None:
    n_tables, n_wrong = 40, 0
    for seed in range(n_tables):
        rng = np.random.default_rng([12, seed])
        kinds = name_kinds(pd.DataFrame({f"x{place}": rng.lognormal(size=150) for place in range(8)}))
        assert "skewed" in kinds
        n_wrong += bool(kinds & {"association", "associations_left_out"})
    assert n_wrong <= scipy.stats.binom.ppf(0.99, n_tables, 0.05)


def test_a_category_of_many_levels_is_not_pooled() -> None:
    claims = {each.columns: each for each in find_claims(load_table("gapminder")) if each.kind == "association"}
    frame = load_table("gapminder").frame
    parts = [part for _, part in frame.groupby("country", observed=True)["life_expectancy"]]
    h, n, k = scipy.stats.kruskal(*parts).statistic, len(frame), len(parts)
    claim = claims["life_expectancy", "country"]
    assert claim.value == pytest.approx((h - k + 1) / (n - k), abs=1e-9)
    assert claims["country", "continent"].sentence.startswith("country determines continent")


def test_intervals_cover_under_ties_tails_and_rare_cells() -> None:
    rng = np.random.default_rng(2)
    shares = np.array([[0.02, 0.005], [0.01, 0.965]])
    expected = np.outer(shares.sum(axis=1), shares.sum(axis=0))
    true_v = np.sqrt(((shares - expected) ** 2 / expected).sum())
    n_v = n_rho = n_skew = 0
    for _ in range(200):
        x = rng.standard_t(2, 80)
        y = np.where(rng.random(80) < 0.7, x, rng.standard_t(2, 80))
        low, high = bound_ranks(scipy.stats.rankdata(x), scipy.stats.rankdata(y))
        n_rho += low <= 0.7 <= high
        low, high = bound_v(rng.multinomial(600, shares.ravel()).reshape(2, 2).astype(float))[1:]
        n_v += low <= true_v <= high
        low, high = bound_skewness(rng.exponential(size=1000))
        n_skew += low <= 2 <= high
    assert min(n_rho, n_v) >= 0.9 * 200
    assert n_skew >= 0.8 * 200  # the normal error covers 0.48


def test_a_price_grid_is_not_heaping_and_rounding_on_it_is() -> None:
    rng = np.random.default_rng(6)
    price = rng.integers(400, 2000, 1500) * 0.05
    assert "heaping" not in name_kinds(pd.DataFrame({"price": np.round(price, 2)}))
    rounded = np.where(rng.random(1500) < 0.6, np.round(price), np.round(price, 2))
    assert "heaping" in name_kinds(pd.DataFrame({"price": rounded}))


@pytest.mark.parametrize("middle", [10.0, 14.0, 20.0])
def test_a_column_that_crosses_zero_has_no_wrong_sign(middle: float) -> None:
    rng = np.random.default_rng(7)
    assert "impossible_negative" not in name_kinds(pd.DataFrame({"x": rng.normal(middle, 10, 400).round(1)}))
    flipped = rng.normal(50, 10, 400).round(1) * np.where(rng.random(400) < 0.03, -1, 1)
    assert "impossible_negative" in name_kinds(pd.DataFrame({"x": flipped}))


def test_dependent_rows_are_told_and_not_taken_for_errors() -> None:
    rng = np.random.default_rng(8)
    walks = name_kinds(pd.DataFrame({f"x{place}": rng.normal(size=300).cumsum().round(3) for place in range(5)}))
    repeated = name_kinds(
        pd.DataFrame({name: np.repeat(rng.normal(100, 10, 20).round(1), 20) for name in ("height", "weight")})
    )
    assert "dependent_rows" in walks & repeated
    assert not walks & {"swapped_columns", "stuck_values"}
    assert "stuck_values" not in repeated
    shuffled = load_table("gapminder").frame.sample(frac=1, random_state=0).reset_index(drop=True)
    assert "dependent_rows" in name_kinds(shuffled)
    assert "dependent_rows" not in name_kinds(load_table("iris").frame)  # sorted by species, and no series


def test_a_sum_with_exceptions_says_how_many() -> None:
    claim = next(each for each in find_claims(load_table("ames")) if each.kind == "derived_sum")
    assert "in all but 40 of 2,930 rows" in claim.sentence
    assert "nothing new" not in claim.sentence
    assert claim.low < claim.value < claim.high


def test_zeros_apart_from_all_values_are_told() -> None:
    rng = np.random.default_rng(9)
    width = np.where(rng.random(500) < 0.15, 0.0, rng.uniform(21, 120, 500).round())
    claim = next(each for each in find_claims(make_table(pd.DataFrame({"width": width}))) if each.kind == "sentinel")
    assert claim.figures["n_hit"] == (width == 0).sum()
    spend = np.where(rng.random(500) < 0.15, 0.0, rng.exponential(20, 500).round(1))
    assert "sentinel" not in name_kinds(pd.DataFrame({"spend": spend}))


def test_what_is_left_out_is_counted() -> None:
    rng = np.random.default_rng(10)
    cause = rng.normal(size=300)
    frame = pd.DataFrame({f"x{place}": cause + 0.3 * rng.normal(size=300) for place in range(14)})
    claims = find_claims(make_table(frame))
    pairs = [each for each in claims if each.kind == "association"]
    rest = next(each for each in claims if each.kind == "associations_left_out")
    assert len(pairs) + rest.figures["n_left_out"] == 14 * 13 / 2
    assert max(sum(name in each.columns for each in pairs) for name in frame) == 8


@pytest.mark.parametrize("n", COVERAGE)
def test_intervals_of_skewness_hold_as_often_as_their_method_says(n: int) -> None:
    rng = np.random.default_rng(0)
    ends = [bound_skewness(rng.exponential(size=n)) for _ in range(400)]
    assert np.mean([low <= 2 <= high for low, high in ends]) == pytest.approx(COVERAGE[n] / 100, abs=0.01)
