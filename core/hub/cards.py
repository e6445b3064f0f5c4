"""A stored model's card: what it is, what it is for, its figures and the hash of every file.

``card.md`` is generated, never edited: its words come from the project's ``CARD``, its settings and weight hashes from
``recipe.json``, its figures from ``scores.json``. The front matter is YAML whose values are JSON scalars, so that it is
read without a YAML parser. After M. Mitchell et al., Model cards for model reporting, 2019,
https://doi.org/10.1145/3287560.3287596.

Left out: saving the files themselves, and how they are verified (``artifacts``).
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from core.hub.contract import Scores
from core.hub.errors import ArtifactError, HubError
from core.hub.registry import find_project, load_module
from core.hub.scores import HEADER, SCORES_FILE, models_root, row_cells, scores_from_json

CARD_FILE, RECIPE_FILE, WEIGHTS_FOLDER = "card.md", "recipe.json", "weights"
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class CardText:
    """The words of a card that no file can tell.

    Parameters
    ----------
    title : str
        What the model is called.
    model, data : str
        One sentence each: the method, and what it was trained on.
    intended_use : str
        Who may use it for what.
    limits : tuple of str
        Where it must not be trusted, a sentence each.
    licence, reference : str
        Of data and weights; the publication.
    """

    title: str
    model: str
    data: str
    intended_use: str
    limits: tuple[str, ...]
    licence: str
    reference: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What ``recipe.json`` says: which run made the weights, on which data, and the sha256 of each weight file."""

    project: str
    name: str
    recipe_json: str
    data: str
    weights: Mapping[str, str]


def manifest_to_json(manifest: Manifest) -> str:
    """Write ``recipe.json``."""
    values = {
        "project": manifest.project,
        "name": manifest.name,
        "recipe": json.loads(manifest.recipe_json),
        "data": manifest.data,
        "weights": dict(sorted(manifest.weights.items())),
    }
    return json.dumps(values, indent=2, ensure_ascii=False) + "\n"


