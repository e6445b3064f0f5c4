"""Pictures of things that are none of the classes, to choose and to measure "I don't know" on.

Each set is made anew from a seed, in any size, grey or coloured, so that nothing has to be fetched. Methods are chosen
on the sets of ``CHOOSE`` and reported on those of ``REPORT``; none is in both.

Left out: things that a camera of a user would really see beside clothes, such as faces and rooms.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Images = NDArray[np.uint8]
Shape = tuple[int, int, int]
Kind = Literal["fashion_mnist", "cifar10"]

CHOOSE: Mapping[str, tuple[str, ...]] = {
    "fashion_mnist": ("shapes", "jigsaw", "photographs"),
    "cifar10": ("letters", "jigsaw", "digits"),
}
"""Sets on which methods and settings are chosen."""
REPORT: Mapping[str, tuple[str, ...]] = {
    "fashion_mnist": ("digits", "other data set", "noise", "textures", "letters"),
    "cifar10": ("other data set", "noise", "textures", "photographs", "shapes"),
}
"""Sets that only the reported figures see; the other data set is CIFAR-10 in grey, or Fashion-MNIST."""


def make_unknown(name: str, n: int, shape: Shape, seed: int = 0, source: Images | None = None) -> Images:
    """Make pictures of one set.

    Parameters
    ----------
    name : str
        One of ``CHOOSE`` or ``REPORT``.
    n : int
        How many.
    shape : (height, width, n_channels)
        Of one picture.
    seed : int
        The same gives the same pictures.
    source : array of shape (m, height', width', n_channels'), optional
        Known pictures for ``jigsaw``; the pictures of the ``other data set``.

    Returns
    -------
    array of shape (n, height, width, n_channels), 0 to 255

    Raises
    ------
    ValueError
        If the set is not known, or it needs a source and there is none.

    Examples
    --------
    >>> make_unknown("noise", 3, (28, 28, 1)).shape
    (3, 28, 28, 1)
    """
    rng = np.random.default_rng((seed, sum(name.encode())))
    if name in _FROM_SOURCE:
        if source is None or len(source) == 0:
            message = f"the set {name} is made from other pictures; give them as source"
            raise ValueError(message)
        return _FROM_SOURCE[name](source, n, shape, rng)
    if name not in _MAKERS:
        message = f"the set is {name!r}; it must be one of {', '.join((*_MAKERS, *_FROM_SOURCE))}"
        raise ValueError(message)
    made = np.stack([_MAKERS[name](place, shape, rng) for place in range(n)])
    return np.clip(np.rint(made), 0, 255).astype(np.uint8)


def _make_noise(place: int, shape: Shape, rng: np.random.Generator) -> NDArray[np.float64]:
    """Make uniform, normal, salt-and-pepper or soft noise in turn."""
    import cv2

    if place % 4 == 0:
        return np.asarray(rng.uniform(0, 256, shape), dtype=np.float64)
    if place % 4 == 1:
        return np.asarray(rng.normal(rng.uniform(30, 220), rng.uniform(20, 80), shape))
    if place % 4 == 2:  # noqa: PLR2004 the third of four kinds
        return np.asarray(255.0 * (rng.random(shape) < rng.uniform(0.05, 0.6)), dtype=np.float64)
    soft: Any = cv2.GaussianBlur(rng.normal(0, 1, shape), (0, 0), float(rng.uniform(0.8, 3)))
    soft = soft.reshape(shape)
    return np.asarray(128 + 60 * soft / max(float(soft.std()), 1e-9))


def _make_texture(place: int, shape: Shape, rng: np.random.Generator) -> NDArray[np.float64]:
    """Make stripes, checks, waves or rings that fill the picture, in turn."""
    height, width, n_channels = shape
    rows, columns = np.mgrid[0:height, 0:width].astype(np.float64)
    angle, period = rng.uniform(0, np.pi), rng.uniform(2.5, 12)
    along = (columns * np.cos(angle) + rows * np.sin(angle)) / period
    across = (rows * np.cos(angle) - columns * np.sin(angle)) / rng.uniform(2.5, 12)
    phase = rng.uniform(0, 1)
    if place % 4 == 0:
        pattern = ((along + phase) % 1 < rng.uniform(0.3, 0.7)).astype(np.float64)
    elif place % 4 == 1:
        pattern = ((np.floor(along + phase) + np.floor(across)) % 2).astype(np.float64)
    elif place % 4 == 2:  # noqa: PLR2004 the third of four kinds
        pattern = 0.5 + 0.25 * (np.sin(2 * np.pi * (along + phase)) + np.sin(2 * np.pi * across))
    else:
        middle = rng.uniform(0, height, 2)
        pattern = 0.5 + 0.5 * np.sin(2 * np.pi * np.hypot(rows - middle[0], columns - middle[1]) / period)
    dark, light = rng.uniform(0, 110, n_channels), rng.uniform(140, 255, n_channels)
    return np.asarray(dark + pattern[..., None] * (light - dark) + rng.normal(0, 6, shape))


def _make_shape(place: int, shape: Shape, rng: np.random.Generator) -> NDArray[np.float64]:
    """Draw one to three discs, boxes, triangles, rings or lines on an even ground."""
    import cv2

    height, width, n_channels = shape
    scale = 4
    dark = n_channels == 1
    ground = [0.0] * n_channels if dark else rng.uniform(0, 255, n_channels).tolist()
    canvas: Any = np.full((height * scale, width * scale, n_channels), ground, np.uint8)
    side = height * scale
    for part in range(int(rng.integers(1, 4))):
        colour = rng.uniform(90, 255, n_channels).tolist()
        points = rng.integers(side // 8, side * 7 // 8, (3, 2)).astype(np.int32)
        size, filled = int(rng.integers(side // 10, side // 3)), int(rng.choice([-1, 5, 9]))
        kind = (place + part) % 4
        if kind == 0:
            cv2.circle(canvas, points[0].tolist(), size, colour, filled, cv2.LINE_AA)
        elif kind == 1:
            cv2.rectangle(canvas, points[0].tolist(), (points[0] + size).tolist(), colour, filled, cv2.LINE_AA)
        elif kind == 2:  # noqa: PLR2004 the third of four kinds
            cv2.fillPoly(canvas, [points], colour, cv2.LINE_AA)
        else:
            cv2.line(canvas, points[0].tolist(), points[1].tolist(), colour, 8, cv2.LINE_AA)
    return _shrink(canvas, shape)


def _make_letter(place: int, shape: Shape, rng: np.random.Generator) -> NDArray[np.float64]:
    """Write a letter in one of OpenCV's fonts, light on black, or in colours."""
    import cv2

    height, width, n_channels = shape
    side = height * 4
    dark = n_channels == 1
    ground = [0.0] * n_channels if dark else rng.uniform(0, 120, n_channels).tolist()
    canvas: Any = np.full((side, width * 4, n_channels), ground, np.uint8)
    letter = "ABCDEFGHIJKLMNOPQRSTUVWXYZabdefghkmnqrst"[place % 40]
    font = (cv2.FONT_HERSHEY_SIMPLEX, cv2.FONT_HERSHEY_COMPLEX, cv2.FONT_HERSHEY_SCRIPT_COMPLEX)[place % 3]
    size, thick = float(rng.uniform(2.2, 3.8)), int(rng.integers(5, 14))
    (wide, high), _ = cv2.getTextSize(letter, font, size, thick)
    corner = (int((width * 4 - wide) / 2 + rng.integers(-8, 9)), int((side + high) / 2 + rng.integers(-8, 9)))
    cv2.putText(canvas, letter, corner, font, size, rng.uniform(150, 255, n_channels).tolist(), thick, cv2.LINE_AA)
    return _shrink(canvas, shape)


def _make_digit(_place: int, shape: Shape, rng: np.random.Generator) -> NDArray[np.float64]:
    """Enlarge one of scikit-learn's 1,797 handwritten digits of 8 by 8."""
    import cv2

    digits = _load_digits()
    digit = digits[int(rng.integers(len(digits)))] * (255 / 16)
    large: Any = cv2.resize(digit, (shape[1], shape[0]), interpolation=cv2.INTER_CUBIC)
    tint = np.ones(1) if shape[2] == 1 else rng.uniform(0.4, 1.0, shape[2])
    return np.asarray(np.clip(large, 0, 255)[..., None] * tint)


@lru_cache(maxsize=1)
def _load_digits() -> NDArray[np.float64]:
    from sklearn.datasets import load_digits

    return np.asarray(load_digits().images, dtype=np.float64)


def _make_photograph(place: int, shape: Shape, rng: np.random.Generator) -> NDArray[np.float64]:
    """Cut a square out of one of scikit-learn's two sample photographs."""
    photo = _load_photographs()[place % 2]
    side = int(rng.integers(shape[0], 240))
    top, left = (int(rng.integers(0, length - side)) for length in photo.shape[:2])
    part = photo[top : top + side, left : left + side]
    return _shrink(part if shape[2] == 3 else part.mean(axis=2, keepdims=True).astype(np.uint8), shape)  # noqa: PLR2004 RGB


@lru_cache(maxsize=1)
def _load_photographs() -> tuple[Images, Images]:
    from sklearn.datasets import load_sample_images

    first, second = load_sample_images().images
    return first, second


def _shuffle_parts(source: Images, n: int, shape: Shape, rng: np.random.Generator) -> Images:
    """Cut known pictures into 4 by 4 parts and put those together in another order."""
    chosen = source[rng.integers(0, len(source), n)]
    part_h, part_w = shape[0] // 4, shape[1] // 4
    made = chosen.copy()
    for image, original in zip(made, chosen, strict=True):
        for place, other in enumerate(rng.permutation(16)):
            to, start = (place // 4 * part_h, place % 4 * part_w), (other // 4 * part_h, other % 4 * part_w)
            image[to[0] : to[0] + part_h, to[1] : to[1] + part_w] = original[
                start[0] : start[0] + part_h, start[1] : start[1] + part_w
            ]
    return made


def _borrow(source: Images, n: int, shape: Shape, rng: np.random.Generator) -> Images:
    """Take pictures of another data set in this one's size and colours."""
    chosen = source[rng.choice(len(source), n, replace=n > len(source))]
    if shape[2] == 1 and chosen.shape[3] != 1:
        chosen = np.rint(chosen.mean(axis=3, keepdims=True)).astype(np.uint8)
    elif shape[2] != chosen.shape[3]:
        chosen = np.repeat(chosen, shape[2], axis=3)
    return np.stack([_shrink(each, shape) for each in chosen]).astype(np.uint8)


def _shrink(canvas: Any, shape: Shape) -> NDArray[np.float64]:
    """Resize to the size of a known picture."""
    import cv2

    found: Any = cv2.resize(canvas, (shape[1], shape[0]), interpolation=cv2.INTER_AREA)
    return np.asarray(found, dtype=np.float64).reshape(shape)


Maker = Callable[[int, Shape, np.random.Generator], NDArray[np.float64]]
_MAKERS: dict[str, Maker] = {
    "noise": _make_noise, "textures": _make_texture, "shapes": _make_shape, "letters": _make_letter,
    "digits": _make_digit, "photographs": _make_photograph,
}  # fmt: skip
_FROM_SOURCE: dict[str, Callable[[Images, int, Shape, np.random.Generator], Images]] = {
    "jigsaw": _shuffle_parts,
    "other data set": _borrow,
}
