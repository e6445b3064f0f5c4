"""The ladder of pictures: every rung by AppTest, the live one with a double where the browser's video would come in."""

import io
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from core.datasets.pictures import Picture
from core.hub.errors import DataError, RecipeError
from core.hub.registry import find_project
from core.hub.settings import ROOT, Settings, make_settings
from core.vision._shared.frames import Analysis, Feed, Mark, Report
from core.vision._shared.ice import make_ice_servers
from core.vision._shared.marks import DARK, TONES, draw_marks
from pages.kit import intake, live_camera, live_state, pictures
from pages.kit.live_state import DENIED, LOST, UNCONNECTED, Stream, explain_silence
from tests.apps import check, find, plain, press, words

RED, BLUE = (200, 30, 30), (30, 30, 200)
QUIET = Report(None, "", 0, 0, 0.0, 0.0, 0.0)


def write_png(colour=RED, size=(40, 30)) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", size, colour).save(buffer, "PNG")
    return buffer.getvalue()


def make_sample(name="a shirt") -> Picture:
    return Picture(np.full((28, 28, 3), 7, np.uint8), name, "PNG")


def draw_page(live=False):
    from functools import partial

    import streamlit as st

    from pages.kit.camera import choose_picture
    from pages.kit.live_camera import show_live
    from tests.test_kit_camera import analyse, make_sample, show_caption

    samples = {name: partial(make_sample, name) for name in ("a shirt", "a [boot]")}
    on = {"live": partial(show_live, analyse, show_caption)} if live else {}
    picture = choose_picture("test", samples, **on)
    st.text("none" if picture is None else f"{picture.name} {picture.pixels.shape} {int(picture.pixels[0, 0, 0])}")


def draw_batch():
    import streamlit as st

    from pages.kit.pictures import choose_pictures

    st.text(" ".join(f"{picture.name} {picture.pixels.shape[:2]}" for picture in choose_pictures("test")))


def analyse(frame):
    return Analysis((Mark("whole", 0.0, 0.0, 1.0, 1.0),), f"mean {frame.mean():.0f}", int(frame.mean()))


def show_caption(analysis):
    import streamlit as st

    st.metric("Mean", analysis.value)


def open_page(draw=draw_page, **given) -> AppTest:
    return check(AppTest.from_function(draw, kwargs=given, default_timeout=60).run())


def choose(app, rung) -> AppTest:
    return check(find(app.segmented_control, "Picture from").set_value(rung).run())


def upload(app, content, name="me.png") -> AppTest:
    return app.file_uploader[0].set_value((name, content, "image/png")).run()


# --- sample, upload, snapshot


def test_the_page_opens_with_the_first_sample_and_another_can_be_taken():
    app = open_page()
    assert app.text[0].value == "a shirt (28, 28, 3) 7"
    assert find(app.segmented_control, "Picture from").options == ["Sample", "Upload", "Snapshot"]
    assert "a shirt, 28 × 28 pixels" in words(app)
    app = check(app.pills[0].set_value("a [boot]").run())
    assert app.text[0].value.startswith("a [boot]")


def test_an_upload_replaces_the_sample_and_is_forgotten_again():
    app = choose(open_page(), "Upload")
    assert app.text[0].value.startswith("a shirt")
    assert "Until one is there the page shows **a shirt**." in words(app)
    assert pictures.describe_limits() in words(app)
    app = check(upload(app, write_png()))
    assert app.text[0].value == "me.png (30, 40, 3) 200"
    app = press(app, "Forget this picture")
    assert app.text[0].value.startswith("a shirt")
    assert "test_picture_Upload" not in app.session_state


@pytest.mark.parametrize("bad", [b"", b"<svg></svg>", write_png()[:60], b"not a picture"])
def test_a_bad_file_says_one_sentence_and_the_earlier_picture_stays(bad):
    app = check(upload(choose(open_page(), "Upload"), write_png()))
    app = upload(app, bad, "bad[1].png")
    assert not app.exception
    assert len(app.error) == 1
    assert plain(app.error[0].value).startswith("bad[1].png")
    assert app.text[0].value == "me.png (30, 40, 3) 200"
    assert not upload(app, write_png(BLUE), "good.png").error
    assert app.text[0].value == "good.png (30, 40, 3) 30"


