"""Pillow's decoders, one format at a time, and what a header tells before a pixel is unpacked.

Left out: judging what is found, and the pixels (``core.datasets.pictures``).
"""

from __future__ import annotations

import io
import struct
import zlib
from typing import TYPE_CHECKING

from core.datasets.picture_formats import Format

if TYPE_CHECKING:
    from PIL.Image import Image

ORIENTATION = 0x0112  # the EXIF tag; 1 is upright (CIPA DC-008, section 4.6.4)
BITS_PER_SAMPLE = 0x0102  # TIFF 6.0, section 8
MOST_FRAMES, MOST_PAGES = 1_000, 20  # counted; counting further would cost more than it tells
GIF_IMAGE, GIF_BLOCKS = 0x2C, b"\x21\x2c"
DEEP = 16
DAMAGE = (
    OSError, SyntaxError, ValueError, EOFError, RuntimeError, TypeError, LookupError, ArithmeticError, struct.error,
    zlib.error,
)  # fmt: skip
"""What Pillow's decoders raise on damaged bytes."""


def open_picture(content: bytes, found: Format) -> Image:
    """Read the header with the one decoder of the format; no pixel is unpacked.

    Raises
    ------
    OSError, SyntaxError or another of :data:`DAMAGE`
        If the header is damaged.
    """
    from PIL import (
        AvifImagePlugin,
        BmpImagePlugin,
        GifImagePlugin,
        JpegImagePlugin,
        PngImagePlugin,
        TiffImagePlugin,
        WebPImagePlugin,
    )

    # Called directly, since `Image.open` warns or raises at a size of its own, before ours can be said. A telephone's
    # JPEG with several pictures (MPO) is so read as the JPEG that it begins with.
    decoders: dict[Format, type[Image]] = {
        "AVIF": AvifImagePlugin.AvifImageFile,
        "BMP": BmpImagePlugin.BmpImageFile,
        "GIF": GifImagePlugin.GifImageFile,
        "JPEG": JpegImagePlugin.JpegImageFile,
        "PNG": PngImagePlugin.PngImageFile,
        "TIFF": TiffImagePlugin.TiffImageFile,
        "WebP": WebPImagePlugin.WebPImageFile,
    }
    return decoders[found](io.BytesIO(content), "")  # type: ignore[call-arg]


def count_frames(image: Image, content: bytes, found: Format) -> tuple[int, bool]:
    """Count frames or pages up to a limit, and tell whether there are more.

    Returns
    -------
    n_frames : int
        At most 1,000; at most 20 pages of a TIFF.
    many : bool
        Whether there are more than that.
    """
    if found == "GIF":
        n_frames = count_gif_frames(content, MOST_FRAMES + 1)
        return min(n_frames, MOST_FRAMES), n_frames > MOST_FRAMES
    if found == "TIFF":
        return _count_pages(image)
    return getattr(image, "n_frames", 1), False


def _count_pages(image: Image) -> tuple[int, bool]:
    """Count the pages of a TIFF by their directories."""
    for page in range(1, MOST_PAGES + 1):
        try:
            image.seek(page)
        except DAMAGE:
            image.seek(0)
            return page, False
    image.seek(0)
    return MOST_PAGES, True


def count_gif_frames(content: bytes, most: int) -> int:
    """Count the frames of a GIF by walking over its blocks; nothing is unpacked.

    Parameters
    ----------
    most : int
        Stop at that many.

    References
    ----------
    CompuServe (1990), Graphics Interchange Format 89a, https://www.w3.org/Graphics/GIF/spec-gif89a.txt
    """
    n_frames, place = 0, 13 + _measure_palette(content, 10)
    while place + 10 < len(content) and n_frames < most and content[place] in GIF_BLOCKS:
        if content[place] == GIF_IMAGE:  # an image: its descriptor, its palette, the size of its codes
            n_frames += 1
            place += 10 + _measure_palette(content, place + 9) + 1
        else:  # an extension: its label
            place += 2
        while place < len(content) and content[place]:
            place += content[place] + 1
        place += 1
    return n_frames


def _measure_palette(content: bytes, place: int) -> int:
    """Return the bytes of the palette that the flags at a place announce."""
    flags = content[place]
    return 3 * 2 ** ((flags & 0x07) + 1) if flags & 0x80 else 0


def has_16_bits(image: Image, content: bytes, found: Format) -> bool:
    """Tell whether each colour is stored in 16 bits, before the picture is unpacked to 8."""
    if found == "PNG":
        return content[24] == DEEP  # the bit depth of IHDR, which comes first
    if found == "TIFF":
        bits = image.tag_v2.get(BITS_PER_SAMPLE, (1,))  # type: ignore[attr-defined]
        return DEEP in (bits if isinstance(bits, tuple) else (bits,))
    return False


def find_orientation(image: Image) -> int:
    """Return the EXIF orientation, 1 where there is none that can be read."""
    try:
        found = image.getexif().get(ORIENTATION, 1)
    except DAMAGE:
        return 1
    return found if isinstance(found, int) else 1
