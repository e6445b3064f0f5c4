"""The box on Home that takes anything: it tells what a file is and names the pages that can use it.

Left out: reading a table, which is the workbench's work, and reading a picture, text or scan, which each page does.
"""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st
from streamlit.delta_generator import DeltaGenerator
from streamlit.runtime.uploaded_file_manager import UploadedFile

from core.hub.registry import Bring, Project, find_built
from core.hub.settings import load_settings
from pages.kit.errors import escape, guard
from pages.kit.session import current_table, upload_key

TABLES = ("csv", "tsv", "xlsx", "xls", "parquet", "json")
OTHERS = ("txt", "md", "png", "jpg", "jpeg", "webp", "pdf")
# first bytes that decide whatever the name says: https://en.wikipedia.org/wiki/List_of_file_signatures
SIGNATURES: tuple[tuple[bytes, Bring], ...] = (
    (b"%PDF-", "scan"), (b"\x89PNG\r\n\x1a\n", "picture"), (b"\xff\xd8\xff", "picture"), (b"RIFF", "picture"),
    (b"PK\x03\x04", "table"), (b"PAR1", "table"), (b"\xd0\xcf\x11\xe0", "table"),
)  # fmt: skip
DELIMITERS = (",", ";", "\t", "|")
PROMISES = {
    "table_view": "See what was understood, and mend it.",
    "leaderboard": "Compare models, each with its interval and against a baseline.",
    "download": "Take the model, its answers and a report away.",
}
HEAD_LINES = 5
HEAD_BYTES = 4_096
ACCEPTED = "home_accepted"  # the file that the session's table came from
NAMES: dict[Bring, str] = {
    "table": "a table", "picture": "a picture", "text": "a text", "scan": "a scan", "webcam": "a webcam",
}  # fmt: skip
BRING_ICONS: dict[Bring, str] = {
    "table": "table", "picture": "image", "text": "notes", "scan": "document_scanner", "webcam": "photo_camera",
}  # fmt: skip


def show_intake(answer: DeltaGenerator) -> None:
    """Draw the box and, once a file is there, the pages that fit it.

    Parameters
    ----------
    answer : container
        Where to say what the file is; the box itself may stand in a narrow card.
    """
    limit = load_settings().upload_mb
    st.subheader("Start with your own data", icon=":material/upload_file:", anchor=False)
    st.markdown(f"Bring {list_brings(find_built())} and see which pages can use it.")
    file = st.file_uploader(
        "A table, picture, text or scan",
        type=[*TABLES, *OTHERS],
        key=upload_key("home_upload"),
        max_upload_size=limit,
        label_visibility="collapsed",
    )
    st.caption("Kept in memory for this session only.")
    for icon, promise in PROMISES.items():
        st.markdown(f":material/{icon}: {promise}")
    st.space("stretch")
    show_data_link("No file at hand? Start with a sample")
    if file is not None:
        with answer, guard():
            _route(file)


def list_brings(projects: Sequence[Project]) -> str:
    """List what a person may bring to these projects, webcam aside; ``data`` where they take nothing.

    Examples
    --------
    >>> from core.hub.registry import find_project
    >>> list_brings([find_project("iris")]), list_brings([find_project("sentiment"), find_project("scanner")])
    ('a table', 'a table, a picture, a text or a scan')
    """
    taken = {bring for project in projects for bring in project.brings}
    names = [name for bring, name in NAMES.items() if bring in taken and bring != "webcam"]
    return " or ".join(filter(None, (", ".join(names[:-1]), *names[-1:]))) or "data"


def find_kind(name: str, head: bytes) -> Bring:
    r"""Tell what a file is by its first bytes, then by its name, and a bare text by whether its lines have columns.

    Parameters
    ----------
    name : str
        File name.
    head : bytes
        The first few kilobytes.

    Examples
    --------
    >>> find_kind("scan.csv", b"%PDF-1.7"), find_kind("a.csv", b"x,y"), find_kind("a.txt", b"x;y\n1;2\n3;4")
    ('scan', 'table', 'table')
    """
    for signature, kind in SIGNATURES:
        if head.startswith(signature):
            return kind
    if name.rsplit(".", 1)[-1].lower() in TABLES or _has_columns(head):
        return "table"
    return "text"


def _has_columns(head: bytes) -> bool:
    """Tell whether the first lines hold the same number, above none, of one delimiter."""
    lines = [line for line in head.decode("utf-8", errors="replace").splitlines()[:HEAD_LINES] if line.strip()]
    counts = ({line.count(delimiter) for line in lines} for delimiter in DELIMITERS)
    return len(lines) > 1 and any(len(count) == 1 and count != {0} for count in counts)


def find_takers(kind: Bring) -> tuple[Project, ...]:
    """Return the built pages that take this kind; a scan may also go where pictures go."""
    wanted = {kind, "picture"} if kind == "scan" else {kind, "scan"} if kind == "picture" else {kind}
    return tuple(project for project in find_built() if wanted & set(project.brings))


def _route(file: UploadedFile) -> None:
    """Say what a file is and offer the pages that fit."""
    kind = find_kind(file.name, file.getvalue()[:HEAD_BYTES])
    if kind == "table":
        _route_table(file)
        return
    takers = find_takers(kind)
    if not takers:
        st.info(
            f"This is {NAMES[kind]}; no page of this version takes one yet.", icon=f":material/{BRING_ICONS[kind]}:"
        )
        return
    st.markdown(f"This is {NAMES[kind]}. These pages take one; upload it there:")
    for project in takers:
        with st.container(border=True, horizontal=True, vertical_alignment="center"):
            st.markdown(f":material/{project.icon}: **{project.title}** · {project.line}", width="stretch")
            st.page_link(project.page, label="Open", icon=":material/arrow_forward:", icon_position="right")


def _route_table(file: UploadedFile) -> None:
    """Read a table into the session and offer the pages it fits."""
    from pages.kit.fits import show_fits
    from pages.kit.uploads import show_problem
    from pages.kit.workbench import receive_upload

    if receive_upload(file) is not None:
        st.session_state[ACCEPTED] = file.file_id
    table = current_table()
    if table is None or st.session_state.get(ACCEPTED) != file.file_id:
        show_problem("upload")
        return
    rows, columns = table.frame.shape
    st.markdown(
        f":green[:material/check_circle:] **{escape(table.name)}** was read: {rows:,} rows × {columns} columns. "
        "It is your current table on every page it fits."
    )
    show_fits(table, key="home_fits")
    show_data_link("See what was understood, and mend it")


def show_data_link(label: str) -> None:
    """Draw the way to the workbench."""
    from pages.kit.navigation import make_data_page

    st.page_link(make_data_page(), label=label, icon=":material/arrow_forward:", icon_position="right")
