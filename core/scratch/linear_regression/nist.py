"""How many digits are right, on the eleven linear sets whose answers NIST certifies to 15 digits.

Method: NIST Statistical Reference Datasets, https://www.itl.nist.gov/div898/strd/lls/lls.shtml; the measure is the log
relative error, −log10(|ours − certified| / |certified|), of the worst coefficient and of the worst standard deviation
(B. D. McCullough 1998, doi:10.2307/2685442). A certified zero is measured by −log10(|ours|); 15 is the most that shows.

Left out: the analysis of variance tables and the nonlinear sets.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from core.hub.errors import DataError
from core.scratch.linear_regression.double_double import DoubleDouble, from_decimals, from_floats
from core.scratch.linear_regression.inference import fit_errors
from core.scratch.linear_regression.least_squares import solve_normal, solve_qr, solve_svd
from core.scratch.linear_regression.nist_data import (
    CERTIFIED,
    FILIP_X,
    FILIP_Y,
    LONGLEY,
    NORRIS_X,
    NORRIS_Y,
    PONTIUS_Y,
    WAMPLER_3_Y,
)
from core.scratch.linear_regression.precise import solve_precisely

MOST_DIGITS = 15.0
N_WAMPLER = 21
PRECISE, QR, NORMAL, SVD = "QR in double-double", "QR", "normal equations", "SVD"
Answer = tuple[np.ndarray, np.ndarray]
"""Coefficients and their standard deviations."""


@dataclass(frozen=True, slots=True, eq=False)
class Reference:
    """One certified set.

    Parameters
    ----------
    name : str
        As NIST calls it.
    x : DoubleDouble of shape (n_rows, n_columns)
        The columns, with the ones and the powers that the set's model asks for.
    y : DoubleDouble of shape (n_rows,)
    coefficients, standard_deviations : float arrays of shape (n_columns,)
        As certified.
    """

    name: str
    x: DoubleDouble
    y: DoubleDouble
    coefficients: np.ndarray
    standard_deviations: np.ndarray


@dataclass(frozen=True, slots=True)
class Digits:
    """How many digits of the worst coefficient and of the worst standard deviation are right; 0 where there is none."""

    name: str
    coefficients: float
    standard_deviations: float

    @property
    def worst(self) -> float:
        """The smaller of the two."""
        return min(self.coefficients, self.standard_deviations)


@lru_cache(maxsize=1)
def load_references() -> tuple[Reference, ...]:
    """Make the eleven sets from their decimal text.

    Examples
    --------
    >>> [(each.name, each.x.shape) for each in load_references()][5]
    ('Filip', (82, 11))
    """
    thousands = [str(150_000 * place) for place in range(1, 21)] * 2
    rows = [line.split() for line in LONGLEY.strip().splitlines()]
    longley = from_decimals([["1", *row[1:]] for row in rows])
    sets = [
        ("Norris", _make_powers(NORRIS_X.split(), 1), from_decimals(NORRIS_Y.split())),
        ("Pontius", _make_powers(thousands, 2), from_decimals(PONTIUS_Y.split())),
        ("NoInt1", _make_column(range(60, 71)), _make_numbers(range(130, 141))),
        ("NoInt2", _make_column(range(4, 7)), _make_numbers((3, 4, 4))),
        ("Longley", longley, from_decimals([row[0] for row in rows])),
        ("Filip", _make_powers(FILIP_X.split(), 10), from_decimals(FILIP_Y.split())),
        *_make_wampler(),
    ]
    return tuple(
        Reference(name, x, y, *(np.array(texts.split(), dtype=float) for texts in CERTIFIED[name]))
        for name, x, y in sets
    )


def _make_numbers(values: range | tuple[int, ...]) -> DoubleDouble:
    """Take whole numbers."""
    return from_floats(np.array(values, dtype=float))


def _make_column(values: range) -> DoubleDouble:
    """Make a single column, for a line through the origin."""
    return _make_numbers(values)[:, None]


def _make_powers(texts: list[str], degree: int) -> DoubleDouble:
    """Make the columns 1, x, x², … to 32 digits."""
    x = from_decimals(texts)
    columns = [from_floats(np.ones(len(texts)))]
    for _ in range(degree):
        columns.append(columns[-1] * x)
    return DoubleDouble(np.stack([each.high for each in columns], 1), np.stack([each.low for each in columns], 1))


def _make_wampler() -> list[tuple[str, DoubleDouble, DoubleDouble]]:
    """Make Wampler's five sets: polynomials of degree 5, then with errors of 1, 100 and 10,000 times a pattern."""
    x = _make_powers([str(place) for place in range(N_WAMPLER)], 5)
    first = x.sum(axis=1)  # every coefficient is 1
    second = (x * from_decimals(["1", "0.1", "0.01", "0.001", "0.0001", "0.00001"])[None, :]).sum(axis=1)
    pattern = from_decimals(WAMPLER_3_Y.split()) - first
    shifted = [first + pattern * _make_numbers((size,)) for size in (1, 100, 10_000)]
    return [(f"Wampler{place}", x, y) for place, y in enumerate([first, second, *shifted], 1)]


def count_digits(found: np.ndarray, certified: np.ndarray) -> float:
    """Return the log relative error of the worst of several numbers, between 0 and 15.

    Examples
    --------
    >>> round(count_digits(np.array([1.001, 2.0]), np.array([1.0, 2.0])), 6)
    3.0
    """
    if not np.isfinite(found).all():
        return 0.0
    missed = np.abs(found - certified) / np.where(certified == 0, 1.0, np.abs(certified))
    worst = float(missed.max())
    return MOST_DIGITS if worst == 0 else float(np.clip(-np.log10(worst), 0.0, MOST_DIGITS))


def answer_precisely(each: Reference) -> Answer:
    """Answer a set with twice the digits, from its decimal text."""
    found = solve_precisely(each.x, each.y)
    return found.coefficients, found.standard_errors


def answer_in_floats(each: Reference, solve: Callable[[np.ndarray, np.ndarray], np.ndarray]) -> Answer:
    """Answer a set with ordinary floats, by one of the methods of ``least_squares``."""
    x, y = each.x.high, each.y.high
    coefficients = solve(x, y)
    return coefficients, fit_errors(x, y, coefficients)


SOLVERS: dict[str, Callable[[Reference], Answer]] = {
    PRECISE: answer_precisely,
    QR: lambda each: answer_in_floats(each, solve_qr),
    SVD: lambda each: answer_in_floats(each, solve_svd),
    NORMAL: lambda each: answer_in_floats(each, solve_normal),
    "numpy.linalg.lstsq": lambda each: answer_in_floats(each, lambda x, y: np.linalg.lstsq(x, y)[0]),
}


def score_solver(answer: Callable[[Reference], Answer]) -> tuple[Digits, ...]:
    """Hold a solver against every certified set.

    Parameters
    ----------
    answer : callable
        ``answer(reference) -> (coefficients, standard deviations)``; a set that it refuses counts 0 digits.

    Examples
    --------
    >>> min(each.worst for each in score_solver(answer_precisely)) > 13
    True
    """
    return tuple(_score_set(answer, each) for each in load_references())


def _score_set(answer: Callable[[Reference], Answer], each: Reference) -> Digits:
    """Hold a solver against one set."""
    try:
        coefficients, errors = answer(each)
    except DataError:
        return Digits(each.name, 0.0, 0.0)
    return Digits(
        each.name, count_digits(coefficients, each.coefficients), count_digits(errors, each.standard_deviations)
    )
