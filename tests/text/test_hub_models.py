"""The hub's loaders on tiny nets built on the spot: a folder stands where the hub would answer."""

import hashlib
import io
from dataclasses import replace
from urllib.error import URLError

import numpy as np
import pandas as pd
import pytest

from core.hub.errors import ArtifactError, DataError, UnavailableError
from core.hub.jobs import JobContext
from core.hub.settings import make_settings
from core.text._shared.encoder import TextTokeniser
from core.text._shared.fine_tuning import FineTuning
from core.text._shared.hub_files import HUB_URL, fetch_hub
from core.text.sentiment.hub_models import SOURCES, load_hub_classifier, load_hub_start, make_tokeniser
from core.text.sentiment.hub_runs import (
    HubRecipe,
    ImdbRecipe,
    open_hub_answers,
    open_imdb,
    run_hub_job,
    run_imdb_job,
    split_lines,
)
from core.text.sentiment.imdb import SOURCE, Reviews, fine_tune_reviews, load_imdb, load_reviews
from tests.text.explain_bert import WORDS

VOCABULARY = "\n".join(("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *WORDS))
TEXTS = ("A good film!", "this unfair story", "")


class Folder:
    """Answers the hub's addresses from a folder."""

    def __init__(self, folder):
        self.folder, self.asked = folder, []

    def __call__(self, url, _timeout_s):
        self.asked.append(url)
        return io.BytesIO((self.folder / url.rpartition("/")[2]).read_bytes())


def fail(_url, _timeout_s):
    message = "no route"
    raise URLError(message)


@pytest.fixture(scope="module")
def hub(tmp_path_factory):
    import torch
    from transformers import BertConfig, BertModel, DistilBertConfig, DistilBertForSequenceClassification

    torch.manual_seed(0)
    n = len(VOCABULARY.splitlines())
    labels = {"id2label": {0: "NEGATIVE", 1: "POSITIVE"}, "label2id": {"NEGATIVE": 0, "POSITIVE": 1}}
    distil = DistilBertConfig(
        vocab_size=n, dim=16, n_layers=1, n_heads=2, hidden_dim=32, initializer_range=0.5, **labels
    )
    bert = BertConfig(vocab_size=n, hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=32)
    nets = {"distilbert": DistilBertForSequenceClassification(distil).eval(), "bert": BertModel(bert).eval()}
    folders = {}
    for name, net in nets.items():
        folder = tmp_path_factory.mktemp(name)
        net.save_pretrained(folder)
        (folder / "vocab.txt").write_text(VOCABULARY, "utf-8")
        folders[name] = Folder(folder)
    return nets, folders


def test_a_classifier_of_the_hub_answers_as_its_own_net(hub, tmp_path):
    import torch

    nets, folders = hub
    model = load_hub_classifier(tmp_path, opened=folders["distilbert"])
    encoded = TextTokeniser.open(make_tokeniser(VOCABULARY)).encode(TEXTS)
    with torch.no_grad():
        logits = nets["distilbert"](torch.from_numpy(encoded.ids), torch.from_numpy(encoded.mask)).logits
    assert np.abs(model.score(TEXTS) - torch.softmax(logits, 1)[:, 1].numpy()).max() < 1e-6
    assert np.ptp(model.score(TEXTS)) > 0
    assert "sst-2" in model.answered_by
    source = SOURCES["distilbert"]
    assert folders["distilbert"].asked[0] == f"{HUB_URL}/{source.repository}/resolve/{source.revision}/config.json"
    load_hub_classifier(tmp_path, opened=fail)  # what was fetched once is not fetched again


def test_a_start_of_the_hub_is_the_same_encoder(hub, tmp_path):
    import torch

    from core.text._shared.torch_bert import add_head, make_bert

    nets, folders = hub
    start = load_hub_start(tmp_path, opened=folders["bert"])
    net = make_bert(add_head(start.weights, 2, 0), start.shape).eval()
    encoded = TextTokeniser.open(start.tokeniser).encode(TEXTS)
    ids, mask = torch.from_numpy(encoded.ids), torch.from_numpy(encoded.mask)
    with torch.no_grad():
        ours = net.climb(net.enter(net.find_words(ids)), mask, 0, 1)
        theirs = nets["bert"](ids, mask).last_hidden_state
    assert ((ours - theirs).abs() * mask[:, :, None]).max() < 1e-5


def test_the_tokeniser_is_that_of_transformers(tmp_path):
    from transformers import BertTokenizer

    (tmp_path / "vocab.txt").write_text(VOCABULARY, "utf-8")
    theirs = BertTokenizer.from_pretrained(tmp_path, do_lower_case=True)
    ours = TextTokeniser.open(make_tokeniser(VOCABULARY))
    for text in ("A GOOD film!", "Unfair, the Plot.", "lantérn 🎬 中"):
        assert ours.encode([text]).ids[0].tolist() == theirs(text)["input_ids"]


def test_out_of_reach_or_damaged_is_one_sentence(hub, tmp_path):
    _, folders = hub
    for load in (load_hub_classifier, load_hub_start):
        with pytest.raises(UnavailableError, match=r"cannot be fetched from the Hugging Face hub \(URLError\)"):
            load(tmp_path, opened=fail)
    folder = fetch_hub(SOURCES["bert"], tmp_path, opened=folders["bert"])
    (folder / "model.safetensors").write_bytes(b"no weights")
    with pytest.raises(ArtifactError, match="cannot be read"):
        load_hub_start(tmp_path, opened=folders["bert"])
    with pytest.raises(ArtifactError, match="lacks"):
        make_tokeniser("good\nbad")


def test_revisions_are_commits():
    for source in (*SOURCES.values(), SOURCE):
        assert len(source.revision) == 40
        assert set(source.revision) <= set("0123456789abcdef")
        assert not any(file.endswith((".bin", ".pt", ".pkl")) for file in source.files)


def make_parquet(labels):
    frame = pd.DataFrame({"text": ["A good film.<br /><br />Great.", "dull", "funny"], "label": labels})
    return frame.to_parquet(index=False)


def test_reviews_of_the_hub_are_checked_and_read(tmp_path, monkeypatch):
    content = make_parquet([1, 0, 1])
    with pytest.raises(DataError, match="has sha256"):
        load_imdb("train", tmp_path, opened=lambda *_: io.BytesIO(content))
    digest = hashlib.sha256(content).hexdigest()
    pinned = replace(SOURCE, sha256=dict.fromkeys(SOURCE.files, digest))
    monkeypatch.setattr("core.text.sentiment.imdb.SOURCE", pinned)
    found = load_reviews(tmp_path, opened=lambda *_: io.BytesIO(content))
    assert found.train.texts[0] == "A good film. Great."
    assert found.test.labels.tolist() == [1, 0, 1]
    assert found.note.startswith("IMDB: 3 reviews")


def test_without_the_hub_the_recipe_runs_on_our_films(hub, tmp_path):
    _, folders = hub
    found = load_reviews(tmp_path, opened=fail)
    assert "out of reach" in found.note
    assert not set(found.train.groups) & set(found.test.groups)
    few = Reviews(found.train.take(np.arange(24)), found.test.take(np.arange(12)), found.note)
    start = load_hub_start(tmp_path, opened=folders["bert"])
    model, right = fine_tune_reviews(start, few, FineTuning(epochs=1, threads=1), 16)
    assert 0 <= right <= 1
    assert model.score(few.test.texts).shape == (12,)


def test_jobs_leave_what_the_page_opens(hub, tmp_path, monkeypatch):
    _, folders = hub
    monkeypatch.setattr(
        "core.text.sentiment.hub_runs.load_settings", lambda: make_settings({"HUB_HOME": str(tmp_path)})
    )
    told = []
    context = JobContext(tmp_path, tmp_path, log=told.append)
    run_hub_job(HubRecipe("A good film!\n\nthis unfair story"), context, folders["distilbert"])
    answers = open_hub_answers(tmp_path)
    expected = load_hub_classifier(tmp_path, opened=folders["distilbert"]).score(answers.texts)
    assert answers.texts == ("A good film!", "this unfair story")
    assert np.allclose(answers.positive, expected)
    start = load_hub_start(tmp_path, opened=folders["bert"])
    said = run_imdb_job(ImdbRecipe(train_texts=100, test_texts=100, epochs=1), context, start, fail)
    result = open_imdb(tmp_path)
    assert (result.n_train, result.n_test, result.accuracy) == (100, 100, said["accuracy"])
    assert result.low < result.accuracy < result.high
    assert "out of reach" in told[-1]
    with pytest.raises(ArtifactError, match="cannot be read"):
        open_imdb(tmp_path / "gone")
    with pytest.raises(DataError, match="51 texts"):
        split_lines("a\n" * 51)
