"""Titanic's studies: explanations against enumeration, whole grids, remedies, lessons, files and the zip."""

import io
import json
import subprocess
import sys
import zipfile
from dataclasses import asdict, replace

import numpy as np
import pandas as pd
import pytest
from fastapi.testclient import TestClient

from core.__main__ import main
from core.datasets.catalogue import load_table
from core.datasets.fit import check_fit
from core.evaluation.attribution import agree, exact_shapley, shap_values
from core.hub.artifacts import load_artifact
from core.hub.errors import ArtifactError
from core.hub.jobs.job import JobContext
from core.hub.model_files import save_files
from core.hub.registry import find_project
from core.serving.api import make_app
from core.tabular.titanic import explaining, grids, remedies
from core.tabular.titanic.answers import ask
from core.tabular.titanic.batches import predict_table
from core.tabular.titanic.data import load
from core.tabular.titanic.download import make_download
from core.tabular.titanic.explaining import (
    EXACT,
    LIME,
    PERMUTATION,
    SHAP,
    condense,
    describe_explanations,
    draw_background,
    explain_held_out,
)
from core.tabular.titanic.files import load_model, model_from_files, model_to_files
from core.tabular.titanic.folds import Progress
from core.tabular.titanic.gaps import gap_chart
from core.tabular.titanic.lessons import LESSONS
from core.tabular.titanic.recipe import COLUMNS, SEX_RULE, Inputs, Recipe
from core.tabular.titanic.remedies import compare_remedies, describe_remedies, remedies_chart
from core.tabular.titanic.reporting import make_run_report
from core.tabular.titanic.runs import list_held_out, open_result, run_job
from core.tabular.titanic.training import train

FEW = Recipe(models=("logistic regression", "gradient boosting"), n_folds=3, boosting_rounds=10, boosting_rate=0.2)


@pytest.fixture(scope="module")
def data():
    return load(FEW)


@pytest.fixture(scope="module")
def rows(data):
    return data.x.iloc[data.train].reset_index(drop=True), data.y[data.train]


@pytest.fixture(scope="module")
def plain(data):
    return train(FEW, data)


@pytest.fixture(scope="module")
def model(plain, data, rows):
    """Add small studies to a quick model, so that everything that is stored is there."""
    progress = Progress(100, None)
    patch = pytest.MonkeyPatch()
    for name, value in {
        "N_EXPLAINED": 8,
        "N_REFITTED": 3,
        "N_REFITS": 4,
        "N_BACKGROUND": 12,
        "LIME_SAMPLES": 500,
    }.items():
        patch.setattr(explaining, name, value)
    patch.setattr(grids, "OUTER_FOLDS", 2)
    patch.setitem(
        grids.GRIDS,
        "logistic regression",
        {"classify__C": (0.1, 1.0), "prepare__categories__code__min_frequency": (2, 9)},
    )
    asked = (*rows, data.x.iloc[data.test])
    explained = explain_held_out(plain.pipelines[plain.best], plain.best, FEW, asked, progress)
    grid = grids.search_grid("logistic regression", FEW, rows, progress)
    found = compare_remedies(FEW.models, FEW, rows, progress)
    patch.undo()
    return replace(plain, studies=replace(plain.studies, grids=(grid,), remedies=found, explanations=explained))


# explanations


def test_shap_adds_up_and_equals_enumeration_on_real_models(plain, data):
    for name in FEW.models:
        cases, background = (
            condense(data.x.iloc[data.test[:5]], plain.parties),
            condense(draw_background(plain.rows, 12, 0), plain.parties),
        )
        question = ask(plain, name)
        shap, exact = (explain(question, cases, background) for explain in (shap_values, exact_shapley))
        assert np.abs(shap.sums - question(cases)).max() <= 1e-6
        assert agree(shap, exact).largest <= 0.02
        assert agree(shap, exact).largest <= 1e-9


