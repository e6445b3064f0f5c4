"""Find what an uploaded picture is from its first bytes, whatever its name says, and refuse what is none.

Signatures are those of the formats' own specifications, as listed by the Library of Congress
(https://www.loc.gov/preservation/digital/formats/) and ``file(1)``. Only the decoder of the format found is ever run.

Left out: HEIC, JPEG 2000, JPEG XL, camera raw, SVG and PDF, whose decoders are large, absent or run programs.
"""

from __future__ import annotations

import codecs
import re
from pathlib import PurePath
from typing import Literal

from core.hub.errors import DataError

Format = Literal["PNG", "JPEG", "GIF", "WebP", "BMP", "TIFF", "AVIF"]
READ = "upload a PNG, JPEG, WebP, GIF, BMP, TIFF or AVIF picture"
EXPORT = "export it as PNG or JPEG and upload that"
HEAD = 4_096
NAME = 80

SIGNATURES: tuple[tuple[re.Pattern[bytes], Format], ...] = (
    (re.compile(rb"\x89PNG\r\n\x1a\n"), "PNG"),
    (re.compile(rb"\xff\xd8\xff"), "JPEG"),
    (re.compile(rb"GIF8[79]a"), "GIF"),
    (re.compile(rb"RIFF.{4}WEBP", re.DOTALL), "WebP"),
    (re.compile(rb"BM.{4}\x00{4}", re.DOTALL), "BMP"),
    (re.compile(rb"II[*+]\x00|MM\x00[*+]"), "TIFF"),
    (re.compile(rb".{4}ftypavi[fs]", re.DOTALL), "AVIF"),
)
REFUSED: tuple[tuple[re.Pattern[bytes], str], ...] = (
    (re.compile(rb".{4}ftyp(?:hei[cxms]|hev[cxms]|mif1|msf1)", re.DOTALL), f"a HEIC picture; {EXPORT}"),
    (re.compile(rb".{4}ftypcrx ", re.DOTALL), f"a camera's raw picture; {EXPORT}"),
    (re.compile(rb".{4}ftyp", re.DOTALL), f"a video or sound file; {READ}"),
    (re.compile(rb"\x00\x00\x00\x0cjP  |\xff\x4f\xff\x51"), f"a JPEG 2000 picture; {EXPORT}"),
    (re.compile(rb"\x00\x00\x00\x0cJXL |\xff\x0a"), f"a JPEG XL picture; {EXPORT}"),
    (re.compile(rb"8BPS"), f"a Photoshop document; {EXPORT}"),
    (re.compile(rb"\x00\x00[\x01\x02]\x00"), f"an icon; {EXPORT}"),
    (re.compile(rb"%PDF-"), f"a PDF document; {EXPORT}"),
    (re.compile(rb"%!PS|\xc5\xd0\xd3\xc6"), f"a PostScript drawing; {EXPORT}"),
    (re.compile(rb"P[1-7]\s"), f"a Netpbm picture; {EXPORT}"),
    (re.compile(rb".{128}DICM", re.DOTALL), f"a DICOM scan; {EXPORT}"),
    (re.compile(rb"PK\x03\x04|\x1f\x8b|7z\xbc\xaf|Rar!|\xfd7zXZ|BZh"), "an archive; unpack it and upload the pictures"),
)
SVG = re.compile(rb"<svg[\s>/]|<!DOCTYPE\s+svg", re.IGNORECASE)
MARKUP = re.compile(rb"(?:\xef\xbb\xbf)?\s*<")
RAW_SUFFIXES = {".cr2", ".dng", ".nef", ".arw", ".orf", ".rw2", ".pef", ".srw"}
CONTROL = frozenset(range(32)) - frozenset(b"\t\n\r\f\x1b")


def shorten_name(name: str) -> str:
    r"""Return an upload's name without its folders, on one line and cut to 80 characters, for use in a sentence.

    Examples
    --------
    >>> shorten_name("C:\\photos\\shoe\n1.jpg"), shorten_name("")
    ('shoe 1.jpg', 'the picture')
    """
    last = " ".join(re.split(r"[\\/]", name)[-1].split())
    plain = "".join(letter for letter in last if letter.isprintable())
    return (plain if len(plain) <= NAME else plain[: NAME - 1] + "…") or "the picture"


def find_format(content: bytes, name: str) -> Format:
    """Find the format of a picture.

    Parameters
    ----------
    name : str
        Used in sentences, and to tell a camera's raw file from the TIFF that it looks like.

    Raises
    ------
    DataError
        If the bytes are none of the formats that are read; the sentence says what they are.

    Examples
    --------
    >>> find_format(b"GIF89a" + bytes(20), "photo.png")
    'GIF'
    >>> find_format(b"<svg xmlns='http://www.w3.org/2000/svg'/>", "logo.png")
    Traceback (most recent call last):
        ...
    core.hub.errors.DataError: logo.png is an SVG drawing; export it as PNG or JPEG and upload that
    """
    head = content[:HEAD]
    for pattern, found in SIGNATURES:
        if pattern.match(head):
            if found == "TIFF" and (head[8:10] == b"CR" or PurePath(name).suffix.lower() in RAW_SUFFIXES):
                message = f"{name} is a camera's raw picture; {EXPORT}"
                raise DataError(message)
            return found
    message = f"{name} is {_name_stranger(head)}"
    raise DataError(message)


def _name_stranger(head: bytes) -> str:
    """Say what bytes are that are no picture, and what to do."""
    if not head:
        return "empty (0 bytes); save it again and upload that"
    for pattern, words in REFUSED:
        if pattern.match(head):
            return words
    if MARKUP.match(head):
        return f"an SVG drawing; {EXPORT}" if SVG.search(head) else f"a web page or XML text; {READ}"
    if _is_text(head):
        return f"text; {READ}"
    return f"in no format known here; {READ}"


def _is_text(head: bytes) -> bool:
    """Tell whether bytes are text in UTF-8, perhaps cut within a letter."""
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        return False
    return not CONTROL & set(head)
