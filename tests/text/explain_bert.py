"""A tiny BERT classifier with a tokeniser of its own, and sentences for it: nothing is downloaded."""

import json

import numpy as np

from core.text._shared.bert_graph import BertShape
from core.text._shared.encoder import TextTokeniser
from core.text.sentiment.explain.network import Network
from core.text.sentiment.explain.reader import BertReader

GOOD = ("good", "great", "moving", "funny")
BAD = ("bad", "dull", "awful", "slow")
PLAIN = ("a", "the", "film", "story", "actor", "ends", "with", "its", "scene", "and", "this", "plot")
WORDS = (*GOOD, *BAD, *PLAIN, "lantern", "harbour", "meadow", "un", "##fair", ".", "!")
WIDTH, LAYERS, HEADS, MAX_TOKENS = 32, 2, 4, 32


def make_tokenizer() -> bytes:
    from tokenizers import Tokenizer
    from tokenizers.models import WordPiece
    from tokenizers.normalizers import BertNormalizer
    from tokenizers.pre_tokenizers import BertPreTokenizer
    from tokenizers.processors import TemplateProcessing

    marks = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
    vocabulary = {word: place for place, word in enumerate((*marks, *WORDS))}
    made = Tokenizer(WordPiece(vocabulary, unk_token="[UNK]"))
    made.normalizer, made.pre_tokenizer = BertNormalizer(), BertPreTokenizer()
    made.post_processor = TemplateProcessing(single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)])
    assert json.loads(made.to_str())["model"]["type"] == "WordPiece"
    return made.to_str().encode()


def make_weights(seed=0, dtype=np.float32, spread=0.3):
    rng = np.random.default_rng(seed)
    sizes = {
        "emb.word": (len(WORDS) + 5, WIDTH),
        "emb.pos": (MAX_TOKENS, WIDTH),
        "emb.type": (2, WIDTH),
        "head.w": (2, WIDTH),
    }
    for layer in range(LAYERS):
        sizes |= {f"l{layer}.{part}.w": (WIDTH, WIDTH) for part in ("q", "k", "v", "ao")}
        sizes |= {f"l{layer}.fi.w": (2 * WIDTH, WIDTH), f"l{layer}.fo.w": (WIDTH, 2 * WIDTH)}
    weights = {name: spread * rng.normal(size=size) for name, size in sizes.items()}
    norms = ["emb.ln", *(f"l{layer}.{norm}" for layer in range(LAYERS) for norm in ("aln", "oln"))]
    weights |= {f"{name}.w": 1 + 0.1 * rng.normal(size=WIDTH) for name in norms}
    kernels = [name[:-2] for name in sizes if name.endswith(".w")]
    weights |= {f"{name}.b": 0.1 * rng.normal(size=len(weights[f"{name}.w"])) for name in (*kernels, *norms)}
    return {name: value.astype(dtype) for name, value in weights.items()}


def make_network(seed=0, pooling="mean", dtype=np.float32, spread=0.3):
    return Network(make_weights(seed, dtype, spread), BertShape(HEADS, pooling))


def make_reader(seed=0, pooling="mean", dtype=np.float32, spread=0.3):
    return BertReader(make_network(seed, pooling, dtype, spread), TextTokeniser.open(make_tokenizer()), MAX_TOKENS)


def make_sentences(n=200, seed=0):
    """Sentences of 6 to 10 words with one that says good or bad, and their labels."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 2, n).astype(np.int8)
    texts = []
    for label in labels:
        words = list(rng.choice(PLAIN, rng.integers(5, 10)))
        words.insert(int(rng.integers(0, len(words))), str(rng.choice(GOOD if label else BAD)))
        texts.append(" ".join(words))
    return texts, labels
