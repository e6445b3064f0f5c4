"""Augmentation: the changes to a picture that leave its class as it was.

mirror  left and right exchanged, every other epoch, so that each picture is seen both ways equally often
shift   the picture moved by up to a few pixels, its border continued by reflection
erase   a square of it set to the mean grey (DeVries & Taylor 2017, "Cutout")

Left out: colour changes, mixing of two pictures.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Images = NDArray[np.uint8]
HALF = 0.5


@dataclass(frozen=True, slots=True)
class Augmentation:
    """How far pictures are changed.

    Parameters
    ----------
    mirror : bool
        Whether left and right may be exchanged.
    shift : int
        Pixels, 0 to 8.
    erase : int
        Side of the erased square in pixels; 0 erases nothing.
    """

    mirror: bool = True
    shift: int = 2
    erase: int = 0


def mirror_half(images: Images, epoch: int, rng: np.random.Generator) -> Images:
    """Mirror one half of the pictures in even epochs and the other half in odd ones.

    Alternating halves shows each picture both ways once in two epochs, where fair coins would often show the same side
    twice (Jordan 2024, section 3.6).
    """
    # The halves are drawn once from the seed, so that epochs alternate between the same two.
    first = rng.random(len(images)) < HALF
    chosen = first if epoch % 2 == 0 else ~first
    changed = images.copy()
    changed[chosen] = images[chosen, :, ::-1]
    return changed


def shift(images: Images, pixels: int, rng: np.random.Generator) -> Images:
    """Move each picture by up to ``pixels`` in both directions; what enters is the reflected border."""
    if pixels == 0:
        return images
    n, height, width, _ = images.shape
    margin = ((0, 0), (pixels, pixels), (pixels, pixels), (0, 0))
    padded = np.pad(images, margin, mode="reflect")
    moved = np.empty_like(images)
    down, right = rng.integers(0, 2 * pixels + 1, (2, n))
    # All pictures of one of the (2 pixels + 1)² moves are cut out at once.
    for top in range(2 * pixels + 1):
        for left in range(2 * pixels + 1):
            rows = np.flatnonzero((down == top) & (right == left))
            moved[rows] = padded[rows, top : top + height, left : left + width]
    return moved


def erase(images: Images, side: int, rng: np.random.Generator) -> Images:
    """Set a square of each picture to the mean of all pictures; its centre may lie anywhere in the picture."""
    if side == 0:
        return images
    n, height, width, _ = images.shape
    row = np.abs(np.arange(height) - rng.integers(0, height, (n, 1)) + 0.25) < side / 2
    column = np.abs(np.arange(width) - rng.integers(0, width, (n, 1)) + 0.25) < side / 2
    erased = row[:, :, None] & column[:, None, :]
    grey = images.mean(axis=(0, 1, 2)).astype(np.uint8)
    return np.where(erased[..., None], grey, images)


def augment(images: Images, augmentation: Augmentation, epoch: int, seed: int) -> Images:
    """Change every picture once.

    Parameters
    ----------
    images : array of shape (n, height, width, n_channels), 0 to 255
        Not changed in place.
    augmentation : Augmentation
        How far.
    epoch, seed : int
        The same pair gives the same pictures.
    """
    rng = np.random.default_rng((seed, epoch))
    if augmentation.mirror:
        images = mirror_half(images, epoch, np.random.default_rng((seed, 0)))
    return erase(shift(images, augmentation.shift, rng), augmentation.erase, rng)
