"""Transfer learning: the head against scikit-learn, starts against their files, one small comparison, bad input."""

import dataclasses
import io
import json
import urllib.error
from types import SimpleNamespace

import numpy as np
import pytest

from core.datasets.image_sets import load_image_set
from core.hub.charts import Chart
from core.hub.errors import ArtifactError, DataError, RecipeError, UnavailableError
from core.hub.fields import make_recipe
from core.hub.jobs import JobCancelled, JobContext
from core.vision._shared.embedding import load_embedder
from core.vision._shared.keras_door import import_keras
from core.vision._shared.onnx_network import OnnxNetwork
from core.vision.image_classification import (
    applications,
    network_depth,
    transfer_files,
    transfer_starts,
    transfer_table,
)
from core.vision.image_classification import transfer_lesson as lesson
from core.vision.image_classification import transfer_methods as methods
from core.vision.image_classification.augmentation import Augmentation
from core.vision.image_classification.export import export_network
from core.vision.image_classification.fitting import Fitting, fit_network
from core.vision.image_classification.networks import PATCH, build_plain, build_residual
from core.vision.image_classification.transfer import Comparison, TransferRow, compare_transfer
from core.vision.image_classification.transfer_pictures import (
    TRANSFER_RECIPES,
    Pictures,
    TransferRecipe,
    draw_pictures,
    load_pictures,
)

SMALL = TransferRecipe(pictures=10, epochs=4, tested=300)
KNOWN, NEW = (0, 1, 2, 3, 4, 6), (5, 7, 8, 9)
"""Kinds of clothes that the first network learns, and those that are new to it: shoes and bags."""


@pytest.fixture(scope="module")
def keras():
    return import_keras(1)


@pytest.fixture(scope="module")
def clothes():
    return load_image_set("fashion_mnist", "train", bundled=True), load_image_set("fashion_mnist", "test", bundled=True)


@pytest.fixture(scope="module")
def weights(keras, clothes):
    """Return a small network's weights after it has learnt six kinds of clothes."""
    network = build_small(keras)
    train, _ = clothes
    rows = np.flatnonzero(np.isin(train.labels, KNOWN))[:1_500]
    labels = np.searchsorted(KNOWN, train.labels[rows])
    fitting = Fitting(epochs=3, batch=50, rate=0.1, augmentation=Augmentation(shift=1))
    fit_network(keras, network, (train.images[rows], labels), fitting, lambda _epoch, _figures: None)
    return network.get_weights()


def build_small(keras):
    keras.utils.set_random_seed(0)
    return build_plain(keras, (28, 28, 1), len(KNOWN), (8, 16, 16))


def make_start(keras, weights):
    network = build_small(keras)
    network.set_weights(weights)
    prepare = lambda images: images.astype(np.float32) / 255  # noqa: E731 - as short as a value
    return transfer_starts.cut_network(keras, network, ("pooling_2", "flatten"), "six kinds of clothes", prepare)


@pytest.fixture
def start(keras, weights):
    return make_start(keras, weights)


@pytest.fixture(scope="module")
def pictures(clothes):
    train, test = clothes
    learnt = np.concatenate([np.flatnonzero(train.labels == label)[:10] for label in NEW])
    held = np.flatnonzero(np.isin(test.labels, NEW))[:300]
    parts = [
        (part.images[rows], np.searchsorted(NEW, part.labels[rows])) for part, rows in ((train, learnt), (test, held))
    ]
    return Pictures("clothes", ("sandal", "sneaker", "bag", "boot"), *parts[0], *parts[1])


def make_scratch_quick(monkeypatch):
    monkeypatch.setattr(methods, "LEAST_STEPS", 60)
    monkeypatch.setattr(methods, "SCRATCH_WIDTHS", (8, 8, 8))


@pytest.fixture
def quick_scratch(monkeypatch):
    make_scratch_quick(monkeypatch)


@pytest.fixture(scope="module")
def compared(keras, weights, pictures):
    """Compare once; return what was found, the steps that were told, and the start's weights before and after."""
    steps, start = [], make_start(keras, weights)
    before = [np.array(value) for value in start.body.get_weights()]
    with pytest.MonkeyPatch.context() as patch:
        make_scratch_quick(patch)
        found = run_small(
            keras, start, pictures, lambda step, total, metrics: steps.append((step, total, dict(metrics)))
        )
    return found, steps, before, start.body.get_weights()


