"""Decode the bytes of a text file, and say how sure the encoding is.

Byte-order mark, then strict UTF-8; otherwise a guess among the encodings a person may choose, by charset-normalizer's
chaos and coherence (https://charset-normalizer.readthedocs.io) plus a look at the letters beside each foreign one, with
ties broken by how common an encoding is. Single-byte encodings cannot be told apart for sure, so the guess is shown.

Left out: encodings outside :class:`core.datasets.reading.choices.Choices`, except UTF-32 with a mark.
"""

from __future__ import annotations

import codecs
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from core.datasets.reading.notes import Notes, count
from core.hub.errors import DataError

PREFERENCE = ("cp1252", "cp1250", "iso-8859-15", "cp1251", "shift_jis", "gb18030", "mac_roman", "iso-8859-1")
"""Most common first; the order decides between encodings that fit equally well."""
MARKS: tuple[tuple[bytes, str, str], ...] = (
    (codecs.BOM_UTF8, "utf-8-sig", "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32", "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32", "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16", "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16", "utf-16"),
)
SAMPLE_BYTES = 32_768
MAX_RUNS = 2_000
LONG_LATIN_RUN = 4
UNKNOWN_CHAOS = 0.2
"""Added to an encoding that charset-normalizer ruled out; its own threshold of mess."""
COHERENCE_WEIGHT = 0.1
"""Coherence with a language only breaks ties: on short columns it is mostly noise."""
MOST_OTHERS = 3
PLAUSIBLE = 0.5
"""Oddness up to which another encoding is worth a look."""
SAMPLE_WORDS = 200
SHOWN_WORD = 24
WORD = re.compile(rb"[0-9A-Za-z\x80-\xff'-]*[\x80-\xff][0-9A-Za-z\x80-\xff'-]*")
WIDE_SHARE = 0.4
MIN_WIDE = 8
DAMAGED_SHARE = 0.1
FOREIGN = re.compile(r"(?a:[A-Za-z]?)[^\x00-\x7f]+(?a:[A-Za-z]?)")
IN_WORDS = "’\u2018·–\u2014\u00ad"


@dataclass(frozen=True, slots=True)
class Decoded:
    """The text of a file, the encoding it was read with, whether that is sure, and what else it could be."""

    text: str
    encoding: str
    sure: bool
    others: tuple[str, ...] = ()


def decode(content: bytes, encoding: str, notes: Notes) -> Decoded:
    """Decode a text file.

    Parameters
    ----------
    content : bytes
        The whole file.
    encoding : str
        A choice of the person, or ``auto``.

    Raises
    ------
    DataError
        If a chosen encoding cannot decode the bytes.

    Examples
    --------
    >>> decode("größe".encode("cp1252"), "auto", Notes()).text
    'größe'
    """
    if encoding != "auto":
        return _decode_as(content, encoding)
    for mark, codec, name in MARKS:
        if content.startswith(mark):
            return Decoded(content.decode(codec, errors="replace"), name, sure=True)
    wide = _find_wide(content)
    if wide:
        return Decoded(content.decode(wide, errors="replace"), "utf-16", sure=False)
    try:
        return Decoded(content.decode("utf-8"), "utf-8", sure=True)
    except UnicodeDecodeError:
        return _decode_damaged(content, notes) or _decode_guess(content)


def _decode_as(content: bytes, encoding: str) -> Decoded:
    """Decode with the encoding a person chose."""
    codec = {"utf-8": "utf-8-sig", "utf-16": _find_wide(content) or "utf-16"}.get(encoding, encoding)
    try:
        return Decoded(content.decode(codec), encoding, sure=True)
    except UnicodeDecodeError as error:
        message = (
            f"byte {content[error.start]:#04x} at position {error.start:,} cannot be read as {encoding}; "
            "choose another encoding, or auto"
        )
        raise DataError(message) from error


def _find_wide(content: bytes) -> str:
    """Name the byte order of UTF-16 without a mark, which shows as zeros at every other byte; empty if it is not."""
    start = content[:4096]
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or len(content) % 2 or len(content) < MIN_WIDE:
        return ""
    half = len(start) / 2
    if start[1::2].count(0) > WIDE_SHARE * half and not start[::2].count(0):
        return "utf-16-le"
    return "utf-16-be" if start[::2].count(0) > WIDE_SHARE * half and not start[1::2].count(0) else ""


def _decode_damaged(content: bytes, notes: Notes) -> Decoded | None:
    """Read UTF-8 in which few letters are broken; None where most foreign letters are not UTF-8."""
    text = content.decode("utf-8", errors="replace")
    broken = text.count("\ufffd")
    whole = sum(len(run) for run in re.findall(r"[^\x00-\x7f\ufffd]+", text))
    if broken > DAMAGED_SHARE * whole:
        return None
    line = text.count("\n", 0, text.index("\ufffd")) + 1
    notes.say(
        f"{count(broken, 'character')} could not be read as UTF-8 (the first in line {line:,}) and show as \ufffd"
    )
    return Decoded(text, "utf-8", sure=False, others=_find_others(content, text))


