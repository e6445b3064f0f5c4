"""Sentiment analysis: texts to look at, families compared, answers about one's own, and whether reasons are true."""

from __future__ import annotations

from core.text import sentiment as project
from pages.kit.picture_page import show_picture_page
from pages.kit.review_board import show_comparison
from pages.kit.review_models import SLUG, describe_header
from pages.kit.review_sets import show_exploring
from pages.kit.review_trial import show_trial

DATA = "12,808 film snippets, four other sets · bundled"


def show_reasons() -> None:
    """Draw the Explain tab; what explains is imported once it is opened."""
    from pages.kit.review_reasons import show_reasoning

    show_reasoning()


show_picture_page(SLUG, project, (show_exploring, show_comparison, show_trial, show_reasons), DATA, describe_header())
