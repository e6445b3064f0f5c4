"""The moving figures of the lessons.

People in them are simulated, with distances as measured on photographs of 40 people: no face is needed to move a gate.

Left out: the lessons' words (``lessons``); figures of triplets and of the learning head (``triplet_figures``), of
signals and of what vectors give away (``safety_figures``).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray

from core.hub.charts import Chart, Mark
from core.hub.contract import Label, Range
from core.vision.face_recognition.alignment import find_similarity, make_template, move_points
from core.vision.face_recognition.identification import make_recogniser
from core.vision.face_recognition.pairs import make_pairs
from core.vision.face_recognition.quality import DEPTH
from core.vision.face_recognition.simulated import simulate_people
from core.vision.face_recognition.types import DEFAULT_GATE

Gate = Annotated[float, Range(0.3, 0.9, 0.01), Label("Gate", "Greatest distance that counts as one person.")]
EDGES = np.linspace(0.0, 1.2, 61)
N_PEOPLE, N_PICTURES = 20, 6


@lru_cache(maxsize=4)
def measure_simulated(seed: int = 0) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return distances of the same person's pairs and of different people's, of 20 simulated people."""
    pairs = make_pairs(*simulate_people(N_PEOPLE, N_PICTURES, seed))
    return pairs.distance[pairs.same], pairs.distance[~pairs.same]


@dataclass(frozen=True, slots=True)
class DetectionControl:
    """Where a face begins and where a name begins."""

    score: Annotated[float, Range(-1.0, 2.0, 0.1), Label("Detector's threshold", "Margin at which it is a face.")] = 0.0
    gate: Gate = DEFAULT_GATE


def draw_detection(control: DetectionControl) -> Chart:
    """Draw things in a picture by the two questions asked of them: is it a face, and whose."""
    rng = np.random.default_rng(4)
    scores = np.concatenate([rng.normal(-1.0, 0.5, 14), rng.normal(1.4, 0.5, 24)])
    distances = np.concatenate([rng.normal(0.95, 0.08, 14), rng.normal(0.4, 0.07, 12), rng.normal(0.76, 0.07, 12)])
    is_face, is_near = scores >= control.score, distances <= control.gate
    parts = (
        (~is_face, "not a face: nobody asks whose", "muted"),
        (is_face & ~is_near, "a face, nobody enrolled", "second"),
        (is_face & is_near, "a face with a name", "good"),
    )
    marks = [Mark("points", scores[part], distances[part], name, role) for part, name, role in parts]  # type: ignore[arg-type]
    counts = [int(part.sum()) for part, _, _ in parts]
    marks += [
        Mark("line", np.full(2, control.score), np.array([0.2, 1.2]), "detection", "baseline", dash=True),
        Mark("line", np.array([-2.5, 3.0]), np.full(2, control.gate), "recognition", "baseline", dash=True),
    ]
    title = (
        f"Detection keeps {sum(counts[1:])} of {len(scores)} things as faces, recognition names {counts[2]} of those"
    )
    return Chart(title, "Detector's margin", "Distance to the nearest person", tuple(marks), f"{title}.")


@dataclass(frozen=True, slots=True)
class AlignmentControl:
    """How the head was held."""

    roll: Annotated[float, Range(-45.0, 45.0, 1.0), Label("Tilt", unit="degrees")] = 25.0
    scale: Annotated[float, Range(0.4, 1.6, 0.05), Label("Size", "1 is that of an aligned face.")] = 0.7
    turn: Annotated[float, Range(-40.0, 40.0, 1.0), Label("Turn in depth", unit="degrees")] = 0.0


