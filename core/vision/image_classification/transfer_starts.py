"""The networks to start from: each cut into early layers, which stay as they are, and last layers, which may be learnt.

ours          the residual network that the hub trained on CIFAR-10
EfficientNet  the ImageNet backbone whose weights ship with the hub
ResNet50, VGG16  from ``keras.applications``, where their weights can be fetched; where not, EfficientNet answers and a
                 sentence says so

Left out: the networks' own training.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from core.hub.artifacts import load_artifact
from core.hub.errors import ArtifactError, UnavailableError
from core.vision._shared.efficientnet import LITE0, build_efficientnet
from core.vision._shared.efficientnet_onnx import read_weights
from core.vision._shared.embedding import load_embedder, make_squares
from core.vision.image_classification.applications import APPLICATIONS, build_application, fetch_weight_file
from core.vision.image_classification.augmentation import Images
from core.vision.image_classification.networks import PATCH, build_residual
from core.vision.image_classification.recipe import RECIPES, SLUG, WIDTHS

StartName = Literal["EfficientNet-Lite0", "our CIFAR-10 network", "ResNet50", "VGG16"]
EFFICIENTNET: StartName = "EfficientNet-Lite0"
OURS: StartName = "our CIFAR-10 network"
OURS_SIDE, OURS_CLASSES = 32, 10
OURS_CUT, OURS_NUMBERS = "short_cut_2", "strongest"
EFFICIENTNET_CUT = "block_10_add"
Prepare = Callable[[Images], NDArray[np.float32]]


@dataclass(frozen=True, slots=True, eq=False)
class Start:
    """A network cut in two.

    Parameters
    ----------
    name : str
        Which network answered.
    body, tail : keras.Model
        From pictures to maps, and from maps to numbers.
    prepare : callable
        From pictures of 0 to 255 of any size to what the body takes.
    note : str
        Why it is another network than the one asked for; empty where it is that.
    """

    name: str
    body: Any
    tail: Any
    prepare: Prepare
    note: str = ""

    @property
    def n_weights(self) -> int:
        """Weights of the whole network up to its numbers."""
        return int(self.body.count_params() + self.tail.count_params())


def load_start(keras: Any, name: StartName, size: int) -> Start:
    """Load a network and cut it.

    Parameters
    ----------
    keras : module
        From ``import_keras``.
    size : int
        Side in pixels to which pictures are brought, a multiple of 32; our own network always takes 32.

    Raises
    ------
    ArtifactError
        If a stored network is not there.
    """
    if name == OURS:
        return _load_ours(keras)
    if name == EFFICIENTNET:
        return _load_efficientnet(keras, size)
    try:
        weights = fetch_weight_file(name)
    except UnavailableError as error:
        note = f"{error}; {EFFICIENTNET}, which ships with the hub, answered in its place."
        return replace(_load_efficientnet(keras, size), note=note)
    network = build_application(keras, name, size, weights)
    return cut_network(keras, network, (APPLICATIONS[name].cut, network.layers[-1].name), name, _squares(size))


def cut_network(keras: Any, network: Any, at: tuple[str, str], name: str, prepare: Prepare) -> Start:
    """Cut a network in two.

    Parameters
    ----------
    at : (str, str)
        The last layer that stays frozen, and the layer whose output stands for the picture.
    """
    maps, numbers = (network.get_layer(layer).output for layer in at)
    body, tail = keras.Model(network.inputs, maps), keras.Model(maps, numbers)
    body.trainable = False
    return Start(name, body, tail, prepare)


def _load_efficientnet(keras: Any, size: int) -> Start:
    """Load the shipped backbone into Keras."""
    weights = read_weights(load_embedder().content)
    network = build_efficientnet(keras, LITE0, size, weights)
    return cut_network(keras, network, (EFFICIENTNET_CUT, "embedding"), EFFICIENTNET, _squares(size))


def _load_ours(keras: Any) -> Start:
    """Load our stored CIFAR-10 network into Keras."""
    from core.vision.image_classification.export import fill_network

    files = load_artifact(SLUG, "cifar").weights
    content = next((value for file, value in files.items() if file.endswith(".onnx")), None)
    if content is None:
        message = f"models/{SLUG}/cifar holds no network; train it again"
        raise ArtifactError(message)
    widths = WIDTHS[RECIPES["cifar"].network]
    filters = np.zeros((PATCH, PATCH, 3, 8 * 3), np.float32)
    network = build_residual(keras, filters, (OURS_SIDE, OURS_SIDE, 3), OURS_CLASSES, widths)
    return cut_network(keras, fill_network(network, content), (OURS_CUT, OURS_NUMBERS), OURS, fit_our_side)


def _squares(size: int) -> Prepare:
    """Return what brings pictures to a square of that side."""
    return lambda images: make_squares(list(images), size)


def fit_our_side(images: Images) -> NDArray[np.float32]:
    """Bring pictures to 32 by 32 RGB of 0 to 1: smaller ones get a border that repeats their edge, grey is repeated.

    Examples
    --------
    >>> fit_our_side(np.zeros((2, 28, 28, 1), np.uint8)).shape
    (2, 32, 32, 3)
    """
    n, height, width, _ = images.shape
    if max(height, width) > OURS_SIDE:
        return make_squares(list(images), OURS_SIDE)
    rows, columns = OURS_SIDE - height, OURS_SIDE - width
    border = ((0, 0), (rows // 2, rows - rows // 2), (columns // 2, columns - columns // 2), (0, 0))
    padded = np.pad(images, border, mode="edge")
    return np.broadcast_to(padded, (n, OURS_SIDE, OURS_SIDE, 3)).astype(np.float32) / np.float32(255)
