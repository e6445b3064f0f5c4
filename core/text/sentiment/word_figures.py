"""Charts of word vectors and of recurrent memory: the film of learning, an analogy, what the vectors know, the task.

Left out: the lessons' words (``lessons``); neighbours and the slope through time (``figures``).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated, Literal

import numpy as np

from core.hub.charts import Chart, Mark
from core.hub.contract import Label, Range
from core.hub.errors import ArtifactError, DataError
from core.text.sentiment.analogy import solve_analogy
from core.text.sentiment.family import read_file
from core.text.sentiment.memory_task import MemoryResult, MemorySettings, train_memory
from core.text.sentiment.recurrent import Kind
from core.text.sentiment.vectors import AverageModel
from core.text.sentiment.word_film import WordFilm
from core.text.sentiment.word_knowledge import KNOWLEDGE_FILE, Knowledge, knowledge_from_json
from core.text.sentiment.word_training import Method
from core.text.sentiment.word_vectors import WordVectors

MethodChoice = Annotated[Literal["word2vec", "glove"], Label("Method")]
ANALOGIES = {
    "man : woman = he : ?": ("man", "woman", "he", "she"),
    "man : woman = husband : ?": ("man", "woman", "husband", "wife"),
    "good : better = bad : ?": ("good", "better", "bad", "worse"),
    "boy : girl = son : ?": ("boy", "girl", "son", "daughter"),
    "take : takes = make : ?": ("take", "takes", "make", "makes"),
}


def load_average() -> AverageModel:
    """Return the shipped embedding average, which holds the word vectors."""
    from core.text.sentiment.figures import load_shipped

    model = load_shipped().find("vectors").model
    if not isinstance(model, AverageModel):
        message = "the shipped model has no word vectors; train it again"
        raise ArtifactError(message)
    return model


@dataclass(frozen=True, slots=True)
class FilmControl:
    """Which moment of which training."""

    frame: Annotated[int, Range(0, 23, 1), Label("Moment", "The first is before learning, the last after it.")] = 23
    method: MethodChoice = "word2vec"


def draw_film(control: FilmControl) -> Chart:
    """Draw where words lie at one moment of learning."""
    return film_chart(load_average().find_film(control.method), control.frame)


def film_chart(film: WordFilm, frame: int) -> Chart:
    """Draw one frame of a film; axes stay, so that movement is seen.

    Parameters
    ----------
    frame : int
        Counted from 0; one past the end shows the last.
    """
    frame = min(frame, len(film.steps) - 1)
    groups = np.array(film.groups)
    places = film.places[frame].astype(np.float64)
    marks = []
    for index, group in enumerate(dict.fromkeys(film.groups)):
        own = np.flatnonzero(groups == group)
        text = tuple(film.words[row] for row in own)
        marks.append(Mark("points", places[own, 0], places[own, 1], group, "class", index, text=text))
    title = (
        f"After {film.steps[frame]:,} pairs {find_own_share(film, frame):.0%} of words lie next to one of their group"
    )
    reach = 1.05 * float(np.abs(film.places).max())
    alt = f"{title}. The plane shows {film.kept_share:.0%} of the last moment's spread."
    span = (-reach, reach)
    return Chart(
        title, "First direction", "Second direction", tuple(marks), alt, x_range=span, y_range=span, square=True
    )


def find_own_share(film: WordFilm, frame: int) -> float:
    """Return the share of words whose nearest word in the plane is of their own group."""
    places, groups = film.places[frame].astype(np.float64), np.array(film.groups)
    apart = np.linalg.norm(places[:, None] - places[None], axis=2)
    np.fill_diagonal(apart, np.inf)
    return float(np.mean(groups[apart.argmin(axis=1)] == groups))


@dataclass(frozen=True, slots=True)
class AnalogyControl:
    """Which question, asked of which vectors."""

    question: Annotated[
        Literal[
            "man : woman = he : ?",
            "man : woman = husband : ?",
            "good : better = bad : ?",
            "boy : girl = son : ?",
            "take : takes = make : ?",
        ],
        Label("Question"),
    ] = "man : woman = he : ?"
    method: MethodChoice = "word2vec"


def draw_analogy(control: AnalogyControl) -> Chart:
    """Draw the words nearest to b − a + c."""
    return analogy_chart(load_average().find_words(control.method), ANALOGIES[control.question])


def analogy_chart(vectors: WordVectors, words: tuple[str, str, str, str]) -> Chart:
    """Draw the answers to an analogy; the fourth word is the right one."""
    first, second, third, answer = words
    found = solve_analogy(vectors, first, second, third, 10)
    names = [each.word for each in found]
    place = f"the right word is answer {names.index(answer) + 1}" if answer in names else "the right word is not in ten"
    title = f"{first} : {second} = {third} : {names[0]} — {place}"
    cosines, right = np.array([each.cosine for each in found]), np.array([name == answer for name in names])
    shown = np.array(names, dtype=object)
    marks = [Mark("bars", shown[~right], cosines[~right], "other words", "muted")]
    if right.any():
        marks.append(Mark("bars", shown[right], cosines[right], "the right word", "good"))
    return Chart(title, "Word", "Cosine with b − a + c", tuple(marks), f"{title}.")


@dataclass(frozen=True, slots=True)
class KnowledgeControl:
    """Which vectors."""

    method: MethodChoice = "word2vec"


def draw_knowledge(control: KnowledgeControl) -> Chart:
    """Draw how many published analogies come out right, by kind."""
    return knowledge_chart(load_knowledge(control.method))


def load_knowledge(method: Method) -> Knowledge:
    """Return what the shipped vectors of a method were measured to know.

    Raises
    ------
    ArtifactError
        If it was not stored.
    """
    found = knowledge_from_json(read_file(load_average().kept, KNOWLEDGE_FILE))
    if method not in found:
        message = f"what {method} knows was not measured; measure it again"
        raise ArtifactError(message)
    return found[method]


def knowledge_chart(knowledge: Knowledge) -> Chart:
    """Draw shares of analogies right, and near (among ten), by kind; kinds that cannot be asked are left out."""
    asked = [score for score in knowledge.analogies if score.n_asked]
    if not asked:
        message = f"none of the analogies can be asked of these {knowledge.n_vectors:,} words; learn from more text"
        raise DataError(message)
    names = np.array([score.kind.split("-", 1)[-1] if "gram" in score.kind else score.kind for score in asked], object)
    right = np.array([score.n_right / score.n_asked for score in asked])
    near = np.array([score.n_near / score.n_asked for score in asked])
    best = names[right.argmax()]
    share = knowledge.n_right / max(knowledge.n_asked, 1)
    title = f"{share:.1%} of {knowledge.n_asked:,} analogies are right, most of “{best}”"
    text = tuple(f"{score.n_right} of {score.n_asked} asked" for score in asked)
    marks = (Mark("bars", names, right, "first", "main", text=text), Mark("bars", names, near, "among ten", "muted"))
    return Chart(title, "Kind of question", "Share", marks, knowledge.describe(), y_percent=True)


@dataclass(frozen=True, slots=True)
class GapControl:
    """How long the first sign has to be kept."""

    gap: Annotated[int, Range(5, 60, 5), Label("Steps to remember over")] = 40


def draw_gap(control: GapControl) -> Chart:
    """Teach both cells the memory task and draw how many fresh sequences they get right."""
    return memory_chart([_teach(kind, control.gap) for kind in ("rnn", "lstm")])


@lru_cache(maxsize=24)
def _teach(kind: Kind, gap: int) -> MemoryResult:
    """Teach a cell once."""
    return train_memory(kind, MemorySettings(gap=gap))


def memory_chart(results: list[MemoryResult]) -> Chart:
    """Draw the accuracy of a plain cell and an LSTM over one gap, beside guessing."""
    plain, gated = results
    names = np.array(["plain cell", "LSTM"], dtype=object)
    shares = np.array([plain.accuracy, gated.accuracy])
    title = f"Over {gated.gap} steps the LSTM remembers {gated.accuracy:.0%}, the plain cell {plain.accuracy:.0%}"
    alt = f"{title}, of {gated.n_test} fresh sequences after {gated.steps} steps of learning; guessing gets 50%."
    marks = (
        Mark("bars", names, shares, "right"),
        Mark("line", names, np.full(2, 0.5), "guessing", "baseline", dash=True),
    )
    return Chart(title, "Cell", "Share right", marks, alt, y_percent=True)
