"""The workbench shows what was understood, mends it on request, and never loses good data to a bad file."""

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from core.datasets.alerts import find_alerts
from core.datasets.catalogue import find_entry, load_table
from core.datasets.fit import check_fit, find_targets
from core.datasets.fixes import apply_fix
from core.datasets.reading import Choices, read_table
from core.datasets.reading.reader import check_width
from core.hub import jobs
from core.hub.errors import DataError
from core.hub.jobs.selftest import Recipe
from core.hub.registry import find_built, find_project
from pages.kit import fits, provenance, understanding, uploads
from pages.kit.alerts_panel import ICONS, ORDER

GERMAN = "Straße;Größe (cm);Preis;Klasse\r\n" + "".join(
    f"Weg {n};{150 + n},5;{n}.{n:03d},25;{'groß' if n % 2 else 'klein'}\r\n" for n in range(1, 61)
)
MESSY = GERMAN.encode("cp1252")
FIRST = b"x,y\n" + b"".join(b"%d,%s\n" % (n, b"ab"[n % 2 : n % 2 + 1]) for n in range(40))


def workbench():
    from pages.kit.workbench import show_workbench

    show_workbench()


def open_workbench() -> AppTest:
    app = AppTest.from_function(workbench, default_timeout=60).run()
    assert not app.exception
    return app


def upload(app: AppTest, content: bytes, name: str = "mine.csv") -> AppTest:
    app.file_uploader[0].set_value((name, content, "text/csv")).run()
    assert not app.exception
    return app


def current(app: AppTest):
    return app.session_state["hub_table"]


def words(app: AppTest) -> str:
    parts = [*app.markdown, *app.caption, *app.error, *app.info, *app.success, *app.header]
    return " ".join(str(part.value) for part in parts).replace("\\", "").replace("\u2060", "")


def press(app: AppTest, label: str) -> AppTest:
    found = [button for button in app.button if button.label.replace("\\", "").replace("\u2060", "").startswith(label)]
    found[0].click().run()
    assert not app.exception
    return app


def test_an_empty_workbench_offers_a_sample_a_data_set_and_an_upload():
    app = open_workbench()
    assert "No table yet" in app.info[0].proto.title or "Choose one of the three" in words(app)
    assert "a run keeps a copy with its result for 24 hours or until you forget it" in words(app)
    assert [button.label for button in app.button] == ["Use the sample", "Use this one"]


def test_a_semicolon_separated_decimal_comma_cp1252_file_is_read_as_core_reads_it():
    app = upload(open_workbench(), MESSY)
    expected = read_table(MESSY, "mine.csv")
    pd.testing.assert_frame_equal(current(app).frame, expected.table.frame)
    pd.testing.assert_frame_equal(app.dataframe[0].value, expected.table.frame.head(10))
    assert current(app).frame["Größe (cm)"].iloc[0] == 151.5
    facts = words(app)
    assert expected.understanding.encoding in facts
    assert "semicolon" in facts
    assert "decimal comma" in facts


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b"", "empty.csv"),
        (b"a,b,c\n", "header.csv"),
        (b"\x00\x01\x02" * 50, "noise.csv"),
        (b"PK\x03\x04 no zip", "b.xlsx"),
        (b"size\n1\n2\n", "one.csv"),
        (b"a:b\n1:2\n3:4\n", "colon.csv"),
        (b"5", "value.json"),
        (b'{"a": 5}', "pair.json"),
        (b'[{"a": 1}, {"a": 2}]', "list.json"),
        (b"\x89PNG\r\n\x1a\n" + bytes(40), "picture.png"),
    ],
)
def test_a_bad_file_says_one_sentence_and_leaves_the_earlier_data(content, name):
    app = upload(open_workbench(), FIRST)
    before = current(app)
    app = upload(app, content, name)
    assert current(app) is before
    assert len(app.error) == 1
    start, end = f"**{name}** was not read: ", ". Your table **mine.csv** is unchanged."
    shown = app.error[0].value
    assert shown.startswith(start)
    assert shown.endswith(end)
    assert len(shown) > len(start + end) + 20
    assert ". " not in shown.removeprefix(start).removesuffix(end)
    assert "Traceback" not in words(app)


