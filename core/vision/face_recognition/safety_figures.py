"""The moving figures on what fools a camera and what vectors give away.

Left out: the lessons' words (``lessons``); the checks themselves (``signals``, ``print_check``).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated

import numpy as np

from core.hub.charts import Chart, Mark
from core.hub.contract import Label, Range
from core.vision.face_recognition.pairs import measure_distances
from core.vision.face_recognition.quality import DEPTH, measure_pose
from core.vision.face_recognition.simulated import simulate_people


@dataclass(frozen=True, slots=True)
class LinkControl:
    """How many people two lists without names hold."""

    n_people: Annotated[int, Range(2, 300, 1), Label("People in both lists")] = 100


def draw_links(control: LinkControl) -> Chart:
    """Draw how many people of one nameless list of vectors are found again in another."""
    sizes = np.unique(np.array([2, 10, 30, 100, 200, 300, control.n_people]))
    found = {int(size): _find_links(int(size)) for size in sizes}
    title = f"Of {control.n_people} people in two lists without names {found[control.n_people]:.0%} are found again"
    marks = (
        Mark("line", sizes, np.array([found[int(size)] for size in sizes]), "found by their vector", "bad"),
        Mark("line", sizes, 1 / sizes, "by guessing", "baseline", dash=True),
    )
    return Chart(title, "People", "Found again", marks, f"{title}.", y_percent=True, y_range=(0.0, 1.02))


@lru_cache(maxsize=512)
def _find_links(n_people: int) -> float:
    """Look each person's first vector up among the second ones; return the share that is nearest to its own."""
    vectors, _ = simulate_people(n_people, 2, seed=1)
    nearest = measure_distances(vectors[::2], vectors[1::2]).argmin(axis=1)
    return float((nearest == np.arange(n_people)).mean())


@dataclass(frozen=True, slots=True)
class SignalControl:
    """How far a head or a photograph is turned, and how near the camera is."""

    turn: Annotated[float, Range(0.0, 45.0, 1.0), Label("Turned by", unit="degrees")] = 25.0
    far: Annotated[float, Range(2.0, 20.0, 0.5), Label("Camera's distance", "In distances of the eyes.")] = 4.0


def draw_signal(control: SignalControl) -> Chart:
    """Draw the turn that landmarks seem to make, for a head and for a flat photograph."""
    degrees = np.arange(0.0, 46.0)
    head, flat = (np.array([seem_to_turn(each, depth, control.far) for each in degrees]) for depth in (0.29, 0.0))
    at_head, at_flat = (seem_to_turn(control.turn, depth, control.far) for depth in (DEPTH, 0.0))
    title = f"Turned by {control.turn:.0f}°, a head seems to turn by {at_head:.0f}° and a photograph by {at_flat:.0f}°"
    marks = (
        Mark("line", degrees, head, "a head", "good"),
        Mark("line", degrees, flat, "a flat photograph", "bad"),
        Mark("points", np.full(2, control.turn), np.array([at_head, at_flat]), "", "main"),
    )
    return Chart(title, "Turned by, degrees", "Turn seen in the landmarks, degrees", marks, f"{title}.")


def seem_to_turn(degrees: float, depth: float, far: float) -> float:
    """Return the turn in degrees that the landmarks show of a face turned before a camera.

    Parameters
    ----------
    degrees : float
        How far it is turned.
    depth : float
        How far the nose's base stands out, in distances of the outer eye corners; 0 is a photograph.
    far : float
        Distance of the camera, in the same unit.

    Examples
    --------
    >>> [round(seem_to_turn(25, depth, far=1e6)) for depth in (DEPTH, 0.0)]
    [25, 0]
    """
    width = 1.0
    places = np.array([[0.5, 0.0, 0.0], [0.18, 0.0, 0.0], [-0.5, 0.0, 0.0], [-0.18, 0.0, 0.0], [0.0, 0.55, depth]])
    angle = np.radians(degrees)
    across = places[:, 0] * np.cos(angle) + places[:, 2] * np.sin(angle)
    nearer = places[:, 2] * np.cos(angle) - places[:, 0] * np.sin(angle)
    seen = far * np.column_stack([across, places[:, 1]]) / (far * width - nearer)[:, None]
    return measure_pose(seen)[0]
