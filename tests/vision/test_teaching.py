"""Teaching classes: scikit-learn's optimum, honest left-out answers, strangers refused, the same answers from ONNX."""

import json

import numpy as np
import pytest

from core.hub.errors import ArtifactError, DataError, LimitError
from core.vision._shared.onnx_network import OnnxNetwork
from core.vision.image_classification.data import load_test
from core.vision.image_classification.figures import load_shipped
from core.vision.image_classification.taught_onnx import OUTPUTS, taught_to_onnx
from core.vision.image_classification.teaching import (
    PENALTY,
    answer_rows,
    ask,
    fit_softmax,
    make_embed,
    normalise,
    teach,
)

RNG = np.random.default_rng(0)


def take(label, n, start=0):
    found = load_test("fashion_mnist")
    rows = np.flatnonzero(found.labels == label)[start : start + n]
    return [np.repeat(image, 3, axis=2) for image in found.images[rows]]


@pytest.fixture(scope="module")
def embed():
    return make_embed(load_shipped())


@pytest.fixture(scope="module")
def taught(embed):
    return teach({"trouser": take(1, 6), "bag": take(8, 6), "boot": take(9, 6)}, embed)


def test_the_layer_is_scikit_learns():
    from sklearn.linear_model import LogisticRegression

    x = normalise(RNG.normal(size=(40, 12)))
    y = (x[:, 0] > 0).astype(int) + (x[:, 1] > 0.2)
    longer = np.hstack([x, np.ones((40, 1))])
    ours = longer.T @ fit_softmax(x @ x.T + 1.0, np.eye(3)[y], steps=3000)
    theirs = LogisticRegression(C=1 / (PENALTY * 40), fit_intercept=False, tol=1e-10, max_iter=5000).fit(longer, y)
    np.testing.assert_allclose(ours, theirs.coef_.T, atol=2e-3)


def test_new_pictures_of_taught_classes_are_named(taught, embed):
    assert taught.accuracy >= 0.8
    assert taught.low < taught.accuracy <= taught.high
    assert "left out once" in taught.sentence
    for name, label in (("trouser", 1), ("bag", 8), ("boot", 9)):
        found = ask(taught, embed(take(label, 20, start=100)))
        assert np.mean([each.details["guess"] == name for each in found]) >= 0.85, name


def test_a_left_out_picture_does_not_vote_for_itself():
    lookup = {0: [1.0, 0, 0], 1: [0, 1.0, 0]}

    def embed(pictures):
        return np.array([lookup[int(picture.min() > 0)] for picture in pictures]) + 0.01

    black, white = np.zeros((4, 6, 6, 3), np.uint8), np.full((4, 6, 6, 3), 200, np.uint8)
    black[:, 0, :, 1] = np.arange(4)[:, None]
    white[:, 0, :, 1] = np.arange(100, 104)[:, None]
    honest = teach({"dark": list(black), "light": list(white)}, embed)
    assert honest.accuracy == 1.0
    swapped = teach({"dark": [*black[:3], white[0]], "light": [*white[1:], black[3]]}, embed)
    assert swapped.left_out.tolist() == [0, 0, 0, 1, 1, 1, 1, 0]


def test_strangers_are_refused(taught):
    model = load_shipped()
    noise = RNG.integers(0, 256, (20, 28, 28, 1)).astype(np.uint8)
    assert np.mean([bool(each.refused) for each in ask(taught, model.read(noise)["embedding"])]) >= 0.9
    known = ask(taught, taught.anchors)
    assert not any(each.refused for each in known)


def test_onnx_gives_the_same_answers(taught):
    import onnx

    model = load_shipped()
    content = taught_to_onnx(taught, model.content)
    images = load_test("fashion_mnist").images[:40]
    found = OnnxNetwork(content).run(images.astype(np.float32) / 255, OUTPUTS)
    shares, distances = answer_rows(taught, model.read(images)["embedding"])
    np.testing.assert_allclose(found["probabilities"], shares, atol=1e-5)
    np.testing.assert_allclose(found["distance"], distances, atol=1e-5)
    clear = np.abs(distances - taught.limit) > 1e-5
    np.testing.assert_array_equal(found["refused"][clear], (distances > taught.limit)[clear])
    facts = {each.key: each.value for each in onnx.load_from_string(content).metadata_props}
    assert json.loads(facts["classes"]) == ["trouser", "bag", "boot"]


def test_the_same_seed_teaches_the_same(embed):
    given = {"trouser": take(1, 3), "bag": take(8, 3)}
    first, again = (teach(given, embed, seed=4) for _ in range(2))
    np.testing.assert_array_equal(first.kernel, again.kernel)


@pytest.mark.parametrize(
    ("pictures", "kind", "words"),
    [
        ({"bag": 3}, DataError, "number of classes is 1"),
        ({str(each): 2 for each in range(7)}, LimitError, "at most 6"),
        ({"bag": 3, "boot": 1}, DataError, "boot has one picture"),
        ({"bag": 3, "boot": 0}, DataError, "boot has no picture"),
        ({"bag": 3, " ": 3}, DataError, "has no name"),
        ({"bag": 31, "boot": 3}, LimitError, "at most 30"),
    ],
)
def test_what_cannot_be_taught_is_refused_in_a_sentence(embed, pictures, kind, words):
    given = {name: list(RNG.integers(0, 256, (n, 9, 9, 3)).astype(np.uint8)) for name, n in pictures.items()}
    with pytest.raises(kind, match=words):
        teach(given, embed)


def test_equal_pictures_in_two_classes_are_refused(embed):
    bags, boots = take(8, 3), take(9, 3)
    with pytest.raises(DataError, match="the same picture is in bag and in boot"):
        teach({"bag": bags, "boot": [*boots, bags[1].copy()]}, embed)
    with pytest.raises(DataError, match="the same picture again"):
        teach({"bag": bags, "boot": [boots[0], boots[0]]}, embed)


def test_another_networks_numbers_and_files_are_refused(taught):
    with pytest.raises(DataError, match="use the network that was taught"):
        ask(taught, np.zeros((2, 7)))
    with pytest.raises(ArtifactError, match="no ONNX file"):
        taught_to_onnx(taught, b"\xff\xff\xff")
    with pytest.raises(ArtifactError, match="no output"):
        taught_to_onnx(taught, load_shipped().content, "nothing")
