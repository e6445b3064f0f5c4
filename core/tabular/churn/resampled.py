"""What SMOTE buys and what it costs: the same model with and without it, fold by fold.

Both learn from the same folds, so their scores are compared in pairs; the interval is the corrected one of C. Nadeau
and Y. Bengio 2003 (doi:10.1023/A:1024068626366), since folds share training rows.

Left out: other ways to even classes out (weights, undersampling).
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from core.evaluation.comparison import corrected_t_test
from core.evaluation.metrics import show_metric
from core.hub.charts import Chart, Mark
from core.tabular.churn.model import Model
from core.tabular.churn.recipe import SMOTED

NOTHING = 0.005
"""Difference of the ROC area, of either sign, that is taken for none."""


def compare_smote(model: Model) -> pd.DataFrame:
    """Subtract the scores of each model from those of the same model with SMOTE.

    Returns
    -------
    DataFrame of shape (n_models * n_metrics, 7)
        model, metric, without, with_smote, difference, low and high (corrected 95% interval over the folds); empty
        where the run had no SMOTE.

    Examples
    --------
    >>> from core.tabular.churn.data import load
    >>> from core.tabular.churn.recipe import Recipe
    >>> from core.tabular.churn.training import train
    >>> recipe = Recipe(models=("logistic regression",), n_inner=2)
    >>> found = compare_smote(train(recipe, load(recipe)))
    >>> found.loc[found["metric"].isin(["roc_auc", "brier"]), "difference"].round(3).tolist()
    [-0.001, 0.028]
    """
    rows = []
    for name in (each for each in model.choices if each + SMOTED in model.names):
        for metric, scores in model.fold_scores.items():
            plain, made = scores[name], scores[name + SMOTED]
            test = corrected_t_test(made - plain, model.folds.n_train, model.folds.n_test)
            rows.append((name, metric, plain.mean(), made.mean(), (made - plain).mean(), test.low, test.high))
    return pd.DataFrame(rows, columns=["model", "metric", "without", "with_smote", "difference", "low", "high"])


def smote_chart(found: pd.DataFrame, metric: str) -> Chart:
    """Draw what SMOTE does to one score of each model, as :func:`compare_smote` found it."""
    shown = found[found["metric"] == metric]
    names, value = shown["model"].to_numpy(dtype=object), shown["difference"].to_numpy(dtype=float)
    (low, high), title = (shown[name].to_numpy(dtype=float) for name in ("low", "high")), show_metric(metric)
    finding = f"SMOTE moves the {title} by {value.min():+.4f} to {value.max():+.4f}"
    if metric == "roc_auc":
        far, reach = int((np.abs(value) > NOTHING).sum()), (float(low.min()), float(high.max()))
        finding = f"SMOTE buys no ranking: every {title} stays within {NOTHING:g}, interval and all"
        if max(-reach[0], reach[1]) > NOTHING:
            finding = (
                f"SMOTE moves no {title} by more than {NOTHING:g}; intervals reach {reach[0]:+.3f} to {reach[1]:+.3f}"
            )
        if far:
            finding = f"SMOTE moves the {title} of {far} of {len(value)} models by more than {NOTHING:g}"
    elif metric == "brier":
        finding = f"SMOTE costs probabilities: the {title} rises by {value.min():.4f} to {value.max():.4f}"
        if value.min() <= 0:
            finding = f"SMOTE moves the {title} by {value.min():+.4f} to {value.max():+.4f}"
    lines = [Mark("line", np.full(len(names), at), names, role="baseline", dash=True) for at in _list_readings(metric)]
    marks = (*lines, Mark("points", value, names, "with SMOTE less without", "second", low=low, high=high, size=11.0))
    told = "; ".join(f"{name} {one:+.4f}" for name, one in zip(names, value, strict=True))
    return Chart(finding, f"Difference of the {title}, 95% interval", "", marks, f"{finding}. {told}.")


def _list_readings(metric: str) -> tuple[float, ...]:
    """List the lines that a difference is read against."""
    return (-NOTHING, NOTHING) if metric == "roc_auc" else (0.0,)
