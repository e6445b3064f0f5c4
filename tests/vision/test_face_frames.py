"""Faces in a stream: the right number and name in every frame, with few searches and one vector a frame."""

import io
import threading

import cv2
import numpy as np
import pytest
from PIL import Image

from core.datasets.face_sets import load_samples
from core.hub.errors import DataError
from core.vision._shared.frames import Feed
from core.vision.face_recognition.clip import make_clip
from core.vision.face_recognition.engine import load_engine
from core.vision.face_recognition.frames import FaceStream, Pace, make_analyse
from core.vision.face_recognition.identification import make_recogniser
from core.vision.face_recognition.types import Box, Face, measure_distance


@pytest.fixture(scope="module")
def heads():
    """Return the two bundled portraits, cut to the head."""
    astronaut, hopper = (np.asarray(Image.open(io.BytesIO(c)).convert("RGB")) for c in load_samples().values())
    return astronaut[20:240, 110:330], hopper[60:400, 90:420]


class Counted:
    """The engine, counting what it is asked."""

    def __init__(self):
        self.engine, self.n_detected, self.n_embedded = load_engine(), 0, 0

    def detect(self, pixels, upsample=0):
        self.n_detected += 1
        return self.engine.detect(pixels, upsample)

    def embed(self, pixels, face):
        self.n_embedded += 1
        return self.engine.embed(pixels, face)


@pytest.fixture(scope="module")
def gallery(heads):
    engine = load_engine()
    return {
        name: engine.embed(head, engine.detect(head)[0]) for name, head in zip(("Eileen", "Grace"), heads, strict=True)
    }


def make_name(gallery):
    def name(vector):
        near = min(gallery, key=lambda each: measure_distance(vector, gallery[each]))
        return near if measure_distance(vector, gallery[near]) < 0.6 else "unknown"

    return name


def test_two_people_keep_their_numbers_and_names(heads, gallery):
    engine = Counted()
    stream = FaceStream(engine, make_name(gallery), Pace(every=5, refresh=8))
    seen = [[(t.number, t.name) for t in stream.see(frame)] for frame in make_clip(heads, 20)]
    assert {number for frame in seen for number, _ in frame} == {1, 2}
    assert all(len(frame) == 2 for frame in seen)
    assert all({name for _, name in frame} == {"Eileen", "Grace"} for frame in seen[1:])
    assert engine.n_detected == 4, "every fifth of 20 frames is searched"
    # one vector a frame: two at first, then each after eight frames
    assert engine.n_embedded == len(stream.stage_s["vector"]) == 6


def test_following_is_as_near_to_the_face_as_finding_it(heads):
    frames = list(make_clip(heads[1:], 10))
    stream = FaceStream(load_engine(), lambda _vector: None, Pace(every=100))
    for frame in frames:
        (track,) = stream.see(frame)
    (found,) = load_engine().detect(frames[-1])
    started = load_engine().detect(frames[0])[0]
    moved = np.abs(started.landmarks - found.landmarks).max()
    assert np.abs(track.face.landmarks - found.landmarks).max() < 0.5 * moved
    assert np.abs(track.face.landmarks - found.landmarks).max() < 0.05 * found.box.size


class Scripted:
    """An engine whose faces and vectors the test decides."""

    def __init__(self):
        self.boxes, self.vector = [Box(100, 100, 200, 200)], np.zeros(128)

    def detect(self, _pixels, _upsample=0):
        return tuple(Face(box, np.full((5, 2), 150.0), 1.5) for box in self.boxes)

    def embed(self, _pixels, _face):
        return self.vector


@pytest.fixture(scope="module")
def still():
    return np.random.default_rng(0).integers(0, 256, (240, 320, 3), dtype=np.uint8)


def test_another_face_under_the_same_box_gets_another_number(still):
    engine = Scripted()
    stream = FaceStream(engine, lambda vector: round(float(np.linalg.norm(vector)), 1), Pace(refresh=1))
    first = [(t.number, t.name) for t in stream.see(still)]
    engine.vector = np.full(128, 0.03)  # 0.34 away: the same person
    again = [(t.number, t.name) for t in stream.see(still)]
    engine.vector = np.full(128, 0.1)  # 1.13 away
    (changed,) = stream.see(still)
    assert (first, again) == ([(1, 0.0)], [(1, 0.2)])
    assert (changed.number, changed.name, len(changed.vectors)) == (2, 1.1, 1)


def place(distance):
    """Return a vector at a distance from the first person enrolled."""
    return np.r_[distance, np.zeros(127)]


def test_a_stranger_under_the_same_box_never_inherits_a_name(still):
    """The average of four vectors of Ada and one of a stranger lies near Ada; the stranger's alone does not."""
    engine = Scripted()
    known = make_recogniser(np.zeros((1, 128)), [0], ("key",), ("Ada",))
    stream = FaceStream(engine, known.identify, Pace(refresh=1))
    for _ in range(5):
        (track,) = stream.see(still)
    assert (track.number, track.name.name) == (1, "Ada")
    engine.vector = place(0.55)  # within the 0.6 of one person, beyond the gate of naming
    for number in (2, 2):
        (track,) = stream.see(still)
        assert (track.number, track.name.name) == (number, None)


