"""Who is really better: the bootstrap is the plain one, finds what is there, and says one interval of one figure."""

import numpy as np
import pytest

from core.hub.artifacts import load_artifact
from core.streaming import fraud
from core.streaming.fraud.paired import N_DRAWS, compare_pairs, resample_precision, tell_pair
from core.streaming.fraud.protocol import rank_scores
from core.streaming.fraud.weeks import goals_frame
from pages.kit.leaderboard import lay_out

N = 6_000


@pytest.fixture(scope="module")
def shipped():
    return fraud.load_model(load_artifact("fraud").folder / "weights")


def draw(rng, noise):
    """Make frauds, their customers, and the scores of some models that see them through noise."""
    fraud_, customers = rng.random(N) < 0.03, rng.integers(0, 400, N)
    return fraud_, customers, {name: fraud_ + rng.normal(0, each, N) for name, each in noise.items()}


def test_it_is_the_plain_bootstrap_of_customers_ties_taken_together():
    fraud_, customers, shares = draw(np.random.default_rng(0), {"a": 0.6})
    shares["rounded"] = shares["a"].round(1)
    found = resample_precision(fraud_, customers, shares, seed=3)
    names, owners = np.unique(customers, return_inverse=True)
    drawn = np.random.default_rng(3).multinomial(len(names), np.full(len(names), 1 / len(names)), N_DRAWS)
    weights = np.vstack([np.ones(len(names)), drawn[:20]])[:, owners].astype(float)
    for name, share in shares.items():
        assert found[name][:21] == pytest.approx(rank_scores(fraud_, share, weights)[1], abs=1e-9)


def test_models_that_are_equally_good_seldom_differ_and_others_do():
    n_wrong = 0
    for rng in np.random.default_rng(1).spawn(40):
        fraud_, customers, shares = draw(rng, {"a": 0.6, "b": 0.6, "c": 0.6, "bad": 1.5})
        pairs = compare_pairs(resample_precision(fraud_, customers, shares), "a")
        n_wrong += pairs["b"].differs or pairs["c"].differs
        assert pairs["bad"].differs
        assert 0 < pairs["bad"].low <= pairs["bad"].difference <= pairs["bad"].high <= 1
    assert n_wrong <= 6  # 5% of 40 are 2; seven would come by chance once in a hundred times


def test_the_shipped_board_tells_the_tree_from_the_best_and_each_figure_has_one_interval(shipped):
    rows = {row.model: row for row in shipped.leaderboard}
    assert (rows[shipped.best].verdict, rows["depth-2 tree"].verdict) == ("best", "worse")
    assert rows["random forest"].beats_baseline
    assert next(iter(rows[shipped.best].metrics)) == "test_average_precision"
    for row in shipped.scores:
        measure = rows[row.model].metrics.get(f"{row.split}_{row.metric}")
        assert (measure.value, measure.low, measure.high) == (row.value, row.low, row.high)
    cell = lay_out(shipped.leaderboard)["Average precision (test rows)"][0]
    assert goals_frame(shipped).set_index(["Figure", "Split"])["95% interval"]["Average precision", "test week"] in cell


def test_a_comparison_is_told_from_the_side_of_the_better_one():
    draws = np.random.default_rng(2).normal(0, 0.01, 501)
    pair = compare_pairs({"a": 0.5 + draws, "b": np.full(501, 0.6)}, "a")["b"]
    assert tell_pair("a", "b", pair, (1, 4)).startswith("B is better than a: ")
    assert tell_pair("a", "b", pair, (1, 4)).endswith("ahead in 3 of 4 weeks")
    same = compare_pairs({"a": draws, "b": draws}, "a")["b"]
    assert tell_pair("a", "b", same, (0, 4)) == "B and a have the same average precision"
