"""Fitting a network: stochastic gradient descent with momentum, one cycle of the learning rate, label smoothing.

The learning rate climbs over the first fifth of the steps and then falls to zero in a straight line (Smith 2018,
"A disciplined approach to neural network hyper-parameters"); momentum is Nesterov's; weights, but not the
normalisation's scales and shifts, decay (Loshchilov & Hutter 2019); labels are smoothed (Szegedy et al. 2016).

Left out: other optimisers.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.vision.image_classification.augmentation import Augmentation, Images, augment

CLIMB = 0.2
MOMENTUM = 0.9


@dataclass(frozen=True, slots=True)
class Fitting:
    """What decides a fit.

    Parameters
    ----------
    epochs, batch : int
        Times that each picture is seen, and pictures of one step.
    rate : float
        Highest learning rate.
    decay : float
        Share of a weight lost a step, in units of the learning rate.
    smoothing : float
        Share of a label spread over all classes, 0 to 0.5.
    augmentation : Augmentation
        Changes of the pictures.
    seed : int
        Of weights, order and changes.
    """

    epochs: int
    batch: int = 512
    rate: float = 0.4
    decay: float = 5e-3
    smoothing: float = 0.1
    augmentation: Augmentation = field(default_factory=Augmentation)
    seed: int = 0


def make_rates(n_steps: int, highest: float) -> NDArray[np.float32]:
    """List the learning rate of every step: up to ``highest`` over the first fifth, then down to zero."""
    top = max(1, round(CLIMB * n_steps))
    return np.interp(np.arange(n_steps), [0, top, n_steps], [0.1 * highest, highest, 0.0]).astype(np.float32)


def start_afresh(_network: Any) -> int:
    """Take up no earlier run: no epoch is done."""
    return 0


def fit_network(
    keras: Any,
    network: Any,
    rows: tuple[Images, NDArray[np.integer[Any]]],
    fitting: Fitting,
    on_epoch: Callable[[int, dict[str, float]], None],
    take_up: Callable[[Any], int] = start_afresh,
) -> None:
    """Fit a network in place.

    Parameters
    ----------
    keras : module
        From ``import_keras``.
    network : keras.Model
        From pictures of 0 to 1 to logits.
    rows : (images, labels)
        Pictures (n, height, width, n_channels) of 0 to 255 and class numbers (n,), all of them training rows.
    fitting : Fitting
        How.
    on_epoch : callable
        Called after each epoch with its number, from 1, and the training loss and accuracy.
    take_up : callable
        Given the compiled network; puts an earlier state into it and returns how many epochs are done.
    """
    images, labels = rows
    batch = min(fitting.batch, len(images))
    n_batches = len(images) // batch
    rates = make_rates(fitting.epochs * n_batches, fitting.rate)
    optimizer = keras.optimizers.SGD(float(rates[0]), momentum=MOMENTUM, nesterov=True, weight_decay=fitting.decay)
    optimizer.exclude_from_weight_decay(var_names=["gamma", "beta", "bias"])
    loss = keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=fitting.smoothing)
    network.compile(optimizer=optimizer, loss=loss, metrics=["accuracy"])
    one_hot = np.eye(network.output_shape[-1], dtype=np.float32)
    optimizer.build(network.trainable_variables)
    for epoch in range(take_up(network), fitting.epochs):
        changed = augment(images, fitting.augmentation, epoch, fitting.seed)
        order = np.random.default_rng((fitting.seed, epoch, 1)).permutation(len(images))
        network.reset_metrics()
        for step in range(n_batches):
            chosen = order[step * batch : (step + 1) * batch]
            optimizer.learning_rate = float(rates[epoch * n_batches + step])
            figures = network.train_on_batch(
                changed[chosen].astype(np.float32) / 255, one_hot[labels[chosen]], return_dict=True
            )
        on_epoch(epoch + 1, {name: float(value) for name, value in figures.items()})
