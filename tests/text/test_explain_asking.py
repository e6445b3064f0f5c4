"""Occlusion, Shapley values and what flips an answer, on classifiers whose reasons are known."""

from itertools import permutations

import numpy as np
import pytest

from core.hub.errors import DataError, LimitError, RecipeError
from core.text.sentiment.explain import (
    compare_models,
    duel_chart,
    explain_text,
    find_flip,
    find_method,
    list_methods,
    methods_chart,
    occlude,
    shapley_words,
    share_linear,
    words_chart,
)
from core.text.sentiment.explain.asking import ask_without
from core.text.sentiment.explain.result import WordEffects, to_log_odds
from core.text.sentiment.explain.subject import Subject
from core.text.sentiment.explain.words import split_words
from core.text.sentiment.linear import LinearText

TERMS = ("good", "film", "not", "bad", "not bad", "not good", "dull")
WEIGHTS = np.array([2.0, 0.1, -0.3, -1.5, 2.5, -3.0, -1.0])


def make_linear(unit=False):
    return LinearText("tfidf" if unit else "nbsvm", TERMS, np.ones(len(TERMS)), WEIGHTS, 0.2, unit)


def average_orders(text, score):
    """Shapley values by definition: the mean step over every order."""
    words = split_words(text)
    values = np.zeros(len(words))
    orders = list(permutations(range(len(words))))
    for order in orders:
        kept = np.zeros((len(words) + 1, len(words)), bool)
        for step, place in enumerate(order, start=1):
            kept[step:, place] = True
        values[list(order)] += np.diff(ask_without(score, text, words, kept))
    return values / len(orders)


def test_exact_shapley_values_are_the_mean_over_every_order():
    text, score = "not a bad film", make_linear().score
    found = shapley_words(score, text)
    assert found.values == pytest.approx(average_orders(text, score), abs=1e-9)
    assert found.gap < 1e-9
    assert found.base == pytest.approx(0.2)


def test_sampled_shapley_values_hold_the_exact_ones_in_their_bars():
    """Of a sum of words the sample is exact; of words that act together the bars tell the rest."""
    text = "good film not bad a dull a film a film a film a dull film"
    plain = LinearText("nbsvm", TERMS[:4], np.ones(4), WEIGHTS[:4], 0.2, unit=False)
    once = "good the not bad one two three four five six seven eight nine film"
    assert shapley_words(plain.score, once).values == pytest.approx(share_linear(plain, once).values, abs=1e-9)
    few, many = (shapley_words(make_linear().score, text, seed, n) for seed, n in ((0, 8), (1, 60)))
    assert few.gap < 1e-9
    held = (few.low - 1e-9 <= many.values) & (many.values <= few.high + 1e-9)
    assert held.mean() >= 0.7
    assert np.mean(many.high - many.low) < np.mean(few.high - few.low)
    again = shapley_words(make_linear().score, text, 0, 8)
    assert np.array_equal(again.values, few.values)


@pytest.mark.parametrize("unit", [False, True])
def test_linear_shapley_is_exact_over_the_terms(unit):
    """Against the definition, on the game whose players are the words and whose terms keep their values."""
    model, text = make_linear(unit), "Not bad, good film"
    places, values = model.count(["not", "bad", "good", "film"])
    added = dict(zip((TERMS[place] for place in places), values * WEIGHTS[places], strict=True))
    words = ["not", "bad", "good", "film"]

    def play(kept):
        return sum(value for term, value in added.items() if set(term.split()) <= kept)

    exact = np.zeros(4)
    for order in permutations(range(4)):
        kept = set()
        for place in order:
            before = play(kept)
            kept = kept | {words[place]}
            exact[place] += (play(kept) - before) / 24
    found = share_linear(model, text)
    shown = [found.values[place] for place, word in enumerate(found.words) if word.text != ","]
    assert shown == pytest.approx(exact, abs=1e-12)
    assert found.gap < 1e-12


