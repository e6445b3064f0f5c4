"""What the engine makes of pictures that are hard or wrong: correct handling, or one sentence, each."""

import dataclasses
import io

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFilter

from core.datasets.face_sets import load_samples
from core.hub.errors import DataError, LimitError
from core.hub.settings import Settings
from core.vision.face_recognition.alignment import move_points
from core.vision.face_recognition.detection import choose_face, find_faces
from core.vision.face_recognition.engine import load_engine
from core.vision.face_recognition.pictures import (
    check_portrait,
    check_same_person,
    read_enrolment,
    read_faces,
    read_portrait,
)
from core.vision.face_recognition.quality import (
    _judge_blur,
    _judge_flatness,
    _judge_inside,
    _judge_light,
    _judge_pose,
    measure_inside,
    measure_pose,
    measure_quality,
)
from core.vision.face_recognition.statue import make_statue
from core.vision.face_recognition.types import Box, measure_distance


@pytest.fixture(scope="module")
def engine():
    return load_engine()


@pytest.fixture(scope="module")
def hopper():
    return Image.open(io.BytesIO(load_samples()["grace_hopper.jpg"])).convert("RGB")


@pytest.fixture(scope="module")
def found(engine, hopper):
    """Return the portrait's pixels, its one face and its vector."""
    pixels = np.asarray(hopper)
    (face,) = engine.detect(pixels)
    return pixels, face, engine.embed(pixels, face)


def save(pixels, kind="PNG"):
    buffer = io.BytesIO()
    image = pixels if isinstance(pixels, Image.Image) else Image.fromarray(pixels)
    image.save(buffer, kind)
    return buffer.getvalue()


def draw_cartoon():
    """Draw a face of flat colours that the detector takes for one."""
    image = Image.new("RGB", (400, 400), (250, 240, 160))
    draw = ImageDraw.Draw(image)
    draw.ellipse([80, 50, 320, 350], fill=(255, 205, 160), outline=(20, 20, 20), width=5)
    for x in (150, 250):
        draw.ellipse([x - 26, 152, x + 26, 188], fill="white", outline=(20, 20, 20), width=5)
        draw.ellipse([x - 10, 160, x + 10, 180], fill=(20, 20, 20))
        draw.line([x - 34, 135, x + 34, 130], fill=(60, 30, 10), width=10)
    draw.line([200, 180, 185, 235, 205, 238], fill=(120, 60, 40), width=6, joint="curve")
    draw.chord([145, 240, 255, 310], 10, 170, fill=(180, 30, 40), outline=(20, 20, 20))
    return np.asarray(image)


def test_a_good_portrait_has_no_problem(engine, hopper, found):
    portrait = read_portrait(engine, save(hopper), "hopper.png")
    assert portrait.quality.problems == ()
    assert check_portrait(portrait, "hopper.png") is portrait
    assert portrait.chip.shape == (150, 150, 3)
    assert measure_distance(portrait.vector, found[2]) == 0.0


def test_no_face(engine):
    noise = np.random.default_rng(0).integers(0, 256, (120, 160, 3), dtype=np.uint8)
    assert read_faces(engine, save(noise), "noise.png").portraits == ()
    with pytest.raises(DataError, match=r"noise\.png: no face of 20 pixels or more was found; take a picture"):
        read_portrait(engine, save(noise), "noise.png")


def test_ten_faces(engine, hopper, found):
    small = np.asarray(hopper.resize((256, 300), Image.Resampling.LANCZOS))
    crowd = np.vstack([np.hstack([small] * 5)] * 2)
    picture = read_faces(engine, save(crowd), "crowd.png")
    assert len(picture.portraits) == 10
    assert all(measure_distance(portrait.vector, found[2]) < 0.25 for portrait in picture.portraits)
    with pytest.raises(DataError, match="10 faces were found and one is needed; crop the picture"):
        choose_face(find_faces(engine, crowd))


def test_a_face_of_20_pixels(engine, hopper):
    scale = 20 / 216
    tiny = np.asarray(hopper.resize((round(512 * scale), round(600 * scale)), Image.Resampling.LANCZOS))
    pixels = np.full((240, 320, 3), 120, np.uint8)
    pixels[90 : 90 + len(tiny), 140 : 140 + tiny.shape[1]] = tiny
    portrait = read_portrait(engine, save(pixels), "far.png")
    assert portrait.face.box.size == pytest.approx(20, abs=4)
    with pytest.raises(DataError, match=r"far\.png: The face is 2\d pixels across, at least 80 are needed"):
        check_portrait(portrait, "far.png")


def test_a_profile_and_a_half_profile(engine):
    with pytest.raises(DataError, match="a profile is not seen"):
        choose_face(find_faces(engine, make_statue(90, size=200)))
    half = make_statue(35)
    problems = measure_quality(half, choose_face(find_faces(engine, half))).problems
    assert "The head is turned by about" in problems[0]


