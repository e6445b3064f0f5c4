"""Features made out of a passenger's ten columns: each row by itself, in one place for training, answers and batches.

Title, family size, travelling alone, fare per person and deck look at one row only. ``others_lived`` alone looks at
others: of a woman or a boy, the share of the other women and boys of the party who lived, among training passengers.
Families were saved or lost together (C. Deotte 2018, https://www.kaggle.com/code/cdeotte/titanic-wcg-xgboost-0-84688).
It is counted anew from the training side of every fold, never with the passenger's own fate, and is a gap for a party
that training did not see. Folds of whole tickets show what a model is worth there: less than one that was taught
without the fates of others, for it took a gap to mean a woman or boy alone, or a man.

Left out: men of a party, whose fates tell little; the number of passengers on a ticket, which folds saw no gain in.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

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
OTHERS_LIVED = "others_lived"
BOYS = "Master"
PARTY_MARK = "|"
Fates = Mapping[str, Sequence[int]]
"""Of each party: its women and boys among the training passengers, and how many of them lived."""
MADE_FROM: Mapping[str, tuple[str, ...]] = {
    "title": ("name",),
    "family_size": ("sibsp", "parch"),
    "is_alone": ("sibsp", "parch"),
    "fare_per_person": ("fare", "sibsp", "parch"),
    "deck": ("cabin",),
    OTHERS_LIVED: ("name", "sex", "ticket"),
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


def engineer(frame: pd.DataFrame, parties: Fates | None = None, lived: np.ndarray | None = None) -> pd.DataFrame:
    """Make the features of passengers.

    Parameters
    ----------
    frame : DataFrame of shape (n_rows, 10)
        As ``passengers.read_passengers`` gives them.
    parties : mapping of party to (int, int), optional
        As :func:`count_parties` counts them; without it there is no ``others_lived``.
    lived : bool array of shape (n_rows,), optional
        Of training rows, which are among those that were counted: each one's own fate is taken off its party.

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
    if parties is not None:
        columns[OTHERS_LIVED] = _share_fates(frame, parties, lived)
    columns |= {
        "pclass": frame["pclass"],
        "sex": frame["sex"],
        "title": find_titles(frame["name"]),
        "deck": find_decks(frame["cabin"]),
        "embarked": frame["embarked"],
    }
    return pd.DataFrame(columns, index=frame.index)


def name_parties(frame: pd.DataFrame) -> pd.Series:
    """Name the party of each woman and boy: the surname and the ticket but for its last character; None for men.

    Families bought tickets one after another, so that their numbers often differ in the last digit alone.

    Examples
    --------
    >>> columns = {"name": ["Lam, Mrs. Ali", "Lam, Mr. Ali"], "sex": ["female", "male"], "ticket": ["1601", "1601"]}
    >>> name_parties(pd.DataFrame(columns)).tolist()
    ['lam|160', None]
    """
    surnames = _find_surnames(frame["name"])
    parties = surnames + PARTY_MARK + _cut_tickets(frame["ticket"])
    counts = (frame["sex"] == "female") | (find_titles(frame["name"]) == BOYS)
    named = [party if counted else None for party, counted in zip(parties, counts & parties.notna(), strict=True)]
    return pd.Series(named, frame.index, dtype=object)


def _find_surnames(names: pd.Series) -> pd.Series:
    """Read the surname out of names: what stands before the comma."""
    return names.astype(object).str.split(",").str[0].str.strip().str.lower()


def _cut_tickets(tickets: pd.Series) -> pd.Series:
    """Cut the last character off tickets."""
    return tickets.astype(object).str.strip().str.upper().str[:-1]


def keep_known(frame: pd.DataFrame, parties: Fates) -> pd.DataFrame:
    """Return surnames (``name``) and tickets as they are where a known party has them, else empty."""
    known = [party.split(PARTY_MARK, 1) for party in parties]
    surnames = _find_surnames(frame["name"])
    is_known = _cut_tickets(frame["ticket"]).isin({ticket for _, ticket in known})
    return pd.DataFrame(
        {
            "name": surnames.where(surnames.isin({surname for surname, _ in known}), ""),
            "ticket": frame["ticket"].astype(object).where(is_known, ""),
        }
    )


def count_parties(frame: pd.DataFrame, lived: np.ndarray) -> dict[str, tuple[int, int]]:
    """Count the women and boys of each party and how many of them lived, in the parties' order.

    Parameters
    ----------
    lived : bool array of shape (n_rows,)
    """
    fates = pd.Series(np.asarray(lived, dtype=int), frame.index).groupby(name_parties(frame)).agg(["size", "sum"])
    return {str(party): (int(n_rows), int(n_lived)) for party, n_rows, n_lived in fates.sort_index().itertuples()}


def _share_fates(frame: pd.DataFrame, parties: Fates, lived: np.ndarray | None) -> pd.Series:
    """Return the share of the other women and boys of the party who lived; a gap where there is none."""
    names = name_parties(frame)
    counted = np.array([parties.get(name, (0, 0)) if name is not None else (0, 0) for name in names], dtype=float)
    counted = counted.reshape(len(frame), 2)
    if lived is not None:
        own = names.notna().to_numpy()
        counted[own] -= np.column_stack([np.ones(own.sum()), np.asarray(lived, dtype=float)[own]])
    n_others, n_lived = counted.T
    shares = np.divide(n_lived, n_others, out=np.full(len(frame), np.nan), where=n_others > 0)
    return pd.Series(shares, frame.index)


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
