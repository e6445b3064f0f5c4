"""Tables of a run: coefficients with inference and digits, rows that bend the line, answers, certified sets.

Left out: charts (``charts``).
"""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from core.datasets.fixes.wording import list_names
from core.scratch.linear_regression.diagnostics import inflate_variance, measure_cook, standardise_residuals
from core.scratch.linear_regression.inference import Inference
from core.scratch.linear_regression.model import Model, find_reach
from core.scratch.linear_regression.nist import SOLVERS, score_solver

N_INFLUENTIAL = 10


def list_coefficients(model: Model, found: Inference) -> pd.DataFrame:
    """List every coefficient of least squares with its error, test, interval and variance inflation.

    Returns
    -------
    DataFrame of shape (n_terms + 1, 8)
        term, coefficient, standard_error, t, p, low, high, vif (missing for the intercept).
    """
    return pd.DataFrame(
        {
            "term": model.schema.coefficients,
            "coefficient": found.coefficients,
            "standard_error": found.standard_errors,
            "t": found.t_values,
            "p": found.p_values,
            "low": found.low,
            "high": found.high,
            "vif": [np.nan, *inflate_variance(model.design, found)],
        }
    )


def describe_lone_rows(model: Model, found: Inference) -> str:
    """Name the rows that alone decide a coefficient, to which HC0 to HC3 give no error; empty where there are none."""
    if found.errors == "classical" or not found.rests_on_one.any():
        return ""
    terms = [term for term, rests in zip(model.schema.coefficients, found.rests_on_one, strict=True) if rests]
    rows = [f"{row:,}" for row in np.sort(model.ids[found.lone_rows] + 1)]
    rest, what = "rests" if len(terms) == 1 else "rest", "row" if len(rows) == 1 else "rows"
    return (
        f"{list_names(terms)} {rest} on {what} {list_names(rows)}, which the line meets whatever stands there: "
        f"{found.errors} reads errors from what rows are missed by, so it gives none here; the classical error does."
    )


def list_digits(model: Model) -> pd.DataFrame:
    """List how many digits of each coefficient to believe and what limits them; empty where it was not measured."""
    trust = model.trust
    if trust is None:
        return pd.DataFrame(columns=["term", "coefficient", "believe", "qr", "normal", "stored", "noise"])
    return pd.DataFrame(
        {
            "term": model.schema.coefficients,
            "coefficient": trust.precise,
            "believe": trust.believed.astype(int),
            "qr": trust.qr,
            "normal": trust.normal,
            "stored": trust.stored,
            "noise": trust.noise,
        }
    )


def describe_digits(model: Model) -> str:
    """Say in a sentence what limits the digits of this table's coefficients."""
    trust = model.trust
    if trust is None:
        return "This table is too large to be solved with twice the digits; the condition number bounds what is lost."
    arithmetic, noise = float(trust.qr.min()), float(trust.noise.max())
    limit = "the sample, not the arithmetic, limits them" if noise < arithmetic else "the arithmetic limits them"
    return (
        f"QR gets at least {math.floor(arithmetic)} digits of every coefficient right and the normal equations "
        f"{math.floor(trust.normal.min())}; the sample leaves at most {max(noise, 0):.1f}: {limit}."
    )


def find_pair(model: Model) -> tuple[str, str]:
    """Return the two terms that go together most: the longest valley. A single term is returned twice."""
    names = [term.name for term in model.schema.terms]
    if len(names) == 1:
        return names[0], names[0]
    r = np.abs(np.triu(np.corrcoef(model.x.T), 1))
    a, b = (int(place) for place in np.unravel_index(int(r.argmax()), r.shape))
    return names[a], names[b]


def list_influential(model: Model, found: Inference) -> pd.DataFrame:
    """List the training rows that bend the line most: row (from 1, in the table), miss, leverage, Cook's distance."""
    cook = measure_cook(found)
    order = np.argsort(-cook, kind="stable")[:N_INFLUENTIAL]
    return pd.DataFrame(
        {
            "row": model.ids[order] + 1,
            "true": model.y[order],
            "fitted": found.fitted[order],
            "deviations": standardise_residuals(found)[order],
            "leverage": found.leverage[order],
            "cook": cook[order],
        }
    )


def list_held_out(model: Model) -> pd.DataFrame:
    """List every line's answers on the test rows, best line first.

    Returns
    -------
    DataFrame of shape (n_models * n_test, 7)
        row (from 1, in the table), model, true, answer, low, high, miss.
    """
    held_out, parts = model.held_out, []
    for name in model.names:
        answers, (reach, _) = held_out.answers[name], find_reach(model, name, held_out.x)
        parts.append(
            pd.DataFrame(
                {
                    "row": held_out.ids + 1,
                    "model": name,
                    "true": held_out.y,
                    "answer": answers,
                    "low": answers - reach,
                    "high": answers + reach,
                    "miss": answers - held_out.y,
                }
            )
        )
    return pd.concat(parts, ignore_index=True)


def list_certified() -> pd.DataFrame:
    """List the digits that each method gets right on each certified set, the worst of coefficients and deviations."""
    found = {name: score_solver(answer) for name, answer in SOLVERS.items()}
    frame = pd.DataFrame({name: [each.worst for each in digits] for name, digits in found.items()})
    frame.insert(0, "set", [each.name for each in next(iter(found.values()))])
    return frame
