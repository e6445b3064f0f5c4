"""What if one column were different: answers along a column, and the nearest single changes that turn an answer."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.inspection import partial_dependence
from sklearn.tree import DecisionTreeRegressor

from core.evaluation.what_if import find_changes, find_seen, vary_chart, vary_column
from core.hub.errors import DataError, RecipeError


def make_people(n_rows=300, seed=0):
    rng = np.random.default_rng(seed)
    return pd.DataFrame({
        "age": rng.integers(1, 80, n_rows).astype(float),
        "sex": rng.choice(["female", "male"], n_rows).astype(object),
        "deck": rng.choice(["A", "B", "C"], n_rows, p=[0.7, 0.2, 0.1]).astype(object),
    })  # fmt: skip


def ask_people(rows):
    return (
        0.2
        + 0.5 * (rows["sex"] == "female").to_numpy()
        + 0.3 * (rows["age"] < 10).to_numpy()
        + 0.35 * (rows["deck"] == "C").to_numpy()
    )


CASE = pd.DataFrame({"age": [30.0], "sex": ["male"], "deck": ["A"]})


def test_the_answers_along_a_column_are_scikit_learns_individual_curve():
    rng = np.random.default_rng(0)
    x = pd.DataFrame(rng.normal(size=(200, 3)), columns=list("abc"))
    model = DecisionTreeRegressor(max_depth=6, random_state=0).fit(x, x["a"] * x["b"])
    reference = partial_dependence(model, x.iloc[:1], ["a"], kind="individual", custom_values={"a": np.arange(-2.0, 2)})
    found = vary_column(model.predict, x.iloc[:1], "a", np.arange(-2.0, 2))
    np.testing.assert_allclose(found, reference["individual"][0, 0])


def test_seen_values_are_seen_and_their_shares_are_counted():
    people = make_people()
    people.loc[:20, "age"] = np.nan
    age, sex, deck = find_seen(people)
    assert set(age.grid) <= set(people["age"].dropna())
    assert age.grid[[0, -1]].tolist() == [people["age"].min(), people["age"].max()]
    for value, share in zip(age.grid, age.shares, strict=True):
        assert share == pytest.approx((people["age"].dropna() <= value).mean())
    assert deck.grid.tolist() == ["A", "B", "C"]
    assert deck.shares.sum() == pytest.approx(1)
    assert (age.is_number, sex.is_number) == (True, False)
    assert len(find_seen(pd.DataFrame({"n": np.arange(10_000.0)}))[0].grid) == 101
    assert find_seen(pd.DataFrame({"nothing": [np.nan, np.nan]})) == ()


def test_switches_and_numbers_coded_as_categories_are_levels():
    frame = pd.DataFrame({"paid": [True, False, True], "grade": pd.Categorical([1, 2, 2])})
    assert [(seen.grid.tolist(), seen.is_number) for seen in find_seen(frame)] == [
        ([True, False], False),
        ([2, 1], False),
    ]


def test_the_nearest_change_of_each_column_is_found_and_ordered():
    people = make_people()
    found = find_changes(ask_people, CASE, find_seen(people))
    changes = {change.column: change for change in found}
    assert changes["age"].after == people.loc[people["age"] < 10, "age"].max()
    assert changes["age"].answer_after == pytest.approx(0.5)
    assert (changes["sex"].before, changes["sex"].after, changes["sex"].answer_before) == ("male", "female", 0.2)
    assert changes["deck"].after == "C"
    distances = [change.distance for change in found]
    assert distances == sorted(distances)
    share = (people["age"] <= 30).mean() - (people["age"] <= changes["age"].after).mean()
    assert changes["age"].distance == pytest.approx(share, abs=0.01)
    assert changes["sex"].distance == pytest.approx((people["sex"] == "male").mean())


def test_a_change_leads_down_as_well_and_only_asked_columns_change():
    woman = CASE.assign(sex="female")
    seen = find_seen(make_people())
    found = find_changes(ask_people, woman, seen, side="below")
    assert [(change.column, change.after) for change in found] == [("sex", "male")]
    assert find_changes(ask_people, woman, seen[:1]) == ()
    assert find_changes(ask_people, woman, ()) == ()


@settings(max_examples=60, deadline=None)
@given(st.floats(0, 100), st.lists(st.floats(0, 100), min_size=2, max_size=60), st.floats(1, 99))
def test_every_change_crosses_stays_within_what_was_seen_and_none_nearer_does(own, values, threshold):
    seen = find_seen(pd.DataFrame({"v": values}))
    case = pd.DataFrame({"v": [own]})
    found = find_changes(lambda rows: rows["v"], case, seen, wanted=threshold)
    across = [value for value in seen[0].grid if (value >= threshold) != (own >= threshold)]
    assert bool(found) == bool(across)
    for change in found:
        assert change.after in values
        assert (change.answer_after >= threshold) != (own >= threshold)
        assert abs(change.after - own) == min(abs(value - own) for value in across)


def test_a_gap_can_be_filled_and_is_never_proposed():
    people = make_people()
    case = CASE.assign(age=np.nan)
    assert {change.column for change in find_changes(ask_people, case, find_seen(people))} == {"age", "sex", "deck"}
    people.loc[::2, "deck"] = None
    offered = [change.after for change in find_changes(lambda rows: rows["deck"].isna(), CASE, find_seen(people))]
    assert offered == []


def test_columns_keep_their_kinds():
    case = pd.DataFrame({"n": [1], "k": pd.Categorical(["p"]), "b": [True], "o": ["u"]})
    kinds = []

    def ask(rows):
        kinds.append(rows.dtypes.astype(str).to_dict())
        return rows["n"].to_numpy() + (rows["k"] == "new").to_numpy()

    assert vary_column(ask, case, "n", [1, 2, 5]).tolist() == [1, 2, 5]
    assert vary_column(ask, case, "n", [1.5, 2.0]).tolist() == [1.5, 2.0]
    assert vary_column(ask, case, "k", ["p", "new"]).tolist() == [1, 2]
    vary_column(ask, case, "b", [False])
    assert [each["n"] for each in kinds] == ["int64", "float64", "int64", "int64"]
    assert {each["k"] for each in kinds} == {"category"}
    assert {(each["b"], each["o"]) for each in kinds} == {("bool", "object")}


def test_the_chart_marks_what_was_seen_the_case_and_the_crossing():
    people = make_people()
    age, sex, _ = find_seen(people)
    chart = vary_chart(ask_people, CASE, age, threshold=0.5, labels={"answer": "Probability"})
    by_name = {mark.name: mark for mark in chart.marks}
    assert chart.title.startswith("Age alone moves the answer between 0.2 and 0.5; now it is 0.2, and it crosses 0.5")
    assert chart.y_label == "Probability"
    assert by_name["this case"].x.tolist() == [30.0]
    inside = by_name["middle 90% of seen rows"].x
    assert people["age"].quantile(0.05) == pytest.approx(inside.min(), abs=2)
    assert people["age"].quantile(0.95) == pytest.approx(inside.max(), abs=2)
    levels = vary_chart(ask_people, CASE, sex, threshold=0.5)
    assert "1 of 2 levels take it to 0.5 or more" in levels.title
    assert "no seen value takes it across 2" in vary_chart(ask_people, CASE, age, threshold=2.0).title
    alone = vary_chart(ask_people, CASE.assign(age=np.nan), age)
    assert "this case" not in {mark.name for mark in alone.marks}


def test_nothing_is_changed_and_answers_repeat():
    case, seen = CASE.copy(), find_seen(make_people())
    assert find_changes(ask_people, case, seen) == find_changes(ask_people, case, seen)
    vary_column(ask_people, case, "age", [1.0])
    pd.testing.assert_frame_equal(case, CASE)


def test_bad_input_is_refused_in_one_sentence():
    seen = find_seen(make_people())
    two = pd.concat([CASE, CASE])
    with pytest.raises(DataError, match="the case has 2 rows; it must have 1"):
        vary_column(ask_people, two, "age", [1.0])
    with pytest.raises(DataError, match="the case has 0 rows; it must have 1"):
        find_changes(ask_people, CASE.head(0), seen)
    with pytest.raises(DataError, match="the case lacks fare; it has age, sex, deck"):
        vary_column(ask_people, CASE, "fare", [1.0])
    with pytest.raises(DataError, match="the case lacks deck"):
        find_changes(ask_people, CASE.drop(columns="deck"), seen)
    with pytest.raises(DataError, match="number of values of age is 0; give at least 1"):
        vary_column(ask_people, CASE, "age", [])
    with pytest.raises(DataError, match="not a finite number in 1 of 1 rows"):
        find_changes(lambda rows: np.full(len(rows), np.nan), CASE, seen)
    with pytest.raises(RecipeError, match=r"the answer is 0\.2, which is below 0\.5 already; ask for the other side"):
        find_changes(ask_people, CASE, seen, side="below")
