"""Charts of single faces and of ways to name them: the 128 numbers, distances between faces, covered places, methods.

Left out: the film of a learning head and signals over time (``charts``); error curves (``thresholds``).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from core.hub.charts import Chart, Mark
from core.vision.face_recognition.method_trial import MethodScore
from core.vision.face_recognition.occlusion import name_place
from core.vision.face_recognition.pairs import measure_distances
from core.vision.face_recognition.types import DEFAULT_GATE, VECTOR_SIZE

Vectors = NDArray[np.float64]
COLUMNS = 16
MOST_CELLS = 12
"""Faces beside each other at which the distances can still be read in the cells."""


def numbers_chart(vector: Vectors, other: Vectors | None = None, name: str = "") -> Chart:
    """Draw the 128 numbers of a face, beside those of another if given.

    Parameters
    ----------
    vector, other : array of float64, shape (128,)
    name : str
        Whose the other one is.
    """
    place = np.arange(1, VECTOR_SIZE + 1)
    marks = [Mark("bars", place, vector, "this face")]
    title = f"The face as {VECTOR_SIZE} numbers, from {vector.min():.2f} to {vector.max():.2f}"
    if other is not None:
        marks.append(Mark("points", place, other, "the other", "second", size=5.0))
        gap = vector - other
        far, half = float(np.linalg.norm(gap)), _count_half(gap)
        title = f"{far:.2f} from {name}: {half} of the {VECTOR_SIZE} numbers make half of the squared distance"
    return Chart(title, "Number (none of them has a meaning of its own)", "Value", tuple(marks), f"{title}.")


def _count_half(gap: Vectors) -> int:
    """Count the fewest numbers that make half of a squared distance.

    Examples
    --------
    >>> _count_half(np.array([3.0, 1.0, 1.0]))
    1
    """
    parts = np.sort(gap**2)[::-1].cumsum()
    return int(np.searchsorted(parts, parts[-1] / 2)) + 1


def between_chart(vectors: Vectors, names: Sequence[str], gate: float = DEFAULT_GATE) -> Chart:
    """Draw the distance of every face to every other.

    Parameters
    ----------
    vectors : array of float64, shape (n, 128)
        At least two.
    names : sequence of str
        Of the faces.
    gate : float
        Up to which two faces count as one person.
    """
    distances = measure_distances(vectors, vectors)
    first, second = np.triu_indices(len(names), 1)
    apart = distances[first, second]
    near = int((apart <= gate).sum())
    pairs = f"{len(apart)} pair{'s' if len(apart) > 1 else ''}"
    title = f"{near} of {pairs} within {gate:.2f}; the nearest two are {apart.min():.2f} apart"
    text = tuple(f"{each:.2f}" for each in distances.ravel()) if len(names) <= MOST_CELLS else ()
    labels = np.array(names, dtype=object)
    return Chart(title, "Face", "Face", (Mark("heatmap", labels, labels, z=distances, text=text),), f"{title}.")


def cover_chart(changes: Vectors, name: str, distance: float) -> Chart:
    """Draw how much farther from somebody a face is with each place covered.

    Parameters
    ----------
    changes : array of float64, shape (n, n)
        From the top left, as ``occlusion.measure_cover`` gives them.
    name : str
        The person.
    distance : float
        Of the uncovered face.
    """
    row, column = np.unravel_index(int(changes.argmax()), changes.shape)
    place = name_place(int(row), int(column), len(changes))
    title = f"Covering {place} moves the face most: from {distance:.2f} to {distance + changes.max():.2f} from {name}"
    numbers = np.arange(1, len(changes) + 1)
    mark = Mark(
        "heatmap", numbers, numbers[::-1].astype(float), z=changes,
        text=tuple(f"{round(each, 2) + 0.0:+.2f}" for each in changes.ravel()),
    )  # fmt: skip
    return Chart(title, "From the left", "From below", (mark,), f"{title}.", square=True)


def methods_chart(scores: Sequence[MethodScore], gate: float) -> Chart:
    """Draw for each method who of the known is named rightly and which strangers are named, behind one gate."""
    names = np.array([each.name for each in scores], dtype=object)
    marks = []
    for part, label, role in (("named", "known, named rightly", "good"), ("strangers", "strangers named", "bad")):
        value, low, high = (np.array([getattr(each, part)[k] for each in scores]) for k in range(3))
        marks.append(Mark("points", names, value, label, role, low=low, high=high))  # type: ignore[arg-type]
    plain = scores[0]
    ahead = [
        each.name for each in scores[1:] if each.named[1] > plain.named[2] or each.strangers[2] < plain.strangers[1]
    ]
    title = f"Behind a gate of {gate:.2f} no method is shown to be better than the plain {plain.name}"
    if ahead:
        title = (
            f"Behind a gate of {gate:.2f} {' and '.join(ahead)} beat{'s' if len(ahead) == 1 else ''} the {plain.name}"
        )
    return Chart(title, "Method", "Share of pictures", tuple(marks), f"{title}.", y_range=(-0.02, 1.02), y_percent=True)
