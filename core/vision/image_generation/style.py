"""The style generator and its discriminator, built with Keras.

mapping    a code and a class become a style w: three dense layers
synthesis  a learnt 7 by 7 constant, then five styled convolutions (7, 14, 14, 28, 28), then one channel

After Karras et al. 2019 (arXiv:1812.04948) and 2020 (arXiv:1912.04958), much smaller. The discriminator is told the
class by projection (Miyato & Koyama 2018, arXiv:1802.05637).

Left out: skip connections to the picture, path-length regularisation, progressive growing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from core.vision.image_generation.layers import (
    make_constant,
    make_contrast,
    make_convolution,
    make_dense,
    make_finish,
    make_modulated,
)
from core.vision.image_generation.recipe import N_CLASSES, SIDE, Recipe

MAPPING_SPEED = 0.05
N_MAPPING = 3


@dataclass(frozen=True, slots=True)
class StyledLayer:
    """One styled convolution: its name, output side and channels, and whether it doubles the side."""

    name: str
    side: int
    channels: int
    up: bool


def list_layers(width: int) -> tuple[StyledLayer, ...]:
    """List the styled convolutions, coarse to fine.

    Examples
    --------
    >>> [(layer.name, layer.side, layer.channels) for layer in list_layers(16)]
    [('coarse', 7, 64), ('middle_up', 14, 32), ('middle', 14, 32), ('fine_up', 28, 16), ('fine', 28, 16)]
    """
    return (
        StyledLayer("coarse", 7, 4 * width, up=False),
        StyledLayer("middle_up", 14, 2 * width, up=True),
        StyledLayer("middle", 14, 2 * width, up=False),
        StyledLayer("fine_up", 28, width, up=True),
        StyledLayer("fine", 28, width, up=False),
    )


N_LAYERS = len(list_layers(1))
N_NOISE = sum(layer.side**2 for layer in list_layers(1))
"""Numbers of pixel noise that one picture takes, all layers together."""


def build_mapping(keras: Any, recipe: Recipe) -> Any:
    """Build the mapping: codes (n, latent) and labels (n,) to styles (n, latent)."""
    dense = make_dense(keras)
    code = keras.Input((recipe.latent,), name="code")
    label = keras.Input((), dtype="int32", name="label")
    spread = keras.initializers.RandomNormal(stddev=1.0)
    known = keras.layers.Embedding(N_CLASSES, recipe.latent, spread, dtype="float32", name="class")
    x = keras.ops.concatenate([_normalise(keras, code), _normalise(keras, known(label))], axis=-1)
    for place in range(N_MAPPING):
        x = dense(recipe.latent, speed=MAPPING_SPEED, bend=True, dtype="float32", name=f"map_{place}")(x)
    return keras.Model([code, label], x, name="mapping")


def _normalise(keras: Any, x: Any) -> Any:
    """Scale every row to mean square 1."""
    return x * keras.ops.rsqrt(keras.ops.mean(x**2, axis=-1, keepdims=True) + 1e-8)


def build_synthesis(keras: Any, recipe: Recipe) -> Any:
    """Build the synthesis: styles (n, 5, latent) and noise (n, N_NOISE) to pictures (n, 28, 28, 1) of −1 to 1."""
    dense, modulated, finish = make_dense(keras), make_modulated(keras), make_finish(keras)
    styles = keras.Input((N_LAYERS, recipe.latent), name="styles")
    noise = keras.Input((N_NOISE,), name="noise")
    x = make_constant(keras)(SIDE // 4, 4 * recipe.width, name="constant")(styles[:, 0])
    start = 0
    for place, layer in enumerate(list_layers(recipe.width)):
        scales = dense(x.shape[-1], start=1.0, name=f"{layer.name}_style")(styles[:, place])
        side = 4 if layer.up else 3
        x = modulated(layer.channels, side, up=layer.up, name=f"{layer.name}_convolution")([x, scales])
        pixels = keras.ops.reshape(noise[:, start : start + layer.side**2], (-1, layer.side, layer.side, 1))
        x = finish(name=f"{layer.name}_finish")([x, pixels])
        start += layer.side**2
    scales = dense(x.shape[-1], start=1.0, name="picture_style")(styles[:, N_LAYERS - 1])
    x = modulated(1, 1, even=False, name="picture_convolution")([x, scales])
    x = keras.layers.Activation("tanh", dtype="float32", name="picture")(x)
    return keras.Model([styles, noise], x, name="synthesis")


def build_discriminator(keras: Any, recipe: Recipe) -> Any:
    """Build the discriminator: pictures (n, 28, 28, 1) of −1 to 1 and labels (n,) to logits (n,)."""
    convolution, dense = make_convolution(keras), make_dense(keras)
    picture = keras.Input((SIDE, SIDE, 1), name="picture")
    label = keras.Input((), dtype="int32", name="label")
    x = picture
    for place, (factor, side, strides) in enumerate(((2, 4, 2), (2, 3, 1), (4, 4, 2))):
        x = convolution(factor * recipe.width, side, strides, name=f"judge_{place}")(x)
    if recipe.contrast:
        x = make_contrast(keras)(name="contrast")(x)
    x = convolution(4 * recipe.width, 3, name="judge_last")(x)
    x = keras.layers.Flatten(name="flatten")(x)
    x = dense(8 * recipe.width, bend=True, dtype="float32", name="features")(x)
    known = keras.layers.Embedding(N_CLASSES, 8 * recipe.width, dtype="float32", name="class")(label)
    # How real the picture is, plus how well it suits the class.
    plain = dense(1, dtype="float32", name="real")(x)[:, 0]
    suits = keras.ops.sum(known * x, axis=-1) * (8 * recipe.width) ** -0.5
    return keras.Model([picture, label], plain + suits, name="discriminator")
