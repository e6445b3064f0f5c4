"""What is watched while it grows, what is drawn, what has no direction: splits, permutations, categories, clauses."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from statsmodels.stats.contingency_tables import Table as StatsmodelsTable

from core.datasets.table import Table
from core.experimentation.ab_testing import Recipe, analyse
from core.experimentation.ab_testing.categories import categories_chart, compare_categories, list_categories
from core.experimentation.ab_testing.clauses import list_clauses
from core.experimentation.ab_testing.estimates import summarise
from core.experimentation.ab_testing.means import welch_test
from core.experimentation.ab_testing.proportions import Count, find_interval
from core.experimentation.ab_testing.resampling import NORMAL_UNITS, bootstrap_test, note_coverage, permutation_test
from core.experimentation.ab_testing.srm import check_split
from core.hub.errors import DataError


def make_table(**columns):
    frame = pd.DataFrame(columns)
    kinds = {name: "number" if pd.api.types.is_numeric_dtype(frame[name]) else "category" for name in frame}
    return Table(frame, "mine", "upload", "", kinds)


def test_a_split_that_is_watched_alerts_as_seldom_as_it_promises():
    """A hundred looks at fair splits: the chi-square alerts in over 1 of 200, the mixture in at most 1 of 300."""
    drawn = np.random.default_rng(0).binomial(100, 0.5, size=(600, 100)).cumsum(axis=1)
    total = 100 * np.arange(1, 101)
    found = dict.fromkeys((False, True), 0)
    for first in drawn:
        for watched in found:
            found[watched] += any(
                check_split([int(n), int(m - n)], is_watched=watched).is_alert
                for n, m in zip(first, total, strict=True)
            )
    assert found[True] <= 2 < found[False]


def test_the_split_of_what_runs_is_watched_and_that_of_a_table_is_not():
    table = make_table(arm=["b"] * 5_120 + ["a"] * 4_790, y=np.arange(9_910) % 7)
    plan = Recipe(metric="y", arm="arm")
    assert analyse(table, plan).decision.sentence.startswith("Stop and mend")
    assert not analyse(table, plan, is_running=True).mismatch.is_alert
    assert not analyse(table, replace(plan, monitoring="anytime")).mismatch.is_alert


def test_a_permutation_of_many_units_is_its_normal_limit():
    rng = np.random.default_rng(1)
    first, second = rng.exponential(1, NORMAL_UNITS // 2) + 0.01, rng.exponential(1, NORMAL_UNITS // 2)
    many = permutation_test(first, second)
    assert many.test == "permutation of the mean, normal limit"
    assert many.p_value == pytest.approx(welch_test(summarise(first), summarise(second)).p_value, rel=1e-2)
    few = permutation_test(first[:-1], second[:-1], n_orders=1_000)
    assert few.test == "permutation of the mean"
    assert few.p_value == pytest.approx(many.p_value, abs=0.05)
    first[0] = 1e9  # one unit holds all the spread, so the mean is not normal
    assert permutation_test(first, second, n_orders=200).test == "permutation of the mean"


def test_the_bootstrap_of_few_skewed_values_holds_as_seldom_as_is_said_beside_it():
    rng = np.random.default_rng(2)
    held = [
        found.low <= 0 <= found.high
        for seed in range(400)
        for found in [bootstrap_test(rng.lognormal(0, 1, 40), rng.lognormal(0, 1, 40), n_resamples=500, seed=seed)]
    ]
    assert 0.83 <= np.mean(held) <= 0.92
    found = analyse(make_table(arm=["a", "b"] * 40, y=rng.lognormal(0, 1, 80)), Recipe(metric="y", test="bootstrap"))
    assert found.notes == note_coverage("bootstrap", 40)
    assert "83% to 90%" in found.notes[0]


def test_the_interval_that_the_plan_names_is_the_one_that_is_drawn():
    y = np.r_[np.arange(1_000) < 250, np.arange(1_000) < 200].astype(int)
    table = make_table(arm=["b"] * 1_000 + ["a"] * 1_000, y=y)
    for name in ("Newcombe", "Wald", "Agresti–Caffo"):
        found = analyse(table, Recipe(metric="y", arm="arm", interval=name)).verdict
        assert (found.low, found.high) == find_interval(Count(250, 1_000), Count(200, 1_000), name=name)


def test_categories_are_compared_as_statsmodels_does():
    rng = np.random.default_rng(3)
    arm = rng.choice(["x", "y", "z"], 600)
    chosen = np.where((arm == "z") & (rng.random(600) < 0.3), "L", rng.choice(["S", "M", "L", "XL"], 600))
    found = compare_categories(make_table(arm=arm, size=chosen), Recipe(arm="arm", metric="size"))
    theirs = StatsmodelsTable(pd.crosstab(arm, chosen))
    said = theirs.test_nominal_association()
    assert (found.found.statistic, found.found.p_value) == pytest.approx((said.statistic, said.pvalue))
    assert found.found.df == 6
    assert found.residuals.to_numpy() == pytest.approx(theirs.standardized_resids.to_numpy())
    assert list_categories(found)["units"].sum() == 600
    assert "size differs between the arms" in categories_chart(found).title
    assert "farthest off is L with z" in categories_chart(found).title


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ({"arm": ["a"] * 6, "size": list("SMLSML")}, "arm has 1 different values; a chi-square needs 2 to 20"),
        ({"arm": list("ababab"), "size": list("SSSSSS")}, "size has 1 different values"),
        ({"arm": list("ababab"), "size": list("SMLSML"), "user": [1, 1, 2, 2, 3, 3]}, "a user has several rows"),
    ],
)
def test_what_has_no_categories_is_one_sentence(columns, words):
    with pytest.raises(DataError, match=words):
        compare_categories(make_table(**columns), Recipe(arm="arm", metric="size"))


def test_rare_categories_are_told():
    found = compare_categories(make_table(arm=list("abab"), size=list("SSML")), Recipe(arm="arm", metric="size"))
    assert "A cell would hold 0.5 units if the arms were alike" in found.notes[0]


PLANS = (
    {}, {"better": "lower"}, {"planned_units": 900}, {"monitoring": "anytime"}, {"least_effect": 0.5},
    {"monitoring": "Pocock", "planned_units": 900}, {"guardrails": "g"}, {"guardrails": "-g", "margin": 0.0},
    {"guardrails": "g", "monitoring": "anytime"}, {"split": "9:1"},
)  # fmt: skip


@pytest.mark.parametrize("plan", PLANS)
@pytest.mark.parametrize("effect", [-0.6, -0.2, 0.0, 0.02, 0.6])
def test_the_first_clause_that_holds_is_the_decision(plan, effect):
    rng = np.random.default_rng(4)
    arm = np.array(["b", "a"] * 200)
    y, g = rng.normal(5, 1, 400) + effect * (arm == "b"), rng.normal(5, 1, 400)
    found = analyse(make_table(arm=arm, y=y, g=g), Recipe(metric="y", arm="arm", **plan))
    assert next(each.action for each in list_clauses(found) if each.holds) == found.decision.action
