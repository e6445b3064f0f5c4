"""The triplet loss, its gradient and the mining of triplets."""

import numpy as np
import pytest

from core.hub.errors import DataError
from core.vision.face_recognition.mining import (
    MININGS,
    check_people,
    count_hardness,
    list_pairs,
    mine_triplets,
)
from core.vision.face_recognition.triplet import (
    carry_through_normalising,
    find_gradient,
    measure_loss,
    measure_squares,
    normalise,
)

STEP = 1e-6


def make_vectors(seed=0, n_people=5, n_each=4, size=6):
    rng = np.random.default_rng(seed)
    people = np.repeat(np.arange(n_people), n_each)
    centres = rng.normal(size=(n_people, size))
    return normalise(centres[people] + 0.8 * rng.normal(size=(len(people), size))), people


def slope_by_differences(function, at):
    found = np.zeros_like(at)
    for place in np.ndindex(at.shape):
        moved = at.copy()
        moved[place] += STEP
        above = function(moved)
        moved[place] -= 2 * STEP
        found[place] = (above - function(moved)) / (2 * STEP)
    return found


def loss_by_loops(vectors, triplets, margin):
    total = 0.0
    for anchor, positive, negative in triplets:
        to_positive = sum((a - p) ** 2 for a, p in zip(vectors[anchor], vectors[positive], strict=True))
        to_negative = sum((a - n) ** 2 for a, n in zip(vectors[anchor], vectors[negative], strict=True))
        total += max(0.0, to_positive - to_negative + margin)
    return total / len(triplets)


def triplets_by_loops(vectors, people, mining, margin):
    """Mine as the papers' sentences say it, one anchor after another."""
    n, found = len(vectors), []
    gap = [[float(np.sum((vectors[i] - vectors[j]) ** 2)) for j in range(n)] for i in range(n)]
    for a in range(n):
        own = [p for p in range(n) if people[p] == people[a] and p != a]
        others = [o for o in range(n) if people[o] != people[a]]
        if mining == "hard":
            found.append((a, max(own, key=gap[a].__getitem__), min(others, key=gap[a].__getitem__)))
            continue
        for p in own:
            band = [o for o in others if gap[a][p] < gap[a][o] < gap[a][p] + margin]
            if mining == "all":
                found += [(a, p, o) for o in others]
            elif band:
                found.append((a, p, min(band, key=gap[a].__getitem__)))
    return set(found)


@pytest.mark.parametrize("mining", MININGS)
@pytest.mark.parametrize("margin", [0.1, 0.5])
def test_loss_and_mining_are_what_written_out_loops_give(mining, margin):
    vectors, people = make_vectors()
    found = mine_triplets(vectors, people, mining, margin)
    assert {tuple(row) for row in found.tolist()} == triplets_by_loops(vectors, people, mining, margin)
    assert len(found) == len({tuple(row) for row in found.tolist()}) > 0
    assert measure_loss(vectors, found, margin) == pytest.approx(loss_by_loops(vectors, found, margin), abs=1e-12)


@pytest.mark.parametrize("mining", MININGS)
def test_the_gradient_is_the_slope_by_finite_differences(mining):
    vectors, people = make_vectors(seed=3)
    triplets = mine_triplets(vectors, people, mining, 0.4)
    expected = slope_by_differences(lambda at: measure_loss(at, triplets, 0.4), vectors)
    assert np.abs(expected).max() > 0.01
    np.testing.assert_allclose(find_gradient(vectors, triplets, 0.4), expected, atol=1e-8)


def test_the_gradient_goes_through_the_normalising():
    vectors, people = make_vectors(seed=4)
    raw = vectors * np.random.default_rng(5).uniform(0.5, 3.0, size=(len(vectors), 1))
    triplets = mine_triplets(vectors, people, "all", 0.4)
    found = carry_through_normalising(raw, find_gradient(normalise(raw), triplets, 0.4))
    expected = slope_by_differences(lambda at: measure_loss(normalise(at), triplets, 0.4), raw)
    np.testing.assert_allclose(found, expected, atol=1e-8)
    assert np.abs(np.sum(found * raw, axis=1)).max() < 1e-12  # no slope outwards: a longer vector is the same one


