"""A set of pictures at a glance: how many of each class, what each class looks like on average, which look alike.

Left out: what a network makes of them (``feature_maps``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from core.hub.charts import Chart, Mark

Images = NDArray[np.uint8]


def find_means(images: Images, labels: NDArray[np.int64], n_classes: int) -> Images:
    """Average the pictures of each class, shape (n_classes, height, width, n_channels).

    Examples
    --------
    >>> images = np.array([[[[10]]], [[[30]]], [[[7]]]], np.uint8)
    >>> find_means(images, np.array([0, 0, 1]), 2).ravel().tolist()
    [20, 7]
    """
    means = [images[labels == each].mean(axis=0) for each in range(n_classes)]
    return np.asarray(np.rint(np.stack(means)), np.uint8)


def describe_likeness(means: Images, classes: Sequence[str]) -> str:
    """Say in a sentence which two classes' mean pictures are nearest to each other, and which furthest apart.

    Examples
    --------
    >>> describe_likeness(np.array([0, 10, 90], np.uint8).reshape(3, 1, 1, 1), ("a", "b", "c"))
    'On average a and b look most alike (10 grey levels apart), a and c least (90).'
    """
    pairs = list(combinations(range(len(classes)), 2))
    spread = means.astype(np.float64)
    apart = [float(np.sqrt(((spread[a] - spread[b]) ** 2).mean())) for a, b in pairs]
    (a, b), (c, d) = pairs[int(np.argmin(apart))], pairs[int(np.argmax(apart))]
    return (
        f"On average {classes[a]} and {classes[b]} look most alike ({min(apart):.0f} grey levels apart), "
        f"{classes[c]} and {classes[d]} least ({max(apart):.0f})."
    )


def count_chart(parts: Mapping[str, NDArray[np.int64]], classes: Sequence[str]) -> Chart:
    """Draw how many pictures of each class a set's parts hold.

    Parameters
    ----------
    parts : mapping of name to array of shape (n,)
        Class numbers of the pictures, such as of those to train and to test.

    Examples
    --------
    >>> count_chart({"train": np.array([0, 1, 0, 1]), "test": np.array([0, 1])}, ("a", "b")).title
    'Every class has 2 pictures to train and 1 to test'
    """
    counts = {name: np.bincount(labels, minlength=len(classes)) for name, labels in parts.items()}
    told = [f"{_span(found)}{' pictures' if not place else ''} to {name}" for place, (name, found) in
            enumerate(counts.items())]  # fmt: skip
    names = np.array(classes, dtype=object)
    marks = tuple(
        Mark("bars", found, names, name, "class", place) for place, (name, found) in enumerate(counts.items())
    )
    title = f"Every class has {' and '.join(told)}"
    return Chart(title, "Pictures", "", marks, alt=f"{title}.")


def _span(counts: NDArray[np.int64]) -> str:
    """Write a number that all share, or the least and the most."""
    low, high = int(counts.min()), int(counts.max())
    return f"{low:,}" if low == high else f"{low:,} to {high:,}"


def find_alike(logits: NDArray[np.float32], which: int, n: int = 8) -> NDArray[np.int64]:
    """Find the pictures about which a network says most nearly the same, the nearest first, itself left out.

    Parameters
    ----------
    logits : array of shape (n_pictures, n_classes)
    which : int
        The picture asked about.

    Examples
    --------
    >>> find_alike(np.array([[0, 1], [5, 0], [0, 1.5]], np.float32), 0, 2).tolist()
    [2, 1]
    """
    apart = ((logits - logits[which]) ** 2).sum(axis=1)
    apart[which] = np.inf
    return np.argsort(apart, kind="stable")[:n]


def find_confused(
    y: NDArray[np.int64], shares: NDArray[np.float64], true: int, answer: int, n: int = 8
) -> NDArray[np.int64]:
    """Find the pictures of one class that got another's name, those answered most surely first.

    Examples
    --------
    >>> shares = np.array([[0.4, 0.6], [0.1, 0.9], [0.8, 0.2]])
    >>> find_confused(np.array([0, 0, 0]), shares, 0, 1).tolist()
    [1, 0]
    """
    chosen = np.flatnonzero((y == true) & (shares.argmax(axis=1) == answer))
    return chosen[np.argsort(-shares[chosen, answer], kind="stable")][:n]


def refusal_chart(known: NDArray[np.float64], strange: NDArray[np.float64], name: str, limit: float) -> Chart:
    """Draw how usual known pictures and strangers look to a network, and how many of each are refused.

    Parameters
    ----------
    known, strange : arrays of shape (n,) and (m,)
        Share of known pictures that look at least as strange, from ``Unknown.p_value``.
    name : str
        What the strangers are.
    limit : float
        Refused is what lies under it.

    Examples
    --------
    >>> refusal_chart(np.array([0.5, 0.9]), np.array([0.01, 0.02]), "letters", 0.05).title
    'Below 0.05, 100% of letters are refused and 0% of known pictures'
    """
    edges = np.linspace(0, 1, 21)
    spreads = [np.histogram(each, edges)[0] / len(each) for each in (known, strange)]
    marks = (
        Mark("steps", edges[:-1], spreads[0], "known", "main"),
        Mark("steps", edges[:-1], spreads[1], name, "second"),
    )
    lost, refused = float((known < limit).mean()), float((strange < limit).mean())
    title = f"Below {limit:g}, {refused:.0%} of {name} are refused and {lost:.0%} of known pictures"
    x_label, y_label = "Share of known pictures at least as strange", "Share of pictures"
    return Chart(title, x_label, y_label, marks, alt=f"{title}.", y_percent=True)
