"""The generator's parts that need no TensorFlow: the micro-GAN's gradients, losses, sampling, film, baseline."""

import dataclasses

import numpy as np
import pytest

from core.hub.errors import ArtifactError, DataError, LimitError, RecipeError
from core.vision.image_generation.baselines import fit_class_pca
from core.vision.image_generation.data import load, make_data
from core.vision.image_generation.film import lay_out, make_film, pack_film, unpack_film
from core.vision.image_generation.graph import Graph
from core.vision.image_generation.losses import plot_losses
from core.vision.image_generation.micro import (
    MicroRecipe,
    draw_ring,
    find_discriminator_gradients,
    find_generator_gradients,
    map_judgement,
    measure_coverage,
    start_micro,
    take_steps,
)
from core.vision.image_generation.recipe import RECIPES, Recipe
from core.vision.image_generation.sampling import blend_styles, check_sampling, make_codes, mix_styles, open_session
from core.vision.image_generation.style import list_layers

LOSSES = ("non-saturating", "minimax", "hinge", "Wasserstein")


def make_clothes(n, seed=0):
    """Pictures whose class shows: a bright square at a place of its own, on noise."""
    rng = np.random.default_rng(seed)
    labels = np.arange(n) % 10
    images = rng.integers(0, 60, (n, 28, 28)).astype(np.uint8)
    for row, label in enumerate(labels):
        top, left = 5 * (label // 5) + 4, 5 * (label % 5) + 1
        images[row, top : top + 8, left : left + 5] += np.uint8(rng.integers(100, 190))
    return images, labels.astype(np.int64)


def check_against_differences(find, weights, put):
    """Hold gradients against central differences of the loss, at places drawn by chance."""
    _, gradients = find(put(weights))
    rng, h = np.random.default_rng(0), 1e-6
    for place, gradient in enumerate(gradients):
        for _ in range(6):
            where = tuple(rng.integers(0, size) for size in gradient.shape)
            values = []
            for sign in (1, -1):
                moved = [each.copy() for each in weights]
                moved[place][where] += sign * h
                values.append(find(put(tuple(moved)))[0])
            assert (values[0] - values[1]) / (2 * h) == pytest.approx(gradient[where], abs=2e-6)


@pytest.mark.parametrize("loss", LOSSES)
def test_the_micro_generators_gradients_are_those_of_its_loss(loss):
    state = start_micro(MicroRecipe(loss=loss, hidden=8, batch=16))
    codes = np.random.default_rng(1).standard_normal((16, 2))
    check_against_differences(
        lambda changed: find_generator_gradients(changed, codes),
        state.generator,
        lambda weights: dataclasses.replace(state, generator=weights),
    )


@pytest.mark.parametrize("loss", LOSSES)
def test_the_micro_discriminators_gradients_are_those_of_its_loss_with_r1(loss):
    state = start_micro(MicroRecipe(loss=loss, hidden=8, batch=16, r1=2.0))
    rng = np.random.default_rng(1)
    real, codes = draw_ring(16, 8, rng), rng.standard_normal((16, 2))
    check_against_differences(
        lambda changed: find_discriminator_gradients(changed, real, codes),
        state.discriminator,
        lambda weights: dataclasses.replace(state, discriminator=weights),
    )


def test_r1_is_the_squared_slope_at_real_points():
    with_penalty, without = (start_micro(MicroRecipe(hidden=8, batch=16, r1=r1)) for r1 in (2.0, 0.0))
    rng = np.random.default_rng(2)
    real, codes = draw_ring(16, 8, rng), rng.standard_normal((16, 2))
    added = (
        find_discriminator_gradients(with_penalty, real, codes)[0]
        - find_discriminator_gradients(without, real, codes)[0]
    )
    h = 1e-5
    slopes = [(without.judge(real + h * axis) - without.judge(real - h * axis)) / (2 * h) for axis in np.eye(2)]
    assert added == pytest.approx(np.mean(slopes[0] ** 2 + slopes[1] ** 2), rel=1e-6)


def test_only_the_player_who_is_let_moves():
    first = start_micro(MicroRecipe(hidden=8, batch=16))
    judge_moved = take_steps(first, 2, "discriminator")
    assert judge_moved.generator is first.generator
    assert not np.array_equal(judge_moved.discriminator[0], first.discriminator[0])
    drawer_moved = take_steps(first, 2, "generator")
    assert drawer_moved.discriminator is first.discriminator
    assert not np.array_equal(drawer_moved.generator[0], first.generator[0])


def test_pausing_changes_nothing():
    first = start_micro(MicroRecipe(hidden=8, batch=16))
    at_once, in_parts = take_steps(first, 7), take_steps(take_steps(first, 3), 4)
    assert at_once.losses == in_parts.losses
    assert np.array_equal(at_once.draw(5), in_parts.draw(5))
    assert first.step == 0


def test_the_good_micro_run_meets_every_mode_and_the_fast_one_collapses():
    recipe = MicroRecipe(hidden=32, batch=64)
    good = measure_coverage(take_steps(start_micro(recipe), 1_200))
    bad = measure_coverage(take_steps(start_micro(dataclasses.replace(recipe, balance=30.0, r1=0.0)), 1_200))
    assert (good.modes, bad.modes <= 3) == (8, True)


def test_the_judgement_is_a_share_of_each_place():
    places, shares = map_judgement(start_micro(MicroRecipe(hidden=8)), 9)
    assert places[[0, -1]].tolist() == [-1.6, 1.6]
    assert shares.shape == (9, 9)
    assert ((shares > 0) & (shares < 1)).all()


def test_the_micro_gan_refuses_what_is_out_of_range():
    with pytest.raises(RecipeError, match="modes is 0"):
        start_micro(MicroRecipe(modes=0))
    with pytest.raises(LimitError, match="0 steps"):
        take_steps(start_micro(MicroRecipe()), 0)


@pytest.mark.parametrize("loss", LOSSES)
def test_the_plotted_slope_is_the_losss(loss):
    t, h = np.linspace(-4, 4, 9), 1e-5
    numeric = (plot_losses(loss, t + h)[0] - plot_losses(loss, t - h)[0]) / (2 * h)
    assert plot_losses(loss, t)[1] == pytest.approx(numeric, abs=1e-8)


def test_mixing_at_the_ends_gives_either_parent():
    first, second = make_codes(3, 8, 0), make_codes(3, 8, 1)
    assert (mix_styles(first, second, 5) == first[:, None]).all()
    assert (mix_styles(first, second, 0) == second[:, None]).all()
    assert (blend_styles(first, second, np.zeros(5)) == first[:, None]).all()
    assert (blend_styles(first, second, np.ones(5)) == second[:, None]).all()


def test_mixing_refuses_places_that_are_not_there():
    codes = make_codes(1, 8, 0)
    with pytest.raises(DataError, match="the cut is 6"):
        mix_styles(codes, codes, 6)
    with pytest.raises(DataError, match="the shares are"):
        blend_styles(codes, codes, np.array([0.0, 0.5, 2.0, 0.0, 0.0]))


def test_sampling_refuses_numbers_out_of_range():
    with pytest.raises(LimitError, match="0 pictures"):
        check_sampling(0, 1.0)
    with pytest.raises(DataError, match="truncation is 2"):
        check_sampling(1, 2.0)
    with pytest.raises(ArtifactError, match="cannot be read"):
        open_session(b"no network")


def test_layers_end_at_full_size():
    assert [layer.side for layer in list_layers(4)] == [7, 14, 14, 28, 28]


def test_a_film_is_read_back_as_it_was_written():
    rng = np.random.default_rng(0)
    film = make_film({0: rng.integers(0, 256, (64, 28, 28)).astype(np.uint8), 9: np.zeros((64, 28, 28), np.uint8)})
    again = unpack_film(pack_film(film))
    assert again.steps == (0, 9)
    assert np.array_equal(again.frames, film.frames)
    assert np.array_equal(film.show(8), lay_out(film.frames[0]))
    assert film.follow(3).shape == (2, 28, 28)


def test_a_damaged_film_is_refused():
    arrays = pack_film(make_film({0: np.zeros((64, 28, 28), np.uint8)}))
    arrays["film_bytes"] = arrays["film_bytes"][::-1].copy()
    with pytest.raises(ArtifactError, match="frame"):
        unpack_film(arrays)
    with pytest.raises(DataError, match="code is 64"):
        make_film({0: np.zeros((64, 28, 28), np.uint8)}).follow(64)


def test_the_baseline_has_the_class_means_and_spreads():
    images, labels = make_clothes(2_000)
    pictures, drawn = fit_class_pca(images, labels).sample(2_000)
    for label in (0, 7):
        real, made = images[labels == label].astype(float), pictures[drawn == label].astype(float)
        assert np.abs(made.mean(axis=0) - real.mean(axis=0)).mean() < 6
        assert made.mean(axis=(1, 2)).std() == pytest.approx(real.mean(axis=(1, 2)).std(), rel=0.3)


def test_the_baseline_needs_two_pictures_of_each_class():
    images, labels = make_clothes(20)
    with pytest.raises(DataError, match="class 3 has 0"):
        fit_class_pca(images[labels != 3], labels[labels != 3])


def test_rows_of_another_shape_are_refused():
    images, labels = make_clothes(20)
    with pytest.raises(DataError, match="must be"):
        make_data(images.astype(float), labels, images, labels)
    with pytest.raises(DataError, match="must be"):
        make_data(images[:, :20], labels, images, labels)
    with pytest.raises(DataError, match="table"):
        load(RECIPES["quick"], object())
    with pytest.raises(RecipeError, match="steps"):
        load(Recipe(steps=0))


def test_a_graph_keeps_weights_in_16_bits():
    graph = Graph("double")
    graph.add("MatMul", ["x", graph.keep_weight(np.eye(3), 2.0)], "y")
    session = open_session(graph.write({"x": ("n", 3)}, {"y": ("n", 3)}))
    assert session.run(None, {"x": np.ones((1, 3), np.float32)})[0].tolist() == [[2.0, 2.0, 2.0]]
