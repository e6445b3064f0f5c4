"""The moving figures of the lessons: from a sentence's pieces to words that weigh, remember, attend and are sure.

Each runs on the shipped model and on snippets about the test films.

Left out: the lessons' words (``lessons``); the page's own views of a person's text (``explain``, ``word_film``).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray

from core.hub.artifacts import load_artifact
from core.hub.charts import Chart, Mark
from core.hub.contract import Label, Range
from core.hub.errors import ArtifactError
from core.hub.kept import keep
from core.text.sentiment.calibration import Calibration, to_logit
from core.text.sentiment.data import load
from core.text.sentiment.files import model_from_files
from core.text.sentiment.linear import LinearText
from core.text.sentiment.model import TEST, Model
from core.text.sentiment.recipe import RECIPES, SLUG
from core.text.sentiment.recurrent import Kind, carry_back, make_cell, run_cell
from core.text.sentiment.reporting import transfer_chart
from core.text.sentiment.vectors import METHODS, AverageModel
from core.text.sentiment.vocabulary import split_words

Array = NDArray[np.float64]
Example = Annotated[int, Range(0, 199, 1), Label("Test text", "A snippet about a film that nothing was learnt from.")]
N_BINS, HALF, SIZE, UNITS = 8, 0.5, 8, 16


@keep()
def load_shipped() -> Model:
    """Open the shipped model once."""
    return model_from_files(load_artifact(SLUG).weights)


@lru_cache(maxsize=1)
def load_examples() -> tuple[str, ...]:
    """Return the first snippets about test films."""
    return load(RECIPES["full"]).test.texts[:200]


def _find_linear(name: str) -> LinearText:
    """Return a linear family of the shipped model."""
    model = load_shipped().find(name).model
    if not isinstance(model, LinearText):
        message = f"{name} is no linear family; choose tfidf or nbsvm"
        raise ArtifactError(message)
    return model


@dataclass(frozen=True, slots=True)
class LengthControl:
    """How many words a network takes."""

    length: Annotated[int, Range(4, 48, 2), Label("Words that fit")] = 20


def count_cut(lengths: NDArray[np.int64], most: int) -> tuple[float, float]:
    """Return the share of texts that lose words, and the share of a batch's places that are padding.

    Parameters
    ----------
    lengths : int array of shape (n,)
        Words of each text.
    most : int
        Words that fit.

    Examples
    --------
    >>> count_cut(np.array([2, 6]), 4)
    (0.5, 0.25)
    """
    return float((lengths > most).mean()), float((1 - np.minimum(lengths, most) / most).mean())


def draw_length(control: LengthControl) -> Chart:
    """Draw the lengths of the test texts, and say what is cut and padded."""
    lengths = np.array([len(split_words(text)) for text in load_examples()])
    cut, padding = count_cut(lengths, control.length)
    counts = np.bincount(lengths)
    title = f"With room for {control.length} words {cut:.0%} of texts lose some and {padding:.0%} of places are padding"
    marks = (
        Mark("bars", np.arange(len(counts)), counts, "texts"),
        Mark("line", np.array([control.length] * 2), np.array([0, counts.max()]), "room", "bad"),
    )
    return Chart(title, "Words of a text", "Texts", marks, alt=f"{title}.")


@dataclass(frozen=True, slots=True)
class WeightControl:
    """Which text, read by which linear family."""

    example: Example = 3
    family: Annotated[Literal["tfidf", "nbsvm"], Label("Family")] = "tfidf"


def draw_weights(control: WeightControl) -> Chart:
    """Draw what each word of a text adds to the log-odds."""
    model, text = _find_linear(control.family), load_examples()[control.example]
    effects = model.explain(text)
    names = np.array([f"{place} {each.token.word}" for place, each in enumerate(effects, 1)], dtype=object)
    values = np.array([each.effect for each in effects])
    logit = float(model.find_logits([text])[0])
    side = "positive" if logit > 0 else "negative"
    strongest = effects[int(np.abs(values).argmax())].token.word if len(effects) else "nothing"
    title = f"Log-odds {logit:+.2f}, so {side}: “{strongest}” weighs most"
    return Chart(title, "Word", "Added to the log-odds", (Mark("bars", names, values),), alt=f"{title}. {text}")


@dataclass(frozen=True, slots=True)
class RatioControl:
    """How often a term was seen on either side."""

    positive: Annotated[int, Range(0, 100, 1), Label("Positive texts with it", "Of 1,000.")] = 20
    negative: Annotated[int, Range(0, 100, 1), Label("Negative texts with it", "Of 1,000.")] = 5


def draw_ratio(control: RatioControl) -> Chart:
    """Draw the log-ratio of a term against the number of positive texts that hold it."""
    counts = np.arange(101)
    ratios = np.log((counts + 1) / (control.negative + 1))
    here = float(np.log((control.positive + 1) / (control.negative + 1)))
    side = "positive" if here > 0 else "negative" if here < 0 else "neither side"
    title = f"{control.positive} against {control.negative} texts give {here:+.2f}: it speaks for {side}"
    marks = (
        Mark("line", counts, ratios, f"with {control.negative} negative texts"),
        Mark("points", np.array([control.positive]), np.array([here]), "this term", "good", size=12),
    )
    return Chart(title, "Positive texts with the term, of 1,000", "Log-ratio", marks, alt=f"{title}.")


@dataclass(frozen=True, slots=True)
class NeighbourControl:
    """Which word, and how its vector was learnt."""

    word: Annotated[Literal["great", "bad", "funny", "director", "coffee", "war"], Label("Word")] = "great"
    method: Annotated[Literal["word2vec", "glove"], Label("Method")] = METHODS[0]


def draw_neighbours(control: NeighbourControl) -> Chart:
    """Draw the ten nearest words."""
    model = load_shipped().find("vectors").model
    if not isinstance(model, AverageModel):
        message = "the shipped model has no word vectors; train it again"
        raise ArtifactError(message)
    found = model.find_words(control.method).find_nearest(control.word, 10)
    names = np.array([each.word for each in found], dtype=object)
    title = f"Nearest to “{control.word}”: {', '.join(names[:3])}"
    bars = Mark("bars", names, np.array([each.cosine for each in found]))
    return Chart(title, "Word", "Cosine", (bars,), alt=f"{title}.")


@dataclass(frozen=True, slots=True)
class MemoryControl:
    """How long ago the word was that matters."""

    steps: Annotated[int, Range(5, 60, 5), Label("Steps back")] = 30
    forget: Annotated[float, Range(-2.0, 4.0, 0.5), Label("Forget bias", "Of the LSTM; more remembers longer.")] = 2.0


def measure_memory(kind: Kind, steps: int, forget: float = 1.0, seed: int = 0) -> Array:
    """Return how strongly the last state depends on each earlier state, relative to the last, shape (steps,)."""
    cell = make_cell(kind, SIZE, UNITS, seed)
    if kind == "lstm":
        cell.bias[UNITS : 2 * UNITS] = forget
    x = np.random.default_rng(seed).normal(size=(16, steps, SIZE))
    trace = run_cell(cell, x)
    slopes = np.zeros((16, steps, UNITS))
    slopes[:, -1] = 1.0
    found = carry_back(cell, x, trace, slopes).states
    strength = np.sqrt((found**2).sum(axis=2)).mean(axis=0)
    return np.asarray(strength / strength[-1])


def draw_memory(control: MemoryControl) -> Chart:
    """Draw the slope that reaches each earlier step, through a plain cell and through an LSTM."""
    back = np.arange(control.steps)
    marks, last = [], {}
    for kind, name, role in (("rnn", "plain cell", "baseline"), ("lstm", "LSTM", "main")):
        strength = np.maximum(measure_memory(kind, control.steps, control.forget)[::-1], 1e-12)  # type: ignore[arg-type]
        marks.append(Mark("line", back, strength, name, role))  # type: ignore[arg-type]
        last[name] = float(strength[-1])
    arrives = f"{last['LSTM']:.0e} of the slope arrives through an LSTM, {last['plain cell']:.0e} through a plain cell"
    title = f"From {control.steps - 1} steps back {arrives}"
    return Chart(title, "Steps back", "Share of the slope", tuple(marks), alt=f"{title}.", y_log=True)


@dataclass(frozen=True, slots=True)
class CalibrationControl:
    """Which family, and the line that its scores are put through."""

    family: Annotated[Literal["lexicon", "tfidf", "nbsvm", "vectors", "bilstm", "bert"], Label("Family")] = "nbsvm"
    slope: Annotated[float, Range(0.2, 3.0, 0.1), Label("Slope", "1 keeps the fitted probabilities.")] = 1.0


def draw_calibration(control: CalibrationControl) -> Chart:
    """Draw stated probability against the share that is positive, for a line of one's own."""
    model = load_shipped()
    name = model.find(control.family).name
    held = model.held_out[TEST]
    said = Calibration(control.slope, 0.0).apply(held.probabilities[name])
    bins = np.minimum((said * N_BINS).astype(int), N_BINS - 1)
    places = np.unique(bins)
    stated, true = (np.array([values[bins == place].mean() for place in places]) for values in (said, held.labels))
    weights = np.array([(bins == place).mean() for place in places])
    gap = float((np.abs(stated - true) * weights).sum())
    title = f"With slope {control.slope:g} stated and true shares differ by {gap:.1%} on average"
    marks = (
        Mark("line", np.array([0.0, 1.0]), np.array([0.0, 1.0]), "as stated", "muted", dash=True),
        Mark("line", stated, true, name),
    )
    return Chart(
        title,
        "Stated probability of positive",
        "Share that is positive",
        marks,
        alt=f"{title}.",
        y_percent=True,
        x_percent=True,
    )


