"""The lexicon: 7,500 words with a strength set by people, and rules for negation, degree, capitals, marks and emoji.

Method: C. J. Hutto and E. Gilbert 2014, VADER, https://doi.org/10.1609/icwsm.v8i1.14550, from the authors' package.
It has learnt from no text of ours; its strengths were set by people reading words, so it suits every domain alike.

Left out: languages other than English.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from core.hub.contract import OnStep
from core.hub.errors import ArtifactError
from core.hub.progress import Progress
from core.text.sentiment.family import read_file

if TYPE_CHECKING:
    from core.text.sentiment.recipe import Recipe

PACKAGE, FACTS_FILE = "vaderSentiment", "lexicon.json"


@dataclass(frozen=True, slots=True)
class LexiconModel:
    """The rules and the word list of one version of the package."""

    release: str
    name: str = "lexicon"

    def score(self, texts: Sequence[str]) -> NDArray[np.float64]:
        """Return the compound strength, −1 to 1, brought to 0 to 1, shape (n,); a half where no word is known."""
        rules = load_rules()
        found = [rules.polarity_scores(text)["compound"] for text in texts]
        return np.clip((1 + np.array(found, np.float64)) / 2, 0.0, 1.0)

    def to_files(self) -> dict[str, bytes]:
        """Return the version alone: the list itself is the package's."""
        return {FACTS_FILE: json.dumps({"package": PACKAGE, "version": self.release}).encode()}


@lru_cache(maxsize=1)
def load_rules() -> Any:
    """Load the word list once; it is only read.

    Examples
    --------
    >>> load_rules().polarity_scores("Not a bad film!")["compound"]
    0.484
    """
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer  # type: ignore[import-untyped]  # it has none

    return SentimentIntensityAnalyzer()


def list_strengths(text: str) -> tuple[tuple[str, float], ...]:
    """Return the words of a text that the list knows, with their strength, −4 to 4, before any rule.

    Examples
    --------
    >>> list_strengths("Not a bad film")
    (('bad', -2.5),)
    """
    known: Mapping[str, float] = load_rules().lexicon
    words = [word.strip(".,;:!?\"'()") for word in text.split()]
    return tuple((word, float(known[word.lower()])) for word in words if word.lower() in known)


def fit(texts: Sequence[str], labels: NDArray[np.int8], recipe: Recipe, on_step: OnStep | None = None) -> LexiconModel:
    """Take the lexicon as it is; it learns nothing from the texts."""
    del texts, labels, recipe
    Progress(1, on_step).advance()
    return LexiconModel(version(PACKAGE))


def from_files(files: Mapping[str, bytes]) -> LexiconModel:
    """Open a stored model.

    Raises
    ------
    ArtifactError
        If its file is missing or damaged, or another version of the package is installed.
    """
    try:
        release = str(json.loads(read_file(files, FACTS_FILE))["version"])
    except (ValueError, KeyError, TypeError) as error:
        message = f"{FACTS_FILE} is damaged ({str(error)[:60]}); train it again"
        raise ArtifactError(message) from error
    if release != version(PACKAGE):
        message = f"the model was scored with {PACKAGE} {release}, {version(PACKAGE)} is installed; install {release}"
        raise ArtifactError(message)
    return LexiconModel(release)
