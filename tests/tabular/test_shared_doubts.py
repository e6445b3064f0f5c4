"""Alarms about columns hold for a table whose rows are given twice, and honest coarse tables raise none."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from core.datasets.alerts import find_alerts
from core.datasets.catalogue import load_table
from core.datasets.table import Table
from core.tabular import churn, housing, iris, titanic
from core.tabular._shared.doubts import DOUBTS, find_doubts


def repeat(table, n_times):
    frame = pd.concat([table.frame] * n_times, ignore_index=True)
    return replace(table, frame=frame, sha256=f"{table.sha256}-{n_times}")


@pytest.mark.parametrize("n_times", [1, 2, 3])
def test_boat_gives_the_answer_away_however_often_the_table_is_given(n_times):
    table = replace(repeat(load_table("titanic"), n_times), origin="upload")
    assert ("boat",) in [alert.columns for alert in find_doubts(table)]
    notes = titanic.load(titanic.Recipe(n_folds=2), table).notes
    assert any(note.startswith("boat alone gives survived right") for note in notes)


def test_a_table_whose_rows_differ_is_looked_over_once():
    table = load_table("telco_churn")
    assert find_doubts(table) == tuple(alert for alert in find_alerts(table) if alert.kind in DOUBTS)


@pytest.mark.parametrize(
    ("project", "name", "column"),
    [(iris, "wine", "alcohol"), (churn, "telco_churn", "monthly_charges"), (housing, "ames", "lot_area")],
)
def test_infinite_values_are_said_to_be_missing(project, name, column):
    table = load_table(name)
    frame = table.frame.astype({column: float})
    frame.loc[[3, 7], column] = [np.inf, -np.inf]
    data = project.load(project.Recipe(), replace(table, frame=frame, sha256="inf", origin="upload"))
    assert f"2 infinite values of {column} are taken as missing." in data.notes
    assert not any("infinite" in note for note in project.load(project.Recipe()).notes)


def test_an_honest_coarse_table_of_many_equal_rows_raises_nothing():
    rng = np.random.default_rng(0)
    x = rng.integers(0, 4, (600, 3))
    y = np.where(rng.random(600) < 0.2 + 0.2 * x[:, 0], "yes", "no")
    frame = pd.DataFrame({**{f"c{place}": x[:, place] for place in range(3)}, "y": y})
    kinds = dict.fromkeys(["c0", "c1", "c2"], "number") | {"y": "category"}
    assert find_doubts(Table(frame, "coarse", "upload", "0" * 64, kinds, "y")) == ()


@pytest.mark.parametrize(("project", "name"), [(churn, "telco_churn"), (housing, "ames")])
def test_every_project_that_learns_from_a_table_hears_of_a_leak_in_copies(project, name):
    table = load_table(name)
    frame = table.frame.iloc[:400].reset_index(drop=True)
    answers = frame[table.target]
    frame["leak"] = np.log(answers) if answers.dtype.kind in "if" else answers.map(lambda each: f"was {each}")
    kinds = {**table.kinds, "leak": "number" if answers.dtype.kind in "if" else "category"}
    own = replace(table, frame=frame, kinds=kinds, sha256="1" * 64)
    for n_times in (1, 2):
        notes = project.load(project.RECIPES["quick"], replace(repeat(own, n_times), origin="upload")).notes
        assert any(note.startswith("leak ") for note in notes)