def test_the_shipped_explanations_keep_their_bounds():
    found = load_model(load_artifact("titanic").folder / "weights").studies.explanations
    assert found.additivity <= 1e-6
    assert found.exactness <= 0.02
    assert set(found.found) == {EXACT, SHAP, LIME, PERMUTATION}
    assert all(values.shape == (30, 12, 10) for values in found.refits.values())
    assert found.deletions[EXACT].gain.low > 0
    assert found.measure(EXACT).n_refits == 30
    for method, refits in found.refits.items():
        bars = found.bound(method)
        assert bars.low.shape == (12, 10)
        inside = (refits >= bars.low) & (refits <= bars.high)
        assert inside.mean(axis=0).min() >= 28 / 30  # the middle 95% of the refits, and nothing is stretched
        assert bars.low == pytest.approx(np.quantile(refits, 0.025, axis=0))
        n_outside, n_bars = found.count_outside(method)
        assert n_outside <= 0.15 * n_bars


def test_refits_are_explained_against_backgrounds_of_their_own(model, data, rows):
    found = model.studies.explanations
    known = explaining.find_parties(FEW, *rows)
    drawn = explaining.draw_refits(len(rows[0]), 4, FEW.seed)[1]
    once = np.unique(drawn)
    parties = explaining.find_parties(FEW, rows[0].iloc[once], rows[1][once])
    z = explaining.engineer(rows[0].iloc[drawn], parties, rows[1][drawn] == "Yes")
    question = explaining.make_ask(explaining.fit_pipeline(model.best, FEW, z, rows[1][drawn]), parties)
    cases = condense(data.x.iloc[data.test].iloc[found.places[:3]].reset_index(drop=True), known)
    background = condense(draw_background(rows[0], 12, FEW.seed + 2), known)
    assert found.refits[EXACT][1] == pytest.approx(exact_shapley(question, cases, background).values)


def test_condensing_changes_no_answer(plain, data):
    cases = data.x.iloc[data.test]
    for name in plain.names:
        question = ask(plain, name)
        assert np.array_equal(question(cases), question(condense(cases, plain.parties)))


def test_sex_alone_moves_the_sex_rule(plain, data):
    cases, background = (
        condense(data.x.iloc[data.test[:4]], plain.parties),
        condense(draw_background(plain.rows, 12, 0), plain.parties),
    )
    found = exact_shapley(ask(plain, SEX_RULE), cases, background)
    assert all(np.abs(found.column(name)).max() <= 1e-12 for name in COLUMNS if name != "sex")
    assert np.abs(found.column("sex")).min() > 0.1


def test_explanations_are_told_in_their_own_figures(model):
    found = model.studies.explanations
    told = describe_explanations(found)
    assert f"{found.exactness:.1g}" in told[0]
    assert found.additivity <= 1e-9
    assert found.exactness <= 1e-9
    assert len(told) == 4 + len(found.refits)
    n_outside, n_bars = (sum(each) for each in zip(*map(found.count_outside, found.refits), strict=True))
    assert told[-2].startswith(f"{n_outside:,} of {n_bars:,} effects")
    bounded, refits = found.bound(EXACT), found.refits[EXACT]
    assert (refits.min(axis=0) <= bounded.low).all()
    assert (bounded.high <= refits.max(axis=0)).all()
    effects = np.stack([bounded.column(name) for name in COLUMNS], axis=1)
    outside = (effects < bounded.low - 1e-12) | (effects > bounded.high + 1e-12)
    assert found.count_outside(EXACT)[0] == outside.sum()
    assert np.abs(found.found[EXACT].column("ticket")).max() > 0  # it says who was in the party
    assert len(found.agreements) == 6


# grids and remedies


