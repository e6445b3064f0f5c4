"""The image generation page draws what core computes, of the stored generators, and says what it cannot enlarge."""

import io
from functools import partial

import numpy as np
import pytest
from PIL import Image

from core.datasets.pictures import read_picture
from core.hub import jobs
from core.hub.errors import HubError
from core.vision import image_generation as project
from core.vision.image_generation.live import LIVE_FILE, make_watch
from core.vision.image_generation.reasons import draw_layers, share_between
from pages.kit.enlarging import PLAIN, TESTED, make_sheet
from pages.kit.generators import TITLES, load_generators
from pages.kit.picture_page import list_shipped
from tests import apps
from tests.apps import check, check_refused, choose_view, count_charts, figures, find, find_frame, press, words

SLUG = "image_generation"
open_page = partial(apps.open_page, SLUG)
STORED = list_shipped(SLUG, tuple(TITLES))
NOISE = np.random.default_rng(0).integers(0, 255, (60, 60, 3), np.uint8)
TINY = project.Recipe(pictures=500, steps=4, batch=8, latent=4, width=2, r1=0.0, half=False, frames=2)


@pytest.fixture(scope="module")
def models() -> dict[str, project.Model]:
    return load_generators()


def write(pixels, mode="RGB", form="PNG") -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(pixels).convert(mode).save(buffer, form)
    return buffer.getvalue()


def write_huge() -> bytes:
    buffer = io.BytesIO()
    Image.new("1", (10_001, 10_000)).save(buffer, "PNG")
    return buffer.getvalue()


def test_every_stored_generator_can_be_asked_to_draw(models):
    app = open_page()
    control = find(app.segmented_control, "Who draws")
    assert list(models) == [TITLES[name] for name in STORED]
    for name in STORED:
        app = check(find(app.segmented_control, "Who draws").set_value(name).run())
        model = models[TITLES[name]]
        assert f"{TITLES[name]} draws · {model.recipe.last_step:,} steps" in words(app).replace("*", "")
    assert control.value == STORED[0]


def test_a_class_is_drawn_as_core_draws_it(models):
    app = open_page()
    sheet = project.draw_sheet(models["Style generator"], 30, None, seed=3)
    right = sum(a == b for a, b in zip(sheet.asked, sheet.seen, strict=True))
    assert f"sees what was asked for in {right} of 30" in words(app)


def test_the_film_can_be_scrubbed_and_played(models):
    app = choose_view(open_page(), "Film")
    film = models["Style generator"].film
    slider = find(app.select_slider, "Step")
    assert slider.value == film.steps[-1]
    app = check(slider.set_value(film.steps[0]).run())
    assert "Before the first step" in words(app)
    app = press(app, "Play")
    assert find(app.select_slider, "Step").value == film.steps[1]
    press(app, "Pause")


def test_the_comparison_is_the_stored_figures(models):
    app = open_page("Train & compare")
    frame = find_frame(app, "Generator")
    standings = project.list_standings(models)
    assert frame["Generator"].tolist() == [each.name for each in standings]
    ratio = next(
        row for row in models["Style generator"].scores if (row.metric, row.split) == ("frechet_ratio", "test")
    )
    assert frame["Fréchet ratio"][0].startswith(f"{ratio.value:.2f} ({ratio.low:.2f}")
    assert f"{ratio.baseline_value:.2f}" in frame["Fréchet ratio"].iloc[-1]
    for metric, figure in project.FIGURES.items():
        app = check(find(app.segmented_control, "Figure").set_value(metric).run())
        assert f"{figure.title}: " in words(app)


def test_the_alarm_rings_on_the_collapsed_run_only(models):
    app = press(choose_view(open_page("Train & compare"), "Collapse alarm"), "Sound the alarm on every generator")
    told = words(app).replace("*", "")
    assert "Style generator: silent on 5 of 5 sets" in told
    assert "Collapsed generator: rings on 5 of 5 sets" in told
    assert count_charts(app) == len(models)


def test_fresh_samples_are_measured(models):
    app = choose_view(open_page("Train & compare"), "Fresh samples")
    app = press(app, "Draw 1,000 pictures and measure them")
    assert count_charts(app) == 2
    found = project.look_afresh(models["Style generator"], project.load(project.Recipe(pictures=10_000)))
    assert found.endless < found.distances.min()
    assert figures(app)["Among real pictures"] == f"{found.precision:.1%}"


def test_the_game_of_points_moves_one_player_at_a_time():
    app = choose_view(open_page("Train & compare"), "Game of points")
    before = app.session_state[f"{SLUG}_ring_state"]
    app = press(app, "Generator alone")
    after = app.session_state[f"{SLUG}_ring_state"]
    assert (after.step, after.discriminator is before.discriminator) == (25, True)
    app = press(app, "Discriminator alone")
    last = app.session_state[f"{SLUG}_ring_state"]
    assert (last.step, last.generator is after.generator) == (50, True)
    app = press(app, "Play")
    assert app.session_state[f"{SLUG}_ring_state"].step == 75
    press(app, "Pause")


def test_a_sheet_is_drawn_as_core_draws_it(models):
    app = open_page("Try it")
    app = check(find(app.selectbox, "Class").set_value("Sandal").run())
    app = check(find(app.slider, "Truncation").set_value(0.5).run())
    sheet = project.draw_sheet(models["Style generator"], 64, "Sandal", 0.5, 0)
    assert figures(app)["Seen as asked"] == f"{sum(seen == 'Sandal' for seen in sheet.seen)} of 64"
    nearest = project.find_nearest(sheet.pictures, project.load(project.Recipe(pictures=10_000)).images)
    assert f"{nearest.distances.min() / 255:.1f} white pixels apart" in words(app)


