"""One step of the game, as one TensorFlow function: the generator moves, then the discriminator on what it was shown.

All randomness follows from (seed, step), so a run that was stopped and taken up again is the run that was not.

Left out: the loop around it (``training``).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from core.vision.image_generation.losses import discriminator_loss, generator_loss, gradient_penalty
from core.vision.image_generation.networks import Discriminator, Generator
from core.vision.image_generation.recipe import Recipe
from core.vision.image_generation.style import N_LAYERS, N_NOISE

MEASURES = ("generator_loss", "discriminator_loss", "real_logit", "drawn_logit", "penalty")
PENALTY_EVERY = 16
"""R1 is taken every sixteenth step and counted sixteen times (Karras et al. 2020, "lazy regularisation")."""


@dataclass(frozen=True, slots=True, eq=False)
class Players:
    """The trained generator, the one that is shown, the discriminator, and both optimisers."""

    generator: Generator
    shown: Generator
    discriminator: Discriminator
    generator_optimizer: Any
    discriminator_optimizer: Any


def make_optimizer(keras: Any, recipe: Recipe, rate: float, variables: list[Any]) -> Any:
    """Make Adam with the kind's momentum: 0.5 for the DCGAN, none for style (Karras et al. 2018)."""
    beta_1, beta_2 = (0.5, 0.999) if recipe.kind == "dcgan" else (0.0, 0.99)
    optimizer = keras.optimizers.Adam(rate, beta_1=beta_1, beta_2=beta_2, epsilon=1e-8)
    optimizer.build(variables)
    return optimizer


def follow(shown: list[Any], trained: list[Any], keep: Any) -> None:
    """Move every shown weight towards the trained one: shown ← keep · shown + (1 − keep) · trained."""
    for average, now in zip(shown, trained, strict=True):
        average.assign(average + (1 - keep) * (now - average))


def shift_pictures(tensorflow: Any, pictures: Any, pixels: int, seed: Any) -> Any:
    """Move each picture by up to ``pixels``; what enters is black (−1). Gradients pass through."""
    if pixels == 0:
        return pictures
    n, side = tensorflow.shape(pictures)[0], pictures.shape[1]
    moves = tensorflow.random.stateless_uniform((2, n, 1), seed, 0, 2 * pixels + 1, tensorflow.int32)
    places = tensorflow.range(side)[None] + moves
    padded = tensorflow.pad(pictures, [[0, 0], [pixels] * 2, [pixels] * 2, [0, 0]], constant_values=-1.0)
    rows = tensorflow.gather(padded, places[0], axis=1, batch_dims=1)
    return tensorflow.gather(rows, places[1], axis=2, batch_dims=1)


@dataclass(frozen=True, slots=True, eq=False)
class Game:
    """Everything that a step reads: the recipe, TensorFlow, the players, and the training rows as tensors.

    Parameters
    ----------
    images : uint8 tensor of shape (n, 28, 28, 1)
    labels : int32 tensor of shape (n,)
    """

    recipe: Recipe
    tensorflow: Any
    players: Players
    images: Any
    labels: Any

    def draw(self, number: Any, labels: Any) -> Any:
        """Draw pictures of fresh codes; in some steps two codes share a picture."""
        tf, recipe, generator = self.tensorflow, self.recipe, self.players.generator
        n = tf.shape(labels)[0]
        codes, others = (self.make_numbers(number, place, n, recipe.latent) for place in (0, 1))
        noise = self.make_numbers(number, 2, n, N_NOISE)
        if recipe.kind == "dcgan":
            return generator.draw(codes, labels, noise, training=True)
        luck = tf.random.stateless_uniform((), self.make_seed(number, 3))
        cut = tf.random.stateless_uniform((), self.make_seed(number, 4), 1, N_LAYERS, tf.int32)
        return generator.draw_mixed(codes, others, labels, noise, tf.where(luck < recipe.mixing, cut, N_LAYERS))

    def judge(self, number: Any, pictures: Any, labels: Any) -> Any:
        """Give the discriminator's logits (n,) of pictures, moved first where the recipe says so."""
        moved = shift_pictures(self.tensorflow, pictures, self.recipe.shift, self.make_seed(number, 5))
        return self.players.discriminator.judge(moved, labels)

    def take_real(self, rows: Any) -> Any:
        """Take training pictures (n, 28, 28, 1) of −1 to 1."""
        return self.tensorflow.cast(self.tensorflow.gather(self.images, rows), self.tensorflow.float32) / 127.5 - 1

    def make_seed(self, number: Any, place: int) -> tuple[int, Any]:
        """Make the seed of one draw: it follows from the run's, the step, and the draw's place in it."""
        return self.recipe.seed, 8 * number + place

    def make_numbers(self, number: Any, place: int, n: Any, length: int) -> Any:
        """Draw normal numbers (n, length)."""
        return self.tensorflow.random.stateless_normal((n, length), self.make_seed(number, place))


