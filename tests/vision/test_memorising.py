"""Nearest training pictures against scikit-learn; planted copies are caught and new pictures pass."""

import numpy as np
import pytest
from sklearn.neighbors import NearestNeighbors

from core.datasets.image_sets import load_image_set
from core.hub.errors import DataError
from core.vision.image_generation.measure_charts import draw_distances, lay_rows
from core.vision.image_generation.memorising import find_nearest, score_memorising


@pytest.fixture(scope="module")
def fashion():
    train, test = (load_image_set("fashion_mnist", split, bundled=True).images for split in ("train", "test"))
    return train[:4_000], test[:3_000]


def test_neighbours_are_those_of_scikit_learn(fashion):
    train, test = fashion
    x, y = test[:50].reshape(50, -1).astype(float), train[:1_000].reshape(1_000, -1).astype(float)
    distances, places = NearestNeighbors(n_neighbors=3, algorithm="brute").fit(y).kneighbors(x)
    found = find_nearest(test[:50], train[:1_000], 3)
    assert found.distances == pytest.approx(distances)
    assert np.array_equal(found.places, places)


def test_a_copy_is_at_distance_zero_exactly(fashion):
    train, _ = fashion
    found = find_nearest(train[[70, 3_000]], train)
    assert found.places.ravel().tolist() == [70, 3_000]
    assert found.distances.ravel().tolist() == [0.0, 0.0]


def test_a_row_is_not_its_own_neighbour(fashion):
    train, _ = fashion
    found = find_nearest(train[:500], train[:500], skip_self=True)
    assert (found.places[:, 0] != np.arange(500)).all()
    assert (found.distances > 0).all()


def test_new_pictures_pass(fashion):
    train, test = fashion
    found = score_memorising(test[2_000:2_400], train, test[:2_000])
    assert not found.memorised
    assert found.share_below[1] <= 0.01
    assert found.sentence.startswith("No sign of memorising")
    assert "keep as far" in draw_distances(found).title


@pytest.mark.parametrize("noise", [0, 6])
def test_a_planted_copy_is_caught_and_its_original_named(fashion, noise):
    train, test = fashion
    samples = test[2_000:2_064].copy()
    rng = np.random.default_rng(0)
    samples[17] = np.clip(train[1_234].astype(int) + rng.integers(-noise, noise + 1, train[0].shape), 0, 255)
    found = score_memorising(samples, train, test[:2_000])
    assert found.memorised
    assert found.copies[0] == 17
    assert found.places[17] == 1_234
    assert "copy" in found.sentence or "copies" in found.sentence


def test_many_slight_changes_of_training_pictures_are_caught_by_their_share(fashion):
    train, test = fashion
    rng = np.random.default_rng(1)
    first, second = train[:200].astype(float), train[rng.permutation(200)].astype(float)
    found = score_memorising((0.8 * first + 0.2 * second).astype(np.uint8), train, test[:1_000])
    assert found.share_below[1] > 0.01
    assert found.memorised
    assert found.percentile < found.limit


def test_features_are_compared_where_an_embedding_is_given(fashion):
    train, test = fashion
    directions = np.random.default_rng(0).normal(size=(784, 30)).astype(np.float32)

    def embed(pictures):
        return np.maximum(pictures.reshape(len(pictures), -1).astype(np.float32) / 255 @ directions, 0)

    samples = test[2_000:2_064].copy()
    samples[5] = train[99]
    found = score_memorising(samples, train, test[:1_000], embed)
    assert found.space == "features"
    assert found.copies[0] == 5
    assert found.places[5] == 99


def test_pairs_lie_one_above_the_other(fashion):
    train, test = fashion
    found = score_memorising(test[:3], train, test[:200])
    sheet = lay_rows(test[:3], train[found.places])
    assert sheet.shape == (58, 88, 3)
    assert np.array_equal(sheet[30:, :28, 0], train[found.places[0], :, :, 0])


def test_too_few_test_pictures_and_other_sizes_are_refused(fashion):
    train, test = fashion
    with pytest.raises(DataError, match="at least 100"):
        score_memorising(test[:10], train, test[:99])
    with pytest.raises(DataError, match="pictures of one size"):
        find_nearest(test[:2], train[:, :20])
