"""Image classification: the shipped networks on all 10,000 test pictures, against Keras, goals and published values."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np

from benchmarks.record import Line, Record
from core.datasets.image_sets import ImageSet, load_image_set
from core.hub.artifacts import load_artifact, models_root
from core.hub.errors import HubError
from core.vision import image_classification as project
from core.vision._shared.keras_door import import_keras
from core.vision.image_classification.export import fill_network
from core.vision.image_classification.scoring import measure_shares
from core.vision.image_classification.training import build_network

SHIPPED = ("full", "small", "cifar")
ACCURACY = {"full": 0.950, "small": 0.930, "cifar": 0.92}
MOST_WEIGHTS = {"full": 800_000, "small": 100_000, "cifar": 1_000_000}
PUBLISHED = {
    "full": {"human": 0.835, "ResNet-18": 0.949, "DenseNet-BC, 768 K": 0.954, "WRN40-4, 8.9 M": 0.967},
    "small": {"human": 0.835, "CNN under 100 K": 0.925, "CNN, 1.8 M": 0.932},
    "cifar": {"ResNet-20, 0.27 M": 0.9173, "ResNet-56, 0.85 M": 0.9339, "airbench94": 0.9401},
}
MOST_ECE, MOST_GAP, MOST_MS, N_COMPARED, N_TIMED = 0.02, 1e-3, 5.0, 256, 100
RECOUNT_BUDGET_S = 120.0


def measure() -> Record:
    """Ask every shipped network about all test pictures of its set, and a few through Keras."""
    lines = []
    keras = import_keras(1)
    for name in SHIPPED:
        if not (models_root() / project.SLUG / name).is_dir():
            continue
        model = project.load_model(load_artifact(project.SLUG, name).folder / "weights")
        test = load_test(model.recipe.data_set)
        lines += [*recount(name, model, test), *compare_keras(keras, name, model, test)]
    return Record(
        name="image_classification",
        title="Image classification",
        method="Accuracy and calibration of the shipped ONNX networks, recounted on all 10,000 test pictures by one "
        "thread; the same weights in Keras for the largest difference of a logit and the time of a picture.",
        lines=tuple(lines),
        command="python -m benchmarks image_classification",
    )


def load_test(data_set: str) -> ImageSet:
    """Load all test pictures: bundled for the clothes, fetched for the things, or the bundled thousand of them."""
    bundled = load_image_set(data_set, "test", bundled=True)
    try:
        return bundled if data_set == "fashion_mnist" else load_image_set(data_set, "test")
    except HubError:
        return bundled


def recount(name: str, model: project.Model, test: ImageSet) -> list[Line]:
    """Score a network again and hold it against its goals, its baseline and published values."""
    start = time.process_time()
    shares = model.probabilities(test.images)
    seconds = time.process_time() - start
    found = measure_shares(test.labels, shares, 0)
    accuracy, ece = found["accuracy"][0], found["ece"][0]
    row, goal, most = model.scores[0], ACCURACY[name], MOST_WEIGHTS[name]
    lines = [
        Line(f"{name}: accuracy, {len(test.labels):,} pictures", accuracy, "", "goal", goal, accuracy >= goal),
        Line(f"{name}: accuracy as its card says", accuracy, "", "card", row.value, abs(accuracy - row.value) < 5e-4),  # noqa: PLR2004 - five pictures
        Line(f"{name}: accuracy", accuracy, "", row.baseline, row.baseline_value, accuracy > row.baseline_value),
        Line(f"{name}: weights", model.n_weights, "", "at most", most, model.n_weights <= most),
        Line(f"{name}: calibration error", ece, "", "at most", MOST_ECE, ece <= MOST_ECE),
        Line(f"{name}: recount, CPU", seconds, "s", "budget", RECOUNT_BUDGET_S, seconds <= RECOUNT_BUDGET_S),
    ]
    # what others published is shown, whichever is ahead
    return lines + [
        Line(f"{name}: accuracy", accuracy, "", f"published: {peer}", value, True)
        for peer, value in PUBLISHED[name].items()
    ]


def compare_keras(keras: object, name: str, model: project.Model, test: ImageSet) -> list[Line]:
    """Put the shipped weights into Keras, and compare logits and times with one thread."""
    network = build_network(keras, model.recipe, test.images[:N_COMPARED], len(model.classes))
    fill_network(network, model.content)
    x = test.images[:N_COMPARED].astype(np.float32) / 255
    views = (x, np.ascontiguousarray(x[:, :, ::-1])) if model.recipe.mirror else (x,)
    expected = np.mean([np.asarray(network.predict_on_batch(view)) for view in views], axis=0)
    gap = float(np.abs(model.network.run(x, ("logits",))["logits"] - expected).max())
    ours = _time(lambda one: model.network.run(one, ("logits",)), x)
    # predict() is what a user of Keras calls; it too answers for a picture and its mirror
    theirs = _time(lambda one: network.predict(np.concatenate([one, one[:, :, ::-1]]), verbose=0), x[:30])
    return [
        Line(f"{name}: largest difference of a logit", gap, "", "at most", MOST_GAP, gap < MOST_GAP),
        Line(f"{name}: one picture and its mirror", ours, "ms CPU", "at most", MOST_MS, ours <= MOST_MS),
        Line(f"{name}: Keras predict takes", theirs / ours, "times as long", "more than", 1.0, theirs > ours),
    ]


def _time(ask: Callable[[np.ndarray], object], x: np.ndarray) -> float:
    """Return the CPU milliseconds that one picture takes, the first left out."""
    ask(x[:1])
    n_asked = min(N_TIMED, len(x))
    start = time.process_time()
    for place in range(n_asked):
        ask(x[place : place + 1])
    return 1000 * (time.process_time() - start) / n_asked
