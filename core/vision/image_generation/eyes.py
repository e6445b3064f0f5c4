"""The eyes of polishing: a small classifier of the run's own, taught on its training pictures; never the judge.

What the eyes notice of a picture is the mean of each map behind the second and the fourth convolution, 112 numbers,
each shifted and scaled to mean 0 and spread 1 over training pictures. Feature matching after Salimans et al. 2016
(arXiv:1606.03498) and dos Santos et al. 2019 (arXiv:1904.02762).

Left out: eyes of other data (Inception), which no package ships.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.vision.image_generation.data import Data
from core.vision.image_generation.frechet import Gaussian, fit_gaussian
from core.vision.image_generation.recipe import N_CLASSES, SIDE

SHAPES = ((32, 4, 2), (48, 3, 1), (64, 3, 2), (64, 3, 1))
"""Maps, side and stride of each convolution: pixels meet half the size at once, which keeps a look cheap."""
EPOCHS, BATCH, RATE = 2, 128, 2e-3
MOST_SHIFT = 2
N_AIM, LOOK = 20_000, 500
"""Training pictures that the aim is set by, and pictures of one look."""
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Aim:
    """What the eyes notice of real pictures.

    Parameters
    ----------
    offset, scale : arrays of shape (n_features,)
        By which each number is shifted and divided.
    whole : Gaussian
        Of all real pictures, after that.
    class_means : array of shape (10, n_features)
    """

    offset: NDArray[np.float32]
    scale: NDArray[np.float32]
    whole: Gaussian
    class_means: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Eyes:
    """A taught network: pictures of −1 to 1 to what it notices and to logits."""

    keras: Any
    network: Any

    def notice(self, pictures: Any) -> tuple[Any, Any]:
        """Return what is noticed (n, n_features), not yet scaled, and logits (n, 10); gradients pass through."""
        ops = self.keras.ops
        *maps, logits = self.network(pictures, training=False)
        return ops.concatenate([ops.mean(ops.cast(each, "float32"), axis=(1, 2)) for each in maps], axis=1), logits

    def notice_all(self, images: NDArray[np.uint8]) -> Floats:
        """Return what is noticed in pictures (n, 28, 28) of 0 to 255, not yet scaled."""
        ask = _compile(self.notice)
        parts = [images[start : start + LOOK, ..., None] for start in range(0, len(images), LOOK)]
        return np.concatenate([np.asarray(ask(part.astype(np.float32) / 127.5 - 1)[0], np.float64) for part in parts])

    def find_aim(self, data: Data) -> Aim:
        """Look at training pictures and say what generated ones have to match."""
        seen, labels = self.notice_all(data.images[:N_AIM]), data.labels[:N_AIM]
        offset, scale = seen.mean(axis=0).astype(np.float32), (seen.std(axis=0) + 1e-3).astype(np.float32)
        scaled = (seen - offset) / scale
        means = np.stack([scaled[labels == each].mean(axis=0) for each in range(N_CLASSES)])
        return Aim(offset, scale, fit_gaussian(scaled), means)


def _compile(call: Any) -> Any:
    """Turn a call into one TensorFlow function."""
    import tensorflow as tf

    return tf.function(call, reduce_retracing=True)


def build_network(keras: Any) -> Any:
    """Build the eyes' network: pictures (n, 28, 28, 1) of −1 to 1 to maps of two sizes and logits."""
    layers = keras.layers
    picture = keras.Input((SIDE, SIDE, 1), name="picture")
    x, maps = picture, []
    for place, (filters, side, strides) in enumerate(SHAPES):
        x = layers.Conv2D(filters, side, strides, padding="same", use_bias=False, name=f"look_{place}")(x)
        x = layers.BatchNormalization(momentum=0.9, name=f"even_{place}")(x)
        x = layers.Activation("silu", name=f"bend_{place}")(x)
        maps.append(x)
    x = layers.Dropout(0.2, seed=0, name="dropout")(layers.Flatten(name="flatten")(x))
    logits = layers.Dense(N_CLASSES, dtype="float32", name="class")(x)
    return keras.Model(picture, [maps[1], maps[3], logits], name="eyes")


def teach_eyes(keras: Any, data: Data, seed: int) -> Eyes:
    """Teach fresh eyes to tell the classes of the training pictures apart; twice through them is enough.

    Parameters
    ----------
    keras : module
        From ``import_keras``.
    data : Data
        Only its training rows are looked at.
    seed : int
        Of weights, order and moves.
    """
    keras.utils.set_random_seed(seed)
    network = build_network(keras)
    optimizer = keras.optimizers.Adam(RATE)
    optimizer.build(network.trainable_variables)
    step = _make_lesson(keras, network, optimizer, seed)
    rng, batch = np.random.default_rng((seed, N_CLASSES)), min(BATCH, len(data.images))
    n_steps = EPOCHS * len(data.images) // batch
    for number in range(n_steps):
        rows = rng.integers(0, len(data.images), batch)
        pictures = data.images[rows, :, :: 1 if number % 2 else -1, None].astype(np.float32) / 127.5 - 1
        optimizer.learning_rate.assign(RATE * min(1.0, (number + 1) / 100) * (1 - number / n_steps))
        step(keras.ops.convert_to_tensor(number, "int32"), pictures, data.labels[rows].astype(np.int32))
    network.trainable = False
    return Eyes(keras, network)


def _make_lesson(keras: Any, network: Any, optimizer: Any, seed: int) -> Any:
    """Compile one step of teaching."""
    import tensorflow as tf

    from core.vision.image_generation.stepping import shift_pictures

    loss_of = keras.losses.SparseCategoricalCrossentropy(from_logits=True)

    def step(number: Any, pictures: Any, labels: Any) -> None:
        moved = shift_pictures(tf, pictures, MOST_SHIFT, (seed, number))
        with tf.GradientTape() as tape:
            loss = loss_of(labels, network(moved, training=True)[-1])
        gradients = tape.gradient(loss, network.trainable_variables)
        optimizer.apply_gradients(zip(gradients, network.trainable_variables, strict=True))

    return _compile(step)
