"""Error rates of a gallery: exact counts, intervals that hold where pairs share people, and claims that are refused."""

import numpy as np
import pytest

from core.hub.errors import DataError, LimitError
from core.vision.face_recognition.error_rates import bound_rate, count_independent, measure_rates
from core.vision.face_recognition.pairs import MAX_PICTURES, Tally, count_errors, make_pairs
from core.vision.face_recognition.simulated import simulate_people
from core.vision.face_recognition.thresholds import GATES, bound_names, choose_gate, judge_claim, measure_gallery

N_GALLERIES = 100
NOMINAL = 0.95


@pytest.fixture(scope="module")
def curve():
    return measure_gallery(*simulate_people(20, 5, seed=0))


def count_by_hand(vectors, person, gate):
    """Count false accepts and false rejects pair by pair."""
    accepts = rejects = 0
    for i in range(len(person)):
        for j in range(i):
            near = np.sqrt(((vectors[i] - vectors[j]) ** 2).sum()) <= gate
            accepts += near and person[i] != person[j]
            rejects += not near and person[i] == person[j]
    return accepts, rejects


def test_counts_are_those_of_a_loop_over_pairs():
    vectors, person = simulate_people(6, 4, seed=3)
    order = np.random.default_rng(0).permutation(24)
    pairs = make_pairs(vectors[order], person[order])
    for gate in (0.3, 0.6, 0.7):
        tallies = [count_errors(pairs, np.array([gate]), same=same) for same in (False, True)]
        assert tuple(int(each.errors[0]) for each in tallies) == count_by_hand(vectors, person, gate)
        assert [each.n_pairs for each in tallies] == [15 * 16, 6 * 6]
        assert [each.by_person.sum() for each in tallies] == [2 * tallies[0].errors[0], tallies[1].errors[0]]


def test_rates_move_with_the_gate_and_intervals_hold_them(curve):
    assert (np.diff(curve.accepts.rate) >= 0).all()
    assert (np.diff(curve.rejects.rate) <= 0).all()
    for rates in (curve.accepts, curve.rejects):
        assert (rates.low <= rates.rate).all()
        assert (rates.rate <= rates.high).all()
        assert (rates.upper <= rates.high + 1e-12).all()
        assert (rates.n_independent <= rates.n_pairs).all()
        assert np.isfinite(rates.high).all()


def test_bounds_are_clopper_and_pearsons_and_the_rule_of_three():
    from scipy.stats import binomtest

    low, high = bound_rate(np.array([7 / 50]), np.array([50.0]), 0.025)
    peer = binomtest(7, 50).proportion_ci(method="exact")
    assert (low[0], high[0]) == pytest.approx((peer.low, peer.high))
    _, upper = bound_rate(np.array([0.0]), np.array([1_000.0]), 0.05)
    assert upper[0] == pytest.approx(3 / 1_000, rel=0.01)


def test_the_jackknife_is_that_of_people_left_out_by_hand():
    vectors, person = simulate_people(10, 6, seed=1)
    gate = np.array([0.7])
    tally = count_errors(make_pairs(vectors, person), gate, same=False)
    assert tally.errors[0] >= 30
    rates = []
    for left in range(10):
        kept = person != left
        part = count_errors(make_pairs(vectors[kept], person[kept]), gate, same=False)
        rates.append(part.errors[0] / part.n_pairs)
    from scipy.stats import t

    rate = tally.errors[0] / tally.n_pairs
    variance = 0.9 * ((np.array(rates) - rate) ** 2).sum()
    few_people = (t.ppf(0.975, tally.n_pairs - 1) / t.ppf(0.975, 9)) ** 2
    expected = rate * (1 - rate) / variance * few_people
    assert count_independent(tally)[0] == pytest.approx(max(expected, 5), rel=1e-9)


def test_independent_pairs_count_as_themselves():
    """Two people a pair, no person in two pairs: the classical case, where nothing is shared."""
    rng = np.random.default_rng(0)
    wrong = np.repeat(rng.random(2_000) < 0.1, 1).astype(np.int64)
    tally = Tally(wrong.sum(keepdims=True), wrong[:, None], 2_000, np.ones(2_000, dtype=np.int64), 1)
    assert count_independent(tally)[0] == pytest.approx(2_000, rel=0.01)


def test_a_copied_picture_adds_pairs_but_no_knowledge():
    vectors, person = simulate_people(20, 4, seed=2)
    gate = np.array([0.68])
    once = measure_rates(count_errors(make_pairs(vectors, person), gate, same=False))
    twice = measure_rates(count_errors(make_pairs(np.tile(vectors, (2, 1)), np.tile(person, 2)), gate, same=False))
    assert twice.n_pairs == 4 * once.n_pairs
    assert twice.rate[0] == once.rate[0]
    assert twice.n_independent[0] == pytest.approx(once.n_independent[0], rel=0.01)


@pytest.mark.parametrize("same", [False, True])
def test_intervals_hold_the_truth_where_those_of_independent_pairs_do_not(same):
    """A hundred galleries of twenty people; the truth is the mean of two hundred others."""
    gates = np.round(np.arange(0.3, 0.8, 0.02), 2)
    place = 19 if not same else 6
    shares = []
    for seed in range(200):
        tally = count_errors(make_pairs(*simulate_people(30, 3, seed=10_000 + seed)), gates, same=same)
        shares.append(tally.errors[place] / tally.n_pairs)
    truth, held, naive = np.mean(shares), 0, 0
    assert 0.02 < truth < 0.2
    for seed in range(N_GALLERIES):
        rates = measure_rates(count_errors(make_pairs(*simulate_people(20, 5, seed=seed)), gates, same=same))
        low, high = bound_rate(rates.rate, np.full(len(gates), float(rates.n_pairs)), 0.025)
        held += rates.low[place] <= truth <= rates.high[place]
        naive += low[place] <= truth <= high[place]
    assert held >= N_GALLERIES * (NOMINAL - 0.05)
    assert naive <= N_GALLERIES * 0.75