def test_one_bad_frame_hides_somebody_known_for_one_frame(still):
    engine = Scripted()
    known = make_recogniser(np.zeros((1, 128)), [0], ("key",), ("Ada",))
    stream = FaceStream(engine, known.identify, Pace(refresh=5))
    names = []
    for n in range(14):
        engine.vector = place(0.55 if n == 5 else 0.1)
        names.append(stream.see(still)[0].name.name)
    assert names.count(None) == 1


def test_renaming_waits_for_the_frame_that_is_seen(still):
    engine, started, go = Scripted(), threading.Event(), threading.Event()

    def slow(_vector):
        started.set()
        go.wait(5)
        return "old"

    stream = FaceStream(engine, slow)
    seeing = threading.Thread(target=stream.see, args=(still,))
    seeing.start()
    started.wait(5)
    renaming = threading.Thread(target=stream.rename, args=(lambda _vector: "new",))
    renaming.start()
    go.set()
    seeing.join()
    renaming.join()
    assert stream.see(still)[0].name == "new"


@pytest.mark.parametrize("cut", [6, 10, 12])
def test_who_comes_to_the_same_place_is_somebody_new(heads, gallery, cut):
    eileen, grace = (cv2.resize(head, (240, 240)) for head in heads)
    known = make_recogniser(gallery["Eileen"][None], [0], ("key",), ("Eileen",))
    stream = FaceStream(load_engine(), known.identify)
    for n in range(18):
        frame = np.full((480, 640, 3), 110, np.uint8)
        frame[120:360, 200:440] = eileen if n < cut else grace
        tracks = stream.see(frame)
        if n < cut:
            assert [(t.number, t.name.name) for t in tracks] == [(1, "Eileen")]
        else:
            assert all(t.number > 1 and (t.name is None or t.name.name is None) for t in tracks)
    assert len(tracks) == 1


def test_a_face_is_forgotten_after_searches_that_miss_it(still):
    engine = Scripted()
    stream = FaceStream(engine, lambda _vector: "x", Pace(every=2, patience=2))
    assert len(stream.see(still)) == 1
    engine.boxes = []
    counts = [len(stream.see(still)) for _ in range(5)]
    assert counts == [1, 1, 1, 0, 0]
    engine.boxes = [Box(100, 100, 200, 200)]
    assert [t.number for t in (*stream.see(still), *stream.see(still))] == [2, 2]


def test_the_average_of_the_last_vectors_is_named(still):
    engine, named = Scripted(), []
    stream = FaceStream(engine, lambda vector: named.append(vector[0]), Pace(refresh=1, most_vectors=2))
    for value in (0.00, 0.02, 0.04):
        engine.vector = np.full(128, value)
        stream.see(still)
    assert named == pytest.approx([0.0, 0.01, 0.03])


def test_faces_are_named_anew_without_a_new_vector(still):
    engine = Scripted()
    stream = FaceStream(engine, lambda _vector: "nobody")
    (before,) = stream.see(still)
    stream.rename(lambda vector: f"{vector[0]:.2f}")
    (after,) = stream.see(still)
    assert (before.name, after.name) == ("nobody", "0.00")
    assert len(stream.stage_s["vector"]) == 1


def test_a_stream_that_changes_its_size_begins_anew(still):
    stream = FaceStream(Scripted(), lambda _vector: None)
    assert [t.number for t in stream.see(still)] == [1]
    assert [t.number for t in stream.see(still[:200])] == [2]


def test_marks_are_shares_of_the_frame_and_a_feed_takes_them(still):
    engine = Scripted()
    engine.boxes = [Box(-20, 60, 80, 160), Box(280, 60, 380, 160)]
    feed = Feed(make_analyse(FaceStream(engine, lambda _vector: None), lambda track: f"face {track.number}"), every=1)
    analysis = feed.see(still)
    assert analysis.caption == "2 faces"
    assert [(mark.label, mark.left, mark.right) for mark in analysis.marks] == [
        ("face 1", 0.0, 0.25),
        ("face 2", 0.875, 1.0),
    ]
    assert [mark.top for mark in analysis.marks] == [0.25, 0.25]
    assert [track.number for track in analysis.value] == [1, 2]


def test_what_naming_refuses_becomes_a_sentence_of_the_feed(still):
    def refuse(_vector):
        message = "nobody is enrolled; add a person first"
        raise DataError(message)

    feed = Feed(make_analyse(FaceStream(Scripted(), refuse), lambda _track: ""), every=1)
    assert feed.see(still) is None
    assert feed.read().problem == "nobody is enrolled; add a person first"


def test_a_clip_is_the_same_for_the_same_seed(heads):
    first, again, other = (list(make_clip(heads, 2, seed=seed)) for seed in (0, 0, 1))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)
    assert not np.array_equal(first[0], first[1])
