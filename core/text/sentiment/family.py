"""The families of classifiers: one protocol that all six follow, and how one is opened from its stored files.

lexicon   rules and a word list (VADER)              tfidf   TF-IDF and logistic regression
nbsvm     naive Bayes weights, linear classifier     vectors average of word vectors
bilstm    two-way LSTM with attention                bert    a fine-tuned transformer

A family is a module of the same name with ``fit(texts, labels, recipe, on_step)`` and ``from_files(files)``.

Left out: calibration and abstention, which are put on top of a family's score (``model``).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any, Literal, Protocol, cast, get_args, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from core.hub.errors import ArtifactError

if TYPE_CHECKING:
    from core.hub.contract import OnStep
    from core.text.sentiment.recipe import Recipe

FamilyName = Literal["lexicon", "tfidf", "nbsvm", "vectors", "bilstm", "bert"]
FAMILIES: tuple[FamilyName, ...] = get_args(FamilyName)
TITLES: Mapping[str, str] = {
    "lexicon": "Lexicon (VADER)",
    "tfidf": "TF-IDF + logistic regression",
    "nbsvm": "NB-SVM",
    "vectors": "Embedding average",
    "bilstm": "BiLSTM with attention",
    "bert": "Fine-tuned BERT",
}


class TextModel(Protocol):
    """A fitted classifier of one family.

    Attributes
    ----------
    name : str
        The family's.
    """

    @property
    def name(self) -> str:
        """Return the family's name."""

    def score(self, texts: Sequence[str]) -> NDArray[np.float64]:
        """Return the probability that each text is positive, before calibration, shape (n,)."""

    def to_files(self) -> dict[str, bytes]:
        """Return all that :func:`load_family` needs, by file name."""


@runtime_checkable
class CuttingModel(Protocol):
    """A family that reads only so much of a text."""

    def describe_cut(self, text: str) -> str:
        """Say in a sentence what of a text is not read; empty where all is."""


class FitFamily(Protocol):
    """How a family learns from texts and labels (0 negative, 1 positive)."""

    def __call__(
        self, texts: Sequence[str], labels: NDArray[np.int8], recipe: Recipe, on_step: OnStep | None
    ) -> TextModel:
        """Fit and return the model."""


def load_family(name: str, files: Mapping[str, bytes]) -> TextModel:
    """Open a stored model of a family.

    Parameters
    ----------
    files : mapping of file name to bytes
        What its ``to_files`` gave.

    Raises
    ------
    ArtifactError
        If there is no such family, or a file is missing or damaged.
    """
    open_files = cast("Callable[[Mapping[str, bytes]], TextModel]", _import(name).from_files)
    return open_files(files)


def find_fit(name: str) -> FitFamily:
    """Return the function that fits a family.

    Raises
    ------
    ArtifactError
        If there is no such family.

    Examples
    --------
    >>> find_fit("nbsvm").__module__
    'core.text.sentiment.nbsvm'
    """
    return cast("FitFamily", _import(name).fit)


def _import(name: str) -> Any:  # a module, read through the two casts above
    """Import a family's module."""
    if name not in FAMILIES:
        message = f"there is no family {name!r}; choose one of {', '.join(FAMILIES)}"
        raise ArtifactError(message)
    return import_module(f"core.text.sentiment.{name}")


def round_stored(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Round numbers to the 32 bits that are stored, so that a loaded model answers the same."""
    return values.astype(np.float32).astype(np.float64)


def read_file(files: Mapping[str, bytes], name: str) -> bytes:
    """Return one stored file.

    Raises
    ------
    ArtifactError
        If it is not there.

    Examples
    --------
    >>> read_file({"idf.npz": b"PK"}, "idf.npz")
    b'PK'
    """
    if name not in files:
        message = f"the stored model lacks {name}; train it again with `python -m core train sentiment --recipe full`"
        raise ArtifactError(message)
    return files[name]
