"""What the labelled texts are like before any model reads them: sizes, labels, lengths, films, and the words that tell.

Words are ranked by the log-odds ratio of their use in positive and negative texts, drawn towards their use in both and
divided by its standard error, so that neither rare words nor merely common ones lead (B. Monroe, M. Colaresi and
K. Quinn 2008, Fightin' words, https://doi.org/10.1093/pan/mpn018).

Left out: the texts' sources and splits (``data``, ``core.datasets.text_sets``).
"""

from __future__ import annotations

from collections import Counter

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.datasets.text_sets import LabelledTexts, load_texts
from core.evaluation.intervals import wilson_interval
from core.hub.charts import Chart, Mark, Role
from core.hub.errors import DataError
from core.text.sentiment.recipe import DOMAINS
from core.text.sentiment.vocabulary import split_words

SETS = ("films", *DOMAINS)
PRIOR = 500.0
"""Words of the prior: as if a text of so many words, used as in both classes, had been read of each."""
N_TELLING = 12
LEAST_GROUP = 15
"""Texts of a film from which on its share is drawn."""
N_BINS = 30
LONGEST, LONGEST_SHOWN = 95, 400
LABELS: tuple[tuple[str, Role], ...] = (("negative", "bad"), ("positive", "good"))


def describe_sets() -> pd.DataFrame:
    """List every set with its size, share of positive texts and lengths.

    Returns
    -------
    DataFrame
        set, texts, groups, positive, low, high (95% Wilson interval), words (median) and words_95 (95th percentile).

    Examples
    --------
    >>> found = describe_sets().iloc[0]
    >>> found["set"], int(found["texts"]), int(found["groups"]), int(found["words"])
    ('films', 12808, 503, 18)
    """
    rows = []
    for name in SETS:
        data = load_texts(name)
        lengths = count_words(data)
        low, high = wilson_interval(int(data.labels.sum()), len(data))
        rows.append(
            {
                "set": name,
                "texts": len(data),
                "groups": len(set(data.groups)),
                "positive": float(data.labels.mean()),
                "low": low,
                "high": high,
                "words": int(np.median(lengths)),
                "words_95": int(np.percentile(lengths, LONGEST)),
            }
        )
    return pd.DataFrame(rows)


def count_words(data: LabelledTexts) -> NDArray[np.int64]:
    """Count the words of each text, shape (n,)."""
    return np.array([len(text.split()) for text in data.texts], np.int64)


