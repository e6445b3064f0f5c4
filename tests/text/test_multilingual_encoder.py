"""The encoder's file, its vocabulary and the hub's encoder, on files written on the spot."""

import json
import struct
from urllib.error import URLError

import numpy as np
import pytest

from core.hub.errors import ArtifactError, RecipeError, UnavailableError
from core.text._shared.bert_graph import BertShape, write_graph
from core.text._shared.encoder import TextEncoder
from core.text._shared.hub_files import HubSource
from core.text._shared.tokeniser import TextTokeniser
from core.text._shared.torch_bert import add_head
from core.text.multilingual import pruning
from core.text.multilingual.e5_file import Pieces, read_e5, unpack_q4
from core.text.multilingual.head_start import learn_head, read_vectors
from core.text.multilingual.hub_model import load_xlm_roberta
from core.text.multilingual.mixing import Lessons
from core.text.multilingual.start import PACKAGE, make_tiny_pieces, read_weights

HIDDEN, LAYERS, INNER = 32, 1, 128
SPECIAL = ("<s>", "<pad>", "</s>", "<unk>")
TEXTS = (*SPECIAL, "▁", "a", "b", "g", "o", "d", "▁good", "▁bad", "go", "好", "的", "▁Haus")


def pack_q4(weights):
    """Write weights as Q4_0 by the format's own definition, block by block."""
    parts = []
    for block in np.asarray(weights, np.float32).reshape(-1, 32):
        scale = np.float16(np.abs(block).max() / 7)
        codes = np.clip(np.round(block / np.float32(scale or 1)), -8, 7).astype(np.int64) + 8
        parts.append(scale.tobytes() + bytes(int(a | b << 4) for a, b in zip(codes[:16], codes[16:], strict=True)))
    return b"".join(parts)


def make_weights():
    rng = np.random.default_rng(0)
    sizes = {"emb.word": (len(TEXTS), HIDDEN), "emb.pos": (20, HIDDEN), "emb.type": (2, HIDDEN)}
    sizes |= {"emb.ln.w": (HIDDEN,), "emb.ln.b": (HIDDEN,)}
    kernels = dict.fromkeys(("q", "k", "v", "ao"), (HIDDEN, HIDDEN)) | {
        "fi": (INNER, HIDDEN),
        "fo": (HIDDEN, INNER),
    }
    for part, size in (kernels | {"aln": (HIDDEN,), "oln": (HIDDEN,)}).items():
        sizes |= {f"l0.{part}.w": size, f"l0.{part}.b": size[:1]}
    return {name: rng.normal(0, 0.3, size).astype(np.float32) for name, size in sizes.items()}


def write_file(weights):
    """Write a file of the layout that DATA describes, packing what the package packs."""
    blob = "".join(TEXTS).encode()
    offsets = np.cumsum([0, *(len(text.encode()) for text in TEXTS)]).astype("<u4")
    head = b"E5S1" + struct.pack("<I7ifi", 1, HIDDEN, LAYERS, 2, INNER, len(TEXTS), 20, 2, 1e-12, 32)
    head += struct.pack("<5iQ", len(TEXTS), 0, 2, 1, 3, len(blob)) + offsets.tobytes()
    head += np.linspace(-1, -9, len(TEXTS)).astype("<f4").tobytes() + blob
    rewritten = struct.pack("<IBI", ord("\t"), 1, ord(" ")) + struct.pack("<IB", 1, 0)
    head += struct.pack("<iI", 2, len(rewritten)) + rewritten + struct.pack("<i", len(weights))
    packed = {
        name: pack_q4(w) if w.ndim == 2 and name not in {"emb.pos", "emb.type"} else w.tobytes()
        for name, w in weights.items()
    }
    at = len(head) + sum(2 + len(name) + 21 for name in packed)
    rows, body = b"", b""
    for name, content in packed.items():
        rows += struct.pack("<H", len(name)) + name.encode()
        rows += struct.pack(
            "<BIQQ", len(content) != 4 * weights[name].size, weights[name].size, at + len(body), len(content)
        )
        body += content
    return head + rows + body