def test_a_snapshot_is_a_picture_of_its_own_and_coming_back_finds_the_upload():
    app = check(upload(choose(open_page(), "Upload"), write_png()))
    app = choose(app, "Snapshot")
    assert app.text[0].value == "me.png (30, 40, 3) 200"
    camera_box = app.get("camera_input")
    assert len(camera_box) == 1
    app = choose(app, "Sample")
    assert app.text[0].value.startswith("a shirt")
    app = choose(app, "Upload")
    assert app.text[0].value == "me.png (30, 40, 3) 200"


def test_a_large_picture_is_kept_small_and_says_so():
    app = check(upload(choose(open_page(), "Upload"), write_png(size=(4_096, 1_024))))
    assert app.text[0].value == "me.png (512, 2048, 3) 200"
    assert "shrunk to 2,048 pixels" in words(app)


def test_what_home_hands_over_is_taken_once_as_an_upload():
    app = open_page()
    app.session_state[pictures.HANDED] = replace(make_sample("from home"), pixels=np.full((9, 9, 3), 5, np.uint8))
    app.session_state[f"{pictures.HANDED}_turn"] = 1
    app = check(app.run())
    assert app.text[0].value == "from home (9, 9, 3) 5"
    assert find(app.segmented_control, "Picture from").value == "Upload"
    app = press(app, "Forget this picture")
    assert app.text[0].value.startswith("a shirt")
    assert check(app.run()).text[0].value.startswith("a shirt")


def upload_on_home(monkeypatch, content, name="me.png") -> AppTest:
    monkeypatch.setattr(intake, "find_takers", lambda _kind: (find_project("iris"),))
    app = AppTest.from_file(str(ROOT / "Home.py"), default_timeout=60).run()
    app.file_uploader[0].set_value((name, content, "image/png")).run()
    assert not app.exception
    return app


def test_a_picture_brought_to_home_is_read_and_handed_to_the_pages_that_take_one(monkeypatch):
    app = upload_on_home(monkeypatch, write_png(), "my[1].png")
    assert not app.error
    assert "my[1].png was read; these pages open with it:" in words(app).replace("**", "")
    assert app.session_state[pictures.HANDED].pixels[0, 0].tolist() == list(RED)
    page = open_page()
    for key in (pictures.HANDED, f"{pictures.HANDED}_turn"):
        page.session_state[key] = app.session_state[key]
    assert check(page.run()).text[0].value == "my[1].png (30, 40, 3) 200"


@pytest.mark.parametrize(("content", "word"), [(b"<svg></svg>", "SVG"), (write_png()[:50], "cut off"), (b"", "empty")])
def test_a_picture_that_cannot_be_used_is_refused_on_home(monkeypatch, content, word):
    app = upload_on_home(monkeypatch, content, "bad.png")
    assert [word in error.value for error in app.error] == [True]
    assert "these pages" not in words(app).lower()
    assert pictures.HANDED not in app.session_state


# --- many files


class File:
    """What part_files asks of a file."""

    def __init__(self, size):
        self.size = size


def test_a_batch_keeps_the_good_pictures_and_lists_the_bad_ones():
    app = open_page(draw_batch)
    box = app.file_uploader[0]
    files = [
        ("a.png", write_png(), ""),
        ("b.png", b"", ""),
        ("c.png", write_png(size=(1_280, 64)), ""),
        ("d.png", b"x", ""),
    ]
    app = box.set_value(files).run()
    assert not app.exception
    assert app.text[0].value == "a.png (30, 40) c.png (32, 640)"
    sentences = plain(app.error[0].value).splitlines()
    assert [line.split()[1] for line in sentences] == ["b.png", "d.png"]
    app = check(press(app, "Forget these pictures"))
    assert app.text[0].value == ""


