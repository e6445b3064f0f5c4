"""What a job is made of: names, a recipe as JSON, files; and the key by which equal jobs are found.

Nothing is pickled: the recipe travels as JSON with the name of its class, and only names below ``core.`` are looked up.
The key covers the source of ``core`` too, so that a stored result is never given out for code that has changed since.

Left out: what happens to an order (``pool``).
"""

from __future__ import annotations

import hashlib
import importlib
import json
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.hub.fields import make_key, recipe_to_json, validate_recipe
from core.hub.settings import ROOT

_NAME = re.compile(r"core(\.[a-z_][a-z0-9_]*)+:[A-Za-z_][A-Za-z0-9_]*")
_FILE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


@dataclass(frozen=True, slots=True)
class Order:
    """What a worker must know of one job.

    Parameters
    ----------
    folder : Path
        Its working folder, with ``inputs`` and ``outputs``.
    timeout_s : float
        Wall-clock limit from the moment a worker has it.
    memory_mb : int
        Address-space limit of the worker.
    grace_s : float
        How long a worker that was asked to stop may take, and again how long one that was terminated may.
    """

    id: str
    function: str
    recipe_class: str
    recipe: str
    folder: Path
    timeout_s: float
    memory_mb: int
    grace_s: float

    @property
    def inputs(self) -> Path:
        """Folder of the files given to ``submit``."""
        return self.folder / "inputs"

    @property
    def outputs(self) -> Path:
        """Folder that becomes the result."""
        return self.folder / "outputs"

    def make_message(self) -> dict[str, str]:
        """Return what is sent to the worker process."""
        return {
            "function": self.function,
            "recipe_class": self.recipe_class,
            "recipe": self.recipe,
            "inputs": str(self.inputs),
            "outputs": str(self.outputs),
        }


def load_named(name: str) -> Any:
    """Import ``"module:attribute"``, which must lie below ``core.``.

    Raises
    ------
    ValueError
        If the name has another form or lies elsewhere.

    Examples
    --------
    >>> load_named("core.hub.fields:make_key").__name__
    'make_key'
    """
    check_name(name)
    module, attribute = name.split(":")
    return getattr(importlib.import_module(module), attribute)


def check_name(name: str) -> None:
    """Raise ValueError unless the name is ``"core.….module:attribute"``."""
    if not _NAME.fullmatch(name):
        message = f"{name!r} cannot run in a job; it must be 'core.….module:attribute'"
        raise ValueError(message)


def describe_recipe(recipe: Any) -> tuple[str, str]:
    """Return the class name and the canonical JSON of a valid recipe.

    Raises
    ------
    RecipeError
        If a value is out of its range.
    ValueError
        If its class does not lie below ``core.``.
    """
    name = f"{type(recipe).__module__}:{type(recipe).__qualname__}"
    check_name(name)
    validate_recipe(recipe)
    return name, recipe_to_json(recipe)


def hash_files(files: Mapping[str, bytes]) -> str:
    """Hash names and contents of input files; empty without files.

    Raises
    ------
    ValueError
        If a name is not a plain file name.

    Examples
    --------
    >>> hash_files({"table.csv": b"a,b"})[:12]
    '90dfc3808777'
    """
    for name in files:
        if not _FILE.fullmatch(name):
            message = f"input file {name!r} must be a plain name of letters, digits, '.', '_' and '-'"
            raise ValueError(message)
    parts = {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}
    return make_key(json.dumps(parts, sort_keys=True)) if parts else ""


def hash_code(root: Path = ROOT / "core") -> str:
    """Hash the source below a folder: two servers with one hash run the same code."""
    digest = hashlib.sha256()
    for path in sorted(root.rglob("*.py")):
        with suppress(FileNotFoundError):  # an editor may replace a file at this moment
            digest.update(hashlib.sha256(path.read_bytes()).digest())
            digest.update(f"{path.relative_to(root)}\x1f".encode())
    return digest.hexdigest()
