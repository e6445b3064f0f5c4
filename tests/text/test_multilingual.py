"""One network for many languages: its texts, its training on a small scale, its answers and its files."""

import io
import runpy
import zipfile
from dataclasses import replace

import numpy as np
import pytest
from sklearn.metrics import f1_score, roc_auc_score

from core.datasets.text_sets import load_texts, split_texts
from core.hub.errors import ArtifactError, DataError, LimitError, UnavailableError
from core.text import multilingual
from core.text._shared.encoder import TextEncoder
from core.text.multilingual import translated
from core.text.multilingual.answers import describe_trust, weigh_words
from core.text.multilingual.baseline import answer_linear
from core.text.multilingual.data import TWEET_LANGUAGES, Part, find_rows
from core.text.multilingual.files import model_from_files, model_to_files
from core.text.multilingual.mixing import Lessons, mix_english, mix_languages, soften
from core.text.multilingual.model import Balance
from core.text.multilingual.recipe import LINEAR, NETWORK, ZERO_SHOT, Recipe
from core.text.multilingual.scoring import find_f1, measure_mean, measure_part
from core.text.multilingual.start import open_start
from core.text.multilingual.switching import add_faces, mark_tweet, switch_words
from core.text.multilingual.training import fit_balance
from core.text.multilingual.tuning import average_weights, find_loss, tune_weights

SMALL = Recipe(texts=100, mixed=100, rate=3e-3, frozen=0, max_tokens=16, pieces=1_000, tested=60)


@pytest.fixture(scope="module")
def data():
    return multilingual.load(SMALL)


@pytest.fixture(scope="module")
def model(data):
    return multilingual.train(SMALL, data)


def test_no_tweet_is_on_two_sides_and_a_translation_goes_with_its_text(data):
    sides = [set(find_rows("tweets", side).tolist()) for side in ("train", "tune", "test")]
    assert sum(map(len, sides)) == len(set.union(*sides)) == len(load_texts("tweets"))
    assert sides[2] == set(split_texts(load_texts("tweets")).test.tolist())
    rows = find_rows("tweets", "test")[:60]
    assert data.test["es"].texts == tuple(translated.load_translated()["tweets", "es"][row] for row in rows)
    assert data.test["fr"].labels.tolist() == data.test["en"].labels.tolist()
    assert set(data.test["zh"].labels.tolist()) == {0, 2}


def test_every_text_has_each_of_its_translations():
    found = translated.load_translated()
    assert set(found) == {(name, code) for name, codes in translated.TRANSLATED.items() for code in codes}
    assert all(len(texts) == len(load_texts(name)) for (name, _), texts in found.items())
    changed = np.mean([a != b for a, b in zip(found["tweets", "it"], load_texts("tweets").texts, strict=True)])
    assert changed > 0.95


def test_without_apertium_the_way_to_install_it_is_told(monkeypatch):
    monkeypatch.setattr(translated.shutil, "which", lambda _name: None)
    with pytest.raises(UnavailableError, match="apt-get install apertium"):
        translated.translate_texts(["Good."], "en", "es")


def test_targets_follow_the_rating_and_both_stages_are_the_same_each_time():
    assert np.argmax(soften(-2)) == 0
    assert np.argmax(soften(0.1)) == 1
    assert soften(1.0) == pytest.approx(tuple(reversed(soften(-1.0))))
    first, second = (mix_languages(200, 0, {"de": {"good": "gut"}}) for _ in range(2))
    assert first.texts == second.texts
    assert np.allclose(first.targets.sum(axis=1), 1)
    assert (first.targets[first.two][:, 1] == 0).all()
    held_out = set(load_texts("films").take(find_rows("films", "test")).texts)
    assert not held_out & set(mix_english(400, 0).texts)


def test_words_are_switched_and_marks_of_tweets_added():
    rng = np.random.default_rng(0)
    assert switch_words("@good films, good", {"film": "Filme", "good": "gut"}, rng, 1.0) == "@good Filme, gut"
    assert switch_words("good film", {"film": "Film"}, rng, 0.0) == "good film"
    marked = [mark_tweet("x", rng) for _ in range(400)]
    assert 0.15 < np.mean([text.startswith("@user") for text in marked]) < 0.35
    faces = [add_faces("x", -2.0, rng) for _ in range(400)]
    assert 0.08 < np.mean([text != "x" for text in faces]) < 0.25
    assert not any("😊" in text for text in faces)


