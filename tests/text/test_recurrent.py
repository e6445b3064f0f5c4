"""Recurrent cells by hand, the memory task, and the two-way LSTM; torch is the outside reference."""

import numpy as np
import pytest

from core.hub.errors import ArtifactError, DataError, RecipeError
from core.text.sentiment import bilstm
from core.text.sentiment.bilstm import BiLstm, cut_middle, fit_from, from_files
from core.text.sentiment.bilstm_network import (
    find_input_slopes,
    network_from_arrays,
    network_to_arrays,
    run_network,
)
from core.text.sentiment.bilstm_training import BiLstmSettings, train_network
from core.text.sentiment.memory_task import MemorySettings, results_from_json, results_to_json, train_memory
from core.text.sentiment.recurrent import Cell, carry_back, make_cell, run_cell
from core.text.sentiment.vocabulary import find_tokens
from core.text.sentiment.word_figures import GapControl, draw_gap
from core.text.sentiment.word_vectors import WordVectors

LENGTHS = np.array([30, 3, 17, 1])
MASK = np.arange(30) < LENGTHS[:, None]
GOOD, BAD, OTHER = ("superb", "lovely", "funny"), ("dull", "awful", "lame"), ("a", "film", "the", "plot", "with", "is")


def run_torch(kind):
    import torch
    from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

    torch.manual_seed(0)
    layer = {"rnn": torch.nn.RNN, "lstm": torch.nn.LSTM}[kind](7, 5, batch_first=True).double()
    x = torch.randn(4, 30, 7, dtype=torch.double, requires_grad=True)
    packed = pack_padded_sequence(x, torch.tensor(LENGTHS), batch_first=True, enforce_sorted=False)
    states, _ = pad_packed_sequence(layer(packed)[0], batch_first=True)
    above = torch.randn(4, 30, 5, dtype=torch.double)
    (states * above).sum().backward()
    weights = {name: part.detach().numpy() for name, part in layer.named_parameters()}
    slopes = {name: part.grad.numpy() for name, part in layer.named_parameters()}
    cell = Cell(kind, weights["weight_ih_l0"], weights["weight_hh_l0"], weights["bias_ih_l0"] + weights["bias_hh_l0"])
    return cell, x.detach().numpy(), states.detach().numpy(), above.numpy(), (x.grad.numpy(), slopes)


class TestCells:
    @pytest.mark.parametrize("kind", ["rnn", "lstm"])
    def test_equal_torch_forward_and_backward_with_padding(self, kind):
        cell, x, states, above, (x_slopes, slopes) = run_torch(kind)
        trace = run_cell(cell, x, MASK)
        assert trace.states * MASK[..., None] == pytest.approx(states, abs=1e-12)
        assert run_cell(cell, x[:1]).states == pytest.approx(states[:1], abs=1e-12)
        found = carry_back(cell, x, trace, above * MASK[..., None], MASK)
        assert found.x == pytest.approx(x_slopes, abs=1e-10)
        assert found.inputs == pytest.approx(slopes["weight_ih_l0"], abs=1e-10)
        assert found.hidden == pytest.approx(slopes["weight_hh_l0"], abs=1e-10)
        assert found.bias == pytest.approx(slopes["bias_hh_l0"], abs=1e-10)

    def test_single_precision_stays_within_a_millionth_of_torch(self):
        cell, x, states, *_ = run_torch("lstm")
        single = Cell("lstm", *(part.astype(np.float32) for part in (cell.inputs, cell.hidden, cell.bias)))
        found = run_cell(single, x.astype(np.float32), MASK).states
        assert found.dtype == np.float32
        assert np.abs(found * MASK[..., None] - states).max() < 1e-6

    @pytest.mark.parametrize("kind", ["rnn", "lstm"])
    def test_gradient_by_differences(self, kind):
        cell, rng = make_cell(kind, 3, 4), np.random.default_rng(1)
        x, above = rng.normal(size=(2, 6, 3)), rng.normal(size=(2, 6, 4))
        found = carry_back(cell, x, run_cell(cell, x), above)
        for part, slopes in ((x, found.x), (cell.inputs, found.inputs), (cell.hidden, found.hidden)):
            for place in list(np.ndindex(part.shape))[::5]:
                kept = part[place]
                part[place] = kept + 1e-6
                up = float((run_cell(cell, x).states * above).sum())
                part[place] = kept - 1e-6
                down = float((run_cell(cell, x).states * above).sum())
                part[place] = kept
                assert slopes[place] == pytest.approx((up - down) / 2e-6, abs=1e-6)

    def test_refuses_wrong_shapes(self):
        with pytest.raises(DataError, match="sequences, steps, 3"):
            run_cell(make_cell("rnn", 3, 2), np.zeros((1, 4, 5)))
        with pytest.raises(DataError, match="rnn or lstm"):
            make_cell("gru", 3, 2)


