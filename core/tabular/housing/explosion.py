"""Why plain least squares on logs explodes on a fold, computed: which columns, which rows, how near to dependent.

The preparation is the textbook one: every number made straight by Yeo and Johnson's (2000) power, every category
one-hot coded, De Cock's five sales left out. On four folds least squares is as good as any line. On one it is off by
millions. Two columns say nearly the same in its training rows, that a house has no second basement finish: as an area
of 0 and as a level of its own. The power makes them so alike: most areas are 0, and it presses all others into nearly
one value. Their weights are free to grow against one another, as long as they cancel. In the fold are the few houses
where they do not agree. Ridge holds both weights down and is not hurt; nor is least squares without either column, or
with areas that are only standardised.

Left out: other seeds, where those houses fall into other folds.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from core.evaluation.splits import make_folds
from core.tabular.housing.data import AMES_SIZE, Data
from core.tabular.housing.recipe import LARGE_SQ_FT

RARE_ROWS, N_WORST, N_COLUMNS = 8, 2, 4
TINY = 1e-9
"""Singular values below this share of the largest are exact dependences, which the solver leaves out by itself."""


def explode(data: Data) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Fit least squares and ridge on each fold with the textbook preparation, and take the worst fold apart.

    Returns
    -------
    folds : DataFrame of shape (n_folds, 6)
        fold, least_squares_usd and ridge_usd (RMSE), least_squares_log and ridge_log, condition (number of the
        training columns: largest over smallest singular value that is not zero).
    columns : DataFrame
        Of the worst rows of the worst fold: row (from 1, in the table), true_usd, answer_usd, column, weight,
        value, mean (of the training rows) and effect (on the log of the price), largest first.
    """
    kept = np.flatnonzero((data.x[AMES_SIZE] <= LARGE_SQ_FT).to_numpy())
    x, y, lines, worst = data.x.iloc[kept], np.log(data.y[kept]), [], (0.0, pd.DataFrame())
    for place, split in enumerate(make_folds(y, len(data.folds), 1, 0)):
        prepare = _make_preparation(x).fit(x.iloc[split.train])
        sides = [np.asarray(prepare.transform(x.iloc[rows])) for rows in (split.train, split.test)]
        plain, held = _fit_both(sides[0], y[split.train])
        truth = y[split.test]
        errors = [_measure(model.predict(sides[1]), truth) for model in (plain, held)]
        lines.append((place + 1, errors[0][0], errors[1][0], errors[0][1], errors[1][1], _condition(sides[0])))
        if errors[0][0] > worst[0]:
            names = tuple(prepare.get_feature_names_out())
            worst = errors[0][0], _take_apart(plain, names, sides, (truth, data.ids[kept][split.test]))
    columns = ["fold", "least_squares_usd", "ridge_usd", "least_squares_log", "ridge_log", "condition"]
    return pd.DataFrame(lines, columns=columns), worst[1]


def _make_preparation(x: pd.DataFrame) -> Any:
    """Make the textbook preparation: a power for numbers, standardised, and one-hot levels."""
    from sklearn.compose import ColumnTransformer
    from sklearn.preprocessing import OneHotEncoder, PowerTransformer

    numbers = [name for name in x.columns if x[name].dtype != object]
    categories = [name for name in x.columns if x[name].dtype == object]
    coder = OneHotEncoder(handle_unknown="infrequent_if_exist", min_frequency=RARE_ROWS, sparse_output=False)
    parts = [("numbers", PowerTransformer(), numbers), ("categories", coder, categories)]
    return ColumnTransformer(parts, verbose_feature_names_out=False)


def _fit_both(z: np.ndarray, y: np.ndarray) -> tuple[Any, Any]:
    """Fit least squares and ridge on the same columns."""
    from sklearn.linear_model import LinearRegression, Ridge

    return LinearRegression().fit(z, y), Ridge(10.0).fit(z, y)


def _measure(answers: np.ndarray, truth: np.ndarray) -> tuple[float, float]:
    """Return the RMSE in dollars and of logs."""
    dollars = np.exp(answers) - np.exp(truth)
    return float(np.sqrt(np.mean(dollars**2))), float(np.sqrt(np.mean((answers - truth) ** 2)))


def _condition(z: np.ndarray) -> float:
    """Return the condition number of centred columns, exact dependences left out."""
    found = np.linalg.svd(z - z.mean(axis=0), compute_uv=False)
    return float(found[0] / found[found > TINY * found[0]][-1])


def _take_apart(
    model: Any, names: tuple[str, ...], sides: list[np.ndarray], rows: tuple[np.ndarray, np.ndarray]
) -> pd.DataFrame:
    """List what the worst rows' answers are made of."""
    truth, ids = rows
    means, z = sides[0].mean(axis=0), sides[1]
    answers = model.predict(z)
    lines = []
    for row in np.argsort(-np.abs(answers - truth), kind="stable")[:N_WORST]:
        effects = model.coef_ * (z[row] - means)
        for place in np.argsort(-np.abs(effects), kind="stable")[:N_COLUMNS]:
            prices = float(np.exp(truth[row])), float(np.exp(answers[row]))
            column = (names[place], float(model.coef_[place]), float(z[row, place]), float(means[place]))
            lines.append((int(ids[row]) + 1, *prices, *column, float(effects[place])))
    columns = ["row", "true_usd", "answer_usd", "column", "weight", "value", "mean", "effect"]
    return pd.DataFrame(lines, columns=columns)


def describe_explosion(folds: pd.DataFrame, columns: pd.DataFrame) -> str:
    """Say in words what happened and why.

    Parameters
    ----------
    folds, columns : DataFrames
        As :func:`explode` gives them.
    """
    worst = folds.loc[folds["least_squares_usd"].idxmax()]
    overall = float(np.sqrt(np.mean(folds["least_squares_usd"] ** 2)))
    named = list(dict.fromkeys(columns.groupby("row").head(1)["column"]))  # what pushed each of the worst rows most
    rows = ", ".join(
        f"row {part['row'].iloc[0]} (sold for ${part['true_usd'].iloc[0]:,.0f}, answered "
        f"${part['answer_usd'].iloc[0]:,.0f})"
        for _, part in columns.groupby("row", sort=False)
    )
    return (
        f"Plain least squares on logs misses by ${overall:,.0f} over all folds, by ${worst['least_squares_usd']:,.0f} "
        f"on fold {int(worst['fold'])}; ridge on the same columns by ${worst['ridge_usd']:,.0f} there. The condition "
        f"number of that fold's training columns is {worst['condition']:,.0f}. The columns {', '.join(named)} say "
        f"nearly the same there, so their weights grew against one another; the rows where they disagree lie in this "
        f"fold: {rows}."
    )