def lengths_chart(data: LabelledTexts) -> Chart:
    """Draw how many texts have how many words, by label; longer ones than 99% are gathered at the end."""
    lengths = count_words(data)
    most = int(np.percentile(lengths, 99))
    edges = np.arange(0, most + 2 + most // N_BINS, 1 + most // N_BINS)
    marks = []
    for place, (label, role) in enumerate(LABELS):
        own = np.minimum(lengths[data.labels == place], most)
        counts = np.histogram(own, edges)[0]
        marks.append(Mark("steps", edges[:-1].astype(np.float64), counts / len(own), label, role))
    half, long = int(np.median(lengths)), int(np.percentile(lengths, LONGEST))
    title = f"Half of the {len(data):,} texts have {half} words or fewer, one in twenty more than {long}"
    return Chart(title, "Words", "Share of the label's texts", tuple(marks), f"{title}.", y_percent=True)


def groups_chart(data: LabelledTexts) -> Chart:
    """Draw the share of positive texts of each film with enough of them, in rising order.

    Raises
    ------
    DataError
        If no film has fifteen texts.
    """
    numbers = {group: place for place, group in enumerate(dict.fromkeys(data.groups))}
    rows = np.array([numbers[group] for group in data.groups])
    counts = np.bincount(rows)
    if counts.max() < LEAST_GROUP:
        message = f"no group of {data.name} has {LEAST_GROUP} texts; take a set with larger groups"
        raise DataError(message)
    shares = np.bincount(rows, weights=data.labels)[counts >= LEAST_GROUP] / counts[counts >= LEAST_GROUP]
    ordered = np.sort(shares)
    one_sided = float(np.mean((ordered <= 0.2) | (ordered >= 0.8)))  # noqa: PLR2004  # four of five agree
    title = f"{one_sided:.0%} of {len(ordered)} films are mostly praised or mostly panned, so whole films are held out"
    line = Mark("line", np.arange(1, len(ordered) + 1), ordered, "films in rising order")
    mean = Mark("line", np.array([1, len(ordered)]), np.full(2, data.labels.mean()), "all texts", "baseline", dash=True)
    alt = f"{title}. Films with at least {LEAST_GROUP} snippets, from {ordered[0]:.0%} to {ordered[-1]:.0%} positive."
    return Chart(title, "Film", "Share of its snippets that are positive", (line, mean), alt, y_percent=True)


def rank_words(data: LabelledTexts, prior: float = PRIOR) -> list[tuple[str, float, int]]:
    """Rank words by how much more positive texts use them than negative ones.

    Parameters
    ----------
    prior : float
        Words of the prior; more of them ask for more evidence.

    Returns
    -------
    list of (str, float, int)
        Word, z-score and number of uses, from the most negative to the most positive.

    Examples
    --------
    >>> texts = ("good film",) * 30 + ("bad film",) * 30
    >>> data = LabelledTexts("made", "en", texts, np.repeat([1, 0], 30).astype(np.int8), texts)
    >>> [word for word, *_ in rank_words(data)]
    ['bad', 'film', 'good']
    """
    counts: tuple[Counter[str], Counter[str]] = (Counter(), Counter())
    for text, label in zip(data.texts, data.labels, strict=True):
        counts[label].update(split_words(text))
    words = sorted(set(counts[0]) | set(counts[1]))
    used = np.array([[side[word] for word in words] for side in counts], np.float64)
    share = prior * used.sum(axis=0) / used.sum()
    seen = used + share
    odds = np.log(seen) - np.log(seen.sum(axis=1, keepdims=True) - seen)
    z = (odds[1] - odds[0]) / np.sqrt((1 / seen).sum(axis=0))
    order = np.argsort(z, kind="stable")
    return [(words[place], float(z[place]), int(used[:, place].sum())) for place in order]


def telling_chart(data: LabelledTexts) -> Chart:
    """Draw the words that tell most of either label."""
    ranked = rank_words(data)
    ends = (ranked[:N_TELLING], ranked[: -N_TELLING - 1 : -1])
    marks = []
    for rows, (label, role) in zip(ends, LABELS, strict=True):
        words = np.array([word for word, *_ in rows], dtype=object)
        text = tuple(f"{word}: z {z:.1f}, used {n:,} times" for word, z, n in rows)
        marks.append(Mark("bars", np.array([z for _, z, _ in rows]), words, f"{label} texts", role, text=text))
    title = f"“{ends[0][0][0]}” tells most of a negative text, “{ends[1][0][0]}” of a positive one"
    told = "; ".join(f"{word} {z:.1f}" for rows in ends for word, z, _ in rows)
    return Chart(title, "z-score of the log-odds ratio of use", "", tuple(marks), f"{title}. {told}.")


def list_texts(data: LabelledTexts, words: str = "", turn: int = 0, n: int = 8) -> pd.DataFrame:
    """List some texts with their label, rating and film: those that hold some words, or a draw.

    Parameters
    ----------
    words : str
        Kept are texts that hold this, whatever the case; empty keeps all.
    turn : int
        Of the draw; the same turn draws the same texts.
    """
    wanted = words.strip().lower()
    rows = [row for row, text in enumerate(data.texts) if wanted in text.lower()]
    drawn = np.random.default_rng(turn).permutation(np.array(rows, np.intp))[:n]
    labels = np.array(["negative", "positive"], dtype=object)
    columns = {"Text": [shorten(data.texts[row]) for row in drawn], "Label": labels[data.labels[drawn]]}
    if data.ratings is not None:
        columns["Rating (−4 to 4)"] = data.ratings[drawn].round(1)
    elif len(set(data.groups)) < len(data):
        columns["About"] = [data.groups[row].replace("_", " ") for row in drawn]
    found = pd.DataFrame(columns)
    found.attrs["n_found"] = len(rows)
    return found


def shorten(text: str, most: int = LONGEST_SHOWN) -> str:
    """Cut a text that would fill the screen.

    Examples
    --------
    >>> shorten("a very long text", 6)
    'a ver…'
    """
    return text if len(text) <= most else f"{text[: most - 1]}…"
