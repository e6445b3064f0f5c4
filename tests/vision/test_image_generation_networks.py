"""The networks, their training and their export, on tiny sizes through the one door to Keras."""

import dataclasses

import numpy as np
import pytest

from core.hub.contract import Prediction
from core.hub.errors import ArtifactError, DataError, NotTrainedError, RecipeError
from core.hub.jobs import JobCancelled
from core.hub.packing import unpack_arrays
from core.vision._shared.keras_door import import_keras
from core.vision.image_generation import answers, scoring
from core.vision.image_generation.data import make_data
from core.vision.image_generation.download import make_download
from core.vision.image_generation.export import MAPPING_FILE, SYNTHESIS_FILE, export_generator, round_weights
from core.vision.image_generation.files import load_model, save_model
from core.vision.image_generation.graph import Graph
from core.vision.image_generation.layers import make_contrast, make_modulated
from core.vision.image_generation.live import lone_chart, read_live
from core.vision.image_generation.losses import discriminator_loss, generator_loss, gradient_penalty
from core.vision.image_generation.networks import build_generator
from core.vision.image_generation.recipe import Inputs, Recipe
from core.vision.image_generation.runs import DOWNLOADS, open_result, write_result
from core.vision.image_generation.sampling import make_codes, make_noise, open_sampler
from core.vision.image_generation.steering import ORDERS_FILE, Orders, ask, make_steering, read_orders
from core.vision.image_generation.stepping import follow, shift_pictures
from core.vision.image_generation.trainer import Trainer, list_moments
from core.vision.image_generation.training import finish

TINY = Recipe(pictures=500, steps=4, batch=8, latent=8, width=2, r1=0.0, ema=0.5, half=False, frames=3)
TINY_DCGAN = dataclasses.replace(TINY, kind="dcgan", mixing=0.0, contrast=False)


@pytest.fixture(scope="module")
def keras():
    return import_keras(1)


