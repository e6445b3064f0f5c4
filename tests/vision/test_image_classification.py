"""Image classification: pictures, augmentation, networks against closed formulas, ONNX against Keras, one quick run."""

import dataclasses

import numpy as np
import pytest

from core.hub.errors import ArtifactError, DataError, RecipeError
from core.hub.fields import make_recipe
from core.hub.packing import pack_arrays
from core.vision import image_classification as project
from core.vision._shared.keras_door import import_keras
from core.vision._shared.onnx_network import OnnxNetwork
from core.vision.image_classification import augmentation, baselines, export, fitting, networks, training
from core.vision.image_classification.augmentation import Augmentation
from core.vision.image_classification.data import Data, Part, split_pictures
from core.vision.image_classification.unfinished import Unfinished, find_unfinished

QUICK = project.RECIPES["quick"]
SHAPE = (12, 12, 1)


@pytest.fixture(scope="module")
def keras():
    return import_keras(1)


@pytest.fixture(scope="module")
def data():
    return project.load(QUICK)


@pytest.fixture(scope="module")
def steps():
    return []


@pytest.fixture(scope="module")
def model(data, steps):
    return project.train(QUICK, data, lambda step, total, metrics: steps.append((step, total, dict(metrics))))


def make_pictures(n=40, shape=SHAPE, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (n, *shape), dtype=np.uint8)


def make_small_data(n_test=60):
    """Pictures whose class is the side that is bright: small enough to train on in a second."""
    rng = np.random.default_rng(0)

    def make(n):
        labels = rng.integers(0, 2, n)
        images = rng.integers(0, 100, (n, *SHAPE), dtype=np.uint8)
        images[labels == 1, :6] += 100
        return Part(images, labels)

    return Data("fashion_mnist", ("dark", "bright"), make(400), make(80), make(n_test), "made pictures", "0" * 64)


# pictures


def test_no_picture_is_both_learnt_from_and_held_out(data):
    fitting_rows, held_rows = split_pictures(10_000, 2_000, 0)
    assert not np.intersect1d(fitting_rows, held_rows).size
    assert (len(data.fitting), len(data.held), len(data.test)) == (1_750, 250, 10_000)
    assert np.bincount(data.test.labels).tolist() == [1_000] * 10


def test_the_whole_set_is_split_as_the_shipped_networks_were():
    rows = np.random.default_rng(0).permutation(60_000)
    fitting_rows, held_rows = split_pictures(60_000, 60_000, 0)
    assert np.array_equal(held_rows, np.sort(rows[:2_500]))
    assert np.array_equal(fitting_rows, np.sort(rows[2_500:]))


def test_more_pictures_than_there_are_are_refused():
    with pytest.raises(RecipeError, match="pictures is 60000; cifar10 has 50000"):
        project.load(project.Recipe(data_set="cifar10", pictures=60_000))


def test_a_table_is_refused():
    class Named:
        name = "iris.csv"

    with pytest.raises(DataError, match=r"iris\.csv is a table"):
        project.load(QUICK, Named())


@pytest.mark.parametrize(
    ("values", "word"),
    [({"epochs": 0}, "epochs"), ({"network": "huge"}, "network"), ({"smoothing": 0.9}, "smoothing"), ({"x": 1}, "x")],
)
def test_a_recipe_out_of_range_is_refused(values, word):
    with pytest.raises(RecipeError, match=word):
        make_recipe(project.Recipe, values)


# augmentation


def test_a_picture_is_seen_both_ways_in_two_epochs_and_mirrored_twice_is_itself():
    images = make_pictures()
    seen = [augmentation.mirror_half(images, epoch, np.random.default_rng(3)) for epoch in (0, 1)]
    is_mirrored = [
        np.array([np.array_equal(a, b[:, ::-1]) for a, b in zip(each, images, strict=True)]) for each in seen
    ]
    assert (is_mirrored[0] ^ is_mirrored[1]).all()
    assert np.array_equal(augmentation.mirror_half(seen[0], 0, np.random.default_rng(3)), images)


