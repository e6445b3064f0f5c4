"""What stands around texts that a person brings: English, unless a page gives it in another language.

Left out: the widgets (``texts``).
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TextWords:
    """What stands around texts; names in braces are filled in."""

    text: str = "Text"
    text_help: str = "A sentence or a short text."
    samples: str = "Samples"
    go: str = "Analyse"
    empty: str = "Write a text first."
    too_long: str = "The text has {n} characters; at most {most} are read: shorten it."
    too_large: str = "The text has {n} bytes; at most {most} are read: give a part of it."
    kept: str = "What follows is still about the text before."
    way: str = "Texts from"
    file: str = "A table"
    pasted: str = "Pasted lines"
    upload: str = "Table with a column of texts"
    limits: str = "CSV, Excel, Parquet or JSON · up to {mb} MB · the first {most} texts are answered"
    paste_help: str = "One text a line."
    column: str = "Column with the texts"
    unread: str = "{file} was not read: {why}"
    kept_table: str = "The table before it, {file}, stays."
    answer: str = "Answer {n} texts"
    left_out: str = "{n} rows have no text or one of more than {most} characters; they stay without an answer."
    first_only: str = "{n} texts came; the first {most} are answered."
    done: str = "{n} of {most} texts answered"
    download: str = "a line for each text, with its answer"
    comma: str = ","

    def count(self, n: int) -> str:
        """Write a count with its thousands parted."""
        return f"{n:,}".replace(",", self.comma)
