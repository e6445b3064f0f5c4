"""The parts of a photo's way: its background, the light on it, the object, and the angle at which it stands.

background  what is reached from the border over a smooth picture (a flood that edges stop)
light       the background's brightness, continued under the object by weighted Gaussians from fine to coarse
            (normalised convolution, Knutsson & Westin 1993)
upright     the axis of symmetry; without one, the smallest rectangle around the object

Left out: the order of the steps and their words (``photo_path``).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]
Values = NDArray[np.float64]
Mask = NDArray[np.bool_]
SYMMETRICAL = 0.8
"""Garments worn on the body overlap with their mirror image by 0.85 to 0.99, shoes by 0.32 to 0.78 (1,000 pictures)."""
LEAST_EDGE, LEAST_DIFFERENCE = 5.0, 10.0
LEAST_PART = 0.03
RIM = 0.15
"""Fainter than this share of the garment's strong parts is the rim of a steep shadow, not cloth: of 0, 0.15 and 0.25
the best on 300 training pictures, photographed under shadows of several depths."""


def find_background(seen: Values) -> Mask:
    """Find all that is reached from the border without crossing an edge.

    Parameters
    ----------
    seen : array of shape (height, width, 3), 0 to 255

    Returns
    -------
    array of bool of shape (height, width)
    """
    import cv2

    smooth: Any = cv2.GaussianBlur(seen.astype(np.float32), (0, 0), 1.2)
    slopes = [np.hypot(cv2.Sobel(smooth[..., c], -1, 1, 0), cv2.Sobel(smooth[..., c], -1, 0, 1)) / 8 for c in range(3)]
    slope = np.max(slopes, axis=0)
    border = np.concatenate([slope[:6].ravel(), slope[-6:].ravel(), slope[:, :6].ravel(), slope[:, -6:].ravel()])
    # an edge is steeper than the ground's own grain, which the border shows
    limit = max(LEAST_EDGE, 3.0 * float(np.quantile(border, 0.75)))
    flat = (slope < limit).astype(np.uint8)
    n_parts, parts = cv2.connectedComponents(flat, connectivity=4)
    touching = np.unique(np.concatenate([parts[0], parts[-1], parts[:, 0], parts[:, -1]]))
    sizes = np.bincount(parts.ravel(), minlength=n_parts)
    kept = [part for part in touching if part and sizes[part] >= LEAST_PART * parts.size]
    found = np.isin(parts, kept)
    return found if found.any() else np.ones_like(found)


def spread_light(seen: Values, background: Mask, *, even: bool = False) -> Values:
    """Continue the background's brightness over the whole picture.

    Parameters
    ----------
    seen : array of shape (height, width, 3)
    background : array of bool of shape (height, width)
    even : bool
        Whether to take one brightness for all of it instead.

    Returns
    -------
    array of shape (height, width, 3)
    """
    light = np.broadcast_to(np.median(seen[background], axis=0), seen.shape)
    if even:
        return light
    weight = background[..., None].astype(np.float32)
    parts = np.concatenate([seen.astype(np.float32) * weight, weight], axis=2)
    # from coarse to fine: where a finer Gaussian still sees enough background, it is believed
    for spread, step in ((40.0, 8), (20.0, 4), (10.0, 2), (5.0, 1), (2.5, 1)):
        soft = _blur(parts, spread, step)
        known = soft[..., 3:]
        trust = np.clip(known * 4, 0, 1)
        light = trust * (soft[..., :3] / np.maximum(known, 1e-6)) + (1 - trust) * light
    return np.asarray(light, dtype=np.float64)


def _blur(parts: NDArray[np.float32], spread: float, step: int) -> NDArray[np.float32]:
    """Blur by a Gaussian, a wide one on a picture made smaller by ``step``: as good and many times as fast."""
    import cv2

    height, width = parts.shape[:2]
    small: Any = cv2.resize(parts, (-(-width // step), -(-height // step)), interpolation=cv2.INTER_AREA)
    soft: Any = cv2.GaussianBlur(small, (0, 0), spread / step, borderType=cv2.BORDER_REFLECT)
    return np.asarray(cv2.resize(soft, (width, height), interpolation=cv2.INTER_LINEAR), dtype=np.float32)


def find_object(apart: Values, background: Mask) -> Mask:
    """Find what differs from the ground by more than its grain and a shadow's rim, in parts that are not mere specks.

    Parameters
    ----------
    apart : array of shape (height, width), 0 to 255
        How far each pixel differs from the ground.
    background : array of bool of shape (height, width)
    """
    import cv2

    grain = float(np.quantile(apart[background], 0.95)) if background.any() else 0.0
    strong = 0.0 if background.all() else float(np.quantile(apart[~background], 0.9))
    different = (apart > max(LEAST_DIFFERENCE, 1.5 * grain, RIM * strong)).astype(np.uint8)
    opened = cv2.morphologyEx(different, cv2.MORPH_OPEN, np.ones((2, 2), np.uint8))
    n_parts, parts = cv2.connectedComponents(opened, connectivity=8)
    mass = np.bincount(parts.ravel(), weights=apart.ravel(), minlength=n_parts)
    mass[0] = 0
    if mass.max() == 0:
        return np.zeros_like(background)
    return np.isin(parts, np.flatnonzero(mass >= LEAST_PART * mass.max()))


def find_turn(garment: Values, largest: float) -> tuple[float, str]:
    """Find by how many degrees to turn a garment so that it stands upright, and say why.

    Returns
    -------
    (float, str)
        Degrees against the clock, within ``largest``; the reason in words.
    """
    turn, overlap = _find_symmetry(garment, largest)
    if overlap >= SYMMETRICAL:
        return turn, f"its two halves then match best (overlap {overlap:.2f})"
    turn = _find_rectangle(garment)
    if abs(turn) > largest:
        return 0.0, "it has no clear upright within 30°"
    return turn, "it then fits the smallest rectangle"


def turn_picture(values: Values, degrees: float) -> Values:
    """Turn a picture about its middle against the clock, on a canvas that holds all of it."""
    import cv2

    height, width = values.shape
    side = int(np.ceil(np.hypot(height, width)))
    middle = ((width - 1) / 2, (height - 1) / 2)
    turn: Any = cv2.getRotationMatrix2D(middle, degrees, 1.0)
    turn[:, 2] += np.array([(side - width) / 2, (side - height) / 2])
    turned = np.clip(cv2.warpAffine(values, turn, (side, side), flags=cv2.INTER_LINEAR), 0, 255)
    return np.where(turned >= LEAST_DIFFERENCE, turned, 0.0)


def _find_symmetry(garment: Values, largest: float) -> tuple[float, float]:
    """Try angles, coarse then fine, for the best overlap with the mirror image; returns angle and overlap."""
    import cv2

    soft: Any = cv2.resize(cv2.GaussianBlur((garment > 0).astype(np.float32), (0, 0), 1.5), None, fx=0.5, fy=0.5)
    steps = np.arange(-largest, largest + 1, 5.0)
    scores = [_overlap_mirror(soft, angle) for angle in steps]
    best = float(steps[int(np.argmax(scores))])
    fine = best + np.arange(-4.0, 5.0)
    fine_scores = [_overlap_mirror(soft, angle) for angle in fine]
    place = int(np.argmax(fine_scores))
    return float(fine[place]), float(fine_scores[place])


def _overlap_mirror(soft: NDArray[np.float32], angle: float) -> float:
    """Say how much a picture, turned about its centre of mass, has in common with its mirror image, 0 to 1."""
    import cv2

    moments = cv2.moments(soft)
    centre = np.array([moments["m10"], moments["m01"]]) / max(moments["m00"], 1e-9)
    side = int(1.5 * max(soft.shape))
    turn: Any = cv2.getRotationMatrix2D((float(centre[0]), float(centre[1])), float(angle), 1.0)
    turn[:, 2] += (side - 1) / 2 - centre
    turned = cv2.warpAffine(soft, turn, (side, side))
    mirrored = turned[:, ::-1]
    return float(np.minimum(turned, mirrored).sum() / max(float(np.maximum(turned, mirrored).sum()), 1e-9))


def _find_rectangle(garment: Values) -> float:
    """Find the angle of the smallest rectangle around the garment, −45 to 45 degrees."""
    import cv2

    points = np.argwhere(garment > 0)[:, ::-1].astype(np.float32)
    (_, _), _, angle = cv2.minAreaRect(points)
    return float((angle + 45) % 90 - 45)
