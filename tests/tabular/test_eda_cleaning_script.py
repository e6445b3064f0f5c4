"""The exported script, run as a program of its own: equal to the page's table bit for bit, for every kind of step."""

import dataclasses
import io
import subprocess
import sys
import zipfile

import numpy as np
import pandas as pd
import pytest

from core.datasets.table import Table
from core.hub.errors import DataError
from core.tabular.eda.cleaning import (
    ChangeType,
    ConvertUnit,
    ConvertUnitWhere,
    DeriveColumn,
    DropCategories,
    DropColumns,
    DropDuplicates,
    DropIsolated,
    DropMissingRows,
    FillIteratively,
    FillMissing,
    FillNeighbours,
    History,
    MergeSpellings,
    RenameColumn,
    ScaleColumns,
    SetMissing,
    TreatOutliers,
    apply_step,
    make_script_bundle,
    step_kinds,
    write_script,
)
from core.tabular.eda.cleaning.digest import digest_frame

EVIL = "x\"\"\"\n'''; import os; os._exit(7)  # {frame} \\\u202e"
HOSTILE = (
    'a"b', "it's", "line\nbreak", "cr\rhere", "{braces}", "%s", "\\", '"""', "# coding: utf-16", "self", "frame",
    "__import__('os')._exit(3)", "\u2028", "\x00", "__index_level_0__", "名前", "\x1b[31m", EVIL,
)  # fmt: skip
RUN_ALL = "import runpy, sys; [runpy.run_path(path, run_name='__main__') for path in sys.argv[1:]]"

STEPS = (
    DropDuplicates(),
    DropDuplicates(("group",)),
    DropMissingRows(("x",)),
    DropMissingRows(("x", "whole"), "all"),
    DropCategories("group", ("b", "c")),
    DropCategories("whole", ("3",)),
    DropColumns(("x", "group")),
    RenameColumn("x", EVIL),
    SetMissing(("x", "whole"), "-999"),
    SetMissing(("day",), "2020-01-05"),
    MergeSpellings("group", ("b", "B "), "b'"),
    ConvertUnit("x", 0.45359237, 1.5, "above", 2.0),
    ConvertUnit("whole", 1000.0),
    ConvertUnitWhere("x", "group", "b", 2.54),
    ConvertUnitWhere("x", "whole", "3", 0.1),
    DeriveColumn("x", "y", "divided by", "ratio"),
    DeriveColumn("x", "whole", "times", EVIL),
    ChangeType(("money",), "number"),
    ChangeType(("written",), "date", "day first", "set missing"),
    ChangeType(("whole", "x"), "category"),
    ChangeType(("day",), "text"),
    ChangeType(("y",), "ignore"),
    TreatOutliers(("x", "y"), "iqr", 1.5, "drop rows"),
    TreatOutliers(("x", "whole"), "iqr", 1.0, "clip"),
    TreatOutliers(("x", "y"), "z", 2.0, "set missing"),
    DropIsolated(("x", "y", "whole"), 0.05, 3),
    FillMissing(("x", "whole"), "mean"),
    FillMissing(("x", "whole"), "median", indicator=True),
    FillMissing(("group", "x", "day"), "most frequent"),
    FillMissing(("group",), "constant", EVIL),
    FillMissing(("x", "whole"), "constant", "0.1"),
    FillNeighbours(("x", "whole", "group"), (), 4, indicator=True),
    FillIteratively(("x", "whole"), (), 5, 1),
    ScaleColumns(("x", "whole"), "standard"),
    ScaleColumns(("x",), "min-max"),
    ScaleColumns(("x",), "robust"),
    ScaleColumns(("x", "y"), "power"),
    ScaleColumns(("y",), "log1p"),
)


def make_table(seed=0, n_rows=80):
    rng = np.random.default_rng(seed)
    y = rng.lognormal(size=n_rows)
    x = 2 * y + rng.normal(size=n_rows)
    x[:3] = -999.0
    x[rng.random(n_rows) < 0.1] = np.nan
    x[5] = np.nan
    whole = pd.Series(rng.integers(0, 9, n_rows), dtype="Int64").mask(rng.random(n_rows) < 0.1)
    whole[5] = pd.NA
    group = pd.Series(rng.choice(["a", "b", "B ", "c"], n_rows), dtype=object).mask(rng.random(n_rows) < 0.1)
    day = pd.Series(pd.Timestamp("2020-01-01") + pd.to_timedelta(rng.integers(0, 9, n_rows), "D"))
    written = pd.Series(rng.choice(["31/01/2020", "1.2.2021", "soon"], n_rows), dtype=object)
    money = pd.Series(rng.choice(["1,200 kg", "950 kg", "7.25"], n_rows), dtype=object)
    frame = pd.DataFrame(
        {"x": x, "y": y, "whole": whole, "group": group, "day": day.mask(x > 4), "written": written, "money": money}
    )
    frame = pd.concat([frame, frame.iloc[:4]]).reset_index(drop=True)
    kinds = dict.fromkeys(("x", "y", "whole"), "number") | dict.fromkeys(("group", "written", "money"), "category")
    return Table(frame, EVIL, "upload", f"{seed:064d}", {**kinds, "day": "date"})


