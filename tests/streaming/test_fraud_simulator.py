"""The simulated payments: published counts and rows, the draws of Python, what a fraud is, the kept file."""

import random

import numpy as np
import pandas as pd
import pytest

from core.hub.errors import RecipeError
from core.streaming.fraud import simulator
from core.streaming.fraud.simulation_draws import draw_choices
from core.streaming.fraud.simulation_frauds import Crime, add_frauds
from core.streaming.fraud.simulation_profiles import find_reach, make_customers, make_terminals
from core.streaming.fraud.simulator import SMALL, Simulation, load_transactions, save_transactions, simulate
from core.streaming.fraud.transactions import SCENARIOS, make_transactions

DAYS_TO_TRAINING = 115  # from 2018-04-01 to 2018-07-25


@pytest.fixture(scope="module")
def handbook():
    return simulate()


@pytest.fixture(scope="module")
def small():
    return simulate(SMALL)


def test_the_published_numbers_of_payments_and_frauds_are_met_exactly(handbook):
    assert len(handbook) == 1_754_155
    assert int(handbook.fraud.sum()) == 14_681
    assert np.bincount(handbook.scenario)[1:].tolist() == [973, 9_077, 4_631]


def test_the_published_first_payments_are_met_exactly(handbook):
    first = [(each.seconds, each.customer, each.terminal, each.amount) for each in handbook.take(slice(0, 3)).rows()]
    assert first == [(31, 596, 3_156, 57.16), (130, 4_961, 3_412, 81.51), (476, 2, 1_365, 146.0)]
    assert str(handbook.take(slice(0, 1)).to_frame()["time"].iloc[0]) == "2018-04-01 00:00:31"


def test_the_published_training_week_is_met_exactly(handbook):
    week = handbook.take((handbook.days >= DAYS_TO_TRAINING) & (handbook.days < DAYS_TO_TRAINING + 7))
    assert (len(week), int(week.fraud.sum())) == (67_240, 598)


@pytest.mark.parametrize("n_options", [1, 2, 83, 128])
def test_choices_are_those_of_python(n_options):
    source = random.Random(596)  # noqa: S311 - what the choices are held against
    assert draw_choices(596, n_options, 500).tolist() == [source.choice(range(n_options)) for _ in range(500)]


def test_payments_are_in_order_of_time_within_the_days_and_in_reach(small):
    assert (np.diff(small.seconds) >= 0).all()
    assert np.array_equal(small.id, np.arange(len(small)))
    assert small.days.min() == 0
    assert small.days.max() == SMALL.n_days - 1
    places, terminals = make_customers(SMALL.n_customers).place, make_terminals(SMALL.n_terminals)
    distance = np.linalg.norm(places[small.customer] - terminals[small.terminal], axis=1)
    assert distance.max() < SMALL.radius


def test_a_customer_without_a_terminal_in_reach_makes_no_payment():
    settings = Simulation(n_customers=50, n_terminals=20, n_days=10, radius=10.0)
    reach = find_reach(make_customers(50).place, make_terminals(20), 10.0)
    alone = [customer for customer, near in enumerate(reach) if not len(near)]
    assert alone
    assert not set(alone) & set(simulate(settings).customer.tolist())


def test_each_fraud_is_what_its_scenario_says(small):
    assert {SCENARIOS[each] for each in np.unique(small.scenario)} == set(SCENARIOS)
    assert np.array_equal(small.fraud, small.scenario > 0)
    assert small.amount[small.scenario == 1].min() > 220
    assert small.amount[small.scenario == 0].max() <= 220


def make_daily(n_days, n_customers, n_terminals):
    """One payment of 1 a day by each customer at each terminal."""
    n = n_days * n_customers * n_terminals
    places = np.arange(n)
    days, rest = np.divmod(places, n_customers * n_terminals)
    return make_transactions(places, days * 86_400, rest // n_terminals, rest % n_terminals, np.ones(n))


def test_terminals_are_compromised_for_four_weeks_from_the_days_that_pandas_samples_them():
    n_days, n_terminals = 40, 60
    hit = add_frauds(make_daily(n_days, 1, n_terminals), Crime(1, n_terminals, customers_per_day=0))
    expected = np.zeros((n_days, n_terminals), dtype=bool)
    for day in range(n_days - 1):
        expected[day : day + 28, pd.Series(range(n_terminals)).sample(n=2, random_state=day)] = True
    assert np.array_equal(hit.fraud.reshape(n_days, n_terminals), expected)
    assert expected.mean() < 0.9


def test_a_third_of_a_stolen_cards_payments_of_two_weeks_have_five_times_their_amount():
    n_days, n_customers = 30, 40
    genuine = make_daily(n_days, n_customers, 2)
    hit = add_frauds(genuine, Crime(n_customers, 2, terminals_per_day=0, customers_per_day=1))
    times_hit = np.rint(np.log(hit.amount) / np.log(5))
    assert np.array_equal(hit.amount, 5.0**times_hit)
    assert np.array_equal(times_hit > 0, hit.scenario == 3)
    assert times_hit.sum() == sum(2 * min(14, n_days - day) // 3 for day in range(n_days - 1))
    chosen = {int(pd.Series(range(n_customers)).sample(n=1, random_state=day).iloc[0]) for day in range(n_days - 1)}
    assert set(hit.customer[hit.fraud].tolist()) == chosen
    assert genuine.amount.max() == 1  # the payments that came in are not changed


def test_one_seed_gives_one_data_set_and_another_gives_another(small):
    again, other = simulate(SMALL), simulate(Simulation(n_customers=1_000, n_terminals=2_000, n_days=60, seed=1))
    assert all(np.array_equal(column, again.columns()[name]) for name, column in small.columns().items())
    assert len(other) != len(small)


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        (Simulation(n_customers=2), "n_customers is 2; it must be 3 to 50,000"),
        (Simulation(radius=0.0), "radius is 0.0; it must be 0.1 to 150.0"),
        (Simulation(n_customers=50_000), "customers times days are 9,150,000; the limit is 2,000,000"),
        (Simulation(n_terminals=2, terminals_per_day=3), "terminals_per_day is 3; it must be at most n_terminals, 2"),
    ],
)
def test_settings_out_of_range_are_refused(settings, sentence):
    with pytest.raises(RecipeError, match=sentence):
        simulate(settings)


def test_the_data_set_is_kept_and_a_damaged_file_is_made_again(handbook, tmp_path, monkeypatch):
    calls = []
    monkeypatch.setattr(simulator, "simulate", lambda settings: calls.append(settings) or handbook)
    for _ in range(2):
        kept = load_transactions(tmp_path)
    assert len(calls) == 1
    assert np.array_equal(kept.amount, handbook.amount)
    path = tmp_path / simulator.FILE
    path.write_bytes(path.read_bytes()[:1_000])
    load_transactions(tmp_path)
    save_transactions(handbook.take(slice(0, 10)), path)
    load_transactions(tmp_path)
    assert len(calls) == 3
    assert len(list(tmp_path.iterdir())) == 1