def draw_alignment(control: AlignmentControl) -> Chart:
    """Draw five landmarks before and after alignment; a turn in depth stays."""
    template = make_template()
    seen = tilt_landmarks(template, control.roll, control.scale, control.turn)
    aligned = move_points(seen, find_similarity(seen, template))
    rest = float(np.sqrt(np.mean(np.sum((aligned - template) ** 2, axis=1))))
    title = f"Aligned, the landmarks lie {rest:.1f} pixels from their places"
    if rest < 0.05:  # noqa: PLR2004 — a tenth of a pixel is not seen
        title = "Aligned, tilt and size are gone: every landmark lies in its place"
    marks = tuple(
        Mark("points", points[:, 0], 150 - points[:, 1], name, role, size=size)  # type: ignore[arg-type]
        for points, name, role, size in (
            (seen, "as seen", "bad", 8.0), (template, "where they belong", "baseline", 16.0),
            (aligned, "aligned", "main", 8.0),
        )
    )  # fmt: skip
    span = (0.0, 150.0)
    return Chart(title, "Pixels", "Pixels, upwards", marks, f"{title}.", x_range=span, y_range=span, square=True)


def tilt_landmarks(
    landmarks: NDArray[np.float64], roll: float, scale: float, turn: float, depth: float = DEPTH
) -> NDArray[np.float64]:
    """Tilt, scale and turn five landmarks about their middle, the nose standing out by ``depth`` eye distances.

    Examples
    --------
    A turn of 20 degrees is estimated back from the landmarks it moved:

    >>> from core.vision.face_recognition.quality import measure_pose
    >>> round(measure_pose(tilt_landmarks(make_template(), 0, 1, 20))[0] - measure_pose(make_template())[0])
    20
    """
    middle, angle, tilt = landmarks.mean(axis=0), np.radians(turn), np.radians(roll)
    moved = landmarks - middle
    heights = np.array([0, 0, 0, 0, depth * float(landmarks[0, 0] - landmarks[2, 0])])
    moved[:, 0] = moved[:, 0] * np.cos(angle) + heights * np.sin(angle)
    about = np.array([[np.cos(tilt), np.sin(tilt)], [-np.sin(tilt), np.cos(tilt)]])
    return np.asarray(scale * moved @ about + middle)


@dataclass(frozen=True, slots=True)
class EmbeddingControl:
    """Which simulated people, and the gate."""

    gate: Gate = DEFAULT_GATE
    seed: Annotated[int, Range(0, 20, 1), Label("Draw", "Another 20 simulated people.")] = 0


def draw_embedding(control: EmbeddingControl) -> Chart:
    """Draw distances of pairs of one person and of two."""
    same, other = measure_simulated(control.seed)
    marks = [
        Mark("steps", (EDGES[1:] + EDGES[:-1]) / 2, np.histogram(values, EDGES)[0] / len(values), name, role)  # type: ignore[arg-type]
        for values, name, role in ((same, "one person", "good"), (other, "two people", "bad"))
    ]
    marks.append(Mark("line", np.full(2, control.gate), np.array([0.0, 0.15]), "gate", "baseline", dash=True))
    kept, passed = float((same <= control.gate).mean()), float((other <= control.gate).mean())
    title = f"Within {control.gate:.2f} lie {kept:.1%} of one person's pairs and {passed:.1%} of two people's"
    return Chart(title, "Distance", "Share of pairs", tuple(marks), f"{title}.", y_percent=True)


@dataclass(frozen=True, slots=True)
class TasksControl:
    """How good one comparison is, and how many are enrolled."""

    far: Annotated[float, Range(0.0001, 0.05, None, log=True), Label("False accepts of one comparison")] = 0.001
    n_people: Annotated[int, Range(1, 1_000, 1), Label("People enrolled")] = 200


def draw_tasks(control: TasksControl) -> Chart:
    """Draw how often a stranger gets some name, by how many are enrolled."""
    n = np.unique(np.concatenate([[1, control.n_people], np.linspace(1, 1_000, 60).astype(int)]))
    named = 1 - (1 - control.far) ** n
    at = 1 - (1 - control.far) ** control.n_people
    title = (
        f"One comparison errs in {control.far:.2%}; among {control.n_people:,} people a stranger is named in {at:.0%}"
    )
    marks = (
        Mark("line", n, named, "identification (1 to n)", "bad"),
        Mark("line", n, np.full(len(n), control.far), "verification (1 to 1)", "good"),
        Mark("points", np.array([control.n_people]), np.array([at]), "", "main"),
    )
    return Chart(title, "People enrolled", "Strangers who get a name", marks, f"{title}.", y_percent=True)


