"""The run as a whole: figures against scikit-learn, films drawn and not texts, answers, tables, files, own texts."""

import dataclasses
import io
import json
import subprocess
import sys
import zipfile

import numpy as np
import pandas as pd
import pytest

from core.datasets.table import Table
from core.hub.contract import ScoreRow
from core.hub.errors import ArtifactError, DataError, LimitError
from core.text import sentiment
from core.text.sentiment import answers, runs, scoring, storing
from core.text.sentiment.board import describe_transfer
from core.text.sentiment.data import choose_groups, load, read_labels
from core.text.sentiment.family import FAMILIES
from core.text.sentiment.files import model_from_files, model_to_files, take_family
from core.text.sentiment.model import HeldOut
from core.text.sentiment.recipe import Inputs, Recipe
from core.text.sentiment.reporting import describe_drawn, transfer_chart
from core.text.sentiment.scoring import compare_groups, evaluate, families_table, measure_set
from core.text.sentiment.training import train

RECIPE = Recipe(most="nbsvm", texts=1_200)


@pytest.fixture(scope="module", autouse=True)
def _few_resamples():
    """Draw few resamples: what is tested of intervals does not hang on their number."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(scoring, "N_RESAMPLES", 25)
        yield


@pytest.fixture(scope="module")
def data():
    return load(RECIPE)


@pytest.fixture(scope="module")
def trained(data):
    steps = []
    model = train(RECIPE, data, lambda step, total, metrics: steps.append((step, total, dict(metrics))))
    return model, steps


@pytest.fixture(scope="module")
def model(trained):
    return trained[0]


def find_row(model, metric, split, name) -> ScoreRow:
    return next(row for row in model.scores if (row.metric, row.split, row.model) == (metric, split, name))


def test_the_figures_are_scikit_learns(model):
    from sklearn.metrics import accuracy_score, f1_score, roc_auc_score

    for split, held in model.held_out.items():
        said = held.probabilities["nbsvm"]
        assert find_row(model, "accuracy", split, "nbsvm").value == pytest.approx(
            accuracy_score(held.labels, said >= 0.5)
        )
        assert find_row(model, "macro_f1", split, "nbsvm").value == pytest.approx(
            f1_score(held.labels, said >= 0.5, average="macro")
        )
        assert find_row(model, "roc_auc", split, "nbsvm").value == pytest.approx(roc_auc_score(held.labels, said))


def test_every_family_beats_the_most_frequent_class_on_test_films(model):
    for name in ("tfidf", "nbsvm"):
        row = find_row(model, "accuracy", "test", name)
        assert row.value > row.baseline_value + 0.05 if name == "tfidf" else row.value > 0.65
        assert row.low <= row.value <= row.high
    assert [row.beats_baseline for row in model.leaderboard if not row.is_baseline] == [True] * 3
    assert model.leaderboard[-1].is_baseline
    assert find_row(model, "accuracy", "test", "nbsvm").baseline == "tfidf"


def test_all_domains_stand_in_one_table_with_speed_and_size(model):
    table = families_table(model)
    assert set(table["set"]) == {"test", "product_sentences", "news_sentences", "tweets", "foods"}
    assert table.groupby("set").size().eq(4).all()
    named = table[table["model"] != "most frequent class"]
    assert (named["ms_per_text"] > 0).all()
    assert (named["kB"] > 0).all()
    assert table["model"].iloc[0] == "most frequent class"
    # the lexicon's authors made the tweets: on those nothing learnt from films comes near
    tweets = table[table["set"] == "tweets"].set_index("model")["accuracy"]
    assert tweets["Lexicon (VADER)"] > tweets["NB-SVM"] + 0.1


def test_intervals_draw_films_and_not_texts():
    rng = np.random.default_rng(0)
    films = np.repeat(np.arange(30), 40).astype(np.int32)
    labels = np.ones(1_200, np.int8)
    labels[::2] = 0
    whole = np.where(rng.random(30) < 0.7, 0.0, 1.0)[films]  # a film is got right or wrong as a whole
    said = np.where(whole == 0, labels, 1 - labels) * 0.8 + 0.1
    by_film = measure_set(HeldOut(labels, films, {}), said, 0)["accuracy"]
    by_text = measure_set(HeldOut(labels, np.arange(1_200, dtype=np.int32), {}), said, 0)["accuracy"]
    assert by_film[2] - by_film[1] > 3 * (by_text[2] - by_text[1])


def test_a_comparison_counts_films_and_agrees_with_a_plain_test_where_each_text_is_its_own():
    from scipy.stats import ttest_1samp

    rng = np.random.default_rng(1)
    a, b = rng.random(400) < 0.8, rng.random(400) < 0.7
    found = compare_groups({"a": a, "b": b}, np.arange(400), "a")[0]
    plain = ttest_1samp(a.astype(float) - b, 0)
    assert found.p == pytest.approx(plain.pvalue, rel=1e-9)
    assert (found.low, found.high) == pytest.approx(tuple(plain.confidence_interval(0.95)), rel=1e-9)
    doubled = compare_groups({"a": np.repeat(a, 5), "b": np.repeat(b, 5)}, np.repeat(np.arange(400), 5), "a")[0]
    assert doubled.p == pytest.approx(found.p, rel=1e-6)
    same = compare_groups({"a": a, "b": a}, np.arange(400), "a")[0]
    assert not same.differs


def test_progress_has_each_family_and_ends_at_the_end(trained):
    _, steps = trained
    assert steps[-1][0] == steps[-1][1] == 3 * 100 + 1
    assert {name for _, _, metrics in steps for name in metrics} >= {"lexicon_tune_accuracy", "nbsvm_tune_accuracy"}


def test_scoring_again_gives_the_same_and_other_texts_are_refused(model, data):
    assert [row.value for row in evaluate(model, data)] == [row.value for row in model.scores]
    with pytest.raises(DataError, match="not the model's texts"):
        evaluate(model, load(dataclasses.replace(RECIPE, texts=400)))


def test_a_kept_family_is_not_fitted_again_and_changes_nothing(model, data):
    kept = {name: (one.model, one.fit_s) for name, one in model.fitted.items()}
    again = train(RECIPE, data, None, kept)
    assert again.fitted["nbsvm"].model is model.fitted["nbsvm"].model
    assert again.fitted["nbsvm"].fit_s == model.fitted["nbsvm"].fit_s
    assert [row.value for row in again.scores] == [row.value for row in model.scores]


def test_one_family_is_trained_anew_beside_the_stored_ones(model, tmp_path, monkeypatch):
    monkeypatch.setitem(storing.RECIPES, "full", dataclasses.replace(RECIPE, most="tfidf", texts=400))
    storing.store_full(given={"tfidf": (model.fitted["tfidf"].model, 1.5)}, root=tmp_path)
    stored = storing.read_stored(tmp_path)
    assert stored["tfidf"][1] == 1.5
    assert stored["tfidf"][0].terms == model.fitted["tfidf"].model.terms
    storing.store_full(("tfidf",), root=tmp_path)
    assert len(storing.read_stored(tmp_path)["tfidf"][0].terms) < len(stored["tfidf"][0].terms)
    assert storing.read_stored(tmp_path / "nothing") == {}
    folder = tmp_path / "lone"
    folder.mkdir()
    for name, content in model.fitted["tfidf"].model.to_files().items():
        (folder / name).write_bytes(content)
    assert storing.read_folder("tfidf", folder, 2.0)[1] == 2.0


def test_files_bring_the_model_back(model):
    files = model_to_files(model)
    again = model_from_files(files)
    assert model_to_files(again) == files
    assert set(take_family("nbsvm", files)) == {"terms.npz"}
    case = Inputs("A dull and lifeless film.", "nbsvm")
    assert sentiment.predict(again, case) == sentiment.predict(model, case)
    with pytest.raises(ArtifactError, match="lacks"):
        model_from_files({name: content for name, content in files.items() if name != "nbsvm.terms.npz"})


def test_an_answer_names_its_model_its_words_and_its_doubt(model):
    found = answers.predict_text(model, "Dull, tedious, boring and bad.", "nbsvm")
    assert (found.model, found.details["guess"]) == ("NB-SVM", "negative")
    assert found.probabilities["negative"] + found.probabilities["positive"] == pytest.approx(1)
    assert found.reasons[0].effect < 0
    assert {reason.name for reason in found.reasons} & {"dull", "tedious", "boring", "bad"}
    unsure = answers.predict_text(model, "The film is about a man.", "nbsvm")
    assert unsure.answer is None
    assert "Not sure enough" in unsure.refused
    assert sentiment.predict(model, Inputs()).model == "NB-SVM"  # the best is the most complex of the run


def test_negation_and_direction_are_read(model):
    said = {text: model.fitted["lexicon"].probabilities([text])[0] for text in ("A good film.", "Not a good film.")}
    assert said["A good film."] > 0.5 > said["Not a good film."]
    base, better = (model.fitted["nbsvm"].probabilities([text])[0] for text in ("A film.", "A moving, funny film."))
    assert better > base


@pytest.mark.parametrize("text", ["", "  \n", "\x00"])
def test_an_empty_text_is_refused(model, text):
    with pytest.raises(DataError, match="text is empty"):
        answers.predict_text(model, text)


def test_long_strange_and_unknown_are_refused_or_noted(model):
    with pytest.raises(LimitError, match=r"at most 20,000"):
        answers.predict_text(model, "word " * 5_000)
    with pytest.raises(LimitError, match=r"at most 1,000,000"):
        answers.predict_text(model, "a" * 1_000_001)
    with pytest.raises(DataError, match="this run has fitted lexicon, tfidf, nbsvm"):
        answers.predict_text(model, "Good.", "bert")
    assert "learnt English only" in answers.predict_text(model, "فيلم رائع").details["notes"][0]
    assert "no letters" in answers.predict_text(model, "🙂🙂").details["notes"][0]
    assert answers.predict_text(model, "good\u202e film 🙂 отлично").probabilities


def test_pasted_texts_and_tables_are_answered_in_order(model):
    pasted = answers.split_pasted("A wonderful film.\n\n  \nDull.\r\n")
    assert pasted == ("A wonderful film.", "Dull.")
    frame = pd.DataFrame({"id": [7, 8, 9], "review": ["A wonderful, moving film.", None, "=cmd|' /C calc'!A0"]})
    table = Table(frame, "mine", "upload", "0" * 64, {"id": "number", "review": "text"})
    found = answers.predict_table(model, table, "nbsvm")
    assert found["id"].tolist() == [7, 8, 9]
    assert found["guess"].tolist()[0] == "positive"
    assert found["refused"].tolist()[1] == "The text is empty."
    assert found["positive"].isna().tolist() == [False, True, False]
    one = answers.predict_text(model, "A wonderful, moving film.", "nbsvm")
    assert found["positive"][0] == pytest.approx(one.probabilities["positive"])
    with pytest.raises(LimitError, match=r"at most 5,000"):
        answers.predict_texts(model, ["a"] * 5_001)
    with pytest.raises(DataError, match="no column of text"):
        answers.predict_table(model, Table(frame[["id"]], "mine", "upload", "0" * 64, {"id": "number"}))


def make_own(n=400):
    """Make a labelled table of one's own."""
    rng = np.random.default_rng(0)
    good, bad = ("great tasty fresh lovely", "awful stale broken late")
    rows = [
        (" ".join(rng.choice((good if label else bad).split(), 3)) + f" number {i}", label)
        for i, label in enumerate(rng.integers(0, 2, n))
    ]
    frame = pd.DataFrame(rows, columns=["comment", "sentiment"]).replace({"sentiment": {1: "Positive", 0: "neg"}})
    return Table(frame, "mine", "upload", "0" * 64, {"comment": "text", "sentiment": "category"}, "sentiment")