def test_a_cartoon(engine):
    with pytest.raises(DataError, match=r"7\d% of the face has no texture, as in a drawing"):
        check_portrait(read_portrait(engine, save(draw_cartoon()), "drawn.png"), "drawn.png")


def test_a_sculpture_is_found_and_is_nobody(engine, found):
    portrait = read_portrait(engine, save(make_statue()), "statue.png")
    assert portrait.face.score > 1
    assert measure_distance(portrait.vector, found[2]) > 0.6


def carve(pixels, tint=(1.05, 1.0, 0.88)):
    """Make a picture stone: grey in one tint, with grain."""
    chance = np.random.default_rng(0)
    grain = chance.normal(0, 8, pixels.shape[:2])[..., None] + chance.normal(0, 3, pixels.shape)
    grey = pixels @ np.array([0.299, 0.587, 0.114])
    return np.clip(grey[..., None] * np.array(tint) + grain, 0, 255).astype(np.uint8)


@pytest.mark.parametrize("make", [carve, lambda pixels: carve(pixels, (1, 1, 1)), lambda _: make_statue()])
def test_a_face_without_colour_is_enrolled_only_once_a_person_says_what_it_is(engine, hopper, make):
    files = [("stone.png", save(make(np.asarray(hopper))))]
    with pytest.raises(DataError, match=r"stone\.png: .* this may be a sculpture, a drawing or a black-and-white pict"):
        read_enrolment(engine, files)
    assert read_enrolment(engine, files, confirmed=True).shape == (1, 128)


def test_a_photograph_in_any_light_raises_no_doubt(engine, hopper):
    eileen = Image.open(io.BytesIO(load_samples()["astronaut.png"])).convert("RGB")
    for image in (hopper, eileen):
        for light in ((1, 1, 1), (1.2, 1, 0.7), (0.8, 1, 1.2)):
            pixels = np.clip(np.asarray(image) * np.array(light), 0, 255).astype(np.uint8)
            portrait = read_portrait(engine, save(pixels), "lit.png")
            assert (portrait.quality.doubt, portrait.quality.problems) == ("", ())


def test_the_pose_of_the_sculpture_is_read_from_its_landmarks(engine):
    turns = (-30, -20, -10, 0, 10, 20, 30)
    read = [measure_pose(choose_face(find_faces(engine, make_statue(turn))).landmarks)[0] for turn in turns]
    assert read == sorted(read)
    assert np.abs(np.subtract(read, turns)).max() < 10


def test_roll_is_the_angle_of_the_eyes(found):
    _, face, _ = found
    before = measure_pose(face.landmarks)
    for turn in (-40.0, 15.0):
        cosine, sine = np.cos(np.deg2rad(turn)), np.sin(np.deg2rad(turn))
        turned = move_points(face.landmarks, np.array([[cosine, -sine, 9.0], [sine, cosine, 3.0]]))
        yaw, roll = measure_pose(turned)
        assert roll - before[1] == pytest.approx(turn)
        assert yaw == pytest.approx(before[0])


