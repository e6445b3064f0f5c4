"""Teach your own classes: two to six of them, a few pictures each, on top of a network that has seen many.

Each picture and a few changed copies are turned into numbers by a frozen network; a softmax layer on those numbers,
brought to length 1, is fitted with a penalty on its weights (a convex problem, solved by Nesterov's accelerated
gradient among the pictures' inner products). Its accuracy is that of leaving each picture out in turn, with all its
copies. A picture further from every taught one than taught pictures are from each other is refused.

Method: frozen features with a linear layer (Donahue et al. 2014, arXiv:1310.1531).

Left out: changing the network itself; more than six classes.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.evaluation.intervals import wilson_interval
from core.hub.contract import Prediction
from core.hub.errors import DataError, LimitError

Pixels = NDArray[np.uint8]
Array = NDArray[np.float32]
Numbers = NDArray[np.float64]
Embed = Callable[[Sequence[Pixels]], NDArray[Any]]
"""From pictures (height, width, 3) of any size to numbers (n, d)."""

MIN_CLASSES, MAX_CLASSES, MIN_PICTURES, MAX_PICTURES = 2, 6, 2, 30
MAX_ROWS, MAX_COPIES = 90, 2
PENALTY = 1e-3
"""Weight of the squared coefficients, on embeddings of length 1; larger makes answers less sure."""
STEPS, STEPS_LEFT_OUT = 400, 80
SLACK, USUAL_SHARE = 1.15, 0.8
"""Accepted is what lies up to so much further than this share of taught pictures lie from their nearest: one odd
picture among a few must not open the door to everything."""


@dataclass(frozen=True, slots=True, eq=False)
class Taught:
    """What was learnt: a layer on embeddings, the taught pictures as numbers, and how well it does.

    Parameters
    ----------
    classes : tuple of str
    kernel, bias : arrays of shape (d, n_classes) and (n_classes,)
        Applied to embeddings of length 1.
    anchors : array of shape (n_pictures, d)
        The taught pictures' embeddings, of length 1.
    labels : array of shape (n_pictures,)
    limit : float
        One minus the cosine with the nearest taught picture, above which a picture is refused.
    left_out : array of shape (n_pictures,)
        Each picture's answer by a layer that was fitted without it.
    accuracy, low, high : float
        Of those answers, with Wilson's 95% interval.
    seconds : float
        That it took, embedding included.
    """

    classes: tuple[str, ...]
    kernel: Array
    bias: Array
    anchors: Array
    labels: NDArray[np.int64]
    limit: float
    left_out: NDArray[np.int64]
    accuracy: float
    low: float
    high: float
    seconds: float

    @property
    def sentence(self) -> str:
        """Say how well it does, in words."""
        right = int((self.left_out == self.labels).sum())
        return (
            f"Each of the {len(self.labels)} pictures was left out once and asked: {right} were named rightly, "
            f"{self.accuracy:.0%} with a 95% interval from {self.low:.0%} to {self.high:.0%}."
        )


def teach(pictures: Mapping[str, Sequence[Pixels]], embed: Embed, seed: int = 0) -> Taught:
    """Learn classes from a few pictures of each.

    Parameters
    ----------
    pictures : mapping of class to pictures
        Two to six classes of 2 to 30 pictures (height, width, 3), 0 to 255, of any size.
    embed : callable
        The frozen network, such as ``load_embedder().embed`` or ``make_embed(model)``.
    seed : int
        Of the changed copies.

    Raises
    ------
    DataError
        If there is one class, a class has no name or one picture, or a picture is in two classes.
    LimitError
        If there are too many classes or pictures.

    Examples
    --------
    >>> def embed(given):
    ...     return np.array([picture.mean(axis=(0, 1)) for picture in given]) + 1
    >>> red, blue = np.zeros((2, 4, 8, 8, 3), np.uint8)
    >>> red[..., 0], blue[..., 2] = 200, 200
    >>> red += np.arange(4, dtype=np.uint8)[:, None, None, None]
    >>> blue += np.arange(4, dtype=np.uint8)[:, None, None, None]
    >>> taught = teach({"red": list(red), "blue": list(blue)}, embed)
    >>> taught.accuracy, ask(taught, embed([red[0]]))[0].answer
    (1.0, 'red')
    """
    started = time.perf_counter()
    check_pictures(pictures)
    every = [picture for given in pictures.values() for picture in given]
    labels = np.repeat(np.arange(len(pictures)), [len(given) for given in pictures.values()])
    n_copies = min(MAX_COPIES, max(0, MAX_ROWS // len(every) - 1))
    rng = np.random.default_rng(seed)
    copies = [change_copy(picture, rng) for picture in every for _ in range(n_copies)]
    numbers = normalise(embed([*every, *copies]))
    owners = np.concatenate([np.arange(len(every)), np.repeat(np.arange(len(every)), n_copies)])
    anchors = numbers[: len(every)]
    kernel, bias, left_out = _fit_and_leave_out(numbers, labels[owners], owners, len(pictures))
    right = int((left_out == labels).sum())
    low, high = wilson_interval(right, len(labels))
    return Taught(
        tuple(pictures), _small(kernel), _small(bias), _small(anchors), labels.astype(np.int64),
        _find_limit(anchors, labels), left_out, right / len(labels), low, high, time.perf_counter() - started,
    )  # fmt: skip


def check_pictures(pictures: Mapping[str, Sequence[Pixels]]) -> None:
    """Check that classes can be taught from these pictures.

    Raises
    ------
    DataError, LimitError
        As :func:`teach` says, in one sentence.
    """
    n_classes = len(pictures)
    if n_classes < MIN_CLASSES:
        message = f"the number of classes is {n_classes}; give pictures of at least {MIN_CLASSES} kinds of things"
        raise DataError(message)
    if n_classes > MAX_CLASSES:
        message = f"the number of classes is {n_classes}; at most {MAX_CLASSES} can be taught at once: leave some out"
        raise LimitError(message)
    seen: dict[bytes, str] = {}
    for name, given in pictures.items():
        _check_class(name, given)
        for picture in given:
            content = repr(picture.shape).encode() + picture.tobytes()
            if seen.setdefault(content, name) != name:
                message = f"the same picture is in {seen[content]} and in {name}; leave it in one of them"
                raise DataError(message)


def _check_class(name: str, given: Sequence[Pixels]) -> None:
    """Check one class's name and pictures."""
    if not name.strip():
        message = "a class has no name; name each class"
        raise DataError(message)
    if len({picture.tobytes() for picture in given}) < MIN_PICTURES:
        count = "no picture" if len(given) == 0 else "one picture" if len(given) == 1 else "the same picture again"
        message = f"{name} has {count}; give at least {MIN_PICTURES} different ones, better 5 or more"
        raise DataError(message)
    if len(given) > MAX_PICTURES:
        message = f"{name} has {len(given)} pictures; at most {MAX_PICTURES} of a class are used: leave some out"
        raise LimitError(message)
    wrong = [picture for picture in given if picture.ndim != 3 or picture.shape[2] != 3 or picture.dtype != np.uint8]  # noqa: PLR2004 rows, columns, RGB
    if wrong:
        message = f"a picture of {name} has shape {wrong[0].shape}; it must be (height, width, 3) of bytes"
        raise DataError(message)


