"""Fixes: each one mends what its alert named, once, in a new table, and refuses what it cannot do."""

import dataclasses
from typing import get_args

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.datasets.alerts import find_alerts
from core.datasets.catalogue import load_table
from core.datasets.fixes import Fix, FixKind, apply_fix
from core.datasets.fixes.numerals import holds_numbers, parse_numbers
from core.datasets.fixes.wording import cut, list_names, share_of
from core.datasets.table import Table
from core.hub.errors import DataError


def make_messy():
    """Make a table with every defect that a button can mend."""
    rng = np.random.default_rng(0)
    y = rng.integers(0, 2, 200)
    frame = pd.DataFrame({
        "CustomerID": np.arange(200) * 7 + 3,
        "height": rng.normal(170, 10, 200) + 5 * y,
        "same": np.full(200, 2026.0),
        "nothing": np.full(200, np.nan),
        "cabin": np.where(np.arange(200) % 10 == 0, np.arange(200) * 1.5, np.nan),
        "age": np.where(np.arange(200) < 5, -999.0, rng.integers(20, 60, 200)),
        "gap": np.where(np.arange(200) % 40 == 1, np.nan, rng.normal(size=200)),
        "ratio": np.where(np.arange(200) == 7, np.inf, rng.normal(size=200)),
        "job": np.where(np.arange(200) < 4, "?", rng.choice(["clerk", "cook"], 200)),
        "town": rng.choice(["Oslo", "oslo ", "Bergen", "Tromsø"], 200, p=[0.4, 0.1, 0.3, 0.2]),
        "team": np.where(np.arange(200) < 2, "Rossenborg", rng.choice(["Rosenborg", "Brann"], 200)),
        "fee": [f"{n / 2:.2f} €" for n in range(200)],
        "firm": [f"Firm of {n // 2} sons" for n in range(200)],
        "code": np.where(y == 1, 7.0, 3.0),
        "sport": pd.Series(np.where(y == 1, "yes", "no"), dtype="object").where(np.arange(200) >= 3, "maybe"),
    })  # fmt: skip
    frame["height_copy"] = frame["height"]
    frame.loc[3:5, "sport"] = None
    frame = pd.concat([frame, frame.iloc[50:70], pd.DataFrame(index=range(2))], ignore_index=True)
    kinds = {name: "number" if frame[name].dtype.kind == "f" else "category" for name in frame.columns}
    return Table(frame, "messy", "upload", "0" * 64, kinds, "sport", steps=("read",), notes=("note",))


MESSY = make_messy()
FIXABLE = [alert for alert in find_alerts(MESSY) if alert.fix]


def test_the_messy_table_calls_for_every_fix():
    assert {alert.fix.kind for alert in FIXABLE} == set(get_args(FixKind))


@pytest.mark.parametrize("alert", FIXABLE, ids=lambda alert: f"{alert.kind}-{alert.fix.kind}")
def test_a_fix_makes_its_alert_go_away(alert):
    mended = apply_fix(MESSY, alert.fix)
    assert (alert.kind, alert.columns) not in {(each.kind, each.columns) for each in find_alerts(mended)}


@pytest.mark.parametrize("alert", FIXABLE, ids=lambda alert: f"{alert.kind}-{alert.fix.kind}")
def test_a_fix_is_recorded_leaves_its_input_alone_and_works_once(alert):
    before = MESSY.frame.copy(deep=True), dict(MESSY.kinds)
    mended = apply_fix(MESSY, alert.fix)
    pd.testing.assert_frame_equal(MESSY.frame, before[0])
    assert dict(MESSY.kinds) == before[1]
    assert mended.steps[:-1] == MESSY.steps
    assert mended.sha256 != MESSY.sha256
    assert list(mended.frame.index) == list(range(len(mended.frame)))
    assert set(mended.kinds) == set(mended.frame.columns)
    assert (mended.name, mended.target, mended.notes) == (MESSY.name, MESSY.target, MESSY.notes)
    again = apply_fix(mended, alert.fix)
    assert again is mended


