"""What a picture looks like to a network that has seen a million others: 1,280 numbers, and its ImageNet classes.

Pictures of one kind lie close to one another in these numbers, so a few of each kind are enough to tell kinds apart.
The network is EfficientNet-Lite0 from ONNX; no training library is needed.

Left out: how the file is made (``python -m core.vision.image_classification.transfer_build backbone``).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.hub.artifacts import load_artifact
from core.hub.kept import keep
from core.vision._shared.onnx_network import OnnxNetwork

SLUG, NAME = "image_classification", "efficientnet_lite0"
NETWORK_FILE, CLASSES_FILE = "network.onnx", "classes.json"
SIZE = 160
MULTIPLE = 32
N_SHOWN = 5


@dataclass(frozen=True, slots=True, eq=False)
class Embedder:
    """The shipped backbone. Read-only, so threads may share it.

    Parameters
    ----------
    network : OnnxNetwork
        From squares of 0 to 1 to ``embedding`` and ``logits``.
    classes : tuple of str
        The 1,000 classes of ImageNet, in the order of the logits.
    content : bytes
        The ONNX file itself, to be put into a download.
    """

    network: OnnxNetwork
    classes: tuple[str, ...]
    content: bytes

    def embed(self, pictures: Sequence[NDArray[np.uint8]], size: int = SIZE) -> NDArray[np.float32]:
        """Turn pictures into numbers.

        Parameters
        ----------
        pictures : sequence of arrays of shape (height, width, 3) or (height, width, 1), 0 to 255
            Of any size and shape; the middle square is taken.
        size : int
            Side in pixels that the network sees, a multiple of 32; raising it costs time as its square.

        Returns
        -------
        array of shape (n, 1280)
            Averages of ReLU6 maps, each 0 to 6.
        """
        return self.network.run(make_squares(pictures, size), ("embedding",), batch=16)["embedding"]

    def name_things(self, picture: NDArray[np.uint8], size: int = 224) -> tuple[tuple[str, float], ...]:
        """Name the five likeliest ImageNet classes of one picture, with their shares."""
        logits = self.network.run(make_squares([picture], size), ("logits",))["logits"][0].astype(np.float64)
        shares = np.exp(logits - logits.max())
        best = np.argsort(-shares)[:N_SHOWN]
        return tuple((self.classes[place], float(shares[place] / shares.sum())) for place in best)


@keep(2)
def load_embedder(root: Path | None = None) -> Embedder:
    """Open the shipped backbone once.

    Parameters
    ----------
    root : Path, optional
        Folder of stored models; default ``models`` in the checkout.

    Raises
    ------
    ArtifactError
        If it is not there or not the file that its card describes.
    """
    weights = load_artifact(SLUG, NAME, root).weights
    content = weights[NETWORK_FILE]
    return Embedder(OnnxNetwork(content), tuple(json.loads(weights[CLASSES_FILE])), content)


def make_squares(pictures: Sequence[NDArray[np.uint8]], size: int) -> NDArray[np.float32]:
    """Cut the middle square out of each picture and bring it to one size.

    Returns
    -------
    array of shape (n, size, size, 3)
        RGB of 0 to 1; grey is repeated.

    Raises
    ------
    ValueError
        If the size is not a multiple of 32.

    Examples
    --------
    >>> make_squares([np.full((10, 30, 1), 255, np.uint8)], 32).shape
    (1, 32, 32, 3)
    """
    if size % MULTIPLE or size <= 0:
        message = f"size is {size}; it must be a multiple of {MULTIPLE}"
        raise ValueError(message)
    return np.stack([_make_square(picture, size) for picture in pictures])


def _make_square(picture: NDArray[np.uint8], size: int) -> NDArray[Any]:
    """Cut and scale one picture."""
    from PIL import Image

    height, width = picture.shape[:2]
    side = min(height, width)
    top, left = (height - side) // 2, (width - side) // 2
    square = np.broadcast_to(picture[top : top + side, left : left + side], (side, side, 3))
    scaled = Image.fromarray(np.ascontiguousarray(square)).resize((size, size), Image.Resampling.BICUBIC)
    return np.asarray(scaled, dtype=np.float32) / 255
