"""Where the network looked: Grad-CAM, in closed form and without a training library.

A class's logit rises with some of the last maps and falls with others. The mean slope with respect to a map is that
map's weight; the weighted sum of the maps, where it is positive, shows which places spoke for the class (Selvaraju
et al. 2017, arXiv:1610.02391, equations 1 and 2). Where only flattening or taking the strongest value and one dense
layer come after the maps, the slope is the dense layer's own weight: nothing has to be differentiated.

A map of places is checked in two ways: against covering parts of the picture (Zeiler & Fergus 2014, arXiv:1311.2901),
and by rubbing out the places it shows first (deletion, Petsiuk et al. 2018, arXiv:1806.07421) beside random places.

Left out: Grad-CAM for layers with other layers behind them, which needs the slopes of those.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from core.hub.errors import DataError
from core.vision.image_classification.model import LOGITS, Head, Model, check_pictures

if TYPE_CHECKING:
    from core.hub.charts import Chart

Array = NDArray[np.float32]
Images = NDArray[np.uint8]
WINDOW, STRIDE = 7, 3
DELETION_STEPS = 10


@dataclass(frozen=True, slots=True, eq=False)
class Faithfulness:
    """Whether a map of places tells what the network used.

    Parameters
    ----------
    ours, random : float
        How often the answer survives while up to half of the places are rubbed out, those shown first or in random
        order, as a share of pictures and steps; lower is better.
    low, high : float
        95% interval of random minus ours, by bootstrap over the pictures.
    correlation : float
        Mean rank correlation with covering parts of the picture, −1 to 1.
    n : int
        Pictures.
    """

    ours: float
    random: float
    low: float
    high: float
    correlation: float
    n: int


def find_map_weights(head: Head, maps: Array, classes: NDArray[np.integer[Any]]) -> Array:
    """Find the mean slope of a class's logit with respect to each of the last maps.

    Parameters
    ----------
    head : Head
        The last layer, and how it reads the maps.
    maps : array of shape (n, height, width, n_filters)
        The maps that the head reads.
    classes : array of shape (n,)
        Whose logit.

    Returns
    -------
    array of shape (n, n_filters)

    Examples
    --------
    >>> head = Head(np.array([[8.0, 4.0]], np.float32), np.zeros(2, np.float32), "relu", "strongest")
    >>> find_map_weights(head, np.zeros((1, 2, 2, 1), np.float32), np.array([0])).tolist()
    [[2.0]]
    """
    _, height, width, n_filters = maps.shape
    kernel = head.kernel.T[classes]
    if head.pooling == "strongest":
        # only the strongest place of a map has a slope; spread over all places it is this
        return np.asarray(kernel / (height * width), dtype=np.float32)
    # a flattened map has a slope in each place: (n, height, width, n_filters)
    return np.asarray(kernel.reshape(-1, height, width, n_filters).mean(axis=(1, 2)), dtype=np.float32)


def grad_cam(model: Model, images: Images, classes: NDArray[np.integer[Any]] | None = None) -> Array:
    """Show which places of each picture speak for a class.

    Parameters
    ----------
    model : Model
        Its network's last maps are read; of a network that pools before it flattens, those before the pooling, which
        are twice as fine: the largest of four has the slope of the place that it was taken from, so a map's mean slope
        is a quarter of the pooled map's wherever that place is.
    images : uint8 array of shape (n, height, width, n_channels)
    classes : array of shape (n,), optional
        By default each picture's answer.

    Returns
    -------
    array of shape (n, height, width)
        0 to 1, the strongest place 1; all 0 where nothing speaks for the class.

    Raises
    ------
    DataError
        If the pictures are of another shape or type, or a class is not known.
    """
    pixels = check_pictures(images, model.shape)
    chosen = model.read(pixels, (LOGITS,))[LOGITS].argmax(axis=1) if classes is None else np.asarray(classes)
    if chosen.shape != (len(pixels),) or chosen.min() < 0 or chosen.max() >= len(model.classes):
        message = f"there are {len(pixels)} pictures and classes {chosen.tolist()}; give one class from 0 to "
        message += f"{len(model.classes) - 1} for each"
        raise DataError(message)
    found = _sum_maps(model, pixels, chosen)
    if model.recipe.mirror:
        # the logits are the mean of both views, so their slopes are too
        found = (found + _sum_maps(model, pixels[:, :, ::-1], chosen)[:, :, ::-1]) * np.float32(0.5)
    positive = np.maximum(found, 0)
    # a picture lies a little outside the network's grid where a pooling dropped its last row
    large = np.stack([_enlarge(each, model.shape[:2]) for each in positive])
    highest = large.max(axis=(1, 2), keepdims=True)
    return np.asarray(np.where(highest > 0, large / np.where(highest > 0, highest, 1), 0), dtype=np.float32)


def find_last_maps(model: Model) -> tuple[str, str]:
    """Name the maps that the head reads, and the finest ones from which only pooling leads there."""
    last = model.head.maps
    names = [layer.name for layer in model.layers]
    before = names[names.index(last) - 1]
    is_pooling = model.layers[names.index(last)].kind == "MaxPooling2D"
    return last, before if is_pooling and before in model.map_layers else last


def _sum_maps(model: Model, pixels: Images, classes: NDArray[np.integer[Any]]) -> Array:
    """Add up a class's maps by their mean slopes, before negative places are dropped."""
    last, finest = find_last_maps(model)
    maps = model.read_maps(pixels, tuple(dict.fromkeys((last, finest))))
    weights = find_map_weights(model.head, maps[last], classes)
    n_last, n_finest = (maps[name].shape[1] * maps[name].shape[2] for name in (last, finest))
    # the mean over more places of slopes that are zero in all but one of each window
    return np.asarray(np.einsum("nhwf,nf->nhw", maps[finest], weights * (n_last / n_finest)), dtype=np.float32)


