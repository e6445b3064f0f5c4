"""A GAN small enough to be watched: two networks of one hidden layer in NumPy, every gradient written by hand.

The real points lie on a ring of Gaussians in the plane (the standard test of mode collapse, Metz et al. 2017,
arXiv:1611.02163). A step takes well under a millisecond, so the page itself can play, pause, and move the generator or
the discriminator alone; no worker and no TensorFlow is needed, and a state is a plain value that can be kept, gone back
to and compared.

Generator      z → tanh(z A + a) B + b                       two numbers to a point
Discriminator  x → tanh(x C + c) d + e                       a point to a logit
Both move by Adam (Kingma & Ba 2015) on the losses of ``losses``; R1 is the derivative of a derivative, by hand too.

Left out: pictures; more layers.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray

from core.hub.contract import Label, Range, Seed
from core.hub.errors import LimitError
from core.hub.fields import validate_recipe

Array = NDArray[np.float64]
Weights = tuple[Array, Array, Array, Array]
"""First kernel and bias, second kernel and bias."""
Player = Literal["both", "generator", "discriminator"]
MicroLoss = Literal["non-saturating", "minimax", "hinge", "Wasserstein"]
N_LATENT = 2
RADIUS, SPREAD = 1.0, 0.05
MAX_STEPS = 5_000
"""Steps of one call."""


@dataclass(frozen=True, slots=True)
class MicroRecipe:
    """What decides a micro-training.

    Parameters
    ----------
    modes : int
        Gaussians on the ring.
    hidden : int
        Units of each network's hidden layer.
    batch : int
        Points of a step.
    rate, balance : float
        The discriminator's learning rate, and the generator's as a multiple of it: far above 1 it collapses.
    r1 : float
        Weight of the penalty on steep judgements at real points.
    """

    modes: Annotated[int, Range(1, 12, 1), Label("Modes", "Gaussians on the ring.")] = 8
    hidden: Annotated[int, Range(4, 128, 4), Label("Hidden units")] = 48
    batch: Annotated[int, Range(16, 512, 16), Label("Batch")] = 128
    loss: Annotated[MicroLoss, Label("Loss")] = "non-saturating"
    rate: Annotated[float, Range(1e-4, 0.1, log=True), Label("Discriminator's rate")] = 5e-3
    balance: Annotated[
        float, Range(0.01, 100.0, log=True), Label("Generator's speed", "Far above 1 it collapses.", "×")
    ] = 0.3
    r1: Annotated[float, Range(0.0, 10.0), Label("R1 weight")] = 0.05
    seed: Seed = 0


@dataclass(frozen=True, slots=True, eq=False)
class Moments:
    """Adam's running means of one player: first and second moments like its weights, and its steps so far."""

    first: Weights
    second: Weights
    steps: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class MicroState:
    """A micro-training at one moment; never changed, so that going back is keeping an old one.

    Parameters
    ----------
    step : int
        Steps taken, whoever moved.
    losses : tuple of (step, generator loss, discriminator loss)
        One for each step taken, the last 2,000.
    """

    recipe: MicroRecipe
    generator: Weights
    discriminator: Weights
    generator_moments: Moments
    discriminator_moments: Moments
    step: int = 0
    losses: tuple[tuple[int, float, float], ...] = field(default=(), repr=False)

    def draw(self, n: int, seed: int = 0) -> Array:
        """Draw points (n, 2) of the generator; the same seed takes the same codes."""
        return forward(self.generator, np.random.default_rng((seed, 9)).standard_normal((n, N_LATENT)))[1]

    def judge(self, points: Array) -> Array:
        """Give the discriminator's logits (n,) of points (n, 2)."""
        return forward(self.discriminator, np.asarray(points, np.float64))[1][:, 0]


def start_micro(recipe: MicroRecipe) -> MicroState:
    """Begin a micro-training.

    Raises
    ------
    RecipeError
        If a setting is out of its range.
    """
    validate_recipe(recipe)
    rng = np.random.default_rng((recipe.seed, 0))
    generator, discriminator = (_make_weights(rng, recipe.hidden, n_out) for n_out in (2, 1))
    return MicroState(recipe, generator, discriminator, _make_moments(generator), _make_moments(discriminator))


def _make_weights(rng: np.random.Generator, hidden: int, n_out: int) -> Weights:
    """Draw weights of one network."""
    first, second = rng.standard_normal((2, hidden)), rng.standard_normal((hidden, n_out)) / hidden**0.5
    return first, np.zeros(hidden), second, np.zeros(n_out)


def _make_moments(weights: Weights) -> Moments:
    """Begin Adam's running means at zero."""
    zero = tuple(np.zeros_like(each) for each in weights)
    return Moments(zero, zero)  # type: ignore[arg-type]


