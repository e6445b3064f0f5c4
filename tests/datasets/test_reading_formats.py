"""Parquet and JSON: types that the file knows are kept, and every usual shape of JSON is a table."""

import decimal
import io
import json

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from core.datasets.reading import Choices, read_table
from core.hub.errors import DataError, LimitError
from core.hub.settings import Settings


def to_parquet(table: pa.Table | pd.DataFrame) -> bytes:
    buffer = io.BytesIO()
    pq.write_table(table if isinstance(table, pa.Table) else pa.Table.from_pandas(table, preserve_index=False), buffer)
    return buffer.getvalue()


def test_parquet_keeps_its_types():
    table = pa.table(
        {
            "f": pa.array([1.5, None, 2.5]),
            "i": pa.array([1, None, 3], pa.int16()),
            "u": pa.array([1, 2, 2**63], pa.uint64()),
            "b": pa.array([True, None, False]),
            "s": pa.array(["007", None, "007"]),
            "c": pa.array(["x", "y", "x"]).dictionary_encode(),
            "t": pa.array([0, 1, None], pa.timestamp("ns", tz="Europe/Rome")),
            "d": pa.array([0, 1, 2], pa.date32()),
            "m": pa.array([decimal.Decimal("1.25"), None, decimal.Decimal("2.50")]),
            "l": pa.array([[1, 2], None, [3]]),
            "raw": pa.array([b"a", b"b", b"c"]),
            "none": pa.nulls(3),
        }
    )
    reading = read_table(to_parquet(table), "x.parquet")
    frame, kinds = reading.table.frame, reading.table.kinds
    assert reading.understanding.format == "parquet"
    assert frame["i"].dtype == "Int64"
    assert frame["i"].isna().tolist() == [False, True, False]
    assert frame["u"].dtype == float
    assert frame["b"].tolist()[0::2] == ["True", "False"]
    assert frame["s"].tolist()[0] == "007"
    assert (kinds["s"], kinds["t"], kinds["d"], kinds["m"], kinds["none"]) == (
        *("category", "date", "date", "number"),
        "ignore",
    )
    assert frame["d"].iloc[1] == pd.Timestamp("1970-01-02")
    assert frame["m"].tolist()[0::2] == [1.25, 2.5]
    assert frame["l"].tolist()[0] == "[1, 2]"
    assert "raw" not in frame
    notes = " | ".join(reading.table.notes)
    assert "raw: left out, because it holds raw bytes" in notes
    assert "t: times were turned into UTC" in notes


def test_parquet_round_trip_of_a_frame_is_exact():
    rng = np.random.default_rng(1)
    frame = pd.DataFrame({"x": rng.normal(size=500), "c": rng.choice(["a", "b"], 500)})
    ours = read_table(to_parquet(frame), "x.parquet").table.frame
    pd.testing.assert_frame_equal(ours, frame.astype({"c": object}), check_exact=True)


def test_parquet_that_unpacks_to_too_much_is_refused_by_its_metadata():
    table = pa.table({"x": pa.array(np.zeros(3_000_000))})
    content = to_parquet(table)
    assert len(content) < 1_000_000
    with pytest.raises(LimitError, match=r"the table needs 2\d MB once unpacked; at most 10 MB are allowed"):
        read_table(content, "x.parquet", settings=Settings(upload_cells_mb=10))


def test_parquet_of_long_repeated_texts_is_stopped_as_it_grows():
    words = pa.array(["x" * 20_000]).take(pa.array(np.zeros(20_000, dtype=int))).dictionary_encode()
    content = to_parquet(pa.table({"c": pa.table({"c": words})["c"].cast(pa.string())}))
    assert len(content) < 1_000_000
    with pytest.raises(LimitError, match=r"MB once unpacked; at most 100 MB are allowed"):
        read_table(content, "x.parquet", settings=Settings(upload_cells_mb=100))


@pytest.mark.parametrize("cut", [40, 200])
def test_damaged_parquet_has_its_own_sentence(cut):
    content = to_parquet(pd.DataFrame({"a": range(100)}))
    with pytest.raises(DataError, match=r"the Parquet file is damaged or cut short; write it again"):
        read_table(content[:-cut], "x.parquet")


