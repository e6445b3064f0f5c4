"""Alerts about one category written in several ways: ``Setosa``, ``setosa `` and ``setossa``.

Spellings that differ only in case, spaces, hyphens or accents are one group. A rare spelling one edit away from a
common one (a letter more, less, other, or two swapped) is taken for a slip of the hand; words with digits never are, as
``type 1`` and ``type 2`` differ on purpose. Distance of Damerau (1964), https://doi.org/10.1145/363958.363994.

Left out: synonyms and abbreviations, which need a person.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict

import pandas as pd

from core.datasets.alerts.profile import Alert, Profile
from core.datasets.fixes import Fix
from core.datasets.fixes.wording import count_of, cut

MAX_VALUES = 1_000  # beyond this it is a text column, whatever it is called
MAX_WORDS = 300
MIN_LETTERS = 5
RARE_TIMES = 20  # the common spelling is at least this many times as frequent
# Only beside a letter: a sign before a number, the mark after a grade and the point in 1.5 tell values apart.
_BREAKS = re.compile(r"(?<=[^\W\d_])[\s_\-./]+(?=\w)|(?<=\w)[\s_\-./]+(?=[^\W\d_])")


def find_variants(profile: Profile) -> list[Alert]:
    """Report spellings that differ in case, spaces, hyphens or accents only."""
    found = []
    for name, counts in _categories(profile).items():
        groups: dict[str, list[str]] = defaultdict(list)
        for value in counts.index:
            groups[fold(value)].append(value)
        merges = {other: first for first, *others in groups.values() for other in others}
        if merges:
            found.append(_write_alert("spelling", name, merges, counts))
    return found


def find_typos(profile: Profile) -> list[Alert]:
    """Report rare spellings that are one slip away from a common one."""
    found = []
    for name, counts in _categories(profile).items():
        merges = _find_slips(counts) if len(counts) <= MAX_WORDS else {}
        if merges:
            found.append(_write_alert("typo", name, merges, counts))
    return found


def _categories(profile: Profile) -> dict[str, pd.Series]:
    """Return the counts of the category columns, and of the target if it is one."""
    kept = {}
    for name, counts in profile.counts.items():
        is_class = name == profile.table.target and len(profile.classes) > 0
        if (profile.table.kinds[name] == "category" or is_class) and len(counts) <= MAX_VALUES:
            kept[name] = counts[[isinstance(value, str) for value in counts.index]]
    return kept


def fold(text: str) -> str:
    """Write a text without case, accents, and differences of spaces, hyphens, underscores, points and slashes.

    Examples
    --------
    >>> fold(" New-York ") == fold("new york"), fold("-1") == fold("1"), fold("A-") == fold("A")
    (True, False, False)
    """
    plain = "".join(part for part in unicodedata.normalize("NFKD", text) if not unicodedata.combining(part))
    return _BREAKS.sub(" ", plain.casefold().strip())


def _find_slips(counts: pd.Series) -> dict[str, str]:
    """Match each rare spelling with the commonest one that is one edit away."""
    words = {value: fold(value) for value in counts.index}
    merges = {}
    for rare, n_rare in counts.items():
        for common, n_common in counts.items():
            if n_common < RARE_TIMES * n_rare:
                break  # counts fall from here on
            if is_slip(words[rare], words[common]):
                merges[rare] = common
                break
    return {str(rare): str(common) for rare, common in merges.items()}


def is_slip(first: str, second: str) -> bool:
    """Tell whether two words are one insertion, deletion, substitution or swap of neighbours apart.

    Examples
    --------
    >>> is_slip("setossa", "setosa"), is_slip("female", "male"), is_slip("class 1", "class 2")
    (True, False, False)
    """
    short, long = sorted((first, second), key=len)
    has_digits = any(letter.isdigit() for letter in first + second)
    if len(short) < MIN_LETTERS or len(long) - len(short) > 1 or has_digits or short == long:
        return False
    start = next((i for i, (a, b) in enumerate(zip(short, long, strict=False)) if a != b), len(short))
    if len(short) < len(long):
        return short[start:] == long[start + 1 :]
    swapped = short[start : start + 2] == long[start : start + 2][::-1] and short[start + 2 :] == long[start + 2 :]
    # A word's single letter ("grade a", "grade b") is a code, and codes differ on purpose.
    alone = any(len(word) == 1 for word in {*short.split()} ^ {*long.split()})
    return swapped or (short[start + 1 :] == long[start + 1 :] and not alone)


def _write_alert(kind: str, name: str, merges: dict[str, str], counts: pd.Series) -> Alert:
    """Say which spellings would become which, and in how many rows."""
    n_rows = int(sum(counts[other] for other in merges))
    shown = ", ".join(f"{cut(other)!r} for {cut(first)!r}" for other, first in list(merges.items())[:3])
    more = f" and {len(merges) - 3} more" if len(merges) > 3 else ""  # noqa: PLR2004  # as many as a sentence bears
    doubt = "" if kind == "spelling" else ": slips of the hand, or names that are meant to differ"
    sentence = f"{cut(name)} is spelled in different ways in {count_of(n_rows, 'row')}: {shown}{more}{doubt}."
    pairs = tuple(part for pair in merges.items() for part in pair)
    fix = Fix("merge_categories", (name,), pairs, f"Merge {count_of(len(merges), 'spelling')} in {cut(name)}")
    return Alert(kind, "warning" if kind == "spelling" else "note", (name,), sentence, fix)
