"""Small uploads that stand for gigabytes, or for minutes of parsing: refused, or read within a small cap on memory."""

import io
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import core.datasets.reading as package
from core.datasets.reading import json_file, read_table
from core.datasets.reading.limits import sample_rows
from core.hub.errors import DataError
from core.hub.settings import Settings

READ_WITHIN = """
import resource, sys
from pathlib import Path
import numpy, pandas, pyarrow.compute
from core.datasets.reading import read_table
from core.hub.errors import HubError
from core.hub.settings import Settings
content = Path(sys.argv[1]).read_bytes()
read_table(b"a,b\\n1,2\\n", "x.csv")
used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (used + int(sys.argv[2]) * 2**20, resource.RLIM_INFINITY))
try:
    print("read", read_table(content, sys.argv[1], settings=Settings()).table.frame.shape)
except HubError as error:
    print(type(error).__name__, error)
"""


def read_within(path: Path, content: bytes, most_mb: int) -> str:
    """Read a file in a process that may grow by so many megabytes, and return what it says."""
    path.write_bytes(content)
    command = [sys.executable, "-c", READ_WITHIN, str(path), str(most_mb)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=Path(package.__file__).parents[3])
    assert done.returncode == 0, done.stderr[-500:]
    return done.stdout


def write_groups(table: pa.Table, n_groups: int, **options: object) -> bytes:
    """Write one table again and again, as row groups of one file."""
    buffer = io.BytesIO()
    with pq.ParquetWriter(buffer, table.schema, compression="zstd", **options) as writer:
        for _ in range(n_groups):
            writer.write_table(table)
    return buffer.getvalue()


def repeat(word: str, n_rows: int) -> pa.Table:
    """Make a column that names one word in every row."""
    words = pa.DictionaryArray.from_arrays(pa.array(np.zeros(n_rows, np.int32)), pa.array([word]))
    return pa.table({"word": words, "x": np.zeros(n_rows)})


@pytest.mark.parametrize("store_schema", [True, False])
def test_one_long_text_in_every_row_is_counted_as_often_as_it_stands(tmp_path, store_schema):
    content = write_groups(repeat("x" * 2_000, 1_000_000), 3, store_schema=store_schema)
    assert len(content) < 1_000_000
    said = read_within(tmp_path / "x.parquet", content, 150)
    assert said.startswith("LimitError the table needs 1,1")
    assert "MB once unpacked; at most 1,024 MB are allowed" in said


def test_text_too_long_for_one_batch_ends_only_its_own_process(tmp_path):
    content = write_groups(repeat("x" * 1_000_000, 60_000), 1, store_schema=False)  # 60 GB in the first batch
    said = read_within(tmp_path / "x.parquet", content, 150)
    assert said.startswith("LimitError the table needs more than 1,024 MB once unpacked")


def test_many_rows_become_a_sample_before_they_become_objects(tmp_path):
    content = write_groups(pa.table({"zero": np.zeros(1_000_000, np.int64)}), 60)
    assert read_within(tmp_path / "x.parquet", content, 150) == "read (200000, 1)\n"


def test_sample_of_parquet_is_the_seeded_one_of_every_column():
    names = np.array(["a", "b", None], dtype=object)[np.arange(150_000) % 3]
    table = pa.table({"row": np.arange(150_000), "name": pa.array(names).dictionary_encode()})
    reading = read_table(write_groups(table, 2), "x.parquet", settings=Settings(upload_rows=1_000))
    rows = sample_rows(300_000, 1_000) % 150_000
    frame = reading.table.frame
    assert frame["row"].tolist() == rows.tolist()
    assert frame["name"].fillna("-").tolist() == [word or "-" for word in names[rows]]
    assert reading.understanding.n_rows == 300_000
    assert any("a random sample of 1,000 of 300,000 rows was kept" in note for note in reading.table.notes)


def test_sampled_parquet_has_a_hash_of_its_own():
    content = write_groups(pa.table({"row": np.arange(500)}), 1)
    whole, sampled = (read_table(content, "x.parquet", settings=Settings(upload_rows=n)).table for n in (500, 100))
    assert (len(whole.frame), len(sampled.frame)) == (500, 100)
    assert whole.sha256 != sampled.sha256


def test_dictionary_of_numbers_and_of_dates_is_spread_out():
    encoded = {"n": pa.array([1.5, 2.5, 1.5]).dictionary_encode(), "c": pa.array(["u", None, "u"]).dictionary_encode()}
    frame = read_table(write_groups(pa.table(encoded), 1), "x.parquet").table.frame
    assert frame["n"].tolist() == [1.5, 2.5, 1.5]
    assert frame["c"].isna().tolist() == [False, True, False]


