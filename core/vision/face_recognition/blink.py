"""A blink that was asked for: both eyes close and open again while the rest of the face stays.

The eyes are taken from the aligned face between the corners that the landmarks give. Across an open eye light changes
from white to iris and back; across a closed lid it hardly does. How much it changes from left to right, beside the
light of the cheek, is the eye's detail; shadows and the line of the lashes run along and do not count. Comparing with
the face's own usual detail leaves out what eyes it has, comparing with nose and mouth leaves out what motion blurred.

Method: a closing eye in a sequence, as in Pan et al., 2007, https://doi.org/10.1109/ICCV.2007.4409068; the eye's
outline, which others measure, needs more landmarks than five. Of 400 photographs of 40 people (ORL), about half of the
24 with the least detail show closed eyes, which how dark the eyes are did not find; behind glasses one was missed.

Left out: counting blinks that nobody asked for, which a camera of few frames a second misses.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from core.hub.errors import DataError
from core.vision.face_recognition.alignment import CHIP_SIZE, make_template
from core.vision.face_recognition.signals import Challenge, Observation, Signal, find_gap
from core.vision.face_recognition.types import Pixels

CLOSED, OPEN = 0.65, 0.8
"""Eyes are closed below and open above these shares of their own usual detail."""
SMOOTHING_PX = 1.2
"""Standard deviation that takes the camera's noise off and leaves an iris, which is 9 pixels wide."""
MIN_FACE_LIKENESS, MIN_FACE_DETAIL = 0.6, 0.75
"""Nose and mouth beside their usual look: a hand before the face is below the first, a blurred face the second."""
MAX_BLINK_S = 1.5
BLINK_LIMITS = "A film of the person, a picture with moving lids or a mask with holes blinks too; glasses may hide it."


def measure_openness(chip: Pixels) -> tuple[float, float]:
    """Measure how much light changes across each eye, the eye on the picture's left first.

    Parameters
    ----------
    chip : array of uint8, shape (150, 150, 3)
        An aligned face.

    Returns
    -------
    (left, right) : float
        Mean change from one pixel to the next, as a share of the cheek's light; 0.02 to 0.1 for open eyes. It only
        compares with the same face's own.
    """
    grey = _make_grey(chip)
    template = make_template()
    return _measure_eye(grey, template[2:4]), _measure_eye(grey, template[0:2])


def _make_grey(chip: Pixels) -> NDArray[np.float64]:
    """Average the colours of an aligned face and smooth its noise away."""
    import cv2

    if chip.shape != (CHIP_SIZE, CHIP_SIZE, 3):
        message = f"an aligned face has shape {chip.shape}; it must be ({CHIP_SIZE}, {CHIP_SIZE}, 3)"
        raise DataError(message)
    grey = np.asarray(chip, dtype=np.float64).mean(axis=2)
    return np.asarray(cv2.GaussianBlur(grey, (0, 0), SMOOTHING_PX), dtype=np.float64)


def _measure_eye(grey: NDArray[np.float64], corners: NDArray[np.float64]) -> float:
    """Measure the change of light between two eye corners beside the cheek below."""
    x, y = corners.mean(axis=0).round().astype(int)
    half = round(float(np.abs(corners[0, 0] - corners[1, 0])) / 2)
    cheek = float(np.median(grey[y + 18 : y + 28, x - half : x + half + 1]))
    return _measure_detail(grey[y - 4 : y + 5, x - half : x + half + 1]) / max(cheek, 1.0)


def _measure_detail(grey: NDArray[np.float64]) -> float:
    """Measure the mean change from one pixel to the next in a row."""
    return float(np.abs(np.diff(grey, axis=1)).mean())


def measure_eyes(observations: Sequence[Observation]) -> NDArray[np.float64]:
    """Measure both eyes over time as shares of how open they usually are, shape (n, 2).

    Usual is the 80th percentile: eyes are open most of the time, and an outlier should not count.
    """
    openness = np.array([measure_openness(each.chip) for each in observations])
    return np.asarray(openness / np.maximum(np.quantile(openness, 0.8, axis=0), 1e-6))


def check_blink(observations: Sequence[Observation], challenge: Challenge) -> Signal:
    """Look for both eyes closing and opening again after it was asked for.

    Parameters
    ----------
    observations : sequence of Observation
        Of one face, rising in time, from a little before the challenge on.
    challenge : Challenge

    Returns
    -------
    Signal
        ``value`` is the deepest drop of the eyes' detail, a share 0–1.
    """
    gap = find_gap(observations)
    if gap:
        return Signal("blink", "neither", 0.0, 1 - CLOSED, "share", gap, BLINK_LIMITS)
    eyes = measure_eyes(observations) / np.minimum(_measure_rest(observations), 1.0)[:, None]
    times = np.array([each.time_s for each in observations])
    steady = _find_steady(observations)
    asked = (times >= challenge.asked_s) & (times <= challenge.until_s)
    drop = float(1 - eyes.max(axis=1)[asked & steady].min(initial=1.0))
    found = any(_is_blink(run, eyes, times, steady & asked) for run in _find_runs(eyes.max(axis=1) < CLOSED))
    said = "closed and opened again" if found else "did not close and open again"
    measured = f"Both eyes {said} after it was asked; their detail fell by up to {drop:.0%}."
    return Signal("blink", "a living face" if found else "a picture", drop, 1 - CLOSED, "share", measured, BLINK_LIMITS)


def _is_blink(
    run: tuple[int, int], eyes: NDArray[np.float64], times: NDArray[np.float64], seen: NDArray[np.bool_]
) -> bool:
    """Tell whether a run of closed eyes is short, in time, of an uncovered face, and between open eyes."""
    start, end = run
    if start == 0 or end == len(times):
        return False
    before, after = eyes[max(start - 2, 0) : start], eyes[end : end + 2]
    opened = before.max(axis=0).min() >= OPEN and after.max(axis=0).min() >= OPEN
    return bool(opened and seen[start:end].all() and times[end] - times[start - 1] <= MAX_BLINK_S)


def _find_runs(closed: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """List the runs of True as (start, end), the end outside."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], closed, [False]]).astype(int)))
    return [(int(start), int(end)) for start, end in edges.reshape(-1, 2)]


def _find_steady(observations: Sequence[Observation]) -> NDArray[np.bool_]:
    """Tell in which looks nose and mouth are there and as sharp as usual, shape (n,)."""
    parts = [_make_grey(each.chip)[65:125, 40:110] for each in observations]
    rest = np.stack([part.ravel() for part in parts])
    usual = np.median(rest, axis=0)
    rest, usual = rest - rest.mean(axis=1, keepdims=True), usual - usual.mean()
    lengths = np.linalg.norm(rest, axis=1) * np.linalg.norm(usual)
    alike = rest @ usual / np.maximum(lengths, 1e-9) >= MIN_FACE_LIKENESS
    return np.asarray(alike & (_measure_rest(observations) >= MIN_FACE_DETAIL))


def _measure_rest(observations: Sequence[Observation]) -> NDArray[np.float64]:
    """Measure the detail of nose and mouth as a share of the usual, shape (n,): what blurs the face blurs the eyes."""
    parts = [_make_grey(each.chip)[65:125, 40:110] for each in observations]
    detail = np.array([_measure_detail(part) / max(float(part.mean()), 1.0) for part in parts])
    return np.asarray(detail / max(float(np.median(detail)), 1e-9))
