"""The moving figures of the lessons on training, on how sure an answer is, and on why it was given.

Left out: figures on the layers (``figures``); words (``lessons``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray

from core.hub.charts import Chart, Mark
from core.hub.contract import Label, Range
from core.vision.image_classification import figures
from core.vision.image_classification.augmentation import Augmentation, augment
from core.vision.image_classification.baselines import to_shares
from core.vision.image_classification.figures import Example, load_examples, picture_chart, put_side_by_side
from core.vision.image_classification.grad_cam import grad_cam
from core.vision.image_classification.model import EMBEDDING, LOGITS
from core.vision.image_classification.photo_path import walk_photo
from core.vision.image_classification.photographs import Scene, make_photo
from core.vision.image_classification.unknown import Unknown
from core.vision.image_classification.unknown_sets import make_unknown

UnknownSet = Literal["digits", "noise", "textures", "letters", "shapes", "photographs", "jigsaw"]
N_SHOWN, N_STEPS = 8, 60
LARGEST_LOSS = 1e3


@dataclass(frozen=True, slots=True)
class AugmentationControl:
    """How pictures are changed, and in which epoch."""

    epoch: Annotated[int, Range(0, 20, 1), Label("Epoch", "Each one changes them anew.")] = 0
    shift: Annotated[int, Range(0, 8, 1), Label("Shift", unit="pixels")] = 2
    erase: Annotated[int, Range(0, 16, 1), Label("Erased square", unit="pixels")] = 8


def draw_augmentation(control: AugmentationControl) -> Chart:
    """Draw eight pictures above their changed copies, and say how many answers change."""
    model, (images, _) = figures.load_shipped(), load_examples()
    changed = augment(images, Augmentation(shift=control.shift, erase=control.erase), control.epoch, 0)
    answers = [model.read(each, (LOGITS,))[LOGITS].argmax(axis=1) for each in (images, changed)]
    rows = [put_side_by_side(*each[:N_SHOWN, ..., 0]) for each in (images, changed)]
    kept = float((answers[0] == answers[1]).mean())
    title = f"The classes stay; the network answers {kept:.0%} of {len(images)} changed pictures as before"
    return picture_chart(np.vstack([rows[0], np.full((1, rows[0].shape[1]), np.nan), rows[1]]), title)


@dataclass(frozen=True, slots=True)
class RateControl:
    """How long the steps of descent are."""

    rate: Annotated[float, Range(0.0001, 10.0, log=True), Label("Learning rate")] = 0.01


def learn_head(x: NDArray[np.float64], y: NDArray[np.int64], rate: float, n_steps: int) -> NDArray[np.float64]:
    """Learn the last layer anew by gradient descent from zero and return the loss before each step.

    Parameters
    ----------
    x : array of shape (n, d)
        Embeddings.
    y : array of shape (n,)
    rate : float
        Length of a step in units of the gradient.

    Returns
    -------
    array of shape (up to n_steps,)
        Cross-entropy in nats; shorter where it ran away.
    """
    kernel = np.zeros((x.shape[1], int(y.max()) + 1))
    one_hot = np.eye(kernel.shape[1])[y]
    losses = []
    for _ in range(n_steps):
        # how likely each class is now, and how unlikely the true ones are
        shares = to_shares(x @ kernel)
        losses.append(float(-np.log(np.maximum(shares[np.arange(len(y)), y], 1e-300)).mean()))
        if losses[-1] > LARGEST_LOSS:
            break
        # the slope of the loss: what is answered too much, times what it was answered from
        kernel -= rate * x.T @ (shares - one_hot) / len(x)
    return np.array(losses)


def draw_rate(control: RateControl) -> Chart:
    """Draw the loss of the last layer, learnt anew at the chosen rate and at a tenth of it."""
    model, (images, labels) = figures.load_shipped(), load_examples()
    x = model.read(images, (EMBEDDING,))[EMBEDDING].astype(np.float64)
    marks, last = [], 0.0
    for rate, role in ((control.rate / 10, "baseline"), (control.rate, "main")):
        losses = learn_head(x, labels, rate, N_STEPS)
        marks.append(Mark("line", np.arange(len(losses)), losses, f"rate {rate:g}", role))  # type: ignore[arg-type]
        last = float(losses[-1])
    first = float(np.log(len(model.classes)))
    word = f"from {first:.2f} to {last:.2f}" if last <= first else f"up from {first:.2f} to {last:.2f}: too long a step"
    title = f"At rate {control.rate:g} the loss goes {word}"
    return Chart(title, "Step", "Loss in nats", tuple(marks), alt=f"{title}.")


@dataclass(frozen=True, slots=True)
class TemperatureControl:
    """Which picture, and what its logits are divided by."""

    example: Example = 12
    temperature: Annotated[float, Range(0.2, 5.0, 0.1), Label("Temperature")] = 1.0


def draw_temperature(control: TemperatureControl) -> Chart:
    """Draw the probabilities of one picture at the chosen temperature and at the fitted one."""
    model, (images, _) = figures.load_shipped(), load_examples()
    logits = model.read(images[control.example : control.example + 1], (LOGITS,))[LOGITS]
    marks = []
    for temperature, name, role in (
        (control.temperature, f"at {control.temperature:g}", "main"),
        (model.temperature, f"fitted, {model.temperature:.2f}", "baseline"),
    ):
        marks.append(Mark("bars", np.array(model.classes), to_shares(logits, temperature)[0], name, role))  # type: ignore[arg-type]
    sure = float(to_shares(logits, control.temperature).max())
    answer = model.classes[int(logits.argmax())]
    title = f"At temperature {control.temperature:g} the answer {answer} has {sure:.1%}; the order never changes"
    return Chart(title, "Class", "Probability", tuple(marks), alt=f"{title}.", y_percent=True)


@dataclass(frozen=True, slots=True)
class UnknownControl:
    """Which strangers are shown, and when a picture is refused."""

    strangers: Annotated[UnknownSet, Label("Strangers")] = "letters"
    limit: Annotated[float, Range(0.01, 0.3, 0.01), Label("Refuse below", "The share of known ones that is lost.")] = (
        0.05
    )


def draw_unknown(control: UnknownControl) -> Chart:
    """Draw how usual known pictures and strangers look, and how many of each are refused."""
    model, (images, _) = figures.load_shipped(), load_examples()
    strange = make_unknown(control.strangers, len(images), model.shape, seed=1, source=images)
    marks, shares = [], []
    edges = np.linspace(0, 1, 21)
    gate = model.unknown
    for pictures, name, role in ((images, "known", "main"), (strange, control.strangers, "second")):
        p = _find_p(gate, model.read(pictures))
        shares.append(float((p < control.limit).mean()))
        marks.append(Mark("steps", edges[:-1], np.histogram(p, edges)[0] / len(p), name, role))  # type: ignore[arg-type]
    title = f"Below {control.limit:g}, {shares[1]:.0%} of {control.strangers} are refused "
    title += f"and {shares[0]:.0%} of known pictures"
    label = "Share of known pictures at least as strange"
    return Chart(title, label, "Share of pictures", tuple(marks), alt=f"{title}.", y_percent=True)


def _find_p(gate: Unknown | None, found: dict[str, NDArray[np.float32]]) -> NDArray[np.float64]:
    """Ask how usual pictures look; without a gate all are."""
    return np.ones(len(found[LOGITS])) if gate is None else gate.p_value(found[EMBEDDING], found[LOGITS])


@dataclass(frozen=True, slots=True)
class CamControl:
    """Which picture, and which of its likeliest classes."""

    example: Example = 0
    place: Annotated[int, Range(1, 3, 1), Label("Its n-th likeliest class")] = 1


def draw_cam(control: CamControl) -> Chart:
    """Draw a picture beside the places that speak for a class."""
    model, (images, _) = figures.load_shipped(), load_examples()
    image = images[control.example : control.example + 1]
    order = np.argsort(-model.read(image, (LOGITS,))[LOGITS][0], kind="stable")
    label = int(order[control.place - 1])
    places = grad_cam(model, image, np.array([label]))[0]
    strong = float((places > 0.5).mean())  # noqa: PLR2004 half of the strongest
    title = (
        f"{strong:.0%} of the picture speaks for {model.classes[label]} at least half as much as its strongest place"
    )
    return picture_chart(put_side_by_side(image[0, ..., 0], 255 * places), title, "grey level, and 255 × share")


@dataclass(frozen=True, slots=True)
class PhotoControl:
    """Which garment, how far it is turned, and how deep its shadow is."""

    example: Example = 1
    turn: Annotated[float, Range(0.0, 30.0, 1.0), Label("Turned by up to", unit="°")] = 20.0
    shadow: Annotated[float, Range(0.0, 0.5, 0.05), Label("Shadow")] = 0.25


def draw_photo(control: PhotoControl) -> Chart:
    """Draw a made photograph, two stations of its way, and what the network is given."""
    model, (images, labels) = figures.load_shipped(), load_examples()
    photo = make_photo(images[control.example], control.example, Scene(turn=control.turn, shadow=control.shadow))
    path = walk_photo(photo)
    answer = model.classes[int(model.read(path.image[None], (LOGITS,))[LOGITS].argmax())]
    right = "rightly" if answer == model.classes[labels[control.example]] else "wrongly"
    stations = {step.name: step.picture.mean(axis=2) for step in path.steps}
    shown = [photo[::2, ::2].mean(axis=2), stations["Black ground"], np.kron(path.image[..., 0], np.ones((4, 4)))]
    title = f"After {len(path.steps)} steps the photo is {right} called {answer}"
    return picture_chart(put_side_by_side(*shown), title)
