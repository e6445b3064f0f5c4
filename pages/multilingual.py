"""Multilingual NLP: one network for many languages, with tokenisers, language identification and translation."""

from __future__ import annotations

from functools import partial

from core.text import multilingual as project
from pages.kit.errors import guard
from pages.kit.header import show_header
from pages.kit.keeping import follow_session
from pages.kit.language_board import show_comparison
from pages.kit.language_reasons import show_reasoning
from pages.kit.language_texts import show_exploring
from pages.kit.language_trial import show_trial
from pages.kit.language_words import choose_interface
from pages.kit.learn import show_learn
from pages.kit.tabs import show_tabs

SLUG = project.SLUG
DATA = "Tweets in 7 languages, reviews in 2 · bundled"


@guard()
def show_page() -> None:
    """Draw the header, the choice of the page's language, and of the five tabs the open one."""
    follow_session()
    show_header(SLUG, DATA)
    choose_interface()
    lessons = partial(show_learn, project.LESSONS, project.QUESTIONS, SLUG)
    show_tabs(SLUG, (show_exploring, show_comparison, show_trial, show_reasoning, lessons))


show_page()
