"""A run's folder is opened as it was written, its command can be pasted, and its rows carry their baseline."""

import re
from dataclasses import dataclass

import numpy as np
import pytest

from core.evaluation.intervals import wilson_interval
from core.evaluation.leaderboard import fold_interval
from core.evaluation.rows import RowMaker
from core.evaluation.runs import check_test_rows, describe_command, open_result, write_result
from core.hub.errors import ArtifactError, DataError

MAKER = RowMaker("tree", "mean", 7, "python -m core train x")


@dataclass(frozen=True)
class Settings:
    depth: int = 3


@dataclass(frozen=True)
class Model:
    recipe: Settings
    scores: tuple
    leaderboard: tuple = ()


def make_model() -> Model:
    return Model(Settings(), (MAKER.make_row("rmse", "test", (2.0, 1.5, 2.5), 40, 3.0),))


def write(folder) -> Model:
    folder.mkdir()
    model = make_model()
    write_result(folder, model, {"model.json": b"{}"}, {"report.pdf": b"%PDF-"})
    return model


def test_a_result_is_opened_as_it_was_written(tmp_path):
    model, asked = write(tmp_path / "run"), []
    downloads = {"report.pdf": "the report", "recipe.json": "settings", "table.parquet": "only of an upload"}
    result = open_result(tmp_path / "run", lambda folder: asked.append(folder) or model, downloads)
    assert asked == [tmp_path / "run" / "model"]
    assert (asked[0] / "model.json").read_bytes() == b"{}"
    assert set(result.files) == {"report.pdf", "recipe.json"}
    assert result.files["recipe.json"].read_text().replace(" ", "") == '{"depth":3}'
    assert [(row.metric, row.value, row.baseline_value) for row in result.scores] == [("rmse", 2.0, 3.0)]


def test_a_result_that_is_gone_is_refused(tmp_path):
    with pytest.raises(ArtifactError, match="the result of this run is no longer kept or is damaged; train again"):
        open_result(tmp_path / "nothing", lambda _folder: make_model(), {})


@pytest.mark.parametrize("content", [b"not json", b"{}", b'[{"metric": 1}]', b"\xff\xfe"])
def test_damaged_scores_are_refused(tmp_path, content):
    write(tmp_path / "run")
    (tmp_path / "run" / "scores.json").write_bytes(content)
    with pytest.raises(ArtifactError):
        open_result(tmp_path / "run", lambda _folder: make_model(), {})


def test_a_command_names_the_recipe_and_quotes_the_target():
    named = {"quick": Settings(), "full": Settings(9)}
    assert describe_command("x", named, Settings(9)) == "python -m core train x --recipe full"
    command = describe_command("x", named, Settings(4), "table.parquet", "my class; rm -rf")
    assert command == "python -m core train x --recipe recipe.json --table table.parquet --target 'my class; rm -rf'"


def test_only_the_models_own_test_rows_may_score_it():
    kept = np.array([1, 5])
    check_test_rows(kept, kept, is_same_table=True)
    check_test_rows(np.array([0, 2]), kept, is_same_table=False)
    with pytest.raises(DataError, match="these test rows were trained on"):
        check_test_rows(np.array([1, 4]), kept, is_same_table=True)


def test_a_row_over_folds_is_their_interval_beside_the_baselines_mean():
    folds = {"tree": np.array([2.0, 2.2, 1.9]), "mean": np.array([3.0, 3.2, 3.1])}
    row = MAKER.score_folds("rmse", folds, 80, 20)
    assert (row.value, row.low, row.high) == fold_interval(folds["tree"], 80, 20, "rmse")
    assert (row.split, row.n, row.baseline, row.seed, row.model) == ("cv", 100, "mean", 7, "tree")
    assert row.baseline_value == pytest.approx(3.1)


@pytest.mark.parametrize(("asked", "name"), [(0.9, "coverage_90"), (0.975, "coverage_97.5")])
def test_a_promise_is_held_against_what_was_asked(asked, name):
    row = MAKER.score_coverage(18, 20, asked)
    assert (row.metric, row.value, row.baseline, row.baseline_value) == (name, 0.9, "asked", asked)
    assert (row.low, row.high) == wilson_interval(18, 20)
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", row.date)
