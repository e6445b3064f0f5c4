"""Charts of the page: distances to those enrolled, the film of a learning head, its trial, and signals over time.

Left out: the error curve of a gallery (``thresholds``); figures of the lessons (``figures``).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from core.hub.charts import Chart, Mark
from core.vision.face_recognition.blink import CLOSED, measure_eyes
from core.vision.face_recognition.film import Film
from core.vision.face_recognition.signals import MIN_TURN, Challenge, Observation, measure_turns
from core.vision.face_recognition.types import DEFAULT_GATE

if TYPE_CHECKING:
    from core.vision.face_recognition.head_trial import HeadTrial

_EYES = ((0, "eye on the left", "main"), (1, "eye on the right", "second"))
N_COLOURS = 7
"""Colours of the palette that can be told apart; more people repeat them and are told apart by hovering."""


def distances_chart(names: Sequence[str], distances: Sequence[float], gate: float = DEFAULT_GATE) -> Chart:
    """Draw how far a face is from each person enrolled, the nearest first, and where a name begins.

    Parameters
    ----------
    names : sequence of str
        At least one.
    distances : sequence of float
        To the nearest picture of each.
    gate : float
        The greatest distance at which a name is given.
    """
    order = np.argsort(distances, kind="stable")
    shown, values = np.array(names, dtype=object)[order], np.asarray(distances, dtype=np.float64)[order]
    inside = int((values <= gate).sum())
    nearest = f"{shown[0]} is nearest, {values[0]:.2f} away"
    title = f"{nearest}: inside the gate of {gate:.2f}" if inside else f"{nearest}: beyond the gate, so unknown"
    marks = (
        *(
            Mark("bars", shown[part], values[part], name, role)  # type: ignore[arg-type]
            for part, name, role in ((slice(inside), "inside", "good"), (slice(inside, None), "beyond", "muted"))
            if len(shown[part])
        ),
        Mark("line", shown, np.full(len(shown), gate), "gate", "baseline", dash=True),
    )
    return Chart(title, "Person", "Distance to the nearest picture", marks, f"{title}.")


def film_chart(film: Film, frame: int, names: Sequence[str] = ()) -> Chart:
    """Draw where every picture lies at one frame of a film; axes stay, so that movement is seen.

    Parameters
    ----------
    film : Film
    frame : int
        Its place, 0 to ``len(film.steps) - 1``.
    names : sequence of str
        Of the people, by number; left out, they are numbered from 1.
    """
    moment, places = film.moments[frame], film.places[frame]
    marks = []
    for place, person in enumerate(np.unique(film.people)):
        own = film.people == person
        name = names[person] if person < len(names) else f"person {person + 1}"
        shown = name if len(np.unique(film.people)) <= N_COLOURS else ""
        marks.append(
            Mark(
                "points", places[own, 0], places[own, 1], shown, "class", place % N_COLOURS,
                text=(name,) * int(own.sum()),
            )
        )  # fmt: skip
    broken = (moment.hardness.hard + moment.hardness.semi_hard) / max(moment.hardness.total, 1)
    title = f"After {moment.step} steps {broken:.2%} of the triplets lack their margin"
    reach = 1.05 * float(np.abs(film.places).max())
    shares = f"The plane shows {film.kept_share:.0%} of the last frame's spread."
    span = (-reach, reach)
    return Chart(
        title, "First direction", "Second direction", tuple(marks), f"{title}. {shares}",
        x_range=span, y_range=span, square=True,
    )  # fmt: skip


def loss_chart(film: Film, frame: int = -1) -> Chart:
    """Draw the loss of the triplets learnt from over the steps, and the frame that is shown."""
    steps = np.array(film.steps)
    losses = np.array([moment.loss for moment in film.moments])
    title = f"The loss goes from {losses[0]:.3f} to {losses[-1]:.3f} in {steps[-1]} steps"
    marks = (
        Mark("line", steps, losses, "mean loss of the triplets mined"),
        Mark("points", steps[[frame]], losses[[frame]], "frame shown", "second"),
    )
    return Chart(title, "Step", "Triplet loss", marks, f"{title}.")


def hardness_chart(film: Film, frame: int = -1) -> Chart:
    """Draw how many triplets are still hard or semi-hard over the steps."""
    steps = np.array(film.steps)
    total = max(film.moments[0].hardness.total, 1)
    hard, semi = (np.array([getattr(each.hardness, kind) for each in film.moments]) for kind in ("hard", "semi_hard"))
    found = film.moments[frame].hardness
    title = f"Of {total:,} triplets {found.hard:,} are hard and {found.semi_hard:,} semi-hard"
    title += f" after {film.moments[frame].step} steps"
    marks = (
        Mark("line", steps, hard / total, "hard", "bad"),
        Mark("line", steps, semi / total, "semi-hard", "second"),
        Mark("points", steps[[frame]], (hard / total)[[frame]], "frame shown", "main"),
    )
    return Chart(title, "Step", "Share of all triplets", marks, f"{title}.", y_percent=True)


def trial_chart(trial: HeadTrial) -> Chart:
    """Draw what the head changes in mix-ups against the plain distance, with its interval over people."""
    rows = [each for each in (trial.new_people, trial.new_pictures) if each is not None]
    names = np.array([each.scored for each in rows], dtype=object)
    gap, low, high = (np.array([getattr(each, part) for each in rows]) for part in ("difference", "low", "high"))
    marks = (
        Mark("points", names, gap, "head less plain distance", low=np.minimum(low, gap), high=np.maximum(high, gap)),
        Mark("line", names, np.zeros(len(names)), "plain distance", "baseline", dash=True),
    )
    said = {
        "better": "the head is better than the plain distance",
        "worse": "the plain distance is better than the head",
        "no difference shown": "no difference to the plain distance is shown",
        "too few people": "there are too few people to tell",
    }
    title = f"On people it has never seen {said[trial.new_people.verdict]}"
    return Chart(title, "Scored on", "Change in mix-ups (below 0 is better)", marks, trial.sentence, y_percent=True)


def signal_chart(observations: Sequence[Observation], challenge: Challenge) -> Chart:
    """Draw what the eyes or the head did over time, and when it was asked for.

    Parameters
    ----------
    observations : sequence of Observation
        At least one, rising in time.
    challenge : Challenge
        Its task decides what is drawn.
    """
    seconds = np.array([each.time_s for each in observations]) - challenge.asked_s
    window = np.array([0.0, challenge.until_s - challenge.asked_s])
    if challenge.task == "blink":
        eyes = measure_eyes(observations)
        curves = [Mark("line", seconds, eyes[:, side], name, role) for side, name, role in _EYES]  # type: ignore[arg-type]
        lowest = float(eyes.max(axis=1).min())
        title = f"Both eyes together fall to {lowest:.0%} of their usual detail"
        limit, label, percent = CLOSED, "Detail of the eye, of its usual", True
    else:
        side = -1.0 if challenge.task == "turn right" else 1.0
        turns = side * measure_turns(observations)
        curves = [Mark("line", seconds, turns, "head")]
        title = f"The head turns by up to {turns.max() - turns[0]:.0f}° to the side that was asked"
        limit, label, percent = float(turns[0]) + MIN_TURN, "Turn to the side asked, in degrees", False
    limits = Mark("line", window, np.full(2, limit), "needed while asked", "baseline", dash=True)
    return Chart(title, "Seconds since it was asked", label, (*curves, limits), f"{title}.", y_percent=percent)
