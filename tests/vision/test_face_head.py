"""The triplet-taught head, its film, and the trial that says whether it is any better."""

from dataclasses import replace

import numpy as np
import pytest

from core.hub.errors import DataError
from core.vision.face_recognition.film import MAX_FRAMES, choose_points, make_film, plan_frames
from core.vision.face_recognition.head import (
    Adam,
    HeadSettings,
    find_weight_gradients,
    make_weights,
    run_layers,
    train_head,
)
from core.vision.face_recognition.head_trial import compare_head, count_mix_ups, split_people, split_pictures
from core.vision.face_recognition.mining import mine_triplets
from core.vision.face_recognition.simulated import simulate_people
from core.vision.face_recognition.triplet import measure_loss, normalise


@pytest.fixture(scope="module")
def ten():
    return simulate_people(10, 10, seed=1)


@pytest.fixture(scope="module")
def learnt(ten):
    return train_head(*ten)


@pytest.mark.parametrize("hidden", [0, 5])
def test_the_slopes_of_all_weights_are_those_by_finite_differences(hidden):
    vectors, people = simulate_people(3, 3, seed=2)
    vectors = vectors[:, :6]
    settings = HeadSettings(size=3, hidden=hidden, margin=1.0)
    weights = make_weights(6, settings)
    answers = run_layers(vectors, weights)
    triplets = mine_triplets(normalise(answers[-1]), people, "all")
    found = find_weight_gradients(answers, weights, triplets, 1.0)
    assert len(found) == (2 if hidden else 1)
    for place, matrix in enumerate(weights):
        for at in np.ndindex(matrix.shape):
            losses = []
            for step in (1e-6, -1e-6):
                moved = [each.copy() for each in weights]
                moved[place][at] += step
                losses.append(measure_loss(normalise(run_layers(vectors, moved)[-1]), triplets, 1.0))
            assert found[place][at] == pytest.approx((losses[0] - losses[1]) / 2e-6, abs=1e-7)


def test_adam_takes_the_steps_of_its_paper():
    """Two steps from 0 with slopes 1 and 3, by the formulas of algorithm 1 in plain numbers."""
    adam = Adam([np.array([0.0])], rate=0.1)
    adam.move([np.array([1.0])])
    second = adam.move([np.array([3.0])])[0][0]
    mean = (0.9 * 0.1 * 1 + 0.1 * 3) / (1 - 0.9**2)
    square = (0.999 * 0.001 * 1 + 0.001 * 9) / (1 - 0.999**2)
    assert second == pytest.approx(-0.1 - 0.1 * mean / np.sqrt(square), abs=1e-8)


def test_the_people_it_learns_move_apart(ten, learnt):
    first, last = learnt.film.moments[0], learnt.film.moments[-1]
    assert (first.step, last.step) == (0, 200)
    assert first.loss > 0.05
    assert last.loss == 0
    assert last.hardness.easy > 0.999 * last.hardness.total > 0.9 * first.hardness.easy
    start = normalise(ten[0] @ make_weights(128, learnt.settings)[0])
    assert count_mix_ups(learnt.embed(ten[0]), ten[1]) < 0.1 * count_mix_ups(start, ten[1])


def test_the_same_seed_teaches_the_same_head(ten, learnt):
    again = train_head(*ten)
    np.testing.assert_array_equal(again.weights[0], learnt.weights[0])
    np.testing.assert_array_equal(again.film.places, learnt.film.places)
    other = train_head(*ten, replace(learnt.settings, seed=1, steps=1))
    assert not np.array_equal(other.weights[0], learnt.weights[0])


def test_a_head_of_128_numbers_starts_as_the_plain_distance_of_directions(ten):
    vectors, people = ten
    start = normalise(run_layers(vectors, make_weights(128, HeadSettings(size=128)))[-1])
    np.testing.assert_allclose(start @ start.T, normalise(vectors) @ normalise(vectors).T, atol=1e-12)
    assert count_mix_ups(start, people) == count_mix_ups(normalise(vectors), people)


def test_progress_is_told_and_may_cancel(ten):
    seen = []
    train_head(*ten, HeadSettings(steps=3), lambda step, total, metrics: seen.append((step, total, metrics["loss"])))
    assert [each[:2] for each in seen] == [(0, 3), (1, 3), (2, 3), (3, 3)]
    assert seen[-1][2] < seen[0][2]

    def stop(step, _total, _metrics):
        if step == 2:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        train_head(*ten, HeadSettings(steps=3), stop)


def test_the_film_is_small_and_moves(learnt):
    film = learnt.film
    assert film.places.shape == (len(film.steps), 100, 2)
    assert film.places.dtype == np.float32
    assert film.places.nbytes < 100_000
    assert film.steps == tuple(sorted(set(film.steps)))
    moved = np.linalg.norm(film.places[-1] - film.places[0], axis=1)
    assert np.median(moved) > 0.1
    assert 0.2 < film.kept_share <= 1
    assert film.find_frame(film.steps[3] + 1) >= 3
    with pytest.raises(DataError, match="the film goes from 0"):
        film.find_frame(-1)


