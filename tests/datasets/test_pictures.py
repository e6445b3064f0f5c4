"""Uploaded pictures: every kind that a person has is read rightly, and every bad one refused in one sentence."""

import io
import random
import struct
import subprocess
import sys
import zlib

import numpy as np
import pytest
from PIL import Image

from core.datasets.picture_decoding import MOST_FRAMES, MOST_PAGES, count_gif_frames
from core.datasets.picture_files import check_batch
from core.datasets.picture_formats import find_format, shorten_name
from core.datasets.pictures import read_picture
from core.hub.errors import DataError, HubError, LimitError
from core.hub.settings import ROOT, Settings

HEIGHT, WIDTH = 24, 36
SVG = b'<?xml version="1.0"?>\n<!-- by hand -->\n<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'
ON_WHITE = "transparent parts were put on white"
UPRIGHT = "it was turned upright, as its EXIF tag says"
DEEP = "16 bits a colour were reduced to 8"


def make_scene():
    """Return smooth colours with one corner of its own, so that a turn or an exchange of colours shows."""
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    scene = np.stack([x * 6, y * 9, 255 - x * 3 - y * 3], axis=2).astype(np.uint8)
    scene[:8, :8] = (250, 10, 20)
    return scene


SCENE = make_scene()


def save(image, kind, **options):
    """Encode a picture, or an array of one."""
    buffer = io.BytesIO()
    (image if isinstance(image, Image.Image) else Image.fromarray(image)).save(buffer, kind, **options)
    return buffer.getvalue()


def refuse(content, name="shoe.png", settings=None, error=DataError):
    """Read what must be refused; return its one sentence."""
    with pytest.raises(error) as caught:
        read_picture(content, name, settings)
    sentence = str(caught.value)
    assert sentence.startswith(name)
    assert "\n" not in sentence
    assert ";" in sentence, "a sentence names the remedy after what is wrong"
    return sentence


def make_chunk(kind, content):
    """Make one chunk of a PNG."""
    body = kind + content
    return struct.pack(">I", len(content)) + body + struct.pack(">I", zlib.crc32(body))


def make_png_header(width, height):
    """Make a PNG that states a size and holds next to nothing."""
    header = make_chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + make_chunk(b"IDAT", zlib.compress(bytes(100))) + make_chunk(b"IEND", b"")


@pytest.mark.parametrize("kind", ["PNG", "BMP", "TIFF", "WEBP"])
def test_lossless_formats_give_the_very_pixels(kind):
    picture = read_picture(save(SCENE, kind, **({"lossless": True} if kind == "WEBP" else {})), "shoe")
    np.testing.assert_array_equal(picture.pixels, SCENE)
    assert picture.format.upper() == kind
    assert picture.notes == ()


@pytest.mark.parametrize("kind", ["JPEG", "WEBP", "AVIF"])
def test_lossy_formats_come_close(kind):
    picture = read_picture(save(SCENE, kind, quality=95), "shoe")
    assert np.abs(picture.pixels.astype(int) - SCENE).mean() < 6
    assert picture.pixels.dtype == np.uint8


def test_the_bytes_decide_and_not_the_name():
    picture = read_picture(save(SCENE, "JPEG"), "C:\\photos\\shoe.png")
    assert (picture.format, picture.name) == ("JPEG", "shoe.png")


def test_the_pixels_are_not_to_be_written_to():
    picture = read_picture(save(SCENE, "PNG"), "shoe.png")
    with pytest.raises(ValueError, match="read-only"):
        picture.pixels[0, 0] = 0


def test_grey_black_and_white_and_palettes_become_colours():
    grey = SCENE[:, :, 1]
    np.testing.assert_array_equal(read_picture(save(grey, "PNG"), "a").pixels, np.stack([grey] * 3, axis=2))
    inks = read_picture(save(Image.fromarray(grey).convert("1"), "PNG"), "a").pixels
    assert set(np.unique(inks)) == {0, 255}
    few = Image.fromarray(SCENE).quantize(16)
    np.testing.assert_array_equal(read_picture(save(few, "PNG"), "a").pixels, np.asarray(few.convert("RGB")))


