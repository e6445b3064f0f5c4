"""One description of a dataclass makes its form, its JSON and its validation."""

import dataclasses
from typing import Annotated, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.hub.contract import Label, Length, Range
from core.hub.errors import RecipeError
from core.hub.fields import (
    make_fields,
    make_key,
    make_recipe,
    recipe_from_json,
    recipe_to_json,
    validate_recipe,
)


@dataclasses.dataclass(frozen=True, slots=True)
class Recipe:
    count: Annotated[int, Range(1, 50, 1), Label("Count", "How many.", "rows")] = 5
    rate: Annotated[float, Range(0.001, 1.0, log=True)] = 0.1
    kind: Literal["a", "b"] = "a"
    kinds: tuple[Literal["a", "b", "c"], ...] = ("a",)
    fast: bool = False
    name: str = ""
    file: Annotated[str, Length(12_000)] = ""


def test_a_field_is_read_from_its_type():
    count, rate, kind, kinds, fast, name, file = make_fields(Recipe)
    assert (count.kind, count.low, count.high, count.step, count.label, count.unit) == (
        "integer", 1, 50, 1, "Count", "rows",
    )  # fmt: skip
    assert (rate.kind, rate.log, rate.label) == ("number", True, "Rate")
    assert (kind.kind, kind.choices) == ("choice", ("a", "b"))
    assert (kinds.kind, kinds.choices) == ("choices", ("a", "b", "c"))
    assert (fast.kind, name.kind, name.longest, file.longest) == ("switch", "text", 10_000, 12_000)


def test_a_type_without_a_widget_is_a_programming_error():
    @dataclasses.dataclass
    class Odd:
        value: complex = 0j

    with pytest.raises(ValueError, match="no widget"):
        make_fields(Odd)


@given(
    count=st.integers(1, 50),
    rate=st.floats(0.001, 1.0),
    kinds=st.lists(st.sampled_from(["a", "b", "c"]), unique=True),
    name=st.text(max_size=50),
)
def test_a_valid_recipe_survives_json(count, rate, kinds, name):
    recipe = Recipe(count, rate, "b", tuple(kinds), True, name)
    validate_recipe(recipe)
    assert recipe_from_json(Recipe, recipe_to_json(recipe)) == recipe


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"count": 51}, "count is 51; it must be 1 to 50"),
        ({"count": 2.5}, "whole number"),
        ({"count": True}, "whole number"),
        ({"count": None}, "count is missing"),
        ({"rate": float("nan")}, "rate is nan; it must be a number"),
        ({"kind": "z"}, "kind is 'z'; it must be one of a, b"),
        ({"kinds": "ab"}, "it must be a list"),
        ({"kinds": ["a", "z"]}, "kinds is 'z'"),
        ({"fast": 1}, "it must be true or false"),
        ({"name": "x" * 10_001}, "at most 10000 characters"),
        ({"file": "x" * 12_001}, "file must be a text of at most 12000 characters"),
        ({"unknown": 1}, "unknown settings unknown"),
        ([1], "unknown settings"),
    ],
)
def test_a_value_out_of_its_range_is_named_with_its_limit(values, sentence):
    with pytest.raises(RecipeError, match=sentence):
        make_recipe(Recipe, values)


def test_a_text_may_be_as_long_as_its_field_says():
    assert make_recipe(Recipe, {"file": "x" * 12_000}).file == "x" * 12_000


def test_text_that_is_not_json_is_refused():
    with pytest.raises(RecipeError, match="not JSON"):
        recipe_from_json(Recipe, "{")


def test_equal_recipes_have_one_text_and_keys_do_not_run_together():
    assert recipe_to_json(Recipe(count=7)) == recipe_to_json(Recipe(7))
    assert make_key("ab", "c") != make_key("a", "bc")
