"""A photo's way to the picture that the network knows, step by step.

Fashion-MNIST's pictures were made from shop photographs: trimmed, the longer side made 28 pixels, negated, centred
(Xiao, Rasul & Vollgraf 2017, arXiv:1708.07747, section 2). A photo goes the same way, with what a photo needs first:
its background is found from the border inwards, whatever its brightness; the light on it, with any soft shadow, is
continued under the garment and divided out; the garment is set upright. Its upright is the axis about which it is
most symmetrical, or, for shoes, the tightest rectangle: the principal axis of an upright ankle boot lies 20° off.

CIFAR-10's pictures are scenes: their middle square is only made smaller, each new pixel the mean of those it covers.

Left out: cutting a garment out of a patterned ground, or out of a picture with a person in it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray

from core.hub.contract import Label
from core.hub.errors import DataError
from core.vision.image_classification.photo_parts import (
    Pixels,
    Values,
    find_background,
    find_object,
    find_turn,
    spread_light,
    turn_picture,
)

Kind = Literal["fashion_mnist", "cifar10"]
WORK_SIDE = 112
"""Longer side at which the garment is looked for: four pixels for each of the 28."""
GARMENT_SIDE, SCENE_SIDE = 28, 32
DARK_BORDER = 100
"""No picture of the data set's 70,000 has a median border as bright; a photo on a light ground has."""
USUAL_BRIGHT = 235.0
"""Median over the data set of a garment's 98th percentile."""
PALE = 150.0
"""All but a twentieth of shirts, the palest class, reach this 98th percentile; under it contrast is stretched."""
SMALL = 0.6
"""A garment that fills less of the longer side is looked at again from closer."""
FRAME = 4
LEAST_TURN = 3.0
LARGEST_TURN = 30.0


@dataclass(frozen=True, slots=True)
class Way:
    """What is done to a photo on its way.

    Parameters
    ----------
    light : bool
        Whether uneven light and soft shadows are divided out.
    upright : bool
        Whether a garment turned by up to 30° is set upright.
    contrast : bool
        Whether a pale garment's contrast is stretched.
    """

    light: Annotated[bool, Label("Even out the light", "Takes out soft shadows too.")] = True
    upright: Annotated[bool, Label("Set upright", "A garment turned by up to 30°.")] = True
    contrast: Annotated[bool, Label("Stretch contrast", "Of a pale garment.")] = True


@dataclass(frozen=True, slots=True, eq=False)
class PhotoStep:
    """One step: its name, what was done in a sentence, and the picture after it (height, width, 3)."""

    name: str
    sentence: str
    picture: Pixels


@dataclass(frozen=True, slots=True, eq=False)
class PhotoPath:
    """The steps of a photo, and what the network is given: (28, 28, 1) or (32, 32, 3), 0 to 255."""

    steps: tuple[PhotoStep, ...]
    image: Pixels


def walk_photo(pixels: Pixels, kind: Kind = "fashion_mnist", way: Way = Way()) -> PhotoPath:
    """Bring a photo to the network's own kind of picture.

    Parameters
    ----------
    pixels : array of shape (height, width, 3), 0 to 255
        Red, green, blue.
    kind : str
        Whose kind of picture is wanted.
    way : Way
        What is done.

    Raises
    ------
    DataError
        If the array is not a picture, or nothing stands out from its background.

    Examples
    --------
    >>> photo = np.full((90, 60, 3), 255, np.uint8)
    >>> photo[20:70, 20:40] = 60
    >>> path = walk_photo(photo)
    >>> [step.name for step in path.steps][:3], path.image.shape, int(path.image[0, 0, 0])
    (['Photo', 'Closer', 'Background'], (28, 28, 1), 0)
    """
    photo = np.asarray(pixels)
    if photo.ndim != 3 or photo.shape[2] != 3 or photo.dtype != np.uint8 or photo.size == 0:  # noqa: PLR2004 rows, columns, RGB
        message = f"the picture has shape {photo.shape} and type {photo.dtype}; it must be (height, width, 3) of bytes"
        raise DataError(message)
    if kind == "cifar10":
        return _walk_scene(photo)
    if is_in_style(photo):
        return _walk_known(photo)
    return _walk_garment(photo, way)


def is_in_style(photo: Pixels) -> bool:
    """Tell whether a picture is one of the data set's already: square, 28 a side or black outside, and grey.

    Examples
    --------
    >>> is_in_style(np.zeros((28, 28, 3), np.uint8)), is_in_style(np.full((28, 28, 3), 255, np.uint8))
    (True, False)
    """
    height, width = photo.shape[:2]
    grey = bool((photo.max(axis=2).astype(int) - photo.min(axis=2)).max() <= 2)  # noqa: PLR2004 a JPEG's rounding
    if not grey or height != width:
        return False
    border = np.concatenate([photo[0, :, 0], photo[-1, :, 0], photo[:, 0, 0], photo[:, -1, 0]])
    if height == GARMENT_SIDE:
        return bool(np.median(border) <= DARK_BORDER)
    # larger: only a picture of the data set made larger is exactly black in its corners and fills its frame
    return bool(height > GARMENT_SIDE and (border == 0).mean() >= 0.5 and _fills(photo[..., 0]))  # noqa: PLR2004 half


