"""Three ways to name: counts against a loop, strangers never named behind a strict gate, and what is refused."""

import numpy as np
import pytest

from core.hub.errors import DataError
from core.vision.face_recognition.face_charts import methods_chart
from core.vision.face_recognition.identification import METHODS
from core.vision.face_recognition.method_trial import MOST_FOLDS, NEAREST_MEAN, compare_methods
from core.vision.face_recognition.simulated import simulate_people
from core.vision.face_recognition.tables import list_methods

N_PEOPLE, N_EACH, GATE = 6, 4, 0.55


@pytest.fixture(scope="module")
def people():
    return simulate_people(N_PEOPLE, N_EACH, seed=2)


@pytest.fixture(scope="module")
def scores(people):
    return compare_methods(*people, GATE)


def name_by_hand(vectors, people, rows, asked):
    """Name one vector by the nearest mean of some rows, and say how far it is."""
    means = {person: vectors[rows & (people == person)].mean(axis=0) for person in np.unique(people[rows])}
    near = min(means, key=lambda person: np.linalg.norm(means[person] - asked))
    return near, np.linalg.norm(means[near] - asked)


def test_the_nearest_mean_is_that_of_a_loop(people, scores):
    vectors, whose = people
    turn = np.arange(len(whose)) % N_EACH
    right = named = 0
    for row, person in enumerate(whose):
        near, far = name_by_hand(vectors, whose, turn % MOST_FOLDS != turn[row], vectors[row])
        right += near == person and far <= GATE
        strangers = whose % MOST_FOLDS != person % MOST_FOLDS
        named += name_by_hand(vectors, whose, strangers, vectors[row])[1] <= GATE
    mean = scores[0]
    assert mean.name == NEAREST_MEAN
    assert mean.named[0] == pytest.approx(right / len(whose))
    assert mean.strangers[0] == pytest.approx(named / len(whose))
    assert (mean.n_known, mean.n_strangers) == (len(whose), len(whose))


def test_every_method_is_there_and_its_interval_holds_its_value(scores):
    assert [each.name for each in scores] == [NEAREST_MEAN, *METHODS]
    for each in scores:
        for value, low, high in (each.named, each.strangers):
            assert low <= value <= high
        assert each.named_ungated >= each.named[0]
    assert "no method is shown to be better" in methods_chart(scores, GATE).title
    assert len(list_methods(scores)) == len(scores)


def test_a_strict_gate_names_nobody_and_a_wide_one_everybody(people):
    strict, wide = (compare_methods(*people, gate)[1] for gate in (1e-6, 5.0))
    assert strict.named[0] == strict.strangers[0] == 0
    assert wide.strangers[0] == 1
    assert wide.named[0] == wide.named_ungated


def test_copies_of_a_picture_name_nobody_better(people, scores):
    vectors, whose = people
    assert compare_methods(np.repeat(vectors, 3, axis=0), np.repeat(whose, 3), GATE) == scores
    once = np.unique(whose, return_index=True)[1]
    with pytest.raises(DataError, match="0 of their pictures beside another"):
        compare_methods(np.repeat(vectors[once], 3, axis=0), np.repeat(whose[once], 3), GATE)


def test_too_few_people_are_refused():
    with pytest.raises(DataError, match="3 people and somebody with two pictures"):
        compare_methods(*simulate_people(2, 4), GATE)
    with pytest.raises(DataError, match="0 of their pictures"):
        compare_methods(*simulate_people(4, 1), GATE)