def test_a_shift_is_a_crop_of_the_reflected_picture():
    images = make_pictures(8)
    moved = augmentation.shift(images, 2, np.random.default_rng(0))
    padded = np.pad(images, ((0, 0), (2, 2), (2, 2), (0, 0)), mode="reflect")
    for picture, wide in zip(moved, padded, strict=True):
        crops = [wide[top : top + 12, left : left + 12] for top in range(5) for left in range(5)]
        assert any(np.array_equal(picture, crop) for crop in crops)
    assert np.array_equal(augmentation.shift(images, 0, np.random.default_rng(0)), images)


def test_a_shift_keeps_a_picture_that_is_the_same_everywhere():
    images = np.full((5, *SHAPE), 77, np.uint8)
    assert np.array_equal(augmentation.shift(images, 3, np.random.default_rng(0)), images)


def test_at_most_one_square_is_erased():
    images = make_pictures(200)
    changed = (augmentation.erase(images, 4, np.random.default_rng(0)) != images)[..., 0]
    assert changed.any()
    for mask in changed:
        rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
        assert len(rows) == 0 or (np.ptp(rows) < 4 and np.ptp(columns) < 4)


def test_the_same_seed_and_epoch_change_pictures_alike():
    images, how = make_pictures(), Augmentation(True, 2, 4)
    assert np.array_equal(augmentation.augment(images, how, 3, 1), augmentation.augment(images, how, 3, 1))
    assert not np.array_equal(augmentation.augment(images, how, 3, 1), augmentation.augment(images, how, 4, 1))


# networks and their fit


def test_whitened_patches_are_uncorrelated_and_equally_loud():
    images = project.load_test("fashion_mnist").images[:2_000]
    filters = networks.find_patch_filters(images)
    flat = filters.reshape(4, 8)
    assert np.allclose(flat[:, :4], -flat[:, 4:])
    patches = images[:, :28, :28, 0].reshape(-1, 14, 2, 14, 2).transpose(0, 1, 3, 2, 4).reshape(-1, 4) / 255
    found = np.cov(patches @ flat[:, :4], rowvar=False)
    # the term that keeps flat directions quiet makes their variance smaller than 1
    variances = np.linalg.eigvalsh(np.cov(patches, rowvar=False))
    assert np.allclose(found, np.diag(variances / (variances + 5e-4)), atol=2e-3)