def draw_ring(n: int, modes: int, rng: np.random.Generator) -> Array:
    """Draw real points (n, 2) from the ring."""
    angles = 2 * np.pi * rng.integers(0, modes, n) / modes
    return RADIUS * np.stack([np.cos(angles), np.sin(angles)], axis=1) + SPREAD * rng.standard_normal((n, 2))


def take_steps(state: MicroState, n_steps: int, player: Player = "both") -> MicroState:
    """Take steps; ``player`` says who may move.

    Parameters
    ----------
    n_steps : int
        1 to 5,000.
    player : str
        ``both`` moves the discriminator, then the generator.

    Returns
    -------
    MicroState
        A new one; ``state`` is as it was.

    Raises
    ------
    LimitError
        If the number of steps is out of range.

    Examples
    --------
    >>> first = start_micro(MicroRecipe(batch=16, hidden=8))
    >>> later = take_steps(first, 3, "discriminator")
    >>> later.step, later.generator is first.generator
    (3, True)
    """
    if not 1 <= n_steps <= MAX_STEPS:
        message = f"{n_steps} steps were asked for; it must be 1 to {MAX_STEPS:,} at a time"
        raise LimitError(message)
    for _ in range(n_steps):
        state = _take_step(state, player)
    return state


def _take_step(state: MicroState, player: Player) -> MicroState:
    """Take one step; its draws follow from the seed and its number."""
    recipe, keep = state.recipe, 2_000
    rng = np.random.default_rng((recipe.seed, 1, state.step))
    real, codes = draw_ring(recipe.batch, recipe.modes, rng), rng.standard_normal((recipe.batch, N_LATENT))
    judged, slopes = find_discriminator_gradients(state, real, codes)
    changes: dict[str, Any] = {}
    if player in {"both", "discriminator"}:
        weights, moments = _move(state.discriminator, slopes, state.discriminator_moments, recipe.rate)
        changes |= {"discriminator": weights, "discriminator_moments": moments}
        state = replace(state, discriminator=weights, discriminator_moments=moments)
    drawn, slopes = find_generator_gradients(state, codes)
    if player in {"both", "generator"}:
        rate = recipe.rate * recipe.balance
        weights, moments = _move(state.generator, slopes, state.generator_moments, rate)
        state = replace(state, generator=weights, generator_moments=moments)
    number = state.step + 1
    return replace(state, step=number, losses=(*state.losses[1 - keep :], (number, drawn, judged)))


def forward(weights: Weights, x: Array) -> tuple[Array, Array]:
    """Run a network: hidden units (n, hidden) and outputs (n, n_out)."""
    kernel, bias, out_kernel, out_bias = weights
    hidden = np.tanh(x @ kernel + bias)
    return hidden, hidden @ out_kernel + out_bias


def backward(weights: Weights, x: Array, hidden: Array, slopes: Array) -> tuple[Weights, Array]:
    """Turn slopes of the outputs (n, n_out) into those of the weights and of the inputs (n, n_in)."""
    kernel, _, out_kernel, _ = weights
    # Through the second layer, then through tanh, whose slope is 1 - tanh².
    inner = (slopes @ out_kernel.T) * (1 - hidden**2)
    return (x.T @ inner, inner.sum(axis=0), hidden.T @ slopes, slopes.sum(axis=0)), inner @ kernel.T


def find_generator_gradients(state: MicroState, codes: Array) -> tuple[float, Weights]:
    """Find the generator's mean loss on codes (n, 2) and its gradients, through the discriminator."""
    hidden, points = forward(state.generator, codes)
    seen, logits = forward(state.discriminator, points)
    t = logits[:, 0]
    value, slope = _generator_loss(state.recipe.loss, t)
    # The discriminator only passes the slope on to the points; it does not move.
    _, at_points = backward(state.discriminator, points, seen, (slope / len(t))[:, None])
    gradients, _ = backward(state.generator, codes, hidden, at_points)
    return value, gradients


def find_discriminator_gradients(state: MicroState, real: Array, codes: Array) -> tuple[float, Weights]:
    """Find the discriminator's mean loss, R1 with it, on real points (n, 2) and drawn ones, and its gradients."""
    drawn = forward(state.generator, codes)[1]
    total, gradients = _add_penalty(state, real)
    for points, sign in ((real, 1.0), (drawn, -1.0)):
        hidden, logits = forward(state.discriminator, points)
        value, slope = _side_loss(state.recipe.loss, sign * logits[:, 0])
        part, _ = backward(state.discriminator, points, hidden, (sign * slope / len(points))[:, None])
        total += value
        gradients = _add(gradients, part)
    return total, gradients


