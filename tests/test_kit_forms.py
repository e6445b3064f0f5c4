"""A form shows each field by its type, starts where it should, and validates again what the browser sends."""

from dataclasses import dataclass
from typing import Annotated, Literal

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from core.hub.contract import Label, Range
from core.hub.fields import FieldSpec, make_fields, validate_fields
from pages.kit.widgets import find_powers, find_step


@dataclass(frozen=True, slots=True)
class Settings:
    """One field of every kind."""

    method: Annotated[Literal["LDA", "kNN"], Label("Method", "Which one")] = "kNN"
    kernel: Literal["a", "b", "c", "d", "e", "f"] = "c"
    neighbours: Annotated[int, Range(1, 50), Label("Neighbours", unit="rows")] = 5
    share: Annotated[float, Range(0.1, 0.5, 0.05)] = 0.25
    strength: Annotated[float, Range(0.001, 100.0, log=True)] = 1.0
    seed: Annotated[int, Range(0, 2**31 - 1, 1)] = 7
    rates: tuple[Literal["x", "y", "z"], ...] = ("x", "z")
    scaled: bool = True
    note: str = "short"


def draw_settings(submit=None, values=None):
    import streamlit as st

    from pages.kit.forms import show_form
    from tests.test_kit_forms import Settings

    st.session_state["found"] = show_form(Settings, "f", values=values, submit=submit)


def draw_specs():
    import streamlit as st

    from core.hub.fields import FieldSpec
    from pages.kit.forms import show_form

    specs = (
        FieldSpec("petal_*length*", "number", default=3.8, low=1.0, high=6.9, unit="cm"),
        FieldSpec("colour", "choice", choices=tuple(f"shade {n}" for n in range(40))),
        FieldSpec("count", "integer", low=0, high=10),
    )
    st.session_state["found"] = show_form(specs, "case")


def draw_typed(n_numbers=3):
    import streamlit as st

    from core.hub.fields import FieldSpec
    from pages.kit.forms import show_typed_form

    specs = [FieldSpec(f"x{n}", "number", default=2.0, low=0.0, high=10.0) for n in range(n_numbers)]
    specs.append(FieldSpec("colour", "choice", default="red", choices=("red", "blue")))
    st.session_state["found"] = show_typed_form(specs, "case", {"x0": 6.0})


def run(function, **arguments) -> AppTest:
    app = AppTest.from_function(function, kwargs=arguments, default_timeout=30).run()
    assert not app.exception
    return app


def test_defaults_come_back_as_the_dataclass():
    assert run(draw_settings).session_state["found"] == Settings()


def test_each_kind_gets_its_widget():
    app = run(draw_settings)
    assert [each.label for each in app.slider] == ["Neighbours (rows)", "Share"]
    assert [each.key for each in app.select_slider] == ["f_strength"]
    assert [each.key for each in app.number_input] == ["f_seed"]
    assert [each.key for each in app.selectbox] == ["f_kernel"]
    assert [each.key for each in app.toggle] == ["f_scaled"]
    assert [each.key for each in app.text_input] == ["f_note"]
    assert [each.key for each in app.button_group] == ["f_method", "f_rates"]


def test_ranges_and_help_reach_the_widget():
    app = run(draw_settings)
    slider = app.slider(key="f_neighbours")
    assert (slider.min, slider.max, slider.step, slider.value) == (1, 50, 1, 5)
    assert app.button_group(key="f_method").help == "Which one"


def test_moving_a_widget_changes_the_value():
    app = run(draw_settings)
    app.slider(key="f_neighbours").set_value(12)
    app.toggle(key="f_scaled").set_value(False)
    app.selectbox(key="f_kernel").set_value("f")
    app.select_slider(key="f_strength").set_value(0.01)
    found = app.run().session_state["found"]
    assert found == Settings(neighbours=12, scaled=False, kernel="f", strength=0.01)


def test_values_replace_the_defaults_and_are_brought_into_range():
    found = run(draw_settings, values={"neighbours": 30, "rates": ("y",), "share": 9.0}).session_state["found"]
    assert found == Settings(neighbours=30, rates=("y",), share=0.5)


def test_a_form_with_a_button_answers_only_when_it_is_pressed():
    app = run(draw_settings, submit="Train")
    assert app.session_state["found"] is None
    app.slider(key="f_neighbours").set_value(9)
    app.button[0].click().run()
    assert app.session_state["found"] == Settings(neighbours=9)
    assert app.run().session_state["found"] is None


