"""What a run leaves behind: a folder with its model, its figures and files to take away, and the command for it.

Left out: training, and the files that only one project has, which it hands over as bytes.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar

import numpy as np

from core.evaluation.leaderboard import LeaderboardRow
from core.hub.contract import Scores
from core.hub.errors import ArtifactError, DataError
from core.hub.fields import recipe_to_json
from core.hub.scores import SCORES_FILE, scores_from_json, scores_to_json

MODEL_FOLDER, RECIPE_FILE, TABLE_FILE = "model", "recipe.json", "table.parquet"


class RunModel(Protocol):
    """A model as one value that knows its recipe, its figures and its leaderboard."""

    @property
    def recipe(self) -> Any:
        """All that decided the run."""

    @property
    def scores(self) -> Scores:
        """Every figure of the run."""

    @property
    def leaderboard(self) -> tuple[LeaderboardRow, ...]:
        """Every model, best first."""


ModelT = TypeVar("ModelT", bound=RunModel)


@dataclass(frozen=True, slots=True, eq=False)
class Result(Generic[ModelT]):
    """What a finished run left behind: its model, figures, leaderboard, and the files to take away."""

    folder: Path
    model: ModelT
    scores: Scores
    leaderboard: tuple[LeaderboardRow, ...]
    files: Mapping[str, Path]


def write_result(folder: Path, model: RunModel, packed: Mapping[str, bytes], files: Mapping[str, bytes]) -> None:
    """Write everything that a page shows of a run, and everything that a person takes away.

    Parameters
    ----------
    packed : mapping of name to bytes
        The model's own files, which go into a folder of their own.
    files : mapping of name to bytes
        What else the project leaves; scores and recipe are added.
    """
    (folder / MODEL_FOLDER).mkdir()
    contents = {
        **{f"{MODEL_FOLDER}/{name}": content for name, content in packed.items()},
        **files,
        SCORES_FILE: scores_to_json(model.scores).encode(),
        RECIPE_FILE: recipe_to_json(model.recipe).encode(),
    }
    for name, content in contents.items():
        (folder / name).write_bytes(content)


def open_result(folder: Path, load_model: Callable[[Path], ModelT], downloads: Mapping[str, str]) -> Result[ModelT]:
    """Open what :func:`write_result` wrote.

    Parameters
    ----------
    downloads : mapping of name to text
        The files that a person may take away; those that the run did not leave are passed over.

    Raises
    ------
    ArtifactError
        If the folder is gone or a file in it is damaged.
    """
    try:
        scores = scores_from_json((folder / SCORES_FILE).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        message = "the result of this run is no longer kept or is damaged; train again"
        raise ArtifactError(message) from error
    model = load_model(folder / MODEL_FOLDER)
    files = {name: folder / name for name in downloads if (folder / name).is_file()}
    return Result(folder, model, scores, model.leaderboard, files)


def describe_command(slug: str, recipes: Mapping[str, Any], recipe: Any, table: str = "", target: str = "") -> str:
    """Return the command that makes a run's figures again; the files it names come with the run.

    Parameters
    ----------
    recipes : mapping of name to recipe
        The project's named ones; any other is read from ``recipe.json``.
    table : str
        The file that was learnt from; empty for the bundled data.

    Examples
    --------
    >>> describe_command("iris", {"quick": 1}, 1)
    'python -m core train iris --recipe quick'
    >>> describe_command("iris", {"quick": 1}, 2, "table.parquet", "my class")
    "python -m core train iris --recipe recipe.json --table table.parquet --target 'my class'"
    """
    known = next((name for name, named in recipes.items() if named == recipe), RECIPE_FILE)
    command = f"python -m core train {slug} --recipe {known}"
    return f"{command} --table {table} --target {shlex.quote(target)}" if table else command


def check_test_rows(ids: np.ndarray, held_out: np.ndarray, *, is_same_table: bool) -> None:
    """Refuse test rows of the model's own table that are not the ones it kept aside.

    Raises
    ------
    DataError
        If they are others: the model was trained on some of them.
    """
    if is_same_table and not np.array_equal(ids, held_out):
        message = "these test rows were trained on; load the table with the model's own recipe"
        raise DataError(message)
