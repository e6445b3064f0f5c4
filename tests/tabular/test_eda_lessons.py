"""What is taught is right: figures move, say what they show, and agree with an outside reference."""

import dataclasses
import importlib

import numpy as np
import pytest
from scipy.stats import false_discovery_control

from core.evaluation.multiplicity import benjamini_hochberg
from core.hub.fields import make_fields
from core.tabular.eda import evidence_figures as evidence
from core.tabular.eda import table_figures as cells
from core.tabular.eda.lessons import LESSONS, QUESTIONS

each_lesson = pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.key)


def make_ends(control):
    """Make a control at the low and at the high end of every field."""
    specs = make_fields(control)
    for end, choice in (("low", 0), ("high", -1)):
        values = {spec.name: spec.choices[choice] if spec.choices else getattr(spec, end) for spec in specs}
        yield control(**{name: type(getattr(control(), name))(value) for name, value in values.items()})


@each_lesson
def test_a_figure_says_what_it_shows_and_moves(lesson):
    charts = [lesson.figure(control) for control in (lesson.control(), *make_ends(lesson.control))]
    assert len({chart.title for chart in charts}) > 1
    for chart in charts:
        assert chart.alt
        assert "nan" not in chart.title
        for mark in chart.marks:
            assert np.isfinite(np.asarray(mark.y, dtype=float)).all()


@each_lesson
def test_a_lesson_names_code_that_exists_and_explains_itself(lesson):
    module, _, name = lesson.function.partition(":")
    function = getattr(importlib.import_module(module), name)
    assert function.__doc__
    assert len(lesson.text.split()) > 40
    assert lesson.formula.count("{") == lesson.formula.count("}")
    assert dataclasses.is_dataclass(lesson.control)
    assert 1 <= len(dataclasses.fields(lesson.control)) <= 3


def test_the_promised_subtopics_are_taught():
    keys = {lesson.key for lesson in LESSONS}
    assert keys >= {"missing_mechanisms", "imputation", "scaling", "outlier_rules", "correlation", "leakage"}
    assert keys >= {"false_discovery_rate", "effect_size", "isolation_forest"}
    assert len({question.text for question in QUESTIONS}) == 3


def test_a_figure_leaves_the_shared_columns_as_they_are():
    before = cells.read_pair(cells.PAIR).copy()
    cells.draw_filled(cells.FillControl())
    cells.draw_gaps(cells.GapControl())
    assert np.array_equal(before, cells.read_pair(cells.PAIR))


@pytest.mark.parametrize("share", [0.1, 0.35, 0.6])
def test_gaps_are_as_many_and_where_they_were_asked_for(share):
    values = cells.read_pair(cells.PAIR)
    for mechanism, column in (("where the other is high", 0), ("where it is high itself", 1)):
        gone = cells.make_gaps(values, mechanism, share)
        assert gone.sum() == round(share * len(values))
        assert values[gone, column].mean() > values[~gone, column].mean() + 10


def test_gaps_by_chance_pass_the_test_and_others_do_not():
    assert "sees nothing" in cells.draw_gaps(cells.GapControl("by chance", 0.3)).title
    assert "not by chance" in cells.draw_gaps(cells.GapControl("where the other is high", 0.3)).title


def test_the_mean_shrinks_the_spread_as_the_formula_says():
    values = cells.read_pair(cells.PAIR)
    gone = cells.make_gaps(values, "by chance", 0.4)
    known = values[~gone, 1]
    expected = known.std(ddof=1) * np.sqrt((len(known) - 1) / (len(values) - 1))
    shown = cells.draw_filled(cells.FillControl("mean", 0.4)).title
    filled = np.where(gone, known.mean(), values[:, 1])
    assert filled.std(ddof=1) == pytest.approx(expected)
    assert shown.endswith(f"to {filled.std():.1f}")


def test_ranks_see_a_bent_rise_whole_and_an_arch_not():
    assert "Spearman 1.00, Kendall 1.00" in evidence.draw_shape(evidence.ShapeControl("curve that rises", 0.0)).title
    assert abs(np.corrcoef(*evidence.make_shape("arch", 0.0))[0, 1]) < 0.3
    assert np.corrcoef(*evidence.make_shape("one far point", 0.0))[0, 1] > 0.5


def test_the_rate_is_scipys_and_holds_on_average():
    p, _ = evidence.make_tests(10)
    assert benjamini_hochberg(p.tolist()) == pytest.approx(false_discovery_control(p))
    title = evidence.draw_rate(evidence.RateControl(n_true=0, level=0.05)).title
    assert title.startswith("The rate claims 0")


def test_a_tiny_effect_is_beyond_doubt_with_many_rows():
    title = evidence.draw_effect(evidence.EffectControl(rho=0.04, n_rows=50_000)).title
    assert "p is below 0.001" in title
    assert "about 0.2% of" in title


def test_the_boat_leaks_and_the_age_does_not():
    assert "answers 98% of all rows" in cells.draw_leak(cells.LeakControl("boat")).title
    assert "answers 53% of all rows" in cells.draw_leak(cells.LeakControl("age")).title