def test_occlusion_is_blind_to_words_that_stand_in_for_each_other():
    text, score = "good film and good film", make_linear().score
    assert occlude(score, text).values[0] == pytest.approx(0, abs=1e-9)
    assert shapley_words(score, text).values[0] == pytest.approx(1.0, abs=0.01)


def test_methods_say_which_classifier_they_can_be_asked_about():
    linear = Subject("NB-SVM", make_linear().score, linear=make_linear())
    assert [method.name for method in list_methods(linear)] == ["occlusion", "linear", "shapley"]
    assert explain_text(linear, "good film", "linear").values.tolist() == [2.0, 0.1]
    with pytest.raises(RecipeError, match="Integrated gradients needs a neural network, which NB-SVM is not"):
        explain_text(linear, "good film", "integrated")
    with pytest.raises(RecipeError, match="no method 'lime'"):
        find_method("lime")


def test_a_flip_is_the_smallest_there_is():
    score = make_linear().score
    one = find_flip(score, "a good film")
    assert len(one.changes) == 1
    assert one.turned
    assert one.is_smallest
    assert score([one.new_text])[0] == one.new_share < 0.5
    two = find_flip(score, "bad dull bad film", kinds="leave out")
    assert [change.word.text for change in two.changes] == ["bad", "dull", "bad"]
    assert two.is_smallest
    assert two.share < 0.5 < two.new_share


def test_a_flip_that_is_not_found_is_not_made_up():
    never = find_flip(lambda texts: np.full(len(texts), 0.9), "a good film")
    assert (never.turned, never.is_smallest, never.changes) == (False, False, ())
    alone = find_flip(make_linear().score, "good", kinds="leave out")
    assert alone.new_text == "good"


def test_flips_keep_every_other_word_in_its_place():
    flip = find_flip(make_linear().score, "Such a GOOD film, don’t you think?", substitutes=(("awful", "bad"), ()))
    changed = {
        "Such a film, don’t you think?",
        "Such a bad film, don’t you think?",
        "Such a awful film, don’t you think?",
    }
    assert flip.new_text in changed


def test_two_models_side_by_side_say_whom_a_change_turns():
    film = LinearText("nbsvm", ("film",), np.ones(1), np.array([3.0]), -1.0, unit=False)
    scores = {"good": make_linear().score, "film": film.score}
    duel = compare_models(scores, "a good film", kinds="leave out")
    assert duel.agree
    assert duel.turns("film", "film")
    assert not duel.turns("film", "good")
    chart = duel_chart(duel, {"good": "NB-SVM"})
    assert chart.marks[0].y.tolist() == [duel.shares["good"], duel.shares["film"]]
    assert chart.title == "All say the same; without “film” turns film alone"


def test_bad_input_is_refused():
    score = make_linear().score
    with pytest.raises(DataError, match="number of words is 0"):
        find_flip(score, " ")
    with pytest.raises(LimitError, match="number of words is 65; at most 64"):
        find_flip(score, "film " * 65)
    with pytest.raises(RecipeError, match="most_changes is 9"):
        find_flip(score, "a film", most_changes=9)
    with pytest.raises(RecipeError, match="number of models is 1"):
        compare_models({"one": score}, "a film")
    with pytest.raises(ValueError, match="finite one for each of 2 words"):
        WordEffects("none", split_words("a film"), np.array([1.0, np.nan]))


def test_log_odds_stop_short_of_the_infinite():
    assert to_log_odds([0.0, 0.25, 1.0]) == pytest.approx([-13.8155, -np.log(3), 13.8155], abs=1e-3)


def test_methods_stand_beside_each_other():
    model, text = make_linear(), "not a bad film"
    found = [occlude(model.score, text), share_linear(model, text), shapley_words(model.score, text)]
    chart = methods_chart(found)
    assert chart.marks[0].z.shape == (4, 3)
    assert np.abs(chart.marks[0].z).max(axis=0).tolist() == [1, 1, 1]
    with pytest.raises(ValueError, match="all of the same text"):
        methods_chart([found[0], occlude(model.score, "another film")])
    long = words_chart(occlude(model.score, "a good film and " * 30))
    assert len(long.marks[0].y) == 40
