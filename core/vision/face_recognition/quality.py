"""How good a picture of a face is: size, sharpness, light, pose, whether the face is whole, and whether it has colour.

Each limit is where the vector of a good photograph moved by about 0.2 when we spoilt it (two pictures of one person lie
0.2 to 0.45 apart, so such a picture begins to be a stranger): blurred to a Laplacian variance of 12, shrunk to 40
pixels, darkened to a mean of 25, overexposed until a quarter of the face was pure white.

A face without colour is no fault, since it may be a black-and-white photograph, but it is a doubt: stone and drawings
in one colour have none either. Skin, lips and eyes differ in hue whatever the light, a tint of the whole does not. The
face's spread of hue was 0.024 to 0.060 in eight colour photographs (0.011 in the palest at half its saturation), at
most 0.006 in them as grey, sepia or tinted stone with noise and JPEG.

Left out: painted sculptures and prints in colour, which pass; duplicates of another person, which a gallery judges;
glasses, masks and expressions.

References
----------
J. L. Pech-Pacheco et al. (2000), Diatom autofocusing in brightfield microscopy (variance of the Laplacian),
https://doi.org/10.1109/ICPR.2000.903548
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.vision.face_recognition.alignment import CHIP_SIZE, warp_face
from core.vision.face_recognition.types import Box, Face, Pixels, Quality

LEAST_ENROLLED = 80
"""Pixels of a face that may be enrolled: shrunk to 80, vectors moved by 0.05 to 0.12; to 40, by 0.14 to 0.25."""
LEAST_BLUR, LEAST_BRIGHT, MOST_WHITE, MOST_YAW, MOST_ROLL = 12.0, 30.0, 0.25, 30.0, 35.0
LEAST_INSIDE, MOST_FLAT, LEAST_HUES = 0.9, 0.3, 0.01
WHITE = 250
DARK_SUM, NOISE_PIXELS = 120, 5
"""Below this sum of red, green and blue a hue is chance; noise of single pixels is averaged out first."""
DOUBT = "this may be a sculpture, a drawing or a black-and-white picture"
DEPTH = 0.2916
"""How far the nose's base stands before the eyes' corners, as a share of the outer corners' distance: vertices 2, 33,
133, 263 and 362 of MediaPipe's canonical face (canonical_face_model.obj, Apache-2.0)."""


def measure_quality(pixels: Pixels, face: Face) -> Quality:
    """Judge one face of a picture.

    Parameters
    ----------
    pixels : array of uint8, shape (height, width, 3)
    face : Face

    Returns
    -------
    Quality
        With a sentence for each problem.
    """
    chip = warp_face(pixels, face.landmarks)
    inside = warp_face(np.full((*pixels.shape[:2], 3), 255, np.uint8), face.landmarks)[..., 0] == 255  # noqa: PLR2004 - wholly inside
    grey = chip @ np.array([0.299, 0.587, 0.114])  # ITU-R BT.601
    middle = np.zeros_like(inside)
    margin = CHIP_SIZE // 5
    middle[margin:-margin, margin:-margin] = True  # the face without hair and background
    seen = inside & middle
    blur = measure_blur(grey, seen)
    brightness = float(grey[seen].mean()) if seen.any() else 0.0
    white = float((grey[seen] >= WHITE).mean()) if seen.any() else 0.0
    yaw, roll = measure_pose(face.landmarks)
    share = measure_inside(face.box, *pixels.shape[:2])
    problems = (
        _judge_size(face.box.size),
        _judge_inside(share),
        _judge_blur(blur),
        _judge_light(brightness, white),
        _judge_pose(yaw, roll),
        _judge_flatness(measure_flatness(grey, seen)),
    )
    hues = measure_hues(chip, seen)
    doubt = f"The face has hardly any colour ({hues:.3f}, a photograph has {LEAST_HUES:g} or more): {DOUBT}."
    given = tuple(problem for problem in problems if problem)
    return Quality(face.box.size, blur, yaw, roll, brightness, given, "" if hues >= LEAST_HUES else doubt)


def measure_blur(grey: NDArray[np.float64], seen: NDArray[np.bool_]) -> float:
    """Return the variance of the Laplacian where a picture's pixels and their neighbours are seen.

    Parameters
    ----------
    grey : array of float64, shape (height, width)
        0 to 255.
    seen : array of bool, same shape

    Examples
    --------
    >>> board = np.indices((20, 20)).sum(axis=0) % 2 * 10.0
    >>> measure_blur(board, np.ones((20, 20), bool)), measure_blur(board * 0, np.ones((20, 20), bool))
    (1600.0, 0.0)
    """
    import cv2

    found: Any = cv2.Laplacian(grey, cv2.CV_64F)
    whole: Any = cv2.erode(seen.astype(np.uint8), np.ones((3, 3), np.uint8), borderValue=0)
    values = np.asarray(found)[np.asarray(whole) == 1]
    return float(values.var()) if values.size else 0.0


def measure_flatness(grey: NDArray[np.float64], seen: NDArray[np.bool_]) -> float:
    """Return the share of pixels whose neighbours all have exactly their grey: skin never has, a flat drawing has.

    Examples
    --------
    >>> measure_flatness(np.zeros((20, 20)), np.ones((20, 20), bool))
    1.0
    """
    import cv2

    nearby = np.ones((3, 3), np.uint8)
    brightest: Any = cv2.dilate(grey, nearby)
    darkest: Any = cv2.erode(grey, nearby)
    flat = np.asarray(brightest - darkest) == 0
    return float(flat[seen].mean()) if seen.any() else 0.0


