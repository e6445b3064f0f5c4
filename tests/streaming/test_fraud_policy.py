"""Keep, recalibrate or retrain: the same rule as the A/B page's, false changes rare, each true need found."""

import numpy as np
import pytest

from core.evaluation import anytime
from core.experimentation.ab_testing import anytime as trial
from core.hub.errors import DataError, RecipeError
from core.streaming.fraud.charts import decision_chart
from core.streaming.fraud.policy import LossSequence, Policy, measure_losses
from core.streaming.fraud.shadow import LabelledRows, Recalibrated, find_odds, recalibrate

N = 6_000


def draw(rng, n=N):
    """Draw probabilities, frauds that follow them in runs on a terminal, and terminals."""
    share = rng.beta(0.2, 4.0, n)
    return share, rng.random(n) < share, rng.integers(0, 400, n)


def blur(share, rng, spread=1.0):
    """Make a model that knows less: noise on the log odds."""
    odds = np.log(share / (1 - share + 1e-12) + 1e-12)
    return 1 / (1 + np.exp(-(odds + rng.normal(0, spread, len(share)))))


def test_the_rule_is_the_trial_pages_own():
    assert trial.find_reach is anytime.find_reach
    assert trial.find_always_valid is anytime.find_always_valid
    rng = np.random.default_rng(0)
    gains = rng.normal(0.01, 0.3, 5_000)
    sequence = LossSequence(0.05, 5_000)
    sequence.update(gains, np.arange(5_000) % 4_096)
    reading = sequence.read()
    # The published width at the tuned number of units is 1.5486 times the fixed interval's.
    fixed = 1.959963984540054 * gains.std(ddof=1) / np.sqrt(5_000)
    assert (reading.high - reading.low) / 2 == pytest.approx(1.5486 * fixed, rel=0.03)
    assert (reading.p_value <= 0.05) == (reading.low > 0 or reading.high < 0)


def test_reading_200_needless_trials_after_every_day_changes_few_champions():
    changes = lost = 0
    for rng in np.random.default_rng(1).spawn(200):
        share, fraud, terminals = draw(rng, 8_000)
        models = tuple(blur(share, rng, 0.5) for _ in range(3))
        policy = Policy(0.05)
        decisions = []
        for part in np.array_split(np.arange(8_000), 10):
            policy.update(tuple(model[part] for model in models), fraud[part], terminals[part])
            decisions.append(policy.decide())
        changes += {each.action for each in decisions} != {"keep"}
        lost += any(each.is_lost for each in decisions)
    assert changes <= 10  # 5% of 200
    assert lost <= 10  # nor are changes that are as good shown to be worse


def test_changes_that_are_worse_are_shown_to_be_so_and_end_the_wait():
    rng = np.random.default_rng(7)
    share, fraud, terminals = draw(rng)
    policy = Policy()
    policy.update((share, share / 20, blur(share, rng, 2.0)), fraud, terminals)
    decision = policy.decide()
    assert (decision.action, decision.is_lost) == ("keep", True)
    assert "both changes are shown to raise the loss, by at least" in decision.sentence
    policy = Policy()
    policy.update((share, share, blur(share, rng, 2.0)), fraud, terminals)
    assert not policy.decide().is_lost  # recalibration may still help


def test_frauds_in_runs_widen_the_interval():
    rng = np.random.default_rng(2)
    run = np.repeat(rng.normal(0, 1, 200), 20)
    gains, terminals = run + rng.normal(0, 0.1, 4_000), np.repeat(np.arange(200), 20)
    clustered, alone = LossSequence(), LossSequence()
    clustered.update(gains, terminals)
    alone.update(gains, np.arange(4_000))
    widths = [each.high - each.low for each in (clustered.read(), alone.read())]
    assert widths[0] / widths[1] == pytest.approx(np.sqrt(20), rel=0.1)


def make_runs(rng, n_runs=21, per_run=14):
    """Make labels whose frauds come in runs on single cards; each model errs alike through a run, none is better."""
    n = 4_000
    cards = np.concatenate([rng.integers(0, 1_250, n), np.repeat(rng.integers(0, 1_250, n_runs), per_run)])
    fraud = np.arange(len(cards)) >= n
    skill = np.repeat(rng.normal(-1, 1.5, (3, n_runs)), per_run, axis=1)
    odds = np.concatenate([rng.normal(-5.5, 0.3, (3, n)), skill + rng.normal(0, 0.3, skill.shape)], axis=1)
    return tuple(1 / (1 + np.exp(-odds))), fraud, rng.integers(0, 2_500, len(cards)), cards