@dataclass(frozen=True, slots=True)
class AbstainControl:
    """Which family, and from which confidence on it answers."""

    family: Annotated[Literal["lexicon", "tfidf", "nbsvm", "vectors", "bilstm", "bert"], Label("Family")] = "nbsvm"
    limit: Annotated[float, Range(0.5, 0.98, 0.02), Label("Limit", "Less sure, and it does not say.")] = 0.8


def draw_abstention(control: AbstainControl) -> Chart:
    """Draw which share is answered and which share of answers is right, on every set."""
    model = load_shipped()
    name = model.find(control.family).name
    splits = list(model.held_out)
    given, right = [], []
    for split in splits:
        held, said = model.held_out[split], model.held_out[split].probabilities[name]
        sure = np.maximum(said, 1 - said) >= control.limit
        given.append(float(sure.mean()))
        right.append(float(((said >= HALF) == held.labels)[sure].mean()) if sure.any() else np.nan)
    names = np.array([split.replace("_", " ") for split in splits], dtype=object)
    title = f"From {control.limit:.0%} on it answers {given[0]:.0%} of the test films, right in {right[0]:.0%}"
    marks = (
        Mark("bars", names, np.array(given), "answered", "muted"),
        Mark("bars", names, np.array(right), "right, of those"),
    )
    return Chart(title, "Set", "Share", marks, alt=f"{title}.", y_percent=True)