def make_step(recipe: Recipe, players: Players, images: Any, labels: Any) -> Callable[..., Any]:
    """Compile the step.

    Parameters
    ----------
    images : uint8 tensor of shape (n, 28, 28, 1)
    labels : int32 tensor of shape (n,)

    Returns
    -------
    callable
        ``step(number, rows, keep, penalise) -> tensor of shape (5,)`` in the order of ``MEASURES``.
    """
    import tensorflow as tf

    game = Game(recipe, tf, players, images, labels)

    def step(number: Any, rows: Any, keep: Any, penalise: bool) -> Any:
        chosen = tf.gather(labels, rows)
        drawn, loss = _move_generator(game, number, chosen)
        real = game.take_real(rows)
        found = move_discriminator(game, number, real, tf.stop_gradient(drawn), chosen, penalise=penalise)
        follow(players.shown.variables, players.generator.variables, keep)
        return tf.stack([loss, *found])

    return tf.function(step, reduce_retracing=True)  # type: ignore[no-any-return]


def make_lone_step(recipe: Recipe, players: Players, images: Any, labels: Any, player: str) -> Callable[..., Any]:
    """Compile a step in which one network moves and the other stands still.

    Parameters
    ----------
    images, labels : tensors
        As in :func:`make_step`.
    player : {"generator", "discriminator"}
        Who moves.

    Returns
    -------
    callable
        ``step(number, rows, keep) -> tensor of shape (2,)``: both losses before the move.
    """
    import tensorflow as tf

    game = Game(recipe, tf, players, images, labels)
    ops = players.generator.keras.ops

    def step(number: Any, rows: Any, keep: Any) -> Any:
        chosen = tf.gather(labels, rows)
        real = game.take_real(rows)
        if player == "generator":
            drawn, ours = _move_generator(game, number, chosen)
            on_real, on_drawn = game.judge(number, real, chosen), game.judge(number, drawn, chosen)
            theirs = discriminator_loss(ops, recipe.loss, on_real, on_drawn)
        else:
            drawn = game.draw(number, chosen)
            ours = generator_loss(ops, recipe.loss, game.judge(number, drawn, chosen))
            theirs, *_ = move_discriminator(game, number, real, tf.stop_gradient(drawn), chosen, penalise=False)
        follow(players.shown.variables, players.generator.variables, keep)
        return tf.stack([ours, theirs])

    return tf.function(step, reduce_retracing=True)  # type: ignore[no-any-return]


def _move_generator(game: Game, number: Any, labels: Any) -> tuple[Any, Any]:
    """Move the generator once; return what it drew and its loss."""
    players, ops = game.players, game.players.generator.keras.ops
    with game.tensorflow.GradientTape() as tape:
        drawn = game.draw(number, labels)
        loss = generator_loss(ops, game.recipe.loss, game.judge(number, drawn, labels))
    move(players.generator_optimizer, tape.gradient(loss, players.generator.trained), players.generator.trained)
    return drawn, loss


def move_discriminator(
    game: Game, number: Any, real: Any, drawn: Any, labels: Any, *, penalise: bool
) -> tuple[Any, Any, Any, Any]:
    """Move the discriminator once; return its loss, mean logits of real and drawn pictures, and the penalty."""
    tf, players, ops = game.tensorflow, game.players, game.players.generator.keras.ops
    with tf.GradientTape() as tape:
        on_real, on_drawn = game.judge(number, real, labels), game.judge(number, drawn, labels)
        contest = discriminator_loss(ops, game.recipe.loss, on_real, on_drawn)
        penalty = tf.constant(0.0)
        if penalise:
            penalty = gradient_penalty(tf, lambda pictures: players.discriminator.judge(pictures, labels), real)
        total = contest + game.recipe.r1 / 2 * PENALTY_EVERY * penalty
    gradients = tape.gradient(total, players.discriminator.trained)
    move(players.discriminator_optimizer, gradients, players.discriminator.trained)
    return contest, tf.reduce_mean(on_real), tf.reduce_mean(on_drawn), penalty


def move(optimizer: Any, gradients: list[Any], variables: list[Any]) -> None:
    """Apply gradients."""
    optimizer.apply_gradients(zip(gradients, variables, strict=True))
