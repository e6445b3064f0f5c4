"""Iris flowers, and any table with a class column: nine classifiers and a baseline, compared, calibrated, explained.

recipe         what decides a run         data           rows, split once
classifiers    nine and a baseline        pipelines      prepared columns for them
training       fit, folds, thresholds     model          what a run leaves
sampling       a share of every class     copies         repeated rows together
promises       what sets promise          scoring        figures with intervals
answers        one case, with reasons     batches        many cases
planes         where answers change       files          save and load
download       a zip to take away         predict_file   the script in it
reporting      the PDF                    verdict        whether anything was learnt
runs           a job and its result       card           words of the model card
by_hand        the methods in NumPy       lessons        what is taught
model_figures  its figures on methods     score_figures  and on judging a model

Left out: tuning, class weights, features made out of text.
"""

from core.tabular.iris.answers import nearest_cases, predict, predict_all_models, predict_case, schema_fields
from core.tabular.iris.batches import find_needed, predict_many, predict_table
from core.tabular.iris.card import CARD
from core.tabular.iris.data import Data, load
from core.tabular.iris.download import make_download
from core.tabular.iris.files import load_model, save_model
from core.tabular.iris.lessons import LESSONS, QUESTIONS
from core.tabular.iris.model import Model
from core.tabular.iris.planes import boundaries, boundary
from core.tabular.iris.recipe import BASELINE, MODELS, RECIPES, SETTINGS_OF, Inputs, Recipe
from core.tabular.iris.reporting import make_run_report
from core.tabular.iris.runs import DOWNLOADS, Result, list_held_out, open_result, run_job
from core.tabular.iris.scoring import describe_command, evaluate
from core.tabular.iris.training import train

__all__ = [
    "BASELINE", "CARD", "DOWNLOADS", "LESSONS", "MODELS", "QUESTIONS", "RECIPES", "SETTINGS_OF", "Data", "Inputs",
    "Model", "Recipe", "Result", "boundaries", "boundary", "describe_command", "evaluate", "find_needed",
    "list_held_out", "load", "load_model", "make_download", "make_run_report", "nearest_cases",
    "open_result", "predict", "predict_all_models", "predict_case", "predict_many", "predict_table", "run_job",
    "save_model", "schema_fields", "train",
]  # fmt: skip