def test_what_a_widget_returns_is_checked_again(monkeypatch):
    monkeypatch.setattr("streamlit.number_input", lambda **_: 3)
    monkeypatch.setattr("streamlit.slider", lambda **_: 200)
    app = run(draw_settings)
    assert app.session_state["found"] is None
    assert app.error[0].value == "neighbours is 200; it must be 1 to 50"


def test_fields_known_at_run_time_give_a_dict_once_complete():
    app = run(draw_specs)
    assert app.session_state["found"] is None
    assert app.error[0].value == "colour is missing; give it a value"
    app.selectbox(key="case_colour").set_value("shade 7")
    app.number_input(key="case_count").set_value(4)
    app.run()
    assert not app.error
    assert app.session_state["found"] == {"petal_*length*": 3.8, "colour": "shade 7", "count": 4}


def test_a_name_from_the_data_cannot_format_its_label():
    assert run(draw_specs).slider[0].label == r"petal\_\*length\* (cm)"


@pytest.mark.parametrize(("low", "high"), [(1.0, 6.9), (0.0, 1e-4), (-40.0, 55.0), (0.0, 3e6)])
def test_a_step_found_for_a_range_is_fine_and_round(low, high):
    step = find_step(FieldSpec("x", "number", low=low, high=high))
    assert 20 <= (high - low) / step <= 61
    digit = step / 10 ** np.floor(np.log10(step))
    assert min(abs(digit - nice) for nice in (1, 2, 5, 10)) < 1e-9


@pytest.mark.parametrize("kind", ["integer", "number"])
def test_stops_cover_the_range_in_order_and_are_all_valid(kind):
    spec = FieldSpec("x", kind, low=1, high=3_000, log=True)
    stops = find_powers(spec, 40)
    assert stops == sorted(set(stops))
    assert (stops[0], stops[-1]) == (1, 3_000)
    assert {1, 2, 5, 10, 40, 1_000} <= set(stops)
    for stop in stops:
        validate_fields((spec,), {"x": stop})


def test_a_range_of_one_value_is_drawn_as_a_box():
    def draw():
        import streamlit as st

        from core.hub.fields import FieldSpec
        from pages.kit.forms import show_form

        st.session_state["found"] = show_form((FieldSpec("x", "number", default=2.0, low=2.0, high=2.0),), "one")

    app = run(draw)
    assert len(app.number_input) == 1
    assert app.session_state["found"] == {"x": 2.0}


def test_every_field_kind_has_a_widget():
    assert {spec.kind for spec in make_fields(Settings)} == {
        "choice", "integer", "number", "choices", "switch", "text",
    }  # fmt: skip


def test_a_number_is_typed_or_slid_and_both_show_the_same():
    app = run(draw_typed)
    assert (len(app.slider), len(app.number_input)) == (3, 3)
    assert app.session_state["found"] == {"x0": 6.0, "x1": 2.0, "x2": 2.0, "colour": "red"}
    app.number_input(key="case_x0_typed").set_value(10.0).run()
    assert app.slider(key="case_x0").value == app.session_state["found"]["x0"] == 10.0
    app.slider(key="case_x0").set_value(1.4).run()
    assert app.number_input(key="case_x0_typed").value == app.session_state["found"]["x0"] == 1.4
    app.number_input(key="case_x1_typed").set_value(3.25).run()
    assert app.session_state["found"] == {"x0": 1.4, "x1": 3.25, "x2": 2.0, "colour": "red"}
    box = app.number_input(key="case_x0_typed")
    assert (box.min, box.max) == (0.0, 10.0)
    assert not app.warning
    assert not app.exception


@pytest.mark.parametrize(("n_numbers", "n_sliders"), [(8, 8), (9, 0)])
def test_many_numbers_are_typed_only(n_numbers, n_sliders):
    app = run(draw_typed, n_numbers=n_numbers)
    assert (len(app.slider), len(app.number_input)) == (n_sliders, n_numbers)
    app.number_input[0].set_value(7.5).run()
    assert app.session_state["found"]["x0"] == 7.5


def draw_usual():
    import streamlit as st

    from core.hub.fields import FieldSpec
    from pages.kit.forms import show_typed_form

    spec = FieldSpec("fare", "number", default=14.4, low=0.0, high=770.0, step=1.0)
    st.session_state["found"] = show_typed_form([spec], "case", usual={"fare": (0.0, 99.5)})


def test_a_slider_ends_with_the_usual_values_and_its_box_takes_the_others():
    app = run(draw_usual)
    assert (app.slider[0].min, app.slider[0].max) == (0.0, 100.0)
    app = app.number_input[0].set_value(512.0).run()
    assert not app.exception
    assert app.session_state["found"] == {"fare": 512.0}
    assert app.slider[0].value == 100.0
