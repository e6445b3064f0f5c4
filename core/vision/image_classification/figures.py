"""The moving figures of the lessons on how a picture becomes numbers and goes through the layers.

Each runs on the shipped small network and the data set's test pictures.

Left out: the lessons' words (``lessons``); figures on answers and training (``answer_figures``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray

from core.hub.artifacts import load_artifact
from core.hub.charts import Chart, Mark
from core.hub.contract import Label, Range
from core.hub.kept import keep
from core.vision.image_classification.data import load_test
from core.vision.image_classification.export import KERNEL, read_weights
from core.vision.image_classification.files import load_model
from core.vision.image_classification.model import EMBEDDING, LOGITS, Model
from core.vision.image_classification.recipe import SLUG

SHIPPED = "small"
Example = Annotated[int, Range(0, 199, 1), Label("Test picture")]
N_SAMPLE = 200


@keep()
def load_shipped() -> Model:
    """Open the shipped small network once: convolution, pooling, flatten, dense."""
    return load_model(load_artifact(SLUG, SHIPPED).folder / "weights")


def load_examples() -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Return 200 test pictures with their classes."""
    found = load_test(load_shipped().recipe.data_set)
    return found.images[:N_SAMPLE], found.labels[:N_SAMPLE]


def picture_chart(sheet: NDArray[Any], title: str, label: str = "grey level") -> Chart:
    """Draw an array as a picture, its first row on top.

    Parameters
    ----------
    sheet : array of shape (height, width)
        NaN leaves a place blank.
    """
    height, width = sheet.shape
    mark = Mark("heatmap", np.arange(width), np.arange(height)[::-1], z=np.asarray(sheet, dtype=np.float64))
    return Chart(title, "column", "row, counted from below", (mark,), alt=f"{title}.", square=True, z_label=label)


