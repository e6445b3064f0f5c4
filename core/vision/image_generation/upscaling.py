"""Enlarging a picture two or four times: bicubic plus the detail that a small network adds, for pictures of any size.

A large picture is cut into tiles that overlap by as many pixels as one pixel's detail depends on, so that the tiled
answer is the whole one and memory stays bounded. Nothing here needs a training library: the networks are ONNX files.

Left out: factors other than 2 and 4; mending noise or compression; how the networks are trained
(``upscale_training``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
from numpy.typing import NDArray

from core.hub.artifacts import load_artifact
from core.hub.contract import Label, Range, Scores, Seed
from core.hub.errors import DataError, LimitError
from core.hub.fields import recipe_from_json
from core.hub.kept import keep
from core.vision._shared.onnx_network import OnnxNetwork
from core.vision.image_generation.recipe import SLUG
from core.vision.image_generation.resampling import enlarge, to_pixels
from core.vision.image_generation.super_resolution import Fit, prepare

UPSCALER = "upscaler"
FACTORS = (2, 4)
TILE = 128
MAX_LARGE_MEGAPIXELS = 24.0


@dataclass(frozen=True, slots=True)
class UpscaleRecipe:
    """All that decides a training of both networks.

    Parameters
    ----------
    pictures : int
        CIFAR-10 training pictures; a third as many of Fashion-MNIST, and as many patches of two photographs.
    width_2, steps_2, width_4, steps_4 : int
        Channels and updates of each factor's network.
    blocks, batch, rate
        See ``super_resolution.Fit``.
    bundled : bool
        Whether the extracts in ``data/`` are enough, in place of the full sets.
    """

    pictures: Annotated[int, Range(300, 50_000, 100), Label("Training pictures")] = 50_000
    width_2: Annotated[int, Range(4, 64, 4), Label("Width of x2", "Channels.")] = 24
    steps_2: Annotated[int, Range(1, 100_000, 1), Label("Steps of x2")] = 2_000
    width_4: Annotated[int, Range(4, 64, 4), Label("Width of x4", "Channels.")] = 48
    steps_4: Annotated[int, Range(1, 100_000, 1), Label("Steps of x4")] = 9_000
    blocks: Annotated[int, Range(0, 8, 1), Label("Blocks", "More see farther.")] = 4
    batch: Annotated[int, Range(4, 256, 4), Label("Batch", "Patches of one step.")] = 64
    rate: Annotated[float, Range(1e-5, 0.1, log=True), Label("Learning rate")] = 2e-3
    bundled: Annotated[bool, Label("Bundled extracts only")] = False
    seed: Seed = 0

    def describe_fit(self, factor: int) -> Fit:
        """Return what decides one factor's network."""
        width, steps = (self.width_2, self.steps_2) if factor == FACTORS[0] else (self.width_4, self.steps_4)
        return Fit(factor, width, self.blocks, steps, self.batch, self.rate, self.seed)


UPSCALE_RECIPES: dict[str, UpscaleRecipe] = {
    "quick": UpscaleRecipe(600, width_2=8, steps_2=60, width_4=8, steps_4=60, blocks=1, bundled=True),
    "full": UpscaleRecipe(),
}


@dataclass(frozen=True, slots=True, eq=False)
class Upscaler:
    """Both networks, ready to enlarge.

    Parameters
    ----------
    recipe : UpscaleRecipe
    files : mapping of name to bytes
        ``x2.onnx`` and ``x4.onnx``.
    networks : mapping of factor to OnnxNetwork
    scores : Scores
    """

    recipe: UpscaleRecipe
    files: Mapping[str, bytes]
    networks: Mapping[int, OnnxNetwork]
    scores: Scores = ()


@dataclass(frozen=True, slots=True, eq=False)
class Enlarged:
    """One picture enlarged in two ways.

    Parameters
    ----------
    pixels, bicubic : uint8 arrays of shape (factor · height, factor · width, n_channels)
        With the network's detail, and without.
    factor : int
    """

    pixels: NDArray[np.uint8]
    bicubic: NDArray[np.uint8]
    factor: int


def open_upscaler(recipe: UpscaleRecipe, files: Mapping[str, bytes], scores: Scores = ()) -> Upscaler:
    """Open the networks of their files.

    Raises
    ------
    ArtifactError
        If a file is no network.
    """
    return Upscaler(recipe, files, {factor: OnnxNetwork(files[f"x{factor}.onnx"]) for factor in FACTORS}, scores)


