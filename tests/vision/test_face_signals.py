"""Signals of a living face, on motions made of two public-domain portraits: a head with depth, a flat photograph."""

from importlib.util import find_spec
from pathlib import Path

import cv2
import numpy as np
import pytest

from core.hub.errors import DataError
from core.vision.face_recognition.alignment import warp_face
from core.vision.face_recognition.blink import CLOSED, check_blink, measure_eyes, measure_openness
from core.vision.face_recognition.liveness import check_challenge, collect_signals, sum_up
from core.vision.face_recognition.print_check import check_depth, check_glare, check_grid, measure_depth, measure_grid
from core.vision.face_recognition.quality import DEPTH
from core.vision.face_recognition.signals import (
    MIN_TURN,
    TASKS,
    Challenge,
    Observation,
    check_turn,
    make_challenge,
    measure_turns,
)
from core.vision.face_recognition.types import Box, Face

LANDMARKS = {
    "astronaut": np.array([[255, 104], [237, 105], [195, 101], [212, 103], [224, 135]], float),
    "hopper": np.array([[323, 190], [292, 191], [207, 194], [239, 193], [270, 252]], float),
}
FILES = {
    "astronaut": ("skimage", "data/astronaut.png"),
    "hopper": ("matplotlib", "mpl-data/sample_data/grace_hopper.jpg"),
}
PORTRAITS = tuple(LANDMARKS)
RATE = 8  # looks a second
ASKED = Challenge("blink", 0.5, 5.5)


def load_portrait(name):
    """Return a NASA portrait of Eileen Collins or a US Navy one of Grace Hopper, with the landmarks dlib finds."""
    package, inside = FILES[name]
    path = Path(find_spec(package).origin).parent / inside
    found = cv2.cvtColor(cv2.imread(str(path)), cv2.COLOR_BGR2RGB)
    landmarks = LANDMARKS[name]
    # The head and a little more, its eyes 90 pixels apart, as a webcam at arm's length sees it.
    width = np.hypot(*(landmarks[0] - landmarks[2]))
    scale, middle = 90 / width, landmarks[:4].mean(axis=0)
    move = np.array([[scale, 0, 150 - scale * middle[0]], [0, scale, 130 - scale * middle[1]]])
    return cv2.warpAffine(found, move, (300, 300)), landmarks @ move[:, :2].T + move[:, 2]


def make_depth(shape, landmarks):
    """Make a head's depth in pixels: half an ellipsoid with a nose on it, its base DEPTH before the eye corners."""
    y, x = np.indices(shape[:2]).astype(float)
    width = landmarks[0, 0] - landmarks[2, 0]
    middle = landmarks[[0, 2]].mean(axis=0)
    head = 1 - ((x - middle[0]) / (0.95 * width)) ** 2 - ((y - middle[1] - 0.2 * width) / (1.2 * width)) ** 2
    depth = 0.85 * width * np.sqrt(np.maximum(head, 0))
    corner, nose = (depth[int(at[1]), int(at[0])] for at in (landmarks[0], landmarks[4]))
    bump = DEPTH * width - (nose - corner)
    nose_y = landmarks[4, 1] - 0.08 * width
    return (
        depth
        - corner
        + bump * np.exp(-(((x - landmarks[4, 0]) / (0.15 * width)) ** 2) - ((y - nose_y) / (0.25 * width)) ** 2)
    )


def turn_head(pixels, landmarks, degrees):
    """Turn a head with depth about the upright axis, seen from far away."""
    depth, angle = make_depth(pixels.shape, landmarks), np.radians(degrees)
    height, width = depth.shape
    middle = landmarks[:4, 0].mean()
    seen = (np.arange(width) - middle) * np.cos(angle) + depth * np.sin(angle) + middle
    # What is nearer covers what is further: it is seen from the side to which the head turns.
    way = -1 if degrees < 0 else 1
    seen = way * np.maximum.accumulate(way * seen[:, ::way], axis=1)[:, ::way]
    source = np.stack([np.interp(np.arange(width), row + 1e-6 * np.arange(width), np.arange(width)) for row in seen])
    rows = np.repeat(np.arange(height, dtype=np.float32)[:, None], width, 1)
    turned = cv2.remap(pixels, source.astype(np.float32), rows, cv2.INTER_LINEAR)
    moved = landmarks.copy()
    at = depth[landmarks[:, 1].astype(int), landmarks[:, 0].astype(int)]
    moved[:, 0] = (landmarks[:, 0] - middle) * np.cos(angle) + at * np.sin(angle) + middle
    return turned, moved


