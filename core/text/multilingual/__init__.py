"""Many languages, one network: sentiment, and what makes it possible.

recipe        what decides a run         data          texts by language, and their split
translated    texts in other languages   switching     words lent by dictionary
mixing        both stages' texts         e5_file       the encoder's 4-bit file
start         what a run begins with     pruning       a smaller vocabulary
tuning        one stage's steps          training      both stages, balance, scores
baseline      what it has to beat        scoring       figures of each language
model         what a run leaves          answers       one text or many
word_spans    where words stand          files         save and load
runs          a job and its result       reporting     the PDF
download      a zip to take away         classify_file the script in it
card          words of the model card    hub_model     XLM-R where it can be reached

languages, language_text, language_id, language_trial, language_build   in which language a text is
tokenisers, tokeniser_views   how a text becomes tokens
word_spaces, word_space_build, alignment   word vectors of two languages laid on each other
translation   engines and who offers what: apertium, marian, translation_api; chrf rates them
translation_runs   a neural translation as a job
interface     the page's own words in six languages; language_names   languages' names in them
sample_texts  texts to try          published   figures of others
lessons, figures, view_charts   what is taught and drawn

Left out: German, Arabic and Hindi texts with labels, which no package carries.
"""

from core.text.multilingual.alignment import align, find_translations, measure_alignment
from core.text.multilingual.answers import ANSWERED, predict, predict_many, rate_texts, weigh_spans
from core.text.multilingual.card import CARD
from core.text.multilingual.data import TWEET_LANGUAGES, Data, load
from core.text.multilingual.download import make_download
from core.text.multilingual.files import load_model, save_model
from core.text.multilingual.interface import INTERFACE_LANGUAGES, say
from core.text.multilingual.language_id import LanguageGuess, identify
from core.text.multilingual.language_names import name_language
from core.text.multilingual.language_trial import measure_by_language, measure_languages, measure_refusals
from core.text.multilingual.languages import LANGUAGES, UNKNOWN, find_language
from core.text.multilingual.lessons import LESSONS, QUESTIONS
from core.text.multilingual.model import Model
from core.text.multilingual.published import PUBLISHED, Published
from core.text.multilingual.recipe import BASELINE, CLASSES, LINEAR, NETWORK, RECIPES, SLUG, ZERO_SHOT, Inputs, Recipe
from core.text.multilingual.reporting import list_coverage, list_scores, make_run_report
from core.text.multilingual.runs import DOWNLOADS, Result, open_result, run_job
from core.text.multilingual.sample_texts import PARALLEL, SAMPLES
from core.text.multilingual.scoring import describe_command, evaluate
from core.text.multilingual.tokeniser_views import (
    WAYS,
    measure_fertility,
    read_tokeniser,
    train_on_declaration,
    train_tokeniser,
)
from core.text.multilingual.tokenisers import BytePairs, train_bpe
from core.text.multilingual.training import train
from core.text.multilingual.translation import Translation, list_offers, measure_translation, translate
from core.text.multilingual.translation_runs import TranslationRecipe, open_translation, run_translation_job
from core.text.multilingual.view_charts import chart_alignment, chart_merges
from core.text.multilingual.word_spaces import TARGETS

__all__ = [
    "ANSWERED", "BASELINE", "CARD", "CLASSES", "DOWNLOADS", "INTERFACE_LANGUAGES", "LANGUAGES", "LESSONS", "LINEAR",
    "NETWORK", "PARALLEL", "PUBLISHED", "QUESTIONS", "RECIPES", "SAMPLES", "SLUG", "TARGETS", "TWEET_LANGUAGES",
    "UNKNOWN", "WAYS", "ZERO_SHOT", "BytePairs", "Data", "Inputs", "LanguageGuess", "Model", "Published", "Recipe",
    "Result", "Translation", "TranslationRecipe", "align", "chart_alignment", "chart_merges", "describe_command",
    "evaluate", "find_language", "find_translations", "identify", "list_coverage", "list_offers", "list_scores",
    "load", "load_model", "make_download", "make_run_report", "measure_alignment", "measure_by_language",
    "measure_fertility", "measure_languages", "measure_refusals", "measure_translation", "name_language",
    "open_result", "open_translation", "predict", "predict_many", "rate_texts", "read_tokeniser", "run_job",
    "run_translation_job", "save_model", "say", "train", "train_bpe", "train_on_declaration", "train_tokeniser",
    "translate", "weigh_spans",
]  # fmt: skip
