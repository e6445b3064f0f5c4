"""The texts of a run: films that train, films that tune, films that test, and four other domains to carry over to.

Films are split whole: no film has snippets on two sides. The tune films set calibration and abstention and choose
epochs; the test films and the other domains choose nothing. Of the other domains only the test side is asked, since
word vectors have read the rest, without labels; sentences rated nearer to zero than 0.5 are left out of them.

A labelled table of one's own takes the films' place: equal texts stay together, and the films' test side becomes one of
the domains.

Left out: how the bundled sets are read (``core.datasets.text_sets``).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.datasets.text_sets import LabelledTexts, TextSplit, drop_mild, load_texts, split_texts
from core.hub.errors import DataError
from core.text._shared.cleaning import fold_text, read_text_column
from core.text.sentiment.recipe import DOMAINS, Recipe

if TYPE_CHECKING:
    from core.datasets.table import Table

FILMS = "films"
LEAST_SIDE = 20
LABEL_COLUMNS = ("label", "sentiment", "class", "target", "polarity")
POSITIVE = frozenset({"1", "1.0", "positive", "pos", "good", "yes", "true", "fresh", "great"})
NEGATIVE = frozenset({"0", "0.0", "-1", "negative", "neg", "bad", "no", "false", "rotten", "other"})


@dataclass(frozen=True, slots=True, eq=False)
class Data:
    """What a run learns from and is scored on.

    Parameters
    ----------
    train, tune, test : LabelledTexts
        Of one set, no group in two of them.
    domains : mapping of name to LabelledTexts
        Other sets' test sides.
    source : str
        Which texts these are, in words.
    sha256 : str
        Of all texts and labels.
    """

    name: str
    train: LabelledTexts
    tune: LabelledTexts
    test: LabelledTexts
    domains: Mapping[str, LabelledTexts]
    source: str
    sha256: str


def load(recipe: Recipe, table: Table | None = None) -> Data:
    """Load the texts of a recipe.

    Parameters
    ----------
    table : Table, optional
        A table of one's own with a column of texts and one of two labels.

    Raises
    ------
    DataError
        If the table has no such columns, or too few texts of a label.

    Examples
    --------
    >>> data = load(Recipe(texts=2_000))
    >>> len(data.train), len(data.tune), len(data.test), len(data.domains["tweets"])
    (2000, 1390, 2900, 723)
    """
    if table is not None:
        return _load_own(recipe, table)
    films = load_texts(FILMS)
    split = split_texts(films)
    rows = choose_groups(films, split.train, recipe.texts)
    domains = {name: _take_test(name) for name in DOMAINS}
    train = films.take(rows)
    source = f"{len(train):,} of {len(films):,} snippets of film reviews, {len(set(train.groups)):,} films"
    return _make_data(FILMS, (train, films.take(split.tune), films.take(split.test)), domains, source)


def choose_groups(data: LabelledTexts, rows: NDArray[np.intp], n: int) -> NDArray[np.intp]:
    """Take ``n`` of the rows film by film, in an order that the films' names decide; the last film may be cut.

    Returns
    -------
    array of int, shape (min(n, len(rows)),)
        Ascending.
    """
    order = sorted(rows, key=lambda row: (hashlib.sha256(data.groups[row].encode()).hexdigest(), row))
    return np.sort(np.array(order[:n], np.intp))


def _take_test(name: str) -> LabelledTexts:
    """Take the test side of a set, without what says neither."""
    data = load_texts(name)
    return drop_mild(data.take(split_texts(data).test))


def _make_data(
    name: str,
    sides: tuple[LabelledTexts, LabelledTexts, LabelledTexts],
    domains: Mapping[str, LabelledTexts],
    source: str,
) -> Data:
    """Put the sides together and hash them."""
    digest = hashlib.sha256()
    for side in (*sides, *domains.values()):
        digest.update("\x1f".join(side.texts).encode("utf-8", "replace"))
        digest.update(side.labels.tobytes())
    return Data(name, *sides, domains, source, digest.hexdigest())


def _load_own(recipe: Recipe, table: Table) -> Data:
    """Make the data of a table of one's own."""
    column = find_labels(table.frame, table.target)
    labels = read_labels(table.frame[column])
    texts = [fold_text(text) for text in read_text_column(table.frame.drop(columns=column)).texts]
    known = [row for row, label in enumerate(labels) if label >= 0 and texts[row]]
    kept = tuple(texts[row] for row in known)
    groups = tuple(hashlib.sha256(text.lower().encode("utf-8", "replace")).hexdigest()[:12] for text in kept)
    own = LabelledTexts(table.name, "", kept, labels[known], groups)
    split = split_texts(own)
    _check_sides(own, split)
    sides = (own.take(choose_groups(own, split.train, recipe.texts)), own.take(split.tune), own.take(split.test))
    films = load_texts(FILMS)
    source = f"{len(known):,} labelled texts of {table.name}"
    return _make_data(table.name, sides, {FILMS: films.take(split_texts(films).test)}, source)


def find_labels(frame: pd.DataFrame, target: str | None) -> str:
    """Find the column of labels: the one named, or one of a usual name.

    Raises
    ------
    DataError
        If there is none.
    """
    names = [target] if target else [name for name in frame.columns if str(name).strip().lower() in LABEL_COLUMNS]
    if not names or names[0] not in frame.columns:
        message = f"the table has no column of labels; call it one of {', '.join(LABEL_COLUMNS)}, or name it as target"
        raise DataError(message)
    return str(names[0])


def read_labels(column: pd.Series) -> NDArray[np.int8]:
    """Read labels as 1 positive, 0 negative and −1 for an empty cell.

    Raises
    ------
    DataError
        If a value says neither.

    Examples
    --------
    >>> read_labels(pd.Series(["Positive", "neg", None])).tolist()
    [1, 0, -1]
    """
    words = ["" if missing else str(cell).strip().lower() for cell, missing in zip(column, column.isna(), strict=True)]
    strange = sorted({word for word in words if word} - POSITIVE - NEGATIVE)
    if strange:
        message = f"a label is {strange[0][:40]!r}; it must be positive or negative, 1 or 0, good or bad"
        raise DataError(message)
    return np.array([1 if word in POSITIVE else 0 if word else -1 for word in words], np.int8)


def _check_sides(data: LabelledTexts, split: TextSplit) -> None:
    """Refuse sides that are too small to be learnt from or scored on."""
    for name, rows in (("train", split.train), ("tune", split.tune), ("test", split.test)):
        labels = data.labels[rows]
        if len(rows) < LEAST_SIDE or len(set(labels.tolist())) < 2:  # noqa: PLR2004  # both labels
            message = f"the {name} side has {len(rows)} labelled texts; give at least 300 in all, of both labels"
            raise DataError(message)