def turn_photograph(pixels, landmarks, degrees):
    """Turn a flat photograph about the upright axis before a near camera, four eye distances away."""
    angle, middle = np.radians(degrees), landmarks[:4].mean(axis=0)
    far = 4 * (landmarks[0, 0] - landmarks[2, 0])
    to_middle = np.array([[1, 0, -middle[0]], [0, 1, -middle[1]], [0, 0, 1]])
    turn = np.array([[np.cos(angle), 0, 0], [0, 1, 0], [np.sin(angle) / far, 0, 1]])
    plane = np.linalg.inv(to_middle) @ turn @ to_middle
    return cv2.warpPerspective(pixels, plane, pixels.shape[1::-1]), cv2.perspectiveTransform(landmarks[None], plane)[0]


def wave_photograph(pixels, landmarks, rng, slant=25.0, blurred=0.0, n=40):
    """Move a flat photograph about all axes by hand, six eye distances away, some looks blurred by it."""
    width, middle = landmarks[0, 0] - landmarks[2, 0], landmarks[:4].mean(axis=0)
    starts, sizes, speeds = rng.uniform(0, 2 * np.pi, 3), rng.uniform(0.2, 1, 3), rng.uniform(0.3, 1.2, 3)
    far, looks = 6 * width, []
    to_middle = np.array([[1, 0, -middle[0]], [0, 1, -middle[1]], [0, 0, 1]])
    camera = np.array([[far, 0, 150], [0, far, 140], [0, 0, 1]])
    for place in range(n):
        sway = sizes * np.sin(2 * np.pi * speeds * place / RATE + starts) * (slant, slant, 15)
        turn = cv2.Rodrigues(np.radians([0, 0, sway[2]]))[0] @ cv2.Rodrigues(np.radians([0, sway[0], 0]))[0]
        turn = turn @ cv2.Rodrigues(np.radians([sway[1], 0, 0]))[0]
        plane = camera @ np.column_stack([turn[:, 0], turn[:, 1], [0, 0, far]]) @ to_middle
        seen = cv2.warpPerspective(pixels, plane, (300, 300))
        if rng.random() < blurred:
            seen = cv2.blur(seen, (int(rng.integers(3, 17)), int(rng.integers(1, 7))))
        looks.append((seen, cv2.perspectiveTransform(landmarks[None], plane)[0]))
    return looks


def close_eyes(pixels, landmarks):
    """Draw skin from below over both eyes, and a dark line of lashes."""
    drawn = pixels.copy()
    for first, second in (landmarks[[0, 1]], landmarks[[2, 3]]):
        (x, y), half = ((first + second) / 2).astype(int), int(abs(first[0] - second[0]) * 0.65)
        cheek = np.median(pixels[y + 16 : y + 26, x - half : x + half].reshape(-1, 3), axis=0)
        cv2.ellipse(drawn, (x, y), (half, int(half * 0.75)), 0, 0, 360, cheek.tolist(), -1)
        cv2.ellipse(drawn, (x, y), (half - 2, 4), 0, 20, 160, (0.5 * cheek).tolist(), 1)
    return drawn


def observe(looks, seed=0, shake=0.6, light=0.05):
    """Turn pictures and landmarks into observations of a webcam: noise, flicker, landmarks that tremble."""
    rng, seen = np.random.default_rng(seed), []
    for place, (pixels, landmarks) in enumerate(looks):
        lit = pixels * (1 + light * rng.normal()) + 3 * rng.normal(size=pixels.shape)
        trembling = landmarks + shake * rng.normal(size=(5, 2))
        chip = warp_face(np.clip(lit, 0, 255).astype(np.uint8), trembling)
        seen.append(Observation(place / RATE, Face(Box(100, 90, 200, 190), trembling, 2.0), chip))
    return seen


def make_turn(portrait, degrees, move=turn_head, n=16):
    there = degrees * np.concatenate([np.zeros(5), np.sin(np.linspace(0, np.pi, n))])
    return observe([move(*portrait, float(each)) for each in there])


@pytest.fixture(scope="module", params=PORTRAITS)
def portrait(request):
    return load_portrait(request.param)


def make_blink(portrait, closed=(9, 12), **options):
    looks = [portrait] * 24
    for place in range(*closed):
        looks[place] = (close_eyes(*portrait), portrait[1])
    return observe(looks, **options)


def test_closed_eyes_have_less_detail_than_open_ones_in_any_light(portrait):
    pixels, landmarks = portrait
    found = {}
    for light in (0.5, 1.0):
        lit = (pixels * light).astype(np.uint8)
        found[light] = measure_openness(warp_face(lit, landmarks))
        closed = measure_openness(warp_face(close_eyes(lit, landmarks), landmarks))
        assert max(closed) < 0.6 * min(found[light])
    assert found[0.5] == pytest.approx(found[1.0], rel=0.05)


