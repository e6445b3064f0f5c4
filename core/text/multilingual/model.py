"""A finished run: the network as ONNX with its tokeniser, how its answers are balanced, and what it was compared with.

Left out: how it is trained (``training``), what its answers are worth (``scoring``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from core.evaluation.leaderboard import LeaderboardRow, Measure
from core.hub.contract import Scores
from core.text._shared.encoder import Piece, TextEncoder, open_encoder
from core.text.multilingual.pruning import Coverage
from core.text.multilingual.recipe import LINEAR, NETWORK, ZERO_SHOT, Recipe

SERVED_TOKENS = 128
"""Tokens of a text that is asked about: longer than those of training, since a mean of vectors does not mind."""
Shares = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Balance:
    """What turns logits into probabilities: ``softmax(logits / temperature + bias)``.

    Parameters
    ----------
    temperature : float
        Above 1 softens.
    bias : tuple of three float
        Of negative, neutral and positive; makes the classes equally likely beforehand.
    """

    temperature: float = 1.0
    bias: tuple[float, float, float] = (0.0, 0.0, 0.0)

    def apply(self, logits: NDArray[np.float32]) -> Shares:
        """Return probabilities of shape (n, 3).

        Examples
        --------
        >>> Balance(1.0, (0.0, 1.0, 0.0)).apply(np.zeros((1, 3), np.float32)).round(2).tolist()
        [[0.21, 0.58, 0.21]]
        """
        moved = logits.astype(np.float64) / self.temperature + np.array(self.bias)
        raised = np.exp(moved - moved.max(axis=1, keepdims=True))
        return np.asarray(raised / raised.sum(axis=1, keepdims=True))


@dataclass(frozen=True, slots=True, eq=False)
class Model:
    """A finished run.

    Parameters
    ----------
    content, tokeniser : bytes
        ONNX network and ``tokenizer.json``.
    balance : Balance
        Fitted on tweets that tune, in all their languages, as if each class were as common.
    beside : mapping of model to (split → float16 array of shape (n, 3))
        What the compared models said of the test texts.
    coverage : tuple of Coverage
        What the smaller vocabulary did to the words of each language.
    """

    recipe: Recipe
    content: bytes = field(repr=False)
    tokeniser: bytes = field(repr=False)
    balance: Balance
    beside: Mapping[str, Mapping[str, NDArray[np.float16]]] = field(repr=False)
    coverage: tuple[Coverage, ...]
    fit_s: Mapping[str, float]
    source: str
    sha256: str
    notes: tuple[str, ...] = ()
    scores: Scores = field(default_factory=tuple)

    @property
    def encoder(self) -> TextEncoder:
        """The network, opened once in a process."""
        return open_encoder(self.content, self.tokeniser, SERVED_TOKENS)

    @property
    def room(self) -> int:
        """Most pieces of a text that are read; the others of the 128 stand around it."""
        return SERVED_TOKENS - len(self.encoder.tokeniser.frame)

    def read_pieces(self, text: str) -> tuple[tuple[Piece, ...], int]:
        """Return the pieces of a text that are read, without what stands around it, and how many did not fit."""
        found = self.encoder.encode([text])
        return found.pieces[0][len(self.encoder.tokeniser.frame) - 1 : -1], found.n_cut[0]

    def rate(self, texts: Sequence[str]) -> Shares:
        """Return how likely each text is negative, neutral and positive, shape (n, 3)."""
        return self.balance.apply(self.encoder.run(texts))

    @property
    def leaderboard(self) -> tuple[LeaderboardRow, ...]:
        """The network, what it has to beat, and what it was before; best first."""
        names = [name for name in (NETWORK, LINEAR, ZERO_SHOT) if any(row.model == name for row in self.scores)]
        return tuple(self._make_row(name) for name in names)

    def _make_row(self, name: str) -> LeaderboardRow:
        """Collect one model's figures; two are told apart where their intervals do not meet."""
        mine = {(row.metric, row.split): row for row in self.scores if row.model == name}
        measures = {f"{split}_{metric}": Measure(row.value, row.low, row.high) for (metric, split), row in mine.items()}
        best = {(row.metric, row.split): row for row in self.scores if row.model == NETWORK}
        shared = next(key for key in (("macro_f1", "test"), ("roc_auc", "zh")) if key in mine)
        worse = mine[shared].high < best[shared].low
        verdict = "best" if name == NETWORK else "worse" if worse else "not distinguishable from best"
        return LeaderboardRow(
            name,
            measures,
            self.fit_s.get(name, 0.0),
            verdict,  # type: ignore[arg-type] # one of the three words above
            is_baseline=name == LINEAR,
            is_best=name == NETWORK,
            beats_baseline=name == NETWORK and mine[shared].low > mine[shared].baseline_value,
        )
