"""Scores of numbers against scikit-learn, residual diagnostics against statsmodels, and refusals."""

import numpy as np
import pytest
from sklearn import metrics

from core.evaluation import residuals
from core.evaluation.metrics import NUMBER_METRICS, find_metric
from core.evaluation.regression import check_numbers, number_scores, score_numbers, weigh_medians, weigh_scores
from core.evaluation.rows import RowMaker
from core.hub.errors import DataError

RNG = np.random.default_rng(0)
Y = np.exp(RNG.normal(12, 0.4, 301))
ANSWERS = Y * np.exp(RNG.normal(0, 0.12, 301))


def test_scores_are_scikit_learns():
    found = number_scores(Y, ANSWERS)
    assert found["rmse"] == pytest.approx(metrics.root_mean_squared_error(Y, ANSWERS))
    assert found["mae"] == pytest.approx(metrics.mean_absolute_error(Y, ANSWERS))
    assert found["r2"] == pytest.approx(metrics.r2_score(Y, ANSWERS))
    assert found["rmse_log"] == pytest.approx(metrics.root_mean_squared_error(np.log(Y), np.log(ANSWERS)))
    parts = np.abs(ANSWERS - Y) / Y
    assert found["median_ape"] == pytest.approx(np.median(parts))
    assert found["ppe10"] == pytest.approx((parts <= 0.1).mean())
    assert set(found) == set(NUMBER_METRICS)


@pytest.mark.parametrize("n", [1, 2, 3, 10, 11])
def test_a_median_of_equal_weights_is_numpys(n):
    values = RNG.normal(size=n)
    assert weigh_medians(values, np.full((1, n), 1 / n))[0] == pytest.approx(np.median(values))


def test_a_weight_is_a_row_drawn_again():
    weights = RNG.integers(0, 3, size=(1, len(Y))).astype(float)
    drawn = np.repeat(np.arange(len(Y)), weights[0].astype(int))
    found = {name: values[0] for name, values in weigh_scores(Y, ANSWERS, weights).items()}
    again = number_scores(Y[drawn], ANSWERS[drawn])
    for name, value in again.items():
        assert found[name] == pytest.approx(value), name


def test_errors_of_logs_do_not_mind_the_unit():
    one, other = number_scores(Y, ANSWERS), number_scores(Y * 0.9, ANSWERS * 0.9)
    for name in ("rmse_log", "median_ape", "ppe10", "r2"):
        assert one[name] == pytest.approx(other[name])
    assert other["rmse"] == pytest.approx(0.9 * one["rmse"])


def test_values_of_zero_or_less_have_no_relative_error():
    assert set(number_scores([0.0, 1.0, 2.0], [1.0, 1.0, 1.0])) == {"rmse", "mae", "r2"}


def test_rows_hold_their_value_and_the_baseline():
    baseline = number_scores(Y, np.full(len(Y), np.median(Y)))
    maker = RowMaker("ridge", "median", 0, "python -m core")
    rows = score_numbers(Y, ANSWERS, maker, "cv", baseline, "$")
    assert [row.metric for row in rows] == list(number_scores(Y, ANSWERS))
    for row in rows:
        assert row.low <= row.value <= row.high
        assert row.baseline_value == baseline[row.metric]
        assert row.unit == ("$" if row.metric in {"rmse", "mae"} else "")
        assert find_metric(f"cv_{row.metric}").title
    assert rows == score_numbers(Y, ANSWERS, maker, "cv", baseline, "$")


def test_an_interval_holds_the_true_error_about_as_often_as_it_says():
    held = 0
    for seed in range(60):
        rng = np.random.default_rng(seed)
        y = rng.normal(10, 1, 200)
        answers = y + rng.normal(0, 0.5, 200)
        rows = score_numbers(y, answers, RowMaker("m", "b", 0, ""), "cv", number_scores(y, answers))
        held += rows[0].low <= 0.5 <= rows[0].high
    assert held >= 51


@pytest.mark.parametrize(
    ("y", "answers", "sentence"),
    [
        ([1.0, 2.0], [1.0], "one answer for each row"),
        ([], [], "0 true values"),
        ([1.0, np.nan], [1.0, 1.0], "row 2 has no finite"),
        ([1.0, 2.0], [np.inf, 1.0], "row 1 has no finite"),
    ],
)
def test_what_cannot_be_scored_is_refused(y, answers, sentence):
    with pytest.raises(DataError, match=sentence):
        check_numbers(y, answers)


def test_the_test_of_even_spread_is_koenkers():
    stats = pytest.importorskip("statsmodels.stats.diagnostic")
    fitted = np.linspace(1, 10, 200)
    y = fitted + RNG.normal(size=200) * fitted
    found = residuals.find_uneven_spread(y, fitted)
    statistic, p, _, _ = stats.het_breuschpagan(y - fitted, np.column_stack([np.ones(200), fitted]))
    assert found.statistic == pytest.approx(statistic)
    assert found.p == pytest.approx(p)
    assert "uneven" in found.sentence


def test_the_test_of_shape_is_scipys():
    from scipy.stats import jarque_bera

    noise = RNG.standard_t(4, 300)
    found = residuals.find_odd_shape(noise, np.zeros(300))
    assert (found.statistic, found.p) == pytest.approx(tuple(jarque_bera(noise)))


@pytest.mark.parametrize("constant", [True, False])
def test_diagnostics_draw_any_rows(constant):
    y = np.ones(40) if constant else np.arange(40.0)
    answers = np.ones(40) if constant else np.arange(40.0)[::-1]
    groups = np.repeat(["a", "b"], 20)
    for chart in (
        residuals.residual_chart(y, answers, "$"),
        residuals.scale_location_chart(y, answers),
        residuals.q_q_chart(y, answers),
        residuals.group_chart(y, answers, groups),
    ):
        assert chart.title
        assert chart.alt


def test_diagnostics_of_many_rows_stay_within_what_a_chart_holds():
    y = RNG.normal(size=20_000)
    assert sum(len(mark.x) for mark in residuals.q_q_chart(y, np.zeros(20_000)).marks) < 2_000
    with pytest.raises(DataError, match="judged from 3"):
        residuals.find_residuals([1.0, 2.0], [1.0, 2.0])
