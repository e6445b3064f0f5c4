"""What was understood of a file, and how to say that it was understood wrongly.

Ten rows, the encoding, delimiter, decimal sign and header as editable choices, the type of each column in a grid, the
lines that could not be read, and the two things that are asked and never guessed: the order of day and month, and the
encoding when several fit.

Left out: reading, which is ``core.datasets.reading``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pandas as pd
import streamlit as st

from core.datasets.reading import Choices, Understanding
from core.datasets.reading.encoding import show_words
from core.datasets.summary import write_ends
from core.datasets.table import Table
from core.hub.fields import FieldSpec, make_fields, make_recipe
from pages.kit import forms, uploads
from pages.kit.errors import escape
from pages.kit.explore import load_summary, make_date_config, make_summary_config
from pages.kit.provenance import write_size
from pages.kit.refusals import show_problem

PREVIEW_ROWS = 10
KINDS = ("Auto", "Number", "Category", "Text", "Date", "Ignore")
TEXT_FORMATS = frozenset({"csv"})
BOOK_FORMATS = frozenset({"xlsx", "xls"})


def show_understanding(draft: uploads.Draft, table: Table) -> None:
    """Draw the preview and everything about the reading that a person may correct."""
    understanding = draft.understanding
    if understanding is not None:
        _show_facts(understanding, table)
        _ask_dates(draft, understanding)
        _offer_encodings(draft, understanding)
    show_preview(table)
    show_notes([note for note in (understanding.notes if understanding else ()) if note not in table.notes])
    if understanding is not None:
        _show_rejected(understanding)
        with st.expander("Read it differently", icon=":material/tune:"):
            _show_choices(draft, understanding)
    show_kinds(draft, table)


def show_preview(table: Table) -> None:
    """Draw the first ten rows."""
    rows = table.frame.head(PREVIEW_ROWS)
    config = make_date_config(rows)
    for name in rows.columns:
        if table.kinds[name] == "ignore":
            config[name] = {**config.get(name, {}), "label": f"{name} (set aside)", "help": "Used by no model"}
    st.dataframe(rows, hide_index=True, column_config=config, alt=f"The first {len(rows)} rows")
    show_notes(table.notes)


def show_notes(notes: Sequence[str]) -> None:
    """Draw what a reader must know, a line each."""
    if notes:
        st.caption("  \n".join(f":material/info: {escape(note)}" for note in notes))


def _show_facts(understanding: Understanding, table: Table) -> None:
    """Say in one line how the file was read, and what was in it if the table has changed since."""
    read, now = write_size(understanding.n_rows, understanding.n_columns), write_size(*table.frame.shape)
    facts = [understanding.format.upper(), now if read == now else f"{now}, of {read} in the file"]
    if understanding.format in TEXT_FORMATS:
        sure = "" if understanding.encoding_sure else " (a guess)"
        facts += [f"{understanding.encoding}{sure}", f"{understanding.delimiter} between cells",
                  f"decimal {understanding.decimal}"]  # fmt: skip
    if understanding.sheet:
        facts.append(f"sheet {understanding.sheet}")
    if understanding.format in TEXT_FORMATS | BOOK_FORMATS:
        facts.append("names in the first row" if understanding.header else "no row of names")
    st.markdown(" · ".join(escape(fact) for fact in facts))


def _ask_dates(draft: uploads.Draft, understanding: Understanding) -> None:
    """Ask which comes first, day or month, where both readings are possible."""
    if not understanding.ambiguous_dates:
        return
    columns = escape(", ".join(understanding.ambiguous_dates))
    with st.container(border=True):
        st.markdown(f":orange[:material/event:] **Day or month first?** Both are possible in {columns}. "
                    "Until you say, the column stays text.")  # fmt: skip
        with st.container(horizontal=True):
            for choice, sample in (("day first", "31/12/2026"), ("month first", "12/31/2026")):
                st.button(f"{choice.capitalize()}, {sample}", key=f"dates_{choice}", on_click=uploads.read_again,
                          args=(replace(draft.choices, dates=choice),))  # fmt: skip


def _offer_encodings(draft: uploads.Draft, understanding: Understanding) -> None:
    """Offer the other encodings that fit the bytes when the guess is unsure."""
    if understanding.encoding_sure or not understanding.other_encodings:
        return
    with st.container(border=True):
        st.markdown(f":orange[:material/translate:] **Do the letters look right?** Read as {understanding.encoding}; "
                    "it could also be one of these.")  # fmt: skip
        words = show_words(draft.content, (understanding.encoding, *understanding.other_encodings))
        with st.container(horizontal=True):
            st.button(_quote("They are right", words.get(understanding.encoding)), key="encoding_right",
                      icon=":material/check:", on_click=uploads.confirm_encoding)  # fmt: skip
            for encoding in understanding.other_encodings:
                label = _quote(encoding, words.get(encoding))
                st.button(label, key=f"encoding_{encoding}", on_click=uploads.read_again,
                          args=(replace(draft.choices, encoding=encoding),))  # fmt: skip


def _quote(label: str, word: str | None) -> str:
    """Put a word of the file beside the label of a button."""
    return f"{label}: {escape(word)}" if word else label


def _show_rejected(understanding: Understanding) -> None:
    """List the lines that could not be read, each with its number and reason."""
    if not understanding.n_rejected:
        return
    count = understanding.n_rejected
    title = (
        "1 line could not be read and is left out"
        if count == 1
        else f"{count:,} lines could not be read and are left out"
    )
    with st.expander(title, icon=":material/playlist_remove:", expanded=True):
        rows = [(each.line, each.reason, each.text) for each in understanding.rejected]
        st.dataframe(pd.DataFrame(rows, columns=["Line", "Why", "Text"]), hide_index=True,
                     alt="Lines of the file that could not be read")  # fmt: skip
        if count > len(rows):
            st.caption(f"The first {len(rows)} of {count:,} are listed.")


def _show_choices(draft: uploads.Draft, understanding: Understanding) -> None:
    """Draw the choices that apply to this kind of file, generated from their dataclass."""
    specs = find_specs(understanding)
    values = {spec.name: getattr(draft.choices, spec.name) for spec in specs}
    if "sheet" in values:
        values["sheet"] = draft.choices.sheet or understanding.sheet
    found = forms.show_form(specs, key=f"choices_{draft.base.sha256[:12]}", values=values, columns=2,
                            submit="Read again")  # fmt: skip
    if found is not None:
        uploads.read_again(make_recipe(Choices, {**_as_dict(draft.choices), **found}))
        st.rerun()
    show_problem("reading")


def find_specs(understanding: Understanding) -> tuple[FieldSpec, ...]:
    """Return the fields of ``Choices`` that mean something for a file's format; sheets become a choice."""
    wanted = {"dates"}
    wanted |= {"header"} if understanding.format in TEXT_FORMATS | BOOK_FORMATS else set()
    wanted |= {"encoding", "delimiter", "decimal"} if understanding.format in TEXT_FORMATS else set()
    wanted |= {"sheet"} if understanding.format in BOOK_FORMATS and len(understanding.sheets) > 1 else set()
    specs = (spec for spec in make_fields(Choices) if spec.name in wanted)
    return tuple(replace(spec, kind="choice", choices=understanding.sheets) if spec.name == "sheet" else spec
                 for spec in specs)  # fmt: skip


