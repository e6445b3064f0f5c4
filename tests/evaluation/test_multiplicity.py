"""Adjusted p-values against R's, scipy's and their own definition."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from core.evaluation.multiplicity import benjamini_hochberg, holm


def test_holm_gives_the_textbook_values():
    # p-values and their Holm adjustment as R's p.adjust documents the method
    assert holm([0.01, 0.02, 0.03, 0.04, 0.05]) == pytest.approx([0.05, 0.08, 0.09, 0.09, 0.09])
    assert holm([0.6, 0.001, 0.04]) == pytest.approx([0.6, 0.003, 0.08])
    assert len(holm([])) == 0


@given(st.lists(st.floats(0, 1), min_size=1, max_size=12))
def test_holm_keeps_order_and_never_lowers_a_value(values):
    adjusted = holm(values)
    assert (adjusted >= np.array(values)).all()
    assert (adjusted <= 1).all()
    assert (np.diff(adjusted[np.argsort(values, kind="stable")]) >= 0).all()
    assert adjusted.min() == pytest.approx(min(1.0, len(values) * min(values)))


def test_adjusted_p_is_that_of_scipy():
    p = np.random.default_rng(0).uniform(size=50) ** 2
    assert benjamini_hochberg(p) == pytest.approx(stats.false_discovery_control(p), abs=1e-12)


@given(st.lists(st.floats(0, 1), max_size=12))
def test_the_rate_never_lowers_a_value_nor_asks_more_than_holm(values):
    adjusted = benjamini_hochberg(values)
    assert adjusted.shape == (len(values),)
    assert (adjusted >= np.array(values) * (1 - 1e-12)).all()
    assert (adjusted <= holm(values) * (1 + 1e-12)).all()
