"""The features one payment at a time: equal to the table's, labels in time, order, refusals, snapshots, memory."""

import dataclasses

import numpy as np
import pytest

from core.hub.errors import ArtifactError, DataError
from core.hub.packing import pack_arrays, unpack_arrays
from core.streaming.fraud.features import FEATURES, make_features
from core.streaming.fraud.online import FeatureState
from core.streaming.fraud.simulator import Simulation, simulate
from core.streaming.fraud.transactions import DAY_S, Transaction

SETTINGS = Simulation(n_customers=200, n_terminals=150, n_days=85, radius=20.0, terminals_per_day=1)
COMPARED_DAYS = 30


@pytest.fixture(scope="module")
def payments():
    return simulate(SETTINGS)


@pytest.fixture(scope="module")
def by_table(payments):
    return make_features(payments)


class Feed:
    """Plays payments into a state; each label is learnt when its payment is ``label_days`` old."""

    def __init__(self, payments, state, label_days=7):
        self.rows, self.frauds = list(payments.rows()), payments.fraud.tolist()
        self.state, self.age = state, int(label_days * DAY_S)
        self.n_added = self.n_learnt = 0

    def play(self, stop):
        made = []
        for row in self.rows[self.n_added : stop]:
            while self.rows[self.n_learnt].seconds <= row.seconds - self.age:
                self.state.learn(self.rows[self.n_learnt].id, self.frauds[self.n_learnt])
                self.n_learnt += 1
            made.append(self.state.add(row))
        self.n_added = stop
        return np.array(made)


@pytest.fixture(scope="module")
def played(payments):
    feed = Feed(payments, FeatureState())
    return feed.play(len(payments)), feed.state


def test_thirty_days_one_by_one_are_those_of_the_table(payments, by_table, played):
    made, _ = played
    compared = payments.days >= SETTINGS.n_days - COMPARED_DAYS
    assert np.abs(made[compared] - by_table[compared]).max() <= 1e-9
    assert np.abs(made - by_table).max() <= 1e-9
    assert by_table[compared][:, FEATURES.index("terminal_risk_30day")].max() > 0


def test_a_label_that_comes_early_changes_nothing_before_it_is_old_enough(payments, by_table):
    half = payments.take(payments.days < 40)
    assert np.array_equal(Feed(half, FeatureState(), label_days=0.5).play(len(half)), by_table[: len(half)])


def test_a_label_that_comes_late_counts_from_then_on(payments, by_table):
    half = payments.take(payments.days < 40)
    made = Feed(half, FeatureState(), label_days=9).play(len(half))
    risk = FEATURES.index("terminal_risk_1day")
    assert made[:, risk].sum() == 0  # all payments of that window are seven to eight days old
    assert by_table[: len(half), risk].sum() > 0
    month = FEATURES.index("terminal_risk_30day")
    assert 0 < made[:, month].sum() < by_table[: len(half), month].sum()


def test_another_delay_is_that_of_the_table(payments):
    first = payments.take(payments.days < 30)
    made = Feed(first, FeatureState(delay_days=2), label_days=2).play(len(first))
    assert np.array_equal(made, make_features(first, delay_days=2))


def test_many_at_once_are_the_same_as_one_by_one(payments):
    rows = list(payments.take(slice(0, 500)).rows())
    one, many = FeatureState(), FeatureState()
    assert np.array_equal(many.add_many(rows), [one.add(row) for row in rows])
    assert many.to_bytes() == one.to_bytes()
    assert many.add_many([]).shape == (0, 15)


def test_a_restored_state_goes_on_as_if_nothing_had_happened(payments, by_table):
    feed = Feed(payments, FeatureState())
    stops = np.sort(np.random.default_rng(0).choice(len(payments), 4, replace=False)).tolist()
    for stop in (*stops, len(payments)):
        start = feed.n_added
        assert np.array_equal(feed.play(stop), by_table[start:stop])
        content = feed.state.to_bytes()
        feed.state = FeatureState.from_bytes(content)
        assert feed.state.to_bytes() == content
        assert feed.state.latest == payments.seconds[stop - 1]


def test_the_state_forgets_what_no_window_reaches(payments, played):
    _, state = played
    horizon = int(payments.seconds[-1]) - 37 * DAY_S - state.lateness_s
    assert len(state) == int((payments.seconds > horizon).sum())
    assert len(state) < len(payments) / 2


def test_a_busy_customer_and_terminal_do_not_grow_for_ever():
    state = FeatureState()
    for hour in range(5_000):
        state.learn(hour - 200, fraud=hour % 3 == 0)
        state.add(Transaction(hour, hour * 3_600, 1, 1, 1.0))
    month, with_delay = 30 * 24 + 2, 37 * 24 + 2
    assert len(state) <= with_delay
    assert len(state._customers[1].totals) == len(state._customers[1].times) + 1 <= 2 * month + 2
    assert len(state._terminals[1].times) <= 2 * with_delay + 1
    assert len(state._terminals[1].frauds) <= 2 * with_delay / 3 + 1
    assert len(state._frauds) <= with_delay / 3 + 1