def test_a_small_gallery_is_refused_what_it_cannot_support():
    for n_people in (2, 3, 5):
        small = measure_gallery(*simulate_people(n_people, 5, seed=n_people))
        for promised in (0.001, 0.01, 0.1):
            claim = judge_claim(small, promised)
            assert not claim.is_supported
            assert "cannot be claimed" in claim.sentence
            assert claim.smallest > 0.4
    assert "are worth 2 independent pairs" in judge_claim(small, 0.01).sentence


def test_more_pictures_of_the_same_people_do_not_buy_a_claim():
    assert not judge_claim(measure_gallery(*simulate_people(5, 20, seed=5)), 0.01).is_supported


def test_a_large_gallery_gets_its_gate_and_the_bound_is_kept():
    large = measure_gallery(*simulate_people(60, 4, seed=1))
    claim = judge_claim(large, 0.05)
    place = large.find(claim.gate)
    assert claim.is_supported
    assert claim.rate <= claim.upper <= 0.05
    assert claim.upper == large.accepts.upper[place]
    assert large.accepts.upper[place + 1] > 0.05
    assert f"gate of {claim.gate:.2f}" in claim.sentence


def test_strangers_named_among_many_pictures_stay_within_the_bound():
    vectors, person = simulate_people(60, 4, seed=1)
    claim = judge_claim(measure_gallery(vectors, person), 0.05)
    strangers = simulate_people(200, 1, seed=77)[0]
    for n_enrolled in (5, 20):
        enrolled = vectors[person < n_enrolled]
        named = (np.linalg.norm(strangers[:, None] - enrolled[None], axis=2).min(axis=1) <= claim.gate).mean()
        assert named <= bound_names(claim, len(enrolled)) == min(len(enrolled) * claim.upper, 1)
    assert named > claim.promised  # so many comparisons break what one alone keeps


def test_promises_are_kept_about_as_often_as_stated():
    """Of the galleries that are given a gate for 5%, few break it on people they have not seen."""
    unseen = [count_errors(make_pairs(*simulate_people(40, 3, seed=s)), GATES, same=False) for s in range(900, 960)]
    truth = sum(each.errors for each in unseen) / sum(each.n_pairs for each in unseen)
    given = broken = 0
    for seed in range(40):
        gallery = measure_gallery(*simulate_people(30, 4, seed=seed))
        claim = judge_claim(gallery, 0.05)
        given += claim.is_supported
        broken += claim.is_supported and truth[gallery.find(claim.gate)] > 0.05
    assert given >= 30
    assert broken <= 6  # 5% of 40 is 2; more than 6 has a chance of 0.3%


def test_people_enrolled_twice_show_at_the_strictest_gate():
    vectors, person = simulate_people(60, 4, seed=1)
    assert judge_claim(measure_gallery(vectors, person), 0.01).is_supported
    vectors[person >= 30] = vectors[person < 30]
    claim = judge_claim(measure_gallery(vectors, person), 0.005)
    assert not claim.is_supported
    assert claim.sentence.endswith("is one person here twice?")


def test_the_measured_gate_is_the_loosest_within_the_rate(curve):
    gate = choose_gate(curve, 0.02)
    place = curve.find(gate)
    assert curve.accepts.rate[place] <= 0.02 < curve.accepts.rate[place + 1]


def test_names_in_place_of_numbers_change_nothing():
    vectors, person = simulate_people(6, 3, seed=1)
    named = measure_gallery(vectors, [f"person {each}" for each in person])
    assert np.array_equal(named.accepts.high, measure_gallery(vectors, person).accepts.high)


def test_the_chart_states_its_finding(curve):
    chart = curve.chart(0.6)
    assert chart.title.startswith("Both errors are alike at a gate of 0.")
    assert "20 people" in chart.alt


@pytest.mark.parametrize(
    ("vectors", "person", "sentence"),
    [
        (np.zeros((3, 4)), [0, 0, 0], "false accepts take pairs of at least 2 people"),
        (np.zeros((3, 4)), [0, 1, 2], "copies aside"),
        (np.zeros((1, 4)), [0], "give at least 2"),
        (np.full((3, 4), np.nan), [0, 0, 1], "not finite"),
    ],
)
def test_what_has_no_pairs_is_refused(vectors, person, sentence):
    with pytest.raises(DataError, match=sentence):
        measure_gallery(vectors, person)


def test_too_many_pictures_are_refused():
    with pytest.raises(LimitError, match="at most 2,000"):
        make_pairs(np.zeros((MAX_PICTURES + 1, 2)), np.zeros(MAX_PICTURES + 1))


@pytest.mark.parametrize("promised", [0.0, 1.0, -0.1, np.nan])
def test_a_promise_that_is_no_share_is_refused(curve, promised):
    with pytest.raises(DataError, match="between 0 and 1"):
        judge_claim(curve, promised)


def test_copies_of_one_file_count_once():
    vectors, person = simulate_people(20, 5, seed=2)
    copied = measure_gallery(np.repeat(vectors, 3, axis=0), np.repeat(person, 3))
    once = measure_gallery(vectors, person)
    assert (copied.accepts.n_pairs, copied.rejects.n_pairs) == (once.accepts.n_pairs, once.rejects.n_pairs)
    np.testing.assert_array_equal(copied.rejects.rate, once.rejects.rate)
    with pytest.raises(DataError, match="copies aside"):
        measure_gallery(np.repeat(vectors[::5], 4, axis=0), np.repeat(np.arange(20), 4))
