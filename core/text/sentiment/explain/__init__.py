"""Why a text is called positive, and whether that explanation is true.

words       the parts that all methods speak about    result          what an explanation is
network     BERT forwards in NumPy                    backward        and back: its slopes
subject     a classifier to be explained              reader          a stored BERT to look into
methods     all methods by name                       attention       attention and rollout
gradients   gradient × input, integrated gradients    asking          occlusion and Shapley, any model
charts      drawings of explanations                  linear_effects  linear Shapley, exact
changes     words left out or replaced                flips           what turns an answer
lstm_effects  the BiLSTM's attention and slopes         attention_view  every head of every layer

planted     texts in which one word decides           low_rank        a network taught to follow it
recovery    is that word named?                       erasure         does the answer hang on the words?
randomised  does it notice a network of chance?       checks          all three in one table
check_runs  the checks as a job                       checks_file     as JSON, and those that ship
check_charts  drawings of the checks                  checks_store    making those that ship

Left out: explanations of classes other than positive and negative.
"""

from core.text.sentiment.explain.asking import occlude, shapley_words
from core.text.sentiment.explain.attention import attend, roll_out
from core.text.sentiment.explain.attention_view import describe_heads, head_chart, heads_chart, tiles_chart
from core.text.sentiment.explain.changes import Change
from core.text.sentiment.explain.charts import duel_chart, methods_chart, steps_chart, words_chart
from core.text.sentiment.explain.check_charts import erasure_chart, gains_chart, randomised_chart, recovery_chart
from core.text.sentiment.explain.check_runs import (
    CHECK_DOWNLOADS,
    CheckRecipe,
    open_checks,
    run_check_job,
    run_checks,
)
from core.text.sentiment.explain.checks import MethodScore, check_methods, scores_to_frame
from core.text.sentiment.explain.checks_file import load_stored_checks
from core.text.sentiment.explain.flips import Duel, Flip, compare_models, find_flip
from core.text.sentiment.explain.gradients import gradient_times_input, integrated_gradients
from core.text.sentiment.explain.linear_effects import share_linear
from core.text.sentiment.explain.low_rank import Planted, PlantRecipe, fit_planted, open_planted, planted_to_bytes
from core.text.sentiment.explain.methods import METHODS, Method, explain_text, find_method, list_methods
from core.text.sentiment.explain.planted import PlantedText, plant_words
from core.text.sentiment.explain.reader import BertReader
from core.text.sentiment.explain.recovery import Recovery, find_followed, score_recovery
from core.text.sentiment.explain.result import WordEffects
from core.text.sentiment.explain.subject import Subject, make_subject
from core.text.sentiment.explain.words import Word

__all__ = [
    "CHECK_DOWNLOADS", "METHODS", "BertReader", "Change", "CheckRecipe", "Duel", "Flip", "Method", "MethodScore",
    "PlantRecipe", "Planted", "PlantedText", "Recovery", "Subject", "Word", "WordEffects", "attend", "check_methods",
    "compare_models", "describe_heads", "duel_chart", "erasure_chart", "explain_text", "find_flip", "find_followed",
    "find_method", "fit_planted", "gains_chart", "gradient_times_input", "head_chart", "heads_chart",
    "integrated_gradients", "list_methods", "load_stored_checks", "make_subject", "methods_chart", "occlude",
    "open_checks", "open_planted", "plant_words", "planted_to_bytes", "randomised_chart", "recovery_chart", "roll_out",
    "run_check_job", "run_checks", "score_recovery", "scores_to_frame", "shapley_words", "share_linear", "steps_chart",
    "tiles_chart", "words_chart",
]  # fmt: skip