def cover_parts(
    model: Model, image: Images, label: int | None = None, window: int = WINDOW, stride: int = STRIDE
) -> Array:
    """Cover one part of a picture after another and say how much the class's logit margin falls.

    Parameters
    ----------
    image : uint8 array of shape (height, width, n_channels)
    label : int, optional
        Whose margin; by default the answer's.
    window, stride : int
        Side of the covered square and distance of its places in pixels.

    Returns
    -------
    array of shape (height, width)
        Mean fall over the squares that cover a pixel; positive where the part speaks for the class.
    """
    height, width, _ = model.shape
    grey = _find_ground(image)
    corners = [
        (row, column) for row in range(1 - stride, height, stride) for column in range(1 - stride, width, stride)
    ]
    covered = np.repeat(image[None], len(corners) + 1, axis=0)
    for place, (row, column) in enumerate(corners, start=1):
        covered[place, max(row, 0) : row + window, max(column, 0) : column + window] = grey
    logits = model.read(covered, (LOGITS,))[LOGITS]
    margins = find_margins(logits, int(logits[0].argmax()) if label is None else label)
    total, count = np.zeros((height, width)), np.zeros((height, width))
    for (row, column), margin in zip(corners, margins[1:], strict=True):
        total[max(row, 0) : row + window, max(column, 0) : column + window] += margins[0] - margin
        count[max(row, 0) : row + window, max(column, 0) : column + window] += 1
    return np.asarray(total / np.maximum(count, 1), dtype=np.float32)


def find_margins(logits: Array, label: int) -> Array:
    """Return how far a class's logit lies above the next best, shape (n,).

    Examples
    --------
    >>> find_margins(np.array([[3.0, 1.0, 2.0]], np.float32), 0).tolist()
    [1.0]
    """
    others = np.delete(logits, label, axis=1)
    return np.asarray(logits[:, label] - others.max(axis=1))


