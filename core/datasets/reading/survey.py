"""A text column seen as its distinct values, so that each is looked at once, however many rows repeat it.

Words for "missing" become missing here. Some (NA, null, empty) mean it in any column; others (none, a dash, a dot) only
among numbers and dates, where no other reading is left: in a text column they may be a category.

Left out: sentinels such as -999, which only a person can tell from a value (``core.datasets.alerts``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

MISSING_WORDS = frozenset(
    {"", "NA", "N/A", "n/a", "N/a", "na", "NaN", "nan", "NAN", "-nan", "-NaN", "null", "NULL", "Null", "<NA>", "?"}
    | {"#N/A", "#NA", "#N/A N/A", "#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "1.#QNAN", "-1.#IND"}
)
"""Missing in any column: pandas' own list, spreadsheet errors, and the question mark of the UCI repository."""
WEAK_WORDS = frozenset(
    {"-", "--", "---", "–", "—", ".", "..", "None", "none", "NONE", "nil", "Nil", "unknown", "Unknown"}
    | {"k.A.", "k. A.", "k.a.", "keine Angabe", "n.a.", "N.A.", "n. a.", "n.v.", "n.d.", "n. d.", "s/o", "s.o."}
)
"""Missing among numbers and dates; a dash also elsewhere, unless a plus stands against it."""
DASHES = frozenset({"-", "--", "---", "–", "—"})


@dataclass(frozen=True, slots=True, eq=False)
class Survey:
    """The distinct values of a column.

    Parameters
    ----------
    texts : string array of shape (n_distinct,)
        Trimmed, none missing.
    codes : int32 ndarray of shape (n_rows,)
        Index into ``texts``; -1 where the cell is missing.
    missing_words : mapping of word to count
        What stood where a value is missing, apart from nothing at all.
    trimmed : bool
        Whether spaces were taken off some value.
    """

    texts: pa.Array
    codes: np.ndarray
    missing_words: Mapping[str, int] = field(default_factory=dict)
    trimmed: bool = False

    @property
    def n_present(self) -> int:
        """Number of rows that have a value."""
        return int((self.codes >= 0).sum())

    def first_row(self, code: int) -> int:
        """Return the first row, from 0, that holds a value."""
        return int(np.argmax(self.codes == code))


def survey_column(column: pa.Array) -> Survey:
    """List the distinct values of a text column.

    Parameters
    ----------
    column : string array of shape (n_rows,)

    Examples
    --------
    >>> found = survey_column(pa.array(["a ", "NA", "b", "a"]))
    >>> found.texts.to_pylist(), found.codes.tolist(), dict(found.missing_words)
    (['a', 'b'], [0, -1, 1, 0], {'NA': 1})
    """
    encoded = column.dictionary_encode()
    raw = pc.utf8_trim_whitespace(encoded.dictionary)
    trimmed = bool(pc.any(pc.not_equal(raw, encoded.dictionary)).as_py())
    codes = encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int32)
    if trimmed:
        again = raw.dictionary_encode()
        codes = _recode(codes, again.indices.to_numpy(zero_copy_only=False))
        raw = again.dictionary
    return drop_words(Survey(raw, codes, trimmed=trimmed), MISSING_WORDS)


def drop_words(survey: Survey, words: frozenset[str]) -> Survey:
    """Make some words missing and count them.

    Parameters
    ----------
    words : frozenset of str
        Matched exactly, capitals included.
    """
    hit = pc.is_in(survey.texts, value_set=pa.array(sorted(words), pa.string())).to_numpy(zero_copy_only=False)
    if not hit.any():
        return survey
    counts = np.bincount(survey.codes[survey.codes >= 0], minlength=len(survey.texts))
    found = dict(survey.missing_words)
    for code in np.flatnonzero(hit):
        word = survey.texts[int(code)].as_py()
        if word:
            found[word] = found.get(word, 0) + int(counts[code])
    mapping = np.where(hit, -1, np.cumsum(~hit) - 1)
    return Survey(survey.texts.filter(pa.array(~hit)), _recode(survey.codes, mapping), found, survey.trimmed)


def _recode(codes: np.ndarray, mapping: np.ndarray) -> np.ndarray:
    """Replace every code by what it maps to; -1 stays."""
    return np.where(codes < 0, -1, mapping[codes] if len(mapping) else -1).astype(np.int32)
