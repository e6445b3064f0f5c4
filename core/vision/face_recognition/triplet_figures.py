"""The moving figures of the lessons on the triplet loss, on mining, and on the head that learns.

People in them are simulated (``simulated``).

Left out: the lessons' words (``lessons``).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated, Literal

import numpy as np

from core.hub.charts import Chart, Mark
from core.hub.contract import Label, Range
from core.vision.face_recognition.charts import film_chart
from core.vision.face_recognition.head import Head, HeadSettings, make_weights, train_head
from core.vision.face_recognition.mining import count_hardness, mine_triplets
from core.vision.face_recognition.simulated import simulate_people
from core.vision.face_recognition.triplet import measure_loss, measure_squares, normalise

Margin = Annotated[float, Range(0.05, 1.0, 0.05), Label("Margin", "In squared distance.")]
Mining = Annotated[Literal["semi-hard", "hard", "all"], Label("Triplets")]
KINDS = ("hard", "semi-hard", "easy")
N_PEOPLE, N_PICTURES = 8, 6
FIGURE_SIZE = 4
"""Few numbers, so that a random projection mixes people up and there is something to learn."""


@dataclass(frozen=True, slots=True)
class TripletControl:
    """Where the positive and the negative lie, seen from the anchor."""

    to_positive: Annotated[float, Range(0.0, 1.5, 0.05), Label("Anchor to positive")] = 0.6
    to_negative: Annotated[float, Range(0.0, 1.5, 0.05), Label("Anchor to negative")] = 0.7
    margin: Margin = 0.2


def draw_triplet(control: TripletControl) -> Chart:
    """Draw what a triplet costs by how far its negative is."""
    distances = np.linspace(0.0, 1.5, 121)
    losses = np.array([find_loss(control.to_positive, float(each), control.margin) for each in distances])
    loss = find_loss(control.to_positive, control.to_negative, control.margin)
    far = float(np.sqrt(control.to_positive**2 + control.margin))
    kind = "hard" if control.to_negative <= control.to_positive else "semi-hard"
    title = f"The triplet is {kind} and costs {loss:.2f}: the negative should be {far:.2f} away"
    if loss == 0:
        title = f"The triplet is easy and costs nothing: the negative is beyond {far:.2f}"
    top = np.array([0.0, float(losses.max())])
    marks = (
        Mark("line", distances, losses, "loss"),
        Mark("line", np.full(2, control.to_positive), top, "positive", "good", dash=True),
        Mark("line", np.full(2, far), top, "margin kept", "baseline", dash=True),
        Mark("points", np.array([control.to_negative]), np.array([loss]), "this negative", "bad", size=12.0),
    )
    return Chart(title, "Distance of the negative", "Triplet loss", marks, f"{title}.")


def find_loss(to_positive: float, to_negative: float, margin: float) -> float:
    """Return the loss of one triplet on a line.

    Examples
    --------
    >>> round(find_loss(0.6, 0.7, 0.2), 2)
    0.07
    """
    vectors = np.array([[0.0], [to_positive], [-to_negative]])
    return measure_loss(vectors, np.array([[0, 1, 2]]), margin)


@dataclass(frozen=True, slots=True)
class MiningControl:
    """Which triplets are taken, and what counts as near."""

    mining: Mining = "semi-hard"
    margin: Margin = 0.2


def draw_mining(control: MiningControl) -> Chart:
    """Draw of which kinds all triplets are before learning, and those that are taken."""
    vectors, people = simulate_people(N_PEOPLE, N_PICTURES)
    start = normalise(vectors @ make_weights(vectors.shape[1], HeadSettings(size=FIGURE_SIZE))[0])
    counted = count_hardness(start, people, control.margin)
    whole = np.array([counted.hard, counted.semi_hard, counted.easy]) / counted.total
    triplets = mine_triplets(start, people, control.mining, control.margin)
    squares = measure_squares(start)
    gap = squares[triplets[:, 0], triplets[:, 2]] - squares[triplets[:, 0], triplets[:, 1]]
    parts = np.array([np.sum(gap <= 0), np.sum((gap > 0) & (gap < control.margin)), np.sum(gap >= control.margin)])
    taken = parts / max(len(triplets), 1)
    names = np.array(KINDS, dtype=object)
    title = f"Of {counted.total:,} triplets {len(triplets):,} are taken, {taken[2]:.0%} of which teach nothing"
    marks = (Mark("bars", names, whole, "all there are", "muted"), Mark("bars", names, taken, "taken", "main"))
    return Chart(title, "Kind of triplet", "Share", marks, f"{title}.", y_percent=True)


@dataclass(frozen=True, slots=True)
class HeadControl:
    """How far the head has learnt, and from what."""

    step: Annotated[int, Range(0, 120, 1), Label("Steps learnt")] = 0
    mining: Mining = "semi-hard"


def draw_head(control: HeadControl) -> Chart:
    """Draw where pictures of eight simulated people lie while a head learns."""
    film = _teach(control.mining).film
    return film_chart(film, film.find_frame(control.step))


@lru_cache(maxsize=3)
def _teach(mining: Literal["semi-hard", "hard", "all"]) -> Head:
    """Teach the figure's head once."""
    vectors, people = simulate_people(N_PEOPLE, N_PICTURES)
    return train_head(vectors, people, HeadSettings(size=FIGURE_SIZE, mining=mining, steps=120, rate=0.01))
