"""Our way forwards and back through BERT is torch's, and ONNX Runtime's, on the same numbers."""

from unicodedata import normalize

import numpy as np
import pytest

from core.hub.errors import ArtifactError, DataError, LimitError
from core.text._shared.bert_graph import write_graph
from core.text._shared.encoder import TextEncoder
from core.text.sentiment.explain import list_methods, make_subject
from core.text.sentiment.explain.backward import find_slopes, weigh_margin
from core.text.sentiment.explain.network import Network
from core.text.sentiment.explain.reader import BertReader
from core.text.sentiment.explain.words import keep_words, split_words
from tests.text.explain_bert import make_network, make_reader, make_tokenizer

TEXTS = ["a good film", "this unfair story ends with a dull scene!", "great"]


@pytest.mark.parametrize("pooling", ["mean", "first"])
def test_logits_and_slopes_are_those_of_torch(pooling):
    import torch

    from core.text._shared.torch_bert import make_bert

    network = make_network(pooling=pooling, dtype=np.float64)
    rng = np.random.default_rng(0)
    mask = np.ones((3, 9), dtype=np.int64)
    mask[1, 6:] = 0
    words = network.embed(rng.integers(0, 20, mask.shape))
    theirs = make_bert(network.weights, network.shape).eval()
    vectors = torch.tensor(words, requires_grad=True)
    logits = theirs.forward_vectors(vectors, torch.tensor(mask))
    (logits[:, 1] - logits[:, 0]).sum().backward()
    told = {}
    trace = network.run(words, mask)
    slopes = find_slopes(
        network, trace, weigh_margin(network, 3), lambda name, into, out: told.update({name: (into, out)})
    )
    assert np.abs(trace.logits - logits.detach().numpy()).max() < 1e-12
    assert np.abs(slopes - vectors.grad.numpy()).max() < 1e-12
    assert np.abs(slopes).max() > 0.1
    for name in ("l0.q", "l0.v", "l1.k", "l1.ao", "l0.fi", "l1.fo", "head"):
        into, out = (each.reshape(-1, each.shape[-1]) for each in told[name])
        assert np.abs(out.T @ into - theirs.part(f"{name}.w").grad.numpy()).max() < 1e-12


def test_margins_and_attention_are_those_of_onnx_runtime():
    reader = make_reader()
    stored = write_graph(reader.network.weights, reader.network.shape)
    encoder = TextEncoder.open(stored, make_tokenizer(), 32)
    again = BertReader.open(stored, make_tokenizer(), 32)
    logits = encoder.run(TEXTS)
    assert again.find_margins(TEXTS) == pytest.approx(logits[:, 1] - logits[:, 0], abs=1e-4)
    assert again.score(TEXTS) == pytest.approx(1 / (1 + np.exp(logits[:, 0] - logits[:, 1])), abs=1e-4)
    ours = again.run(again.read(TEXTS[1])).attention[:, 0]
    assert ours == pytest.approx(encoder.attention(TEXTS[1]), abs=1e-5)


def test_stored_families_are_opened_as_far_as_they_can_be():
    from core.text.sentiment.bert import Bert
    from core.text.sentiment.lexicon import LexiconModel

    reader = make_reader()
    stored = write_graph(reader.network.weights, reader.network.shape, whole_numbers=True)
    bert = Bert(TextEncoder.open(stored, make_tokenizer(), 32), stored, make_tokenizer())
    subject = make_subject(bert)
    assert [method.name for method in list_methods(subject)][:4] == ["attention", "rollout", "gradient", "integrated"]
    assert np.abs(subject.reader.score(TEXTS) - subject.score(TEXTS)).max() < 0.1
    assert make_subject(bert).reader is subject.reader
    assert [method.name for method in list_methods(make_subject(LexiconModel("3")))] == ["occlusion", "shapley"]


def test_padding_and_lots_change_no_answer():
    reader = make_reader(dtype=np.float64)
    together = reader.find_margins(TEXTS)
    assert together == pytest.approx([reader.find_margins([text])[0] for text in TEXTS], abs=1e-12)


def test_pieces_belong_to_the_words_of_the_text():
    reading = make_reader().read("“Unfair” film 🎬!")
    assert [word.text for word in reading.words] == ["“", "Unfair", "”", "film", "🎬", "!"]
    where = dict(zip(reading.pieces, reading.places.tolist(), strict=True))
    assert (where["un"], where["##fair"], where["film"], where["!"]) == (1, 1, 3, 5)
    assert reading.places[0] == reading.places[-1] == -1


def test_words_can_be_left_out_of_any_script():
    text = "لا أحب هذا الفيلم! 好 film."
    words = split_words(text)
    assert keep_words(text, words, np.ones(len(words), bool)) == text
    kept = np.array([word.text != "أحب" for word in words])
    assert keep_words(text, words, kept) == "لا هذا الفيلم! 好 film."
    assert keep_words(text, words, np.zeros(len(words), bool)) == ""


def test_marks_and_joined_emoji_stay_with_their_word():
    cream = normalize("NFD", "crème")
    found = [word.text for word in split_words(f"हिन्दी फ़िल्म 👍🏽 👩\u200d🚀 {cream} \u202eolleh\u202c")]
    assert found == ["हिन्दी", "फ़िल्म", "👍🏽", "👩\u200d🚀", cream, "olleh"]


@pytest.mark.parametrize("text", ["", " \n\t", "\u200b"])
def test_a_text_without_words_is_refused(text):
    with pytest.raises(DataError, match="number of words is 0"):
        make_reader().read(text)


def test_more_words_than_are_explained_are_refused():
    with pytest.raises(LimitError, match="number of words is 300; at most 256"):
        make_reader().read("film " * 300)


def test_a_foreign_file_is_refused():
    with pytest.raises(ArtifactError, match="not a BERT"):
        Network.open(b"no network")
    with pytest.raises(ArtifactError, match=r"no token \[NOTHING\]"):
        make_reader().find_vector("[NOTHING]")
