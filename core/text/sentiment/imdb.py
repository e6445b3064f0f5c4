"""The fine-tuning recipe of IMDB's 50,000 film reviews, and the same recipe on our own films where it is out of reach.

Half of the reviews train and half test, as published; no film is in both (Maas et al. 2011,
https://aclanthology.org/P11-1015/). They come from the hub as Parquet, pinned by revision and sha256.

Left out: the 50,000 reviews without a label; Keras's copy, which holds word numbers in a pickle.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import numpy as np

from core.datasets.text_sets import LabelledTexts, load_texts, split_texts
from core.hub.errors import DataError, UnavailableError
from core.text._shared.fine_tuning import FineTuning, Step
from core.text._shared.hub_files import TIMEOUT_S, HubSource, OpenUrl, fetch_hub, open_url
from core.text.sentiment.bert import Bert, Start, fit_from

Part = Literal["train", "test"]
SOURCE = HubSource(
    "stanfordnlp/imdb",
    "e6281661ce1c48d982bc483cf8a173c1bbeb5d31",
    ("plain_text/train-00000-of-00001.parquet", "plain_text/test-00000-of-00001.parquet"),
    "datasets",
    {
        "plain_text/train-00000-of-00001.parquet": "db47d16b5c297cc0dd625e519c81319c24c9149e70e8496de5475f6fa928342c",
        "plain_text/test-00000-of-00001.parquet": "b52e26e2f872d282ffac460bf9770b25ac6f102cda0e6ca7158df98c94e8b3da",
    },
)
SETTINGS = FineTuning(epochs=2, batch_size=16, learning_rate=5e-5, layer_decay=0.9)
MAX_TOKENS = 256
PUBLISHED = (
    "DistilBERT reaches 0.928 on IMDB (Sanh et al. 2019, https://arxiv.org/abs/1910.01108), BERT base that first read "
    "its reviews without labels 0.956 (Sun et al. 2019, https://arxiv.org/abs/1905.05583)"
)
_BREAK = re.compile(r"(\s*<br\s*/?>)+\s*")


@dataclass(frozen=True, slots=True, eq=False)
class Reviews:
    """Reviews to learn from and to test on.

    Parameters
    ----------
    train, test : LabelledTexts
        No film is in both.
    note : str
        Which reviews these are, in a sentence for the page.
    """

    train: LabelledTexts = field(repr=False)
    test: LabelledTexts = field(repr=False)
    note: str


def load_reviews(cache: Path, timeout_s: float = TIMEOUT_S, opened: OpenUrl = open_url) -> Reviews:
    """Load IMDB where the hub can be reached, and the bundled film snippets otherwise."""
    try:
        train, test = (load_imdb(part, cache, timeout_s, opened) for part in ("train", "test"))
    except UnavailableError as error:
        films = load_texts("films")
        split = split_texts(films)
        note = f"IMDB is out of reach, so the recipe runs on the {len(films):,} bundled film snippets: {error}."
        return Reviews(films.take(split.train), films.take(split.test), note)
    note = f"IMDB: {len(train):,} reviews train and {len(test):,} test, as published."
    return Reviews(train, test, note)


def load_imdb(part: Part, cache: Path, timeout_s: float = TIMEOUT_S, opened: OpenUrl = open_url) -> LabelledTexts:
    """Load one half of IMDB.

    Raises
    ------
    UnavailableError
        If the hub cannot be reached.
    DataError
        If the file is not the pinned one.
    """
    folder = fetch_hub(SOURCE, cache, timeout_s, opened)
    return parse_reviews((folder / f"{part}-00000-of-00001.parquet").read_bytes(), part)


def parse_reviews(content: bytes, part: Part) -> LabelledTexts:
    """Read a Parquet file of texts and labels (0 negative, 1 positive); line breaks in HTML become spaces.

    Raises
    ------
    DataError
        If it is not that.
    """
    import pandas as pd
    from pyarrow import ArrowException

    try:
        frame = pd.read_parquet(io.BytesIO(content), columns=["text", "label"])
    except (ArrowException, ValueError, KeyError, OSError) as error:
        message = f"the {part} reviews cannot be read ({type(error).__name__}); delete them in the cache and try again"
        raise DataError(message) from error
    labels = frame["label"].to_numpy(np.int8)
    if not np.isin(labels, (0, 1)).all():
        message = f"the {part} reviews have the labels {sorted(set(labels.tolist()))[:5]}; they must be 0 and 1"
        raise DataError(message)
    texts = tuple(_BREAK.sub(" ", text) for text in frame["text"])
    return LabelledTexts("imdb", "en", texts, labels, tuple(f"{part} {place}" for place in range(len(texts))))


def fine_tune_reviews(
    start: Start,
    reviews: Reviews,
    settings: FineTuning = SETTINGS,
    max_tokens: int = MAX_TOKENS,
    on_step: Callable[[Step], None] | None = None,
) -> tuple[Bert, float]:
    """Fine-tune an encoder on the reviews; return it with its share of right answers on the test reviews."""
    train, test = reviews.train, reviews.test
    model = fit_from(start, (train.texts, train.labels.astype(np.float64)), settings, max_tokens, (None, on_step))
    return model, float(np.mean((model.score(test.texts) > 0.5) == (test.labels == 1)))  # noqa: PLR2004 the likelier