@pytest.fixture(scope="module")
def weights():
    return make_weights()


@pytest.fixture(scope="module")
def file(weights):
    return read_e5(write_file(weights))


def test_blocks_are_unpacked_as_the_format_says():
    weights = np.random.default_rng(1).normal(0, 1, 96).astype(np.float32)
    found = unpack_q4(np.frombuffer(pack_q4(weights), np.uint8))
    assert np.abs(found - weights).max() <= np.abs(weights).max() / 7 * 0.51
    assert np.corrcoef(found, weights)[0, 1] > 0.98


def test_the_file_gives_its_shape_its_pieces_and_its_rows(file, weights):
    assert (file.shape.hidden, file.shape.layers, file.shape.heads, file.shape.inner) == (HIDDEN, LAYERS, 2, INNER)
    assert file.pieces.texts == TEXTS
    assert (file.pieces.start, file.pieces.end, file.pieces.padding, file.pieces.unknown) == (0, 2, 1, 3)
    assert file.pieces.rewritten == {"\t": " ", "\x01": ""}
    rows = np.array([5, 2])
    whole = file.tensor("emb.word", HIDDEN)
    assert np.array_equal(file.tensor("emb.word", HIDDEN, rows), whole[rows])
    assert np.array_equal(file.tensor("emb.ln.w"), weights["emb.ln.w"])


def test_rebuilt_weights_make_a_net_whose_vectors_are_nearly_the_originals(file, weights):
    tokeniser = pruning.make_tokeniser(file.pieces).to_str().encode()
    found = []
    for each in (weights, read_weights(file, np.arange(len(TEXTS)))):
        content = write_graph(add_head(each, 3, 0), BertShape(2))
        vector = TextEncoder.open(content, tokeniser).embed(["good bad"])[0]
        found.append(vector / np.linalg.norm(vector))
    assert found[0] @ found[1] > 0.97


def test_what_is_no_such_file_or_ends_early_is_refused(file, weights):
    content = write_file(weights)
    with pytest.raises(ArtifactError, match="not b'E5S1'"):
        read_e5(b"PK\x03\x04" + content)
    with pytest.raises(ArtifactError, match="ends early"):
        read_e5(content[:60])
    with pytest.raises(ArtifactError, match="no tensor named 'pooler'"):
        file.tensor("pooler")


def test_the_tokeniser_folds_space_and_takes_the_likeliest_pieces(file):
    tokeniser = pruning.make_tokeniser(file.pieces)
    assert tokeniser.encode("good\t\tbad\x01").tokens == ["<s>", "▁good", "▁bad", "</s>"]
    assert tokeniser.encode("ﾊ").ids == [0, 4, 3, 2]  # a character that never was a piece is the unknown one


def test_what_an_encoder_was_trained_to_see_first_is_added_to_each_text_and_is_no_part_of_it(file):
    framed = pruning.make_tokeniser(file.pieces, ("go", "d"))
    assert framed.encode("good bad").tokens == ["<s>", "go", "d", "▁good", "▁bad", "</s>"]
    assert framed.encode("good", add_special_tokens=False).tokens == ["▁good"]
    opened = TextTokeniser.open(framed.to_str().encode())
    encoded = opened.encode(["good bad good bad"], "head", 6)
    assert encoded.ids[0].tolist() == [0, TEXTS.index("go"), TEXTS.index("d"), *framed.encode("good bad").ids[3:]]
    assert encoded.n_cut == (2,)
    assert [(piece.start, piece.end) for piece in encoded.pieces[0] if piece.word < 0] == [(0, 0)] * 4
    with pytest.raises(ValueError, match="at least 6"):
        opened.encode(["good"], "head", 5)
    full = pruning.make_tokeniser(file.pieces, ("go",) * 6)
    with pytest.raises(ArtifactError, match="it must add 2 to 6"):
        TextTokeniser.open(full.to_str().encode())


