"""Polishing: a last stage in which the generator also hears how its pictures look, as a crowd, to eyes of its own.

The game judges one picture at a time and says little about how often each kind is drawn. Polishing adds three terms,
all in what fixed eyes notice (``eyes``), never in the features of the network that judges the finished generator:

whole    the slope of the squared Fréchet distance between generated and training pictures (Dowson & Landau 1982):
         2 (m − m_r) · f + (f − m)ᵀ (I − T) (f − m), with T = R (R C R)^−½ R and R the root of the real covariance
classes  the same for the mean of each class: 2 (m_c − m_rc) · f
suits    the cross-entropy of the class that was asked for (Odena et al. 2017, arXiv:1610.09585)

m, C and m_c are running figures of some thousand generated pictures, since one batch says too little of a crowd
(dos Santos et al. 2019, arXiv:1904.02762). The stage begins with the shown generator as it would be stored, in 16 bits,
with fresh optimisers, and with a fresh discriminator that first plays alone: it needs nothing of the run but that.

Left out: eyes that learn on.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.hub.contract import OnStep
from core.vision.image_generation.data import Data
from core.vision.image_generation.export import round_weights
from core.vision.image_generation.eyes import LOOK, Aim, Eyes, teach_eyes
from core.vision.image_generation.losses import generator_loss
from core.vision.image_generation.networks import Generator, build_discriminator
from core.vision.image_generation.recipe import N_CLASSES
from core.vision.image_generation.stepping import (
    PENALTY_EVERY,
    Game,
    Players,
    follow,
    make_optimizer,
    move,
    move_discriminator,
)
from core.vision.image_generation.style import N_NOISE
from core.vision.image_generation.trainer import Trainer, to_pixels

WARM_UP = 150
"""Steps that the fresh discriminator plays alone."""
GENERATOR_RATE, DISCRIMINATOR_RATE = 6e-4, 2e-3
WHOLE, CLASSES, SUITS = 0.1, 0.05, 0.3
"""Weights of the three terms; the first two pull about as hard as the game, by the length of their gradients."""
WINDOW, FIRST_CROWD = 5_000, 5_000
"""Generated pictures that the running figures remember, and that they begin with."""
EMA = 0.99
FRAMES = 4
SLOPES_EVERY = 10
EASE_IN = 50
Floats = NDArray[np.float64]


class Crowd:
    """Running figures of what the eyes notice in generated pictures.

    Parameters
    ----------
    aim : Aim
        What real pictures look like.
    seen : array of shape (n, n_features)
        A first crowd, scaled as the aim is.
    labels : array of shape (n,)
        Their classes.
    """

    def __init__(self, aim: Aim, seen: Floats, labels: NDArray[np.integer[Any]]) -> None:
        self.aim = aim
        self.mean, self.products = seen.mean(axis=0), seen.T @ seen / len(seen)
        self.class_means = np.stack([seen[labels == each].mean(axis=0) for each in range(N_CLASSES)])
        values, directions = np.linalg.eigh(aim.whole.covariance)
        self._root = (directions * np.sqrt(np.maximum(values, 0.0))) @ directions.T
        self.turn = self._find_turn()

    def remember(self, seen: Floats, labels: NDArray[np.integer[Any]]) -> None:
        """Let a batch in and as much of the old out."""
        share = min(1.0, len(seen) / WINDOW)
        self.mean = (1 - share) * self.mean + share * seen.mean(axis=0)
        self.products = (1 - share) * self.products + share * (seen.T @ seen / len(seen))
        for each in np.unique(labels):
            own = seen[labels == each]
            part = min(1.0, len(own) * N_CLASSES / WINDOW)
            self.class_means[each] = (1 - part) * self.class_means[each] + part * own.mean(axis=0)

    def turn_again(self) -> None:
        """Compute the slope by the covariance anew."""
        self.turn = self._find_turn()

    def _find_turn(self) -> Floats:
        """Return I − T, the slope of the squared Fréchet distance by the generated covariance."""
        covariance = self.products - np.outer(self.mean, self.mean)
        values, directions = np.linalg.eigh(self._root @ covariance @ self._root)
        # A direction in which nothing varies yet would pull without bound.
        inverse = (directions / np.sqrt(np.maximum(values, 1e-4 * values.max()))) @ directions.T
        return np.asarray(np.eye(len(self.mean)) - self._root @ inverse @ self._root)

    def list_slopes(self) -> tuple[Any, ...]:
        """Return the mean, its slope, the turn and the classes' slopes as float32 arrays."""
        slopes = self.mean, self.mean - self.aim.whole.mean, self.turn, self.class_means - self.aim.class_means
        return tuple(each.astype(np.float32) for each in slopes)


