"""Linear regression by hand in NumPy, on the diabetes data or any table with a number to predict.

double_double  twice the digits           least_squares  four solvers             precise     QR with twice the digits
descent        gradient descent           inference      errors, tests, intervals  diagnostics rows and columns to mind
distributions  Student's t, Fisher's F    digits         digits to believe         nist        certified sets
dependence     columns that say the same
recipe         what decides a run         schema, data   columns, rows             training    fit and compare
model          what a run leaves          scoring        figures with intervals    answers     cases and tables
files          save and load              runs           a job and its result      reporting   the PDF
charts, tables, valley  what a page shows  lessons, figures  what is taught        card        the model card's words

Left out: other losses than the squared error, powers and products of columns, choosing columns.
"""

from core.scratch.linear_regression.answers import (
    find_needed,
    predict,
    predict_all_models,
    predict_case,
    predict_table,
    schema_fields,
)
from core.scratch.linear_regression.card import CARD
from core.scratch.linear_regression.data import Data, load
from core.scratch.linear_regression.descent import Walk, descend
from core.scratch.linear_regression.download import make_download
from core.scratch.linear_regression.files import load_model, save_model
from core.scratch.linear_regression.inference import ERRORS, Inference, infer
from core.scratch.linear_regression.lessons import LESSONS, QUESTIONS, STEPS
from core.scratch.linear_regression.model import Model
from core.scratch.linear_regression.recipe import BASELINE, MODELS, RECIPES, Inputs, Recipe
from core.scratch.linear_regression.reporting import make_run_report
from core.scratch.linear_regression.runs import DOWNLOADS, Result, open_result, run_job
from core.scratch.linear_regression.scoring import describe_command, evaluate
from core.scratch.linear_regression.tables import (
    describe_digits,
    describe_lone_rows,
    find_pair,
    list_certified,
    list_coefficients,
    list_digits,
    list_held_out,
    list_influential,
)
from core.scratch.linear_regression.training import train
from core.scratch.linear_regression.valley import Valley, make_valley

__all__ = [
    "BASELINE", "CARD", "DOWNLOADS", "ERRORS", "LESSONS", "MODELS", "QUESTIONS", "RECIPES", "STEPS", "Data",
    "Inference", "Inputs", "Model", "Recipe", "Result", "Valley", "Walk", "descend", "describe_command",
    "describe_digits", "describe_lone_rows", "evaluate", "find_needed", "find_pair", "infer", "list_certified",
    "list_coefficients", "list_digits", "list_held_out", "list_influential", "load", "load_model", "make_download",
    "make_run_report", "make_valley", "open_result", "predict", "predict_all_models", "predict_case", "predict_table",
    "run_job", "save_model", "schema_fields", "train",
]  # fmt: skip