def test_text_that_is_no_utf8_is_damage():
    buffers = pa.array(["abc", "d"]).buffers()
    broken = pa.StringArray.from_buffers(2, buffers[1], pa.py_buffer(b"\xff\xfe\xfad"))
    with pytest.raises(DataError, match=r"the Parquet file is damaged or cut short; write it again"):
        read_table(write_groups(pa.table({"a": broken}), 1), "x.parquet")


@pytest.mark.parametrize(
    ("start", "cell", "end"), [(b"[", b"[]", b"]"), (b"[", b"{}", b"]"), (b'{"a":[', b"[[]]", b"]}")]
)
def test_brackets_are_weighed_before_they_are_parsed(tmp_path, start, cell, end):
    content = start + b",".join([cell] * (23_000_000 // (len(cell) + 1))) + end
    said = read_within(tmp_path / "x.json", content, 120)
    assert said.startswith("LimitError the table needs")


def count_parses(monkeypatch) -> list[int]:
    """Count what json.loads is given."""
    lengths, loads = [], json.loads
    monkeypatch.setattr(json_file.json, "loads", lambda text: lengths.append(len(text)) or loads(text))
    return lengths


@pytest.mark.parametrize(("line", "most"), [(b"{\n", 2), (b"{x}\n", 1_003), (b"garbage {\n", 2), (b"1\n", 2)])
def test_garbage_lines_are_given_up(monkeypatch, line, most):
    lengths = count_parses(monkeypatch)
    sentence = r"the file is not JSON at line \d: .*reading stopped at line 1,001 after 1,001 lines .*it must be a list"
    with pytest.raises(DataError, match=sentence):
        read_table(b"{ \n" + line * 1_000_000 if line == b"1\n" else line * 1_000_000, "x.json")
    assert len(lengths) <= most


def test_garbage_as_large_as_an_upload_is_called_garbage():
    with pytest.raises(DataError, match=r"the file is not JSON at line 2: .*reading stopped at line 1,001"):
        read_table(b"{\n" * 12_000_000, "x.json")


def test_lines_are_given_up_only_past_records_and_a_thousand():
    good, bad = b'{"a": 1}\n', b"{\n"
    reading = read_table(bad * 1_000 + good * 1_000, "x.jsonl")
    assert (reading.understanding.n_rows, reading.understanding.n_rejected) == (1_000, 1_000)
    with pytest.raises(DataError, match=r"reading stopped at line 1,001"):
        read_table(bad * 1_001 + good * 1_001, "x.jsonl")


def test_blank_lines_count_in_the_numbers_of_lines():
    reading = read_table(b'{"a": 1}\n\n  \n{"a": \n\r\n{"a": 2}\r\n', "x.jsonl")
    assert [each.line for each in reading.understanding.rejected] == [4]
    assert reading.table.frame["a"].tolist() == [1, 2]


@pytest.mark.parametrize("shape", [b'[{"a": %s}]', b'{"a": [%s]}', b'{"a": %s}'])
def test_number_of_too_many_digits_has_our_own_sentence(shape):
    with pytest.raises(DataError, match=r"a whole number of more than 4,300 digits") as raised:
        read_table(shape % (b"1" * 5_000), "x.json")
    assert "sys." not in str(raised.value)


def test_line_with_a_number_of_too_many_digits_is_rejected_by_that_name():
    reading = read_table(b'{"a": 1}\n{"a": %s}\n{"a": 2}\n' % (b"1" * 5_000), "x.jsonl")
    assert [each.reason for each in reading.understanding.rejected] == ["a whole number of more than 4,300 digits"]


@pytest.mark.parametrize(
    "value",
    [
        [{"a": row} for row in range(500)],
        [[row] for row in range(500)],
        {"a": list(range(500))},
        {"a": {str(row): row for row in range(500)}},
        {"columns": ["a"], "data": [[row] for row in range(500)]},
    ],
)
def test_sample_of_json_is_the_seeded_one(value):
    reading = read_table(json.dumps(value).encode(), "x.json", settings=Settings(upload_rows=100))
    assert reading.table.frame.iloc[:, 0].tolist() == sample_rows(500, 100).tolist()
    assert reading.understanding.n_rows == 500
    assert sum("a random sample of 100 of 500 rows" in note for note in reading.table.notes) == 1
