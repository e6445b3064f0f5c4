"""Tables of faces: a row a face, a row for a picture without one, and people with their consents."""

import numpy as np

from core.vision.face_recognition.consent import DAY_S, make_consent
from core.vision.face_recognition.gallery import Gallery
from core.vision.face_recognition.tables import list_matches, list_people
from core.vision.face_recognition.types import Box, Face

FACE = Face(Box(1, 2, 30, 40), np.zeros((5, 2)), 1.0)


def make_gallery():
    gallery = Gallery(clock=lambda: 10.0)
    gallery.add("=Ann()", np.zeros((2, 128)), make_consent("a parent", 10.0, agreed=True, days=2))
    return gallery


def test_every_face_has_a_row_and_a_picture_without_one_too():
    gallery = make_gallery()
    known, stranger = gallery.identify(np.zeros(128)), gallery.identify(np.full(128, 0.2))
    frame = list_matches([("a.png", [(FACE, known, ""), (FACE, stranger, "The face is dark.")]), ("b.png", [])])
    assert frame["name"].tolist() == ["=Ann()", "unknown", "no face"]
    assert frame["face"].tolist() == [1, 2, 0]
    assert frame.loc[0, ["left", "top", "right", "bottom"]].tolist() == [1, 2, 30, 40]
    assert frame.loc[1, "nearest"] == "=Ann()"
    assert frame["unsure"].tolist() == ["", "The face is dark.", ""]


def test_people_are_listed_with_who_agreed_and_until_when():
    (row,) = list_people(make_gallery().people).to_dict("records")
    assert row == {"Name": "=Ann()", "Pictures": 2, "Erased on": "1970-01-03",
                   "Consent of": "1970-01-01", "Given by": "a parent"}  # fmt: skip
    assert make_gallery().people[0].consent.expires == 10.0 + 2 * DAY_S
