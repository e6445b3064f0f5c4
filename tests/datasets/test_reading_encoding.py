"""Encodings: a mark or strict UTF-8 is sure; anything else is a guess that is shown with what else it could be."""

import pytest

from core.datasets.reading import Choices, read_table
from core.hub.errors import DataError

# Short columns in the language and encoding each stands for: real names of people and places.
SAMPLES = {
    "German": ("cp1252", "name;größe\nMüller;1,5\nJäger;2,5\nSchön;3\n"),
    "French": ("cp1252", "prénom;ville\nHélène;Orléans\nFrançois;Besançon\nZoé;Nîmes\n"),
    "euro sign": ("cp1252", "name;preis\nEi;12 €\nBrot;13 €\n"),
    "Spanish": ("cp1252", "año;niño\n1;señor\n2;acción\n"),
    "one letter": ("cp1252", "name;x\nAndré;1\nbob;2\nann;3\n"),
    "degrees": ("cp1252", "temp °C;x\n12;1\n13;2\n"),
    "Polish": ("cp1250", "imię;miasto\nŁukasz;Łódź\nŻaneta;Gdańsk\nMałgorzata;Kraków\n"),
    "Russian": ("cp1251", "имя;город\nИван;Москва\nОльга;Казань\n"),  # noqa: RUF001 - Cyrillic is the point
    "Japanese": ("shift_jis", "名前,都市\n太郎,東京\n花子,大阪\n"),
    "Chinese": ("gb18030", "姓名,城市\n张三,北京\n李四,上海\n"),
    "Macintosh": ("mac_roman", "prénom;ville\nHélène;Orléans\nFrançois;Besançon\n"),
}


@pytest.mark.parametrize("language", SAMPLES)
def test_legacy_encoding_is_guessed_and_not_called_sure(language):
    encoding, text = SAMPLES[language]
    reading = read_table(text.encode(encoding), "x.csv")
    found = reading.understanding
    assert found.encoding == encoding
    assert not found.encoding_sure
    assert found.other_encodings
    assert found.encoding not in found.other_encodings
    delimiter = "," if "," in text.split("\n", 1)[0] else ";"
    assert list(reading.table.frame.columns) == text.split("\n", 1)[0].split(delimiter)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_unicode_is_found_with_and_without_a_mark(encoding):
    text = "größe;имя\n1,5;東京\n2,5;Łódź\n"
    if encoding in {"utf-16-le", "utf-16-be"}:
        text = "size;name\n1,5;Lyon\n2,5;Oslo\n"  # without a mark it shows only where most letters are ASCII
    reading = read_table(text.encode(encoding), "x.csv")
    assert list(reading.table.frame.columns) == text.split("\n", 1)[0].split(";")
    assert reading.understanding.encoding_sure is (encoding not in {"utf-16-le", "utf-16-be"})


def test_plain_ascii_is_sure():
    found = read_table(b"a,b\n1,2\n", "x.csv").understanding
    assert (found.encoding, found.encoding_sure, found.other_encodings) == ("utf-8", True, ())


def test_choice_changes_what_is_read():
    content = "imię;x\nŁukasz;1\nBożena;2\n".encode("cp1250")
    assert "Łukasz" in set(read_table(content, "x.csv", Choices(encoding="cp1250")).table.frame["imię"])
    other = read_table(content, "x.csv", Choices(encoding="iso-8859-1"))
    assert "Łukasz" not in set(other.table.frame.iloc[:, 0])
    assert other.understanding.encoding == "iso-8859-1"


def test_choice_that_cannot_decode_names_byte_and_place():
    content = "a;b\nü;1\n".encode("cp1252")
    with pytest.raises(DataError, match=r"byte 0xfc at position 4 cannot be read as utf-8; choose another encoding"):
        read_table(content, "x.csv", Choices(encoding="utf-8"))


def test_few_broken_bytes_leave_the_rest_utf8():
    words = "".join(f"Müller {index};{index}\n" for index in range(100))
    content = ("größe;x\n" + words).encode() + b"kaputt\xff;1\n"
    reading = read_table(content, "x.csv")
    assert reading.table.frame["größe"].iloc[0] == "Müller 0"
    assert reading.understanding.encoding == "utf-8"
    assert not reading.understanding.encoding_sure
    assert any("1 character could not be read as UTF-8 (the first in line 102)" in note for note in reading.table.notes)


def test_foreign_letters_far_down_are_seen():
    content = ("a;b\n" + "1;plain\n" * 50_000 + "2;Müller\n").encode("cp1252")
    reading = read_table(content, "x.csv")
    assert reading.table.frame["b"].iloc[-1] == "Müller"
