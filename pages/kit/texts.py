"""Texts as a person brings them: one in a box, many in a table or pasted, answered in batches and given back.

What is refused is told in one sentence, and the text or table before it stays. Every sentence can be given in another
language (:class:`TextWords`).

Left out: what is answered, which is each project's; words in colours (``token_colours``).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import pandas as pd
import streamlit as st

from core.datasets.export import to_csv
from core.hub.errors import DataError, HubError, LimitError
from core.hub.settings import load_settings
from core.text._shared.cleaning import MOST_BYTES, clean_text, fold_text, read_text_column
from pages.kit import session
from pages.kit.downloads import Download, show_downloads
from pages.kit.errors import escape, show_error
from pages.kit.text_words import TextWords
from pages.kit.uploads import draw_box, empty_box, read_file

MOST_CHARACTERS, MOST_TEXTS, CHUNK = 20_000, 2_000, 32
BOX_HEIGHT = 110
HELD, HANDED = "texts_", "handed_text"
Named = tuple[str, pd.DataFrame]


ENGLISH = TextWords()


@dataclass(frozen=True, slots=True, eq=False)
class TextTable:
    """Many texts: the table they came in, the column that holds them, and what their answers are kept under.

    Parameters
    ----------
    n_came : int
        Rows before the first 2,000 were taken.
    """

    name: str
    frame: pd.DataFrame
    column: str
    texts: tuple[str, ...]
    n_came: int

    @property
    def sha256(self) -> str:
        """Changes with any text."""
        return hashlib.sha256("\0".join((self.column, *self.texts)).encode("utf-8", "replace")).hexdigest()


def check_text(text: str, words: TextWords = ENGLISH, most: int = MOST_CHARACTERS) -> str:
    r"""Clean one text.

    Raises
    ------
    DataError
        If nothing is left to read.
    LimitError
        If it is too long.

    Examples
    --------
    >>> check_text("Cafe\u0301 \x00 au lait")
    'Café au lait'
    """
    n_bytes = len(text.encode("utf-8", "replace"))
    if n_bytes > MOST_BYTES:
        raise LimitError(words.too_large.format(n=words.count(n_bytes), most=words.count(MOST_BYTES)))
    plain = fold_text(text)
    if not plain:
        raise DataError(words.empty)
    if len(plain) > most:
        raise LimitError(words.too_long.format(n=words.count(len(plain)), most=words.count(most)))
    return clean_text(plain)


def ask_text(
    key: str, samples: Mapping[str, str], words: TextWords = ENGLISH, most: int = MOST_CHARACTERS
) -> str | None:
    """Draw samples and a box for one text; return it cleaned.

    Parameters
    ----------
    samples : mapping of name to text
        The first one stands in the box at first.

    Returns
    -------
    str or None
        What was refused is told, and the last good text is returned; None where there was none.
    """
    _take_handed(key)
    turn, start = st.session_state.get(f"{HELD}{key}_start", (0, next(iter(samples.values()), "")))
    st.pills(words.samples, list(samples), key=f"{key}_sample", on_change=_take_sample, args=(key, samples), wrap=True)
    written = st.text_area(words.text, start, BOX_HEIGHT, key=f"{key}_text_{turn}", help=words.text_help,
                           persist_state="session")  # fmt: skip
    st.button(words.go, key=f"{key}_go", type="primary", icon=":material/play_arrow:")
    good = f"{HELD}{key}_good"
    try:
        st.session_state[good] = check_text(written or "", words, most)
    except HubError as error:
        show_error(error)
        if good in st.session_state:
            st.caption(words.kept)
    found: str | None = st.session_state.get(good)
    return found


def put_text(key: str, text: str) -> None:
    """Put a text into a box of :func:`ask_text`; for a button's ``on_click``."""
    turn, _ = st.session_state.get(f"{HELD}{key}_start", (0, ""))
    st.session_state[f"{HELD}{key}_start"] = (turn + 1, text)


def _take_handed(key: str) -> None:
    """Put a text that was handed over (``handed_text``) into a box, once."""
    name, text = st.session_state.get(HANDED, ("", ""))
    taken = f"{HELD}{key}_handed"
    if name and st.session_state.get(taken) != name:
        st.session_state[taken] = name
        put_text(key, text)


def _take_sample(key: str, samples: Mapping[str, str]) -> None:
    """Put the chosen sample into the box, and let go of the choice."""
    name = st.session_state.get(f"{key}_sample")
    if name in samples:
        put_text(key, samples[name])
        st.session_state[f"{key}_sample"] = None


def ask_texts(key: str, words: TextWords = ENGLISH) -> TextTable | None:
    """Ask for many texts, as a table or pasted; None until some have come.

    What cannot be used is told in a sentence, and the texts before it stay.
    """
    way = st.segmented_control(words.way, [words.file, words.pasted], default=words.file, required=True,
                               key=f"{key}_way", wrap=True)  # fmt: skip
    read = _ask_pasted if way == words.pasted else _ask_file
    good = f"{HELD}{key}_{'pasted' if way == words.pasted else 'file'}"
    found = read(key, words)
    if found is not None:
        st.session_state[good] = found
    kept: Named | None = st.session_state.get(good)
    return None if kept is None else _choose_column(*kept, key, words)


