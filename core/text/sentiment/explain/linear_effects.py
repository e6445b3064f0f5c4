"""What each word adds to the answer of a linear classifier: Shapley values in closed form, nothing sampled.

The log-odds are a bias and a sum over terms, each the weight of a term times its value in this text. When the players
are the terms and one that stays away counts nothing, a term's Shapley value is what it adds, whatever the order (S.
Lundberg and S.-I. Lee 2017, arXiv:1705.07874, linear SHAP with nothing as background). A pair of words adds only where
both are there, so they share it evenly.

Left out: the average text as background; that a TF-IDF row grows when a word is left out of the text, which occlusion
asks about.
"""

from __future__ import annotations

import numpy as np

from core.text.sentiment.explain.result import WordEffects
from core.text.sentiment.explain.words import place_pieces, split_words, sum_pieces
from core.text.sentiment.linear import LinearText


def share_linear(model: LinearText, text: str) -> WordEffects:
    """Read off what each word of a text adds.

    Returns
    -------
    WordEffects
        From the bias to the answer, exactly.

    Raises
    ------
    DataError, LimitError
        If the text has no word, or more than 256.

    Examples
    --------
    >>> weights = np.array([2.0, -1.0, 0.5])
    >>> model = LinearText("nbsvm", ("good", "film", "good film"), np.ones(3), weights, 0.1, unit=False)
    >>> found = share_linear(model, "a good film")
    >>> found.values.tolist(), found.base, round(found.gap, 9)
    ([0.0, 2.25, -0.75], 0.1, 0.0)
    """
    words = split_words(text)
    found = model.explain(text)
    places = place_pieces(words, [(each.token.start, each.token.end) for each in found])
    values = sum_pieces(np.array([each.effect for each in found]), places, len(words))
    answer = float(model.find_logits([text])[0])
    return WordEffects("linear Shapley", words, values, model.bias, answer, adds_up=True)
