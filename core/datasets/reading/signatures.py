"""Find what a file is from its first bytes, whatever its name says, and refuse what is no table with its own sentence.

Signatures are those of the formats' own specifications, as listed by the Library of Congress
(https://www.loc.gov/preservation/digital/formats/) and ``file(1)``.

Left out: opening anything. A name decides only between text formats (JSON against CSV), never against the bytes.
"""

from __future__ import annotations

import io
import re
import zipfile
from pathlib import PurePath

from core.datasets.reading.choices import Format
from core.hub.errors import DataError

ZIP, OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
PARQUET = re.compile(rb"PAR1[\x00-\x1f]")
"""The first page header is binary; a text file may have a column called PAR1."""
MARKS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")
ENCRYPTED, WORKBOOK, BOOK = (name.encode("utf-16-le") for name in ("EncryptedPackage", "Workbook", "Book"))
PASSWORD = "the workbook is protected with a password; open it, save it without one, and upload that"  # noqa: S105 - a sentence
FILE_PASS = re.compile(rb"\x09\x08\x10\x00\x00\x06\x05\x00.{12}(?:\x86\x00\x00\x00)?\x2f\x00", re.DOTALL)
"""A legacy workbook's first record, then FilePass ([MS-XLS] 2.4.117); calamine reads XOR-obfuscated cells as noise."""
PICTURE = "picture; tables are read from CSV, Excel, Parquet or JSON"
UNPACK = "archive; unpack it and upload the table inside"
REFUSED: tuple[tuple[bytes, str], ...] = (
    (b"%PDF-", "a PDF document; copy its table into a spreadsheet and save that as CSV"),
    (b"\x89PNG", f"a PNG {PICTURE}"),
    (b"\xff\xd8\xff", f"a JPEG {PICTURE}"),
    (b"GIF87a", f"a GIF {PICTURE}"),
    (b"GIF89a", f"a GIF {PICTURE}"),
    (b"II*\x00", f"a TIFF {PICTURE}"),
    (b"MM\x00*", f"a TIFF {PICTURE}"),
    (b"\x1f\x8b", f"a gzip {UNPACK}"),
    (b"BZh91AY&SY", f"a bzip2 {UNPACK}"),
    (b"\xfd7zXZ\x00", f"an xz {UNPACK}"),
    (b"(\xb5/\xfd", f"a Zstandard {UNPACK}"),
    (b"7z\xbc\xaf\x27\x1c", f"a 7-Zip {UNPACK}"),
    (b"Rar!\x1a\x07", f"a RAR {UNPACK}"),
    (b"PK\x05\x06", "an empty zip archive; upload the table itself"),
    (b"SQLite format 3\x00", "a SQLite database; export one table of it as CSV"),
    (b"\x89HDF", "an HDF5 file; save its table as Parquet or CSV"),
    (b"\x93NUMPY", "a NumPy array; save it as CSV with a name per column"),
    (b"ARROW1\x00", "an Arrow file; save its table as Parquet"),
    (b"\x7fELF", "a program; tables are read from CSV, Excel, Parquet or JSON"),
    (b"MZ\x90\x00", "a program; tables are read from CSV, Excel, Parquet or JSON"),
    (b"{\\rtf", "a rich-text document; save its table as CSV"),
)
PICKLE = re.compile(rb"\x80[\x02-\x05].{0,9}[\x8c}\](cX]", re.DOTALL)
HTML = re.compile(
    rb"\s*(?:<!--.{0,500}?-->\s*)?<(?:!doctype\s+html|html[\s>]|head[\s>]|table[\s>](?=.{0,2000}<t[rh]))",
    re.IGNORECASE | re.DOTALL,
)
XML = re.compile(rb"\s*<\?xml\s", re.IGNORECASE)
REFUSED_PATTERNS = (
    (re.compile(rb"BM.{4}\x00{4}", re.DOTALL), f"a BMP {PICTURE}"),
    (re.compile(rb"ORC[\x00-\x08]"), "an ORC file; save its table as Parquet"),
    (re.compile(rb"RIFF.{4}(?:WAVE|AVI |WEBP)", re.DOTALL), "a sound, video or picture file; save the table as CSV"),
    (PICKLE, "a Python pickle, which is never opened here; save its table as Parquet or CSV"),
    (HTML, "a web page (HTML), perhaps saved from a site or a bank; copy its table and save it as CSV"),
    (XML, "an XML document; open it in a spreadsheet and save it as xlsx or CSV"),
)
REFUSED_MEMBERS = (
    ("xl/workbook.bin", "a binary workbook (xlsb); save it as xlsx"),
    ("content.xml", "an OpenDocument file; save it as xlsx or CSV"),
    ("word/document.xml", "a Word document; save its table as xlsx or CSV"),
    ("ppt/presentation.xml", "a presentation; save its table as xlsx or CSV"),
)
ARCHIVE = "a zip archive; unpack it and upload the table inside"
OLD_OFFICE = "an old Office document without a workbook; save its table as xlsx or CSV"
JSON_NAMES = {".json", ".jsonl", ".ndjson"}


