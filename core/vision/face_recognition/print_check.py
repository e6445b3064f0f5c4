"""Marks of a picture of a face: a grid of dots or pixels, glare, and motion as of a flat thing.

Each is a signal, not proof. A good print far away shows no grid; a face in the sun has glare; a film of a turning head
moves as a head does.

Method: a printed or shown picture repeats a fine pattern, which is a lone peak in the spectrum beside what lies around
it; a glossy one throws a white blot; between two views of a flat thing, and only of a flat thing, lies a homography
(Hartley, Zisserman, "Multiple View Geometry", 2004, chapter 13), so what it cannot explain of the motion is depth.
Points are followed by optical flow (``tracking``).

Left out: trained detectors, colour of inks and of screens, the frame of a telephone around the face.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.vision.face_recognition.alignment import find_similarity, make_template, move_points
from core.vision.face_recognition.signals import Observation, Signal, SpeaksFor
from core.vision.face_recognition.tracking import follow_points, make_grey
from core.vision.face_recognition.types import Pixels

GRID_DB = 20.0
"""Decibels above its surroundings: 406 photographs of 42 people have 10 to 16, with dots of 3% contrast 24 to 34."""
LOWEST_FREQUENCY, HIGHEST_FREQUENCY = 0.15, 0.48
"""Cycles a pixel: below, a face has patterns of its own; above, there is little but noise."""
AROUND = 5
"""Half the side of a peak's surroundings in the spectrum."""
WHITE, GLARE_SHARE = 250, 0.03
LEAST_MOTION_PX = 3.5
"""Motion within the aligned face below which a flat thing and a head cannot be told apart: points are followed to about
half a pixel, so photographs moved by hand had up to 0.66 of 1 to 3 pixels of motion; heads move so from 25 degrees."""
FLAT_SHARE, DEPTH_SHARE = 0.22, 0.27
"""Two portraits turned by 15 to 40 degrees: flat ones stay below 0.22, heads with depth above 0.27."""
MOST_LOOKS, MOST_POINTS, FEWEST_POINTS = 12, 120, 20
GRID_LIMITS = "A sharp print, a fine screen or a camera out of focus shows no grid; checked cloth or hair may show one."
GLARE_LIMITS = "Glasses, sweat and sunlight shine as well; a matt print does not."
DEPTH_LIMITS = "A film of a turning head, a mask or a bent photograph moves with depth; a grimace moves too."


