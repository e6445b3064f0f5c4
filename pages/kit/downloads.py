"""Files that a person takes away: each with its name, what it is, and its size where that is known.

Left out: making the files, which is ``core``'s work.
"""

from __future__ import annotations

import mimetypes
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import streamlit as st

ICONS = {
    "csv": "table", "pdf": "picture_as_pdf", "json": "data_object", "md": "description", "py": "code",
    "skops": "deployed_code", "onnx": "deployed_code", "zip": "folder_zip", "npz": "deployed_code",
}  # fmt: skip
KILO = 1000


@dataclass(frozen=True, slots=True)
class Download:
    """One file to take away.

    Parameters
    ----------
    file_name : str
        Decides the icon and the media type by its ending.
    data : bytes or callable
        A callable runs only when the button is pressed, in its own thread, and so must not draw.
    what : str
        What the file is, in a few plain words.
    """

    file_name: str
    data: bytes | Callable[[], bytes]
    what: str


def show_downloads(files: Sequence[Download], key: str) -> None:
    """Draw a row of download buttons; they wrap where the screen is narrow."""
    with st.grid("auto", min_column_width=220, gap="small"):
        for file in files:
            with st.container(gap="xsmall"):
                show_download(file, f"{key}_{file.file_name}")


def list_kept(project: ModuleType, kept: Mapping[str, Path]) -> list[Download]:
    """List the files that a job left behind."""
    return [Download(name, path.read_bytes, project.DOWNLOADS[name]) for name, path in kept.items()]


def show_download(file: Download, key: str) -> None:
    """Draw one download button with what the file is below it."""
    ending = file.file_name.rsplit(".", 1)[-1].lower()
    st.download_button(
        file.file_name,
        file.data,
        file_name=file.file_name,
        mime=mimetypes.guess_type(file.file_name)[0] or "application/octet-stream",
        key=key,
        on_click="ignore",
        icon=f":material/{ICONS.get(ending, 'download')}:",
        width="stretch",
    )
    size = f" · {show_size(len(file.data))}" if isinstance(file.data, bytes) else ""
    st.caption(f"{file.what}{size}")


def show_size(n_bytes: int) -> str:
    """Write a size with three digits at most.

    Examples
    --------
    >>> show_size(812), show_size(15_320), show_size(2_400_000)
    ('812 bytes', '15 kB', '2.4 MB')
    """
    if n_bytes < KILO:
        return f"{n_bytes} bytes"
    if n_bytes < KILO**2:
        return f"{n_bytes / KILO:.0f} kB"
    return f"{n_bytes / KILO**2:.1f} MB"
