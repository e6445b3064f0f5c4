"""A small head on the 128 numbers of a face, taught by the triplet loss while one watches.

The network that made the 128 numbers stays as it is. The head multiplies them by a matrix (or two, with a hidden layer
between), brings the result to length 1, and learns so that a person's pictures move together and people apart. It
starts as a random turn and projection, which with 128 outputs is the plain distance of directions itself.

Method: Schroff et al., "FaceNet", 2015, https://arxiv.org/abs/1503.03832; steps by Adam, Kingma and Ba, 2015,
https://arxiv.org/abs/1412.6980, algorithm 1 with its own constants. All by hand in NumPy.

Left out: learning the network itself, which took its makers three million pictures; whether the head is any better
than the plain distance (``head_trial`` measures it).
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

import numpy as np

from core.hub.contract import Label, OnStep, Range, Seed
from core.hub.errors import DataError
from core.vision.face_recognition.film import Film, Moment, choose_points, make_film, plan_frames
from core.vision.face_recognition.mining import People, check_people, count_hardness, mine_triplets
from core.vision.face_recognition.triplet import (
    Array,
    Triplets,
    carry_through_normalising,
    find_gradient,
    measure_loss,
    normalise,
)

BETA_1, BETA_2, EPSILON = 0.9, 0.999, 1e-8
"""Adam's constants as its authors give them."""
N_FRAMES = 60


@dataclass(frozen=True, slots=True)
class HeadSettings:
    """All that decides what a head learns.

    Parameters
    ----------
    size : int
        Numbers of the new vector; fewer move more visibly and tell fewer people apart.
    hidden : int
        Units of a hidden layer; 0 is a single matrix. More can learn more by heart.
    mining : {"semi-hard", "hard", "all"}
        Which triplets are learnt from, see ``mining``.
    margin : float
        How much further the negative must lie, in squared distance.
    steps : int
        Steps of Adam, each on all pictures.
    rate : float
        Size of a step; too large a one jumps over the valley.
    """

    size: Annotated[int, Range(2, 128, 1), Label("Numbers of the new vector")] = 16
    hidden: Annotated[int, Range(0, 128, 1), Label("Hidden units", "0 is a single matrix.")] = 0
    mining: Annotated[Literal["semi-hard", "hard", "all"], Label("Triplets")] = "semi-hard"
    margin: Annotated[float, Range(0.05, 1.0, 0.05), Label("Margin", "In squared distance, of at most 4.")] = 0.2
    steps: Annotated[int, Range(1, 1_000, 1), Label("Steps")] = 200
    rate: Annotated[float, Range(0.0001, 0.1, None, log=True), Label("Learning rate")] = 0.003
    seed: Seed = 0


@dataclass(frozen=True, slots=True, eq=False)
class Head:
    """A learnt head. Read-only, so threads may share it.

    Parameters
    ----------
    settings : HeadSettings
        What it was taught with.
    weights : tuple of arrays
        One matrix (n_inputs, size), or (n_inputs, hidden) and (hidden, size).
    film : Film
        Where the pictures lay while it learnt.
    """

    settings: HeadSettings
    weights: tuple[Array, ...]
    film: Film

    def embed(self, vectors: Array) -> Array:
        """Turn vectors (n, n_inputs) into the head's, shape (n, size), each of length 1."""
        return normalise(run_layers(vectors, self.weights)[-1])


def run_layers(vectors: Array, weights: Sequence[Array]) -> list[Array]:
    """Multiply through the layers, tanh between them; return the input, the hidden answers and the output."""
    answers = [np.asarray(vectors, dtype=np.float64)]
    for place, matrix in enumerate(weights):
        product = answers[-1] @ matrix
        # A bend between two matrices, without which they were one.
        answers.append(product if place == len(weights) - 1 else np.tanh(product))
    return answers


def find_weight_gradients(
    answers: Sequence[Array], weights: Sequence[Array], triplets: Triplets, margin: float
) -> tuple[Array, ...]:
    """Return the slope of the triplet loss by every matrix, from the last layer back to the first.

    Parameters
    ----------
    answers : sequence of arrays
        What :func:`run_layers` returned.
    weights : sequence of arrays
        The matrices it ran through.
    triplets : array of int64, shape (n_triplets, 3)
    margin : float
        In squared distance.
    """
    # The loss is measured on unit vectors, the layers give longer ones: the slope passes the normalising first.
    slope = carry_through_normalising(answers[-1], find_gradient(normalise(answers[-1]), triplets, margin))
    found: list[Array] = []
    for place in range(len(weights) - 1, -1, -1):
        # A weight meets each picture's input once: its slope is the sum of input times slope of the output.
        found.append(answers[place].T @ slope)
        if place:
            # Back through the matrix, then through tanh, whose slope is 1 - tanh².
            slope = (slope @ weights[place].T) * (1 - answers[place] ** 2)
    return tuple(reversed(found))


