"""Titanic: who survived, three models against the sex-only rule, and explanations that are put to the test.

recipe      what decides a run, one passenger     passengers   ten columns read or refused
cleaning    what was wrong and what was done      features     title, family, deck, fare per person
data        rows, split once                      pipelines    models and baselines, each in one pipeline
folds       random folds, tickets, shuffled       training     fit, compare, study
grids       whole surfaces, nested                remedies     class weights and thresholds
gaps        why scores differ, what is real       explaining   Shapley, SHAP, LIME, permutation, their tests
model       what a run leaves                     scoring      figures with intervals
answers     one passenger, with reasons           batches      many passengers
files, explained_files  save and load             runs         a job and its result
download, predict_file  a zip to take away        reporting    the PDF
lessons, figures        what is taught            card         words of the model card

Left out: models that are averaged or stacked.
"""

from core.tabular.titanic.answers import (
    ask,
    explain_case,
    nearest_cases,
    predict,
    predict_all_models,
    predict_case,
    schema_fields,
)
from core.tabular.titanic.batches import predict_many, predict_table
from core.tabular.titanic.card import CARD
from core.tabular.titanic.data import Data, load
from core.tabular.titanic.download import make_download
from core.tabular.titanic.explaining import describe_explanations
from core.tabular.titanic.files import load_model, save_model
from core.tabular.titanic.gaps import gap_chart
from core.tabular.titanic.grids import grid_chart
from core.tabular.titanic.lessons import LESSONS, QUESTIONS
from core.tabular.titanic.model import Model
from core.tabular.titanic.passengers import find_needed, standardise
from core.tabular.titanic.recipe import BASELINE, BASELINES, COLUMNS, MODELS, RECIPES, Inputs, Recipe
from core.tabular.titanic.remedies import describe_remedies, remedies_chart
from core.tabular.titanic.reporting import make_run_report
from core.tabular.titanic.runs import DOWNLOADS, Result, list_held_out, open_result, run_job
from core.tabular.titanic.scoring import describe_command, evaluate
from core.tabular.titanic.training import train

__all__ = [
    "BASELINE", "BASELINES", "CARD", "COLUMNS", "DOWNLOADS", "LESSONS", "MODELS", "QUESTIONS", "RECIPES", "Data",
    "Inputs", "Model", "Recipe", "Result", "ask", "describe_command", "describe_explanations", "describe_remedies",
    "evaluate", "explain_case", "find_needed", "gap_chart", "grid_chart", "list_held_out", "load", "load_model",
    "make_download", "make_run_report", "nearest_cases", "open_result", "predict", "predict_all_models",
    "predict_case", "predict_many", "predict_table", "remedies_chart", "run_job", "save_model", "schema_fields",
    "standardise", "train",
]  # fmt: skip
