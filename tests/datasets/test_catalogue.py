"""The catalogue: published figures of the bundled tables, and refusal of files that are not its own."""

import hashlib
import tomllib

import pandas as pd
import pytest

from core.datasets.catalogue import CATALOGUE_FILE, DATA, check_data, find_entry, load_catalogue, load_table
from core.hub.errors import DataError
from core.hub.settings import ROOT

NAMES = [entry.name for entry in load_catalogue()]


@pytest.fixture
def folder(tmp_path):
    """Return a copy of the iris row and file, free to be damaged."""
    lines = (DATA / CATALOGUE_FILE).read_text(encoding="utf-8").split("[[table]]")
    (tmp_path / CATALOGUE_FILE).write_text("[[table]]" + lines[1], encoding="utf-8")
    (tmp_path / "iris.csv").write_bytes((DATA / "iris.csv").read_bytes())
    return tmp_path


def test_all_files_match_their_rows():
    assert check_data() == ()


@pytest.mark.parametrize(
    ("name", "column", "mean"),
    [
        # R's `colMeans(iris[, -5])`, which is Fisher's table; the copy at UCI has 3.054, 3.758667 and 1.198667.
        ("iris", "sepal_length", 5.843333),
        ("iris", "sepal_width", 3.057333),
        ("iris", "petal_length", 3.758000),
        ("iris", "petal_width", 1.199333),
        # The means in palmerpenguins' own documentation (`summary(penguins)`).
        ("penguins", "bill_length", 43.92193),
        ("penguins", "bill_depth", 17.15117),
        ("penguins", "flipper_length", 200.9152),
        ("penguins", "body_mass", 4201.754),
        # The summary that UCI gives with each set.
        ("wine", "alcohol", 13.00062),
        ("wine", "proline", 746.8933),
        ("breast_cancer", "mean_radius", 14.12729),
    ],
)
def test_means_are_the_published_ones(name, column, mean):
    assert load_table(name).frame[column].mean() == pytest.approx(mean, rel=1e-6)


@pytest.mark.parametrize(
    ("name", "sizes"),
    [
        ("iris", {"setosa": 50, "versicolor": 50, "virginica": 50}),
        ("penguins", {"Adelie": 152, "Gentoo": 124, "Chinstrap": 68}),
        ("wine", {"cultivar 1": 59, "cultivar 2": 71, "cultivar 3": 48}),
        ("breast_cancer", {"benign": 357, "malignant": 212}),
    ],
)
def test_class_sizes_are_the_published_ones(name, sizes):
    table = load_table(name)
    assert table.frame[table.target].value_counts().to_dict() == sizes


def test_iris_has_fishers_rows_35_and_38():
    rows = load_table("iris").frame.iloc[[34, 37], :4].to_numpy().tolist()
    assert rows == [[4.9, 3.1, 1.5, 0.2], [4.9, 3.6, 1.4, 0.1]]


def test_penguins_keep_their_nineteen_gaps():
    table = load_table("penguins")
    assert table.frame.isna().sum().to_dict() == {
        "species": 0, "island": 0, "bill_length": 2, "bill_depth": 2, "flipper_length": 2, "body_mass": 2, "sex": 11,
        "year": 0,
    }  # fmt: skip
    assert table.kinds["year"] == "ignore"
    assert "year" not in table.features


@pytest.mark.parametrize("name", NAMES)
def test_a_table_is_what_its_row_says(name):
    entry, table = find_entry(name), load_table(name)
    assert table.frame.shape == (entry.rows, entry.columns)
    assert table.sha256 == entry.sha256 == hashlib.sha256((DATA / entry.file).read_bytes()).hexdigest()
    assert (table.name, table.target, table.origin) == (entry.title, entry.target, "bundled")
    for column in (name for name, kind in table.kinds.items() if kind != "ignore"):
        assert pd.api.types.is_numeric_dtype(table.frame[column]) == (table.kinds[column] == "number")
    assert entry.command == f"python -m core data build {name}"
    for text in (entry.publication, entry.licence, entry.description, entry.source, entry.version):
        assert text


@pytest.mark.parametrize("name", NAMES)
def test_two_loads_are_equal_and_apart(name):
    first, second = load_table(name), load_table(name)
    pd.testing.assert_frame_equal(first.frame, second.frame)
    first.frame.iloc[0, 0] = first.frame.iloc[1, 0]
    assert first.frame is not second.frame


def test_sources_are_the_pinned_ones():
    pins = dict(
        line.split("#")[0].strip().split("==")
        for line in (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
        if "==" in line.split("#")[0]
    )
    for entry in load_catalogue():
        if entry.source in pins:
            assert entry.version == pins[entry.source]
        else:
            assert len(entry.source_sha256) == 64


def test_an_unknown_name_is_refused_with_the_known_ones():
    with pytest.raises(DataError, match=r"no bundled table 'irises'; choose one of iris, penguins"):
        load_table("irises")


def test_a_changed_file_is_refused(folder):
    assert check_data(folder) == ()
    content = (folder / "iris.csv").read_bytes()
    (folder / "iris.csv").write_bytes(content.replace(b"5.1", b"5.2", 1))
    with pytest.raises(DataError, match=r"iris.csv has sha256 .*rebuild it with `python -m core data build iris`"):
        load_table("iris", folder)
    assert len(check_data(folder)) == 1


def test_a_missing_file_is_refused(folder):
    (folder / "iris.csv").unlink()
    with pytest.raises(DataError, match=r"iris.csv is missing; rebuild it"):
        load_table("iris", folder)


def test_a_file_without_a_row_is_reported(folder):
    (folder / "stray.csv").write_text("a\n1\n", encoding="utf-8")
    assert check_data(folder) == ("stray.csv has no row in catalogue.toml; add one or delete it",)


def _rewrite(folder, old, new):
    path = folder / CATALOGUE_FILE
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("rows = 150", "rows = 151", "has 150 rows and 5 columns; its row says 151 and 5"),
        ('target = "species"', 'target = "kind"', "has no column kind, which its row names"),
        (
            'species = "category"',
            'sort = "category"',
            "its row says sepal_length, sepal_width, petal_length, petal_width, sort",
        ),
        ('species = "category"', 'species = "number"', "cannot be read"),
    ],
)
def test_a_wrong_row_is_reported(folder, old, new, sentence):
    _rewrite(folder, old, new)
    assert any(sentence in problem for problem in check_data(folder))


@pytest.mark.parametrize(("old", "new"), [("rows = 150\n", ""), ("rows = 150", "rows = "), ("rows", "lines")])
def test_a_damaged_catalogue_is_refused(folder, old, new):
    _rewrite(folder, old, new)
    with pytest.raises(DataError, match=r"catalogue.toml cannot be read"):
        load_catalogue(folder)


def test_the_catalogue_is_plain_toml_with_unique_names():
    rows = tomllib.loads((DATA / CATALOGUE_FILE).read_text(encoding="utf-8"))["table"]
    assert len({row["name"] for row in rows}) == len({row["file"] for row in rows}) == len(rows)