@pytest.mark.parametrize("kind", ["RGBA", "LA"])
def test_transparent_parts_come_to_lie_on_white(kind):
    image = Image.fromarray(SCENE).convert(kind)
    alpha = np.full((HEIGHT, WIDTH), 255, np.uint8)
    alpha[:, 18:], alpha[:, 30:] = 128, 0
    image.putalpha(Image.fromarray(alpha))
    picture = read_picture(save(image, "PNG"), "a")
    opaque = np.asarray(image.convert(kind[:-1]).convert("RGB")).astype(float)
    expected = opaque * (alpha / 255)[:, :, None] + 255 * (1 - alpha / 255)[:, :, None]
    assert np.abs(picture.pixels - expected).max() <= 1
    assert (picture.pixels[:, 30:] == 255).all()
    assert picture.notes == (ON_WHITE,)


def test_a_palette_with_a_transparent_colour_lies_on_white():
    image = Image.fromarray(SCENE).quantize(16)
    corner = image.getpixel((0, 0))
    picture = read_picture(save(image, "PNG", transparency=corner), "a")
    assert (picture.pixels[:8, :8] == 255).all()
    assert picture.notes == (ON_WHITE,)


def test_an_alpha_that_hides_nothing_is_not_spoken_of():
    picture = read_picture(save(Image.fromarray(SCENE).convert("RGBA"), "PNG"), "a")
    np.testing.assert_array_equal(picture.pixels, SCENE)
    assert picture.notes == ()


