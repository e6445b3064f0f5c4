"""Many passengers: cases from a program, and the rows of a table whose columns are found by name or synonym.

A table needs no column of who lived. Where a value cannot be meant the table is refused with its row; a gap in age,
fare, cabin or port is filled by the pipeline and flagged.

Left out: reasons of more than 25 passengers at a time, and of the rows of a table.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace

import pandas as pd

from core.datasets.cases import add_answers, name_marked
from core.datasets.table import Table
from core.hub.contract import Prediction
from core.tabular.titanic.answers import answer_rows, ask, check_name, find_sets, predict, read_case, refuse_rows
from core.tabular.titanic.model import Model
from core.tabular.titanic.passengers import MAY_BE_MISSING, read_passengers
from core.tabular.titanic.pipelines import answer_rows as choose_answers
from core.tabular.titanic.pipelines import to_pairs
from core.tabular.titanic.recipe import CLASSES, Inputs

MOST_EXPLAINED = 25
"""Cases that are explained in one request: some two seconds of one core."""
NO_REASONS = f"Reasons come with up to {MOST_EXPLAINED} cases at once; ask about this one with fewer others."


def predict_many(model: Model, inputs: Sequence[Inputs]) -> tuple[Prediction, ...]:
    """Answer cases in their order with the best model; up to ``MOST_EXPLAINED`` of them each get their reasons.

    Reasons ask about some thousand rows for each case, which a request of more would wait for; the notes then say so.
    """
    if len(inputs) <= MOST_EXPLAINED:
        return tuple(predict(model, each) for each in inputs)
    cases = pd.concat([read_case(asdict(each)) for each in inputs], ignore_index=True)
    return tuple(
        replace(each, details={**each.details, "notes": (*each.details["notes"], NO_REASONS)})
        for each in answer_rows(model, model.best, cases)
    )


def predict_table(model: Model, table: Table, name: str | None = None) -> pd.DataFrame:
    """Answer every row of a table of passengers, also Kaggle's (Pclass, SibSp, …).

    Returns
    -------
    DataFrame of shape (n_rows, n_columns + 6)
        The table's columns, then answer (missing where refused), ``share of No``, ``share of Yes``, prediction_set
        (empty where refused), refused, and imputed (the columns whose gap was filled).

    Raises
    ------
    DataError
        If the table lacks a column, has no rows, or a value cannot be meant.
    """
    x, chosen = read_passengers(table), check_name(model, name)
    shares = ask(model, chosen)(x)
    refusals, _ = refuse_rows(model, x)
    pairs, sets = to_pairs(shares), find_sets(model, chosen, shares)
    answers = choose_answers(shares)
    columns: dict[str, object] = {
        "answer": [None if refused else answer for answer, refused in zip(answers, refusals, strict=True)]
    }
    columns |= {f"share of {label}": pairs[:, place] for place, label in enumerate(CLASSES)}
    columns["prediction_set"] = [
        "" if refused else ", ".join(kept) or "(none)" for kept, refused in zip(sets, refusals, strict=True)
    ]
    columns["refused"] = refusals
    columns["imputed"] = name_marked(x[list(MAY_BE_MISSING)].isna())
    return add_answers(table, columns)
