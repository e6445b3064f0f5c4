"""Caps on what is read: bytes before anything is opened, then columns, memory and rows.

Rows past the cap are not refused: a seeded sample without replacement is kept, in file order, and the table says so.
"""

from __future__ import annotations

import numpy as np

from core.datasets.reading.notes import Notes
from core.hub.errors import LimitError
from core.hub.settings import Settings

MEGABYTE = 2**20
SAMPLE_SEED = 0


def check_size(n_bytes: int, settings: Settings) -> None:
    """Refuse an upload by its size alone, before a byte of it is read.

    Parameters
    ----------
    n_bytes : int
        Size of the upload.
    settings : Settings
        ``upload_mb`` is the cap.

    Raises
    ------
    LimitError
        If the upload is larger than ``upload_mb`` megabytes.

    Examples
    --------
    >>> check_size(2 * 2**30, Settings())
    Traceback (most recent call last):
        ...
    core.hub.errors.LimitError: the file is 2,048 MB; at most 25 MB are read: upload fewer rows, or raise UPLOAD_MB
    """
    if n_bytes > settings.upload_mb * MEGABYTE:
        size = -(-n_bytes // MEGABYTE)
        most = f"at most {settings.upload_mb:,} MB are read"
        message = f"the file is {size:,} MB; {most}: upload fewer rows, or raise UPLOAD_MB"
        raise LimitError(message)


def check_columns(n_columns: int, settings: Settings) -> None:
    """Refuse a table with too many columns.

    Raises
    ------
    LimitError
        If there are more than ``upload_columns``.
    """
    if n_columns > settings.upload_columns:
        message = (
            f"the table has {n_columns:,} columns; at most {settings.upload_columns:,} can be analysed: "
            "leave some out, or raise UPLOAD_COLUMNS"
        )
        raise LimitError(message)


def check_memory(n_bytes: int, settings: Settings) -> None:
    """Refuse a table that would need too much memory once unpacked.

    Raises
    ------
    LimitError
        If it needs more than ``upload_cells_mb`` megabytes.
    """
    if n_bytes > settings.upload_cells_mb * MEGABYTE:
        size = -(-n_bytes // MEGABYTE)
        message = (
            f"the table needs {size:,} MB once unpacked; at most {settings.upload_cells_mb:,} MB are allowed: "
            "leave out rows or columns, or raise UPLOAD_CELLS_MB"
        )
        raise LimitError(message)


def sample_rows(n_rows: int, n_kept: int, seed: int = SAMPLE_SEED) -> np.ndarray:
    """Choose rows without replacement, in ascending order.

    Parameters
    ----------
    n_rows, n_kept : int
        Rows to choose from and to keep (``n_kept <= n_rows``).

    Returns
    -------
    ndarray of shape (n_kept,)
        Row numbers from 0; the same seed gives the same rows.

    Examples
    --------
    >>> sample_rows(10, 3).tolist()
    [5, 6, 9]
    """
    return np.sort(np.random.default_rng(seed).choice(n_rows, n_kept, replace=False))


def choose_rows(n_rows: int, settings: Settings, notes: Notes) -> np.ndarray | None:
    """Choose the rows to keep where there are too many, and say so; None keeps all.

    Parameters
    ----------
    n_rows : int
        Rows of the file.
    settings : Settings
        ``upload_rows`` is how many are kept.

    Examples
    --------
    >>> choose_rows(10, Settings(upload_rows=3), Notes()).tolist()
    [5, 6, 9]
    """
    if n_rows <= settings.upload_rows:
        return None
    note_sample(n_rows, settings, notes)
    return sample_rows(n_rows, settings.upload_rows)


def note_sample(n_rows: int, settings: Settings, notes: Notes) -> None:
    """Say that only a sample of the rows was kept."""
    notes.say(
        f"a random sample of {settings.upload_rows:,} of {n_rows:,} rows was kept, in file order (seed {SAMPLE_SEED}); "
        "raise UPLOAD_ROWS to keep more"
    )