@pytest.mark.parametrize("kind", ["JPEG", "TIFF"])
def test_printing_colours_are_converted(kind):
    picture = read_picture(save(Image.fromarray(SCENE).convert("CMYK"), kind, quality=95), "a")
    assert np.abs(picture.pixels.astype(int) - SCENE).mean() < 8
    assert picture.notes == ("printing colours (CMYK) were converted to RGB",)


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_grey_of_16_bits_keeps_its_range(kind):
    deep = np.linspace(0, 65_535, HEIGHT * WIDTH).astype(np.uint16).reshape(HEIGHT, WIDTH)
    picture = read_picture(save(deep, kind), "a")
    np.testing.assert_array_equal(picture.pixels[:, :, 1], deep // 256)
    assert picture.notes == (DEEP,)


def test_colours_of_16_bits_are_reduced_and_said():
    rows = b"".join(b"\x00" + row.astype(">u2").tobytes() for row in SCENE.astype(np.uint16) * 257)
    header = make_chunk(b"IHDR", struct.pack(">IIBBBBB", WIDTH, HEIGHT, 16, 2, 0, 0, 0))
    content = b"\x89PNG\r\n\x1a\n" + header + make_chunk(b"IDAT", zlib.compress(rows)) + make_chunk(b"IEND", b"")
    picture = read_picture(content, "a")
    np.testing.assert_array_equal(picture.pixels, SCENE)
    assert picture.notes == (DEEP,)


@pytest.mark.parametrize("kind", ["I", "F"])
def test_pixels_of_32_bits_are_refused(kind):
    assert "pixels of 32 bits; save it with 8 or 16" in refuse(save(Image.fromarray(SCENE).convert(kind), "TIFF"))


# What has to be done to the stored pixels to see them upright, by the EXIF standard (CIPA DC-008-2019, table 6).
TURNS = {
    1: lambda a: a,
    2: lambda a: a[:, ::-1],
    3: lambda a: a[::-1, ::-1],
    4: lambda a: a[::-1],
    5: lambda a: a.transpose(1, 0, 2),
    6: lambda a: np.rot90(a, -1),
    7: lambda a: a[::-1, ::-1].transpose(1, 0, 2),
    8: np.rot90,
}


@pytest.mark.parametrize("orientation", TURNS)
@pytest.mark.parametrize("kind", ["PNG", "TIFF", "WEBP"])
def test_the_cameras_turn_is_applied_once(kind, orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    options = {"lossless": True} if kind == "WEBP" else {}
    picture = read_picture(save(SCENE, kind, exif=exif, **options), "a")
    np.testing.assert_array_equal(picture.pixels, TURNS[orientation](SCENE))
    assert picture.notes == (() if orientation == 1 else (UPRIGHT,))


def test_a_photograph_lying_on_its_side_stands_up_and_tells_no_place():
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010F] = "a camera"
    exif.get_ifd(0x8825)[1] = "N"
    picture = read_picture(save(SCENE, "JPEG", quality=95, exif=exif), "a.jpg")
    assert picture.pixels.shape == (WIDTH, HEIGHT, 3)
    assert picture.pixels[4, -4, 0] > 200, "the red corner is at the top right"
    assert set(type(picture).__dataclass_fields__) == {"pixels", "name", "format", "notes"}


@pytest.mark.parametrize("orientation", [0, 9, 700])
def test_a_turn_that_does_not_exist_is_no_turn(orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    assert read_picture(save(SCENE, "PNG", exif=exif), "a").notes == ()


def test_damaged_exif_costs_only_the_turn():
    content = save(SCENE, "JPEG", exif=b"Exif\x00\x00II*\x00\xff\xff\xff\xff")
    assert read_picture(content, "a").notes == ()


@pytest.mark.parametrize(
    ("kind", "words"), [("GIF", "frames"), ("WEBP", "frames"), ("PNG", "frames"), ("TIFF", "pages")]
)
def test_an_animation_gives_its_first_frame_and_says_so(kind, words):
    first = Image.fromarray(SCENE).quantize(64).convert("RGB")
    others = [Image.new("RGB", first.size, colour) for colour in ("blue", "green")]
    options = {"lossless": True} if kind == "WEBP" else {}
    picture = read_picture(save(first, kind, save_all=True, append_images=others, **options), "a")
    np.testing.assert_array_equal(picture.pixels, np.asarray(first))
    assert picture.notes == (f"the first of 3 {words} was taken",)


def test_a_telephones_jpeg_with_more_pictures_in_it_is_one_photograph():
    content = save(SCENE, "MPO", save_all=True, append_images=[Image.fromarray(SCENE[::-1])], quality=95)
    picture = read_picture(content, "a.jpg")
    assert (picture.format, picture.notes) == ("JPEG", ())
    assert np.abs(picture.pixels.astype(int) - SCENE).mean() < 6


def test_frames_are_counted_up_to_a_limit():
    content = save(Image.new("P", (2, 2)), "GIF")
    start = 13 + 3 * 2 ** ((content[10] & 7) + 1) if content[10] & 0x80 else 13
    frame = content[start:-1]
    many = content[:start] + frame * 5_000 + b"\x3b"
    assert count_gif_frames(content, 10) == 1
    assert count_gif_frames(content[:start] + frame * 7 + b"\x3b", 10) == 7
    assert count_gif_frames(many, 10) == 10
    assert read_picture(many, "a").notes[0] == f"the first of more than {MOST_FRAMES:,} frames was taken"
    pages = [Image.new("L", (9, 9))] * (MOST_PAGES + 5)
    said = read_picture(save(Image.new("L", (9, 9)), "TIFF", save_all=True, append_images=pages), "a").notes
    assert said == (f"the first of more than {MOST_PAGES} pages was taken",)


def test_one_pixel_is_a_picture_of_which_little_is_to_be_expected():
    picture = read_picture(save(SCENE[:1, :1], "PNG"), "a")
    np.testing.assert_array_equal(picture.pixels, SCENE[:1, :1])
    assert picture.notes == ("it has only 1 × 1 pixels, too few to show much",)


def test_no_bytes_are_refused():
    assert refuse(b"") == "shoe.png is empty (0 bytes); save it again and upload that"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (SVG, "an SVG drawing; export it as PNG"),
        (b"<svg/>", "an SVG drawing"),
        (b"\xef\xbb\xbf <!DOCTYPE svg><svg>", "an SVG drawing"),
        (b"<!doctype html><p>not found</p>", "a web page or XML text; upload a PNG"),
        (b"this is not a picture\n", "text; upload a PNG, JPEG, WebP, GIF, BMP, TIFF or AVIF picture"),
        (b"ein Bild, keins " + "é".encode(), "text; upload"),
        (b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic", "a HEIC picture; export it as PNG or JPEG"),
        (b"\x00\x00\x00\x18ftypmif1\x00\x00\x00\x00mif1heic", "a HEIC picture"),
        (b"\x00\x00\x00\x18ftypisom\x00\x00\x02\x00isom", "a video or sound file"),
        (b"\x00\x00\x00\x0cjP  \r\n\x87\n", "a JPEG 2000 picture"),
        (b"%PDF-1.7\n%\xe2\xe3", "a PDF document"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n", "a PostScript drawing"),
        (b"8BPS\x00\x01", "a Photoshop document"),
        (b"\x00\x00\x01\x00\x01\x00", "an icon"),
        (b"PK\x03\x04\x14\x00", "an archive; unpack it"),
        (b"P6 2 2 255\n" + bytes(12), "a Netpbm picture"),
        (bytes(128) + b"DICM" + bytes(9), "a DICOM scan"),
        (b"II*\x00\x10\x00\x00\x00CR\x02\x00" + bytes(40), "a camera's raw picture"),
        (bytes(range(256)), "in no format known here; upload"),
        (b"\x89PN", "in no format known here"),
    ],
)
def test_what_is_no_picture_is_named(content, words):
    assert words in refuse(content)


def test_a_raw_file_that_looks_like_a_tiff_is_refused_by_its_name():
    assert "a camera's raw picture" in refuse(save(SCENE, "TIFF"), "shoe.DNG")


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "WEBP", "BMP", "TIFF", "AVIF"])
@pytest.mark.parametrize("share", [0.05, 0.5, 0.9])
def test_a_file_that_is_cut_off_is_refused(kind, share):
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    content = save(noise, kind)
    sentence = refuse(content[: int(len(content) * share)])
    assert "is cut off or damaged and cannot be read as" in sentence


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "WEBP", "BMP", "TIFF", "AVIF"])
def test_damage_anywhere_is_read_or_refused_in_one_sentence(kind):
    content, chance = save(SCENE, kind), random.Random(7)  # noqa: S311 - damage, not secrets
    for _ in range(150):
        damaged = bytearray(content)
        for _ in range(chance.choice((1, 2, 8))):
            damaged[chance.randrange(len(damaged))] = chance.randrange(256)
        try:
            picture = read_picture(bytes(damaged), "shoe.png")
        except HubError as error:
            assert str(error).startswith("shoe.png")  # noqa: PT017 - either outcome is right
        else:
            assert picture.pixels.shape[2] == 3


