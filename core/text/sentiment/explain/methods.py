"""The methods of explanation by name, and which of them can be asked about which classifier.

Left out: the methods themselves, each in its module; whether they are true (``checks``).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from core.hub.errors import RecipeError
from core.text.sentiment.bilstm import BiLstm
from core.text.sentiment.explain.asking import occlude, shapley_words
from core.text.sentiment.explain.attention import attend, roll_out
from core.text.sentiment.explain.gradients import gradient_times_input, integrated_gradients
from core.text.sentiment.explain.linear_effects import share_linear
from core.text.sentiment.explain.lstm_effects import attend_lstm, integrate_lstm, slope_lstm
from core.text.sentiment.explain.reader import BertReader
from core.text.sentiment.explain.result import WordEffects
from core.text.sentiment.explain.subject import Subject

MethodName = Literal["attention", "rollout", "gradient", "integrated", "occlusion", "linear", "shapley"]
TRANSFORMER, NETWORK, LINEAR, ANY = "a transformer", "a neural network", "a linear classifier", "any classifier"


@dataclass(frozen=True, slots=True, eq=False)
class Method:
    """A method of explanation.

    Parameters
    ----------
    says : str
        What it does, in one sentence.
    asked : callable
        ``asked(subject, text)``, or None where the subject does not have what it needs.
    needs : str
        What that is, in words.
    """

    name: MethodName
    title: str
    says: str
    needs: str
    asked: Callable[[Subject, str], WordEffects | None]


def ask_network(
    subject: Subject,
    text: str,
    of_reader: Callable[[BertReader, str], WordEffects],
    of_lstm: Callable[[BiLstm, str], WordEffects],
) -> WordEffects | None:
    """Ask a transformer or a recurrent network, each in its way; None of any other classifier."""
    if subject.reader is not None:
        return of_reader(subject.reader, text)
    return None if subject.lstm is None else of_lstm(subject.lstm, text)


METHODS: tuple[Method, ...] = (
    Method(
        "attention",
        "Attention",
        "Where the last layer looks; it has no sign.",
        NETWORK,
        lambda subject, text: ask_network(subject, text, attend, attend_lstm),
    ),
    Method(
        "rollout",
        "Attention rollout",
        "Attention followed through all layers; it has no sign.",
        TRANSFORMER,
        lambda subject, text: roll_out(subject.reader, text) if subject.reader else None,
    ),
    Method(
        "gradient",
        "Gradient × input",
        "The slope of the answer where the text is, times the text.",
        NETWORK,
        lambda subject, text: ask_network(subject, text, gradient_times_input, slope_lstm),
    ),
    Method(
        "integrated",
        "Integrated gradients",
        "The mean slope on the way from a hidden text to this one; effects add up.",
        NETWORK,
        lambda subject, text: ask_network(subject, text, integrated_gradients, integrate_lstm),
    ),
    Method(
        "occlusion",
        "Occlusion",
        "How far the answer falls when one word is left out.",
        ANY,
        lambda subject, text: occlude(subject.score, text),
    ),
    Method(
        "linear",
        "Linear Shapley",
        "What each word adds to the sum that a linear classifier is; exact.",
        LINEAR,
        lambda subject, text: share_linear(subject.linear, text) if subject.linear else None,
    ),
    Method(
        "shapley",
        "Shapley",
        "The mean effect over the orders in which words may be left out.",
        ANY,
        lambda subject, text: shapley_words(subject.score, text),
    ),
)


def list_methods(subject: Subject) -> tuple[Method, ...]:
    """Return the methods that a classifier can be asked by.

    Examples
    --------
    >>> import numpy as np
    >>> [method.name for method in list_methods(Subject("lexicon", lambda texts: np.full(len(texts), 0.5)))]
    ['occlusion', 'shapley']
    """
    has = {
        TRANSFORMER: subject.reader,
        NETWORK: subject.reader or subject.lstm,
        LINEAR: subject.linear,
        ANY: subject.score,
    }
    return tuple(method for method in METHODS if has[method.needs] is not None)


def find_method(name: str) -> Method:
    """Return a method by its name.

    Raises
    ------
    RecipeError
        If there is none.
    """
    for method in METHODS:
        if method.name == name:
            return method
    message = f"there is no method {name!r}; choose one of {', '.join(each.name for each in METHODS)}"
    raise RecipeError(message)


def explain_text(subject: Subject, text: str, name: str) -> WordEffects:
    """Explain a classifier's answer to a text by one method.

    Raises
    ------
    RecipeError
        If there is no such method, or the classifier cannot be asked by it.
    DataError, LimitError
        If the text has no word, or more than 256.

    Examples
    --------
    >>> import numpy as np
    >>> subject = Subject("loud", lambda texts: np.array([0.9 if "!" in text else 0.5 for text in texts]))
    >>> explain_text(subject, "fine!", "occlusion").values.round(3).tolist()
    [0.0, 2.197]
    """
    method = find_method(name)
    found = method.asked(subject, text)
    if found is None:
        known = ", ".join(each.name for each in list_methods(subject))
        message = f"{method.title} needs {method.needs}, which {subject.name} is not; choose one of {known}"
        raise RecipeError(message)
    return found


def ask_reader(name: str) -> Callable[[BertReader, str], WordEffects]:
    """Return a method as ``explain(reader, text)``, for the checks that change the network."""
    return lambda reader, text: explain_text(Subject("bert", reader.score, reader), text, name)
