"""Train the two-way LSTM in PyTorch, in a worker: the same network as ``bilstm_network``, whose weights come out.

Method: Adam (Kingma & Ba 2015, https://arxiv.org/abs/1412.6980) with the rate falling to nothing along a cosine;
dropout on word vectors and on the pooled text (Srivastava et al. 2014); words dropped to "unknown" at random, so that
its vector is learnt and no single word decides.

Left out: early stopping; the number of epochs was chosen on the tune films.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from core.text.sentiment.bilstm_network import Network, network_from_arrays
from core.text.sentiment.vocabulary import Ids
from core.text.sentiment.word_vectors import Array

if TYPE_CHECKING:
    import torch

OnEpoch = Callable[[int, int, float], None]
"""Called after each epoch with its number, how many there are, and its mean loss."""


@dataclass(frozen=True, slots=True)
class BiLstmSettings:
    """What decides a training.

    Parameters
    ----------
    units : int
        Of each direction.
    n_attend : int
        Rows of the attention's matrix.
    epochs, batch : int
    rate : float
        Adam's highest.
    dropout, word_dropout : float
        Shares of numbers and of words left out at each step.
    seed : int
    """

    units: int = 64
    n_attend: int = 48
    epochs: int = 8
    batch: int = 64
    rate: float = 2e-3
    dropout: float = 0.5
    word_dropout: float = 0.1
    seed: int = 0


def train_network(
    texts: Sequence[Ids],
    labels: NDArray[np.int8],
    start: Array,
    settings: BiLstmSettings,
    on_epoch: OnEpoch | None = None,
) -> tuple[Network, Array]:
    """Train the network and go on training the word vectors.

    Parameters
    ----------
    texts : sequence of int64 arrays
        Rows of ``start``, at least one a text; the last row is the unknown word's.
    labels : int8 array of shape (n,)
    start : float32 array of shape (n_words + 1, size)
        Word vectors to begin with.
    settings : BiLstmSettings
    on_epoch : callable, optional

    Returns
    -------
    network : Network
    vectors : float32 array of shape (n_words + 1, size)
    """
    import torch

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(settings.seed)
        module = _build(start, settings)
        rng = np.random.default_rng(settings.seed)
        optimizer = torch.optim.Adam(module.parameters(), lr=settings.rate)
        steps = settings.epochs * -(-len(texts) // settings.batch)
        schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, max(steps, 1))
        for epoch in range(settings.epochs):
            losses = []
            for rows in _make_batches(texts, settings.batch, rng):
                loss = _find_loss(module, [texts[row] for row in rows], labels[rows], settings, rng)
                optimizer.zero_grad()
                loss.backward()  # type: ignore[no-untyped-call]  # torch does not declare it
                torch.nn.utils.clip_grad_norm_(module.parameters(), 1.0)
                optimizer.step()
                schedule.step()
                losses.append(float(loss.detach()))
            if on_epoch is not None:
                on_epoch(epoch + 1, settings.epochs, float(np.mean(losses)))
    return _read_weights(module)


def _make_batches(texts: Sequence[Ids], batch: int, rng: np.random.Generator) -> list[NDArray[np.int64]]:
    """Shuffle texts into batches of like length, so that little is padded."""
    order = rng.permutation(len(texts))
    lengths = np.array([len(texts[row]) for row in order])
    # Sorted within pools of twenty batches: like lengths meet, and other ones each epoch.
    pools = [order[a : a + 20 * batch][np.argsort(lengths[a : a + 20 * batch], kind="stable")]
             for a in range(0, len(order), 20 * batch)]  # fmt: skip
    batches = [pool[a : a + batch] for pool in pools for a in range(0, len(pool), batch)]
    return [batches[place] for place in rng.permutation(len(batches))]


def _build(start: Array, settings: BiLstmSettings) -> torch.nn.ModuleDict:
    """Make the layers: word vectors, two-way LSTM, attention, dense."""
    from torch import nn

    words = nn.Embedding(start.shape[0], start.shape[1], _weight=_to_tensor(start))
    lstm = nn.LSTM(start.shape[1], settings.units, batch_first=True, bidirectional=True)
    return nn.ModuleDict(
        {
            "words": words,
            "lstm": lstm,
            "attend": nn.Linear(2 * settings.units, settings.n_attend),
            "query": nn.Linear(settings.n_attend, 1, bias=False),
            "dense": nn.Linear(2 * settings.units, 1),
            "dropout": nn.Dropout(settings.dropout),
        }
    )


def _to_tensor(values: NDArray[Any]) -> torch.Tensor:
    """Copy an array into a tensor."""
    import torch

    return torch.tensor(values)


def _find_loss(
    module: torch.nn.ModuleDict,
    texts: Sequence[Ids],
    labels: NDArray[np.int8],
    settings: BiLstmSettings,
    rng: np.random.Generator,
) -> torch.Tensor:
    """Return a batch's mean cross-entropy."""
    import torch
    from torch.nn.functional import binary_cross_entropy_with_logits
    from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

    lengths = np.array([len(text) for text in texts])
    mask = np.arange(lengths.max()) < lengths[:, None]
    ids = np.full(mask.shape, module["words"].num_embeddings - 1)  # type: ignore[operator]  # torch: Tensor or Module
    ids[mask] = np.concatenate(texts)
    ids[rng.random(ids.shape) < settings.word_dropout] = module["words"].num_embeddings - 1  # type: ignore[operator]  # as above
    x = module["dropout"](module["words"](torch.from_numpy(ids)))
    packed = pack_padded_sequence(x, torch.from_numpy(lengths), batch_first=True, enforce_sorted=False)
    states, _ = pad_packed_sequence(module["lstm"](packed)[0], batch_first=True)
    scores = module["query"](torch.tanh(module["attend"](states)))[..., 0]
    weights = scores.masked_fill(~torch.from_numpy(mask), float("-inf")).softmax(dim=1)
    pooled = module["dropout"](torch.einsum("nt,ntu->nu", weights, states))
    return binary_cross_entropy_with_logits(module["dense"](pooled)[:, 0], torch.from_numpy(labels.astype(np.float32)))


def _read_weights(module: torch.nn.ModuleDict) -> tuple[Network, Array]:
    """Return the trained weights as arrays; torch's two biases of a gate are added up."""
    held = {name: np.asarray(part.detach().numpy(), np.float32) for name, part in module.named_parameters()}
    arrays = {
        "attend": held["attend.weight"], "attend_bias": held["attend.bias"], "query": held["query.weight"][0],
        "dense": held["dense.weight"][0], "dense_bias": held["dense.bias"],
    }  # fmt: skip
    for way, end in (("forward", ""), ("backward", "_reverse")):
        arrays[f"{way}_inputs"] = held[f"lstm.weight_ih_l0{end}"]
        arrays[f"{way}_hidden"] = held[f"lstm.weight_hh_l0{end}"]
        arrays[f"{way}_bias"] = held[f"lstm.bias_ih_l0{end}"] + held[f"lstm.bias_hh_l0{end}"]
    return network_from_arrays(arrays), held["words.weight"]
