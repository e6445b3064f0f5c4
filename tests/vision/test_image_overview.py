"""What the page of image classification draws from: stored weights, likeness, published figures."""

import numpy as np
import onnx
import pytest
from onnx import numpy_helper

from core.hub.artifacts import MODELS
from core.hub.errors import ArtifactError, DataError
from core.vision._shared.onnx_weights import read_onnx_weights
from core.vision.image_classification.overview import find_alike, find_confused
from core.vision.image_classification.published import PUBLISHED, Standing, standing_chart
from core.vision.image_classification.robustness_runs import RobustnessRecipe, run_robustness
from core.vision.image_classification.runs import read_epochs

NETWORK = MODELS / "image_classification" / "small" / "weights" / "network.onnx"


def test_weights_are_those_that_the_onnx_package_reads():
    content = NETWORK.read_bytes()
    graph = onnx.load_from_string(content).graph
    expected = {each.name: numpy_helper.to_array(each) for each in graph.initializer}
    expected = {name: values.astype(np.float32) for name, values in expected.items() if values.dtype.kind == "f"}
    found = read_onnx_weights(content)
    assert found.keys() == expected.keys()
    assert all(np.array_equal(found[name], expected[name]) for name in expected)


def test_a_cut_network_is_refused():
    with pytest.raises(ArtifactError, match="damaged"):
        read_onnx_weights(NETWORK.read_bytes()[:-7])


def test_confused_pictures_are_of_the_class_and_surest_first():
    rng = np.random.default_rng(0)
    shares, y = rng.dirichlet(np.ones(3), 200), rng.integers(0, 3, 200)
    rows = find_confused(y, shares, 0, 1, 200)
    assert set(y[rows]) == {0}
    assert set(shares[rows].argmax(axis=1)) == {1}
    assert (np.diff(shares[rows, 1]) <= 0).all()


def test_alike_leaves_the_picture_itself_out():
    logits = np.random.default_rng(0).normal(size=(50, 4)).astype(np.float32)
    assert 7 not in find_alike(logits.copy(), 7, 49)


def test_published_figures_stand_in_order_beside_ours():
    chart = standing_chart([Standing("small", 70_754, 0.93, 0.92, 0.94)], "fashion_mnist")
    shown = [float(mark.x[0]) for mark in chart.marks]
    assert shown == sorted(shown, reverse=True)
    assert len(shown) == 1 + sum(each.data_set == "fashion_mnist" for each in PUBLISHED)


def test_one_model_is_not_compared_with_itself_nor_with_an_unknown_part():
    with pytest.raises(DataError, match="choose two different"):
        run_robustness(RobustnessRecipe("small", "small"))
    with pytest.raises(DataError, match="behind the stroke"):
        run_robustness(RobustnessRecipe("small", "small/oracle"))


def test_epochs_are_read_back_from_a_log_that_holds_other_lines():
    log = "Pictures: 5.\nEpoch 1 of 2: loss 1.5000, held_out_accuracy 0.5000\n"
    log += "Epoch 2 of 2: loss 1.0, held_out_accuracy nan"
    found = read_epochs(log)
    assert found["loss"].tolist() == [1.5, 1.0]
    assert np.isnan(found["held_out_accuracy"][1])