def _find_possible(content: bytes) -> tuple[str, ...]:
    """List the encodings that can decode every byte."""
    return tuple(name for name in PREFERENCE if _try_decode(content, name) is not None)


def _try_decode(content: bytes, encoding: str) -> str | None:
    """Decode, or return None."""
    try:
        return content.decode(encoding)
    except UnicodeDecodeError:
        return None


def _decode_guess(content: bytes) -> Decoded:
    """Decode with the likeliest of the encodings that can."""
    from charset_normalizer import from_bytes

    possible = _find_possible(content)
    sample = _take_sample(content)
    found = from_bytes(sample, cp_isolation=list(PREFERENCE), enable_fallback=False)
    judged = {
        codecs.lookup(name).name: match.chaos - COHERENCE_WEIGHT * match.coherence
        for match in found
        for name in (match.encoding, *match.could_be_from_charset)
    }

    def badness(name: str) -> tuple[float, int]:
        odd = measure_oddness(sample.decode(name, errors="replace"))
        return round(odd + judged.get(codecs.lookup(name).name, UNKNOWN_CHAOS), 3), PREFERENCE.index(name)

    best = min(possible, key=badness)
    return Decoded(content.decode(best), best, sure=False, others=_find_others(content, sample.decode(best, "replace")))


def _find_others(content: bytes, read: str) -> tuple[str, ...]:
    """List at most three encodings worth a look: each reads the sample in a way of its own, likeliest first.

    Where none reads it plausibly, the least odd one is listed, so that the guess can be compared with something.
    """
    sample = _take_sample(content)
    readings: dict[str, str] = {}
    for name in _find_possible(content):
        readings.setdefault(sample.decode(name, errors="replace"), name)
    found = sorted(
        (measure_oddness(text), PREFERENCE.index(name), name) for text, name in readings.items() if text != read
    )
    likely = [name for odd, _, name in found if odd <= PLAUSIBLE]
    return tuple(likely[:MOST_OTHERS] or [name for *_, name in found[:1]])


def show_words(content: bytes, encodings: Sequence[str]) -> dict[str, str]:
    r"""Find one word of a file that several encodings read differently, and how each reads it.

    Parameters
    ----------
    content : bytes
        The whole file.
    encodings : sequence of str
        Single-byte encodings, or others that can decode the file.

    Returns
    -------
    dict of str to str
        The word by encoding; empty where the file has only ASCII.

    Examples
    --------
    >>> show_words("Name;Ort\nMüller;Köln\n".encode("cp1252"), ["cp1252", "cp1251"])
    {'cp1252': 'Müller', 'cp1251': 'Mьller'}
    """
    words = [match.group() for _, match in zip(range(SAMPLE_WORDS), WORD.finditer(_take_sample(content)), strict=False)]
    if not words:
        return {}
    readings = [{name: word.decode(name, errors="replace")[:SHOWN_WORD] for name in encodings} for word in words]
    return max(readings, key=lambda reading: len(set(reading.values())))


def _take_sample(content: bytes) -> bytes:
    """Keep the lines with foreign letters, up to a size that is quick to judge."""
    lines: list[bytes] = []
    size = 0
    for match in re.finditer(rb"[^\n]*[\x80-\xff][^\n]*\n?", content):
        lines.append(match.group()[:SAMPLE_BYTES])
        size += len(lines[-1])
        if size >= SAMPLE_BYTES:
            break
    return b"".join(lines)


def measure_oddness(text: str) -> float:
    r"""Return the share (0 to 1) of foreign letter runs that do not look like writing.

    Examples
    --------
    >>> measure_oddness("Müller"), measure_oddness("M\u040cller")
    (0.0, 1.0)
    """
    runs = [match.group() for _, match in zip(range(MAX_RUNS), FOREIGN.finditer(text), strict=False)]
    return sum(map(_is_odd, runs)) / len(runs) if runs else 0.0


def _is_odd(run: str) -> bool:
    """Whether a run of foreign characters, with the ASCII letters that touch it, looks wrong."""
    foreign = run.strip("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")
    before, after = run[: run.index(foreign)], run[run.index(foreign) + len(foreign) :]
    categories = {unicodedata.category(char) for char in foreign}
    if categories & {"Cc", "Cn", "Co", "Cs"} or "\ufffd" in foreign:
        return True
    letters = [char for char in foreign if char.isalpha() and char not in "ªº"]
    if not letters:
        return bool(before and after and foreign not in IN_WORDS)
    if not all(unicodedata.name(char, "").startswith("LATIN") for char in letters):
        return len(foreign) == 1 or bool(before or after)
    lone_capital = foreign.isupper() and len(foreign) == 1 and not (before or after)
    return lone_capital or (before.islower() and letters[0].isupper()) or len(letters) >= LONG_LATIN_RUN
