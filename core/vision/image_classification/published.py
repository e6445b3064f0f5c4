"""What others have published on the same test pictures, to stand beside our own figures.

Left out: methods with more than a million weights, pictures from elsewhere, or several networks together.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.hub.charts import Chart, Mark


@dataclass(frozen=True, slots=True)
class Published:
    """One published accuracy.

    Parameters
    ----------
    data_set, method : str
    weights : str
        How many the network has, in words; empty where it is none or was not said.
    accuracy : float
    source : str
    """

    data_set: str
    method: str
    weights: str
    accuracy: float
    source: str


_TABLE = "benchmark table of github.com/zalandoresearch/fashion-mnist"
_RESIDUAL = "He et al. 2016 as run again at github.com/akamaster/pytorch_resnet_cifar10"
PUBLISHED: tuple[Published, ...] = (
    Published("fashion_mnist", "DenseNet-BC", "768 K", 0.954, _TABLE),
    Published("fashion_mnist", "ResNet-18", "", 0.949, _TABLE),
    Published("fashion_mnist", "two convolutions", "under 100 K", 0.925, _TABLE),
    Published("fashion_mnist", "people", "", 0.835, _TABLE),
    Published("cifar10", "ResNet-56", "0.85 M", 0.934, _RESIDUAL),
    Published("cifar10", "ResNet-20", "0.27 M", 0.917, _RESIDUAL),
)


@dataclass(frozen=True, slots=True)
class Standing:
    """One of our own networks: its name, weights, and accuracy with its interval."""

    name: str
    n_weights: int
    accuracy: float
    low: float
    high: float


def standing_chart(ours: Sequence[Standing], data_set: str) -> Chart:
    """Draw our networks' accuracies with intervals beside the published ones, the highest on top.

    Parameters
    ----------
    ours : sequence of Standing
        At least one.
    data_set : str
        ``fashion_mnist`` or ``cifar10``.

    Examples
    --------
    >>> chart = standing_chart([Standing("small", 70_754, 0.932, 0.927, 0.937)], "fashion_mnist")
    >>> chart.title
    'small names 93.2% right with 71 K weights: above 2 of 4 published figures'
    """
    known = [each for each in PUBLISHED if each.data_set == data_set]
    best = max(ours, key=lambda each: each.accuracy)
    beaten = sum(best.accuracy > each.accuracy for each in known)
    title = f"{best.name} names {best.accuracy:.1%} right with {write_weights(best.n_weights)} weights: "
    title += f"above {beaten} of {len(known)} published figures"
    rows = [(each.accuracy, f"{each.name} · {write_weights(each.n_weights)}", each) for each in ours]
    theirs = [
        (each.accuracy, f"{each.method} · {each.weights}" if each.weights else each.method, None) for each in known
    ]
    ordered = sorted((*rows, *theirs), key=lambda row: (-row[0], row[1]))
    told = ", ".join(f"{name} {value:.1%}" for value, name, _ in ordered)
    marks, named = [], set()
    for value, name, one in ordered:  # a mark for each, so that they stand in their order
        kind = "published" if one is None else "ours, 95% interval"
        marks.append(_mark_point(value, name, one, "" if kind in named else kind))
        named.add(kind)
    return Chart(title, "Test accuracy", "", tuple(marks), alt=f"{title}. {told}.", x_percent=True)


def _mark_point(value: float, name: str, one: Standing | None, legend: str) -> Mark:
    """Mark one accuracy, ours with its interval."""
    x, y = np.array([value]), np.array([name], dtype=object)
    if one is None:
        return Mark("points", x, y, legend, "baseline", size=11.0)
    return Mark("points", x, y, legend, "main", low=np.array([one.low]), high=np.array([one.high]), size=12.0)


def write_weights(n: int) -> str:
    """Write a number of weights with two or three digits.

    Examples
    --------
    >>> write_weights(70_754), write_weights(941_000), write_weights(3_360_000)
    ('71 K', '941 K', '3.4 M')
    """
    return f"{n / 1e6:.1f} M" if n >= 999_500 else f"{n / 1e3:.0f} K"  # noqa: PLR2004 - from here on a million is said
