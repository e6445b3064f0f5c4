"""What decides a run on sentiment: a frozen Recipe, one text as Inputs, and the shipped recipes.

The settings of the shipped recipes were chosen on the tune films; the test films chose nothing.

Left out: a search over these settings.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from core.hub.contract import Label, Length, Range, Seed
from core.text.sentiment.family import FAMILIES, FamilyName

SLUG = "sentiment"
BASELINE = "most frequent class"
MOST_FILMS = 8_518
"""Snippets about the films that train."""
TEXT = Length(20_000)
"""Characters of one text that is asked about."""
DOMAINS: tuple[str, ...] = ("product_sentences", "news_sentences", "tweets", "foods")
"""Sets that no family learns from: how far does it carry?"""


@dataclass(frozen=True, slots=True)
class Recipe:
    """All that decides a run.

    Parameters
    ----------
    most : str
        The most complex family to fit; the simpler ones are fitted beside it, for they are its baselines.
    texts : int
        Snippets that train, taken film by film; 8,518 are all of them.
    min_count : int
        A word or pair of words seen in fewer texts is left out of TF-IDF and NB-SVM.
    strength : float
        Inverse of the linear families' regularisation; more fits the training texts closer.
    word_epochs, word_size : int
        Passes over the corpus and length of the word vectors.
    lstm_epochs, lstm_units : int
        Passes over the texts, and units of each direction of the BiLSTM.
    bert_epochs : int
        Passes over the texts of the fine-tuning; the best on the tune films is kept.
    bert_rate : float
        Highest learning rate of the fine-tuning; lower layers take smaller steps.
    max_tokens : int
        What is longer is cut for BiLSTM and BERT.
    promise : float
        Share of answers that are to be right where the model does not abstain.
    """

    most: Annotated[FamilyName, Label("Most complex family", "Simpler ones are fitted beside it.")] = "bert"
    texts: Annotated[int, Range(400, MOST_FILMS, 1), Label("Training texts", "Snippets of film reviews.")] = MOST_FILMS
    min_count: Annotated[int, Range(1, 50, 1), Label("Seen in at least", "Rarer words are left out.", "texts")] = 2
    strength: Annotated[float, Range(0.01, 100.0, log=True), Label("Fit strength", "More fits closer.")] = 4.0
    word_size: Annotated[int, Range(8, 300, 1), Label("Word vector length", "Numbers a word.")] = 100
    word_epochs: Annotated[int, Range(1, 60, 1), Label("Word vector epochs", "Passes over the corpus.")] = 15
    lstm_units: Annotated[int, Range(4, 256, 1), Label("LSTM units", "Of each direction.")] = 64
    lstm_epochs: Annotated[int, Range(1, 40, 1), Label("LSTM epochs", "Passes over the texts.")] = 8
    bert_epochs: Annotated[int, Range(1, 8, 1), Label("BERT epochs", "The best on the tune films is kept.")] = 3
    bert_rate: Annotated[float, Range(1e-6, 1e-3, log=True), Label("BERT learning rate", "The highest.")] = 1e-4
    max_tokens: Annotated[int, Range(8, 512, 1), Label("Most tokens", "Longer texts are cut.")] = 128
    promise: Annotated[float, Range(0.5, 0.99, 0.01), Label("Promise", "Share right where it answers.")] = 0.9
    seed: Seed = 0

    @property
    def families(self) -> tuple[FamilyName, ...]:
        """The families that are fitted, the simplest first."""
        return FAMILIES[: FAMILIES.index(self.most) + 1]


@dataclass(frozen=True, slots=True)
class Inputs:
    """One text, and which family is to answer.

    Parameters
    ----------
    text : str
        1 to 20,000 characters.
    model : str
        A family; where a run has not fitted it, the refusal says which ones it has.
    """

    text: Annotated[str, TEXT, Label("Text", "A review, a sentence, a message.")] = (
        "A quiet, funny film that earns its ending."
    )
    model: Annotated[
        Literal["best", "lexicon", "tfidf", "nbsvm", "vectors", "bilstm", "bert"],
        Label("Model", "The best is the most complex one of the run."),
    ] = "best"


RECIPES: dict[str, Recipe] = {
    "quick": Recipe(most="nbsvm", texts=2_000),
    "full": Recipe(),
}
"""``quick`` fits the lexicon and the linear families in seconds; ``full`` is what ``models/`` ships."""
