"""Drift: scipy's statistics, known indices, no alarm without a change, and the joint test."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import chi2_contingency, ks_2samp

from core.evaluation.drift import find_drift, measure_stability, tell_apart
from core.hub.errors import DataError

KINDS = {"age": "number", "plan": "category"}


def draw(n_rows, shift=0.0, share=0.5, seed=0):
    rng = np.random.default_rng(seed)
    plans = np.where(rng.random(n_rows) < share, "a", "b").astype(object)
    return pd.DataFrame({"age": rng.normal(40 + shift, 10, n_rows), "plan": plans})


def test_statistics_are_scipys():
    old, new = draw(400), draw(300, 4, 0.7, seed=1)
    found = find_drift(old, new, KINDS).set_index("column")
    numbers = ks_2samp(old["age"], new["age"], method="asymp")
    assert found.loc["age", ["statistic", "p"]].tolist() == [numbers.statistic, numbers.pvalue]
    counts = np.stack([frame["plan"].value_counts().loc[["a", "b"]] for frame in (old, new)], axis=1)
    levels = chi2_contingency(counts, correction=False)
    assert found.loc["plan", "statistic"] == pytest.approx(levels.statistic)
    assert found.loc["plan", "p"] == pytest.approx(levels.pvalue)


def test_the_index_is_the_sum_over_shares():
    old, new = pd.Series(["a"] * 5000 + ["b"] * 5000), pd.Series(["a"] * 8000 + ["b"] * 2000)
    by_hand = (0.8 - 0.5) * np.log(0.8 / 0.5) + (0.2 - 0.5) * np.log(0.2 / 0.5)
    assert measure_stability(old, new, "category") == pytest.approx(by_hand, abs=1e-3)
    assert measure_stability(old, old, "category") == 0


def test_the_p_values_are_adjusted_by_holm():
    found = find_drift(draw(300), draw(300, 2, seed=1), KINDS)
    ordered = found["p"].sort_values()
    expected = min(1.0, 2 * ordered.iloc[0])
    assert found.loc[ordered.index[0], "p_holm"] == pytest.approx(expected)


def test_rows_of_the_same_customers_hardly_ever_drift():
    alarms = sum(find_drift(draw(500, seed=2 * i), draw(500, seed=2 * i + 1), KINDS)["drifts"].any() for i in range(40))
    assert alarms <= 3


def test_a_shift_is_found_and_said():
    found = find_drift(draw(500), draw(500, 12, seed=1), KINDS)
    assert found["column"][0] == "age"
    assert found["sentence"][0].startswith("age has drifted strongly")
    assert found["drifts"].tolist() == [True, False]


def test_a_new_level_and_new_gaps_count_as_drift():
    old, new = draw(400), draw(400, seed=1)
    new.loc[:149, "plan"] = "c"
    new.loc[:149, "age"] = np.nan
    found = find_drift(old, new, KINDS).set_index("column")
    assert found["drifts"]["plan"]
    assert found["psi"]["age"] > 0.25
    assert found["drifts"]["age"]


def test_gaps_that_come_as_before_are_no_drift():
    rng = np.random.default_rng(0)
    old, new = draw(2000).assign(plan="a"), draw(400, seed=1).assign(plan="a")
    for frame in (old, new):
        frame.loc[rng.random(len(frame)) < 0.2, "age"] = np.nan
    assert not find_drift(old, new, KINDS)["drifts"].any()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (np.full(500, 5.0), np.full(500, 4.0)),
        (np.r_[np.zeros(300), np.arange(1.0, 201.0)], np.r_[np.full(300, -1.0), np.arange(1.0, 201.0)]),
        (np.tile([0.0, 1.0], 250), np.tile([-1.0, 1.0], 250)),
    ],
)
def test_a_value_that_many_rows_share_cannot_hide_lower_ones(before, after):
    found = find_drift(pd.DataFrame({"bill": before}), pd.DataFrame({"bill": after}), {"bill": "number"})
    assert found["psi"][0] > 1
    assert found["drifts"][0]
    back = find_drift(pd.DataFrame({"bill": after}), pd.DataFrame({"bill": before}), {"bill": "number"})
    assert back["drifts"][0]


def test_an_empty_column_has_an_index_and_no_test():
    new = draw(100, seed=1).assign(age=np.nan)
    found = find_drift(draw(100), new, KINDS).set_index("column")
    assert np.isnan(found["p"]["age"])
    assert found["drifts"]["age"]


def test_the_joint_test_sees_what_no_column_shows():
    rng = np.random.default_rng(0)
    first, other = rng.normal(size=800), rng.normal(size=800)
    old = pd.DataFrame({"a": first, "b": first + 0.1 * other})
    new = pd.DataFrame({"a": first, "b": np.roll(first, 7) + 0.1 * other})
    kinds = {"a": "number", "b": "number"}
    assert not find_drift(old, new, kinds)["drifts"].any()
    assert tell_apart(old, new, kinds).low > 0.6


def test_the_joint_test_cannot_tell_equal_samples_apart():
    found = tell_apart(draw(800), draw(800, seed=1), KINDS)
    assert found.low <= 0.5 <= found.high
    assert found == tell_apart(draw(800), draw(800, seed=1), KINDS)


def test_small_samples_and_missing_columns_are_refused():
    with pytest.raises(DataError, match="current rows are 19; at least 20"):
        find_drift(draw(50), draw(19), KINDS)
    with pytest.raises(DataError, match="current rows lack plan"):
        find_drift(draw(50), draw(50).drop(columns="plan"), KINDS)