@dataclass(frozen=True, slots=True)
class GateControl:
    """Which classifier, behind which gate."""

    method: Annotated[Literal["nearest faces", "support vectors"], Label("Classifier")] = "nearest faces"
    gate: Annotated[float, Range(0.1, 2.0, 0.05), Label("Gate")] = 0.4
    gated: Annotated[bool, Label("With the gate")] = True


def draw_gate(control: GateControl) -> Chart:
    """Draw which places of a plane get which of three names, and which none."""
    centres = np.array([[-0.7, -0.4], [0.7, -0.3], [0.0, 0.8]])
    owner = np.repeat(np.arange(3), 5)
    pictures = centres[owner] + 0.16 * np.random.default_rng(3).normal(size=(15, 2))
    known = make_recogniser(pictures, owner, ("A", "B", "C"), method=control.method, gate=control.gate)
    axis = np.linspace(-2.0, 2.0, 61)
    grid = np.stack(np.meshgrid(axis, axis), axis=-1).reshape(-1, 2)
    chosen, distances = known.rank_faces(grid)
    named = (distances <= control.gate) | (not control.gated)
    regions = np.where(named, chosen + 1, 0).reshape(61, 61)
    marks = [Mark("heatmap", axis, axis, z=regions.astype(np.float64), role="class")]
    marks += [
        Mark("points", pictures[owner == each, 0], pictures[owner == each, 1], name, "class", each + 1)
        for each, name in enumerate(known.names)
    ]
    title = f"With the gate {named.mean():.0%} of the plane has a name, the rest is unknown"
    if not control.gated:
        title = "Without a gate every stranger gets one of the three names"
    return Chart(title, "First number", "Second number", tuple(marks), f"{title}.", square=True)


@dataclass(frozen=True, slots=True)
class RatesControl:
    """The gate, and how many pairs of strangers were compared without one error."""

    gate: Gate = 0.5
    seed: Annotated[int, Range(0, 20, 1), Label("Draw", "Another 20 simulated people.")] = 0


def draw_rates(control: RatesControl) -> Chart:
    """Draw false accepts and false rejects over the gate."""
    same, other = measure_simulated(control.seed)
    gates = np.linspace(0.2, 0.9, 71)
    accepts = (other[None, :] <= gates[:, None]).mean(axis=1)
    rejects = (same[None, :] > gates[:, None]).mean(axis=1)
    far, frr = float((other <= control.gate).mean()), float((same > control.gate).mean())
    title = f"At a gate of {control.gate:.2f} {far:.1%} of strangers pass and {frr:.1%} of the right ones do not"
    marks = (
        Mark("line", gates, accepts, "false accepts (FAR)", "bad"),
        Mark("line", gates, rejects, "false rejects (FRR)", "main"),
        Mark("line", np.full(2, control.gate), np.array([0.0, 1.0]), "gate", "baseline", dash=True),
    )
    return Chart(title, "Gate", "Share of pairs that err", marks, f"{title}.", y_percent=True)


@dataclass(frozen=True, slots=True)
class PromiseControl:
    """What is to be promised."""

    n_pairs: Annotated[int, Range(10, 10_000, None, log=True), Label("Pairs of strangers", "Without an error.")] = 100


def draw_promise(control: PromiseControl) -> Chart:
    """Draw the largest rate of false accepts that no error in n independent pairs still allows."""
    n = np.unique(np.geomspace(10, 10_000, 60).astype(int))
    upper = 1 - 0.05 ** (1 / n)
    at = 1 - 0.05 ** (1 / control.n_pairs)
    title = f"{control.n_pairs:,} pairs without an error allow to promise {at:.2%} false accepts, not 0"
    marks = (
        Mark("line", n, upper, "may still be, 95% sure"),
        Mark("line", n, np.minimum(3 / n, 1.0), "rule of three, 3 / n", "baseline", dash=True),
        Mark("points", np.array([control.n_pairs]), np.array([at]), "", "second"),
    )
    return Chart(title, "Independent pairs", "False accepts", marks, f"{title}.", x_log=True, y_log=True)
