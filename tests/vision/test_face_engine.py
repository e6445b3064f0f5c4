"""The face engine: the known distances of six photographs, alignment against dlib's own, and what it refuses."""

import concurrent.futures
import hashlib
import io

import numpy as np
import pytest
from PIL import Image

from core.datasets import face_sets
from core.hub.errors import ArtifactError
from core.vision.face_recognition import weights
from core.vision.face_recognition.alignment import (
    CHIP_SIZE,
    MEAN_FACE,
    find_similarity,
    jitter_chip,
    make_template,
    move_points,
    warp_face,
)
from core.vision.face_recognition.engine import load_engine
from core.vision.face_recognition.types import Box, Face, measure_distance


@pytest.fixture(scope="module")
def engine():
    return load_engine()


@pytest.fixture(scope="module")
def samples():
    contents = face_sets.load_samples().values()
    return [np.asarray(Image.open(io.BytesIO(content)).convert("RGB")) for content in contents]


@pytest.fixture(scope="module")
def six(engine):
    if not face_sets.find_cached_faces():
        pytest.skip("the six photographs are not in the cache folder")
    photographs = face_sets.load_photographs()
    faces = [engine.detect(photograph.pixels) for photograph in photographs]
    return photographs, faces


def test_the_six_photographs_keep_the_known_distances(engine, six):
    photographs, faces = six
    assert [len(found) for found in faces] == [1] * 6
    vectors = [engine.embed(each.pixels, found[0]) for each, found in zip(photographs, faces, strict=True)]
    same, other = [], []
    for i in range(6):
        for j in range(i):
            pairs = same if photographs[i].person == photographs[j].person else other
            pairs.append(measure_distance(vectors[i], vectors[j]))
    assert (len(same), len(other)) == (10, 5)
    # 0.23 to 0.43 and 0.81 to 0.87 with these files elsewhere
    assert 0.2 < min(same) < max(same) <= 0.45
    assert 0.75 <= min(other) < max(other) < 0.9


def test_our_alignment_is_dlibs(six):
    import dlib

    for photograph, (face,) in zip(*six, strict=True):
        points = [dlib.point(int(x), int(y)) for x, y in face.landmarks]
        shape = dlib.full_object_detection(dlib.rectangle(0, 0, 9, 9), points)
        theirs = dlib.get_face_chip_details(shape, CHIP_SIZE, 0.25)
        ours = find_similarity(face.landmarks, make_template())
        assert -np.arctan2(ours[1, 0], ours[0, 0]) == pytest.approx(theirs.angle, abs=1e-6), photograph.name
        # dlib rounds the side up so that nothing is cut off
        assert np.hypot(ours[0, 0], ours[1, 0]) == pytest.approx(CHIP_SIZE / theirs.rect.width(), rel=0.03)


def test_a_vector_needs_no_more_than_our_own_alignment(engine, samples):
    for pixels in samples:
        (face,) = engine.detect(pixels)
        ours = engine.embed_chip(warp_face(pixels, face.landmarks))
        assert measure_distance(ours, engine.embed(pixels, face)) < 0.2


def test_a_similarity_is_found_again_exactly():
    rng = np.random.default_rng(1)
    for _ in range(20):
        points, turn, scale = rng.normal(size=(5, 2)), rng.uniform(-3, 3), rng.uniform(0.1, 9)
        a, b = scale * np.cos(turn), scale * np.sin(turn)
        known = np.array([[a, -b, rng.normal()], [b, a, rng.normal()]])
        np.testing.assert_allclose(find_similarity(points, move_points(points, known)), known, atol=1e-9)
    with pytest.raises(ValueError, match="all points are one"):
        find_similarity(np.ones((5, 2)), MEAN_FACE)