def test_a_batch_beyond_its_limits_uses_the_first_files_and_says_so(monkeypatch):
    few = Settings(upload_pictures=2, upload_pictures_mb=1)
    monkeypatch.setattr("core.datasets.picture_files.load_settings", lambda: few)
    files = [File(10), File(10), File(10)]
    taken, sentence = pictures.part_files(files)
    assert taken == files[:2]
    assert "at most 2" in sentence
    assert sentence.endswith("now only the first 2 are used")
    heavy = [File(2**19), File(2**20)]
    assert pictures.part_files(heavy)[0] == heavy[:1]
    assert pictures.part_files(files[:2]) == (files[:2], "")


# --- live


@pytest.fixture
def seam(monkeypatch):
    """Put a double where the browser's video would come in; what it says of the connection can be changed."""
    calls = {"stream": Stream(False, False), "frames": []}

    def open_stream(_key, feed, facing):
        calls["feed"], calls["facing"] = feed, facing
        for frame in calls["frames"]:
            feed.see(frame)
        return calls["stream"]

    monkeypatch.setattr(live_camera, "open_stream", open_stream)
    monkeypatch.setattr(live_camera, "_FEEDS", set())
    return calls


def test_the_live_rung_shows_the_answer_to_known_frames(seam):
    seam["stream"], seam["frames"] = Stream(False, True), [np.full((48, 64, 3), 90, np.uint8)] * 4
    app = choose(open_page(live=True), "Live")
    assert app.metric[0].value == "90"
    assert app.text[0].value == "none"
    assert "4 frames, 2 analysed" in words(app)
    assert "nothing is recorded or logged" in words(app)
    assert seam["facing"] == "environment"


def test_the_live_rung_is_not_imported_before_it_is_chosen(seam):
    open_page(live=True)
    assert "feed" not in seam


def test_what_the_analysis_raises_becomes_a_sentence(seam, monkeypatch):
    def refuse(_frame):
        message = "no face is larger than 40 pixels; come nearer"
        raise DataError(message)

    monkeypatch.setattr("tests.test_kit_camera.analyse", refuse)
    seam["stream"], seam["frames"] = Stream(False, True), [np.zeros((4, 4, 3), np.uint8)]
    app = find(open_page(live=True).segmented_control, "Picture from").set_value("Live").run()
    assert [plain(error.value) for error in app.error] == ["no face is larger than 40 pixels; come nearer"]


@pytest.mark.usefixtures("seam")
def test_after_ten_seconds_without_a_camera_the_snapshot_is_the_way_out(monkeypatch):
    app = choose(open_page(live=True), "Live")
    assert "Press Start the camera" in plain(app.info[0].value).replace("*", "")
    monkeypatch.setattr(Feed, "read", lambda _feed: replace(QUIET, silent_s=11.0))
    app = check(app.run())
    assert app.warning[0].value == DENIED
    app = press(app, "Take a snapshot instead")
    assert find(app.segmented_control, "Picture from").value == "Snapshot"
    assert app.text[0].value.startswith("a shirt")


@pytest.mark.parametrize(
    ("report", "stream", "now", "sentence"),
    [
        (replace(QUIET, silent_s=9.0), Stream(False, False), 9.0, ""),
        (replace(QUIET, silent_s=10.0), Stream(False, False), 10.0, DENIED),
        (replace(QUIET, silent_s=60.0), Stream(True, False, since=55.0), 60.0, ""),
        (replace(QUIET, silent_s=60.0), Stream(True, False, since=50.0), 60.0, UNCONNECTED),
        (replace(QUIET, silent_s=60.0), Stream(False, True, since=50.0), 60.0, UNCONNECTED),
        (replace(QUIET, n_frames=9, silent_s=6.0), Stream(False, True, since=0.0), 60.0, LOST),
        (replace(QUIET, n_frames=9, silent_s=60.0), Stream(False, False), 60.0, ""),  # switched off by hand
    ],
)
def test_silence_is_explained_by_what_is_known_of_the_connection(report, stream, now, sentence):
    assert explain_silence(report, stream, now) == sentence


