"""A classifier as explanations see it: what it says, and what can be looked into.

Left out: what is asked of it (``methods``).
"""

from __future__ import annotations

from dataclasses import dataclass

from core.hub.kept import keep
from core.text.sentiment.bert import Bert
from core.text.sentiment.bilstm import BiLstm
from core.text.sentiment.explain.asking import Score
from core.text.sentiment.explain.reader import BertReader
from core.text.sentiment.family import TITLES, TextModel
from core.text.sentiment.linear import LinearText

MOST_OPEN = 2
"""Networks that are kept open in 32 bits, some 90 MB each."""


@dataclass(frozen=True, slots=True, eq=False)
class Subject:
    """A classifier to be explained.

    Parameters
    ----------
    name : str
        Of the classifier.
    score : callable
        From texts to the probability of positive.
    reader : BertReader, optional
        Of a transformer, for methods that look inside.
    linear : LinearText, optional
        Of a linear classifier, whose effects can be read off.
    lstm : BiLstm, optional
        Of a recurrent network.
    """

    name: str
    score: Score
    reader: BertReader | None = None
    linear: LinearText | None = None
    lstm: BiLstm | None = None


def make_subject(model: TextModel) -> Subject:
    """Make a subject of a fitted classifier of any family; a transformer is opened once and kept.

    Raises
    ------
    ArtifactError
        If a stored network cannot be read.
    """
    reader = _open_reader(model.network, model.tokeniser, model.encoder.max_tokens) if isinstance(model, Bert) else None
    linear = model if isinstance(model, LinearText) else None
    lstm = model if isinstance(model, BiLstm) else None
    return Subject(TITLES.get(model.name, model.name), model.score, reader, linear, lstm)


@keep(MOST_OPEN)
def _open_reader(network: bytes, tokeniser: bytes, max_tokens: int) -> BertReader:
    """Open a transformer's files."""
    return BertReader.open(network, tokeniser, max_tokens)