def manifest_from_json(text: str) -> Manifest:
    """Read ``recipe.json`` back.

    Raises
    ------
    ArtifactError
        If it is not JSON or lacks a part.
    """
    try:
        values = json.loads(text)
    except (ValueError, RecursionError) as error:
        message = f"{RECIPE_FILE} is not JSON ({str(error)[:80]}); train the model again"
        raise ArtifactError(message) from error
    if not _is_manifest(values):
        message = f"{RECIPE_FILE} must hold project, name, recipe, data and the sha256 of each weight file"
        raise ArtifactError(message)
    recipe = json.dumps(values["recipe"], sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return Manifest(values["project"], values["name"], recipe, values["data"], values["weights"])


def _is_manifest(values: Any) -> bool:
    """Check the parts of ``recipe.json`` and their types."""
    if not isinstance(values, dict) or set(values) != {"project", "name", "recipe", "data", "weights"}:
        return False
    texts = all(isinstance(values[key], str) for key in ("project", "name", "data"))
    return texts and isinstance(values["recipe"], dict) and _is_hashes(values["weights"])


def _is_hashes(values: Any) -> bool:
    """Check that a value is a mapping of file to sha256."""
    return isinstance(values, dict) and all(isinstance(one, str) and _SHA256.fullmatch(one) for one in values.values())


def make_card(manifest: Manifest, scores: Scores, about: CardText, texts: Mapping[str, bytes]) -> str:
    """Write the whole card: front matter with the hash of every file, then the same for people.

    Parameters
    ----------
    manifest : Manifest
        Names the run; its weight hashes are those taken when the weights were saved, so that writing a card again
        never blesses a weight file that has changed since.
    scores : Scores
        Rows of ``scores.json``.
    about : CardText
        The project's words.
    texts : mapping of file to bytes
        ``recipe.json`` and ``scores.json`` as they lie on disk.
    """
    hashes = {file: hash_content(content) for file, content in texts.items()}
    hashes |= {f"{WEIGHTS_FOLDER}/{file}": digest for file, digest in manifest.weights.items()}
    parts = [
        _write_front_matter(manifest, scores, about, hashes),
        f"# {about.title}",
        about.model,
        f"**Intended use.** {about.intended_use}",
        "**Limits.**\n\n" + "\n".join(f"- {limit}" for limit in about.limits),
        f"**Data.** {about.data}",
        f"**Licence.** {about.licence}",
        f"**Reference.** {about.reference}",
        "## Scores",
        table_to_markdown(HEADER, [row_cells(row) for row in scores]),
        "## Settings",
        table_to_markdown(
            ("Setting", "Value"),
            [(key, json.dumps(value, ensure_ascii=False)) for key, value in json.loads(manifest.recipe_json).items()],
        ),
        "## Made by",
        table_to_markdown(("Command", "Seed", "Machine", "Date"), _find_runs(scores)),
        "## Files",
        table_to_markdown(("File", "sha256"), sorted(hashes.items())),
    ]
    return "\n\n".join(parts) + "\n"


def _write_front_matter(manifest: Manifest, scores: Scores, about: CardText, hashes: Mapping[str, str]) -> str:
    """Write the machine-readable head of a card."""
    values = {
        "title": about.title,
        "project": manifest.project,
        "name": manifest.name,
        "data": about.data,
        "licence": about.licence,
        "date": max(row.date for row in scores),
    }
    lines = [f"{key}: {json.dumps(value, ensure_ascii=False)}" for key, value in values.items()]
    files = [f"  {json.dumps(file)}: {json.dumps(digest)}" for file, digest in sorted(hashes.items())]
    return "\n".join(["---", *lines, "files:", *files, "---"])


def hash_content(content: bytes) -> str:
    """Return the sha256 of a file's bytes, in hex."""
    return hashlib.sha256(content).hexdigest()


def _find_runs(scores: Scores) -> list[tuple[str, ...]]:
    """List each command, seed, machine and date once, in the order of the rows."""
    runs = [(f"`{row.command}`", str(row.seed), row.machine, row.date) for row in scores]
    return list(dict.fromkeys(runs))


def table_to_markdown(header: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    r"""Write a Markdown table; a bar or line break inside a cell cannot end it.

    Examples
    --------
    >>> print(table_to_markdown(("a", "b"), [("1", "x|y")]))
    | a | b |
    | --- | --- |
    | 1 | x\|y |
    """
    lines = [header, ("---",) * len(header), *rows]
    return "\n".join(
        "| " + " | ".join(" ".join(cell.split()).replace("|", "\\|") for cell in line) + " |" for line in lines
    )


def read_hashes(card: str) -> dict[str, str]:
    """Read the sha256 of each file from a card's front matter.

    Raises
    ------
    ArtifactError
        If the card has no front matter, or no hashes in it.
    """
    head, separator, _ = card.removeprefix("---\n").partition("\n---\n")
    _, found, block = head.partition("\nfiles:\n")
    hashes = dict(_read_pairs(block)) if card.startswith("---\n") and separator and found else {}
    if not hashes or not _is_hashes(hashes):
        message = f"{CARD_FILE} lists no sha256 of its files; write it again with `python -m core card`"
        raise ArtifactError(message)
    return hashes


def _read_pairs(block: str) -> Iterator[tuple[str, Any]]:
    """Read lines of ``  "file": "sha256"``; a line that is neither is skipped and so fails the check of the files."""
    for line in block.splitlines():
        try:
            yield from json.loads("{" + line + "}").items()
        except ValueError:
            continue


def find_artifacts(root: Path | None = None) -> tuple[Path, ...]:
    """List the folders of stored models, in order."""
    folders = sorted(models_root(root).glob("*/*"))
    return tuple(
        path
        for path in folders
        if path.is_dir() and not path.name.startswith((".", "_")) and path.parent.name[0] != "."
    )


def read_texts(texts: Mapping[str, bytes]) -> tuple[Manifest, Scores]:
    """Read ``recipe.json`` and ``scores.json`` from their bytes.

    Raises
    ------
    ArtifactError
        If one of them is not UTF-8 or not what it should be.
    """
    try:
        recipe, scores = (texts[file].decode() for file in (RECIPE_FILE, SCORES_FILE))
    except UnicodeDecodeError as error:
        message = f"{RECIPE_FILE} or {SCORES_FILE} is not UTF-8 text; train the model again"
        raise ArtifactError(message) from error
    return manifest_from_json(recipe), scores_from_json(scores)


def _make_card_of(folder: Path) -> str:
    """Make the card that a stored model should have."""
    try:
        texts = {file: (folder / file).read_bytes() for file in (RECIPE_FILE, SCORES_FILE)}
        manifest, scores = read_texts(texts)
    except OSError as error:
        message = f"{RECIPE_FILE} or {SCORES_FILE} cannot be read; train the model again"
        raise ArtifactError(message) from error
    module = load_module(find_project(folder.parent.name))
    # A model of a person's own table keeps the words about its data that were true when it was saved.
    about = module.CARD if folder.name in module.RECIPES else replace(module.CARD, data=manifest.data)
    # A model that no recipe of the project makes, such as a picture upscaler beside a generator, has words of its own.
    about = getattr(module, "CARDS", {}).get(folder.name, about)
    return make_card(manifest, scores, about, texts)


def write_cards(root: Path | None = None) -> tuple[Path, ...]:
    """Write every card again from its recipe and scores; return those that changed.

    Raises
    ------
    ArtifactError
        If a recipe or scores file cannot be read.
    """
    changed = []
    for folder in find_artifacts(root):
        card, path = _make_card_of(folder), folder / CARD_FILE
        if not path.is_file() or path.read_bytes() != card.encode():
            path.write_bytes(card.encode())
            changed.append(path)
    return tuple(changed)


def check_cards(root: Path | None = None) -> tuple[str, ...]:
    """Say, in a sentence for each model, that its card is missing or stale, or that a file is not the one it states.

    Every weight file is read and hashed, as it is before a model is loaded. Empty when all is in order.
    """
    found = (_check_folder(folder, root) for folder in find_artifacts(root))
    return tuple(problem for problem in found if problem)


def _check_folder(folder: Path, root: Path | None) -> str:
    """Say what is wrong with one stored model, or nothing."""
    from core.hub.artifacts import load_artifact  # it needs this module when it is imported

    name = f"models/{folder.parent.name}/{folder.name}"
    try:
        expected = _make_card_of(folder)
    except HubError as error:
        return f"{name}: {error}"
    path = folder / CARD_FILE
    if not path.is_file() or path.read_bytes() != expected.encode():
        return f"{name}/{CARD_FILE} is stale; write it again with `python -m core card`"
    try:
        load_artifact(folder.parent.name, folder.name, root)
    except HubError as error:
        return str(error)
    return ""
