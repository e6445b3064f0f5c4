"""Pictures as files: an uploaded picture in, its enlargement as PNG out.

Left out: which bytes are a picture (``core.datasets.pictures``), and how it is enlarged (``upscaling``).
"""

from __future__ import annotations

import io

import numpy as np
from numpy.typing import NDArray

from core.datasets.pictures import read_picture
from core.vision.image_generation.upscaling import Upscaler, load_upscaler, upscale


def upscale_file(content: bytes, name: str, factor: int, upscaler: Upscaler | None = None) -> bytes:
    """Enlarge an uploaded picture.

    Parameters
    ----------
    content : bytes
        Of a PNG, JPEG, WebP, GIF, BMP, TIFF or AVIF file.
    name : str
        What the file is called.
    factor : int
        2 or 4.
    upscaler : Upscaler, optional
        The shipped one by default.

    Returns
    -------
    bytes
        A PNG file.

    Raises
    ------
    HubError
        If it is no picture, or too large.
    """
    picture = read_picture(content, name)
    return write_png(upscale(upscaler or load_upscaler(), picture.pixels, factor).pixels)


def write_png(pixels: NDArray[np.uint8]) -> bytes:
    """Write a picture of shape (height, width) or (height, width, 1 or 3) as PNG.

    Examples
    --------
    >>> write_png(np.zeros((2, 3, 1), np.uint8))[1:4]
    b'PNG'
    """
    from PIL import Image

    buffer = io.BytesIO()
    Image.fromarray(pixels[..., 0] if pixels.shape[2:] == (1,) else pixels).save(buffer, "PNG")
    return buffer.getvalue()
