"""Resampling against Pillow, PSNR and SSIM against scikit-image, and a network that beats bicubic, tile by tile."""

import io

import numpy as np
import pytest
from PIL import Image
from skimage.data import chelsea
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

from core.datasets.image_sets import load_image_set
from core.hub.errors import DataError, LimitError, RecipeError
from core.hub.fields import recipe_from_json, recipe_to_json
from core.vision._shared.keras_door import import_keras
from core.vision._shared.onnx_network import OnnxNetwork
from core.vision.image_generation.measure_charts import draw_gains
from core.vision.image_generation.quality import measure_psnr, measure_ssim, to_luminance
from core.vision.image_generation.resampling import enlarge, resize, shrink, to_pixels
from core.vision.image_generation.super_resolution import (
    Fit,
    build_detail,
    export_detail,
    fit_detail,
    make_patches,
    prepare,
    turn,
)
from core.vision.image_generation.upscale_files import upscale_file, write_png
from core.vision.image_generation.upscale_training import UpscaleData, score_upscaler, train_and_save, train_upscaler
from core.vision.image_generation.upscaling import (
    UPSCALE_RECIPES,
    UpscaleRecipe,
    add_detail,
    open_upscaler,
    run_tiles,
    upscale,
)

RECIPE = UpscaleRecipe(300, width_2=12, steps_2=150, width_4=12, steps_4=20, blocks=1, rate=5e-3, bundled=True)


@pytest.fixture(scope="module")
def data():
    test = {name: load_image_set(name, "test", bundled=True).images[:100] for name in ("fashion_mnist", "cifar10")}
    grey = load_image_set("fashion_mnist", "train", bundled=True).images[:600]
    coloured = load_image_set("cifar10", "train", bundled=True).images[:300]
    return UpscaleData({"fashion_mnist": grey, "cifar10": coloured, "photographs": coloured[:100]}, test)


@pytest.fixture(scope="module")
def trained(data):
    steps = []
    upscaler = train_upscaler(RECIPE, data, lambda step, total, metrics: steps.append((step, total, dict(metrics))))
    return upscaler, steps


SIZES = [((32, 32), (16, 16)), ((28, 28), (7, 7)), ((13, 9), (52, 36)), ((31, 40), (17, 99))]


@pytest.mark.parametrize(("before", "after"), SIZES)
def test_resizing_is_pillows_bicubic(before, after):
    x = np.random.default_rng(0).uniform(0, 255, before).astype(np.float32)
    expected = np.asarray(Image.fromarray(x).resize(after[::-1], Image.Resampling.BICUBIC))
    assert resize(x[None, ..., None], *after)[0, ..., 0] == pytest.approx(expected, abs=1e-3)


def test_small_pictures_are_pillows_to_the_last_bit_or_nearly():
    picture = chelsea()[:288, :448]
    expected = np.asarray(Image.fromarray(picture).resize((112, 72), Image.Resampling.BICUBIC)).astype(int)
    # Pillow rounds between the two directions as well
    assert np.abs(shrink(picture[None], 4)[0] - expected).max() <= 1


def test_psnr_and_ssim_are_those_of_scikit_image():
    picture = chelsea()[:100, :150]
    noisy = to_pixels(picture + np.random.default_rng(0).normal(0, 12, picture.shape))
    assert measure_psnr(noisy[None], picture[None])[0] == pytest.approx(peak_signal_noise_ratio(picture, noisy))
    expected = structural_similarity(picture, noisy, channel_axis=2, data_range=255)
    assert measure_ssim(noisy[None], picture[None])[0] == pytest.approx(expected, abs=2e-3)
    full = structural_similarity(picture, noisy, channel_axis=2, data_range=255, full=True)[1]
    assert measure_ssim(noisy[None], picture[None])[0] == pytest.approx(full[3:-3, 3:-3].mean(), abs=1e-9)


def test_equal_pictures_have_the_highest_scores(data):
    images = data.test["cifar10"][:3]
    assert measure_psnr(images, images).tolist() == [100.0] * 3
    assert measure_ssim(images, images) == pytest.approx(1)


