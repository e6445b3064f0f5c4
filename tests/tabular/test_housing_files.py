"""A run as a job and to take away, the explosion taken apart, the map, and the shipped studies."""

import dataclasses
import io
import subprocess
import sys
import zipfile
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LinearRegression
from sklearn.preprocessing import StandardScaler

from core.datasets.catalogue import load_table
from core.datasets.reading import read_table
from core.evaluation.splits import make_folds
from core.hub.artifacts import load_artifact
from core.hub.errors import DataError
from core.tabular import housing
from core.tabular.housing import explosion
from core.tabular.housing.explosion import explode

RECIPE = dataclasses.replace(housing.RECIPES["quick"], models=("ridge", "LightGBM", "blend"), boosting_rounds=30)


@pytest.fixture(scope="module")
def result(tmp_path_factory):
    """Run the job on the bundled table and open what it left."""
    folder = tmp_path_factory.mktemp("job")
    inputs, outputs = folder / "inputs", folder / "outputs"
    inputs.mkdir()
    outputs.mkdir()
    context = SimpleNamespace(inputs=inputs, outputs=outputs, on_step=None, log=lambda _text: None)
    summary = housing.run_job(RECIPE, context)
    return summary, housing.open_result(outputs)


@pytest.fixture(scope="module")
def shipped():
    return housing.load_model(load_artifact("housing").folder / "weights")


def test_a_job_leaves_what_a_page_shows_and_a_person_takes_away(result):
    summary, opened = result
    assert summary["best"] == opened.model.best
    assert summary["rmse_log"] == pytest.approx(opened.leaderboard[0].metrics["rmse_log"].value)
    assert set(opened.files) == set(housing.DOWNLOADS) - {"table.parquet"}
    assert opened.files["report.pdf"].read_bytes().startswith(b"%PDF")
    answers = pd.read_csv(opened.files["predictions.csv"])
    assert len(answers) == len(opened.model.names) * 2_930
    assert answers.loc[answers["model"] == opened.model.best, "held"].mean() == pytest.approx(0.9, abs=0.015)


STRANGE = (
    {"gr_liv_area": 50_000}, {"second_flr_sf": 2_000, "gr_liv_area": 1_200}, {"bsmt_unf_sf": 2_000},
    {"garage_cars": 0, "garage_area": 1_400}, {"garage_cars": 4, "garage_area": 0}, {"year_remod_add": 1_950},
    {"gr_liv_area": 5_600, "bedroom_abvgr": 0}, {"lot_frontage": None, "neighborhood": "Chelsea"},
)  # fmt: skip
REFUSED = [True] * 7 + [False]


@pytest.mark.parametrize("is_form", [False, True], ids=["all columns", "the form's columns"])
def test_what_is_taken_away_prices_and_refuses_as_the_hub_does(result, tmp_path, is_form):
    model, files = result[1].model, result[1].files
    with zipfile.ZipFile(io.BytesIO(files["model.zip"].read_bytes())) as packed:
        packed.extractall(tmp_path)
    table = load_table("ames").frame.drop(columns="sale_price")
    usual = table[table["year_built"] > 1_990].iloc[0].to_dict()
    rows = pd.concat([table.head(60), pd.DataFrame([usual | change for change in STRANGE])], ignore_index=True)
    if is_form:
        rows = rows[[each.name for each in dataclasses.fields(housing.Inputs)]]
        rows = rows.rename(columns={"gr_liv_area": "Gr Liv Area", "second_flr_sf": "2nd Flr SF"})
    content = rows.to_csv(index=False).encode()
    (tmp_path / "cases.csv").write_bytes(content)
    command = [sys.executable, "predict.py", "cases.csv"]
    ran = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    theirs = pd.read_csv(io.StringIO(ran.stdout), keep_default_na=False, na_values=[""])
    ours = housing.predict_table(model, read_table(content, "cases.csv").table)
    for name in ("answer", "low", "high"):
        assert theirs[name].to_numpy() == pytest.approx(ours[name].to_numpy(), abs=0.011, nan_ok=True)
    assert theirs["refused"].fillna("").tolist() == ours["refused"].tolist()
    assert theirs["typical"].fillna("").tolist() == ours["typical"].tolist()
    assert bool(ours["typical"].iloc[0]) is is_form
    assert [bool(each) for each in ours["refused"].tail(len(STRANGE))] == REFUSED
    assert (theirs["low"] < theirs["answer"]).sum() == ours["answer"].notna().sum() >= 50


