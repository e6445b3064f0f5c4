"""What the page draws of languages: merges, fertility, the language of a text, two spaces laid on each other, chrF.

Left out: charts of scores, which every project shares (``core.evaluation.charts``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from core.hub.charts import Chart, Mark
from core.text.multilingual.chrf import add_counts, count_runs
from core.text.multilingual.languages import UNKNOWN, find_language
from core.text.multilingual.word_spaces import load_pairs

if TYPE_CHECKING:
    from collections.abc import Sequence

    from core.text.multilingual.alignment import Alignment, AlignmentRow
    from core.text.multilingual.language_id import LanguageGuess
    from core.text.multilingual.language_trial import LanguageRow
    from core.text.multilingual.tokeniser_views import FertilityRow
    from core.text.multilingual.tokenisers import BytePairs

SHOWN_WORDS = ("king", "water", "house", "bread", "son", "mother", "fire", "gold", "hand", "night", "light", "mountain")


def chart_merges(pairs: BytePairs) -> Chart:
    """Draw how many pieces the training text has after each merge.

    Raises
    ------
    ValueError
        If nothing was merged.
    """
    if not pairs.merges:
        message = "there are no merges to draw"
        raise ValueError(message)
    first, last = pairs.merges[0], pairs.merges[-1]
    steps = np.unique(np.linspace(1, len(pairs.merges), 200).astype(int))
    left = np.array([pairs.merges[step - 1].n_pieces for step in steps])
    joined = tuple(f"{pairs.merges[step - 1].left} + {pairs.merges[step - 1].right}" for step in steps)
    title = f"{len(pairs.merges)} merges bring {first.n_pieces + first.count:,} signs down to {last.n_pieces:,} pieces"
    mark = Mark("line", steps, left, text=joined)
    return Chart(title, "Merges", "Pieces in the training text", (mark,), f"{title}; the first joins {joined[0]}.")


def chart_fertility(rows: Sequence[FertilityRow]) -> Chart:
    """Draw what each language pays for the same content, English being 1."""
    order = sorted(rows, key=lambda row: row.to_english)
    names = np.array([find_language(row.language).name for row in order])
    worst = order[-1]
    title = f"What takes one piece in English takes {worst.to_english:.1f} in {find_language(worst.language).name}"
    marks = (
        Mark("bars", names, np.array([row.to_english for row in order]), "pieces", "main"),
        Mark("line", names, np.ones(len(order)), "English", "baseline", dash=True),
    )
    return Chart(title, "Language", "Pieces for the same text, English = 1", marks, f"{title}.")


def chart_languages(guess: LanguageGuess) -> Chart:
    """Draw the likeliest languages of a text.

    Raises
    ------
    ValueError
        If the text had no letters.
    """
    if not guess.ranking:
        message = "a text without letters has no languages to draw"
        raise ValueError(message)
    names = np.array([find_language(code).name for code, _ in guess.ranking])
    title = f"The text is {guess.name}, {guess.probability:.0%} sure"
    if guess.code == UNKNOWN:
        title = f"Unknown: {guess.why}"
    mark = Mark("bars", names, np.array([share for _, share in guess.ranking]))
    return Chart(title, "Language", "Probability", (mark,), f"{title}.", y_range=(0.0, 1.0), y_percent=True)


def chart_language_rows(rows: Sequence[LanguageRow]) -> Chart:
    """Draw how often the language is right by the text's length, a line a method."""
    marks = []
    for index, method in enumerate(dict.fromkeys(row.method for row in rows)):
        own = [row for row in rows if row.method == method]
        x, y = np.array([row.size for row in own]), np.array([row.accuracy for row in own])
        low, high = np.array([row.low for row in own]), np.array([row.high for row in own])
        marks.append(Mark("points", x, y, method, "class", index, low, high))
    best = max(rows, key=lambda row: row.accuracy)
    title = f"From {best.size} the language is right {best.accuracy:.1%} of the time"
    return Chart(title, "Length of the text", "Right answers", tuple(marks), f"{title}.", y_percent=True)


def chart_alignment(alignment: Alignment, words: Sequence[str] = SHOWN_WORDS, *, turned: bool = True) -> Chart:
    """Draw pairs of translations in the plane in which these words of the target differ most, a thin line a pair."""
    pairs = load_pairs(alignment.target.language)
    shown = [word for word in words if pairs.get(word) and word in alignment.source.words]
    theirs = [min(pairs[word], key=alignment.target.words.index) for word in shown]
    here = alignment.source.vectors[[alignment.source.find(word) for word in shown]]
    there = alignment.target.vectors[[alignment.target.find(word) for word in theirs]]
    here = here @ alignment.turn if turned else here
    centre = there.mean(axis=0)
    plane = np.linalg.svd(there - centre)[2][:2].T  # (d, 2)
    mine, other = (here - centre) @ plane, (there - centre) @ plane
    cosine = float((here * there).sum(axis=1).mean())
    name = find_language(alignment.target.language).name
    marks = [
        Mark("line", np.array([a[0], b[0]]), np.array([a[1], b[1]]), "", "muted")
        for a, b in zip(mine, other, strict=True)
    ]
    marks += [
        Mark("points", mine[:, 0], mine[:, 1], "English", "main", text=tuple(shown)),
        Mark("points", other[:, 0], other[:, 1], name, "second", text=tuple(theirs)),
    ]
    done = "After the turn words lie" if turned else "Before the turn words do not lie"
    title = f"{done} near their {name} translations: mean cosine {cosine:.2f}"
    return Chart(title, "First direction", "Second direction", tuple(marks), f"{title}.", square=True)


def chart_precision(rows: Sequence[AlignmentRow]) -> Chart:
    """Draw how often each way's first answer is a translation."""
    best, worst = max(rows, key=lambda row: row.precision), rows[1]
    title = (
        f"The first answer is right {worst.precision:.0%} of the time unaligned, {best.precision:.0%} by {best.method}"
    )
    mark = Mark(
        "bars",
        np.array([row.method for row in rows]),
        np.array([row.precision for row in rows]),
        low=np.array([row.low for row in rows]),
        high=np.array([row.high for row in rows]),
    )
    axis = f"Right first answers of {rows[0].n} held-out words"
    return Chart(title, "Way of translating", axis, (mark,), f"{title}.", y_percent=True)


def chart_chrf(answer: str, reference: str) -> Chart:
    """Draw how many runs of each length an answer shares with a reference, both ways."""
    counts = count_runs(answer, reference)
    lengths = np.arange(1, len(counts) + 1)
    here, there, both = counts.T
    title = f"chrF is {add_counts(counts[None]):.0f} of 100; long runs are shared least"
    if both[0] == there[0] == here[0] and both[-1] == there[-1]:
        title = f"chrF is {add_counts(counts[None]):.0f} of 100: every run is shared"
    marks = (
        Mark("bars", lengths, both / np.maximum(here, 1), "precision: of the answer's runs", "main"),
        Mark("bars", lengths, both / np.maximum(there, 1), "recall: of the reference's", "second"),
    )
    return Chart(title, "Characters in the run", "Shared", marks, f"{title}.", y_range=(0.0, 1.0), y_percent=True)
