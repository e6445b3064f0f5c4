"""Ask a trained model about one text, many, or a table of them: which way, how sure, and when not to say.

Left out: why, word by word, for families other than the lexicon and the linear ones (``explain``).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.hub.contract import Prediction, Reason
from core.hub.errors import LimitError
from core.text._shared.cleaning import TextFacts, clean_text, describe_text, fold_text, read_text_column
from core.text.sentiment.family import CuttingModel
from core.text.sentiment.lexicon import list_strengths
from core.text.sentiment.linear import LinearText
from core.text.sentiment.model import FittedFamily, Model
from core.text.sentiment.recipe import TEXT, Inputs

if TYPE_CHECKING:
    from core.datasets.table import Table

NEGATIVE, POSITIVE = "negative", "positive"
HALF = 0.5
MOST_TEXTS = 5_000
"""Texts of one batch: under a minute by the slowest family."""
MOST_REASONS = 8
ENGLISH = "Latin"


def predict(model: Model, inputs: Inputs) -> Prediction:
    """Answer about one text.

    Raises
    ------
    DataError
        If the text is empty, or the run has not fitted the family asked for.
    LimitError
        If the text is too long.
    """
    return predict_text(model, inputs.text, inputs.model)


def predict_many(model: Model, cases: Sequence[Inputs]) -> list[Prediction]:
    """Answer about several texts, in their order."""
    return [predict(model, inputs) for inputs in cases]


def predict_text(model: Model, text: str, name: str = "best") -> Prediction:
    """Answer about one text by one family.

    Returns
    -------
    Prediction
        ``answer`` is None where the family abstains; ``details`` holds ``guess``, the likelier side all the same,
        ``limit``, the confidence from which on it answers, ``promise`` and ``notes``. ``reasons`` are words with what
        each adds: to the log-odds (linear families), or its strength from −4 to 4 (lexicon).

    Raises
    ------
    DataError, LimitError
        As :func:`predict`.
    """
    plain = check_length(clean_text(text))
    one = model.find(name)
    share = float(one.probabilities([plain])[0])
    cut = one.model.describe_cut(plain) if isinstance(one.model, CuttingModel) else ""
    notes = (*find_notes(describe_text(plain)), *((cut,) if cut else ()))
    return _tell(one, share, find_reasons(one, plain), notes)


def check_length(text: str, name: str = "text") -> str:
    """Refuse a text that is longer than a model is asked about.

    Raises
    ------
    LimitError
        If it is.
    """
    if len(text) > TEXT.most:
        message = f"{name} has {len(text):,} characters; at most {TEXT.most:,} are read: give a part of it"
        raise LimitError(message)
    return text


def _tell(one: FittedFamily, share: float, reasons: tuple[Reason, ...], notes: tuple[str, ...]) -> Prediction:
    """Put one text's figures into an answer."""
    confidence, guess = max(share, 1 - share), POSITIVE if share >= HALF else NEGATIVE
    rule, refused = one.abstention, ""
    if confidence < rule.limit:
        refused = (
            f"Not sure enough: {guess} at {confidence:.0%}, and it answers from {rule.limit:.0%} on, where at least "
            f"{rule.promise:.0%} of its answers are right."
        )
    return Prediction(
        answer=None if refused else guess,
        model=one.title,
        probabilities={NEGATIVE: 1 - share, POSITIVE: share},
        reasons=reasons,
        refused=refused,
        details={"guess": guess, "limit": rule.limit, "promise": rule.promise, "notes": notes, "family": one.name},
    )


def find_reasons(one: FittedFamily, text: str) -> tuple[Reason, ...]:
    """List the words that matter most to a family that can say so itself; none for the others."""
    if isinstance(one.model, LinearText):
        effects = [(each.token.word, each.effect, "log-odds") for each in one.model.explain(text)]
    elif one.name == "lexicon":
        effects = [(word, strength, "strength") for word, strength in list_strengths(text)]
    else:
        return ()
    strongest = sorted(effects, key=lambda each: -abs(each[1]))[:MOST_REASONS]
    return tuple(Reason(word, "", effect, unit) for word, effect, unit in strongest if effect)


def find_notes(facts: TextFacts) -> tuple[str, ...]:
    """Say what a reader must know of an answer about such a text."""
    main = facts.scripts[0][0] if facts.scripts else ""
    if not main:
        return ("The text has no letters: the answer rests on marks or emoji alone.",)
    if main != ENGLISH:
        return (f"Most letters are {main}; these models learnt English only. Multilingual NLP reads other languages.",)
    return ()


def split_pasted(text: str) -> tuple[str, ...]:
    r"""Split pasted texts, one a line; empty lines are dropped.

    Raises
    ------
    DataError, LimitError
        If nothing is left, or it is more than 5,000 texts or a million bytes.

    Examples
    --------
    >>> split_pasted("Good.\n\nBad.\n")
    ('Good.', 'Bad.')
    """
    clean_text(text)
    return check_number([plain for line in text.splitlines() if (plain := fold_text(line))])


def check_number(texts: Sequence[str]) -> tuple[str, ...]:
    """Refuse more texts than one batch may have.

    Raises
    ------
    LimitError
        If there are more than 5,000.
    """
    if len(texts) > MOST_TEXTS:
        message = f"there are {len(texts):,} texts; at most {MOST_TEXTS:,} are answered at once: give a part of them"
        raise LimitError(message)
    return tuple(texts)


def predict_texts(model: Model, texts: Sequence[str], name: str = "best") -> pd.DataFrame:
    """Answer about many texts as a table.

    Returns
    -------
    DataFrame of shape (n, 6)
        text, answer (empty where it abstains or the text is empty), guess, confidence, positive (probability), refused.

    Raises
    ------
    DataError, LimitError
        If the run has not fitted the family, a text is too long, or there are more than 5,000.
    """
    one = model.find(name)
    kept = [check_length(fold_text(text), f"text {place + 1}") for place, text in enumerate(check_number(texts))]
    known = np.array([bool(text) for text in kept], bool)
    shares: NDArray[np.float64] = np.full(len(kept), np.nan)
    if known.any():
        shares[known] = one.probabilities([text for text in kept if text])
    rows = [
        _list_answer(one, float(share)) if full else ("", "", None, None, "The text is empty.")
        for share, full in zip(shares, known, strict=True)
    ]
    found = pd.DataFrame(rows, columns=["answer", "guess", "confidence", POSITIVE, "refused"])
    found.insert(0, "text", list(texts))
    return found


def _list_answer(one: FittedFamily, share: float) -> tuple[str, str, float, float, str]:
    """Put one answer into a row."""
    told = _tell(one, share, (), ())
    return str(told.answer or ""), str(told.details["guess"]), max(share, 1 - share), share, told.refused


def predict_table(model: Model, table: Table, name: str = "best", column: str | None = None) -> pd.DataFrame:
    """Answer every row of a table: its own columns, then the answers.

    Raises
    ------
    DataError
        If no column holds text.
    LimitError
        As :func:`predict_texts`.
    """
    texts = read_text_column(table.frame, column).texts
    answers = predict_texts(model, texts, name).drop(columns="text")
    kept = table.frame.reset_index(drop=True)
    return pd.concat([kept, answers.rename(columns=lambda each: f"{each} (answer)" if each in kept else each)], axis=1)