def measure_faithfulness(model: Model, images: Images, seed: int = 0) -> Faithfulness:
    """Measure over some pictures whether Grad-CAM shows what the network used.

    Parameters
    ----------
    images : uint8 array of shape (n, height, width, n_channels)
        n at least 2; a few dozen are enough.
    seed : int
        Of the random order of places.
    """
    from core.evaluation.intervals import bootstrap_interval

    rng = np.random.default_rng(seed)
    cams = grad_cam(model, images)
    pairs, correlations = [], []
    for image, cam in zip(images, cams, strict=True):
        blocks = rng.permutation(np.prod([side // 4 for side in model.shape[:2]]))
        chance = np.kron(blocks.reshape([side // 4 for side in model.shape[:2]]), np.ones((4, 4)))
        pairs.append([_delete(model, image, cam), _delete(model, image, chance)])
        correlations.append(_correlate(cam, cover_parts(model, image)))
    ours, random = np.array(pairs).T
    low, high = bootstrap_interval(lambda gaps: float(gaps.mean()), (random - ours,), 500, seed)
    return Faithfulness(float(ours.mean()), float(random.mean()), low, high, float(np.mean(correlations)), len(images))


def _delete(model: Model, image: Images, order: NDArray[Any]) -> float:
    """Rub out places, the highest of ``order`` first, and return the share of steps that keep the answer."""
    ranks = np.argsort(np.argsort(-order.ravel(), kind="stable"))
    steps = np.arange(1, DELETION_STEPS + 1) * ranks.size // (2 * DELETION_STEPS)
    rubbed = [np.where((ranks < step).reshape(order.shape)[..., None], _find_ground(image), image) for step in steps]
    logits = model.read(np.stack([image, *rubbed]).astype(np.uint8), (LOGITS,))[LOGITS]
    answers = logits.argmax(axis=1)
    return float((answers[1:] == answers[0]).mean())


def _correlate(cam: Array, fall: Array) -> float:
    """Correlate the ranks of two maps of places, on blocks of 4 by 4 pixels."""
    from scipy.stats import spearmanr

    blocks = [_enlarge(each, (7, 7)).ravel() for each in (cam, fall)]
    if min(np.ptp(each) for each in blocks) == 0:
        return 0.0
    return float(spearmanr(*blocks).statistic)


def _find_ground(image: Images) -> NDArray[np.uint8]:
    """Return what a covered place becomes: black outside a garment, the mean colour of a scene."""
    border = np.concatenate([image[0], image[-1], image[:, 0], image[:, -1]])
    dark = np.median(border) == 0
    return np.asarray(np.zeros(image.shape[2]) if dark else image.mean(axis=(0, 1)), dtype=np.uint8)


def _enlarge(places: Array, size: tuple[int, ...]) -> Array:
    import cv2

    shrinks = places.shape[0] > size[0]
    kind = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(places, (size[1], size[0]), interpolation=kind), dtype=np.float32)


def overlay(image: Images, places: Array, strength: float = 0.6) -> Images:
    """Lay a map of places over a picture: what does not speak is dimmed, what does is tinted towards orange.

    Parameters
    ----------
    image : uint8 array of shape (height, width, n_channels)
    places : array of shape (height, width), 0 to 1

    Returns
    -------
    uint8 array of shape (height, width, 3)

    Examples
    --------
    >>> overlay(np.full((1, 2, 1), 100, np.uint8), np.array([[0.0, 1.0]])).tolist()
    [[[40, 40, 40], [193, 135, 46]]]
    """
    colour = np.repeat(image, 3, axis=2).astype(np.float64) if image.shape[2] == 1 else image.astype(np.float64)
    orange = np.array([255.0, 159.0, 10.0])
    share = strength * np.asarray(places, dtype=np.float64)[..., None]
    return np.asarray(np.clip(np.rint(colour * (1 - strength) + share * orange), 0, 255), dtype=np.uint8)


def deletion_chart(found: Faithfulness) -> Chart:
    """Draw how often the answer survives when shown places, or random ones, are rubbed out."""
    from core.hub.charts import Chart, Mark

    better = found.low > 0
    title = (
        f"{found.ours:.0%} of answers survive rubbing out what Grad-CAM shows, {found.random:.0%} random places"
        if better
        else f"On {found.n} pictures Grad-CAM's places matter no more than random ones"
    )
    names, values = np.array(["Grad-CAM first", "random order"]), np.array([found.ours, found.random])
    return Chart(
        title,
        "Places rubbed out",
        "Answers that survive",
        (Mark("bars", names, values),),
        alt=f"{title}.",
        y_percent=True,
    )
