"""Grad-CAM in closed form is Keras's by differentiation; it turns with the picture; it is faithful."""

import dataclasses

import numpy as np
import pytest

from core.hub.errors import DataError
from core.vision._shared.keras_door import import_keras
from core.vision.image_classification import grad_cam as module
from core.vision.image_classification.data import load_test
from core.vision.image_classification.export import export_network
from core.vision.image_classification.figures import load_shipped
from core.vision.image_classification.grad_cam import (
    cover_parts,
    deletion_chart,
    find_last_maps,
    find_map_weights,
    grad_cam,
    measure_faithfulness,
    overlay,
)
from core.vision.image_classification.networks import build_plain, build_residual, find_patch_filters
from core.vision.image_classification.training import _read_head, describe_layers


@pytest.fixture(scope="module", params=["plain", "residual"])
def pair(request):
    keras = import_keras()
    keras.utils.set_random_seed(3)
    images = np.random.default_rng(0).integers(0, 256, (6, 28, 28, 1)).astype(np.uint8)
    if request.param == "plain":
        network = build_plain(keras, (28, 28, 1), 10, (4, 6, 8))
    else:
        network = build_residual(keras, find_patch_filters(images), (28, 28, 1), 10, (4, 6, 8))
    model = dataclasses.replace(
        load_shipped(), content=export_network(network, mirror=False, numbers="float32"), shape=(28, 28, 1),
        layers=describe_layers(network), head=_read_head(network),
        recipe=dataclasses.replace(load_shipped().recipe, mirror=False),
    )  # fmt: skip
    return keras, network, model, images


def test_weights_are_those_of_gradient_tape(pair):
    import tensorflow as tf

    keras, network, model, images = pair
    classes = np.arange(6)
    for name in set(find_last_maps(model)):
        front = keras.Model(network.input, network.get_layer(name).output)
        maps = tf.constant(np.asarray(front(images.astype(np.float32) / 255, training=False)))
        layers = network.layers
        with tf.GradientTape() as tape:
            tape.watch(maps)
            x = maps
            for layer in layers[[each.name for each in layers].index(name) + 1 :]:
                x = layer(x, training=False) if layer.name == "dropout" else layer(x)
            chosen = tf.reduce_sum(tf.gather(x, classes, batch_dims=1))
        slopes = tape.gradient(chosen, maps).numpy().mean(axis=(1, 2))
        wanted = np.einsum("nhwf,nf->nhw", maps.numpy(), slopes)
        if name == model.head.maps:
            found = find_map_weights(model.head, maps.numpy(), classes)
            np.testing.assert_allclose(found, slopes, atol=1e-4 * np.abs(slopes).max())
        if name == find_last_maps(model)[1]:
            ours = module._sum_maps(model, images, classes)
            np.testing.assert_allclose(ours, wanted, atol=1e-4 * np.abs(wanted).max())


def test_a_mirrored_picture_has_the_mirrored_map():
    model, images = load_shipped(), load_test("fashion_mnist").images[:6]
    assert model.recipe.mirror
    classes = np.arange(6)
    ours, mirrored = grad_cam(model, images, classes), grad_cam(model, images[:, :, ::-1], classes)
    np.testing.assert_allclose(ours, mirrored[:, :, ::-1], atol=2e-3)


def test_shares_run_from_zero_to_one_and_repeat():
    model, images = load_shipped(), load_test("fashion_mnist").images[:5]
    places = grad_cam(model, images)
    assert places.shape == (5, 28, 28)
    assert places.min() >= 0
    assert set(places.max(axis=(1, 2)).round(6).tolist()) <= {0.0, 1.0}
    np.testing.assert_array_equal(places, grad_cam(model, images))
    assert overlay(images[0], places[0]).shape == (28, 28, 3)


def test_what_is_shown_matters_more_than_chance():
    found = measure_faithfulness(load_shipped(), load_test("fashion_mnist").images[:24])
    assert found.low > 0
    assert found.ours < found.random - 0.03
    assert found.correlation > 0.2
    assert "survive" in deletion_chart(found).title


def test_covering_the_garment_costs_more_than_covering_the_ground():
    model, image = load_shipped(), load_test("fashion_mnist").images[2]
    fall = cover_parts(model, image)
    garment = image[..., 0] > 60
    assert fall[garment].mean() > fall[~garment].mean()


def test_bad_classes_are_refused():
    model, images = load_shipped(), load_test("fashion_mnist").images[:2]
    with pytest.raises(DataError, match="from 0 to 9"):
        grad_cam(model, images, np.array([1, 10]))
    with pytest.raises(DataError, match="uint8"):
        grad_cam(model, images / 255)
