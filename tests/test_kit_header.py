"""The head of a page stands alone: name, problem, data, model and card, with names of the data disarmed."""

import dataclasses

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from core.datasets.table import Table
from core.hub.contract import ScoreRow
from core.hub.registry import FAMILIES, PROJECTS, find_project
from core.hub.scores import scores_to_json
from pages.kit import header

ROW = ScoreRow("accuracy", "loo", 0.98, 0.943, 0.993, 150, "largest class", 1 / 3, model="LDA", date="2026-01-31")
TABLE = Table(pd.DataFrame({"a": range(1_500)}), "*my* table.csv", "upload", "0" * 64, {"a": "number"})
CARD = "---\nslug: iris\nsha256: {}\n---\n\n# Iris\n\nWhat it is."


def draw(slug, data=None, model=""):
    from pages.kit.header import show_header

    show_header(slug, data, model)


def run(slug, *arguments) -> AppTest:
    app = AppTest.from_function(draw, args=(slug, *arguments), default_timeout=30).run()
    assert not app.exception
    assert not app.error
    return app


def badges(app) -> str:
    return " ".join(each.value for each in app.markdown)


@pytest.fixture
def models(tmp_path, monkeypatch):
    folder = tmp_path / "iris" / "full"
    folder.mkdir(parents=True)
    (folder / "scores.json").write_text(scores_to_json([dataclasses.replace(ROW, machine="CPU")]))
    (folder / "card.md").write_text(CARD)
    monkeypatch.setattr(header, "MODELS", tmp_path)
    monkeypatch.setattr("core.hub.scores.MODELS", tmp_path)


@pytest.mark.parametrize("project", PROJECTS, ids=lambda project: project.slug)
def test_every_project_has_a_head(project):
    app = run(project.slug)
    assert app.title[0].value == project.title
    assert app.markdown[0].value == project.line
    assert FAMILIES[project.family] in badges(app)


def test_every_family_has_an_icon():
    assert set(header.FAMILY_ICONS) == set(FAMILIES)


def test_a_table_is_named_without_formatting():
    drawn = badges(run("iris", TABLE))
    assert r"\*my\* table.csv · 1,500 rows · yours" in drawn


def test_a_long_name_is_cut():
    long = dataclasses.replace(TABLE, name="n" * 300)
    assert len(header.describe_data(long)) < 90


@pytest.mark.usefixtures("models")
def test_the_shipped_model_is_named_by_its_scores():
    assert "LDA · 2026-01-31" in badges(run("iris"))
    assert header.describe_model(find_project("iris")) == "LDA · 2026-01-31"
    assert header.describe_model(find_project("eda")) == ""


@pytest.mark.usefixtures("models")
def test_a_model_given_by_the_page_comes_first():
    drawn = badges(run("iris", "Wine", "SVM, trained now"))
    assert "SVM, trained now" in drawn
    assert "LDA" not in drawn


@pytest.mark.usefixtures("models")
def test_the_card_opens_without_its_front_matter():
    app = run("iris")
    app.button(key="iris_card").click().run()
    assert not app.exception
    assert any(each.value.startswith("# Iris") for each in app.markdown)
    assert not any("sha256" in each.value for each in app.markdown)


@pytest.mark.usefixtures("models")
def test_a_project_without_a_model_has_no_card():
    assert not run("eda").button


def test_only_a_leading_block_is_front_matter():
    assert header.strip_front_matter("# A\n\n---\n\nb") == "# A\n\n---\n\nb"