def test_a_review_says_nothing_of_neutral():
    import torch

    logits = torch.tensor([[0.0, 9.0, 1.0]], requires_grad=True)
    target = torch.tensor([[0.0, 0.0, 1.0]])
    find_loss(logits, target, torch.tensor([True])).backward()
    assert logits.grad[0, 1].abs() < 1e-6
    both, three = (find_loss(logits.detach(), target, torch.tensor([two])).item() for two in (True, False))
    assert both == pytest.approx(np.log(1 + np.exp(-1)), abs=1e-6)
    assert three > 7


def test_the_net_learns_its_lessons_and_frozen_layers_stay():
    texts = ("good day", "bad day") * 320
    lessons = Lessons(texts, np.eye(3, dtype=np.float32)[[2, 0] * 320], np.zeros(640, bool))
    recipe = replace(SMALL, rate=0.02, frozen=1)
    start = open_start(recipe, texts)
    ids = [encoded.ids for encoded in start.tokeniser.encode_batch(list(texts))]
    losses = []
    weights = tune_weights(start.weights, start.shape, lessons, ids, recipe, lambda _d, _t, loss: losses.append(loss))
    assert losses[-1] < 0.5 * losses[0]
    assert np.array_equal(weights["l0.q.w"], start.weights["l0.q.w"])
    assert not np.array_equal(weights["l1.q.w"], start.weights["l1.q.w"])
    mixed = average_weights(start.weights, weights, 0.5)
    assert np.allclose(mixed["l1.q.w"], (start.weights["l1.q.w"] + weights["l1.q.w"]) / 2)
    assert np.array_equal(mixed["head.w"], weights["head.w"])


def test_the_balance_undoes_a_lopsided_start():
    rng = np.random.default_rng(0)
    labels = rng.choice(3, 3_000, p=[0.1, 0.2, 0.7]).astype(np.int8)
    logits = (rng.normal(0, 1, (3_000, 3)) + 1.5 * np.eye(3)[labels] + [0, 0, 2.0]).astype(np.float32)
    plain, fitted = Balance().apply(logits), fit_balance(logits, labels).apply(logits)
    recall = [[float((s[labels == c].argmax(axis=1) == c).mean()) for c in range(3)] for s in (plain, fitted)]
    assert min(recall[1]) > min(recall[0]) + 0.2
    assert fitted.sum(axis=1) == pytest.approx(1)


def test_scores_are_scikit_learns():
    rng = np.random.default_rng(0)
    labels, shares = rng.integers(0, 3, 200).astype(np.int8), rng.dirichlet([1, 1, 1], 200)
    expected = f1_score(labels, shares.argmax(axis=1), average="macro")
    assert find_f1(labels, shares, np.ones((1, 200)))[0] == pytest.approx(expected)
    part = Part("en", ("x",) * 200, labels)
    assert measure_part(part, shares)["macro_f1"][0] == pytest.approx(expected)
    value, low, high = measure_mean({"en": part, "es": part}, {"en": shares, "es": shares})
    assert low < value < high
    assert value == pytest.approx(expected)
    two = Part("zh", ("x",) * 200, (2 * (labels > 0)).astype(np.int8), two=True)
    auc = roc_auc_score(two.labels, shares[:, 2] / (shares[:, 0] + shares[:, 2]))
    assert measure_part(two, shares)["roc_auc"][0] == pytest.approx(auc, abs=1e-6)


def test_the_baseline_learns_words_and_chinese_signs():
    labels = np.array([0, 2] * 6, np.int8)
    words = answer_linear(["bad day", "good day"] * 6, labels, ["good", "bad"], by_sign=False)
    signs = answer_linear(["很差", "很好"] * 6, labels, ["好", "差"], by_sign=True)
    assert words.argmax(axis=1).tolist() == signs.argmax(axis=1).tolist() == [2, 0]


def test_every_language_has_its_row_beside_tf_idf(model):
    found = {(row.model, row.split, row.metric) for row in model.scores}
    assert {(NETWORK, code, "macro_f1") for code in (*TWEET_LANGUAGES, "test")} <= found
    assert {(LINEAR, "test", "macro_f1"), (ZERO_SHOT, "zh", "roc_auc"), (NETWORK, "films", "roc_auc")} <= found
    assert model.scores[0].split == "test"
    linear = next(row for row in model.scores if row.model == LINEAR and row.split == "test")
    assert linear.value > linear.baseline_value + 0.1
    with pytest.raises(DataError, match="own recipe"):
        multilingual.evaluate(model, multilingual.load(replace(SMALL, tested=80)))


