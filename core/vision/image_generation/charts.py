"""Charts of a run: its losses, and what the discriminator believes.

Left out: the lessons' figures (``figures``); charts of the measures (``measure_charts``).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from core.hub.charts import Chart, Mark
from core.vision.image_generation.model import Model

MAX_POINTS = 300
EVEN = 2 * float(np.log(2))
"""The discriminator's loss when it cannot tell real from drawn."""


def loss_chart(model: Model) -> Chart:
    """Draw both losses along the run."""
    steps, ours, theirs = (thin(model.history[name]) for name in ("step", "generator_loss", "discriminator_loss"))
    last = max(1, len(steps) // 5)
    mean = float(theirs[-last:].mean())
    plain = model.recipe.loss in {"non-saturating", "minimax"}
    title = f"At the end the discriminator's loss is {mean:.2f}" + (f"; guessing gives {EVEN:.2f}" if plain else "")
    marks = [Mark("line", steps, ours, "generator", "main"), Mark("line", steps, theirs, "discriminator", "second")]
    if plain:
        marks.append(Mark("line", steps[[0, -1]], np.full(2, EVEN), "guessing", "baseline", dash=True))
    return Chart(title, "step", "loss", tuple(marks), alt=f"{title}. The two losses move against each other.")


def logit_chart(model: Model) -> Chart:
    """Draw the discriminator's mean logit of real and of drawn pictures along the run."""
    steps, real, drawn = (thin(model.history[name]) for name in ("step", "real_logit", "drawn_logit"))
    last = max(1, len(steps) // 5)
    gap = float((real - drawn)[-last:].mean())
    title = f"The discriminator's logits of real and drawn pictures end {gap:.1f} apart"
    marks = (Mark("line", steps, real, "real", "good"), Mark("line", steps, drawn, "drawn", "bad"))
    return Chart(title, "step", "mean logit", marks, alt=f"{title}: 0 apart would be a perfect generator.")


def thin(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Average neighbours until at most 300 values are left.

    Examples
    --------
    >>> thin(np.arange(600.0))[:2].tolist()
    [0.5, 2.5]
    """
    size = -(-len(values) // MAX_POINTS)
    whole = len(values) // size * size
    return np.asarray(values[:whole].reshape(-1, size).mean(axis=1))
