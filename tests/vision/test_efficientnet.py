"""EfficientNet-Lite0: weights without unpickling, Keras against ONNX, the shipped file against torch, bad input."""

import struct
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.hub.artifacts import load_artifact
from core.hub.errors import ArtifactError, DataError
from core.vision._shared import efficientnet
from core.vision._shared.efficientnet import LITE0, Layout, build_efficientnet, fold_weights, make_blocks
from core.vision._shared.efficientnet_onnx import make_onnx, read_weights
from core.vision._shared.embedding import NAME, SLUG, load_embedder, make_squares
from core.vision._shared.keras_door import import_keras
from core.vision._shared.onnx_network import OnnxNetwork
from core.vision._shared.torch_weights import read_tensors

TINY = Layout(4, make_blocks(((1, 3, 1, 1, 4), (2, 5, 2, 2, 8), (2, 3, 2, 6, 16)), 4), 80, 5)
TORCH_LOGITS = {442: 12.2585, 663: 12.1996, 698: 11.4669, 449: 11.2889, 483: 10.7985}
TORCH_NORM = 25.981
"""The five largest logits and the embedding's length of scikit-learn's china.jpg at 160 pixels, as torch 2.13 computes
them from the same package: convolutions with TensorFlow's padding, batch normalisation unfolded."""


def word(text):
    return b"X" + struct.pack("<I", len(text)) + text.encode()


def storage(kind=b"FloatStorage", n=6):
    return b"(" + word("storage") + b"ctorch\n" + kind + b"\n" + word("7") + word("cpu") + b"K" + bytes([n]) + b"NtQ"


def tensor(shape=(2, 3), strides=(3, 1), offset=0, maker=b"ctorch._utils\n_rebuild_tensor_v2\n", **kind):
    sizes = b"".join(b"K" + bytes([a]) + b"K" + bytes([b]) + b"\x86" for a, b in (shape, strides))
    return maker + b"(" + storage(**kind) + b"K" + bytes([offset]) + sizes + b"\x89ccollections\nOrderedDict\n)RtR"


def weight_file(value, n=6, numbers=range(6)):
    """Write a file of torch's legacy format by hand, with one tensor named ``w``."""
    magic = b"\x80\x02\x8a\x0a" + (0x1950A86A20F9469CFC6C).to_bytes(10, "little") + b"."
    facts = b"\x80\x02}(" + word("little_endian") + b"\x88u."
    named = b"\x80\x02ccollections\nOrderedDict\n)R(" + word("w") + value + b"u."
    keys = b"\x80\x02](" + word("7") + b"e."
    raw = struct.pack("<q", n) + np.array(numbers, "<f4").tobytes()
    return magic + b"\x80\x02M\xe9\x03." + facts + named + keys + raw


@pytest.fixture(scope="module")
def keras():
    return import_keras(1)


@pytest.fixture(scope="module")
def tiny():
    return random_weights(np.random.default_rng(0))


def random_weights(rng):
    """Random tensors under torch's names, folded."""
    tensors = {"_fc.weight": rng.normal(size=(5, 80)), "_fc.bias": rng.normal(size=5)}
    shapes = {"stem": (4, 3, 3, 3), "head": (80, 16, 1, 1)}
    for i, block in enumerate(TINY.blocks):
        wide = block.n_in * block.expansion
        shapes[f"block_{i}_widen"] = (wide, block.n_in, 1, 1)
        shapes[f"block_{i}_filter"] = (wide, 1, block.side, block.side)
        shapes[f"block_{i}_narrow"] = (block.n_out, wide, 1, 1)
    for name, (convolution, normalisation) in efficientnet._find_pairs(TINY).items():
        tensors[f"{convolution}.weight"] = rng.normal(size=shapes[name]) / np.sqrt(np.prod(shapes[name][1:]))
        n = shapes[name][0]
        parts = {"weight": rng.uniform(0.5, 2, n), "bias": rng.normal(size=n), "running_mean": rng.normal(size=n)}
        parts["running_var"] = rng.uniform(0.2, 2, n)
        tensors |= {f"{normalisation}.{part}": value for part, value in parts.items()}
    return fold_weights(tensors, TINY)


def photograph(name):
    import sklearn.datasets

    path = Path(sklearn.datasets.__file__).parent / "images" / name
    return np.asarray(Image.open(path).convert("RGB"))


def test_a_weight_file_is_read_as_arrays():
    assert read_tensors(weight_file(tensor()))["w"].tolist() == [[0, 1, 2], [3, 4, 5]]
    turned = read_tensors(weight_file(tensor((3, 2), (1, 3))))["w"]
    assert turned.tolist() == [[0, 3], [1, 4], [2, 5]]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (weight_file(b"cos\nsystem\n" + word("true") + b"\x85R"), "it names 'os system'"),
        (weight_file(tensor(maker=b"cbuiltins\neval\n")), "it names 'builtins eval'"),
        (weight_file(tensor(kind=b"HalfStorage")), "it names 'torch HalfStorage'"),
        (weight_file(tensor(offset=1)), "reaches out of its storage"),
        (weight_file(tensor(strides=(4, 1))), "reaches out of its storage"),
        (weight_file(tensor(), n=5), "has 5 numbers where 6 are described"),
        (weight_file(tensor(), numbers=range(3)), "cannot be read as plain tensors"),
        (weight_file(b"c__builtin__\nset\n]\x85R"), "it names"),
        (weight_file(b"\x80\x04\x93"), "opcode STACK_GLOBAL"),
        (b"\x80\x02K\x01." * 5, "its head is 1"),
        (b"PK\x03\x04", "cannot be read as plain tensors"),
        (b"", "cannot be read as plain tensors"),
    ],
)
def test_a_weight_file_that_holds_anything_else_is_refused(content, words):
    with pytest.raises(DataError, match="cannot be read as plain tensors") as caught:
        read_tensors(content)
    assert words in str(caught.value)


