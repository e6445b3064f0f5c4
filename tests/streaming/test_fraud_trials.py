"""Trials of the live stream: which labels a challenger learns from, and that none blocks the next for long."""

import numpy as np
import pytest

from core.hub.artifacts import load_artifact
from core.hub.contract import Reason
from core.streaming import fraud
from core.streaming.fraud.live_start import make_start, start_engine
from core.streaming.fraud.policy import Decision, Reading
from core.streaming.fraud.simulator import load_transactions
from core.streaming.fraud.transactions import DAY_S
from core.streaming.fraud.trials import FIRST_READING_DAYS, LAST_READING_DAYS, PATIENCE_DAYS, TURN_DAYS, Trials
from core.streaming.fraud.warm import Judged, LiveSettings

MOST_DAYS = 21
"""A price rise is to be handled within three weeks: labels take one, and enough of them some days."""


class Fixed:
    """Says the same of every payment."""

    def __init__(self, share):
        self.share = share

    def score(self, features):
        return np.full(len(features), self.share)

    def reasons(self, _row):
        return (Reason("amount", "1", 0.1),)


def judge(n, rng, mark=0.0):
    """Make labelled payments of a day, one in twenty a fraud; ``mark`` is in every feature."""
    fraud = np.arange(n) % 20 == 0
    owners = rng.integers(0, 500, n)
    return Judged(
        np.arange(n), np.full((n, 15), mark, dtype=np.float32), np.full(n, 0.05), fraud, owners, owners[::-1].copy()
    )


@pytest.fixture
def rng():
    return np.random.default_rng(0)


@pytest.fixture
def learnt():
    return []


@pytest.fixture
def trials(rng, learnt):
    def fit(features, _fraud, _seed):
        learnt.append(features[:, 0])
        return Fixed(0.05)

    return Trials(LiveSettings(), fit, judge(5_000, rng))


def test_an_alarm_of_the_labels_starts_a_trial_on_all_of_them(trials, learnt):
    assert trials.start(Fixed(0.05), 60) == ""
    trials.note("labels", 60)
    assert trials.start(Fixed(0.05), 60) == "Trial 1: a challenger was trained on 5,000 labels."
    assert len(learnt[0]) == 5_000


def test_an_alarm_of_features_waits_for_its_labels_and_takes_the_place_of_an_older_trial(trials, rng, learnt):
    trials.note("labels", 60)
    trials.start(Fixed(0.05), 60)
    trials.note("features", 62)
    trials.note("score", 64)  # the first alarm counts
    for day in (62, 63, 64):
        trials.learn(judge(1_200, rng, mark=float(day)), day)
        told = trials.start(Fixed(0.05), day + 7)
        assert (told == "") == (day < 64), "until 2,000 labels later than the alarm have come"
    assert "Trial 2: trial 1 gave way to it; a challenger was trained on 2,400 labels" in told
    assert np.unique(learnt[1]).tolist() == [63.0, 64.0]


def test_an_alarm_whose_labels_stay_few_is_tried_on_all_there_are(trials):
    trials.note("score", 60)
    days = [day for day in range(60, 100) if trials.start(Fixed(0.05), day)]
    assert days == [60 + 7 + PATIENCE_DAYS + 1]


def test_a_trial_that_shows_nothing_gives_way_to_a_newer_alarm_and_ends_at_last(trials, rng):
    trials.note("labels", 60)
    trials.start(Fixed(0.05), 60)
    trials.note("labels", 61)
    days = [day for day in range(61, 100) if trials.start(Fixed(0.05), day)]
    assert days == [60 + TURN_DAYS]
    last = days[0] + LAST_READING_DAYS
    for day in range(days[0] + 1, last + 1):
        trials.learn(judge(100, rng), day - 7)
        assert (trials.read(day, day * DAY_S) is None) == (day < last)
    assert trials.decisions[-1][1].action == "keep"


def test_a_trial_that_is_lost_ends_on_its_first_reading(trials, monkeypatch):
    trials.note("labels", 60)
    trials.start(Fixed(0.05), 60)
    worse = Reading(-0.02, -0.03, -0.01, 0.001, 9_000)
    monkeypatch.setattr(
        trials.shadow, "policy", type("Known", (), {"decide": lambda _: Decision("keep", *[worse] * 3)})()
    )
    assert trials.read(60 + FIRST_READING_DAYS - 1, 0) is None
    decision, champion = trials.read(60 + FIRST_READING_DAYS, 0)
    assert (decision.is_lost, champion, trials.shadow) == (True, None, None)


@pytest.mark.slow
def test_the_shipped_model_is_mended_within_three_weeks_of_a_price_rise():
    model = fraud.load_model(load_artifact("fraud").folder / "weights")
    engine = start_engine(make_start(model, load_transactions()))
    engine.advance(seconds=9 * 3_600)
    begun = engine.attack("price rise").seconds
    decided = []
    while engine.clock_s < begun + (MOST_DAYS + 3) * DAY_S and not decided:
        decided = [each for each in engine.advance(seconds=DAY_S) if each.kind == "decision"]
    assert decided[0].text.split(":")[0] in {"Recalibrate", "Retrain"}
    assert (decided[0].seconds - begun) / DAY_S <= MOST_DAYS
    assert engine.champion is not model