def test_the_whole_surface_is_kept_and_its_best_cell_is_scikit_learns(model, rows):
    grid = model.studies.grids[0]
    assert grid.mean.shape == (2, 2)
    assert (grid.mean > 0.7).all()
    assert grid.nested.shape == (2,)
    row, column = grid.best
    assert grid.mean[row, column] == grid.mean.max()
    assert 1 <= grid.n_level <= 4
    assert f"{grid.nested.mean():.3f}" in grid.sentence
    chart = grids.grid_chart(grid)
    assert np.array_equal(chart.marks[0].z, grid.mean)
    assert len(rows[1]) == 891


def test_remedies_trade_precision_for_recall_and_only_weights_move_the_probabilities(model):
    own = model.studies.remedies
    table = own[own["model"] == "logistic regression"].pivot_table(index="remedy", columns="metric", values="value")
    assert table.loc["class weights", "recall"] > table.loc["none", "recall"]
    assert table.loc["class weights", "precision"] < table.loc["none", "precision"]
    assert table.loc["threshold", "brier"] == table.loc["none", "brier"]
    assert table.loc["class weights", "brier"] > table.loc["none", "brier"]
    told = describe_remedies(model.studies.remedies, "logistic regression")
    assert f"{table.loc['none', 'recall']:.0%}" in told
    assert "Class weights move recall" in remedies_chart(model.studies.remedies, "logistic regression").title


def test_a_score_of_answers_by_hand():
    found = remedies.score_answers(np.array([1, 1, 0, 0, 0], bool), np.array([0.9, 0.2, 0.6, 0.1, 0.0]), 0.5)
    assert (found["accuracy"], found["precision"], found["recall"]) == (0.6, 0.5, 0.5)
    assert found["balanced_accuracy"] == pytest.approx((1 / 2 + 2 / 3) / 2)
    assert found["brier"] == pytest.approx((0.01 + 0.64 + 0.36 + 0.01 + 0) / 5)


def test_the_gap_chart_shows_all_three_accuracies(model):
    chart = gap_chart(model.names, (model.folds, model.studies.ticket_folds), model.right)
    assert [mark.name for mark in chart.marks] == ["random folds", "folds of tickets", "held-out rows"]
    assert chart.marks[2].x.tolist() == [float(model.right[name].mean()) for name in model.names]


# files


def test_studies_come_back_from_their_files(model):
    again = model_from_files(model_to_files(model))
    first, second = model.studies, again.studies
    pd.testing.assert_frame_equal(first.remedies, second.remedies)
    assert first.grids[0].sentence == second.grids[0].sentence
    assert np.array_equal(first.grids[0].mean, second.grids[0].mean)
    for method in first.explanations.found:
        one, two = first.explanations.found[method], second.explanations.found[method]
        assert agree(one, two).largest == 0
        assert one.base == two.base
        assert np.array_equal(first.explanations.refits[method], second.explanations.refits[method])
        assert first.explanations.deletions[method].gain == second.explanations.deletions[method].gain
    assert describe_explanations(first.explanations) == describe_explanations(second.explanations)
    assert model_to_files(model) == model_to_files(model)
    assert model_to_files(again)["arrays.npz"] == model_to_files(model)["arrays.npz"]


def test_a_damaged_file_is_refused(model, tmp_path):
    files = model_to_files(model)
    save_files({**files, "arrays.npz": files["arrays.npz"][:100]}, tmp_path / "model")
    with pytest.raises(ArtifactError):
        load_model(tmp_path / "model")


def test_the_report_is_a_pdf_with_every_part(model):
    content = make_run_report(model)
    assert content.startswith(b"%PDF")
    assert content == make_run_report(model)
    assert len(content) > len(
        make_run_report(replace(model, studies=replace(model.studies, grids=(), explanations=None)))
    )


