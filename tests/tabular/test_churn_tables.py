"""Churn: other tables through the same door, leaks, copies, bad input, and the run as a job."""

import dataclasses

import numpy as np
import pandas as pd
import pytest

from core.datasets.catalogue import load_table
from core.datasets.table import Table
from core.hub.errors import DataError
from core.tabular import churn
from core.tabular._shared.equal_rows import number_rows
from core.tabular.churn.copies import make_clean_folds
from core.tabular.churn.data import load

FAST = churn.Recipe(models=("logistic regression",), with_smote=False, n_inner=2, n_folds=3)
BOOSTED = churn.Recipe(
    models=("gradient boosting",), with_smote=False, n_inner=2, boosting_depths=("6",), boosting_rate=0.06,
    boosting_rounds=120,
)  # fmt: skip


def take_telco(n_rows=1500, **columns):
    table = load_table("telco_churn")
    frame = table.frame.sample(n_rows, random_state=0).reset_index(drop=True)
    kinds = dict(table.kinds)
    for name, (values, kind) in columns.items():
        frame[name], kinds[name] = values(frame), kind
    return Table(frame, "mine", "upload", "mine", kinds, target="churn")


def train_on(table, recipe=FAST):
    return churn.train(recipe, load(recipe, table))


def test_the_second_table_goes_through_the_same_door():
    recipe = BOOSTED
    model = train_on(load_table("mlc_churn"), recipe)
    row = next(
        each for each in churn.evaluate(model, load(recipe, load_table("mlc_churn"))) if each.metric == "roc_auc"
    )
    assert row.value >= 0.92
    assert model.positive == "yes"
    assert model.groups == ()
    assert "above 0.87" in model.alarm
    assert "no single column explains it" in model.alarm


def test_the_second_table_is_the_published_one():
    frame = load_table("mlc_churn").frame
    assert frame["churn"].value_counts().to_dict() == {"no": 4293, "yes": 707}
    assert frame.isna().sum().sum() == 0
    # a charge is its minutes times a tariff
    for part, tariff in (("day", 0.17), ("eve", 0.085), ("night", 0.045), ("intl", 0.27)):
        gap = frame[f"total_{part}_charge"].astype(float) - tariff * frame[f"total_{part}_minutes"].astype(float)
        assert gap.abs().max() < 0.0051


def test_a_copy_of_the_target_raises_the_alarm():
    table = take_telco(copied=(lambda frame: np.where(frame["churn"] == "Yes", 1.0, 0.0), "number"))
    model = train_on(table)
    assert model.alarm.startswith("Leak alarm: logistic regression has a ROC area of 1.000, above 0.87")
    assert "copied alone has 1.000" in model.alarm
    assert model.notes[0] == model.alarm


@pytest.mark.parametrize(
    "write",
    [
        lambda left, rng: np.where(left, rng.integers(1, 90, len(left)), np.nan),
        lambda left, rng: np.where(left, 5.0, 10.0 * rng.integers(0, 2, len(left))) + rng.random(len(left)),
    ],
    ids=["only leavers have one", "leavers lie in the middle"],
)
def test_a_disguised_leak_is_named(write):
    def disguise(frame):
        return write(frame["churn"].eq("Yes").to_numpy(), np.random.default_rng(0))

    recipe = dataclasses.replace(BOOSTED, boosting_depths=("3",))
    model = train_on(take_telco(written=(disguise, "number")), recipe)
    assert "written alone has " in model.alarm
    assert "no single column" not in model.alarm


def test_levels_that_hardly_repeat_are_not_blamed():
    towns = (lambda frame: np.random.default_rng(0).integers(0, 300, len(frame)).astype(str).astype(object), "category")
    left = (lambda frame: frame["churn"].eq("Yes").to_numpy() ^ (np.arange(len(frame)) % 12 == 0), "category")
    model = train_on(take_telco(town=towns, gone=left))
    assert "town" in model.schema.names
    assert "gone alone has 0." in model.alarm


