"""Understand any table: claims with evidence, cleaning that can be undone, charts, stories and a report that argues.

claims      what a table shows, tested    defects    known ones, planted      planted     the search tests itself
cleaning    steps, history, script        stories    five case studies        report      the PDF and its numbers
associations, measures, drawings   matrices and Matplotlib pictures
recipe      what decides a run            schema, data   columns, rows        training    look a table over
model       what a run leaves             scoring    figures with intervals   answers     cases and tables
files       save and load                 runs       a job and its result     card        the model card's words
lessons, table_figures, evidence_figures   what is taught

Left out: fitting models to predict; where a table comes from (``core.datasets``).
"""

from core.tabular.eda.answers import (
    find_needed,
    find_usual,
    list_unusual,
    predict,
    predict_case,
    predict_table,
    schema_fields,
)
from core.tabular.eda.card import CARD
from core.tabular.eda.claim import Claim
from core.tabular.eda.data import Data, load
from core.tabular.eda.files import load_model, save_model
from core.tabular.eda.lessons import LESSONS, QUESTIONS
from core.tabular.eda.model import Model
from core.tabular.eda.planted import PlantedTest, name_alerts
from core.tabular.eda.recipe import BASELINE, MODEL, RECIPES, Inputs, Recipe
from core.tabular.eda.runs import (
    DOWNLOADS,
    Result,
    list_claims,
    make_run_report,
    make_story_report,
    open_result,
    run_job,
)
from core.tabular.eda.scoring import describe_command, evaluate, list_kinds
from core.tabular.eda.training import train

__all__ = [
    "BASELINE", "CARD", "DOWNLOADS", "LESSONS", "MODEL", "QUESTIONS", "RECIPES", "Claim", "Data", "Inputs", "Model",
    "PlantedTest", "Recipe", "Result", "describe_command", "evaluate", "find_needed", "find_usual", "list_claims",
    "list_kinds", "list_unusual", "load", "load_model", "make_run_report", "make_story_report", "name_alerts",
    "open_result", "predict", "predict_case", "predict_table", "run_job", "save_model", "schema_fields", "train",
]  # fmt: skip
