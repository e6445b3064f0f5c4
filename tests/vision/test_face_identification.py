"""Naming and comparing: against scikit-learn, behind the gate, and with strangers who were never enrolled."""

import numpy as np
import pytest

from core.hub.errors import DataError
from core.vision.face_recognition.data import Faces
from core.vision.face_recognition.identification import METHODS, NEAREST, NEIGHBOURS, SUPPORT_VECTORS, make_recogniser
from core.vision.face_recognition.open_set import choose_naming_gate, draw_visits, place_naming_gate
from core.vision.face_recognition.simulated import simulate_people
from core.vision.face_recognition.thresholds import measure_gallery
from core.vision.face_recognition.verification import verify

N_KNOWN = 8


@pytest.fixture(scope="module")
def faces():
    """Give eight known people and eight strangers, six pictures each."""
    return simulate_people(2 * N_KNOWN, 6, seed=5)


@pytest.fixture(scope="module")
def enrolled(faces):
    vectors, person = faces
    rows = (person < N_KNOWN) & (np.tile(np.arange(6), 2 * N_KNOWN) < 3)
    return vectors[rows], person[rows]


def make(enrolled, method=NEAREST, gate=0.6):
    return make_recogniser(*enrolled, tuple(f"person {place}" for place in range(N_KNOWN)), method=method, gate=gate)


def test_votes_are_those_of_scikit_learn(faces, enrolled):
    from sklearn.neighbors import KNeighborsClassifier

    peer = KNeighborsClassifier(NEIGHBOURS, weights="distance").fit(*enrolled)
    place, _ = make(enrolled).rank_faces(faces[0])
    assert np.array_equal(place, peer.predict(faces[0]))


@pytest.mark.parametrize("method", METHODS)
def test_the_known_are_named_and_strangers_are_not(faces, enrolled, method):
    vectors, person = faces
    found = make(enrolled, method).identify_many(vectors)
    known = [each.name for each in found[: 6 * N_KNOWN]]
    right = np.mean([name == f"person {owner}" for name, owner in zip(known, person, strict=False)])
    named = np.mean([each.name is not None for each in found[6 * N_KNOWN :]])
    assert right > 0.95
    assert named < 0.2


@pytest.mark.parametrize("method", METHODS)
def test_a_name_is_never_given_beyond_the_gate(enrolled, method):
    rng = np.random.default_rng(0)
    vectors = enrolled[0][rng.integers(0, 24, 200)] + rng.normal(0, 0.06, (200, 128))
    for found in make(enrolled, method, gate=0.5).identify_many(vectors):
        assert (found.name is not None) == (found.distance <= 0.5)
        assert found.nearest in found.reason


@pytest.mark.parametrize("method", METHODS)
def test_a_looser_gate_names_no_fewer(faces, enrolled, method):
    counts = [
        sum(each.name is not None for each in make(enrolled, method, gate).identify_many(faces[0]))
        for gate in (0.2, 0.4, 0.6, 0.8)
    ]
    assert counts == sorted(counts)
    assert counts[0] < counts[-1]


@pytest.mark.parametrize("method", METHODS)
def test_the_order_of_enrolment_changes_no_answer(faces, enrolled, method):
    vectors, owner = enrolled
    turned = (vectors[::-1], owner[::-1])
    answers = [each.name for each in make(enrolled, method).identify_many(faces[0])]
    assert [each.name for each in make(turned, method).identify_many(faces[0])] == answers


def test_one_person_alone_is_known_and_a_stranger_is_not(faces):
    vectors, person = faces
    alone = make_recogniser(vectors[:3], np.zeros(3), ("only",), method=SUPPORT_VECTORS, gate=0.6)
    assert alone.identify(vectors[3]).name == "only"
    assert alone.identify(vectors[person == 9][0]).name is None


def test_nobody_enrolled_names_nobody(faces):
    found = make_recogniser(np.empty((0, 128)), np.empty(0), ()).identify(faces[0][0])
    assert found.name is None
    assert found.distance == np.inf
    assert "Nobody is enrolled" in found.reason


@pytest.mark.parametrize("vector", [np.zeros(127), np.full(128, np.nan)])
def test_what_is_no_vector_is_refused(enrolled, vector):
    with pytest.raises(DataError, match="numbers"):
        make(enrolled).identify(vector)


@pytest.mark.parametrize("gate", [0.0, -1.0, np.inf, np.nan])
def test_a_gate_that_is_no_distance_is_refused(enrolled, gate):
    with pytest.raises(DataError, match="a distance above 0"):
        make(enrolled, gate=gate)


