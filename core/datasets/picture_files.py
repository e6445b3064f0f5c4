"""A batch of uploaded pictures: counted and weighed before one is read, then read one at a time.

A picture that cannot be read is handed back with its sentence and does not stop the others; only one is unpacked at
once, so that a batch needs no more memory than its largest picture.

Left out: archives, which are not accepted.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from core.datasets.picture_formats import shorten_name
from core.datasets.pictures import MEGABYTE, Picture, read_picture
from core.hub.errors import HubError, LimitError
from core.hub.settings import Settings, load_settings


@dataclass(frozen=True, slots=True, eq=False)
class PictureFile:
    """One file of a batch: a picture, or why it is none.

    Parameters
    ----------
    name : str
        Of the file, without its folders.
    picture : Picture or None
        None where it cannot be read.
    refusal : str
        Why not, in one sentence; empty where it can.
    """

    name: str
    picture: Picture | None
    refusal: str = ""


def check_batch(sizes: Sequence[int], settings: Settings | None = None) -> None:
    """Refuse a batch by the number and the sizes of its files.

    Parameters
    ----------
    sizes : sequence of int
        Bytes of each file.
    settings : Settings, optional
        ``upload_pictures`` and ``upload_pictures_mb`` are the caps; the process's own by default.

    Raises
    ------
    LimitError
        If there are too many files, or they are too large together.

    Examples
    --------
    >>> check_batch([1] * 101, Settings())
    Traceback (most recent call last):
        ...
    core.hub.errors.LimitError: the batch has 101 pictures; at most 100 are read: upload fewer, or raise UPLOAD_PICTURES
    """
    limits = settings or load_settings()
    if len(sizes) > limits.upload_pictures:
        message = (
            f"the batch has {len(sizes):,} pictures; at most {limits.upload_pictures:,} are read: "
            "upload fewer, or raise UPLOAD_PICTURES"
        )
        raise LimitError(message)
    if sum(sizes) > limits.upload_pictures_mb * MEGABYTE:
        message = (
            f"the batch is {-(-sum(sizes) // MEGABYTE):,} MB; at most {limits.upload_pictures_mb:,} MB are read: "
            "upload fewer or smaller pictures, or raise UPLOAD_PICTURES_MB"
        )
        raise LimitError(message)


def read_pictures(files: Sequence[tuple[str, bytes]], settings: Settings | None = None) -> Iterator[PictureFile]:
    """Read a batch of pictures, each as it is asked for.

    Parameters
    ----------
    files : sequence of (name, content)
    settings : Settings, optional
        The caps; the process's own by default.

    Returns
    -------
    iterator of PictureFile
        In the order of the files.

    Raises
    ------
    LimitError
        If the batch is too large; said at once, before the first is read.

    Examples
    --------
    >>> [file.refusal for file in read_pictures([("a.png", b"")])]
    ['a.png is empty (0 bytes); save it again and upload that']
    """
    check_batch([len(content) for _, content in files], settings)
    return (_read_file(name, content, settings) for name, content in files)


def _read_file(name: str, content: bytes, settings: Settings | None) -> PictureFile:
    """Read one file of a batch."""
    try:
        return PictureFile(shorten_name(name), read_picture(content, name, settings))
    except HubError as error:
        return PictureFile(shorten_name(name), None, str(error))