class Adam:
    """Steps downhill whose length adapts to each weight by itself.

    Parameters
    ----------
    weights : sequence of arrays
        Where to start; they are not changed.
    rate : float
        About how far a weight moves in one step.

    Examples
    --------
    The first step is as long as the rate, whatever the slope:

    >>> Adam([np.array([1.0])], rate=0.1).move([np.array([1e6])])[0].round(6).tolist()
    [0.9]
    """

    def __init__(self, weights: Sequence[Array], rate: float) -> None:
        self.weights, self._rate, self._step = tuple(weights), rate, 0
        self._means = [np.zeros_like(each) for each in weights]
        self._squares = [np.zeros_like(each) for each in weights]

    def move(self, gradients: Sequence[Array]) -> tuple[Array, ...]:
        """Take one step against the slopes and return the new weights."""
        self._step += 1
        moved = []
        for place, (weight, gradient) in enumerate(zip(self.weights, gradients, strict=True)):
            # A running mean of the slope: where it keeps its sign, the step goes on.
            self._means[place] = BETA_1 * self._means[place] + (1 - BETA_1) * gradient
            # A running mean of its square: where it is large, the step is short.
            self._squares[place] = BETA_2 * self._squares[place] + (1 - BETA_2) * gradient**2
            # Both start at zero; early on they are too small by a known factor.
            mean = self._means[place] / (1 - BETA_1**self._step)
            square = self._squares[place] / (1 - BETA_2**self._step)
            moved.append(weight - self._rate * mean / (np.sqrt(square) + EPSILON))
        self.weights = tuple(moved)
        return self.weights


def make_weights(n_inputs: int, settings: HeadSettings) -> tuple[Array, ...]:
    """Draw the matrices that a head starts from, with orthonormal columns: distances are kept as far as they can be.

    Raises
    ------
    DataError
        If a layer is wider than what it receives.
    """
    rng = np.random.default_rng(settings.seed)
    widths = [n_inputs, *([settings.hidden] if settings.hidden else []), settings.size]
    matrices = []
    for wide, narrow in itertools.pairwise(widths):
        if narrow > wide:
            message = f"a layer gives {narrow} numbers from {wide}; it must give at most {wide}: make size smaller"
            raise DataError(message)
        matrices.append(np.asarray(np.linalg.qr(rng.normal(size=(wide, narrow)))[0]))
    return tuple(matrices)


def train_head(
    vectors: Array, people: People, settings: HeadSettings | None = None, on_step: OnStep | None = None
) -> Head:
    """Teach a head to tell these people apart.

    Parameters
    ----------
    vectors : array of float64, shape (n, n_inputs)
        Embeddings, usually 128 numbers each; at most 1,000.
    people : array of int64, shape (n,)
        Whose each is.
    settings : HeadSettings, optional
    on_step : callable, optional
        ``on_step(step, total, metrics)`` with ``loss`` and ``n_triplets``; it may raise to cancel.

    Raises
    ------
    DataError
        If no triplet can be made, see :func:`core.vision.face_recognition.mining.check_people`.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> people = np.repeat(np.arange(3), 4)
    >>> vectors = rng.normal(size=(3, 8))[people] + 0.5 * rng.normal(size=(12, 8))
    >>> head = train_head(vectors, people, HeadSettings(size=2, steps=100, rate=0.03))
    >>> [round(head.film.moments[place].loss, 2) for place in (0, -1)]
    [0.15, 0.0]
    """
    settings = settings or HeadSettings()
    check_people(vectors, people)
    adam = Adam(make_weights(vectors.shape[1], settings), settings.rate)
    shown = choose_points(people)
    frames = set(plan_frames(settings.steps, N_FRAMES))
    moments, states = [], []
    for step in range(settings.steps + 1):
        answers = run_layers(vectors, adam.weights)
        state = normalise(answers[-1])
        # What is hard changes with every step, so triplets are mined anew from where the pictures lie now.
        triplets = mine_triplets(state, people, settings.mining, settings.margin)
        loss = measure_loss(state, triplets, settings.margin)
        if step in frames:
            hardness = count_hardness(state, people, settings.margin)
            moments.append(Moment(step, loss, hardness, len(triplets)))
            states.append(state[shown])
        if on_step is not None:
            on_step(step, settings.steps, {"loss": loss, "n_triplets": float(len(triplets))})
        if step < settings.steps:
            adam.move(find_weight_gradients(answers, adam.weights, triplets, settings.margin))
    return Head(settings, adam.weights, make_film(moments, states, people[shown]))
