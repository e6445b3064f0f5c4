"""Fit the network, then everything that follows from it: the graph that answers, temperature, promises, baselines.

Left out: the steps of the fit (``fitting``), the networks' shapes (``networks``) and the graph (``export``).
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.evaluation.calibration import fit_temperature
from core.evaluation.conformal import fit_threshold, true_class_scores
from core.hub.contract import OnStep
from core.hub.progress import Progress
from core.vision._shared.keras_door import import_keras
from core.vision.image_classification.augmentation import Augmentation, Images
from core.vision.image_classification.baselines import fit_baselines, to_shares
from core.vision.image_classification.data import Data
from core.vision.image_classification.export import export_network, find_dense
from core.vision.image_classification.fitting import Fitting, fit_network
from core.vision.image_classification.model import COVERAGE, EMBEDDING, LOGITS, Head, HeldOut, Layer, Model
from core.vision.image_classification.networks import build_plain, build_residual, find_patch_filters
from core.vision.image_classification.recipe import NETWORK, WIDTHS, Recipe
from core.vision.image_classification.scoring import round_logits, score_logits
from core.vision.image_classification.unfinished import find_unfinished
from core.vision.image_classification.unknown import fit_unknown

HELD_BATCH, N_KNOWN = 500, 5_000
AFTER_FIT = 4
"""Steps after the last epoch: three baselines and the scores."""
POOLINGS = ("flatten", "strongest")


@dataclass(frozen=True, slots=True, eq=False)
class Fitted:
    """What a fit tells beside its weights: the history by epoch, and the seconds of processor time that it took."""

    history: Mapping[str, list[float]] = field(default_factory=dict)
    fit_s: float = 0.0


def train(recipe: Recipe, data: Data, on_step: OnStep | None = None) -> Model:
    """Fit the recipe's network and make a model of it.

    Parameters
    ----------
    on_step : callable, optional
        ``on_step(step, total, metrics)`` after each epoch, with ``loss`` and ``accuracy`` of the pictures that train
        and ``held_out_accuracy``, and after each baseline; raise in it to cancel.

    Examples
    --------
    >>> from core.vision.image_classification.recipe import RECIPES
    >>> RECIPES["quick"].epochs + AFTER_FIT  # steps of a quick run
    8
    """
    keras = import_keras(count_threads(), half=recipe.half)
    keras.utils.set_random_seed(recipe.seed)
    network = build_network(keras, recipe, data.fitting.images, len(data.classes))
    progress = Progress(recipe.epochs + AFTER_FIT, on_step)
    history: dict[str, list[float]] = {"loss": [], "accuracy": [], "held_out_accuracy": []}
    unfinished, started = find_unfinished(recipe), time.process_time()

    def take_up(compiled: Any) -> int:
        nonlocal started
        started = time.process_time() - unfinished.take_up(compiled, history)
        progress.step = len(history["loss"])
        return progress.step

    def tell_epoch(_epoch: int, figures: dict[str, float]) -> None:
        held = float(np.mean(ask_network(network, data.held.images).argmax(axis=1) == data.held.labels))
        metrics = {"loss": figures["loss"], "accuracy": figures["accuracy"], "held_out_accuracy": held}
        for name, value in metrics.items():
            history[name].append(value)
        unfinished.keep(network, history, time.process_time() - started)
        progress.advance(metrics)

    rows = data.fitting.images, data.fitting.labels
    fit_network(keras, network, rows, make_fitting(recipe), tell_epoch, take_up)
    model = finish_model(network, recipe, data, Fitted(history, time.process_time() - started), on_step)
    unfinished.remove()
    return model


def count_threads() -> int:
    """Return the threads that a worker may use: one where the job pool says so, else one a core."""
    from threadpoolctl import threadpool_info

    # NumPy's own pool was made under the worker's limit, so it says what that limit is.
    return max((pool["num_threads"] for pool in threadpool_info()), default=1)


def make_fitting(recipe: Recipe) -> Fitting:
    """Take what decides the fit out of a recipe."""
    changes = Augmentation(recipe.mirror, recipe.shift, recipe.erase)
    return Fitting(recipe.epochs, recipe.batch, recipe.rate, recipe.decay, recipe.smoothing, changes, recipe.seed)


def build_network(keras: Any, recipe: Recipe, images: Images, n_classes: int) -> Any:
    """Build a recipe's network, not yet fitted.

    Parameters
    ----------
    keras : module
        From ``import_keras``.
    images : array of shape (n, height, width, n_channels)
        Those that train: their shape, and for a residual network their patches, decide its first layer.
    """
    _, height, width, n_channels = images.shape
    shape, widths = (height, width, n_channels), WIDTHS[recipe.network]
    if "residual" in recipe.network:
        return build_residual(keras, find_patch_filters(images), shape, n_classes, widths)
    return build_plain(keras, shape, n_classes, widths)


def ask_network(network: Any, images: Images) -> NDArray[np.float32]:
    """Return a Keras network's logits of pictures of 0 to 255."""
    parts = [images[start : start + HELD_BATCH] for start in range(0, len(images), HELD_BATCH)]
    return np.concatenate([np.asarray(network.predict_on_batch(part.astype(np.float32) / 255)) for part in parts])