@pytest.mark.parametrize("name", ["logistic regression", "gradient boosting"])
def test_the_zip_answers_kaggles_test_file_without_the_hub(model, tmp_path, name):
    with zipfile.ZipFile(io.BytesIO(make_download(replace(model, best=name)))) as packed:
        packed.extractall(tmp_path)
    frame = load_table("titanic").frame.iloc[891:].drop(columns=["survived", "boat", "body", "home_dest"])
    frame.rename(columns=str.capitalize).to_csv(tmp_path / "test.csv", index=False)
    command = [sys.executable, "predict.py", "test.csv"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    answers = pd.read_csv(io.StringIO(done.stdout))
    assert answers["answer"].isna().tolist() == answers["refused"].notna().tolist() == model.held_out.withheld.tolist()
    assert answers["share of Yes"].to_numpy() == pytest.approx(model.held_out.probabilities[name][:, 1], abs=1e-12)
    (tmp_path / "bad.csv").write_text("name,age\nx,1\n")
    failed = subprocess.run([*command[:2], "bad.csv"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert failed.returncode == 1
    assert "bad.csv lacks pclass" in failed.stderr


def test_a_job_leaves_a_folder_that_opens_again(tmp_path):
    for name in ("inputs", "outputs"):
        (tmp_path / name).mkdir()
    lines = []
    recipe = Recipe(models=("logistic regression",), n_folds=2)
    context = JobContext(tmp_path / "inputs", tmp_path / "outputs", lambda *_step: None, lines.append)
    summary = run_job(recipe, context)
    result = open_result(tmp_path / "outputs")
    assert summary["best"] == result.model.best == "logistic regression"
    assert set(result.files) == {"model.zip", "predictions.csv", "report.pdf", "scores.json", "recipe.json"}
    listed = list_held_out(result.model)
    assert len(listed) == 418 * 3
    assert listed["row"].min() == 892
    assert lines[-1] == "Logistic regression answers: it is the only model."
    json.dumps(summary)


def test_the_api_and_the_command_line_give_the_shipped_answers(capsys):
    case = asdict(Inputs())
    with TestClient(make_app()) as client:
        one = client.post("/v1/titanic/predict", json=case).json()
        both = client.post("/v1/titanic/predict/batch", json={"cases": [case, case | {"age": 119.0}]}).json()
        wrong = client.post("/v1/titanic/predict", json=case | {"age": 500})
    assert one["answer"] == both["predictions"][0]["answer"] == "No"
    assert {reason["name"] for reason in one["reasons"]} == set(COLUMNS)
    assert both["predictions"][0] == one
    assert "unlike any" in both["predictions"][1]["refused"]
    assert wrong.status_code == 422
    assert wrong.json()["detail"] == "age is 500; it must be less than or equal to 120"
    assert main(["predict", "titanic", "--input", json.dumps(case)]) == 0
    assert json.loads(capsys.readouterr().out) == one


def test_a_table_of_passengers_is_offered_the_page_and_another_is_not():
    needs = find_project("titanic").needs
    assert check_fit(load_table("titanic"), needs).ok
    assert "it lacks" in check_fit(load_table("penguins"), needs).reason


# lessons


@pytest.mark.parametrize("lesson", [each for each in LESSONS if each.figure], ids=lambda lesson: lesson.key)
def test_each_figure_moves_with_its_control(lesson):
    first = lesson.figure(lesson.control())
    changes = {
        "features": {"feature": "deck"}, "imputation": {"quantile": 0.9}, "validation": {"folds": "whole tickets"},
        "grid_search": {"c": 0.001}, "imbalance": {"threshold": 0.3}, "mcnemar": {"only_first": 45},
        "choice": {"power": 0.5},
        "shapley": {"sex": "male"},
    }  # fmt: skip
    second = lesson.figure(lesson.control(**changes[lesson.key]))
    assert first.title != second.title
    assert first.alt
    assert second.alt


def test_predicting_a_table_equals_the_held_out_shares(model, data):
    found = predict_table(model, load_table("titanic"))
    assert found["share of Yes"].to_numpy()[data.test] == pytest.approx(model.held_out.probabilities[model.best][:, 1])
    assert set(asdict(FEW)) == set(asdict(model.recipe))
