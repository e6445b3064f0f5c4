"""The page of face recognition, as a person opens, reads and presses it."""

import io
import json
import time
from dataclasses import replace
from functools import partial

import numpy as np
import pytest
from PIL import Image, ImageFilter

from core.datasets.face_sets import load_samples
from core.vision import face_recognition as project
from core.vision._shared.frames import Analysis, Feed, Mark, Report
from core.vision._shared.marks import TONES, draw_marks
from core.vision.face_recognition.alignment import make_template
from core.vision.face_recognition.answers import measure_samples
from core.vision.face_recognition.head import train_head
from core.vision.face_recognition.simulated import simulate_people
from core.vision.face_recognition.statue import make_statue
from core.vision.face_recognition.types import Box, Face
from pages.kit import face_people, live_camera
from pages.kit.face_head import SHOWN
from pages.kit.face_pending import KEY as ENROL
from pages.kit.face_people import KEY, SAMPLE_NAMES, describe_keeping
from pages.kit.face_pictures import ALL, load_sample
from pages.kit.face_rates import N_EACH, N_SIMULATED
from pages.kit.face_signals import ANSWER_S, Watch, lay_grid
from pages.kit.face_trial import ALIKE
from pages.kit.live_state import DENIED, LOST, UNCONNECTED, Stream
from tests import apps
from tests.apps import check, choose_view, count_charts, figures, find, list_imported, press, words
from tests.vision.test_face_quality import draw_cartoon

SLUG = "face_recognition"
open_page = partial(apps.open_page, SLUG)
EILEEN, GRACE = SAMPLE_NAMES.values()
QUIET = Report(None, "", 0, 0, 0.0, 0.0, 0.0)
LONG_AGO = -1e9


def to_png(pixels):
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()


@pytest.fixture(scope="module")
def portraits():
    """Give different crops of one bundled portrait as files, which stand for pictures of one person."""
    pixels = np.asarray(Image.open(io.BytesIO(load_samples()["grace_hopper.jpg"])).convert("RGB"))
    return [(f"{top}.png", to_png(pixels[top:560, 60:470]), "image/png") for top in (20, 40, 60)]


@pytest.fixture(scope="module")
def other():
    return [("eileen.png", load_samples()["astronaut.png"], "image/png")]


def open_enrolment(app=None):
    app = app or open_page("Train & compare")
    choose_view(app, "Your gallery")
    return check(app.checkbox[0].check().run())


def enrol(app, name, files):
    """Agree, name, bring files and press; what comes of it is for the test to check."""
    bring(app, name, files)
    button = find(app.button, "Enrol")
    return app if button.disabled else button.click().run()


def bring(app, name, files):
    """Agree, name and bring files."""
    open_enrolment(app)
    find(app.text_input, "Name").set_value(name).run()
    return find(app.file_uploader, "Pictures of this person").set_value(files).run()


def gallery_of(app):
    return app.session_state[KEY].gallery


def upload_picture(app, files):
    find(app.segmented_control, "Picture from").set_value("Upload").run()
    return app.file_uploader[0].set_value(files[0]).run()


def test_explore_tells_detection_from_recognition_on_the_samples():
    app = open_page("Explore")
    shown = figures(app)
    assert shown["Detection: is there a face, and where?"] == "3 found"
    assert shown["Recognition: whose is it?"] == "2 of 3 known"  # the stone head is nobody
    assert count_charts(app) == 3
    assert "Kept of you: nothing" in words(app)


def test_an_uploaded_picture_goes_through_the_same_steps(other):
    app = open_page("Explore")
    check(upload_picture(app, other))
    shown = measure_samples()[0]
    text = words(app)
    assert f"{shown.face.score:.2f}" in text
    assert f"{shown.quality.size_px} px across" in text


def test_leaderboards_are_the_shipped_models_own():
    app = open_page("Train & compare")
    model = face_people.load_model()
    verify = apps.find_frame(app, "Model", "True accepts").set_index("Model")
    row = next(each for each in model.scores if (each.model, each.metric) == ("embedding", "true_accept_rate"))
    assert verify.loc["embedding", "True accepts"].startswith(f"{row.value:.3f}")
    assert any("eigenfaces" in name for name in verify.index)
    named = apps.find_frame(app, "Model", "Named rightly")
    assert len(named) == len(project.METHODS)
    assert model.claim_in_words in words(app)
    beaten = [each for each in model.scores if each.metric in {"true_accept_rate", "true_identification_rate"}]
    for each in beaten:
        assert f"{each.model} against {each.baseline_value:.3f} ({each.baseline})" in words(app)
    assert "Measured with 10 people enrolled, 5 pictures each" in words(app)
    assert verify["Beats baseline"].to_dict() == {
        "embedding": True, "embedding, gate 0.6": True, "eigenfaces (baseline)": False,
    }  # fmt: skip
    assert project.describe_command(model.recipe) in words(app)