class TestMemory:
    def test_lstm_remembers_what_a_plain_cell_forgets(self):
        plain, gated = (train_memory(kind, MemorySettings(gap=60)) for kind in ("rnn", "lstm"))
        assert gated.accuracy > 0.9
        assert plain.accuracy < 0.7
        assert results_from_json(results_to_json([plain, gated])) == (plain, gated)

    def test_both_remember_a_short_while_and_repeat(self):
        settings = MemorySettings(gap=4, steps=150)
        found = train_memory("rnn", settings)
        assert found.accuracy > 0.95
        assert train_memory("rnn", settings) == found

    def test_chart_says_both(self):
        assert "Over 5 steps the LSTM remembers" in draw_gap(GapControl(gap=5)).title

    def test_refuses(self):
        with pytest.raises(RecipeError, match="gap is 0"):
            MemorySettings(gap=0)
        with pytest.raises(ArtifactError, match="measure them again"):
            results_from_json(b"[1]")


def make_texts(n, seed):
    """Make texts with a word of praise or blame among others; after "not" it means the opposite."""
    rng = np.random.default_rng(seed)
    texts, labels = [], []
    for _ in range(n):
        good, turned = rng.random() < 0.5, rng.random() < 0.5
        words = list(rng.choice(OTHER, rng.integers(2, 8)))
        told = ["not"] * turned + [str(rng.choice(GOOD if good else BAD))]
        place = int(rng.integers(0, len(words)))
        texts.append(" ".join(words[:place] + told + words[place:]))
        labels.append(int(good != turned))
    return texts, np.array(labels, np.int8)


@pytest.fixture(scope="module")
def vectors():
    words = (*GOOD, *BAD, *OTHER, "not")
    return WordVectors(words, np.random.default_rng(0).normal(size=(len(words), 12)).astype(np.float32))


SETTINGS = BiLstmSettings(units=8, n_attend=8, epochs=12, batch=32, rate=0.02, dropout=0.1, word_dropout=0.0)


@pytest.fixture(scope="module")
def told():
    return []


@pytest.fixture(scope="module")
def model(vectors, told):
    return fit_from(vectors, make_texts(400, 0), SETTINGS, 16, lambda *step: told.append(step))


