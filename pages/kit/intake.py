"""The box on Home that takes anything: it tells what a file is and names the pages that can use it.

Left out: reading a table, which is the workbench's work, and reading a text or scan, which each page does.
"""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st
from streamlit.delta_generator import DeltaGenerator
from streamlit.runtime.uploaded_file_manager import UploadedFile

from core.datasets.picture_formats import SIGNATURES as PICTURE_SIGNATURES
from core.hub.registry import Bring, Project, find_built
from core.hub.settings import load_settings
from pages.kit.errors import escape, guard, show_error
from pages.kit.provenance import write_size
from pages.kit.session import current_table, describe_keeping, hold_state, upload_key

TABLES = ("csv", "tsv", "xlsx", "xls", "parquet", "json")
PICTURES = ("png", "jpg", "jpeg", "webp", "gif", "bmp", "tif", "tiff", "avif", "heic", "svg")
FORMATS: dict[Bring, str] = {
    "table": "CSV, TSV, Excel, Parquet or JSON", "picture": "PNG, JPEG or WebP", "text": "TXT or Markdown",
    "scan": "PDF, PNG or JPEG",
}  # fmt: skip
# first bytes that decide whatever the name says: https://en.wikipedia.org/wiki/List_of_file_signatures
SIGNATURES: tuple[tuple[bytes, Bring], ...] = (
    (b"%PDF-", "scan"), (b"PK\x03\x04", "table"), (b"PAR1", "table"), (b"\xd0\xcf\x11\xe0", "table"),
)  # fmt: skip
DELIMITERS = (",", ";", "\t", "|")
PROMISE = "See what was understood, compare models on it, and take the model, its answers and a report away."
HEAD_LINES = 5
HEAD_BYTES = 4_096
BOX, TURN = "home_upload", "home_upload_turn"
ANSWER = "home_answer"  # what the last file was: its kind and the name of the table or picture
REFUSED = "home_refused"  # why the last picture or text cannot be used
NAMES: dict[Bring, str] = {
    "table": "a table", "picture": "a picture", "text": "a text", "scan": "a scan", "webcam": "a webcam",
}  # fmt: skip
BRING_ICONS: dict[Bring, str] = {
    "table": "table", "picture": "image", "text": "notes", "scan": "document_scanner", "webcam": "photo_camera",
}  # fmt: skip


def show_intake() -> DeltaGenerator:
    """Draw the box for anything, and return the place where ``show_answer`` says what was brought."""
    brings = list_brings(find_built())
    with st.container(border=True, gap="small"):
        about, box = st.columns([3, 2], gap="medium", vertical_alignment="center")
        with about:
            st.subheader("Start with your own data", icon=":material/upload_file:", anchor=False)
            keeping = describe_keeping()
            st.markdown(f"{PROMISE} :small[:gray[{describe_formats(find_built())} {keeping[0].upper()}{keeping[1:]}.]]")
        with box:
            file = st.file_uploader(
                f"Upload {brings}",
                key=upload_key(f"{BOX}_{st.session_state.get(TURN, 0)}"),
                max_upload_size=load_settings().upload_mb,
                label_visibility="collapsed",
            )
            show_data_link("No file at hand? Take a sample")
        answer = st.container()
    if file is not None:
        with answer, guard():
            st.session_state[TURN] = st.session_state.get(TURN, 0) + 1  # drawn anew, so that the server drops the file
            _receive(file)
            st.rerun()
    return answer


def show_answer(place: DeltaGenerator) -> None:
    """Say what the last file was and offer the pages that fit."""
    with place, guard():
        _show_answer()


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


def describe_formats(projects: Sequence[Project]) -> str:
    """Say which formats work today, before anything is brought, and what has no page yet.

    Examples
    --------
    >>> from core.hub.registry import find_project
    >>> describe_formats([find_project("iris")])
    'Works today: a table as CSV, TSV, Excel, Parquet or JSON. No page takes a picture, a text or a scan yet.'
    """
    taken = {bring for project in projects for bring in project.brings}
    works = "; ".join(f"{NAMES[kind]} as {formats}" for kind, formats in FORMATS.items() if kind in taken)
    lacking = [NAMES[kind] for kind in FORMATS if kind not in taken]
    rest = " or ".join(filter(None, (", ".join(lacking[:-1]), *lacking[-1:])))
    return " ".join(filter(None, (works and f"Works today: {works}.", rest and f"No page takes {rest} yet.")))


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
    if is_picture(head):
        return "picture"
    if name.rsplit(".", 1)[-1].lower() in TABLES:
        return "table"
    if name.rsplit(".", 1)[-1].lower() in PICTURES:  # one that cannot be read, which is said when it is tried
        return "picture"
    return "table" if _has_columns(head) else "text"


