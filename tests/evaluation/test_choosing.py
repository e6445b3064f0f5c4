"""Which model answers first: level accuracies are decided by log loss, real differences are not overruled."""

import numpy as np
import pytest

from core.evaluation.choosing import choose_model
from core.evaluation.leaderboard import Candidate, make_leaderboard

ROWS = (800.0, 89.0)
N_FOLDS = 20


def make_folds(rng, **means):
    """Fold scores around means; folds share what is hard about them."""
    hard = rng.normal(0, 0.03, N_FOLDS)
    return {name: mean + hard + rng.normal(0, 0.01, N_FOLDS) for name, mean in means.items()}


def make_losses(**means):
    return {name: mean + np.linspace(-0.02, 0.02, N_FOLDS) for name, mean in means.items()}


@pytest.mark.parametrize("first", ["forest", "logistic"])
def test_level_accuracies_are_decided_by_log_loss_whichever_is_ahead_by_a_hair(first):
    other = "logistic" if first == "forest" else "forest"
    accuracy = make_folds(np.random.default_rng(0), **{first: 0.845, other: 0.840, "rule": 0.70})
    losses = make_losses(**{first: 0.42, other: 0.38, "rule": 0.60})
    found = choose_model((first, other), accuracy, losses, *ROWS)
    assert accuracy[first].mean() > accuracy[other].mean()
    assert (found.model, found.highest, found.level) == (other, first, (other, first))
    turned = {first: losses[other], other: losses[first], "rule": losses["rule"]}
    assert choose_model((first, other), accuracy, turned, *ROWS).model == first


def test_a_real_lead_is_not_overruled_by_log_loss():
    accuracy = make_folds(np.random.default_rng(1), forest=0.86, logistic=0.80, rule=0.70)
    found = choose_model(("logistic", "forest"), accuracy, make_losses(forest=0.60, logistic=0.30, rule=0.5), *ROWS)
    assert (found.model, found.level) == ("forest", ("forest",))
    assert "measurably more accurate than every other" in found.sentence


def test_a_model_that_a_third_beats_cannot_answer_though_the_highest_leaves_it_level():
    """The highest varies so much that it is level with all; the second beats the third in every fold."""
    hard = np.linspace(-0.03, 0.03, N_FOLDS)
    wild = np.where(np.arange(N_FOLDS) % 2 == 0, 0.25, -0.15)
    accuracy = {"wild": 0.80 + wild, "second": 0.84 + hard, "third": 0.80 + hard + 0.001 * np.sin(np.arange(N_FOLDS))}
    losses = make_losses(wild=0.7, second=0.5, third=0.3)
    found = choose_model(("wild", "second", "third"), accuracy, losses, *ROWS)
    assert found.highest == "wild"
    assert found.level == ("second", "wild")


def test_baselines_are_compared_with_but_never_answer():
    accuracy = make_folds(np.random.default_rng(2), forest=0.70, logistic=0.70, rule=0.80)
    losses = make_losses(forest=0.5, logistic=0.4, rule=0.1)
    assert choose_model(("forest", "logistic"), accuracy, losses, *ROWS).model == "logistic"


@pytest.mark.parametrize("seed", range(20))
def test_the_leaderboard_headed_by_the_choice_has_no_row_that_is_measurably_better(seed):
    rng = np.random.default_rng(seed)
    means = dict(zip(("a", "b", "c", "rule"), rng.uniform(0.75, 0.85, 4), strict=True))
    accuracy = make_folds(rng, **means)
    losses = make_losses(a=rng.uniform(), b=rng.uniform(), c=rng.uniform(), rule=1.0)
    found = choose_model(("a", "b", "c"), accuracy, losses, *ROWS)
    assert found.highest in found.level
    candidates = [Candidate(name, {"accuracy": each}, is_baseline=name == "rule") for name, each in accuracy.items()]
    rows = make_leaderboard(candidates, *ROWS, best=found.model)
    assert rows[0].model == found.model
    assert [row.is_best for row in rows] == [True, False, False, False]
    mean = accuracy[found.model].mean()
    for row in rows:
        if row.verdict == "worse" and not row.is_baseline:
            assert row.metrics["accuracy"].value < mean
        if row.model in found.level[1:]:
            assert row.verdict == "not distinguishable from best"


@pytest.mark.parametrize(
    ("gap", "told"), [(0.2, "a lead that the folds confirm"), (0.0001, "a lead that may be chance")]
)
def test_the_reason_says_whether_the_lead_in_log_loss_may_be_chance(gap, told):
    accuracy = make_folds(np.random.default_rng(3), forest=0.80, logistic=0.80)
    noise = np.random.default_rng(4).normal(0, 0.02, N_FOLDS)
    losses = {"logistic": 0.4 + noise - noise.mean(), "forest": np.full(N_FOLDS, 0.4 + gap)}
    found = choose_model(("forest", "logistic"), accuracy, losses, *ROWS)
    assert found.sentence.startswith("Logistic answers first: accuracy on the folds cannot tell 2 models apart")
    assert f"0.400 (forest {0.4 + gap:.3f}), {told}" in found.sentence


def test_equal_losses_take_the_first_named_and_one_model_is_the_only_one():
    same = {"a": np.array([0.8, 0.7, 0.9]), "b": np.array([0.8, 0.7, 0.9])}
    assert choose_model(("b", "a"), same, same, *ROWS).model == "b"
    assert choose_model(("a", "a"), same, same, *ROWS).sentence == "A answers: it is the only model."
    with pytest.raises(ValueError, match="models is empty"):
        choose_model((), same, same, *ROWS)


def test_a_chosen_best_must_be_a_model_of_the_leaderboard():
    folds = {"accuracy": np.array([0.8, 0.7, 0.9])}
    with pytest.raises(ValueError, match="best is 'c'"):
        make_leaderboard([Candidate("a", folds), Candidate("b", folds, is_baseline=True)], *ROWS, best="c")
