"""The convolutional networks, built with Keras.

plain     convolution, max-pooling, flatten, dense: the network that the page explains, under 100,000 weights
residual  whitened patches, three stages with a short cut in each, under 1,000,000 weights

The residual network's first layer is not learnt: its filters are the principal directions of 2 by 2 patches, so the
layers behind it receive uncorrelated inputs from the first step on (Jordan 2024, "94% on CIFAR-10 in 3.29 seconds on
a single GPU"). Short cuts follow He et al. 2016; batch normalisation Ioffe & Szegedy 2015.

Left out: recurrent and attention layers.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

PATCH = 2
LOGIT_SCALE = 0.125


def find_patch_filters(images: NDArray[np.uint8], n_images: int = 5_000) -> NDArray[np.float32]:
    """Find the whitening filters of 2 by 2 patches and their negatives.

    Parameters
    ----------
    images : array of shape (n_images, height, width, n_channels), 0 to 255
        The first ``n_images`` are used.
    n_images : int
        How many.

    Returns
    -------
    array of shape (2, 2, n_channels, 8 * n_channels)
        Each direction divided by the standard deviation of the patches along it, then the same with the other sign.

    References
    ----------
    Jordan 2024, arXiv:2404.00498, section 3.1.
    """
    x = images[:n_images].astype(np.float32) / 255
    n_channels = x.shape[-1]
    windows = np.lib.stride_tricks.sliding_window_view(x, (PATCH, PATCH), axis=(1, 2))
    patches = windows[:, ::PATCH, ::PATCH].transpose(0, 1, 2, 4, 5, 3).reshape(-1, PATCH * PATCH * n_channels)
    # The directions along which patches vary, and how much they vary along each.
    variances, directions = np.linalg.eigh(np.cov(patches, rowvar=False))
    # Dividing by the spread makes every direction equally loud; the small term keeps flat directions quiet.
    scaled = directions / np.sqrt(variances + 5e-4)
    filters = np.concatenate([scaled, -scaled], axis=1)
    return filters.reshape(PATCH, PATCH, n_channels, -1).astype(np.float32)


def build_plain(keras: Any, shape: tuple[int, int, int], n_classes: int, widths: tuple[int, int, int]) -> Any:
    """Build convolution–convolution–pooling twice, convolution–pooling once, then flatten and dense.

    Parameters
    ----------
    keras : module
        From ``import_keras``.
    shape : (height, width, n_channels)
        Of a picture with values 0 to 1.
    n_classes : int
        Length of the answer: logits, not shares.
    widths : three ints
        Filters of the three stages.
    """
    layers = keras.layers
    picture = keras.Input(shape, name="picture")
    x = picture
    for stage, (width, n_layers) in enumerate(zip(widths, (2, 2, 1), strict=True), start=1):
        for layer in range(1, n_layers + 1):
            x = layers.Conv2D(width, 3, padding="same", use_bias=False, name=f"convolution_{stage}{layer}")(x)
            x = layers.BatchNormalization(momentum=0.9, name=f"normalisation_{stage}{layer}")(x)
            x = layers.Activation("relu", name=f"relu_{stage}{layer}")(x)
        x = layers.MaxPooling2D(2, name=f"pooling_{stage}")(x)
    x = layers.Flatten(name="flatten")(x)
    x = layers.Dropout(0.2, name="dropout")(x)
    logits = layers.Dense(n_classes, dtype="float32", name="logits")(x)
    return keras.Model(picture, logits, name="plain")


def build_residual(
    keras: Any, filters: NDArray[np.float32], shape: tuple[int, int, int], n_classes: int, widths: tuple[int, int, int]
) -> Any:
    """Build the residual network on whitened patches.

    Parameters
    ----------
    keras : module
        From ``import_keras``.
    filters : array of shape (2, 2, n_channels, n_filters)
        From ``find_patch_filters``; not trained.
    shape, n_classes, widths
        As in ``build_plain``.
    """
    layers = keras.layers
    picture = keras.Input(shape, name="picture")
    stem = layers.Conv2D(filters.shape[-1], PATCH, name="patches", trainable=True)
    x = layers.Activation("silu", name="patches_silu")(stem(picture))
    stem.set_weights([filters, np.zeros(filters.shape[-1], np.float32)])
    for stage, width in enumerate(widths, start=1):
        x = _add_convolution(keras, x, width, f"{stage}1", pooled=True)
        short_cut = x
        x = _add_convolution(keras, x, width, f"{stage}2")
        x = _add_convolution(keras, x, width, f"{stage}3")
        x = layers.Add(name=f"short_cut_{stage}")([x, short_cut])
    x = layers.GlobalMaxPooling2D(name="strongest")(x)
    x = layers.Dense(n_classes, use_bias=False, dtype="float32", name="dense")(x)
    logits = layers.Rescaling(LOGIT_SCALE, dtype="float32", name="logits")(x)
    return keras.Model(picture, logits, name="residual")


def _add_convolution(keras: Any, x: Any, width: int, name: str, *, pooled: bool = False) -> Any:
    layers = keras.layers
    x = layers.Conv2D(width, 3, padding="same", use_bias=False, name=f"convolution_{name}")(x)
    if pooled:
        x = layers.MaxPooling2D(2, name=f"pooling_{name}")(x)
    x = layers.BatchNormalization(momentum=0.9, name=f"normalisation_{name}")(x)
    return layers.Activation("silu", name=f"silu_{name}")(x)