@pytest.mark.parametrize(
    ("content", "remedy"),
    [
        (b"size\n1\n2\n", "put a comma, semicolon or tab between the columns"),
        (b"a:b\n1:2\n3:4\n", "every line holds the sign : equally often, so put ; in its place"),
        (b'[{"a": 1}, {"a": 2}]', "add the columns that belong to it"),
    ],
)
def test_one_column_is_refused_with_what_to_do(content, remedy):
    name = "x.json" if content.startswith(b"[") else "x.csv"
    with pytest.raises(DataError, match=r"the file has one column \(.+\); at least 2 are needed: ") as refusal:
        check_width(read_table(content, name), content)
    assert str(refusal.value).endswith(remedy)
    check_width(read_table(FIRST, "x.csv"), FIRST)


def test_a_new_attempt_forgets_the_old_refusal_and_empties_the_box():
    app = upload(open_workbench(), b"", "empty.csv")
    assert app.error[0].value.startswith("**empty.csv** was not read: ")
    assert "unchanged" not in app.error[0].value  # there was no table
    box = app.file_uploader[0]
    assert box.value is None
    app = upload(app, b"a\n1\n", "one.csv")
    assert [each.value.startswith("**one.csv**") for each in app.error] == [True]
    app = upload(app, FIRST)
    assert not app.error
    assert app.file_uploader[0].key != box.key
    app = press(upload(app, b"", "empty.csv"), "Use the sample")
    assert not app.error


def test_the_refusal_stands_above_the_current_table():
    app = upload(upload(open_workbench(), FIRST), b"", "empty.csv")
    above = [type(each).__name__ for each in app.main if type(each).__name__ in {"Error", "Header"}]
    assert above == ["Error", "Header"]
    assert not [each for column in app.columns for each in column.error]  # so it is as wide as the page


def test_any_file_may_be_dropped_so_that_our_own_sentence_answers():
    app = upload(open_workbench(), b"%PDF-1.7 x", "paper.pdf")
    assert not app.file_uploader[0].proto.type
    assert app.error[0].value.startswith("**paper.pdf** was not read: ")


AMOUNTS = b"Klasse,Menge\n" + b"".join(
    b"%s,%s\n" % (b"ab"[n % 2 : n % 2 + 1], (b"1", b"2", b"3", b"k.A.", b"1")[n % 5]) for n in range(60)
)  # fmt: skip


def test_the_class_column_is_the_one_named_so_and_stays_across_fixes():
    app = upload(open_workbench(), AMOUNTS)
    assert current(app).target == "Klasse"
    app = press(app, "Drop")
    assert current(app).steps
    assert current(app).target == "Klasse"


def test_a_guessed_class_column_stays_across_fixes():
    rows = b"".join(b"%d.5,%s,%s\n" % (n, b"abc"[n % 3 : n % 3 + 1], b"uv"[n % 2 : n % 2 + 1]) for n in range(60))
    app = upload(open_workbench(), b"x,colour,shape\n" + rows + b"0.5,a,u\n")
    before = check_fit(current(app), find_project("iris").needs).target
    app = press(app, "Drop")
    assert current(app).target == before == "shape"


def test_the_class_column_is_chosen_where_the_pages_are():
    app = upload(open_workbench(), AMOUNTS)
    box = next(box for box in app.selectbox if box.label == "Class column, to be predicted")
    assert box.value == "Klasse"
    assert list(box.options) == list(find_targets(current(app)))
    box.select("Menge").run()
    assert not app.exception
    assert current(app).target == "Menge"
    assert check_fit(current(app), find_project("iris").needs).reason in words(app)
    app = press(app, "Drop")
    assert current(app).target == "Menge"


def test_what_is_said_of_a_file_is_true_of_its_format_and_of_the_table_now():
    app = upload(open_workbench(), b'[{"a": 1, "y": "u"}, {"a": 2, "y": "v"}, {"a": 2, "y": "v"}]', "t.json")
    assert "JSON · 3 rows × 2 columns" in words(app)
    assert "names in the first row" not in words(app)
    app = press(app, "Drop")
    assert "JSON · 2 rows × 2 columns, of 3 rows × 2 columns in the file" in words(app)
    assert provenance.write_size(1, 1) == "1 row × 1 column"
    read = read_table(b'[{"a": 1, "y": "u"}]', "t.json").understanding
    assert [spec.name for spec in understanding.find_specs(read)] == ["dates"]


def test_a_column_set_aside_is_marked_in_the_preview():
    app = upload(open_workbench(), FIRST)
    assert "set aside" not in app.dataframe[0].proto.columns
    key = next(key for key in app.session_state.to_dict() if key.startswith("kinds_"))
    app.session_state[key] = {"edited_rows": {0: {"kind": "Ignore"}}, "added_rows": [], "deleted_rows": []}
    app.run()
    assert current(app).kinds["x"] == "ignore"
    assert "x (set aside)" in app.dataframe[0].proto.columns


