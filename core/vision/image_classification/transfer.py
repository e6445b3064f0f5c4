"""Transfer learning compared: scratch, frozen and fine-tuned on the same few pictures, scored on the same others.

Each line has its interval (Wilson), its seconds, and how many weights were learnt; neighbouring lines are compared by
the pictures on which only one of them is right (McNemar, exact). Rates and numbers of steps were settled on pictures
that are neither learnt from nor scored here.

Left out: the methods (``transfer_methods``), the networks to start from (``transfer_starts``), the draw
(``transfer_pictures``), files (``transfer_files``).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from core.hub.contract import OnStep
from core.hub.progress import Progress
from core.vision.image_classification import transfer_methods as methods
from core.vision.image_classification.augmentation import Images
from core.vision.image_classification.transfer_pictures import TRANSFER_RECIPES, Pictures, TransferRecipe

if TYPE_CHECKING:
    from core.vision.image_classification.transfer_starts import Start

__all__ = ["METHODS", "TRANSFER_RECIPES", "Comparison", "TransferRecipe", "TransferRow", "compare_transfer"]

Method = Literal["scratch", "frozen", "fine-tuned"]
METHODS: tuple[Method, ...] = ("scratch", "frozen", "fine-tuned")
ALPHA = 0.05
N_STAGES = 3  # of progress beside the epochs: maps, their regression, and the score


@dataclass(frozen=True, slots=True)
class TransferRow:
    """One line of the table.

    Parameters
    ----------
    start, target, method : str
        Which network, onto which pictures, how.
    pictures : int
        Of each class.
    accuracy, low, high : float
        Share of ``n`` held-out pictures named rightly, with its 95% interval.
    seconds : float
        Of learning, the pictures' way through the frozen layers included.
    learnt, weights : int
        Weights that were learnt, and that the network has.
    date, seed, command
        When, from which seed, and what prints it again.
    """

    start: str
    target: str
    method: str
    pictures: int
    accuracy: float
    low: float
    high: float
    n: int
    seconds: float
    learnt: int
    weights: int
    seed: int
    date: str
    command: str = ""


@dataclass(frozen=True, slots=True)
class Comparison:
    """The three lines of one start and number of pictures.

    Parameters
    ----------
    rows : tuple of TransferRow
        Scratch, frozen, fine-tuned.
    findings : tuple of str
        Which is measurably better, a sentence for each pair of neighbours.
    note : str
        Why another network answered than the one asked for; empty where it is that one.
    """

    rows: tuple[TransferRow, ...]
    findings: tuple[str, ...]
    note: str = ""


def _follow(progress: Progress, method: str) -> Callable[[int, dict[str, float]], None]:
    """Return what a fit calls after each epoch."""
    return lambda _epoch, figures: progress.advance({f"{method} {name}": value for name, value in figures.items()})


@dataclass(frozen=True, slots=True, eq=False)
class _Outcome:
    """What one method came to: logits on the held-out pictures, seconds of learning, weights learnt and in all."""

    logits: NDArray[np.float32]
    seconds: float
    learnt: int
    weights: int


def compare_transfer(
    keras: Any, start: Start, pictures: Pictures, recipe: TransferRecipe, on_step: OnStep | None = None
) -> Comparison:
    """Learn in all three ways and score each on the held-out pictures.

    Parameters
    ----------
    keras : module
        From ``import_keras``.
    start : Start
        From ``load_start``.
    on_step : callable, optional
        Told of each epoch; it raises to cancel.
    """
    fitting = methods.plan_scratch(len(pictures.labels), recipe.seed, 3 * recipe.epochs)
    progress = Progress(fitting.epochs + recipe.epochs + N_STAGES, on_step)
    outcomes: dict[Method, _Outcome] = {"scratch": _run_scratch(keras, pictures, fitting, progress)}
    outcomes |= _run_transferred(keras, start, pictures, recipe, progress)
    rows = tuple(_make_row(method, outcome, start, pictures, recipe) for method, outcome in outcomes.items())
    right = {method: outcome.logits.argmax(1) == pictures.test_labels for method, outcome in outcomes.items()}
    findings = tuple(_compare(better, worse, right) for worse, better in (METHODS[:2], METHODS[1:]))
    progress.advance({row.method: row.accuracy for row in rows})
    return Comparison(rows, findings, start.note)


def _run_scratch(keras: Any, pictures: Pictures, fitting: Any, progress: Progress) -> _Outcome:
    """Fit a network that knows nothing."""
    began, n_classes = time.perf_counter(), len(pictures.classes)
    follow = _follow(progress, "scratch")
    network = methods.fit_scratch(keras, pictures.images, pictures.labels, n_classes, fitting, follow)
    seconds, learnt = time.perf_counter() - began, methods.count_trainable(network)
    return _Outcome(methods.ask(network, pictures.test_images), seconds, learnt, network.count_params())


def _run_transferred(
    keras: Any, start: Start, pictures: Pictures, recipe: TransferRecipe, progress: Progress
) -> dict[Method, _Outcome]:
    """Fit a head on the frozen network, then learn on from there with its last layers."""
    began, n_classes = time.perf_counter(), len(pictures.classes)
    maps = np.stack([_see(start, images) for images in (pictures.images, pictures.images[:, :, ::-1])])
    progress.advance()
    head = methods.fit_head(methods.ask(start.tail, maps[0]), pictures.labels, n_classes, recipe.seed)
    seconds = time.perf_counter() - began
    test_maps, n_head = _see(start, pictures.test_images), head.kernel.size + head.bias.size
    frozen = head.answer(methods.ask(start.tail, test_maps))
    progress.advance({"frozen accuracy": float(np.mean(frozen.argmax(1) == pictures.test_labels))})
    tuning = methods.Tuning(recipe.epochs, seed=recipe.seed)
    follow = _follow(progress, "fine-tuned")
    tuned = methods.fine_tune(keras, start.tail, head, (maps, pictures.labels), tuning, follow)
    learnt, weights = methods.count_trainable(tuned), start.n_weights + n_head
    total = time.perf_counter() - began
    return {
        "frozen": _Outcome(frozen, seconds, n_head, weights),
        "fine-tuned": _Outcome(methods.ask(tuned, test_maps), total, learnt, weights),
    }


def _see(start: Start, images: Images) -> NDArray[np.float32]:
    """Send pictures through the frozen layers, a batch at a time, so that enlarged ones never all lie in memory."""
    parts = [images[at : at + methods.ASK_BATCH] for at in range(0, len(images), methods.ASK_BATCH)]
    return np.concatenate([methods.ask(start.body, start.prepare(part)) for part in parts])


def _make_row(
    method: str, outcome: _Outcome, start: Start, pictures: Pictures, recipe: TransferRecipe
) -> TransferRow:  # fmt: skip
    """Write one line."""
    from core.evaluation.intervals import wilson_interval

    right, n = int(np.sum(outcome.logits.argmax(1) == pictures.test_labels)), len(pictures.test_labels)
    low, high = wilson_interval(right, n)
    return TransferRow(
        start.name, pictures.name, method, recipe.pictures, right / n, low, high, n, round(outcome.seconds, 1),
        outcome.learnt, outcome.weights, recipe.seed, datetime.now(UTC).date().isoformat(),
    )  # fmt: skip


def _compare(better: Method, worse: Method, right: Mapping[Method, NDArray[np.bool_]]) -> str:
    """Say in a sentence whether one method is measurably better than another on the same pictures."""
    from core.evaluation.comparison import mcnemar_test, show_p

    test = mcnemar_test(right[better], right[worse])
    points = f"{100 * test.difference:+.1f} points ({100 * test.low:+.1f} to {100 * test.high:+.1f})"
    if test.p >= ALPHA:
        return f"{better} and {worse} do not differ measurably: {points}, {show_p(test.p)}"
    word = "better" if test.difference > 0 else "worse"
    return f"{better} is {word} than {worse}: {points}, {show_p(test.p)}"
