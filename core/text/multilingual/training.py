"""Train one network for all languages: English first, then all of them; prune, balance, and score what comes out.

Between the stages the network is asked about Chinese, of which it has seen no label: what it knows then it has carried
over from English. The finished weights go into 8 bits, and everything after that (balance, scores) is of those 8 bits.

Left out: the stages' texts (``mixing``), one stage's steps (``tuning``).
"""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from core.hub.errors import UnavailableError
from core.text._shared.bert_graph import write_graph
from core.text._shared.encoder import TextEncoder
from core.text.multilingual.baseline import fit_baselines
from core.text.multilingual.head_start import learn_head
from core.text.multilingual.language_text import load_words
from core.text.multilingual.mixing import Lessons, load_dictionaries, mix_english, mix_languages
from core.text.multilingual.model import SERVED_TOKENS, Balance, Model
from core.text.multilingual.pruning import ROOM, make_tokeniser, measure_coverage
from core.text.multilingual.recipe import LINEAR, NETWORK, ZERO_SHOT, Recipe
from core.text.multilingual.scoring import ZERO_SHOT_SPLIT, score_model
from core.text.multilingual.start import Start, load_e5, open_start
from core.text.multilingual.tuning import average_weights, tune_weights

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from core.hub.contract import OnStep
    from core.text._shared.bert_graph import Array
    from core.text.multilingual.data import Data, Part
    from core.text.multilingual.pruning import Coverage

REPORT_EVERY = 10
MOST_FITTED = 4.0
"""The bounds of each term of the balance, in logits."""


