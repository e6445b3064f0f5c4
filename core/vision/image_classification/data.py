"""The pictures of a run: those that train, those held out to set temperature and promises, and those that test.

The test pictures are the data set's own, all of them (of the bundled extract of CIFAR-10: 1,000), and choose nothing.

Left out: how pictures are fetched and read (``core.datasets``).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from core.datasets.image_sets import ImageSet, load_image_set
from core.hub.errors import DataError, RecipeError
from core.hub.kept import keep
from core.vision.image_classification.recipe import BUNDLED, WHOLE, Recipe

if TYPE_CHECKING:
    from core.datasets.table import Table

Images = NDArray[np.uint8]
Labels = NDArray[np.int64]
MOST_HELD, PART_HELD = 2_500, 8
"""At most so many pictures are held out, and at most one in so many."""


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """Some pictures with their classes: uint8 (n, height, width, n_channels) and int64 (n,)."""

    images: Images
    labels: Labels

    def __len__(self) -> int:
        """Count the pictures."""
        return len(self.labels)


@dataclass(frozen=True, slots=True, eq=False)
class Data:
    """What a run learns from and is scored on.

    Parameters
    ----------
    fitting, held, test : Part
        Pictures that train, that are held out of training, and of the data set's own test.
    source : str
        Which pictures these are, in words.
    sha256 : str
        Of all pictures and labels.
    """

    name: str
    classes: tuple[str, ...]
    fitting: Part
    held: Part
    test: Part
    source: str
    sha256: str

    @property
    def shape(self) -> tuple[int, int, int]:
        """Height, width and channels of a picture."""
        _, height, width, n_channels = self.fitting.images.shape
        return height, width, n_channels


def load(recipe: Recipe, table: Table | None = None) -> Data:
    """Load the pictures of a recipe: the bundled ones where they are enough, else the whole set.

    Raises
    ------
    RecipeError
        If the data set has fewer pictures than asked for.
    DataError
        If a table is given, or the whole set is needed, not in the cache and not to be had.

    Examples
    --------
    >>> data = load(Recipe(pictures=2_000))
    >>> len(data.fitting), len(data.held), len(data.test), data.classes[0]
    (1750, 250, 10000, 'T-shirt/top')
    """
    if table is not None:
        message = f"{table.name} is a table; this project learns from pictures, so leave it out"
        raise DataError(message)
    name = recipe.data_set
    if recipe.pictures > WHOLE[name]:
        message = f"pictures is {recipe.pictures}; {name} has {WHOLE[name]} to train on"
        raise RecipeError(message)
    bundled = recipe.pictures <= BUNDLED[name]
    train, test = (load_image_set(name, split, bundled) for split in ("train", "test"))
    fitting, held = split_pictures(len(train.labels), recipe.pictures, recipe.seed)
    parts = (_take(train, fitting), _take(train, held), Part(test.images, test.labels))
    source = f"{len(fitting):,} of {train.source}; {test.source}"
    return Data(name, train.classes, *parts, source, _hash(parts))


def split_pictures(n_known: int, n_used: int, seed: int) -> tuple[Labels, Labels]:
    """Draw the pictures that train and those that are held out.

    Returns
    -------
    (fitting, held) : int arrays
        Ascending, without a picture in both.

    Examples
    --------
    >>> fitting, held = split_pictures(60_000, 60_000, 0)
    >>> len(fitting), len(held), bool(np.intersect1d(fitting, held).size)
    (57500, 2500, False)
    """
    drawn = np.random.default_rng(seed).permutation(n_known)[:n_used]
    n_held = min(MOST_HELD, n_used // PART_HELD)
    return np.sort(drawn[n_held:]), np.sort(drawn[:n_held])


def load_test(name: str) -> ImageSet:
    """Load the bundled test pictures of a data set: all 10,000 clothes, 1,000 things."""
    return _load_test(name)


@keep(2)
def _load_test(name: str) -> ImageSet:
    """Load them once: an answer about an example needs one of them."""
    return load_image_set(name, "test", bundled=True)


def _take(pictures: ImageSet, rows: Labels) -> Part:
    """Take some pictures of a set."""
    return Part(pictures.images[rows], pictures.labels[rows])


def _hash(parts: tuple[Part, ...]) -> str:
    """Hash every picture and label."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part.images.tobytes())
        digest.update(part.labels.tobytes())
    return digest.hexdigest()
