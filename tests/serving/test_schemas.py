"""Request schemas agree with the forms' own validation, whatever the fields of a project."""

from dataclasses import make_dataclass
from typing import Annotated, Literal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from core.hub.contract import Prediction, Range, Reason
from core.hub.errors import RecipeError
from core.hub.fields import make_fields, make_recipe
from core.serving.schemas import make_answer, make_batch, make_case, make_example

KINDS = {
    "number": Annotated[float, Range(-1.5, 2.5)],
    "free": float,
    "count": Annotated[int, Range(1, 9)],
    "choice": Literal["a", "b c"],
    "choices": tuple[Literal["x", "y"], ...],
    "switch": bool,
    "text": str,
}
VALUES = (
    st.none() | st.booleans() | st.integers(-20, 20) | st.floats(-3, 3) | st.sampled_from(["a", "b c", "x", "", "zz"])
    | st.sampled_from([float("nan"), float("inf")]) | st.lists(st.sampled_from(["x", "y", "q"]), max_size=3)
)  # fmt: skip


@settings(deadline=None)
@given(kind=st.sampled_from(sorted(KINDS)), value=VALUES)
def test_the_schema_and_the_form_accept_the_same_values(kind, value):
    cls = make_dataclass("Inputs", [("field", KINDS[kind])], frozen=True)
    try:
        make_case("any", cls)(field=value)
        by_schema = True
    except ValidationError:
        by_schema = False
    try:
        make_recipe(cls, {"field": value})
        by_form = True
    except RecipeError:
        by_form = False
    assert by_schema == by_form


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_an_example_is_accepted_with_and_without_a_default(kind):
    cls = make_dataclass("Inputs", [("field", KINDS[kind])], frozen=True)
    (spec,) = make_fields(cls)
    make_case("any", cls)(field=make_example(spec))
    assert make_case("two_words", cls).__name__ == "TwoWordsCase"


def test_a_batch_takes_cases_and_nothing_else():
    case = make_case("any", make_dataclass("Inputs", [("field", bool)], frozen=True))
    batch = make_batch("any", case)
    assert batch(cases=[{"field": True}]).cases[0].field is True
    with pytest.raises(ValidationError):
        batch(cases=[{"field": True}], more=1)


def test_numpy_values_become_plain_json():
    answer = make_answer(
        Prediction(
            np.float32(2.5),
            "knn",
            {np.str_("a"): np.float64(0.25)},
            interval=(np.float64(1), np.int64(4)),
            coverage=np.float64(0.9),
            reasons=(Reason("length", "5", np.float32(0.5), "cm"),),
        )
    )
    assert answer.model_dump(mode="json") == {
        "answer": 2.5,
        "model": "knn",
        "probabilities": {"a": 0.25},
        "interval": [1.0, 4.0],
        "candidates": [],
        "coverage": 0.9,
        "reasons": [{"name": "length", "value": "5", "effect": 0.5, "unit": "cm"}],
        "refused": "",
        "notes": [],
        "base": None,
        "median": None,
        "mean": None,
        "comparables": [],
    }
    assert make_answer(Prediction(np.str_("a"), "knn")).answer == "a"
