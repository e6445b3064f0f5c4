"""The data portfolio's page draws what core computes: stories, cleaning that can be undone, claims and single rows."""

from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest
from streamlit.testing.v1 import AppTest

from core.datasets.alerts import find_alerts
from core.datasets.catalogue import load_table
from core.datasets.reading import read_table
from core.hub.artifacts import load_artifact
from core.tabular import eda as project
from core.tabular.eda.associations import associate, association_chart
from core.tabular.eda.cleaning import DropMissingRows, History
from core.tabular.eda.cleaning.imputing import compare_imputations
from core.tabular.eda.cleaning.missing import study_missing
from core.tabular.eda.cleaning.outliers import compare_outliers
from core.tabular.eda.drawings import Plot, write_code
from core.tabular.eda.stories import STORIES, find_story, tell
from pages.kit import claims_report, stories
from tests import apps
from tests.apps import check, choose_view, count_charts, figures, find, find_frame, finish_job, press, upload, words

SLUG = "eda"
open_page = partial(apps.open_page, SLUG)
MESSY = b"plan;size;paid;left\r\n" + b"".join(
    f"{('*a*', 'Pro', 'pro')[n % 3]};{-999 if n % 20 == 0 else 20 + n * 7 % 50};{n * 3 % 97};{'yn'[n % 2]}\r\n".encode()
    for n in range(120)
)


@pytest.fixture(scope="module")
def shipped() -> project.Model:
    return project.load_model(load_artifact(SLUG).folder / "weights")


def test_the_page_opens_with_the_story_of_the_titanic():
    app, story = open_page(), find_story("titanic")
    findings = tell(story, load_table("titanic"))
    assert story.question in words(app)
    assert all(finding.sentence in words(app) for finding in findings)
    assert count_charts(app) == len(findings)
    assert figures(app)["Passengers"] == "1,309"


@pytest.mark.parametrize("story", STORIES[1:], ids=lambda story: story.slug)
def test_another_case_study_brings_its_table(story):
    app = open_page()
    row = find(app.segmented_control, "Case study")
    app = check(row.set_value(story.slug).run())
    assert app.selectbox(key=f"{SLUG}_data").value == story.table
    assert story.question in words(app)
    assert story.lesson in words(app)


def test_a_story_offers_its_report_made_once_for_both_files(monkeypatch):
    app, story, table = open_page(), find_story("iris"), load_table("iris")
    assert {"titanic_story.pdf", "titanic_story.json"} <= {each.label for each in app.get("download_button")}
    report, written = project.make_story_report(story, table), []

    def write(*of):
        written.append(of)
        return report

    monkeypatch.setattr(stories, "make_story_report", write)
    stories.load_report.clear()
    files = {each.file_name: each.data for each in stories.list_reports(story, table)}
    with ThreadPoolExecutor(2) as pressed:  # as the buttons do, outside of any page
        pdf, sidecar = (pressed.submit(files[f"iris_story.{ending}"]) for ending in ("pdf", "json"))
    assert (pdf.result(), sidecar.result()) == (report.pdf, report.to_json())
    assert written == [(story, table)]
    stories.load_report.clear()


def test_a_story_says_what_its_intervals_leave_out():
    assert "its interval takes the cut as given" in words(open_page())


def test_a_table_without_a_story_starts_with_its_charts():
    app = open_page(eda_data="Wines of three cultivars")
    view = find(app.segmented_control, "View")
    assert view.options[0] == "Charts"
    assert figures(app)["Rows"] == "178"


def test_the_associations_and_the_gaps_are_those_of_core():
    app, table = choose_view(open_page(), "Associations"), load_table("titanic")
    assert association_chart(associate(table, "mixed", clustered=True)).title in words(app)
    measure = find(app.segmented_control, "Measure")
    app = check(measure.set_value("kendall").run())
    assert association_chart(associate(table, "kendall", clustered=True)).title in words(app)
    app = choose_view(app, "Missing")
    for column in study_missing(table).columns:
        assert column.verdict.removeprefix(column.column).strip() in words(app)


def test_every_library_shows_the_code_of_its_picture():
    pytest.importorskip("seaborn")
    app, plot = choose_view(open_page(), "Charts"), Plot("histogram", ("age",), "survived")
    for library in ("seaborn", "matplotlib"):
        control = find(app.segmented_control, "Drawn by")
        app = check(control.set_value(library).run())
        assert app.code[0].value == write_code(plot, library).strip()
        assert "Picture (PNG)" in {button.label for button in app.get("download_button")}


