"""Our own classifier as the judge of drawn pictures: what class it sees, how sure it is, and its features.

The judge is the shipped network of the image-classification project, read as an ONNX file; a copy stays with each
trained generator, so that its figures can be made again after the classifier has been trained anew.

Left out: training the judge; a judge trained on other data (Inception), whose distances papers report.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.hub.artifacts import load_artifact
from core.hub.errors import ArtifactError, DataError
from core.vision._shared.onnx_network import OnnxNetwork, open_network
from core.vision.image_generation.recipe import N_CLASSES, SIDE

CLASSIFIER, CLASSIFIER_NAME, CLASSIFIER_FILE = "image_classification", "small", "network.onnx"
LOGITS, EMBEDDING = "logits", "embedding"
LONGEST, N_PLACES = 256, 9
"""Features that are kept as they are, and places of the plain classifier's last maps (3 by 3)."""


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """What the judge sees in pictures: class numbers (n,), probabilities (n, 10) and features (n, n_features)."""

    labels: NDArray[np.int64]
    shares: NDArray[np.float32]
    features: NDArray[np.float32]


def load_judge() -> bytes:
    """Read the shipped classifier's network.

    Raises
    ------
    ArtifactError
        If it is not there.
    """
    weights = load_artifact(CLASSIFIER, CLASSIFIER_NAME).weights
    if CLASSIFIER_FILE not in weights:
        message = f"models/{CLASSIFIER}/{CLASSIFIER_NAME} has no {CLASSIFIER_FILE}; train it again"
        raise ArtifactError(message)
    return weights[CLASSIFIER_FILE]


def look(judge: bytes, pictures: NDArray[Any]) -> Look:
    """Let the judge look at pictures.

    Parameters
    ----------
    judge : bytes
        From :func:`load_judge`.
    pictures : uint8 array of shape (n, 28, 28) or (n, 28, 28, 1)

    Raises
    ------
    DataError
        If the pictures are of another shape or type, or there is none.
    """
    network = open_network(judge)
    x = np.asarray(pictures)
    if x.dtype != np.uint8 or not len(x) or x.shape[1:] not in {(SIDE, SIDE), (SIDE, SIDE, 1)}:
        message = f"the pictures have shape {x.shape} and type {x.dtype}; they must be (n, {SIDE}, {SIDE}) of uint8"
        raise DataError(message)
    found = network.run(x.reshape(-1, SIDE, SIDE, 1).astype(np.float32) / 255, (LOGITS, EMBEDDING))
    raised = np.exp(found[LOGITS] - found[LOGITS].max(axis=1, keepdims=True))
    shares = raised / raised.sum(axis=1, keepdims=True)
    return Look(found[LOGITS].argmax(axis=1).astype(np.int64), shares, pool_features(found[EMBEDDING]))


def pool_features(embedding: NDArray[np.float32]) -> NDArray[np.float32]:
    """Average an embedding over the nine places of the last maps, as Fréchet distances do with Inception's 8 by 8.

    An embedding that is not such a row of maps, channels last, is returned as it is.

    Examples
    --------
    >>> pool_features(np.ones((2, 576), np.float32)).shape, pool_features(np.ones((2, 128), np.float32)).shape
    ((2, 64), (2, 128))
    """
    length = embedding.shape[1]
    if length <= LONGEST or length % N_PLACES:
        return embedding
    return np.asarray(embedding.reshape(len(embedding), N_PLACES, -1).mean(axis=1), np.float32)


def check_judge(judge: bytes) -> OnnxNetwork:
    """Refuse a network that does not look at 28 by 28 pictures and name ten classes.

    Raises
    ------
    ArtifactError
    """
    network = open_network(judge)
    if network.input_shape != (SIDE, SIDE, 1) or not {LOGITS, EMBEDDING} <= set(network.outputs):
        message = f"the judge takes {network.input_shape} and gives {', '.join(network.outputs)}; train the classifier"
        raise ArtifactError(message)
    if look(judge, np.zeros((1, SIDE, SIDE), np.uint8)).shares.shape[1] != N_CLASSES:
        message = f"the judge does not name {N_CLASSES} classes; train the classifier on Fashion-MNIST"
        raise ArtifactError(message)
    return network
