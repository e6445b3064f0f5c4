"""The small parts of jobs: what makes two orders equal, what a worker tells, what files survive."""

from __future__ import annotations

import json
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.hub.jobs.faults import MAX_FRAMES, describe_fault, keep_frames
from core.hub.jobs.folders import Folders
from core.hub.jobs.job import JobCancelled
from core.hub.jobs.order import describe_recipe, hash_code, hash_files
from core.hub.jobs.pool import Pace
from core.hub.jobs.reporter import LOG_CHARACTERS, Reporter
from core.hub.jobs.selftest import Recipe

FILES = st.dictionaries(st.sampled_from(["a.csv", "b.csv", "c"]), st.binary(max_size=20), max_size=3)


@pytest.fixture
def pipe():
    """Give a reporter and what reads its messages."""
    reading, writing = os.pipe()
    os.set_blocking(reading, False)

    def read() -> list[dict]:
        return [json.loads(line) for line in os.read(reading, 1 << 20).splitlines()]

    yield Reporter(writing), read
    os.close(reading)
    os.close(writing)


@given(FILES, FILES)
def test_files_have_one_hash_exactly_when_they_are_equal(first, second):
    assert (hash_files(first) == hash_files(second)) is (first == second)
    assert hash_files(dict(reversed(first.items()))) == hash_files(first)


def test_a_recipe_travels_as_its_name_and_canonical_json():
    name, text = describe_recipe(Recipe(steps=5))
    assert name == "core.hub.jobs.selftest:Recipe"
    assert text == '{"ending":"done","label":"","pause_s":0.0,"steps":5}'


def test_changed_code_is_another_job(tmp_path):
    (tmp_path / "a.py").write_text("x = 1\n")
    before = hash_code(tmp_path)
    assert hash_code(tmp_path) == before
    (tmp_path / "a.py").write_text("x = 2\n")
    assert hash_code(tmp_path) != before


def test_ten_thousand_steps_are_a_few_messages(pipe):
    reporter, read = pipe
    for step in range(1, 10_001):
        reporter.on_step(step, 10_000, {"loss": 1 / step})
    reporter.finish({"kind": "done", "summary": "{}"})
    messages = read()
    assert messages[0]["step"] == 1, "the first step is told at once"
    assert (messages[-2]["step"], messages[-2]["metrics"]) == (10_000, {"loss": 0.0001})
    assert messages[-1] == {"kind": "done", "summary": "{}"}
    assert len(messages) < 100


def test_the_log_keeps_its_end(pipe):
    reporter, read = pipe
    for number in range(5_000):
        reporter.log(f"line {number}")
    reporter.flush()
    log = read()[-1]["log"]
    assert len(log) == LOG_CHARACTERS
    assert log.endswith("line 4998\nline 4999\n")


def test_a_cancelled_job_is_told_at_its_next_step(pipe):
    reporter, _ = pipe
    reporter.on_step(1, 2, {})
    reporter.cancel()
    with pytest.raises(JobCancelled):
        reporter.on_step(2, 2, {})


def test_the_time_left_follows_the_pace(monkeypatch):
    clock = iter([100.0, 104.0, 110.0])
    monkeypatch.setattr("core.hub.jobs.pool.time.monotonic", lambda: next(clock))
    pace = Pace()
    assert pace.estimate(1, 11) is None
    assert pace.estimate(3, 11) == pytest.approx(16.0)  # 2 s a step, 8 steps left
    assert pace.estimate(11, 11) == 0.0


def test_a_result_is_all_there_or_not_at_all(tmp_path):
    folders = Folders(tmp_path)
    work = folders.make_work("job", {"in.csv": b"1"})
    (work / "outputs" / "deep").mkdir()
    (work / "outputs" / "deep" / "out.csv").write_bytes(b"2")
    assert not (tmp_path / "job").exists()
    folders.publish("job")
    found = {path.relative_to(tmp_path / "job").as_posix() for path in (tmp_path / "job").rglob("*") if path.is_file()}
    assert found == {"inputs/in.csv", "deep/out.csv"}
    folders.delete("job")
    folders.delete("job")
    assert list(tmp_path.rglob("*.csv")) == []


def test_a_fault_is_described_without_the_words_of_any_error():
    def read(cell: str) -> float:
        try:
            return float(cell)
        except ValueError as error:
            message = f"the cell {cell} is no number"
            raise KeyError(message) from error

    with pytest.raises(KeyError) as caught:
        read("Ann Secret, 41")
    lines = describe_fault(caught.value).splitlines()
    assert [line for line in lines if not line.startswith("  File ")] == ["KeyError", "after ValueError"]
    assert lines[-1].endswith(" in read")
    assert __file__ in lines[-1]
    assert "Secret" not in "".join(lines)


def test_a_fault_in_a_deep_recursion_is_described_in_short():
    def dive(depth: int) -> None:
        if depth == 0:
            raise RecursionError
        dive(depth - 1)

    with pytest.raises(RecursionError) as caught:
        dive(3 * MAX_FRAMES)
    assert len(describe_fault(caught.value).splitlines()) == 1 + MAX_FRAMES


def test_of_stderr_only_frames_are_kept():
    frames = [
        "Fatal Python error: Segmentation fault",
        "Current thread 0x00007f3a (most recent call first):",
        '  File "/core/a.py", line 7 in <module>',
    ]
    words = [
        "Ann Secret",
        "ValueError: Secret",
        "Fatal Python error: Secret",
        '  File "/core/a.py", line 7 in a Secret',
    ]
    assert keep_frames("\n".join([*words, *frames, *words])) == "\n".join(frames)