def test_folding_a_normalisation_that_does_nothing_changes_nothing():
    kernel = np.arange(24, dtype=np.float32).reshape(2, 3, 2, 2)
    layout = Layout(2, (), 3, 4)
    names = efficientnet._find_pairs(layout)
    tensors = {"_fc.weight": np.ones((4, 3)), "_fc.bias": np.zeros(4)}
    for convolution, normalisation in names.values():
        tensors[f"{convolution}.weight"] = kernel
        parts = {"weight": 1, "bias": 0.25, "running_mean": 0, "running_var": 1 - efficientnet.EPSILON}
        tensors |= {f"{normalisation}.{part}": np.full(2, value) for part, value in parts.items()}
    folded = fold_weights(tensors, layout)
    np.testing.assert_allclose(folded["stem.kernel"], kernel.transpose(2, 3, 1, 0), rtol=1e-6)
    assert folded["stem.bias"].tolist() == [0.25, 0.25]


def test_onnx_gives_what_keras_gives_at_two_sizes_from_one_file(keras, tiny):
    file = OnnxNetwork(make_onnx(TINY, tiny, quantised=False))
    for size in (32, 64):
        images = np.random.default_rng(size).random((3, size, size, 3), dtype=np.float32)
        network = build_efficientnet(keras, TINY, size, tiny)
        whole = keras.Model(network.inputs, [network.get_layer("embedding").output, *network.outputs])
        embedding, logits = (np.asarray(each) for each in whole.predict_on_batch(images))
        found = file.run(images)
        assert np.abs(found["logits"] - logits).max() < 1e-4
        assert np.abs(found["embedding"] - embedding).max() < 1e-4
        assert logits.std() > 0.1


def test_eight_bits_keep_each_weight_within_half_a_step(tiny):
    back = read_weights(make_onnx(TINY, tiny))
    assert set(back) == set(tiny)
    changed = 0
    for name, value in tiny.items():
        assert back[name].shape == value.shape
        per_filter = value.reshape(-1, value.shape[-1])
        step = np.abs(per_filter).max(axis=0) / 127
        assert (np.abs(back[name].reshape(per_filter.shape) - per_filter) <= 0.5 * step + 1e-7).all()
        changed += not np.array_equal(back[name], value)
    assert changed >= 3


def test_the_file_is_the_same_each_time(tiny):
    assert make_onnx(TINY, tiny) == make_onnx(TINY, tiny)


def test_the_shipped_backbone_is_torchs_network():
    backbone = load_embedder()
    found = backbone.network.run(make_squares([photograph("china.jpg")], 160))
    logits = found["logits"][0]
    assert set(np.argsort(-logits)[:5]) == set(TORCH_LOGITS)
    assert max(abs(logits[place] - value) for place, value in TORCH_LOGITS.items()) < 0.6
    assert np.linalg.norm(found["embedding"]) == pytest.approx(TORCH_NORM, rel=0.02)


def test_the_shipped_backbone_in_keras_is_the_shipped_file(keras):
    backbone = load_embedder()
    network = build_efficientnet(keras, LITE0, 64, read_weights(backbone.content))
    images = make_squares([photograph("china.jpg"), photograph("flower.jpg")], 64)
    logits = np.asarray(network.predict_on_batch(images))
    assert np.abs(backbone.network.run(images)["logits"] - logits).max() < 1e-3
    assert network.count_params() == pytest.approx(4.65e6, rel=0.01)  # published: 4.7 million


def test_the_shipped_backbone_names_a_flower():
    names = dict(load_embedder().name_things(photograph("flower.jpg")))
    assert "daisy" in names
    assert 0 < sum(names.values()) <= 1


def test_the_shipped_backbone_is_small_and_says_where_it_is_from():
    stored = load_artifact(SLUG, NAME)
    assert len(stored.weights["network.onnx"]) < 8_000_000
    assert "Apache-2.0" in (stored.folder / "card.md").read_text(encoding="utf-8")
    (row,) = stored.scores
    assert row.low > row.baseline_value + 0.5


def test_a_picture_is_embedded_alike_whatever_is_around_its_middle_square_or_how_grey_is_written():
    backbone, rng = load_embedder(), np.random.default_rng(0)
    grey = rng.integers(0, 256, (40, 40, 1), dtype=np.uint8)
    wide = np.pad(grey, ((0, 0), (10, 10), (0, 0)))
    first, second, third = backbone.embed([grey, np.repeat(grey, 3, axis=2), wide], 64)
    assert np.array_equal(first, second)
    assert np.array_equal(first, third)
    assert first.shape == (1280,)
    assert 0 <= first.min() < first.max() <= 6


@pytest.mark.parametrize("size", [0, -32, 100])
def test_a_side_that_is_no_multiple_of_32_is_refused(size):
    with pytest.raises(ValueError, match="must be a multiple of 32"):
        make_squares([np.zeros((8, 8, 3), np.uint8)], size)


def test_a_backbone_that_is_not_there_is_named(tmp_path):
    with pytest.raises(ArtifactError, match="efficientnet_lite0 is not there"):
        load_embedder(tmp_path)
