"""A/B testing: uses that are not valid are refused, each in one sentence that says what would do."""

import numpy as np
import pandas as pd
import pytest

from core.datasets.catalogue import load_table
from core.datasets.table import Table
from core.experimentation.ab_testing import Recipe, analyse
from core.experimentation.ab_testing.cuped import adjust
from core.experimentation.ab_testing.recipe import join_names, list_names
from core.hub.errors import DataError, RecipeError


def make_table(frame):
    kinds = {name: "number" if pd.api.types.is_numeric_dtype(frame[name]) else "category" for name in frame}
    return Table(frame, "mine", "upload", "", kinds)


def make_frame(**changes):
    frame = pd.DataFrame({"user_id": range(8), "variant": list("ABABABAB"), "y": [1.0, 2, 3, 4, 5, 6, 7, 9]})
    return frame.assign(**changes)


BAD_TABLES = {
    "no data": (make_frame().iloc[:0], "the table has no rows"),
    "one arm": (make_frame(variant="A"), r"variant has the one arm A; a trial needs two"),
    "no arm": (make_frame(variant=[None] * 8), "variant has no arm; a trial needs two"),
    "three arms": (make_frame(variant=list("ABCABCAB")), r"variant has 3 arms \(B, C, A\); name the two to compare"),
    "text in the metric": (
        make_frame(y=["1", "2", "oops", "4", "5", "6", "7", "8"]),
        r"y holds text \('oops' in row 3\)",
    ),
    "a user in both arms": (make_frame(user_id=[0, 0, *range(1, 7)]), r"1 of 7 user_id are in both arms \(such as 0\)"),
    "a constant metric": (make_frame(y=3.0), "y is 3 for every unit; choose a metric that varies"),
    "an infinite metric": (make_frame(y=[np.inf, *range(7)]), "y holds an infinite value in row 1"),
    "one unit in an arm": (make_frame(variant=list("ABBBBBBB")), "arm A has 1 units with a value"),
    "no metric": (make_frame(y=np.nan), "arm B has 0 units with a value"),
}


@pytest.mark.parametrize(("frame", "words"), BAD_TABLES.values(), ids=BAD_TABLES)
def test_a_table_that_is_no_trial_is_refused(frame, words):
    with pytest.raises(DataError, match=words) as caught:
        analyse(make_table(frame), Recipe(metric="y"))
    assert "\n" not in str(caught.value)


BAD_PLANS = {
    "unknown column": ({"metric": "nope"}, DataError, r"no column 'nope'; the columns are user_id"),
    "unknown arm": ({"first": "Z"}, DataError, "variant has no arm 'Z'; its arms are B, A"),
    "the same arm twice": ({"first": "A", "second": "A"}, DataError, "both arms are 'A'"),
    "bad split": ({"split": "half"}, RecipeError, "split is 'half'; write 2 numbers above 0"),
    "alpha out of range": ({"alpha": 0.5}, RecipeError, "alpha is 0.5; it must be 0.001 to 0.2"),
    "z of a mean": ({"test": "z"}, DataError, "y is no share, so z cannot compare it"),
    "share of a mean": ({"kind": "share"}, DataError, "y holds other values than two"),
    "ranks at several looks": (
        {"test": "Mann–Whitney", "monitoring": "Pocock", "planned_units": 100}, DataError, "be looked at several",
    ),
    "anytime with few": ({"monitoring": "anytime"}, DataError, "have 8 units together; the anytime"),
    "paired without a unit": ({"test": "paired t", "unit": ""}, DataError, "needs at least 2|is needed|2 units"),
    "segment not there": ({"segment": "city"}, DataError, "there is no column 'city'"),
    "guardrail not there": ({"guardrails": "city"}, DataError, "there is no column 'city'"),
    "the metric as covariate": ({"covariates": "y"}, DataError, "y was measured after assignment"),
}  # fmt: skip


@pytest.mark.parametrize(("changes", "error", "words"), BAD_PLANS.values(), ids=BAD_PLANS)
def test_a_plan_that_does_not_suit_is_refused(changes, error, words):
    with pytest.raises(error, match=words):
        analyse(make_table(make_frame()), Recipe(**{"metric": "y"} | changes))


def test_the_score_of_grade_2_may_not_adjust_that_of_grade_3():
    with pytest.raises(DataError, match="score_2 was measured after assignment"):
        analyse(None, Recipe(trial="star", covariates="score_2"))