def is_picture(head: bytes) -> bool:
    r"""Tell whether a file begins as one of the pictures that can be read.

    Examples
    --------
    >>> is_picture(b"GIF89a"), is_picture(b"RIFF\0\0\0\0WAVE"), is_picture(b"BM;II\n1;2")
    (True, False, False)
    """
    return any(pattern.match(head) for pattern, _ in PICTURE_SIGNATURES)


def _has_columns(head: bytes) -> bool:
    """Tell whether the first lines hold the same number, above none, of one delimiter."""
    lines = [line for line in head.decode("utf-8", errors="replace").splitlines()[:HEAD_LINES] if line.strip()]
    counts = ({line.count(delimiter) for line in lines} for delimiter in DELIMITERS)
    return len(lines) > 1 and any(len(count) == 1 and count != {0} for count in counts)


def find_takers(kind: Bring) -> tuple[Project, ...]:
    """Return the built pages that take this kind; a scan may also go where pictures go."""
    wanted = {kind, "picture"} if kind == "scan" else {kind, "scan"} if kind == "picture" else {kind}
    return tuple(project for project in find_built() if wanted & set(project.brings))


def _receive(file: UploadedFile) -> None:
    """Note what a file is, and read it into the session if it is a table, or a picture or text that some page takes."""
    from pages.kit.uploads import receive_upload

    kind, name = find_kind(file.name, file.getvalue()[:HEAD_BYTES]), ""
    st.session_state.pop(REFUSED, None)
    if kind == "table":
        table = receive_upload(file, BOX)
        name = "" if table is None else table.name
    elif kind == "picture" and find_takers(kind):
        name = _receive_picture(file)
    elif kind == "text" and find_takers(kind):
        name = _receive_text(file)
    st.session_state[ANSWER] = (kind, name)


def _receive_picture(file: UploadedFile) -> str:
    """Read a picture and hand it to the pages; return its name, empty where it cannot be used."""
    from pages.kit.pictures import hand_picture, read_file

    picture, st.session_state[REFUSED] = read_file(file, file.name)
    if picture is None:
        return ""
    hand_picture(picture)
    return picture.name


def _receive_text(file: UploadedFile) -> str:
    """Read a text and hand it to the pages; return the file's name, empty where it cannot be used."""
    from pages.kit.handed_text import hand_text

    st.session_state[REFUSED] = hand_text(file.getvalue())
    return "" if st.session_state[REFUSED] else file.name


def _show_answer() -> None:
    """Say what the last file was and offer the pages that fit."""
    kind, name = st.session_state.get(ANSWER, (None, ""))
    if kind is None:
        return
    if kind == "table":
        _show_table(name)
        return
    takers = find_takers(kind)
    if not takers:
        st.info(
            f"This is {NAMES[kind]}; no page of this version takes one yet.", icon=f":material/{BRING_ICONS[kind]}:"
        )
        return
    if st.session_state.get(REFUSED):
        show_error(st.session_state[REFUSED])
        return
    st.markdown(_say_what(kind, name))
    for project in takers:
        with st.container(border=True, horizontal=True, vertical_alignment="center"):
            st.markdown(f":material/{project.icon}: **{project.title}** · {project.line}", width="stretch")
            st.page_link(project.page, label="Open", icon=":material/arrow_forward:", icon_position="right")


def _say_what(kind: Bring, name: str) -> str:
    """Say what the last file was, and whether the pages below it have it already."""
    from pages.kit.pictures import HANDED as PICTURE
    from pages.kit.texts import HANDED as TEXT

    if name and (TEXT if kind == "text" else PICTURE) in st.session_state:
        return f":green[:material/check_circle:] **{escape(name)}** was read; these pages open with it:"
    return f"This is {NAMES[kind]}. These pages take one; upload it there:"


def _show_table(name: str) -> None:
    """Say why a table was refused, or offer the pages that it fits while it is the session's own."""
    from pages.kit.fits import show_fits
    from pages.kit.refusals import show_problem

    show_problem(BOX)
    table = current_table()
    if table is None or table.name != name:
        return
    st.markdown(
        f":green[:material/check_circle:] **{escape(table.name)}** was read: {write_size(*table.frame.shape)}. "
        "Every page it fits offers it under *Data*; these open with it:"
    )
    show_fits(table, key="home_fits")
    show_data_link("See what was understood, and mend it")


def show_data_link(label: str) -> None:
    """Draw the way to the workbench."""
    from pages.kit.navigation import make_data_page

    st.page_link(make_data_page(), label=label, icon=":material/arrow_forward:", icon_position="right")


hold_state(ANSWER)