@keep()
def load_upscaler(root: Path | None = None) -> Upscaler:
    """Load the shipped upscaler, each of whose files is checked against its card.

    Raises
    ------
    ArtifactError
        If it is missing or damaged.
    """
    artifact = load_artifact(SLUG, UPSCALER, root)
    recipe = recipe_from_json(UpscaleRecipe, artifact.recipe_json)
    return open_upscaler(recipe, artifact.weights, artifact.scores)


def add_detail(upscaler: Upscaler, pictures: NDArray[np.uint8], factor: int) -> NDArray[np.uint8]:
    """Enlarge several pictures of one size.

    Parameters
    ----------
    pictures : array of shape (n, height, width, n_channels), 0 to 255
        One channel or three.
    factor : int
        2 or 4.

    Returns
    -------
    array of shape (n, factor · height, factor · width, n_channels)

    Raises
    ------
    DataError
        If the factor or the number of channels is another.
    """
    _check(pictures, factor)
    detail = run_tiles(upscaler.networks[factor], prepare(pictures), factor, upscaler.recipe.describe_fit(factor).reach)
    return to_pixels(enlarge(pictures, factor) + 255 * detail)


def upscale(upscaler: Upscaler, picture: NDArray[np.uint8], factor: int) -> Enlarged:
    """Enlarge one picture of any size, with bicubic alone beside it.

    Parameters
    ----------
    picture : array of shape (height, width, n_channels), 0 to 255
        One channel or three.
    factor : int
        2 or 4.

    Raises
    ------
    LimitError
        If the enlarged picture would have more than 24 megapixels.
    DataError
        If the factor or the number of channels is another.
    """
    height, width = picture.shape[:2]
    megapixels = height * width * factor**2 / 1e6
    if megapixels > MAX_LARGE_MEGAPIXELS:
        message = (
            f"{width} × {height} pixels enlarged {factor} times would be {megapixels:.1f} megapixels; "
            f"the limit is {MAX_LARGE_MEGAPIXELS:.0f}, so crop the picture or choose a smaller factor"
        )
        raise LimitError(message)
    one = picture[None]
    return Enlarged(add_detail(upscaler, one, factor)[0], to_pixels(enlarge(one, factor))[0], factor)


def _check(pictures: NDArray[np.uint8], factor: int) -> None:
    """Refuse a factor without a network, and pictures that are neither grey nor coloured."""
    if factor not in FACTORS:
        message = f"factor is {factor}; it must be {FACTORS[0]} or {FACTORS[1]}"
        raise DataError(message)
    if pictures.ndim != 4 or pictures.shape[-1] not in (1, 3) or 0 in pictures.shape:  # noqa: PLR2004 n, h, w, c
        message = f"the pictures have shape {pictures.shape}; give grey ones (1 channel) or coloured ones (3 channels)"
        raise DataError(message)


def run_tiles(
    network: OnnxNetwork, x: NDArray[np.float32], factor: int, reach: int, tile: int = TILE
) -> NDArray[np.float32]:
    """Run a network over pictures tile by tile.

    Parameters
    ----------
    x : array of shape (n, height, width, n_channels)
        As the network sees them.
    reach : int
        Pixels around a tile that its answer depends on; they are given along and their answer is cut off.
    tile : int
        Side in pixels of the small picture; smaller takes less memory and more time.

    Returns
    -------
    array of shape (n, factor · height, factor · width, 1)
        What one run over the whole pictures would give.
    """
    n, height, width, _ = x.shape
    large = np.empty((n, factor * height, factor * width, 1), np.float32)
    for top in range(0, height, tile):
        for left in range(0, width, tile):
            bottom, right = min(top + tile, height), min(left + tile, width)
            above, before = max(top - reach, 0), max(left - reach, 0)
            part = x[:, above : min(bottom + reach, height), before : min(right + reach, width)]
            answer = network.run(part, ["detail"])["detail"]
            down, across = factor * (top - above), factor * (left - before)
            rows, columns = slice(factor * top, factor * bottom), slice(factor * left, factor * right)
            large[:, rows, columns] = answer[
                :, down : down + factor * (bottom - top), across : across + factor * (right - left)
            ]
    return large