def find_format(content: bytes, name: str) -> Format:
    r"""Name the format of a file from its bytes.

    Parameters
    ----------
    content : bytes
        The whole file, not empty.
    name : str
        Its name; used only to tell JSON from other text.

    Raises
    ------
    DataError
        If it is no table: an archive, picture, document, web page, or a workbook behind a password.

    Examples
    --------
    >>> find_format(b"a,b\n1,2\n", "x.xlsx")
    'csv'
    """
    if content.startswith(ZIP):
        return _find_zip(content)
    if content.startswith(OLE):
        return _find_ole(content)
    if PARQUET.match(content):
        return "parquet"
    _refuse_known(content)
    return "json" if _is_json(content, name) else "csv"


def _refuse(kind: str) -> DataError:
    """Make the error for a file that is something else."""
    message = f"the file is {kind}"
    return DataError(message)


def _refuse_known(content: bytes) -> None:
    """Raise for bytes that are known to be no table."""
    for signature, kind in REFUSED:
        if content.startswith(signature):
            raise _refuse(kind)
    start = content[:4096]
    for mark in MARKS:
        start = start.removeprefix(mark)
    start = start.replace(b"\x00", b"") if content.startswith(MARKS[1:]) else start
    for pattern, kind in REFUSED_PATTERNS:
        if pattern.match(start):
            raise _refuse(kind)


def _find_zip(content: bytes) -> Format:
    """Tell a workbook from other zip archives by the names inside."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            inside = set(archive.namelist())
    except (zipfile.BadZipFile, ValueError, NotImplementedError, EOFError) as error:
        message = "the workbook or archive is damaged or cut short; save or download it again"
        raise DataError(message) from error
    if "xl/workbook.xml" in inside:
        return "xlsx"
    raise _refuse(next((kind for member, kind in REFUSED_MEMBERS if member in inside), ARCHIVE))


def _find_ole(content: bytes) -> Format:
    """Tell a legacy workbook from a protected one and from other Office files."""
    if ENCRYPTED in content or FILE_PASS.search(content):
        raise DataError(PASSWORD)
    if WORKBOOK in content or BOOK in content:
        return "xls"
    raise _refuse(OLD_OFFICE)


def _is_json(content: bytes, name: str) -> bool:
    """Tell JSON from other text: by name, or because a bracket opens an object or an array of them."""
    start = content[:200].removeprefix(MARKS[0]).lstrip()
    named = PurePath(name.lower()).suffix in JSON_NAMES
    if named:
        return start[:1] in {b"[", b"{"} or (start[:1] not in {b"", b'"'} and b"{" in start)
    return re.match(rb'\{\s*"[^"]*"\s*:|\[\s*(?:\{\s*"|\[)', start) is not None
