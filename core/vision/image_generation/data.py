"""Rows for a run: Fashion-MNIST's training pictures, and the test pictures that only judge.

Xiao, Rasul & Vollgraf 2017, arXiv:1708.07747 (MIT licence).

Left out: pictures of one's own; a generator needs thousands.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import get_args

import numpy as np
from numpy.typing import NDArray

from core.hub.errors import DataError
from core.hub.fields import validate_recipe
from core.vision.image_generation.recipe import SIDE, ClassName, Recipe

CLASSES: tuple[str, ...] = get_args(ClassName)
BUNDLED_ROWS = 10_000
Pictures = NDArray[np.uint8]
Labels = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Data:
    """Pictures (n, 28, 28) of 0 to 255 and their class numbers (n,), to learn from and to judge by."""

    images: Pictures
    labels: Labels
    test_images: Pictures
    test_labels: Labels
    classes: tuple[str, ...] = CLASSES


def load(recipe: Recipe, table: object = None) -> Data:
    """Load the rows that a recipe asks for.

    Parameters
    ----------
    recipe : Recipe
        Up to 10,000 pictures come with the hub; more are read from the cache folder, fetched where they are not there.
    table : object
        Must be None: there is no table to learn from.

    Raises
    ------
    RecipeError
        If a setting is out of its range.
    DataError
        If a table is given.
    UnavailableError
        If the whole set is neither kept nor to be fetched.

    Examples
    --------
    >>> data = load(Recipe(pictures=500))
    >>> data.images.shape, data.classes[int(data.labels[0])]
    ((500, 28, 28), 'T-shirt/top')
    """
    from core.datasets.image_sets import load_image_set

    validate_recipe(recipe)
    if table is not None:
        message = "a table cannot be learnt from here; leave it out, and the run takes Fashion-MNIST"
        raise DataError(message)
    is_bundled = recipe.pictures <= BUNDLED_ROWS
    train = load_image_set("fashion_mnist", "train", bundled=is_bundled)
    test = load_image_set("fashion_mnist", "test", bundled=True)
    return make_data(train.images[: recipe.pictures], train.labels[: recipe.pictures], test.images, test.labels)


def make_data(images: Pictures, labels: Labels, test_images: Pictures, test_labels: Labels) -> Data:
    """Check and shape rows; pictures may have a last axis of one channel."""
    for each, numbers in ((images, labels), (test_images, test_labels)):
        if each.dtype != np.uint8 or each.shape[1:] not in {(SIDE, SIDE), (SIDE, SIDE, 1)} or len(each) != len(numbers):
            message = f"pictures have shape {each.shape} and type {each.dtype}; they must be (n, 28, 28), uint8"
            raise DataError(message)
    flat, test_flat = (each.reshape(-1, SIDE, SIDE) for each in (images, test_images))
    return Data(flat, labels.astype(np.int64), test_flat, test_labels.astype(np.int64))


def hash_data(data: Data) -> str:
    """Hash the pictures and classes of a run (sha256, hex)."""
    found = hashlib.sha256()
    for each in (data.images, data.labels, data.test_images, data.test_labels):
        found.update(np.ascontiguousarray(each).tobytes())
    return found.hexdigest()
