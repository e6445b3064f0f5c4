"""Steps and their history: against scikit-learn and the alerts' own fixes, undoable, and refused in one sentence."""

import dataclasses

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.impute import KNNImputer, SimpleImputer
from sklearn.preprocessing import MinMaxScaler, PowerTransformer, RobustScaler, StandardScaler

from core.datasets.alerts import find_alerts
from core.datasets.catalogue import load_table
from core.datasets.fixes import Fix, apply_fix
from core.hub.errors import DataError, LimitError, RecipeError
from core.tabular.eda.cleaning import (
    ChangeType,
    ConvertUnit,
    ConvertUnitWhere,
    DeriveColumn,
    DropCategories,
    DropColumns,
    DropDuplicates,
    DropIsolated,
    DropMissingRows,
    FillIteratively,
    FillMissing,
    FillNeighbours,
    History,
    MergeSpellings,
    RenameColumn,
    ScaleColumns,
    SetMissing,
    TreatOutliers,
    apply_step,
    make_step,
    step_fields,
    step_kinds,
    step_title,
    steps_from_fix,
)
from core.tabular.eda.cleaning.digest import digest_frame
from tests.tables import make_table

NUMBERS = ("bill_length", "bill_depth", "flipper_length", "body_mass")


@pytest.fixture(scope="module")
def penguins():
    return load_table("penguins")


@pytest.mark.parametrize(
    ("method", "strategy"), [("mean", "mean"), ("median", "median"), ("most frequent", "most_frequent")]
)
def test_one_value_is_scikit_learns(penguins, method, strategy):
    found = apply_step(penguins, FillMissing(NUMBERS, method)).frame[list(NUMBERS)].to_numpy(float)
    expected = SimpleImputer(strategy=strategy).fit_transform(
        penguins.frame[list(NUMBERS)].to_numpy(float, na_value=np.nan)
    )
    assert found == pytest.approx(expected, rel=1e-14)


def test_neighbours_are_scikit_learns_and_known_cells_keep_their_bits():
    rng = np.random.default_rng(0)
    values = rng.normal(size=(200, 4)) @ rng.normal(size=(4, 4))
    values[rng.random(values.shape) < 0.1] = np.nan
    table = make_table(**{name: values[:, i] for i, name in enumerate("abcd")})
    found = apply_step(table, FillNeighbours(tuple("abcd"))).frame.to_numpy(float)
    scaler = StandardScaler().fit(values)
    expected = scaler.inverse_transform(KNNImputer().fit_transform(scaler.transform(values)))
    assert found == pytest.approx(expected, rel=1e-9)
    known = ~np.isnan(values)
    assert found[known].tobytes() == values[known].tobytes()


def test_neighbours_beat_the_commonest_category_on_hidden_cells(penguins):
    frame = penguins.frame.dropna().reset_index(drop=True)
    hidden = np.random.default_rng(0).random(len(frame)) < 0.3
    table = dataclasses.replace(penguins, frame=frame.assign(sex=frame["sex"].mask(hidden)), target=None)
    near = apply_step(table, FillNeighbours(("sex",))).frame["sex"]
    common = apply_step(table, FillMissing(("sex",), "most frequent")).frame["sex"]
    assert (near == frame["sex"])[hidden].mean() > (common == frame["sex"])[hidden].mean() + 0.25


@pytest.mark.parametrize(
    ("method", "scaler"),
    [("standard", StandardScaler), ("min-max", MinMaxScaler), ("robust", RobustScaler), ("power", PowerTransformer)],
)
def test_scales_are_scikit_learns(penguins, method, scaler):
    found = apply_step(penguins, ScaleColumns(NUMBERS, method)).frame[list(NUMBERS)].to_numpy(float)
    values = np.ascontiguousarray(penguins.frame[list(NUMBERS)].to_numpy(float))  # the order of a sum shows in its bits
    expected = scaler().fit_transform(values)
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize(
    "fix",
    [
        Fix("drop_duplicates"),
        Fix("drop_column", ("sex", "year")),
        Fix("ignore_column", ("island",)),
        Fix("drop_missing_rows", ("sex", "body_mass")),
        Fix("drop_classes", ("species",), ("Gentoo",)),
        Fix("merge_categories", ("sex",), ("male", "m", "female", "f")),
        Fix("set_missing", ("sex", "island"), ("male", "Dream")),
        Fix("set_missing", ("year", "body_mass"), ("2007", "3750")),
        Fix("to_number", ("money",)),
    ],
)
def test_a_fix_and_its_steps_do_the_same(penguins, fix):
    money = pd.Series(["1,200 kg", "7 kg", "soon"] * 114 + ["1 kg"] * 2, dtype=object)
    frame = pd.concat([penguins.frame.assign(money=money)] * 2).reset_index(drop=True)
    table = dataclasses.replace(penguins, frame=frame, kinds={**penguins.kinds, "money": "text"})
    expected = apply_fix(table, fix)
    found = table
    for step in steps_from_fix(fix):
        found = apply_step(found, step)
    pd.testing.assert_frame_equal(found.frame, expected.frame, check_exact=True)
    assert dict(found.kinds) == dict(expected.kinds)


