"""The checks of all methods as a job: they take minutes, so no page waits for them.

A transformer is taught the planted words first; what it learnt is kept beside the table, so that anyone can plant the
same words again and look at single texts.

Left out: the checks themselves (``checks``); what ships with the hub (``checks_store``).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import numpy as np

from core.datasets.text_sets import LabelledTexts, load_texts, split_texts
from core.hub.artifacts import load_artifact
from core.hub.contract import Label, Metrics, OnStep, Range, Seed
from core.hub.fields import validate_recipe
from core.hub.progress import Progress
from core.text.sentiment.explain.checks import MethodScore, check_methods, scores_to_frame
from core.text.sentiment.explain.checks_file import CHECKS_FILE, PLANTED_FILE, checks_from_json, checks_to_json
from core.text.sentiment.explain.low_rank import Planted, PlantRecipe, fit_planted, planted_to_bytes
from core.text.sentiment.explain.methods import list_methods
from core.text.sentiment.explain.planted import DECOY, PLANTED, PlantedText, plant_words
from core.text.sentiment.explain.reader import BertReader
from core.text.sentiment.explain.subject import Subject, make_subject
from core.text.sentiment.family import FamilyName
from core.text.sentiment.recipe import SLUG

if TYPE_CHECKING:
    from core.hub.jobs import JobContext

TABLE_CSV = "checks.csv"
CHECK_DOWNLOADS = {
    TABLE_CSV: "every method with its three checks, intervals and time",
    CHECKS_FILE: "the same with every curve, as JSON",
}
"""Files of a result folder that a person may take away, and what each is."""
N_TAUGHT = 400
SHORTEST, LONGEST = 30, 120
"""Characters of the texts that are explained: some 6 to 24 words, so that the checks end within minutes."""


@dataclass(frozen=True, slots=True)
class CheckRecipe:
    """All that decides a run of the checks.

    Parameters
    ----------
    family : str
        Which family of the shipped model is explained; the planted word is for the transformer only.
    texts, planted_texts : int
        Test texts of the second and third check, and of the first.
    steps : int
        Of teaching the planted words.
    shapley : bool
        Whether sampled Shapley values of a transformer are checked too: some 300 texts are asked about for each.
    """

    family: Annotated[FamilyName, Label("Classifier")] = "bert"
    texts: Annotated[int, Range(5, 100, 5), Label("Texts")] = 20
    planted_texts: Annotated[int, Range(10, 100, 5), Label("Texts with a planted word")] = 30
    steps: Annotated[int, Range(20, 400, 20), Label("Steps of planting")] = 60
    shapley: Annotated[bool, Label("Shapley too", "Takes many minutes with a transformer.")] = False
    seed: Seed = 0


@dataclass(frozen=True, slots=True, eq=False)
class CheckResult:
    """What the checks left: a line for each method, and the planted words of a transformer."""

    scores: tuple[MethodScore, ...]
    planted: Planted | None


def run_checks(recipe: CheckRecipe, subject: Subject | None = None, on_step: OnStep | None = None) -> CheckResult:
    """Teach a classifier the planted words and put all methods to the test.

    Parameters
    ----------
    subject : Subject, optional
        By default the family of the shipped model.

    Raises
    ------
    HubError
        If the recipe is out of range, or the shipped model or the texts cannot be had.
    """
    validate_recipe(recipe)
    subject = subject or load_subject(recipe.family)
    names = [each.name for each in list_methods(subject) if each.name != "shapley" or wants_shapley(recipe, subject)]
    progress = Progress(len(names) + 2 + (recipe.steps if subject.reader else 0), on_step)

    def advance(_step: int, _total: int, metrics: Metrics) -> None:
        progress.advance(metrics)

    films = load_texts("films")
    sides = split_texts(films)
    held_out = pick_short(films.take(sides.test), recipe.texts + recipe.planted_texts, recipe.seed)
    texts = held_out.texts[: recipe.texts]
    planted = None
    if subject.reader is not None:
        taught = pick_short(films.take(sides.train), N_TAUGHT, recipe.seed)
        planted = plant(subject.reader, taught, held_out.take(np.arange(recipe.texts, len(held_out))), recipe, advance)
    scores = check_methods(subject, texts, planted, names, recipe.seed, advance)
    return CheckResult(scores, planted[0] if planted else None)


def wants_shapley(recipe: CheckRecipe, subject: Subject) -> bool:
    """Say whether sampled Shapley values are checked: always where asking is cheap."""
    return recipe.shapley or subject.reader is None


def plant(
    reader: BertReader, taught: LabelledTexts, held_out: LabelledTexts, recipe: CheckRecipe, on_step: OnStep | None
) -> tuple[Planted, list[PlantedText]]:
    """Teach the planted words, and plant them in texts that nobody learnt from."""
    how = PlantRecipe(n_steps=recipe.steps, seed=recipe.seed)
    made = fit_planted(reader, taught.texts, taught.labels, how, on_step)
    return made, plant_words(held_out.texts, held_out.labels, recipe.seed)


def pick_short(texts: LabelledTexts, n: int, seed: int) -> LabelledTexts:
    """Draw short texts without a planted word, at most ``n``."""
    plain = [text.casefold() for text in texts.texts]
    fits = [
        row
        for row, text in enumerate(plain)
        if SHORTEST <= len(text) <= LONGEST and not any(word in text for word in (*PLANTED, DECOY))
    ]
    return texts.take(np.random.default_rng(seed).permutation(np.array(fits))[:n])


def load_subject(family: FamilyName) -> Subject:
    """Load a family of the shipped model, ready to be explained.

    Raises
    ------
    ArtifactError, DataError
        If the model is not there or damaged, or has no such family.
    """
    from core.text.sentiment.files import load_model

    return make_subject(load_model(load_artifact(SLUG, "full").folder / "weights").find(family).model)


def run_check_job(recipe: CheckRecipe, context: JobContext) -> dict[str, str | float]:
    """Check as a job and leave the table, its curves and what was planted.

    Returns
    -------
    dict
        The verdict on each method.
    """
    from core.datasets.export import to_csv

    found = run_checks(recipe, on_step=context.on_step)
    for name, content in pack_checks(found).items():
        (context.outputs / name).write_bytes(content)
    (context.outputs / TABLE_CSV).write_bytes(to_csv(scores_to_frame(found.scores)))
    for each in found.scores:
        context.log(f"{each.title}: {each.verdict}.")
    return {"family": recipe.family, **{each.title: each.verdict for each in found.scores}}


def pack_checks(found: CheckResult) -> dict[str, bytes]:
    """Write a result as files."""
    packed = {CHECKS_FILE: checks_to_json(found.scores).encode()}
    return packed | ({PLANTED_FILE: planted_to_bytes(found.planted)} if found.planted else {})


def open_checks(folder: Path) -> tuple[MethodScore, ...]:
    """Open what :func:`run_check_job` left.

    Raises
    ------
    ArtifactError
        If the folder is gone or the file in it is damaged.
    """
    from core.hub.model_files import load_files

    return load_files(folder, lambda files: checks_from_json(files.get(CHECKS_FILE, b"").decode("utf-8", "replace")))
