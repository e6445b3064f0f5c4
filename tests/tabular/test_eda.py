"""The project: loading any table, looking it over, judging rows, storing and reporting."""

import json
import math
from dataclasses import replace
from typing import ClassVar

import numpy as np
import pandas as pd
import pytest

from core.datasets.alerts import find_alerts
from core.datasets.catalogue import load_table
from core.datasets.reading import read_table
from core.datasets.table import Table, table_to_files
from core.hub.artifacts import load_artifact, load_scores
from core.hub.errors import ArtifactError, DataError, RecipeError
from core.tabular import eda as project
from core.tabular.eda import planted, training
from core.tabular.eda.planted import PlantedTest, find_seed, measure_finds
from core.tabular.eda.schema import measure_column

HOSTILE = ('=HYPERLINK("http://x")', "<script>alert(1)</script>", "$\\alpha_{%s}$ {0}", "p_value", "row", "a" * 300)


@pytest.fixture(scope="module")
def trained():
    recipe = project.RECIPES["quick"]
    data = project.load(recipe)
    return project.train(recipe, data), data


@pytest.fixture
def no_planting(monkeypatch):
    """Take a small fixed count for the planted test, where it is not what is tested."""
    counts = np.tile([4, 4, 0, 2], (25, 1))
    kinds = np.tile([5, 5, 0, 2], (20, 1))
    fixed = PlantedTest({"claims": counts, "alerts": counts // 2}, {"claims": kinds, "alerts": kinds // 2})
    monkeypatch.setattr(training, "run_test", lambda _recipe, _advance: fixed)


def make_table(n_rows: int = 120, **columns: object) -> Table:
    rng = np.random.default_rng(0)
    area, port = rng.normal(100, 20, n_rows), np.array(list("SCQ"), dtype=object)[rng.integers(0, 3, n_rows)]
    frame = pd.DataFrame({"area": area, "port": port, "price": 3 * area + rng.normal(0, 5, n_rows), **columns})
    kinds = {name: "number" if frame[name].dtype.kind in "fi" else "category" for name in frame}
    kinds |= {name: "date" for name in frame if frame[name].dtype.kind == "M"}
    return Table(frame, "homes.csv", "upload", "0" * 64, kinds)


def look_over(table: Table, **settings: object) -> project.Model:
    recipe = project.Recipe(**settings)
    return project.train(recipe, project.load(recipe, table))


def test_claims_beat_the_alerts_on_the_same_planted_tables(trained):
    model, data = trained
    found = project.evaluate(model, data)
    rows = {(row.model, row.metric): row for row in found if row.split == "planted_defects"}
    assert rows["claims", "recall"].value >= 0.9
    assert rows["claims", "precision"].value >= 0.8
    assert rows["claims", "f1"].value > rows["claims", "f1"].baseline_value + 0.3
    assert rows["claims", "f1"].low > rows["alerts", "f1"].high
    assert model.unbeaten == ""
    others = {(row.model, row.metric): row for row in found if row.split == "planted_held_out"}
    assert others.keys() == rows.keys()
    assert others["claims", "recall"].value >= 0.85
    assert others["claims", "precision"].value >= 0.75
    assert others["claims", "f1"].low > others["alerts", "f1"].high
    best, other = model.leaderboard
    assert (best.model, best.beats_baseline, other.verdict) == ("claims", True, "worse")
    assert other.sentence.startswith("alerts: F1 is 0.")


def test_excused_answers_stand_beside_the_score(trained):
    model, data = trained
    rows = {(row.model, row.metric): row for row in project.evaluate(model, data) if row.split == "planted_defects"}
    strict, lenient = rows["claims", "strict_precision"], rows["claims", "precision"]
    n_excused = int(model.planted.tables["claims"][:, 3].sum())
    assert strict.n - lenient.n == n_excused == project.list_kinds(model)["excused"].sum() > 0
    assert strict.value == pytest.approx(lenient.value * lenient.n / strict.n)
    assert "strict_precision" in " ".join(project.CARD.limits)


def test_planted_tables_are_searched_at_the_level_of_the_recipe(monkeypatch):
    levels = []
    monkeypatch.setattr(planted, "SEARCHERS", {"claims": lambda _table, level: levels.append(level) or ()})
    counts = planted.run_test(project.Recipe(level=0.2), lambda _metrics: None)
    assert set(levels) == {0.2}
    assert len(levels) == planted.count_tables(project.Recipe()) + 8
    assert counts.tables["claims"].shape == (25, 4)
    assert counts.others["claims"].shape == (15, 4)


def test_f1_is_scikit_learns():
    from sklearn.metrics import f1_score, precision_score, recall_score

    truth = np.repeat([1, 1, 0], [7, 3, 4])
    named = np.repeat([1, 0, 1], [7, 3, 4])
    ours = {name: float(value[0]) for name, value in measure_finds(np.array([[6, 4, 1], [4, 3, 3]])).items()}
    assert ours.pop("strict_precision") == ours["precision"]
    theirs = {"f1": f1_score, "precision": precision_score, "recall": recall_score}
    assert ours == pytest.approx({name: score(truth, named) for name, score in theirs.items()})


def test_planting_seeds_are_none_of_those_that_thresholds_were_chosen_with():
    recipes = [project.Recipe(seed=seed, rounds=10) for seed in range(4)]
    seeds = [find_seed(recipe, place) + shift for recipe in recipes for place in range(10) for shift in (0, 1)]
    assert min(seeds) >= 1_000
    assert len(set(seeds)) == len(seeds)


def test_alerts_are_named_in_the_words_of_the_defects():
    table = make_table(same=np.full(120, 3.0))
    table = replace(
        table, frame=table.frame.assign(again=table.frame["area"]), kinds={**table.kinds, "again": "number"}
    )
    named = {truth.kind: truth.columns for truth in planted.name_alerts(table)}
    assert named["constant"] == ("same",)
    assert set(named["scaled_copy"]) == {"area", "again"}
    assert {alert.kind for alert in find_alerts(table)} >= {"constant", "duplicate_columns"}


def test_a_search_that_finds_no_more_says_so(trained):
    model, _ = trained
    level = dict.fromkeys(model.planted.tables, model.planted.tables["alerts"])
    even = replace(model, planted=PlantedTest(level, model.planted.kinds))
    assert even.unbeaten == "The claims do not measurably beat the alerts on planted defects (F1 +0.000)."
    assert [row.beats_baseline for row in even.leaderboard] == [False, False]
    assert even.leaderboard[1].verdict == "not distinguishable from best"
    behind = dict(zip(level, reversed(model.planted.tables.values()), strict=True))
    assert replace(model, planted=PlantedTest(behind, model.planted.kinds)).leaderboard[0].model == "alerts"


def test_the_leaks_of_the_titanic_are_claimed_and_judge_no_row(trained):
    model, _ = trained
    late = {claim.columns[0] for claim in model.claims if claim.kind == "time_travel"}
    assert late == {"boat", "body"}
    assert model.schema.names == ["pclass", "sex", "age", "sibsp", "parch", "fare", "embarked"]
    assert "Rows are not judged by boat: it was probably written down after the outcome." in model.notes


@pytest.mark.usefixtures("no_planting")
def test_the_same_seed_gives_the_same_model():
    first, second = (look_over(make_table(), seed=3) for _ in range(2))
    assert first.claims == second.claims
    assert first.scores == second.scores
    assert np.array_equal(first.ids, second.ids)
    assert not np.array_equal(first.ids, look_over(make_table(), seed=4).ids)


@pytest.mark.usefixtures("no_planting")
def test_a_level_is_handed_on():
    recipe = project.Recipe(level=0.001)
    strict, lax = (project.train(each, project.load(each)) for each in (recipe, replace(recipe, level=0.2)))
    assert max(claim.q for claim in strict.claims if claim.q is not None) <= 0.001
    assert 0.001 < max(claim.q for claim in lax.claims if claim.q is not None) <= 0.2


def test_usual_rows_are_called_so_as_often_as_promised(trained):
    model, data = trained
    row = next(row for row in project.evaluate(model, data) if row.metric == "coverage_99")
    assert row.low <= 0.99 <= row.high
    rng = np.random.default_rng(0)
    kinds = dict.fromkeys("abc", "number")
    clean = Table(pd.DataFrame(rng.normal(size=(2_000, 3)), columns=list("abc")), "t", "upload", "1" * 64, kinds)
    x = project.load(project.Recipe(), clean)
    found = project.predict_table(replace(model, **learn(x)), clean)
    assert found["p_value"].mean() == pytest.approx(0.5, abs=0.02)
    assert (found["row_answer"] == "unusual").mean() == pytest.approx(0.01, abs=0.005)


def learn(data: project.Data) -> dict[str, object]:
    """Learn what the rows of a table are judged by, without a search."""
    schema, _ = training.make_schema(data.table, data.train, ())
    ids, novelty = training._learn_rows(data, schema)
    source = training._describe_source(data)
    return {"schema": schema, "ids": ids, "novelty": novelty, "source": source}


def test_a_row_that_was_learnt_from_does_not_vouch_for_itself(trained):
    model, data = trained
    table = data.table
    own = project.predict_table(model, table)["p_value"].to_numpy()
    lone = int(model.ids[np.argmin(own[model.ids])])
    strangers = replace(table, sha256="2" * 64)
    assert own[lone] <= project.predict_table(model, strangers)["p_value"][lone]


def test_a_passenger_far_outside_is_unusual_and_says_where(trained):
    model, _ = trained
    usual = project.predict(model, project.Inputs())
    assert (usual.answer, usual.reasons) == ("ordinary", ())
    odd = project.predict(model, project.Inputs(fare=900.0, sibsp=15))
    assert odd.answer == "unusual"
    assert odd.details["p_value"] <= odd.details["limit"] == 0.01
    assert {reason.name for reason in odd.reasons} == {"fare", "sibsp"}
    fares = load_table("titanic").numbers("fare")[model.ids]
    first, middle, third = np.nanquantile(fares, [0.25, 0.5, 0.75])
    fare = next(reason for reason in odd.reasons if reason.name == "fare")
    assert fare.effect == pytest.approx((900 - middle) / ((third - first) / 1.349))
    assert fare.unit == "robust z"


def test_farther_out_is_never_more_usual(trained):
    model, _ = trained
    p_values = [project.predict(model, project.Inputs(fare=fare)).details["p_value"] for fare in (40, 200, 500, 1_000)]
    assert p_values == sorted(p_values, reverse=True)


def test_a_level_that_was_never_seen_is_odd(trained):
    model, _ = trained
    found = project.predict_case(model, {"embarked": "Atlantis", "fare": 8.0, "pclass": "3"})
    assert [(reason.name, reason.value, reason.unit) for reason in found.reasons] == [("embarked", "Atlantis", "bits")]
    assert found.details["not_judged"] == ("sex", "age", "sibsp", "parch")
    assert found.details["notes"][1] == "Not judged, as no value is given: sex, age, sibsp, parch."


@pytest.mark.usefixtures("no_planting")
def test_what_cannot_be_judged_is_refused(trained):
    model, _ = trained
    empty = project.predict_case(model, {"age": None, "sex": "  ", "fare": float("nan")})
    assert empty.answer is None
    assert empty.refused.startswith("no value is given")
    with pytest.raises(DataError, match="fare is 'much'; give it a number"):
        project.predict_case(model, {"fare": "much"})
    few = look_over(make_table(12))
    assert few.novelty is None
    assert few.notes[0] == "The table has 12 rows; from 20 on single rows are judged too."
    assert project.predict_case(few, {"area": 3.0}).refused.startswith("nothing of a row can be judged")
    assert project.predict_table(few, make_table(12))["p_value"].isna().all()


@pytest.mark.usefixtures("no_planting")
def test_huge_numbers_are_judged_without_overflow():
    model = look_over(make_table(huge=np.random.default_rng(2).normal(size=120) * 1e300))
    assert "huge" in model.schema.names
    found = project.predict_case(model, {"area": 1e305, "huge": -1e308})
    assert found.answer == "unusual"
    assert math.isfinite(found.reasons[0].effect)


@pytest.mark.usefixtures("no_planting")
@pytest.mark.parametrize("kind", ["text", "ignore"])
def test_a_table_without_a_column_to_judge_by_is_searched_all_the_same(tmp_path, kind):
    frame = pd.DataFrame({"a": [f"{n} words here" for n in range(40)]}, dtype=object)
    result = run_table(Table(frame, "notes", "upload", "4" * 64, {"a": kind}), tmp_path)
    assert result.model.novelty is None
    assert "unusual_rows.csv" not in result.files
    assert {"report.pdf", "claims.csv"} <= set(result.files)


def test_a_column_is_measured_as_numpy_does():
    values = pd.Series([1.0, 2.0, 4.0, 8.0, np.nan, np.inf], name="x")
    column = measure_column(values, "number")
    known = np.array([1.0, 2.0, 4.0, 8.0])
    assert (column.first, column.median, column.third) == tuple(np.quantile(known, [0.25, 0.5, 0.75]))
    assert (column.mean, column.deviation) == (known.mean(), known.std())
    assert column.whole
    assert measure_column(pd.Series([3.0, 3.0, np.nan], name="x"), "number") is None


@pytest.mark.parametrize(
    ("table", "recipe", "words"),
    [
        (make_table(0), {}, "homes.csv has 0 rows and 3 columns; give it at least 1"),
        (make_table(120, **{f"c{n}": np.zeros(120) for n in range(200)}), {}, "203 columns; it must have at most"),
        (make_table(), {"target": "prize"}, "there is no column 'prize'"),
    ],
)
def test_a_table_that_cannot_be_looked_over_is_refused(table, recipe, words):
    with pytest.raises(DataError, match=words):
        project.load(project.Recipe(**recipe), table)


def test_a_bad_recipe_is_refused():
    for values in ({"level": 0.5}, {"rounds": 0}, {"seed": -1}):
        with pytest.raises(RecipeError, match=next(iter(values))):
            project.load(project.Recipe(**values))


def test_rows_that_were_learnt_from_cannot_score(trained):
    model, _ = trained
    with pytest.raises(DataError, match="these test rows were trained on"):
        project.evaluate(model, project.load(replace(model.recipe, seed=1)))


@pytest.mark.usefixtures("no_planting")
def test_hostile_names_and_cells_are_data(tmp_path):
    rng = np.random.default_rng(1)
    frame = pd.DataFrame({name: rng.normal(size=60) for name in HOSTILE[:5]})
    frame[HOSTILE[5]] = np.array(["=1+1", "<b>", "\u202e", "@x", None, "$x$"], dtype=object)[rng.integers(0, 6, 60)]
    frame.loc[7, HOSTILE[0]] = 1e9
    kinds = dict.fromkeys(frame.columns, "number") | {HOSTILE[5]: "category"}
    table = Table(frame, "<img src=x>\n=cmd", "upload", "3" * 64, kinds)
    outputs = run_table(table, tmp_path)
    for name in ("claims.csv", "summary.csv", "unusual_rows.csv"):
        lines = outputs.files[name].read_bytes().decode().split("\r\n")
        assert not any(line.startswith(("=", "@", "+", '"=', '"@')) for line in lines), name
    report = json.loads(outputs.files["report.json"].read_bytes())
    assert report["table"]["columns"] == 6
    unusual = project.list_unusual(outputs.model, table)
    assert unusual["row (number)"][0] == 8
    assert project.describe_command(outputs.model).endswith("--table table.parquet")


def run_table(table: Table, place, recipe: project.Recipe | None = None) -> project.Result:
    """Run the job for a table and open what it left."""

    class Context:
        inputs, outputs = place / "in", place / "out"
        lines: ClassVar[list[str]] = []

        def on_step(self, *_step):
            return None

        def log(self, text):
            self.lines.append(text)

    for folder in (Context.inputs, Context.outputs):
        folder.mkdir()
    for name, content in table_to_files(table).items():
        (Context.inputs / name).write_bytes(content)
    summary = project.run_job(recipe or project.Recipe(), Context())
    result = project.open_result(Context.outputs)
    assert summary["n_claims"] == len(result.model.claims)
    assert summary["best"] == result.model.best
    assert Context.lines
    return result


@pytest.mark.usefixtures("no_planting")
def test_a_job_leaves_what_the_page_opens(tmp_path):
    day = pd.Series(pd.date_range("2020-01-01", periods=120))
    table = make_table(day=day).with_target("price")
    table.frame.loc[5, "area"] = 9_000.0
    result = run_table(table, tmp_path, project.Recipe(level=0.01))
    assert set(result.files) == set(project.DOWNLOADS)
    assert result.files["report.pdf"].read_bytes().startswith(b"%PDF-")
    claims = pd.read_csv(result.files["claims.csv"])
    assert claims["sentence"].tolist() == [claim.sentence for claim in result.model.claims]
    assert pd.read_csv(result.files["unusual_rows.csv"])["row"][0] == 6
    again = read_table(result.files["table.parquet"].read_bytes(), "table.parquet").table.with_target("price")
    assert look_over(again, level=0.01).claims == result.model.claims
    assert result.leaderboard == result.model.leaderboard


def test_a_model_comes_back_from_its_files(trained, tmp_path):
    model, data = trained
    project.save_model(model, tmp_path / "model")
    again = project.load_model(tmp_path / "model")
    assert again.claims == model.claims
    assert again.schema == model.schema
    assert [replace(row, machine="") for row in again.scores] == list(model.scores)
    assert project.predict_table(again, data.table).equals(project.predict_table(model, data.table))
    assert project.list_kinds(again).equals(project.list_kinds(model))
    (tmp_path / "model" / "model.json").write_text("{}")
    with pytest.raises(ArtifactError, match="lacks a part"):
        project.load_model(tmp_path / "model")


def test_planted_counts_add_up(trained):
    model, _ = trained
    for name, tables in model.planted.tables.items():
        assert tables.sum(axis=0).tolist() == model.planted.kinds[name].sum(axis=0).tolist()
    kinds = project.list_kinds(model)
    assert (kinds["planted"] == 5).all()
    assert (kinds["found"] <= kinds["planted"]).all()


def test_the_report_is_the_same_again(trained):
    model, data = trained
    assert project.make_run_report(model, data.table).pdf == project.make_run_report(model, data.table).pdf


def test_the_shipped_model_holds_the_promise():
    shipped = project.load_model(load_artifact("eda").folder / "weights")
    rows = {(row.model, row.metric): row for row in load_scores("eda") if row.split == "planted_defects"}
    assert rows["claims", "recall"].low >= 0.9
    assert rows["claims", "precision"].low >= 0.8
    assert rows["claims", "recall"].n == 600
    assert shipped.schema.target == "survived"
    assert not math.isnan(project.predict(shipped, project.Inputs()).details["p_value"])
