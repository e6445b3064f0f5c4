"""What the shipped word vectors were measured to know: published analogies and people's ratings of likeness.

Vectors of half a million words are poor at this, those of a hundred thousand million words good: Pennington et al. 2014
report 0.75 of all analogies for 42 thousand million. So the counts are stored, and shown beside what was asked. The
published lists come with gensim, which is needed to measure again (``measure_folder``) and never to show.

Left out: the scores themselves (``analogy``).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from core.hub.errors import ArtifactError
from core.text.sentiment.analogy import (
    AnalogyScore,
    PairScore,
    make_questions,
    read_questions,
    read_rated_pairs,
    score_pairs,
    score_questions,
)
from core.text.sentiment.word_vectors import WordVectors, vectors_from_bytes

KNOWLEDGE_FILE = "knowledge.json"
VECTOR_FILES = {"word2vec": "words.npz", "glove": "glove.npz"}
EXTRACT: Mapping[str, tuple[tuple[str, str], ...]] = {
    "family": (("boy", "girl"), ("brother", "sister"), ("father", "mother"), ("he", "she"), ("his", "her"),
               ("man", "woman"), ("son", "daughter"), ("husband", "wife")),
    "gram3-comparative": (("bad", "worse"), ("big", "bigger"), ("good", "better"), ("great", "greater"),
                          ("hard", "harder"), ("long", "longer"), ("small", "smaller"), ("strong", "stronger")),
    "gram7-past-tense": (("going", "went"), ("knowing", "knew"), ("looking", "looked"), ("playing", "played"),
                         ("saying", "said"), ("taking", "took"), ("thinking", "thought"), ("writing", "wrote")),
    "gram8-plural": (("child", "children"), ("eye", "eyes"), ("hand", "hands"), ("man", "men"),
                     ("woman", "women"), ("dog", "dogs"), ("cat", "cats"), ("car", "cars")),
}  # fmt: skip
"""Pairs of the published list (Apache-2.0), few enough to be asked live."""


@dataclass(frozen=True, slots=True)
class Knowledge:
    """What one set of vectors was measured to know.

    Parameters
    ----------
    method : str
    n_vectors : int
    analogies : tuple of AnalogyScore
        By kind of question.
    likeness : PairScore
        Against wordsim353.
    """

    method: str
    n_vectors: int
    analogies: tuple[AnalogyScore, ...]
    likeness: PairScore

    @property
    def n_asked(self) -> int:
        """Return how many analogies could be asked."""
        return sum(score.n_asked for score in self.analogies)

    @property
    def n_right(self) -> int:
        """Return how many came out right."""
        return sum(score.n_right for score in self.analogies)

    def describe(self) -> str:
        """Say it in a sentence."""
        n_all = sum(score.n_questions for score in self.analogies)
        share, likeness = self.n_right / max(self.n_asked, 1), self.likeness
        return (
            f"Of {n_all:,} published analogies {self.n_asked:,} can be asked of {self.n_vectors:,} words, "
            f"and {share:.1%} come out right; cosines agree with people's ratings at a rank correlation of "
            f"{likeness.correlation:.2f} over {likeness.n_asked} of {likeness.n_pairs} pairs."
        )


def measure_knowledge(method: str, vectors: WordVectors, questions: str, pairs: str) -> Knowledge:
    """Ask vectors the published questions.

    Parameters
    ----------
    questions, pairs : str
        The texts of ``questions-words.txt`` and ``wordsim353.tsv``.
    """
    scores = score_questions(vectors, read_questions(questions))
    return Knowledge(method, len(vectors.words), scores, score_pairs(vectors, read_rated_pairs(pairs)))


def ask_extract(vectors: WordVectors) -> tuple[AnalogyScore, ...]:
    """Ask the questions of the extract, live."""
    return score_questions(vectors, [q for kind, pairs in EXTRACT.items() for q in make_questions(kind, pairs)])


def knowledge_to_json(found: Mapping[str, Knowledge]) -> bytes:
    """Write what was measured, by method."""
    return (json.dumps({name: asdict(one) for name, one in found.items()}, indent=1) + "\n").encode()


def knowledge_from_json(content: bytes) -> dict[str, Knowledge]:
    """Read back what was measured.

    Raises
    ------
    ArtifactError
        If the bytes are not what ``knowledge_to_json`` writes.
    """
    try:
        return {
            name: Knowledge(
                one["method"], one["n_vectors"], tuple(AnalogyScore(**score) for score in one["analogies"]),
                PairScore(**one["likeness"]),
            )
            for name, one in json.loads(content).items()
        }  # fmt: skip
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        message = f"what the word vectors know cannot be read ({str(error)[:80]}); measure it again"
        raise ArtifactError(message) from error


def measure_folder(folder: Path, lists: Path) -> dict[str, Knowledge]:
    """Measure the vectors of a folder and store the result beside them.

    Parameters
    ----------
    folder : Path
        Holds ``words.npz`` and ``glove.npz``, or one of them.
    lists : Path
        gensim's ``test/test_data``.
    """
    questions, pairs = ((lists / name).read_text() for name in ("questions-words.txt", "wordsim353.tsv"))
    found = {
        method: measure_knowledge(method, vectors_from_bytes((folder / file).read_bytes()), questions, pairs)
        for method, file in VECTOR_FILES.items()
        if (folder / file).is_file()
    }
    (folder / KNOWLEDGE_FILE).write_bytes(knowledge_to_json(found))
    return found
