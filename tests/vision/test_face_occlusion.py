"""Covering places of a face: what is covered counts, what is not does not; and the charts of single faces."""

import numpy as np
import pytest

from core.vision.face_recognition.alignment import CHIP_SIZE
from core.vision.face_recognition.face_charts import between_chart, cover_chart, numbers_chart
from core.vision.face_recognition.occlusion import PATCH, measure_cover, name_place

BRIGHT = 20  # pixels of the square that the double looks at


class Looker:
    """A double of the engine that sees nothing but the mean of one square at the upper left."""

    def embed_chips(self, chips):
        seen = np.array([chip[:BRIGHT, :BRIGHT].mean() / 255 for chip in chips])
        return np.column_stack([seen, np.zeros(len(seen))])


def test_only_covering_what_the_engine_looks_at_moves_the_face():
    chip = np.zeros((CHIP_SIZE, CHIP_SIZE, 3), np.uint8)
    chip[:BRIGHT, :BRIGHT] = 255
    changes = measure_cover(Looker(), chip, np.array([[1.0, 0.0]]), n_places=4)
    ground = np.rint(chip.reshape(-1, 3).mean(axis=0))[0]
    assert changes.shape == (4, 4)
    assert changes[0, 0] == pytest.approx(1 - ground / 255)  # covered with the mean colour
    rest = changes.copy()
    rest[0, 0] = 0
    assert not rest.any()
    assert PATCH > BRIGHT


def test_places_are_named_as_they_lie_in_the_picture():
    assert name_place(0, 3) == "the forehead"
    assert name_place(1, 1) == "the eye on the left"
    assert name_place(5, 3) == "the mouth"


def test_charts_tell_what_they_show():
    first, second = np.zeros(128), np.zeros(128)
    second[:2] = 0.3, 0.4
    assert numbers_chart(first, second, "Ann").title.startswith("0.50 from Ann: 1 of the 128")
    assert between_chart(np.stack([first, second]), ["a", "b"], 0.6).title.startswith("1 of 1 pair within 0.60")
    changes = np.zeros((7, 7))
    changes[5, 3] = 0.2
    assert (
        cover_chart(changes, "Ann", 0.3).title == "Covering the mouth moves the face most: from 0.30 to 0.50 from Ann"
    )