def test_distances_agree_with_scipy():
    from scipy.spatial.distance import cdist

    vectors, _ = make_vectors(size=128)
    np.testing.assert_allclose(measure_squares(vectors), cdist(vectors, vectors, "sqeuclidean"), atol=1e-12)


def test_moving_and_turning_all_vectors_changes_no_loss():
    vectors, people = make_vectors()
    turn = np.linalg.qr(np.random.default_rng(1).normal(size=(6, 6)))[0]
    triplets = mine_triplets(vectors, people, "semi-hard", 0.3)
    moved = vectors @ turn + 2.0
    assert measure_loss(moved, triplets, 0.3) == pytest.approx(measure_loss(vectors, triplets, 0.3), abs=1e-12)
    assert np.abs(find_gradient(vectors, triplets, 0.3).sum(axis=0)).max() < 1e-12


def test_semi_hard_triplets_always_cost_and_never_more_than_the_margin():
    vectors, people = make_vectors(seed=7)
    triplets = mine_triplets(vectors, people, "semi-hard", 0.3)
    squares = measure_squares(vectors)
    gap = squares[triplets[:, 0], triplets[:, 2]] - squares[triplets[:, 0], triplets[:, 1]]
    assert ((gap > 0) & (gap < 0.3)).all()


def test_counts_of_hardness_add_up_and_turn_easy_when_people_part():
    vectors, people = make_vectors()
    counted = count_hardness(vectors, people, 0.2)
    squares = measure_squares(vectors)
    triplets = mine_triplets(vectors, people, "all")
    gap = squares[triplets[:, 0], triplets[:, 2]] - squares[triplets[:, 0], triplets[:, 1]]
    assert counted.total == len(triplets) == 20 * 3 * 16
    assert (counted.hard, counted.semi_hard) == (int((gap <= 0).sum()), int(((gap > 0) & (gap < 0.2)).sum()))
    apart = vectors + 10.0 * np.eye(5)[people] @ np.eye(5, 6)
    assert count_hardness(apart, people, 0.2).easy == counted.total
    assert not len(mine_triplets(apart, people, "semi-hard", 0.2))


def test_a_pair_of_one_person_is_listed_both_ways():
    assert len(list_pairs(np.repeat([0, 1], [4, 1]))) == 12


def test_nothing_to_learn_from_costs_nothing():
    vectors, _ = make_vectors()
    none = np.empty((0, 3), np.int64)
    assert measure_loss(vectors, none, 0.2) == 0
    assert not find_gradient(vectors, none, 0.2).any()


@pytest.mark.parametrize(
    ("vectors", "people", "said"),
    [
        (np.ones((3, 2)), np.zeros(3, np.int64), "1 person"),
        (np.ones((3, 2)), np.arange(3), "two of the same person"),
        (np.full((4, 2), np.nan), np.repeat([0, 1], 2), "not a number"),
        (np.ones((3, 2)), np.arange(4), "shape"),
        (np.ones((1001, 2)), np.arange(1001) % 2, "at most 1,000"),
    ],
)
def test_vectors_without_a_triplet_are_refused(vectors, people, said):
    with pytest.raises(DataError, match=said):
        check_people(vectors, people)


def test_too_many_triplets_are_refused():
    people = np.repeat(np.arange(10), 30)
    with pytest.raises(DataError, match="choose semi-hard"):
        mine_triplets(np.random.default_rng(0).normal(size=(300, 2)), people, "all")


def test_a_vector_without_a_length_and_equal_vectors_have_no_slope():
    raw = np.random.default_rng(0).normal(size=(4, 3))
    raw[0] = 0
    assert np.all(carry_through_normalising(raw, np.ones_like(raw))[0] == 0)
    alike, triplets = np.ones((3, 4)), np.array([[0, 1, 2]])
    for margin in (0.0, 0.2):
        assert np.all(find_gradient(alike, triplets, margin) == 0)
        assert measure_loss(alike, triplets, margin) == margin