def test_consent_comes_before_any_picture():
    app = open_page("Train & compare")
    choose_view(app, "Your gallery")
    assert "one photograph each" in words(app).replace("*", "")  # copies are no photographs
    assert not app.file_uploader
    open_enrolment(app)
    assert app.file_uploader
    assert find(app.button, "Enrol").disabled


def test_three_pictures_enrol_somebody_and_the_samples_leave(portraits):
    app = check(enrol(open_page("Train & compare"), "Grace", portraits))
    (person,) = gallery_of(app).people
    assert (person.name, len(person.vectors)) == ("Grace", 3)
    assert person.consent.given_by == "the person shown"
    assert "is enrolled with 3 pictures" in words(app)
    assert "Kept in this session alone: 3 vectors of 1 person, no picture" in words(app)
    assert f"{ENROL}_pending" not in app.session_state  # what was measured of the pictures is let go
    assert open_page("Try it").session_state[KEY].is_sample  # another session begins with the samples alone


def test_renaming_merging_removing_and_erasing_make_the_classifiers_anew(portraits, other):
    app = check(enrol(open_page("Train & compare"), "Grace", portraits))
    check(enrol(app, "Eileen", other))
    gallery, mine = gallery_of(app), app.session_state[KEY]
    mine.learnt["head_of_them"] = object()
    find(app.text_input, "New name").set_value("Rear Admiral").run()
    press(app, "Rename")
    assert [person.name for person in gallery.people] == ["Rear Admiral", "Eileen"]
    assert not mine.learnt
    apps.check_refused(find(app.button, "Merge").click().run())
    assert "apart" in words(app) or "another face" in words(app)
    press(app, "Remove Rear Admiral")
    assert [person.name for person in gallery.people] == ["Eileen"]
    assert gallery.identify(measure_samples()[1].vector).name is None
    press(app, "Erase all")
    assert mine.is_sample
    assert {person.name for person in gallery.people} == set(SAMPLE_NAMES.values())
    assert "Kept of you: nothing" in words(app)


def test_one_person_under_two_names_is_refused_until_it_is_confirmed(portraits):
    app = check(enrol(open_page("Train & compare"), "Grace", portraits[:2]))
    apps.check_refused(enrol(app, "Anna", portraits[2:]))
    assert "one person under two names" in words(app)
    assert len(gallery_of(app).people) == 1
    check(find(app.checkbox, "They are two people who look alike").check().run())
    press(app, "Enrol")
    assert len(gallery_of(app).people) == 2


def test_more_pictures_keep_the_stricter_consent_until_it_is_renewed(portraits):
    app = check(enrol(open_page("Train & compare"), "Grace", portraits[:1]))
    first = gallery_of(app).people[0].consent
    bring(app, "grace", portraits[1:2])
    find(app.number_input, "Erase after (days)").set_value(365).run()
    press(app, "Enrol")
    assert gallery_of(app).people[0].consent == first
    bring(app, "grace", portraits[2:])
    find(app.number_input, "Erase after (days)").set_value(365).run()
    check(find(app.checkbox, "Let this consent replace the earlier one").check().run())
    press(app, "Enrol")
    (person,) = gallery_of(app).people
    assert len(person.vectors) == 3
    assert person.consent.expires > first.expires


def test_a_picture_taken_out_of_the_box_is_not_enrolled(portraits):
    app = bring(open_page("Train & compare"), "Grace", portraits)
    assert "3 faces are good to enrol" in words(app)
    check(find(app.file_uploader, "Pictures of this person").set_value(portraits[:1]).run())
    assert "1 face is good to enrol" in words(app)
    press(app, "Enrol")
    assert [len(person.vectors) for person in gallery_of(app).people] == [1]


