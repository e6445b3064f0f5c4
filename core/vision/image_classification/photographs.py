"""Photographs made from pictures of the data set, to measure how well a photo's way to the network works.

A garment is laid on a lighter ground, turned, lit from one side, given a soft shadow, and saved as JPEG with a camera's
noise. Fashion-MNIST was itself made from shop photographs by negating them (Xiao, Rasul & Vollgraf 2017, section 2), so
a picture taken from 255 is the garment as a camera sees it.

Left out: perspective, creases, patterned grounds, hands and hangers: real photographs are harder than these.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray

from core.hub.contract import Label, Range

Pixels = NDArray[np.uint8]
SIDE = 240
"""Side of a made photograph in pixels."""


@dataclass(frozen=True, slots=True)
class Scene:
    """How a garment is photographed.

    Parameters
    ----------
    turn : float
        Largest rotation in degrees, either way.
    shadow : float
        Deepest part of the soft shadow, as a share of the light taken away.
    slope : float
        How much of the light is lost from one side of the picture to the other.
    noise : float
        Standard deviation of the camera's noise, in grey levels.
    quality : int
        Of the JPEG.
    """

    turn: Annotated[float, Range(0.0, 30.0, 1.0), Label("Turned by up to", unit="°")] = 20.0
    shadow: Annotated[float, Range(0.0, 0.5, 0.05), Label("Shadow")] = 0.25
    slope: Annotated[float, Range(0.0, 0.5, 0.05), Label("Light from one side")] = 0.2
    noise: Annotated[float, Range(0.0, 12.0, 1.0), Label("Noise", unit="grey levels")] = 3.0
    quality: Annotated[int, Range(30, 95, 5), Label("JPEG quality")] = 75


def make_photo(image: Pixels, seed: int, scene: Scene = Scene()) -> Pixels:
    """Photograph one garment.

    Parameters
    ----------
    image : array of shape (28, 28) or (28, 28, 1), 0 to 255
        A picture of the data set, light on black.
    seed : int
        Of angle, size, place, light, tint and noise.
    scene : Scene
        How far each may go.

    Returns
    -------
    array of shape (240, 240, 3), 0 to 255

    Examples
    --------
    >>> photo = make_photo(np.zeros((28, 28), np.uint8), seed=0, scene=Scene(shadow=0.0, slope=0.0, noise=0.0))
    >>> photo.shape, int(photo.min()) > 220
    ((240, 240, 3), True)
    """
    rng = np.random.default_rng((seed, 11))
    garment = _lay_out(np.asarray(image).reshape(28, 28), rng, scene)
    shade = _cast_shadow(garment, rng, scene)
    direction = rng.uniform(0, 2 * np.pi)
    rows, columns = np.mgrid[0:SIDE, 0:SIDE] / (SIDE - 1) - 0.5
    light = 1 - scene.slope * (0.5 + 0.7 * (rows * np.sin(direction) + columns * np.cos(direction)))
    ground = rng.uniform(0.93, 1.0) * (1 - rng.uniform(0, 0.05, 3))  # a white that is never quite white
    seen = 255 * ((1 - garment) * shade * light)[..., None] * ground
    noisy = seen + rng.normal(0, scene.noise, seen.shape)
    return _save_as_jpeg(np.clip(np.rint(noisy), 0, 255).astype(np.uint8), scene.quality)


def make_photos(images: Pixels, seed: int = 0, scene: Scene = Scene()) -> Pixels:
    """Photograph many garments, each with its own seed; shape (n, 240, 240, 3)."""
    return np.stack([make_photo(image, seed * 100_003 + place, scene) for place, image in enumerate(images)])


def _lay_out(image: Pixels, rng: np.random.Generator, scene: Scene) -> NDArray[np.float64]:
    """Enlarge and turn a garment and put it somewhere on the canvas; values 0 to 1."""
    import cv2

    scale = rng.uniform(4.2, 6.2)
    margin = (SIDE - 28 * scale) / 2
    right, down = rng.uniform(-0.25, 0.25, 2) * margin
    turn: Any = cv2.getRotationMatrix2D((13.5, 13.5), float(rng.uniform(-scene.turn, scene.turn)), float(scale))
    turn[:, 2] += (SIDE - 1) / 2 - 13.5 + np.array([right, down])
    enlarged = cv2.warpAffine(image.astype(np.float32), turn, (SIDE, SIDE), flags=cv2.INTER_CUBIC)
    return np.asarray(np.clip(enlarged, 0, 255), dtype=np.float64) / 255


def _cast_shadow(garment: NDArray[np.float64], rng: np.random.Generator, scene: Scene) -> NDArray[np.float64]:
    """Return the share of light that is left where the garment keeps some off."""
    import cv2

    solid = (garment > 0.1).astype(np.float64)  # noqa: PLR2004 a tenth is cloth, not the edge's blur
    right, down = rng.uniform(-14, 14, 2)
    moved = cv2.warpAffine(solid, np.array([[1.0, 0, right], [0, 1, down]]), (SIDE, SIDE))
    soft: Any = cv2.GaussianBlur(moved, (0, 0), float(rng.uniform(9, 16)))
    return np.asarray(1 - rng.uniform(0.4, 1.0) * scene.shadow * soft, dtype=np.float64)


def _save_as_jpeg(pixels: Pixels, quality: int) -> Pixels:
    """Write and read a JPEG, as a telephone would."""
    import cv2

    _, content = cv2.imencode(".jpg", pixels[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])
    read: Any = cv2.imdecode(content, cv2.IMREAD_COLOR)
    return np.asarray(read[..., ::-1], dtype=np.uint8)