def finish_model(
    network: Any, recipe: Recipe, data: Data, fitted: Fitted = Fitted(), on_step: OnStep | None = None
) -> Model:
    """Make a model of a network that was fitted by a recipe on its data.

    Temperature, the sets' threshold and what is unknown are set on the pictures held out of training; the test pictures
    are asked at the end, through the graph as it is stored.

    Parameters
    ----------
    network : keras.Model
        Fitted by the recipe.
    fitted : Fitted
        What the fit told.
    """
    progress = Progress(recipe.epochs + AFTER_FIT, on_step, done=recipe.epochs)
    seconds = {NETWORK: fitted.fit_s}
    started = time.process_time()

    def tell_baseline(name: str) -> None:
        nonlocal started
        seconds[name], started = time.process_time() - started, time.process_time()
        progress.advance()

    baselines = fit_baselines(data.fitting, len(data.classes), recipe, tell_baseline)
    model = Model(
        recipe=recipe,
        classes=data.classes,
        shape=data.shape,
        content=export_network(network, mirror=recipe.mirror),
        layers=describe_layers(network),
        head=_read_head(network),
        temperature=1.0,
        threshold=1.0,
        baselines=baselines,
        held_out=HeldOut(data.test.labels, np.zeros((0, len(data.classes)), np.float32), {}),
        history={name: np.asarray(values) for name, values in fitted.history.items()},
        fit_s=seconds,
        source=data.source,
        sha256=data.sha256,
    )
    model = _calibrate(model, data)
    model = _score(model, data)
    progress.advance({"test_accuracy": model.scores[0].value})
    return model


def _calibrate(model: Model, data: Data) -> Model:
    """Set the temperature, the sets' threshold and what is strange on the pictures held out of training."""
    held, y = model.read(data.held.images), data.held.labels
    temperature = fit_temperature(y, to_shares(held[LOGITS]))
    badness = true_class_scores(y, to_shares(held[LOGITS], temperature))
    # what is usual is learnt from pictures that train; how strange is strange, from those held out
    known = model.read(data.fitting.images[:N_KNOWN])
    unknown = fit_unknown(
        known[EMBEDDING], known[LOGITS], data.fitting.labels[:N_KNOWN], (held[EMBEDDING], held[LOGITS])
    )
    threshold = fit_threshold(badness, COVERAGE)
    return replace(model, temperature=temperature, threshold=threshold, unknown=unknown)


def _score(model: Model, data: Data) -> Model:
    """Ask every model about the test pictures, once."""
    images, y = data.test.images, data.test.labels
    logits = {name: stack.answer(images) for name, stack in model.baselines.items()}
    logits[NETWORK] = round_logits(model.read(images, (LOGITS,))[LOGITS])
    answers = {name: found.argmax(axis=1).astype(np.uint8) for name, found in logits.items()}
    model = replace(model, held_out=HeldOut(y, logits[NETWORK], answers))
    return replace(model, scores=score_logits(model, y, logits))


def describe_layers(network: Any) -> tuple[Layer, ...]:
    """List a network's layers with what they give and how many weights they have."""
    return tuple(
        Layer(layer.name, type(layer).__name__, tuple(layer.output.shape[1:]), int(layer.count_params()))
        for layer in network.layers
    )


def _read_head(network: Any) -> Head:
    """Take the last layer out of a network, with the constant that its logits are multiplied by."""
    dense, pooling = find_dense(network), next(each for each in network.layers if each.name in POOLINGS)
    scale = next((each.scale for each in network.layers if type(each).__name__ == "Rescaling"), 1.0)
    kernel = np.asarray(dense.kernel, np.float32) * np.float32(scale)
    bias = np.asarray(dense.bias, np.float32) if dense.use_bias else np.zeros(dense.units, np.float32)
    maps = next(each.name for each in network.layers if each.output.name == pooling.input.name)
    return Head(kernel, bias * np.float32(scale), maps, "flatten" if pooling.name == "flatten" else "strongest")
