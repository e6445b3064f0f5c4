"""Stored models: ``models/<slug>/<name>/{weights/, recipe.json, scores.json, card.md}``, written whole or not at all.

A folder is written beside its place, flushed to disk and renamed; a kill at any moment leaves the old model or the new
one. It loads only if every file has the sha256 that the card's front matter and ``recipe.json`` state, and no file is
missing or extra. No format that can run code is accepted.

Left out: signatures (who may write the folder may also write its card), and what the bytes mean, which each project's
``load_model`` knows.
"""

from __future__ import annotations

import fcntl
import json
import os
import re
import secrets
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Any

from core.hub.cards import (
    CARD_FILE,
    RECIPE_FILE,
    WEIGHTS_FOLDER,
    CardText,
    Manifest,
    hash_content,
    make_card,
    manifest_to_json,
    read_hashes,
    read_texts,
)
from core.hub.contract import Scores
from core.hub.errors import ArtifactError
from core.hub.fields import recipe_to_json
from core.hub.packing import pack_arrays, pack_estimator, unpack_arrays, unpack_estimator, write_loader
from core.hub.scores import MODELS, SCORES_FILE, headline, load_scores, models_root, scores_from_json, scores_to_json

__all__ = [
    "FORMATS", "MODELS", "Artifact", "CardText", "headline", "load_artifact", "load_scores", "pack_arrays",
    "pack_estimator", "save_artifact", "unpack_arrays", "unpack_estimator", "write_loader",
]  # fmt: skip

FORMATS = (".onnx", ".safetensors", ".skops", ".npz", ".json", ".txt")
_NAME = re.compile(r"[a-z][a-z0-9_]{0,63}")
_FILE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,99}")
_PARTS = frozenset({CARD_FILE, RECIPE_FILE, SCORES_FILE, WEIGHTS_FOLDER})


@dataclass(frozen=True, slots=True)
class Artifact:
    """A stored model whose every byte was checked.

    Parameters
    ----------
    folder : Path
        Where it lies; ``folder / "weights"`` is what a project's ``load_model`` reads.
    recipe_json : str
        Canonical JSON of the Recipe that made it.
    scores : Scores
        Its figures.
    weights : mapping of file to bytes
        The weight files as they were checked.
    hashes : mapping of file to sha256
        Of every file but the card.
    """

    folder: Path
    recipe_json: str
    scores: Scores
    weights: Mapping[str, bytes]
    hashes: Mapping[str, str]


def save_artifact(  # noqa: PLR0913 - an artifact's four parts, its two names and its place
    slug: str,
    name: str,
    *,
    weights: Mapping[str, bytes],
    recipe: Any,
    scores: Scores,
    about: CardText,
    root: Path | None = None,
) -> Path:
    """Store a model in one step that cannot be half done, in place of one of the same name.

    Parameters
    ----------
    slug, name : str
        Project, and recipe or run; lower-case letters, digits and underscores.
    weights : mapping of file name to bytes
        Formats: onnx, safetensors, skops, npz (no Python objects), json, txt.
    recipe : dataclass
        The Recipe that made it.
    scores : Scores
        Held-out figures; a row without a machine gets this one.
    about : CardText
        The words of the card.
    root : Path, optional
        Folder of stored models; default ``models`` in the checkout.

    Returns
    -------
    Path
        The folder of the artifact.

    Raises
    ------
    ArtifactError
        If a name, a format or a score is not allowed, or the disk refuses.
    """
    _check_names(slug, name)
    _check_weights(weights)
    hashes = {file: hash_content(content) for file, content in weights.items()}
    manifest = Manifest(slug, name, recipe_to_json(recipe), about.data, hashes)
    texts = {RECIPE_FILE: manifest_to_json(manifest).encode(), SCORES_FILE: scores_to_json(scores).encode()}
    rows = scores_from_json(texts[SCORES_FILE].decode())
    files = {f"{WEIGHTS_FOLDER}/{file}": content for file, content in weights.items()}
    files |= {**texts, CARD_FILE: make_card(manifest, rows, about, texts).encode()}
    folder = models_root(root) / slug / name
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with _locked(folder.parent):
            _replace_folder(folder, files)
    except OSError as error:
        message = f"models/{slug}/{name} cannot be written: {error.strerror or error}"
        raise ArtifactError(message) from error
    return folder


def _check_names(*names: str) -> None:
    """Refuse a name that could leave the folder of stored models."""
    for name in names:
        if not _NAME.fullmatch(name):
            message = f"name is {name[:80]!r}; it must be lower-case letters, digits and underscores, at most 64"
            raise ArtifactError(message)


def _check_weights(weights: Mapping[str, bytes]) -> None:
    """Refuse no weights, a format that can run code, and npz or JSON bytes that are not what their name says."""
    if not weights:
        message = "a model without a weight file cannot be stored; give at least one"
        raise ArtifactError(message)
    _check_formats(weights)
    for file, content in weights.items():
        if file.endswith(".npz"):
            unpack_arrays(content)
        if file.endswith(".json"):
            _check_json(file, content)


