"""Polishing: the slope of the Fréchet distance against small moves, running figures, eyes, and a run on tiny sizes."""

import dataclasses

import numpy as np
import pytest

from core.hub.errors import NotTrainedError, RecipeError
from core.vision._shared.keras_door import import_keras
from core.vision.image_generation import polishing, training
from core.vision.image_generation.data import load
from core.vision.image_generation.export import export_generator, fill_generator, round_weights
from core.vision.image_generation.eyes import Aim, teach_eyes
from core.vision.image_generation.frechet import fit_gaussian, frechet_distance
from core.vision.image_generation.networks import build_generator
from core.vision.image_generation.polishing import Crowd
from core.vision.image_generation.recipe import Recipe
from core.vision.image_generation.trainer import Trainer

TINY = Recipe(
    pictures=500, steps=4, batch=8, latent=8, width=2, r1=0.0, ema=0.5, half=False, frames=3, polish=6,
)  # fmt: skip


@pytest.fixture(scope="module")
def data():
    return load(TINY)


@pytest.fixture
def _short(monkeypatch):
    monkeypatch.setattr(polishing, "WARM_UP", 3)
    monkeypatch.setattr(polishing, "FIRST_CROWD", 500)


def make_features(n, seed, spread=1.0, shift=0.0):
    rng = np.random.default_rng(seed)
    return shift + spread * rng.normal(size=(n, 6)) @ (np.eye(6) + 0.1 * rng.normal(size=(6, 6)))


def make_crowd(n=4_000):
    real, drawn, labels = make_features(n, 0), make_features(n, 1, 1.4, 0.3), np.arange(n) % 10
    means = np.stack([real[labels == each].mean(axis=0) for each in range(10)])
    return Crowd(Aim(np.zeros(6), np.ones(6), fit_gaussian(real), means), drawn, labels), drawn, labels


def test_the_slope_is_that_of_the_frechet_distance():
    crowd, drawn, _ = make_crowd()
    mean, slope, turn, _ = crowd.list_slopes()
    slopes = 2 * slope + 2 * (drawn - mean) @ turn
    move = 1e-4 * np.random.default_rng(2).normal(size=drawn.shape) + 1e-4 * drawn
    aim = crowd.aim.whole
    gained = frechet_distance(fit_gaussian(drawn + move), aim) - frechet_distance(fit_gaussian(drawn - move), aim)
    assert gained == pytest.approx(2 * (slopes * move).sum(axis=1).mean(), rel=2e-3)


def test_following_the_slopes_brings_the_crowd_to_the_aim():
    crowd, drawn, labels = make_crowd()
    first = frechet_distance(fit_gaussian(drawn), crowd.aim.whole)
    for _ in range(30):
        crowd = Crowd(crowd.aim, drawn, labels)
        mean, slope, turn, classes = crowd.list_slopes()
        drawn = drawn - 0.1 * (2 * slope + 2 * (drawn - mean) @ turn + 2 * classes[labels])
    assert frechet_distance(fit_gaussian(drawn), crowd.aim.whole) < 0.02 * first
    assert np.abs(classes).max() < 0.02


def test_running_figures_come_to_those_of_what_is_seen_last(monkeypatch):
    monkeypatch.setattr(polishing, "WINDOW", 2_000)
    crowd, *_ = make_crowd()
    seen, labels = make_features(1_000, 5, 0.5, 2.0), np.arange(1_000) % 10
    for _ in range(30):
        crowd.remember(seen, labels)
    np.testing.assert_allclose(crowd.mean, seen.mean(axis=0), atol=1e-6)
    np.testing.assert_allclose(crowd.products, seen.T @ seen / 1_000, atol=1e-6)
    np.testing.assert_allclose(crowd.class_means[3], seen[labels == 3].mean(axis=0), atol=1e-6)
    before = crowd.turn
    crowd.turn_again()
    assert not np.allclose(before, crowd.turn)


def test_eyes_tell_classes_apart_and_their_aim_is_scaled(data):
    eyes = teach_eyes(import_keras(1), dataclasses.replace(data, images=np.repeat(data.images, 6, axis=0),
                                                           labels=np.repeat(data.labels, 6)), 0)  # fmt: skip
    pictures = data.test_images[:300, ..., None].astype(np.float32) / 127.5 - 1
    noticed, logits = eyes.notice(pictures)
    assert noticed.shape == (300, 112)
    assert (np.asarray(logits).argmax(axis=1) == data.test_labels[:300]).mean() > 0.6
    aim = eyes.find_aim(data)
    np.testing.assert_allclose(aim.whole.mean, 0.0, atol=1e-3)
    np.testing.assert_allclose(np.diag(aim.whole.covariance), 1.0, atol=0.05)


def test_stored_weights_go_back_into_keras():
    keras = import_keras(1)
    keras.utils.set_random_seed(3)
    first, second = (build_generator(keras, TINY) for _ in range(2))
    for each in first.variables:
        each.assign(np.random.default_rng(len(each.shape)).normal(size=tuple(each.shape)))
    networks = export_generator(first)
    fill_generator(second, networks)
    round_weights(first)
    for ours, theirs in zip(second.variables, first.variables, strict=True):
        np.testing.assert_array_equal(np.asarray(ours), np.asarray(theirs), err_msg=ours.path)


@pytest.mark.usefixtures("_short")
def test_a_stored_generator_is_polished_as_if_it_had_just_been_trained(data):
    told = []
    whole = training.train(TINY, data, lambda step, total, metrics: told.append((step, total, dict(metrics))))
    plain = training.train(dataclasses.replace(TINY, polish=0), data)
    later = training.polish_stored(plain, TINY, data)
    assert whole.networks == later.networks != plain.networks
    assert whole.film.steps == later.film.steps == (0, 1, 4, 6, 7, 8, 10)
    for name, values in whole.history.items():
        np.testing.assert_array_equal(values, later.history[name])
    assert [(step, total) for step, total, _ in told] == [(step, 10) for step in range(1, 11)]
    with pytest.raises(RecipeError, match="another recipe"):
        training.polish_stored(plain, dataclasses.replace(TINY, seed=1), data)


def test_a_run_that_was_not_polished_is_not_finished(data):
    trainer = Trainer(TINY, data)
    trainer.run(TINY.steps, lambda *_: None)
    with pytest.raises(NotTrainedError, match="4 of 10"):
        training.finish(trainer, data, b"")