def test_erasing_lets_go_of_what_waits_to_be_enrolled(portraits, other):
    app = check(enrol(open_page("Train & compare"), "Grace", portraits))
    bring(app, "Eileen", other)
    assert f"{ENROL}_pending" in app.session_state
    press(app, "Erase all")
    assert f"{ENROL}_pending" not in app.session_state
    assert not app.file_uploader  # the box is emptied too, and consent is to be given anew


def test_two_people_under_one_name_are_refused(portraits, other):
    app = check(enrol(open_page("Train & compare"), "Grace", portraits))
    apps.check_refused(enrol(app, "grace", other))
    assert "enrolled with another face" in words(app)
    apps.check_refused(enrol(open_page("Train & compare"), "Both", [*portraits, *other]))


def crop_grace(side):
    image = Image.open(io.BytesIO(load_samples()["grace_hopper.jpg"])).convert("RGB").crop((80, 60, 460, 440))
    return image.resize((side, side), Image.Resampling.LANCZOS)


def make_faces(n):
    sheet = Image.new("RGB", (5 * 200, -(-n // 5) * 200))
    for place in range(n):
        sheet.paste(crop_grace(200), (place % 5 * 200, place // 5 * 200))
    return to_png(np.asarray(sheet))


def make_far():
    sheet = Image.new("RGB", (160, 160), (120, 120, 120))
    sheet.paste(crop_grace(40), (60, 60))
    return to_png(np.asarray(sheet))


def make_flat(side):
    return to_png(np.full((side, side, 3), 120, np.uint8))


def make_huge():
    file = io.BytesIO()
    Image.new("1", (10_000, 10_000)).save(file, "PNG")
    return file.getvalue()


BAD = {
    "no face.png": (partial(make_flat, 300), "no face"),
    "ten faces.png": (partial(make_faces, 10), "10 faces were found"),
    "far.png": (make_far, "pixels across, at least 80"),
    "profile.png": (lambda: to_png(make_statue(80.0, 200)), "no face"),
    "cut.jpg": (lambda: load_samples()["grace_hopper.jpg"][:20_000], "cut off or damaged"),
    "huge.png": (make_huge, "megapixels"),
    "cartoon.png": (lambda: to_png(draw_cartoon()), "as in a drawing"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_picture_that_cannot_be_enrolled_is_refused_in_one_sentence(name, portraits):
    make, told = BAD[name]
    app = bring(open_page("Train & compare"), "Grace", [(name, make(), "image/png"), portraits[0]])
    apps.check_refused(app)
    assert len(app.error) == 1
    assert told in words(app)
    assert name in words(app)
    press(app, "Enrol")
    assert [len(person.vectors) for person in gallery_of(app).people] == [1]  # the good one is taken


def test_a_stone_head_or_a_grey_photograph_waits_for_a_tick(portraits):
    grey = to_png(np.asarray(Image.open(io.BytesIO(portraits[0][1])).convert("L").convert("RGB")))
    for name, content in (("stone.png", to_png(make_statue())), ("grey.png", grey)):
        app = bring(open_page("Train & compare"), "Grace", [(name, content, "image/png")])
        assert f"{name}: The face has hardly any colour" in app.warning[0].value
        assert "a sculpture, a drawing or a black-and-white picture" in app.warning[0].value
        assert find(app.button, "Enrol").disabled
        check(find(app.checkbox, "They are photographs of a person, not of a sculpture or a drawing").check().run())
        press(app, "Enrol")
        assert [person.name for person in gallery_of(app).people] == ["Grace"]


# --- a camera that does not come


@pytest.mark.parametrize(
    ("report", "stream", "sentence"),
    [
        (replace(QUIET, silent_s=11.0), Stream(False, False), DENIED),
        (replace(QUIET, silent_s=60.0), Stream(False, True, LONG_AGO), UNCONNECTED),
        (replace(QUIET, n_frames=9, silent_s=6.0), Stream(False, True, LONG_AGO), LOST),
    ],
)
def test_a_camera_denied_never_connecting_or_lost_is_explained_here_too(monkeypatch, report, stream, sentence):
    monkeypatch.setattr(live_camera, "open_stream", lambda *_: stream)
    monkeypatch.setattr(live_camera, "_FEEDS", set())
    monkeypatch.setattr(live_camera, "_note_start", lambda given, _key: given)
    app = find(open_page("Try it").segmented_control, "Picture from").set_value("Live").run()
    monkeypatch.setattr(Feed, "read", lambda _feed: report)
    app = check(app.run())
    assert sentence in [warning.value for warning in app.warning]
    app = press(app, "Take a snapshot instead")
    assert find(app.segmented_control, "Picture from").value == "Snapshot"


def test_gates_are_cores_and_what_cannot_be_claimed_is_said():
    app = open_page("Train & compare")
    choose_view(app, "Gates")
    curve = project.measure_gallery(*simulate_people(N_SIMULATED, N_EACH))
    gate = face_people.load_model().naming_gates["nearest faces"]
    place = curve.find(gate)
    assert figures(app)[f"False accepts at {gate:.2f}"] == f"{curve.accepts.rate[place]:.2%}"
    assert project.judge_claim(curve, 0.01).sentence in words(app)
    check(find(app.segmented_control, "Measured on").set_value("Your gallery").run())
    assert "cannot be claimed" in words(app)


def test_the_gate_that_is_chosen_holds_at_once():
    app = open_page("Train & compare")
    choose_view(app, "Gates")
    check(find(app.slider, "Gate in use for naming").set_value(0.2).run())
    assert gallery_of(app).gate == 0.2


def test_three_ways_to_name_are_compared_on_a_press():
    app = open_page("Train & compare")
    choose_view(app, "Ways to name")
    press(app, "Compare the three")
    assert apps.find_frame(app, "Method", "Strangers named")["Method"].tolist() == ["nearest mean", *project.METHODS]


def test_the_head_learns_in_place_and_its_film_moves():
    app = open_page("Train & compare")
    choose_view(app, "Head that learns")
    assert "step 60 of 60" in words(app)
    press(app, "Start again")
    assert "step 0 of 60" in words(app)
    press(app, "Step")
    assert "step 0 of 60" not in words(app)
    press(app, "Measure it on people it has never seen")
    assert "never seen the head mixes up" in words(app)


def test_a_head_of_ones_own_people_stays_in_the_session_and_goes_with_them(portraits, other):
    app = check(enrol(open_page("Train & compare"), "Grace", portraits))
    check(enrol(app, "Eileen", other))
    choose_view(app, "Head that learns")
    mine = app.session_state[KEY]
    assert any(name.startswith("head") for name in mine.learnt)
    mine.gallery.remove(mine.gallery.people[1].key)
    app.run()
    assert not any(name.startswith("head") for name in mine.learnt)
    assert "triplet" in words(app)


def test_naming_says_who_is_known_and_who_is_not():
    app = open_page("Try it")
    assert [figures(app)[f"Face {number}"] for number in (1, 2, 3)] == [EILEEN, GRACE, "unknown"]
    check(find(app.segmented_control, "Named by").set_value("support vectors").run())
    assert figures(app)["Face 3"] == "unknown"


def test_two_pictures_are_compared_as_core_compares_them():
    app = open_page("Try it")
    choose_view(app, "The same person?")
    model, (first, second) = face_people.load_model(), measure_samples()
    verdict = project.verify(first.vector, second.vector, gate=model.gate, curve=model.curve)
    assert figures(app)["They are"] == "two people"
    assert verdict.sentence in words(app)
    app.pills[1].set_value(ALL).run()
    apps.check_refused(app)
    assert "3 faces were found and one is needed" in words(app)


def blur(image):
    return to_png(np.asarray(image.resize((300, 300)).filter(ImageFilter.GaussianBlur(5))))


def test_a_comparison_of_spoilt_faces_is_called_unsure():
    app = open_page("Try it")
    choose_view(app, "The same person?")
    assert ALIKE not in words(app)  # two good portraits
    app.segmented_control[1].set_value("Upload").run()
    check(app.file_uploader[0].set_value(("soft.png", blur(crop_grace(300)), "image/png")).run())
    assert "First picture: The face is blurred" in words(app)
    assert "Second picture:" not in words(app)
    assert ALIKE in words(app)


def test_a_name_of_a_spoilt_or_drawn_face_says_what_makes_it_unsure():
    app = open_page("Try it")
    assert words(app).count("hardly any colour") == 1  # the stone head's alone
    check(upload_picture(app, [("drawn.png", to_png(draw_cartoon()), "image/png")]))
    assert figures(app)["Face 1"] == "unknown"
    assert "as in a drawing" in words(app)
    check(app.file_uploader[0].set_value(("far.png", make_far(), "image/png")).run())
    assert "pixels across, at least 80 are needed" in words(app)


def test_of_many_faces_each_is_told():
    app = open_page("Try it")
    check(upload_picture(app, [("ten.png", make_faces(10), "image/png")]))
    assert "10 faces in all, 10 of them named" in words(app)
    assert f"Face 10: {GRACE}" in words(app)


def test_a_name_with_other_spaces_is_the_same_person(portraits):
    app = check(enrol(open_page("Train & compare"), "Grace Hopper", portraits[:1]))
    bring(app, "grace   hopper", portraits[1:])
    assert find(app.checkbox, "Let this consent replace the earlier one")
    press(app, "Enrol")
    assert [len(person.vectors) for person in gallery_of(app).people] == [3]
    assert "Grace Hopper is enrolled with 3 pictures" in words(app)


def test_a_renamed_person_is_called_so_everywhere(portraits):
    app = check(enrol(open_page("Train & compare"), "Grace", portraits))
    find(app.text_input, "New name").set_value("Rear Admiral").run()
    press(app, "Rename")
    assert find(app.selectbox, "Person").options == ["Rear Admiral"]
    assert not find(app.text_input, "New name").value


def test_a_batch_becomes_a_line_for_each_face(portraits, other):
    app = open_page("Try it")
    choose_view(app, "Many pictures")
    blank = ("empty.png", make_flat(90), "image/png")
    app.file_uploader[0].set_value([portraits[0], *other, blank, ("bad.png", b"no", "image/png")]).run()
    assert not app.exception
    assert "bad.png" in apps.plain(app.error[0].value)
    frame = apps.find_frame(app, "picture", "name", "distance")
    assert frame["name"].tolist() == [GRACE, EILEEN, "no face"]
    assert frame["unsure"].tolist() == ["", "", ""]


def test_a_promise_of_one_comparison_is_not_one_of_naming():
    app = open_page("Train & compare")
    choose_view(app, "Your gallery")
    vectors, people = simulate_people(60, 4, seed=1)
    mine = app.session_state[KEY]
    mine.gallery.clear()
    mine.is_sample = False
    consent = project.make_consent("nobody", time.time(), agreed=True)
    for person in range(60):
        mine.gallery.add(f"simulated {person}", vectors[people == person], consent, allow_alike=True)
    choose_view(app, "Gates")
    check(find(app.select_slider, "Promise: fewer false accepts than").set_value(0.05).run())
    assert "A stranger is compared with all 240 enrolled pictures, so up to 100% of strangers may get a name" in words(
        app
    )


def test_signals_are_signals_and_a_grid_is_seen():
    app = open_page("Try it")
    choose_view(app, "A living face?")
    assert "signals, not proof" in words(app)
    assert "0 for a picture" in words(app)
    check(app.toggle[0].set_value(True).run())
    assert "1 for a picture" in words(app)
    assert lay_grid(np.zeros((150, 150, 3), np.uint8)).shape == (150, 150, 3)


def test_no_face_is_told_and_the_page_goes_on():
    app = open_page("Try it")
    blank = ("empty.png", make_flat(90), "image/png")
    check(upload_picture(app, [blank]))
    assert "empty.png: no face of 20 pixels or more was found" in words(app)
    apps.check_refused(app.file_uploader[0].set_value(("bad.png", b"no", "image/png")).run())
    assert "empty.png: no face" in words(app)  # the earlier picture stays
    check(app.file_uploader[0].set_value(("wall.png", make_flat(1500), "image/png")).run())
    assert "wall.png: no face of 80 pixels or more was found" in words(app)


def test_every_explanation_is_drawn():
    app = open_page("Explain")
    for view, told in {"Nearest people": "within the gate", "Places of the face": "Covering",
                       "The 128 numbers": "of the 128 numbers"}.items():  # fmt: skip
        choose_view(app, view)
        assert told in words(app)
        assert count_charts(app) == 1


def test_the_lessons_are_drawn():
    app = open_page("Learn")
    assert count_charts(app) == 1
    assert "Check yourself" in words(app)


def test_a_signed_in_users_people_are_kept_for_them_alone(monkeypatch, portraits):
    monkeypatch.setattr(face_people, "find_owner", lambda: "ann@example.org")
    app = open_page("Train & compare")
    choose_view(app, "Your gallery")
    press(app, f"Remove {EILEEN}")
    assert open_page("Try it").session_state[KEY].is_sample  # samples that were changed are kept in no account
    app = check(enrol(app, "Grace", portraits))
    assert "Kept in your account here: 3 vectors" in describe_keeping(app.session_state[KEY])
    again = open_page("Try it").session_state[KEY]
    assert [person.name for person in again.gallery.people] == ["Grace"]
    monkeypatch.setattr(face_people, "find_owner", lambda: "ben@example.org")
    assert open_page("Try it").session_state[KEY].is_sample
    monkeypatch.setattr(face_people, "find_owner", lambda: "ann@example.org")
    press(app, "Erase all")
    assert open_page("Try it").session_state[KEY].is_sample


def test_the_export_holds_consent_and_vectors(portraits):
    app = check(enrol(open_page("Train & compare"), "Grace", portraits))
    kept = json.loads(project.export_people(gallery_of(app).people))["people"]
    assert kept[0]["consent"]["text"] == project.TEXTS["1"]
    assert np.shape(kept[0]["vectors"]) == (3, 128)


def test_the_head_that_is_shown_is_cores():
    vectors, people = simulate_people(N_SIMULATED, N_EACH)
    kept = people < 7
    film = train_head(vectors[kept], people[kept], SHOWN).film
    app = open_page("Train & compare")
    choose_view(app, "Head that learns")
    assert f"in {film.steps[-1]} steps" in words(app)


def test_labels_side_by_side_do_not_hide_each_other():
    frame = np.zeros((480, 640, 3), np.uint8)
    beside = (Mark("Eileen Collins", 0.1, 0.4, 0.3, 0.6, tone=0), Mark("Grace Hopper", 0.4, 0.4, 0.6, 0.6, tone=1))
    drawn = draw_marks(frame, Analysis(beside))
    assert (drawn[260:280, 256:260] == TONES[1]).all(axis=2).any()  # the edge of the second box
    above, below = ((drawn[rows] > 240).all(axis=2).sum() for rows in (slice(140, 190), slice(290, 345)))
    assert above > 0
    assert below > 0
    assert not draw_marks(frame, Analysis((Mark("", 0.1, 0.4, 0.3, 0.6),)))[140:180].any()  # no words, no strip


def test_samples_are_one_picture_for_all():
    assert load_sample(EILEEN) is load_sample(EILEEN)


def test_drawing_imports_no_training_library():
    engines, libraries = ("dlib", "cv2", "onnx"), ("sklearn", "tensorflow", "torch", "lightgbm", "river")
    assert list_imported(SLUG, ("Learn", "Train & compare"), engines + libraries) == []
    assert list_imported(SLUG, ("Explore", "Try it", "Explain"), libraries) == []


class StillEngine:
    """A double of the engine that finds one face where it is told to, and no other."""

    box = Box(200, 100, 400, 300)

    def detect(self, _pixels, _upsample=0):
        corners = make_template(200, 0.0) + np.array([200, 100])
        return (Face(self.box, corners, 2.0),)

    def align(self, _pixels, _face):
        return np.full((150, 150, 3), 90, np.uint8)

    def embed(self, _pixels, _face):
        return np.zeros(128)


def test_a_task_is_asked_judged_in_time_and_its_looks_let_go(monkeypatch):
    now = [100.0]
    monkeypatch.setattr("pages.kit.face_signals.time.monotonic", lambda: now[0])
    watch = Watch(StillEngine())
    frame = np.random.default_rng(0).integers(0, 256, (60, 80, 3), dtype=np.uint8).repeat(8, axis=0).repeat(8, axis=1)
    for _ in range(40):
        watch.analyse(frame)
        now[0] += 0.1
    assert len(watch._looks) <= 22  # two seconds at ten looks a second
    watch.ask(seed=1)
    assert watch.read() == pytest.approx(ANSWER_S)
    for _ in range(55):
        watch.analyse(frame)
        now[0] += 0.1
    assert watch.read() == 0
    signals, looks, challenge = watch.answer
    assert challenge.task == "turn left"
    assert signals[0].speaks_for == "a picture"  # nothing turned
    assert len(looks) > ANSWER_S
    assert not watch._looks
    watch.forget()
    assert watch.answer is None
