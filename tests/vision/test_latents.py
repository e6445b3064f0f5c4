"""Paths between codes, arithmetic of codes, and the nearest real picture beside each."""

import numpy as np
import pytest

from core.hub.errors import DataError
from core.vision.image_generation.latents import combine, draw_strip, interpolate, measure_smoothness, walk
from core.vision.image_generation.measure_charts import draw_path

RNG = np.random.default_rng(0)
FIRST, SECOND = RNG.normal(size=(2, 64))
TO_PIXELS = RNG.normal(size=(64, 36))


def sample(codes):
    """Draw 6 by 6 pictures that depend smoothly on their codes."""
    return (255 / (1 + np.exp(-codes @ TO_PIXELS / 8))).astype(np.uint8).reshape(-1, 6, 6, 1)


@pytest.mark.parametrize("path", ["linear", "spherical"])
def test_both_ends_are_the_codes_themselves(path):
    codes = interpolate(FIRST, SECOND, 9, path)
    assert codes.shape == (9, 64)
    assert codes[0] == pytest.approx(FIRST, rel=1e-6)
    assert codes[-1] == pytest.approx(SECOND, rel=1e-6)


def test_the_arc_keeps_its_length_and_even_angles_and_the_line_does_not():
    first, second = (each / np.linalg.norm(each) for each in (FIRST, SECOND))
    arc, line = interpolate(first, second, 7), interpolate(first, second, 7, "linear")
    assert np.linalg.norm(arc, axis=1) == pytest.approx(1, abs=1e-6)
    assert np.linalg.norm(line, axis=1).min() < 0.8
    angles = np.arccos(np.clip((arc[1:] * arc[:-1]).sum(axis=1), -1, 1))
    assert angles == pytest.approx(angles.mean(), abs=1e-4)


@pytest.mark.parametrize("second", [2 * FIRST, -FIRST, np.zeros(64)])
def test_codes_without_one_arc_are_joined_by_the_line(second):
    assert interpolate(FIRST, second, 5) == pytest.approx(interpolate(FIRST, second, 5, "linear"))


def test_a_walk_comes_back_without_a_jump():
    codes = walk(64, 4, 15, seed=3)
    assert codes.shape == (60, 64)
    assert np.array_equal(codes, walk(64, 4, 15, seed=3))
    steps = measure_smoothness(sample(np.concatenate([codes, codes[:1]])))
    assert steps.max() < 4 * np.median(steps)


def test_arithmetic_undoes_itself_and_takes_means_of_groups():
    found = combine([FIRST, SECOND], [SECOND])
    assert found == pytest.approx(FIRST, abs=1e-6)
    group = np.stack([FIRST, SECOND])
    assert combine([group]) == pytest.approx(group.mean(axis=0), rel=1e-6)
    assert np.linalg.norm(combine([group], length=8.0)) == pytest.approx(8)


def test_arithmetic_moves_what_it_should():
    # a generator whose first number is brightness: adding bright and taking away dark brightens
    def draw(codes):
        return np.clip(128 + 40 * codes[:, :1], 0, 255).astype(np.uint8).reshape(-1, 1, 1, 1)

    bright, dark, other = (np.array(each) for each in ([2.0, 0.0], [-1.0, 0.0], [0.0, 3.0]))
    changed = combine([other, bright], [dark])
    assert draw(changed[None])[0, 0, 0, 0] > draw(other[None])[0, 0, 0, 0] + 60
    assert changed[1] == 3


def test_each_picture_stands_beside_its_nearest_real_one():
    codes = interpolate(FIRST, SECOND, 6)
    real = np.concatenate([sample(RNG.normal(size=(30, 64))), sample(codes[2:3])])
    strip = draw_strip(sample, codes, real)
    assert strip.places[2] == 30
    assert strip.distances[2] == 0
    assert np.array_equal(strip.nearest, real[strip.places])
    apart = np.linalg.norm((strip.images.astype(float) - strip.nearest).reshape(6, -1), axis=1) / 255
    assert strip.distances == pytest.approx(apart)
    assert len(draw_path(strip).marks[1].x) == 5


def test_codes_of_different_lengths_are_refused():
    with pytest.raises(DataError, match="64 and 3 numbers"):
        interpolate(FIRST, np.zeros(3), 5)
    with pytest.raises(DataError, match="at least 2"):
        interpolate(FIRST, SECOND, 1)
    with pytest.raises(DataError, match="at least one code"):
        combine([], [FIRST])
