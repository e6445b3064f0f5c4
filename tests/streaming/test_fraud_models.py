"""The models: equal to scikit-learn's, better than the amount alone, the same with the same seed."""

import numpy as np
import pytest
from sklearn.ensemble import ExtraTreesClassifier, IsolationForest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from core.streaming.fraud.anomaly import expect_path, fit_distance, fit_isolation
from core.streaming.fraud.features import FEATURES, make_features
from core.streaming.fraud.models import fit_model, widen
from core.streaming.fraud.protocol import split_week
from core.streaming.fraud.ratios import RATIOS, add_ratios
from core.streaming.fraud.recipe import BASELINE, MODELS, UNSUPERVISED, Recipe
from core.streaming.fraud.simulator import SMALL, simulate
from core.streaming.fraud.trees import make_trees, trees_from_arrays, trees_to_arrays

RECIPE = Recipe(forest_trees=10, boosting_rounds=40, boosting_rate=0.1)


@pytest.fixture(scope="module")
def rows():
    """One week to learn from and one to score: features, truth, features, truth."""
    payments = simulate(SMALL)
    features, week = make_features(payments), split_week(payments, 32)
    return features[week.train], payments.fraud[week.train], features[week.test], payments.fraud[week.test]


def test_ratios_keep_the_features_and_stay_finite(rows):
    wide = add_ratios(rows[0])
    assert wide.shape[1] == len(FEATURES) + len(RATIOS)
    assert (wide[:, : len(FEATURES)] == rows[0]).all()
    assert np.isfinite(add_ratios(np.zeros((1, 15)))).all()


def test_a_customers_first_payment_has_no_others():
    first = np.zeros((1, 15))
    first[0, [0, 7, 8]] = 40.0, 1.0, 40.0
    found = dict(zip(RATIOS, add_ratios(first)[0, 15:], strict=True))
    assert found["other_avg_30day"] == 0
    assert found["amount_to_avg_30day"] == 1


def test_logistic_regression_is_scikit_learns(rows):
    x, fraud, x_new, _ = rows
    ours = fit_model("logistic regression", RECIPE, x, fraud).score(x_new)
    theirs = make_pipeline(StandardScaler(), LogisticRegression(C=1.0, max_iter=2_000)).fit(x, fraud)
    assert ours == pytest.approx(theirs.predict_proba(x_new)[:, 1], abs=1e-9)


def test_a_forest_of_arrays_is_scikit_learns(rows):
    x, fraud, x_new, _ = rows
    ours = fit_model("extra trees", RECIPE, x, fraud).score(x_new)
    theirs = ExtraTreesClassifier(10, max_features=0.5, min_samples_leaf=3, random_state=0).fit(x, fraud)
    assert ours == pytest.approx(theirs.predict_proba(x_new)[:, 1], abs=1e-12)


def test_the_isolation_forest_is_scikit_learns(rows):
    x, _, x_new, _ = rows
    theirs = IsolationForest(n_estimators=100, max_samples=256, random_state=0).fit(x)
    assert fit_isolation(x).score(x_new) == pytest.approx(-theirs.score_samples(x_new), abs=1e-9)
    assert expect_path(np.array([0.0, 1.0, 2.0])).tolist() == [0.0, 0.0, 1.0]


def test_the_distance_is_that_of_the_shrunk_covariance(rows):
    x = rows[0][:500]
    logs = np.log1p(x) - np.log1p(x).mean(axis=0)
    covariance = np.cov(logs, rowvar=False)
    shrunk = 0.95 * covariance + 0.05 * np.diag(np.maximum(np.diag(covariance), 1e-12))
    expected = np.sqrt(np.einsum("ij,ij->i", logs @ np.linalg.inv(shrunk), logs))
    assert fit_distance(x).score(x) == pytest.approx(expected, rel=1e-6)


def test_every_supervised_model_beats_the_amount_alone_by_a_tenth(rows):
    x, fraud, x_new, truth = (widen(RECIPE, each) if each.ndim == 2 else each for each in rows)
    floor = average_precision_score(truth, fit_model(BASELINE, RECIPE, x, fraud).score(x_new))
    found = {name: average_precision_score(truth, fit_model(name, RECIPE, x, fraud).score(x_new))
             for name in MODELS if name not in UNSUPERVISED and name != "depth-2 tree"}  # fmt: skip
    assert min(found.values()) > floor + 0.1
    plain = fit_model("gradient boosting", RECIPE, rows[0], fraud).score(rows[2])
    assert found["gradient boosting"] > average_precision_score(truth, plain), "the ratios are worth nothing"


def test_detectors_without_labels_find_more_than_chance(rows):
    x, fraud, x_new, truth = rows
    for name in UNSUPERVISED:
        share = fit_model(name, RECIPE, x, fraud).score(x_new)
        assert ((share >= 0) & (share <= 1)).all()
        assert average_precision_score(truth, share) > 1.5 * truth.mean()


@pytest.mark.parametrize("name", MODELS)
def test_a_row_is_scored_alike_alone_and_in_a_batch_and_with_one_seed(rows, name):
    x, fraud, x_new, _ = (each[:3_000] for each in rows)
    model = fit_model(name, RECIPE, x, fraud)
    again = fit_model(name, RECIPE, x, fraud)
    whole = model.score(x_new[:60])
    assert (whole == again.score(x_new[:60])).all()
    assert np.concatenate([model.score(x_new[at : at + 1]) for at in range(60)]) == pytest.approx(whole, abs=1e-12)


def test_trees_that_point_outside_are_refused(rows):
    from sklearn.tree import DecisionTreeRegressor

    fitted = DecisionTreeRegressor(max_depth=3).fit(rows[0][:200], rows[0][:200, 0])
    arrays = trees_to_arrays(make_trees([(fitted.tree_, fitted.tree_.value[:, 0, 0])]))
    assert len(trees_from_arrays(arrays).average(np.empty((0, 15)))) == 0
    arrays["left"] = arrays["left"] + 1_000
    with pytest.raises(ValueError, match="outside"):
        trees_from_arrays(arrays)
