"""The moving figures of the lessons, most of them on the micro-GAN, which trains while one looks.

Left out: the lessons' words (``lessons``); figures of a run (``charts``) and of the measures (``measure_charts``).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated

import numpy as np

from core.hub.charts import Chart, Mark
from core.hub.contract import Label, Range
from core.vision.image_generation.losses import plot_losses
from core.vision.image_generation.micro import (
    MicroRecipe,
    MicroState,
    draw_ring,
    map_judgement,
    measure_coverage,
    start_micro,
    take_steps,
)
from core.vision.image_generation.recipe import LossName
from core.vision.image_generation.style import list_layers

N_POINTS, STRIDE, MOST = 300, 100, 1_500
SMALL = MicroRecipe(hidden=32, batch=64)
REACH = (-1.6, 1.6)


@lru_cache(maxsize=64)
def run_micro(recipe: MicroRecipe, steps: int) -> MicroState:
    """Train a micro-GAN, from the longest shorter run that is still known."""
    if steps <= 0:
        return start_micro(recipe)
    return take_steps(run_micro(recipe, steps - STRIDE), min(STRIDE, steps))


@dataclass(frozen=True, slots=True)
class PlayersControl:
    """How far the game has gone."""

    steps: Annotated[int, Range(0, MOST, STRIDE), Label("Steps")] = 900


def draw_players(control: PlayersControl) -> Chart:
    """Draw real and drawn points on what the discriminator believes."""
    state = run_micro(SMALL, control.steps)
    places, shares = map_judgement(state, 31)
    real, drawn = draw_ring(N_POINTS, SMALL.modes, np.random.default_rng(0)), state.draw(N_POINTS)
    found = measure_coverage(state)
    title = f"After {control.steps:,} steps the generator meets {found.modes} of {SMALL.modes} modes"
    marks = (
        Mark("heatmap", places, places, "taken for real", z=shares),
        Mark("points", real[:, 0], real[:, 1], "real", "good", size=4),
        Mark("points", drawn[:, 0], drawn[:, 1], "drawn", "bad", size=4),
    )
    return Chart(title, "x", "y", marks, alt=f"{title}. Shades say how far a place is taken for real.",
                 x_range=REACH, y_range=REACH, square=True, z_label="taken for real")  # fmt: skip


@dataclass(frozen=True, slots=True)
class LossControl:
    """A loss."""

    loss: Annotated[LossName, Label("Loss")] = "non-saturating"


def draw_loss(control: LossControl) -> Chart:
    """Draw the generator's loss and its slope over the logit of a drawn picture."""
    logits = np.linspace(-6, 6, 121)
    loss, slope = plot_losses(control.loss, logits)
    lost = abs(float(slope[0]))
    title = f"{control.loss.capitalize()}: where the discriminator is sure it was drawn, the pull is {lost:.3f}"
    marks = (
        Mark("line", logits, loss, "loss", "main"),
        Mark("line", logits, np.abs(slope), "size of the slope", "second", dash=True),
    )
    return Chart(title, "logit of a drawn picture (low: seen through)", "loss, slope", marks, alt=title)


@dataclass(frozen=True, slots=True)
class CurvesControl:
    """The generator's speed."""

    balance: Annotated[float, Range(0.1, 30.0, log=True), Label("Generator's speed", "", "×")] = 0.3