def make_clothes(n, seed=0):
    """Pictures whose class shows: a bright square at a place of its own, on noise."""
    rng = np.random.default_rng(seed)
    labels = np.arange(n) % 10
    images = rng.integers(0, 60, (n, 28, 28)).astype(np.uint8)
    for row, label in enumerate(labels):
        top, left = 5 * (label // 5) + 4, 5 * (label % 5) + 1
        images[row, top : top + 8, left : left + 5] += np.uint8(rng.integers(100, 190))
    return images, labels.astype(np.int64)


def make_judge():
    """Make a classifier that takes sums over squares for features and logits."""
    graph, rng = Graph("judge", "float32"), np.random.default_rng(0)
    masks = np.zeros((10, 28, 28))
    for label in range(10):
        masks[label, 5 * (label // 5) + 4 :, 5 * (label % 5) + 1 :][:8, :5] = 1
    kernel = np.concatenate([masks.reshape(10, -1), rng.normal(size=(6, 784)) / 28]).T
    flat = graph.add("Reshape", ["picture", graph.keep([-1, 784])])
    graph.add("MatMul", [flat, graph.keep_weight(kernel)], "embedding")
    graph.add("MatMul", ["embedding", graph.keep_weight(np.eye(16, 10))], "logits")
    return graph.write({"picture": ("n", 28, 28, 1)}, {"logits": ("n", 10), "embedding": ("n", 16)})


@pytest.fixture(scope="module")
def data():
    return make_data(*make_clothes(500), *make_clothes(420, seed=1))


@pytest.fixture(scope="module")
def states():
    """Collect what was written down of the trainer's run after each step."""
    return {}


@pytest.fixture(scope="module")
def trainer(data, states):
    found = Trainer(TINY, data)
    found.run(TINY.steps, lambda step, *_: states.update({step: found.pack()}))
    return found


@pytest.fixture(scope="module")
def model(trainer, data):
    return finish(trainer, data, make_judge())


def show(scores):
    """List what decides a row; its machine is filled in when it is stored."""
    return [
        (row.metric, row.split, row.model, row.value, row.low, row.high, row.n, row.baseline_value) for row in scores
    ]


def fill(generator, seed=0):
    """Give every weight that starts at zero a value, so that no part of the export goes untested."""
    rng = np.random.default_rng(seed)
    for each in generator.variables:
        if each.path.endswith(("bias", "strength", "moving_mean", "beta")):
            each.assign(0.3 * rng.standard_normal(each.shape))
        if each.path.endswith("moving_variance"):
            each.assign(rng.uniform(0.5, 2.0, each.shape))


@pytest.mark.parametrize("up", [False, True])
def test_demodulation_gives_every_channel_unit_variance(keras, up):
    rng = np.random.default_rng(0)
    layer = make_modulated(keras)(6, 4 if up else 3, up=up)
    x = rng.standard_normal((64, 14, 14, 24)).astype(np.float32)
    scales = np.tile(np.exp(rng.standard_normal(24)), (64, 1)).astype(np.float32)
    inner = np.asarray(layer([x, scales]))[:, 2:-2, 2:-2]
    assert inner.std(axis=(0, 1, 2)) == pytest.approx(np.ones(6), abs=0.06)
    # Without it the same scales leave the channels as loud as the scales are.
    layer.even = False
    assert np.asarray(layer([x, scales]))[:, 2:-2, 2:-2].std() > 1.3


def test_scaling_all_channels_alike_changes_nothing(keras):
    rng = np.random.default_rng(1)
    layer = make_modulated(keras)(5)
    x = rng.standard_normal((2, 7, 7, 8)).astype(np.float32)
    ones = np.ones((2, 8), np.float32)
    assert np.asarray(layer([x, 3 * ones])) == pytest.approx(np.asarray(layer([x, ones])), abs=1e-5)


def test_contrast_is_zero_for_one_picture_repeated(keras):
    layer, rng = make_contrast(keras)(), np.random.default_rng(0)
    same = np.repeat(rng.standard_normal((1, 4, 4, 3)), 8, axis=0).astype(np.float32)
    other = rng.standard_normal((8, 4, 4, 3)).astype(np.float32)
    assert np.asarray(layer(same))[..., -1].max() < 1e-3
    expected = other.reshape(2, 4, 4, 4, 3).std(axis=1).mean(axis=(1, 2, 3))
    assert np.asarray(layer(other))[::4, 0, 0, -1] == pytest.approx(expected, abs=1e-4)


def test_losses_have_their_closed_forms(keras):
    real, drawn = np.array([1.0, -2.0], np.float32), np.array([0.5, 3.0], np.float32)
    sigmoid = lambda t: 1 / (1 + np.exp(-t))  # noqa: E731 - a formula beside the formulas it enters
    contest = -np.log(sigmoid(real)).mean() - np.log(1 - sigmoid(drawn)).mean()
    expected = {
        "minimax": (np.log(1 - sigmoid(drawn)).mean(), contest),
        "non-saturating": (-np.log(sigmoid(drawn)).mean(), contest),
        "hinge": (-drawn.mean(), np.maximum(0, 1 - real).mean() + np.maximum(0, 1 + drawn).mean()),
        "Wasserstein": (-drawn.mean(), drawn.mean() - real.mean()),
    }
    for name, (ours, theirs) in expected.items():
        assert float(generator_loss(keras.ops, name, drawn)) == pytest.approx(ours, rel=1e-5)
        assert float(discriminator_loss(keras.ops, name, real, drawn)) == pytest.approx(theirs, rel=1e-5)


def test_r1_equals_finite_differences():
    import tensorflow as tf

    rng = np.random.default_rng(0)
    x, kernel, ends = rng.standard_normal((3, 4, 4, 1)), rng.standard_normal((16, 5)), rng.standard_normal(5)

    def judge(pictures):
        return tf.linalg.matvec(tf.tanh(tf.reshape(pictures, (-1, 16)) @ kernel / 4), ends)

    found = float(gradient_penalty(tf, judge, tf.constant(x)))
    h, squares = 1e-5, 0.0
    for move in np.eye(16).reshape(16, 4, 4, 1):
        slope = (np.asarray(judge(x + h * move)) - np.asarray(judge(x - h * move))) / (2 * h)
        squares += (slope**2).sum()
    assert found == pytest.approx(squares / 3, rel=1e-6)


def test_the_average_follows(keras):
    average, now = keras.Variable(np.zeros(2)), keras.Variable(np.ones(2))
    follow([average], [now], 0.9)
    assert np.asarray(average) == pytest.approx([0.1, 0.1])
    follow([average], [now], 0.0)
    assert np.asarray(average).tolist() == [1.0, 1.0]


def test_shifted_pictures_are_moved_whole():
    import tensorflow as tf

    x = np.full((5, 28, 28, 1), -1, np.float32)
    x[:, 10:15, 8:20] = 1
    moved = np.asarray(shift_pictures(tf, tf.constant(x), 3, (0, 1)))
    assert moved.sum() == x.sum()
    places = {tuple(np.argwhere(each[..., 0] > 0)[0]) for each in moved}
    assert len(places) > 1
    assert all(7 <= top <= 13 and 5 <= left <= 11 for top, left in places)


@pytest.mark.parametrize("recipe", [TINY, TINY_DCGAN], ids=["style", "dcgan"])
def test_the_exported_generator_draws_what_keras_draws(keras, recipe):
    generator = build_generator(keras, recipe)
    fill(generator)
    round_weights(generator)
    files = export_generator(generator)
    sampler = open_sampler(files[SYNTHESIS_FILE], files.get(MAPPING_FILE, b""))
    codes, labels, noise = make_codes(6, 8, 0), np.arange(6), make_noise(6, 0)
    given = [keras.ops.convert_to_tensor(each) for each in (codes, labels.astype(np.int32), noise)]
    theirs = np.asarray(generator.draw(*given)).reshape(6, 28, 28) / 2 + 0.5
    inputs = {"code": codes}
    if sampler.is_style:
        styles = sampler.find_styles(codes, labels)
        assert np.abs(styles - np.asarray(generator.mapping(given[:2]))).max() < 1e-5
        inputs = {"styles": np.repeat(styles[:, None], 5, axis=1), "noise": noise}
    ours = sampler.synthesis.run(None, inputs)[0]
    assert theirs.std() > 1e-3
    assert np.abs(ours - theirs).max() < 1e-5


def test_16_bits_move_no_pixel_by_much(keras):
    generator = build_generator(keras, TINY)
    whole = open_sampler(*(export_generator(generator, "float32")[name] for name in (SYNTHESIS_FILE, MAPPING_FILE)))
    half = open_sampler(*(export_generator(generator)[name] for name in (SYNTHESIS_FILE, MAPPING_FILE)))
    first, second = (each.sample(8)[0].astype(int) for each in (whole, half))
    moved = np.abs(first - second)
    # Processors differ in how they round; a pixel has 256 steps.
    assert moved.max() <= 4
    assert moved.mean() < 0.1


def test_a_held_run_moves_one_network_alone_and_then_goes_on_as_if_it_had_not_been(trainer, states, data, tmp_path):
    late, seen = Trainer(TINY, data), []
    players = {"generator": late.players.generator, "discriminator": late.players.discriminator.network}

    def read():
        return {name: [np.asarray(each) for each in network.variables] for name, network in players.items()}

    def play(*_):
        """Stand in for the person, who sees each moment that the worker wrote."""
        live = read_live(tmp_path)
        seen.append((live, read()))
        asked = ("generator", "discriminator", "play")
        ask(tmp_path, asked[len(live.moves)])

    steer = make_steering(tmp_path, play)

    def hold(step, *_):
        if step == 2:
            ask(tmp_path, "pause")
        steer(late)

    late.run(TINY.steps, hold)
    assert [[each.player for each in live.moves] for live, _ in seen] == [
        [],
        ["generator"],
        ["generator", "discriminator"],
    ]
    assert all(live.is_held and live.step == 2 for live, _ in seen)
    (_, held), (_, first), (last, second) = seen
    changed = [
        {name: any((a != b).any() for a, b in zip(old[name], new[name], strict=True)) for name in players}
        for old, new in ((held, first), (first, second))
    ]
    assert changed == [{"generator": True, "discriminator": False}, {"generator": False, "discriminator": True}]
    assert last.moves[1].discriminator_loss < last.moves[0].discriminator_loss
    assert lone_chart(last).title.startswith("10 steps of the discriminator alone took its loss from")
    again, whole = unpack_arrays(late.pack()), unpack_arrays(states[trainer.recipe.steps])
    for name in whole.keys() - {"progress"}:
        np.testing.assert_array_equal(again[name], whole[name])
    assert again["progress"][0] == whole["progress"][0]


def test_a_held_run_is_cancelled_and_goes_on_by_itself(trainer, tmp_path):
    def cancel(*_):
        raise JobCancelled

    ask(tmp_path, "pause")
    with pytest.raises(JobCancelled):
        make_steering(tmp_path, cancel)(trainer)
    make_steering(tmp_path, cancel, 0.0)(trainer)
    assert read_orders(tmp_path) == Orders()
    (tmp_path / ORDERS_FILE).write_text("[1")
    assert read_orders(tmp_path) == Orders()


def test_a_stopped_run_goes_on_as_if_it_had_not_been(trainer, states, data):
    late = Trainer(TINY, data)
    late.unpack(states[2])
    for until in (3, TINY.steps):
        late.run(until, lambda *_: None)
        assert late.step == until
    assert late.history == trainer.history
    assert np.array_equal(late.draw_film(), trainer.draw_film())
    assert list(late.frames) == list(trainer.frames) == list(list_moments(4, 3))


def test_a_run_of_another_recipe_is_not_taken_up(trainer, data):
    other = Trainer(dataclasses.replace(TINY, seed=1), data)
    with pytest.raises(ArtifactError, match="another recipe"):
        other.unpack(trainer.pack())
    with pytest.raises(NotTrainedError, match="0 of 4"):
        finish(other, data, make_judge())


def test_the_film_begins_before_training_and_changes(trainer):
    assert set(trainer.frames) == {0, 1, 4}
    assert not np.array_equal(trainer.frames[0], trainer.frames[4])


def test_truncation_goes_to_the_mean_of_the_class(model):
    sampler, codes = model.sampler, make_codes(4, 8, 3)
    assert sampler.find_styles(codes, np.full(4, 2), 0.0) == pytest.approx(np.tile(model.means[2], (4, 1)), abs=1e-6)
    spread = [sampler.find_styles(codes, np.full(4, 2), share).std(axis=0).mean() for share in (0.5, 1.0)]
    assert spread[0] == pytest.approx(spread[1] / 2, rel=1e-3)


def test_the_same_seed_draws_the_same_picture_alone_or_among_others(model):
    many, labels = model.sampler.sample(70, 4, 0.8, 5)
    one, _ = model.sampler.sample(1, 4, 0.8, 5)
    assert np.abs(one[0].astype(int) - many[0].astype(int)).max() <= 1
    assert set(labels.tolist()) == {4}
    assert np.array_equal(many, model.sampler.sample(70, 4, 0.8, 5)[0])


def test_mixed_pictures_at_the_ends_are_the_parents(model):
    first, second = Inputs("Bag", 1, noise=False), Inputs("Dress", 2, noise=False)
    alone = [
        model.sampler.sample(1, model.classes.index(each.item), each.truncation, each.seed, noise=False)[0][0]
        for each in (first, second)
    ]
    assert np.array_equal(answers.mix_pictures(model, first, second, 5), alone[0])
    assert np.array_equal(answers.mix_pictures(model, first, second, 0), alone[1])
    assert np.array_equal(answers.blend_pictures(model, first, second, 1, 1), alone[1])


def test_a_prediction_shows_the_picture_and_who_judged_it(model):
    found = answers.predict(model, Inputs("Sandal", 3))
    assert isinstance(found, Prediction)
    assert found.answer in model.classes
    assert sum(found.probabilities.values()) == pytest.approx(1)
    assert np.array(found.details["pixels"]).shape == (28, 28)
    assert found.details["asked"] == "Sandal"
    with pytest.raises(RecipeError, match="item"):
        answers.predict(model, Inputs("Hat"))
    with pytest.raises(DataError, match="class is 'Hat'"):
        answers.draw_sheet(model, 4, "Hat")


def test_figures_are_the_same_twice_and_four_steps_lose_to_the_baseline(model, data):
    again = scoring.evaluate(model, data)
    assert show(again) == show(model.scores)
    assert {row.metric for row in again} == {"frechet_ratio", "frechet_distance", "label_fidelity"}
    assert all(row.low <= row.value <= row.high for row in again)
    assert [row.model for row in model.leaderboard] == ["class PCA", "style generator"]


def test_a_long_run_is_measured_in_every_way(model, data, monkeypatch):
    monkeypatch.setattr(scoring, "is_thorough", lambda _recipe: True)
    found = {(row.model, row.metric): row for row in scoring.evaluate(model, data) if row.split == "test"}
    assert {metric for _, metric in found} == {
        "frechet_ratio", "frechet_distance", "label_fidelity", "gan_train_accuracy", "near_copies", "diversity",
    }  # fmt: skip
    assert found["class PCA", "gan_train_accuracy"].value > found["style generator", "gan_train_accuracy"].value
    assert found["style generator", "near_copies"].baseline == "test pictures"


def test_figures_of_other_rows_are_refused(model, data):
    with pytest.raises(DataError, match="not the model's pictures"):
        scoring.evaluate(model, dataclasses.replace(data, images=data.images[::-1].copy()))


def test_an_untrained_generator_rings_the_collapse_alarm_and_real_pictures_do_not(model, data):
    assert all(alarm.rings for alarm in scoring.check_model(model, data))
    train = scoring.Sampled(data.images, data.labels, scoring.look(model.judge, data.images))
    limits = scoring.find_limits(train.seen.features, train.seen.labels, 200)
    assert not any(alarm.rings for alarm in scoring.check_sets(train, limits))


def test_a_saved_model_draws_the_same(model, tmp_path):
    save_model(model, tmp_path / "model")
    again = load_model(tmp_path / "model")
    assert again.recipe == model.recipe
    assert show(again.scores) == show(model.scores)
    assert np.array_equal(again.sampler.sample(9)[0], model.sampler.sample(9)[0])
    assert np.array_equal(again.film.frames, model.film.frames)
    (tmp_path / "model" / SYNTHESIS_FILE).write_bytes(b"damaged")
    with pytest.raises(ArtifactError, match="cannot be read"):
        load_model(tmp_path / "model")


def test_a_run_leaves_everything_to_take_away(model, tmp_path):
    write_result(model, tmp_path)
    result = open_result(tmp_path)
    assert set(result.files) == set(DOWNLOADS)
    assert show(result.scores) == show(model.scores)
    assert make_download(model) == make_download(model)
