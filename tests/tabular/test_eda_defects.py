"""Planted defects: each is really there, planting is seeded, and the search finds them with few false alarms."""

from __future__ import annotations

import numpy as np
import pytest

from core.datasets.catalogue import load_table
from core.hub.errors import DataError
from core.tabular.eda.defects import CLEAN, DEFECTS, KINDS, Planted, Truth, plant, plant_many, score_planted
from core.tabular.eda.defects.scoring import KNOWN, count_score, is_right, name_defects

SEED = 20  # none of those that thresholds were chosen with


@pytest.fixture(scope="module")
def answered() -> list[tuple[str, Planted, tuple[Truth, ...]]]:
    found = []
    for name in ("iris", "wine", "penguins"):
        table = load_table(name)
        for kind in DEFECTS:
            planted = plant(table, kind, SEED)
            found.append((name, planted, name_defects(planted.table)))
    return found


def test_there_are_twenty_kinds() -> None:
    assert len(KINDS) == len(set(KINDS)) == 20
    assert set(DEFECTS) == set(KINDS)


@pytest.mark.parametrize("kind", DEFECTS)
def test_planting_is_seeded_and_changes_the_table(kind: str) -> None:
    table = load_table("breast_cancer")
    first, again = plant(table, kind, 5), plant(table, kind, 5)
    assert first.truths == again.truths
    assert first.table.frame.equals(again.table.frame)
    assert not first.table.frame.equals(table.frame)
    assert first.table.sha256 != table.sha256
    assert table.frame.equals(load_table("breast_cancer").frame)
    assert set(first.truths[0].columns) <= set(first.table.frame.columns)
    assert set(first.table.kinds) == set(first.table.frame.columns)


def test_planted_cells_are_what_they_say() -> None:
    table = load_table("wine")
    sentinel = plant(table, "sentinel", 1)
    name = sentinel.truths[0].columns[0]
    assert sentinel.table.frame[name].isin([-999.0, -9999.0]).sum() >= 5
    swapped = plant(table, "swapped_columns", 1)
    first, second = swapped.truths[0].columns
    changed = swapped.table.numbers(first) != table.numbers(first)
    assert np.array_equal(swapped.table.numbers(first)[changed], table.numbers(second)[changed])


def test_defects_planted_together_share_no_column() -> None:
    planted = plant_many(load_table("iris"), ("sentinel", "stuck_values", "ceiling"), 2)
    names = [name for truth in planted.truths for name in truth.columns]
    assert len(names) == len(set(names)) == 3


def test_nine_of_ten_defects_are_found_with_few_false_alarms(
    answered: list[tuple[str, Planted, tuple[Truth, ...]]],
) -> None:
    score = count_score(answered)
    assert score.n_planted == 60
    assert score.recall[0] >= 0.9, score.by_kind
    assert score.precision[0] >= 0.8, score.by_kind
    assert score.recall[1] < score.recall[0] <= score.recall[2]


@pytest.mark.parametrize("name", CLEAN)
def test_clean_tables_bring_the_known_alarms_and_no_other(name: str) -> None:
    assert set(name_defects(load_table(name))) == KNOWN[name]


def test_a_blind_and_a_guessing_answer_score_as_they_should() -> None:
    table = load_table("iris")
    planted = plant(table, "sentinel", 0)
    blind = count_score([("iris", planted, ())])
    assert (blind.recall[0], blind.precision[0], blind.f1) == (0.0, 0.0, 0.0)
    column = planted.truths[0].columns
    guesses = (Truth("sentinel", column), *(Truth(kind, ("sepal_length",)) for kind in KINDS if kind != "sentinel"))
    guessed = count_score([("iris", planted, guesses)])
    assert guessed.recall[0] == 1.0
    assert guessed.precision[0] == pytest.approx(1 / 20)


def test_an_answer_must_name_kind_and_column() -> None:
    truth = Truth("ceiling", ("a",))
    assert is_right(Truth("ceiling", ("a",)), truth)
    assert not is_right(Truth("ceiling", ("b",)), truth)
    assert not is_right(Truth("heaping", ("a",)), truth)


def test_bad_input_is_refused() -> None:
    with pytest.raises(DataError, match="no defect 'gremlins'"):
        plant(load_table("iris"), "gremlins", 0)
    with pytest.raises(DataError, match="seed is -1"):
        score_planted(-1)
    with pytest.raises(DataError, match="no target"):
        plant(load_table("iris").with_target(None), "label_leak", 0)