def run_scripts(histories, folder):
    """Unpack each bundle, run all scripts in one interpreter without our code, return what it printed."""
    paths = []
    for i, history in enumerate(histories):
        home = folder / str(i)
        zipfile.ZipFile(io.BytesIO(make_script_bundle(history))).extractall(home)
        paths.append(str(home / "clean.py"))
    done = subprocess.run(
        [sys.executable, "-I", "-W", "error", "-c", RUN_ALL, *paths],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def check_cleaned(history, home):
    """Compare the file that a script wrote with the replayed table: names, types and every bit."""
    expected = history.replay().frame
    found = pd.read_parquet(home / "cleaned.parquet", use_threads=False)
    assert list(found) == list(expected)
    for name in expected:
        column = found[name].astype(expected[name].dtype)
        assert found[name].dtype.kind == expected[name].dtype.kind
        assert column.isna().tolist() == expected[name].isna().tolist()
        known, same = column.dropna(), expected[name].dropna()
        if known.dtype.kind == "f":
            assert known.to_numpy().tobytes() == same.to_numpy().tobytes()
        assert known.tolist() == same.tolist()


def test_every_kind_of_step_is_among_those_run():
    assert {type(step) for step in STEPS} == set(step_kinds())


def test_the_script_of_every_step_makes_the_same_bits(tmp_path):
    histories = [History(make_table()).add(step) for step in STEPS]
    printed = run_scripts(histories, tmp_path)
    assert printed.count("equal to the page's table bit for bit") == len(STEPS)
    for i, history in enumerate(histories):
        check_cleaned(history, tmp_path / str(i))


def draw_history(seed):
    """Add a dozen random steps to a random table, passing over those that it refuses."""
    rng = np.random.default_rng(seed)
    history = History(make_table(seed, 60))
    table = history.replay()
    for i in rng.choice(len(STEPS), 14):
        step = STEPS[i]
        if isinstance(step, RenameColumn) or (isinstance(step, DeriveColumn) and step.name == EVIL):
            step = dataclasses.replace(step, name=f"{EVIL}{i}")
        try:
            added = history.add(step, table)
        except DataError:
            continue
        if rng.random() < 0.8:
            history, table = added, apply_step(table, step)
        else:
            assert added.undo().steps == history.steps
    return history


def test_random_sequences_of_steps_make_the_same_bits(tmp_path):
    histories = [draw_history(seed) for seed in range(8)]
    assert sum(len(history.steps) for history in histories) > 40
    run_scripts(histories, tmp_path)
    for i, history in enumerate(histories):
        check_cleaned(history, tmp_path / str(i))


def test_hostile_names_and_values_stay_data(tmp_path):
    rng = np.random.default_rng(1)
    frame = pd.DataFrame({name: rng.normal(size=30) for name in HOSTILE})
    frame.iloc[3, :] = np.nan
    frame["cells"] = pd.Series([EVIL, '"""', "\n", *["ok"] * 27], dtype=object)
    table = Table(frame, EVIL, "upload", "0" * 64, {**dict.fromkeys(HOSTILE, "number"), "cells": "category"})
    history = (
        History(table)
        .add(MergeSpellings("cells", (EVIL, "\n"), '"""); raise SystemExit(9)  # \u202e'))
        .add(FillMissing(HOSTILE, "median", indicator=True))
        .add(ScaleColumns(HOSTILE[:9]))
        .add(RenameColumn(HOSTILE[0], EVIL + "2"))
        .add(DropColumns(HOSTILE[5:8]))
    )
    run_scripts([history], tmp_path)
    check_cleaned(history, tmp_path / "0")
    script = write_script(history)
    assert "\u202e" not in script
    assert "\x00" not in script
    assert "\x1b" not in script


def test_the_script_says_so_when_the_base_is_not_the_one(tmp_path):
    history = History(make_table()).add(FillMissing(("x",), "mean"))
    zipfile.ZipFile(io.BytesIO(make_script_bundle(history))).extractall(tmp_path)
    other = make_table().frame
    other.loc[5, "y"] = np.nextafter(other.loc[5, "y"], 9e9)
    other.to_parquet(tmp_path / "base.parquet", index=False)
    done = subprocess.run(
        [sys.executable, "-I", str(tmp_path / "clean.py")], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 1
    assert "differs from the page's" in done.stderr


def test_equal_histories_give_equal_bundles_without_our_code():
    bundles = [make_script_bundle(History(make_table()).add(STEPS[i])) for i in (31, 31, 32)]
    assert bundles[0] == bundles[1] != bundles[2]
    with zipfile.ZipFile(io.BytesIO(bundles[0])) as packed:
        assert packed.namelist() == ["base.parquet", "clean.py", "requirements.txt"]
        script = packed.read("clean.py").decode()
        assert f"pandas=={pd.__version__}" in packed.read("requirements.txt").decode()
    assert "core" not in script.replace("score", "")
    assert ">>>" not in script
    compile(script, "clean.py", "exec")


def test_the_digest_tells_bits_types_and_names():
    frame = pd.DataFrame({"a": [1.0, np.nan], "b": pd.Series(["x", np.nan], dtype=object)})
    others = (
        frame.assign(a=[np.nextafter(1.0, 2), np.nan]),
        frame.assign(a=[1.0, 2.0]),
        frame.astype({"a": "Float64"}),
        frame.rename(columns={"a": "c"}),
        frame[["b", "a"]],
        frame.assign(b=pd.Series(["y", np.nan], dtype=object)),
    )
    assert len({digest_frame(each) for each in (frame, *others)}) == 7
    assert digest_frame(frame) == digest_frame(frame.copy())


def test_a_table_that_no_file_can_hold_is_refused():
    frame = pd.DataFrame({"a": pd.Series([1, "x", 2.5], dtype=object)})
    history = History(Table(frame, "mixed", "upload", "0" * 64, {"a": "text"}))
    with pytest.raises(DataError, match="mixed holds"):
        make_script_bundle(history)
