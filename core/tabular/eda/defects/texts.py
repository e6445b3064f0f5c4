"""Defects of words: slips of the hand, case and spaces, numbers kept as text.

The bundled wine and diabetes tables have no words, so a column of places is added to them first.

Left out: words in another language or coding.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from core.tabular.eda.defects.truth import Planted, Truth, choose_numbers, choose_rows

PLACES = ("northern", "southern", "eastern", "western")
MIN_LETTERS = 6
PER_ROWS = 120  # one slip for so many rows


def _choose_words(planted: Planted, rng: np.random.Generator) -> tuple[str, pd.Series]:
    """Return a category column with long words; one is made where the table has none."""
    frame, kinds = planted.table.frame, planted.table.kinds
    taken = {name for truth in planted.truths for name in truth.columns}
    names = [
        name
        for name in frame.columns
        if kinds[name] == "category"
        and name not in taken
        and frame[name].dropna().map(lambda word: isinstance(word, str) and len(word) >= MIN_LETTERS).any()
        and not frame[name].dropna().astype(str).str.contains(r"\d").any()
    ]
    if names:
        name = str(rng.choice(names))
        return name, frame[name].copy()
    name = "region" if "region" not in frame else "district"
    return name, pd.Series(rng.choice(PLACES, len(frame)), index=frame.index, dtype=object)


def plant_typos(planted: Planted, rng: np.random.Generator) -> Planted:
    """Misspell one word in 120: a letter lost, doubled or two exchanged."""
    name, words = _choose_words(planted, rng)
    long = words[words.map(lambda word: isinstance(word, str) and len(word) >= MIN_LETTERS)]
    common = long.value_counts().index[:2]
    rows = rng.choice(long.index[long.isin(common)], max(1, len(words) // PER_ROWS), replace=False)
    for row in rows:
        words[row] = _misspell(str(words[row]), rng)
    frame = planted.table.frame.copy()
    frame[name] = words
    return planted.with_defect(Truth("typo", (name,)), frame, {name: "category"})


def _misspell(word: str, rng: np.random.Generator) -> str:
    """Change a word by one slip."""
    place, how = int(rng.integers(1, len(word) - 2)), int(rng.integers(3))
    if how == 0:
        return word[:place] + word[place + 1 :]
    if how == 1 or word[place] == word[place + 1]:
        return word[:place] + word[place] + word[place:]
    return word[:place] + word[place + 1] + word[place] + word[place + 2 :]


def plant_spelling(planted: Planted, rng: np.random.Generator) -> Planted:
    """Write 3–8% of a category in capitals, or with a space at an end."""
    name, words = _choose_words(planted, rng)
    known = np.flatnonzero(words.notna().to_numpy())
    rows = words.index[known[choose_rows(len(known), rng.uniform(0.03, 0.08), rng)]]
    for row in rows:
        word = str(words[row])
        words[row] = (word.upper(), f" {word}", f"{word} ", word.capitalize().swapcase())[int(rng.integers(4))]
    frame = planted.table.frame.copy()
    frame[name] = words
    return planted.with_defect(Truth("spelling", (name,)), frame, {name: "category"})


def plant_numerals(planted: Planted, rng: np.random.Generator) -> Planted:
    """Keep a number as text, part with a decimal comma or a unit."""
    (name,) = choose_numbers(planted, rng, 1)
    values = planted.table.numbers(name)
    texts = np.array([None if np.isnan(value) else f"{value:g}" for value in values], dtype=object)
    comma = rng.random() < 0.5  # noqa: PLR2004  # a coin
    for row in choose_rows(len(texts), rng.uniform(0.2, 0.5), rng):
        if texts[row] is not None:
            texts[row] = texts[row].replace(".", ",") if comma and "." in texts[row] else f"{texts[row]} u"
    frame = planted.table.frame.copy()
    frame[name] = pd.Series(texts, index=frame.index, dtype=object).where(pd.notna(texts), np.nan)
    return planted.with_defect(Truth("numbers_as_text", (name,)), frame, {name: "category"})
