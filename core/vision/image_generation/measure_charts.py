"""Charts of the measures, framework-free, and sheets of pictures side by side.

Left out: drawing (``pages.kit.charts``) and the measures themselves.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from core.evaluation.intervals import wilson_interval
from core.hub.charts import Chart, Mark
from core.hub.contract import Scores
from core.vision.image_generation.collapse import Alarm, Limits
from core.vision.image_generation.fidelity import Fidelity
from core.vision.image_generation.latents import Strip, measure_smoothness
from core.vision.image_generation.memorising import Memorising

N_BINS = 40
GOAL_RATIO = 3.0
GAP = 2


def draw_distances(found: Memorising) -> Chart:
    """Draw how near samples and test pictures come to training pictures, as shares of each."""
    top = float(max(found.distances.max(), np.percentile(found.own, 99.5)))
    edges = np.linspace(0.0, max(top, np.finfo(np.float64).tiny), N_BINS + 1)
    middles = (edges[1:] + edges[:-1]) / 2
    shares = {name: np.histogram(values, edges)[0] / len(values)
              for name, values in (("test pictures", found.own), ("samples", found.distances))}  # fmt: skip
    highest = max(float(values.max()) for values in shares.values())
    marks = (
        Mark("steps", middles, shares["test pictures"], "test pictures", "baseline"),
        Mark("steps", middles, shares["samples"], "samples"),
        Mark(
            "line", np.full(2, found.limit), np.array([0.0, highest]), "first percentile of test pictures", "bad",
            dash=True,
        ),
    )  # fmt: skip
    title = "Samples come nearer to training pictures than test pictures do" if found.memorised else (
        "Samples keep as far from training pictures as test pictures do"
    )  # fmt: skip
    return Chart(
        title, f"Distance to the nearest training picture in {found.space}", "Share", marks, alt=found.sentence,
        y_percent=True,
    )  # fmt: skip


def draw_extrapolation(sizes: NDArray[np.integer], distances: NDArray[np.float64], endless: float) -> Chart:
    """Draw the distance against one over the sample size, with the line to an endless sample."""
    x = 1 / np.asarray(sizes, dtype=np.float64)
    slope = np.polyfit(x, distances, 1)[0]
    ends = np.array([0.0, x.max()])
    title = f"{int(np.max(sizes)):,} pictures show {np.min(distances):.2f}; an endless sample would show {endless:.2f}"
    marks = (
        Mark("points", x, np.asarray(distances), "measured", text=tuple(f"{n:,} pictures" for n in sizes)),
        Mark("line", ends, endless + slope * ends, "line in 1/n", "muted", dash=True),
    )
    return Chart(title, "1 / pictures", "Squared Fréchet distance", marks, alt=f"{title}.")


def draw_fidelity(found: Fidelity, classes: Sequence[str]) -> Chart:
    """Draw how often each class was met when it was asked for."""
    counts, right = found.confusion.sum(axis=1), np.diag(found.confusion)
    asked = np.flatnonzero(counts)
    spans = np.array([wilson_interval(int(right[place]), int(counts[place])) for place in asked])
    names = np.array([classes[int(place)] for place in asked])
    marks = (
        Mark("bars", names, found.by_class[asked], "", low=spans[:, 0], high=spans[:, 1]),
        Mark("line", names, np.full(len(names), found.share[0]), "all classes", "baseline", dash=True),
    )
    title = f"{found.share[0]:.1%} of samples show what was asked for; {classes[found.worst]} is hardest"
    return Chart(title, "", "Share seen as asked", marks, alt=f"{title}.", y_percent=True, y_range=(0.0, 1.0))


def draw_variety(alarm: Alarm, limits: Limits) -> Chart:
    """Draw diversity and samples without a twin beside the alarm's limits; lower is worse for both."""
    names = np.array(["diversity of the poorest class", "samples without a twin"])
    values = np.array([alarm.variety.diversity, 1 - alarm.variety.twins])
    marks = (
        Mark("bars", names, values, "samples", "bad" if alarm.rings else "main"),
        Mark(
            "points", names, np.array([limits.diversity, 1 - limits.twins]), "alarm below this", "baseline", size=12.0
        ),
    )
    title = "Mode collapse: the alarm rings" if alarm.rings else "The samples are varied: the alarm is silent"
    return Chart(title, "", "Share of real pictures' variety", marks, alt=alarm.sentence, y_percent=True)


def draw_path(strip: Strip) -> Chart:
    """Draw how far each picture of a walk is from its nearest real one, and from the picture before it."""
    places = np.arange(len(strip.images), dtype=np.float64)
    steps = measure_smoothness(strip.images)
    marks = [Mark("line", places, strip.distances, "to the nearest real picture")]
    if len(steps):
        marks.append(Mark("line", places[1:], steps, "to the frame before", "second"))
    ratio = float(np.median(steps) / max(np.median(strip.distances), 1e-9)) if len(steps) else 0.0
    title = f"A step along the path changes a picture by {ratio:.0%} of its distance to a real one"
    return Chart(title, "Frame", "Distance in pixels (0 to 1 each)", tuple(marks), alt=f"{title}.")


def draw_gains(scores: Scores, metric: str = "psnr") -> Chart:
    """Draw the upscaler's PSNR (or SSIM) beside bicubic for each set and factor.

    Parameters
    ----------
    scores : Scores
        Of the upscaler; see ``upscale_training.score_upscaler``.
    """
    rows = [row for row in scores if row.metric == metric]
    gains = [row for row in scores if row.metric == "upscale_gain_db"]
    names = np.array([row.split.replace("_x", ", x").replace("_", " ") for row in rows])
    values = np.array([[row.value, row.low, row.high, row.baseline_value] for row in rows])
    marks = (
        Mark("bars", names, values[:, 3], "bicubic", "baseline"),
        Mark("bars", names, values[:, 0], "network", low=values[:, 1], high=values[:, 2]),
    )
    least = min(gains, key=lambda row: row.value)
    most = max(gains, key=lambda row: row.value)
    title = f"The network gains {least.value:.1f} to {most.value:.1f} dB over bicubic"
    return Chart(title, "", "PSNR of brightness in dB" if metric == "psnr" else "SSIM", marks, alt=f"{title}.")


def lay_rows(*rows: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Lay sets of pictures out as the rows of one sheet: samples above, their nearest real pictures below.

    Parameters
    ----------
    rows : arrays of shape (n, height, width) or (n, height, width, n_channels), 0 to 255
        All of one shape.

    Returns
    -------
    array of shape (sheet height, sheet width, 3)
        With a light line of 2 pixels between pictures.

    Examples
    --------
    >>> lay_rows(np.zeros((4, 28, 28), np.uint8), np.zeros((4, 28, 28), np.uint8)).shape
    (58, 118, 3)
    """
    light = 235
    pictures = np.stack(rows)
    pictures = pictures[..., None] if pictures.ndim == 4 else pictures  # noqa: PLR2004 rows, n, height, width
    n_rows, n, height, width, _ = pictures.shape
    sheet = np.full((n_rows * (height + GAP) - GAP, n * (width + GAP) - GAP, 3), light, np.uint8)
    for place in np.ndindex(n_rows, n):
        top, left = place[0] * (height + GAP), place[1] * (width + GAP)
        sheet[top : top + height, left : left + width] = pictures[place]
    return sheet
