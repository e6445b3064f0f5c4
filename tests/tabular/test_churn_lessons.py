"""Churn's lessons: the figures move as they should, and the methods by hand are the packages' own."""

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from core.hub.fields import make_fields
from core.tabular.churn import LESSONS, figures
from core.tabular.churn.by_hand import make_between


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.key)
def test_every_figure_draws_at_both_ends_of_its_control(lesson):
    for spec in make_fields(lesson.control):
        ends = spec.choices or (spec.low, spec.high)
        for end in ends:
            value = int(end) if spec.kind == "integer" else end
            chart = lesson.figure(lesson.control(**{spec.name: value}))
            assert chart.title
            assert chart.alt


def test_made_leavers_lie_between_two_real_ones():
    rows = np.random.default_rng(0).normal(size=(30, 3))
    made = make_between(rows, 50, 4, seed=1)
    assert made.shape == (50, 3)
    assert (made >= rows.min(axis=0)).all()
    assert (made <= rows.max(axis=0)).all()
    for row in made:
        lengths = np.linalg.norm(rows - row, axis=1)
        pairs = lengths[:, None] + lengths[None] - np.linalg.norm(rows[:, None] - rows[None], axis=2)
        np.fill_diagonal(pairs, np.inf)
        assert pairs.min() < 1e-9


def test_the_rank_area_is_scikit_learns():
    left, share = figures.draw_customers(0.3, 1.0)
    assert figures.rank_area(left, share) == pytest.approx(roc_auc_score(left, share))


def test_a_rarer_class_leaves_the_area_and_lowers_the_precision():
    common, rare = (figures.draw_curves(figures.CurveControl(rate=rate)) for rate in (0.4, 0.04))
    assert common.marks[0].y.mean() > rare.marks[0].y.mean() + 0.2


def test_label_free_sees_who_comes_and_not_how_they_behave():
    seen = figures.draw_label_free(figures.LabelFreeControl("who comes", 1.0))
    unseen = figures.draw_label_free(figures.LabelFreeControl("how they behave", 1.0))
    assert abs(seen.marks[0].y[-1] - seen.marks[1].y[-1]) < 0.04
    assert abs(unseen.marks[0].y[-1] - unseen.marks[1].y[-1]) > 0.1
    assert "cannot be seen" in unseen.title
