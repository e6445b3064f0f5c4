"""A task of pure memory: say at the end which of two signs came first, after many steps of noise.

Only the first step tells; guessing is right half the time. The slope that would teach a plain cell to keep that first
sign has to come back through every step, and is as good as gone after a few dozen. The LSTM's second state lets it
through.

Method: after Hochreiter & Schmidhuber 1997, https://doi.org/10.1162/neco.1997.9.8.1735, section 5 (long time lags),
made small; both cells by our own code (``recurrent``), Adam (Kingma & Ba 2015), gradients clipped at length 1.

Left out: tasks that also need adding or counting.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

from core.hub.errors import ArtifactError, RecipeError
from core.text.sentiment.recurrent import Array, Cell, Kind, carry_back, make_cell, run_cell

N_SIGNS = 2
KINDS: tuple[Kind, ...] = ("rnn", "lstm")
CLIP = 1.0


@dataclass(frozen=True, slots=True)
class MemorySettings:
    """What decides a training.

    Parameters
    ----------
    gap : int
        Steps of noise between the sign and the question, 1 to 500.
    units : int
    steps : int
        Steps of learning.
    batch : int
    rate : float
    forget : float
        Bias of the LSTM's forget gate to begin with: at 3 it keeps 95% a step.
    seed : int
    """

    gap: int = 20
    units: int = 12
    steps: int = 300
    batch: int = 32
    rate: float = 0.02
    forget: float = 3.0
    seed: int = 0

    def __post_init__(self) -> None:
        for name, low, high in (("gap", 1, 500), ("units", 1, 128), ("steps", 1, 5_000), ("batch", 1, 1_000)):
            value = getattr(self, name)
            if not low <= value <= high:
                message = f"{name} is {value}; it must be {low} to {high}"
                raise RecipeError(message)


@dataclass(frozen=True, slots=True)
class MemoryResult:
    """How a cell did.

    Parameters
    ----------
    kind : str
    gap, units, steps, seed : int
    n_test : int
        Fresh sequences it was asked about.
    accuracy : float
        Share right; 0.5 is guessing.
    """

    kind: Kind
    gap: int
    units: int
    steps: int
    seed: int
    n_test: int
    accuracy: float


def make_sequences(n: int, gap: int, rng: np.random.Generator) -> tuple[Array, NDArray[np.int64]]:
    """Make sequences and the answers.

    Returns
    -------
    x : array of shape (n, gap + 1, 3)
        The first step shows sign 0 or 1; all others are noise in the third place.
    signs : int64 array of shape (n,)

    Examples
    --------
    >>> x, signs = make_sequences(2, 3, np.random.default_rng(0))
    >>> x.shape, bool((x[:, 0, :2].argmax(axis=1) == signs).all())
    ((2, 4, 3), True)
    """
    signs = rng.integers(0, N_SIGNS, n)
    x = np.zeros((n, gap + 1, N_SIGNS + 1))
    x[np.arange(n), 0, signs] = 1.0
    x[:, 1:, N_SIGNS] = rng.normal(size=(n, gap))
    return x, signs


def train_memory(kind: Kind, settings: MemorySettings, n_test: int = 500) -> MemoryResult:
    """Teach a cell the task and ask it about fresh sequences.

    Parameters
    ----------
    kind : str
        ``rnn`` or ``lstm``.
    """
    rng = np.random.default_rng(settings.seed)
    cell = make_cell(kind, N_SIGNS + 1, settings.units, settings.seed)
    if kind == "lstm":
        cell.bias[settings.units : 2 * settings.units] = settings.forget
    parts = [cell.inputs, cell.hidden, cell.bias, rng.normal(size=settings.units) / settings.units**0.5, np.zeros(1)]
    adam = _Adam([np.zeros_like(part) for part in parts], [np.zeros_like(part) for part in parts])
    for step in range(1, settings.steps + 1):
        x, signs = make_sequences(settings.batch, settings.gap, rng)
        adam.move(parts, _find_slopes(kind, parts, x, signs), settings.rate, step)
    x, signs = make_sequences(n_test, settings.gap, rng)
    last = run_cell(Cell(kind, *parts[:3]), x).states[:, -1]
    right = (last @ parts[3] + parts[4][0] > 0) == (signs == 1)
    return MemoryResult(kind, settings.gap, settings.units, settings.steps, settings.seed, n_test, float(right.mean()))


def _find_slopes(kind: Kind, parts: list[Array], x: Array, signs: NDArray[np.int64]) -> list[Array]:
    """Return the slopes of the mean cross-entropy, cut to length 1 together."""
    cell = Cell(kind, *parts[:3])
    trace = run_cell(cell, x)
    last = trace.states[:, -1]
    share = 1 / (1 + np.exp(-(last @ parts[3] + parts[4][0])))
    missed = (share - signs) / len(signs)
    above = np.zeros_like(trace.states)
    above[:, -1] = missed[:, None] * parts[3]
    back = carry_back(cell, x, trace, above)
    slopes = [back.inputs, back.hidden, back.bias, last.T @ missed, np.array([missed.sum()])]
    length = float(np.sqrt(sum(np.sum(slope**2) for slope in slopes)))
    return [slope * min(1.0, CLIP / max(length, 1e-12)) for slope in slopes]


@dataclass(slots=True)
class _Adam:
    """Adam's running means of slopes and of their squares."""

    means: list[Array]
    squares: list[Array]

    def move(self, parts: list[Array], slopes: list[Array], rate: float, step: int) -> None:
        """Take one step, in place; 0.9, 0.999 and 1e-8 are the paper's."""
        for place, slope in enumerate(slopes):
            self.means[place] = 0.9 * self.means[place] + 0.1 * slope
            self.squares[place] = 0.999 * self.squares[place] + 0.001 * slope**2
            mean, square = self.means[place] / (1 - 0.9**step), self.squares[place] / (1 - 0.999**step)
            parts[place] = parts[place] - rate * mean / (np.sqrt(square) + 1e-8)


def measure_memory(
    gaps: Sequence[int], seeds: Sequence[int], on_result: Callable[[MemoryResult], None] | None = None
) -> tuple[MemoryResult, ...]:
    """Teach both cells at several gaps, from several seeds."""
    found = []
    for gap in gaps:
        for kind in KINDS:
            for seed in seeds:
                found.append(train_memory(kind, MemorySettings(gap=gap, seed=seed)))
                if on_result is not None:
                    on_result(found[-1])
    return tuple(found)


def results_to_json(results: Sequence[MemoryResult]) -> bytes:
    """Write results as JSON, one a line."""
    return ("[\n" + ",\n".join(json.dumps(asdict(result)) for result in results) + "\n]\n").encode()


def results_from_json(content: bytes) -> tuple[MemoryResult, ...]:
    """Read results back.

    Raises
    ------
    ArtifactError
        If the bytes are not what ``results_to_json`` writes.
    """
    try:
        return tuple(MemoryResult(**value) for value in json.loads(content))
    except (ValueError, TypeError, RecursionError) as error:
        message = f"the stored results of the memory task cannot be read ({str(error)[:80]}); measure them again"
        raise ArtifactError(message) from error