def test_styles_are_mixed_walked_and_added():
    app = choose_view(open_page("Try it"), "Mix styles")
    mixed = words(app)
    app = check(find(app.slider, "Shape: first to second").set_value(1.0).run())
    assert words(app) != mixed
    app = choose_view(app, "Walk")
    assert count_charts(app) == 1
    assert find(app.select_slider, "Frame").value == 1
    app = check(find(app.segmented_control, "Way").set_value("Between two pictures").run())
    assert count_charts(app) == 1
    app = choose_view(app, "Add classes")
    assert "Dress − T-shirt/top + Pullover = " in words(app)


def test_a_sample_is_enlarged_and_compared_with_the_truth():
    app = choose_view(open_page("Try it"), "Enlarge")
    data = project.load(project.Recipe(pictures=500))
    truth = data.test_images[:1, :, :, None].repeat(3, axis=3)
    made = project.upscale(project.load_upscaler(), project.shrink(truth, 2)[0], 2)
    assert figures(app)["PSNR, network"] == f"{project.measure_psnr(made.pixels[None], truth)[0]:.1f} dB"
    app = check(find(app.segmented_control, "Factor").set_value(4).run())
    assert float(figures(app)["PSNR, bicubic"].split()[0]) < 21


def bring(content, name="me.png"):
    app = choose_view(open_page("Try it"), "Enlarge")
    app = check(find(app.segmented_control, "Picture from").set_value("Upload").run())
    return app.file_uploader[0].set_value((name, content, "image/png")).run()


def test_a_large_picture_waits_for_a_button_and_is_enlarged():
    content = write(np.tile(make_sheet().pixels, (2, 1, 1)))
    app = check(bring(content))
    app = check(find(app.segmented_control, "What to do").set_value(PLAIN).run())
    assert "192 × 256" not in figures(app)
    app = press(app, "Enlarge 192 × 256 pixels")
    assert "384 × 512 pixels, 2 times as large" in words(app)


@pytest.mark.parametrize("form", ["CMYK", "L", "RGBA"])
def test_pictures_of_other_colours_are_enlarged(form):
    pixels = make_sheet().pixels[:32, :32]
    kind = "TIFF" if form == "CMYK" else "PNG"
    app = check(bring(write(pixels, form, kind), f"me.{kind.lower()}"))
    assert "PSNR, network" in figures(app)


def test_one_pixel_is_enlarged_and_not_compared():
    content = write(np.full((1, 1, 3), 90, np.uint8))
    app = check_refused(bring(content))
    assert "1 × 1 pixels" in words(app)
    app = check(find(app.segmented_control, "What to do").set_value(PLAIN).run())
    assert "2 × 2 pixels, 2 times as large" in words(app)
    check_refused(find(app.segmented_control, "What to do").set_value(TESTED).run())


@pytest.mark.parametrize(
    "content",
    [b"this is text", write(NOISE)[:2_000], b"", write_huge()],
    ids=["text", "truncated", "empty", "100 megapixels"],
)
def test_what_is_no_picture_is_refused_and_the_sample_stays(content):
    with pytest.raises(HubError) as reason:
        read_picture(content, "me.png")
    app = check_refused(bring(content))
    assert [apps.plain(each.value) for each in app.error] == [str(reason.value)]
    assert "PSNR, network" in figures(app)


def test_each_view_of_explain_is_drawn(models):
    app = open_page("Explain")
    for name, n_charts in {"Truncation": 0, "Mapping": 1, "Layers": 1, "Discriminator": 1, "Collapse": 1}.items():
        app = choose_view(app, name)
        assert count_charts(app) == n_charts
        if name == "Layers":
            assert draw_layers(models["Style generator"]).title in words(app)
    app = press(choose_view(app, "Memory"), "Search 500 samples for copies")
    assert "sign" in words(app).lower()
    assert count_charts(app) == 1


def test_variance_between_classes_is_none_where_means_agree():
    rows = np.array([[-1.0], [1.0], [-2.0], [2.0]], np.float32)
    assert share_between(rows, np.array([0, 0, 1, 1])) == 0


def test_a_run_tells_its_losses_while_it_goes_and_draws_when_done(tmp_path):
    seen = []
    watch = make_watch(tmp_path, 0.0)

    def follow(trainer):
        watch(trainer)
        seen.append(project.read_live(tmp_path))

    model = project.train(TINY, project.load(TINY), watch=follow)
    assert [live.step for live in seen] == [1, 2, 3, 4]
    assert project.live_chart(seen[-1]).title.startswith("After 4 of 4 steps")
    np.testing.assert_array_equal(seen[-1].history["generator_loss"], model.history["generator_loss"])
    (tmp_path / LIVE_FILE).write_bytes(b"half")
    assert project.read_live(tmp_path) is None


def test_a_trained_generator_draws_on_the_page():
    job = jobs.submit("core.vision.image_generation:run_job", TINY, session="first", page=SLUG)
    job = jobs.wait_job(job.id, 300.0)
    assert job.state == "done", job.error
    assert not (job.folder / LIVE_FILE).exists()
    app = choose_view(open_page("Train & compare", **{f"{SLUG}_job": job.id}), "Train")
    assert "Your style generator is" in words(app)
    app = open_page("Try it", **{f"{SLUG}_job": job.id})
    app = check(find(app.segmented_control, "Who draws").set_value("yours").run())
    assert "Trained here draws · 4 steps on 500 pictures" in words(app).replace("*", "")
