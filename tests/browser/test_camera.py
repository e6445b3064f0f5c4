"""The webcam end to end: a video of known pixels in Chromium, by WebRTC to the analysis, and its answer on the page."""

import contextlib
import os
import shutil
import subprocess
import sys

import psutil
import pytest
from playwright.sync_api import TimeoutError as PlaywrightTimeout
from playwright.sync_api import expect

from core.hub.settings import ROOT
from core.vision._shared.marks import TONES
from tests.browser.app import find_free_port, launch_browser, wait_until_drawn
from tests.browser.camera_app import COLOURS, MARK

pytestmark = pytest.mark.browser
SCRIPT = ROOT / "tests" / "browser" / "camera_app.py"
WIDTH, HEIGHT, RATE = 640, 480, 15
WAIT_MS = 60_000
N_STARTS = 3
DEVICE = "--use-fake-device-for-media-stream"
ALLOW, DENY = "--use-fake-ui-for-media-stream", "--deny-permission-prompts"
INTERFACE, PEER, ADDRESS = "mastery0", "mastery1", "203.0.113.1/24"  # documentation's own network: RFC 5737
KINDS = (("dummy",), ("veth", "peer", "name", PEER))
READ_PIXEL = """([x, y]) => {
  const video = document.querySelector('video');
  const canvas = document.createElement('canvas');
  canvas.width = video.videoWidth; canvas.height = video.videoHeight;
  const pen = canvas.getContext('2d');
  pen.drawImage(video, 0, 0);
  return Array.from(pen.getImageData(x * canvas.width, y * canvas.height, 1, 1).data).slice(0, 3);
}"""


def has_network():
    """Tell whether an interface other than loopback is up and has an IPv4 or IPv6 address."""
    states, addresses = psutil.net_if_stats(), psutil.net_if_addrs()
    families = {2, 10}  # AF_INET, AF_INET6
    names = [name for name, state in states.items() if state.isup and name != "lo"]
    return any(address.family in families for name in names for address in addresses.get(name, ()))


@pytest.fixture(scope="module")
def network():
    """WebRTC leaves 127.0.0.1 out of its addresses, so without another interface one is put up."""
    if has_network():
        yield
        return
    problems = [problem for kind in KINDS if (problem := put_up(*kind))]
    if not has_network():
        pytest.skip(f"no network interface but loopback, and none can be put up here: {' '.join(problems)}")
    yield
    run_ip("link", "delete", INTERFACE)


def put_up(*kind):
    """Put up an interface that leads nowhere; return what went wrong."""
    if has_network():
        return ""
    problem = run_ip("link", "add", INTERFACE, "type", *kind)
    if problem:
        return problem
    for name in (PEER, INTERFACE):
        run_ip("link", "set", name, "up")
    return run_ip("addr", "add", ADDRESS, "dev", INTERFACE)


def run_ip(*words):
    """Run iproute2's program; return what it says when it fails."""
    done = subprocess.run([shutil.which("ip") or "/sbin/ip", *words], check=False, capture_output=True, text=True)
    return done.stderr.strip() if done.returncode else ""


