"""The loop around the steps, what it records, and how it is stopped and taken up again.

Every step both networks move once. Losses are means over stretches of steps; the film draws the same 64 codes at
moments that lie close at first, when most happens, and then further apart.

Left out: what one step does (``stepping``); figures (``scoring``).
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.hub.contract import OnStep
from core.hub.errors import ArtifactError
from core.hub.fields import recipe_to_json, validate_recipe
from core.hub.packing import pack_arrays, unpack_arrays
from core.vision._shared.keras_door import import_keras
from core.vision.image_generation.data import Data
from core.vision.image_generation.networks import build_discriminator, build_generator
from core.vision.image_generation.recipe import N_CLASSES, N_FILM, SIDE, Recipe
from core.vision.image_generation.stepping import (
    MEASURES,
    PENALTY_EVERY,
    Game,
    Players,
    make_lone_step,
    make_optimizer,
    make_step,
)
from core.vision.image_generation.style import N_NOISE

STRETCH = 50
"""Steps that one recorded figure is the mean of, in runs of 5,000 steps and more."""
DECAY_FROM = 0.6
"""From this share of the steps on, learning rates fall in a straight line to a twentieth."""


def list_moments(steps: int, frames: int) -> tuple[int, ...]:
    """List the steps after which a frame of the film is drawn, from 0 to the last.

    Examples
    --------
    >>> list_moments(1_000, 6)
    (0, 40, 160, 360, 640, 1000)
    """
    return tuple(sorted({round(steps * share**2) for share in np.linspace(0, 1, frames)}))


def film_codes(recipe: Recipe) -> tuple[NDArray[np.float32], NDArray[np.int32], NDArray[np.float32]]:
    """Draw the film's fixed codes (64, latent), labels (64,) and noise (64, N_NOISE); class by class."""
    rng = np.random.default_rng((recipe.seed, 64))
    codes = rng.standard_normal((N_FILM, recipe.latent), np.float32)
    labels = np.sort(np.arange(N_FILM) % N_CLASSES).astype(np.int32)
    return codes, labels, rng.standard_normal((N_FILM, N_NOISE), np.float32)


def to_pixels(pictures: Any) -> NDArray[np.uint8]:
    """Turn pictures (n, 28, 28, 1) of −1 to 1 into (n, 28, 28) of 0 to 255."""
    values = np.asarray(pictures, np.float32).reshape(-1, SIDE, SIDE)
    return np.asarray(np.rint(np.clip(values * 127.5 + 127.5, 0, 255)), np.uint8)