def test_few_other_encodings_are_offered_each_with_a_word():
    app = upload(open_workbench(), MESSY)
    labels = [button.label for button in app.button]
    assert any(label.startswith("They are right: ") and "ß" in label for label in labels)
    others = read_table(MESSY, "mine.csv").understanding.other_encodings
    assert 1 <= len(others) <= 3
    assert "gb18030" not in others
    for encoding in others:
        (label,) = [label for label in labels if label.startswith(f"{encoding}: ")]
        assert "ß" not in label


def test_a_line_with_many_cells_too_many_is_counted_to_its_end():
    def find_reason(line):
        return read_table(FIRST + line, "mine.csv").understanding.rejected[0].reason

    assert find_reason(b"1,2,3,4,5,6,7,8,9,10\n") == "10 cells where the table has 2"
    assert find_reason(b'1,"2,3",4\n') == "3 cells where the table has 2"
    assert find_reason(b"1,2,3" + b"," * 1000 + b"\n") == "more than 2 cells"


def test_the_sample_is_the_bundled_table_with_its_provenance():
    app = press(open_workbench(), "Use the sample")
    assert current(app).sha256 == load_table("iris").sha256
    shown = " ".join(str(table.value.to_dict()) for table in app.table)
    entry = find_entry("iris")
    assert entry.sha256 in shown
    assert "CC BY" in shown


def test_a_fix_is_the_one_of_core_and_can_be_undone():
    app = press(open_workbench(), "Use the sample")
    table = load_table("iris")
    alert = next(alert for alert in find_alerts(table) if alert.fix)
    app = press(app, alert.fix.label)
    pd.testing.assert_frame_equal(current(app).frame, apply_fix(table, alert.fix).frame)
    assert len(current(app).frame) == 149
    app = press(app, "Undo the last")
    pd.testing.assert_frame_equal(current(app).frame, table.frame)


def test_every_alert_of_core_is_shown_in_its_words():
    app = upload(open_workbench(), FIRST + b"39,b\n39,b\n-999,a\n")
    shown = words(app)
    for alert in find_alerts(current(app)):
        assert alert.sentence in shown
    assert set(ICONS) == set(ORDER)


def test_a_type_is_changed_in_the_grid_and_an_impossible_one_is_refused():
    app = upload(open_workbench(), FIRST)
    key = next(key for key in app.session_state.to_dict() if key.startswith("kinds_"))
    app.session_state[key] = {"edited_rows": {0: {"kind": "Category"}}, "added_rows": [], "deleted_rows": []}
    app.run()
    assert current(app).kinds["x"] == "category"
    key = next(key for key in app.session_state.to_dict() if key.startswith("kinds_") and key.endswith("_1"))
    app.session_state[key] = {"edited_rows": {1: {"kind": "Number"}}, "added_rows": [], "deleted_rows": []}
    app.run()
    assert not app.exception
    assert current(app).kinds["y"] == "category"
    assert "y" in app.error[0].value


def test_reading_again_with_other_choices_keeps_the_fixes_that_apply():
    app = upload(open_workbench(), FIRST + b"39,b\n39,b\n")
    app = press(app, "Drop")
    assert len(current(app).frame) == 40
    app.session_state[uploads.DRAFT] = app.session_state[uploads.DRAFT]

    def reread():
        from core.datasets.reading import Choices
        from pages.kit import uploads

        uploads.read_again(Choices(encoding="utf-8", decimal="point"))

    again = AppTest.from_function(reread, default_timeout=60)
    for key, value in app.session_state.to_dict().items():
        if key in {uploads.DRAFT, "hub_table"}:
            again.session_state[key] = value
    again.run()
    assert not again.exception
    assert len(again.session_state["hub_table"].frame) == 40


def test_days_and_months_are_asked_and_the_answer_is_read():
    content = b"day,y\n" + b"".join(
        b"%02d/%02d/2024,%s\n" % (n % 12 + 1, n % 11 + 1, b"ab"[n % 2 : n % 2 + 1]) for n in range(40)
    )
    app = upload(open_workbench(), content)
    assert "Day or month first?" in words(app)
    assert current(app).kinds["day"] != "date"
    app = press(app, "Day first")
    assert current(app).kinds["day"] == "date"
    expected = read_table(content, "mine.csv", Choices(dates="day first")).table.frame["day"]
    pd.testing.assert_series_equal(current(app).frame["day"], expected)
    assert "Day or month first?" not in words(app)


