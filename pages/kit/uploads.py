"""The table a session works on: what was read and how, and every change since, so that each can be undone.

A *draft* keeps the bytes that came in, the choices they were read with, the types set by hand and the fixes applied.
The session's current table is always ``make_table`` of its draft; a change that fails leaves the draft, and so the
data, as it was, and its sentence is kept to be shown where the person asked for it.

Left out: drawing, which is ``workbench``, ``understanding``, ``alerts_panel`` and ``chooser``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import streamlit as st
from streamlit.typing import UploadedFile

from core.datasets.alerts import Alert, find_alerts
from core.datasets.fit import Fit, check_fit, find_number_targets, find_targets
from core.datasets.fixes import Fix, apply_fix
from core.datasets.reading import Choices, Reading, Understanding, change_kinds, check_size, read_table
from core.datasets.table import Table
from core.hub import jobs
from core.hub.contract import TableNeeds
from core.hub.errors import DataError, HubError
from core.hub.settings import load_settings
from pages.kit import session
from pages.kit.errors import show_error

DRAFT, SEEN, PROBLEMS = "upload_draft", "upload_seen", "upload_problems"
FORMATS = ("csv", "tsv", "txt", "xlsx", "xls", "parquet", "json")


@dataclass(frozen=True, slots=True, eq=False)
class Draft:
    """A table as it was read, and what was done to it since.

    Parameters
    ----------
    base : Table
        The table as read, before any change.
    understanding : Understanding, optional
        What was understood of an uploaded file; None for a table of the hub.
    content : bytes
        The uploaded bytes, kept in memory so that they can be read again with other choices.
    kinds : mapping of column to kind
        Types set by hand.
    fixes : tuple of Fix
        Fixes applied, in order; the last can be undone.
    """

    base: Table
    understanding: Understanding | None = None
    content: bytes = b""
    choices: Choices = field(default_factory=Choices)
    kinds: Mapping[str, str] = field(default_factory=dict)
    fixes: tuple[Fix, ...] = ()


def make_table(draft: Draft) -> Table:
    """Apply the types and fixes of a draft to its base table."""
    table = change_kinds(draft.base, draft.kinds) if draft.kinds else draft.base
    for fix in draft.fixes:
        table = apply_fix(table, fix)
    return table


def keep_draft(draft: Draft) -> Table:
    """Make a draft the session's own and its table the current one."""
    table = make_table(draft)
    st.session_state[DRAFT] = draft
    session.set_table(table)
    return table


def find_draft() -> Draft | None:
    """Return the draft behind the session's current table; a table set by other means starts a new one."""
    table = session.current_table()
    if table is None:
        return None
    draft = st.session_state.get(DRAFT)
    if draft is None or table.name != draft.base.name or not _is_made_from(table, draft):
        draft = Draft(base=table)
        st.session_state[DRAFT] = draft
    return draft


def _is_made_from(table: Table, draft: Draft) -> bool:
    """Tell whether a table begins with the draft's own steps."""
    return table.origin == draft.base.origin and table.steps[: len(draft.base.steps)] == draft.base.steps


def receive_upload(file: UploadedFile | None) -> Table | None:
    """Read an uploaded file once and make it the current table.

    Parameters
    ----------
    file : UploadedFile or None
        What ``st.file_uploader`` returned.

    Returns
    -------
    Table or None
        None when there is nothing new, or when the file cannot be used: then its sentence is kept for
        :func:`show_problem` and the earlier data stays as it was.
    """
    if file is None or file.file_id in st.session_state.get(SEEN, ()):
        return None
    st.session_state[SEEN] = (*st.session_state.get(SEEN, ()), file.file_id)
    with st.spinner("Reading the file…"):
        return attempt("upload", lambda: _keep_file(file))


def _keep_file(file: UploadedFile) -> Table:
    """Read an uploaded file and make it the session's own."""
    reading = read_file(file)
    return keep_draft(Draft(base=reading.table, understanding=reading.understanding, content=file.getvalue()))


def read_file(file: UploadedFile) -> Reading:
    """Read an uploaded file after its size was checked."""
    check_size(file.size, load_settings())
    return read_table(file.getvalue(), file.name)


def read_again(choices: Choices) -> None:
    """Read the same bytes with other choices; types and fixes are kept where they still apply."""
    draft = st.session_state[DRAFT]
    attempt("reading", lambda: _keep_reading(draft, choices))