def test_bicubic_and_its_detail_make_the_original(data):
    originals = data.test["cifar10"][:4]
    small, detail = make_patches(originals, 4)
    large = detail.reshape(4, 8, 8, 4, 4).transpose(0, 1, 3, 2, 4).reshape(4, 32, 32, 1)
    bright = to_luminance(enlarge(shrink(originals, 4), 4)) + 255 * large
    assert bright == pytest.approx(to_luminance(originals), abs=1e-3)
    assert small == pytest.approx(prepare(shrink(originals, 4)))


def test_mirroring_a_batch_is_mirroring_its_pictures(data):
    originals = data.test["fashion_mnist"][:5]
    turned = turn(*make_patches(originals, 2), 2, mirrored=True)
    for found, expected in zip(turned, make_patches(originals[:, :, ::-1], 2), strict=True):
        assert found == pytest.approx(expected, abs=2e-3)  # rounding of halves may differ by one step


def test_the_network_beats_bicubic_on_pictures_it_has_not_seen(trained, data):
    upscaler, steps = trained
    scores = {(row.metric, row.split): row for row in score_upscaler(upscaler, data)}
    gain = scores["upscale_gain_db", "fashion_mnist_x2"]
    assert gain.low > 0.5
    psnr = scores["psnr", "fashion_mnist_x2"]
    assert psnr.value - psnr.baseline_value == pytest.approx(gain.value)
    assert scores["ssim", "fashion_mnist_x2"].value > scores["ssim", "fashion_mnist_x2"].baseline_value
    assert ("upscale_gain_rgb_db", "cifar10_x4") in scores
    assert steps[-1][:2] == (170, 170)
    assert draw_gains(tuple(scores.values())).marks[1].y[0] == psnr.value


def test_onnx_answers_as_keras_does_for_any_size():
    keras = import_keras()
    keras.utils.set_random_seed(0)
    fit = Fit(4, 8, 2, 1, 4, 1e-3, 0)
    network = build_detail(keras, fit)
    rng = np.random.default_rng(0)
    # weights that 16 bits hold exactly, so that only the order of sums differs
    network.set_weights([(rng.normal(size=each.shape) / 4).astype(np.float16) for each in network.get_weights()])
    content = export_detail(network.get_weights(), 4)
    x = rng.uniform(-0.5, 0.5, (2, 9, 13, 3)).astype(np.float32)
    blocks = np.asarray(network(x)).reshape(2, 9, 13, 4, 4)
    expected = blocks.transpose(0, 1, 3, 2, 4).reshape(2, 36, 52, 1)
    assert OnnxNetwork(content).run(x, ["detail"])["detail"] == pytest.approx(expected, abs=1e-3)
    assert len(content) < 2 * network.count_params() + 4_000


@pytest.mark.parametrize("factor", [2, 4])
def test_tiles_with_their_reach_are_the_whole_and_with_less_they_are_not(trained, factor):
    upscaler, _ = trained
    network, reach = upscaler.networks[factor], RECIPE.describe_fit(factor).reach
    x = np.random.default_rng(1).uniform(-0.5, 0.5, (1, 37, 50, 3)).astype(np.float32)
    whole = network.run(x, ["detail"])["detail"]
    assert run_tiles(network, x, factor, reach, tile=16) == pytest.approx(whole, abs=1e-6)
    assert np.abs(run_tiles(network, x, factor, reach - 2, tile=16) - whole).max() > 1e-5


def test_a_fit_that_was_stopped_goes_on_as_if_it_had_not(data):
    keras = import_keras()
    fit = Fit(2, 4, 0, 300, 8, 1e-3, 0)
    sets = [make_patches(data.train["fashion_mnist"][:50], 2)]

    class StoppedError(Exception):
        pass

    def train(kept, last):
        keras.utils.set_random_seed(0)
        network, states = build_detail(keras, fit), []

        def tell(step, _psnr, state):
            states.append(state)
            if step == last:
                raise StoppedError

        if last:
            with pytest.raises(StoppedError):
                fit_detail(keras, network, sets, fit, tell, kept)
        else:
            fit_detail(keras, network, sets, fit, tell, kept)
        return network.get_weights(), states[-1]

    whole, _ = train(None, 0)
    _, state = train(None, 200)
    again, _ = train(state, 0)
    assert int(state["step"]) == 200
    for first, second in zip(whole, again, strict=True):
        assert first == pytest.approx(second, abs=1e-6)