class Trainer:
    """A run under way.

    Parameters
    ----------
    recipe : Recipe
        What to run.
    data : Data
        Only its training rows are looked at.
    threads : int
        Of one operation.

    Attributes
    ----------
    step : int
        Steps done.
    history : list of tuples
        For each stretch its last step, then the means of ``stepping.MEASURES``.
    frames : dict of int to uint8 array of shape (64, 28, 28)
        The film so far, by step.
    seconds : float
        Time taken so far, over all sittings.
    """

    def __init__(self, recipe: Recipe, data: Data, threads: int = 1) -> None:
        validate_recipe(recipe)
        self.recipe = recipe
        self.keras = import_keras(threads, half=recipe.half)
        self.keras.utils.set_random_seed(recipe.seed)
        self.players = self._make_players()
        self.step, self.seconds = 0, 0.0
        self.history: list[tuple[float, ...]] = []
        self.frames: dict[int, NDArray[np.uint8]] = {}
        self._pending: list[NDArray[np.float32]] = []
        self._n_pictures = len(data.images)
        self._rows = self._load_rows(data)
        self._move = make_step(recipe, self.players, *self._rows)
        self._lone: dict[str, Any] = {}

    def _make_players(self) -> Players:
        """Build the networks, the shown generator equal to the trained one, and the optimisers."""
        recipe, keras = self.recipe, self.keras
        generator, shown = build_generator(keras, recipe), build_generator(keras, recipe)
        discriminator = build_discriminator(keras, recipe)
        for average, now in zip(shown.variables, generator.variables, strict=True):
            average.assign(now)
        return Players(
            generator, shown, discriminator,
            make_optimizer(keras, recipe, recipe.generator_rate, generator.trained),
            make_optimizer(keras, recipe, recipe.discriminator_rate, discriminator.trained),
        )  # fmt: skip

    def _load_rows(self, data: Data) -> tuple[Any, Any]:
        """Hand the training pictures and labels to TensorFlow."""
        import tensorflow as tf

        return tf.constant(data.images[..., None]), tf.constant(data.labels.astype(np.int32))

    @property
    def stretch(self) -> int:
        """Steps of one recorded figure: about a hundredth of a short run."""
        return max(1, min(STRETCH, self.recipe.steps // 100))

    def run(self, until: int, on_step: OnStep) -> None:
        """Train up to a step; ``on_step`` is told once a stretch and at each frame."""
        recipe, moments = self.recipe, set(list_moments(self.recipe.steps, self.recipe.frames))
        if self.step == 0:
            self.frames[0] = self.draw_film()
        while self.step < min(until, recipe.steps):
            begun = time.perf_counter()
            self.take_note(self._take_step(), draw=self.step + 1 in moments, begun=begun)
            if self.step % self.stretch == 0 or self.step == recipe.steps:
                on_step(self.step, recipe.steps, self.record())

    def take_note(self, measures: NDArray[np.float32], *, draw: bool, begun: float) -> None:
        """Count a step that began at ``begun``, with its measures, and draw a frame where one is due."""
        self._pending.append(measures)
        self.step += 1
        if draw:
            self.frames[self.step] = self.draw_film()
        # Counted step by step, so that the time for which a person holds the run is left out.
        self.seconds += time.perf_counter() - begun

    def change_players(self, players: Players) -> Game:
        """Go on with other players; return what a step of theirs reads."""
        import tensorflow as tf

        self.players, self._lone = players, {}
        return Game(self.recipe, tf, players, *self._rows)

    def play_alone(self, player: str, steps: int) -> tuple[float, float]:
        """Move one network while the other stands still; the run's own count of steps stays.

        Parameters
        ----------
        player : {"generator", "discriminator"}
            Who moves.
        steps : int
            How often.

        Returns
        -------
        generator_loss, discriminator_loss : float
            At the last of these steps.
        """
        if player not in self._lone:
            self._lone[player] = make_lone_step(self.recipe, self.players, *self._rows, player)
        tensor, found = self.keras.ops.convert_to_tensor, np.zeros(2)
        # The shown generator follows at once: what ten steps change shall be seen.
        keep = tensor(np.float32(0.5))
        for number in range(self.step, self.step + steps):
            found = np.asarray(self._lone[player](tensor(number, "int32"), tensor(self.choose_rows(number)), keep))
        return float(found[0]), float(found[1])

    def choose_rows(self, number: int) -> NDArray[np.int32]:
        """Draw a step's rows: they follow from the seed and the step's number."""
        rng = np.random.default_rng((self.recipe.seed, number))
        return rng.integers(0, self._n_pictures, self.recipe.batch).astype(np.int32)

    def _take_step(self) -> NDArray[np.float32]:
        """Take one step of both networks."""
        recipe, number = self.recipe, self.step
        rows = self.choose_rows(number)
        slow = min(1.0, max(0.05, (1 - number / recipe.steps) / (1 - DECAY_FROM)))
        self.players.generator_optimizer.learning_rate.assign(recipe.generator_rate * slow)
        self.players.discriminator_optimizer.learning_rate.assign(recipe.discriminator_rate * slow)
        # Early on the shown generator follows closely, or it would show the untrained one for long.
        keep = np.float32(min(recipe.ema, (1 + number) / (10 + number)))
        tensor = self.keras.ops.convert_to_tensor
        penalise = recipe.r1 > 0 and number % PENALTY_EVERY == 0
        return np.asarray(self._move(tensor(number, "int32"), tensor(rows), tensor(keep), penalise))

    def record(self) -> dict[str, float]:
        """Write down the means of the last stretch; the penalty's over the steps that took it."""
        table = np.stack(self._pending)
        self._pending = []
        means = table.mean(axis=0)
        taken = table[table[:, -1] != 0, -1]
        means[-1] = taken.mean() if len(taken) else 0.0
        self.history.append((float(self.step), *map(float, means)))
        return dict(zip(MEASURES, map(float, means), strict=True))

    def draw_film(self) -> NDArray[np.uint8]:
        """Draw the film's codes with the shown generator, shape (64, 28, 28)."""
        return to_pixels(self.players.shown.draw(*map(self.keras.ops.convert_to_tensor, film_codes(self.recipe))))

    def _list_variables(self) -> list[Any]:
        """List everything that a run's going on depends on."""
        players = self.players
        return [
            *players.generator.variables, *players.shown.variables, *players.discriminator.network.variables,
            *players.generator_optimizer.variables, *players.discriminator_optimizer.variables,
        ]  # fmt: skip

    def pack(self) -> bytes:
        """Write the run's state, whole stretches only, as npz bytes."""
        weights = {f"v{place}": np.asarray(each) for place, each in enumerate(self._list_variables())}
        return pack_arrays({
            **weights,
            "recipe": np.frombuffer(recipe_to_json(self.recipe).encode(), np.uint8),
            "progress": np.array([self.step, self.seconds]),
            "history": np.array(self.history).reshape(-1, len(MEASURES) + 1),
            "moments": np.array(list(self.frames)),
            "frames": np.stack(list(self.frames.values())),
        })  # fmt: skip

    def unpack(self, content: bytes) -> None:
        """Take up a run where :meth:`pack` left it.

        Raises
        ------
        ArtifactError
            If the bytes are of another recipe or damaged.
        """
        arrays = unpack_arrays(content)
        if arrays["recipe"].tobytes().decode() != recipe_to_json(self.recipe):
            message = "the stopped run has another recipe; give its own recipe or an empty folder"
            raise ArtifactError(message)
        for place, each in enumerate(self._list_variables()):
            each.assign(arrays[f"v{place}"])
        self.step, self.seconds = int(arrays["progress"][0]), float(arrays["progress"][1])
        self.history = [tuple(row) for row in arrays["history"].tolist()]
        self.frames = dict(zip(arrays["moments"].tolist(), arrays["frames"], strict=True))


def summarise_history(history: list[tuple[float, ...]]) -> Mapping[str, NDArray[np.float64]]:
    """Turn a history into columns: ``step`` and each of ``stepping.MEASURES``."""
    table = np.array(history).reshape(-1, len(MEASURES) + 1)
    return dict(zip(("step", *MEASURES), table.T, strict=True))