def test_all_fixes_in_turn_end_with_nothing_to_mend():
    table, n_fixes = MESSY, 0
    while fixes := [alert.fix for alert in find_alerts(table) if alert.fix]:
        table = apply_fix(table, fixes[0])
        n_fixes += 1
        assert n_fixes < 40
    assert table.features == ("height", "age", "gap", "ratio", "job", "town", "team", "fee")
    assert len(table.steps) == n_fixes + 1
    assert table.frame["town"].value_counts().index.tolist() == ["Oslo", "Bergen", "Tromsø"]


def test_the_same_fixes_give_the_same_hash_and_others_another():
    first = apply_fix(MESSY, Fix("drop_column", ("same", "nothing")))
    assert first.sha256 == apply_fix(MESSY, Fix("drop_column", ("same", "nothing"))).sha256
    assert first.sha256 != apply_fix(MESSY, Fix("drop_column", ("same", "cabin"))).sha256


IRIS = load_table("iris")


@pytest.mark.parametrize(
    ("fix", "step"),
    [
        (Fix("drop_duplicates"), "dropped 1 row that repeats an earlier one"),
        (Fix("drop_column", ("petal_width",)), "dropped column petal_width"),
        (Fix("ignore_column", ("petal_width", "sepal_width")), "set aside columns petal_width, sepal_width"),
        (Fix("drop_classes", ("species",), ("setosa",)), "dropped 50 rows of species setosa"),
        (
            Fix("merge_categories", ("species",), ("versicolor", "other", "virginica", "other")),
            "changed 100 values of species: 'versicolor' to 'other', 'virginica' to 'other'",
        ),
        (Fix("set_missing", ("petal_width",), ("0.2", "0.1")), "set 34 values (0.2, 0.1) of petal_width to missing"),
    ],
)
def test_a_step_says_how_many(fix, step):
    # Fisher's table: 29 flowers with petals 0.2 cm wide and 5 with 0.1, all of them setosa.
    assert apply_fix(IRIS, fix).steps == (step,)


def test_dropped_and_merged_values_are_gone():
    merged = apply_fix(IRIS, Fix("merge_categories", ("species",), ("versicolor", "other", "virginica", "other")))
    assert merged.frame["species"].value_counts().to_dict() == {"other": 100, "setosa": 50}
    ignored = apply_fix(IRIS, Fix("ignore_column", ("petal_width",)))
    assert "petal_width" in ignored.frame.columns
    assert "petal_width" not in ignored.features


def test_whole_numbers_stay_whole_when_codes_are_blanked():
    frame = pd.DataFrame({"n": pd.array([1, 2, -999, 4], dtype="Int64")})
    fixed = apply_fix(Table(frame, "t", "upload", "", {"n": "number"}), Fix("set_missing", ("n",), ("-999",)))
    assert str(fixed.frame["n"].dtype) == "Int64"
    assert fixed.frame["n"].tolist() == [1, 2, pd.NA, 4]


def test_numbers_as_text_become_numbers_and_say_what_was_lost():
    frame = pd.DataFrame({"fee": ["1.200,50 €", "7,25 €", "free", None]})
    fixed = apply_fix(Table(frame, "t", "upload", "", {"fee": "text"}), Fix("to_number", ("fee",)))
    assert fixed.numbers("fee")[:2].tolist() == [1200.5, 7.25]
    assert np.isnan(fixed.numbers("fee")[2:]).all()
    assert fixed.kinds == {"fee": "number"}
    assert fixed.steps == ("read column fee as numbers (1 value that could not be read became missing)",)


