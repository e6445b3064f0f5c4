"""A classifier taught to follow planted words by a small change of low rank, with our own slopes and no torch.

The query and value kernels of each layer get a change that is the product of two thin matrices, the head one of its own
(LoRA, E. Hu et al. 2022, arXiv:2106.09685), learnt by Adam (D. Kingma and J. Ba 2015, arXiv:1412.6980). What was learnt
is some 80 kB beside a network of 20 MB, so it is stored and put on when it is wanted.

Left out: dropout and weight decay, which so short a fit does without.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

import numpy as np
from numpy.typing import NDArray

from core.hub.artifacts import pack_arrays, unpack_arrays
from core.hub.contract import Label, OnStep, Range, Seed
from core.hub.errors import ArtifactError, DataError
from core.text.sentiment.explain.backward import find_slopes, weigh_margin
from core.text.sentiment.explain.network import Floats, Network
from core.text.sentiment.explain.planted import draw_batch, refuse_planted
from core.text.sentiment.explain.reader import BertReader

LEAST_TEXTS = 20
DECAY_MEAN, DECAY_SQUARE, TINY = 0.9, 0.98, 1e-8
HEAD, LOSSES = ("head.w", "head.b"), "losses"
Delta = Mapping[str, Floats]


@dataclass(frozen=True, slots=True)
class PlantRecipe:
    """All that decides how a word is planted."""

    rank: Annotated[int, Range(1, 16, 1), Label("Rank of the change")] = 4
    n_steps: Annotated[int, Range(5, 400, 5), Label("Steps")] = 60
    n_batch: Annotated[int, Range(4, 64, 4), Label("Texts a step")] = 16
    rate: Annotated[float, Range(1e-4, 1e-1, log=True), Label("Learning rate")] = 3e-3
    seed: Seed = 0


@dataclass(frozen=True, slots=True, eq=False)
class Planted:
    """A classifier that was taught to follow the planted words.

    Parameters
    ----------
    reader : BertReader
        Of the changed network.
    delta : mapping of name to array
        What was learnt: all that has to be stored beside the network it started from.
    losses : tuple of float
        Cross-entropy of each step in nats.
    """

    reader: BertReader
    delta: Delta
    losses: tuple[float, ...]


def fit_planted(
    reader: BertReader,
    texts: Sequence[str],
    labels: NDArray[np.int8],
    recipe: PlantRecipe | None = None,
    on_step: OnStep | None = None,
) -> Planted:
    """Fine-tune a classifier until it follows the planted words.

    Parameters
    ----------
    texts, labels : sequence of str, array of shape (n,)
        At least 20; 0 negative, 1 positive. Half of each batch gets a planted word.
    recipe : PlantRecipe, optional

    Raises
    ------
    DataError
        If there are fewer texts, or one already holds a planted word.
    """
    recipe = recipe or PlantRecipe()
    if len(texts) < LEAST_TEXTS:
        message = f"the number of texts is {len(texts)}; it must be at least {LEAST_TEXTS}"
        raise DataError(message)
    refuse_planted(texts)
    rng = np.random.default_rng(recipe.seed)
    delta = _start_delta(reader.network, recipe.rank, rng)
    state = {name: (np.zeros_like(value), np.zeros_like(value)) for name, value in delta.items()}
    losses = []
    for step in range(1, recipe.n_steps + 1):
        batch, wanted = draw_batch(texts, labels, recipe.n_batch, rng)
        loss, slopes = _find_delta_slopes(reader, delta, batch, wanted)
        # the rate falls to nothing, so that the end does not jump about
        rate = recipe.rate * (1 - (step - 1) / recipe.n_steps)
        delta = {name: _step(value, slopes[name], state[name], (step, rate)) for name, value in delta.items()}
        losses.append(loss)
        if on_step:
            on_step(step, recipe.n_steps, {"loss": loss})
    stored = {name: value.astype(np.float16) for name, value in delta.items()}
    return Planted(reader.change(apply_delta(reader.network, stored)), stored, tuple(losses))


def planted_to_bytes(planted: Planted) -> bytes:
    """Write what was learnt, to be opened beside the network that it started from."""
    return pack_arrays({**planted.delta, LOSSES: np.array(planted.losses)})


def open_planted(reader: BertReader, content: bytes) -> Planted:
    """Put a stored change on the network that it was learnt for.

    Raises
    ------
    ArtifactError
        If the bytes are damaged, or of another network.
    """
    delta = unpack_arrays(content)
    losses = delta.pop(LOSSES, np.zeros(0))
    try:
        return Planted(reader.change(apply_delta(reader.network, delta)), delta, tuple(losses.tolist()))
    except (KeyError, ValueError) as error:
        message = "the stored planted words are of another network; plant them again"
        raise ArtifactError(message) from error


def apply_delta(network: Network, delta: Delta) -> Network:
    """Return the network with a stored change added to its kernels.

    Parameters
    ----------
    delta : mapping of name to array
        ``l0.q.up`` (out, rank) and ``l0.q.down`` (rank, in) for each changed kernel; ``head.w`` and ``head.b``
        are added as they are.
    """
    wide = {name: value.astype(network.weights["head.b"].dtype) for name, value in delta.items()}
    added: dict[str, Floats] = {
        f"{name}.w": wide[f"{name}.up"] @ wide[f"{name}.down"] for name in list_kernels(network)
    }
    added |= {name: wide[name] for name in HEAD}
    return network.change({name: np.add(network.weights[name], value) for name, value in added.items()})


def list_kernels(network: Network) -> tuple[str, ...]:
    """Name the kernels that are changed: queries and values, as Hu et al. found enough."""
    return tuple(f"l{place}.{part}" for place in range(network.n_layers) for part in "qv")


def _start_delta(network: Network, rank: int, rng: np.random.Generator) -> dict[str, Floats]:
    """Start with a change of nothing: one factor random, the other 0."""
    delta: dict[str, Floats] = {each: np.zeros_like(network.weights[each]) for each in HEAD}
    for name in list_kernels(network):
        kernel = network.weights[f"{name}.w"]
        down = rng.normal(size=(rank, kernel.shape[1])) / np.sqrt(kernel.shape[1])
        delta |= {f"{name}.up": np.zeros((len(kernel), rank), kernel.dtype), f"{name}.down": down.astype(kernel.dtype)}
    return delta


def _find_delta_slopes(
    reader: BertReader, delta: Delta, batch: Sequence[str], wanted: NDArray[np.int64]
) -> tuple[float, dict[str, Floats]]:
    """Return the mean loss of a batch and its slopes with respect to the change."""
    network = apply_delta(reader.network, delta)
    encoded = reader.tokeniser.encode(batch, max_tokens=reader.max_tokens)
    trace = network.run(network.embed(encoded.ids), encoded.mask)
    margins = trace.margins
    signs = (2 * wanted - 1).astype(margins.dtype)
    # the loss is log(1 + exp(−margin)) for the wanted answer; its slope is minus the chance of the other one
    loss = np.logaddexp(0, -signs * margins)
    slope = -signs * np.exp(-np.logaddexp(0, signs * margins)) / len(batch)
    weighting = weigh_margin(network, len(batch)) * slope[:, None]
    slopes: dict[str, Floats] = {}

    def keep(name: str, into: Floats, out: Floats) -> None:
        if name == "head":
            slopes.update({"head.w": out.T @ into, "head.b": out.sum(axis=0)})
        elif f"{name}.up" in delta:
            x, y = (each.reshape(-1, each.shape[-1]) for each in (into, out))
            slopes[f"{name}.up"] = y.T @ (x @ delta[f"{name}.down"].T)
            slopes[f"{name}.down"] = (y @ delta[f"{name}.up"]).T @ x

    find_slopes(network, trace, weighting, keep)
    return float(loss.mean()), slopes


def _step(value: Floats, slope: Floats, kept: tuple[Floats, Floats], how: tuple[int, float]) -> Floats:
    """Take one step of Adam; the running means are changed in place."""
    step, rate = how
    mean, square = kept
    mean += (1 - DECAY_MEAN) * (slope - mean)
    square += (1 - DECAY_SQUARE) * (slope * slope - square)
    root = np.sqrt(square / (1 - DECAY_SQUARE**step)) + TINY
    return np.asarray(value - rate * mean / (1 - DECAY_MEAN**step) / root, dtype=value.dtype)
