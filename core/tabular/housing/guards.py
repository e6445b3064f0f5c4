"""Numbers that no house sold has, and parts of a house that contradict each other.

It needs NumPy alone, as it travels along with a download.

Each rule holds in every one of the 2,930 sales in Ames, or allows the most that occurs there: one house is told to be
remodelled a year before it was built, so only more than a year is refused. A rule that a model's own training rows
break does not count for that model (:func:`find_rules`). A rule is asked only of rows in which all its columns are
known, and never of columns that were taken as typical.

Left out: what is merely unusual together, which ``refusals`` tells by ``core.evaluation.novelty``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

Columns = Mapping[str, np.ndarray]
MAX_SHOWN = 3


class Ranged(Protocol):
    """What is known of a number column."""

    @property
    def name(self) -> str:
        """Its name."""

    @property
    def kind(self) -> str:
        """``number`` or ``date``."""

    @property
    def low(self) -> float:
        """Least training value."""

    @property
    def high(self) -> float:
        """Largest training value."""


@dataclass(frozen=True, slots=True)
class Rule:
    """What every sale obeys.

    Parameters
    ----------
    columns : tuple of str
        What it is about, in the order in which ``is_broken`` takes them.
    is_broken : callable
        ``is_broken(*columns) -> bool array of shape (n_rows,)``.
    said : str
        What holds of sales, as the end of a sentence.
    """

    columns: tuple[str, ...]
    is_broken: Callable[..., np.ndarray]
    said: str


_BATH = "no house sold has a bathroom in a basement that it has not"
RULES: tuple[Rule, ...] = (
    Rule(
        ("second_flr_sf", "gr_liv_area"),
        lambda second, living: living - second < 334,  # noqa: PLR2004 the smallest ground floor sold
        "every house sold has at least 334 sq ft on its ground floor",
    ),
    Rule(
        ("first_flr_sf", "second_flr_sf", "gr_liv_area"),
        lambda first, second, living: first + second > living,
        "the floors of a house sold never add up to more than its living area",
    ),
    Rule(
        ("house_style", "second_flr_sf"),
        lambda style, second: (style == "Two_Story") & (second == 0),
        "every house of two storeys sold has a second floor",
    ),
    Rule(
        ("house_style", "second_flr_sf"),
        lambda style, second: (style == "One_Story") & (second > 467),  # noqa: PLR2004 the largest of three that occur
        "no house of one storey sold has more than 467 sq ft above it",
    ),
    Rule(
        ("gr_liv_area", "second_flr_sf", "lot_area"),
        lambda living, second, lot: living - second > lot,
        "no house sold has a ground floor larger than its lot",
    ),
    Rule(
        ("bsmt_unf_sf", "total_bsmt_sf"),
        lambda unfinished, whole: unfinished > whole,
        "no part of a basement sold is larger than the whole",
    ),
    Rule(
        ("bsmtfin_sf_2", "bsmt_unf_sf", "total_bsmt_sf"),
        lambda second, unfinished, whole: (second + unfinished > whole) & (unfinished <= whole),
        "the parts of a basement sold never add up to more than the whole",
    ),
    Rule(
        ("bsmtfin_type_1", "total_bsmt_sf"),
        lambda finish, whole: (finish == "No_Basement") != (whole == 0),
        "a house sold has a basement and its finish, or neither",
    ),
    Rule(
        ("bsmtfin_type_1", "bsmt_unf_sf", "total_bsmt_sf"),
        lambda finish, unfinished, whole: (
            (whole > 0) & (unfinished <= whole) & ((finish == "Unf") != (unfinished == whole))
        ),
        "a basement sold is of type Unf where all of it is unfinished, and only there",
    ),
    Rule(
        ("bsmt_exposure", "total_bsmt_sf"),
        lambda exposure, whole: (exposure != "No_Basement") & (whole == 0),
        "no house sold has an exposure of a basement that it has not",
    ),
    *(
        Rule((bath, "total_bsmt_sf"), lambda n, whole: (n > 0) & (whole == 0), _BATH)
        for bath in ("bsmt_full_bath", "bsmt_half_bath")
    ),
    Rule(
        ("garage_cars", "garage_area"),
        lambda cars, area: (cars == 0) != (area == 0),
        "a garage sold has places and an area, or there is none",
    ),
    Rule(
        ("garage_cars", "garage_area"),
        lambda cars, area: (cars > 0) & (area > 0) & ((area < 100 * cars) | (area > 924 * cars)),
        "a garage sold has 100 to 924 sq ft for each car",
    ),
    Rule(
        ("garage_type", "garage_area"),
        lambda kind, area: (kind == "No_Garage") & (area > 0),
        "no house sold has an area of a garage that it has not",
    ),
    Rule(
        ("year_built", "year_remod_add"),
        lambda built, again: again < built - 1,
        "no house sold was remodelled more than a year before it was built",
    ),
    Rule(
        ("year_built", "year_sold"),
        lambda built, sold: sold < built - 1,
        "no house was sold more than a year before it was built",
    ),
    Rule(
        ("bedroom_abvgr", "kitchen_abvgr", "totrms_abvgrd"),
        lambda bedrooms, kitchens, rooms: bedrooms + kitchens > rooms,
        "bedrooms and kitchens are rooms of every house sold",
    ),
    Rule(
        ("pool_qc", "pool_area"),
        lambda quality, area: (quality == "No_Pool") != (area == 0),
        "a pool sold has a quality and an area, or there is none",
    ),
)


def find_rules(columns: Columns) -> tuple[int, ...]:
    """Return the places of the rules that no row breaks and whose columns are all there.

    Examples
    --------
    >>> known = {"gr_liv_area": np.array([1200.0]), "second_flr_sf": np.array([0.0])}
    >>> [RULES[place].said for place in find_rules(known)]
    ['every house sold has at least 334 sq ft on its ground floor']
    """
    return tuple(
        place
        for place, rule in enumerate(RULES)
        if set(rule.columns) <= set(columns) and not _find_broken(rule, columns).any()
    )


def _find_broken(rule: Rule, columns: Columns) -> np.ndarray:
    """Say which rows break a rule; a row with a gap in one of its columns does not."""
    values = [columns[name] for name in rule.columns]
    known = np.logical_and.reduce([each == each for each in values])  # noqa: PLR0124 only a gap is not itself
    return np.asarray(known & rule.is_broken(*values), dtype=bool)


def list_contradictions(columns: Columns, given: Iterable[str], rules: Sequence[int]) -> list[list[str]]:
    """Say of each row which of its given parts contradict each other.

    Parameters
    ----------
    columns : mapping of column to array of shape (n_rows,)
        Floats or str objects, a gap as NaN.
    given : iterable of str
        Columns that were given; others were taken as typical and accuse nobody.
    rules : sequence of int
        As :func:`find_rules` gives them for the training rows.

    Examples
    --------
    >>> house = {"garage_cars": np.array([4.0]), "garage_area": np.array([0.0])}
    >>> list_contradictions(house, house, range(len(RULES)))
    [['garage_cars is 4 and garage_area is 0, but a garage sold has places and an area, or there is none']]
    """
    own = {name: columns[name] for name in given}
    said: list[list[str]] = [[] for _ in range(len(next(iter(columns.values()))))]
    for rule in (RULES[place] for place in rules):
        if set(rule.columns) <= set(own):
            for row in np.flatnonzero(_find_broken(rule, own)):
                *first, last = (f"{name} is {_show(own[name][row])}" for name in rule.columns)
                said[row].append(f"{', '.join(first)} and {last}, but {rule.said}")
    return said


def list_outside(columns: Columns, features: Iterable[Ranged]) -> list[list[str]]:
    """Say of each row which of its numbers lie outside those of the training rows.

    Parameters
    ----------
    features : iterable
        The number columns to look at; a date counts days since 1970-01-01.
    """
    said: list[list[str]] = [[] for _ in range(len(next(iter(columns.values()))))]
    for feature in features:
        values = columns[feature.name]
        for row in np.flatnonzero((values < feature.low) | (values > feature.high)):
            shown = (_show(end, feature.kind) for end in (values[row], feature.low, feature.high))
            said[row].append("{} is {}; sales run from {} to {}".format(feature.name, *shown))
    return said


def _show(value: object, kind: str = "number") -> str:
    """Write a value as its column's kind is written."""
    if isinstance(value, str):
        return value
    number = float(value)  # type: ignore[arg-type]
    return str(np.datetime64("1970-01-01") + int(np.floor(number))) if kind == "date" else f"{number:g}"


def write_refusal(said: Sequence[str]) -> str:
    """Put what is outside into one sentence; empty where nothing is.

    Examples
    --------
    >>> write_refusal(["rooms is 40; sales run from 2 to 15"])
    'This is outside what was ever seen, so no price is given: rooms is 40; sales run from 2 to 15.'
    """
    return f"This is outside what was ever seen, so no price is given: {'; '.join(said[:MAX_SHOWN])}." if said else ""
