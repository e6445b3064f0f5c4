"""Text: how long the shipped fine-tuned BERT takes a text of 32 tokens, beside the same weights in torch eager."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np

from benchmarks.record import Line, Record
from core.datasets.text_sets import load_texts, split_texts
from core.hub.artifacts import load_artifact
from core.text._shared.bert_graph import BertShape, read_graph, write_graph
from core.text._shared.encoder import TextEncoder
from core.text._shared.torch_bert import make_bert

SLUG, NAME, FAMILY = "sentiment", "full", "bert"
NETWORK, TOKENISER = f"{FAMILY}.network.onnx", f"{FAMILY}.tokenizer.json"
N_TOKENS, N_ASKED, N_COMPARED = 32, 60, 300
MOST_MS, LEAST_TIMES, MOST_MB, LEAST_AGREED, MOST_GAP = 15.0, 4.0, 25.0, 0.98, 1e-4


def measure() -> Record:
    """Time one text by our 8-bit file, by our 32-bit file and by torch, on one thread each."""
    weights = load_artifact(SLUG, NAME).weights
    return Record(
        name="text_speed",
        title="Text: the fine-tuned BERT on one core",
        method=f"The median of {N_ASKED} questions of {N_TOKENS} tokens, one text at a time, one thread, CPU time: "
        "the shipped 8-bit ONNX file, its weights as 32-bit ONNX, and those in transformers' own BertModel with eager "
        f"attention, the three in turn; and how often the 8-bit answers are torch's on {N_COMPARED} test snippets.",
        lines=tuple(compare(weights[NETWORK], weights[TOKENISER])),
        command="python -m benchmarks text_speed",
    )


def compare(network: bytes, tokeniser: bytes) -> list[Line]:
    """Compare a stored network with its own weights in other engines."""
    import torch

    torch.set_num_threads(1)
    weights, shape = read_graph(network)
    whole = TextEncoder.open(network, tokeniser, batch=1)  # as it is served
    plain = TextEncoder.open(write_graph(weights, shape), tokeniser)
    eager = make_transformers_bert(weights, shape)
    text = "the film was long and " * N_TOKENS
    encoded = whole.tokeniser.encode([text], "head", N_TOKENS)
    ids, mask = torch.from_numpy(encoded.ids), torch.from_numpy(encoded.mask)

    def ask_torch() -> object:
        with torch.no_grad():
            return eager(ids, mask)

    asks = [
        lambda: whole.run_ids(encoded.ids, encoded.mask),
        lambda: plain.run_ids(encoded.ids, encoded.mask),
        ask_torch,
    ]
    ours, middle, theirs = time_in_turn(asks)
    size_mb = len(network) / 1e6
    agreed, gap = compare_answers(whole, plain, make_bert(weights, shape).eval())
    return [
        Line(f"one text of {N_TOKENS} tokens, 8 bits", ours, "ms", "at most", MOST_MS, ours <= MOST_MS),
        Line(
            "torch eager takes", theirs / ours, "times as long", "at least", LEAST_TIMES, theirs >= LEAST_TIMES * ours
        ),
        Line("the same in 32-bit ONNX", middle, "ms", "8 bits", ours, ours <= middle),
        Line("size of the 8-bit file", size_mb, "MB", "at most", MOST_MB, size_mb <= MOST_MB),
        Line("answers as torch's", agreed, "share", "at least", LEAST_AGREED, agreed >= LEAST_AGREED),
        Line("largest difference of a logit, 32-bit ONNX to torch", gap, "", "at most", MOST_GAP, gap <= MOST_GAP),
    ]


def make_transformers_bert(weights: dict[str, np.ndarray], shape: BertShape) -> Callable[..., object]:
    """Put the weights into transformers' own BertModel, as a person would ask it without us."""
    import torch
    from transformers import BertConfig, BertModel

    from core.text._shared.torch_bert import name_published

    vocabulary, width = weights["emb.word"].shape
    config = BertConfig(
        vocab_size=vocabulary,
        hidden_size=width,
        num_hidden_layers=sum(name.endswith(".q.w") for name in weights),
        num_attention_heads=shape.n_heads,
        intermediate_size=len(weights["l0.fi.b"]),
        max_position_embeddings=len(weights["emb.pos"]),
        type_vocab_size=len(weights["emb.type"]),
        attn_implementation="eager",
    )
    net = BertModel(config, add_pooling_layer=False)
    names = name_published(config.num_hidden_layers)
    net.load_state_dict({theirs: torch.tensor(weights[ours]) for theirs, ours in names.items()})
    return net.eval()


def time_in_turn(asks: list[Callable[[], object]]) -> list[float]:
    """Return the median milliseconds of processor time of each question, asked in turn, the first round left out."""
    rounds = []
    for _ in range(N_ASKED + 1):
        row = []
        for ask in asks:
            start = time.process_time()
            ask()
            row.append(1000 * (time.process_time() - start))
        rounds.append(row)
    return [float(each) for each in np.median(rounds[1:], axis=0)]


def compare_answers(whole: TextEncoder, plain: TextEncoder, net: Callable[..., object]) -> tuple[float, float]:
    """Return how often the 8-bit answers are torch's, and the largest difference of a 32-bit logit."""
    import torch

    films = load_texts("films")
    texts = [films.texts[row] for row in split_texts(films).test[:N_COMPARED]]
    encoded = whole.encode(texts)
    with torch.no_grad():
        expected = net(torch.from_numpy(encoded.ids), torch.from_numpy(encoded.mask)).numpy()
    agreed = float(np.mean(whole.run(texts).argmax(axis=1) == expected.argmax(axis=1)))
    return agreed, float(np.abs(plain.run(texts) - expected).max())
