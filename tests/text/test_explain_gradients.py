"""Slopes lead back to the words: integrated gradients add up, and both methods hold against finite differences."""

import numpy as np
import pytest

from core.hub.errors import RecipeError
from core.text.sentiment.explain import (
    explain_text,
    gradient_times_input,
    integrated_gradients,
    list_methods,
    make_subject,
    steps_chart,
    words_chart,
)
from core.text.sentiment.explain.result import to_log_odds
from tests.text.explain_bert import make_reader

TEXT = "this unfair story ends with a great dull scene!"


@pytest.fixture(scope="module")
def reader():
    return make_reader(dtype=np.float64)


@pytest.mark.parametrize("start", ["mask", "pad", "zero"])
def test_integrated_gradients_add_up_to_the_move_of_the_answer(reader, start):
    found = integrated_gradients(reader, TEXT, 256, start, small_gap=0.0)
    assert found.gap < 2e-3 * abs(found.answer - found.base)
    assert found.answer == pytest.approx(reader.find_margins([TEXT])[0])


def test_the_gap_falls_as_steps_double_and_steps_stop_when_it_is_small(reader):
    found = integrated_gradients(reader, TEXT, 128, small_gap=0.0)
    steps, gaps = zip(*found.steps, strict=True)
    assert steps == (1, 2, 4, 8, 16, 32, 64, 128)
    # the error of the trapezoid rule falls fourfold with twice the steps
    assert gaps[-1] == pytest.approx(gaps[-2] / 4, rel=0.2)
    early = integrated_gradients(reader, TEXT, 128, small_gap=0.05)
    assert len(early.steps) < len(found.steps)
    assert early.steps[-1][1] <= 0.05 * abs(early.answer - early.base)


def test_the_trapezoid_is_the_mean_slope_of_all_its_points(reader):
    from core.text.sentiment.explain.backward import find_slopes, weigh_margin
    from core.text.sentiment.explain.gradients import make_start
    from core.text.sentiment.explain.words import sum_pieces

    reading = reader.read(TEXT)
    end = reader.network.embed(reading.ids[None])
    begin = make_start(reader, reading, end, "mask")
    weights = np.array([0.5, 1, 1, 1, 0.5]) / 4
    points = begin + np.linspace(0, 1, 5)[:, None, None] * (end - begin)
    trace = reader.network.run(points, np.repeat(reading.mask, 5, axis=0))
    slopes = find_slopes(reader.network, trace, weigh_margin(reader.network, 5))
    values = (np.einsum("s,std->td", weights, slopes) * (end - begin)[0]).sum(axis=1)
    found = integrated_gradients(reader, TEXT, 4, small_gap=0.0)
    assert found.values == pytest.approx(sum_pieces(values, reading.places, len(reading.words)), abs=1e-12)


def test_gradient_times_input_is_the_slope_along_a_words_own_vector(reader):
    found = gradient_times_input(reader, TEXT)
    reading = reader.read(TEXT)
    words = reader.network.embed(reading.ids[None])
    for place in (0, 1, 6):
        longer, shorter = (words.copy() for _ in range(2))
        longer[0, reading.places == place] *= 1 + 1e-5
        shorter[0, reading.places == place] *= 1 - 1e-5
        margins = [reader.network.run(each, reading.mask).margins[0] for each in (longer, shorter)]
        assert found.values[place] == pytest.approx((margins[0] - margins[1]) / 2e-5, rel=1e-4, abs=1e-7)


def test_the_same_text_gets_the_same_explanation(reader):
    assert np.array_equal(integrated_gradients(reader, TEXT).values, integrated_gradients(reader, TEXT).values)


def test_settings_out_of_range_are_refused(reader):
    with pytest.raises(RecipeError, match="max_steps is 48; it must be a power of two"):
        integrated_gradients(reader, TEXT, 48)
    with pytest.raises(RecipeError, match="start is 'noise'"):
        integrated_gradients(reader, TEXT, start="noise")


def test_the_charts_show_what_was_found(reader):
    found = integrated_gradients(reader, TEXT)
    chart = words_chart(found)
    drawn = {name: value for mark in chart.marks[1:] for name, value in zip(mark.y, mark.x, strict=True)}
    assert drawn["6 a"] == found.values[5]
    assert len(drawn) == len(found.words)
    assert found.words[int(found.order[0])].text in chart.title
    gaps = steps_chart(found)
    assert gaps.marks[0].y[-1] == pytest.approx(found.gap)
    with pytest.raises(ValueError, match="takes no steps"):
        steps_chart(gradient_times_input(reader, TEXT))


@pytest.fixture(scope="module")
def lstm():
    from core.text.sentiment.bilstm import BiLstm
    from core.text.sentiment.bilstm_network import Network
    from core.text.sentiment.recurrent import Cell
    from core.text.sentiment.word_vectors import WordVectors

    rng = np.random.default_rng(0)
    sizes = ((16, 6), (16, 4), (16,))
    ahead, back = (Cell("lstm", *(0.7 * rng.normal(size=size) for size in sizes)) for _ in range(2))
    rest = (0.7 * rng.normal(size=size) for size in ((5, 8), (5,), (5,), (8,), (1,)))
    words = ("this", "story", "ends", "great", "dull", "!", "")
    return BiLstm(WordVectors(words, rng.normal(size=(7, 6))), Network(ahead, back, *rest), 32)


def test_the_lstm_is_asked_the_same_questions(lstm):
    subject = make_subject(lstm)
    assert [method.name for method in list_methods(subject)] == [
        "attention",
        "gradient",
        "integrated",
        "occlusion",
        "shapley",
    ]
    looks, slopes, whole = (explain_text(subject, TEXT, name) for name in ("attention", "gradient", "integrated"))
    assert looks.values.sum() == pytest.approx(1)
    assert whole.gap <= 0.02 * abs(whole.answer - whole.base)
    assert whole.answer == pytest.approx(to_log_odds(lstm.score([TEXT]))[0], abs=1e-5)
    # words that it does not know are nothing to it
    assert whole.values[1] == pytest.approx(0, abs=1e-6)
    assert abs(slopes.values[[0, 2, 3, 6, 7, 9]]).min() > 0
    assert explain_text(subject, "🎬", "integrated").values.tolist() == [0.0]
    with pytest.raises(RecipeError, match="Attention rollout needs a transformer, which BiLSTM with attention is not"):
        explain_text(subject, TEXT, "rollout")
