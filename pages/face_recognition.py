"""Face recognition: find faces, tell whether two are one person, name whom one knows, and call a stranger unknown."""

from __future__ import annotations

from core.vision import face_recognition as project
from pages.kit.face_board import show_comparison
from pages.kit.face_explore import show_exploring
from pages.kit.face_people import describe_gallery, with_promise
from pages.kit.face_reasons import show_reasoning
from pages.kit.face_trial import show_trial
from pages.kit.picture_page import show_picture_page

SLUG = project.SLUG
MODEL = "dlib's 128 numbers with gates scored on 20 people"

explore, compare, trial, reasons = map(with_promise, (show_exploring, show_comparison, show_trial, show_reasoning))
show_picture_page(SLUG, project, (explore, compare, trial, reasons), describe_gallery(), MODEL)
