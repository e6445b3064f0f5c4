"""Single values far from all others are told apart from long tails, and named with their row and distance."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.datasets.alerts import find_alerts
from core.datasets.bulk import find_bulk, keep_bulk
from core.datasets.catalogue import load_catalogue, load_table
from core.datasets.explore import distribution_chart, pair_chart
from core.datasets.fixes import apply_fix
from core.datasets.table import Table

RNG_SEED = 0


def make_table(**columns: np.ndarray) -> Table:
    frame = pd.DataFrame(columns)
    return Table(frame, "mine", "upload", "0" * 64, dict.fromkeys(frame, "number"))


def make_weights(n: int = 120) -> np.ndarray:
    weights = np.random.default_rng(RNG_SEED).normal(85, 8, n).round(1)
    weights[17] = 8500.0
    return weights


def test_no_value_of_a_bundled_table_stands_alone():
    for entry in load_catalogue():
        table = load_table(entry.name)
        far = [name for name in table.frame if table.kinds[name] == "number" and find_bulk(table.numbers(name))]
        assert far == [], entry.name


@pytest.mark.parametrize(
    "draw",
    [
        lambda rng: rng.normal(size=300),
        lambda rng: rng.exponential(size=300),
        lambda rng: rng.lognormal(size=300),
        lambda rng: rng.standard_t(3, 300),
        lambda rng: rng.poisson(0.5, 300).astype(float),
        lambda rng: rng.integers(0, 2, 300).astype(float),
    ],
)
def test_tails_of_known_laws_are_hardly_ever_called_far_out(draw):
    n_named = sum(find_bulk(draw(np.random.default_rng(seed))) is not None for seed in range(200))
    assert n_named <= 2


@pytest.mark.parametrize("slip", [10.0, 100.0, 1000.0])
def test_a_slipped_decimal_point_is_found_wherever_it_stands(slip):
    for seed in range(50):
        rng = np.random.default_rng(seed)
        weights = rng.normal(85, 8, 60)
        row = int(rng.integers(60))
        weights[row] *= slip
        found = find_bulk(weights)
        assert found is not None
        assert found.rows.tolist() == [row]


def test_values_far_out_at_both_ends_are_found_together():
    weights = make_weights(200)
    weights[[3, 90]] = -4000.0, 9000.0
    found = find_bulk(weights)
    assert sorted(found.rows.tolist()) == [3, 17, 90]
    assert found.n == 197


@given(st.integers(0, 1_000), st.floats(0.01, 100), st.floats(-1e4, 1e4))
@settings(max_examples=60, deadline=None)
def test_unit_and_zero_point_do_not_matter(seed, factor, shift):
    weights = np.random.default_rng(seed).normal(85, 8, 80)
    weights[5] = 850.0
    before, after = find_bulk(weights), find_bulk(factor * weights + shift)
    assert before.rows.tolist() == after.rows.tolist() == [5]
    assert after.times()[0] == pytest.approx(before.times()[0], rel=1e-6)


def test_gaps_and_infinite_values_are_passed_over_and_few_rows_are_not_judged():
    weights = make_weights()
    weights[[0, 1]] = np.nan, np.inf
    assert find_bulk(weights).rows.tolist() == [17]
    assert find_bulk(np.array([1.0, 2.0, 3.0, 900.0])) is None
    assert find_bulk(np.array([])) is None


def test_the_alert_names_value_row_and_distance_and_its_button_blanks_the_value():
    table = make_table(weight=make_weights())
    alert = next(each for each in find_alerts(table) if each.kind == "wild_value")
    others = np.delete(make_weights(), 17)
    times = (8500 - others.max()) / np.ptp(others)
    assert "weight is 8,500 in row 18," in alert.sentence
    assert f"{times:.3g} times" in alert.sentence
    mended = apply_fix(table, alert.fix)
    assert mended.frame["weight"].isna().tolist() == [row == 17 for row in range(120)]
    assert not any(each.kind == "wild_value" for each in find_alerts(mended))


def test_a_code_for_missing_is_called_one_and_nothing_else():
    weights = make_weights()
    weights[17] = -999.0
    kinds = [each.kind for each in find_alerts(make_table(weight=weights))]
    assert "sentinel" in kinds
    assert "wild_value" not in kinds


def test_a_chart_draws_the_rest_and_says_what_it_leaves_out():
    weights, heights = make_weights(), np.random.default_rng(1).normal(175, 9, 120)
    table = make_table(weight=weights, height=heights)
    spread = distribution_chart(table, "weight")
    assert spread.marks[0].y.sum() == 119
    assert spread.marks[0].x.max() < 150
    assert spread.title.endswith("not drawn: 1 value of weight far out, at 8,500")
    pair = pair_chart(table, "height", "weight")
    assert pair.marks[0].y.max() < 150
    assert len(pair.marks[0].x) == 119
    r = np.corrcoef(np.delete(weights, 17), np.delete(heights, 17))[0, 1]
    assert f"{abs(r):.2f}" in pair.title
    assert keep_bulk("height", heights) == (pytest.approx(heights), "")