def measure_hues(chip: Pixels, seen: NDArray[np.bool_]) -> float:
    """Return how far hues spread over a face: the standard deviation of red's and green's share of the light.

    Dark and white pixels are left out; 0 for a grey picture, and near it for one in a single tint.

    Examples
    --------
    >>> ramp = np.linspace(60, 240, 20)[:, None, None] * np.ones((1, 20, 1))
    >>> sepia = (ramp * np.array([1.0, 0.8, 0.6])).astype(np.uint8)
    >>> red = sepia.copy()
    >>> red[5:10] = (200, 90, 80)
    >>> [round(measure_hues(each, np.ones((20, 20), bool)), 2) for each in (sepia, red)]
    [0.0, 0.05]
    """
    import cv2

    light = np.asarray(cv2.blur(chip.astype(np.float64), (NOISE_PIXELS, NOISE_PIXELS)))
    total = light.sum(axis=2)
    told = seen & (total > DARK_SUM) & (light.max(axis=2) < WHITE)
    if not told.any():
        return 0.0
    shares = light[told][:, :2] / total[told][:, None]
    return float(np.sqrt(shares.var(axis=0).sum()))


def measure_pose(landmarks: NDArray[np.float64]) -> tuple[float, float]:
    """Estimate how far a head is turned and tilted from its five landmarks.

    Seen from straight ahead the nose's base lies midway between the eyes; turned by an angle it moves by the sine times
    its depth, while the eyes' distance shrinks by the cosine. Good to about ten degrees, as noses differ.

    Parameters
    ----------
    landmarks : array of float64, shape (5, 2)

    Returns
    -------
    yaw, roll : float
        Degrees; yaw above 0 is towards the picture's right, roll above 0 clockwise.

    Examples
    --------
    >>> from core.vision.face_recognition.alignment import make_template
    >>> yaw, roll = measure_pose(make_template())
    >>> abs(yaw) < 3, abs(roll) < 1
    (True, True)
    """
    across = (landmarks[0] + landmarks[1] - landmarks[2] - landmarks[3]) / 2
    roll = float(np.degrees(np.arctan2(across[1], across[0])))
    direction = across / max(float(np.hypot(*across)), 1e-9)
    width = float((landmarks[0] - landmarks[2]) @ direction)
    offset = float((landmarks[4] - landmarks[:4].mean(axis=0)) @ direction)
    return float(np.degrees(np.arctan2(offset, DEPTH * max(width, 1e-9)))), roll


def measure_inside(box: Box, height: int, width: int) -> float:
    """Return the share of a box that lies inside its picture.

    Examples
    --------
    >>> measure_inside(Box(-50, 0, 50, 100), height=200, width=200)
    0.5
    """
    across = min(box.right, width) - max(box.left, 0)
    down = min(box.bottom, height) - max(box.top, 0)
    return max(across, 0) * max(down, 0) / max(box.width * box.height, 1)


def _floor(value: float) -> int:
    """Round down what is below a limit, so that a sentence never shows it as the limit itself."""
    return math.floor(round(value, 6))


def _ceil(value: float) -> int:
    """Round up what is above a limit, so that a sentence never shows it as the limit itself."""
    return math.ceil(round(value, 6))


def _judge_size(size_px: int) -> str:
    """Judge the size."""
    if size_px >= LEAST_ENROLLED:
        return ""
    return f"The face is {size_px} pixels across, at least {LEAST_ENROLLED} are needed: come closer to the camera."


def _judge_inside(share: float) -> str:
    """Judge whether the face is whole."""
    if share >= LEAST_INSIDE:
        return ""
    inside = f"Only {_floor(100 * share)}% of the face is in the picture"
    return f"{inside}; {LEAST_INSIDE:.0%} or more are needed: move to the middle."


def _judge_blur(blur: float) -> str:
    """Judge the sharpness."""
    if blur >= LEAST_BLUR:
        return ""
    return f"The face is blurred (sharpness {_floor(blur)}, at least {LEAST_BLUR:.0f}): hold still or clean the lens."


def _judge_light(brightness: float, white: float) -> str:
    """Judge the light."""
    if brightness < LEAST_BRIGHT:
        measured = f"brightness {_floor(brightness)} of 255, at least {LEAST_BRIGHT:.0f}"
        return f"The face is dark ({measured}): turn to the light."
    if white > MOST_WHITE:
        measured = f"{_ceil(100 * white)}% of the face is pure white"
        return f"{measured}, at most {MOST_WHITE:.0%} may be: turn away from the light."
    return ""


def _judge_flatness(flat: float) -> str:
    """Judge whether it is a photograph at all."""
    if flat <= MOST_FLAT:
        return ""
    measured = f"{_ceil(100 * flat)}% of the face has no texture, as in a drawing"
    return f"{measured}; at most {MOST_FLAT:.0%} may: use a photograph."


def _judge_pose(yaw: float, roll: float) -> str:
    """Judge the pose."""
    if abs(yaw) > MOST_YAW:
        return f"The head is turned by about {_ceil(abs(yaw))}°, at most {MOST_YAW:.0f}° may be: look into the camera."
    if abs(roll) > MOST_ROLL:
        return f"The head is tilted by {_ceil(abs(roll))}°, at most {MOST_ROLL:.0f}° may be: hold it upright."
    return ""
