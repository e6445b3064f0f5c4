"""The table a session works on: what was read and how, and every change since, so that each can be undone.

A *draft* keeps the bytes that came in, the choices they were read with, the types set by hand and the fixes applied.
The session's current table is always ``make_table`` of its draft; a change that fails leaves the draft, and so the
data, as it was, and its sentence is kept to be shown where the person asked for it.

Left out: drawing, which is ``workbench``, ``understanding``, ``alerts_panel`` and ``chooser``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import streamlit as st
from streamlit.typing import UploadedFile

from core.datasets.alerts import Alert, find_alerts
from core.datasets.fit import Fit, check_fit, find_named_target, find_number_targets, find_targets
from core.datasets.fixes import Fix, apply_fix
from core.datasets.reading import Choices, Reading, Understanding, change_kinds, check_size, read_table
from core.datasets.reading.reader import check_width
from core.datasets.table import Table
from core.hub import jobs
from core.hub.contract import TableNeeds
from core.hub.errors import DataError
from core.hub.settings import load_settings
from pages.kit import session
from pages.kit.refusals import attempt, show_problem

DRAFT, BOX, ARRIVED = "upload_draft", "upload_box", "upload_arrived"
ASIDE = {"drop_column", "ignore_column"}


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
    target : str, optional
        The column to predict: chosen by hand, named like one, or guessed before the first change, so that a change
        moves it no more. None leaves the table's own.
    """

    base: Table
    understanding: Understanding | None = None
    content: bytes = b""
    choices: Choices = field(default_factory=Choices)
    kinds: Mapping[str, str] = field(default_factory=dict)
    fixes: tuple[Fix, ...] = ()
    target: str | None = None


def make_table(draft: Draft) -> Table:
    """Apply the types, target and fixes of a draft to its base table."""
    table = change_kinds(draft.base, draft.kinds) if draft.kinds else draft.base
    if draft.target is not None and table.kinds.get(draft.target, "ignore") != "ignore":
        table = table.with_target(draft.target)
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


def receive_upload(file: UploadedFile, place: str) -> Table | None:
    """Read an uploaded file and make it the current table.

    Parameters
    ----------
    file : UploadedFile
        What ``st.file_uploader`` returned.
    place : str
        Where :func:`show_problem` will be called.

    Returns
    -------
    Table or None
        None when the file cannot be used: then its sentence is kept and the earlier data stays as it was.
    """
    with st.spinner("Reading the file…"):
        return attempt(place, lambda: _keep_file(file), file.name)


def _keep_file(file: UploadedFile) -> Table:
    """Read an uploaded file and make it the session's own."""
    reading, content = read_file(file), file.getvalue()
    check_width(reading, content)
    return keep_draft(
        Draft(
            base=reading.table,
            understanding=reading.understanding,
            content=content,
            target=find_named_target(reading.table),
        )
    )


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
    check_width(reading, draft.content)
    fresh = replace(draft, base=reading.table, understanding=reading.understanding, choices=choices)
    try:
        return keep_draft(fresh)
    except DataError:
        return keep_draft(replace(fresh, kinds={}, fixes=(), target=find_named_target(reading.table)))


def confirm_encoding() -> None:
    """Take the guessed encoding for the right one, so that it is not asked again."""
    draft = st.session_state[DRAFT]
    st.session_state[DRAFT] = replace(draft, understanding=replace(draft.understanding, encoding_sure=True))


def set_kinds(kinds: Mapping[str, str]) -> None:
    """Set the types of some columns; the column to predict stays unless it is the one set aside."""
    draft = _hold_target(st.session_state[DRAFT], {name for name, kind in kinds.items() if kind == "ignore"})
    attempt("kinds", lambda: keep_draft(replace(draft, kinds={**draft.kinds, **kinds})))


def add_fix(fix: Fix) -> None:
    """Apply one more fix; the column to predict stays unless it is the one taken out."""
    draft = find_draft()
    if draft is not None:
        held = _hold_target(draft, set(fix.columns) if fix.kind in ASIDE else set())
        attempt("fixes", lambda: keep_draft(replace(held, fixes=(*held.fixes, fix))))


def _hold_target(draft: Draft, gone: set[str]) -> Draft:
    """Hold on to the class column that is guessed now, so that a change of the table does not change the guess."""
    target = draft.target or next(iter(find_targets(make_table(draft))), None)
    if draft.base.target is not None and draft.target is None:
        return draft
    return replace(draft, target=None if target in gone else target)


def choose_target(name: str) -> None:
    """Predict another column of the current table."""
    draft = find_draft()
    if draft is not None:
        attempt("target", lambda: keep_draft(replace(draft, target=name)))


def undo_fix() -> None:
    """Take back the last fix."""
    draft = find_draft()
    if draft is not None and draft.fixes:
        attempt("fixes", lambda: keep_draft(replace(draft, fixes=draft.fixes[:-1])))


def use_table(table: Table) -> None:
    """Make a table of the hub, or of a finished job, the current one."""
    attempt("table", lambda: keep_draft(Draft(base=table)))


def show_uploader(key: str, label: str = "Upload a table", problem: bool = True) -> Table | None:
    """Draw the box with its formats and caps above it, and return a table that has just arrived.

    Any file may be dropped: what is no table is refused by its bytes, in a sentence. Once read, the box is drawn anew
    and empty.

    Parameters
    ----------
    key : str
        Also the place of :func:`show_problem`; ``problem=False`` leaves calling it to the caller.
    """
    settings = load_settings()
    st.caption(
        f"CSV, TSV, Excel, Parquet or JSON · up to {settings.upload_mb} MB, {settings.upload_rows:,} rows and "
        f"{settings.upload_columns} columns · {session.describe_keeping()}"
    )
    file = draw_box(key, label)
    if file is not None:
        empty_box(key)
        if receive_upload(file, key) is not None:
            st.session_state[ARRIVED] = key
        st.rerun()
    if problem:
        show_problem(key)
    return session.current_table() if st.session_state.pop(ARRIVED, None) == key else None


def draw_box(key: str, label: str) -> UploadedFile | None:
    """Draw a box that takes any file up to the cap, which the browser checks before it sends one."""
    turn = st.session_state.get(f"{BOX}_{key}", 0)
    return st.file_uploader(
        label,
        key=session.upload_key(f"{key}_{turn}"),
        max_upload_size=load_settings().upload_mb,
    )


def empty_box(key: str) -> None:
    """Have a box drawn anew, so that the server drops its file and the same file can be brought again."""
    st.session_state[f"{BOX}_{key}"] = st.session_state.get(f"{BOX}_{key}", 0) + 1


def show_reader(key: str, label: str = "Upload a table") -> Table | None:
    """Draw a box for a table that is only read, and leaves the session's own table alone; None until one is there."""
    file = draw_box(key, label)
    if file is None:
        return None
    kept: tuple[str, Table | None] = st.session_state.get(f"{key}_read", ("", None))
    if kept[0] != file.file_id:
        kept = (file.file_id, attempt(key, lambda: read_file(file).table, file.name))
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


session.hold_state(DRAFT, lambda draft: (draft.base.frame, draft.content))
session.on_forget("jobs", jobs.forget)
drop_with_session("uploads", load_alerts, load_fit, load_targets)