def test_the_head_is_the_logistic_regression_of_standardised_numbers(monkeypatch):
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    monkeypatch.setattr(methods, "STRENGTHS", (0.1,))
    rng = np.random.default_rng(0)
    labels = np.repeat(np.arange(3), 20)
    x = rng.normal(3, 40, (60, 8)) + 50 * np.eye(8)[labels]
    pipeline = make_pipeline(StandardScaler(), LogisticRegression(C=0.1, max_iter=500)).fit(x, labels)
    head = methods.fit_head(x, labels, 3)
    logits = head.answer(x)
    shares = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    assert np.abs(shares - pipeline.predict_proba(x)).max() < 1e-3


def test_a_head_for_two_classes_has_two_columns():
    x = np.repeat([[0.0, 1.0], [1.0, 0.0]], 6, axis=0).astype(np.float32)
    head = methods.fit_head(x, np.repeat([1, 0], 6), 2)
    assert head.kernel.shape == (2, 2)
    assert head.answer(x).argmax(1).tolist() == [1] * 6 + [0] * 6


def test_fewer_pictures_are_a_part_of_more_and_each_class_has_as_many():
    labels = np.random.default_rng(1).permutation(np.repeat(np.arange(4), 25))
    few, many = draw_pictures(labels, 5, 0), draw_pictures(labels, 20, 0)
    assert set(few) < set(many)
    assert np.bincount(labels[many]).tolist() == [20] * 4
    assert not np.array_equal(few, draw_pictures(labels, 5, 1))


def test_what_cannot_be_drawn_is_refused():
    with pytest.raises(DataError, match="pictures is 30; the smallest class has 25"):
        draw_pictures(np.repeat([0, 1], 25), 30, 0)
    with pytest.raises(DataError, match=r"tested is 5000; the bundled part has 1,000 held-out pictures"):
        load_pictures(TransferRecipe(tested=5_000))
    with pytest.raises(RecipeError, match="pictures is 7"):
        make_recipe(TransferRecipe, {"pictures": 7})
    with pytest.raises(RecipeError, match="start is 'AlexNet'"):
        make_recipe(TransferRecipe, {"start": "AlexNet"})


def test_pictures_to_learn_from_and_held_out_ones_share_none():
    found = load_pictures(TRANSFER_RECIPES["quick"])
    learnt, held = ({image.tobytes() for image in images} for images in (found.images, found.test_images))
    assert not learnt & held
    assert (len(found.labels), len(found.test_labels)) == (200, 500)
    ours = load_pictures(TransferRecipe(start="our CIFAR-10 network", pictures=10))
    assert (ours.name, ours.images.shape) == ("fashion_mnist", (100, 28, 28, 1))


def run_small(keras, start, pictures, on_step=None):
    return compare_transfer(keras, start, pictures, SMALL, on_step)


def test_a_comparison_beats_its_baseline_and_tells_its_steps(compared):
    found, steps, before, after = compared
    scratch, frozen, tuned = found.rows
    assert [row.method for row in found.rows] == ["scratch", "frozen", "fine-tuned"]
    assert frozen.low > 0.25 + 0.2  # the most frequent of four classes, and a margin
    assert tuned.low > 0.25 + 0.2
    assert frozen.learnt < tuned.learnt < tuned.weights
    assert all(row.low <= row.accuracy <= row.high and row.n == 300 for row in found.rows)
    assert [step for step, *_ in steps] == list(range(1, steps[0][1] + 1))
    assert steps[-1][2] == {"scratch": scratch.accuracy, "frozen": frozen.accuracy, "fine-tuned": tuned.accuracy}
    assert all(np.array_equal(a, b) for a, b in zip(before, after, strict=True))
    assert [finding.split()[0] for finding in found.findings] == ["frozen", "fine-tuned"]


