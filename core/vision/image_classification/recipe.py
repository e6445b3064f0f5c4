"""What decides a run on pictures: a frozen Recipe, one picture as Inputs, and the shipped recipes.

Rate, decay, smoothing, widths and epochs of the shipped recipes were settled on 2,500 pictures held out of the training
set.

Left out: a search over these settings.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Literal

from core.hub.contract import PICTURE_TEXT, Label, Range, Seed

SLUG = "image_classification"
NETWORK, PERCEPTRON, LINEAR, BASELINE = "network", "small MLP", "logistic regression", "most frequent class"
"""The compared models: the convolutional network, and what it has to beat."""

DataSet = Literal["fashion_mnist", "cifar10"]
Network = Literal["tiny", "plain", "residual", "wide residual"]
WIDTHS: Mapping[str, tuple[int, int, int]] = {
    "tiny": (8, 16, 16),
    "plain": (24, 48, 64),
    "residual": (64, 112, 128),
    "wide residual": (64, 124, 144),
}
"""Filters of each network's three stages."""
BUNDLED: Mapping[str, int] = {"fashion_mnist": 10_000, "cifar10": 2_000}
"""Training pictures that come with the hub; more are taken from the whole set, which is fetched once."""
WHOLE: Mapping[str, int] = {"fashion_mnist": 60_000, "cifar10": 50_000}
"""Training pictures of the whole set."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """All that decides a run.

    Parameters
    ----------
    data_set : str
        ``fashion_mnist`` (28 by 28, grey) or ``cifar10`` (32 by 32, colour).
    network : str
        ``tiny`` and ``plain`` are convolution, pooling, flatten, dense; the others have short cuts.
    pictures : int
        Training pictures, a part of which is held out. Up to those of ``BUNDLED`` nothing is fetched.
    epochs, batch : int
        Times that each picture is seen, and pictures of one step.
    rate : float
        Highest learning rate of the cycle.
    decay : float
        Share of a weight lost a step, in units of the learning rate.
    smoothing : float
        Share of a label spread over all classes; more makes the network less sure of itself.
    shift, erase : int
        Pixels by which a picture may move, and side of the square erased from it.
    mirror : bool
        Whether pictures are also learnt from mirrored, and an answer is the mean of a picture's and its mirror's.
    half : bool
        Whether fitting computes in bfloat16: about twice as fast on processors that have it, slower on others.
    """

    data_set: Annotated[DataSet, Label("Pictures of", "Clothes (28 × 28, grey) or things (32 × 32, colour).")] = (
        "fashion_mnist"
    )
    network: Annotated[Network, Label("Network", "The residual ones know more and take longer.")] = "plain"
    pictures: Annotated[
        int, Range(500, 60_000, 500), Label("Training pictures", "10,000 clothes and 2,000 things need no download.")
    ] = 10_000
    epochs: Annotated[int, Range(1, 40, 1), Label("Epochs", "Times that each picture is seen.")] = 8
    batch: Annotated[int, Range(16, 1_024, 16), Label("Batch", "Pictures of one step.")] = 512
    rate: Annotated[float, Range(0.001, 2.0, log=True), Label("Learning rate", "The highest of the cycle.")] = 0.4
    decay: Annotated[float, Range(0.0, 0.05, 0.0005), Label("Weight decay", "Share of a weight lost a step.")] = 0.005
    smoothing: Annotated[float, Range(0.0, 0.5, 0.01), Label("Label smoothing", "Keeps the network modest.")] = 0.1
    shift: Annotated[int, Range(0, 8, 1), Label("Shift", "How far a picture may move.", "pixels")] = 2
    erase: Annotated[int, Range(0, 16, 1), Label("Erased square", "Its side; 0 erases nothing.", "pixels")] = 0
    mirror: Annotated[bool, Label("Mirror", "Learns from mirrored pictures too, and asks both ways.")] = True
    half: Annotated[bool, Label("Half precision", "Faster on processors with bfloat16.")] = False
    seed: Seed = 0


@dataclass(frozen=True, slots=True)
class Inputs:
    """One picture.

    Parameters
    ----------
    example : int
        Number of one of the data set's test pictures.
    picture : str
        A small picture file as base64; empty takes the example.
    """

    example: Annotated[int, Range(0, 999, 1), Label("Test picture", "One of the first 1,000.")] = 0
    picture: Annotated[str, PICTURE_TEXT, Label("Picture file, base64", "Empty takes the test picture.")] = ""


RECIPES: dict[str, Recipe] = {
    "quick": Recipe(network="tiny", pictures=2_000, epochs=4, batch=64, rate=0.1, shift=0),
    "speedrun": Recipe(epochs=8, batch=128, rate=0.2, shift=1),
    "small": Recipe(pictures=60_000, epochs=16, half=True),
    "full": Recipe(network="residual", pictures=60_000, epochs=40, batch=256, rate=0.2, erase=8, half=True),
    "cifar": Recipe("cifar10", "wide residual", pictures=50_000, epochs=14, half=True),
}
"""``quick`` and ``speedrun`` need nothing but the bundled pictures; the others are what ``models/`` ships."""