class TestBiLstm:
    def test_learns_what_no_bag_of_words_can(self, model):
        """Praise and blame come as often after "not" as without it: only order and pairs of words tell."""
        from sklearn.feature_extraction.text import CountVectorizer
        from sklearn.linear_model import LogisticRegression

        texts, labels = make_texts(300, 1)
        counts = CountVectorizer().fit(texts)
        learnt = LogisticRegression().fit(counts.transform(make_texts(400, 0)[0]), make_texts(400, 0)[1])
        ours = np.mean((model.score(texts) > 0.5) == labels)
        assert ours > learnt.score(counts.transform(texts), labels) + 0.2

    def test_numpy_network_equals_torch(self, vectors):
        import torch

        from core.text.sentiment import bilstm_training

        settings = BiLstmSettings(units=5, n_attend=4, dropout=0.0, word_dropout=0.0)
        texts = [np.array([1, 4, 2, 0, 7]), np.array([3]), np.array([5, 6])]
        labels = np.array([0, 1, 1], np.int8)
        torch.manual_seed(0)
        module = bilstm_training._build(vectors.vectors, settings)
        with torch.no_grad():
            theirs = float(bilstm_training._find_loss(module, texts, labels, settings, np.random.default_rng(0)))
        network, words = bilstm_training._read_weights(module)
        x, mask = BiLstm(WordVectors(vectors.words, words), network, 9).embed(texts)
        logits = run_network(network, x, mask).logits
        assert np.mean(np.log1p(np.exp(np.where(labels == 1, -logits, logits)))) == pytest.approx(theirs, abs=1e-6)

    def test_slopes_by_differences(self, model):
        _, x, slopes = model.find_slopes("the plot is not superb")
        mask = np.ones((1, len(x)), bool)
        for place in list(np.ndindex(x.shape))[::7]:
            moved = [np.array(x[None], np.float64) for _ in range(2)]
            moved[0][0][place] += 1e-3
            moved[1][0][place] -= 1e-3
            up, down = (float(run_network(model.network, each, mask).logits[0]) for each in moved)
            assert slopes[place] == pytest.approx((up - down) / 2e-3, abs=1e-3)

    def test_padding_changes_nothing(self, model):
        texts = make_texts(20, 2)[0]
        assert model.score(texts) == pytest.approx([model.score([text])[0] for text in texts], abs=1e-5)
        x, mask = model.embed([np.array([1, 2]), np.array([3, 4, 5, 6])])
        assert (find_input_slopes(model.network, x, mask)[0, 2:] == 0).all()

    def test_attention_is_a_share_of_each_word(self, model):
        tokens, shares = model.attend("The film is NOT superb!")
        assert [token.word for token in tokens] == ["the", "film", "is", "not", "superb", "!"]
        assert float(shares.sum()) == pytest.approx(1.0, abs=1e-5)

    @pytest.mark.parametrize("text", ["", "\U0001f600", "\u202e فيلم ممتاز", "zyzzyva", "a " * 5_000])
    def test_any_text_has_a_probability(self, model, text):
        assert 0 < model.score([text])[0] < 1

    def test_long_texts_keep_beginning_and_end(self):
        tokens = find_tokens(" ".join(map(str, range(50))))
        kept = [token.word for token in cut_middle(tokens, 6)]
        assert kept == ["0", "1", "2", "47", "48", "49"]

    def test_stored_and_loaded_answer_the_same(self, model):
        texts = make_texts(30, 3)[0]
        assert np.array_equal(from_files(model.to_files()).score(texts), model.score(texts))
        assert model.name == "bilstm"

    def test_same_seed_same_model_and_every_epoch_is_told(self, vectors, told):
        short = BiLstmSettings(units=4, n_attend=4, epochs=1, batch=32)
        one, same = (fit_from(vectors, make_texts(64, 0), short, 16).score(["not superb"]) for _ in range(2))
        assert one == same
        assert [step[0] for step in told] == list(range(1, SETTINGS.epochs + 1))
        assert told[-1][2]["loss"] < told[0][2]["loss"]

    def test_torch_keeps_its_own_random_state(self, vectors):
        import torch

        torch.manual_seed(5)
        expected = torch.rand(1)
        torch.manual_seed(5)
        train_network([np.array([0, 1])], np.array([1], np.int8), vectors.vectors, BiLstmSettings(units=2, epochs=1))
        assert torch.rand(1) == expected

    def test_refuses_damaged_files(self, model):
        files = model.to_files()
        with pytest.raises(ArtifactError, match="lacks"):
            from_files({bilstm.WORDS_FILE: files[bilstm.WORDS_FILE]})
        with pytest.raises(ArtifactError, match="damaged"):
            from_files(files | {bilstm.NETWORK_FILE: b"PK\x03\x04"})
        arrays = network_to_arrays(model.network)
        with pytest.raises(ArtifactError, match="query is damaged"):
            network_from_arrays(arrays | {"query": np.zeros(3)})
        with pytest.raises(ArtifactError, match="dense is damaged"):
            network_from_arrays(arrays | {"dense": arrays["dense"] * np.nan})
        with pytest.raises(ArtifactError, match="lacks attend"):
            network_from_arrays({name: part for name, part in arrays.items() if name != "attend"})
