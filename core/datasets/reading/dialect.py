"""Find the delimiter, the title lines to skip and the number of columns of a text file.

A delimiter is good when it cuts the lines into equally many cells, and when those cells are numbers, dates or words
rather than fragments: the consistency measure Q = P · T of van den Burg, Nazábal and Sutton, "Wrangling messy CSV files
by detecting row and type patterns", Data Mining and Knowledge Discovery 33 (2019), doi:10.1007/s10618-019-00646-y.
DuckDB's own sniffer cuts ``1,5;2,5`` under ``a;b`` into three columns and drops the header, so it only finds quotes.

Left out: delimiters outside :class:`core.datasets.reading.choices.Choices`, and fixed-width columns without spaces.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from dataclasses import dataclass

from core.datasets.reading.header import is_value

DELIMITERS = {"comma": ",", "semicolon": ";", "tab": "\t", "pipe": "|", "space": " "}
ONE_COLUMN = "none"
NO_DELIMITER = "\x1f"
"""Unit separator: stands for 'none', since it never occurs in a text file's cells."""
SAMPLE_CHARACTERS = 100_000
SINGLE_SCORE = 1e-3
"""Pattern score of a line that is not cut at all, as in the paper."""
MIN_MODAL_SHARE = 0.5
MIN_CUT_SHARE = 0.8
"""Lines of many widths still count as cut if the first one and most others hold the delimiter."""
MIN_SPACE_SHARE = 0.9
MIN_SPACE_TYPES = 0.82
"""Just above words alone (0.8): a file of first and last names is one column."""
MAX_TITLE_LINES = 50
WORD = re.compile(r"[^\W_][\w .'’/-]{0,39}")
WORD_SCORE, OTHER_SCORE = 0.8, 0.2
SUGGESTED = ":~^/\\#*!_=&"


@dataclass(frozen=True, slots=True)
class Dialect:
    """How the lines of a text file are cut.

    Parameters
    ----------
    name : str
        Of the delimiter; ``sign`` is the character itself.
    skip : int
        Lines before the header or the first row (a quoted line break does not end a line).
    n_columns : int
        Cells of a full row.
    pad : bool
        Whether rows may be shorter than the header, because most of them are.
    header_shift : int
        1 where the header lacks the name of the first column (row names of R), -1 where it lacks the last one, else 0.
    """

    name: str
    sign: str
    skip: int
    n_columns: int
    pad: bool = False
    header_shift: int = 0


def squeeze(text: str) -> str:
    r"""Make runs of spaces and tabs outside quotes one space, and strip every line.

    Examples
    --------
    >>> squeeze("  a   b\n  1  22\n")
    'a b\n1 22\n'
    """
    return re.sub(r'("(?:[^"]|"")*")|[ \t]+', lambda match: match[1] or (" " if _is_inside(match) else ""), text)


def _is_inside(match: re.Match[str]) -> bool:
    """Whether a run of spaces stands between two cells of one line."""
    text = match.string
    return (
        match.start() > 0 and match.end() < len(text) and text[match.start() - 1] != "\n" and text[match.end()] != "\n"
    )


def find_dialect(text: str, delimiter: str = "auto") -> Dialect:
    r"""Find how a text is cut into cells.

    Parameters
    ----------
    text : str
        The decoded file; its lines end in ``\n``.
    delimiter : str
        A choice of the person, or ``auto``.

    Examples
    --------
    >>> dialect = find_dialect("a;b\n1,5;2,5\n3,5;4,5\n")
    >>> dialect.name, dialect.n_columns, dialect.skip
    ('semicolon', 2, 0)
    """
    sample = _take_sample(text)
    hint = re.match(r"sep=(.)\n", sample)
    if hint and delimiter == "auto":
        delimiter = next((name for name, sign in DELIMITERS.items() if sign == hint[1]), "auto")
    sample = sample[hint.end() :] if hint else sample
    name = _choose(sample) if delimiter == "auto" else delimiter
    rows = _split(sample, name)
    return _measure(name, rows, 1 if hint else 0)