def test_the_same_score_in_an_upload_is_refused_by_what_it_shows():
    frame = load_table("star").frame.rename(columns={"score_2": "earlier", "score_3": "later"})
    frame = frame[frame["class_3"].isin(["small", "regular"])]
    plan = Recipe(arm="class_3", metric="later", covariates="earlier")
    with pytest.raises(DataError, match=r"earlier differs between the arms \(p = .*it was measured after"):
        analyse(make_table(frame.reset_index(drop=True)), plan)


def test_what_it_would_have_done_to_the_effect_is_the_published_harm(monkeypatch):
    monkeypatch.setattr("core.experimentation.ab_testing.cuped.check_before", lambda *_: None)
    frame = load_table("star").frame.dropna(subset=["score_2", "score_3"])
    frame = frame[frame["class_3"].isin(["small", "regular"])]
    first = (frame["class_3"] == "small").to_numpy()
    y, x = (frame[name].to_numpy(dtype=float) for name in ("score_3", "score_2"))
    found = adjust(y, first, x[:, None], ("score_2",))
    assert found.plain_effect == pytest.approx(14.70, abs=0.005)
    assert found.verdict.effect == pytest.approx(2.06, abs=0.005)
    assert found.reduction == pytest.approx(0.633, abs=5e-4)
    assert found.correlation == pytest.approx(0.7958, abs=5e-5)


def test_a_covariate_dated_after_assignment_is_refused():
    rng = np.random.default_rng(0)
    days = pd.to_datetime(["2024-01-10"] * 200, utc=True)
    frame = pd.DataFrame(
        {"variant": list("AB") * 100, "before": rng.normal(size=200), "y": rng.normal(size=200), "assigned_at": days}
    )
    frame["measured_at"] = days - pd.Timedelta(days=1)
    plan = Recipe(metric="y", covariates="before")
    assert analyse(make_table(frame), plan).adjusted is not None
    frame.loc[:2, "measured_at"] = pd.Timestamp("2024-01-11", tz="UTC")
    with pytest.raises(DataError, match="before was measured at or after assignment in 3 rows"):
        analyse(make_table(frame), plan)
    for dates, words in ((["soon"] * 200, "measured_at holds 'soon', which is no date"), (None, "holds no date")):
        with pytest.raises(DataError, match=words):
            analyse(make_table(frame.assign(measured_at=dates)), plan)


def test_columns_whose_names_hold_commas_can_be_covariates_and_guardrails():
    rng = np.random.default_rng(1)
    x = rng.normal(size=400)
    frame = pd.DataFrame(
        {"variant": list("AB") * 200, "weight, kg": x, 'cost "net"': 5 + x, "y": x + rng.normal(size=400)}
    )
    names = {"covariates": join_names(["weight, kg"]), "guardrails": join_names(['-cost "net"', "weight, kg"])}
    assert list_names(names["guardrails"]) == ('-cost "net"', "weight, kg")
    found = analyse(make_table(frame), Recipe(metric="y", **names))
    assert found.adjusted.covariates == ("weight, kg",)
    assert [each.name for each in found.guardrails] == ['cost "net"', "weight, kg"]


def test_a_broken_split_stops_everything():
    frame = pd.DataFrame(
        {"variant": ["A"] * 600 + ["B"] * 400, "y": np.arange(1000.0) + 500 * (np.arange(1000) >= 600)}
    )
    found = analyse(make_table(frame), Recipe(metric="y"))
    assert found.verdict.is_significant
    assert found.decision.action == "stop"
    assert "no effect can be read" in found.decision.sentence


def test_arms_that_lose_different_shares_are_named():
    frame = pd.DataFrame({"variant": list("AB") * 200, "y": np.arange(400.0)})
    frame.loc[frame.index[1:200:2], "y"] = np.nan
    found = analyse(make_table(frame), Recipe(metric="y"))
    assert any("lost different shares" in note for note in found.notes)
    assert found.mismatch.counts == (200, 200)


def test_three_arms_are_compared_once_two_are_named():
    frame = make_frame(variant=list("ABCABCAB"))
    found = analyse(make_table(frame), Recipe(metric="y", first="B", second="A"))
    assert [arm.name for arm in found.arms] == ["B", "A"]
    assert found.notes == ("2 rows are in neither arm and are left out.",)


def test_a_guardrail_that_nothing_is_known_of_yet_is_unknown_and_stops_no_reading():
    found = analyse(make_table(make_frame(refund=0.0)), Recipe(metric="y", guardrails="-refund"))
    assert found.guardrails[0].state == "unknown"
    assert found.guardrails[0].sentence == (
        "refund may be harmed: the control has too little of it to say by what share it moved."
    )