def test_parquet_without_rows_has_its_own_sentence():
    with pytest.raises(DataError, match=r"the Parquet file holds no rows"):
        read_table(to_parquet(pd.DataFrame({"a": pd.Series([], dtype=float)})), "x.parquet")


RECORDS = [{"a": 1, "b": "x"}, {"a": 2.5, "b": None}, {"a": None, "b": "x"}]


@pytest.mark.parametrize(
    "text",
    [
        json.dumps(RECORDS),
        json.dumps(RECORDS, indent=2),
        json.dumps({"data": RECORDS}),
        "\n".join(json.dumps(record) for record in RECORDS),
        json.dumps({"a": [1, 2.5, None], "b": ["x", None, "x"]}),
        json.dumps({"a": {"0": 1, "1": 2.5, "2": None}, "b": {"0": "x", "1": None, "2": "x"}}),
        json.dumps({"columns": ["a", "b"], "index": [0, 1, 2], "data": [[1, "x"], [2.5, None], [None, "x"]]}),
        "\ufeff" + json.dumps(RECORDS),
    ],
)
@pytest.mark.parametrize("name", ["x.json", "x.csv"])
def test_every_shape_of_json_is_the_same_table(text, name):
    reading = read_table(text.encode(), name)
    assert reading.understanding.format == "json"
    frame = reading.table.frame
    assert frame["a"].tolist()[:2] == [1.0, 2.5]
    assert frame.isna().to_numpy().tolist() == [[False, False], [False, True], [True, False]]
    assert frame["b"].tolist()[0::2] == ["x", "x"]


def test_json_written_by_pandas_reads_back():
    rng = np.random.default_rng(2)
    frame = pd.DataFrame({"x": rng.normal(size=50).round(6), "c": rng.choice(["a", "b"], 50)})
    for orient in ("records", "columns", "split"):
        ours = read_table(frame.to_json(orient=orient).encode(), "x.json").table.frame
        pd.testing.assert_frame_equal(ours, frame.astype({"c": object}))


def test_json_rows_of_lists_are_numbered():
    frame = read_table(b"[[1, 2], [3, 4]]", "x.json").table.frame
    assert frame.to_dict("list") == {"column_1": [1, 3], "column_2": [2, 4]}


def test_json_values_keep_what_they_are():
    content = b'[{"flag": true, "big": 9007199254740993, "zip": "007", "in": {"k": [1]}, "when": "2020-01-02"}]'
    reading = read_table(content, "x.json")
    row = reading.table.frame.iloc[0]
    assert row["flag"] == "True"
    assert row["big"] == 9007199254740993
    assert row["zip"] == "007"
    assert json.loads(row["in"]) == {"k": [1]}
    assert row["when"] == pd.Timestamp("2020-01-02")
    assert "in: holds lists or objects, kept as JSON text" in reading.table.notes


def test_json_lines_that_are_broken_are_named():
    reading = read_table(b'{"a": 1}\n{"a": \n{"a": 2}\n{"a": 3}\n', "x.jsonl")
    assert reading.table.frame["a"].tolist() == [1, 2, 3]
    assert [(each.line, each.reason) for each in reading.understanding.rejected] == [(2, "no JSON object")]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b'{"a": [1, 2], "b": [1]}', r"the columns of the JSON file differ in length"),
        (b"[[1, 2], [3]]", r"row 2 of the JSON file has 1 cells; it must have 2"),
        (b"[]", r"the JSON file holds no table"),
        (b"[1, 2, 3]", r"the JSON file holds no table"),
        (b'[{"a": 1}, {"a": }]', r"the file is not JSON at line 1"),
        (b"[" * 100_000, r"the JSON file is nested too deeply"),
        (b"[{}]", r"the JSON file holds no row"),
    ],
)
def test_json_that_is_no_table_has_its_own_sentence(content, sentence):
    with pytest.raises(DataError, match=sentence):
        read_table(content, "x.json")


def test_json_with_a_name_per_record_is_refused_before_it_grows():
    records = json.dumps([{f"k{index}": 1} for index in range(5_000)]).encode()
    with pytest.raises(LimitError, match=r"columns; at most 200 can be analysed"):
        read_table(records, "x.json")


def test_json_choice_of_encoding_is_obeyed():
    content = '[{"größe": 1}]'.encode("cp1252")
    assert list(read_table(content, "x.json", Choices(encoding="cp1252")).table.frame.columns) == ["größe"]
