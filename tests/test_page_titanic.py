"""The Titanic page draws what core computes: cleaning, comparison, one passenger as the form moves, and reasons."""

from functools import partial

import numpy as np
import pytest

from core.datasets.catalogue import load_table
from core.datasets.fit import check_fit
from core.datasets.reading import read_table
from core.hub.artifacts import load_artifact
from core.hub.errors import DataError
from core.hub.registry import find_project
from core.tabular import titanic as project
from core.tabular.titanic.cleaning import list_repairs
from core.tabular.titanic.passengers import SYNONYMS, read_passengers
from pages.kit.attribution import write_share
from pages.kit.passengers import read_form, write_form
from pages.kit.pipeline import find_steps, list_learnt
from tests import apps
from tests.apps import check, choose_view, count_charts, figures, find, find_frame, finish_job, plain, words

SLUG = "titanic"
open_page = partial(apps.open_page, SLUG)
FAST = project.Recipe(models=("logistic regression",), n_folds=3)
PROBABILITY = "Probability of having lived"
HEADER = "passenger class;full name;gender;age years;SibSp;Parch;ticket no;fare;cabin;port;Survived"
NAMES = (("Ängström, Mrs. Élise", "female"), ("Müller, Mr. Jörg", "male"), ("Núñez, Miss. Ana", "female"))


def make_upload(n_rows: int = 150, survived: str = "") -> bytes:
    rows = [
        f"{1 + n % 3};{name};{sex};{1 + n * 7 % 60},5;{n % 2};0;A{n // 2};{7 + n % 50},25;"
        f"{'C23' if n % 5 == 0 else ''};{'SCQ'[n % 3]};{survived or int((sex == 'female') != (n % 7 == 0))}"
        for n in range(n_rows)
        for name, sex in [NAMES[n * 5 % 3 if n % 4 else 1]]
    ]
    return "\r\n".join([HEADER, *rows]).encode("cp1252")


def find_more(app):
    return next(each for each in app.segmented_control if "Features made" in each.options)


@pytest.fixture(scope="module")
def shipped() -> project.Model:
    return project.load_model(load_artifact(SLUG).folder / "weights")


def test_the_cleaning_is_shown_as_it_was_counted():
    app = open_page()
    table = load_table(SLUG)
    repairs = list_repairs(table, read_passengers(table))
    assert figures(app)["Findings"] == str(len(repairs))
    assert figures(app)["Rows dropped"] == "0"
    shown = app.table[1].value  # the first tells the source
    assert shown["What was wrong"].map(plain).tolist() == repairs["found"].tolist()
    assert shown["Rows"].tolist() == [f"{n:,}" for n in repairs["rows"]]


def test_made_columns_stand_beside_the_raw_ones():
    app = choose_view(open_page(), "Made columns")
    raw, made = (table.value for table in app.table[1:3])
    assert "Braund, Mr. Owen Harris" in plain(raw.to_string())
    assert "**3.625** :gray[:small[from fare 7.25, sibsp 1, parch 0]]" in plain(made.to_string())
    assert count_charts(app) == 1


def test_the_sex_only_rule_stands_in_the_leaderboard_and_is_tested_against(shipped):
    app = open_page("Train & compare")
    models = find_frame(app, "Model", "Verdict")["Model"].tolist()
    assert models == [row.model + " (baseline)" * row.is_baseline for row in shipped.leaderboard]
    assert shipped.reason in words(app)
    assert plain(shipped.deployed) in words(app)
    assert "Random forest has the best accuracy" in words(app)
    assert "logistic regression, best overall" in words(app)
    app = choose_view(app, "Sex-only rule")
    frame = find_frame(app, "Alone right")
    assert frame["Alone right"].tolist() == shipped.against_sex["only_model"].tolist()
    assert all(plain(sentence) in words(app) for sentence in shipped.against_sex["sentence"])


def test_three_ways_of_scoring_stand_side_by_side_with_the_reason(shipped):
    app = choose_view(open_page("Train & compare"), "Folds, tickets, held-out")
    frame = find_frame(app, "random folds", "folds of tickets", "held-out rows")
    first = frame.iloc[0]
    assert first["random folds"].startswith(f"{shipped.folds.accuracy[shipped.best].mean():.3f} ")
    assert first["held-out rows"].startswith(f"{shipped.right[shipped.best].mean():.3f} ")
    assert all(sentence in words(app) for sentence in shipped.gap)
    shuffled = [shipped.studies.shuffled.scores["balanced_accuracy"][name].mean() for name in shipped.recipe.models]
    assert f"balanced accuracy {min(shuffled):.3f} to {max(shuffled):.3f}, within 0.45 to 0.55" in words(app)


def test_the_pipeline_is_drawn_from_the_fitted_one(shipped):
    app = choose_view(open_page("Train & compare"), "Pipeline")
    (drawn,) = app.get("graphviz_chart")
    preparation, last = find_steps(shipped.pipelines[shipped.best])
    assert last in drawn.proto.spec
    learnt = find_frame(app, "Learnt")
    assert learnt.equals(list_learnt(preparation))
    median = shipped.rows["age"].median()
    assert f"fills and flags a gap with {median:g}" in learnt.set_index("Column").loc["age", "Learnt"]


