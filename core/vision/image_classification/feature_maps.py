"""What each layer makes of a picture: its maps, which of its filters answer most, and the first filters as pictures.

A filter's answer to a picture is the mean of its map. How unusual the answer is, in standard deviations of that filter
over other pictures, says more than its size: some filters answer loudly to everything.

Method: Zeiler & Fergus 2014, arXiv:1311.2901 (looking at maps and at the pictures that excite them most).

Left out: running the network backwards to a picture.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.hub.errors import DataError
from core.vision.image_classification.model import Model

Array = NDArray[np.float32]
Images = NDArray[np.uint8]


@dataclass(frozen=True, slots=True, eq=False)
class LayerMaps:
    """The maps of one layer.

    Parameters
    ----------
    layer, sentence : str
        Its name, and what it does in plain words.
    maps : array of shape (height, width, n_filters)
    order : array of shape (n_filters,)
        Filters, the one that answers most unusually (or, with nothing to compare, most loudly) first.
    answers : array of shape (n_filters,)
        How each filter answers, in the units of ``order``.
    """

    layer: str
    sentence: str
    maps: Array
    order: NDArray[np.int64]
    answers: Array


def read_feature_maps(model: Model, image: Images, others: Images | None = None) -> tuple[LayerMaps, ...]:
    """Read every layer's maps of one picture.

    Parameters
    ----------
    image : uint8 array of shape (height, width, n_channels)
    others : uint8 array of shape (n, height, width, n_channels), optional
        Pictures that say what is usual, such as 64 test pictures; n at least 2.

    Raises
    ------
    DataError
        If a picture is of another shape or type.
    """
    found = model.read_maps(image[None])
    usual = {} if others is None else {name: maps.mean(axis=(1, 2)) for name, maps in model.read_maps(others).items()}
    return tuple(_rank_filters(name, maps[0], usual.get(name)) for name, maps in found.items())


def _rank_filters(name: str, maps: Array, usual: Array | None) -> LayerMaps:
    answers = maps.mean(axis=(0, 1))
    if usual is not None:
        answers = (answers - usual.mean(axis=0)) / np.maximum(usual.std(axis=0), 1e-6)
    return LayerMaps(name, describe_layer(name, maps.shape), maps, np.argsort(-answers, kind="stable"), answers)


def describe_layer(name: str, shape: tuple[int, ...]) -> str:
    """Say in a sentence what a layer does.

    Examples
    --------
    >>> describe_layer("pooling_1", (14, 14, 24))
    'Pooling keeps the largest of each 2 by 2 values: 24 maps of 14 by 14.'
    """
    size = f"{shape[2]} maps of {shape[0]} by {shape[1]}"
    words = {
        "pooling": "Pooling keeps the largest of each 2 by 2 values",
        "relu": "After convolution and normalisation, what is negative is set to zero",
        "silu": "After convolution and normalisation, what is negative is nearly silenced",
        "patches": "Each filter answers to one direction in which patches of 2 by 2 pixels vary",
        "short": "What went past the convolutions is added to what came through them",
    }
    return f"{words.get(name.split('_', 1)[0], name)}: {size}."


def tile_maps(maps: Array, filters: NDArray[np.integer[Any]], columns: int = 8) -> Array:
    """Lay maps side by side as one picture of 0 to 1, a map's own largest value being 1, a blank line between them.

    Parameters
    ----------
    maps : array of shape (height, width, n_filters)
    filters : array of shape (n,)
        Which, in reading order.
    columns : int
        Maps in a row.

    Examples
    --------
    >>> tile_maps(np.ones((2, 2, 3), np.float32), np.array([0, 1, 2]), columns=2).shape
    (5, 5)
    """
    height, width, _ = maps.shape
    n_rows = -(-len(filters) // columns)
    sheet = np.full((n_rows * (height + 1) - 1, columns * (width + 1) - 1), np.nan, dtype=np.float32)
    for place, chosen in enumerate(filters):
        values = np.maximum(maps[..., chosen], 0)
        top, left = place // columns * (height + 1), place % columns * (width + 1)
        sheet[top : top + height, left : left + width] = values / max(float(values.max()), 1e-9)
    return sheet


def read_first_filters(model: Model) -> Array:
    """Read the first layer's filters as pictures.

    Returns
    -------
    array of shape (n_filters, height, width, n_channels)
        −1 to 1, each filter's largest weight being 1 in size.

    Raises
    ------
    DataError
        If the network's first layer is no convolution.
    """
    from core.vision.image_classification.export import KERNEL, read_weights

    first = next((layer.name for layer in model.layers if layer.kind == "Conv2D"), "")
    kernel = read_weights(model.content).get(first + KERNEL)
    if kernel is None:
        message = f"the layers are {', '.join(layer.name for layer in model.layers)}; none of them is a convolution"
        raise DataError(message)
    filters = kernel.transpose(0, 2, 3, 1)  # stored as (n_filters, n_channels, height, width)
    return np.asarray(filters / np.maximum(np.abs(filters).max(axis=(1, 2, 3), keepdims=True), 1e-9))


def find_exciting(model: Model, images: Images, layer: str, which: int, n: int = 8) -> NDArray[np.int64]:
    """Find the pictures to which a filter answers most, the strongest first.

    Parameters
    ----------
    images : uint8 array of shape (m, height, width, n_channels)
    layer, which : str, int
        One of ``model.map_layers`` and one of its filters.

    Raises
    ------
    DataError
        If the layer or the filter is not known.
    """
    if layer not in model.map_layers:
        message = f"layer is {layer!r}; it must be one of {', '.join(model.map_layers)}"
        raise DataError(message)
    answers = np.concatenate(
        [model.read_maps(images[i : i + 128], (layer,))[layer].max(axis=(1, 2)) for i in range(0, len(images), 128)]
    )
    if not 0 <= which < answers.shape[1]:
        message = f"filter is {which}; {layer} has 0 to {answers.shape[1] - 1}"
        raise DataError(message)
    return np.argsort(-answers[:, which], kind="stable")[:n]
