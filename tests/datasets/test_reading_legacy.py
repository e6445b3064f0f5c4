"""Legacy .xls: a BIFF8 workbook in an OLE container, written here record by record, as no current library does.

Layouts are those of [MS-CFB] and [MS-XLS] (https://learn.microsoft.com/openspecs/office_file_formats).
"""

import struct

import pytest

from core.datasets.reading import read_table
from core.hub.errors import DataError

SECTOR = 512
END, FREE, FAT = 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFD
BOF, EOF, BOUNDSHEET, SST, NUMBER, LABELSST, DIMENSIONS, FILEPASS = 0x809, 0x0A, 0x85, 0xFC, 0x203, 0xFD, 0x200, 0x2F


def record(kind: int, body: bytes = b"") -> bytes:
    return struct.pack("<HH", kind, len(body)) + body


def text(value: str, length_format: str) -> bytes:
    return struct.pack(length_format, len(value)) + b"\x00" + value.encode("latin-1")


def make_stream(rows: list[list[object]], *, protected: int | None = None) -> bytes:
    words = list(dict.fromkeys(cell for row in rows for cell in row if isinstance(cell, str)))
    sheet = record(BOF, struct.pack("<HHHHII", 0x600, 0x10, 0, 0, 0, 0))
    sheet += record(DIMENSIONS, struct.pack("<IIHHH", 0, len(rows), 0, len(rows[0]), 0))
    for y, row in enumerate(rows):
        for x, cell in enumerate(row):
            if isinstance(cell, str):
                sheet += record(LABELSST, struct.pack("<HHHI", y, x, 0, words.index(cell)))
            elif cell is not None:
                sheet += record(NUMBER, struct.pack("<HHHd", y, x, 0, cell))
    sheet += record(EOF)
    strings = record(SST, struct.pack("<II", len(words), len(words)) + b"".join(text(word, "<H") for word in words))
    start = record(BOF, struct.pack("<HHHHII", 0x600, 5, 0, 0, 0, 0))
    start += record(FILEPASS, struct.pack("<HHH", protected, 1, 2)) if protected is not None else b""
    length = len(start) + 4 + 4 + 2 + len(text("Data", "<B")) + len(strings) + 4
    return (
        start
        + record(BOUNDSHEET, struct.pack("<IBB", length, 0, 0) + text("Data", "<B"))
        + strings
        + record(EOF)
        + sheet
    )


def make_container(stream: bytes, name: str = "Workbook") -> bytes:
    stream = stream.ljust(max(4096, -(-len(stream) // SECTOR) * SECTOR), b"\x00")
    n_sectors = len(stream) // SECTOR
    table = [FAT, END, *range(3, 2 + n_sectors), END]
    fat = b"".join(struct.pack("<I", entry) for entry in table).ljust(SECTOR, b"\xff")

    def entry(label: str, kind: int, child: int, start: int, size: int) -> bytes:
        encoded = (label + "\x00").encode("utf-16-le")
        head = encoded.ljust(64, b"\x00") + struct.pack("<HBBIII", len(encoded), kind, 1, FREE, FREE, child)
        return head + bytes(36) + struct.pack("<IQ", start, size)

    directory = entry("Root Entry", 5, 1, END, 0) + entry(name, 2, FREE, 2, len(stream))
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
    header += struct.pack("<IIIIIIIII", 0, 1, 1, 0, 4096, END, 0, END, 0) + struct.pack("<I", 0)
    return header.ljust(SECTOR, b"\xff") + fat + directory.ljust(SECTOR, b"\x00") + stream


@pytest.mark.parametrize("name", ["old.xls", "old.csv"])
def test_legacy_workbook_is_read_whatever_its_name(name):
    rows = [["length", "species", "zip"], [5.1, "setosa", "007"], [None, "virginica", "010"], [4.9, "setosa", "113"]]
    reading = read_table(make_container(make_stream(rows)), name)
    assert reading.understanding.format == "xls"
    assert reading.understanding.sheet == "Data"
    frame = reading.table.frame
    assert frame["length"].tolist()[0::2] == [5.1, 4.9]
    assert frame["length"].isna().tolist() == [False, True, False]
    assert frame["species"].tolist() == ["setosa", "virginica", "setosa"]
    assert frame["zip"].tolist() == ["007", "010", "113"]


@pytest.mark.parametrize("method", [0, 1], ids=["XOR", "RC4"])
def test_legacy_workbook_behind_a_password_asks_for_one_without(method):
    content = make_container(make_stream([["a"], [1.0]], protected=method))
    with pytest.raises(DataError, match=r"protected with a password; open it, save it without one"):
        read_table(content, "x.xls")


def test_other_old_office_file_has_its_own_sentence():
    with pytest.raises(DataError, match=r"an old Office document without a workbook"):
        read_table(make_container(b"x", "WordDocument"), "x.doc")