def put_side_by_side(*sheets: NDArray[Any]) -> NDArray[np.float64]:
    """Put pictures next to one another, each made as high as the highest, a blank column between them."""
    tallest = max(len(sheet) for sheet in sheets)
    parts: list[NDArray[Any]] = []
    for sheet in sheets:
        times = max(1, tallest // len(sheet))
        large = np.kron(np.asarray(sheet, dtype=np.float64), np.ones((times, times)))
        padded = np.full((tallest, large.shape[1]), np.nan)
        padded[: len(large)] = large
        parts += [padded, np.full((tallest, 1), np.nan)]
    return np.hstack(parts[:-1])


def _scale(values: NDArray[Any]) -> NDArray[np.float64]:
    """Bring values to 0–255 by their own largest, to stand beside a picture."""
    return np.asarray(255 * np.maximum(values, 0) / max(float(np.max(values)), 1e-9))


@dataclass(frozen=True, slots=True)
class PictureControl:
    """Which picture, and how coarsely it is looked at."""

    example: Example = 0
    size: Annotated[int, Range(4, 28, 4), Label("Pixels a side")] = 28


def draw_picture(control: PictureControl) -> Chart:
    """Draw a picture as the numbers it is."""
    import cv2

    images, labels = load_examples()
    small = cv2.resize(images[control.example, ..., 0], (control.size, control.size), interpolation=cv2.INTER_AREA)
    name = load_shipped().classes[labels[control.example]]
    title = f"{name} in {small.size} numbers: {np.mean(small == 0):.0%} of them 0, the largest {small.max()}"
    return picture_chart(small, title)


@dataclass(frozen=True, slots=True)
class ConvolutionControl:
    """Which picture meets which of the first layer's filters."""

    example: Example = 0
    filter: Annotated[int, Range(0, 23, 1), Label("Filter", "Of the first layer.")] = 0


def convolve(picture: NDArray[Any], kernel: NDArray[Any]) -> NDArray[np.float64]:
    """Slide a kernel over a picture: each place's answer is the sum of the products, zeros around the picture.

    Parameters
    ----------
    picture : array of shape (height, width)
    kernel : array of shape (3, 3)

    Examples
    --------
    >>> convolve(np.array([[0, 0, 1], [0, 0, 1], [0, 0, 1.0]]), np.array([[0, 0, 0], [-1, 0, 1], [0, 0, 0]])).tolist()
    [[0.0, 1.0, 0.0], [0.0, 1.0, 0.0], [0.0, 1.0, 0.0]]
    """
    around = np.pad(np.asarray(picture, dtype=np.float64), len(kernel) // 2)
    windows = np.lib.stride_tricks.sliding_window_view(around, kernel.shape)
    return np.asarray((windows * kernel).sum(axis=(2, 3)))


def _read_first_kernels(model: Model) -> NDArray[np.float32]:
    """Return the first layer's filters for grey pictures, shape (n_filters, height, width)."""
    first = next(layer.name for layer in model.layers if layer.kind == "Conv2D")
    return np.asarray(read_weights(model.content)[first + KERNEL][:, 0])


def draw_convolution(control: ConvolutionControl) -> Chart:
    """Draw a picture, one of the first layer's filters, and its answer in every place."""
    model, (images, _) = load_shipped(), load_examples()
    kernels = _read_first_kernels(model)
    place = control.filter % len(kernels)
    picture, kernel = images[control.example, ..., 0], kernels[place]
    answer = convolve(picture / 255, kernel)
    shown = np.kron(255 * (kernel - kernel.min()) / max(float(np.ptp(kernel)), 1e-9), np.ones((4, 4)))
    title = (
        f"Filter {place} answers above zero in {np.mean(answer > 0):.0%} of the places, most with {answer.max():.2f}"
    )
    return picture_chart(
        put_side_by_side(
            picture, np.pad(shown, ((0, len(picture) - len(shown)), (0, 0)), constant_values=np.nan), _scale(answer)
        ),
        title,
    )


@dataclass(frozen=True, slots=True)
class PoolingControl:
    """Which picture and which map is pooled."""

    example: Example = 0
    filter: Annotated[int, Range(0, 23, 1), Label("Map", "Of the last layer before the first pooling.")] = 0
    shift: Annotated[int, Range(0, 3, 1), Label("Picture moved right by", unit="pixels")] = 0


def pool_largest(values: NDArray[Any], size: int = 2) -> NDArray[Any]:
    """Keep the largest of each ``size`` by ``size`` values; a last row or column that does not fill one is dropped.

    Examples
    --------
    >>> pool_largest(np.array([[1, 2, 0, 0], [3, 4, 0, 5]])).tolist()
    [[4, 5]]
    """
    height, width = (length // size for length in values.shape)
    blocks = values[: height * size, : width * size].reshape(height, size, width, size)
    return np.asarray(blocks.max(axis=(1, 3)))


def draw_pooling(control: PoolingControl) -> Chart:
    """Draw a map before and after pooling, of a picture that may be moved."""
    model, (images, _) = load_shipped(), load_examples()
    before = model.map_layers[model.map_layers.index("pooling_1") - 1]
    both = np.stack([images[control.example], np.roll(images[control.example], control.shift, axis=1)])
    found = model.read_maps(both, (before,))[before]
    maps = found[..., control.filter % found.shape[-1]]
    pooled = [pool_largest(each) for each in maps]
    kept = [
        float(np.corrcoef(np.ravel(a), np.ravel(b))[0, 1]) if np.ptp(a) and np.ptp(b) else 1.0
        for a, b in (maps, pooled)
    ]
    title = f"Of {maps[1].size} values pooling keeps {pooled[1].size}, the largest of each four"
    if control.shift:
        title = f"Moved by {control.shift}, the map agrees with the old one to {kept[0]:.2f}, "
        title += f"the pooled one to {kept[1]:.2f}"
    return picture_chart(put_side_by_side(_scale(maps[1]), _scale(pooled[1])), title, "answer")


@dataclass(frozen=True, slots=True)
class DenseControl:
    """Which picture, and whose logit is added up."""

    example: Example = 0
    label: Annotated[int, Range(0, 9, 1), Label("Class", "Its number, 0 to 9.")] = 9


def draw_dense(control: DenseControl) -> Chart:
    """Draw what each place of the flattened maps adds to a class's logit."""
    model, (images, _) = load_shipped(), load_examples()
    found = model.read(images[control.example : control.example + 1])
    parts = found[EMBEDDING][0] * model.head.kernel[:, control.label]
    height, width, n_filters = next(layer.shape for layer in model.layers if layer.name == model.head.maps)
    places = parts.reshape(height, width, n_filters).sum(axis=2)
    bias, total = float(model.head.bias[control.label]), float(found[LOGITS][0, control.label])
    row, column = np.unravel_index(int(places.argmax()), places.shape)
    title = f"{len(parts)} products and {bias:+.2f} add up to {total:.2f} for {model.classes[control.label]}; "
    title += f"place {row + 1}, {column + 1} adds most"
    return picture_chart(places, title, "added to the logit")


@dataclass(frozen=True, slots=True)
class NormalisationControl:
    """How the batch's pictures are lit, and what follows the normalisation."""

    light: Annotated[
        float, Range(0.1, 4.0, 0.1), Label("Pictures times", "All of a batch made darker or brighter.")
    ] = 2.0
    gamma: Annotated[float, Range(0.2, 3.0, 0.1), Label("Scale (gamma)", "Learnt; so is the shift (beta).")] = 1.0


def normalise_batch(
    answers: NDArray[Any], gamma: float = 1.0, beta: float = 0.0, epsilon: float = 1e-3
) -> NDArray[np.float64]:
    """Bring a filter's answers over a batch to mean ``beta`` and standard deviation ``gamma``.

    Examples
    --------
    >>> normalise_batch(np.array([1.0, 3.0]), epsilon=0.0).tolist()
    [-1.0, 1.0]
    """
    return np.asarray(gamma * (answers - answers.mean()) / np.sqrt(answers.var() + epsilon) + beta)


def draw_normalisation(control: NormalisationControl) -> Chart:
    """Draw how a filter's answers spread over a batch, before and after normalising."""
    images, _ = load_examples()
    kernel = _read_first_kernels(load_shipped())[0]
    raw = np.concatenate([convolve(control.light * each[..., 0] / 255, kernel).ravel() for each in images[:32]])
    after = normalise_batch(raw, control.gamma)
    edges = np.linspace(-4, 4, 81)
    marks = []
    for values, name, role in ((raw, "before", "baseline"), (after, "after", "main")):
        share = np.histogram(np.clip(values, -4, 4), edges)[0] / len(values)
        marks.append(Mark("line", (edges[1:] + edges[:-1]) / 2, share, name, role))  # type: ignore[arg-type]
    title = f"Pictures times {control.light:g}: answers spread by {raw.std():.2f} before, by {after.std():.2f} after"
    return Chart(title, "Answer of the first filter", "Share of places", tuple(marks), alt=f"{title}.", y_percent=True)
