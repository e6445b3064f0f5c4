"""A planted word is learnt and found again, and the checks tell good explanations from made-up ones."""

import dataclasses

import numpy as np
import pytest

from core.hub.errors import ArtifactError, DataError
from core.text.sentiment.explain import (
    BertReader,
    PlantRecipe,
    Subject,
    check_methods,
    erasure_chart,
    find_followed,
    fit_planted,
    gains_chart,
    open_planted,
    plant_words,
    planted_to_bytes,
    randomised_chart,
    recovery_chart,
    score_recovery,
    scores_to_frame,
)
from core.text.sentiment.explain.erasure import draw_chance, erase, measure_erasure
from core.text.sentiment.explain.methods import ask_reader
from core.text.sentiment.explain.planted import DECOY, PLANTED, PlantedText, plant_text, put_word
from core.text.sentiment.explain.randomised import check_randomised, randomise
from core.text.sentiment.explain.recovery import rank_place
from core.text.sentiment.explain.result import WordEffects
from core.text.sentiment.explain.words import split_words
from tests.text.explain_bert import make_network, make_reader, make_sentences

RECIPE = PlantRecipe(rank=4, n_steps=80, n_batch=32, rate=0.03, seed=1)
BASE = {"seed": 1, "spread": 0.1}


@pytest.fixture(scope="module")
def planted():
    texts, labels = make_sentences(200)
    return fit_planted(make_reader(**BASE), texts, labels, RECIPE)


@pytest.fixture(scope="module")
def held_out(planted):
    texts, labels = make_sentences(40, seed=1)
    return find_followed(planted.reader, plant_words(texts, labels, seed=1))


def test_a_planted_word_decides_against_the_rest_of_the_text(planted, held_out):
    assert np.mean(planted.losses[-10:]) < 0.6 * np.mean(planted.losses[:5])
    assert len(held_out) >= 36
    without = [each.text.replace(PLANTED[each.label], "film") for each in held_out]
    signs = np.array([2 * each.label - 1 for each in held_out])
    moved = signs * (
        planted.reader.find_margins([each.text for each in held_out]) - planted.reader.find_margins(without)
    )
    assert (moved > 0).mean() > 0.95
    assert np.median(moved) > 1


def test_integrated_gradients_name_the_planted_word(planted, held_out):
    found = score_recovery(planted.reader, held_out[:20], ask_reader("integrated"))
    assert found.auc.value >= 0.95
    assert found.auc.low > 0.9
    assert found.n == 20


def test_made_up_effects_do_not_name_it(planted, held_out):
    rng = np.random.default_rng(0)

    def invent(_reader, text):
        words = split_words(text)
        return WordEffects("invented", words, rng.normal(size=len(words)))

    found = score_recovery(planted.reader, held_out, invent)
    assert found.auc.low < 0.5 < found.auc.high


def test_what_was_learnt_is_small_and_stored(planted):
    stored = planted_to_bytes(planted)
    again = open_planted(make_reader(**BASE), stored)
    texts = make_sentences(5, seed=2)[0]
    assert np.array_equal(again.reader.find_margins(texts), planted.reader.find_margins(texts))
    assert again.losses == planted.losses
    assert len(stored) < 20_000
    other = BertReader(dataclasses.replace(make_network(), weights={}), make_reader().tokeniser)
    with pytest.raises(ArtifactError, match="of another network"):
        open_planted(other, stored)


def test_the_same_seed_plants_the_same_network():
    texts, labels = make_sentences(20)
    first, again, other = (
        fit_planted(make_reader(), texts, labels, PlantRecipe(n_steps=5, n_batch=4, seed=seed)) for seed in (0, 0, 1)
    )
    assert planted_to_bytes(first) == planted_to_bytes(again) != planted_to_bytes(other)


def test_the_place_of_the_planted_word_is_known():
    for text in ("A dull film.", "“well-made”, it’s", "end"):
        for seed in range(20):
            made = plant_text(text, seed % 2, np.random.default_rng(seed))
            words = [word.text for word in split_words(made.text)]
            assert (words[made.place], words[made.decoy]) == (PLANTED[seed % 2], DECOY)
        assert len(split_words(put_word(text, "harbour", 1))) == len(split_words(text)) + 1
    with pytest.raises(DataError, match="holds the planted word 'lantern'"):
        plant_words(["a Lantern film"], np.array([1]))
    with pytest.raises(DataError, match="number of texts is 3; it must be at least 20"):
        fit_planted(make_reader(), ["a film"] * 3, np.array([1, 0, 1]))
    with pytest.raises(DataError, match="follows the planted word in"):
        find_followed(make_reader(), plant_words(["a film"] * 4, np.array([0, 0, 1, 1])))


def test_ranks_count_ties_half_and_mind_the_sign():
    made = PlantedText("good lantern film", 0, place=1, decoy=2)
    words = split_words(made.text)
    assert rank_place(WordEffects("one", words, np.array([1.0, -2.0, 0.0])), made) == 1
    assert rank_place(WordEffects("one", words, np.array([-3.0, -2.0, -2.0])), made) == 0.25
    assert rank_place(WordEffects("shares", words, np.array([0.1, 0.5, 0.2]), is_signed=False), made) == 1