def test_the_detail_of_an_eye_is_its_change_from_left_to_right():
    ramp = np.repeat(np.tile(np.arange(150), (150, 1))[:, :, None], 3, axis=2)
    left, right = measure_openness(ramp.astype(np.uint8))
    assert left == pytest.approx(1 / 48, rel=0.02)  # one grey level a pixel beside a cheek of 48
    assert right == pytest.approx(1 / 100, rel=0.02)
    assert measure_openness(np.transpose(ramp, (1, 0, 2)).astype(np.uint8)) == pytest.approx((0, 0), abs=1e-9)


def test_a_picture_that_is_blurred_by_moving_is_no_blink(portrait):
    pixels, landmarks = portrait
    blurred = cv2.blur(pixels, (21, 3))
    looks = [portrait] * 9 + [(blurred, landmarks)] * 3 + [portrait] * 9
    assert check_blink(observe(looks), ASKED).speaks_for == "a picture"
    eyes = measure_eyes(observe(looks)).max(axis=1)
    assert eyes[9:12].max() < CLOSED  # it would have been one by the eyes alone


def test_a_blink_is_found_and_its_absence_too(portrait):
    found = check_blink(make_blink(portrait), ASKED)
    assert (found.speaks_for, found.name) == ("a living face", "blink")
    assert found.value > 0.4
    still = check_blink(make_blink(portrait, closed=(0, 0)), ASKED)
    assert still.speaks_for == "a picture"
    assert still.value < 0.2
    assert "did not close" in still.measured
    assert found.limits


@pytest.mark.parametrize(
    ("closed", "why"),
    [((1, 3), "before it was asked"), ((6, 24), "never opened again"), ((5, 22), "shut for two seconds")],
)
def test_eyes_that_close_otherwise_are_no_answer(closed, why):
    assert check_blink(make_blink(load_portrait("astronaut"), closed=closed), ASKED).speaks_for == "a picture", why


def test_a_hand_before_the_face_is_no_blink(portrait):
    pixels, landmarks = portrait
    hand = np.full_like(pixels, 160)
    looks = [portrait] * 9 + [(hand, landmarks)] * 3 + [portrait] * 9
    assert check_blink(observe(looks), ASKED).speaks_for == "a picture"


def test_one_eye_alone_is_no_blink():
    pixels, landmarks = load_portrait("astronaut")
    wink = close_eyes(pixels, landmarks)
    wink[:, 150:] = pixels[:, 150:]
    looks = [(pixels, landmarks)] * 9 + [(wink, landmarks)] * 3 + [(pixels, landmarks)] * 9
    assert check_blink(observe(looks), ASKED).speaks_for == "a picture"


@pytest.mark.parametrize("degrees", [-30, 30])
def test_a_turning_head_answers_and_a_turned_photograph_does_not(portrait, degrees):
    asked = Challenge("turn left" if degrees > 0 else "turn right", 0.5, 5.5)
    head, flat = make_turn(portrait, degrees), make_turn(portrait, 40 if degrees > 0 else -40, turn_photograph)
    turned, slanted = check_turn(head, asked), check_turn(flat, asked)
    assert turned.speaks_for == "a living face"
    assert turned.value == pytest.approx(30, abs=8)
    assert slanted.speaks_for == "a picture"
    assert slanted.value < MIN_TURN - 3
    other = Challenge("turn right" if degrees > 0 else "turn left", 0.5, 5.5)
    assert check_turn(head, other).speaks_for == "a picture"
    assert check_turn(head, Challenge(asked.task, 4.0, 9.0)).speaks_for == "a picture"
    depth, flatness = check_depth(head), check_depth(flat)
    assert depth.speaks_for == "a living face"
    assert flatness.speaks_for == "a picture"
    assert depth.value > 2 * flatness.value


@pytest.mark.parametrize(("slant", "blurred"), [(25.0, 0.0), (10.0, 0.3)])
def test_a_photograph_moved_by_hand_answers_no_task(slant, blurred):
    for seed in range(6):
        portrait = load_portrait(PORTRAITS[seed % 2])
        seen = observe(wave_photograph(*portrait, np.random.default_rng(seed), slant, blurred), seed)
        for task in TASKS:
            found = check_challenge(seen, Challenge(task, 0.5, 5.0))
            assert found.speaks_for != "a living face", (seed, task, found.measured)
        assert check_depth(seen).speaks_for != "a living face"


def test_another_photograph_held_up_turns_in_one_jump():
    portrait = load_portrait("hopper")
    looks = [portrait] * 8 + [turn_head(*portrait, 30.0)] * 8
    found = check_turn(observe(looks), Challenge("turn left", 0.5, 5.5))
    assert found.speaks_for == "a picture"
    assert found.value > MIN_TURN
    assert "in one jump" in found.measured