@pytest.fixture(scope="module")
def video(tmp_path_factory):
    """Write a second of raw video, red on the left and blue on the right, as YUV4MPEG2 has it."""
    path = tmp_path_factory.mktemp("video") / "halves.y4m"
    sizes = ((WIDTH, HEIGHT), (WIDTH // 2, HEIGHT // 2), (WIDTH // 2, HEIGHT // 2))  # 4:2:0, a plane after the other
    frame = b"FRAME\n" + b"".join(_write_row(channel, wide) * high for channel, (wide, high) in enumerate(sizes))
    path.write_bytes(f"YUV4MPEG2 W{WIDTH} H{HEIGHT} F{RATE}:1 Ip A1:1 C420jpeg\n".encode() + frame * RATE)
    return path


def _write_row(channel, wide):
    """Write a row of one plane: the left half red, the right half blue."""
    return b"".join(bytes([to_yuv(COLOURS[name])[channel]]) * (wide // 2) for name in ("red", "blue"))


def to_yuv(rgb):
    """Turn a colour into studio-range YUV of BT.601."""
    red, green, blue = rgb
    return (
        round(16 + (65.738 * red + 129.057 * green + 25.064 * blue) / 256),
        round(128 + (-37.945 * red - 74.494 * green + 112.439 * blue) / 256),
        round(128 + (112.439 * red - 94.154 * green - 18.285 * blue) / 256),
    )


@pytest.fixture(scope="module")
def app(tmp_path_factory):
    """Serve the test's own page."""
    log = tmp_path_factory.mktemp("app") / "log"
    address = ("--server.address", "127.0.0.1", "--server.port", str(find_free_port()))
    command = [sys.executable, "-m", "streamlit", "run", str(SCRIPT), *address]
    variables = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}
    with log.open("w") as errors:
        server = subprocess.Popen(command, cwd=ROOT, env=variables, stdout=subprocess.PIPE, stderr=errors, text=True)
        try:
            url = next((line.split()[-1] for line in server.stdout if "URL:" in line), None)
            assert url, log.read_text()[-2_000:]
            yield url
        finally:
            server.terminate()
            server.wait(timeout=20)
            server.stdout.close()


@contextlib.contextmanager
def open_page(playwright, url, *flags):
    """Open the page in a Chromium with a camera of its own; at the end no error may stand in its console."""
    with launch_browser(playwright, DEVICE, *flags) as browser:
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.set_default_timeout(60_000)
        problems = []
        page.on("console", lambda line: problems.append(line.text) if line.type == "error" else None)
        page.goto(url)
        wait_until_drawn(page)
        yield page
        assert problems == []


def choose(page, rung):
    page.get_by_test_id("stButtonGroup").get_by_text(rung, exact=True).click()


def find_stream(page):
    """Return the frame in which the video stands."""
    return page.frame_locator("iframe[title*=webrtc]")


def start_camera(page):
    """Start the webcam and return when frames arrive; where no connection comes up, as on a busy machine, once more."""
    arrived = page.get_by_text("frames a second ·")
    for _ in range(N_STARTS):
        find_stream(page).get_by_role("button", name="Start the camera").click()
        with contextlib.suppress(PlaywrightTimeout):
            arrived.wait_for(timeout=WAIT_MS)
            return
        stop = find_stream(page).get_by_role("button", name="Switch it off")
        if stop.is_visible():
            stop.click()
    pytest.fail(f"no frame arrived; the page says: {page.get_by_test_id('stMain').inner_text()[-1_500:]}")


@pytest.mark.usefixtures("network")
def test_known_pixels_reach_the_analysis_and_its_answer_the_page(playwright, app, video):
    with open_page(playwright, app, ALLOW, f"--use-file-for-fake-video-capture={video}") as page:
        expect(page.get_by_text("green, green")).to_be_visible(timeout=WAIT_MS)
        choose(page, "Live")
        expect(page.get_by_text("nothing is recorded or logged")).to_be_visible(timeout=WAIT_MS)
        start_camera(page)
        expect(page.get_by_test_id("stMetric").get_by_text("red, blue")).to_be_visible(timeout=WAIT_MS)
        inside = next(frame for frame in page.frames if "webrtc" in frame.url)
        inside.wait_for_function("() => document.querySelector('video')?.videoWidth > 0")
        inside.wait_for_function(f"() => ({READ_PIXEL})([{MARK.left}, 0.5])[1] > 150")  # the mark, drawn by the server
        drawn = inside.evaluate(READ_PIXEL, [MARK.left, 0.5])
        assert max(abs(a - b) for a, b in zip(drawn, TONES[MARK.tone], strict=True)) < 80
        assert inside.evaluate(READ_PIXEL, [0.1, 0.5])[0] > 120  # red beside it
        choose(page, "Sample")
        expect(page.get_by_text("green, green")).to_be_visible(timeout=WAIT_MS)
        expect(page.locator("iframe")).to_have_count(0, timeout=WAIT_MS)  # and with it the camera


def test_a_denied_camera_says_so_and_shows_the_way_out(playwright, app):
    with open_page(playwright, app, DENY) as page:
        choose(page, "Live")
        find_stream(page).get_by_role("button", name="Start the camera").click()
        sentence = page.get_by_text("the camera was denied, is in use by another program, or there is none")
        expect(sentence).to_be_visible(timeout=WAIT_MS)
        page.get_by_role("button", name="Take a snapshot instead").click()
        expect(page.get_by_text("This app would like to use your camera")).to_be_visible(timeout=WAIT_MS)
        expect(page.get_by_text("green, green")).to_be_visible(timeout=WAIT_MS)


def test_a_snapshot_becomes_the_picture_of_the_page(playwright, app, video):
    with open_page(playwright, app, ALLOW, f"--use-file-for-fake-video-capture={video}") as page:
        choose(page, "Snapshot")
        # pressed before the video runs, the button takes nothing
        page.wait_for_function("() => document.querySelector('[data-testid=stCameraInput] video')?.readyState >= 3")
        page.get_by_role("button", name="Take Photo").click()
        seen = page.get_by_text("red, blue").or_(page.get_by_text("blue, red"))  # a mirror image or not
        expect(seen).to_be_visible(timeout=WAIT_MS)
        page.get_by_role("button", name="Forget this picture").click()
        expect(page.get_by_text("green, green")).to_be_visible(timeout=WAIT_MS)
