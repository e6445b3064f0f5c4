"""Face recognition in a browser: of two faces before the webcam the enrolled one is named, the stranger is not."""

import io

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

from core.datasets.face_sets import load_samples
from core.vision.face_recognition.answers import measure_samples
from core.vision.face_recognition.clip import make_clip
from tests.browser.app import launch_browser, wait_until_drawn
from tests.browser.test_camera import ALLOW, DEVICE, HEIGHT, RATE, WAIT_MS, WIDTH, network, start_camera

pytestmark = pytest.mark.browser
SLUG = "face_recognition"
NAME, STRANGER = "The commander", "Grace"
TO_YUV = np.array([[65.738, 129.057, 25.064], [-37.945, -74.494, 112.439], [112.439, -94.154, -18.285]]) / 256
"""Studio range of BT.601."""
__all__ = ["network"]


def crop(content, portrait, room):
    """Cut a portrait so that its face, with some room around it, fills the picture."""
    box = portrait.face.box
    around = round(room * box.width)
    edges = (box.left - around, box.top - around, box.right + around, box.bottom + around)
    image = Image.open(io.BytesIO(content)).convert("RGB")
    return image.crop((max(edges[0], 0), max(edges[1], 0), min(edges[2], image.width), min(edges[3], image.height)))


@pytest.fixture(scope="module")
def portraits():
    """Give for each sample a function that crops it."""
    samples = zip(load_samples().values(), measure_samples(), strict=True)
    return [lambda room, parts=parts: crop(*parts, room) for parts in samples]


@pytest.fixture(scope="module")
def files(portraits):
    """Give three pictures of one face: cut wider and narrower, the last one darker."""
    found = []
    for number, (room, light) in enumerate(((0.5, 1.0), (0.7, 1.0), (0.6, 0.75))):
        file = io.BytesIO()
        portraits[0](room).point(lambda level, light=light: int(level * light)).resize((400, 400)).save(file, "PNG")
        found.append({"name": f"{number}.png", "mimeType": "image/png", "buffer": file.getvalue()})
    return found


@pytest.fixture(scope="module")
def video(tmp_path_factory, portraits):
    """Write two seconds of both faces, swaying side by side, as YUV4MPEG2, 4:2:0."""
    path = tmp_path_factory.mktemp("video") / "faces.y4m"
    stills = [np.asarray(portrait(0.6).resize((400, 400))) for portrait in portraits]
    with path.open("wb") as film:
        film.write(f"YUV4MPEG2 W{WIDTH} H{HEIGHT} F{RATE}:1 Ip A1:1 C420jpeg\n".encode())
        for frame in make_clip(stills, 2 * RATE, RATE):
            planes = np.clip(np.rint(frame @ TO_YUV.T + (16, 128, 128)), 0, 255).astype(np.uint8)
            film.write(b"FRAME\n" + planes[..., 0].tobytes())
            film.writelines(planes[::2, ::2, channel].tobytes() for channel in (1, 2))
    return path


@pytest.mark.usefixtures("network")
def test_an_enrolled_face_is_named_and_a_strangers_is_not(playwright, app, video, files):
    flags = (DEVICE, ALLOW, f"--use-file-for-fake-video-capture={video}")
    with launch_browser(playwright, *flags) as browser:
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.set_default_timeout(WAIT_MS)
        page.goto(f"{app.url}/{SLUG}?{SLUG}_tab=Train+%26+compare")
        wait_until_drawn(page)
        enrol(page, files)
        page.get_by_role("tab", name="Try it", exact=True).click()
        choose(page, "Live")
        start_camera(page)
        shown = page.get_by_test_id("stMetricValue")
        expect(shown.get_by_text(NAME, exact=True)).to_have_count(1, timeout=WAIT_MS)
        expect(shown.get_by_text("unknown", exact=True)).to_have_count(1, timeout=WAIT_MS)
        expect(shown.get_by_text(STRANGER)).to_have_count(0)
        page.get_by_role("button", name="Erase all").click()
        expect(page.get_by_text("Kept of you: nothing")).to_be_visible(timeout=WAIT_MS)
        expect(shown.get_by_text(NAME, exact=True)).to_have_count(0, timeout=WAIT_MS)


def enrol(page, files):
    """Agree, name and bring three pictures."""
    choose(page, "Your gallery")
    page.get_by_label("Name", exact=True).fill(NAME)
    page.get_by_text("I agree, or the person shown").click()
    page.get_by_test_id("stFileUploaderDropzoneInput").set_input_files(files)
    expect(page.get_by_text("3 faces are good to enrol")).to_be_visible(timeout=WAIT_MS)
    page.get_by_role("button", name="Enrol", exact=True).click()
    expect(page.get_by_text(f"{NAME} is enrolled with 3 pictures")).to_be_visible(timeout=WAIT_MS)


def choose(page, rung):
    page.get_by_test_id("stButtonGroup").get_by_text(rung, exact=True).click()
