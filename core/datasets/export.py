"""Give a table back as a CSV file that a spreadsheet opens without running anything in it.

A cell that starts with ``=``, ``+``, ``-``, ``@``, a tab or a line break is read as a formula by spreadsheets, so it
gets an apostrophe before it, in headers too: OWASP, CSV Injection,
https://owasp.org/www-community/attacks/CSV_Injection. Lines end with CR LF (RFC 4180), which also makes the writer
quote a lone CR, so that a cell cannot start a row of its own.

Left out: a byte-order mark, and semicolons or decimal commas for one country's spreadsheet.
"""

from __future__ import annotations

import re
import unicodedata

import pandas as pd

# The full-width forms of the four signs are read as the signs themselves in East Asian locales.
_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")  # noqa: RUF001  # full-width on purpose
_PLAIN_NUMBER = re.compile(r"[+-]?\d+([.,]\d+)?([eE][+-]?\d+)?")
_NOT_IN_NAMES = re.compile(r"[^\w.\- ]+")
_RESERVED = {"con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(1, 10))}
MAX_FILE_NAME = 80


def to_csv(frame: pd.DataFrame) -> bytes:
    r"""Write a frame as UTF-8 CSV bytes with its formulas made harmless; the index is not written.

    Numbers stay numbers, negative ones too, and so does a text that is a plain number ("-1" as a class).

    Examples
    --------
    >>> to_csv(pd.DataFrame({"=cmd": ["@SUM(A1)", "-1"], "change": [-0.5, 2.0]})).decode()
    "'=cmd,change\r\n'@SUM(A1),-0.5\r\n-1,2.0\r\n"
    """
    safe = {index: _neutralise_column(frame.iloc[:, index]) for index in range(frame.shape[1])}
    header = [neutralise(str(name)) for name in frame.columns]
    written = pd.DataFrame(safe, index=frame.index).to_csv(index=False, header=header, lineterminator="\r\n")
    return str(written).encode("utf-8", errors="replace")


def _neutralise_column(column: pd.Series) -> pd.Series:
    """Make the texts of one column harmless; a numeric or date column has none."""
    if pd.api.types.is_numeric_dtype(column) or pd.api.types.is_datetime64_any_dtype(column):
        return column
    return column.astype("object").map(lambda value: neutralise(value) if isinstance(value, str) else value)


def neutralise(text: str) -> str:
    """Put an apostrophe before a text that a spreadsheet would run.

    Examples
    --------
    >>> neutralise("=1+1"), neutralise("a=b"), neutralise("-3.5")
    ("'=1+1", 'a=b', '-3.5')
    """
    return f"'{text}" if text.startswith(_STARTS) and not _PLAIN_NUMBER.fullmatch(text) else text


def safe_file_name(name: str, suffix: str = "") -> str:
    """Make a file name out of any text: no folders, no control or reserved characters, at most 80 characters.

    Parameters
    ----------
    suffix : str
        The ending to have, with its dot; it replaces the one that ``name`` has.

    Examples
    --------
    >>> safe_file_name("../../etc/pass wd.csv", ".pdf"), safe_file_name("=cmd|'calc'!A0"), safe_file_name("con.csv")
    ('pass wd.pdf', 'cmd calc A0', '_con.csv')
    >>> safe_file_name("///", ".csv")
    'table.csv'
    """
    last = re.split(r"[/\\]", unicodedata.normalize("NFKC", name))[-1]
    visible = "".join(letter if unicodedata.category(letter)[0] != "C" else " " for letter in last)
    stem, ending = _split_ending(_NOT_IN_NAMES.sub(" ", visible))
    ending = suffix or ending
    stem = re.sub(r"\s+", " ", stem).strip(" .-_") or "table"
    stem = f"_{stem}" if stem.split(".")[0].lower() in _RESERVED else stem
    return f"{stem[: MAX_FILE_NAME - len(ending)].rstrip(' .')}{ending}"


def _split_ending(name: str) -> tuple[str, str]:
    """Split a name from its ending, which is a point and one to ten letters or digits."""
    found = re.fullmatch(r"(.+)(\.\w{1,10})\s*", name)
    return (found[1], found[2]) if found else (name, "")