def train(recipe: Recipe, data: Data, on_step: OnStep | None = None) -> Model:
    """Train by a recipe, and score.

    Raises
    ------
    DataError, UnavailableError
        If the encoder's package is needed and cannot be had.
    """
    begun = time.monotonic()
    dictionaries, notes = _find_dictionaries(recipe)
    stages = (mix_english(recipe.texts, recipe.seed), mix_languages(recipe.mixed, recipe.seed, dictionaries))
    start = open_start(recipe, [text for stage in stages for text in stage.texts])
    total = sum(-(-len(stage.texts) // 32) for stage in stages) + 2
    told = _Told(on_step, total)
    first = _learn_english(start, stages[0], recipe, told)
    zero = _ask_chinese(replace(start, weights=average_weights(start.weights, first, recipe.keep)), data.test)
    told.done = -(-len(stages[0].texts) // 32)
    second = tune_weights(first, start.shape, stages[1], _read(start, stages[1], recipe), recipe, told.step)
    told.tell(total - 1, {})
    tuned = replace(start, weights=average_weights(start.weights, second, recipe.keep))
    model = finish(recipe, data, tuned, zero, (time.monotonic() - begun, notes))
    told.tell(total, {"macro_f1": model.scores[0].value})
    return model


def finish(
    recipe: Recipe, data: Data, tuned: Start, zero: NDArray[np.float16], made: tuple[float, tuple[str, ...]]
) -> Model:
    """Put finished weights into 8 bits, balance their answers, and score them beside the baselines.

    Parameters
    ----------
    tuned : Start
        Finished weights, with their shape and tokeniser.
    zero : float16 array of shape (n, 3)
        What the network said of the Chinese test texts after English alone.
    made : tuple of seconds and notes
        How long the training took, and what else should be known of it.
    """
    content = write_graph(tuned.weights, tuned.shape, whole_numbers=True, by_token=True)
    tokeniser = tuned.tokeniser.to_str().encode()
    begun = time.monotonic()
    linear = fit_baselines(data.test, recipe.texts)
    fit_s = {NETWORK: made[0], LINEAR: time.monotonic() - begun}
    beside = {LINEAR: linear, ZERO_SHOT: {ZERO_SHOT_SPLIT: zero}}
    asked = TextEncoder.open(content, tokeniser, SERVED_TOKENS)
    tweets = [part for part in data.tune.values() if not part.two]
    balance = fit_balance(
        np.concatenate([asked.run(part.texts) for part in tweets]), np.concatenate([part.labels for part in tweets])
    )
    model = Model(
        recipe, content, tokeniser, balance, beside, _cover(recipe, tuned), fit_s, data.source, data.sha256, made[1]
    )
    return replace(model, scores=score_model(model, data.test))


def fit_balance(logits: NDArray[np.float32], labels: NDArray[np.int8]) -> Balance:
    """Fit a temperature and a bias for each class by the log loss, each class weighing the same.

    People's tweets in our training set are mostly glad; where a message comes from is not known when it is asked about,
    so no class is thought likelier beforehand.

    Parameters
    ----------
    logits : float32 array of shape (n, 3)
        Of texts that the network has not learnt from.
    labels : int8 array of shape (n,)
        0 negative, 1 neutral, 2 positive.

    Examples
    --------
    >>> logits = np.array([[1, 0, 3], [0, 1, 2], [0, 0, 4]] * 20, np.float32)
    >>> fitted = fit_balance(logits, np.array([0, 1, 2] * 20, np.int8))
    >>> fitted.apply(logits[:3]).argmax(axis=1).tolist()
    [0, 1, 2]
    """
    from scipy.optimize import minimize

    weight = 1.0 / np.maximum(np.bincount(labels, minlength=3), 1)[labels]

    def lose(values: NDArray[np.float64]) -> float:
        balance = Balance(float(np.exp(values[0])), (values[1], 0.0, values[2]))
        right = balance.apply(logits)[np.arange(len(labels)), labels]
        return float(-(weight * np.log(np.maximum(right, 1e-12))).sum() / weight.sum() + 1e-3 * (values**2).sum())

    found = minimize(lose, np.zeros(3), method="L-BFGS-B", bounds=[(-2, 2)] + [(-MOST_FITTED, MOST_FITTED)] * 2).x
    return Balance(round(float(np.exp(found[0])), 4), (round(float(found[1]), 4), 0.0, round(float(found[2]), 4)))


def _find_dictionaries(recipe: Recipe) -> tuple[Mapping[str, Mapping[str, str]], tuple[str, ...]]:
    """Read the dictionaries of a large run; where they cannot be had, say so and go on without."""
    if recipe.encoder == "tiny":
        return {}, ("No words of German, Arabic and Hindi were lent: that is for larger runs.",)
    try:
        return load_dictionaries(), ()
    except UnavailableError as error:
        return {}, (f"No words of German, Arabic and Hindi were lent: {error}.",)


def _read(start: Start, stage: Lessons, recipe: Recipe) -> list[list[int]]:
    """Turn a stage's texts into token numbers; of a text that is too long the end mark stays."""
    most = recipe.max_tokens
    found: list[list[int]] = [encoded.ids for encoded in start.tokeniser.encode_batch(list(stage.texts))]
    return [ids if len(ids) <= most else [*ids[: most - 1], ids[-1]] for ids in found]


def _learn_english(start: Start, stage: Lessons, recipe: Recipe, told: _Told) -> dict[str, Array]:
    """Go through the first stage: the head alone where the encoder knows anything, then the encoder with it."""
    ids, weights = _read(start, stage, recipe), start.weights
    if recipe.encoder != "tiny":
        weights = learn_head(weights, start.shape, stage, ids, recipe.seed)
    return tune_weights(weights, start.shape, stage, ids, recipe, told.step)


def _ask_chinese(start: Start, parts: Mapping[str, Part]) -> NDArray[np.float16]:
    """Ask about the Chinese test texts, of which no label was seen yet."""
    content = write_graph(start.weights, start.shape, whole_numbers=True, by_token=True)
    asked = TextEncoder.open(content, start.tokeniser.to_str().encode(), SERVED_TOKENS)
    return Balance().apply(asked.run(parts[ZERO_SHOT_SPLIT].texts)).astype(np.float16)


def _cover(recipe: Recipe, tuned: Start) -> tuple[Coverage, ...]:
    """Say what pruning did to the commonest words of our languages; others' vocabularies are not at hand whole."""
    if recipe.encoder != "multilingual-e5-small":
        return ()
    common = load_words()
    words: dict[str, Sequence[str]] = {code: [word for word, _ in common[code]] for code in (*ROOM, "ca")}
    return measure_coverage(make_tokeniser(load_e5().pieces), tuned.tokeniser, words)


class _Told:
    """Tells how far both stages are, as one run of steps."""

    def __init__(self, on_step: OnStep | None, total: int) -> None:
        self.on_step, self.total, self.done = on_step or (lambda *_: None), total, 0

    def step(self, done: int, _total: int, loss: float) -> None:
        """Tell some steps of a stage."""
        if done % REPORT_EVERY == 1:
            self.on_step(self.done + done, self.total, {"loss": loss})

    def tell(self, done: int, metrics: Mapping[str, float]) -> None:
        """Tell a step that is no learning step."""
        self.on_step(done, self.total, metrics)
