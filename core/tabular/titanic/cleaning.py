"""The cleaning in the open: what was wrong with a table of passengers, what was done about it, and how often.

Every count is taken from the table itself. Nothing is repaired by looking at who lived, and no row is dropped.

Left out: errors that one must know from other sources, such as a wrong age.
"""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from core.datasets.fixes.wording import show_value
from core.datasets.mapping import map_columns
from core.datasets.table import Table
from core.tabular.titanic.features import MEN, RARE_TITLE, TITLES, WOMEN, find_decks, find_titles
from core.tabular.titanic.passengers import FATES, NUMBERS, TEXTS, find_needed, find_target
from core.tabular.titanic.recipe import COLUMNS

LEAKS = ("boat", "body", "home_dest")
Repair = tuple[str, str, str, int]
RARE_ROWS = 0.01


def list_repairs(table: Table, x: pd.DataFrame) -> pd.DataFrame:
    """List what was found and done.

    Parameters
    ----------
    x : DataFrame of shape (n_rows, 10)
        The table's passengers as ``passengers.read_passengers`` read them.

    Returns
    -------
    DataFrame of shape (n_findings, 4)
        column, found, done, rows; only what occurs at all.

    Examples
    --------
    >>> from core.datasets.catalogue import load_table
    >>> from core.tabular.titanic.passengers import read_passengers
    >>> table = load_table("titanic")
    >>> repairs = list_repairs(table, read_passengers(table)).set_index("found")["rows"]
    >>> int(repairs["The age is missing."]), int(repairs["The cabin is missing."])
    (263, 1014)
    """
    parts = (_find_leaks(table), _find_spellings(table, x), _find_gaps(x), _find_texts(x), _find_tickets(x),
             _find_oddities(x))  # fmt: skip
    rows = [repair for part in parts for repair in part if repair[3]]
    return pd.DataFrame(rows, columns=["column", "found", "done", "rows"])


def _find_leaks(table: Table) -> Iterator[Repair]:
    """Count the cells of columns that were written after the ship sank."""
    target = find_target(table)
    for name in (each for each in LEAKS if each in table.frame.columns):
        known = table.frame[name].notna()
        lived = ""
        if target is not None and known.any():
            fates = table.frame[target][known].map(show_value).str.casefold().map(FATES)
            lived = f" of those who have one {(fates == 'Yes').mean():.0%} lived"
        yield (
            name,
            f"Written after the sinking:{lived}.",
            "Never a feature, nor anything made of it.",
            int(known.sum()),
        )


def _find_spellings(table: Table, x: pd.DataFrame) -> Iterator[Repair]:
    """Count the cells whose spelling was changed."""
    found = map_columns(table, find_needed()).found
    for name in (each for each in COLUMNS if each not in NUMBERS):
        before = table.frame[found[name]].reset_index(drop=True).map(show_value, na_action="ignore")
        changed = before.notna() & (before != x[name])
        done = "Blanks around it were cut, an empty text is a gap." if name in TEXTS else "Brought to one spelling."
        yield name, f"The {name} was written in another way.", done, int(changed.sum())


def _find_gaps(x: pd.DataFrame) -> Iterator[Repair]:
    """Count what is missing."""
    flagged = "Filled with the median of the rows that a model trains on, with a flag that it was."
    yield "age", "The age is missing.", flagged, int(x["age"].isna().sum())
    yield "fare", "The fare is missing.", flagged, int(x["fare"].isna().sum())
    yield (
        "cabin",
        "The cabin is missing.",
        "Its own level, unknown: a known cabin is itself a sign.",
        int(x["cabin"].isna().sum()),
    )
    yield (
        "embarked",
        "The port is missing.",
        "Its own level, grouped with the rare ones.",
        int(x["embarked"].isna().sum()),
    )


def _find_texts(x: pd.DataFrame) -> Iterator[Repair]:
    """Count titles and cabins that had to be read out of texts."""
    words = x["name"].str.extract(r",\s*(?:the\s+)?([A-Za-z]+)\.", expand=False).str.lower()
    titles = find_titles(x["name"])
    foreign = words.isin([word for word in TITLES if word not in {"mr", "mrs", "miss", "master"}])
    yield "name", "Mlle, Ms or Mme stands for Miss or Mrs.", "Read as Miss or Mrs.", int(foreign.sum())
    n_kinds = words[titles == RARE_TITLE].nunique()
    yield "name", f"One of {n_kinds} rare titles, or none.", "One level, rare.", int((titles == RARE_TITLE).sum())
    several = x["cabin"].str.strip().str.contains(" ", na=False)
    yield (
        "cabin",
        "Several cabins are written in one cell.",
        "The first with a number gives the deck.",
        int(several.sum()),
    )
    decks = find_decks(x["cabin"])
    rare = decks.map(decks.value_counts(normalize=True)) < RARE_ROWS
    yield "cabin", "The deck is a rare one.", "Grouped with other rare levels.", int(rare.sum())


def _find_tickets(x: pd.DataFrame) -> Iterator[Repair]:
    """Count what tickets say of parties and fares."""
    tickets = x.groupby("ticket")
    sizes = tickets["name"].transform("size")
    family = x["sibsp"] + x["parch"] + 1
    shared = sizes > 1
    yield (
        "fare",
        "The fare is for the whole ticket, which others share.",
        ("Fare per person divides it by the family aboard."),
        int(shared.sum()),
    )
    friends = sizes > family
    yield (
        "ticket",
        "More people share the ticket than the family has.",
        "Kept; with the surname it says who was in a party.",
        int(friends.sum()),
    )
    fares = tickets["fare"].transform("nunique")
    yield "fare", "One ticket has two fares.", "Kept: which is right is not known.", int((fares > 1).sum())
    yield "fare", "The fare is 0.", "Kept: staff of the line and guests travelled free.", int((x["fare"] == 0).sum())
    no_number = ~x["ticket"].str.contains(r"\d", na=False)
    yield "ticket", "The ticket has no number.", "Kept: only who shares it counts.", int(no_number.sum())


def _find_oddities(x: pd.DataFrame) -> Iterator[Repair]:
    """Count repeated rows and names, and values that contradict one another."""
    yield "all", "The whole row is a copy of an earlier one.", "Kept; it shares its ticket.", int(x.duplicated().sum())
    yield "name", "Two passengers have one name.", "Kept: their tickets differ.", int(x["name"].duplicated(False).sum())
    titles, female = find_titles(x["name"]), x["sex"] == "female"
    wrong = (titles.isin(WOMEN) & ~female) | (titles.isin(MEN) & female)
    yield "sex", "The title contradicts the sex.", "Kept; the sex is believed.", int(wrong.sum())
    halves = (x["age"] >= 1) & (x["age"] % 1 != 0)
    yield "age", "The age is estimated (it ends in a half).", "Kept as it is.", int(halves.sum())
    surnames = x["name"].str.split(",").str[0]
    alone = ((x["sibsp"] + x["parch"]) > 0) & (surnames.groupby(surnames).transform("size") == 1)
    yield (
        "sibsp",
        "Family is counted, yet nobody else has the surname.",
        ("Kept: married daughters and cousins have other names."),
        int(alone.sum()),
    )