@dataclass(frozen=True, slots=True, eq=False)
class Stage:
    """What a step of polishing reads: the game, the eyes and their aim."""

    game: Game
    eyes: Eyes
    aim: Aim

    def ask(self, number: Any, labels: Any, slopes: tuple[Any, ...]) -> tuple[Any, Any, Any, Any]:
        """Draw, and return pictures, what is noticed of them, the game's loss, and that with all terms."""
        tf, ops = self.game.tensorflow, self.eyes.keras.ops
        drawn = self.game.draw(number, labels)
        noticed, logits = self.eyes.notice(drawn)
        noticed = (noticed - self.aim.offset) / self.aim.scale
        contest = generator_loss(ops, self.game.recipe.loss, self.game.judge(number, drawn, labels))
        mean, slope, turn, class_slopes = slopes
        away = noticed - mean
        whole = _sum_rows(tf, 2 * noticed * slope + tf.matmul(away, turn) * away)
        classes = _sum_rows(tf, 2 * noticed * tf.gather(class_slopes, labels))
        suits = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels, logits))
        return drawn, noticed, contest, contest + WHOLE * whole + CLASSES * classes + SUITS * suits


def _sum_rows(tensorflow: Any, x: Any) -> Any:
    """Sum along rows and take the mean over them."""
    return tensorflow.reduce_mean(tensorflow.reduce_sum(x, axis=1))


def polish(trainer: Trainer, data: Data, on_step: OnStep) -> None:
    """Polish the shown generator of a finished run in place; steps, losses and film go on where the run ended.

    Parameters
    ----------
    trainer : Trainer
        At its last step.
    data : Data
        Only its training rows are looked at.
    on_step : callable
        Told once a stretch, counting from the run's last step.
    """
    recipe, tensor, begun = trainer.recipe, trainer.keras.ops.convert_to_tensor, time.perf_counter()
    eyes = teach_eyes(trainer.keras, data, recipe.seed)
    stage = Stage(trainer.change_players(_make_players(trainer)), eyes, eyes.find_aim(data))
    crowd = _gather_crowd(stage, trainer.players.shown)
    play, move_both = _compile_steps(stage)
    # Numbers behind the last step's, so that codes and rows are those of no other step.
    for number in range(recipe.last_step, recipe.last_step + WARM_UP):
        numbers = tensor(number, "int32"), tensor(_choose_rows(trainer, number))
        play(*numbers, number % PENALTY_EVERY == 0)
    trainer.seconds += time.perf_counter() - begun
    _run(trainer, crowd, move_both, on_step)


def _make_players(trainer: Trainer) -> Players:
    """Take the shown generator in 16 bits as the trained one too, with everything else fresh."""
    recipe, keras, old = trainer.recipe, trainer.keras, trainer.players
    round_weights(old.shown)
    for now, kept in zip(old.generator.variables, old.shown.variables, strict=True):
        now.assign(kept)
    keras.utils.set_random_seed(recipe.seed)
    discriminator = build_discriminator(keras, recipe)
    return Players(
        old.generator, old.shown, discriminator,
        make_optimizer(keras, recipe, GENERATOR_RATE, old.generator.trained),
        make_optimizer(keras, recipe, DISCRIMINATOR_RATE, discriminator.trained),
    )  # fmt: skip