def test_a_table_of_ones_own_takes_the_films_place():
    recipe = Recipe(most="tfidf", texts=400)
    own = load(recipe, make_own())
    assert set(own.domains) == {"films"}
    assert len(own.train) + len(own.tune) + len(own.test) == 400
    found = train(recipe, own)
    assert find_row(found, "accuracy", "test", "tfidf").value > 0.95
    assert find_row(found, "accuracy", "films", "tfidf").value < 0.75


def test_a_run_on_ones_own_table_speaks_of_texts_and_not_of_films(model):
    own = train(Recipe(most="tfidf", texts=400), load(Recipe(most="tfidf", texts=400), make_own()))
    assert (own.unit, model.unit) == ("text", "film")
    assert "on the test texts" in describe_transfer(own)
    assert "test texts" in transfer_chart(own).title
    assert describe_drawn(own) == "equal texts are drawn together"
    assert "on the test films" in describe_transfer(model)


def test_a_table_that_cannot_be_learnt_from_is_refused():
    assert read_labels(pd.Series(["1", 0, "GOOD", None])).tolist() == [1, 0, 1, -1]
    with pytest.raises(DataError, match="'meh'; it must be positive or negative"):
        read_labels(pd.Series(["good", "meh"]))
    table = make_own()
    with pytest.raises(DataError, match="no column of labels"):
        load(RECIPE, dataclasses.replace(table, frame=table.frame[["comment"]], target=None))
    with pytest.raises(DataError, match="at least 300"):
        load(RECIPE, dataclasses.replace(table, frame=table.frame[:30]))


