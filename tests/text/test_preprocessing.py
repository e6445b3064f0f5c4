"""The view of preprocessing against the tokenizers library's own cutting and padding."""

import pytest

from core.hub.errors import DataError, LimitError
from core.text._shared.encoder import TextTokeniser
from core.text.sentiment.preprocessing import CUTS, prepare_text
from tests.text.explain_bert import make_tokenizer

LONG = "This unfair story ends with a dull scene, and the film is great."


@pytest.fixture(scope="module")
def tokeniser():
    return TextTokeniser.open(make_tokenizer())


@pytest.mark.parametrize("length", [8, 24])
@pytest.mark.parametrize("cut", ["head", "tail"])
def test_input_is_what_tokenizers_makes(tokeniser, cut, length):
    from tokenizers import Tokenizer

    theirs = Tokenizer.from_str(make_tokenizer().decode())
    theirs.enable_truncation(length, direction="right" if cut == "head" else "left")
    theirs.enable_padding(length=length)
    expected = theirs.encode(LONG)
    places = prepare_text(LONG, tokeniser, length, cut).places
    assert [place.number for place in places] == expected.ids
    assert [place.mask for place in places] == expected.attention_mask
    assert [(place.start, place.end) for place in places] == expected.offsets


@pytest.mark.parametrize("cut", CUTS)
def test_every_letter_is_read_or_said_to_be_lost(tokeniser, cut):
    found = prepare_text(LONG, tokeniser, 8, cut)
    read = {i for place in found.places for i in range(place.start, place.end)}
    lost = {i for start, end in found.lost for i in range(start, end)}
    assert {i for i, letter in enumerate(found.text) if letter != " "} <= read | lost
    assert not read & lost
    assert len(found.places) == 8
    assert len(found.dropped) == found.n_pieces - 6


def test_split_and_unknown_words_are_counted(tokeniser):
    found = prepare_text("  an UNFAIR\x00 lantern 🎬 ", tokeniser, 12)
    assert found.text == "an UNFAIR lantern 🎬"
    assert (found.n_split_words, found.n_unknown, found.n_padding) == (1, 2, 5)
    assert found.lost == ()


def test_bad_input_is_refused(tokeniser):
    with pytest.raises(DataError, match="empty"):
        prepare_text(" \u202e ", tokeniser)
    with pytest.raises(LimitError, match="1,000,000"):
        prepare_text("a" * 1_000_001, tokeniser)
    with pytest.raises(LimitError, match="it must be 4 to 512"):
        prepare_text("a", tokeniser, 3)
