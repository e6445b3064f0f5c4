"""A/B testing: plan a trial, analyse it, look at it safely, and check every promise by simulation.

recipe      the plan                     trials, columns, data   bundled trials and uploads as two arms of units
estimates   what a test says             means, proportions, ranks, resampling   the tests
lift        relative effects             ratios    several rows a unit
categories  several arms and outcomes
power, share_power  how many units       sequential, futility, anytime, looks   looking more than once
cuped, covariates   less variance        srm, segments, decision   split, groups, what to do
analysis    all of it for one table      simulation, training, scoring   the promises
answers     two counts                   files, runs, structure    save, load, jobs
reporting, charts, tables, download      what a page shows and a person takes away
lessons, figures, look_figures   what is taught        card, references   the model card's words; published values

Left out: deciding between more than two arms; interference between units.
"""

from core.experimentation.ab_testing.analysis import Analysis, analyse
from core.experimentation.ab_testing.answers import predict
from core.experimentation.ab_testing.card import CARD
from core.experimentation.ab_testing.charts import (
    arms_chart,
    effects_chart,
    guarantees_chart,
    looks_chart,
    segments_chart,
)
from core.experimentation.ab_testing.columns import Columns, find_columns
from core.experimentation.ab_testing.data import Data, load
from core.experimentation.ab_testing.download import make_download
from core.experimentation.ab_testing.files import load_model, save_model
from core.experimentation.ab_testing.lessons import LESSONS, QUESTIONS
from core.experimentation.ab_testing.recipe import RECIPES, Inputs, Recipe
from core.experimentation.ab_testing.reporting import make_run_report
from core.experimentation.ab_testing.runs import DOWNLOADS, Result, open_result, run_job
from core.experimentation.ab_testing.scoring import describe_command, evaluate
from core.experimentation.ab_testing.tables import (
    list_arms,
    list_guarantees,
    list_guardrails,
    list_segments,
    list_tests,
)
from core.experimentation.ab_testing.training import Model, train
from core.experimentation.ab_testing.trials import TRIALS, Trial

__all__ = [
    "CARD", "DOWNLOADS", "LESSONS", "QUESTIONS", "RECIPES", "TRIALS", "Analysis", "Columns", "Data", "Inputs", "Model",
    "Recipe", "Result", "Trial", "analyse", "arms_chart", "describe_command", "effects_chart", "evaluate",
    "find_columns", "guarantees_chart", "list_arms", "list_guarantees", "list_guardrails", "list_segments",
    "list_tests", "load", "load_model", "looks_chart", "make_download", "make_run_report", "open_result", "predict",
    "run_job", "save_model", "segments_chart", "train",
]  # fmt: skip
