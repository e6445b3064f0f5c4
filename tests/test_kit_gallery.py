"""Home finds projects, shows their stored score, and sends a person's own file to the pages that fit."""

import re

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from core.datasets.catalogue import load_catalogue, load_table
from core.datasets.table import Table
from core.hub.contract import ScoreRow
from core.hub.registry import FAMILIES, PROJECTS, find_project
from core.hub.scores import scores_to_json
from core.hub.settings import ROOT
from pages.kit import gallery, intake, navigation, session, uploads

ROW = ScoreRow("accuracy", "loo", 0.98, 0.943, 0.993, 150, "largest class", 1 / 3, model="LDA", machine="CPU")
PNG = b"\x89PNG\r\n\x1a\n" + bytes(40)


def slugs(found) -> list[str]:
    return [project.slug for project in found]


def run_home() -> AppTest:
    app = AppTest.from_file(str(ROOT / "Home.py"), default_timeout=60).run()
    assert not app.exception
    assert not app.error
    return app


def upload(app: AppTest, name: str, content: bytes) -> AppTest:
    app.file_uploader[0].set_value((name, content, "application/octet-stream")).run()
    assert not app.exception
    return app


def test_an_empty_search_finds_everything():
    assert len(gallery.find_projects(PROJECTS, "  ")) == 23


@pytest.mark.parametrize(("query", "slug"), [("CONFORMAL", "iris"), ("ocr invoice", "scanner"), ("scan", "scanner")])
def test_a_search_reads_titles_lines_keywords_and_what_is_brought(query, slug):
    assert slug in slugs(gallery.find_projects(PROJECTS, query))


def test_every_word_must_occur_and_more_words_never_find_more():
    one, two = (gallery.find_projects(PROJECTS, query) for query in ("regression", "regression interval"))
    assert "housing" in slugs(two)
    assert set(two) <= set(one)
    assert gallery.find_projects(PROJECTS, "regression ames zzzz") == ()


@pytest.mark.parametrize("family", FAMILIES)
def test_a_family_holds_only_its_own(family):
    found = gallery.find_projects(PROJECTS, "", family)
    assert found
    assert {project.family for project in found} == {family}


def test_a_card_shows_the_stored_score_with_interval_and_baseline(tmp_path, monkeypatch):
    folder = tmp_path / "iris" / "full"
    folder.mkdir(parents=True)
    (folder / "scores.json").write_text(scores_to_json([ROW]))
    monkeypatch.setattr("core.hub.scores.MODELS", tmp_path)
    text = gallery.describe_headline(find_project("iris"))
    for part in ("Accuracy 0.980", "0.943 to 0.993", "leave-one-out of 150", "largest class: 0.333"):
        assert part in text
    (folder / "scores.json").write_text("[]")
    assert "cannot be read" in gallery.describe_headline(find_project("iris"))
    assert gallery.describe_headline(find_project("eda")) == ""


def test_a_picture_is_used_only_where_one_was_made(tmp_path, monkeypatch):
    monkeypatch.setattr(gallery, "SHOTS", tmp_path)
    assert gallery.find_shot("iris", dark=True) is None
    light, dark = tmp_path / "iris.webp", tmp_path / "iris_dark.webp"
    light.touch()
    assert gallery.find_shot("iris", dark=True) == light
    dark.touch()
    assert (gallery.find_shot("iris", dark=True), gallery.find_shot("iris", dark=False)) == (dark, light)


def test_a_card_says_its_problem_score_and_what_to_bring_and_its_picture_is_served():
    app = run_home()
    words = next(each.value for each in app.markdown if "Iris classification" in each.value)
    assert find_project("iris").line in words
    picture = re.search(r"!\[The page Iris classification\]\(app/(static/shots/[a-z_]+\.webp)\)", words)
    assert (ROOT / picture[1]).is_file()
    score = next(each.value for each in app.markdown if gallery.describe_headline(find_project("iris")) in each.value)
    assert score.endswith(":small[:gray[Table]]")
    links = [each.label for each in app.get("page_link")]
    assert links.count("Open") == len(navigation.find_built())


@pytest.mark.parametrize(
    ("name", "head", "kind"),
    [
        ("a.csv", b"x;y\n1;2", "table"),
        ("a.xlsx", b"PK\x03\x04", "table"),
        ("a.csv", b"PK\x03\x04", "table"),
        ("a.parquet", b"PAR1", "table"),
        ("letter.txt", b"Dear Ada,\nhow are you?\nYours", "text"),
        ("data.txt", b"a\tb\n1\t2\n3\t4", "table"),
        ("readme.md", b"# Title", "text"),
        ("photo.txt", PNG, "picture"),
        ("photo.jpg", b"\xff\xd8\xff\xe0", "picture"),
        ("page.png", b"%PDF-1.7", "scan"),
        ("empty.txt", b"", "text"),
    ],
)
def test_a_file_is_known_by_its_bytes_before_its_name(name, head, kind):
    assert intake.find_kind(name, head) == kind