def test_owners_that_went_quiet_are_forgotten():
    state = FeatureState()
    for place in range(100):
        state.add(Transaction(place, place * 5 * DAY_S, place, 1_000 + place, 1.0))
    assert len(state) == len(state._terminals) == 8
    assert len(state._customers) <= 8


def test_late_payments_get_the_features_of_their_own_time_and_count_for_later_ones(payments):
    first = payments.take(payments.days < 20)
    rows = list(first.rows())
    shifted = np.random.default_rng(1).permutation(len(rows))
    delay = np.where(shifted % 10 == 0, 3_000, 0)
    arrival = np.argsort(first.seconds + delay, kind="stable")
    state = FeatureState(lateness_s=3_600)
    made = np.array([state.add(rows[place]) for place in arrival])
    n_late = int((np.diff(arrival) < 0).sum())
    assert n_late > 100
    for position in np.flatnonzero(np.diff(arrival) < 0)[:20] + 1:
        known = np.sort(arrival[: position + 1])
        table = make_features(first.take(known[first.seconds[known] <= first.seconds[arrival[position]]]))
        expected = table[np.flatnonzero(known == arrival[position])[0]]
        assert np.array_equal(made[position][:9], expected[:9])
    last = Transaction(10**6, int(first.seconds[-1]), rows[0].customer, rows[0].terminal, 5.0)
    in_order = FeatureState()
    in_order.add_many(rows)
    assert np.array_equal(state.add(last), in_order.add(last))


def test_a_late_amount_counts_in_the_averages_after_it():
    state = FeatureState()
    n_tx, average = FEATURES.index("customer_nb_tx_1day"), FEATURES.index("customer_avg_amount_1day")
    arriving = [(100, 10.0), (200, 20.0), (150, 7.0), (300, 3.0)]
    made = [state.add(Transaction(place, *each)) for place, each in enumerate((s, 1, 1, a) for s, a in arriving)]
    assert [row[n_tx] for row in made] == [1, 2, 2, 4]
    assert [row[average] for row in made] == [10.0, 15.0, 8.5, 10.0]


def refuse(state, transaction, sentence):
    before = state.to_bytes()
    with pytest.raises(DataError, match=sentence):
        state.add(transaction)
    assert state.to_bytes() == before


def test_what_cannot_be_counted_is_refused_and_leaves_the_state_alone():
    state = FeatureState()
    state.add(Transaction(1, 10_000, 1, 1, 5.0))
    refuse(state, Transaction(1, 10_001, 2, 2, 6.0), "transaction 1 was added before; send each id once")
    refuse(
        state, Transaction(2, 6_399, 1, 1, 5.0), "transaction 2 is 3,601 s older than the newest; the limit is 3,600"
    )
    for amount in (-0.01, float("nan"), float("inf"), 2e9):
        refuse(state, Transaction(3, 10_001, 1, 1, amount), "the amount of transaction 3 is .*; it must be 0 to")
    assert state.add(Transaction(2, 6_400, 1, 1, 5.0))[3] == 1
    refuse(state, Transaction(4, 6_399, 1, 1, 5.0), "transaction 4 is 3,601 s older than the newest")
    assert 2 in state
    assert 3 not in state


def test_a_preview_is_what_adding_gives_and_changes_nothing(payments):
    state = FeatureState()
    rows = list(payments.take(slice(0, 2_000)).rows())
    state.add_many(rows[:-1])
    before = state.to_bytes()
    seen = state.preview(rows[-1])
    assert state.to_bytes() == before
    assert np.array_equal(state.add(rows[-1]), seen)


def test_the_last_word_on_a_payment_counts():
    state = FeatureState()
    state.add(Transaction(0, 0, 1, 1, 5.0))
    later = Transaction(1, 7 * DAY_S, 2, 1, 5.0)
    risk = FEATURES.index("terminal_risk_1day")
    for fraud in (True, True, False, False, True):
        assert state.learn(0, fraud)
        assert state.preview(later)[risk] == float(fraud)
    assert not state.learn(99, fraud=True)


@pytest.mark.parametrize("change", ["cut", "text", "column", "type", "length", "delay"])
def test_bytes_that_are_no_state_are_refused(change):
    state = FeatureState()
    state.add(Transaction(0, 0, 1, 1, 5.0))
    content = state.to_bytes()
    arrays = unpack_arrays(content)
    broken = {
        "cut": lambda: content[:-20],
        "text": lambda: b"not a state",
        "column": lambda: pack_arrays({name: column for name, column in arrays.items() if name != "amount"}),
        "type": lambda: pack_arrays(arrays | {"id": arrays["id"].astype(np.float64)}),
        "length": lambda: pack_arrays(arrays | {"terminal": np.arange(5)}),
        "delay": lambda: pack_arrays(arrays | {"settings": np.array([0, 3_600])}),
    }[change]()
    with pytest.raises(ArtifactError):
        FeatureState.from_bytes(broken)


def test_a_transaction_cannot_be_changed_and_knows_its_time():
    payment = Transaction(0, 86_400, 1, 1, 5.0)
    assert payment.time.isoformat() == "2018-04-02T00:00:00+00:00"
    with pytest.raises(dataclasses.FrozenInstanceError):
        payment.amount = 1.0