def test_a_truncated_picture(engine, hopper):
    content = save(hopper, "JPEG")
    with pytest.raises(DataError, match=r"half\.jpg is cut off or damaged"):
        read_faces(engine, content[: len(content) // 2], "half.jpg")


def test_a_picture_of_100_megapixels(engine):
    content = save(Image.new("L", (10_000, 10_000)))
    with pytest.raises(LimitError, match=r"100\.0 megapixels; at most 50 are read"):
        read_faces(engine, content, "poster.png")


def test_a_large_picture_is_searched_smaller_and_measured_whole(engine, hopper, found):
    large = np.asarray(hopper.resize((2560, 3000), Image.Resampling.BICUBIC))
    search = find_faces(engine, large)
    assert search.note == "the picture was searched at 1/1.4 of its size"
    face = choose_face(search)
    assert face.box.size == pytest.approx(5 * found[1].box.size, rel=0.1)
    assert np.abs(face.landmarks / 5 - found[1].landmarks).max() < 4
    assert measure_distance(engine.embed(large, face), found[2]) < 0.15


def cut_tight(pixels, face):
    """Cut a picture inside the box of its face, and return by how many pixels inside."""
    cut = face.box.size // 5
    return pixels[face.box.top + cut : face.box.bottom - cut, face.box.left + cut : face.box.right - cut], cut


def test_a_face_that_fills_a_large_picture_is_found_with_a_margin_too(engine, found):
    pixels, face, vector = found
    tight, cut = cut_tight(pixels, face)
    large = np.asarray(Image.fromarray(tight).resize((2400, 2400), Image.Resampling.BICUBIC))
    search = find_faces(engine, large)
    assert search.note == "the picture was searched at 1/1.2 of its size, the picture was given a margin"
    moved = choose_face(search).landmarks * len(tight) / 2400 + np.array([face.box.left + cut, face.box.top + cut])
    assert np.abs(moved - face.landmarks).max() < 0.03 * face.box.size
    assert measure_distance(engine.embed(large, choose_face(search)), vector) < 0.45


def test_a_large_picture_without_a_face_says_how_small_a_face_would_have_been_found(engine):
    picture = read_faces(engine, save(np.full((3000, 3000, 3), 120, np.uint8)), "wall.png")
    assert (picture.portraits, picture.least_px) == ((), 120)
    with pytest.raises(DataError, match="no face of 120 pixels or more was found"):
        read_portrait(engine, save(np.full((3000, 3000, 3), 120, np.uint8)), "wall.png")


def test_a_face_that_fills_the_picture_is_found_with_a_margin(engine, found):
    pixels, face, _ = found
    tight, cut = cut_tight(pixels, face)
    assert engine.detect(tight) == ()
    search = find_faces(engine, tight)
    assert search.note.startswith("the picture was given a margin")
    moved = choose_face(search).landmarks + np.array([face.box.left + cut, face.box.top + cut])
    assert np.abs(moved - face.landmarks).max() < 0.1 * face.box.size


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (lambda image: image.filter(ImageFilter.GaussianBlur(6)), "The face is blurred"),
        (lambda image: image.point(lambda level: level // 8), "The face is dark"),
        (lambda image: image.point(lambda level: min(255, level * 2)), "of the face is pure white"),
    ],
)
def test_each_fault_has_its_sentence(found, hopper, spoil, sentence):
    _, face, _ = found
    problems = measure_quality(np.asarray(spoil(hopper)), face).problems
    assert len(problems) == 1
    assert sentence in problems[0]


@pytest.mark.parametrize(
    ("sentence", "told"),
    [
        (_judge_blur(11.9), "sharpness 11, at least 12"),
        (_judge_light(29.9, 0.0), "brightness 29 of 255, at least 30"),
        (_judge_light(90.0, 0.251), "26% of the face is pure white, at most 25%"),
        (_judge_inside(0.899), "Only 89% of the face is in the picture; 90%"),
        (_judge_pose(30.2, 0.0), "turned by about 31°, at most 30°"),
        (_judge_pose(0.0, -35.2), "tilted by 36°, at most 35°"),
        (_judge_flatness(0.301), "31% of the face has no texture, as in a drawing; at most 30%"),
    ],
)
def test_what_is_just_beyond_a_limit_is_not_told_as_the_limit(sentence, told):
    assert told in sentence


def test_sharpness_falls_as_the_picture_is_blurred(found, hopper):
    _, face, _ = found
    blurs = [
        measure_quality(np.asarray(hopper.filter(ImageFilter.GaussianBlur(radius))), face).blur
        for radius in (0, 1, 2, 4, 8)
    ]
    assert blurs == sorted(blurs, reverse=True)


def test_a_face_that_is_cut_off_says_how_much_is_there(found):
    pixels, face, _ = found
    left = face.box.left + face.box.width // 4
    cut = dataclasses.replace(
        face, box=Box(face.box.left - left, face.box.top, face.box.right - left, face.box.bottom),
        landmarks=face.landmarks - (left, 0),
    )  # fmt: skip
    (problem,) = measure_quality(pixels[:, left:], cut).problems
    assert problem.startswith("Only 75% of the face is in the picture")
    assert measure_inside(Box(5, 5, 6, 6), 10, 10) == 1.0


def test_two_people_under_one_name_are_refused(engine, hopper):
    files = [("a.png", save(hopper)), ("b.png", save(hopper.crop((40, 20, 500, 580))))]
    assert read_enrolment(engine, files).shape == (2, 128)
    other = ("collins.png", load_samples()["astronaut.png"])
    with pytest.raises(DataError, match=r"collins\.png shows another person than the rest \(distance 0\.\d\d, at most"):
        read_enrolment(engine, [*files, other])
    with pytest.raises(DataError, match="no picture was given"):
        read_enrolment(engine, [])


def test_one_picture_differs_from_nothing():
    check_same_person([np.ones(128)], ["a.png"])
    with pytest.raises(DataError, match=r"b\.png shows another person"):
        check_same_person([np.zeros(128), np.ones(128), np.zeros(128)], ["a.png", "b.png", "c.png"])


def test_of_two_pictures_that_differ_neither_is_called_the_wrong_one():
    with pytest.raises(DataError, match=r"a\.png and b\.png show two people \(distance 11\.31, at most 0\.6\); leave"):
        check_same_person([np.zeros(128), np.ones(128)], ["a.png", "b.png"])


def test_the_limits_of_a_picture_can_be_set(engine, hopper):
    with pytest.raises(LimitError, match="at most 0 are read"):
        read_portrait(engine, save(hopper), "hopper.png", Settings(upload_megapixels=0))