def test_a_still_face_says_nothing_about_depth(portrait):
    found = check_depth(observe([portrait] * 8))
    assert found.speaks_for == "neither"
    assert "needed to tell" in found.measured
    assert check_depth(observe([portrait])).speaks_for == "neither"


def test_a_face_without_points_says_nothing_about_depth():
    face = Face(Box(0, 0, 90, 90), load_portrait("hopper")[1], 1.0)
    blank = [Observation(float(place), face, np.full((150, 150, 3), 128, np.uint8)) for place in range(3)]
    found = check_depth(blank)
    assert (found.speaks_for, found.measured) == ("neither", "Too few points of the face could be followed.")


def test_the_motion_of_a_plane_has_no_depth_and_that_of_two_has():
    rng = np.random.default_rng(0)
    start = rng.uniform(20, 130, size=(60, 2))
    plane = np.array([[0.9, 0.05, 4.0], [-0.02, 1.05, -3.0], [4e-4, -2e-4, 1.0]])
    moved = cv2.perspectiveTransform(start[None], plane)[0]
    assert measure_depth(start, moved) < 1e-3
    nearer = np.linalg.norm(start - 75, axis=1) < 30
    moved[nearer, 0] += 6.0
    assert measure_depth(start, moved) > 0.3


def test_a_grid_of_dots_is_found_and_a_face_jpeg_or_noise_is_none(portrait):
    pixels, landmarks = portrait
    y, x = np.indices(pixels.shape[:2])
    dots = 1 + 0.03 * (np.sin(2 * np.pi * (0.97 * x + 0.2 * y) / 3.3) + np.sin(2 * np.pi * (0.97 * y - 0.2 * x) / 3.3))
    screen = np.clip(pixels * dots[..., None], 0, 255)
    coded = cv2.imdecode(cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, 20])[1], cv2.IMREAD_COLOR)
    noise = np.random.default_rng(0).integers(0, 256, size=(300, 300, 3))
    for picture, speaks in ((screen, "a picture"), (pixels, "neither"), (coded, "neither"), (noise, "neither")):
        found = check_grid([each.chip for each in observe([(picture, landmarks)] * 2)])
        assert found.speaks_for == speaks
    assert measure_grid(warp_face(np.zeros((300, 300, 3), np.uint8), landmarks)) < 1


def test_a_white_blot_is_glare(portrait):
    pixels, landmarks = portrait
    shining = cv2.circle(pixels.copy(), (150, 170), 25, (255, 255, 255), -1)
    found = check_glare([warp_face(pixels, landmarks), warp_face(shining, landmarks)])
    assert found.speaks_for == "a picture"
    assert found.value > 0.05
    assert check_glare([warp_face(pixels, landmarks)]).speaks_for == "neither"


def test_all_signals_together_are_summed_up_and_called_no_proof():
    observations = make_turn(load_portrait("hopper"), 30)
    found = collect_signals(observations, Challenge("turn left", 0.5, 5.5))
    assert [each.name for each in found] == ["turn", "grid", "glare", "depth"]
    assert sum_up(found) == "2 signals speak for a living face, 0 for a picture, 2 for neither; signals, not proof."
    assert found == collect_signals(observations, Challenge("turn left", 0.5, 5.5))
    for each in found:
        assert each.measured.endswith(".")
        assert each.limits


@pytest.mark.parametrize("check", [check_blink, check_turn])
def test_too_few_or_too_rare_looks_say_nothing(check):
    seen = make_blink(load_portrait("astronaut"))
    assert check(seen[:5], ASKED).speaks_for == "neither"
    rare = [Observation(0.7 * place, each.face, each.chip) for place, each in enumerate(seen)]
    assert "every 0.7 s" in check(rare, ASKED).measured
    with pytest.raises(DataError, match="not in order"):
        check(seen[::-1], ASKED)


def test_the_task_is_drawn_by_lot_and_told():
    drawn = [make_challenge(3.0, seed) for seed in range(60)]
    assert {each.task for each in drawn} == set(TASKS)
    assert drawn[0] == make_challenge(3.0, 0)
    assert all(each.until_s > each.asked_s == 3.0 and each.text for each in drawn)


def test_a_chip_of_another_size_is_refused():
    with pytest.raises(DataError, match="must be \\(150, 150, 3\\)"):
        measure_openness(np.zeros((100, 100, 3), np.uint8))


def test_the_turn_does_not_depend_on_where_and_how_large_the_face_is():
    seen = make_turn(load_portrait("astronaut"), 25)
    moved = [
        Observation(each.time_s, Face(each.face.box, 2.5 * each.face.landmarks + (40, 7), 1.0), each.chip)
        for each in seen
    ]
    np.testing.assert_allclose(measure_turns(moved), measure_turns(seen), atol=1e-9)