def test_the_fixes_of_alerts_become_steps():
    frame = pd.DataFrame({"x": [*np.arange(60.0), -999.0, -999.0], "g": ["Male", "male"] * 31})
    table = make_table(x=frame["x"], g=frame["g"].astype(object))
    history = History(table)
    for alert in find_alerts(table):
        if alert.fix is not None:
            for step in steps_from_fix(alert.fix):
                history = history.add(step)
    assert history.steps
    assert history.replay().frame["x"].isna().sum() == 2


def test_each_change_is_said_with_its_numbers(penguins):
    history = History(penguins).add(DropMissingRows(("sex",))).add(SetMissing(("island",), "Dream"))
    summary = history.summarise()
    assert [each.sentence for each in summary.effects] == [
        "dropped rows that lack any of sex: 11 of 344 rows went, missing cells from 19 to 0",
        "set 'Dream' in island to missing: 123 cells changed, missing cells from 0 to 123",
    ]
    assert summary.sentence == "2 steps: rows from 344 to 333, columns from 8 to 8, missing cells from 19 to 123"
    assert history.replay().steps[-2:] == tuple(each.sentence for each in summary.effects)


def test_units_derived_columns_types_and_names(penguins):
    history = (
        History(penguins)
        .add(ConvertUnit("body_mass", 0.001))
        .add(ConvertUnitWhere("bill_length", "sex", "male", 0.1))
        .add(DeriveColumn("bill_length", "bill_depth", "divided by", "shape"))
        .add(ChangeType(("year",), "category"))
        .add(RenameColumn("species", "kind"))
    )
    table, was = history.replay(), penguins.frame
    male = (was["sex"] == "male").to_numpy()
    assert table.frame["body_mass"].max() == pytest.approx(6.3)
    expected = np.where(male, was["bill_length"] * 0.1, was["bill_length"])
    np.testing.assert_array_equal(table.frame["bill_length"], expected)
    np.testing.assert_array_equal(table.frame["shape"], expected / was["bill_depth"])
    assert table.frame["year"].unique().tolist() == ["2007", "2008", "2009"]
    assert (table.target, table.kinds["kind"], table.kinds["shape"]) == ("kind", "category", "number")
    assert len(penguins.frame.columns) == 8


def test_whole_numbers_stay_whole_where_they_can():
    table = make_table(n=pd.Series([1, 2, 4, None], dtype="Int64"))
    assert str(apply_step(table, FillMissing(("n",), "median")).frame["n"].dtype) == "Int64"
    assert apply_step(table, FillMissing(("n",), "mean")).frame["n"].tolist() == [1.0, 2.0, 4.0, 7 / 3]


ADDED = (DropDuplicates(), FillMissing(("sex",), "most frequent"), ScaleColumns(("body_mass",)), DropMissingRows())


@settings(max_examples=15, deadline=None)
@given(st.lists(st.sampled_from(["undo", "redo", 0, 1, 2, 3]), max_size=8))
def test_undo_and_redo_lead_back_to_the_same_table(moves):
    history, past = History(load_table("penguins")), []
    for move in moves:
        try:
            nxt = getattr(history, move)() if isinstance(move, str) else history.add(ADDED[move])
        except DataError:
            continue
        past.append(history)
        history = nxt
        if not isinstance(move, str):
            assert history.undone == ()
            assert history.undo().key == past[-1].key
            assert history.undo().redo().key == history.key
    for _ in history.steps:
        history = history.undo()
    assert digest_frame(history.replay().frame) == digest_frame(load_table("penguins").frame)


def test_the_same_history_gives_the_same_hash_and_another_setting_another(penguins):
    tables = [
        History(penguins).add(step).replay()
        for step in (DropIsolated(NUMBERS, 0.05, 1), DropIsolated(NUMBERS, 0.05, 1), DropIsolated(NUMBERS, 0.05, 2))
    ]
    assert tables[0].sha256 == tables[1].sha256 != tables[2].sha256
    assert digest_frame(tables[0].frame) == digest_frame(tables[1].frame)


