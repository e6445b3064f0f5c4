"""Embedding average: a text is the mean of its words' vectors, rare words weighing more, and a line decides.

Method: word vectors by skip-gram (``word2vec``), learnt from the bundled English sets without their test sides; each
word is weighed by a / (a + its share of the corpus), as S. Arora, Y. Liang and T. Ma 2017 do
(https://openreview.net/forum?id=SyK00v5xx), and beside the mean stands the largest value of each dimension.

Left out: the order of the words, which is why "not good" and "good, not" are one text to it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.hub.artifacts import pack_arrays, unpack_arrays
from core.hub.contract import OnStep
from core.hub.errors import ArtifactError
from core.hub.progress import Progress
from core.text.sentiment.family import read_file, round_stored
from core.text.sentiment.recipe import Recipe
from core.text.sentiment.vocabulary import split_words
from core.text.sentiment.word_corpus import load_corpus
from core.text.sentiment.word_film import WordFilm, film_from_bytes, film_to_bytes
from core.text.sentiment.word_knowledge import KNOWLEDGE_FILE, knowledge_to_json, measure_knowledge
from core.text.sentiment.word_training import LearntWords, Method, learn_word_vectors
from core.text.sentiment.word_vectors import WordVectors, vectors_from_bytes

Array = NDArray[np.float64]
VECTORS_FILE, LINE_FILE = "words.npz", "line.npz"
COMMON = 1e-3  # a word of this share of the corpus weighs a half
"""``a`` of the method; the paper takes 1e-3 to 1e-4."""
METHODS: tuple[Method, Method] = ("word2vec", "glove")
"""How word vectors are learnt; the first ones are averaged."""
MOST_ROUNDS = 2_000
STRENGTH = 0.5


@dataclass(frozen=True, eq=False)
class AverageModel:
    """Word vectors, the weight of each word, and the line that decides.

    Parameters
    ----------
    words : WordVectors
    weights : array of shape (n_words,)
        Of a word in the mean.
    line : array of shape (2 × size,)
    bias : float
    kept : mapping of file name to bytes
        What else was learnt: GloVe's vectors, and the films of both trainings.
    """

    words: WordVectors
    weights: Array
    line: Array
    bias: float
    name: str = "vectors"
    kept: Mapping[str, bytes] = field(default_factory=dict, repr=False)

    def find_words(self, method: Method) -> WordVectors:
        """Return the word vectors of a method.

        Raises
        ------
        ArtifactError
            If they were not stored.
        """
        return self.words if method == METHODS[0] else vectors_from_bytes(read_file(self.kept, f"{method}.npz"))

    def find_film(self, method: Method) -> WordFilm:
        """Return the film of a training.

        Raises
        ------
        ArtifactError
            If it was not stored.
        """
        return film_from_bytes(read_file(self.kept, f"{method}.film.npz"))

    def average(self, texts: Sequence[str]) -> Array:
        """Return each text's vector, shape (n, 2 × size); a text without a known word is zeros."""
        return average_texts(texts, self.words, self.weights)

    def score(self, texts: Sequence[str]) -> Array:
        """Return the probability of positive, shape (n,)."""
        return np.asarray(1 / (1 + np.exp(-(self.average(texts) @ self.line + self.bias))))

    def to_files(self) -> dict[str, bytes]:
        """Return all that :func:`from_files` needs."""
        line: dict[str, NDArray[Any]] = {
            "weights": self.weights.astype(np.float32),
            "line": self.line,
            "bias": np.array([self.bias]),
        }
        return {VECTORS_FILE: self.words.to_bytes(), LINE_FILE: pack_arrays(line), **self.kept}


def average_texts(texts: Sequence[str], words: WordVectors, weights: Array) -> Array:
    """Return the weighed mean and the largest value of the words' vectors, shape (n, 2 × size)."""
    size = words.vectors.shape[1]
    found = np.zeros((len(texts), 2 * size))
    for row, text in enumerate(texts):
        places = [place for word in split_words(text) if (place := words.number.get(word)) is not None]
        if places:
            vectors = words.vectors[places].astype(np.float64)
            found[row, :size] = weights[places] @ vectors / weights[places].sum()
            found[row, size:] = vectors.max(axis=0)
    return found


