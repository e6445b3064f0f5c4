"""Label fidelity, and what a classifier learns from generated pictures alone."""

import numpy as np
import pytest
from statsmodels.stats.proportion import proportion_confint

from core.datasets.image_sets import load_image_set
from core.hub.errors import DataError
from core.vision.image_generation.fidelity import score_fidelity, score_gan, teach_perceptron
from core.vision.image_generation.measure_charts import draw_fidelity


@pytest.fixture(scope="module")
def fashion():
    train, test = (load_image_set("fashion_mnist", split, bundled=True) for split in ("train", "test"))
    return (train.images[:3_000], train.labels[:3_000]), (test.images[:1_000], test.labels[:1_000])


def test_the_share_has_wilsons_interval():
    asked = np.repeat(np.arange(10), 20)
    seen = asked.copy()
    seen[:13] = 9
    found = score_fidelity(asked, seen, 10)
    assert found.share[0] == 187 / 200
    assert found.share[1:] == pytest.approx(proportion_confint(187, 200, method="wilson"))
    assert found.by_class[0] == pytest.approx(7 / 20)
    assert (found.worst, int(found.confusion[0, 9])) == (0, 13)


def test_a_class_that_was_not_asked_for_has_no_share():
    found = score_fidelity(np.array([0, 2]), np.array([0, 1]), 3)
    assert np.isnan(found.by_class[1])
    assert found.worst == 2
    chart = draw_fidelity(found, ("coat", "bag", "boot"))
    assert "boot is hardest" in chart.title
    assert chart.marks[0].x.tolist() == ["coat", "boot"]


def test_unequal_or_empty_sets_are_refused():
    with pytest.raises(DataError, match="3 classes were asked for and 2 seen"):
        score_fidelity(np.zeros(3, int), np.zeros(2, int), 10)
    with pytest.raises(DataError, match="at least one sample"):
        score_fidelity(np.zeros(0, int), np.zeros(0, int), 10)


def test_real_pictures_as_samples_teach_as_well_as_real_ones(fashion):
    (images, labels), test = fashion
    scores = score_gan((images[:1_500], labels[:1_500]), (images[1_500:], labels[1_500:]), test)
    assert scores.n_train == 1_500
    assert scores.gan_train[0] == pytest.approx(scores.real[0], abs=0.04)
    assert scores.gan_train[1] > 0.70
    assert scores.gan_test[1] > 0.70


def test_clear_samples_without_variety_show_in_gan_train_and_not_in_gan_test(fashion):
    (images, labels), test = fashion
    first = [int(np.flatnonzero(labels == label)[0]) for label in range(10)]
    few = np.repeat(first, 150)
    collapsed = score_gan((images[few], labels[few]), (images, labels), test)
    assert collapsed.gan_test[0] > 0.75
    assert collapsed.gan_train[2] < 0.65 < collapsed.real[1]


def test_the_same_seed_gives_the_same_classifier(fashion):
    (images, labels), test = fashion
    first, again = (teach_perceptron(images[:600], labels[:600], 1)(test[0]) for _ in range(2))
    assert np.array_equal(first, again)


def test_a_class_that_was_never_generated_is_refused(fashion):
    (images, labels), test = fashion
    kept = labels != 4
    with pytest.raises(DataError, match="no generated picture is of class 4"):
        score_gan((images[kept], labels[kept]), (images, labels), test)
