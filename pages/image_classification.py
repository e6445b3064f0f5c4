"""Image classification: look at the pictures, train and compare networks, ask them, see why, learn how."""

from __future__ import annotations

from functools import partial

from core.vision import image_classification as project
from pages.kit.image_answers import show_trial
from pages.kit.image_board import show_comparison
from pages.kit.image_models import find_chosen, name_model
from pages.kit.image_reasons import show_reasoning
from pages.kit.image_sets import show_sets
from pages.kit.picture_page import show_picture_page

SLUG = project.SLUG
DATA = "Fashion-MNIST and CIFAR-10 · bundled"

parts = (partial(show_sets, SLUG), show_comparison, show_trial, show_reasoning)
show_picture_page(SLUG, project, parts, DATA, name_model(find_chosen()))