def test_lines_that_cannot_be_read_are_listed_with_number_and_reason():
    app = upload(open_workbench(), FIRST + b"1,2,3,4\n")
    rejected = read_table(FIRST + b"1,2,3,4\n", "mine.csv").understanding.rejected
    shown = next(table.value for table in app.dataframe if "Why" in table.value)
    assert shown["Line"].tolist() == [rejected[0].line]
    assert shown["Why"].tolist() == [rejected[0].reason]


def test_the_pages_that_fit_are_those_of_core_with_the_reason():
    app = press(open_workbench(), "Use the sample")
    fit = check_fit(load_table("iris"), find_project("iris").needs)
    assert fit.ok
    assert fit.reason in words(app)
    assert any(button.label == "Use it there" for button in app.button)


def test_a_page_that_a_table_does_not_fit_says_why():
    app = upload(open_workbench(), b"a,b\n" + b"".join(b"%d.5,%d.25\n" % (n, n * n) for n in range(15)))
    fit = check_fit(current(app), find_project("iris").needs)
    assert not fit.ok
    assert fit.reason in words(app)
    fitting = [each for each in find_built() if each.needs and check_fit(current(app), each.needs).ok]
    assert sum(button.label == "Use it there" for button in app.button) == len(fitting) < len(find_built())


def test_forgetting_removes_table_uploader_caches_and_jobs():
    app = upload(open_workbench(), FIRST)
    uploader, app.session_state["hub_session"] = app.file_uploader[0], "forget-me"
    job = jobs.submit("core.hub.jobs.selftest:count", Recipe(label="forget"), session="forget-me", page="iris")
    jobs.wait_job(job.id, 60)
    app = press(app, "Forget my data")
    assert "hub_table" not in app.session_state
    assert uploads.DRAFT not in app.session_state
    assert jobs.find_job(job.id) is None
    assert app.file_uploader[0].key != uploader.key
    assert app.file_uploader[0].value is None


def test_names_of_a_file_are_data_and_format_nothing():
    content = b"![x](http://evil.example/a.png),y\n" + b"".join(
        b"%d,%s\n" % (n, b"ab"[n % 2 : n % 2 + 1]) for n in range(40)
    )
    app = upload(open_workbench(), content, ":red[loud].csv")
    for element in [*app.markdown, *app.caption, *app.header, *app.subheader]:
        assert "![x](" not in element.value
        assert ":red[loud]" not in element.value


def test_only_the_choices_that_mean_something_are_offered():
    csv = read_table(FIRST, "mine.csv").understanding
    names = [spec.name for spec in understanding.find_specs(csv)]
    assert names == ["encoding", "delimiter", "decimal", "header", "dates"]


def test_changes_in_the_grid_are_found():
    shown = pd.DataFrame({"column": ["a", "b"], "kind": ["Number", "Text"]})
    edited = shown.assign(kind=["Number", "Auto"])
    assert understanding.find_changes(shown, edited) == {"b": "auto"}


def test_a_draft_is_a_function_of_its_parts():
    table = load_table("penguins")
    fix = next(alert.fix for alert in find_alerts(table) if alert.fix)
    draft = uploads.Draft(base=table, fixes=(fix,))
    pd.testing.assert_frame_equal(uploads.make_table(draft).frame, apply_fix(table, fix).frame)
    assert uploads.make_table(draft).sha256 != table.sha256


def test_the_code_in_the_reproduce_box_gives_the_scores_of_the_run(capsys):
    from core.hub.fields import recipe_to_json
    from core.tabular import iris

    recipe = iris.Recipe(models=("naive Bayes",), leave_one_out="off")
    code = provenance.write_code("core.tabular.iris", recipe_to_json(recipe))
    exec(compile(code, "reproduce.py", "exec"), {})  # noqa: S102 — the very code that a person is shown
    data = iris.load(recipe)
    rows = iris.evaluate(iris.train(recipe, data), data)
    printed = capsys.readouterr().out.splitlines()
    assert len(printed) == len(rows)
    assert all(row.metric in line and str(round(row.value, 4)) in line for row, line in zip(rows, printed, strict=True))


def test_fitting_pages_come_first():
    def both():
        import streamlit as st

        from core.datasets.catalogue import load_table
        from pages.kit.fits import find_fits

        st.session_state["found"] = [fit.ok for _, fit in find_fits(load_table("iris"))]

    app = AppTest.from_function(both, default_timeout=60).run()
    assert not app.exception
    assert app.session_state["found"] == sorted(app.session_state["found"], reverse=True)
    assert fits.YOURS == "yours"
