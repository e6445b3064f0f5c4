"""Image classification in a browser: a garment before the webcam is named, and a file that is no picture refused."""

import numpy as np
import pytest
from playwright.sync_api import expect

from core.datasets.image_sets import load_image_set
from core.hub.artifacts import MODELS
from core.vision import image_classification as project
from pages.kit.image_models import SHIPPED
from pages.kit.picture_page import list_shipped
from tests.browser.app import launch_browser, wait_until_drawn
from tests.browser.test_camera import ALLOW, DEVICE, HEIGHT, RATE, WAIT_MS, WIDTH, network, start_camera

pytestmark = pytest.mark.browser
SLUG = "image_classification"
SCALE = 12
GREY = 128  # of a colour's two planes: none
__all__ = ["network"]


@pytest.fixture(scope="module")
def bag():
    """Find a test picture that the network that answers first names rightly, in the video's form as well."""
    found = load_image_set("fashion_mnist", "test", bundled=True)
    model = project.load_model(MODELS / SLUG / list_shipped(SLUG, SHIPPED)[0] / "weights")
    for row in np.flatnonzero(found.labels == found.classes.index("Bag")):
        frame = make_frame(found.images[row][..., 0])
        left = (WIDTH - HEIGHT) // 2
        square = np.repeat(frame[:, left : left + HEIGHT, None], 3, axis=2)
        if project.predict_pictures(model, project.walk_photo(square).image[None])[0].answer == "Bag":
            return frame
    pytest.fail("no bag of the test set is named one after its way through a photo")


def make_frame(picture):
    """Lay a garment, dark on light as a camera sees it, in the middle of a frame."""
    frame = np.full((HEIGHT, WIDTH), 230, np.uint8)
    garment = (230 - 0.85 * picture.astype(np.float64)).astype(np.uint8).repeat(SCALE, axis=0).repeat(SCALE, axis=1)
    top, left = (HEIGHT - len(garment)) // 2, (WIDTH - len(garment)) // 2
    frame[top : top + len(garment), left : left + len(garment)] = garment
    return frame


@pytest.fixture(scope="module")
def video(tmp_path_factory, bag):
    """Write a second of the bag as YUV4MPEG2 in studio range, 4:2:0."""
    path = tmp_path_factory.mktemp("video") / "bag.y4m"
    light = np.rint(16 + bag.astype(np.float64) * 219 / 255).astype(np.uint8).tobytes()
    frame = b"FRAME\n" + light + bytes([GREY]) * (WIDTH * HEIGHT // 2)
    path.write_bytes(f"YUV4MPEG2 W{WIDTH} H{HEIGHT} F{RATE}:1 Ip A1:1 C420jpeg\n".encode() + frame * RATE)
    return path


@pytest.mark.usefixtures("network")
def test_a_garment_before_the_webcam_is_named_and_a_bad_file_refused(playwright, app, video):
    flags = (DEVICE, ALLOW, f"--use-file-for-fake-video-capture={video}")
    with launch_browser(playwright, *flags) as browser:
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.set_default_timeout(WAIT_MS)
        page.goto(f"{app.url}/{SLUG}?{SLUG}_tab=Try+it")
        wait_until_drawn(page)
        choose(page, "Upload")
        page.get_by_test_id("stFileUploaderDropzoneInput").set_input_files(
            {"name": "text.png", "mimeType": "image/png", "buffer": b"this is not a picture"}
        )
        expect(page.get_by_test_id("stAlert").get_by_text("text.png")).to_be_visible(timeout=WAIT_MS)
        expect(page.get_by_test_id("stMetricValue").first).to_be_visible()  # the earlier picture's answer stays
        choose(page, "Live")
        start_camera(page)
        expect(page.get_by_test_id("stMetricValue").get_by_text("Bag")).to_be_visible(timeout=WAIT_MS)


def choose(page, rung):
    page.get_by_test_id("stButtonGroup").get_by_text(rung, exact=True).click()