BAD = (
    (DropDuplicates(), "nothing would change"),
    (DropColumns(("stem",)), "no column 'stem'"),
    (DropColumns(()), "columns names 0"),
    (DropColumns(("g",)), "column to predict"),
    (DropMissingRows(("empty",)), "all 40 rows would be dropped"),
    (DropCategories("x", ("two",)), "give numbers"),
    (DropCategories("g", ("q",)), "nothing would change"),
    (SetMissing(("x",), "many"), "give numbers"),
    (SetMissing(("day",), "soon"), "give dates"),
    (RenameColumn("x", "g"), "there is a column 'g' already"),
    (RenameColumn("x", "  "), "1 to 1000 characters"),
    (RenameColumn("x", "\ud800"), "1 to 1000 characters"),
    (MergeSpellings("x", ("1",), "2"), "needs texts"),
    (MergeSpellings("g", (), "b"), "name at least 1"),
    (ConvertUnit("g", 2.0), "needs numbers"),
    (ConvertUnit("x", float("nan")), "factor is nan"),
    (ConvertUnit("vast", 2.0), r"from 1e-100 to 1e\+30"),
    (ConvertUnit("inf", 2.0), "1 infinite values"),
    (DeriveColumn("x", "y", "power", "z"), "operation is 'power'"),
    (ChangeType(("g",), "number"), "'a' in row 1"),
    (ChangeType(("x",), "date"), "read it as text first"),
    (TreatOutliers(("x",), "iqr", 99.0), "limit is 99"),
    (DropIsolated(("x", "x")), "each once"),
    (FillMissing(("x",), "mean"), "0 missing values"),
    (FillMissing(("gaps",), "constant", "much"), "give numbers"),
    (FillMissing(("gaps",), "constant", "inf"), "finite number"),
    (FillMissing(("empty",), "mean"), "no value"),
    (FillMissing(("h",), "mean"), "most frequent value"),
    (FillNeighbours(("gaps",), ("gaps",)), "no other number column"),
    (FillIteratively(("h",)), "needs numbers"),
    (ScaleColumns(("flat",)), "has one value, 7"),
    (ScaleColumns(("y",), "log1p"), "more than -1"),
)


@pytest.mark.parametrize(("step", "words"), BAD, ids=[f"{type(step).__name__}-{words}" for step, words in BAD])
def test_what_cannot_be_done_is_refused_in_one_sentence_and_changes_nothing(step, words):
    x = np.arange(40.0)
    table = make_table(
        x=x, y=-x, flat=7.0 + 0 * x, vast=1e305 * (1 + x), inf=np.r_[np.inf, x[1:]], empty=np.nan * x,
        gaps=np.where(x > 30, np.nan, x), g=pd.Series(list("ab") * 20, dtype=object),
        h=pd.Series([np.nan, *["a"] * 39], dtype=object), day=pd.Timestamp("2020-01-01") + pd.to_timedelta(x, "D"),
    ).with_target("g")  # fmt: skip
    history = History(table).add(DropCategories("x", ("39",))) if "all 40" not in words else History(table)
    steps, before = history.steps, digest_frame(history.replay().frame)
    with pytest.raises(DataError, match=words) as refused:
        history.add(step)
    assert "\n" not in str(refused.value)
    assert (history.steps, digest_frame(history.replay().frame)) == (steps, before)


def test_there_is_an_end_to_undo_redo_and_steps(penguins):
    with pytest.raises(DataError, match="nothing to undo"):
        History(penguins).undo()
    with pytest.raises(DataError, match="nothing to redo"):
        History(penguins).add(DropMissingRows()).redo()
    with pytest.raises(LimitError, match="limit is 200"):
        History(penguins, (DropMissingRows(),) * 200).add(DropMissingRows())


def test_too_many_rows_for_neighbours():
    x = np.arange(20_001.0)
    with pytest.raises(DataError, match="at most 20,000"):
        apply_step(make_table(x=x, y=np.where(x == 3, np.nan, x)), FillNeighbours(("y",)))


@pytest.mark.parametrize("kind", step_kinds())
def test_every_kind_has_a_form_for_a_table(penguins, kind):
    specs = step_fields(kind, penguins)
    assert [spec.name for spec in specs] == [each.name for each in dataclasses.fields(kind)]
    assert all(spec.label for spec in specs)
    assert len(step_title(kind)) > 8
    for spec in specs:
        if spec.name in {"columns", "column", "left", "right", "other", "using"}:
            assert spec.kind in {"choice", "choices"}
            assert set(spec.choices) <= set(penguins.frame.columns)


def test_a_form_offers_what_would_do_and_its_answer_is_checked(penguins):
    columns, *_rest = step_fields(ScaleColumns, penguins)
    assert columns.choices == (*NUMBERS, "year")
    step = make_step(ScaleColumns, {"columns": ["body_mass"], "method": "robust"}, penguins)
    assert step == ScaleColumns(("body_mass",), "robust")
    for values, words in (
        ({"columns": ["sex"]}, "must be one of"),
        ({"columns": ["body_mass"], "method": "big"}, "must be one of"),
        ({"columns": ["body_mass"], "size": 3}, "unknown settings size"),
    ):
        with pytest.raises(RecipeError, match=words):
            make_step(ScaleColumns, values, penguins)
    with pytest.raises(DataError, match="no column of made would do"):
        step_fields(ScaleColumns, make_table(g=pd.Series(["a"], dtype=object)))


def test_a_filling_does_not_look_at_the_target(penguins):
    frame = penguins.frame.drop(columns="species").assign(answer=penguins.frame["bill_length"])
    kinds = {name: penguins.kinds.get(name, "number") for name in frame}
    table = dataclasses.replace(penguins, frame=frame, kinds=kinds, target="answer")
    blind = apply_step(table, FillIteratively(("body_mass",)))
    other = dataclasses.replace(table, frame=frame.assign(answer=0.0 + np.arange(len(frame))))
    assert digest_frame(blind.frame[["body_mass"]]) == digest_frame(
        apply_step(other, FillIteratively(("body_mass",))).frame[["body_mass"]]
    )