def _fills(grey: Pixels) -> bool:
    """Tell whether what is not black reaches from one side to the other."""
    rows, columns = np.flatnonzero(grey.max(axis=1) > 0), np.flatnonzero(grey.max(axis=0) > 0)
    if not len(rows):
        return True
    longest = max(int(np.ptp(rows)), int(np.ptp(columns))) + 1
    return longest >= 0.92 * len(grey)


def _walk_known(photo: Pixels) -> PhotoPath:
    small = _resize(photo[..., :1], (GARMENT_SIDE, GARMENT_SIDE)) if len(photo) != GARMENT_SIDE else photo[..., :1]
    sentence = "This is one of the data set's kind already: light on black, 28 pixels a side. Nothing is changed."
    return PhotoPath((PhotoStep("Photo", sentence, photo),), small)


def _walk_scene(photo: Pixels) -> PhotoPath:
    height, width = photo.shape[:2]
    side = min(height, width)
    top, left = (height - side) // 2, (width - side) // 2
    square = photo[top : top + side, left : left + side]
    small = _resize(square, (SCENE_SIDE, SCENE_SIDE))
    steps = [PhotoStep("Photo", f"The photo as it came: {width} by {height} pixels.", photo)]
    if height != width:
        steps.append(PhotoStep("Square", f"Its middle {side} by {side} pixels are kept.", square))
    if side != SCENE_SIDE:
        words = f"Each of the 32 by 32 pixels is the mean of the {max(side / SCENE_SIDE, 1):.1f} by as many it covers."
        steps.append(PhotoStep("32 by 32", words, small))
    return PhotoPath(tuple(steps), small)


def _walk_garment(photo: Pixels, way: Way) -> PhotoPath:
    """Take a photo of a garment through all steps."""
    height, width = photo.shape[:2]
    steps = [PhotoStep("Photo", f"The photo as it came: {width} by {height} pixels.", _shrink(photo))]
    close = _look_closer(photo)
    if close.size < photo.size:
        words = f"The garment is small in it, so only {close.shape[1]} by {close.shape[0]} pixels around it are read."
        steps.append(PhotoStep("Closer", words, _shrink(close)))
    seen = _frame(close)
    background = find_background(seen)
    level = float(np.median(seen[background].mean(axis=1)))
    word = "light" if level > 127 else "dark"  # noqa: PLR2004 the middle of 255
    words = f"The {word} ground (grey {level:.0f}) is all that is reached from the border without crossing an edge."
    steps.append(PhotoStep("Background", words, _mark(seen, background)))
    light = spread_light(seen, background, even=not way.light)
    apart = _take_apart(seen, light)
    lost = 100 * (1 - light.min() / max(float(light.max()), 1.0))
    words = f"The light on the ground, which varies by {lost:.0f}%, is continued under the garment and divided out."
    if not way.light:
        words = "The ground is taken to be lit evenly."
    steps.append(PhotoStep("Light", words, _show(apart)))
    garment = np.where(find_object(apart, background), apart, 0.0)
    if not garment.any():
        message = "nothing stands out from the background; photograph one garment on a plain ground"
        raise DataError(message)
    steps.append(PhotoStep("Black ground", "What differs from the ground stays; the rest is black.", _show(garment)))
    return _finish(garment, way, steps)


def _look_closer(photo: Pixels) -> Pixels:
    """Return the part of a photo around a garment that fills little of it, or else the whole."""
    seen = _frame(photo)
    background = find_background(seen)
    found = find_object(_take_apart(seen, spread_light(seen, background)), background)
    if not found.any():
        return photo
    places = np.argwhere(found)
    (top, left), (bottom, right) = places.min(axis=0) - FRAME, places.max(axis=0) + 1 - FRAME
    side = max(bottom - top, right - left)
    if side > SMALL * WORK_SIDE:
        return photo
    # as much ground on every side as shows the light on it
    margin, scale = 0.3 * side, max(photo.shape[:2]) / WORK_SIDE
    first = [max(0, int((each - margin) * scale)) for each in (top, left)]
    last = [int(np.ceil((each + margin) * scale)) for each in (bottom, right)]
    return photo[first[0] : last[0], first[1] : last[1]]