def test_one_webcam_more_than_the_server_carries_is_refused(seam, monkeypatch):
    live = [Feed(analyse) for _ in range(2)]
    for feed in live:
        feed.see(np.zeros((4, 4, 3), np.uint8))
    monkeypatch.setattr(live_camera, "_FEEDS", set(live))
    monkeypatch.setattr(live_camera, "load_settings", lambda: Settings(live_cameras=2))
    app = find(open_page(live=True).segmented_control, "Picture from").set_value("Live").run()
    assert "2 webcams are live and this server carries 2" in app.error[0].value
    assert "feed" not in seam


def test_plain_http_from_another_machine_gets_the_note(monkeypatch, seam):
    assert seam["stream"] == Stream(False, False)
    monkeypatch.setattr(live_state, "needs_https", lambda _url: True)
    app = choose(open_page(live=True), "Live")
    assert "only to pages over HTTPS" in app.warning[0].value


def test_the_callback_analyses_the_newest_frame_and_gives_it_back_drawn_on():
    import asyncio

    from av import VideoFrame

    seen = []

    def note(frame):
        seen.append(int(frame[0, 0, 0]))
        return analyse(frame)

    feed = Feed(note, every=3)
    frames = [VideoFrame.from_ndarray(np.full((48, 64, 3), level, np.uint8), format="rgb24") for level in (10, 20, 30)]
    drawn = asyncio.run(live_camera.make_callback(feed)(frames))
    assert seen == [30]
    assert feed.read().n_frames == 3
    assert len(drawn) == 1
    assert not np.array_equal(drawn[0].to_ndarray(format="rgb24"), frames[-1].to_ndarray(format="rgb24"))


