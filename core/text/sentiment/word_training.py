"""Learn word vectors from the bundled text, by either method, with the film of the way there.

Two families begin from the same vectors, so that one worker learns them once.

Left out: the methods (``word2vec``, ``glove``).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from core.hub.errors import RecipeError
from core.text.sentiment.glove import GloveSettings, count_neighbours, train_glove
from core.text.sentiment.vocabulary import Ids, Vocabulary, build_vocabulary
from core.text.sentiment.word2vec import SkipGramSettings, train_skip_gram
from core.text.sentiment.word_corpus import load_corpus
from core.text.sentiment.word_film import FilmCamera, WordFilm
from core.text.sentiment.word_vectors import WordVectors

Method = Literal["word2vec", "glove"]
MIN_COUNT = 5


@dataclass(frozen=True, slots=True, eq=False)
class LearntWords:
    """Word vectors and what they were learnt from.

    Parameters
    ----------
    method : str
    vectors : WordVectors
    film : WordFilm
    n_words : int
        Words of the corpus, counted each time.
    """

    method: Method
    vectors: WordVectors
    film: WordFilm
    n_words: int


@lru_cache(maxsize=2)
def learn_word_vectors(method: Method, size: int = 100, epochs: int = 15, seed: int = 0) -> LearntWords:
    """Learn word vectors from the training side of the bundled English sets.

    Parameters
    ----------
    method : str
        ``word2vec`` (skip-gram with negative sampling) or ``glove``.
    size : int
        Numbers a vector has.
    epochs : int
        Passes over the corpus, or over its counted pairs.
    seed : int

    Raises
    ------
    RecipeError
        If the method is unknown or a number lies outside its range.
    """
    if method not in ("word2vec", "glove"):
        message = f"method is {method!r}; it must be word2vec or glove"
        raise RecipeError(message)
    sentences = load_corpus()
    vocabulary = build_vocabulary(sentences, MIN_COUNT)
    ids = [vocabulary.encode(sentence) for sentence in sentences]
    camera = FilmCamera(vocabulary.words)
    vectors = _learn(method, (ids, vocabulary), (size, epochs, seed), camera)
    return LearntWords(method, vectors, camera.develop(), sum(map(len, sentences)))


def _learn(
    method: Method, corpus: tuple[list[Ids], Vocabulary], numbers: tuple[int, int, int], camera: FilmCamera
) -> WordVectors:
    """Learn by one of the two methods; ``numbers`` are size, epochs and seed."""
    (ids, vocabulary), (size, epochs, seed) = corpus, numbers
    if method == "word2vec":
        return train_skip_gram(ids, vocabulary, SkipGramSettings(size=size, epochs=epochs, seed=seed), camera.record)
    settings = GloveSettings(size=size, epochs=epochs, seed=seed)
    counts = count_neighbours(ids, len(vocabulary), settings.window)
    return train_glove(counts, vocabulary, settings, camera.record)
