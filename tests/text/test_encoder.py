"""The stored encoder against transformers' own nets, tokenizers' own cutting, and its refusals."""

import numpy as np
import pytest

from core.hub.errors import ArtifactError, DataError, LimitError
from core.text._shared.bert_graph import BertShape, quantise, read_graph, write_graph
from core.text._shared.encoder import TextEncoder, TextTokeniser, choose_kept, has_whole_products
from core.text._shared.torch_bert import add_head, make_bert, rename_weights
from tests.text.explain_bert import HEADS, WIDTH, WORDS, make_tokenizer

TEXTS = ("a good film", "this unfair story ends with a dull scene!", "great")
SIZES = {
    "vocab_size": len(WORDS) + 5,
    "hidden_size": WIDTH,
    "num_hidden_layers": 2,
    "num_attention_heads": HEADS,
    "intermediate_size": 2 * WIDTH,
    "max_position_embeddings": 300,
    "initializer_range": 0.3,
    "attn_implementation": "eager",
}


def make_published(kind="bert"):
    import torch
    from transformers import BertConfig, BertModel, XLMRobertaConfig, XLMRobertaModel

    torch.manual_seed(0)
    if kind == "bert":
        return BertModel(BertConfig(**SIZES), add_pooling_layer=False).eval(), BertShape(HEADS)
    config = XLMRobertaConfig(**SIZES, pad_token_id=1, type_vocab_size=1)
    return XLMRobertaModel(config, add_pooling_layer=False).eval(), BertShape(HEADS, "first", 2, config.layer_norm_eps)


def read_published(net):
    return rename_weights({name: values.numpy() for name, values in net.state_dict().items()})


@pytest.fixture(scope="module")
def stored():
    net, shape = make_published()
    return write_graph(add_head(read_published(net), 2, 0), shape)


@pytest.fixture(scope="module")
def encoder(stored):
    return TextEncoder.open(stored, make_tokenizer(), 256)


@pytest.mark.parametrize("kind", ["bert", "xlm_roberta"])
def test_vectors_and_attention_are_those_of_transformers(kind):
    import torch

    net, shape = make_published(kind)
    encoder = TextEncoder.open(write_graph(add_head(read_published(net), 3, 0), shape), make_tokenizer())
    encoded = encoder.encode(TEXTS)
    with torch.no_grad():
        found = net(torch.from_numpy(encoded.ids), torch.from_numpy(encoded.mask), output_attentions=True)
    seen = encoded.mask[:, :, None]
    vectors = found.last_hidden_state.numpy()
    expected = vectors[:, 0] if kind == "xlm_roberta" else (vectors * seen).sum(1) / seen.sum(1)
    assert np.abs(encoder.embed(TEXTS) - expected).max() < 1e-4
    attention = encoder.attention(TEXTS[1])
    assert np.abs(attention - torch.stack(found.attentions)[:, 1].numpy()).max() < 1e-5
    assert np.allclose(attention.sum(axis=-1), 1, atol=1e-5)


def test_weights_come_back_as_they_were_written(stored):
    weights, shape = read_graph(stored)
    assert write_graph(weights, shape) == stored
    net = make_bert(weights, shape)
    assert all(np.array_equal(values, weights[name]) for name, values in net.export().items())


def test_eight_bits_are_near_and_smaller(stored, encoder):
    small = quantise(stored)
    plain, _ = read_graph(stored)
    coarse, _ = read_graph(small)
    for name, values in plain.items():
        assert np.abs(coarse[name] - values).max() <= np.abs(values).max() / 120
    served = TextEncoder.open(small, make_tokenizer())
    ours, theirs = served.embed(TEXTS), encoder.embed(TEXTS)
    cosines = (ours * theirs).sum(1) / np.linalg.norm(ours, axis=1) / np.linalg.norm(theirs, axis=1)
    assert cosines.mean() > 0.97
    assert len(small) < 0.65 * len(stored)  # the table of positions stays in 32 bits and is large here


def test_neither_padding_nor_company_changes_an_answer(encoder):
    together = encoder.run([*TEXTS, "a " * 60])
    alone = np.concatenate([encoder.run([text]) for text in TEXTS])
    assert np.abs(together[: len(TEXTS)] - alone).max() < 1e-4
    order = [2, 0, 1]
    assert np.abs(encoder.run([TEXTS[place] for place in order]) - alone[order]).max() < 1e-4
    encoded = encoder.encode(TEXTS)
    assert np.abs(encoder.run_ids(encoded.ids, encoded.mask) - alone).max() < 1e-4


