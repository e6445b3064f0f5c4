"""Make the shipped model again, or only some of its families: the others keep their files.

``python -c 'from core.text.sentiment.storing import store_full; store_full(("bilstm",))'`` trains the BiLSTM anew and
keeps the rest; with no name nothing is trained, and all are calibrated and scored again.

Left out: a run by a recipe as a whole, which is ``python -m core train sentiment --recipe full --save``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from core.hub.artifacts import load_artifact, save_artifact
from core.hub.contract import OnStep
from core.hub.errors import ArtifactError
from core.text.sentiment.card import CARD
from core.text.sentiment.data import load
from core.text.sentiment.family import TextModel, load_family
from core.text.sentiment.files import model_from_files, model_to_files
from core.text.sentiment.recipe import RECIPES, SLUG
from core.text.sentiment.training import train

FULL = "full"
Kept = Mapping[str, tuple[TextModel, float]]


def read_stored(root: Path | None = None) -> dict[str, tuple[TextModel, float]]:
    """Open the families of the shipped model, each with the seconds that its fit took; none where none is stored."""
    try:
        artifact = load_artifact(SLUG, FULL, root)
    except ArtifactError:
        return {}
    fitted = model_from_files(artifact.weights).fitted
    return {name: (one.model, one.fit_s) for name, one in fitted.items()}


def read_folder(name: str, folder: Path, fit_s: float = 0.0) -> tuple[TextModel, float]:
    """Open one family from a folder of its own files.

    Raises
    ------
    ArtifactError
        If a file is missing or damaged.
    """
    files = {path.name: path.read_bytes() for path in sorted(folder.iterdir()) if path.is_file()}
    return load_family(name, files), fit_s


def store_full(
    anew: Sequence[str] = (), given: Kept | None = None, on_step: OnStep | None = None, root: Path | None = None
) -> Path:
    """Train some families of the full recipe, take the others as they are stored, score all and store them.

    Parameters
    ----------
    anew : sequence of str
        Families to train, beside those that are stored nowhere.
    given : mapping of name to (TextModel, float), optional
        Families to take instead of the stored ones, with the seconds that their fit took.

    Returns
    -------
    Path
        The folder of the artifact.
    """
    recipe = RECIPES[FULL]
    kept = {name: each for name, each in (read_stored(root) | dict(given or {})).items() if name not in anew}
    model = train(recipe, load(recipe), on_step, kept)
    weights = model_to_files(model)
    return save_artifact(SLUG, FULL, weights=weights, recipe=recipe, scores=model.scores, about=CARD, root=root)
