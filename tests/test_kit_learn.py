"""The Learn tab shows one lesson at a time, with the source that runs, and explains each answer."""

import inspect

import pytest
from streamlit.testing.v1 import AppTest

from core.hub import registry
from pages.kit.learn import find_source, load_function


def draw():
    from dataclasses import dataclass
    from typing import Annotated

    import numpy as np

    from core.hub.charts import Chart, Mark
    from core.hub.contract import Label, Lesson, Question, Range
    from pages.kit.learn import show_learn

    @dataclass(frozen=True)
    class Control:
        k: Annotated[int, Range(1, 9), Label("Neighbours")] = 3

    def figure(control: Control) -> Chart:
        return Chart(f"k is {control.k}", "x", "y", (Mark("line", np.arange(3), np.arange(3) * control.k),))

    built = "core.hub.registry:find_built"
    lessons = (
        Lesson("knn", "Nearest neighbours", "The *nearest* rows vote.", r"\hat y", built, Control, figure),
        Lesson("lost", "Moved code", "This names code that is gone.", "", "core.hub.registry:gone"),
    )
    questions = (
        Question("Larger k?", ("Smoother", "Wilder"), 0, "More rows vote."),
        Question("A baseline?", ("LDA", "Largest class"), 1, "It looks at no feature."),
    )
    show_learn(lessons, questions, "page")


def run() -> AppTest:
    app = AppTest.from_function(draw, default_timeout=30).run()
    assert not app.exception
    return app


def alts(app) -> list[str]:
    return [chart.proto.alt for chart in app.get("plotly_chart")]


def test_the_first_lesson_is_open_with_text_formula_and_figure():
    app = run()
    assert app.subheader[0].value == "Nearest neighbours"
    assert "The *nearest* rows vote." in [each.value for each in app.markdown]
    assert r"\hat y" in app.latex[0].value
    assert alts(app) == ["k is 3"]


def test_the_figure_moves_with_its_control():
    app = run()
    app.slider(key="page_knn_k").set_value(8).run()
    assert alts(app) == ["k is 8"]


def test_another_lesson_replaces_the_first():
    app = run()
    app.button_group(key="page_lesson").set_value("lost").run()
    assert not app.exception
    assert app.subheader[0].value == "Moved code"
    assert not app.latex
    assert alts(app) == []


def test_the_source_shown_is_the_source_that_runs():
    source = find_source("core.hub.registry:find_built")
    assert source.text == inspect.getsource(registry.find_built)
    assert source.path == "core/hub/registry.py"
    text = inspect.getsource(registry).splitlines()
    assert text[source.line - 1].startswith("def find_built")


def test_the_source_of_a_cached_function_and_a_method_is_found():
    assert "def load_settings" in find_source("core.hub.settings:load_settings").text
    assert load_function("core.datasets.table:Table.with_step").__name__ == "with_step"


def test_a_lesson_that_names_moved_code_is_refused():
    with pytest.raises(ValueError, match="there is no 'gone'"):
        find_source("core.hub.registry:gone")


def test_each_answer_is_explained_and_counted():
    app = run()
    assert not app.success
    app.radio(key="page_question_1").set_value(0).run()
    assert [each.value for each in app.success] == ["More rows vote."]
    app.radio(key="page_question_2").set_value(0).run()
    assert [each.value for each in app.error] == ["It looks at no feature."]
    assert app.caption[-1].value == "1 of 2 right"