def _check_formats(files: Iterable[str]) -> None:
    """Refuse a file whose format can run code, or whose name could leave the folder."""
    for file in files:
        if not _FILE.fullmatch(file) or PurePath(file).suffix not in FORMATS:
            message = f"weight file is {file[:80]!r}; its format must be one of {', '.join(FORMATS)}"
            raise ArtifactError(message)


def _check_json(file: str, content: bytes) -> None:
    """Refuse bytes that are not JSON."""
    try:
        json.loads(content)
    except (ValueError, RecursionError) as error:
        message = f"weight file {file} is not JSON ({str(error)[:80]})"
        raise ArtifactError(message) from error


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Let one process at a time write below a folder; the lock ends with the process."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _previous(folder: Path) -> Path:
    """Name the place where the old folder waits while the new one takes its name."""
    return folder.with_name(f".{folder.name}.previous")


def _replace_folder(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write files beside a folder, then swap; what an earlier kill left behind is cleared first."""
    previous = _previous(folder)
    if previous.exists() and not folder.exists():
        previous.rename(folder)
    for left in (*folder.parent.glob(f".{folder.name}.new-*"), *folder.parent.glob(previous.name)):
        shutil.rmtree(left)
    fresh = folder.with_name(f".{folder.name}.new-{secrets.token_hex(4)}")
    _write_files(fresh, files)
    if folder.exists():
        folder.rename(previous)
    fresh.rename(folder)
    _flush(folder.parent)
    if previous.exists():
        shutil.rmtree(previous)


def _write_files(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write files into a new folder and wait until the disk holds them."""
    (folder / WEIGHTS_FOLDER).mkdir(parents=True)
    for file, content in files.items():
        with (folder / file).open("wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
    _flush(folder / WEIGHTS_FOLDER)
    _flush(folder)


def _flush(folder: Path) -> None:
    """Wait until the disk holds a folder's list of names."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def load_artifact(slug: str, name: str = "full", root: Path | None = None) -> Artifact:
    """Read a stored model after checking that each file is the one its card describes.

    Raises
    ------
    ArtifactError
        If the model is not there, a file is missing, extra or changed, or a text of it cannot be read.
    """
    _check_names(slug, name)
    folder = models_root(root) / slug / name
    if not folder.is_dir() and _previous(folder).is_dir():
        folder = _previous(folder)
    shown = f"models/{slug}/{name}"
    if not folder.is_dir():
        message = f"{shown} is not there; `python -m core train {slug} --recipe full --save` makes it"
        raise ArtifactError(message)
    try:
        return _read_folder(folder)
    except OSError as error:
        message = f"{shown} cannot be read: {error.strerror or error}"
        raise ArtifactError(message) from error
    except ArtifactError as error:
        message = f"{shown} was not loaded: {error}"
        raise ArtifactError(message) from error


def _read_folder(folder: Path) -> Artifact:
    """Read and check every file of an artifact."""
    _check_entries(folder, _PARTS)
    try:
        hashes = read_hashes((folder / CARD_FILE).read_bytes().decode())
    except UnicodeDecodeError as error:
        message = f"{CARD_FILE} is not UTF-8 text; write it again with `python -m core card`"
        raise ArtifactError(message) from error
    texts = {file: _read_checked(folder, file, hashes) for file in (RECIPE_FILE, SCORES_FILE)}
    manifest, scores = read_texts(texts)
    stated = {f"{WEIGHTS_FOLDER}/{file}": digest for file, digest in manifest.weights.items()}
    if {file: digest for file, digest in hashes.items() if file not in texts} != stated:
        message = f"{CARD_FILE} and {RECIPE_FILE} state different weights; train the model again"
        raise ArtifactError(message)
    if (manifest.project, manifest.name) != (
        folder.parent.name,
        folder.name.removeprefix(".").removesuffix(".previous"),
    ):
        message = f"{RECIPE_FILE} is of models/{manifest.project}/{manifest.name}; put it back where it belongs"
        raise ArtifactError(message)
    _check_entries(folder / WEIGHTS_FOLDER, frozenset(manifest.weights))
    _check_formats(manifest.weights)
    weights = {file: _read_checked(folder, f"{WEIGHTS_FOLDER}/{file}", hashes) for file in manifest.weights}
    return Artifact(folder, manifest.recipe_json, scores, weights, hashes)


def _check_entries(folder: Path, expected: frozenset[str]) -> None:
    """Refuse a folder with a file too many or too few, or with a link in place of a file."""
    found = {path.name for path in folder.iterdir()}
    problems = [f"{name} is missing; train the model again" for name in sorted(expected - found)]
    problems += [f"{name} does not belong there; remove it" for name in sorted(found - expected)]
    problems += [
        f"{name} is a link; put the file itself there" for name in sorted(found) if (folder / name).is_symlink()
    ]
    if problems:
        raise ArtifactError(problems[0])


def _read_checked(folder: Path, file: str, hashes: Mapping[str, str]) -> bytes:
    """Read one file and refuse it if its sha256 is not the card's."""
    content = (folder / file).read_bytes()
    found, stated = hash_content(content), hashes.get(file, "none")
    if found != stated:
        message = f"{file} has sha256 {found[:12]}… and its card states {stated[:12]}…; train the model again"
        raise ArtifactError(message)
    return content
