"""Fine-tuning a tiny net: it learns a rule, leaves frozen layers alone, keeps the best epoch, repeats itself."""

import numpy as np
import pytest

from core.hub.errors import ArtifactError, RecipeError
from core.text._shared.bert_graph import BertShape
from core.text._shared.fine_tuning import FineTuning, fine_tune, keep_inputs, pad_inputs
from core.text._shared.torch_bert import make_bert
from core.text.sentiment.bert import Start, fit_from, from_files, make_judge
from core.text.sentiment.felt import soften_labels
from tests.text.explain_bert import BAD, GOOD, HEADS, PLAIN, make_tokenizer, make_weights

QUICK = FineTuning(epochs=5, batch_size=8, learning_rate=1e-2, n_frozen=1, threads=1, seed=3)


def make_sentences(n, seed):
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 2, n).astype(np.int8)
    texts = []
    for label in labels:
        words = [str(word) for word in rng.choice(PLAIN, rng.integers(3, 9))]
        words.insert(int(rng.integers(len(words))), str(rng.choice(GOOD if label else BAD)))
        texts.append(" ".join(words))
    return texts, labels


@pytest.fixture(scope="module")
def start():
    weights = {name: values for name, values in make_weights(spread=0.1).items() if not name.startswith("head")}
    return Start(weights, BertShape(HEADS), make_tokenizer())


@pytest.fixture(scope="module")
def fitted(start):
    texts, labels = make_sentences(240, 0)
    steps = []
    judge = make_judge(start, make_sentences(60, 2), 24)
    return fit_from(start, (texts, labels.astype(float)), QUICK, 24, (judge, steps.append)), steps


def test_it_learns_what_guessing_cannot(fitted):
    model, steps = fitted
    texts, labels = make_sentences(200, 1)
    right = np.mean((model.score(texts) > 0.5) == (labels == 1))
    assert right > max(labels.mean(), 1 - labels.mean()) + 0.3
    assert steps[-1].done == steps[-1].total == 5 * 30
    assert np.mean([step.loss for step in steps[-15:]]) < np.mean([step.loss for step in steps[:15]])


def test_a_stored_model_answers_alike(fitted):
    model, _ = fitted
    files = model.to_files()
    again = from_files(files)
    texts = make_sentences(20, 4)[0]
    assert np.array_equal(again.score(texts), model.score(texts))
    assert again.name == "bert"
    assert np.allclose(again.attention(texts[0]).sum(axis=-1), 1, atol=1e-5)
    with pytest.raises(ArtifactError, match=r"lacks network\.onnx"):
        from_files({})
    with pytest.raises(ArtifactError, match=r"bert\.json cannot be read"):
        from_files({**files, "bert.json": b"{}"})


def test_the_frozen_part_stays_and_the_seed_decides(start):
    rng = np.random.default_rng(0)
    rows = [rng.integers(5, 20, n).tolist() for n in (4, 6, 6, 9, 5, 7)]
    targets = np.eye(2)[[0, 1, 0, 1, 0, 1]]
    weights = make_weights(spread=0.1)
    settings = FineTuning(epochs=2, batch_size=2, n_frozen=1, threads=1)
    tuned, again = (fine_tune(weights, start.shape, (rows, targets), settings) for _ in range(2))
    moved = {name for name in weights if not np.array_equal(weights[name], tuned[name])}
    assert moved
    assert all(name.startswith(("l1.", "head.")) for name in moved)
    assert all(np.array_equal(tuned[name], again[name]) for name in tuned)


def test_the_kept_part_and_the_rest_are_the_whole(start):
    import torch

    net = make_bert(make_weights(), start.shape).eval()
    rows = [[5, 6, 7, 8], [9, 10], [11, 12, 13]]
    vectors, mask = pad_inputs(keep_inputs(net, rows, 1, 2))
    ids, again = pad_inputs([torch.tensor(row) for row in rows])
    with torch.no_grad():
        found = net.leave(net.climb(vectors, mask, 1, 2), mask)
        assert torch.allclose(found, net(ids, again), atol=1e-5)


def test_the_epoch_that_the_judge_likes_is_kept(start):
    rows, targets = [[5, 6], [7, 8]], np.eye(2)
    seen = []

    def judge(weights):
        seen.append(weights)
        return -len(seen)

    settings = FineTuning(epochs=3, batch_size=2, threads=1)
    best = fine_tune(make_weights(), start.shape, (rows, targets), settings, judge)
    assert len(seen) == 3
    assert np.array_equal(best["head.w"], seen[0]["head.w"])
    assert not np.array_equal(best["head.w"], seen[2]["head.w"])


def test_labels_lean_to_what_people_felt(start):
    from core.datasets.text_sets import load_texts

    rated = load_texts("film_sentences")
    loved, hated = int(rated.ratings.argmax()), int(rated.ratings.argmin())
    texts = [rated.texts[loved].upper(), rated.texts[hated], "nobody has seen this"]
    soft = soften_labels(texts, np.array([1, 1, 1], np.int8))
    assert soft[0] > soft[2] > soft[1] > 0.5
    assert soften_labels(texts, np.array([0, 0, 0], np.int8)).max() < 0.5
    with pytest.raises(RecipeError, match="1 texts"):
        fit_from(start, (["a"], np.ones(1)), QUICK, 24)
