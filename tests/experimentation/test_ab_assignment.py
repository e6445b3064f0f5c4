"""Assignment: a pure function that never moves a unit, layers that exclude, and refusals of what would break either."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chi2_contingency, chisquare

from core.experimentation.ab_testing.assignment import (
    OUTSIDE,
    Experiment,
    assign,
    assign_many,
    check_change,
    check_experiment,
)
from core.hub.errors import RecipeError

UNITS = [f"user-{number}" for number in range(60_000)]
HOME = Experiment("first", layer="home", start=0.0, end=0.4)


def test_assignment_is_the_same_in_every_process_for_ever():
    found = [assign(Experiment("blue-button"), unit) for unit in ("user-1", "user-2", "user-3", "user-4", "Zoë")]
    assert found == ["control", "treatment", "treatment", "treatment", "control"]


@settings(deadline=None, max_examples=40)
@given(
    weights=st.lists(st.integers(1, 50), min_size=2, max_size=5),
    coverage=st.integers(0, 100),
    units=st.lists(st.text(st.characters(codec="utf-8"), min_size=1, max_size=10), max_size=30),
)
def test_many_together_are_as_one_by_one(weights, coverage, units):
    arms = tuple(f"arm{place}" for place in range(len(weights)))
    shares = tuple(each / sum(weights) for each in weights)
    experiment = Experiment("x", arms, shares, coverage / 100, layer="l", start=0.1, end=0.9)
    check_experiment(experiment)
    found = [arms[place] if place != OUTSIDE else None for place in assign_many(experiment, units)]
    assert found == [assign(experiment, unit) for unit in units]


def test_arms_have_their_weights():
    found = assign_many(Experiment("sizes", ("a", "b", "c"), (0.2, 0.3, 0.5)), UNITS)
    assert chisquare(np.bincount(found), len(UNITS) * np.array([0.2, 0.3, 0.5])).pvalue > 1e-4


def test_raising_the_coverage_moves_nobody():
    experiment = Experiment("ramp", ("a", "b", "c"), (0.2, 0.3, 0.5), coverage=0.0)
    before = assign_many(experiment, UNITS)
    assert (before == OUTSIDE).all()
    for coverage in (0.01, 0.1, 0.35, 0.9, 1.0):
        raised = replace(experiment, coverage=coverage)
        check_change(experiment, raised)
        found = assign_many(raised, UNITS)
        inside = before != OUTSIDE
        assert (found[inside] == before[inside]).all()
        assert (found != OUTSIDE).mean() == pytest.approx(coverage, abs=0.01)
        experiment, before = raised, found


def test_experiments_of_a_layer_exclude_each_other():
    second = Experiment("second", layer="home", start=0.4, end=1.0)
    check_experiment(second, [HOME], [HOME])
    inside = [assign_many(each, UNITS) != OUTSIDE for each in (HOME, second)]
    assert not (inside[0] & inside[1]).any()
    assert (inside[0] | inside[1]).all()
    assert inside[0].mean() == pytest.approx(0.4, abs=0.01)


def test_layers_and_experiments_are_independent():
    other = Experiment("other", layer="basket", start=0.0, end=0.5)
    pairs = [(HOME, other), (Experiment("plain"), Experiment("plain-2"))]
    for first, second in pairs:
        found = assign_many(first, UNITS), assign_many(second, UNITS)
        table = np.histogram2d(*found, [[-1.5, -0.5, 0.5, 1.5]] * 2)[0]
        table = table[table.sum(axis=1) > 0][:, table.sum(axis=0) > 0]
        assert chi2_contingency(table).pvalue > 1e-4


@pytest.mark.parametrize(
    ("new", "words"),
    [
        (Experiment("a b"), "experiment is 'a b'; use 1 to 64 letters"),
        (Experiment("x", ("a",)), "the arms are a; name 2 to 20 different ones"),
        (Experiment("x", ("a", "a")), "the arms are a, a; name 2 to 20 different ones"),
        (Experiment("x", weights=(0.5, 0.6)), "the weights are 0.5, 0.6; give one of at least 0.0001 for each arm"),
        (Experiment("x", weights=(1.0,)), "the weights are 1; give one"),
        (Experiment("x", weights=(float("nan"), 0.5)), "the weights are nan, 0.5; give one"),
        (Experiment("x", coverage=1.2), "coverage is 1.2; it must be 0 to 1"),
        (Experiment("x", salt="layer:home"), "the salt is 'layer:home'; give 1 to 64 printable characters"),
        (Experiment("x", salt="a\nb"), "the salt is 'a\\nb'; give"),
        (Experiment("x", salt="first"), "the salt 'first' was used by first, so the same units would meet again"),
        (
            Experiment("x", layer="home", start=0.3, end=0.5),
            "first owns 0 to 0.4 of the layer home; 0.3 to 0.5 overlaps",
        ),
        (Experiment("x", layer="home", start=0.9, end=0.5), "the range is 0.9 to 0.5; give 0 ≤ start < end ≤ 1"),
        (Experiment("x", end=0.5), "the range is 0 to 0.5; give 0 ≤ start < end ≤ 1, and a layer"),
    ],
)
def test_an_experiment_that_cannot_be_is_one_sentence(new, words):
    with pytest.raises(RecipeError) as refused:
        check_experiment(new, [HOME], [HOME])
    assert words in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        (
            {"weights": (0.4, 0.6)},
            "the weights of x may not change while it runs (0.5:0.5 to 0.4:0.6): units would move",
        ),
        ({"arms": ("b", "a")}, "the arms of x may not change while it runs (a:b to b:a)"),
        ({"salt": "y"}, "the salt of x may not change while it runs (x to y)"),
        ({"layer": "home"}, "the layer of x may not change"),
        ({"coverage": 0.1}, "the coverage of x may not fall from 0.5 to 0.1: units that are in would drop out"),
        ({"coverage": 1.5}, "coverage is 1.5; it must be 0 to 1"),
    ],
)
def test_a_change_that_would_move_a_unit_is_refused(changes, words):
    old = Experiment("x", ("a", "b"), coverage=0.5)
    with pytest.raises(RecipeError) as refused:
        check_change(old, replace(old, **changes))
    assert words in str(refused.value)
