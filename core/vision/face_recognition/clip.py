"""A short film of still portraits that move as people before a webcam do, to measure and test tracking with.

Each portrait sways, nods, tilts and comes closer along its own sine waves over a plain ground with noise.

Left out: turns of the head in depth, light that changes, motion blur.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.vision.face_recognition.types import Pixels

WIDTH, HEIGHT = 640, 480
GROUND, NOISE = 110, 3.0
SECONDS = 4.0
"""Length of the slowest movement."""


def make_clip(
    portraits: Sequence[Pixels], n_frames: int, frames_per_s: float = 15.0, seed: int = 0
) -> Iterator[Pixels]:
    """Make the frames of a film.

    Parameters
    ----------
    portraits : sequence of array of uint8, shape (height, width, 3)
        They stand side by side, each scaled into its share of the width.
    n_frames : int
    frames_per_s : float
        The fewer, the further a face moves between two frames.
    seed : int
        Of the movements and the noise.

    Returns
    -------
    iterator of array of uint8, shape (480, 640, 3)

    Examples
    --------
    >>> [frame.shape for frame in make_clip([np.zeros((90, 60, 3), np.uint8)], n_frames=2)]
    [(480, 640, 3), (480, 640, 3)]
    """
    rng = np.random.default_rng(seed)
    phases = rng.uniform(0, 2 * np.pi, (len(portraits), 4))
    for place in range(n_frames):
        frame = np.full((HEIGHT, WIDTH, 3), GROUND, np.uint8)
        turns = 2 * np.pi * place / frames_per_s / SECONDS + phases
        for slot, portrait in enumerate(portraits):
            _lay(frame, portrait, slot, len(portraits), np.sin(turns[slot]))
        noisy = frame + rng.normal(0, NOISE, frame.shape[:2])[..., None]
        yield np.clip(np.rint(noisy), 0, 255).astype(np.uint8)


def _lay(frame: Pixels, portrait: Pixels, slot: int, n_slots: int, sway: NDArray[np.float64]) -> None:
    """Draw one portrait into its share of a frame; the four sways are right, down, tilt and size."""
    import cv2

    height, width = portrait.shape[:2]
    share = WIDTH / n_slots
    scale = 0.8 * min(share / width, HEIGHT / height) * (1 + 0.08 * sway[3])
    move: Any = cv2.getRotationMatrix2D((width / 2, height / 2), float(6 * sway[2]), float(scale))
    middle = np.array([share * (slot + 0.5) + 0.08 * share * sway[0], HEIGHT / 2 + 0.06 * HEIGHT * sway[1]])
    move[:, 2] += middle - (width / 2, height / 2)
    drawn: Any = cv2.warpAffine(portrait, move, (WIDTH, HEIGHT), flags=cv2.INTER_LINEAR)
    inside: Any = cv2.warpAffine(np.full((height, width), 255, np.uint8), move, (WIDTH, HEIGHT))
    frame[np.asarray(inside) > 0] = np.asarray(drawn)[np.asarray(inside) > 0]