def test_the_one_rule_sees_a_number_of_two_values():
    rng = np.random.default_rng(0)
    flag = rng.permutation(np.repeat([0.0, 1.0], [900, 100]))
    left = np.where(rng.random(1000) < 0.1 + 0.7 * flag, "Yes", "No")
    frame = pd.DataFrame({"noise": rng.random(1000), "flag": flag, "churn": left})
    model = train_on(
        Table(frame, "t", "upload", "t", {"noise": "number", "flag": "number", "churn": "category"}, "churn")
    )
    assert model.fold_scores["roc_auc"][churn.RULE].mean() > 0.65


def test_no_alarm_without_a_leak():
    assert train_on(take_telco()).alarm == ""


def test_an_id_that_encodes_the_target_is_not_used():
    def number(frame):
        rank = frame["churn"].eq("Yes").to_numpy() * 10_000 + np.arange(len(frame))
        return [f"customer-{value:05d}" for value in rank]

    data = load(FAST, take_telco(customer_id=(number, "category")))
    assert "customer_id" not in data.schema.names
    assert any("customer_id" in note for note in data.notes)
    assert churn.train(FAST, data).alarm == ""


def test_a_numeric_id_that_encodes_the_target_is_not_used_or_raises_the_alarm():
    def number(frame):
        return frame["churn"].eq("Yes").to_numpy() * 10_000 + np.arange(len(frame))

    model = train_on(take_telco(customer_id=(number, "number")))
    assert "customer_id" not in model.schema.names or "customer_id alone has 1.000" in model.alarm


def test_a_table_written_twice_is_not_learnt_by_heart():
    once = load_table("telco_churn").frame.drop_duplicates().head(600)
    twice = pd.concat([once, once], ignore_index=True)
    table = Table(twice, "mine", "upload", "mine", load_table("telco_churn").kinds, target="churn")
    data = load(FAST, table)
    for fold in make_clean_folds(data.y, 3, 0, data.copies):
        assert not set(data.copies[fold.train]) & set(data.copies[fold.test])
    assert any("repeat the features of earlier ones; equal rows are kept in one fold" in note for note in data.notes)


def test_a_single_copy_is_left_out_of_training_and_folds_stay():
    frame = pd.DataFrame({"a": np.arange(300.0)})
    frame.loc[1, "a"] = 0.0
    y = np.tile([True, False], 150)
    folds = make_clean_folds(y, 5, 0, number_rows(frame))
    n_together = sum({0, 1} <= set(fold.test.tolist()) for fold in folds)
    assert sum(len(fold.train) for fold in folds) == 4 * 300 - 2 * (1 - n_together)
    for fold in folds:
        assert not ({0, 1} & set(fold.train.tolist()) and {0, 1} & set(fold.test.tolist()))
    assert sum(len(fold.test) for fold in folds) == 300


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"churn": "Yes"}, "churn holds the single class 'Yes'; it must hold 2"),
        ({"churn": [f"c{i % 3}" for i in range(1500)]}, "churn holds 3 classes; it must hold 2"),
        ({"churn": ["Yes"] * 5 + ["No"] * 1495}, "class 'Yes' of churn has 5 rows; at least 15"),
    ],
)
def test_a_target_that_cannot_tell_who_left_is_refused(change, sentence):
    table = take_telco()
    with pytest.raises(DataError, match=sentence):
        load(FAST, dataclasses.replace(table, frame=table.frame.assign(**change)))


def test_settings_that_do_not_fit_the_table_are_refused():
    with pytest.raises(DataError, match="positive is 'gone'; it must be one of the classes of churn, No or Yes"):
        load(dataclasses.replace(FAST, positive="gone"), take_telco())
    with pytest.raises(DataError, match="tenure cannot be a group; choose a category"):
        load(dataclasses.replace(FAST, groups="tenure"), take_telco())
    with pytest.raises(DataError, match="the table has 50 rows with a churn; at least 60"):
        load(FAST, take_telco(50))
    with pytest.raises(DataError, match="no churn column is chosen"):
        load(FAST, dataclasses.replace(take_telco(), target=None))