def fit(texts: Sequence[str], labels: NDArray[np.int8], recipe: Recipe, on_step: OnStep | None = None) -> AverageModel:
    """Learn word vectors from the corpus, then the line from the texts; GloVe's vectors are learnt beside them.

    Parameters
    ----------
    labels : array of int8, shape (n,)
        0 negative, 1 positive.
    """
    progress = Progress(3, on_step)
    learnt = {}
    for method in METHODS:
        learnt[method] = learn_word_vectors(method, recipe.word_size, recipe.word_epochs, recipe.seed)
        progress.advance()
    model = fit_line(learnt[METHODS[0]].vectors, (texts, labels), recipe)
    progress.advance()
    kept = {f"{method}.film.npz": film_to_bytes(one.film) for method, one in learnt.items()}
    kept |= {f"{method}.npz": one.vectors.to_bytes() for method, one in learnt.items() if method != METHODS[0]}
    return replace(model, kept=kept | _measure_known(learnt))


def _measure_known(learnt: Mapping[Method, LearntWords]) -> dict[str, bytes]:
    """Measure what the vectors know, where gensim, which carries the published questions, is installed."""
    package = find_spec("gensim")
    lists = Path(*(package.submodule_search_locations or ("",))) / "test" / "test_data" if package else Path()
    files = [lists / "questions-words.txt", lists / "wordsim353.tsv"]
    if not all(file.is_file() for file in files):
        return {}
    texts = [file.read_text(encoding="utf-8") for file in files]
    found = {str(method): measure_knowledge(method, one.vectors, *texts) for method, one in learnt.items()}
    return {KNOWLEDGE_FILE: knowledge_to_json(found)}


def fit_line(words: WordVectors, examples: tuple[Sequence[str], NDArray[np.int8]], recipe: Recipe) -> AverageModel:
    """Learn the line that decides, from word vectors that are there.

    Parameters
    ----------
    examples : (texts, labels)
        Labels are 0 negative, 1 positive.
    """
    from sklearn.linear_model import LogisticRegression

    words = vectors_from_bytes(words.to_bytes())  # as stored, so that a loaded model answers the same
    counts = Counter(word for sentence in load_corpus() for word in sentence)
    total = sum(counts.values())
    weights = round_stored(np.array([COMMON / (COMMON + counts[word] / total) for word in words.words]))
    rows = average_texts(examples[0], words, weights)
    fitted = LogisticRegression(C=STRENGTH * recipe.strength, max_iter=MOST_ROUNDS).fit(rows, examples[1])
    return AverageModel(words, weights, fitted.coef_[0].astype(np.float64), float(fitted.intercept_[0]))


def from_files(files: Mapping[str, bytes]) -> AverageModel:
    """Open a stored model.

    Raises
    ------
    ArtifactError
        If a file is missing or damaged.
    """
    words = vectors_from_bytes(read_file(files, VECTORS_FILE))
    arrays = unpack_arrays(read_file(files, LINE_FILE))
    try:
        weights, line = arrays["weights"].astype(np.float64), arrays["line"]
        bias = float(arrays["bias"][0])
    except (KeyError, IndexError) as error:
        message = f"{LINE_FILE} lacks {error}; train it again"
        raise ArtifactError(message) from error
    if len(weights) != len(words.words) or len(line) != 2 * words.vectors.shape[1]:
        message = f"{LINE_FILE} has {len(weights)} words, {VECTORS_FILE} {len(words.words)}; train both again"
        raise ArtifactError(message)
    kept = {file: content for file, content in files.items() if file not in {VECTORS_FILE, LINE_FILE}}
    return AverageModel(words, weights, line, bias, kept=kept)