def test_runs_on_single_cards_change_few_champions_too():
    changes = {"by card": 0, "by terminal alone": 0}
    for rng in np.random.default_rng(6).spawn(100):
        policies = {name: Policy(0.05) for name in changes}
        for _ in range(5):
            models, fraud, terminals, cards = make_runs(rng)
            policies["by card"].update(models, fraud, terminals, cards)
            policies["by terminal alone"].update(models, fraud, terminals)
        for name, policy in policies.items():
            changes[name] += policy.decide().action != "keep"
    assert changes["by card"] <= 2
    assert changes["by terminal alone"] >= 10


@pytest.mark.parametrize("wanted", ["keep", "recalibrate", "retrain"])
def test_each_need_is_found(wanted):
    rng = np.random.default_rng(3)
    share, fraud, terminals = draw(rng)
    models = {
        "keep": (share, share * 0.99, blur(share, rng)),
        "recalibrate": (share / 20, share, blur(share, rng)),
        "retrain": (blur(share, rng, 2.0), blur(share, rng, 2.0), share),
    }[wanted]
    policy = Policy()
    policy.update(models, fraud, terminals)
    decision = policy.decide()
    assert decision.action == wanted
    assert decision.sentence.startswith(wanted.capitalize())
    assert decision_chart(decision).marks[0].y.shape == (3,)


def test_few_labels_or_frauds_decide_nothing():
    share, fraud, terminals = draw(np.random.default_rng(4), 1_500)
    policy = Policy()
    policy.update((share / 50, share, share), fraud, terminals)
    decision = policy.decide()
    assert decision.action == "keep"
    assert np.isinf(decision.recalibrated_over_champion.high)
    assert decision_chart(decision) is None


def test_one_transaction_cannot_weigh_more_than_the_clip():
    assert measure_losses(np.array([0.0, 1.0]), np.array([True, False])).max() == pytest.approx(-np.log(1e-4))


def test_recalibration_finds_slope_and_intercept_and_keeps_the_order():
    rng = np.random.default_rng(5)
    share = rng.beta(0.5, 3.0, 30_000)
    fraud = rng.random(30_000) < share
    stated = 1 / (1 + np.exp(-(find_odds(share) / 2 + 1)))
    found = recalibrate(None, stated, fraud)
    assert (found.slope, found.intercept) == (pytest.approx(2, abs=0.1), pytest.approx(-2, abs=0.15))
    assert found.mend(stated).mean() == pytest.approx(fraud.mean(), abs=1e-4)
    assert (np.argsort(found.mend(stated)) == np.argsort(stated)).all()


def test_a_challenger_learns_from_labels_later_than_the_alarm_alone():
    rng, learnt = np.random.default_rng(8), []
    rows = LabelledRows(2)
    rows.add(np.zeros((9_000, 2), dtype=np.float32), rng.random(9_000), rng.random(9_000) < 0.1)
    rows.n_since = 0
    assert rows.is_enough
    assert not rows.is_enough_since
    rows.add(np.ones((3_000, 2), dtype=np.float32), rng.random(3_000), rng.random(3_000) < 0.1, is_since=True)
    assert rows.is_enough_since
    rows.start_shadow(None, lambda features, *_: learnt.append(features), n_newest=rows.n_since)
    assert learnt[0].shape == (3_000, 2)
    assert (learnt[0] == 1).all()


def test_labelled_rows_keep_the_newest_and_train_nothing_on_too_few():
    rows = LabelledRows(2, n_most=100)
    rows.add(np.arange(400, dtype=np.float32).reshape(200, 2), np.zeros(200), np.zeros(200, dtype=bool))
    assert len(rows) == 100
    assert not rows.is_enough
    with pytest.raises(DataError, match="100 labelled transactions with 0 frauds have come; a challenger needs 2000"):
        rows.start_shadow(None, lambda *_: None)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: LossSequence(1.0), "alpha is 1"),
        (lambda: Policy(0.0), "alpha is 0"),
        (lambda: Policy(least_gain=-1.0), "least gain is -1 nats"),
    ],
)
def test_a_rule_that_cannot_be_is_refused(call, words):
    with pytest.raises(RecipeError, match=words):
        call()


def test_one_kind_of_label_cannot_recalibrate():
    with pytest.raises(DataError, match="all 3 labelled transactions are of one kind"):
        recalibrate(None, np.full(3, 0.5), np.zeros(3, dtype=bool))
    assert Recalibrated(None, 1.0, 0.0).mend(np.array([0.3])) == pytest.approx(0.3)