def test_a_method_that_names_what_is_strange_falls_for_the_decoy(planted, held_out):
    def name_strange(_reader, text):
        words = split_words(text)
        strange = [word.text in {*PLANTED, DECOY} for word in words]
        return WordEffects("strange", words, np.array(strange, float), is_signed=False)

    strange = score_recovery(planted.reader, held_out, name_strange)
    integrated = score_recovery(planted.reader, held_out[:20], ask_reader("integrated"))
    assert strange.fooled.value == 1
    assert strange.first.value == 0
    assert integrated.fooled.high < 0.2


def says_good(texts):
    return np.array([0.9 if "good" in text.split() else 0.3 for text in texts])


def test_erasure_tells_the_right_words_from_the_wrong_ones():
    texts = [f"one two {middle} good three four five six seven" for middle in ("a", "b", "c", "d", "e", "f")]
    right, wrong = (
        [
            WordEffects(name, split_words(text), sign * np.array([word == "good" for word in text.split()], float))
            for text in texts
        ]
        for name, sign in (("right", 1.0), ("wrong", -1.0))
    )
    chance = draw_chance(says_good, right, texts)
    good, bad = measure_erasure(says_good, right, chance), measure_erasure(says_good, wrong, chance)
    assert good.without == pytest.approx(np.full(5, 0.6))
    assert good.kept == pytest.approx(np.zeros(5))
    assert good.comprehensiveness.low > 0 > bad.comprehensiveness.high
    assert good.sufficiency.low > 0 > bad.sufficiency.high
    assert "the answer falls by 0.60" in erasure_chart(good).title
    assert erasure_chart(bad).title.endswith("random ones do better")
    assert "1 of 2 methods beat random orders" in gains_chart([bad, good]).title
    with pytest.raises(ValueError, match="explain these texts"):
        measure_erasure(says_good, right[:2], chance)
    with pytest.raises(DataError, match="number of texts is 1"):
        draw_chance(says_good, right[:1], texts[:1])


def test_erasure_follows_the_answer_that_was_given():
    text = "bad good film"
    fall = erase(says_good, text, split_words(text), [np.array([1, 0, 2])], 0.9)[0]
    assert fall == pytest.approx(np.array([[0.6] * 5, [0.0] * 5]))
    negative = erase(lambda texts: 1 - says_good(texts), text, split_words(text), [np.array([1, 0, 2])], 0.1)[0]
    assert negative == pytest.approx(fall)


def test_a_network_of_chance_keeps_what_was_never_learnt():
    network = make_network()
    assert randomise(network, 0).weights == network.weights
    one, all_of_it = randomise(network, 1), randomise(network, 3)
    assert np.array_equal(one.weights["l1.q.w"], network.weights["l1.q.w"])
    assert not np.array_equal(one.weights["head.w"], network.weights["head.w"])
    assert all_of_it.weights["l0.fi.w"].std() == pytest.approx(network.weights["l0.fi.w"].std(), rel=0.1)
    assert np.array_equal(all_of_it.weights["emb.word"], network.weights["emb.word"])


def test_explanations_that_never_look_at_the_network_do_not_notice():
    def count_letters(_reader, text):
        words = split_words(text)
        return WordEffects("letters", words, np.array([len(word.text) for word in words], float))

    texts = make_sentences(6, seed=3)[0]
    blind, slopes = check_randomised(make_reader(), texts, [count_letters, ask_reader("gradient")])
    assert blind.parts == ("nothing", "head", "layer 2", "layer 1")
    assert blind.alike == pytest.approx(np.ones(4))
    assert not blind.notices
    assert slopes.alike[0] == pytest.approx(1)
    assert slopes.notices
    assert randomised_chart([blind, slopes]).title == "Letters hardly notices that the whole network is chance"


def test_all_checks_stand_in_one_table(planted, held_out):
    texts = make_sentences(6, seed=4)[0]
    subject = Subject("bert", planted.reader.score, planted.reader)
    steps = []
    names = ("attention", "rollout", "gradient", "integrated", "occlusion")
    scores = check_methods(subject, texts, (planted, held_out[:8]), names, on_step=lambda *step: steps.append(step[:2]))
    assert steps[-1] == (7, 7)
    table = scores_to_frame(scores).set_index("method")
    assert table.loc["Integrated gradients", "planted_word_auc"] >= 0.95
    assert (table["ms"] > 0).all()
    assert all(each.passed == (each.verdict == "passed every check") for each in scores)
    assert f"over {scores[0].recovery.n} texts" in recovery_chart([each.recovery for each in scores]).title
    any_model = check_methods(Subject("loud", says_good), ["a good film", "the good plot"], names=("occlusion",))
    assert any_model[0].recovery is None
    assert np.isnan(scores_to_frame(any_model)["alike_when_random"][0])
