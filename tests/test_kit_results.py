"""An answer, its certainty, a refusal, the leaderboard and the files to take away are drawn as they are."""

from dataclasses import replace

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from core.evaluation.leaderboard import Candidate, Measure, make_leaderboard
from core.hub.contract import Prediction, Reason
from pages.kit.downloads import show_size
from pages.kit.leaderboard import lay_out
from pages.kit.results import describe_certainty, probability_chart, reasons_chart, write_answer

SHARES = {"setosa": 0.01, "versicolor": 0.81, "virginica": 0.18}
FOLDS = {"LDA": [0.98, 0.96, 1.0, 0.97], "kNN": [0.97, 0.96, 0.98, 0.95], "majority": [0.3, 0.34, 0.33, 0.36]}


def make_rows():
    candidates = [
        Candidate(
            name,
            {"accuracy": np.array(folds), "log_loss": 1 - np.array(folds)},
            {"accuracy": Measure(folds[0], folds[0] - 0.1, min(1, folds[0] + 0.1))},
            0.01,
            name == "majority",
        )
        for name, folds in FOLDS.items()
    ]
    return make_leaderboard(candidates, 120, 30)


def draw_prediction(prediction):
    from pages.kit.results import show_prediction

    show_prediction(prediction, "p")


def draw_leaderboard(rows):
    from pages.kit.leaderboard import show_leaderboard

    show_leaderboard(rows, "board")


def run(function, **arguments) -> AppTest:
    app = AppTest.from_function(function, kwargs=arguments, default_timeout=30).run()
    assert not app.exception
    return app


def test_an_answer_is_shown_with_its_set_and_probabilities():
    reasons = (Reason("petal length", "4.9 cm", 1.3, "log odds"),)
    app = run(
        draw_prediction,
        prediction=Prediction("versicolor", "LDA", SHARES, candidates=("versicolor",), coverage=0.9, reasons=reasons),
    )
    assert (app.metric[0].label, app.metric[0].value) == ("LDA says", "versicolor")
    assert app.markdown[0].value == (
        "The 90% set holds only versicolor: in nine cases of ten a set made this way holds the true class."
    )
    assert len(app.get("plotly_chart")) == 2


def test_a_refusal_names_no_class():
    app = run(
        draw_prediction,
        prediction=Prediction(None, "LDA", SHARES, refused="This flower is unlike any seen (p = 0.002)."),
    )
    assert app.warning[0].value.startswith("This flower is unlike")
    assert not app.metric
    assert not app.get("plotly_chart")
    assert not any(name in str(element.value) for name in SHARES for element in [*app.markdown, *app.caption])


@pytest.mark.parametrize(
    ("candidates", "said"),
    [
        ((), "The 90% set is empty"),
        (("a",), "holds only a: in nine cases of ten a set made this way holds the true class"),
        (("a", "b", "c"), "holds a, b or c: in nine cases of ten"),
    ],
)
def test_a_prediction_set_is_said_in_words(candidates, said):
    assert said in describe_certainty(Prediction("a", "LDA", candidates=candidates, coverage=0.9))


def test_an_empty_set_names_the_two_shares_that_decide():
    found = Prediction(
        "b", "LDA", {"a": 0.049, "b": 0.951}, coverage=0.9, details={"least_shares": {"a": 0.8, "b": 0.967}}
    )
    assert describe_certainty(found) == (
        "The 90% set is empty: on at least 90% of the calibration rows of b it got at least 96.7%, here it gets 95.1%. "
        "The promise lets about one case in ten go; b stays the likeliest."
    )


def test_an_empty_set_of_one_threshold_names_no_class_of_the_calibration_rows():
    details = {"least_shares": {"a": 0.967, "b": 0.967}, "guarantee": "overall"}
    found = Prediction("b", "LDA", {"a": 0.049, "b": 0.951}, coverage=0.9, details=details)
    assert describe_certainty(found) == (
        "The 90% set is empty: on at least 90% of the calibration rows the true class got at least 96.7%, here the "
        "likeliest, b, gets 95.1%. The promise lets about one case in ten go; b stays the likeliest."
    )


