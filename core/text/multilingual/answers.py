"""Ask a trained model about one text or many: negative, neutral or positive, in which language, and which words count.

A word's share in the answer is what the answer loses when the word is left out (occlusion, Zeiler & Fergus 2014,
https://arxiv.org/abs/1311.2901), so it costs one question for each word.

Left out: gradients and attention, which the page of sentiment analysis compares.
"""

from __future__ import annotations

from collections.abc import Sequence

from core.hub.contract import Prediction, Reason
from core.hub.errors import DataError
from core.text._shared.cleaning import clean_text
from core.text.multilingual.language_id import identify
from core.text.multilingual.languages import find_language
from core.text.multilingual.model import Model, Shares
from core.text.multilingual.recipe import CLASSES, NETWORK, Inputs
from core.text.multilingual.word_spans import split_words

MOST_WORDS = 24
"""Words whose share is told; a longer text's answer comes without."""
ANSWERED = ("ar", "ca", "de", "en", "es", "fr", "gl", "hi", "it", "pt", "zh")
"""Languages whose words the kept vocabulary writes well."""


def predict(model: Model, inputs: Inputs) -> Prediction:
    """Answer about one text.

    Returns
    -------
    Prediction
        ``details`` holds the language, how it is known, and how well the network did on that language's test texts.

    Raises
    ------
    DataError
        If nothing is left to read.
    LimitError
        If the text has more than a million bytes.
    """
    text = clean_text(inputs.text)
    return _tell(model, text, model.rate([text])[0], inputs.language, weigh_words(model, text))


def predict_many(model: Model, cases: Sequence[Inputs]) -> list[Prediction]:
    """Answer about several texts, in their order; words are not weighed."""
    if not cases:
        return []
    texts = [clean_text(case.text) for case in cases]
    return [
        _tell(model, text, shares, case.language, ())
        for text, shares, case in zip(texts, model.rate(texts), cases, strict=True)
    ]


def rate_texts(model: Model, texts: Sequence[str]) -> Shares:
    """Return how likely each text is negative, neutral and positive, shape (n, 3).

    Raises
    ------
    DataError
        If there is none, or one is empty; its number is named.
    """
    if not texts:
        message = "there is no text; give at least one"
        raise DataError(message)
    return model.rate([clean_text(text, f"text {place}") for place, text in enumerate(texts, start=1)])


def weigh_words(model: Model, text: str) -> tuple[Reason, ...]:
    """Say what each word does to the likelihood of positive less that of negative, the strongest first."""
    found = weigh_spans(model, text)
    order = sorted(found, key=lambda span: -abs(span[2]))
    return tuple(Reason(text[start:end], "", effect) for start, end, effect in order)


def weigh_spans(model: Model, text: str, most: int = MOST_WORDS) -> tuple[tuple[int, int, float], ...]:
    """Say where each word stands and what it does to the likelihood of positive less that of negative.

    Parameters
    ----------
    text : str
        Cleaned. One word alone has nothing to be compared with.
    most : int
        Of more words than this nothing is said: each costs one question.

    Returns
    -------
    tuple of (start, end, effect)
        In the text's order; empty where nothing is said.
    """
    words = split_words(text)
    if not 1 < len(words) <= most:
        return ()
    without = [text[:start] + text[end:] for start, end in words]
    shares = model.rate([text, *without])
    lean = shares[:, 2] - shares[:, 0]
    return tuple((start, end, float(lean[0] - rest)) for (start, end), rest in zip(words, lean[1:], strict=True))


def _tell(model: Model, text: str, shares: Shares, language: str, reasons: tuple[Reason, ...]) -> Prediction:
    """Put one text's figures into an answer."""
    guess = identify(text) if language == "auto" else None
    code = guess.code if guess else language
    name = guess.name if guess else find_language(code).name
    details = {
        "language": code,
        "language_name": name,
        "language_given": guess is None,
        "language_probability": guess.probability if guess else 1.0,
        "language_doubt": guess.why if guess else "",
        "trust": describe_trust(model, code, name),
    }
    return Prediction(
        CLASSES[int(shares.argmax())],
        NETWORK,
        {label: float(share) for label, share in zip(CLASSES, shares, strict=True)},
        reasons=reasons,
        details=details,
    )


def describe_trust(model: Model, code: str, name: str) -> str:
    """Say in a sentence how well the network did on a language's test texts, or that it was never tested there."""
    row = next((each for each in model.scores if each.split == code and each.model == NETWORK), None)
    if row is not None:
        kind = "tweets" if row.metric != "roc_auc" else "reviews"
        made = "" if code in {"en", "zh"} else " translated by machine"
        return f"On {row.n:,} {name} {kind}{made}: {row.metric.replace('_', ' ')} {row.value:.2f}."
    if code in ANSWERED:
        return f"No labelled {name} texts were at hand to test on; its words are all in the vocabulary."
    return f"{name} was neither trained nor tested on, and its words are cut into small pieces: trust this little."
