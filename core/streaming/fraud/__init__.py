"""Card payments scored as they arrive, and the frauds among them found while it still helps.

transactions   one payment, many payments     simulator      the handbook's payments
features       from a table                   online         one at a time
uploads        payments of one's own          recipe         what decides a run
data           payments cut into weeks        protocol       weeks, ranking, card precision
ratios         columns made of features       trees          trees as arrays
models         fitted scorers                 anomaly        detectors without labels
baselines      amount, ceiling, handbook      training       fit and choose
model          what a run leaves              scoring        figures with intervals
answers        one payment, a table           files          save and load
download       a zip to take away             predict_file   the script in it
reporting      the PDF                        runs           a job and its result
card           words of the model card        model_charts   charts of a model
lessons        what is taught                 lesson_figures drawings of the lessons
questions      three questions                overview       payments counted, charts
histories      one customer or terminal       weeks          the protocol's weeks
blindness      what no alert reaches          reason_charts  reasons, rehearsals
stored_figures what a page would wait for     live_start     the live replay's beginning
stream_runs    the stream as a job            paired         who is really better
lesson_streams drawings of lessons on streams

The stream itself (broker, messages, consumer, sink) and what watches it (drift, alarms, policy, queue, live) are
modules of their own, imported where they are needed, so that a page draws without them.

Left out: declining a payment; that is for people to decide.
"""

from core.streaming.fraud.answers import predict, predict_all_models, predict_many, predict_table
from core.streaming.fraud.card import CARD
from core.streaming.fraud.data import Data, load
from core.streaming.fraud.download import make_download
from core.streaming.fraud.files import load_model, save_model
from core.streaming.fraud.lessons import LESSONS
from core.streaming.fraud.model import FraudModel
from core.streaming.fraud.model_charts import (
    card_chart,
    compare_published,
    model_chart,
    precision_recall_chart,
    scenario_chart,
    scenario_frame,
)
from core.streaming.fraud.questions import QUESTIONS
from core.streaming.fraud.recipe import BASELINE, BLEND, MODELS, RECIPES, Inputs, Recipe
from core.streaming.fraud.reporting import make_run_report
from core.streaming.fraud.runs import DOWNLOADS, Result, list_alerts, open_result, run_job
from core.streaming.fraud.scoring import describe_command, evaluate
from core.streaming.fraud.training import train

__all__ = [
    "BASELINE",
    "BLEND",
    "CARD",
    "DOWNLOADS",
    "LESSONS",
    "MODELS",
    "QUESTIONS",
    "RECIPES",
    "Data",
    "FraudModel",
    "Inputs",
    "Recipe",
    "Result",
    "card_chart",
    "compare_published",
    "describe_command",
    "evaluate",
    "list_alerts",
    "load",
    "load_model",
    "make_download",
    "make_run_report",
    "model_chart",
    "open_result",
    "precision_recall_chart",
    "predict",
    "predict_all_models",
    "predict_many",
    "predict_table",
    "run_job",
    "save_model",
    "scenario_chart",
    "scenario_frame",
    "train",
]  # fmt: skip
