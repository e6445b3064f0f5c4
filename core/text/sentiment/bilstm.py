"""The family "bilstm": word vectors of our own, a two-way LSTM, attention, one dense layer.

Served by the cell written by hand (``recurrent``) from half-precision weights: no torch.

Left out: the network (``bilstm_network``) and its training (``bilstm_training``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from core.hub.artifacts import pack_arrays, unpack_arrays
from core.hub.errors import ArtifactError
from core.text.sentiment.bilstm_network import (
    Network,
    find_input_slopes,
    network_from_arrays,
    network_to_arrays,
    run_network,
)
from core.text.sentiment.bilstm_training import BiLstmSettings, train_network
from core.text.sentiment.family import read_file
from core.text.sentiment.recurrent import Array
from core.text.sentiment.vocabulary import UNKNOWN, Ids, Token, Vocabulary, find_tokens
from core.text.sentiment.word_vectors import WordVectors, normalise, vectors_from_bytes

if TYPE_CHECKING:
    from core.hub.contract import OnStep
    from core.text.sentiment.recipe import Recipe

WORDS_FILE, NETWORK_FILE = "words.npz", "network.npz"
N_TOGETHER = 64
"""Texts that run at once, of like length."""
SPREAD = 4.0
"""Length that every word vector begins with: at their own lengths the rare words would hardly be heard."""


@dataclass(frozen=True, slots=True, eq=False)
class BiLstm:
    """A trained network with its words.

    Parameters
    ----------
    words : WordVectors
        The last word is the unknown one's, spelled as nothing.
    network : Network
    max_tokens : int
        Longer texts lose their middle.
    """

    words: WordVectors
    network: Network
    max_tokens: int

    @property
    def name(self) -> str:
        """Return the family's name."""
        return "bilstm"

    def encode(self, text: str) -> tuple[list[Token], Ids]:
        """Return the words that are read and the row of each one's vector."""
        tokens = cut_middle(find_tokens(text), self.max_tokens)
        unknown = len(self.words.words) - 1
        rows = [self.words.number.get(token.word, unknown) for token in tokens]
        return tokens, np.array(rows or [unknown], np.int64)

    def score(self, texts: Sequence[str]) -> NDArray[np.float64]:
        """Return the probability that each text is positive, shape (n,).

        A text without a word is judged by the vector of the unknown word.
        """
        rows = [self.encode(text)[1] for text in texts]
        order = np.argsort([len(each) for each in rows], kind="stable")
        found = np.empty(len(texts))
        for start in range(0, len(order), N_TOGETHER):
            some = order[start : start + N_TOGETHER]
            x, mask = self.embed([rows[place] for place in some])
            found[some] = run_network(self.network, x, mask).logits
        return 1 / (1 + np.exp(-np.clip(found, -60, 60)))

    def describe_cut(self, text: str) -> str:
        """Say how much of a text's middle is not read."""
        n_cut = len(find_tokens(text)) - self.max_tokens
        told = f"Only the first and the last words of the text are read, {self.max_tokens} in all; {n_cut:,} are not."
        return told if n_cut > 0 else ""

    def embed(self, rows: Sequence[Ids]) -> tuple[Array, NDArray[np.bool_]]:
        """Return texts' word vectors, padded to one length, shape (n, steps, size), and where words stand."""
        lengths = np.array([len(each) for each in rows])
        mask = np.arange(lengths.max()) < lengths[:, None]
        x = np.zeros((*mask.shape, self.words.vectors.shape[1]), np.float32)
        x[mask] = self.words.vectors[np.concatenate(rows)]
        return x, mask

    def attend(self, text: str) -> tuple[list[Token], Array]:
        """Return a text's words and the attention on each, shares that add up to 1."""
        tokens, rows = self.encode(text)
        return tokens, run_network(self.network, *self.embed([rows])).attention[0][: len(tokens)]

    def find_slopes(self, text: str) -> tuple[list[Token], Array, Array]:
        """Return a text's words, their vectors, and how the logit changes with these: both (n_words, size)."""
        tokens, rows = self.encode(text)
        x, mask = self.embed([rows])
        return tokens, x[0, : len(tokens)], find_input_slopes(self.network, x, mask)[0, : len(tokens)]

    def to_files(self) -> dict[str, bytes]:
        """Return the two files that ``from_files`` needs."""
        halves = {name: part.astype(np.float16) for name, part in network_to_arrays(self.network).items()}
        halves["max_tokens"] = np.array([self.max_tokens], np.float16)
        return {WORDS_FILE: self.words.to_bytes(), NETWORK_FILE: pack_arrays(halves)}