def test_the_grid_and_imbalance_are_the_studies_of_the_run(shipped):
    app = choose_view(open_page("Train & compare"), "Grid search")
    assert shipped.studies.grids[0].sentence in words(app)
    app = choose_view(app, "Imbalance")
    assert project.describe_remedies(shipped.studies.remedies, shipped.best) in words(app)
    assert find_frame(app, "Remedy")["Remedy"].tolist() == ["none", "class weights", "threshold"]


def test_a_changed_passenger_moves_probability_and_reasons(shipped):
    app = open_page("Try it")
    case = read_form(write_form(read_passengers(load_table(SLUG)).iloc[891]))
    assert figures(app)[PROBABILITY] == write_share(project.predict_case(shipped, case).probabilities["Yes"])
    held = next(row for row in shipped.scores if row.metric == "coverage_90" and row.model == shipped.best)
    assert f"of the 418 held-out passengers they held it for {held.value:.1%}" in words(app)
    assert "nine cases of ten" not in words(app)
    check(find(app.slider, "Age (years)").set_value(4.0).run())
    answer = project.predict_case(shipped, case | {"age": 4.0})
    assert figures(app)[PROBABILITY] == write_share(answer.probabilities["Yes"])
    first = answer.reasons[0]
    assert f"most, by {write_share(abs(first.effect))}" in words(app)
    assert "age is not known" not in words(app)
    check(find(app.toggle, "Age is not known").set_value(True).run())
    unknown = project.predict_case(shipped, case | {"age": None})
    assert figures(app)[PROBABILITY] == write_share(unknown.probabilities["Yes"])
    assert unknown.details["notes"][0] in words(app)


def test_a_passenger_unlike_any_is_refused_and_a_blank_name_is_named():
    app = open_page("Try it")
    check(find(app.number_input, "Parents and children aboard, typed").set_value(20).run())
    assert any("unlike any that was learnt from" in plain(each.value) for each in app.warning)
    assert PROBABILITY not in figures(app)
    app = find(app.text_input, "Name").set_value("").run()
    assert [plain(error.value) for error in app.error] == ["name is missing; give it a text"]


def test_what_would_turn_an_answer_and_what_is_made_of_a_passenger():
    app = open_page("Try it")
    app = check(find_more(app).set_value("What would turn it").run())
    assert count_charts(app) == 2
    app = check(find_more(app).set_value("Features made").run())
    assert find_frame(app, "Made column").set_index("Made column").loc["title", "Value"] == "Mr"
    assert "curl -s http://localhost:8000/v1/titanic/predict" in " ".join(each.value for each in app.code)


def test_explanations_stand_side_by_side_and_are_put_to_the_test(shipped):
    found = shipped.studies.explanations
    app = open_page("Explain")
    assert count_charts(app) == len(found.found) + 1
    assert f"Row {shipped.held_out.ids[found.places[0]] + 1} · " in find(app.selectbox, "Case").options[0]
    assert "each against 30 training rows of its own draw" in words(app)
    app = choose_view(app, "Can reasons be believed?")
    assert figures(app)["SHAP misses the answer by at most"] == f"{found.additivity:.0e}"
    assert found.additivity <= 1e-6
    assert found.exactness <= 0.02
    frame = find_frame(app, "Methods", "Rank")
    np.testing.assert_allclose(frame["Largest gap"], [each.largest for each in found.agreements])


def test_the_registry_knows_the_other_names_of_every_column():
    needs = find_project(SLUG).needs
    assert dict(zip(needs.columns, needs.synonyms, strict=True)) == dict(SYNONYMS)


def test_an_upload_under_other_names_is_trained_explained_and_found_again():
    table = read_table(make_upload(), "liste.csv").table
    fit = check_fit(table, find_project(SLUG).needs)
    assert fit.ok, fit.reason
    job = finish_job("core.tabular.titanic:run_job", FAST, table.with_target(fit.target), SLUG)
    app = open_page("Try it", **{f"{SLUG}_job": job.id})
    model = project.open_result(job.folder).model
    assert PROBABILITY in figures(app)
    app = open_page("Explain", **{f"{SLUG}_job": job.id})
    assert count_charts(app) == 2
    app = choose_view(app, "Can reasons be believed?")
    assert "this run was explained by fewer" in words(app)
    app = open_page("Train & compare", **{f"{SLUG}_job": job.id})
    assert model.best == "logistic regression"
    app = choose_view(app, "Grid search")
    assert "No settings were searched in this run." in words(app)


def test_bad_tables_are_named_in_a_sentence():
    needs = find_project(SLUG).needs
    one_class = read_table(make_upload(survived="1"), "one.csv").table
    assert check_fit(one_class, needs).reason.startswith("Survived has the single class '1'; 2 are needed")
    text = read_table(make_upload().replace(b";8,5;", b";eight;"), "text.csv").table
    with pytest.raises(DataError, match=r"age is 'eight' in row 2; it must be a number from 0 to 120, or empty"):
        read_passengers(text)
    without = read_table(make_upload().replace(b"gender", b"colour"), "without.csv").table
    assert check_fit(without, needs).reason == "it lacks 1 column (sex); rename or add what matches"