def test_the_head_alone_is_the_best_linear_one_and_leaves_the_encoder_as_it_is(weights):
    rng = np.random.default_rng(0)
    start = add_head(weights, 3, 0)
    ids = [[0, *rng.integers(4, len(TEXTS), 5).tolist(), 2] for _ in range(120)]
    good = np.array([10 in each for each in ids])
    targets = np.stack([~good, good * 0, good], axis=1).astype(np.float32)
    lessons = Lessons(("",) * len(ids), targets, np.ones(len(ids), bool))
    found = learn_head(start, BertShape(2), lessons, ids, 0)
    assert all(np.array_equal(found[name], start[name]) for name in start if not name.startswith("head."))
    logits = read_vectors(found, BertShape(2), ids) @ found["head.w"].T + found["head.b"]
    assert ((logits[:, 2] > logits[:, 0]) == good).mean() > 0.95


def test_a_pruned_vocabulary_still_writes_every_text_it_could(file):
    kept = np.array([place for place, text in enumerate(TEXTS) if text not in {"▁good", "go"}])
    small = pruning.make_tokeniser(pruning.prune(file.pieces, kept))
    assert "".join(small.encode("good bad", add_special_tokens=False).tokens) == "▁good▁bad"
    assert small.token_to_id("<unk>") == 3
    with pytest.raises(ValueError, match="special"):
        pruning.prune(file.pieces, kept[1:])
    rows = pruning.measure_coverage(pruning.make_tokeniser(file.pieces), small, {"en": ["good", "bad"]})
    assert (rows[0].whole, rows[0].pieces_before) == (0.5, 1.0)
    assert rows[0].pieces > 1


def test_pieces_of_our_languages_come_before_others(file):
    texts = ["go go"] * 2
    kept = pruning.choose_pieces(file.pieces, 13, texts, {"de": ["haus"], "xx": ["bad"]})
    names = [TEXTS[place] for place in kept]
    assert names[:4] == list(SPECIAL)
    assert "▁Haus" in names  # a German word's capital is counted
    assert "▁good" not in names
    with pytest.raises(RecipeError, match="keep more"):
        pruning.choose_pieces(file.pieces, 6, texts, {})


def test_the_package_is_pinned_and_the_tiny_vocabulary_is_the_same_each_time():
    assert len(PACKAGE[2]) == 64
    first, second = make_tiny_pieces(1_200), make_tiny_pieces(1_200)
    assert first.texts == second.texts
    assert pruning.make_tokeniser(first).encode("good").tokens == ["<s>", "▁good", "</s>"]


def test_the_hubs_encoder_is_read_under_our_names(tmp_path):
    from safetensors.numpy import save_file
    from transformers import XLMRobertaConfig, XLMRobertaModel

    net = XLMRobertaModel(
        XLMRobertaConfig(vocab_size=8, hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=32)
    )
    hub = tmp_path / "hub_copy"
    hub.mkdir()
    published = {f"roberta.{name}": value.detach().numpy() for name, value in net.state_dict().items()}
    save_file({name: np.ascontiguousarray(each) for name, each in published.items()}, hub / "model.safetensors")
    vocabulary = [[text, -float(place)] for place, text in enumerate((*SPECIAL, "▁", "a", "b", "<mask>"))]
    (hub / "tokenizer.json").write_text(json.dumps({"model": {"type": "Unigram", "vocab": vocabulary}}), "utf-8")
    source = HubSource("a/b", "0" * 40, ("model.safetensors", "tokenizer.json"))
    weights, pieces = load_xlm_roberta(
        tmp_path, source, opened=lambda url, _timeout_s: (hub / url.rpartition("/")[2]).open("rb")
    )
    assert np.array_equal(weights["l0.q.w"], published["roberta.encoder.layer.0.attention.self.query.weight"])
    assert isinstance(pieces, Pieces)
    assert pieces.scores[5] == -5

    def fail(_url, _timeout_s):
        message = "no route"
        raise URLError(message)

    with pytest.raises(UnavailableError, match="check this server's network"):
        load_xlm_roberta(tmp_path / "other", source, opened=fail)
