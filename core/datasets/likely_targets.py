"""Which column of a table is likely the one to predict: by its name, its gaps, its place, its type and its values.

Left out: whether it can be predicted (``fit``).
"""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pandas as pd

from core.datasets.fixes.wording import split_words
from core.datasets.table import Table
from core.hub.contract import TableNeeds

HEAD_ROWS = 2_000
# Names that mostly mean a class, without accents, in English, German, French, Spanish and Italian; surest first.
TARGET_NAMES = (
    "class", "klasse", "classe", "clase", "target", "zielgrosse", "ziel", "cible", "objetivo", "label", "etiqueta",
    "etiquette", "species", "y", "outcome", "ergebnis", "resultat", "resultado", "diagnosis", "diagnose", "survived",
    "churn", "churned", "response", "category", "kategorie", "categorie", "categoria", "gattung", "espece", "especie",
    "variety", "sorte", "type", "typ", "tipo", "art",
)  # fmt: skip
# Names that mostly mean a number one wants to know, surest first.
NUMBER_NAMES = (
    "target", "zielgrosse", "ziel", "cible", "objetivo", "y", "price", "preis", "prix", "precio", "prezzo", "rent",
    "miete", "loyer", "salary", "gehalt", "salaire", "salario", "sales", "umsatz", "revenue", "income", "outcome",
    "ergebnis", "resultat", "resultado", "response", "progression",
)  # fmt: skip
SHORTEST_WORD = 4  # of a name in several words that is looked up: y_position is no class
UNNAMED = 2  # rank of a name that says nothing
MANY_GAPS = 0.05  # share of missing values from which a column is unlikely to be what one wants to predict


def count_values(table: Table, name: str, enough: int) -> int:
    """Count the different values of a column, missing and infinite ones aside.

    Parameters
    ----------
    enough : int
        If the first 2,000 rows hold more than this, their count is returned and the rest is not read.

    Examples
    --------
    >>> from core.datasets.catalogue import load_table
    >>> count_values(load_table("iris"), "species", 20)
    3
    """
    column = table.frame[name]
    n_head = _count(column.iloc[:HEAD_ROWS])
    return n_head if n_head > enough or len(column) <= HEAD_ROWS else _count(column)


def _count(column: pd.Series) -> int:
    """Count the different values of a column, missing and infinite ones aside."""
    values = column.dropna().unique()
    return int(np.isfinite(values.astype("float64")).sum()) if pd.api.types.is_numeric_dtype(column) else len(values)


def find_alike(table: Table) -> frozenset[str]:
    """List the number columns that equal another one in every row: predicting one from the other says nothing.

    Examples
    --------
    >>> frame = pd.DataFrame({"size": [1.0, 2.0], "price": [3.0, 5.0], "price copy": [3.0, 5.0]})
    >>> table = Table(frame, "t", "upload", "", dict.fromkeys(frame, "number"))
    >>> sorted(find_alike(table))
    ['price', 'price copy']
    """
    seen: dict[bytes, list[str]] = {}
    for name in table.frame.columns:
        if table.kinds[name] == "number":
            seen.setdefault(table.numbers(name)[:HEAD_ROWS].tobytes(), []).append(name)
    pairs = [pair for names in seen.values() for pair in combinations(names, 2)]
    same = ((a, b) for a, b in pairs if np.array_equal(table.numbers(a), table.numbers(b), equal_nan=True))
    return frozenset(name for pair in same for name in pair)


def rank_columns(table: Table, wanted: tuple[str, ...] = TARGET_NAMES) -> list[str]:
    """Order the columns by how likely each is what one wants to predict, whether or not it can be."""
    names = [name for name in table.frame.columns if table.kinds[name] != "ignore"]
    return sorted(names, key=lambda name: _rank(table, name, wanted, is_last=name == names[-1]))


def _rank(table: Table, name: str, wanted: tuple[str, ...], *, is_last: bool) -> tuple[int, bool, int, bool, int]:
    """Rank a column, lower being likelier: by its name, gaps, place, type, and how few values it has."""
    gaps = bool(table.frame[name].isna().mean() > MANY_GAPS) if len(table.frame) else False
    tier, place = rank_name(name, wanted)
    if tier < UNNAMED:
        return tier, gaps, place, False, 0
    if is_last:
        return tier, gaps, 0, False, 0
    return tier, gaps, 1, table.kinds[name] == "number", count_values(table, name, TableNeeds().max_classes)


def rank_name(name: str, wanted: tuple[str, ...] = TARGET_NAMES) -> tuple[int, int]:
    """Rank a name: 0 where it is a wanted one, 1 where one of its words is, else ``UNNAMED``; then how surely."""
    words = split_words(name)
    for tier, parts in enumerate((["_".join(words)], [word for word in words if len(word) >= SHORTEST_WORD])):
        places = [wanted.index(word) for word in parts if word in wanted]
        if places:
            return tier, min(places)
    return UNNAMED, 0
