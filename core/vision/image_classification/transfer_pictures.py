"""What decides a comparison of transfer learning, and the few pictures that it draws.

Left out: the comparison itself (``transfer``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray

from core.hub.contract import Label, Range, Seed
from core.hub.errors import DataError
from core.vision.image_classification.augmentation import Images
from core.vision.image_classification.transfer_starts import EFFICIENTNET, OURS, StartName


@dataclass(frozen=True, slots=True)
class TransferRecipe:
    """All that decides a comparison.

    Parameters
    ----------
    start : str
        The network that has learnt other pictures.
    pictures : int
        Of each class, to learn from.
    size : int
        Side in pixels to which an ImageNet network's pictures are brought, a multiple of 32.
    epochs : int
        Times that fine-tuning sees each picture; a network from scratch sees them three times as often, at least.
    tested : int
        Held-out pictures.
    whole : bool
        Whether held-out pictures come from the whole test set, which may have to be fetched, or from the bundled part.
    """

    start: Annotated[StartName, Label("Start from", "A network that has learnt other pictures.")] = EFFICIENTNET
    pictures: Annotated[int, Range(10, 200, 10), Label("Pictures of each class", "To learn from.")] = 50
    size: Annotated[
        Literal["96", "128", "160"], Label("Side", "To which pictures are enlarged for ImageNet's networks.", "pixels")
    ] = "96"
    epochs: Annotated[int, Range(1, 30, 1), Label("Epochs of fine-tuning")] = 10
    tested: Annotated[int, Range(200, 10_000, 100), Label("Held-out pictures")] = 1_000
    whole: Annotated[bool, Label("Whole test set", "Fetched once where it is not there yet.")] = False
    seed: Seed = 0


TRANSFER_RECIPES: dict[str, TransferRecipe] = {
    "quick": TransferRecipe(pictures=20, epochs=5, tested=500),
    "full": TransferRecipe(pictures=200, tested=2_000, whole=True),
}


@dataclass(frozen=True, slots=True, eq=False)
class Pictures:
    """A few pictures to learn from, and those held out; the two are of separate splits."""

    name: str
    classes: tuple[str, ...]
    images: Images
    labels: NDArray[np.int64]
    test_images: Images
    test_labels: NDArray[np.int64]


def load_pictures(recipe: TransferRecipe) -> Pictures:
    """Draw the pictures: CIFAR-10 for ImageNet's networks, Fashion-MNIST for our own.

    Raises
    ------
    DataError
        If the whole test set is asked for and cannot be had, or is smaller than the number asked for.
    """
    from core.datasets.image_sets import load_image_set

    name = "fashion_mnist" if recipe.start == OURS else "cifar10"
    train = load_image_set(name, "train", bundled=True)
    test = load_image_set(name, "test", bundled=not recipe.whole)
    if recipe.tested > len(test.labels):
        message = (
            f"tested is {recipe.tested}; the bundled part has {len(test.labels):,} held-out pictures: ask for fewer, "
            f"or for the whole test set"
        )
        raise DataError(message)
    learnt = draw_pictures(train.labels, recipe.pictures, recipe.seed)
    held = np.sort(np.random.default_rng((recipe.seed, 1)).permutation(len(test.labels))[: recipe.tested])
    return Pictures(
        name, train.classes, train.images[learnt], train.labels[learnt], test.images[held], test.labels[held]
    )


def draw_pictures(labels: NDArray[np.int64], n_each: int, seed: int) -> NDArray[np.intp]:
    """Draw the same number of each class; fewer pictures are the first of more.

    Returns
    -------
    array of shape (n_classes * n_each,)
        Positions, class after class.

    Raises
    ------
    DataError
        If a class has fewer.

    Examples
    --------
    >>> labels = np.array([0, 1, 0, 1, 0, 1])
    >>> labels[draw_pictures(labels, 2, 0)].tolist()
    [0, 0, 1, 1]
    """
    order = np.random.default_rng(seed).permutation(len(labels))
    least = int(np.bincount(labels).min())
    if n_each > least:
        message = f"pictures is {n_each}; the smallest class has {least}: ask for fewer"
        raise DataError(message)
    drawn = [order[labels[order] == label][:n_each] for label in range(int(labels.max()) + 1)]
    return np.concatenate(drawn)