@dataclass(frozen=True, slots=True)
class TransferControl:
    """What is compared."""

    metric: Annotated[Literal["accuracy", "macro_f1", "roc_auc"], Label("Metric")] = "accuracy"


def draw_transfer(control: TransferControl) -> Chart:
    """Draw every family on every set."""
    return transfer_chart(load_shipped(), control.metric)


@dataclass(frozen=True, slots=True)
class SureControl:
    """A raw score on its way to a probability."""

    score: Annotated[float, Range(0.01, 0.99, 0.01), Label("Raw score")] = 0.9


def draw_lines(control: SureControl) -> Chart:
    """Draw the fitted line of each family: from raw score to probability."""
    model = load_shipped()
    raw = np.linspace(0.01, 0.99, 99)
    marks = [
        Mark("line", raw, one.calibration.apply(raw), one.title, "class", place)
        for place, one in enumerate(model.fitted.values())
    ]
    here = model.find().calibration
    said = float(here.apply(np.array([control.score]))[0])
    logit = float(to_logit(np.array([control.score]))[0])
    title = f"{model.find().title}: a raw score of {control.score:.2f} (log-odds {logit:+.1f}) means {said:.0%}"
    return Chart(title, "Raw score", "Calibrated probability", tuple(marks), alt=f"{title}.", y_percent=True)
