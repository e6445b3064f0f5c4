"""The rated English texts in other languages, translated by Apertium: what the model learns from beside English.

A translation keeps its text's rating and its side of the split. Apertium is a rule-based translator
(Forcada et al. 2011, https://doi.org/10.1007/s10590-011-9090-0); French, Italian and Portuguese go through Spanish. Its
sentences are stiff and hold words it does not know, so a score on them says what is left of a language after such a
translation, not how people write it.

The file is made again by ``python -m core.text.multilingual.translated``, which needs Apertium's command.

Left out: languages that no bundled pair reaches: German, Arabic and Hindi (``switching`` lends single words), and
Chinese (which has texts of its own).
"""

from __future__ import annotations

import csv
import gzip
import io
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

from core.datasets.catalogue import DATA
from core.datasets.text_sets import load_texts
from core.datasets.whole_files import write_whole
from core.hub.errors import HubError, UnavailableError
from core.hub.kept import keep
from core.text.multilingual.apertium import MODE_NAMES, find_pair
from core.text.multilingual.language_text import read_rows

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

FILE = "text/translated.csv.gz"
STEPS = (("en", "es"), ("es", "pt"), ("es", "fr"), ("es", "it"), ("en", "ca"), ("en", "gl"))
"""From which language into which; in an order that has each source ready."""
TRANSLATED: Mapping[str, tuple[str, ...]] = {
    "tweets": ("es", "fr", "it", "pt", "ca", "gl"),
    "product_sentences": ("es", "fr", "it", "pt"),
    "news_sentences": ("es", "fr", "it", "pt"),
}
TIMEOUT_S = 1_200


@keep(2)
def load_translated(folder: Path = DATA) -> Mapping[tuple[str, str], tuple[str, ...]]:
    """Read every translation.

    Returns
    -------
    mapping of (set, language) to texts
        In the order of ``load_texts(set)``.

    Raises
    ------
    DataError
        If the file is missing, or is not the catalogue's.

    Examples
    --------
    >>> load_translated()["tweets", "fr"][3]
    'LMAO, En étonnant!'
    """
    found: dict[tuple[str, str], list[str]] = {}
    for name, language, text in read_rows(FILE, folder):
        found.setdefault((name, language), []).append(text)
    return {key: tuple(texts) for key, texts in found.items()}


def read_translated(name: str, language: str, folder: Path = DATA) -> tuple[str, ...]:
    """Read the translations of one set into one language, and keep none.

    Raises
    ------
    DataError
        If the file is missing, or is not the catalogue's.

    Examples
    --------
    >>> read_translated("tweets", "gl") == load_translated()["tweets", "gl"]
    True
    """
    return tuple(text for *key, text in read_rows(FILE, folder) if key == [name, language])


def translate_texts(texts: Sequence[str], source: str, target: str) -> list[str]:
    """Translate texts with one of Apertium's direct pairs, all in one go.

    Raises
    ------
    UnavailableError
        If Apertium or the pair is not there, or gives another number of texts back.
    """
    find_pair(source, target)
    pair = MODE_NAMES[source, target][0]
    asked = "\n\n".join(" ".join(text.split()) for text in texts) + "\n\n"
    try:
        done = subprocess.run(  # noqa: S603 - the words are constants of this module, the texts go in as input
            [shutil.which("apertium") or "apertium", "-u", "-f", "txt", pair],
            input=asked.encode(),
            capture_output=True,
            check=True,
            timeout=TIMEOUT_S,
        )
    except (OSError, subprocess.SubprocessError) as error:
        message = f"Apertium could not translate with {pair} ({type(error).__name__}); install Apertium again"
        raise UnavailableError(message) from error
    found = done.stdout.decode("utf-8", "replace").rstrip("\n").split("\n\n")
    if len(found) != len(texts):
        message = f"Apertium gave {len(found)} texts for {len(texts)} with {pair}; translate fewer at a time"
        raise UnavailableError(message)
    return [" ".join(text.replace("@ ", "@").split()) for text in found]


def translate_set(texts: Sequence[str], languages: Sequence[str]) -> dict[str, list[str]]:
    """Translate English texts into several languages, through Spanish where no pair is direct."""
    known = {"en": list(texts)}
    for step in STEPS:
        if step[1] in languages:
            known[step[1]] = translate_texts(known[step[0]], *step)
    return {language: known[language] for language in languages}


def pack_translated(found: Mapping[tuple[str, str], Sequence[str]]) -> bytes:
    r"""Write translations as a gzipped CSV, the same bytes every time.

    Examples
    --------
    >>> gzip.decompress(pack_translated({("tweets", "es"): ["Bueno."]})).decode()
    'set,language,text\ntweets,es,Bueno.\n'
    """
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(["set", "language", "text"])
    for (name, language), texts in found.items():
        writer.writerows([name, language, text] for text in texts)
    packed = gzip.compress(stream.getvalue().encode(), compresslevel=9, mtime=0)
    return packed[:9] + b"\xff" + packed[10:]  # byte 9 names the system (RFC 1952): unknown, or each writes its own


def main() -> int:
    """Translate every set and write the file."""
    try:
        found = {
            (name, language): texts
            for name, languages in TRANSLATED.items()
            for language, texts in translate_set(load_texts(name).texts, languages).items()
        }
    except HubError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    write_whole(DATA / FILE, lambda handle: handle.write(pack_translated(found)))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
