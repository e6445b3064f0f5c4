"""The features of a whole table: pandas' rolling windows, age of labels, invariances, refusals."""

import dataclasses

import numpy as np
import pytest

from core.hub.errors import DataError
from core.streaming.fraud.features import FEATURES, WINDOWS, make_features
from core.streaming.fraud.simulator import Simulation, simulate
from core.streaming.fraud.transactions import DAY_S, make_transactions

SETTINGS = Simulation(n_customers=300, n_terminals=100, n_days=50, radius=20.0)


@pytest.fixture(scope="module")
def payments():
    return simulate(SETTINGS)


@pytest.fixture(scope="module")
def made(payments):
    return dict(zip(FEATURES, make_features(payments).T, strict=True))


def roll(payments, owner, value, days):
    """Return pandas' sums and counts of a window for each payment, in the order of the payments."""
    frame = payments.to_frame().set_index("time")[[owner, value]].astype({value: float})
    windows = frame.groupby(owner)[value].rolling(f"{days}d")
    order = np.argsort(payments.columns()[owner], kind="stable")
    sums, counts = np.empty(len(payments)), np.empty(len(payments))
    sums[order], counts[order] = windows.sum(), windows.count()
    return sums, counts


@pytest.mark.parametrize("days", WINDOWS)
def test_customer_windows_are_those_of_pandas(payments, made, days):
    sums, counts = roll(payments, "customer", "amount", days)
    assert np.array_equal(made[f"customer_nb_tx_{days}day"], counts)
    assert made[f"customer_avg_amount_{days}day"] == pytest.approx(sums / counts, abs=1e-9)


@pytest.mark.parametrize("days", WINDOWS)
def test_terminal_windows_are_those_of_pandas_with_the_delay_taken_off(payments, made, days):
    sums, counts = roll(payments, "terminal", "fraud", days + 7)
    young_sums, young_counts = roll(payments, "terminal", "fraud", 7)
    n, n_fraud = counts - young_counts, sums - young_sums
    assert np.array_equal(made[f"terminal_nb_tx_{days}day"], n)
    assert made[f"terminal_risk_{days}day"] == pytest.approx(np.where(n > 0, n_fraud / np.maximum(n, 1), 0), abs=1e-9)
    assert made[f"terminal_risk_{days}day"].max() > 0


def test_weekend_and_night_are_those_of_the_calendar(payments, made):
    times = payments.to_frame()["time"].dt
    assert np.array_equal(made["during_weekend"], (times.weekday >= 5).astype(float))
    assert np.array_equal(made["during_night"], (times.hour <= 6).astype(float))


def test_no_feature_sees_a_label_younger_than_the_delay(payments):
    now = 40 * DAY_S
    scored = payments.seconds <= now
    before = make_features(payments)[scored]
    young = payments.seconds > now - 7 * DAY_S
    flipped = dataclasses.replace(payments, fraud=payments.fraud ^ young)
    assert np.array_equal(make_features(flipped)[scored], before)
    older = dataclasses.replace(payments, fraud=payments.fraud ^ (payments.seconds > now - 8 * DAY_S))
    assert not np.array_equal(make_features(older)[scored], before)


def test_a_label_counts_from_the_second_it_is_as_old_as_the_delay():
    for delay in (1, 7):
        edge = delay * DAY_S
        pair = make_transactions([0, 1, 2], [0, edge - 1, edge], [1, 2, 3], [9, 9, 9], [1, 1, 1], [True, False, False])
        assert make_features(pair, delay)[:, FEATURES.index("terminal_risk_1day")].tolist() == [0, 0, 1]


def test_later_payments_and_other_owners_change_nothing(payments):
    half = payments.take(slice(0, len(payments) // 2))
    assert np.array_equal(make_features(half), make_features(payments)[: len(half)])
    alone = payments.customer == 7
    assert np.array_equal(make_features(payments.take(alone))[:, 3:9], make_features(payments)[alone, 3:9])


def test_whole_weeks_earlier_or_other_numbers_of_owners_give_the_same(payments):
    moved = dataclasses.replace(
        payments,
        seconds=payments.seconds - 700 * DAY_S,
        customer=10**12 - payments.customer,
        terminal=payments.terminal * 1_000 + 5,
    )
    assert np.array_equal(make_features(moved), make_features(payments))


def test_the_risk_of_a_terminal_finds_compromised_terminals(payments, made):
    known = payments.days >= 20
    at_risk = known & (made["terminal_risk_7day"] > 0.5)
    compromised = payments.scenario == 2
    assert compromised[at_risk].mean() > compromised[known].mean() + 0.3


def test_an_empty_table_has_no_features():
    assert make_features(make_transactions([], [], [], [], [])).shape == (0, 15)


@pytest.mark.parametrize(
    ("seconds", "amounts", "sentence"),
    [
        ([5, 4], [1, 1], "not in order of time; sort them"),
        ([4, 5], [1, -3], "an amount is -3; it must be 0 to 1,000,000,000"),
        ([4, 5], [np.nan, 1], "an amount is nan"),
    ],
)
def test_payments_that_would_give_wrong_features_are_refused(seconds, amounts, sentence):
    with pytest.raises(DataError, match=sentence):
        make_features(make_transactions([0, 1], seconds, [1, 1], [1, 1], amounts))


def test_a_delay_out_of_range_is_a_mistake(payments):
    with pytest.raises(ValueError, match="delay_days is 0; it must be 1 to 90"):
        make_features(payments, delay_days=0)