def test_the_plane_of_two_numbers_shows_everything():
    rng = np.random.default_rng(0)
    states = [rng.normal(size=(9, 2)) for _ in range(2)]
    film = make_film([], states, np.arange(9))
    assert film.kept_share == pytest.approx(1)
    gaps = [np.linalg.norm(each[:, None] - each[None], axis=2) for each in (states[0], film.places[0])]
    np.testing.assert_allclose(gaps[0], gaps[1], atol=1e-6)


def test_a_film_has_room_for_everybody_first():
    people = np.repeat(np.arange(50), 10)
    chosen = choose_points(people)
    assert len(chosen) == 200
    assert (np.bincount(people[chosen]) == 4).all()
    assert plan_frames(5, 60) == (0, 1, 2, 3, 4, 5)
    with pytest.raises(DataError, match=f"2 to {MAX_FRAMES}"):
        plan_frames(100, MAX_FRAMES + 1)


def test_mix_ups_are_the_share_that_the_rank_test_of_scipy_counts():
    from scipy.stats import mannwhitneyu

    vectors, people = simulate_people(6, 4, seed=3, between=0.08)
    first, second = np.triu_indices(len(vectors), 1)
    distance = np.linalg.norm(vectors[first] - vectors[second], axis=1)
    same = people[first] == people[second]
    wins = mannwhitneyu(distance[same], distance[~same]).statistic
    expected = wins / (same.sum() * (~same).sum())
    assert expected > 0.005
    assert count_mix_ups(vectors, people) == pytest.approx(expected, abs=1e-12)


def test_folds_never_part_a_person_and_hold_each_out_once():
    people = np.repeat(np.arange(11), 3)
    folds = split_people(people)
    assert np.sum(folds, axis=0).tolist() == [1] * len(people)
    for held in folds:
        assert not set(people[held]) & set(people[~held])
        assert len(set(people[held])) >= 2
    assert split_pictures(np.repeat([0, 1], [5, 3])).sum() == 2


def test_a_head_of_few_numbers_is_found_worse_on_people_it_never_saw():
    """Ten directions that say who, and a head of two that learnt half of the people: it must lose, and must say so."""
    vectors, people = simulate_people(12, 6, seed=4)
    found = compare_head(vectors, people, HeadSettings(size=2, steps=30, rate=0.01))
    assert found.new_people.verdict == "worse"
    assert found.new_people.low > 0
    assert found.new_people.plain < 0.01 < found.new_people.head
    assert "the plain distance is better" in found.sentence
    assert (found.new_people.n_people, found.new_people.n_same) == (12, 12 * 15)
    assert found == compare_head(vectors, people, HeadSettings(size=2, steps=30, rate=0.01))


def test_a_head_is_found_better_where_there_is_something_to_learn():
    """Pictures that differ by lighting, the same loud directions for all: a head can learn to overhear them."""
    rng = np.random.default_rng(6)
    people = np.repeat(np.arange(16), 6)
    vectors = np.hstack([rng.normal(size=(16, 12))[people], 4.0 * rng.normal(size=(len(people), 2))])
    found = compare_head(
        vectors + 0.1 * rng.normal(size=vectors.shape), people, HeadSettings(size=14, steps=60, rate=0.02)
    )
    assert found.new_people.verdict == "better"
    assert found.new_people.high < -0.02
    assert found.new_pictures.verdict == "better"


def test_few_people_allow_no_verdict():
    found = compare_head(*simulate_people(4, 2, seed=5), HeadSettings(steps=2))
    assert found.new_people.verdict == "too few people"
    assert "too few to say" in found.sentence
    assert found.new_pictures is None


def test_copies_of_a_picture_are_no_new_pictures_of_anybody():
    vectors, people = simulate_people(6, 4, seed=5)
    settings = HeadSettings(steps=2)
    copied = compare_head(np.repeat(vectors, 3, axis=0), np.repeat(people, 3), settings)
    assert copied == compare_head(vectors, people, settings)


@pytest.mark.parametrize(
    ("people", "said"),
    [
        (np.repeat([0, 1, 2], 4), "there are 3 people"),
        (np.arange(101), "there are 101 people"),
        (np.arange(8), "two of the same person"),
    ],
)
def test_galleries_that_cannot_be_compared_are_refused(people, said):
    with pytest.raises(DataError, match=said):
        compare_head(np.random.default_rng(0).normal(size=(len(people), 16)), people)


def test_layers_that_would_invent_numbers_are_refused():
    with pytest.raises(DataError, match="make size smaller"):
        make_weights(8, HeadSettings(size=16))


def test_the_measuring_command_prints_what_the_trial_finds(monkeypatch, capsys):
    from core.vision.face_recognition import data, measure_head

    vectors, people = simulate_people(9, 4, seed=8)
    monkeypatch.setattr(data, "measure_orl", lambda: (data.Faces(vectors, people), np.array([], np.int64)))
    settings = HeadSettings(steps=5)
    monkeypatch.setattr(measure_head, "SETTINGS", {"short": settings})
    assert measure_head.main(["--people", "8"]) == 0
    printed = capsys.readouterr().out
    assert "short: 32 pictures of 8 people" in printed
    kept = people < 8
    assert compare_head(vectors[kept], people[kept], settings).new_people.sentence in printed
    assert measure_head.main(["--people", "3"]) == 2
    assert "there are 3 people" in capsys.readouterr().err