def test_a_step_is_done_undone_and_done_again():
    app = press(open_page("Train & compare"), "Drop 3 columns")
    assert figures(app) | {"Columns": "11", "Steps": "1"} == figures(app)
    app = press(app, "Undo")
    assert figures(app) | {"Columns": "14", "Steps": "0"} == figures(app)
    assert figures(press(app, "Redo"))["Columns"] == "11"
    app = press(app, "Start over")
    assert figures(app)["Steps"] == "0"


def test_any_step_can_be_asked_for_by_its_form():
    app = open_page("Train & compare")
    menu = find(app.expander, "Another step")
    app.session_state[menu.key] = True
    app = check(app.run())
    kinds = find(app.selectbox, "Step")
    app = check(kinds.set_value("Drop rows with missing values").run())
    where = find(app.multiselect, "Missing in")
    app = check(where.set_value(["age"]).run())
    cleaned = History(load_table("titanic")).add(DropMissingRows(("age",))).replay()
    assert f"{1309 - len(cleaned.frame):,} of 1,309 rows went" in words(app)
    app = press(app, "Do this step")
    assert figures(app)["Rows"] == f"{len(cleaned.frame):,}"


def test_the_cleaned_table_is_handed_to_every_page_and_its_steps_stay():
    app = press(open_page("Train & compare"), "Drop 3 columns")
    app = press(app, "Use the cleaned table on every page")
    kept = app.session_state["hub_table"]
    assert kept.frame.shape == (1309, 11)
    assert kept.name == "Titanic passengers, cleaned"
    assert app.selectbox(key=f"{SLUG}_data").value == "yours"
    assert figures(app)["Steps"] == "1"
    assert figures(press(app, "Undo"))["Columns"] == "14"


def test_fillings_outliers_and_scales_are_compared():
    app, table = open_page("Train & compare"), load_table("titanic")
    app = choose_view(app, "Fill gaps")
    column = find(app.selectbox, "Column")
    app = press(check(column.set_value("fare").run()), "Compare the fillings")
    assert all(sentence in words(app) for sentence in compare_imputations(table, ("fare",)).sentences)
    app = choose_view(app, "Outliers")
    found = compare_outliers(table, ("age", "sibsp", "parch", "fare", "body"))
    assert figures(app)["Isolation forest"] == f"{int(found.found[2].rows.sum())} rows"
    assert found.sentence[1:] in words(app)
    app = choose_view(app, "Scaling")
    frame = find_frame(app, "skewness")
    assert frame["scale"].tolist() == ["as it is", "standard", "min-max", "robust", "power", "log1p"]


def test_the_shipped_report_is_there_without_a_click(shipped):
    app = choose_view(open_page("Train & compare"), "Report")
    assert figures(app)["Problems"] == str(sum(claim.severity == "problem" for claim in shipped.claims))
    assert shipped.claims[0].sentence in words(app)
    board = find_frame(app, "Searcher")
    assert board["Searcher"].tolist() == ["claims", "alerts (baseline)"]
    assert project.describe_command(shipped) in words(app)


def test_both_files_of_the_shipped_report_are_of_one_writing(shipped, monkeypatch):
    table, written = load_table("titanic"), []
    report = project.make_run_report(shipped, table)

    def write(*of):
        written.append(of)
        return report

    monkeypatch.setattr(project, "make_run_report", write)
    claims_report.load_report.clear()
    files = {each.file_name: each.data for each in claims_report._list_made(project, shipped, table, "{}")}
    with ThreadPoolExecutor(2) as pressed:  # as the buttons do, outside of any page
        pdf, sidecar = pressed.submit(files["report.pdf"]), pressed.submit(files["report.json"])
    assert (pdf.result(), sidecar.result()) == (report.pdf, report.to_json())
    assert written == [(shipped, table)]
    claims_report.load_report.clear()


def test_every_claim_is_argued_and_can_be_filtered(shipped):
    app = open_page("Explain")
    for claim in shipped.claims[:10]:
        assert claim.sentence in words(app)
    assert "Benjamini and Hochberg" in words(app)
    assert count_charts(app) == 1
    heavy = find(app.button_group, "Severity")
    app = check(heavy.set_value(["problem"]).run())
    assert all((claim.sentence in words(app)) == (claim.severity == "problem") for claim in shipped.claims[:10])


