"""Where models change their answer: the map is the model's own answers, on the axes it was refitted on."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from core.datasets.table import Table
from core.hub.errors import DataError, RecipeError
from core.tabular.iris.data import load
from core.tabular.iris.planes import MAX_ROWS, boundaries, boundary, make_plane, project
from core.tabular.iris.recipe import MODELS, Recipe

PETAL = ("petal_length", "petal_width")


@pytest.fixture(scope="module")
def data():
    return load(Recipe())


def test_the_map_is_what_the_refitted_model_answers(data):
    from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

    chart = boundary("linear discriminant analysis", Recipe(), data, PETAL, 40)
    areas = chart.marks[0]
    x, y = data.x.iloc[data.train][list(PETAL)].to_numpy(), data.y[data.train]
    grid = np.array([(first, second) for second in areas.y for first in areas.x])
    answers = LinearDiscriminantAnalysis().fit(x, y).predict(grid)
    assert (np.array(data.schema.classes)[areas.z.ravel()] == answers).all()
    assert areas.role == "class"
    assert areas.z.shape == (40, 40)
    assert areas.z.dtype == np.uint8


def test_components_are_those_of_scikit_learn(data):
    from sklearn.decomposition import PCA
    from sklearn.preprocessing import StandardScaler

    z = StandardScaler().fit_transform(data.x.iloc[data.train])
    reference = PCA(2).fit(z)
    points, shares = project(z)
    assert np.abs(points) == pytest.approx(np.abs(reference.transform(z)), abs=1e-9)
    assert shares == pytest.approx(reference.explained_variance_ratio_)
    assert make_plane(data, "pca").points == pytest.approx(points)


def test_every_model_is_mapped_on_the_same_plane(data):
    charts = boundaries(Recipe(forest_trees=10, boosting_rounds=10), data, "pca", 24)
    assert tuple(charts) == MODELS
    for name, chart in charts.items():
        areas, *points = chart.marks
        assert set(np.unique(areas.z)) <= {0, 1, 2}
        assert len(np.unique(areas.z)) == 3, name
        assert [mark.name for mark in points] == list(data.schema.classes)
        assert sum(len(mark.x) for mark in points) == len(data.train)
        assert chart.title.lower().startswith(name.lower())
        assert chart.alt


def test_a_deeper_tree_fits_its_rows_no_worse(data):
    right = []
    for depth in (1, 2, 4, 10):
        title = boundary("decision tree", Recipe(tree_depth=depth), data, PETAL, 20).title
        right.append(int(title.split("is right on ")[1].split()[0]))
    assert right == sorted(right)
    assert right[0] < right[-1]


def test_a_slider_moves_the_border(data):
    first, second = (boundary("nearest neighbours", Recipe(neighbours=k), data, PETAL, 40).marks[0].z for k in (1, 40))
    assert (first != second).any()


def test_a_smaller_ensemble_is_said_to_be_smaller(data):
    assert "with 40 trees in this view" in boundary("random forest", Recipe(), data, PETAL, 20).alt
    assert "with 30 rounds in this view" in boundary("gradient boosting", Recipe(), data, PETAL, 20).alt
    assert "in this view" not in boundary("random forest", Recipe(forest_trees=20), data, PETAL, 20).alt


def test_the_same_settings_draw_the_same_map(data):
    first, second = (boundary("random forest", Recipe(), data, PETAL, 30).marks[0].z for _ in range(2))
    assert np.array_equal(first, second)


@pytest.mark.parametrize(
    "axes", [("petal_length", "species"), ("petal_length", "petal_length"), ("petal_length", "colour")]
)
def test_axes_that_are_no_two_numbers_are_refused(data, axes):
    with pytest.raises(DataError, match="choose two different number columns of sepal_length"):
        boundary("decision tree", Recipe(), data, axes)


def test_an_unknown_model_or_resolution_is_refused(data):
    with pytest.raises(RecipeError, match="model is 'oracle'; it must be one of logistic regression"):
        boundary("oracle", Recipe(), data)
    with pytest.raises(RecipeError, match="resolution is 500; it must be 20 to 200"):
        boundary("decision tree", Recipe(), data, PETAL, 500)


def make_long_table(n_rows):
    generator = np.random.default_rng(0)
    kind = np.arange(n_rows) % 2
    frame = pd.DataFrame({"a": kind + generator.normal(size=n_rows), "b": generator.normal(size=n_rows)})
    frame.loc[::5, "b"] = np.nan
    frame["kind"] = np.where(kind, "yes", "no")
    kinds = {"a": "number", "b": "number", "kind": "category"}
    return Table(frame, "long", "upload", "long", kinds, "kind")


def test_a_long_table_is_thinned_and_gaps_are_left_out():
    data = load(Recipe(), make_long_table(3_000))
    plane = make_plane(data, ("a", "b"))
    assert len(plane.points) < MAX_ROWS
    assert np.isfinite(plane.points).all()
    assert len(boundary("decision tree", Recipe(), data, ("a", "b"), 20).marks) == 3


def test_one_column_makes_no_plane():
    table = make_long_table(100)
    data = load(Recipe(), replace(table, frame=table.frame[["a", "kind"]]))
    with pytest.raises(DataError, match=r"the table has one usable column \(a\); a plane needs two"):
        boundary("decision tree", Recipe(), data)