def _keep_reading(draft: Draft, choices: Choices) -> Table:
    """Read a draft's bytes again and keep what was done to it, or start over where that no longer fits."""
    reading = read_table(draft.content, draft.base.name, choices)
    fresh = replace(draft, base=reading.table, understanding=reading.understanding, choices=choices)
    try:
        return keep_draft(fresh)
    except DataError:
        return keep_draft(replace(fresh, kinds={}, fixes=()))


def confirm_encoding() -> None:
    """Take the guessed encoding for the right one, so that it is not asked again."""
    draft = st.session_state[DRAFT]
    st.session_state[DRAFT] = replace(draft, understanding=replace(draft.understanding, encoding_sure=True))


def set_kinds(kinds: Mapping[str, str]) -> None:
    """Set the types of some columns."""
    draft = st.session_state[DRAFT]
    attempt("kinds", lambda: keep_draft(replace(draft, kinds={**draft.kinds, **kinds})))


def add_fix(fix: Fix) -> None:
    """Apply one more fix."""
    draft = find_draft()
    if draft is not None:
        attempt("fixes", lambda: keep_draft(replace(draft, fixes=(*draft.fixes, fix))))


def undo_fix() -> None:
    """Take back the last fix."""
    draft = find_draft()
    if draft is not None and draft.fixes:
        attempt("fixes", lambda: keep_draft(replace(draft, fixes=draft.fixes[:-1])))


def use_table(table: Table) -> None:
    """Make a table of the hub, or of a finished job, the current one."""
    attempt("upload", lambda: keep_draft(Draft(base=table)))


def attempt(place: str, action: Callable[[], Table]) -> Table | None:
    """Do what a person asked for; a refusal is kept to be shown at that place, and None returned."""
    problems = dict(st.session_state.get(PROBLEMS, {}))
    problems.pop(place, None)
    try:
        return action()
    except HubError as error:
        problems[place] = str(error)
        return None
    finally:
        st.session_state[PROBLEMS] = problems


def show_problem(place: str) -> None:
    """Show the sentence of the last refusal at a place, if the last try there was refused."""
    sentence = st.session_state.get(PROBLEMS, {}).get(place)
    if sentence:
        show_error(sentence)


def show_uploader(key: str, label: str = "Upload a table") -> Table | None:
    """Draw the box with its formats and caps above it, and return a table that has just arrived."""
    settings = load_settings()
    st.caption(
        f"CSV, Excel, Parquet or JSON · up to {settings.upload_mb} MB, {settings.upload_rows:,} rows and "
        f"{settings.upload_columns} columns · kept in memory for this session only"
    )
    file = st.file_uploader(label, type=list(FORMATS), key=session.upload_key(key), max_upload_size=settings.upload_mb)
    table = receive_upload(file)
    show_problem("upload")
    return table


def show_reader(key: str, label: str = "Upload a table") -> Table | None:
    """Draw a box for a table that is only read, and leaves the session's own table alone; None until one is there."""
    settings = load_settings()
    file = st.file_uploader(label, type=list(FORMATS), key=session.upload_key(key), max_upload_size=settings.upload_mb)
    if file is None:
        return None
    kept: tuple[str, Table | None] = st.session_state.get(f"{key}_read", ("", None))
    if kept[0] != file.file_id:
        kept = (file.file_id, attempt(key, lambda: read_file(file).table))
        st.session_state[f"{key}_read"] = kept
    show_problem(key)
    return kept[1]


@st.cache_data(max_entries=16, scope="session", show_spinner=False)
def load_alerts(sha256: str, target: str | None, _table: Table) -> tuple[Alert, ...]:  # noqa: ARG001 — the key
    """Find the alerts of a table once."""
    return find_alerts(_table)


@st.cache_data(max_entries=64, scope="session", show_spinner=False)
def load_fit(sha256: str, target: str | None, needs: TableNeeds, _table: Table) -> Fit:  # noqa: ARG001 — the key
    """Check once whether a table fits what a page needs."""
    return check_fit(_table, needs)


@st.cache_data(max_entries=16, scope="session", show_spinner=False)
def load_targets(sha256: str, kind: str, _table: Table) -> tuple[str, ...]:  # noqa: ARG001 — the key
    """Find once which columns can be a class, or with ``number`` a number to predict."""
    return find_number_targets(_table) if kind == "number" else find_targets(_table)


def drop_with_session(name: str, *caches: Any) -> None:
    """Have session-scoped caches emptied when the session is forgotten; call it at import."""

    def drop(_session: str) -> None:
        for cache in caches:
            cache.clear()

    session.on_forget(name, drop)


session.on_forget("jobs", jobs.forget)
drop_with_session("uploads", load_alerts, load_fit, load_targets)
