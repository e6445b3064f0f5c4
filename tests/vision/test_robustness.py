"""Robustness: changes do what they say, figures are the packages' own, stronger is not easier."""

import numpy as np
import pytest

from core.hub.errors import DataError
from core.vision.image_classification.data import load_test
from core.vision.image_classification.figures import load_shipped
from core.vision.image_classification.picture_changes import STRENGTHS, change_pictures
from core.vision.image_classification.recipe import LINEAR
from core.vision.image_classification.robustness import (
    choose_pictures,
    measure_robustness,
    robustness_chart,
    robustness_frame,
)


@pytest.fixture(scope="module")
def pictures():
    found = load_test("fashion_mnist")
    rows = choose_pictures(found.labels, 120)
    return found.images[rows], found.labels[rows]


@pytest.fixture(scope="module")
def measured(pictures):
    model = load_shipped()
    answers = {
        "network": lambda images: model.probabilities(images).argmax(axis=1),
        "linear": lambda images: model.probabilities(images, LINEAR).argmax(axis=1),
    }
    strengths = {"noise": (0.05, 0.3), "jpeg": (50.0, 5.0)}
    return measure_robustness(answers, *pictures, strengths=strengths)


@pytest.mark.parametrize("shape", [(28, 28, 1), (32, 32, 3)])
@pytest.mark.parametrize("change", STRENGTHS)
def test_changes_repeat_keep_the_shape_and_grow(change, shape):
    images = (np.random.default_rng(0).random((20, *shape)) * 160 + 40).astype(np.uint8)
    images[:, 10:20, 10:20] = 220
    sizes = []
    for strength in STRENGTHS[change]:
        first, again = (change_pictures(images, change, strength, seed=1) for _ in range(2))
        np.testing.assert_array_equal(first, again)
        assert first.shape == images.shape
        assert first.dtype == np.uint8
        sizes.append(np.abs(first.astype(int) - images).mean())
    assert min(sizes) > 0
    if change not in {"brightness", "shift", "rotation"}:
        assert sizes == sorted(sizes, reverse=change == "contrast")


def test_a_shift_is_numpys_roll_inside():
    images = np.random.default_rng(0).integers(0, 256, (30, 28, 28, 1)).astype(np.uint8)
    moved = change_pictures(images, "shift", 3, seed=0)
    rolls = [np.roll(images, move, axis=axis) for axis in (1, 2) for move in (-3, 3)]
    for place in range(30):
        assert any((moved[place, 3:-3, 3:-3] == roll[place, 3:-3, 3:-3]).all() for roll in rolls)


def test_noise_has_the_deviation_it_says():
    images = np.full((10, 64, 64, 1), 128, np.uint8)
    assert change_pictures(images, "noise", 0.1).std() / 255 == pytest.approx(0.1, rel=0.03)


def test_intervals_and_tests_are_those_of_the_packages(measured, pictures):
    from statsmodels.stats.proportion import proportion_confint

    for row in measured:
        low, high = proportion_confint(round(row.accuracy * row.n), row.n, method="wilson")
        assert (row.low, row.high) == pytest.approx((low, high), abs=1e-9)
        assert row.n == len(pictures[1]) == 120
    assert all(row.p_adjusted == 1 for row in measured if row.model == "network")


def test_worse_pictures_cost_accuracy_and_models_are_compared(measured):
    found = {(row.change, row.strength, row.model): row for row in measured}
    assert found["noise", 0.3, "network"].accuracy < found["as they are", 0.0, "network"].accuracy - 0.1
    frame = robustness_frame(measured)
    assert len(frame) == 10
    chart = robustness_chart(measured, "jpeg")
    assert chart.marks[0].x.tolist() == ["as they are", "50", "5"]
    assert chart.marks[0].y[0] == found["as they are", 0.0, "network"].accuracy
    with pytest.raises(DataError, match="measured were"):
        robustness_chart(measured, "blur")


def test_the_same_model_twice_does_not_differ(pictures):
    model = load_shipped()
    answer = lambda images: model.probabilities(images).argmax(axis=1)  # noqa: E731 one model under two names
    rows = measure_robustness({"a": answer, "b": answer}, *pictures, strengths={"noise": (0.2,)})
    assert not any(row.differs for row in rows)


def test_bad_input_is_refused(pictures):
    with pytest.raises(DataError, match="must be one of"):
        change_pictures(pictures[0], "fog", 1)
    with pytest.raises(DataError, match="at least one of each"):
        measure_robustness({}, *pictures)
