"""A stored BERT asked about texts: its tokens, its answers and where each layer looks.

The network is an ONNX file of ``bert_graph``, asked through ONNX Runtime; the tokeniser is a ``tokenizer.json`` of the
``tokenizers`` library. No training library is needed. Texts of alike length share a batch: little padding is computed.

Left out: cleaning a text (``cleaning``), what the logits mean (each project says), long texts in several windows.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.hub.errors import ArtifactError, DataError, LimitError
from core.hub.onnx_door import OpenedOnce, open_session
from core.text._shared.bert_graph import ATTENTION, IDS, LOGITS, MASK, POOLED
from core.text._shared.tokeniser import LEAST_TOKENS, Cut, Encoded, Piece, TextTokeniser, choose_kept

__all__ = [
    "LEAST_TOKENS", "MAX_ATTENTION_TOKENS", "Cut", "Encoded", "Piece", "TextEncoder", "TextTokeniser", "choose_kept",
    "has_whole_products", "open_encoder",
]  # fmt: skip

BATCH, MAX_ATTENTION_TOKENS = 32, 256
PROCESSOR_FACTS = Path("/proc/cpuinfo")
_WHOLE_PRODUCTS = frozenset({"avx512_vnni", "avx_vnni", "amx_int8"})
Array = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class TextEncoder:
    """A network and its tokeniser, ready to answer. Read-only, so threads may share it.

    Parameters
    ----------
    session : onnxruntime.InferenceSession
        From ``ids`` and ``mask`` to ``logits``, ``pooled`` and ``attention.0`` ….
    tokeniser : TextTokeniser
        Of the same vocabulary.
    max_tokens : int
        Most tokens of a text.
    n_layers : int
        Layers that show where they look.
    batch : int
        Texts that are asked about together. Where one scale holds for all of a batch's 8-bit numbers, an answer would
        depend on the texts beside it, so such a network is asked about one text at a time.
    """

    session: Any
    tokeniser: TextTokeniser
    max_tokens: int
    n_layers: int
    batch: int = BATCH

    @classmethod
    def open(
        cls, onnx: bytes, tokenizer: bytes, max_tokens: int = MAX_ATTENTION_TOKENS, threads: int = 1, batch: int = BATCH
    ) -> TextEncoder:
        """Open a stored network and tokeniser.

        Parameters
        ----------
        max_tokens : int
            Most tokens of a text; raising it costs time as its square.
        threads : int
            Threads of one question; a server answers several persons at once, so 1.
        batch : int
            Texts that are asked about together.

        Raises
        ------
        ArtifactError
            If either cannot be read, or the network is not one of ``bert_graph``.
        """
        # x86 processors without VNNI let sums of 8-bit products overflow 16 bits; this takes a slower, exact way
        entries = {} if has_whole_products() else {"session.x64quantprecision": "1"}
        session = open_session(onnx, threads, entries=entries)
        names = {each.name for each in session.get_outputs()}
        if not {LOGITS, POOLED} <= names or {each.name for each in session.get_inputs()} != {IDS, MASK}:
            message = f"the stored network has the outputs {', '.join(sorted(names))}; it must have logits and pooled"
            raise ArtifactError(message)
        n_layers = sum(name.startswith(ATTENTION) for name in names)
        return cls(session, TextTokeniser.open(tokenizer), max_tokens, n_layers, batch)

    def encode(self, texts: Sequence[str], cut: Cut = "head") -> Encoded:
        """Turn texts into token numbers of at most ``max_tokens``, padded to the longest (see ``TextTokeniser``)."""
        return self.tokeniser.encode(texts, cut, self.max_tokens)

    def run(self, texts: Sequence[str], cut: Cut = "head") -> Array:
        """Ask about every text.

        Returns
        -------
        array of shape (n, k)
            Logits, in the order of the texts.
        """
        return self._ask(texts, LOGITS, cut)

    def embed(self, texts: Sequence[str], cut: Cut = "head") -> Array:
        """Return what the head reads of every text, of shape (n, width)."""
        return self._ask(texts, POOLED, cut)

    def run_ids(self, ids: NDArray[np.int64], mask: NDArray[np.int64]) -> Array:
        """Ask about token numbers of shape (n, t), such as texts with tokens hidden; logits of shape (n, k)."""
        parts = [
            self.session.run([LOGITS], {IDS: ids[start : start + BATCH], MASK: mask[start : start + BATCH]})[0]
            for start in range(0, len(ids), BATCH)
        ]
        return np.concatenate(parts)

    def attention(self, text: str, cut: Cut = "head") -> Array:
        """Show where each head of each layer looks in one text.

        Returns
        -------
        array of shape (layers, heads, t, t)
            ``[layer, head, i, j]``: share of token j in the new vector of token i; each row sums to 1.

        Raises
        ------
        LimitError
            If the text has more than 256 tokens after cutting.
        """
        encoded = self.encode([text], cut)
        if encoded.ids.shape[1] > MAX_ATTENTION_TOKENS:
            message = f"the text has {encoded.ids.shape[1]} tokens; attention is shown for at most "
            message += f"{MAX_ATTENTION_TOKENS}: cut the text"
            raise LimitError(message)
        names = [f"{ATTENTION}.{place}" for place in range(self.n_layers)]
        found = self.session.run(names, {IDS: encoded.ids, MASK: encoded.mask})
        return np.stack([each[0] for each in found])

    def _ask(self, texts: Sequence[str], output: str, cut: Cut) -> Array:
        """Ask in batches of alike length, and put the answers back in order."""
        answers: list[Array] = []
        order = sorted(range(len(texts)), key=lambda row: len(texts[row]))
        for rows in _chunk(order, self.batch):
            encoded = self.encode([texts[row] for row in rows], cut)
            answers.append(self.session.run([output], {IDS: encoded.ids, MASK: encoded.mask})[0])
        if not answers:
            message = "there is no text; give at least one"
            raise DataError(message)
        return np.asarray(np.concatenate(answers)[np.argsort(order)])


def _chunk(rows: list[int], size: int) -> Iterator[list[int]]:
    """Part rows into batches."""
    for start in range(0, len(rows), size):
        yield rows[start : start + size]


@lru_cache(maxsize=1)
def has_whole_products(facts: Path = PROCESSOR_FACTS) -> bool:
    """Return whether this processor says that it adds 8-bit products in 32 bits (VNNI or AMX)."""
    try:
        return not _WHOLE_PRODUCTS.isdisjoint(facts.read_text("utf-8").split())
    except OSError:
        return False


_OPENED: OpenedOnce[TextEncoder] = OpenedOnce(4)


def open_encoder(onnx: bytes, tokenizer: bytes, max_tokens: int = MAX_ATTENTION_TOKENS) -> TextEncoder:
    """Open an encoder once, however often the same bytes are asked for."""
    size = str(max_tokens).encode()
    return _OPENED.find((onnx, tokenizer, size), lambda: TextEncoder.open(onnx, tokenizer, max_tokens))
