"""Following faces: known movements are found again, and a face that is gone is lost."""

import numpy as np
import pytest

from core.vision.face_recognition.tracking import (
    follow_face,
    follow_points,
    make_grey,
    make_grid,
    match_boxes,
    measure_overlap,
)
from core.vision.face_recognition.types import Box, Face


def make_scene(seed=0):
    """Make a textured picture: noise without fine detail."""
    import cv2

    rng = np.random.default_rng(seed)
    return cv2.GaussianBlur(rng.integers(0, 256, (240, 320), dtype=np.uint8), (0, 0), 2.0)


def warp(scene, turn=0.0, scale=1.0, shift=(0.0, 0.0)):
    """Turn, scale about the middle and shift a picture; return it with the transform."""
    import cv2

    move = cv2.getRotationMatrix2D((160, 120), turn, scale)
    move[:, 2] += shift
    return cv2.warpAffine(scene, move, (320, 240)), move


FACE = Face(Box(110, 70, 210, 170), np.array([(185.0, 105), (170, 105), (135, 105), (150, 105), (160, 135)]), 1.2)


@pytest.mark.parametrize(
    "change",
    [{"shift": (7.0, -4.0)}, {"turn": 6.0}, {"scale": 1.06}, {"turn": -4.0, "scale": 0.95, "shift": (5.0, 6.0)}],
)
def test_a_known_movement_is_found_again(change):
    scene = make_scene()
    moved, move = warp(scene, **change)
    found = follow_face(scene, moved, FACE)
    expected = FACE.landmarks @ move[:, :2].T + move[:, 2]
    assert np.abs(found.landmarks - expected).max() < 0.5
    assert found.box.width == pytest.approx(100 * change.get("scale", 1.0), abs=1)
    assert found.score == FACE.score


def test_a_still_picture_moves_nothing():
    scene = make_scene()
    found = follow_face(scene, scene, FACE)
    assert found.box == FACE.box
    np.testing.assert_allclose(found.landmarks, FACE.landmarks, atol=1e-3)


def test_a_face_that_is_gone_is_lost():
    scene = make_scene()
    assert follow_face(scene, make_scene(1), FACE) is None
    assert follow_face(scene, np.full_like(scene, 90), FACE) is None


def test_a_hand_over_a_quarter_of_the_face_does_not_move_it():
    scene = make_scene()
    moved, _ = warp(scene, shift=(6.0, 0.0))
    moved[120:170, 165:216] = make_scene(2)[120:170, 165:216]
    found = follow_face(scene, moved, FACE)
    assert np.abs(found.landmarks - FACE.landmarks - (6, 0)).max() < 1.0


def test_points_that_do_not_return_are_not_kept():
    scene = make_scene()
    points = make_grid(FACE.box)
    assert points.shape == (64, 2)
    _, kept = follow_points(scene, make_scene(1), points)
    assert kept.mean() < 0.4
    _, kept = follow_points(scene, scene, points)
    assert kept.all()


def test_overlap_is_symmetric_and_between_0_and_1():
    rng = np.random.default_rng(0)
    for _ in range(50):
        left, top, right, bottom = rng.integers(0, 50, 4)
        first, second = Box(left, top, left + 20, top + 30), Box(right, bottom, right + 25, bottom + 10)
        share = measure_overlap(first, second)
        assert share == measure_overlap(second, first)
        assert 0 <= share < 1
        assert measure_overlap(first, first) == 1


def test_each_box_is_matched_at_most_once():
    known = [Box(0, 0, 100, 100), Box(10, 0, 110, 100)]
    assert match_boxes(known, [Box(11, 0, 111, 100)]) == {0: 1}
    assert match_boxes(known, [Box(2, 0, 102, 100), Box(12, 0, 112, 100)]) == {0: 0, 1: 1}
    assert match_boxes(known, []) == match_boxes([], known) == {}


def test_grey_is_the_weighted_sum_of_the_colours():
    pixels = np.array([[[255, 0, 0], [0, 255, 0], [0, 0, 255]]], np.uint8)
    assert make_grey(pixels).tolist() == [[76, 150, 29]]  # ITU-R BT.601
