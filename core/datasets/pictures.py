"""Reading a picture that a person uploads: bytes of any common format become red, green and blue of 8 bits.

Size in bytes, format and size in pixels are judged before a pixel is unpacked. The camera's EXIF turn is applied, and
since only pixels are handed on, every other tag (place, time, thumbnail) ends here. What is changed is noted.

Left out: colour profiles; other frames or pages than the first; mending what is cut off.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from core.datasets.picture_decoding import DAMAGE, count_frames, find_orientation, has_16_bits, open_picture
from core.datasets.picture_formats import Format, find_format, shorten_name
from core.hub.errors import DataError, LimitError
from core.hub.settings import Settings, load_settings

if TYPE_CHECKING:
    from PIL.Image import Image

MEGABYTE = 2**20
MEGAPIXEL = 1_000_000
MOST_SCANS = 50  # encoders write about ten; each one costs a pass over all pixels, so thousands are an attack
SMALL = 8
OPAQUE = 255


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """An uploaded picture as pixels.

    Parameters
    ----------
    pixels : array of uint8, shape (height, width, 3)
        Red, green and blue, upright; not to be written to.
    name : str
        Of the file, without its folders.
    format : str
        What the bytes are, such as ``JPEG``, whatever the name says.
    notes : tuple of str
        What was done to it, a few words each; empty when nothing was.
    """

    pixels: NDArray[np.uint8] = field(repr=False)
    name: str
    format: Format
    notes: tuple[str, ...] = ()


def read_picture(content: bytes, name: str, settings: Settings | None = None) -> Picture:
    """Read an uploaded picture.

    Parameters
    ----------
    content : bytes
        PNG, JPEG, WebP, GIF, BMP, TIFF or AVIF.
    name : str
        What the file is called.
    settings : Settings, optional
        ``upload_mb`` and ``upload_megapixels`` are the caps; the process's own by default.

    Raises
    ------
    LimitError
        If it has too many bytes or pixels.
    DataError
        If it is no picture, is cut off or damaged, or has pixels of 32 bits.

    Examples
    --------
    >>> import io
    >>> from PIL import Image
    >>> buffer = io.BytesIO()
    >>> Image.new("LA", (40, 30), (0, 0)).save(buffer, "PNG")
    >>> picture = read_picture(buffer.getvalue(), "shoe.jpg")
    >>> picture.pixels.shape, picture.pixels.min(), picture.format, picture.notes
    ((30, 40, 3), np.uint8(255), 'PNG', ('transparent parts were put on white',))
    """
    from PIL.Image import DecompressionBombError

    limits, short = settings or load_settings(), shorten_name(name)
    check_bytes(len(content), short, limits)
    found = find_format(content, short)
    notes: list[str] = []
    try:
        # Pillow warns of odd tags, which do not change the pixels.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            image = open_picture(content, found)
            _check_pixels(image, short, limits)
            _check_scans(content, found, short)
            image = _take_upright_frame(image, content, found, notes)
            pixels = _take_colours(image, short, notes)
    except DecompressionBombError as error:
        most = f"at most {limits.upload_megapixels:,} megapixels are read"
        message = f"{short} has a frame that unpacks to far more pixels than it shows; {most}: save it again as PNG"
        raise LimitError(message) from error
    except DAMAGE as error:
        message = f"{short} is cut off or damaged and cannot be read as {found}; save it again and upload that"
        raise DataError(message) from error
    if min(pixels.shape[:2]) < SMALL:
        notes.append(f"it has only {pixels.shape[1]} × {pixels.shape[0]} pixels, too few to show much")
    return Picture(pixels, short, found, tuple(notes))


def check_bytes(n_bytes: int, name: str, settings: Settings) -> None:
    """Refuse a picture by its size in bytes, before one of them is read.

    Raises
    ------
    LimitError
        If it is larger than ``upload_mb`` megabytes.

    Examples
    --------
    >>> check_bytes(30 * MEGABYTE, "shoe.png", Settings())
    Traceback (most recent call last):
        ...
    core.hub.errors.LimitError: shoe.png is 30 MB; at most 25 MB are read: save it as JPEG, or raise UPLOAD_MB
    """
    if n_bytes > settings.upload_mb * MEGABYTE:
        size = -(-n_bytes // MEGABYTE)
        message = (
            f"{name} is {size:,} MB; at most {settings.upload_mb:,} MB are read: save it as JPEG, or raise UPLOAD_MB"
        )
        raise LimitError(message)


def _check_pixels(image: Image, name: str, settings: Settings) -> None:
    """Refuse a picture by the size that its header states."""
    width, height = image.size
    if width * height > settings.upload_megapixels * MEGAPIXEL:
        size = width * height / MEGAPIXEL
        message = (
            f"{name} is {width:,} × {height:,} pixels, {size:,.1f} megapixels; at most {settings.upload_megapixels:,} "
            "are read: make it smaller, or raise UPLOAD_MEGAPIXELS"
        )
        raise LimitError(message)


def _check_scans(content: bytes, found: Format, name: str) -> None:
    """Refuse a JPEG that would be unpacked over and over."""
    # Inside coded data 0xFF is always followed by 0x00, so the marker occurs only where a scan starts.
    n_scans = content.count(b"\xff\xda") if found == "JPEG" else 0
    if n_scans > MOST_SCANS:
        message = f"{name} is stored in {n_scans:,} scans; at most {MOST_SCANS} are read: save it again as JPEG or PNG"
        raise LimitError(message)


def _take_upright_frame(image: Image, content: bytes, found: Format, notes: list[str]) -> Image:
    """Unpack the first frame and turn it as its EXIF tag says."""
    from PIL import ImageOps

    n_frames, many = count_frames(image, content, found)
    if n_frames > 1:
        kind = "pages" if found == "TIFF" else "frames"
        notes.append(f"the first of {'more than ' if many else ''}{n_frames:,} {kind} was taken")
    if has_16_bits(image, content, found):
        notes.append("16 bits a colour were reduced to 8")
    orientation = find_orientation(image)
    # A TIFF is turned while it is unpacked.
    image.load()
    if orientation not in range(2, 9):
        return image
    notes.append("it was turned upright, as its EXIF tag says")
    return image if found == "TIFF" else ImageOps.exif_transpose(image)


def _take_colours(image: Image, name: str, notes: list[str]) -> NDArray[np.uint8]:
    """Convert to red, green and blue of 8 bits, (height, width, 3)."""
    if image.mode in {"I", "F"}:
        message = f"{name} has pixels of 32 bits; save it with 8 or 16 bits a colour and upload that"
        raise DataError(message)
    if image.mode.startswith("I;16"):
        grey = (np.asarray(image) >> 8).astype(np.uint8)
        return np.repeat(grey[:, :, np.newaxis], 3, axis=2)
    if image.mode == "CMYK":
        notes.append("printing colours (CMYK) were converted to RGB")
    if image.has_transparency_data:
        image = _put_on_white(image, notes)
    return np.asarray(image if image.mode == "RGB" else image.convert("RGB"))


def _put_on_white(image: Image, notes: list[str]) -> Image:
    """Lay a picture with transparent parts on white."""
    from PIL import Image as Images

    layer = image.convert("RGBA")
    if layer.getchannel("A").getextrema()[0] == OPAQUE:
        return layer
    notes.append("transparent parts were put on white")
    return Images.alpha_composite(Images.new("RGBA", layer.size, "white"), layer)
