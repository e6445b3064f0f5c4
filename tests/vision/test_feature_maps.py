"""Feature maps: what ONNX Runtime gives is the convolution by hand; filters are ranked and shown."""

import numpy as np
import pytest

from core.hub.errors import DataError
from core.hub.fields import make_fields
from core.vision.image_classification.data import load_test
from core.vision.image_classification.feature_maps import (
    find_exciting,
    read_feature_maps,
    read_first_filters,
    tile_maps,
)
from core.vision.image_classification.figures import convolve, load_shipped, pool_largest
from core.vision.image_classification.lessons import LESSONS, QUESTIONS
from core.vision.image_classification.transfer_lesson import TRANSFER_LESSONS


@pytest.fixture(scope="module")
def images():
    return load_test("fashion_mnist").images[:64]


def test_the_first_maps_are_the_convolution_by_hand(images):
    from core.vision.image_classification.export import read_weights

    model = load_shipped()
    weights = read_weights(model.content)
    first = read_feature_maps(model, images[0])[0]
    for place in range(3):
        kernel, bias = weights["convolution_11.kernel"][place, 0], weights["convolution_11.bias"][place]
        by_hand = np.maximum(convolve(images[0, ..., 0] / 255, kernel) + bias, 0)
        np.testing.assert_allclose(first.maps[..., place], by_hand, atol=1e-4)


def test_pooled_maps_are_the_pooling_by_hand(images):
    maps = {each.layer: each.maps for each in read_feature_maps(load_shipped(), images[1])}
    np.testing.assert_allclose(maps["pooling_1"][..., 5], pool_largest(maps["relu_12"][..., 5]), atol=1e-6)


def test_filters_are_ranked_by_how_unusual_they_answer(images):
    for layer in read_feature_maps(load_shipped(), images[2], images):
        ranked = layer.answers[layer.order]
        assert (np.diff(ranked) <= 0).all()
        assert str(layer.maps.shape[2]) in layer.sentence


def test_first_filters_are_pictures():
    filters = read_first_filters(load_shipped())
    assert filters.shape == (24, 3, 3, 1)
    np.testing.assert_allclose(np.abs(filters).max(axis=(1, 2, 3)), 1.0, rtol=1e-6)


def test_tiles_hold_each_map_in_its_place(images):
    maps = read_feature_maps(load_shipped(), images[0])[0].maps
    sheet = tile_maps(maps, np.array([3, 1, 2]), columns=2)
    assert sheet.shape == (57, 57)
    np.testing.assert_allclose(sheet[:28, 29:], maps[..., 1] / max(maps[..., 1].max(), 1e-9), rtol=1e-6)
    assert np.isnan(sheet[28]).all()


def test_exciting_pictures_come_first(images):
    model = load_shipped()
    order = find_exciting(model, images, "relu_31", 7, n=64)
    answers = model.read_maps(images, ("relu_31",))["relu_31"][..., 7].max(axis=(1, 2))
    assert (np.diff(answers[order]) <= 0).all()
    with pytest.raises(DataError, match="must be one of"):
        find_exciting(model, images, "relu_99", 0)
    with pytest.raises(DataError, match="has 0 to 63"):
        find_exciting(model, images, "relu_31", 64)


@pytest.mark.parametrize(
    "lesson", [each for each in LESSONS if each not in TRANSFER_LESSONS], ids=lambda lesson: lesson.key
)
def test_every_figure_draws_at_both_ends_of_its_control(lesson):
    for spec in make_fields(lesson.control):
        for end in spec.choices or (spec.low, spec.high):
            chart = lesson.figure(lesson.control(**{spec.name: int(end) if spec.kind == "integer" else end}))
            assert chart.title
            assert chart.alt


def test_lessons_and_questions_are_whole():
    assert len({lesson.key for lesson in LESSONS}) == len(LESSONS)
    assert all(question.why and 0 <= question.answer < len(question.choices) for question in QUESTIONS)
    assert len(QUESTIONS) == 3