def test_the_counted_class_and_the_groups_are_the_ones_asked_for():
    recipe = dataclasses.replace(FAST, positive="No", groups="contract, partner")
    model = train_on(take_telco(), recipe)
    assert model.positive == "No"
    assert model.left.mean() > 0.6
    assert model.groups == ("contract", "partner")
    assert set(churn.judge_groups(model, churn.Costs(), "contract").rates["group"]) == {
        "Month-to-month", "One year", "Two year",
    }  # fmt: skip


def test_a_batch_with_other_names_and_text_in_numbers_is_answered_or_refused():
    model = train_on(take_telco())
    frame = load_table("telco_churn").frame.drop(columns="churn").head(5)
    kinds = {name: load_table("telco_churn").kinds[name] for name in frame}
    renamed = frame.rename(columns={"monthly_charges": "Monthly Charges ($)"})
    kinds_renamed = {
        ("Monthly Charges ($)" if name == "monthly_charges" else name): kind for name, kind in kinds.items()
    }
    first = churn.predict_table(model, Table(frame, "a", "upload", "", kinds))
    second = churn.predict_table(model, Table(renamed, "b", "upload", "", kinds_renamed))
    assert first["share of Yes"].tolist() == second["share of Yes"].tolist()
    with pytest.raises(DataError, match="the table lacks tenure"):
        churn.predict_table(model, Table(frame.drop(columns="tenure"), "c", "upload", "", kinds))
    texts, kinds = frame.assign(tenure="long"), {**kinds, "tenure": "category"}
    with pytest.raises(DataError, match="tenure holds no readable number; its first value is 'long'"):
        churn.predict_table(model, Table(texts, "d", "upload", "", kinds))


def test_another_table_of_the_same_columns_is_scored_whole():
    model = train_on(take_telco())
    rows = churn.evaluate(model, load(FAST, load_table("telco_churn")))
    area = next(row for row in rows if (row.metric, row.model) == ("roc_auc", model.best))
    assert (area.split, area.n) == ("test", 7043)
    assert area.value > 0.83


def test_gaps_and_a_date_go_through_the_whole_way():
    rng = np.random.default_rng(0)
    table = take_telco(
        400,
        joined=(lambda frame: pd.Timestamp("2020-01-01") + pd.to_timedelta(np.arange(len(frame)), "D"), "date"),
        score=(lambda frame: np.where(rng.random(len(frame)) < 0.3, np.nan, rng.random(len(frame))), "number"),
    )
    model = train_on(table)
    assert {"joined", "score"} <= set(model.schema.numbers)
    assert np.isfinite(model.ask(model.rows)).all()


class Context:
    def __init__(self, folder):
        self.inputs, self.outputs, self.said = folder / "in", folder / "out", []
        self.inputs.mkdir()
        self.outputs.mkdir()

    def on_step(self, step, total, _metrics):
        assert step <= total

    def log(self, text):
        self.said.append(text)


def test_a_job_leaves_what_the_page_opens(tmp_path):
    from core.datasets.table import table_to_files

    context = Context(tmp_path)
    for name, content in table_to_files(take_telco(600)).items():
        (context.inputs / name).write_bytes(content)
    summary = churn.run_job(FAST, context)
    result = churn.open_result(context.outputs)
    assert set(result.files) == set(churn.DOWNLOADS)
    assert summary["best"] == result.model.best == "logistic regression"
    assert summary["n_rows"] == len(pd.read_csv(result.files["predictions.csv"])) == 600
    assert pd.read_csv(result.files["contacts.csv"])["expected_profit"].is_monotonic_decreasing
    assert any("Best by cross-validation" in text for text in context.said)
