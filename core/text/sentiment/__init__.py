"""Whether a text is positive or negative, which words decided it, and whether that explanation is true.

recipe        what decides a run            data          texts: train, tune, test, domains
family        the protocol of a classifier  calibration   what a score means, when to be silent
lexicon       words that people rated       linear        what the linear families share
tfidf, nbsvm  linear families               vectors       average of word vectors
bilstm*       recurrent, with attention     bert          fine-tuned transformer
training      all that a run makes          model         what a run leaves
scoring       figures with intervals        answers       one text, many, or a table
files         save and load                 storing       one family anew among the stored
runs          a job and its result          reporting     the PDF and the charts of a run
download      a zip to take away            score_file    the script in it
card          words of the model card       lessons, figures   what is taught

vocabulary, word2vec, glove, word_*, analogy   word vectors by hand
recurrent     cells by hand                 preprocessing a sentence's way into a network
hub_models    BERT and DistilBERT, fetched  imdb          the recipe for its 50,000 reviews
explain       explanations, and whether they are true

Left out: languages other than English (``core.text.multilingual``); neutral as an answer.
"""

from core.text.sentiment.answers import (
    MOST_TEXTS,
    NEGATIVE,
    POSITIVE,
    predict,
    predict_many,
    predict_table,
    predict_text,
    predict_texts,
    split_pasted,
)
from core.text.sentiment.calibration import Abstention, Calibration
from core.text.sentiment.card import CARD, CHECKS_CARD
from core.text.sentiment.data import Data, load
from core.text.sentiment.download import make_download
from core.text.sentiment.family import FAMILIES, TITLES, FamilyName, TextModel
from core.text.sentiment.files import load_model, save_model
from core.text.sentiment.lessons import LESSONS, QUESTIONS
from core.text.sentiment.model import TEST, FittedFamily, HeldOut, Model
from core.text.sentiment.recipe import BASELINE, DOMAINS, RECIPES, SLUG, Inputs, Recipe
from core.text.sentiment.reporting import (
    abstention_chart,
    confuse,
    describe_abstention,
    make_run_report,
    name_set,
    transfer_chart,
    trust_chart,
)
from core.text.sentiment.runs import DOWNLOADS, Result, list_held_out, open_result, run_job
from core.text.sentiment.scoring import compare_groups, describe_command, evaluate, families_table
from core.text.sentiment.training import train

CARDS = {"explanations": CHECKS_CARD}
"""The words of the stored models that no recipe of the project makes."""

__all__ = [
    "BASELINE", "CARD", "CARDS", "DOMAINS", "DOWNLOADS", "FAMILIES", "LESSONS", "MOST_TEXTS", "NEGATIVE", "POSITIVE",
    "QUESTIONS", "RECIPES", "SLUG", "TEST", "TITLES", "Abstention", "Calibration", "Data", "FamilyName",
    "FittedFamily", "HeldOut", "Inputs", "Model", "Recipe", "Result", "TextModel", "abstention_chart",
    "compare_groups", "confuse", "describe_abstention", "describe_command", "evaluate", "families_table",
    "list_held_out", "load", "load_model", "make_download", "make_run_report", "name_set", "open_result", "predict",
    "predict_many", "predict_table", "predict_text", "predict_texts", "run_job", "save_model", "split_pasted",
    "train", "transfer_chart", "trust_chart",
]  # fmt: skip
