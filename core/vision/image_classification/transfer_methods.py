"""The three ways to learn a new set of classes from a few pictures.

scratch     a residual network with fresh weights: all that it knows, it learns from these pictures
frozen      a network that learnt other pictures turns each into numbers; only a logistic regression on them is learnt
fine-tuned  from that regression on, the network's last layers are learnt too, at a small rate

Early layers stay as they are, and so does batch normalisation, which keeps to the averages of the first task: a few
pictures would only disturb them. Starting from the fitted head keeps the first steps from spoiling what was learnt
(Kumar et al. 2022, "Fine-tuning can distort pretrained features", https://arxiv.org/abs/2202.10054).

Left out: where the networks come from (``transfer_starts``), and the comparison (``transfer``).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.vision.image_classification.augmentation import Augmentation, Images
from core.vision.image_classification.fitting import Fitting, fit_network
from core.vision.image_classification.networks import build_residual, find_patch_filters

Labels = NDArray[np.integer[Any]]
OnEpoch = Callable[[int, dict[str, float]], None]
SCRATCH_WIDTHS = (32, 64, 96)
SCRATCH = Fitting(epochs=30, batch=64, rate=0.1, augmentation=Augmentation(mirror=True, shift=2))
LEAST_STEPS = 600  # so that few pictures are not also seen too seldom
STRENGTHS = (1e-3, 1e-2, 1e-1)  # of the head's regression: scikit-learn's C on standardised numbers
N_FOLDS = 3
BATCH = 32
ASK_BATCH = 64


@dataclass(frozen=True, slots=True, eq=False)
class Head:
    """A dense layer: ``kernel`` of shape (n_numbers, n_classes), ``bias`` of shape (n_classes,)."""

    kernel: NDArray[np.float32]
    bias: NDArray[np.float32]

    def answer(self, numbers: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return logits of shape (n, n_classes)."""
        return numbers @ self.kernel + self.bias


def fit_head(numbers: NDArray[np.float32], labels: Labels, n_classes: int, seed: int = 0) -> Head:
    """Fit a logistic regression, its strength chosen by three folds of the same pictures.

    Parameters
    ----------
    numbers : array of shape (n, n_numbers)
        What the network makes of each picture.
    labels : array of shape (n,)
        Class numbers 0 to n_classes - 1, each at least three times.

    Examples
    --------
    >>> x = np.repeat(np.eye(3, dtype=np.float32), 4, axis=0)
    >>> fit_head(x, np.repeat([0, 1, 2], 4), 3).answer(x).argmax(1).tolist()
    [0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2]
    """
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import StratifiedKFold
    from threadpoolctl import threadpool_limits

    centre, spread = numbers.mean(axis=0), numbers.std(axis=0) + 1e-3
    x = (numbers - centre) / spread
    folds = list(StratifiedKFold(N_FOLDS, shuffle=True, random_state=seed).split(x, labels))

    def score(strength: float) -> float:
        """Return the share of right answers on the pictures left out."""
        regression = LogisticRegression(C=strength, max_iter=500)
        return float(np.mean([regression.fit(x[a], labels[a]).score(x[b], labels[b]) for a, b in folds]))

    # The products are small: threads would wait for one another longer than they work.
    with threadpool_limits(limits=1):
        fitted = LogisticRegression(C=max(STRENGTHS, key=score), max_iter=500).fit(x, labels)
    kernel, bias = _place(fitted.coef_.T, fitted.intercept_, n_classes)
    # The standardisation goes into the layer, so that it takes the numbers as they are.
    kernel = kernel / spread[:, None]
    return Head(kernel.astype(np.float32), (bias - centre @ kernel).astype(np.float32))


def _place(kernel: NDArray[Any], bias: NDArray[Any], n_classes: int) -> tuple[NDArray[Any], NDArray[Any]]:
    """Write the one column that two classes need as two."""
    if n_classes > kernel.shape[1]:
        return np.hstack([-kernel / 2, kernel / 2]), np.hstack([-bias / 2, bias / 2])
    return kernel, bias


