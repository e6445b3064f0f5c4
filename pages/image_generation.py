"""Image generation: pictures drawn by adversarial networks, measured, explained, and small ones enlarged."""

from __future__ import annotations

from core.vision import image_generation as project
from pages.kit.code_games import show_mixing, show_sums, show_walk
from pages.kit.enlarging import show_enlarging
from pages.kit.errors import guard
from pages.kit.generator_board import show_alarms, show_fresh, show_standings
from pages.kit.generator_looks import show_looks
from pages.kit.generator_reasons import show_reasons
from pages.kit.generator_training import show_generator_training, show_takeaway
from pages.kit.generator_trial import show_drawing
from pages.kit.generators import SLUG, describe_header
from pages.kit.picture_page import show_picture_page
from pages.kit.ring_game import show_ring_game
from pages.kit.tabs import show_views

DATA = "Fashion-MNIST, 60,000 pictures of 28 × 28"


def show_comparison() -> None:
    """Train & compare: stored generators and baselines, fresh samples, the alarm, and training by hand or in a job."""
    views = {
        "Comparison": show_standings,
        "Fresh samples": show_fresh,
        "Collapse alarm": show_alarms,
        "Train": show_generator_training,
        "Game of points": show_game,
        "Take away": show_takeaway,
    }
    show_views(views, SLUG)


def show_game() -> None:
    """Draw the game that the page plays itself."""
    show_ring_game(f"{SLUG}_ring")


def show_trials() -> None:
    """Try it: draw, mix, walk, add classes, and enlarge pictures."""
    views = {
        "Draw": show_drawing,
        "Mix styles": show_mixing,
        "Walk": show_walk,
        "Add classes": show_sums,
        "Enlarge": show_enlarging,
    }
    show_views(views, f"{SLUG}_try")


@guard()
def show_page() -> None:
    """Draw the page."""
    parts = (show_looks, show_comparison, show_trials, show_reasons)
    show_picture_page(SLUG, project, parts, DATA, describe_header())


show_page()
