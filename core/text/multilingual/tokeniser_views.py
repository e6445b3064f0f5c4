"""Four ways to cut a text, trained on the same text to the same size, on yours; and what each language pays for it.

- byte-pair encoding on characters and on bytes: our own (``tokenisers``);
- WordPiece: joins the pair that is likelier together than apart (Schuster & Nakajima 2012; BERT's way), and calls a
  word that it cannot cut unknown;
- unigram: begins with many pieces and drops those that the text's likelihood misses least (Kudo 2018,
  https://aclanthology.org/P18-1007; SentencePiece's way, and XLM-R's). Both by the library ``tokenizers``.

Fertility is how many pieces a word becomes. Languages of which the tokeniser has seen little are cut into more: their
texts cost more and fit less into a model's window (Petrov and others 2023, https://arxiv.org/abs/2305.15425).

Left out: tokenisers that are fetched from elsewhere (a ``tokenizer.json`` of one's own is read by ``read_tokeniser``).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal, Protocol

from core.hub.errors import DataError, RecipeError
from core.text.multilingual.language_text import load_declaration
from core.text.multilingual.languages import find_language
from core.text.multilingual.tokenisers import SPACE_MARK, Token, train_bpe

if TYPE_CHECKING:
    from collections.abc import Sequence

Way = Literal["byte pairs of characters", "byte pairs of bytes", "WordPiece", "unigram"]
WAYS: tuple[Way, ...] = ("byte pairs of characters", "byte pairs of bytes", "WordPiece", "unigram")
UNKNOWN_PIECE = "[UNK]"
MIN_PIECES, MAX_PIECES = 300, 20_000
N_BYTES = 256


class Tokeniser(Protocol):
    """What cuts a text."""

    def tokenise(self, text: str) -> list[Token]:
        """Cut a text into pieces with their places."""


@dataclass(frozen=True, slots=True, eq=False)
class LibraryTokeniser:
    """A tokeniser of the library ``tokenizers``; ``unknown`` is the number of its piece for what it does not know."""

    engine: Any
    unknown: int | None

    def tokenise(self, text: str) -> list[Token]:
        """Cut a text into pieces with their places."""
        found = self.engine.encode(text, add_special_tokens=False)
        return [
            Token(piece, number, start, end, number != self.unknown)
            for piece, number, (start, end) in zip(found.tokens, found.ids, found.offsets, strict=True)
        ]


@dataclass(frozen=True, slots=True)
class FertilityRow:
    """What a language pays.

    Parameters
    ----------
    per_word : float
        Pieces a word; in languages that part no words with spaces, pieces a character.
    to_english : float
        Pieces for the same content, with English as 1.
    unknown : float
        Share 0–1 of the pieces that are unknown.
    """

    language: str
    way: str
    pieces: int
    per_word: float
    to_english: float
    unknown: float


def train_tokeniser(way: Way, texts: Sequence[str], n_pieces: int = 2_000) -> Tokeniser:
    """Train one way of cutting on texts.

    Parameters
    ----------
    n_pieces : int
        Size of the vocabulary, 300 to 20,000; a small text may not fill it.

    Raises
    ------
    RecipeError
        If ``n_pieces`` is out of range, or there is no such way.
    DataError
        If the texts hold no word.

    Examples
    --------
    >>> tokeniser = train_tokeniser("WordPiece", ["free and equal in dignity and rights"] * 9, 300)
    >>> [token.piece for token in tokeniser.tokenise("equal rights")]
    ['equal', 'rights']
    """
    if not MIN_PIECES <= n_pieces <= MAX_PIECES:
        message = f"n_pieces is {n_pieces}; it must be {MIN_PIECES} to {MAX_PIECES}"
        raise RecipeError(message)
    if not any(text.split() for text in texts):
        message = "the text holds no word; give some text to learn from"
        raise DataError(message)
    if way == "byte pairs of bytes":
        return train_bpe(texts, n_pieces - N_BYTES, "bytes")
    if way == "byte pairs of characters":
        alphabet = len(set("".join(texts)))
        return train_bpe(texts, max(n_pieces - alphabet, 0), "characters")
    if way not in WAYS:
        message = f"way is {way!r}; choose one of {', '.join(WAYS)}"
        raise RecipeError(message)
    return _train_library(way, texts, n_pieces)


def _train_library(way: Way, texts: Sequence[str], n_pieces: int) -> LibraryTokeniser:
    """Let ``tokenizers`` train WordPiece or unigram."""
    from tokenizers import Tokenizer, models, pre_tokenizers, trainers

    rest: dict[str, Any] = {"vocab_size": n_pieces, "special_tokens": [UNKNOWN_PIECE], "show_progress": False}
    if way == "WordPiece":
        engine = Tokenizer(models.WordPiece(unk_token=UNKNOWN_PIECE))
        engine.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
        engine.train_from_iterator(texts, trainers.WordPieceTrainer(**rest))
    else:
        engine = Tokenizer(models.Unigram())
        engine.pre_tokenizer = pre_tokenizers.Metaspace(SPACE_MARK)
        engine.train_from_iterator(texts, trainers.UnigramTrainer(unk_token=UNKNOWN_PIECE, **rest))
    return LibraryTokeniser(engine, engine.token_to_id(UNKNOWN_PIECE))


def read_tokeniser(content: bytes) -> LibraryTokeniser:
    """Read a ``tokenizer.json``, such as that of a model shipped here.

    Raises
    ------
    DataError
        If it is none.
    """
    import json

    from tokenizers import Tokenizer

    try:
        state = json.loads(content)
        engine = Tokenizer.from_str(content.decode("utf-8"))
    except Exception as error:  # the library raises plain Exception for a file that it cannot read
        message = f"this is no tokenizer.json ({error}); choose the file that lies beside a model"
        raise DataError(message) from error
    unknown = state["model"].get("unk_id", engine.token_to_id(str(state["model"].get("unk_token"))))
    return LibraryTokeniser(engine, unknown)


@lru_cache(maxsize=16)
def train_on_declaration(way: Way, languages: tuple[str, ...], n_pieces: int = 2_000) -> Tokeniser:
    """Train on the even paragraphs of the Declaration of Human Rights in some languages.

    Raises
    ------
    DataError
        If a language is not one of the known ones.
    """
    texts = [text for code in languages for text in load_declaration()[find_language(code).code][::2]]
    return train_tokeniser(way, texts, n_pieces)


def measure_fertility(tokeniser: Tokeniser, languages: Sequence[str], way: str = "") -> tuple[FertilityRow, ...]:
    """Count the pieces of the Declaration's odd paragraphs, which say the same in every language.

    Parameters
    ----------
    tokeniser : Tokeniser
        Any; those of ``train_on_declaration`` have learnt from the even paragraphs only.

    Examples
    --------
    >>> rows = measure_fertility(train_on_declaration("unigram", ("en",), 1_000), ["en", "hi"])
    >>> rows[1].to_english > rows[0].to_english
    True
    """
    english = len(_cut_odd(tokeniser, "en"))
    rows = []
    for code in languages:
        tokens = _cut_odd(tokeniser, code)
        texts = load_declaration()[code][1::2]
        units = sum(len(text.split()) if find_language(code).spaced else len(text) for text in texts)
        unknown = sum(not token.known for token in tokens) / len(tokens)
        rows.append(FertilityRow(code, way, len(tokens), len(tokens) / units, len(tokens) / english, unknown))
    return tuple(rows)


def _cut_odd(tokeniser: Tokeniser, code: str) -> list[Token]:
    """Cut the odd paragraphs of one language."""
    return [token for text in load_declaration()[find_language(code).code][1::2] for token in tokeniser.tokenise(text)]
