"""Signals that a living face is before the camera: what every check returns, tasks drawn by lot, and the turn.

Each is a signal with what it measured, never proof: a film of the person, a mask or a computed face passes. A task
drawn by lot, to be done within seconds, is harder to answer from a recording than one known beforehand. A turn moves
the base of the nose, which lies before the line of the eyes, sideways between them; a flat picture moves both alike.

Method: a challenge and its answer, as for blinks in Pan, Sun, Wu, Lao, "Eyeblink-based anti-spoofing in face
recognition from a generic webcamera", 2007, https://doi.org/10.1109/ICCV.2007.4409068; the turn is ``quality``'s yaw.

Left out: trained detectors of attacks, depth cameras and infrared light, which banks use and a webcam lacks; blinks
(``blink``); marks of print and screen (``print_check``); all of them together (``liveness``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from core.hub.errors import DataError
from core.vision.face_recognition.quality import measure_pose
from core.vision.face_recognition.types import Face, Pixels

Task = Literal["blink", "turn left", "turn right"]
TASKS: tuple[Task, ...] = ("blink", "turn left", "turn right")
SpeaksFor = Literal["a living face", "a picture", "neither"]
MIN_TURN = 15.0
"""Degrees; a photograph slanted by 40 degrees to one side seems to turn by up to 11, through perspective, and one
slanted both ways by up to 42, through shear: that is why ``liveness`` counts a turn only with depth."""
MAX_JUMP = 0.7
"""Largest share of a turn between two observations: another photograph held up turns in one jump."""
FEWEST, LONGEST_GAP_S = 6, 0.4
"""Fewer observations, or further apart, can miss a blink altogether."""
ANSWER_S = 5.0
TURN_LIMITS = "A film of the person turning, or a bent photograph, turns too; a short nose turns less than it did."


@dataclass(frozen=True, slots=True, eq=False)
class Observation:
    """One look at the face.

    Parameters
    ----------
    time_s : float
        On a clock that never goes back.
    face : Face
        With its landmarks in the whole picture.
    chip : array of uint8, shape (150, 150, 3)
        The aligned face.
    """

    time_s: float
    face: Face
    chip: Pixels


@dataclass(frozen=True, slots=True)
class Signal:
    """What one check measured and how much it says.

    Parameters
    ----------
    name : str
        Which check.
    speaks_for : {"a living face", "a picture", "neither"}
        ``neither`` where too little was seen, or where what was found says nothing.
    value, threshold : float
        What was measured and where the check turns, in ``unit``.
    measured : str
        The same in one sentence.
    limits : str
        What fools it, in one sentence.
    """

    name: str
    speaks_for: SpeaksFor
    value: float
    threshold: float
    unit: str
    measured: str
    limits: str


@dataclass(frozen=True, slots=True)
class Challenge:
    """A task that was asked for and by when it must be done; left and right are the person's own."""

    task: Task
    asked_s: float
    until_s: float

    @property
    def text(self) -> str:
        """What to say to the person."""
        if self.task == "blink":
            return "Close both eyes for a moment and open them again."
        return f"Turn your head to your {self.task.removeprefix('turn ')} and look back."


def make_challenge(now_s: float, seed: int, answer_s: float = ANSWER_S) -> Challenge:
    """Draw a task by lot, to be done from now on.

    Examples
    --------
    >>> make_challenge(10.0, seed=1).text, make_challenge(10.0, seed=1).until_s
    ('Turn your head to your left and look back.', 15.0)
    """
    task = TASKS[int(np.random.default_rng(seed).integers(len(TASKS)))]
    return Challenge(task, now_s, now_s + answer_s)


def measure_turns(observations: Sequence[Observation]) -> NDArray[np.float64]:
    """Estimate the head's turn over time in degrees, shape (n,); above 0 to the person's own left."""
    return np.array([measure_pose(each.face.landmarks)[0] for each in observations])


def check_turn(observations: Sequence[Observation], challenge: Challenge) -> Signal:
    """Look for a turn of the head to the side that was asked for.

    Parameters
    ----------
    observations : sequence of Observation
        Of one face, rising in time, from a little before the challenge on.
    challenge : Challenge

    Returns
    -------
    Signal
        ``value`` is the largest turn to that side, in degrees from where the head was when it was asked.
    """
    gap = find_gap(observations)
    if gap:
        return Signal("turn", "neither", 0.0, MIN_TURN, "degrees", gap, TURN_LIMITS)
    times = np.array([each.time_s for each in observations])
    side = -1 if challenge.task == "turn right" else 1
    turns = side * measure_turns(observations)
    before = times <= challenge.asked_s
    start = float(np.median(turns[before])) if before.any() else float(turns[0])
    asked = (times >= challenge.asked_s) & (times <= challenge.until_s)
    turned = float(np.max(turns[asked] - start, initial=0.0))
    jump = float(np.max(np.diff(turns, prepend=turns[0])[asked], initial=0.0))
    found = turned >= MIN_TURN and jump <= MAX_JUMP * turned
    said = f"turned by {turned:.0f} degrees to the side that was asked"
    how = ", in one jump" if turned >= MIN_TURN and not found else ""
    measured = f"The nose {said}{how}; {MIN_TURN:.0f} are needed."
    speaks: SpeaksFor = "a living face" if found else "a picture"
    return Signal("turn", speaks, turned, MIN_TURN, "degrees", measured, TURN_LIMITS)


def find_gap(observations: Sequence[Observation]) -> str:
    """Say why the observations are too few to tell, or nothing."""
    if len(observations) < FEWEST:
        return f"The face was seen {len(observations)} times; {FEWEST} are needed."
    steps = np.diff([each.time_s for each in observations])
    if steps.min() < 0:
        message = "the observations are not in order of time; sort them"
        raise DataError(message)
    if float(np.median(steps)) > LONGEST_GAP_S:
        return f"The face was seen every {np.median(steps):.1f} s; a blink is missed beyond {LONGEST_GAP_S} s."
    return ""
