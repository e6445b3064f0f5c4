"""The page of image classification, as a person opens, reads and presses it."""

import io
from functools import partial

import numpy as np
import pytest
from PIL import Image

from core.datasets.image_sets import load_image_set
from core.hub.artifacts import MODELS
from core.vision import image_classification as project
from pages.kit.image_models import SHIPPED
from pages.kit.image_training import list_comparable
from pages.kit.picture_page import list_shipped
from tests import apps
from tests.apps import check, choose_view, count_charts, figures, find, list_imported, press, upload, words

SLUG = "image_classification"
open_page = partial(apps.open_page, SLUG)
N_CLASSES = 10


@pytest.fixture(scope="module")
def model():
    return project.load_model(MODELS / SLUG / list_shipped(SLUG, SHIPPED)[0] / "weights")


@pytest.fixture(scope="module")
def shown_set():
    return load_image_set("fashion_mnist", "test", bundled=True)


def to_png(pixels, **facts):
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG", **facts)
    return file.getvalue()


def open_upload(tab_view=None):
    app = open_page("Try it")
    if tab_view:
        choose_view(app, tab_view)
    else:
        check(find(app.segmented_control, "Picture from").set_value("Upload").run())
    return app


def test_explore_shows_every_class_and_its_counts():
    app = open_page("Explore")
    assert all(name in words(app) for name in load_image_set("fashion_mnist", "test", bundled=True).classes)
    choose_view(app, "Counts and means")
    assert "Every class has 1,000 pictures to train and 1,000 to test" in words(app)
    assert "On average" in words(app)


def test_augmentation_says_how_many_pictures_it_makes_of_one():
    app = open_page("Explore")
    choose_view(app, "Augmentation")
    check(find(app.slider, "Shift by up to (pixels)").set_value(1).run())
    assert "make 18 pictures of one" in words(app)  # mirrored or not, by 3 × 3 moves


def test_the_other_set_is_one_click_away():
    app = open_page("Explore", image_classification_set="CIFAR-10")
    assert all(name in words(app) for name in ("airplane", "frog", "truck"))


def test_leaderboard_is_the_models_own_and_has_the_baselines(model):
    app = open_page("Train & compare")
    frame = apps.find_frame(app, "Model", "Verdict")
    shown = frame.set_index("Model").rename(index=lambda name: name.removesuffix(" (baseline)"))
    assert set(shown.index) == set(model.names)
    for row in model.leaderboard:
        assert shown.loc[row.model, "Accuracy (test rows)"].startswith(f"{row.metrics['test_accuracy'].value:.3f}")
    assert "published figures" in words(app)
    assert project.describe_command(model.recipe) in words(app)


def test_classes_and_calibration_are_drawn_from_the_test_answers(model):
    app = open_page("Train & compare")
    choose_view(app, "Classes")
    report = apps.find_frame(app, "Class (rows)", "Recall")
    assert len(report) == len(model.classes)
    choose_view(app, "Calibration")
    assert f"{model.temperature:.3f}" in words(app)


def test_transfer_shows_three_rows_of_each_start():
    app = open_page("Train & compare")
    choose_view(app, "Transfer")
    frame = apps.find_frame(app, "Start", "Method")
    stored = project.load_stored_table()
    assert len(frame) == 3 * len(stored)
    assert set(frame["Method"]) == {"scratch", "frozen", "fine-tuned"}
    assert all(finding in words(app) for one in stored for finding in one.findings)


def test_robustness_names_the_command_and_offers_networks_and_baselines():
    app = open_page("Train & compare")
    choose_view(app, "Robustness")
    assert "robustness_runs" in words(app)
    assert any("/" in name for name in list_comparable())


def test_the_sample_photo_is_answered_as_core_answers(model):
    app = open_page("Try it")
    sample = figures(app)["This is"]
    assert sample in model.classes
    assert "Answered by" in words(app)
    assert "The picture's way to 28 × 28 in 8 steps" in words(app)


def test_a_test_picture_that_is_uploaded_gets_cores_answer(model, shown_set):
    place = int(np.flatnonzero(shown_set.labels == 9)[0])
    app = open_upload()
    upload(app, to_png(shown_set.images[place][..., 0]), "boot.png")
    check(app)
    expected = project.predict_pictures(model, shown_set.images[place][None])[0]
    assert figures(app)["This is"] == expected.answer
    assert f"{expected.probabilities[expected.answer]:.1%}" in words(app)


def test_what_is_none_of_the_classes_is_refused(model):
    if model.unknown is None:
        pytest.skip("this model refuses nothing")
    app = open_upload()
    letters = project.make_unknown("letters", 20, model.shape, seed=1)
    refused = next(place for place, found in enumerate(project.predict_pictures(model, letters)) if found.refused)
    upload(app, to_png(letters[refused][..., 0]), "letter.png")
    check(app)
    assert "looks like none of the 10 classes" in words(app)
    assert "This is" not in figures(app)