def test_fewer_texts_are_whole_films(data):
    films = data.train
    counts = pd.Series(films.groups).value_counts()
    full = pd.Series(load(dataclasses.replace(RECIPE, texts=8_518)).train.groups).value_counts()
    cut = [name for name, n in counts.items() if n < full[name]]
    assert len(films) == 1_200
    assert len(cut) <= 1
    assert choose_groups(films, np.arange(10), 3).shape == (3,)


def test_the_families_of_a_recipe_are_the_simpler_ones_too():
    assert Recipe().families == FAMILIES
    assert Recipe(most="tfidf").families == ("lexicon", "tfidf")
    assert sentiment.RECIPES["quick"].most == "nbsvm"


def test_a_result_folder_holds_what_it_says_and_the_script_answers_alone(model, tmp_path):
    runs.write_result(model, tmp_path)
    result = runs.open_result(tmp_path)
    assert set(result.files) == set(runs.DOWNLOADS)
    assert result.files["report.pdf"].read_bytes().startswith(b"%PDF")
    listed = pd.read_csv(result.files["predictions.csv"])
    assert ((listed["nbsvm"] == "positive") == (model.held_out["test"].probabilities["nbsvm"] >= 0.5)).all()
    unpacked = tmp_path / "zip"
    zipfile.ZipFile(io.BytesIO(result.files["model.zip"].read_bytes())).extractall(unpacked)
    text = "A quiet, funny film that isn’t dull!"
    for family in ("tfidf", "nbsvm"):
        command = [sys.executable, "score.py", family, text]
        said = subprocess.run(command, cwd=unpacked, capture_output=True, text=True, check=True).stdout
        assert float(said.split()[0]) == pytest.approx(model.fitted[family].probabilities([text])[0], abs=1e-4)
    assert json.loads((unpacked / "model.json").read_text())["families"].keys() == model.fitted.keys()


def test_charts_say_what_they_show(model):
    for chart in (
        sentiment.transfer_chart(model), sentiment.abstention_chart(model), sentiment.trust_chart(model),
        sentiment.confuse(model),
    ):  # fmt: skip
        assert any(letter.isdigit() for letter in chart.title)
        assert chart.alt
    assert "promises that" in sentiment.describe_abstention(model, "tfidf")
