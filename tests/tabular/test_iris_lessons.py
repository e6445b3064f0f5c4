"""What is taught is right: each method by hand gives scikit-learn's answer, and each figure says what it shows."""

import dataclasses
import importlib

import numpy as np
import pytest
from scipy.stats import binom
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis, QuadraticDiscriminantAnalysis
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.metrics.pairwise import rbf_kernel
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.tree import DecisionTreeClassifier

from core.evaluation.labels import encode_labels
from core.hub.fields import make_fields
from core.tabular.iris import by_hand
from core.tabular.iris.lessons import LESSONS, QUESTIONS
from core.tabular.iris.model_figures import load_flowers

each_lesson = pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.key)


@pytest.fixture(scope="module")
def flowers():
    data = load_flowers()
    return data.x.to_numpy(), encode_labels(data.y, data.schema.classes)


def test_softmax_gives_the_shares_of_logistic_regression(flowers):
    x, codes = flowers
    fitted = LogisticRegression(max_iter=5_000).fit(x, codes)
    assert by_hand.softmax(fitted.decision_function(x)) == pytest.approx(fitted.predict_proba(x))
    assert by_hand.softmax(np.array([[1e4, 0.0]])).tolist() == [[1.0, 0.0]]


def test_the_best_cut_is_the_first_of_a_tree(flowers):
    x, codes = flowers
    tree = DecisionTreeClassifier(max_depth=1, random_state=0).fit(x, codes).tree_
    assert by_hand.gini(np.bincount(codes)) == pytest.approx(tree.impurity[0])
    gain = by_hand.split_gain(x[:, tree.feature[0]], codes, tree.threshold[0])
    left, right = tree.n_node_samples[1:] / len(codes)
    assert gain == pytest.approx(tree.impurity[0] - left * tree.impurity[1] - right * tree.impurity[2])
    assert all(by_hand.split_gain(x[:, 2], codes, cut) <= gain + 1e-12 for cut in np.linspace(1, 7, 50))


def test_the_votes_are_those_of_nearest_neighbours(flowers):
    x, codes = flowers
    fitted = KNeighborsClassifier(7, algorithm="brute").fit(x, codes)
    cases = x[::10] + 0.013  # off the grid of tenths, so that no distances tie
    votes = [by_hand.vote_nearest(x, codes, case, 7) for case in cases]
    assert np.array(votes) == pytest.approx(fitted.predict_proba(cases))


def test_the_kernel_is_the_rbf(flowers):
    x, _ = flowers
    assert by_hand.rbf_kernel(x, x[3], 0.7) == pytest.approx(rbf_kernel(x, x[3:4], gamma=0.7)[:, 0])


@pytest.mark.parametrize(
    ("reference", "ours"),
    [
        (GaussianNB(var_smoothing=0.0), by_hand.naive_bayes_shares),
        (LinearDiscriminantAnalysis(), lambda *args: by_hand.discriminant_shares(*args, shared=True)),
        (QuadraticDiscriminantAnalysis(), lambda *args: by_hand.discriminant_shares(*args, shared=False)),
    ],
    ids=["naive Bayes", "LDA", "QDA"],
)
def test_the_gaussian_models_by_hand_give_the_same_shares(flowers, reference, ours):
    x, codes = flowers
    fitted = reference.fit(x, codes)
    shares = [ours(x, codes, case) for case in x[::7]]
    assert np.array(shares) == pytest.approx(fitted.predict_proba(x[::7]), abs=1e-8)


@pytest.mark.parametrize(("error", "n_voters"), [(0.3, 1), (0.3, 25), (0.5, 101), (0.6, 11)])
def test_the_majority_errs_as_the_binomial_says(error, n_voters):
    assert by_hand.majority_error(error, n_voters) == pytest.approx(binom.sf(n_voters // 2, n_voters, error))


def test_the_area_is_that_of_the_roc_curve():
    generator = np.random.default_rng(0)
    truth, scores = generator.random(200) < 0.4, generator.normal(size=200).round(1)
    assert by_hand.roc_area(scores, truth) == pytest.approx(roc_auc_score(truth, scores))


def make_ends(control):
    """Make a control at the low and at the high end of every field."""
    specs = make_fields(control)
    for end in ("low", "high"):
        values = {spec.name: getattr(spec, end) if spec.choices == () else spec.choices[-1] for spec in specs}
        yield control(**{name: type(getattr(control(), name))(value) for name, value in values.items()})


@each_lesson
def test_a_figure_says_what_it_shows_at_both_ends(lesson):
    for control in (lesson.control(), *make_ends(lesson.control)):
        chart = lesson.figure(control)
        assert chart.title
        assert chart.alt
        for mark in chart.marks:
            assert np.isfinite(np.asarray(mark.y, dtype=float)).all()


@each_lesson
def test_a_control_moves_its_figure(lesson):
    charts = [lesson.figure(control) for control in (lesson.control(), *make_ends(lesson.control))]
    assert len({chart.title for chart in charts}) > 1


@each_lesson
def test_a_lesson_names_code_that_exists_and_explains_itself(lesson):
    module, _, name = lesson.function.partition(":")
    function = getattr(importlib.import_module(module), name)
    assert "Examples" in function.__doc__ or "Returns" in function.__doc__
    assert len(lesson.text.split()) > 40
    assert lesson.formula.count("{") == lesson.formula.count("}")
    assert dataclasses.is_dataclass(lesson.control)
    assert 1 <= len(dataclasses.fields(lesson.control)) <= 3


def test_the_figures_in_the_words_are_true():
    texts = {lesson.key: lesson for lesson in LESSONS}
    tree = texts["decision_tree"]
    assert "takes 50% of the impurity, the best 50%" in tree.figure(tree.control(threshold=2.5)).title
    stranger = texts["strangers"]
    assert "refused" in stranger.figure(stranger.control(petal_width=5.0)).title
    assert "answered" in stranger.figure(stranger.control(petal_width=1.3)).title
    sure = texts["calibration"]
    assert "too sure" in sure.figure(sure.control(temperature=1.0)).title
    assert "too sure" not in sure.figure(sure.control(temperature=2.0)).title


def test_the_questions_have_one_right_answer_each():
    assert len({question.text for question in QUESTIONS}) == 3
    for question in QUESTIONS:
        assert len(set(question.choices)) == len(question.choices) == 3
