"""A translation as a job: a neural engine imports torch and fetches 300 MB once, so it runs in a worker.

Left out: queueing and cancelling (``core.hub.jobs``); engines that answer at once (``translation``).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Literal

from core.hub.contract import Label, Length
from core.hub.errors import ArtifactError
from core.text.multilingual.translation import Translation, translate

if TYPE_CHECKING:
    from pathlib import Path

    from core.hub.jobs import JobContext

FILE = "translation.json"
Spoken = Literal["ca", "de", "en", "es", "fr", "gl", "it", "pt", "zh"]


@dataclass(frozen=True, slots=True)
class TranslationRecipe:
    """What is translated, and between which languages."""

    text: Annotated[str, Length(5_000), Label("Text", "At most 5,000 characters.")] = "The food was good."
    source: Annotated[Spoken, Label("From", "The text's language.")] = "en"
    target: Annotated[Spoken, Label("Into", "The translation's language.")] = "es"


def run_translation_job(recipe: TranslationRecipe, context: JobContext) -> dict[str, str | float | int]:
    """Translate by MarianMT and leave the translation in the result folder.

    Raises
    ------
    HubError
        If the pair is not offered, or its weights cannot be fetched.
    """
    context.log("Fetching the pair's weights, where they are not here yet, and loading them.")
    found = translate(recipe.text, recipe.source, recipe.target, "marian")
    facts = {"text": found.text, "engine": found.engine, "source": found.source, "target": found.target}
    (context.outputs / FILE).write_text(json.dumps(facts, ensure_ascii=False), encoding="utf-8")
    return {"engine": found.engine, "characters": len(found.text)}


def open_translation(folder: Path) -> Translation:
    """Read what :func:`run_translation_job` left.

    Raises
    ------
    ArtifactError
        If it is no longer there or damaged.
    """
    try:
        return Translation(**json.loads((folder / FILE).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError) as error:
        message = "the translation is no longer kept or is damaged; translate again"
        raise ArtifactError(message) from error