def _gather_crowd(stage: Stage, shown: Generator) -> Crowd:
    """Draw a first crowd with the shown generator and let the eyes look at it."""
    rng = np.random.default_rng((stage.game.recipe.seed, WINDOW))
    labels = (np.arange(FIRST_CROWD) % N_CLASSES).astype(np.int32)
    codes = rng.standard_normal((FIRST_CROWD, stage.game.recipe.latent), np.float32)
    noise = rng.standard_normal((FIRST_CROWD, N_NOISE), np.float32)
    parts = [slice(start, start + LOOK) for start in range(0, FIRST_CROWD, LOOK)]
    tensor = stage.eyes.keras.ops.convert_to_tensor
    drawn = [shown.draw(*(tensor(rows[each]) for rows in (codes, labels, noise))) for each in parts]
    pictures = np.concatenate([to_pixels(each) for each in drawn])
    seen = (stage.eyes.notice_all(pictures) - stage.aim.offset) / stage.aim.scale
    return Crowd(stage.aim, seen, labels)


def _choose_rows(trainer: Trainer, number: int) -> NDArray[np.int32]:
    """Draw a step's training rows, twice as many as in the game; no other step draws the same."""
    return np.concatenate([trainer.choose_rows(number), trainer.choose_rows(number + trainer.recipe.polish + 1)])


def _compile_steps(stage: Stage) -> tuple[Callable[..., Any], Callable[..., Any]]:
    """Compile the step of the discriminator alone, and that of both."""
    game, players = stage.game, stage.game.players
    tf = game.tensorflow

    def play(number: Any, rows: Any, penalise: bool) -> None:
        labels = tf.gather(game.labels, rows)
        move_discriminator(game, number, game.take_real(rows), game.draw(number, labels), labels, penalise=penalise)

    def move_both(number: Any, rows: Any, keep: Any, slopes: Any, penalise: bool) -> tuple[Any, Any, Any]:
        labels = tf.gather(game.labels, rows)
        with tf.GradientTape() as tape:
            drawn, noticed, contest, total = stage.ask(number, labels, slopes)
        trained = players.generator.trained
        move(players.generator_optimizer, tape.gradient(total, trained), trained)
        found = move_discriminator(
            game, number, game.take_real(rows), tf.stop_gradient(drawn), labels, penalise=penalise
        )
        follow(players.shown.variables, players.generator.variables, keep)
        return tf.stack([contest, *found]), noticed, labels

    return tf.function(play), tf.function(move_both, reduce_retracing=True)


def _run(trainer: Trainer, crowd: Crowd, move_both: Callable[..., Any], on_step: OnStep) -> None:
    """Take the steps of both, keep the crowd's figures, and draw the film's last frames."""
    recipe, players, tensor = trainer.recipe, trainer.players, trainer.keras.ops.convert_to_tensor
    last = recipe.last_step
    moments = {recipe.steps + round(recipe.polish * place / FRAMES) for place in range(1, FRAMES + 1)}
    slopes = crowd.list_slopes()
    for done in range(recipe.polish):
        begun = time.perf_counter()
        slow = max(0.05, 1 - done / recipe.polish)
        players.generator_optimizer.learning_rate.assign(GENERATOR_RATE * slow * min(1.0, (done + 1) / EASE_IN))
        players.discriminator_optimizer.learning_rate.assign(DISCRIMINATOR_RATE * max(0.2, slow))
        numbers = tensor(recipe.steps + done, "int32"), tensor(_choose_rows(trainer, recipe.steps + done))
        keep = tensor(np.float32(min(EMA, (1 + done) / (10 + done))))
        measures, noticed, labels = move_both(*numbers, keep, slopes, done % PENALTY_EVERY == 0)
        crowd.remember(np.asarray(noticed, np.float64), np.asarray(labels))
        if done % SLOPES_EVERY == 0:
            crowd.turn_again()
        slopes = crowd.list_slopes()
        trainer.take_note(np.asarray(measures), draw=recipe.steps + done + 1 in moments, begun=begun)
        if trainer.step % trainer.stretch == 0 or trainer.step == last:
            on_step(trainer.step, last, trainer.record())