BAD = {
    "text.png": b"this is not a picture",
    "cut.png": to_png(np.arange(10_000, dtype=np.uint8).reshape(100, 100))[:200],
    "drawn.svg": b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>',
}


@pytest.mark.parametrize("name", BAD)
def test_what_is_no_picture_is_refused_in_one_sentence_and_the_earlier_one_stays(name):
    app = open_upload()
    before = figures(app)["This is"]
    apps.check_refused(upload(app, BAD[name], name))
    assert len(app.error) == 1
    assert name in apps.plain(app.error[0].value)
    assert figures(app)["This is"] == before


def test_one_pixel_and_nothing_to_see_are_told_in_a_sentence():
    app = open_upload()
    apps.check_refused(upload(app, to_png(np.full((1, 1), 200, np.uint8)), "one.png"))
    assert "nothing stands out" in words(app)


def test_a_turned_and_a_four_colour_picture_are_set_right():
    tall = Image.new("RGB", (40, 60), "white")
    tall.paste((20, 20, 20), (10, 10, 30, 50))
    facts = Image.Exif()
    facts[274] = 6
    file = io.BytesIO()
    tall.transpose(Image.Transpose.ROTATE_90).save(file, "JPEG", exif=facts)
    app = open_upload()
    check(upload(app, file.getvalue(), "turned.jpg"))
    assert "40 × 60 pixels" in words(app)
    file = io.BytesIO()
    tall.convert("CMYK").save(file, "JPEG")
    check(upload(app, file.getvalue(), "print.jpg"))
    assert "CMYK" in words(app)


def test_a_batch_becomes_a_table_with_a_line_for_each_picture(shown_set, model):
    app = open_upload("Many pictures")
    files = [(f"{place}.png", to_png(shown_set.images[place][..., 0]), "image/png") for place in range(3)]
    app.file_uploader[0].set_value([*files, ("bad.png", b"no", "image/png")]).run()
    assert not app.exception
    assert "bad.png" in apps.plain(app.error[0].value)
    frame = apps.find_frame(app, "picture", "answer")
    expected = project.list_answers(model, shown_set.images[:3], [name for name, *_ in files])
    assert frame["guess"].tolist() == expected["guess"].tolist()


def test_classes_are_taught_from_the_example_and_answer_a_new_picture():
    app = open_page("Try it")
    choose_view(app, "Teach your own classes")
    press(app, "Fill in an example")
    press(app, "Teach")
    assert "Each of the 24 pictures was left out once" in words(app)
    assert figures(app)["This is"] == "ship"
    check(app.text_input[0].set_value("boat").run())
    assert "have changed since" in words(app)


def test_a_file_taken_out_of_its_box_leaves_the_class_and_one_never_in_it_stays(shown_set):
    files = [(f"{place}.png", to_png(shown_set.images[place][..., 0]), "image/png") for place in range(3)]
    app = open_page("Try it")
    choose_view(app, "Teach your own classes")
    check(app.file_uploader[0].set_value(files).run())
    assert "3 pictures" in words(app)
    check(app.file_uploader[0].set_value(files[:2]).run())
    assert "2 pictures" in words(app)
    by = find(app.segmented_control, "Pictures by")
    check(by.set_value("Snapshots").run())
    check(find(app.segmented_control, "Pictures by").set_value("Upload").run())
    assert "2 pictures" in words(app)


def test_one_class_without_pictures_cannot_be_taught():
    app = open_page("Try it")
    choose_view(app, "Teach your own classes")
    apps.check_refused(find(app.button, "Teach").click().run())
    assert "Class 1 has no picture" in words(app)


def test_every_explanation_is_drawn_and_names_its_model():
    app = open_page("Explain")
    assert "Orange places speak" in words(app)
    views = {"Layers": "maps of", "First filters": "windows of", "Most confused": "surest mistakes first",
             "Unknown": "are refused and"}  # fmt: skip
    for view, told in views.items():
        choose_view(app, view)
        assert told in words(app)
        assert "test pictures right" in words(app)
    assert count_charts(app) == 1


def test_the_lessons_are_drawn():
    app = open_page("Learn")
    assert count_charts(app) == 1
    assert "Check yourself" in words(app)


def test_drawing_imports_no_training_library():
    tabs = ("Explore", "Train & compare", "Try it", "Learn", "Explain")
    assert list_imported(SLUG, tabs, ("tensorflow", "keras", "sklearn", "onnx", "torch"), "First filters") == []