def test_nothing_of_the_webcam_is_imported_before_the_live_rung_is_drawn():
    code = (
        "import sys, pages.kit.camera, pages.kit.live_camera;"
        "print(sorted({'streamlit_webrtc', 'aiortc', 'av', 'cv2'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_camera_is_only_wished_for_so_that_any_serves():
    assert "exact" not in str(live_camera.make_constraints("user"))


# --- what runs in the video's thread


def test_every_third_frame_is_analysed_and_the_answer_kept_between():
    feed = Feed(lambda frame: Analysis(value=int(frame[0, 0, 0])), every=3)
    values = [feed.see(np.full((2, 2, 3), level, np.uint8)).value for level in range(7)]
    assert values == [0, 0, 0, 3, 3, 3, 6]
    assert (feed.read().n_frames, feed.read().n_analysed) == (7, 3)


def test_rate_latency_and_silence_are_those_of_the_clock():
    clock = iter(np.arange(0.0, 100.0, 0.05))
    feed = Feed(lambda _frame: Analysis(), every=1, now=lambda: float(next(clock)))
    for _ in range(20):
        feed.see(np.zeros((2, 2, 3), np.uint8))
    report = feed.read()
    assert report.frames_per_s == pytest.approx(1 / 0.15)  # a frame asks three times: when it came, before and after
    assert report.latency_ms == pytest.approx(50)
    assert report.silent_s == pytest.approx(0.15)


def test_a_fault_of_ours_is_logged_once_and_the_stream_goes_on(caplog):
    answers = iter([ZeroDivisionError, ZeroDivisionError, Analysis(value=1), ZeroDivisionError])

    def fail(_frame):
        answer = next(answers)
        if isinstance(answer, Analysis):
            return answer
        raise answer

    feed = Feed(fail, every=1)
    frame = np.zeros((2, 2, 3), np.uint8)
    assert feed.see(frame) is None
    first = feed.read().problem
    assert "the log has the details under the id" in first
    feed.see(frame)
    assert feed.read().problem == first
    assert len(caplog.records) == 1
    assert feed.see(frame).value == 1
    assert feed.read().problem == ""
    feed.see(frame)
    assert len(caplog.records) == 2
    assert feed.read().analysis is None


def test_another_model_answers_from_the_next_analysis_on():
    feed = Feed(lambda _frame: Analysis(value="first"), every=2)
    frame = np.zeros((2, 2, 3), np.uint8)
    feed.see(frame)
    feed.use(lambda _frame: Analysis(value="second"))
    assert [feed.see(frame).value, feed.see(frame).value] == ["first", "second"]


def test_every_must_be_at_least_one():
    with pytest.raises(ValueError, match="every is 0; it must be 1 or more"):
        Feed(analyse, every=0)


# --- marks


@pytest.mark.parametrize("size", [(480, 640), (240, 320), (1_080, 1_920), (16, 16)])
def test_marks_scale_with_the_frame_and_stay_inside_it(size):
    frame = np.full((*size, 3), 128, np.uint8)
    marks = (Mark("Ørsted 東京 über", -0.5, -0.5, 2.0, 2.0, tone=9), Mark("", 0.2, 0.2, 0.8, 0.8))
    drawn = draw_marks(frame, Analysis(marks, "a caption"))
    assert drawn.shape == frame.shape
    assert drawn.dtype == np.uint8
    assert not np.array_equal(drawn, frame)
    assert (frame == 128).all()


def test_a_label_is_read_on_any_picture():
    for level in (0, 128, 255):
        drawn = draw_marks(np.full((480, 640, 3), level, np.uint8), Analysis((Mark("coat", 0.2, 0.4, 0.8, 0.8),)))
        strip = drawn[192 - 40 : 192 - 6, 128 + 8 : 128 + 90].reshape(-1, 3)
        assert (strip.min(axis=0) <= np.array(DARK) + 4).all()
        assert strip.max() >= 250  # white on dark, whatever is below
        assert tuple(drawn[300, 128]) == TONES[0]


def test_letters_beyond_ascii_are_drawn_as_themselves():
    blank = np.zeros((480, 640, 3), np.uint8)
    draw = [draw_marks(blank, Analysis(caption=text)) for text in ("Müller", "Muller", "M?ller")]
    assert not np.array_equal(draw[0], draw[1])
    assert not np.array_equal(draw[0], draw[2])


# --- the way to the server


def test_direct_is_the_default_and_plain_passwords_go_to_relays_only():
    assert make_ice_servers(Settings()) == ()
    settings = make_settings(
        {"ICE_SERVERS": "stun:a:3478,turns:b:5349", "TURN_USERNAME": "me", "TURN_CREDENTIAL": "word"}
    )
    stun, turn = make_ice_servers(settings)
    assert (stun.username, stun.credential) == ("", "")
    assert (turn.username, turn.credential) == ("me", "word")
    assert "word" not in repr(turn)
    assert "word" not in repr(settings)


@pytest.mark.parametrize(
    ("given", "match"),
    [
        ({"ice_servers": "http://a"}, "must be stun:"),
        ({"ice_servers": "stun:"}, "must be stun:"),
        ({"ice_servers": "turn:a:3478"}, "set TURN_USERNAME and TURN_CREDENTIAL, or TURN_SECRET"),
    ],
)
def test_a_wrong_server_is_refused_with_its_value(given, match):
    with pytest.raises(RecipeError, match=match):
        make_ice_servers(Settings(**given))


def test_a_small_picture_is_enlarged_in_whole_steps_and_keeps_its_pixels():
    pixels = np.random.default_rng(0).integers(0, 256, (28, 20, 3), np.uint8)
    shown = pictures.fit_pixels(pixels)
    assert shown.shape == (224, 160, 3)
    assert np.array_equal(shown[::8, ::8], pixels)
    assert pictures.fit_pixels(np.zeros((1, 1, 3), np.uint8)).shape == (224, 224, 3)