def test_takers_bring_what_is_brought(monkeypatch):
    monkeypatch.setattr(intake, "find_built", lambda: PROJECTS)
    assert "sentiment" in slugs(intake.find_takers("text"))
    assert set(slugs(intake.find_takers("scan"))) >= {"scanner", "image_classification"}
    assert "eda" not in slugs(intake.find_takers("picture"))


def test_navigation_holds_the_built_projects_and_no_other(monkeypatch):
    monkeypatch.setattr(navigation, "find_built", lambda: (find_project("iris"), find_project("fraud")))
    monkeypatch.setattr("streamlit.Page", lambda page, **given: (page, given["title"]))
    pages = navigation.make_pages()
    assert [title for _, title in pages[""]] == ["Home", "Your data"]
    assert pages["Tables"] == [("pages/iris.py", "Iris classification")]
    assert pages["Streaming"] == [("pages/fraud.py", "Real-time fraud detection")]
    assert set(pages) == {"", "Tables", "Streaming"}


def test_home_opens_with_a_search_and_a_box_for_ones_own_data():
    app = run_home()
    assert app.title[0].value == "Mastery"
    assert app.text_input(key="home_search").value == ""
    assert app.file_uploader[0].label == f"Upload {intake.list_brings(navigation.find_built())}"
    assert not app.file_uploader[0].proto.type  # whatever is dropped is answered by us, in a sentence


def test_home_says_before_an_upload_what_works_today():
    shown = " ".join(each.value for each in run_home().markdown)
    assert intake.describe_formats(navigation.find_built()) in shown
    today = "Works today: a table as CSV, TSV, Excel, Parquet or JSON; a picture as PNG, JPEG or WebP; a text as TXT"
    assert today in shown
    every = intake.describe_formats(PROJECTS)
    assert "No page takes" not in every
    assert all(formats in every for formats in intake.FORMATS.values())
    assert intake.describe_formats([find_project("sentiment")]).endswith("No page takes a picture or a scan yet.")


@pytest.mark.parametrize("words", ["setosa", "csv", "petal_length", "Adelie", "parquet iris"])
def test_a_search_reads_the_columns_classes_and_formats_of_the_data(words):
    assert "iris" in slugs(gallery.find_projects(PROJECTS, words))
    assert "sentiment" not in slugs(gallery.find_projects(PROJECTS, "setosa"))


def test_the_classes_of_a_table_are_those_that_are_read():
    for entry in load_catalogue():
        is_class = entry.task == "classification"
        expected = sorted(load_table(entry.name).frame[entry.target].dropna().unique()) if is_class else []
        assert list(gallery.load_classes(entry.name)) == expected


def test_the_family_filter_is_there_with_one_family(monkeypatch):
    monkeypatch.setattr(gallery, "find_built", lambda: (find_project("iris"),))
    app = run_home()
    assert len(app.button_group(key="home_family").options) == 1


@pytest.mark.parametrize(("content", "word"), [(b"", "empty"), (b"a\n1\n2\n", "one column"), (b"\0\1" * 40, "control")])
def test_a_table_that_cannot_be_used_is_refused_on_home_with_its_name(content, word):
    app = upload(run_home(), "bad[x].csv", content)
    assert app.error[0].value.startswith(r"**bad\[x\].csv** was not read: ")
    assert word in app.error[0].value
    assert "unchanged" not in app.error[0].value
    good = b"x,y\n" + b"".join(b"%d.5,%s\n" % (n, b"ab"[n % 2 : n % 2 + 1]) for n in range(40))
    app = upload(app, "good.csv", good)
    assert not app.error
    assert any("**good.csv** was read: 40 rows × 2 columns" in each.value for each in app.markdown)


def test_a_search_without_an_answer_says_so():
    app = run_home()
    app.text_input(key="home_search").set_value("zzzz").run()
    assert app.info[0].value.startswith("No project fits")


def test_a_picture_that_no_page_takes_is_answered_honestly(monkeypatch):
    monkeypatch.setattr(intake, "find_takers", lambda _: ())
    app = upload(run_home(), "p.png", PNG)
    assert app.info[-1].value == "This is a picture; no page of this version takes one yet."


def test_a_table_is_read_once_and_offered(monkeypatch):
    table = Table(pd.DataFrame({"a": [1]}), "*t*.csv", "upload", "0" * 64, {"a": "number"})
    calls = []

    def receive(file, _place):
        calls.append(file.name)
        session.set_table(table)
        return table

    monkeypatch.setattr(uploads, "receive_upload", receive)
    monkeypatch.setattr("pages.kit.fits.show_fits", lambda *_, **__: None)
    app = upload(run_home(), "t.csv", b"a\n1")
    assert calls == ["t.csv"]
    assert any(r"**\*t\*.csv** was read: 1 row × 1 column." in each.value for each in app.markdown)
    assert app.file_uploader[0].value is None  # the box is empty again


def test_the_router_stays_small():
    assert len((ROOT / "Home.py").read_text().splitlines()) <= 60
