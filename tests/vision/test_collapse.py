"""The alarm rings on collapsed sets, stays silent on real and on merely duller ones, at the stated rate."""

import numpy as np
import pytest
from scipy.spatial.distance import pdist

from core.datasets.image_sets import load_image_set
from core.hub.errors import DataError
from core.vision.image_generation.collapse import (
    check_collapse,
    find_limits,
    measure_spread,
    measure_variety,
    score_precision_recall,
)
from core.vision.image_generation.measure_charts import draw_variety

N = 100


def embed(images):
    """Project pictures at random, as an untrained layer does."""
    directions = np.random.default_rng(0).normal(size=(784, 32)).astype(np.float32) / 28
    return np.maximum(images.reshape(len(images), -1).astype(np.float32) / 255 @ directions, 0)


@pytest.fixture(scope="module")
def real():
    train, test = (load_image_set("fashion_mnist", split, bundled=True) for split in ("train", "test"))
    return (embed(train.images[:5_000]), train.labels[:5_000]), (embed(test.images), test.labels)


@pytest.fixture(scope="module")
def limits(real):
    return find_limits(*real[0], N)


def test_the_spread_is_scipys_mean_pairwise_distance(real):
    assert measure_spread(real[0][0][:80]) == pytest.approx(pdist(real[0][0][:80].astype(float)).mean(), rel=1e-6)


def test_new_real_sets_ring_no_more_often_than_stated(real, limits):
    features, labels = real[1]
    rng = np.random.default_rng(5)
    draws = [rng.choice(len(features), N, replace=False) for _ in range(300)]
    rings = sum(check_collapse(features[rows], labels[rows], limits).rings for rows in draws)
    assert rings <= 7  # a rate of 1% passes 7 of 300 with a chance of 1%


@pytest.mark.parametrize("n_modes", [1, 3, 5])
def test_a_few_modes_of_each_class_ring(real, limits, n_modes):
    features, labels = real[1]
    rng = np.random.default_rng(n_modes)
    kept = np.concatenate([np.flatnonzero(labels == label)[:n_modes] for label in range(10)])
    rows = rng.choice(kept, N)
    noisy = features[rows] + rng.normal(0, 0.02, (N, features.shape[1])) * features.std(axis=0)
    alarm = check_collapse(noisy, labels[rows], limits)
    assert alarm.rings
    assert alarm.sentence.startswith("Mode collapse: ")
    assert draw_variety(alarm, limits).title == "Mode collapse: the alarm rings"


def test_missing_classes_ring(real, limits):
    features, labels = real[1]
    rows = np.flatnonzero(labels < 5)[:N]
    alarm = check_collapse(features[rows], labels[rows], limits)
    assert alarm.rings
    assert "only 5 classes" in alarm.sentence


def test_a_somewhat_duller_generator_does_not_ring(real, limits):
    features, labels = real[1]
    means = np.stack([features[labels == label].mean(axis=0) for label in range(10)])[labels[:N]]
    alarm = check_collapse(means + 0.85 * (features[:N] - means), labels[:N], limits)
    assert not alarm.rings
    assert alarm.variety.classes == 10
    assert "No mode collapse" in alarm.sentence


def test_variety_falls_as_one_class_collapses(real, limits):
    features, labels = real[1][0][:N].copy(), real[1][1][:N]
    before = measure_variety(features, labels, limits.spread, limits.twin_distance)
    features[labels == 3] = features[labels == 3][0]
    after = measure_variety(features, labels, limits.spread, limits.twin_distance)
    assert after.diversity == pytest.approx(0, abs=1e-3)
    assert before.diversity > 0.5
    assert after.twins > before.twins


def test_precision_and_recall_tell_clear_from_varied(real):
    (train, _), (test, _) = real
    both = score_precision_recall(train[:800], test[:800])
    assert min(both) > 0.6
    few = score_precision_recall(np.repeat(test[:8], 100, axis=0), test[:800])
    assert few[0] > 0.9
    assert few[1] < 0.1
    noise = np.random.default_rng(0).normal(0, 5 * train.std(), (800, train.shape[1]))
    assert score_precision_recall(noise, test[:800])[0] < 0.05


def test_limits_are_the_same_by_the_same_seed(real):
    first, again = (find_limits(*real[0], 30, seed=2) for _ in range(2))
    assert (first.diversity, first.twins, first.classes) == (again.diversity, again.twins, again.classes)


def test_wrong_sizes_are_refused(real, limits):
    features, labels = real[1]
    with pytest.raises(DataError, match="these limits are for 100"):
        check_collapse(features[:99], labels[:99], limits)
    with pytest.raises(DataError, match="twice as many real"):
        find_limits(features[:150], labels[:150], 100)
    with pytest.raises(DataError, match="draw 300"):
        find_limits(features, labels, 100, n_draws=50)