def test_what_is_taken_away_refuses_a_file_in_a_sentence(result, tmp_path):
    with zipfile.ZipFile(io.BytesIO(result[1].files["model.zip"].read_bytes())) as packed:
        packed.extractall(tmp_path)
        readme = packed.read("README.md").decode()
    best = next(row for row in result[1].scores if row.split == "cv")
    assert f"{best.value:.4g} (95% interval {best.low:.4g} to {best.high:.4g})" in " ".join(readme.split())
    rows = load_table("ames").frame.head(2).astype({"gr_liv_area": object})
    rows.loc[1, "gr_liv_area"] = "large"
    sentences = {"word.csv": "gr_liv_area is 'large' in row 2; it must be a number", "less.csv": "lacks gr_liv_area"}
    rows.to_csv(tmp_path / "word.csv", index=False)
    rows.drop(columns="gr_liv_area").to_csv(tmp_path / "less.csv", index=False)
    for file, sentence in sentences.items():
        command = [sys.executable, "predict.py", file]
        ran = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert ran.returncode == 1
        assert sentence in ran.stderr


def test_the_explosion_is_found_and_its_columns_named():
    folds, columns = explode(housing.load(RECIPE))
    worst = folds.loc[folds["least_squares_usd"].idxmax()]
    others = folds[folds["fold"] != worst["fold"]]
    assert np.sqrt(np.mean(folds["least_squares_usd"] ** 2)) > 1_000_000
    assert others["least_squares_usd"].max() < 30_000
    assert folds["ridge_usd"].max() < 30_000
    assert worst["condition"] > 10 * others["condition"].max()
    assert {"bsmtfin_sf_2", "bsmtfin_type_2_Unf"} <= set(columns["column"])
    told = housing.describe_explosion(folds, columns)
    assert "The columns bsmtfin_type_2_Unf, bsmtfin_sf_2 say nearly the same" in told
    assert "condition number" in told
    assert housing.explosion_chart(folds, columns).alt == told


@pytest.mark.parametrize(("left_out", "numbers"), [("bsmtfin_sf_2", None), ("bsmtfin_type_2", None), ("", "scale")])
def test_the_explosion_needs_both_columns_and_the_power(left_out, numbers):
    data = housing.load(RECIPE)
    kept = np.flatnonzero((data.x["gr_liv_area"] <= 4_000).to_numpy())
    x, y = data.x.iloc[kept].drop(columns=left_out or []), np.log(data.y[kept])
    split = make_folds(y, 5, 1, 0)[3]
    prepare = explosion._make_preparation(x)
    if numbers:
        prepare.set_params(numbers=StandardScaler())
    sides = prepare.fit_transform(x.iloc[split.train]), prepare.transform(x.iloc[split.test])
    answers = np.exp(LinearRegression().fit(sides[0], y[split.train]).predict(sides[1]))
    assert np.sqrt(np.mean((answers - np.exp(y[split.test])) ** 2)) < 30_000


def test_the_shipped_studies_say_when_logs_and_scaling_pay(shipped):
    logs = shipped.studies["log"].pivot_table(index="model", columns="learns", values="median_ape")
    assert (logs["log"] < logs["price"]).loc[["ridge", "lasso", "linear regression", "LightGBM"]].all()
    scaled = shipped.studies["scaling"].set_index("model")
    assert scaled.loc["linear regression", "standard"] == pytest.approx(
        scaled.loc["linear regression", "minmax"], rel=1e-3
    )
    assert scaled.loc["ridge", "standard"] < scaled.loc["ridge", "minmax"]
    assert shipped.studies["form"]["rmse_log"].min() < 0.135
    assert "logs win for" in housing.log_chart(shipped.studies["log"]).title


def test_the_map_shows_every_neighbourhood(shipped):
    frame = housing.list_neighbourhoods(shipped)
    assert frame["n"].sum() == 2_930
    assert len(frame) == 28
    for figure in ("median error", "price per square foot"):
        chart = housing.map_chart(shipped, figure)
        assert sum(len(mark.x) for mark in chart.marks) == 28
    assert (frame[frame["n"] >= 30]["coverage"] >= 0.85).all()


def test_diagnostics_of_the_shipped_run(shipped):
    charts = housing.residual_charts(shipped)
    assert list(charts) == ["Residuals", "Spread", "Shape", "By group"]
    assert housing.price_chart(housing.predict(shipped, housing.Inputs())).title.endswith("to the cent")
    with pytest.raises(ValueError, match="refused"):
        housing.price_chart(housing.predict(shipped, housing.Inputs(gr_liv_area=50_000)))


def test_columns_of_a_topic_matter_more_together(result):
    model, data = result[1].model, housing.load(RECIPE)
    together = housing.measure_topics(model, data, "ridge").set_index("group")["rise"]
    alone = housing.measure_topics(model, data, "ridge", by="column").set_index("group")["rise"]
    assert together["living area"] > alone.get("gr_liv_area", 0.0)
    assert together.idxmax() == "living area"


def test_comparing_needs_at_least_one_sale(shipped):
    with pytest.raises(DataError, match="k is 0"):
        housing.find_comparables(shipped, shipped.topics[0], 0)
    assert len(housing.find_comparables(shipped, shipped.topics[0], 3)) == 3