def test_fine_tuning_learns_the_last_layers_but_not_their_normalisation(keras, start, pictures):
    maps = np.stack([methods.ask(start.body, start.prepare(images)) for images in (pictures.images,) * 2])
    head = methods.fit_head(methods.ask(start.tail, maps[0]), pictures.labels, 4)
    kept = {layer.name: [np.array(value) for value in layer.get_weights()] for layer in start.tail.layers}
    losses = []
    tuning = methods.Tuning(epochs=6, rate=1e-3)
    learnt = (maps, pictures.labels)
    methods.fine_tune(keras, start.tail, head, learnt, tuning, lambda _epoch, figures: losses.append(figures["loss"]))
    changed = {
        layer.name
        for layer in start.tail.layers
        if any(not np.array_equal(a, b) for a, b in zip(kept[layer.name], layer.get_weights(), strict=True))
    }
    assert changed == {"convolution_31"}
    assert losses[-1] < losses[0]


@pytest.mark.usefixtures("quick_scratch")
def test_a_run_stops_where_it_is_asked_to(keras, start, pictures):
    steps = []

    def stop(step, _total, _metrics):
        steps.append(step)
        if step == 3:
            raise JobCancelled

    with pytest.raises(JobCancelled):
        run_small(keras, start, pictures, stop)
    assert steps == [1, 2, 3]


@pytest.mark.usefixtures("quick_scratch")
def test_a_job_finds_the_same_again_and_leaves_what_the_page_opens(monkeypatch, tmp_path, start, pictures, compared):
    noted = dataclasses.replace(start, note="another network answered")
    monkeypatch.setattr(
        transfer_starts, "load_start", lambda _keras, name, size: noted if (name, size) == ("VGG16", 96) else None
    )
    monkeypatch.setattr(transfer_files, "load_pictures", lambda _recipe: pictures)
    lines = []
    recipe = dataclasses.replace(SMALL, start="VGG16")
    context = JobContext(tmp_path, tmp_path, log=lines.append)
    summary = transfer_files.run_transfer_job(recipe, context)
    found = transfer_files.open_transfer_result(tmp_path)
    known, again = ([dataclasses.replace(row, seconds=0.0) for row in each.rows] for each in (compared[0], found))
    assert again == known
    assert {row.method: row.accuracy for row in found.rows}.items() <= summary.items()
    assert found.note == summary["note"] == lines[0] == "another network answered"
    assert lines[1:] == list(found.findings)
    assert {path.name for path in tmp_path.iterdir()} == set(transfer_files.TRANSFER_DOWNLOADS)
    assert (
        (tmp_path / "comparison.csv")
        .read_text(encoding="utf-8")
        .splitlines()[0]
        .startswith("start,onto,pictures,method")
    )


def test_the_shipped_backbone_cut_in_two_is_the_whole(keras):
    found = transfer_starts.load_start(keras, "EfficientNet-Lite0", 64)
    images = np.random.default_rng(0).integers(0, 256, (2, 32, 32, 3), dtype=np.uint8)
    numbers = methods.ask(found.tail, methods.ask(found.body, found.prepare(images), 2), 2)
    assert np.abs(numbers - load_embedder().embed(list(images), 64)).max() < 1e-3
    assert found.n_weights == pytest.approx(3.35e6, rel=0.01)
    assert not found.note


def test_our_stored_network_cut_in_two_is_the_whole(monkeypatch, keras):
    monkeypatch.setattr(transfer_starts, "WIDTHS", dict.fromkeys(transfer_starts.WIDTHS, (4, 6, 8)))
    rng = np.random.default_rng(0)
    filters = rng.normal(size=(PATCH, PATCH, 3, 24)).astype(np.float32)
    network = build_residual(keras, filters, (32, 32, 3), 10, (4, 6, 8))
    content = export_network(network, mirror=False, numbers="float32")
    monkeypatch.setattr(transfer_starts, "load_artifact", lambda *_: SimpleNamespace(weights={"network.onnx": content}))
    found = transfer_starts.load_start(keras, "our CIFAR-10 network", 96)
    grey = rng.integers(0, 256, (2, 28, 28, 1), dtype=np.uint8)
    seen = found.prepare(grey)
    assert np.array_equal(seen[:, 2:30, 2:30, :1] * 255, grey)
    numbers = methods.ask(found.tail, methods.ask(found.body, seen, 2), 2)
    assert np.abs(numbers - OnnxNetwork(content).run(seen)["embedding"]).max() < 1e-4
    monkeypatch.setattr(transfer_starts, "load_artifact", lambda *_: SimpleNamespace(weights={"model.json": b"{}"}))
    with pytest.raises(ArtifactError, match="holds no network"):
        transfer_starts.load_start(keras, "our CIFAR-10 network", 96)