def suggest_delimiter(text: str) -> str:
    r"""Name a sign outside the usual ones that cuts every line of the sample alike; empty if there is none.

    Examples
    --------
    >>> suggest_delimiter("a:b\n1:2\n3:4\n")
    ':'
    """
    lines = [line for line in _take_sample(text).split("\n") if line.strip()]
    for sign in SUGGESTED:
        counts = {line.count(sign) for line in lines}
        if len(lines) > 1 and len(counts) == 1 and counts != {0}:
            return sign
    return ""


def _take_sample(text: str) -> str:
    """Keep the first lines, whole."""
    if len(text) <= SAMPLE_CHARACTERS:
        return text
    end = text.rfind("\n", 0, SAMPLE_CHARACTERS)
    return text[: end + 1] if end > 0 else text[:SAMPLE_CHARACTERS]


def _split(sample: str, name: str) -> list[list[str]]:
    """Cut a sample into cells; a blank line is an empty list."""
    sign = DELIMITERS.get(name, NO_DELIMITER)
    source = squeeze(sample) if name == "space" else sample
    return list(csv.reader(io.StringIO(source, newline=""), delimiter=sign))


def _choose(sample: str) -> str:
    """Return the name of the delimiter with the highest score."""
    scores = {name: _score(name, [row for row in _split(sample, name) if row]) for name in DELIMITERS}
    best = max(scores, key=lambda name: scores[name])
    return best if scores[best] > 0 else ONE_COLUMN


def _score(name: str, rows: list[list[str]]) -> float:
    """Return Q = P · T, or 0 where most lines are not cut into equally many cells."""
    lengths = Counter(map(len, rows))
    if not lengths:
        return 0.0
    modal, n_modal = lengths.most_common(1)[0]
    share = n_modal / len(rows)
    named = len(rows[0]) > 1 and 1 - lengths[1] / len(rows) >= MIN_CUT_SHARE
    even = share >= MIN_MODAL_SHARE or named
    if name == "space":
        even = share >= MIN_SPACE_SHARE and len(rows[0]) == modal
    if modal == 1 or not even:
        return 0.0
    pattern = sum(n * max(SINGLE_SCORE, (length - 1) / length) for length, n in lengths.items()) / len(lengths)
    types = _score_types(rows)
    if name == "space" and types < MIN_SPACE_TYPES:
        return 0.0
    return pattern * types


def _score_types(rows: list[list[str]]) -> float:
    """Return the mean score of the cells: a value or nothing 1, a word 0.8, anything else 0.2."""
    cells = Counter(cell.strip() for row in rows for cell in row)
    total = sum(cells.values())
    return sum(n * _score_cell(cell) for cell, n in cells.items()) / total if total else 0.0


def _score_cell(cell: str) -> float:
    """Score one cell."""
    if not cell or is_value(cell):
        return 1.0
    return WORD_SCORE if WORD.fullmatch(cell) else OTHER_SCORE


def _measure(name: str, rows: list[list[str]], offset: int) -> Dialect:
    """Find title lines, the width of the table and whether the header is shorter or longer than the rows."""
    sign = DELIMITERS.get(name, NO_DELIMITER)
    lengths = Counter(len(row) for row in rows if row)
    modal = lengths.most_common(1)[0][0] if lengths else 1
    start = _find_start(rows, modal)
    first = len(rows[start]) if start < len(rows) else modal
    shift = 0
    if first == modal - 1:
        body = [row for row in rows[start + 1 :] if len(row) == modal]
        shift = -1 if all(not row[-1].strip() for row in body) else 1
    width = max(modal, first)
    return Dialect(name, sign, start + offset, width, pad=first > modal, header_shift=shift)


def _find_start(rows: list[list[str]], modal: int) -> int:
    """Return the index of the header or first row: the first one as wide as the table, or one name short of it."""
    for index, row in enumerate(rows[:MAX_TITLE_LINES]):
        if len(row) >= modal:
            return index
        following = next((other for other in rows[index + 1 :] if other), [])
        if len(row) == modal - 1 > 1 and len(following) == modal and not any(map(is_value, row)):
            return index
    return next((index for index, row in enumerate(rows) if row), 0)
