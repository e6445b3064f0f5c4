"""Planted defects: each is really there, planting is seeded, and the search finds them with few false alarms."""

from __future__ import annotations

import numpy as np
import pytest

from core.datasets.catalogue import load_table
from core.hub.errors import DataError
from core.tabular.eda import claims
from core.tabular.eda.card import CARD
from core.tabular.eda.defects import CLEAN, DEFECTS, HELD_OUT, KINDS, Planted, Truth, plant, plant_many, score_planted
from core.tabular.eda.defects.planting import load_set
from core.tabular.eda.defects.scoring import SEEDS, answer_clean, count_score, is_right, make_plantings, name_defects

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
    score = count_score(answered, answer_clean(name_defects, ("iris", "wine", "penguins")))
    assert score.n_planted == 60
    assert score.excused > 100  # far more than the false alarms: it must be told
    assert score.strict_precision[0] < 0.5 < score.precision[0]
    assert score.recall[0] >= 0.9, score.by_kind
    assert score.precision[0] >= 0.8, score.by_kind
    assert score.recall[1] < score.recall[0] <= score.recall[2]


def test_only_what_the_table_shows_before_planting_is_excused() -> None:
    planted = plant(load_table("iris"), "sentinel", 0)
    same, other = Truth("derived_sum", ("a", "b", "c")), Truth("heaping", ("petal_length",))
    answers = (*planted.truths, Truth("derived_sum", ("c", "a", "b")), other)
    score = count_score([("iris", planted, answers)], {"iris": (same, Truth("heaping", ("sepal_length",)))})
    assert (score.n_found, score.n_false, score.excused, score.repeated) == (1, 1, 1, 0)
    assert (score.precision[0], score.strict_precision[0]) == (pytest.approx(1 / 2), pytest.approx(1 / 3))
    assert score.by_kind["derived_sum"] == (0, 0, 0, 1)
    again = count_score([("iris", planted, answers)], {"iris": planted.truths})
    assert (again.n_false, again.excused, again.repeated) == (2, 0, 1)


@pytest.mark.parametrize("name", CLEAN)
def test_no_clean_table_shows_what_it_plainly_has_not(name: str) -> None:
    kinds = {truth.kind for truth in name_defects(load_table(name))}
    assert kinds <= {"heaping", "duplicate_rows", "conditional_missingness"}
    assert ("duplicate_rows" in kinds) == load_table(name).frame.duplicated().any()


def test_sets_of_no_part_in_settling_thresholds_are_planted_too() -> None:
    assert not set(HELD_OUT) & set(CLEAN)
    plantings = make_plantings(SEED, names=HELD_OUT, alone=False)
    assert len(plantings) == len(HELD_OUT) * 5
    answered = [(name, planted, name_defects(planted.table)) for name, planted in plantings]
    score = count_score(answered, answer_clean(name_defects, HELD_OUT))
    assert score.n_planted >= 45
    assert score.recall[0] >= 0.85, score.by_kind
    assert score.precision[0] >= 0.75, score.by_kind
    assert load_set("telco_churn").frame.equals(load_set("telco_churn").frame)
    assert len(load_set("telco_churn").frame) == 2_000
    assert "2000 rows drawn by chance, seed 0" in load_set("telco_churn").steps


def test_a_level_reaches_the_search(monkeypatch: pytest.MonkeyPatch) -> None:
    levels: list[float] = []
    monkeypatch.setattr(claims, "find_claims", lambda _table, *, level: levels.append(level) or ())
    assert name_defects(load_table("iris")) == name_defects(load_table("iris"), 0.01) == ()
    assert levels == [0.05, 0.01]


def test_one_statement_of_seeds() -> None:
    assert "seeds 0 to 13" in SEEDS
    assert CARD.data.count(SEEDS) == 1


def test_a_blind_and_a_guessing_answer_score_as_they_should() -> None:
    table = load_table("iris")
    planted = plant(table, "sentinel", 0)
    blind = count_score([("iris", planted, ())], {"iris": ()})
    assert (blind.recall[0], blind.precision[0], blind.f1) == (0.0, 0.0, 0.0)
    column = planted.truths[0].columns
    guesses = (Truth("sentinel", column), *(Truth(kind, ("sepal_length",)) for kind in KINDS if kind != "sentinel"))
    guessed = count_score([("iris", planted, guesses)], {"iris": ()})
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
