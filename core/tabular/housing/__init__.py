"""House prices in Ames, and any table with a number to predict: an honest range, reasons to the cent, comparable sales.

recipe          what decides a run        house           one house, as a form asks for it
features        columns made row by row   data            rows and folds
pipelines       six models, one blend     coder           their preparation, fast
training        folds, then all rows      spread          how far a price may be off
model           what a run leaves         scoring         figures with intervals
typical         what is not known         cases           houses from forms and files
answers         prices                    contributions   reasons that add up to the cent
comparables     sales most alike          neighbourhoods  the figures of a map
studies         logs, scaling, the rule   explosion       why least squares explodes
charts          what a page draws         files           save and load
runs            a job and its result      reporting       the PDF
download        a zip to take away        predict_file    the script in it
lessons         what is taught            figures         its moving figures
card            words of the model card   matters         which topics matter
refusals        what is not priced        guards          parts that contradict each other

Left out: time (prices of 2006 to 2010 hardly move), streets, and overall quality, which this copy of the data lacks.
"""

from core.tabular.housing.answers import predict, predict_all_models, predict_case, predict_many, predict_table
from core.tabular.housing.card import CARD
from core.tabular.housing.cases import find_needed, match_columns, schema_fields
from core.tabular.housing.charts import explosion_chart, log_chart, price_chart, residual_charts
from core.tabular.housing.comparables import find_comparables
from core.tabular.housing.data import Data, load
from core.tabular.housing.download import make_download
from core.tabular.housing.explosion import describe_explosion
from core.tabular.housing.files import load_model, save_model
from core.tabular.housing.house import Inputs
from core.tabular.housing.lessons import LESSONS, QUESTIONS
from core.tabular.housing.matters import measure_topics
from core.tabular.housing.model import Model
from core.tabular.housing.neighbourhoods import list_neighbourhoods, map_chart
from core.tabular.housing.recipe import BASELINE, MODELS, RECIPES, Recipe
from core.tabular.housing.reporting import make_run_report
from core.tabular.housing.runs import DOWNLOADS, Result, list_held_out, open_result, run_job
from core.tabular.housing.scoring import compare_row_by_row, describe_command, evaluate
from core.tabular.housing.training import train

__all__ = [
    "BASELINE", "CARD", "DOWNLOADS", "LESSONS", "MODELS", "QUESTIONS", "RECIPES", "Data", "Inputs", "Model", "Recipe",
    "Result", "compare_row_by_row", "describe_command", "describe_explosion", "evaluate", "explosion_chart",
    "find_comparables", "find_needed", "list_held_out", "list_neighbourhoods", "load", "load_model", "log_chart",
    "make_download", "make_run_report", "map_chart", "match_columns", "measure_topics", "open_result", "predict",
    "predict_all_models", "predict_case", "predict_many", "predict_table", "price_chart", "residual_charts", "run_job",
    "save_model", "schema_fields", "train",
]  # fmt: skip