def test_only_brightness_changes_and_grey_stays_grey(trained, data):
    upscaler, _ = trained
    small = shrink(data.test["cifar10"][:2], 2) // 2 + 64  # far from black and white, where values are clipped
    added = add_detail(upscaler, small, 2).astype(int) - to_pixels(enlarge(small, 2))
    assert np.abs(added).max() > 1
    assert np.ptp(added, axis=-1).max() <= 1
    grey = add_detail(upscaler, np.repeat(small[..., :1], 3, axis=-1), 2)
    assert np.ptp(grey, axis=-1).max() == 0
    assert np.array_equal(grey[..., :1], add_detail(upscaler, small[..., :1], 2))


def test_a_file_of_any_size_becomes_a_larger_png(trained):
    upscaler, _ = trained
    content = upscale_file(write_png(chelsea()[:45, :71]), "cat.png", 4, upscaler)
    assert Image.open(io.BytesIO(content)).size == (284, 180)
    one = upscale(upscaler, np.full((1, 1, 3), 80, np.uint8), 2)
    assert one.pixels.shape == one.bicubic.shape == (2, 2, 3)
    assert np.array_equal(one.bicubic, np.full((2, 2, 3), 80))


def test_a_stored_upscaler_is_read_again_and_answers_the_same(tmp_path, monkeypatch, trained, data):
    monkeypatch.setattr("core.vision.image_generation.upscale_training.train_upscaler", lambda *_: trained[0])
    monkeypatch.setattr("core.vision.image_generation.upscale_training.load_upscale_data", lambda _: data)
    scored = train_and_save("quick", folder=tmp_path / "kept", root=tmp_path)
    assert {row.command for row in scored.scores} == {"python -m core upscale --train quick"}
    folder = tmp_path / "image_generation" / "upscaler" / "weights"
    files = {path.name: path.read_bytes() for path in folder.iterdir()}
    small = shrink(data.test["cifar10"][:3], 4)
    assert np.array_equal(add_detail(open_upscaler(RECIPE, files), small, 4), add_detail(trained[0], small, 4))


def test_recipes_survive_json():
    for recipe in UPSCALE_RECIPES.values():
        assert recipe_from_json(UpscaleRecipe, recipe_to_json(recipe)) == recipe


def test_what_cannot_be_enlarged_is_refused(trained):
    upscaler, _ = trained
    with pytest.raises(DataError, match="factor is 3; it must be 2 or 4"):
        upscale(upscaler, np.zeros((4, 4, 3), np.uint8), 3)
    with pytest.raises(DataError, match="1 channel"):
        upscale(upscaler, np.zeros((4, 4, 2), np.uint8), 2)
    with pytest.raises(LimitError, match=r"32\.0 megapixels; the limit is 24"):
        upscale(upscaler, np.zeros((1_000, 2_000, 3), np.uint8), 4)
    with pytest.raises(DataError, match="multiples of 4"):
        shrink(np.zeros((1, 30, 32, 1), np.uint8), 4)
    with pytest.raises(DataError, match="at least 1"):
        resize(np.zeros((1, 4, 4, 1)), 0, 4)
    with pytest.raises(DataError, match="SSIM needs at least 7"):
        measure_ssim(np.zeros((1, 6, 9, 1)), np.zeros((1, 6, 9, 1)))
    with pytest.raises(DataError, match="must be the same"):
        measure_psnr(np.zeros((1, 6, 9, 1)), np.zeros((1, 6, 9, 3)))
    with pytest.raises(RecipeError, match="one of quick, full"):
        train_and_save("nothing")
    with pytest.raises(DataError, match="drawing"):
        upscale_file(b"<svg/>", "drawing.png", 2, upscaler)