@pytest.mark.parametrize(
    ("fix", "sentence"),
    [
        (Fix("ignore_column", ("petals",)), "there is no column 'petals'"),
        (Fix("set_missing", ("petals",), ("1",)), "there is no column 'petals'"),
        (Fix("drop_column", ("species",)), "species is the column to predict; choose another target"),
        (Fix("ignore_column", ("species",)), "species is the column to predict; choose another target"),
        (Fix("set_missing", ("petal_width",), ("x",)), "petal_width holds numbers and the fix names x; give numbers"),
        (Fix("drop_classes", ("species",), ("setosa", "versicolor", "virginica")), "all 150 rows would be dropped"),
    ],
)
def test_what_cannot_be_done_is_refused(fix, sentence):
    with pytest.raises(DataError, match=sentence):
        apply_fix(IRIS, fix)


def test_the_last_column_is_kept():
    table = dataclasses.replace(IRIS, target=None)
    with pytest.raises(DataError, match="the table has 5 columns and all would be dropped; keep at least 1"):
        apply_fix(table, Fix("drop_column", tuple(table.frame.columns)))


# --- numbers written for people


@pytest.mark.parametrize(
    ("texts", "values"),
    [
        (["1,200 kg", "950 kg", "unknown"], [1200, 950, np.nan]),
        (["1.234,5", "7,25"], [1234.5, 7.25]),
        (["1,234", "2,345"], [1234, 2345]),
        (["1.234.567", "5"], [1234567, 5]),
        (["$5", "$1,200.50", "-3"], [5, 1200.5, -3]),
        (["12 %", "5%"], [12, 5]),
        (["12 g", "1 kg", "13 g"], [12, np.nan, 13]),
        (["2", "3", "4", "5more"], [2, 3, 4, np.nan]),
        (["1 234,5", "2"], [1234.5, 2]),
        (["1\u00a0234", "−2"], [1234, -2]),
        (["1e5", "2"], [1e5, 2]),
        (["1e999"], [np.nan]),
        (["12,34,567", "1.2.3", "", "-", "a"], [np.nan] * 5),
        (["3.5", "1,23", "2.25"], [3.5, np.nan, 2.25]),
    ],
)
def test_numerals_are_read(texts, values):
    np.testing.assert_array_equal(parse_numbers(pd.Series(texts, dtype="object")).to_numpy(), values)


@settings(deadline=None, max_examples=100)
@given(
    st.lists(st.decimals(-(10**9), 10**9, places=2), min_size=1, max_size=8), st.sampled_from([",.", ".,", " ,", "'."])
)
def test_any_amount_written_in_any_country_comes_back(amounts, signs):
    thousands, decimal = signs
    texts = [f"{amount:,.2f}".translate(str.maketrans({",": thousands, ".": decimal})) for amount in amounts]
    read = parse_numbers(pd.Series(texts, dtype="object")).tolist()
    assert read == [float(amount) for amount in amounts]


def test_only_texts_that_were_kept_from_being_numbers_are_taken_for_them():
    assert holds_numbers(["1,5", "2,25"])
    assert not holds_numbers(["1", "2"])
    assert not holds_numbers(["001", "1,012"])
    assert not holds_numbers([])


# --- wording


@settings(deadline=None, max_examples=100)
@given(st.integers(1, 10**6), st.data())
def test_a_share_is_none_or_all_only_when_it_is(total, data):
    n = data.draw(st.integers(0, total))
    text = share_of(n, total)
    assert (text == "0%") == (n == 0)
    assert (text == "100%") == (n == total)


def test_names_are_cut_and_counted():
    assert cut("x" * 61) == "x" * 59 + "…"
    assert list_names([]) == ""
    assert list_names(["a"]) == "a"
    assert list_names(list("abcdef")) == "a, b, c, d, e and 1 more"


def test_a_column_may_have_any_name():
    frame = pd.DataFrame({"self": [1.0, -999.0, 3.0], "x": [1.0, 2.0, 3.0]})
    table = Table(frame, "names.csv", "upload", "0", {"self": "number", "x": "number"})
    fixed = apply_fix(table, Fix("set_missing", ("self",), ("-999",), label=""))
    assert fixed.frame["self"].isna().tolist() == [False, True, False]