def change_copy(picture: Pixels, rng: np.random.Generator) -> Pixels:
    """Make a changed copy: mirrored or not, turned by up to 12°, up to a fifth nearer, lighter or darker."""
    import cv2

    height, width = picture.shape[:2]
    mirrored = picture[:, ::-1] if rng.random() < 0.5 else picture  # noqa: PLR2004 a fair coin
    turn = cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), rng.uniform(-12, 12), rng.uniform(1.0, 1.2))
    turned: Any = cv2.warpAffine(np.ascontiguousarray(mirrored), turn, (width, height), borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(np.clip(np.rint(turned * rng.uniform(0.8, 1.2)), 0, 255), dtype=np.uint8)


def normalise(numbers: NDArray[Any]) -> Numbers:
    """Bring each row to length 1; a row of zeros stays."""
    x = np.asarray(numbers, dtype=np.float64)
    return np.asarray(x / np.maximum(np.linalg.norm(x, axis=1, keepdims=True), 1e-12))


def fit_softmax(inner: Numbers, one_hot: Numbers, start: Numbers | None = None, steps: int = STEPS) -> Numbers:
    """Fit a softmax layer with a penalty, written as a weighted sum of the rows it is fitted to.

    Parameters
    ----------
    inner : array of shape (n, n)
        Inner products of the rows, plus one for the bias.
    one_hot : array of shape (n, n_classes)
        The classes; a row of zeros leaves that row out.
    start : array of shape (n, n_classes), optional
        Coefficients to begin with.
    steps : int
        More come nearer to the one minimum.

    Returns
    -------
    array of shape (n, n_classes)
        Coefficients: the layer's weights are ``rows.T @ coefficients``.
    """
    used = one_hot.sum(axis=1, keepdims=True)
    n = float(used.sum())
    # half the largest curvature of the softmax, times the largest stretch of the rows
    longest = 0.5 * float(np.linalg.norm(inner, 2)) / n + PENALTY
    pull = np.sqrt(PENALTY / longest)
    momentum = (1 - pull) / (1 + pull)
    at = np.zeros_like(one_hot) if start is None else start * used
    before = at
    for _ in range(steps):
        ahead = at + momentum * (at - before)
        logits = inner @ ahead
        shares = np.exp(logits - logits.max(axis=1, keepdims=True))
        shares /= shares.sum(axis=1, keepdims=True)
        before, at = at, ahead - (used * (shares - one_hot) / n + PENALTY * ahead) / longest
    return at


def _fit_and_leave_out(
    x: Numbers, y: NDArray[np.int64], owners: NDArray[np.int64], n_classes: int
) -> tuple[Numbers, Numbers, NDArray[np.int64]]:
    """Fit on all rows, and answer each picture by a layer that saw neither it nor its copies."""
    inner = x @ x.T + 1.0
    one_hot = np.eye(n_classes)[y]
    found = fit_softmax(inner, one_hot)
    left_out = np.empty(owners.max() + 1, dtype=np.int64)
    for picture in range(len(left_out)):
        kept = np.where((owners == picture)[:, None], 0.0, one_hot)
        without = fit_softmax(inner, kept, found, STEPS_LEFT_OUT)
        left_out[picture] = int((inner[picture] @ without).argmax())
    return x.T @ found, found.sum(axis=0), left_out


def _find_limit(anchors: Numbers, labels: NDArray[np.int64]) -> float:
    """Return how far taught pictures usually lie from the nearest other one of their class, and some slack."""
    alike = np.where(labels[:, None] == labels, anchors @ anchors.T, -1.0)
    np.fill_diagonal(alike, -1.0)
    return float(SLACK * np.quantile(1 - alike.max(axis=1), USUAL_SHARE) + 1e-6)


def ask(taught: Taught, embeddings: NDArray[Any]) -> tuple[Prediction, ...]:
    """Name what is in pictures, or refuse.

    Parameters
    ----------
    embeddings : array of shape (n, d)
        By the network that it was taught with.

    Raises
    ------
    DataError
        If the embeddings are of another network.
    """
    shares, distances = answer_rows(taught, embeddings)
    return tuple(_tell(taught, row, float(distance)) for row, distance in zip(shares, distances, strict=True))


def answer_rows(taught: Taught, embeddings: NDArray[Any]) -> tuple[Numbers, Numbers]:
    """Return each row's share of each class (n, n_classes), and its distance to the nearest taught picture (n,)."""
    given = np.asarray(embeddings)
    if given.ndim != 2 or given.shape[1] != len(taught.kernel):  # noqa: PLR2004 a table
        message = f"the embeddings have shape {given.shape}; they must have {len(taught.kernel)} columns: "
        message += "use the network that was taught"
        raise DataError(message)
    x = normalise(given)
    logits = x @ taught.kernel + taught.bias
    shares = np.exp(logits - logits.max(axis=1, keepdims=True))
    return shares / shares.sum(axis=1, keepdims=True), 1 - (x @ taught.anchors.T).max(axis=1)


def _tell(taught: Taught, shares: Numbers, distance: float) -> Prediction:
    order = np.argsort(-shares, kind="stable")
    guess = taught.classes[int(order[0])]
    refused = ""
    if distance > taught.limit:
        refused = f"This is unlike all {len(taught.labels)} pictures that were shown; "
        refused += f"were it one of them, it would be {guess}."
    return Prediction(
        answer=None if refused else guess,
        model="taught classes",
        probabilities={taught.classes[place]: float(shares[place]) for place in order},
        refused=refused,
        details={"guess": guess, "distance": distance, "limit": taught.limit},
    )


def make_embed(model: Any) -> Embed:
    """Make an ``Embed`` of one of our own networks: each photo walks to the network's kind of picture first."""
    from core.vision.image_classification.model import EMBEDDING
    from core.vision.image_classification.photo_path import walk_photo

    def embed(pictures: Sequence[Pixels]) -> NDArray[Any]:
        images = np.stack([walk_photo(picture, model.recipe.data_set).image for picture in pictures])
        return np.asarray(model.read(images, (EMBEDDING,))[EMBEDDING])

    return embed


def _small(values: Numbers) -> Array:
    return np.asarray(values, dtype=np.float32)