def test_strangers_were_never_in_the_gallery_and_the_known_come_with_new_pictures():
    vectors, person = simulate_people(10, 4, seed=1)
    marked = np.column_stack([person, np.arange(40)]).astype(float)
    visits = draw_visits(Faces(vectors, person), marked, 2, [np.random.default_rng(0)])
    known = set(visits.person[visits.is_known])
    assert len(known) == 5
    assert known.isdisjoint(visits.person[~visits.is_known])
    assert visits.is_known.sum() == 5 * 2
    assert (~visits.is_known).sum() == 5 * 4
    assert (visits.distance > 0).all()  # no picture that came was enrolled: each differs in its second number


def test_the_naming_gate_lets_no_more_strangers_pass_than_asked():
    vectors, person = simulate_people(20, 6, seed=2)
    visits = draw_visits(Faces(vectors, person), vectors, 3, [np.random.default_rng(n) for n in range(5)])
    strangers = visits.distance[~visits.is_known]
    for rate in (0.0, 0.01, 0.1, 0.5):
        gate = choose_naming_gate(visits, rate)
        tally = visits.tally_strangers(gate)
        assert tally.errors[0] <= rate * tally.n_pairs
        looser = visits.tally_strangers(strangers[strangers > gate].min())
        assert looser.errors[0] > rate * tally.n_pairs


def test_the_gate_half_way_keeps_its_promise_on_new_strangers_better():
    named = {choose_naming_gate: 0, place_naming_gate: 0}
    missed = dict(named)
    for seed in range(12):
        vectors, person = simulate_people(40, 6, seed=seed)
        chosen, fresh = (
            draw_visits(Faces(vectors[rows], person[rows]), vectors[rows], 3, [np.random.default_rng(seed)])
            for rows in (person < 20, person >= 20)
        )
        for rule in named:
            gate = rule(chosen, 0.01)
            named[rule] += fresh.tally_strangers(gate).errors[0]
            missed[rule] += fresh.tally_known(gate).errors[0]
    n_strangers, n_known = 12 * 10 * 6, 12 * 10 * 3
    assert named[choose_naming_gate] > 0.02 * n_strangers
    assert named[place_naming_gate] < 0.5 * named[choose_naming_gate]
    assert missed[place_naming_gate] < 0.05 * n_known


def test_a_larger_gallery_names_more_strangers():
    vectors, person = simulate_people(60, 4, seed=3)
    strangers = vectors[person >= 40]
    counts = [
        sum(
            each.name is not None
            for each in make_recogniser(
                vectors[person < n], person[person < n], tuple(map(str, range(n))), gate=0.62
            ).identify_many(strangers)
        )
        for n in (4, 40)
    ]
    assert counts[1] > 2 * counts[0] + 1


def test_verifying_says_how_common_a_distance_is(faces):
    vectors, person = faces
    curve = measure_gallery(vectors, person)
    same, different = verify(vectors[0], vectors[1], curve=curve), verify(vectors[0], vectors[person == 9], curve=curve)
    assert same.same
    assert same.nearer_strangers[0] == 0
    assert not different.same
    assert different.distance == pytest.approx(np.linalg.norm(vectors[person == 9] - vectors[0], axis=1).min())
    place = np.searchsorted(curve.gates, different.distance, side="right") - 1
    assert different.nearer_strangers == (
        curve.accepts.rate[place],
        curve.accepts.low[place],
        curve.accepts.high[place],
    )
    assert different.sentence.startswith("Two people: ")
    _, low, high = different.farther_pictures
    assert different.sentence.endswith(f"are farther apart ({low:.1%} to {high:.1%}).")


@pytest.mark.parametrize(("distance", "told"), [(0.473, "0.473"), (0.47051, "0.471"), (0.47, "0.47"), (0.4, "0.40")])
def test_a_distance_just_beyond_the_gate_is_not_told_as_the_gate(distance, told):
    gate = 0.4705
    known = make_recogniser([[0.0, 0.0]], [0], ("a",), gate=gate)
    match = known.identify([distance, 0.0])
    verdict = verify([0.0, 0.0], [distance, 0.0], gate=gate)
    for sentence in (match.reason, verdict.sentence):
        assert told in sentence
        assert (sentence.count(told) == 1) == (distance != 0.47)  # within the gate both may read alike
    assert (match.name is None) == (distance > gate)
    assert verdict.same == (distance <= gate)


def test_verifying_is_symmetric_and_refuses_what_does_not_fit(faces):
    first, second = faces[0][:2]
    assert verify(first, second) == verify(second, first)
    with pytest.raises(DataError, match="must fit"):
        verify(first, second[:64])
    with pytest.raises(DataError, match="must fit"):
        verify(first, second, gate=0.0)