def draw_curves(control: CurvesControl) -> Chart:
    """Draw both losses of a micro-training."""
    state = run_micro(MicroRecipe(hidden=32, batch=64, balance=control.balance), MOST)
    table = np.array(state.losses)
    table = table[: len(table) // 10 * 10].reshape(-1, 10, 3).mean(axis=1)
    even = 2 * float(np.log(2))
    found = measure_coverage(state)
    title = (
        f"At {control.balance:g} × speed the run ends with {found.modes} of {SMALL.modes} modes; losses do not say so"
    )
    marks = (
        Mark("line", table[:, 0], table[:, 1], "generator", "main"),
        Mark("line", table[:, 0], table[:, 2], "discriminator", "second"),
        Mark("line", table[[0, -1], 0], np.full(2, even), "guessing", "baseline", dash=True),
    )
    return Chart(title, "step", "loss", marks, alt=title)


@dataclass(frozen=True, slots=True)
class FilmControl:
    """Two moments of one run."""

    early: Annotated[int, Range(0, MOST, STRIDE), Label("Earlier step")] = 100
    late: Annotated[int, Range(0, MOST, STRIDE), Label("Later step")] = 900


def draw_film(control: FilmControl) -> Chart:
    """Draw the same 64 codes at two moments."""
    early, late = (run_micro(SMALL, steps).draw(64) for steps in (control.early, control.late))
    moved = float(np.linalg.norm(late - early, axis=1).mean())
    title = f"Between steps {control.early:,} and {control.late:,} the 64 codes moved by {moved:.2f} on average"
    paths = [
        Mark("line", np.array([a[0], b[0]]), np.array([a[1], b[1]]), role="muted")
        for a, b in zip(early, late, strict=True)
    ]
    marks = (
        *paths,
        Mark("points", early[:, 0], early[:, 1], "earlier", "second", size=5),
        Mark("points", late[:, 0], late[:, 1], "later", "main", size=5),
    )
    return Chart(title, "x", "y", marks, alt=title, square=True)


@dataclass(frozen=True, slots=True)
class CollapseControl:
    """The generator's speed and the penalty."""

    balance: Annotated[float, Range(0.1, 100.0, log=True), Label("Generator's speed", "", "×")] = 30.0
    r1: Annotated[float, Range(0.0, 2.0, 0.05), Label("R1 weight")] = 0.0


def draw_collapse(control: CollapseControl) -> Chart:
    """Draw where the generator ends when it outruns its judge."""
    recipe = MicroRecipe(hidden=32, batch=64, balance=control.balance, r1=control.r1)
    state = run_micro(recipe, MOST)
    found = measure_coverage(state)
    real, drawn = draw_ring(N_POINTS, recipe.modes, np.random.default_rng(0)), state.draw(N_POINTS)
    title = f"At {control.balance:g} × speed and R1 {control.r1:g} it meets {found.modes} of {recipe.modes} modes"
    marks = (
        Mark("points", real[:, 0], real[:, 1], "real", "good", size=4),
        Mark("points", drawn[:, 0], drawn[:, 1], "drawn", "bad", size=5),
    )
    return Chart(title, "x", "y", marks, alt=title, square=True)


@dataclass(frozen=True, slots=True)
class ModulationControl:
    """How strongly a style scales its channels."""

    spread: Annotated[float, Range(0.0, 2.0, 0.1), Label("Spread of the scales", "0 scales no channel.")] = 1.0


def draw_modulation(control: ModulationControl) -> Chart:
    """Draw the spread of output channels with and without demodulation."""
    rng = np.random.default_rng(0)
    n_in, n_out = 64, 24
    x, kernel = rng.standard_normal((2_000, n_in)), rng.standard_normal((n_in, n_out)) / n_in**0.5
    scales = np.exp(control.spread * rng.standard_normal(n_in))
    modulated = x @ (scales[:, None] * kernel)
    even = modulated / np.linalg.norm(scales[:, None] * kernel, axis=0)
    loud, calm = modulated.std(axis=0), even.std(axis=0)
    title = f"Scaled channels have spreads up to {loud.max():.1f}; demodulated ones stay at {calm.mean():.2f}"
    numbers = np.arange(1, n_out + 1)
    marks = (
        Mark("points", numbers, loud, "scaled by the style", "bad"),
        Mark("points", numbers, calm, "then demodulated", "good"),
    )
    return Chart(title, "output channel", "standard deviation", marks, alt=title)


@dataclass(frozen=True, slots=True)
class TruncationControl:
    """How much of the way from the mean is kept."""

    truncation: Annotated[float, Range(0.0, 1.5, 0.05), Label("Truncation")] = 0.7


def draw_truncation(control: TruncationControl) -> Chart:
    """Draw styles of one class before and after truncation, two of their numbers."""
    rng = np.random.default_rng(0)
    styles = rng.standard_normal((200, 2)) @ np.array([[1.0, 0.4], [0.0, 0.6]]) + np.array([1.5, 0.5])
    mean = styles.mean(axis=0)
    kept = mean + control.truncation * (styles - mean)
    title = (
        f"Truncation {control.truncation:g} keeps {control.truncation**2:.0%} of the variance around the class's mean"
    )
    marks = (
        Mark("points", styles[:, 0], styles[:, 1], "as mapped", "muted", size=5),
        Mark("points", kept[:, 0], kept[:, 1], "truncated", "main", size=5),
        Mark("points", mean[:1], mean[1:], "mean of the class", "bad", size=10),
    )
    return Chart(title, "first number of w", "second number of w", marks, alt=title)


@dataclass(frozen=True, slots=True)
class MixingControl:
    """Where the second style takes over."""

    cut: Annotated[int, Range(0, 5, 1), Label("Layers from the first picture")] = 2


def draw_mixing(control: MixingControl) -> Chart:
    """Draw which layers follow which picture."""
    layers = list_layers(16)
    names = np.array(
        [f"{layer.name.replace('_', ' ')} ({layer.side} × {layer.side})" for layer in layers], dtype=object
    )
    n_first = control.cut
    title = f"{n_first} of 5 layers follow the first picture, {5 - n_first} the second"
    sides = np.array([float(layer.side) for layer in layers])
    is_first = np.arange(5) < n_first
    both = (
        Mark("bars", names[is_first], sides[is_first], "first picture", "main"),
        Mark("bars", names[~is_first], sides[~is_first], "second picture", "second"),
    )
    marks = tuple(mark for mark in both if len(mark.x))
    return Chart(title, "layer", "side in pixels", marks, alt=title)