def _ask_pasted(key: str, words: TextWords) -> Named | None:
    """Ask for lines."""
    pasted = st.text_area(words.pasted, key=f"{key}_pasted", help=words.paste_help, placeholder=words.paste_help,
                          height=160, persist_state="session")  # fmt: skip
    try:
        n_bytes = len((pasted or "").encode("utf-8", "replace"))
        if n_bytes > MOST_BYTES:
            raise LimitError(words.too_large.format(n=words.count(n_bytes), most=words.count(MOST_BYTES)))
    except HubError as error:
        show_error(error)
        return None
    lines = [plain for line in (pasted or "").splitlines() if (plain := fold_text(line))]
    return (words.pasted, pd.DataFrame({"text": lines})) if lines else None


def _ask_file(key: str, words: TextWords) -> Named | None:
    """Ask for a table and read it; the box is empty again afterwards, so that the same file can come twice."""
    settings = load_settings()
    st.caption(words.limits.format(mb=settings.upload_mb, most=words.count(MOST_TEXTS)))
    file = draw_box(f"{key}_box", words.upload)
    if file is not None:
        st.session_state.pop(f"{HELD}{key}_problem", None)
        try:
            table = read_file(file).table
            read_text_column(table.frame)
            st.session_state[f"{HELD}{key}_file"] = file.name, table.frame
        except HubError as error:
            st.session_state[f"{HELD}{key}_problem"] = words.unread.format(
                file=file.name, why=str(error).rstrip(".") + "."
            )
        empty_box(f"{key}_box")
        st.rerun()
    problem, kept = st.session_state.get(f"{HELD}{key}_problem"), st.session_state.get(f"{HELD}{key}_file")
    if problem:
        show_error(f"{problem} {words.kept_table.format(file=kept[0])}" if kept is not None else problem)
    return None


def _choose_column(name: str, table: pd.DataFrame, key: str, words: TextWords) -> TextTable:
    """Let a person choose which column holds the texts."""
    found = read_text_column(table)
    names = [each for each in table.columns if not pd.api.types.is_numeric_dtype(table[each])]
    if len(names) > 1:
        chosen = st.selectbox(words.column, names, index=names.index(found.name), format_func=escape,
                              key=f"{key}_column_{name}")  # fmt: skip
        found = found if chosen == found.name else read_text_column(table, chosen)
    frame = table.head(MOST_TEXTS).reset_index(drop=True)
    return TextTable(name, frame, found.name, found.texts[:MOST_TEXTS], len(table))


def answer_texts(
    table: TextTable,
    answer: Callable[[Sequence[str]], pd.DataFrame],
    key: str,
    words: TextWords = ENGLISH,
    most: int = MOST_CHARACTERS,
) -> pd.DataFrame | None:
    """Answer many texts when asked to, with progress; what was done before an interruption is kept.

    Parameters
    ----------
    answer : callable
        Gives a row for each of some clean texts; each is asked once.

    Returns
    -------
    DataFrame or None
        The table with the answers' columns behind its own; None until all are answered.
    """
    plain = [fold_text(text) for text in table.texts]
    asked = [row for row, text in enumerate(plain) if 0 < len(text) <= most]
    _tell_limits(table, len(plain) - len(asked), words, most)
    parts = st.session_state.setdefault(f"{HELD}{key}_answers", {}).setdefault(table.sha256, [])
    done = sum(map(len, parts))
    if done < len(asked):
        if not st.button(words.answer.format(n=words.count(len(asked))), key=f"{key}_run", type="primary",
                         icon=":material/play_arrow:"):  # fmt: skip
            return None
        say = partial(words.done.format, most=words.count(len(asked)))
        bar = st.progress(done / len(asked), text=say(n=words.count(done)))
        for start in range(done, len(asked), CHUNK):
            rows = asked[start : start + CHUNK]
            part = answer([plain[row] for row in rows])
            parts.append(part.set_index(pd.Index(rows)))
            bar.progress((start + len(rows)) / len(asked), text=say(n=words.count(start + len(rows))))
        bar.empty()
    if not parts:
        return None
    answers = pd.concat(parts)
    names = {name: f"{name} (answer)" for name in answers.columns if name in table.frame.columns}
    return table.frame.join(answers.rename(columns=names))


def _tell_limits(table: TextTable, n_out: int, words: TextWords, most: int) -> None:
    """Say what of a table is not answered."""
    if table.n_came > len(table.texts):
        st.caption(words.first_only.format(n=words.count(table.n_came), most=words.count(len(table.texts))))
    if n_out:
        st.caption(words.left_out.format(n=words.count(n_out), most=words.count(most)))


def show_answered(
    frame: pd.DataFrame,
    key: str,
    words: TextWords = ENGLISH,
    shares: Sequence[str] = (),
    labels: Mapping[str, str] | None = None,
) -> None:
    """Draw answered texts, and give them as a CSV in which no cell is a formula.

    Parameters
    ----------
    shares : sequence of str
        Columns that hold shares of 0 to 1.
    labels : mapping of column to label, optional
        What columns are called on screen.
    """
    titles = labels or {}
    config: dict[str, Any] = {name: st.column_config.Column(label) for name, label in titles.items()}
    config |= {name: st.column_config.NumberColumn(titles.get(name), format="percent") for name in shares}
    st.dataframe(frame, hide_index=True, column_config=config, alt=words.download)
    show_downloads([Download("answers.csv", to_csv(frame), words.download)], key)


def _list_frames(value: Any) -> list[pd.DataFrame]:
    """List the frames in what is held of texts, by which its memory is measured."""
    parts = [part for parts in value.values() for part in parts] if isinstance(value, dict) else value
    return [part for part in parts if isinstance(part, pd.DataFrame)] if isinstance(parts, list | tuple) else []


session.hold_state(HELD, _list_frames)