@pytest.mark.parametrize(
    ("width", "height", "words"),
    [
        (10_000, 10_000, "10,000 × 10,000 pixels, 100.0 megapixels; at most 50 are read: make it smaller, or raise"),
        (60_000, 60_000, "3,600.0 megapixels"),
        (2**31 - 1, 1, "2,147.5 megapixels"),
    ],
)
def test_too_many_pixels_are_refused_before_one_is_unpacked(width, height, words):
    content = make_png_header(width, height)
    assert len(content) < 100
    assert words in refuse(content, error=LimitError)


@pytest.mark.parametrize("kind", ["JPEG", "GIF", "BMP", "TIFF", "WEBP"])
def test_the_limit_on_pixels_holds_for_every_format(kind):
    image = Image.new("L", (1_200, 1_000))
    assert "1.2 megapixels; at most 1 are" in refuse(save(image, kind), "a", Settings(upload_megapixels=1), LimitError)
    assert read_picture(save(image, kind), "a", Settings(upload_megapixels=2)).pixels.shape == (1_000, 1_200, 3)


def test_a_picture_of_100_megapixels_is_refused_in_little_memory():
    code = (
        "import sys\n"
        "import numpy as np\n"
        "from benchmarks.peak import read_peak_gb\n"
        "from core.datasets.pictures import read_picture\n"
        "from core.hub.errors import LimitError\n"
        "content = open(sys.argv[1], 'rb').read()\n"
        "before = read_peak_gb()\n"
        "try: read_picture(content, 'a.png')\n"
        "except LimitError: print(1_000 * (read_peak_gb() - before))\n"
    )
    content = make_png_header(10_000, 10_000)
    answer = subprocess.run(
        [sys.executable, "-c", code, "/dev/stdin"], cwd=ROOT, input=content, capture_output=True, check=True
    )
    assert float(answer.stdout) < 60, "megabytes; the pixels alone would take 300"