def test_weights_that_cannot_be_fetched_are_said_and_replaced(monkeypatch, keras, tmp_path):
    def refuse(address, timeout):
        assert address.startswith("https://storage.googleapis.com/")
        assert timeout <= applications.STALLED_S
        raise urllib.error.URLError(OSError(101, "Network is unreachable"))

    monkeypatch.setattr(applications.urllib.request, "urlopen", refuse)
    sentence = r"the ImageNet weights of ResNet50 could not be fetched \(Network is unreachable\); check the network"
    with pytest.raises(UnavailableError, match=sentence):
        applications.fetch_weight_file("ResNet50", cache=tmp_path)
    found = transfer_starts.load_start(keras, "ResNet50", 64)
    assert found.name == "EfficientNet-Lite0"
    assert found.note.endswith(
        "check the network; EfficientNet-Lite0, which ships with the hub, answered in its place."
    )


def test_a_fetched_file_must_be_the_published_one_and_come_in_time(monkeypatch, tmp_path):
    content = b"weights"
    monkeypatch.setattr(
        applications.urllib.request, "urlopen", lambda _address, timeout: io.BytesIO(content * int(timeout > 0))
    )
    with pytest.raises(UnavailableError, match="VGG16 are not the published file"):
        applications.fetch_weight_file("VGG16", cache=tmp_path)
    assert list(tmp_path.iterdir()) == []
    times = iter([0.0, 61.0])
    monkeypatch.setattr(applications.time, "monotonic", lambda: next(times))
    with pytest.raises(UnavailableError, match="it took more than 60 seconds"):
        applications.fetch_weight_file("VGG16", cache=tmp_path)
    monkeypatch.undo()
    published = dataclasses.replace(applications.APPLICATIONS["VGG16"], md5="5d41402abc4b2a76b9719d911017c592")
    monkeypatch.setattr(applications, "APPLICATIONS", {"VGG16": published})
    monkeypatch.setattr(
        applications.urllib.request, "urlopen", lambda _address, timeout: io.BytesIO(b"hello"[: int(timeout)])
    )
    path = applications.fetch_weight_file("VGG16", cache=tmp_path)
    assert path.read_bytes() == b"hello"
    monkeypatch.delattr(applications.urllib.request, "urlopen")
    assert applications.fetch_weight_file("VGG16", cache=tmp_path) == path


def test_vgg_with_fresh_weights_is_scaled_and_cut(monkeypatch, keras):
    monkeypatch.setattr(transfer_starts, "fetch_weight_file", lambda _name: None)
    found = transfer_starts.load_start(keras, "VGG16", 32)
    assert (found.name, found.note) == ("VGG16", "")
    assert found.body.output_shape[1:] == (2, 2, 512)
    assert found.tail.output_shape[1:] == (512,)
    assert found.n_weights == 14_714_688 + 12  # as Keras states it, and the scaling
    red = np.zeros((1, 32, 32, 3), np.float32)
    red[..., 0] = 1
    scaled = np.asarray(found.body.layers[1](red))[0, 0, 0]
    assert scaled == pytest.approx([-103.939, -116.779, 255 - 123.68], abs=1e-3)


def test_short_cuts_leave_a_short_way_and_stacks_do_not(keras):
    stacked = network_depth.measure_depth(build_plain(keras, (16, 16, 1), 3, (4, 4, 4)), "stack")
    assert (stacked.longest, stacked.shortest) == (6, 6)
    filters = np.zeros((PATCH, PATCH, 1, 8), np.float32)
    cut = network_depth.measure_depth(build_residual(keras, filters, (32, 32, 1), 3, (4, 4, 4)), "short cuts")
    assert (cut.longest, cut.shortest) == (11, 5)