def cut_middle(tokens: list[Token], most: int) -> list[Token]:
    """Keep a long text's beginning and end: a review says most there.

    Examples
    --------
    >>> [token.word for token in cut_middle(find_tokens("one two three four five"), 3)]
    ['one', 'two', 'five']
    """
    return tokens if len(tokens) <= most else tokens[: most - most // 2] + tokens[len(tokens) - most // 2 :]


def fit(texts: Sequence[str], labels: NDArray[np.int8], recipe: Recipe, on_step: OnStep | None = None) -> BiLstm:
    """Train word vectors, then the network from them.

    Parameters
    ----------
    texts : sequence of str
    labels : int8 array of shape (n,)
        0 negative, 1 positive.
    recipe : Recipe
    on_step : callable, optional
        Called after each epoch with its loss.
    """
    from core.text.sentiment.word_training import learn_word_vectors

    learnt = learn_word_vectors("word2vec", recipe.word_size, recipe.word_epochs, recipe.seed)
    settings = BiLstmSettings(units=recipe.lstm_units, epochs=recipe.lstm_epochs, seed=recipe.seed)
    return fit_from(learnt.vectors, (texts, labels), settings, recipe.max_tokens, on_step)


def fit_from(
    vectors: WordVectors,
    examples: tuple[Sequence[str], NDArray[np.int8]],
    settings: BiLstmSettings,
    max_tokens: int,
    on_step: OnStep | None = None,
) -> BiLstm:
    """Train the network from given word vectors; words that the texts lack keep theirs."""
    texts, labels = examples
    vocabulary = Vocabulary(vectors.words, np.ones(len(vectors.words), np.int64))
    unknown = len(vectors.words)
    ids = []
    for text in texts:
        found = vocabulary.encode(token.word for token in cut_middle(find_tokens(text), max_tokens))
        ids.append(np.where(found == UNKNOWN, unknown, found) if len(found) else np.array([unknown]))
    size = vectors.vectors.shape[1]
    start = np.vstack([SPREAD * normalise(vectors.vectors), np.zeros((1, size), np.float32)])

    def tell(epoch: int, total: int, loss: float) -> None:
        if on_step is not None:
            on_step(epoch, total, {"loss": loss})

    network, trained = train_network(ids, labels, start, settings, tell)
    made = BiLstm(WordVectors((*vectors.words, ""), trained), network, max_tokens)
    # What is used from now on is what the stored half-precision numbers say.
    return from_files(made.to_files())


def from_files(files: Mapping[str, bytes]) -> BiLstm:
    """Open a stored network.

    Raises
    ------
    ArtifactError
        If a file is missing or damaged.
    """
    words = vectors_from_bytes(read_file(files, WORDS_FILE))
    arrays = unpack_arrays(read_file(files, NETWORK_FILE))
    network = network_from_arrays(arrays)
    most = int(arrays.get("max_tokens", np.zeros(1)).flat[0])
    if words.vectors.shape[1] != network.ahead.inputs.shape[1] or most < 1:
        message = (
            f"the stored words have {words.vectors.shape[1]} numbers, which the BiLSTM does not fit; train it again"
        )
        raise ArtifactError(message)
    return BiLstm(words, network, most)