def test_a_model_comes_back_from_its_files(model, tmp_path):
    files = model_to_files(model)
    again = model_from_files(files)
    assert model_to_files(again) == files
    texts = ["Good!", "¡Qué horror!", "这本书很好"]
    assert np.array_equal(again.rate(texts), model.rate(texts))
    with pytest.raises(ArtifactError):
        model_from_files(files | {"tokenizer.json": b"{"})
    multilingual.save_model(model, tmp_path / "kept")
    kept = multilingual.load_model(tmp_path / "kept").scores
    assert [(row.split, row.value, row.low) for row in kept] == [
        (row.split, row.value, row.low) for row in model.scores
    ]


def test_any_text_is_answered_or_refused_in_a_sentence(model):
    for text in ("😀😀", "مرحبا بكم 🙂 hello", "a\u202eb", "12:30", "x" * 20_000):
        found = multilingual.predict(model, multilingual.Inputs(text))
        assert sum(found.probabilities.values()) == pytest.approx(1)
        assert found.model == NETWORK
    with pytest.raises(DataError, match="empty"):
        multilingual.predict(model, multilingual.Inputs("\x00 "))
    with pytest.raises(LimitError, match="1,000,000"):
        multilingual.predict(model, multilingual.Inputs("é" * 600_000))
    with pytest.raises(DataError, match="text 2 is empty"):
        multilingual.rate_texts(model, ["Good.", " "])
    with pytest.raises(DataError, match="at least one"):
        multilingual.rate_texts(model, [])


def test_an_answer_says_its_language_and_how_far_to_trust_it(model):
    told = multilingual.predict(model, multilingual.Inputs("La película fue una pérdida de tiempo")).details
    assert (told["language"], told["language_given"]) == ("es", False)
    assert "translated by machine" in told["trust"]
    assert multilingual.predict(model, multilingual.Inputs("Gut", "de")).details["language_given"]
    assert "No labelled German" in describe_trust(model, "de", "German")
    assert "trust this little" in describe_trust(model, "ru", "Russian")
    many = multilingual.predict_many(model, [multilingual.Inputs("Good", "en"), multilingual.Inputs("Bad", "en")])
    assert [each.details["language"] for each in many] == ["en", "en"]


def test_a_words_effect_is_what_leaving_it_out_costs(model):
    text = "good bad day"
    shares = model.rate([text, " bad day"])
    lean = shares[:, 2] - shares[:, 0]
    found = {reason.name: reason.effect for reason in weigh_words(model, text)}
    assert found["good"] == pytest.approx(lean[0] - lean[1], abs=1e-5)
    assert weigh_words(model, "good") == ()
    assert {reason.name for reason in weigh_words(model, "so 很好")} == {"so", "很", "好"}


def test_what_is_taken_away_answers_alike(model, tmp_path):
    content = multilingual.make_download(model)
    assert content == multilingual.make_download(model)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        archive.extractall(tmp_path)
    script = runpy.run_path(str(tmp_path / "classify.py"))
    texts = ["Good day!", "Qué mal"]
    assert np.abs(script["rate_lines"](texts) - model.rate(texts)).max() < 0.02
    assert TextEncoder.open((tmp_path / "network.onnx").read_bytes(), (tmp_path / "tokenizer.json").read_bytes())
    assert multilingual.make_run_report(model).startswith(b"%PDF")


def test_an_answer_is_the_same_alone_and_in_company_and_what_does_not_fit_is_counted(model, data):
    texts = [*data.test["en"].texts[:20], "so good " * 200]
    alone = np.concatenate([model.rate([text]) for text in texts])
    assert np.abs(model.rate(texts) - alone).max() < 1e-5
    pieces, n_cut = model.read_pieces("so good " * 200)
    assert len(pieces) == model.room == 126
    assert all(piece.word >= 0 for piece in pieces)
    assert n_cut > 0


def test_films_are_drawn_whole_where_several_snippets_are_about_one(data):
    part = data.test["films"]
    assert len(part.groups) == len(part) > len(set(part.groups))
    shares = np.random.default_rng(0).dirichlet(np.ones(3), len(part))
    whole = measure_part(part, shares)
    single = measure_part(replace(part, groups=()), shares)
    assert whole["roc_auc"][0] == pytest.approx(single["roc_auc"][0], abs=1e-6)
    assert whole["accuracy"][1:] != single["accuracy"][1:]