def test_a_row_of_the_table_is_judged_as_core_judges_it(shipped):
    table = load_table("titanic")
    unusual = project.list_unusual(shipped, table)
    place = int(next(row for row in unusual["row"] if row - 1 in set(shipped.test_ids.tolist())))
    app = open_page("Try it")
    assert "Ordinary" in words(app)
    rows = find(app.number_input, "Row of the table")
    app = check(rows.set_value(place).run())
    found = project.predict_case(shipped, table.frame.iloc[place - 1].to_dict())
    assert found.answer == "unusual"
    assert "Unusual" in words(app)
    assert all(f"{reason.name} = {reason.value}" in words(app) for reason in found.reasons)


def test_an_upload_is_searched_and_found_again():
    table = read_table(MESSY, "messy.csv").table.with_target("left")
    job = finish_job("core.tabular.eda:run_job", project.Recipe(), table, SLUG)
    app = choose_view(open_page("Train & compare", **{f"{SLUG}_job": job.id}), "Report")
    model = project.open_result(job.folder).model
    assert "messy.csv" in words(app)
    assert model.claims[0].sentence in words(app)
    assert "Outcome" in {each.label for each in app.selectbox}
    app = open_page("Try it", **{f"{SLUG}_job": job.id})
    assert {spec.name for spec in project.schema_fields(model)} <= {
        each.label for each in [*app.slider, *app.number_input, *app.selectbox, *app.segmented_control]
    }


def test_a_new_table_has_a_way_to_its_search_and_a_bad_file_changes_nothing():
    app = check(upload(open_page("Explain"), MESSY, "messy.csv"))
    assert "has not been searched for claims yet" in words(app)
    app = press(app, "Go to the search")
    assert "Search and report" in {button.label for button in app.button}
    app = upload(app, bytes(range(256)) * 40, "messy.csv")
    assert any("was not read" in error.value for error in app.error)
    assert app.session_state["hub_table"].name == "messy.csv"
    assert not app.exception


def test_forgetting_drops_the_steps():
    app = press(open_page("Train & compare"), "Drop 3 columns")
    assert "cleaning_works" in app.session_state

    def forget():
        from pages.kit.session import forget_all

        forget_all()

    forgetting = AppTest.from_function(forget, default_timeout=apps.DRAW_S)
    forgetting.session_state["cleaning_works"] = app.session_state["cleaning_works"]
    assert "cleaning_works" not in check(forgetting.run()).session_state


def test_the_outcome_stands_above_every_tab_and_colours_the_charts():
    app = check(upload(open_page("Explore"), MESSY, "messy.csv"))
    assert "Classes of left" not in figures(app)
    box = next(each for each in app.selectbox if each.label == "Outcome")
    app = check(box.set_value("left").run())
    assert figures(app)["Classes of left"] == "2"
    control = next(each for each in app.segmented_control if each.label == "Drawn by")
    app = check(control.set_value("matplotlib").run())
    assert next(each for each in app.selectbox if each.label == "By class").value == "left"
    assert "Outcome" not in {each.label for each in open_page("Explore").selectbox}


def test_the_code_of_a_picture_reads_the_table_that_stands_beside_it():
    app = check(upload(open_page("Explore"), MESSY, "messy.csv"))
    control = next(each for each in app.segmented_control if each.label == "Drawn by")
    app = check(control.set_value("matplotlib").run())
    assert "table.csv" in {button.label for button in app.get("download_button")}
    assert "pd.read_csv('table.csv', encoding=\"utf-8\"" in app.code[0].value


def test_a_run_is_called_a_search_and_every_open_warning_is_named():
    lines = [line + b";x" * (place % 3 == 1) for place, line in enumerate(MESSY.splitlines())]
    app = check(upload(open_page("Train & compare"), b"\n".join(lines), "messy.csv"))
    assert "Nothing stands out" not in words(app)
    assert "lines of the file" in words(app)
    app = choose_view(app, "Report")
    line = next(str(each.value) for each in app.markdown if "Open warnings" in str(each.value))
    alerts = find_alerts(app.session_state["hub_table"])
    n_open = sum(alert.severity != "note" for alert in alerts)
    assert f"Open warnings: {n_open}." in line
    assert line.count(";") == n_open - 1