def fit_scratch(keras: Any, images: Images, labels: Labels, n_classes: int, fitting: Fitting, on_epoch: OnEpoch) -> Any:
    """Fit a residual network with fresh weights and return it; it answers with logits.

    Parameters
    ----------
    images : array of shape (n, height, width, n_channels), 0 to 255
        All of them training rows.
    """
    keras.utils.set_random_seed(fitting.seed)
    network = build_residual(keras, find_patch_filters(images), images.shape[1:], n_classes, SCRATCH_WIDTHS)
    fit_network(keras, network, (images, labels), fitting, on_epoch)
    return network


def plan_scratch(n_pictures: int, seed: int, epochs: int = SCRATCH.epochs) -> Fitting:
    """Say how long the network with fresh weights is fitted: at least 600 steps, however few the pictures.

    Examples
    --------
    >>> plan_scratch(2_000, 0).epochs, plan_scratch(100, 0).epochs, plan_scratch(100, 0).batch
    (30, 150, 25)
    """
    batch = min(SCRATCH.batch, max(1, n_pictures // 4))
    least = -(-LEAST_STEPS * epochs // SCRATCH.epochs // (n_pictures // batch))
    return replace(SCRATCH, epochs=max(epochs, least), batch=batch, seed=seed)


@dataclass(frozen=True, slots=True)
class Tuning:
    """How the last layers are learnt: times that each picture is seen, highest rate of Adam, seed."""

    epochs: int = 10
    rate: float = 1e-4
    seed: int = 0


def fine_tune(
    keras: Any, tail: Any, head: Head, learnt: tuple[NDArray[np.float32], Labels], tuning: Tuning, on_epoch: OnEpoch
) -> Any:
    """Learn the last layers and the head together, at a rate that falls to zero.

    Parameters
    ----------
    tail : keras.Model
        The last layers: from maps to numbers. Changed in place.
    head : Head
        From ``fit_head``: where the last layer begins.
    learnt : (array of shape (2, n, height, width, n_channels), array of shape (n,))
        What the frozen layers make of the pictures and of their mirrors, and the class numbers.

    Returns
    -------
    keras.Model
        From maps to logits.
    """
    keras.utils.set_random_seed(tuning.seed)
    hold_normalisation(keras, tail)
    last = keras.layers.Dense(len(head.bias), name="new_classes")
    network = keras.Model(tail.inputs, last(tail.outputs[0]))
    last.set_weights([head.kernel, head.bias])
    maps, labels = learnt
    n, batch = len(labels), min(BATCH, len(labels))
    n_batches = n // batch
    rate = keras.optimizers.schedules.PolynomialDecay(tuning.rate, tuning.epochs * n_batches, 0.0)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    network.compile(optimizer=keras.optimizers.Adam(rate), loss=loss, metrics=["accuracy"])
    rng = np.random.default_rng(tuning.seed)
    for epoch in range(tuning.epochs):
        order, side = rng.permutation(n), rng.integers(0, 2, n)
        network.reset_metrics()
        for rows in order[: n_batches * batch].reshape(n_batches, batch):
            figures = network.train_on_batch(maps[side[rows], rows], labels[rows], return_dict=True)
        on_epoch(epoch + 1, {name: float(value) for name, value in figures.items()})
    return network


def hold_normalisation(keras: Any, network: Any) -> None:
    """Keep every batch normalisation in inference mode: its averages and scales are not learnt."""
    for layer in network.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.trainable = False


def count_trainable(network: Any) -> int:
    """Count the weights that training changes."""
    return int(sum(int(np.prod(weight.shape)) for weight in network.trainable_weights))


def ask(network: Any, images: NDArray[Any], batch: int = ASK_BATCH) -> NDArray[np.float32]:
    """Ask a Keras network about arrays, a batch at a time; bytes of 0 to 255 become 0 to 1."""
    scale = np.float32(255 if images.dtype == np.uint8 else 1)
    parts = []
    for at in range(0, len(images), batch):
        rows = images[at : at + batch].astype(np.float32) / scale
        # A last batch that is filled up has the shape of the others, so that nothing is compiled twice.
        filled = np.concatenate([rows, np.repeat(rows[-1:], batch - len(rows), axis=0)])
        parts.append(np.asarray(network.predict_on_batch(filled), dtype=np.float32)[: len(rows)])
    return np.concatenate(parts)