def _add_penalty(state: MicroState, real: Array) -> tuple[float, Weights]:
    """Find r1/2 · mean ‖∇ₓD‖² and its gradients.

    With h = tanh(x C + c) the slope of the logit is g = C u, u = d (1 − h²). Then ∂(½‖g‖²)/∂C = g uᵀ + what comes
    through h, where ∂u/∂(x C + c) = −2 d h (1 − h²).
    """
    kernel, bias, out_kernel, _ = state.discriminator
    hidden = np.tanh(real @ kernel + bias)
    bend = 1 - hidden**2
    u = bend * out_kernel[:, 0]
    g = u @ kernel.T
    scale = state.recipe.r1 / len(real)
    pull = g @ kernel
    through = pull * (-2 * hidden * bend) * out_kernel[:, 0]
    gradients = (
        scale * (g.T @ u + real.T @ through),
        scale * through.sum(axis=0),
        scale * (pull * bend).sum(axis=0)[:, None],
        np.zeros(1),
    )
    return float(scale / 2 * (g**2).sum()), gradients


def _add(first: Weights, second: Weights) -> Weights:
    """Add gradients."""
    return tuple(a + b for a, b in zip(first, second, strict=True))  # type: ignore[return-value]


def _sigmoid(t: Array) -> Array:
    """Return the logistic function, without overflow."""
    return np.asarray(0.5 * (1 + np.tanh(t / 2)))


def _generator_loss(name: MicroLoss, t: Array) -> tuple[float, Array]:
    """Mean loss and its slope (n,) for logits of drawn points."""
    if name == "non-saturating":
        return float(np.logaddexp(0, -t).mean()), _sigmoid(t) - 1
    if name == "minimax":
        return float(-np.logaddexp(0, t).mean()), -_sigmoid(t)
    return float(-t.mean()), -np.ones_like(t)


def _side_loss(name: MicroLoss, t: Array) -> tuple[float, Array]:
    """Mean loss and slope (n,) of one side of the discriminator; ``t`` is its logit, turned round for drawn points."""
    if name == "hinge":
        return float(np.maximum(0, 1 - t).mean()), -(t < 1).astype(float)
    if name == "Wasserstein":
        return float(-t.mean()), -np.ones_like(t)
    return float(np.logaddexp(0, -t).mean()), _sigmoid(t) - 1


def _move(weights: Weights, gradients: Weights, moments: Moments, rate: float) -> tuple[Weights, Moments]:
    """Move weights by Adam with β₁ = 0.5 and β₂ = 0.9."""
    keep_1, keep_2, steps = 0.5, 0.9, moments.steps + 1
    first = tuple(keep_1 * m + (1 - keep_1) * g for m, g in zip(moments.first, gradients, strict=True))
    second = tuple(keep_2 * v + (1 - keep_2) * g**2 for v, g in zip(moments.second, gradients, strict=True))
    moved = tuple(
        w - rate * (m / (1 - keep_1**steps)) / (np.sqrt(v / (1 - keep_2**steps)) + 1e-8)
        for w, m, v in zip(weights, first, second, strict=True)
    )
    return moved, Moments(first, second, steps)  # type: ignore[return-value, arg-type]


@dataclass(frozen=True, slots=True)
class Coverage:
    """How the drawn points lie: modes met, share of points near one, and the largest mode's share of those."""

    modes: int
    near: float
    largest: float


def measure_coverage(state: MicroState, n: int = 1_000) -> Coverage:
    """Count the modes that drawn points meet; a mode counts with a fifth of its due share within four spreads.

    Returns
    -------
    Coverage
    """
    recipe = state.recipe
    angles = 2 * np.pi * np.arange(recipe.modes) / recipe.modes
    centres = RADIUS * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    gaps = np.linalg.norm(state.draw(n)[:, None] - centres[None], axis=2)
    near = gaps.min(axis=1) < 4 * SPREAD
    counts = np.bincount(gaps.argmin(axis=1)[near], minlength=recipe.modes)
    met = counts >= max(1.0, 0.2 * n / recipe.modes)
    return Coverage(int(met.sum()), float(near.mean()), float(counts.max() / max(counts.sum(), 1)))


def map_judgement(state: MicroState, side: int = 41, reach: float = 1.6) -> tuple[Array, Array]:
    """Map the discriminator over the plane.

    Returns
    -------
    places : array of shape (side,)
        Of both axes, −reach to reach.
    shares : array of shape (side, side)
        Probability of "real", rows along y.
    """
    places = np.linspace(-reach, reach, side)
    x, y = np.meshgrid(places, places)
    return places, _sigmoid(state.judge(np.stack([x.ravel(), y.ravel()], axis=1))).reshape(side, side)