def test_a_face_keeps_its_vector_where_the_picture_is_moved_turned_or_shrunk(engine, samples):
    hopper = samples[1]
    (face,) = engine.detect(hopper)
    vector = engine.embed(hopper, face)
    image = Image.fromarray(hopper)
    other = engine.embed(samples[0], engine.detect(samples[0])[0])
    for changed in (
        np.roll(hopper, (20, -30), axis=(0, 1)),
        np.asarray(image.rotate(12, resample=Image.Resampling.BICUBIC)),
        np.asarray(image.resize((256, 300), Image.Resampling.LANCZOS)),
    ):
        (found,) = engine.detect(changed)
        assert measure_distance(engine.embed(changed, found), vector) < 0.25
    assert measure_distance(other, vector) > 0.6


def test_the_same_picture_gives_the_same_vector_in_any_thread(engine, samples):
    def ask(pixels):
        (face,) = engine.detect(pixels)
        return engine.embed(pixels, face, jitters=2)

    expected = [ask(pixels) for pixels in samples]
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        found = list(pool.map(ask, samples * 2))
    for place, vector in enumerate(found):
        np.testing.assert_array_equal(vector, expected[place % 2])
    assert expected[0].shape == (128,)
    assert expected[0].dtype == np.float64


def test_jittered_copies_begin_with_the_face_and_differ():
    chip = np.random.default_rng(0).integers(0, 256, (CHIP_SIZE, CHIP_SIZE, 3), dtype=np.uint8)
    copies = jitter_chip(chip, 4)
    np.testing.assert_array_equal(copies[0], chip)
    np.testing.assert_array_equal(copies, jitter_chip(chip, 4))
    assert len({copy.tobytes() for copy in copies}) == 4


@pytest.mark.parametrize(
    "pixels",
    [np.zeros((9, 9), np.uint8), np.zeros((9, 9, 4), np.uint8), np.zeros((9, 9, 3)), np.zeros((0, 9, 3), np.uint8)],
)
def test_what_is_no_rgb_picture_is_refused(engine, pixels):
    with pytest.raises(ValueError, match="must be uint8 of shape"):
        engine.detect(pixels)


def test_wrong_sizes_are_refused(engine):
    with pytest.raises(ValueError, match="upsample is 3"):
        engine.detect(np.zeros((9, 9, 3), np.uint8), upsample=3)
    with pytest.raises(ValueError, match="the aligned face is 9 × 9"):
        engine.embed_chip(np.zeros((9, 9, 3), np.uint8))
    assert engine.embed_chips([]).shape == (0, 128)


def test_a_face_that_reaches_out_of_the_picture_is_aligned_on_black(engine):
    pixels = np.full((60, 60, 3), 200, np.uint8)
    chip = engine.align(pixels, Face(Box(-40, -40, 60, 60), make_template(100) - 40, 1.0))
    assert chip.shape == (CHIP_SIZE, CHIP_SIZE, 3)
    assert (chip[:20, :20].max(), chip[-20, -20].min()) == (0, 200)


@pytest.fixture
def small_weights(monkeypatch):
    """Let two short texts be the published files."""
    contents = dict(zip(weights.WEIGHT_FILES.values(), (b"landmarks", b"embedding"), strict=True))
    hashes = {name: hashlib.sha256(c).hexdigest() for name, c in contents.items()}
    monkeypatch.setattr(weights, "NETWORK_SHA256", hashes)
    return weights.Weights(*contents.values())


def test_weight_files_come_back(small_weights):
    files = weights.write_weight_files(small_weights)
    assert list(files) == ["landmarks.npz", "embedding.npz"]
    assert files == weights.write_weight_files(small_weights)
    found = weights.read_weight_files({**files, "people.json": b"{}"})
    assert (found.landmarks, found.embedding) == (b"landmarks", b"embedding")


def test_weight_files_that_are_not_the_published_ones_are_refused(small_weights):
    files = weights.write_weight_files(small_weights)
    changed = weights.write_weight_files(weights.Weights(b"landmarks", b"another"))
    with pytest.raises(ArtifactError, match=r"embedding\.npz was not loaded: .* has sha256"):
        weights.read_weight_files(changed)
    with pytest.raises(ArtifactError, match=r"lacks landmarks\.npz"):
        weights.read_weight_files({"embedding.npz": files["embedding.npz"]})
    with pytest.raises(ArtifactError, match="damaged"):
        weights.read_weight_files({**files, "landmarks.npz": b"PK"})