def _as_dict(choices: Choices) -> dict[str, str]:
    """Return choices as plain values."""
    return {spec.name: getattr(choices, spec.name) for spec in make_fields(Choices)}


def show_kinds(draft: uploads.Draft, table: Table) -> None:
    """Draw the grid of column types; a change is tried at once and refused with a sentence if it does not fit."""
    st.markdown("**Columns.** Change a type in the grid; *Auto* goes back to what was found.")
    shown = write_ends(load_summary(table.sha256, table.target, table), table)
    shown["kind"] = [kind.capitalize() for kind in shown["kind"]]
    turn = st.session_state.get("kinds_turn", 0)
    kind = st.column_config.SelectboxColumn("Type", options=list(KINDS), required=True)
    edited = st.data_editor(
        shown,
        key=f"kinds_{draft.base.sha256[:12]}_{turn}",
        hide_index=True,
        column_config=make_summary_config(shown) | {"kind": kind},
        disabled=[name for name in shown.columns if name != "kind"],
        placeholder="",
        alt="Each column with its type, missing values and a summary",
    )
    wanted = find_changes(shown, edited)
    if wanted:
        uploads.set_kinds(wanted)
        st.session_state["kinds_turn"] = turn + 1
        st.rerun()
    show_problem("kinds")


def find_changes(shown: pd.DataFrame, edited: pd.DataFrame) -> dict[str, str]:
    """Return the columns whose type differs from what was shown, with the type wanted."""
    pairs = zip(shown["column"], shown["kind"], edited["kind"], strict=True)
    return {name: new.lower() for name, old, new in pairs if new != old}
