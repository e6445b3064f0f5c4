"""Attention is followed and shown as it is, up to 256 pieces."""

import numpy as np
import pytest

from core.hub.errors import LimitError
from core.text.sentiment.explain import attend, describe_heads, head_chart, heads_chart, roll_out, tiles_chart
from core.text.sentiment.explain.attention import multiply_layers
from core.text.sentiment.explain.attention_view import MOST_CELLS, name_cells, shrink_matrix
from tests.text.explain_bert import make_reader

TEXT = "this unfair story ends with a dull scene!"


def make_attention(n_layers=2, n_heads=3, t=9, seed=0):
    raw = np.random.default_rng(seed).random((n_layers, n_heads, t, t)).astype(np.float32) ** 4
    return raw / raw.sum(axis=3, keepdims=True)


def test_rollout_is_the_sum_over_all_ways_through_the_layers():
    layers = make_attention(3, 1, 4)[:, 0].astype(float)
    mixed = 0.5 * layers + 0.5 * np.eye(4)
    ways = np.zeros((4, 4))
    for last in range(4):
        for middle in range(4):
            for second in range(4):
                for first in range(4):
                    ways[last, first] += mixed[2, last, middle] * mixed[1, middle, second] * mixed[0, second, first]
    assert multiply_layers(layers) == pytest.approx(ways)
    assert multiply_layers(layers).sum(axis=1) == pytest.approx(np.ones(4))


@pytest.mark.parametrize("pooling", ["mean", "first"])
def test_shares_are_what_the_pooled_vector_takes(pooling):
    reader = make_reader(pooling=pooling)
    reading = reader.read(TEXT)
    last = reader.run(reading).attention[-1, 0].mean(axis=0)
    row = last[0] if pooling == "first" else last.mean(axis=0)
    found = attend(reader, TEXT)
    assert found.values[1] == pytest.approx(row[reading.places == 1].sum(), abs=1e-6)
    assert 1 - found.values.sum() == pytest.approx(row[[0, -1]].sum(), abs=1e-5)
    rolled = roll_out(reader, TEXT)
    assert (rolled.values > 0).all()
    assert rolled.values.sum() < 1


def test_habits_of_heads_are_named():
    t = 8
    marks, before, after, own = (np.zeros((t, t)) for _ in range(4))
    marks[:, 0] = 1
    before[np.arange(t), np.maximum(np.arange(t) - 1, 0)] = 1
    after[np.arange(t), np.minimum(np.arange(t) + 1, t - 1)] = 1
    np.fill_diagonal(own, 1)
    facts = describe_heads(np.stack([marks, before, after, own, np.full((t, t), 1 / t)])[None].astype(np.float32))
    assert facts.names[0].tolist() == [
        "the added marks",
        "the piece before",
        "the piece after",
        "itself",
        "many pieces",
    ]
    assert facts.breadth[0].tolist() == pytest.approx([0, 0, 0, 0, 1])


def test_long_texts_are_made_small_enough_to_read_and_no_longer_ones_are_taken():
    attention = make_attention(6, 12, 256)
    pieces = [f"piece{place % 7}" for place in range(256)]
    chart = head_chart(attention, pieces, 5, 11)
    shown = chart.marks[0]
    assert shown.z.shape == (MOST_CELLS, MOST_CELLS)
    assert shown.z.sum(axis=1) == pytest.approx(np.ones(MOST_CELLS), abs=1e-4)
    assert len(set(shown.x)) == MOST_CELLS
    assert tiles_chart(attention).marks[0].z.size < 15_000
    assert heads_chart(attention).marks[0].z.shape == (6, 12)
    with pytest.raises(LimitError, match="has 257 tokens; attention is shown for at most 256"):
        describe_heads(np.zeros((1, 1, 257, 257), np.float32))


def test_short_texts_are_shown_as_they_are():
    attention = make_attention()
    pieces = ["[CLS]", "a", "a", "film", "with", "a", "plot", ".", "[SEP]"]
    shown = head_chart(attention, pieces, 1, 2).marks[0]
    assert np.array_equal(shown.z, attention[1, 2].astype(np.float64))
    assert shown.x.tolist()[1:3] == ["2 a", "3 a"]
    assert shrink_matrix(np.ones((10, 10)), 5).tolist() == (2 * np.ones((5, 5))).tolist()
    assert len(set(name_cells(["a"] * 100))) == MOST_CELLS
    two = describe_heads(np.full((1, 1, 2, 2), 0.5, np.float32))
    assert two.names.tolist() == [["the added marks"]]