def test_eight_bits_by_token_do_not_hear_the_texts_beside(stored, encoder):
    weights, shape = read_graph(stored)
    content = write_graph(weights, shape, whole_numbers=True, by_token=True)
    again, _ = read_graph(content)
    assert all(np.abs(again[name] - each).max() <= np.abs(each).max() / 120 for name, each in weights.items())
    served, texts = TextEncoder.open(content, make_tokenizer()), (*TEXTS, "a " * 60)
    ours, theirs = served.embed(texts), encoder.embed(texts)
    cosines = (ours * theirs).sum(1) / np.linalg.norm(ours, axis=1) / np.linalg.norm(theirs, axis=1)
    assert cosines.min() > 0.99
    alone = np.concatenate([served.run([text]) for text in texts])
    assert np.abs(served.run(texts) - alone).max() < 1e-5


def test_a_network_with_one_scale_for_all_is_asked_about_one_text_at_a_time(stored):
    served = TextEncoder.open(quantise(stored), make_tokenizer(), batch=1)
    together = served.run([*TEXTS, "a " * 60])
    assert np.array_equal(together[: len(TEXTS)], np.concatenate([served.run([text]) for text in TEXTS]))


@pytest.mark.parametrize("side", ["head", "tail"])
def test_cutting_is_that_of_tokenizers(side):
    from tokenizers import Tokenizer

    theirs = Tokenizer.from_str(make_tokenizer().decode())
    theirs.enable_truncation(7, direction="right" if side == "head" else "left")
    encoded = TextTokeniser.open(make_tokenizer()).encode(TEXTS, side, 7)
    for text, ids, mask in zip(TEXTS, encoded.ids, encoded.mask, strict=True):
        assert ids[mask == 1].tolist() == theirs.encode(text).ids


def test_pieces_point_into_the_text_and_the_middle_can_go(encoder):
    text = "This unfair 🎬 film\tends!"
    (pieces,) = encoder.encode([text]).pieces
    assert [text[piece.start : piece.end].lower() for piece in pieces[1:4]] == ["this", "un", "fair"]
    assert pieces[2].word == pieces[3].word != pieces[1].word
    assert pieces[0].word == pieces[-1].word == -1
    both = encoder.tokeniser.encode([text], "both", 6)
    assert [piece.token for piece in both.pieces[0]] == ["[CLS]", "this", "un", "ends", "!", "[SEP]"]
    assert both.n_cut == (3,)
    assert all(len(choose_kept(50, 9, cut)) == 9 for cut in ("head", "tail", "both"))


def test_exact_products_are_asked_of_the_processor(tmp_path):
    facts = tmp_path / "cpuinfo"
    assert not has_whole_products(facts)
    facts.write_text("flags\t\t: fpu avx2 avx512_vnni\n")
    has_whole_products.cache_clear()
    assert has_whole_products(facts)
    facts.write_text("flags\t\t: fpu avx2\n")
    has_whole_products.cache_clear()
    assert not has_whole_products(facts)
    has_whole_products.cache_clear()


def test_odd_texts_are_answered(encoder):
    answers = encoder.run(["", "🎬🎬", "שלום עולם", "a " * 5_000, "\x00\x01"])
    assert answers.shape == (5, 2)
    assert np.isfinite(answers).all()


def test_what_cannot_be_read_is_refused(encoder, stored):
    from tokenizers import Tokenizer
    from tokenizers.models import WordPiece

    bare = Tokenizer(WordPiece({"[UNK]": 0}, unk_token="[UNK]")).to_str().encode()
    with pytest.raises(ArtifactError, match="network cannot be read"):
        TextEncoder.open(b"no network", make_tokenizer())
    with pytest.raises(ArtifactError, match="tokeniser cannot be read"):
        TextEncoder.open(stored, b"{}")
    with pytest.raises(ArtifactError, match="adds 0 tokens"):
        TextEncoder.open(stored, bare)
    with pytest.raises(ArtifactError, match="not a BERT"):
        read_graph(b"")
    with pytest.raises(ArtifactError, match="lack"):
        rename_weights({"embeddings.word_embeddings.weight": np.zeros((2, 2))})
    with pytest.raises(DataError, match="no text"):
        encoder.run([])
    with pytest.raises(ValueError, match="at least 4"):
        encoder.tokeniser.encode(["a"], "head", 3)
    with pytest.raises(LimitError, match="260 tokens"):
        TextEncoder(encoder.session, encoder.tokeniser, 260, 2).attention("a " * 300)
