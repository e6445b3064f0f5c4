"""I don't know: p-values that keep their promise, strangers refused, arrays stored and read back."""

import numpy as np
import pytest

from core.hub.errors import ArtifactError, DataError
from core.vision.image_classification.data import load_test
from core.vision.image_classification.figures import load_shipped
from core.vision.image_classification.unknown import (
    CONFIDENCE,
    MOST_LOST,
    find_energy,
    find_limit,
    fit_unknown,
    measure_distance,
    measure_outside,
    unknown_from_arrays,
    unknown_to_arrays,
)
from core.vision.image_classification.unknown_sets import CHOOSE, REPORT, make_unknown


def make_known(n, seed=0):
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 3, n)
    x = rng.normal(0, 0.3, (n, 24))
    x[:, :3] += 4 * np.eye(3)[labels]
    return x, 2 * x[:, :3], labels


def test_energy_is_scipys_log_sum_exp():
    from scipy.special import logsumexp

    z = np.random.default_rng(0).normal(0, 300, (50, 10))
    np.testing.assert_allclose(find_energy(z), -logsumexp(z, axis=1), rtol=1e-12)


def test_the_distance_is_scipys_mahalanobis():
    from scipy.spatial.distance import mahalanobis

    rng = np.random.default_rng(0)
    spread = np.cov(rng.normal(size=(6, 40)))
    variances, axes = np.linalg.eigh(spread)
    x, centres = rng.normal(size=(5, 6)), rng.normal(size=(3, 6))
    wanted = [min(mahalanobis(row, centre, np.linalg.inv(spread)) for centre in centres) for row in x]
    np.testing.assert_allclose(measure_distance(x, centres, axes / np.sqrt(variances)), wanted, rtol=1e-8)


def test_the_part_outside_is_what_projection_leaves():
    rng = np.random.default_rng(0)
    directions, x = np.linalg.qr(rng.normal(size=(8, 3)))[0], rng.normal(size=(20, 8))
    np.testing.assert_allclose(
        measure_outside(x, directions), np.linalg.norm(x - x @ directions @ directions.T, axis=1), rtol=1e-10
    )


@pytest.mark.parametrize("method", ["energy", "distance", "outside", "both"])
def test_at_most_one_known_picture_in_twenty_is_lost(method):
    gate = fit_unknown(*make_known(2000), method=method)
    assert 0.03 < gate.refuses(*make_known(4000, 1)[:2]).mean() <= 0.05
    p = gate.p_value(*make_known(4000, 2)[:2])
    np.testing.assert_allclose(np.quantile(p, [0.1, 0.5, 0.9]), [0.1, 0.5, 0.9], atol=0.05)


@pytest.mark.parametrize("n", [20, 58, 59, 250, 2_500])
def test_the_limit_keeps_its_promise_and_no_higher_one_would(n):
    from scipy.stats import beta

    k = round(find_limit(n) * (n + 1)) - 1  # refused is what is stranger than the k-th strangest
    assert k == 0 or beta.ppf(CONFIDENCE, k, n + 1 - k) <= MOST_LOST
    assert beta.ppf(CONFIDENCE, k + 1, n - k) > MOST_LOST


def test_over_many_draws_of_known_pictures_few_lose_more_than_was_promised():
    rng, n = np.random.default_rng(0), 300
    limit = find_limit(n)
    # the score is uniform, so that the share lost is where the limit lies
    lost = [1 - np.sort(rng.random(n))[n - (round(limit * (n + 1)) - 1)] for _ in range(2_000)]
    assert 0.90 < np.mean(np.array(lost) <= MOST_LOST) < 0.99


def test_shipped_network_refuses_each_set_of_strangers():
    model, known = load_shipped(), load_test("fashion_mnist").images
    found = model.read(known)
    assert model.unknown.refuses(found["embedding"], found["logits"]).mean() <= MOST_LOST
    source = load_test("cifar10").images
    for name in REPORT["fashion_mnist"]:
        found = model.read(make_unknown(name, 200, model.shape, seed=9, source=source))
        assert model.unknown.refuses(found["embedding"], found["logits"]).mean() >= 0.90, name


def test_chosen_and_reported_sets_are_apart():
    for kind, chosen in CHOOSE.items():
        assert not set(chosen) & set(REPORT[kind])


@pytest.mark.parametrize("shape", [(28, 28, 1), (32, 32, 3)])
def test_every_set_is_made_and_made_again(shape):
    source = np.random.default_rng(0).integers(0, 256, (6, *shape)).astype(np.uint8)
    for name in {*CHOOSE["fashion_mnist"], *REPORT["fashion_mnist"], *REPORT["cifar10"]}:
        first, again, other = (make_unknown(name, 12, shape, seed, source) for seed in (0, 0, 1))
        assert first.shape == (12, *shape)
        assert first.dtype == np.uint8
        np.testing.assert_array_equal(first, again)
        assert (first != other).any()
    with pytest.raises(ValueError, match="must be one of"):
        make_unknown("cats", 1, shape)
    with pytest.raises(ValueError, match="give them as source"):
        make_unknown("jigsaw", 1, shape)


def test_arrays_come_back_from_a_file(tmp_path):
    gate = fit_unknown(*make_known(300))
    np.savez(tmp_path / "gate.npz", **unknown_to_arrays(gate))
    with np.load(tmp_path / "gate.npz") as arrays:
        again = unknown_from_arrays(arrays)
    rows = make_known(40, 5)[:2]
    np.testing.assert_array_equal(gate.p_value(*rows), again.p_value(*rows))
    with pytest.raises(ArtifactError, match="lacks ranks"):
        unknown_from_arrays({name: values for name, values in unknown_to_arrays(gate).items() if name != "ranks"})


def test_bad_rows_are_refused():
    x, z, y = make_known(100)
    with pytest.raises(DataError, match="at least 40 rows"):
        fit_unknown(x[:10], z[:10], y[:10])
    with pytest.raises(DataError, match="not finite"):
        fit_unknown(np.where(x > 4, np.nan, x), z, y)
    with pytest.raises(DataError, match="24 columns wide"):
        fit_unknown(x, z, y).p_value(x[:, :5], z)
