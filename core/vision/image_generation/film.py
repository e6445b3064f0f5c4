"""The film of a training: what the same 64 codes drew at moments of the run, kept small.

Each frame is a sheet of 8 by 8 pictures as one lossless WebP; the classes stand in order.

Left out: sound, and smooth passages between frames.
"""

from __future__ import annotations

import io
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.hub.errors import ArtifactError, DataError
from core.vision.image_generation.recipe import N_FILM, SIDE

ROW = 8
LEVELS = 32
"""Greys of a frame: more cannot be told apart on a moving picture, fewer bytes are kept."""


@dataclass(frozen=True, slots=True, eq=False)
class Film:
    """The frames of a training.

    Parameters
    ----------
    steps : tuple of int
        The step after which each frame was drawn, rising.
    frames : uint8 array of shape (n_frames, 64, 28, 28)
        In 32 greys.
    """

    steps: tuple[int, ...]
    frames: NDArray[np.uint8]

    def find_frame(self, step: int) -> int:
        """Return the place of the last frame drawn by a step.

        Raises
        ------
        DataError
            If the step lies before the film.
        """
        if step < self.steps[0]:
            message = f"step is {step}; the film goes from {self.steps[0]} to {self.steps[-1]}"
            raise DataError(message)
        return int(np.searchsorted(self.steps, step, side="right")) - 1

    def show(self, step: int) -> NDArray[np.uint8]:
        """Return the sheet (224, 224) that was drawn at a step or last before it."""
        return lay_out(self.frames[self.find_frame(step)])

    def follow(self, code: int) -> NDArray[np.uint8]:
        """Return what one code drew over the training, shape (n_frames, 28, 28)."""
        if not 0 <= code < N_FILM:
            message = f"code is {code}; it must be 0 to {N_FILM - 1}"
            raise DataError(message)
        chosen: NDArray[np.uint8] = self.frames[:, code]
        return chosen


def lay_out(pictures: NDArray[np.uint8], across: int = ROW) -> NDArray[np.uint8]:
    """Lay pictures (n, 28, 28) out as one sheet, row by row; empty places are black.

    Examples
    --------
    >>> lay_out(np.ones((10, 28, 28), np.uint8)).shape
    (56, 224)
    """
    n, height, width = pictures.shape
    down = -(-n // across)
    sheet = np.zeros((down * across, height, width), np.uint8)
    sheet[:n] = pictures
    turned = sheet.reshape(down, across, height, width).transpose(0, 2, 1, 3)
    return turned.reshape(down * height, across * width)


def reduce_greys(pictures: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Round pixels to 32 greys, black and white kept."""
    levels = np.rint(pictures.astype(np.float32) * ((LEVELS - 1) / 255))
    return np.asarray(np.rint(levels * (255 / (LEVELS - 1))), np.uint8)


def make_film(frames: dict[int, NDArray[np.uint8]]) -> Film:
    """Make a film of frames (64, 28, 28) by step."""
    steps = tuple(sorted(frames))
    return Film(steps, reduce_greys(np.stack([frames[step] for step in steps])))


def pack_film(film: Film) -> dict[str, NDArray[np.generic]]:
    """Write a film as arrays: steps, the frames' bytes one after another, and their lengths."""
    from PIL import Image

    parts = []
    for frame in film.frames:
        buffer = io.BytesIO()
        Image.fromarray(lay_out(frame)).convert("RGB").save(buffer, "WEBP", lossless=True, quality=80, method=4)
        parts.append(buffer.getvalue())
    return {
        "film_steps": np.array(film.steps, np.int64),
        "film_lengths": np.array([len(part) for part in parts], np.int64),
        "film_bytes": np.frombuffer(b"".join(parts), np.uint8),
    }


def unpack_film(arrays: dict[str, NDArray[np.generic]]) -> Film:
    """Read back what :func:`pack_film` wrote.

    Raises
    ------
    ArtifactError
        If a frame is damaged.
    """
    from PIL import Image, UnidentifiedImageError

    ends = np.cumsum(arrays["film_lengths"].astype(int))
    content = arrays["film_bytes"].tobytes()
    frames = []
    for start, end in zip([0, *ends[:-1].tolist()], ends.tolist(), strict=True):
        try:
            with Image.open(io.BytesIO(content[start:end]), formats=("WEBP",)) as opened:
                sheet = np.asarray(opened.convert("L"))
        except (UnidentifiedImageError, OSError, ValueError) as error:
            message = "a frame of the film is damaged; train again"
            raise ArtifactError(message) from error
        if sheet.shape != (ROW * SIDE, ROW * SIDE):
            message = f"a frame of the film has shape {sheet.shape}; train again"
            raise ArtifactError(message)
        frames.append(sheet.reshape(ROW, SIDE, ROW, SIDE).transpose(0, 2, 1, 3).reshape(N_FILM, SIDE, SIDE))
    return Film(tuple(arrays["film_steps"].astype(int).tolist()), np.stack(frames))
