"""The handbook's protocol: which rows are learnt from and scored, and what the figures say of them."""

import numpy as np
import pytest
from sklearn.metrics import average_precision_score, roc_auc_score

from core.hub.errors import DataError
from core.streaming.fraud.baselines import GOALS, PUBLISHED, find_ceiling, score_amount
from core.streaming.fraud.protocol import (
    Protocol,
    bound_days,
    bound_ranking,
    list_starts,
    measure_card_precision,
    rank_scores,
    split_week,
)
from core.streaming.fraud.simulator import SMALL, simulate
from core.streaming.fraud.transactions import DAY_S, make_transactions


@pytest.fixture(scope="module")
def payments():
    return simulate(SMALL)


def handbook_rows(frame, start, protocol):
    """Take the rows as the handbook's text tells it, a day at a time over a frame."""
    days = frame["seconds"] // DAY_S
    train = frame[(days >= start) & (days < start + protocol.train_days)]
    known = set(train.loc[train["fraud"], "customer"])
    kept = []
    for step in range(protocol.test_days):
        told = frame[(days == start + protocol.train_days + step - 1) & frame["fraud"]]
        known |= set(told["customer"])
        today = frame[days == start + protocol.train_days + protocol.delay_days + step]
        kept += today.index[~today["customer"].isin(known)].tolist()
    return train.index.tolist(), kept


def handbook_card_precision(frame, score, top_k):
    """Rank cards a day at a time by pandas."""
    frame = frame.assign(score=score, day=frame["seconds"] // DAY_S)
    caught, shares = set(), []
    for _, today in frame.groupby("day"):
        cards = today[~today["customer"].isin(caught)].groupby("customer")[["score", "fraud"]].max()
        top = cards.sort_values("score", ascending=False, kind="stable").head(top_k)
        shares.append(top["fraud"].sum() / top_k)
        caught |= set(top.index[top["fraud"]])
    return shares


@pytest.mark.parametrize("protocol", [Protocol(), Protocol(5, 3, 4)])
def test_weeks_are_the_handbooks(payments, protocol):
    week = split_week(payments, 32, protocol)
    train, test = handbook_rows(payments.to_frame(), 32, protocol)
    assert week.train.tolist() == train
    assert week.test.tolist() == test
    assert payments.days[week.test].min() - payments.days[week.train].max() == protocol.delay_days + 1


def test_no_scored_customer_was_known_to_be_compromised(payments):
    week = split_week(payments, 32)
    caught = payments.customer[week.train][payments.fraud[week.train]]
    assert not np.isin(payments.customer[week.test], caught).any()


def test_a_week_without_frauds_is_refused(payments):
    with pytest.raises(DataError, match="0 frauds among 0 payments"):
        split_week(payments, 58)


def test_validation_ends_before_the_first_test_week_begins():
    protocol = Protocol()
    valid, test = list_starts(115, 4, 4, protocol)
    assert max(valid) + protocol.span_days <= min(test) + protocol.train_days + protocol.delay_days
    assert len(valid) == len(test) == 4


def test_card_precision_is_the_handbooks(payments):
    rows = split_week(payments, 32).test
    score = np.random.default_rng(0).random(len(rows)) + payments.amount[rows] / 500
    ours = measure_card_precision(payments, rows, score, 20)
    assert ours.tolist() == handbook_card_precision(payments.to_frame().loc[rows], score, 20)


def test_a_caught_card_is_not_looked_at_again():
    made = make_transactions(range(3), [0, DAY_S, DAY_S], [1, 1, 2], [0] * 3, [9.0] * 3, [True, True, True])
    assert measure_card_precision(made, np.arange(3), np.array([0.9, 0.8, 0.1]), 1).tolist() == [1.0, 1.0]


def test_nobody_beats_the_ceiling(payments):
    week = split_week(payments, 32)
    ceiling = find_ceiling(payments, week, Protocol(top_k=50))
    amount = measure_card_precision(payments, week.test, payments.amount[week.test], 50).mean()
    assert 0 < amount < ceiling <= 1


def test_scores_must_be_one_for_each_row(payments):
    with pytest.raises(ValueError, match="2 scores for 3 rows"):
        measure_card_precision(payments, np.arange(3), np.zeros(2))


def test_ranking_equals_scikit_learn_with_weights_and_ties():
    rng = np.random.default_rng(1)
    fraud, score = rng.random(400) < 0.1, rng.random(400).round(1)
    weights = rng.integers(0, 3, (3, 400)).astype(float)
    found = rank_scores(fraud, score, weights)
    for place, each in enumerate(weights):
        assert found[0, place] == pytest.approx(roc_auc_score(fraud, score, sample_weight=each), abs=1e-12)
        assert found[1, place] == pytest.approx(average_precision_score(fraud, score, sample_weight=each), abs=1e-12)


def test_a_resample_without_frauds_has_no_figure():
    assert np.isnan(rank_scores(np.array([True, False]), np.array([0.2, 0.1]), np.array([[0.0, 1.0]]))).all()


def test_intervals_hold_their_value_and_are_wider_by_customers_than_by_payments(payments):
    scored = payments.take(split_week(payments, 32).test[:3_000])
    rows = np.arange(len(scored))
    area, average = bound_ranking(scored, [(rows, scored.amount)])
    alone = make_transactions(rows, scored.seconds, rows, scored.terminal, scored.amount, scored.fraud)
    by_payment = bound_ranking(alone, [(rows, scored.amount)])[1]
    assert area[1] < area[0] < area[2]
    assert average[2] - average[1] > by_payment[2] - by_payment[1]


def test_days_give_students_interval():
    mean, low, high = bound_days(np.full(7, 0.25))
    assert (mean, low, high) == (0.25, 0.25, 0.25)


def test_baselines_are_the_printed_ones():
    assert PUBLISHED["random forest"].average_precision == 0.658
    assert GOALS["average_precision", "four_weeks"] == 0.69
    assert (np.diff(score_amount(np.array([[1.0], [10.0], [500.0]]))) > 0).all()
