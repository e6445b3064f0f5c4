"""All checks of a living face together: the task that was asked for, grid, glare and depth.

Left out: a verdict. None of the signals is proof, nor are all of them; whoever needs proof asks a person to come.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from core.vision.face_recognition.blink import check_blink
from core.vision.face_recognition.print_check import check_depth, check_glare, check_grid
from core.vision.face_recognition.signals import Challenge, Observation, Signal, check_turn


def check_challenge(observations: Sequence[Observation], challenge: Challenge) -> Signal:
    """Check whichever task was asked for; a turn counts only where the face moved with depth.

    A flat photograph slanted both ways is sheared, which moves the nose between the eyes as a turn does.
    """
    if challenge.task == "blink":
        return check_blink(observations, challenge)
    turn = check_turn(observations, challenge)
    if turn.speaks_for != "a living face" or check_depth(observations).speaks_for == "a living face":
        return turn
    measured = f"{turn.measured} But nothing shows depth, and a photograph slanted both ways seems to turn too."
    return replace(turn, speaks_for="neither", measured=measured)


def collect_signals(observations: Sequence[Observation], challenge: Challenge) -> tuple[Signal, ...]:
    """Check the answer to a challenge, grid, glare and depth, in this order.

    Parameters
    ----------
    observations : sequence of Observation
        Of one face, rising in time; all of them are let go with the list, nothing is kept.
    challenge : Challenge
    """
    chips = [each.chip for each in observations]
    return check_challenge(observations, challenge), check_grid(chips), check_glare(chips), check_depth(observations)


def sum_up(signals: Sequence[Signal]) -> str:
    """Say in a sentence what the signals speak for; none of them, nor all together, is proof.

    Examples
    --------
    >>> sum_up([check_glare([])])
    '0 signals speak for a living face, 0 for a picture, 1 for neither; signals, not proof.'
    """
    living, picture, neither = (
        sum(each.speaks_for == side for each in signals) for side in ("a living face", "a picture", "neither")
    )
    said = f"{living} signals speak for a living face, {picture} for a picture, {neither} for neither"
    return f"{said}; signals, not proof."
