"""A trained model as one read-only value: the network as ONNX, its baselines, what it promises, and its test answers.

Left out: how it is made (``training``), scored (``scoring``), asked about photos (``answers``) and stored (``files``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from core.evaluation.leaderboard import LeaderboardRow
from core.hub.contract import Scores
from core.hub.errors import DataError
from core.vision._shared.onnx_network import OnnxNetwork, open_network
from core.vision.image_classification.baselines import Shares, Stack, to_shares
from core.vision.image_classification.recipe import BASELINE, LINEAR, NETWORK, PERCEPTRON, Recipe

if TYPE_CHECKING:
    from core.vision.image_classification.unknown import Unknown

LOGITS, EMBEDDING = "logits", "embedding"
COVERAGE = 0.99
"""How often the set of candidates is to hold the true class."""
Array = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Layer:
    """One layer of the network: its name and kind, the shape of what it gives, and how many weights it has."""

    name: str
    kind: str
    shape: tuple[int, ...]
    n_weights: int


@dataclass(frozen=True, slots=True, eq=False)
class Head:
    """The last layer: ``embedding @ kernel + bias`` are the logits.

    Parameters
    ----------
    maps : str
        Name of the last maps, from which the embedding is made.
    pooling : str
        How: ``flatten`` puts them in a row, channels last; ``strongest`` takes the largest value of each.
    """

    kernel: Array
    bias: Array
    maps: str
    pooling: Literal["flatten", "strongest"]


@dataclass(frozen=True, slots=True, eq=False)
class HeldOut:
    """The test pictures' classes (n,), the network's logits (n, n_classes), and every model's answers (n,)."""

    y: NDArray[np.int64]
    logits: Array
    answers: Mapping[str, NDArray[np.uint8]]


@dataclass(frozen=True, slots=True, eq=False)
class Model:
    """Everything a run leaves behind that is needed to answer, explain and compare.

    Parameters
    ----------
    shape : (height, width, n_channels)
        Of the pictures that it takes.
    content : bytes
        The network as ONNX (``export``).
    temperature : float
        What its logits are divided by before they become probabilities.
    threshold : float
        Of the sets of candidates.
    baselines : mapping of str to Stack
        What was fitted on the same pictures.
    history : mapping of str to array of shape (n_epochs,)
        ``loss``, ``accuracy`` and ``held_out_accuracy`` after each epoch.
    fit_s : mapping of str to float
        Seconds of processor time that each model's fit took.
    unknown : Unknown, optional
        What tells pictures that are none of the classes.
    source, sha256 : str
        Which pictures were used, in words and as a hash.
    """

    recipe: Recipe
    classes: tuple[str, ...]
    shape: tuple[int, int, int]
    content: bytes
    layers: tuple[Layer, ...]
    head: Head
    temperature: float
    threshold: float
    baselines: Mapping[str, Stack]
    held_out: HeldOut
    history: Mapping[str, NDArray[np.float64]]
    fit_s: Mapping[str, float]
    source: str
    sha256: str
    unknown: Unknown | None = None
    notes: tuple[str, ...] = ()
    scores: Scores = ()

    @property
    def network(self) -> OnnxNetwork:
        """The network, ready to answer; opened once."""
        return open_network(self.content)

    @property
    def n_weights(self) -> int:
        """How many numbers the network holds."""
        return sum(layer.n_weights for layer in self.layers)

    @property
    def names(self) -> tuple[str, ...]:
        """The compared models, the network first, the baseline last."""
        return (NETWORK, PERCEPTRON, LINEAR, BASELINE)

    @property
    def leaderboard(self) -> tuple[LeaderboardRow, ...]:
        """Every model with its intervals and, in words, whether it differs from the best."""
        from core.vision.image_classification.scoring import rank_models

        return rank_models(self)

    @property
    def test_shares(self) -> Shares:
        """The network's probabilities of the test pictures, shape (n_test, n_classes)."""
        return to_shares(self.held_out.logits, self.temperature)

    def read(self, images: NDArray[Any], outputs: Sequence[str] = (LOGITS, EMBEDDING)) -> dict[str, Array]:
        """Ask the network for named outputs of pictures.

        Parameters
        ----------
        images : uint8 array of shape (n, height, width, n_channels)

        Returns
        -------
        dict of name to array
            ``logits`` (n, n_classes) before the temperature, ``embedding`` (n, d).

        Raises
        ------
        DataError
            If the pictures are of another shape or type, or there is none.
        """
        return self.network.run(check_pictures(images, self.shape).astype(np.float32) / 255, outputs)

    def read_maps(self, images: NDArray[Any], layers: Sequence[str] = ()) -> dict[str, Array]:
        """Ask for the maps that layers make of pictures, without their mirrors.

        Parameters
        ----------
        images : uint8 array of shape (n, height, width, n_channels)
        layers : sequence of str
            Some of :attr:`map_layers`; by default all.

        Returns
        -------
        dict of layer to array of shape (n, height, width, n_filters)
        """
        # all at once, for a batch's mirrors stand behind that batch
        x = check_pictures(images, self.shape).astype(np.float32) / 255
        found = self.network.run(x, layers or self.map_layers, batch=len(x))
        return {name: maps[: len(x)].transpose(0, 2, 3, 1) for name, maps in found.items()}

    @property
    def map_layers(self) -> tuple[str, ...]:
        """Layers whose maps can be read, from the picture on."""
        return tuple(name for name in self.network.outputs if name not in {LOGITS, EMBEDDING})

    def probabilities(self, images: NDArray[Any], name: str = NETWORK) -> Shares:
        """Give the probability of each class for pictures, by the network or a baseline.

        Parameters
        ----------
        images : uint8 array of shape (n, height, width, n_channels)
        name : str
            One of :attr:`names`.

        Raises
        ------
        DataError
            If the pictures are of another shape or type, or there is none.
        """
        if name == NETWORK:
            return to_shares(self.read(images, (LOGITS,))[LOGITS], self.temperature)
        return to_shares(self.baselines[name].answer(check_pictures(images, self.shape)))


def check_pictures(images: NDArray[Any], shape: tuple[int, int, int]) -> NDArray[np.uint8]:
    """Return pictures after checking that they are whole numbers 0 to 255 of the right shape.

    Raises
    ------
    DataError
        If they are not.
    """
    pixels = np.asarray(images)
    if pixels.ndim != len(shape) + 1 or pixels.shape[1:] != shape or pixels.dtype != np.uint8 or not len(pixels):
        wanted = ", ".join(map(str, shape))
        message = f"the pictures have shape {pixels.shape} and type {pixels.dtype}; it must be (n, {wanted}) of uint8"
        raise DataError(message)
    return pixels