def measure_grid(chip: Pixels) -> float:
    """Measure the loneliest peak of a picture's spectrum, in decibels above the median around it.

    Parameters
    ----------
    chip : array of uint8, shape (n, n, 3)

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> noise = rng.integers(100, 150, size=(150, 150, 1))
    >>> stripes = 10 * np.sin(2 * np.pi * np.arange(150) / 3.1)[None, :, None]
    >>> [round(measure_grid(np.repeat(each, 3, 2).astype(np.uint8))) for each in (noise, noise + stripes)]
    [11, 32]
    """
    grey = np.asarray(chip, dtype=np.float64).mean(axis=2)
    # Without fading out the borders, their jump from edge to edge would be a cross of false frequencies.
    window = np.hanning(len(grey))
    power = np.abs(np.fft.fft2((grey - grey.mean()) * np.outer(window, window))) ** 2
    frequency = np.fft.fftfreq(len(grey))
    radius = np.hypot(*np.meshgrid(frequency, frequency))
    levels = 10 * np.log10(power + 1e-3)
    # An edge is a streak and lifts its neighbours with it; a grid is alone.
    side = 2 * AROUND + 1
    around = np.lib.stride_tricks.sliding_window_view(np.pad(levels, AROUND, mode="wrap"), (side, side))
    half = slice(0, len(grey) // 2 + 1)  # the other half mirrors it
    lone = levels[half] - np.median(around[half], axis=(2, 3))
    ring = (radius[half] >= LOWEST_FREQUENCY) & (radius[half] <= HIGHEST_FREQUENCY)
    return float(lone[ring].max())


def check_grid(chips: Sequence[Pixels]) -> Signal:
    """Look for the dots of a print or the pixels of a screen, in the median of up to five looks."""
    places = np.unique(np.linspace(0, len(chips) - 1, min(5, len(chips))).astype(int)).tolist()
    value = float(np.median([measure_grid(chips[place]) for place in places])) if places else 0.0
    found = value >= GRID_DB
    what = "A fine regular pattern stands out" if found else "No regular pattern stands out"
    measured = f"{what}: its peak is {value:.0f} dB above its surroundings, {GRID_DB:.0f} is the limit."
    return Signal("grid", "a picture" if found else "neither", value, GRID_DB, "dB", measured, GRID_LIMITS)


def measure_glare(chip: Pixels) -> float:
    """Measure the largest white blot on the middle of an aligned face, as a share 0–1 of it."""
    import cv2

    edge = len(chip) // 5
    white = (chip[edge:-edge, edge:-edge].min(axis=2) >= WHITE).astype(np.uint8)
    found: Any = cv2.connectedComponentsWithStats(white, connectivity=4)
    areas = np.asarray(found[2])[1:, 4]  # the first is the ground
    return float(areas.max(initial=0) / white.size)


def check_glare(chips: Sequence[Pixels]) -> Signal:
    """Look for the white blot of a glossy surface, the largest in any look."""
    value = max((measure_glare(chip) for chip in chips), default=0.0)
    found = value >= GLARE_SHARE
    measured = f"The largest white blot covers {value:.1%} of the face's middle, {GLARE_SHARE:.0%} is the limit."
    return Signal("glare", "a picture" if found else "neither", value, GLARE_SHARE, "share", measured, GLARE_LIMITS)


def check_depth(observations: Sequence[Observation]) -> Signal:
    """Ask whether the face moved as a flat thing: how much of its motion no homography explains.

    Parameters
    ----------
    observations : sequence of Observation
        Of one face, rising in time, with some movement: a turn, or the picture tilted.

    Returns
    -------
    Signal
        ``value`` is the share of the motion, within the aligned face, that a flat thing cannot make.
    """
    pair = follow_motion(observations)
    if pair is None:
        return _say_depth("neither", 0.0, "Too few points of the face could be followed.")
    start, end = pair
    motion = float(np.sqrt(np.mean(np.sum((end - start) ** 2, axis=1))))
    if motion < LEAST_MOTION_PX:
        said = f"The face moved by {motion:.1f} pixels beside turning and nearing in the plane"
        return _say_depth("neither", 0.0, f"{said}; {LEAST_MOTION_PX} are needed to tell.")
    share = measure_depth(start, end)
    said = f"A flat picture cannot make {share:.0%} of the motion of {len(start)} points"
    limits = f"at most {FLAT_SHARE:.0%} is flat, from {DEPTH_SHARE:.0%} on it has depth"
    return _say_depth(_judge_depth(share), share, f"{said}; {limits}.")


def _judge_depth(share: float) -> SpeaksFor:
    """Say what a share of motion that is not flat speaks for; between the limits it says nothing."""
    if share >= DEPTH_SHARE:
        return "a living face"
    return "a picture" if share <= FLAT_SHARE else "neither"


def _say_depth(speaks_for: SpeaksFor, value: float, measured: str) -> Signal:
    """Put the depth signal into words."""
    return Signal("depth", speaks_for, value, DEPTH_SHARE, "share", measured, DEPTH_LIMITS)


def measure_depth(start: NDArray[np.float64], end: NDArray[np.float64]) -> float:
    """Measure the share of a motion that no homography explains, 0 for a flat thing.

    Parameters
    ----------
    start, end : array of shape (n, 2)
        The same points before and after, in pixels; at least four.

    Examples
    --------
    >>> square = np.array([[0.0, 0], [9, 0], [9, 9], [0, 9], [4, 5], [2, 7]])
    >>> round(measure_depth(square, square @ [[0.8, 0.1], [0.0, 1.1]] + 3), 3)
    0.0
    """
    import cv2

    # The homography of least median error: a few points that were lost do not bend it.
    plane: Any = cv2.findHomography(start, end, cv2.LMEDS)[0]
    motion = np.sqrt(np.mean(np.sum((end - start) ** 2, axis=1)))
    if plane is None or motion == 0:
        return 0.0
    flat = cv2.perspectiveTransform(start[None], np.asarray(plane))[0]
    rest = np.linalg.norm(np.asarray(flat) - end, axis=1)
    # Up to the 90th percentile, as a lost point may lie anywhere.
    kept = rest[rest <= np.quantile(rest, 0.9)]
    return float(np.sqrt(np.mean(kept**2)) / motion)


def follow_motion(
    observations: Sequence[Observation],
) -> tuple[NDArray[np.float64], NDArray[np.float64]] | None:
    """Follow points of the aligned face from the first look to that where its shape changed most.

    Returns
    -------
    (start, end) : arrays of shape (n, 2), or None
        Places in the first and the last aligned face; None if fewer than 20 points were kept.
    """
    import cv2

    if len(observations) < 2:  # noqa: PLR2004 — motion needs two looks
        return None
    greys = [make_grey(each.chip) for each in _choose_way(observations)]
    mask, size = np.zeros_like(greys[0]), len(greys[0])
    middle, axes = (size // 2, round(0.47 * size)), (round(0.34 * size), round(0.4 * size))
    cv2.ellipse(mask, middle, axes, 0, 0, 360, 255, -1)
    found: Any = cv2.goodFeaturesToTrack(greys[0], MOST_POINTS, 0.005, 4, mask=mask)
    if found is None:
        return None
    start = np.asarray(found, dtype=np.float64)[:, 0]
    kept, points = np.ones(len(start), dtype=bool), start
    for before, after in pairwise(greys):
        points, stayed = follow_points(before, after, points)
        kept &= stayed
    return (start[kept], points[kept]) if int(kept.sum()) >= FEWEST_POINTS else None


def _choose_way(observations: Sequence[Observation]) -> list[Observation]:
    """Choose up to twelve looks from the first to that whose landmarks, aligned, differ most from it."""
    shapes = np.stack([_align_landmarks(each) for each in observations])
    change = np.linalg.norm(shapes - shapes[0], axis=(1, 2))
    last = max(int(change.argmax()), 1)
    places = np.unique(np.linspace(0, last, min(MOST_LOOKS, last + 1)).astype(int))
    return [observations[place] for place in places]


def _align_landmarks(observation: Observation) -> NDArray[np.float64]:
    """Bring landmarks to where alignment puts them, shape (5, 2)."""
    landmarks = observation.face.landmarks
    return move_points(landmarks, find_similarity(landmarks, make_template()))
