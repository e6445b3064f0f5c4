"""What the Learn tab teaches of transfer: learning on from another network, stacked small kernels, and short cuts.

``TRANSFER_LESSONS`` are three values for the project's list of lessons, ``TRANSFER_QUESTIONS`` three for its questions.
The figures are drawn from the stored table and from the real networks' shapes, never from numbers typed in here.

Left out: the other subtopics of the project.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

import numpy as np

from core.hub.artifacts import load_artifact
from core.hub.charts import Chart, Mark, Role
from core.hub.contract import Label, Lesson, Question, Range
from core.vision.image_classification.network_depth import DEPTHS_FILE, Depth, depths_from_json
from core.vision.image_classification.recipe import SLUG
from core.vision.image_classification.transfer import METHODS, Comparison
from core.vision.image_classification.transfer_files import TABLE_NAME, load_stored_table

HERE = "core.vision.image_classification"
ROLES: dict[str, Role] = {"scratch": "baseline", "frozen": "second", "fine-tuned": "main"}


@dataclass(frozen=True, slots=True)
class TransferControl:
    """Which pictures are learnt."""

    onto: Annotated[Literal["cifar10", "fashion_mnist"], Label("New pictures", "What is to be told apart.")] = "cifar10"


@dataclass(frozen=True, slots=True)
class StackControl:
    """How many small convolutions are stacked, on how many channels."""

    layers: Annotated[int, Range(1, 5, 1), Label("Convolutions of 3 × 3")] = 2
    channels: Annotated[int, Range(16, 512, 16), Label("Channels in and out")] = 64


@dataclass(frozen=True, slots=True)
class WayControl:
    """What is counted."""

    counted: Annotated[Literal["layers", "weights"], Label("Show")] = "layers"


def draw_transfer(control: TransferControl) -> Chart:
    """Draw accuracy by pictures of each class, a line for each method, with intervals; from the stored table."""
    return transfer_chart([one for one in load_stored_table() if one.rows[0].target == control.onto], control.onto)


def transfer_chart(comparisons: list[Comparison], onto: str) -> Chart:
    """Draw comparisons of one start onto one set of pictures.

    Parameters
    ----------
    comparisons : list of Comparison
        Few pictures first; an empty list gives a chart that says so.
    """
    marks = []
    for method in METHODS:
        rows = [row for one in comparisons for row in one.rows if row.method == method]
        shown = [np.array([getattr(row, name) for row in rows]) for name in ("pictures", "accuracy", "low", "high")]
        x, y, low, high = shown
        marks.append(Mark("line", x, y, method, ROLES[method], low=low, high=high))
        marks.append(Mark("points", x, y, "", ROLES[method]))
    if not comparisons:
        return Chart(f"Nothing has been run onto {onto} yet", "Pictures of each class", "Accuracy", tuple(marks))
    few = {row.method: row for row in comparisons[0].rows}
    gain = 100 * (few["fine-tuned"].accuracy - few["scratch"].accuracy)
    start, least = few["frozen"].start, few["frozen"].pictures
    told = f"{abs(gain):.0f} points {'ahead of' if gain > 0 else 'behind'} scratch"
    title = f"From {least} pictures of each class, {start} fine-tuned is {told}"
    return Chart(
        title, "Pictures of each class", "Accuracy on held-out pictures", tuple(marks), f"{title}.", x_log=True,
        y_percent=True,
    )  # fmt: skip


def stack_weights(layers: int, channels: int) -> tuple[int, int, int]:
    """Count what a stack of 3 by 3 convolutions costs beside one that sees as much.

    Parameters
    ----------
    layers, channels : int
        Convolutions in the stack; channels in and out of each.

    Returns
    -------
    side, stacked, single : int
        Side of the square that both see, weights of the stack, weights of the one large kernel.

    Examples
    --------
    >>> stack_weights(3, 64)
    (7, 110592, 200704)

    References
    ----------
    Simonyan & Zisserman 2015, section 2.3.
    """
    side = 2 * layers + 1
    return side, layers * 9 * channels**2, side**2 * channels**2


def draw_stack(control: StackControl) -> Chart:
    """Draw the weights of one to five stacked convolutions beside those of one large kernel."""
    every = [stack_weights(layers, control.channels) for layers in range(1, 6)]
    names = np.array([f"{side} × {side}" for side, *_ in every])
    side, stacked, single = stack_weights(control.layers, control.channels)
    saved = 100 * (1 - stacked / single)
    title = (
        f"{control.layers} convolutions of 3 × 3 see {side} × {side} with {saved:.0f}% fewer weights than one kernel"
        if saved
        else "One convolution of 3 × 3 is one of 3 × 3: nothing is saved yet"
    )
    here = names[control.layers - 1 : control.layers]
    marks = (
        Mark("bars", names, np.array([each for _, each, _ in every]), "stack of 3 × 3", "main"),
        Mark("bars", names, np.array([each for *_, each in every]), "one large kernel", "muted"),
        Mark("points", here, np.array([stacked]), "chosen", "good", size=14.0),
    )
    return Chart(title, "Square of the picture that is seen", "Weights", marks, f"{title}.")


def load_depths() -> tuple[Depth, ...]:
    """Load the measured depths of the known networks.

    Raises
    ------
    ArtifactError
        If they are not there or damaged.
    """
    return depths_from_json(load_artifact(SLUG, TABLE_NAME).weights[DEPTHS_FILE].decode("utf-8"))


def draw_ways(control: WayControl) -> Chart:
    """Draw the longest and shortest ways through the known networks, or their weights; from the networks themselves."""
    return ways_chart(load_depths(), control)


def ways_chart(depths: tuple[Depth, ...], control: WayControl) -> Chart:
    """Draw measured depths.

    Parameters
    ----------
    depths : tuple of Depth
        From ``measure_depth``; the deepest gives the title.
    """
    names = np.array([depth.name for depth in depths])
    deepest = max(depths, key=lambda depth: depth.longest)
    if control.counted == "weights":
        most = max(depths, key=lambda depth: depth.weights)
        title = f"{most.name} has the most weights, {most.weights / 1e6:.0f} million; {deepest.name} is the deepest"
        weights = Mark("bars", names, np.array([depth.weights / 1e6 for depth in depths]), "weights")
        return Chart(title, "Network", "Weights, millions", (weights,), f"{title}.")
    title = f"{deepest.name} is {deepest.longest} layers deep, and its short cuts leave a way of {deepest.shortest}"
    marks = (
        Mark("bars", names, np.array([depth.longest for depth in depths]), "longest way", "main"),
        Mark("bars", names, np.array([depth.shortest for depth in depths]), "shortest way", "second"),
    )
    return Chart(title, "Network", "Layers with weights", marks, f"{title}.")


TRANSFER_LESSONS: tuple[Lesson, ...] = (
    Lesson(
        "transfer",
        "Transfer learning",
        "A network that has told a million photographs apart knows edges, textures and parts that serve for other "
        "pictures too. **Frozen**, it only turns each picture into numbers, and a logistic regression learns the new "
        "classes on them: few weights, so few pictures do. **Fine-tuned**, its last layers are learnt on as well, at a "
        "small rate, starting from that regression; early layers and the normalisation's averages stay as they are, "
        "since a few pictures would only spoil them. **Scratch** knows nothing but the pictures it is given. The fewer "
        "they are, the more the start is worth.",
        r"\hat y = \mathrm{softmax}\big(W \, g_{\phi}(f_{\theta}(x)) + b\big), \quad \text{frozen: learn } W, b; \quad \text{fine-tuned: learn } W, b, \phi \text{ from there; } \theta \text{ stays}",  # noqa: E501 - one formula
        f"{HERE}.transfer_methods:fine_tune",
        TransferControl,
        draw_transfer,
    ),
    Lesson(
        "stacked_kernels",
        "VGG: stacked 3 × 3",
        "Two convolutions of 3 × 3, one after the other, see a square of 5 × 5; three see 7 × 7. The stack has fewer "
        "weights than one large kernel, and a rectifier after each layer makes it bend more often. VGG is built of "
        "nothing else: thirteen such convolutions, poolings between them, and three dense layers, in which most of its "
        "138 million weights lie.",
        r"k \text{ layers of } 3 \times 3: \; 9 k C^2 \text{ weights see } (2k+1)^2 \text{ pixels; one kernel needs } (2k+1)^2 C^2",  # noqa: E501 - one formula
        f"{HERE}.transfer_lesson:stack_weights",
        StackControl,
        draw_stack,
    ),
    Lesson(
        "short_cuts",
        "ResNet: short cuts",
        "Stacked deeper still, plain networks got worse even on the pictures they learnt from. A short cut adds a "
        "block's input to its output, so that the block has only to learn what to change, and leaving all as it is "
        "costs nothing. The gradient takes the short cut back, undiminished. Measured on the networks themselves: "
        "through VGG every way has the same length; through ResNet50 the longest passes fifty layers with weights and "
        "the shortest hardly any.",
        r"y = x + F(x), \qquad \frac{\partial \mathcal L}{\partial x} = \frac{\partial \mathcal L}{\partial y} \left( 1 + \frac{\partial F}{\partial x} \right)",  # noqa: E501 - one formula
        f"{HERE}.network_depth:measure_depth",
        WayControl,
        draw_ways,
    ),
)

TRANSFER_QUESTIONS: tuple[Question, ...] = (
    Question(
        "You have 20 photographs of each of five birds. What do you try first?",
        (
            "A deep network with fresh weights.",
            "A regression on the numbers of a frozen network.",
            "Fine-tuning all layers at a high rate.",
        ),
        1,
        "A hundred pictures cannot teach millions of weights. The frozen network brings what it knows of other "
        "pictures, and a regression on its numbers is learnt in seconds.",
    ),
    Question(
        "Why does fine-tuning use a small rate and start from a fitted head?",
        (
            "A random head would send large, senseless gradients into layers that were good already.",
            "Because large rates need more memory.",
            "So that the early layers change the most.",
        ),
        0,
        "The first steps follow the errors of the head. If that is random they push the learnt layers anywhere; fitted "
        "first, only what really helps is changed.",
    ),
    Question(
        "What does a short cut change for a block of layers?",
        (
            "It halves the block's weights.",
            "It has only to learn the difference from its input, and the gradient has a way around it.",
            "It makes the picture smaller.",
        ),
        1,
        "The output is the input plus what the block adds. Where nothing need be added the block can be zero, and the "
        "gradient passes through the sum as it is.",
    ),
)