def test_a_class_that_is_in_every_set_is_said_to_be():
    found = Prediction("a", "LDA", {"a": 0.9, "b": 0.1}, candidates=("a", "b"), coverage=0.9)
    said = describe_certainty(replace(found, details={"least_shares": {"a": 0.8, "b": None}}))
    assert said.endswith("b: in every set, as too few calibration rows tell when it may go.")
    assert "in every set" not in describe_certainty(found)


def test_a_number_is_said_with_its_interval_and_unit():
    found = Prediction(181_250.0, "Ridge", interval=(150_000.0, 210_000.0), coverage=0.9)
    assert write_answer(found, "USD") == "181,250 USD"
    assert describe_certainty(found, "USD") == (
        "With 90% coverage the true value lies between 150,000 USD and 210,000 USD."
    )
    assert describe_certainty(Prediction("a", "LDA")) == ""


def test_each_class_keeps_its_colour_whatever_its_share():
    marks = probability_chart(SHARES).marks
    assert [(mark.y[0], mark.index) for mark in marks] == [("setosa", 0), ("versicolor", 1), ("virginica", 2)]
    assert sum(mark.x[0] for mark in marks) == pytest.approx(1)
    assert probability_chart(SHARES).title == "versicolor gets 81.0% of the probability"


def test_reasons_are_split_by_their_sign():
    reasons = (Reason("a", "1", 0.4), Reason("b", "2", -1.2), Reason("c", "3", 0.1))
    chart = reasons_chart(reasons)
    assert chart.title == "b speaks most strongly against the answer"
    assert {mark.name: list(mark.x) for mark in chart.marks} == {"for the answer": [0.4, 0.1], "against it": [-1.2]}


def test_the_leaderboard_says_who_cannot_be_told_apart():
    app = run(draw_leaderboard, rows=make_rows())
    assert app.markdown[0].value == "**LDA leads with 0.978; kNN cannot be told apart from it**"
    frame = app.dataframe[0].value
    assert frame["Model"].tolist() == ["LDA", "kNN", "majority (baseline)"]
    assert frame["Verdict"].tolist() == ["best", "level with best", "worse"]
    assert frame["Beats baseline"].tolist() == [True, True, False]


def test_every_score_in_the_table_has_its_interval():
    frame = lay_out(make_rows())
    assert "Accuracy" in frame.columns
    for name in [name for name in frame.columns if name.startswith("Accuracy")]:
        assert frame[name].str.fullmatch(r"\d\.\d{3} \(\d\.\d{3}–\d\.\d{3}\)").all()


def test_another_score_can_be_drawn():
    app = run(draw_leaderboard, rows=make_rows())
    before = app.get("plotly_chart")[0].proto.alt
    app.button_group(key="board_metric").set_value("log_loss").run()
    assert not app.exception
    assert app.get("plotly_chart")[0].proto.alt != before


def test_an_empty_leaderboard_says_so():
    assert run(draw_leaderboard, rows=()).info[0].value == "No model has been compared yet."


def test_files_are_offered_with_name_and_size():
    def draw():
        from pages.kit.downloads import Download, show_downloads

        show_downloads([Download("a.csv", b"x" * 2_000, "Rows"), Download("b.pdf", lambda: b"", "Report")], "d")

    app = run(draw)
    buttons = app.get("download_button")
    assert [button.proto.label for button in buttons] == ["a.csv", "b.pdf"]
    assert [each.value for each in app.caption] == ["Rows · 2 kB", "Report"]


@pytest.mark.parametrize(("n_bytes", "text"), [(0, "0 bytes"), (999, "999 bytes"), (1_500_000, "1.5 MB")])
def test_sizes_are_short(n_bytes, text):
    assert show_size(n_bytes) == text