def count_plain(side, n_channels, n_classes, widths):
    ins = [n_channels, widths[0], widths[0], widths[1], widths[1]]
    outs = [widths[0], widths[0], widths[1], widths[1], widths[2]]
    convolutions = sum(9 * a * b + 4 * b for a, b in zip(ins, outs, strict=True))
    return convolutions + ((side // 8) ** 2 * widths[2] + 1) * n_classes


def count_residual(n_channels, n_classes, widths):
    n_filters = 8 * n_channels
    total, before = 4 * n_channels * n_filters + n_filters, n_filters
    for width in widths:
        total, before = total + 9 * width * (before + 2 * width) + 3 * 4 * width, width
    return total + before * n_classes


def test_networks_have_as_many_weights_as_the_formula_says(keras):
    plain = networks.build_plain(keras, (28, 28, 1), 10, project.WIDTHS["plain"])
    assert plain.count_params() == count_plain(28, 1, 10, project.WIDTHS["plain"]) == 70_754
    for name, shape, at_most in (("residual", (28, 28, 1), 800_000), ("wide residual", (32, 32, 3), 1_000_000)):
        filters = networks.find_patch_filters(make_pictures(50, shape))
        network = networks.build_residual(keras, filters, shape, 10, project.WIDTHS[name])
        assert network.count_params() == count_residual(shape[2], 10, project.WIDTHS[name]) <= at_most


def test_the_learning_rate_climbs_for_a_fifth_and_falls_to_nothing():
    rates = fitting.make_rates(100, 0.5)
    assert rates[20] == pytest.approx(0.5)
    assert (np.diff(rates[:21]) > 0).all()
    assert (np.diff(rates[20:]) < 0).all()
    assert rates[-1] < 0.01


# ONNX against Keras


def make_network(keras, kind):
    keras.utils.set_random_seed(1)
    shape = (12, 12, 2)
    images, rng = make_pictures(30, shape), np.random.default_rng(2)
    if kind == "plain":
        network = networks.build_plain(keras, shape, 3, (4, 5, 6))
    else:
        network = networks.build_residual(keras, networks.find_patch_filters(images), shape, 3, (4, 5, 6))
    for layer in network.layers:
        if type(layer).__name__ == "BatchNormalization":
            width = len(layer.get_weights()[0])
            # scales below 0 too: behind a pooling they turn the largest into the smallest
            spread = [rng.normal(0.3, 0.8, width), *rng.normal(0, 0.3, (2, width)), rng.uniform(0.5, 2, width)]
            layer.set_weights(spread)
    return network, images.astype(np.float32) / 255


@pytest.mark.parametrize("kind", ["plain", "residual"])
def test_the_graph_answers_as_keras_does(keras, kind):
    network, x = make_network(keras, kind)
    straight, mirrored = (np.asarray(network(each)) for each in (x, np.ascontiguousarray(x[:, :, ::-1])))
    for mirror, expected in ((False, straight), (True, (straight + mirrored) / 2)):
        found = OnnxNetwork(export.export_network(network, mirror=mirror, numbers="float32")).run(x, batch=7)
        assert np.abs(found["logits"] - expected).max() < 1e-4
        half = OnnxNetwork(export.export_network(network, mirror=mirror)).run(x)
        assert np.abs(half["logits"] - expected).max() < 0.02


@pytest.mark.parametrize("kind", ["plain", "residual"])
def test_the_graph_gives_the_maps_of_every_layer(keras, kind):
    network, x = make_network(keras, kind)
    graph = OnnxNetwork(export.export_network(network, mirror=True, numbers="float32"))
    names = [name for name in graph.outputs if name not in {"logits", "embedding"}]
    assert len(names) > 5
    for name in names:
        expected = np.asarray(keras.Model(network.input, network.get_layer(name).output)(x))
        found = graph.run(x, [name])[name][: len(x)].transpose(0, 2, 3, 1)
        assert np.abs(found - expected).max() < 1e-4, name


@pytest.mark.parametrize("kind", ["plain", "residual"])
def test_stored_weights_go_back_into_keras(keras, kind):
    network, x = make_network(keras, kind)
    content = export.export_network(network, mirror=False, numbers="float32")
    fresh, _ = make_network(keras, kind)
    for layer in fresh.layers:
        layer.set_weights([np.zeros_like(each) for each in layer.get_weights()])
    assert np.abs(np.asarray(export.fill_network(fresh, content)(x)) - np.asarray(network(x))).max() < 1e-4


def test_bytes_that_are_no_network_are_refused():
    with pytest.raises(ArtifactError, match="cannot be read"):
        OnnxNetwork(b"not a network")


# one run


def test_the_network_beats_its_baselines_and_says_how_sure_it_is(model):
    scores = {(row.model, row.metric): row for row in model.scores}
    accuracy = scores["network", "accuracy"]
    assert accuracy.value > scores["most frequent class", "accuracy"].value + 0.6
    assert accuracy.low > scores["logistic regression", "accuracy"].value - 0.02
    assert scores["network", "ece"].value < 0.05
    assert scores["network", "coverage_99"].value > 0.97
    assert all(row.low <= row.value <= row.high for row in model.scores)


def test_the_figures_are_those_of_the_shared_metrics(model):
    from core.evaluation.classification import class_scores

    y, shares = model.held_out.y, model.test_shares
    expected = class_scores(y, shares, range(10))
    found = {row.metric: row.value for row in model.scores if row.model == "network"}
    for name in ("accuracy", "macro_f1", "log_loss", "ece"):
        assert found[name] == pytest.approx(expected[name], abs=1e-9)


def test_the_curve_is_told_epoch_by_epoch(model, steps):
    epochs = [metrics for _, _, metrics in steps[: QUICK.epochs]]
    assert [step for step, _, _ in steps] == list(range(1, QUICK.epochs + training.AFTER_FIT + 1))
    assert all({"loss", "accuracy", "held_out_accuracy"} <= set(metrics) for metrics in epochs)
    assert epochs[-1]["loss"] < epochs[0]["loss"]
    assert model.history["held_out_accuracy"].tolist() == [metrics["held_out_accuracy"] for metrics in epochs]


def test_the_temperature_makes_held_out_answers_least_surprising(model, data):
    logits, rows = model.read(data.held.images)["logits"], np.arange(len(data.held))

    def surprise(temperature):
        return -np.log(baselines.to_shares(logits, temperature)[rows, data.held.labels]).mean()

    assert surprise(model.temperature) <= min(surprise(model.temperature * each) for each in (0.8, 0.95, 1.05, 1.25))


def test_scoring_again_gives_the_same_figures(model, data):
    assert [(row.metric, row.model, row.value) for row in project.evaluate(model, data)] == [
        (row.metric, row.model, row.value) for row in model.scores
    ]


def test_pictures_of_another_run_are_refused(model, data):
    with pytest.raises(DataError, match="not the model's pictures"):
        project.evaluate(model, dataclasses.replace(data, sha256="0" * 64))


def test_the_last_layer_is_kept_beside_the_network(model, data):
    found = model.read(data.test.images[:20])
    assert np.abs(found["embedding"] @ model.head.kernel + model.head.bias - found["logits"]).max() < 0.02
    maps = model.read_maps(data.test.images[:20], (model.head.maps,))[model.head.maps]
    mirrored = model.read_maps(np.ascontiguousarray(data.test.images[:20, :, ::-1]), (model.head.maps,))[
        model.head.maps
    ]
    flat = (maps.reshape(20, -1) + mirrored.reshape(20, -1)) / 2
    assert np.allclose(flat, found["embedding"], atol=1e-5)


# small runs


def test_the_same_seed_gives_the_same_model():
    small = make_small_data()
    recipe = dataclasses.replace(QUICK, epochs=2)
    first, again, other = (
        training.train(each, small) for each in (recipe, recipe, dataclasses.replace(recipe, seed=1))
    )
    assert first.content == again.content
    assert [row.value for row in first.scores] == [row.value for row in again.scores]
    assert first.content != other.content
    assert first.scores[0].value > 0.9


def test_a_stopped_run_goes_on_as_if_it_had_not_been(tmp_path, monkeypatch):
    class StoppedError(Exception):
        pass

    def stop(step, *_):
        if step == 2:
            raise StoppedError

    small, recipe, told = make_small_data(), dataclasses.replace(QUICK, epochs=3), []
    whole = training.train(recipe, small)
    kept = Unfinished(tmp_path / "runs" / "run.npz")
    monkeypatch.setattr(training, "find_unfinished", lambda _recipe: kept)
    with pytest.raises(StoppedError):
        training.train(recipe, small, stop)
    assert kept.path.is_file()
    again = training.train(recipe, small, lambda step, *_: told.append(step))
    assert again.content == whole.content
    assert {name: values.tolist() for name, values in again.history.items()} == {
        name: values.tolist() for name, values in whole.history.items()
    }
    assert told == [3, 4, 5, 6, 7]
    assert not kept.path.exists()


@pytest.mark.parametrize("content", [b"", b"no state", pack_arrays({"seconds": np.array(3.0)})])
def test_a_damaged_state_or_one_of_another_network_is_passed_over(keras, tmp_path, content):
    network = networks.build_plain(keras, SHAPE, 2, (4, 4, 4))
    network.compile(optimizer=keras.optimizers.SGD(0.1))
    path, history = tmp_path / "run.npz", {}
    path.write_bytes(content)
    assert Unfinished(path).take_up(network, history) == 0.0
    assert Unfinished(None).take_up(network, history) == 0.0
    assert history == {}


def test_only_runs_on_the_whole_set_keep_their_state():
    assert find_unfinished(QUICK).path is None
    long = find_unfinished(project.RECIPES["full"])
    assert long.path != find_unfinished(dataclasses.replace(project.RECIPES["full"], seed=1)).path
    assert long.path.parent.name == "unfinished"


def test_cancelling_stops_the_training_between_epochs():
    class StoppedError(Exception):
        pass

    seen = []

    def stop(step, _total, _metrics):
        seen.append(step)
        raise StoppedError

    with pytest.raises(StoppedError):
        training.train(dataclasses.replace(QUICK, epochs=3), make_small_data(), stop)
    assert seen == [1]
