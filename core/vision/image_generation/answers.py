"""Answers: one picture with the class that our classifier sees in it, sheets of many, and mixes of two.

Left out: pictures of a person's own to start from; a generator has no way back from a picture to a code.
"""

from __future__ import annotations

import base64
import io
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.hub.contract import Prediction, Reason
from core.hub.errors import DataError
from core.hub.fields import validate_recipe
from core.vision.image_generation.judge import look
from core.vision.image_generation.model import Model
from core.vision.image_generation.recipe import SIDE, Inputs
from core.vision.image_generation.sampling import blend_styles, make_codes, make_noise, mix_styles

Pixels = NDArray[np.uint8]


@dataclass(frozen=True, slots=True, eq=False)
class Sheet:
    """Pictures (n, 28, 28), the classes asked for, those that the classifier sees, and how sure it is of them."""

    pictures: Pixels
    asked: tuple[str, ...]
    seen: tuple[str, ...]
    shares: NDArray[np.float32]


def predict(model: Model, inputs: Inputs) -> Prediction:
    """Draw one picture and name what is on it.

    Returns
    -------
    Prediction
        ``answer`` is the class that the classifier sees, ``probabilities`` its own; ``details`` holds ``asked`` (the
        class asked for; empty for a DCGAN), ``pixels`` (28 rows of 28 values, 0 to 255) and ``png`` (base64).

    Raises
    ------
    RecipeError
        If an input is out of its range.
    """
    validate_recipe(inputs)
    item = model.classes.index(inputs.item)
    pictures, _ = model.sampler.sample(1, item, inputs.truncation, inputs.seed, noise=inputs.noise)
    seen = look(model.judge, pictures)
    shares = seen.shares[0].astype(np.float64)
    asked = inputs.item if model.sampler.is_style else ""
    return Prediction(
        answer=model.classes[int(seen.labels[0])],
        model=model.name,
        probabilities=dict(zip(model.classes, (shares / shares.sum()).tolist(), strict=True)),
        reasons=(Reason("Class asked for", asked or "none: a DCGAN draws what its code says", float(shares[item])),),
        details={
            "asked": asked,
            "pixels": pictures[0].tolist(),
            "png": base64.b64encode(to_png(pictures[0])).decode(),
        },
    )


def to_png(picture: Pixels) -> bytes:
    """Write a grey picture (height, width) as PNG bytes."""
    from PIL import Image

    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, "PNG", optimize=True)
    return buffer.getvalue()


def draw_sheet(
    model: Model, n: int = 64, item: str | None = None, truncation: float = 0.8, seed: int = 0, *, noise: bool = True
) -> Sheet:
    """Draw pictures of one class, or of all in turn, and name what is on each.

    Raises
    ------
    LimitError
        If ``n`` is not 1 to 20,000.
    DataError
        If the class is unknown or the truncation out of range.
    """
    wanted = None if item is None else find_class(model, item)
    pictures, labels = model.sampler.sample(n, wanted, truncation, seed, noise=noise)
    seen = look(model.judge, pictures)
    asked = tuple(model.classes[label] for label in labels) if model.sampler.is_style else ("",) * n
    return Sheet(pictures, asked, tuple(model.classes[label] for label in seen.labels), seen.shares.max(axis=1))


def find_class(model: Model, item: str) -> int:
    """Return the number of a class.

    Raises
    ------
    DataError
        If there is none of that name.
    """
    if item not in model.classes:
        message = f"class is {item[:40]!r}; it must be one of {', '.join(model.classes)}"
        raise DataError(message)
    return model.classes.index(item)


def find_style(model: Model, inputs: Inputs) -> NDArray[np.float32]:
    """Return the style (1, latent) of one picture's inputs, truncated as they say."""
    validate_recipe(inputs)
    codes = make_codes(1, model.sampler.latent, inputs.seed)
    return model.sampler.find_styles(codes, np.array([find_class(model, inputs.item)]), inputs.truncation)


def mix_pictures(model: Model, first: Inputs, second: Inputs, cut: int) -> Pixels:
    """Draw a picture whose layers before ``cut`` follow the first and the others the second, shape (28, 28).

    Parameters
    ----------
    cut : int
        0 draws the second picture, 5 the first (each with the first one's noise); 1 takes only the shape from it.
    """
    styles = mix_styles(find_style(model, first), find_style(model, second), cut)
    return _draw(model, styles, first)


def blend_pictures(model: Model, first: Inputs, second: Inputs, coarse: float, fine: float) -> Pixels:
    """Draw a picture between two: shape and surface each go from the first (0) to the second (1), shape (28, 28).

    Parameters
    ----------
    coarse : float
        Share of the second in the layers at 7 and 14 pixels (the shape).
    fine : float
        Share of the second in the layers at 28 pixels (the surface).
    """
    shares = np.array([coarse, coarse, coarse, fine, fine])
    return _draw(model, blend_styles(find_style(model, first), find_style(model, second), shares), first)


def _draw(model: Model, styles: NDArray[np.float32], inputs: Inputs) -> Pixels:
    """Draw one picture of styles with the noise that the inputs ask for."""
    noise = make_noise(1, inputs.seed) if inputs.noise else None
    return model.sampler.synthesise(styles, noise).reshape(SIDE, SIDE)
