"""Features made out of a passenger's ten columns: each row by itself, in one place for training, answers and batches.

Title, family size, travelling alone, fare per person and deck look at one row only. ``ticket_group`` alone looks at
other rows: it counts the training passengers on the same ticket (and the passenger), never who of them lived; it is
counted anew from the training side of every fold.

Left out: surnames and the fates of companions, which would carry the answer from training rows to test rows.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

TITLES: Mapping[str, str] = {
    "mr": "Mr", "mrs": "Mrs", "mme": "Mrs", "miss": "Miss", "mlle": "Miss", "ms": "Miss", "master": "Master",
}  # fmt: skip
RARE_TITLE, NO_DECK = "rare", "unknown"
WOMEN, MEN = ("Mrs", "Miss"), ("Mr", "Master")
_TITLE = r",\s*(?:the\s+)?([A-Za-z]+)\."
_DECK = r"([A-Za-z])(?=\d|$)"
NUMBERS = ("age", "sibsp", "parch", "fare", "family_size", "is_alone", "fare_per_person")
CATEGORIES = ("pclass", "sex", "title", "deck", "embarked")
TICKET_GROUP = "ticket_group"
MADE_FROM: Mapping[str, tuple[str, ...]] = {
    "title": ("name",),
    "family_size": ("sibsp", "parch"),
    "is_alone": ("sibsp", "parch"),
    "fare_per_person": ("fare", "sibsp", "parch"),
    "deck": ("cabin",),
    TICKET_GROUP: ("ticket",),
}
"""Which columns each made feature comes from; the others are columns themselves."""


def find_titles(names: pd.Series) -> pd.Series:
    """Read the title out of names: Mr, Mrs, Miss, Master, or rare for all others and for none.

    Examples
    --------
    >>> find_titles(pd.Series(["Kelly, Mr. James", "Rothes, the Countess. of", "Sagesser, Mlle. Emma"])).tolist()
    ['Mr', 'rare', 'Miss']
    """
    words = names.astype(object).str.extract(_TITLE, expand=False)
    return words.str.lower().map(TITLES).fillna(RARE_TITLE).astype(object)


def find_decks(cabins: pd.Series) -> pd.Series:
    """Read the deck out of cabins: the letter of the first numbered one, or unknown.

    Examples
    --------
    >>> find_decks(pd.Series(["C23 C25", "F G73", "D", None], dtype=object)).tolist()
    ['C', 'G', 'D', 'unknown']
    """
    if cabins.isna().all():
        return pd.Series(NO_DECK, cabins.index, dtype=object)
    letters = cabins.astype(object).str.extract(_DECK, expand=False)
    return letters.str.upper().fillna(NO_DECK).astype(object)


def engineer(
    frame: pd.DataFrame, tickets: Mapping[str, int] | None = None, *, is_counted: bool = False
) -> pd.DataFrame:
    """Make the features of passengers.

    Parameters
    ----------
    frame : DataFrame of shape (n_rows, 10)
        As ``passengers.read_passengers`` gives them.
    tickets : mapping of ticket to int, optional
        Training passengers on each ticket; without it there is no ``ticket_group``.
    is_counted : bool
        Whether these rows are among those that were counted; others add themselves.

    Returns
    -------
    DataFrame of shape (n_rows, 12 or 13)
        float64 numbers, gaps kept, then str objects.

    Examples
    --------
    >>> from core.datasets.catalogue import load_table
    >>> from core.tabular.titanic.passengers import read_passengers
    >>> made = engineer(read_passengers(load_table("titanic")).iloc[:2])
    >>> made[["family_size", "fare_per_person", "title", "deck"]].round(3).values.tolist()
    [[2.0, 3.625, 'Mr', 'unknown'], [2.0, 35.642, 'Mrs', 'C']]
    """
    family = frame["sibsp"] + frame["parch"] + 1
    columns = {
        "age": frame["age"],
        "sibsp": frame["sibsp"],
        "parch": frame["parch"],
        "fare": frame["fare"],
        "family_size": family,
        "is_alone": (family == 1).astype(float),
        "fare_per_person": frame["fare"] / family,
    }
    if tickets is not None:
        columns[TICKET_GROUP] = frame["ticket"].map(tickets).fillna(0.0).astype(float) + (0.0 if is_counted else 1.0)
    columns |= {
        "pclass": frame["pclass"],
        "sex": frame["sex"],
        "title": find_titles(frame["name"]),
        "deck": find_decks(frame["cabin"]),
        "embarked": frame["embarked"],
    }
    return pd.DataFrame(columns, index=frame.index)


def count_tickets(frame: pd.DataFrame) -> dict[str, int]:
    """Count the passengers on each ticket, in the tickets' order."""
    counts = frame["ticket"].value_counts().sort_index()
    return {str(ticket): int(count) for ticket, count in counts.items()}


def measure_oddness(frame: pd.DataFrame, age: float, fare: float) -> np.ndarray:
    """Write passengers as numbers in which a strange one lies far from all others, shape (n_rows, 7).

    Parameters
    ----------
    age, fare : float
        What a gap is filled with: the training medians.

    Notes
    -----
    Fares spread over three powers of ten, so their logarithm counts. The last column is 1 where a title contradicts the
    sex; where no training row does that, such a passenger lies apart from everyone.
    """
    title = find_titles(frame["name"])
    female = (frame["sex"] == "female").astype(float)
    contradicts = (title.isin(WOMEN) & (female == 0)) | (title.isin(MEN) & (female == 1))
    return np.column_stack([
        frame["age"].fillna(age), frame["sibsp"], frame["parch"], np.log1p(frame["fare"].fillna(fare)),
        frame["pclass"].astype(float), female, contradicts,
    ]).astype(float)  # fmt: skip
