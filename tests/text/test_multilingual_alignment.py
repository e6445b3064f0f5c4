"""The turn between two word spaces: a planted one is recovered exactly, a real one finds translations."""

import numpy as np
import pytest

from core.hub.errors import DataError
from core.text.multilingual.alignment import (
    align,
    find_translations,
    find_turn,
    gather_pairs,
    measure_alignment,
    scale_locally,
)
from core.text.multilingual.figures import HubControl, TurnControl, draw_hubs, draw_turn
from core.text.multilingual.word_space_build import DIGITS, count_neighbours, make_vectors, read_dictionary
from core.text.multilingual.word_spaces import TARGETS, load_pairs, load_space, normalise_vectors


def draw_rotation(n, rng):
    return np.linalg.qr(rng.normal(size=(n, n)))[0]


def test_a_planted_rotation_is_recovered_exactly():
    rng = np.random.default_rng(0)
    x, turn = rng.normal(size=(200, 30)), draw_rotation(30, rng)
    found = find_turn(x, x @ turn)
    assert np.abs(found - turn).max() < 1e-12
    assert np.abs(found.T @ found - np.eye(30)).max() < 1e-12


def test_the_turn_equals_scipys_and_no_other_does_better():
    from scipy.linalg import orthogonal_procrustes

    rng = np.random.default_rng(1)
    x, y = rng.normal(size=(60, 8)), rng.normal(size=(60, 8))
    turn = find_turn(x, y)
    assert np.allclose(turn, orthogonal_procrustes(x, y)[0], atol=1e-10)
    best = np.linalg.norm(x @ turn - y)
    assert all(np.linalg.norm(x @ draw_rotation(8, rng) - y) > best for _ in range(50))


def test_csls_is_what_its_formula_says_and_takes_a_hub_back():
    here, there = np.array([[1.0, 0.1], [0.1, 1.0]]), np.array([[1.0, 0.0], [0.0, 1.0], [0.75, 0.75]])
    similarity = here @ there.T
    hubs = np.sort(similarity, axis=0)[-2:].mean(axis=0)
    rows = np.sort(similarity, axis=1)[:, -2:].mean(axis=1)
    assert np.allclose(scale_locally(similarity, hubs, 2), 2 * similarity - rows[:, None] - hubs)
    crowded = np.array([[0.8, 0.81]])
    assert scale_locally(crowded, np.array([0.2, 0.8]), 1).argmax() == 0


@pytest.mark.parametrize("language", TARGETS)
def test_held_out_words_find_their_translation_far_more_often_when_turned(language):
    spelling, apart, nearest, fair = measure_alignment(language)
    assert apart.high < 0.05
    assert nearest.low > apart.high
    assert fair.low > spelling.high
    assert fair.precision >= nearest.precision
    assert fair.low <= fair.precision <= fair.high


def test_no_held_out_word_was_learnt_from_and_a_seed_fixes_the_draw():
    first = align("es")
    assert not set(first.learnt) & set(first.held_out)
    assert align("es", seed=1).held_out != first.held_out
    align.cache_clear()
    assert np.array_equal(align("es").turn, first.turn)
    assert len(align("es", 50).learnt) == 50


def test_fewer_pairs_turn_worse():
    assert measure_alignment("fr", 20)[3].precision < measure_alignment("fr")[3].precision


def test_the_spaces_are_normalised_and_pairs_lie_in_both():
    space, other = load_space("en"), load_space("de")
    assert space.vectors.shape == (4_000, 100)
    assert np.allclose(np.linalg.norm(space.vectors, axis=1), 1)
    x, y = gather_pairs(space, other, load_pairs("de"), ["king", "water"])
    assert x.shape == y.shape
    centred = normalise_vectors(np.random.default_rng(0).normal(5, 1, (500, 9)))
    assert np.abs(centred.mean(axis=0)).max() < 0.05


def test_neighbours_are_counted_within_a_verse_and_vectors_follow_them():
    counts = count_neighbours([[0, 1, -1, 2], [3, 0]], 4, window=2)
    expected = np.zeros((4, 4))
    for a, b in ((0, 1), (1, 2), (3, 0)):
        expected[a, b] = expected[b, a] = 1
    assert np.array_equal(counts, expected)
    rng = np.random.default_rng(0)
    verses = [
        rng.permutation([half * 10 + at for at in rng.choice(10, 6, replace=False)]).tolist() for half in (0, 1) * 300
    ]
    vectors = make_vectors(count_neighbours(verses, 20), 4)
    alike = vectors @ vectors.T
    assert alike[:10, :10].mean() > alike[:10, 10:].mean() + 0.3


def test_a_dictionary_gives_single_words():
    article = "king /kin/\nrey <masc>\nsee: {queen}\n1. monarca, el rey (de bastos)\n"
    high, low = (DIGITS[part] for part in divmod(len(article.encode()), 64))
    index = f"king\tA\t{high}{low}\n"
    assert set(read_dictionary(index, article.encode())) == {("king", "rey"), ("king", "monarca")}


def test_bad_input_is_refused():
    with pytest.raises(DataError, match="shapes"):
        find_turn(np.eye(2), np.eye(3))
    with pytest.raises(DataError, match="no number"):
        find_turn(np.full((2, 2), np.nan), np.eye(2))
    with pytest.raises(DataError, match="5 words"):
        align("es", 5)
    with pytest.raises(DataError, match="'xx'"):
        load_space("xx")
    with pytest.raises(DataError, match="'xx'"):
        load_pairs("xx")
    with pytest.raises(DataError, match="'smartphone'"):
        find_translations(align("es"), "smartphone")


def test_the_pictures_say_what_they_show():
    after, before = (draw_turn(TurnControl("es", turned)) for turned in (True, False))
    assert float(after.title.split()[-1]) > float(before.title.split()[-1]) + 0.3
    rows = draw_hubs(HubControl("it", 100)).marks[0]
    assert np.all(rows.low <= rows.y)
    assert len(rows.x) == 4