def test_a_frame_larger_than_its_screen_is_refused():
    content = bytearray(save(Image.new("P", (9, 9)), "GIF"))
    place = content.index(b"\x2c", 13 + 3 * 2 ** ((content[10] & 7) + 1))
    content[place + 5 : place + 9] = b"\xff\xff\xff\xff"
    assert "far more pixels than it shows; at most 50 megapixels" in refuse(bytes(content), error=LimitError)


def test_a_text_chunk_that_unpacks_without_end_is_refused():
    bomb = make_chunk(b"zTXt", b"Comment\x00\x00" + zlib.compress(bytes(30_000_000)))
    content = save(SCENE, "PNG")
    assert "cut off or damaged" in refuse(content[:33] + bomb + content[33:])


def test_a_jpeg_of_thousands_of_scans_is_refused():
    content = save(SCENE, "JPEG", progressive=True)
    scan = content.rindex(b"\xff\xda")
    assert read_picture(content, "a").format == "JPEG"
    bomb = content[:-2] + content[scan:-2] * 60 + content[-2:]
    assert "scans; at most 50 are read: save it again" in refuse(bomb, error=LimitError)


def test_too_many_bytes_are_refused_before_they_are_looked_at():
    sentence = refuse(b"x" * (2**20 + 1), settings=Settings(upload_mb=1), error=LimitError)
    assert sentence == "shoe.png is 2 MB; at most 1 MB are read: save it as JPEG, or raise UPLOAD_MB"


def test_names_are_data():
    assert shorten_name("/etc/../a\x00\x1b[31m\u202eb.png") == "a[31mb.png"
    assert len(shorten_name("x" * 500 + ".png")) == 80
    assert find_format(save(SCENE, "BMP"), "") == "BMP"


def test_the_same_bytes_give_the_same_picture():
    content = save(SCENE, "JPEG")
    first, second = read_picture(content, "a"), read_picture(content, "a")
    np.testing.assert_array_equal(first.pixels, second.pixels)


def test_a_batch_is_bounded_before_one_picture_is_read():
    with pytest.raises(LimitError, match=r"the batch has 3 pictures; at most 2 are read: upload fewer"):
        check_batch([0] * 3, Settings(upload_pictures=2))
    with pytest.raises(LimitError, match=r"the batch is 3 MB; at most 2 MB are read"):
        check_batch([2**20, 2**20 + 1], Settings(upload_pictures_mb=2))
    check_batch([2**20, 2**20], Settings(upload_pictures_mb=2))


def test_importing_the_reader_imports_no_decoder():
    code = "import sys, core.datasets.picture_files; print('PIL' in sys.modules)"
    answer = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "False"
