"""What decides a run on many languages: a frozen Recipe, one text as Inputs, and the shipped recipes.

The settings of the shipped recipe are guesses from what is usual for encoders of this size. Texts held out of training
(the ``tune`` side) fit the balance of the answers; those in English and its translations decided for this recipe
against a longer one with larger steps, and that nothing of the starting weights is kept.

Left out: a search over these settings, which a machine without a GPU takes hours for.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from core.hub.contract import Label, Length, Range, Seed

SLUG = "multilingual"
NETWORK, LINEAR, BASELINE = "one network for all", "TF-IDF per language", "most frequent class"
ZERO_SHOT = "the network after English alone"
"""The compared models: ours, what it has to beat in each language, and what it knew before any other language."""
CLASSES = ("negative", "neutral", "positive")
TEXT = Length(20_000)
"""Characters of one text that is asked about."""
Encoder = Literal["multilingual-e5-small", "xlm-roberta-base", "tiny"]
Answering = Literal["auto", "ar", "ca", "de", "en", "es", "fr", "gl", "hi", "it", "pt", "zh"]


@dataclass(frozen=True, slots=True)
class Recipe:
    """All that decides a training run.

    Parameters
    ----------
    encoder : str
        What the run begins with: ``multilingual-e5-small``, fetched once (91 MB), ``xlm-roberta-base`` from the Hugging
        Face hub where it can be reached (1.1 GB), or ``tiny``, a random one that learns in seconds and little.
    texts : int
        English texts of the first stage.
    mixed : int
        Texts of the second stage, where all languages mix.
    rate : float
        Highest learning rate; lower layers take smaller steps.
    frozen : int
        Lowest layers that keep what they know of all languages. Raising it saves time and forgets less.
    max_tokens : int
        Tokens of a text; the rest is cut.
    pieces : int
        Size of the vocabulary that is kept; what is dropped is written with shorter pieces.
    tested : int
        Most test texts of each language, and half as many that tune.
    keep : float
        Share of the starting weights in the finished ones; raising it forgets less and learns less.
    """

    encoder: Annotated[Encoder, Label("Start from", "The large ones are fetched once; tiny knows nothing.")] = "tiny"
    texts: Annotated[int, Range(100, 40_000, 100), Label("English texts", "Of the first stage.")] = 9_600
    mixed: Annotated[int, Range(100, 40_000, 100), Label("Mixed texts", "Of the second stage, all languages.")] = 16_000
    rate: Annotated[float, Range(1e-6, 1e-2, log=True), Label("Learning rate", "The highest.")] = 6e-5
    frozen: Annotated[int, Range(0, 11, 1), Label("Frozen layers", "More forgets less.")] = 6
    max_tokens: Annotated[int, Range(8, 256, 1), Label("Most tokens", "The rest of a text is cut.")] = 48
    pieces: Annotated[int, Range(1_000, 250_000, 500), Label("Vocabulary", "Pieces that are kept.")] = 46_000
    tested: Annotated[int, Range(60, 1_000, 10), Label("Test texts", "At most, of each language.")] = 1_000
    keep: Annotated[float, Range(0.0, 0.9, 0.05), Label("Kept of the start", "More forgets less.")] = 0.0
    seed: Seed = 0


@dataclass(frozen=True, slots=True)
class Inputs:
    """One text, and its language where it is known.

    Parameters
    ----------
    text : str
        1 to 20,000 characters.
    language : str
        ``auto`` tells it from the text. The network is the same for all; the language decides what is said of the
        answer's trust.
    """

    text: Annotated[str, TEXT, Label("Text", "A message or a sentence, in any language.")] = (
        "¡Me encanta este sitio, la comida es maravillosa!"
    )
    language: Annotated[Answering, Label("Language", "Auto tells it from the text.")] = "auto"


RECIPES: dict[str, Recipe] = {
    "quick": Recipe(texts=800, mixed=800, rate=3e-3, frozen=0, max_tokens=24, pieces=2_000, tested=100),
    "full": Recipe("multilingual-e5-small"),
}
"""``quick`` needs nothing but the bundled texts; ``full`` is what ``models/`` ships."""
