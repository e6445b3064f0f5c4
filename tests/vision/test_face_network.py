"""The ONNX graph of the face network, against dlib's own network and on files that are damaged."""

import numpy as np
import pytest

from core.hub.errors import ArtifactError
from core.vision.face_recognition.engine import load_engine
from core.vision.face_recognition.network import MEAN, NetworkFile, make_onnx
from core.vision.face_recognition.statue import make_statue
from core.vision.face_recognition.weights import load_weights


@pytest.fixture(scope="module")
def content():
    return load_weights().embedding


def test_vectors_are_dlibs(content, tmp_path):
    import dlib

    path = tmp_path / "network.dat"
    path.write_bytes(content)
    theirs = dlib.face_recognition_model_v1(str(path))
    noise = np.random.default_rng(0).integers(0, 256, (150, 150, 3), dtype=np.uint8)
    chips = [make_statue(turn, size=150) for turn in (-20, 20)] + [noise]
    ours = load_engine().embed_chips(chips)
    for chip, vector in zip(chips, ours, strict=True):
        np.testing.assert_allclose(vector, np.array(theirs.compute_face_descriptor(chip)), atol=2e-6)
    assert np.abs(ours[0] - ours[2]).max() > 0.1


def test_the_mean_colour_is_the_files_own(content):
    # dlib writes a number as mantissa times two to the exponent, which is negative here
    file = NetworkFile(content)
    file._place = content.index(b"input_rgb_image_sized") + len(b"input_rgb_image_sized")
    numbers = [file._read_integer() for _ in range(6)]
    found = [mantissa / 2**exponent for mantissa, exponent in zip(numbers[::2], numbers[1::2], strict=True)]
    assert found == pytest.approx(MEAN, abs=1e-4)


def test_the_graph_is_the_same_each_time(content):
    assert make_onnx(content) == make_onnx(content)


@pytest.mark.parametrize("damage", [lambda _: b"", lambda c: c[: len(c) // 2], lambda c: c.replace(b"fc_2", b"fc_9")])
def test_damaged_files_are_refused(content, damage):
    with pytest.raises(ArtifactError, match=r"dlib's network has no layer .* fetch its package again"):
        make_onnx(damage(content))


def test_numbers_of_another_version_or_shape_are_refused(content):
    start = content.index(b"con_4") + 5
    other = content[:start] + b"\x01\x03" + content[start + 2 :]
    with pytest.raises(ArtifactError, match="of version 3; only 2 can be read"):
        make_onnx(other)
    file = NetworkFile(content)
    with pytest.raises(ArtifactError, match="a convolution of dlib's network has 4736 numbers"):
        file.read_convolution(3, 64)
