"""What the network has to beat on the same pictures: the most frequent class, logistic regression, a small MLP.

Both models see a picture as one row of numbers, so that they know nothing of neighbours; they are fitted by
scikit-learn and kept as plain arrays, which answer without it.

Left out: tuning them beyond what their iterations settle.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.vision.image_classification.data import Images, Part
from core.vision.image_classification.recipe import BASELINE, LINEAR, PERCEPTRON, Recipe

HIDDEN, PERCEPTRON_EPOCHS, LINEAR_STEPS = 64, 12, 60
RIDGE = 0.1
"""C of logistic regression: neighbouring pixels say nearly the same, so their weights are held small."""
Shares = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Stack:
    """Dense layers with a rectifier between them: none between is logistic regression.

    Parameters
    ----------
    weights, biases : tuples of float32 arrays of shapes (n_in, n_out) and (n_out,)
        None for a model that answers the same whatever it sees: then the only bias holds the logs of its shares.
    """

    weights: tuple[NDArray[np.float32], ...]
    biases: tuple[NDArray[np.float32], ...]

    def answer(self, images: Images) -> NDArray[np.float32]:
        """Give the logits of pictures, shape (n, n_classes)."""
        if not self.weights:
            return np.asarray(np.tile(self.biases[0], (len(images), 1)), np.float32)
        x = flatten(images)
        for place, (weights, bias) in enumerate(zip(self.weights, self.biases, strict=True)):
            x = np.maximum(x, np.float32(0)) if place else x
            x = np.asarray(x @ weights + bias, np.float32)
        return x


def flatten(images: Images) -> NDArray[np.float32]:
    """Write each picture as one row of numbers from −0.5 to 0.5."""
    return np.asarray(images.reshape(len(images), -1) / np.float32(255) - np.float32(0.5), np.float32)


def to_shares(logits: NDArray[Any], temperature: float = 1.0) -> Shares:
    """Turn logits into probabilities.

    Parameters
    ----------
    logits : array of shape (n, n_classes)
    temperature : float
        Above 1 flattens, below 1 sharpens.

    Examples
    --------
    >>> to_shares(np.log([[1.0, 3.0]])).round(2).tolist()
    [[0.25, 0.75]]
    """
    scaled = np.asarray(logits, np.float64) / temperature
    powers = np.exp(scaled - scaled.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))


def fit_frequent(fitting: Part, n_classes: int) -> Stack:
    """Answer the class shares of training, whatever the picture."""
    counts = np.bincount(fitting.labels, minlength=n_classes)
    return Stack((), (np.log(np.maximum(counts, 1) / counts.sum()).astype(np.float32),))


def fit_linear(fitting: Part, seed: int) -> Stack:
    """Fit logistic regression on the pixels."""
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(C=RIDGE, max_iter=LINEAR_STEPS, random_state=seed)
    _fit(model, fitting)
    return _keep((model.coef_.T,), (model.intercept_,))


def fit_perceptron(fitting: Part, seed: int) -> Stack:
    """Fit one hidden layer on the pixels."""
    from sklearn.neural_network import MLPClassifier

    model = MLPClassifier(
        (HIDDEN,), batch_size=128, max_iter=PERCEPTRON_EPOCHS, random_state=seed, n_iter_no_change=100
    )
    _fit(model, fitting)
    return _keep(tuple(model.coefs_), tuple(model.intercepts_))


def _fit(model: Any, fitting: Part) -> None:
    """Fit within the stated iterations, settled or not."""
    from sklearn.exceptions import ConvergenceWarning

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit(flatten(fitting.images), fitting.labels)


def _keep(weights: tuple[NDArray[Any], ...], biases: tuple[NDArray[Any], ...]) -> Stack:
    """Keep weights as they are stored: as 16-bit numbers, so that a model answers the same when it is loaded again."""
    rounded = [[np.asarray(each, np.float16).astype(np.float32) for each in part] for part in (weights, biases)]
    for part in rounded:
        if part[-1].shape[-1] == 1:  # of two classes only the second has a logit; the first has 0
            part[-1] = np.concatenate([np.zeros_like(part[-1]), part[-1]], axis=-1)
    return Stack(tuple(rounded[0]), tuple(rounded[1]))


def fit_baselines(fitting: Part, n_classes: int, recipe: Recipe, on_fit: Callable[[str], None]) -> dict[str, Stack]:
    """Fit every baseline, telling ``on_fit`` the name of each when it is done; it may raise to cancel."""
    fitted = {}
    for name in (BASELINE, LINEAR, PERCEPTRON):
        if name == BASELINE:
            fitted[name] = fit_frequent(fitting, n_classes)
        else:
            fitted[name] = (fit_linear if name == LINEAR else fit_perceptron)(fitting, recipe.seed)
        on_fit(name)
    return fitted
