"""Fine-tune a BERT on texts with soft labels: AdamW, slower towards the input, the best epoch kept.

The learning rate rises over the first steps and falls in a line to 0; each layer learns at ``layer_decay`` times the
rate of the layer above (Howard & Ruder 2018, https://arxiv.org/abs/1801.06146; Sun et al. 2019,
https://arxiv.org/abs/1905.05583). The lowest ``n_frozen`` layers keep their weights; what they make of each text is
computed once and kept, so that an epoch costs only the layers above. Word and position tables never move.

Left out: several machines, mixed precision, texts longer than the position table.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.text._shared.bert_graph import Array, BertShape
from core.text._shared.torch_bert import make_bert

GROUP = 16
"""Batches whose texts are sorted by length together: little padding, yet another order each epoch."""
LONGEST_STEP = 1.0
"""Largest norm of a gradient; a longer one is shortened."""


@dataclass(frozen=True, slots=True)
class FineTuning:
    """How a net is fine-tuned.

    Parameters
    ----------
    epochs : int
        Passes over the texts; the one that ``judge`` likes best is kept.
    batch_size : int
        Texts of one step.
    learning_rate : float
        Of the head and the top layer, at its peak.
    layer_decay : float
        Rate of a layer over that of the layer above, 0 to 1; lower keeps more of what was learned before.
    n_frozen : int
        Lowest layers that stay as they are; each saves its share of every epoch.
    dropout : float
        Share of values put to 0 in training.
    warm_up : float
        Share of the steps in which the rate rises.
    weight_decay : float
        Pull of kernels towards 0.
    threads : int
        Threads of torch.
    seed : int
        Of the order and of dropout.
    """

    epochs: int = 3
    batch_size: int = 32
    learning_rate: float = 8e-5
    layer_decay: float = 0.85
    n_frozen: int = 0
    dropout: float = 0.1
    warm_up: float = 0.1
    weight_decay: float = 0.01
    threads: int = 2
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Step:
    """Where a run stands: steps done and in all, the loss of the last step, seconds since the start."""

    done: int
    total: int
    loss: float
    seconds: float


Judge = Callable[[dict[str, Array]], float]
OnTuned = Callable[[Step], None]


def fine_tune(
    weights: Mapping[str, Array],
    shape: BertShape,
    rows: tuple[Sequence[Sequence[int]], NDArray[np.floating[Any]]],
    settings: FineTuning,
    judge: Judge | None = None,
    on_step: OnTuned | None = None,
) -> dict[str, Array]:
    """Fine-tune a net.

    Parameters
    ----------
    weights : mapping of name to array
        To begin with, a head included (``torch_bert.add_head``).
    rows : tuple of token numbers and targets
        Token numbers of each text, the added ones included; and a share of each class, shape (n, k), rows sum to 1.
    judge : callable, optional
        Given the weights after each epoch, says how good they are; the best epoch is kept. Without it the last one is.
    on_step : callable, optional
        Called after each step; what it raises ends the run.

    Returns
    -------
    dict of name to array
        The tuned weights, under the same names.
    """
    import torch

    torch.set_num_threads(settings.threads)
    torch.manual_seed(settings.seed)
    net = make_bert(weights, shape, settings.dropout)
    ids, targets = rows
    kept = keep_inputs(net, ids, settings.n_frozen, settings.batch_size)
    wanted = torch.from_numpy(np.asarray(targets, dtype=np.float32))
    rng = np.random.default_rng(settings.seed)
    lengths = np.array([len(each) for each in kept])
    total = settings.epochs * -(-len(kept) // settings.batch_size)
    walk = _Walk(net, _make_optimiser(net, settings, total), settings.n_frozen, total, on_step)
    best: dict[str, Array] = net.export()
    best_value = -np.inf
    for _ in range(settings.epochs):
        net.train()
        for batch in make_batches(lengths, settings.batch_size, rng):
            walk.step(pad_inputs([kept[row] for row in batch]), wanted[batch])
        found = net.export()
        value = judge(found) if judge else best_value
        if value >= best_value:
            best, best_value = found, value
    return best


def keep_inputs(net: Any, ids: Sequence[Sequence[int]], n_frozen: int, batch_size: int) -> list[Any]:
    """Compute once what the frozen layers make of each text: tensors of shape (t, width)."""
    import torch

    net.eval()
    kept: list[Any] = [None] * len(ids)
    order = sorted(range(len(ids)), key=lambda row: len(ids[row]))
    with torch.no_grad():
        for start in range(0, len(order), batch_size):
            batch = order[start : start + batch_size]
            numbers, mask = pad_inputs([torch.tensor(ids[row], dtype=torch.int64) for row in batch])
            vectors = net.climb(net.enter(net.find_words(numbers)), mask, 0, n_frozen)
            for row, vector in zip(batch, vectors, strict=True):
                kept[row] = vector[: len(ids[row])].clone()
    return kept


def pad_inputs(texts: Sequence[Any]) -> tuple[Any, Any]:
    """Stack texts of unlike length, zeros behind; and their mask (n, t)."""
    import torch
    from torch.nn.utils.rnn import pad_sequence

    lengths = torch.tensor([len(each) for each in texts])
    stacked = pad_sequence(list(texts), batch_first=True)
    return stacked, (torch.arange(stacked.shape[1])[None, :] < lengths[:, None]).to(torch.int64)


def make_batches(lengths: NDArray[np.intp], batch_size: int, rng: np.random.Generator) -> Iterator[NDArray[np.intp]]:
    """Draw an order of all rows in batches of alike length.

    Examples
    --------
    >>> batches = list(make_batches(np.arange(10), 4, np.random.default_rng(0)))
    >>> sorted(np.concatenate(batches).tolist()) == list(range(10))
    True
    """
    order = rng.permutation(len(lengths))
    batches = []
    for start in range(0, len(order), batch_size * GROUP):
        group = order[start : start + batch_size * GROUP]
        group = group[np.argsort(lengths[group], kind="stable")]
        batches += [group[place : place + batch_size] for place in range(0, len(group), batch_size)]
    for place in rng.permutation(len(batches)):
        yield batches[place]


@dataclass(slots=True)
class _Walk:
    """A net on its way: moved once by each step."""

    net: Any
    ways: tuple[Any, Any]
    n_frozen: int
    total: int
    on_step: OnTuned | None
    done: int = 0
    start: float = field(default_factory=time.monotonic)

    def step(self, inputs: tuple[Any, Any], wanted: Any) -> None:
        """Move the weights once against the gradient of the mean cross-entropy."""
        from torch.nn.functional import cross_entropy
        from torch.nn.utils import clip_grad_norm_

        (vectors, mask), (optimiser, schedule) = inputs, self.ways
        climbed = self.net.climb(vectors, mask, self.n_frozen, self.net.n_layers)
        loss: Any = cross_entropy(self.net.leave(climbed, mask), wanted)
        loss.backward()
        clip_grad_norm_([each for group in optimiser.param_groups for each in group["params"]], LONGEST_STEP)
        optimiser.step()
        optimiser.zero_grad()
        schedule.step()
        self.done += 1
        if self.on_step is not None:
            self.on_step(Step(self.done, self.total, float(loss.detach()), time.monotonic() - self.start))


def _make_optimiser(net: Any, settings: FineTuning, total: int) -> tuple[Any, Any]:
    """Make AdamW with a rate for each layer, and the schedule of the rates."""
    import torch

    n_layers, groups = net.n_layers, []
    for name in net.names:
        depth = n_layers if name.startswith("head") else int(name[1 : name.index(".")]) if name[0] == "l" else -1
        moves = depth >= settings.n_frozen
        net.part(name).requires_grad_(moves)
        if moves:
            rate = settings.learning_rate * settings.layer_decay ** max(n_layers - 1 - depth, 0)
            decay = settings.weight_decay if net.part(name).ndim > 1 else 0.0
            groups.append({"params": [net.part(name)], "lr": rate, "weight_decay": decay})
    optimiser = torch.optim.AdamW(groups, fused=True)
    rising = max(1.0, settings.warm_up * total)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimiser, lambda done: min((done + 1) / rising, max(0.0, (total - done) / max(1.0, total - rising)))
    )
    return optimiser, schedule