def _frame(photo: Pixels) -> Values:
    """Bring a photo to the working size, and continue its border by some pixels."""
    sides = ((FRAME, FRAME), (FRAME, FRAME), (0, 0))
    return np.asarray(np.pad(_shrink(photo), sides, mode="edge"), dtype=np.float64)


def _finish(garment: Values, way: Way, steps: list[PhotoStep]) -> PhotoPath:
    """Set upright, stretch, crop, centre and resize."""
    if way.upright:
        turn, reason = find_turn(garment, LARGEST_TURN)
        if abs(turn) >= LEAST_TURN:
            garment = turn_picture(garment, turn)
            words = f"Turned by {abs(turn):.0f}° {'against the clock' if turn > 0 else 'with the clock'}: {reason}."
        else:
            words = f"It is upright within {LEAST_TURN:.0f}° and not turned: {reason}."
        steps.append(PhotoStep("Upright", words, _show(garment)))
    box = _crop(garment)
    words = f"Cropped to the garment: {box.shape[1]} by {box.shape[0]} pixels of the {WORK_SIDE} it was looked for in."
    steps.append(PhotoStep("Crop", words, _show(box)))
    if way.contrast:
        bright = float(np.percentile(box[box > 0], 98))
        gain = USUAL_BRIGHT / max(bright, 1.0) if bright < PALE else 1.0
        box = np.minimum(box * gain, 255.0)
        words = f"Its brightest parts are at {bright:.0f}; " + (
            f"they are stretched to {USUAL_BRIGHT:.0f}." if gain > 1 else "strong enough, so nothing is stretched."
        )
        steps.append(PhotoStep("Contrast", words, _show(box)))
    image = _centre(box)
    words = (
        "The longer side becomes 28 pixels, each the mean of the area it covers, and the garment is put in the middle."
    )
    steps.append(PhotoStep("28 by 28", words, np.repeat(image, 3, axis=2)))
    return PhotoPath(tuple(steps), image)


def _take_apart(seen: Values, light: Values) -> Values:
    """Return how far each pixel differs from the ground's light there, 0 to 255, shape (height, width).

    On a light ground that is the share of light taken away; on a dark one the share of what could be added.
    """
    grey, ground = seen.mean(axis=2), light.mean(axis=2)
    darker = np.clip(ground - grey, 0, None) / np.maximum(ground, 1.0)
    lighter = np.clip(grey - ground, 0, None) / np.maximum(255.0 - ground, 1.0)
    tint = (seen / np.maximum(grey[..., None], 1.0)) - (light / np.maximum(ground[..., None], 1.0))
    colour = 0.5 * np.abs(tint).max(axis=2) * np.minimum(grey, ground) / 255.0
    usual = ground.mean() > 127  # noqa: PLR2004 the middle of 255
    main, other = (darker, lighter) if usual else (lighter, darker)
    return np.asarray(255.0 * np.clip(np.maximum(main, np.maximum(0.6 * other, colour)), 0, 1))


def _centre(box: Values) -> Pixels:
    height, width = box.shape
    scale = GARMENT_SIDE / max(height, width)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    small = _resize(np.rint(box).astype(np.uint8)[..., None], size)
    image = np.zeros((GARMENT_SIDE, GARMENT_SIDE, 1), np.uint8)
    top, left = (GARMENT_SIDE - size[1]) // 2, (GARMENT_SIDE - size[0] + 1) // 2
    image[top : top + size[1], left : left + size[0]] = small
    return image


def _crop(garment: Values) -> Values:
    rows = np.flatnonzero(garment.max(axis=1) > 0)
    columns = np.flatnonzero(garment.max(axis=0) > 0)
    return garment[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def _shrink(photo: Pixels) -> Pixels:
    """Bring the longer side to the working size; a smaller photo is made larger."""
    height, width = photo.shape[:2]
    scale = WORK_SIDE / max(height, width)
    return _resize(photo, (max(1, round(width * scale)), max(1, round(height * scale))))


def _resize(pixels: Pixels, size: tuple[int, int]) -> Pixels:
    """Resize to (width, height): by area where smaller, smoothly where larger."""
    import cv2

    larger = size[0] * size[1] > pixels.shape[0] * pixels.shape[1]
    found: Any = cv2.resize(pixels, size, interpolation=cv2.INTER_CUBIC if larger else cv2.INTER_AREA)
    return np.asarray(found, dtype=np.uint8).reshape(size[1], size[0], pixels.shape[2])


def _show(values: Values) -> Pixels:
    return np.repeat(np.clip(np.rint(values), 0, 255).astype(np.uint8)[..., None], 3, axis=2)


def _mark(seen: Values, background: NDArray[np.bool_]) -> Pixels:
    """Show what was found to be background in black."""
    return np.where(background[..., None], 0, np.rint(seen)).astype(np.uint8)
