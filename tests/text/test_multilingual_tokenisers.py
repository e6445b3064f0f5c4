"""Our byte-pair encoding against the library's, and what each language pays."""

import json

import pytest

from core.hub.errors import DataError, RecipeError
from core.text.multilingual.language_text import load_declaration
from core.text.multilingual.tokeniser_views import (
    WAYS,
    measure_fertility,
    read_tokeniser,
    train_on_declaration,
    train_tokeniser,
)
from core.text.multilingual.tokenisers import join_pair, map_bytes, train_bpe

TEXT = "Everyone has the right — niño, größer, 人人生而自由, सभी मनुष्यों, שלום 😂\tagain and  again"


@pytest.fixture(scope="module")
def corpus():
    return [text for code in ("en", "es", "hi", "zh") for text in load_declaration()[code][:20]]


def train_library(texts, n_pieces, unit):
    from tokenizers import Tokenizer, models, pre_tokenizers, trainers

    engine = Tokenizer(models.BPE())
    spread = pre_tokenizers.Metaspace("▁")
    alphabet = []
    if unit == "bytes":
        spread = pre_tokenizers.ByteLevel(add_prefix_space=True, use_regex=False)
        alphabet = pre_tokenizers.ByteLevel.alphabet()
    engine.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.WhitespaceSplit(), spread])
    rest = {"show_progress": False, "initial_alphabet": alphabet, "special_tokens": []}
    engine.train_from_iterator(texts, trainers.BpeTrainer(vocab_size=n_pieces, **rest))
    return engine


@pytest.mark.parametrize("unit", ["characters", "bytes"])
def test_merges_and_vocabulary_equal_the_librarys(corpus, unit):
    ours = train_bpe(corpus, 600, unit)
    theirs = train_library(corpus, len(ours.vocabulary), unit)
    merges = [tuple(pair) for pair in json.loads(theirs.to_str())["model"]["merges"]]
    assert [(merge.left, merge.right) for merge in ours.merges] == merges
    assert ours.vocabulary == theirs.get_vocab()
    for text in corpus[:5]:
        assert [token.piece for token in ours.tokenise(text)] == theirs.encode(text).tokens


def test_repeated_signs_are_joined_as_the_library_joins_them():
    texts = ["aaaa aaa aabaab banana bababa aaaaaaa"] * 3
    ours = train_bpe(texts, 12)
    merges = json.loads(train_library(texts, len(ours.vocabulary), "characters").to_str())["model"]["merges"]
    assert [[merge.left, merge.right] for merge in ours.merges] == merges
    assert join_pair(list("aaaa"), ("a", "a"), "aa") == ["aa", "aa"]


@pytest.mark.parametrize("way", WAYS)
def test_pieces_point_back_into_the_text(corpus, way):
    tokens = train_tokeniser(way, corpus, 800).tokenise(TEXT)
    assert tokens
    assert all(0 <= token.start <= token.end <= len(TEXT) for token in tokens)
    assert [token.start for token in tokens] == sorted(token.start for token in tokens)
    covered = {at for token in tokens for at in range(token.start, token.end)}
    assert covered >= {at for at, sign in enumerate(TEXT) if not sign.isspace()}


def test_bytes_know_every_sign_and_give_the_text_back(corpus):
    tokens = train_bpe(corpus, 100, "bytes").tokenise(TEXT)
    assert all(token.known for token in tokens)
    table = {sign: value for value, sign in enumerate(map_bytes())}
    raw = bytes(table[sign] for token in tokens for sign in token.piece).decode()
    assert raw.split() == TEXT.split()


def test_characters_never_seen_are_unknown(corpus):
    assert [token.known for token in train_bpe(corpus, 50).tokenise("ж")] == [True, False]


def test_each_merge_leaves_fewer_pieces_and_takes_the_most_frequent_pair(corpus):
    steps = []
    merges = train_bpe(corpus, 200, on_step=lambda step, total, metrics: steps.append((step, total, metrics))).merges
    left = [merge.n_pieces for merge in merges]
    assert left == sorted(left, reverse=True)
    counts = [merge.count for merge in merges]
    assert counts == sorted(counts, reverse=True)
    assert steps[-1][0] == steps[-1][1] == 200
    assert train_bpe(corpus, 200).merges == merges


def test_a_language_never_seen_pays_most_and_seeing_it_helps():
    narrow = measure_fertility(train_on_declaration("byte pairs of bytes", ("en",), 700), ["en", "es", "hi"])
    wide = measure_fertility(train_on_declaration("byte pairs of bytes", ("en", "es", "hi"), 700), ["en", "es", "hi"])
    assert narrow[0].to_english == 1.0
    assert narrow[2].to_english > narrow[1].to_english > 1.0
    assert wide[2].to_english < narrow[2].to_english / 2
    assert all(row.unknown == 0 for row in narrow)


def test_bad_input_is_refused(corpus):
    with pytest.raises(RecipeError, match="-1"):
        train_bpe(corpus, -1)
    with pytest.raises(RecipeError, match="100"):
        train_tokeniser("unigram", corpus, 100)
    with pytest.raises(RecipeError, match="syllables"):
        train_tokeniser("syllables", corpus)
    for texts in ([], ["  "]):
        with pytest.raises(DataError, match="no word"):
            train_bpe(texts)
        with pytest.raises(DataError, match="no word"):
            train_tokeniser("unigram", texts)
    with pytest.raises(DataError, match=r"tokenizer\.json"):
        read_tokeniser(b"{}")


def test_a_tokenizer_json_is_read(corpus):
    engine = train_tokeniser("unigram", corpus, 500).engine
    again = read_tokeniser(engine.to_str().encode())
    assert [token.piece for token in again.tokenise("the right")] == engine.encode("the right").tokens
    assert not all(token.known for token in again.tokenise("ж"))
