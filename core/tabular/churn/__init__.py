"""Customers who may leave: who they are, whom it pays to keep, on whom that falls, and whether it still holds.

recipe        what decides a run          data          rows, classes, groups
derive        columns of a row alone      copies        folds without copies
models        behind one preparation      folds         folds inside folds
training      fit all                     model         what a run leaves
scoring       figures with intervals      money         payoff, threshold, contacts
fairness      groups and their price      segments      portfolio and its parts
contacts      what a list is worth        resampled     what SMOTE buys and costs
explain       importance by groups        monitoring    drift, scores without labels
answers       one customer, what if       batches       many customers
files         save and load               download      a zip to take away
predict_file  the script in it            reporting     the PDF
runs          a job and its result        card          words of the model card
by_hand       methods in NumPy            figures       drawings of the lessons
lessons       what is taught

Left out: when customers leave (survival), and whom an offer changes (uplift): both take other tables.
"""

from core.tabular.churn.answers import (
    lay_out_case,
    nearest_cases,
    predict,
    predict_all_models,
    predict_case,
    schema_fields,
    vary_customer,
)
from core.tabular.churn.batches import find_needed, predict_many, predict_table
from core.tabular.churn.card import CARD
from core.tabular.churn.contacts import contact_chart, contact_list, score_contacts
from core.tabular.churn.data import Data, load
from core.tabular.churn.download import make_download
from core.tabular.churn.explain import (
    explain_by,
    explain_columns,
    explain_customers,
    importance_chart,
    shapley_frame,
)
from core.tabular.churn.fairness import judge_groups, limit_by_folds, trace_front
from core.tabular.churn.files import load_model, save_model
from core.tabular.churn.lessons import LESSONS, QUESTIONS
from core.tabular.churn.model import Model
from core.tabular.churn.money import (
    Costs,
    Offer,
    find_rule,
    find_threshold,
    make_payoff,
    profit_chart,
    score_profit,
    value_customers,
)
from core.tabular.churn.monitoring import rehearse_shift, watch_table
from core.tabular.churn.recipe import AVERAGE, BASELINE, MODELS, RECIPES, RULE, SETTINGS_OF, SMOTED, Inputs, Recipe
from core.tabular.churn.reporting import make_run_report
from core.tabular.churn.resampled import compare_smote, smote_chart
from core.tabular.churn.runs import DOWNLOADS, Result, list_held_out, open_result, run_job
from core.tabular.churn.scoring import compare_row_by_row, describe_command, evaluate
from core.tabular.churn.segments import (
    describe_portfolio,
    list_segments,
    loss_chart,
    make_segments,
    portfolio_chart,
    segment_chart,
)
from core.tabular.churn.training import describe_smote, train

__all__ = [
    "AVERAGE",
    "BASELINE",
    "CARD",
    "DOWNLOADS",
    "LESSONS",
    "MODELS",
    "QUESTIONS",
    "RECIPES",
    "RULE",
    "SETTINGS_OF",
    "SMOTED",
    "Costs",
    "Data",
    "Inputs",
    "Model",
    "Offer",
    "Recipe",
    "Result",
    "compare_row_by_row",
    "compare_smote",
    "contact_chart",
    "contact_list",
    "describe_command",
    "describe_portfolio",
    "describe_smote",
    "evaluate",
    "explain_by",
    "explain_columns",
    "explain_customers",
    "find_needed",
    "find_rule",
    "find_threshold",
    "importance_chart",
    "judge_groups",
    "lay_out_case",
    "limit_by_folds",
    "list_held_out",
    "list_segments",
    "load",
    "load_model",
    "loss_chart",
    "make_download",
    "make_payoff",
    "make_run_report",
    "make_segments",
    "nearest_cases",
    "open_result",
    "portfolio_chart",
    "predict",
    "predict_all_models",
    "predict_case",
    "predict_many",
    "predict_table",
    "profit_chart",
    "rehearse_shift",
    "run_job",
    "save_model",
    "schema_fields",
    "score_contacts",
    "score_profit",
    "segment_chart",
    "shapley_frame",
    "smote_chart",
    "trace_front",
    "train",
    "value_customers",
    "vary_customer",
    "watch_table",
]  # fmt: skip