def test_the_stored_depths_are_the_published_ones():
    found = {depth.name: depth for depth in lesson.load_depths()}
    assert (found["VGG16"].weights, found["VGG16"].longest, found["VGG16"].shortest) == (138_357_544, 16, 16)
    assert found["VGG19"].weights == 143_667_240
    assert (found["ResNet50"].longest, found["ResNet101"].longest) == (50, 101)
    assert found["ResNet50"].shortest == found["ResNet101"].shortest == 6


def make_row(method, accuracy, pictures=10, target="cifar10"):
    return TransferRow(
        "net", target, method, pictures, accuracy, accuracy - 0.1, accuracy + 0.1, 50, 1.0, 5, 9, 0, "2026-01-01"
    )


def make_comparison(pictures):
    rows = tuple(
        make_row(method, 0.3 + 0.1 * i, pictures) for i, method in enumerate(("scratch", "frozen", "fine-tuned"))
    )
    return Comparison(rows, ("frozen is better than scratch",), "")


def test_what_was_stored_is_read_back_and_damage_is_said(tmp_path):
    made = (make_comparison(10), make_comparison(50))
    text = transfer_files.comparisons_to_json(made)
    assert transfer_files.comparisons_from_json(text) == made
    assert json.loads(text)[1]["rows"][2]["method"] == "fine-tuned"
    for damaged in ("", "{}", '[{"rows": []}]', text.replace('"low"', '"lower"'), text[:-40]):
        with pytest.raises(ArtifactError, match="the stored comparison cannot be read"):
            transfer_files.comparisons_from_json(damaged)
    with pytest.raises(ArtifactError, match="no longer kept"):
        transfer_files.open_transfer_result(tmp_path)
    with pytest.raises(ArtifactError, match="the stored depths cannot be read"):
        network_depth.depths_from_json('[{"name": "x"}]')


def test_scores_stand_beside_scratch():
    scores = transfer_table.make_scores([make_comparison(50)])
    assert [(row.model, row.split, row.baseline_value) for row in scores] == [
        ("net, frozen", "cifar10_50_each", 0.3),
        ("net, fine-tuned", "cifar10_50_each", 0.3),
    ]


def test_an_unknown_start_is_refused_before_anything_runs():
    with pytest.raises(RecipeError, match="start is 'AlexNet'; it must be one of EfficientNet-Lite0"):
        transfer_table.build_table(["AlexNet"])


def test_the_shipped_table_has_all_three_methods_and_transfer_beats_scratch():
    table = transfer_files.load_stored_table()
    shots = {row.pictures for one in table for row in one.rows}
    assert {10, 50} <= shots <= set(transfer_table.SHOTS)
    for one in table:
        assert [row.method for row in one.rows] == ["scratch", "frozen", "fine-tuned"]
        assert all(row.n >= 1_000 and row.command and row.date for row in one.rows)
        assert not one.note
    from_imagenet = [one for one in table if one.rows[0].start == "EfficientNet-Lite0"]
    for one in from_imagenet:
        assert one.rows[1].low > one.rows[0].high


def test_the_figures_state_what_they_show():
    shown = [make_comparison(10), make_comparison(50)]
    chart = lesson.transfer_chart(shown, "cifar10")
    assert chart.title == "From 10 pictures of each class, net fine-tuned is 20 points ahead of scratch"
    assert [mark.name for mark in chart.marks if mark.kind == "line"] == ["scratch", "frozen", "fine-tuned"]
    assert lesson.transfer_chart([], "mars").title == "Nothing has been run onto mars yet"
    assert lesson.stack_weights(1, 8) == (3, 576, 576)
    assert "28% fewer weights" in lesson.draw_stack(lesson.StackControl(2, 64)).title
    assert "nothing is saved" in lesson.draw_stack(lesson.StackControl(1, 64)).title
    assert "101 layers deep" in lesson.draw_ways(lesson.WayControl()).title
    assert "VGG19 has the most weights, 144 million" in lesson.draw_ways(lesson.WayControl("weights")).title


def test_each_lesson_has_a_figure_and_a_function_and_each_question_an_answer():
    for each in lesson.TRANSFER_LESSONS:
        module, _, name = each.function.partition(":")
        assert name in vars(__import__(module, fromlist=[name]))
        assert isinstance(each.figure(each.control()), Chart)
    for question in lesson.TRANSFER_QUESTIONS:
        assert 0 <= question.answer < len(question.choices)
