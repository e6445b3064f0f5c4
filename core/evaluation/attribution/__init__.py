"""Explanations of single answers on the original columns, with error bars, and how far they can be believed.

``exact_shapley`` enumerates, ``shap_values`` and ``lime_values`` ask the packages of those names,
``permutation_values`` replaces one column at a time; ``agree``, ``measure_stability`` and ``delete_columns`` put them
to the test.
"""

from core.evaluation.attribution.agreement import Agreement, agree, agree_all
from core.evaluation.attribution.charts import importance_chart, local_chart, path_chart, strip_chart
from core.evaluation.attribution.check_charts import agreement_chart, deletion_chart, stability_chart
from core.evaluation.attribution.faithfulness import Deletion, delete_columns
from core.evaluation.attribution.lime_package import DISCRETISATION, lime_values
from core.evaluation.attribution.occlusion import permutation_values
from core.evaluation.attribution.overall import METHODS, explain_rows, rank_columns
from core.evaluation.attribution.result import Ask, Attribution
from core.evaluation.attribution.shap_package import shap_values
from core.evaluation.attribution.shapley import exact_shapley, sample_shapley
from core.evaluation.attribution.stability import Stability, draw_refits, measure_stability, say_stability

__all__ = [
    "DISCRETISATION",
    "METHODS",
    "Agreement",
    "Ask",
    "Attribution",
    "Deletion",
    "Stability",
    "agree",
    "agree_all",
    "agreement_chart",
    "delete_columns",
    "deletion_chart",
    "draw_refits",
    "exact_shapley",
    "explain_rows",
    "importance_chart",
    "lime_values",
    "local_chart",
    "measure_stability",
    "path_chart",
    "permutation_values",
    "rank_columns",
    "sample_shapley",
    "say_stability",
    "shap_values",
    "stability_chart",
    "strip_chart",
]
