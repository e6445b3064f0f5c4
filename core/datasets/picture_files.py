"""A batch of uploaded pictures, counted and weighed before one is read.

Left out: reading them (``core.datasets.pictures``), and archives, which are not accepted.
"""

from __future__ import annotations

from collections.abc import Sequence

from core.datasets.pictures import MEGABYTE
from core.hub.errors import LimitError
from core.hub.settings import Settings, load_settings


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
