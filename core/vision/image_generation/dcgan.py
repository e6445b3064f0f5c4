"""The DCGAN of Radford, Metz & Chintala 2016 (arXiv:1511.06434) in the size of 28 by 28 pictures, built with Keras.

Its rules: no pooling (strides instead), batch normalisation but for the generator's end and the discriminator's start,
ReLU and tanh in the generator, leaky ReLU in the discriminator, weights from N(0, 0.02), Adam with β₁ = 0.5.
Departures: 4 by 4 filters in place of 5 by 5 (strides of two cover every pixel equally often), two steps of enlarging
in place of four.

Left out: classes; what is drawn depends on the code alone.
"""

from __future__ import annotations

from typing import Any

from core.vision.image_generation.recipe import SIDE, Recipe

SPREAD = 0.02
KEEP = 0.9
"""Share of batch normalisation's running mean that each step keeps."""


def build_generator(keras: Any, recipe: Recipe) -> Any:
    """Build the generator: codes (n, latent) to pictures (n, 28, 28, 1) of −1 to 1."""
    layers, start = keras.layers, SIDE // 4
    code = keras.Input((recipe.latent,), name="code")
    x = layers.Dense(
        start * start * 8 * recipe.width, use_bias=False, kernel_initializer=_spread(keras), name="spread"
    )(code)
    x = layers.Reshape((start, start, 8 * recipe.width), name="block")(x)
    x = _normalise(keras, x, "relu", "0")
    x = _enlarge(keras, x, 4 * recipe.width, "1")
    x = _normalise(keras, x, "relu", "1")
    x = _enlarge(keras, x, 1, "2", use_bias=True)
    x = layers.Activation("tanh", dtype="float32", name="picture")(x)
    return keras.Model(code, x, name="generator")


def build_discriminator(keras: Any, recipe: Recipe) -> Any:
    """Build the discriminator: pictures (n, 28, 28, 1) of −1 to 1 to logits (n,)."""
    layers = keras.layers
    picture = keras.Input((SIDE, SIDE, 1), name="picture")
    x = layers.Conv2D(4 * recipe.width, 4, 2, "same", kernel_initializer=_spread(keras), name="judge_0")(picture)
    x = layers.LeakyReLU(0.2, name="judge_0_leaky")(x)
    x = layers.Conv2D(
        8 * recipe.width, 4, 2, "same", use_bias=False, kernel_initializer=_spread(keras), name="judge_1"
    )(x)
    x = layers.BatchNormalization(momentum=KEEP, name="judge_1_normal")(x)
    x = layers.LeakyReLU(0.2, name="judge_1_leaky")(x)
    x = layers.Flatten(name="flatten")(x)
    x = layers.Dense(1, dtype="float32", kernel_initializer=_spread(keras), name="real")(x)
    return keras.Model(picture, x[:, 0], name="discriminator")


def _spread(keras: Any) -> Any:
    """Make the initial weights' distribution."""
    return keras.initializers.RandomNormal(stddev=SPREAD)


def _enlarge(keras: Any, x: Any, filters: int, name: str, *, use_bias: bool = False) -> Any:
    """Double height and width by a transposed convolution."""
    layer = keras.layers.Conv2DTranspose(
        filters, 4, 2, "same", use_bias=use_bias, kernel_initializer=_spread(keras), name=f"enlarge_{name}"
    )
    return layer(x)


def _normalise(keras: Any, x: Any, activation: str, name: str) -> Any:
    """Normalise over the batch, then bend."""
    x = keras.layers.BatchNormalization(momentum=KEEP, name=f"normal_{name}")(x)
    return keras.layers.Activation(activation, name=f"{activation}_{name}")(x)
