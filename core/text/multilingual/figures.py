"""The moving figures of the lessons, computed as they are drawn on the bundled texts.

Left out: the lessons' words (``lessons``); how each is drawn (``view_charts``).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Annotated, Literal

from core.hub.contract import Label, Range
from core.text.multilingual.alignment import align, measure_alignment
from core.text.multilingual.language_id import identify
from core.text.multilingual.language_text import load_declaration
from core.text.multilingual.tokeniser_views import measure_fertility, train_on_declaration
from core.text.multilingual.tokenisers import BytePairs, Unit, train_bpe
from core.text.multilingual.view_charts import (
    chart_alignment,
    chart_chrf,
    chart_fertility,
    chart_languages,
    chart_merges,
    chart_precision,
)

if TYPE_CHECKING:
    from core.hub.charts import Chart

Spoken = Literal["en", "es", "de", "fi", "hi", "ru", "zh"]
Target = Literal["es", "fr", "de", "it"]
PAYING = ("en", "es", "de", "fi", "tr", "ru", "ar", "hi", "zh")
SENTENCE = "The food was good and the people were friendly."
ANSWERS = {
    "the same": SENTENCE,
    "other endings": "The foods are good and the peoples were friendlier.",
    "other order": "Friendly were the people and good was the food.",
    "other words": "We ate well, and the staff were kind.",
}


@dataclass(frozen=True, slots=True)
class MergeControl:
    """What is learnt, and how much."""

    n_merges: Annotated[int, Range(10, 1_500, 10), Label("Merges", "Pairs to join.")] = 400
    language: Annotated[Spoken, Label("Language", "Of the Declaration that is learnt from.")] = "en"
    unit: Annotated[Unit, Label("Signs", "What it begins with.")] = "characters"


def draw_merges(control: MergeControl) -> Chart:
    """Draw the pieces left after each merge, learnt while you watch."""
    return chart_merges(_train(control.language, control.n_merges, control.unit))


@lru_cache(maxsize=8)
def _train(language: str, n_merges: int, unit: Unit) -> BytePairs:
    """Train on one language's Declaration."""
    return train_bpe(load_declaration()[language], n_merges, unit)


@dataclass(frozen=True, slots=True)
class FertilityControl:
    """Which way of cutting, and what it has seen."""

    way: Annotated[
        Literal["byte pairs of bytes", "byte pairs of characters", "unigram"], Label("Way", "How text is cut.")
    ] = "byte pairs of bytes"
    seen: Annotated[Literal["English", "all nine"], Label("Learnt from", "The languages it has seen.")] = "English"


def draw_fertility(control: FertilityControl) -> Chart:
    """Draw what nine languages pay for the same text."""
    seen = ("en",) if control.seen == "English" else PAYING
    return chart_fertility(measure_fertility(train_on_declaration(control.way, seen, 1_000), PAYING))


@dataclass(frozen=True, slots=True)
class LanguageControl:
    """How much of a text is read."""

    language: Annotated[Literal["es", "pt", "cs", "nb", "ru", "zh"], Label("Language", "Of the text.")] = "es"
    n_letters: Annotated[int, Range(2, 80, 1), Label("Letters", "How many are read.")] = 6


def draw_languages(control: LanguageControl) -> Chart:
    """Draw the likeliest languages after the first letters of an article."""
    return chart_languages(identify(load_declaration()[control.language][9][: control.n_letters]))


@dataclass(frozen=True, slots=True)
class TurnControl:
    """Which language English is laid on, and whether it is."""

    language: Annotated[Target, Label("Language", "That English is laid on.")] = "es"
    turned: Annotated[bool, Label("Turned", "Off shows the spaces as they were learnt.")] = True


def draw_turn(control: TurnControl) -> Chart:
    """Draw pairs of words before or after the turn."""
    return chart_alignment(align(control.language), turned=control.turned)


@dataclass(frozen=True, slots=True)
class HubControl:
    """How many known words the turn is found from."""

    language: Annotated[Target, Label("Language", "That English is laid on.")] = "es"
    n_pairs: Annotated[int, Range(10, 480, 10), Label("Known words", "Whose translations are given.")] = 300


def draw_hubs(control: HubControl) -> Chart:
    """Draw how often four ways find a translation."""
    return chart_precision(measure_alignment(control.language, control.n_pairs))


@dataclass(frozen=True, slots=True)
class ChrfControl:
    """Which answer is compared."""

    answer: Annotated[
        Literal["the same", "other endings", "other order", "other words"], Label("Answer", "How it differs.")
    ] = "other endings"


def draw_chrf(control: ChrfControl) -> Chart:
    """Draw the runs of characters that an answer shares with the reference."""
    return chart_chrf(ANSWERS[control.answer], SENTENCE)
