"""Published transformers from the Hugging Face hub: DistilBERT, ready to answer, and BERT base, to be fine-tuned here.

- ``distilbert``: DistilBERT fine-tuned on SST-2, sentences of film reviews (Sanh et al. 2019,
  https://arxiv.org/abs/1910.01108; Apache-2.0; its card states 0.913 on SST-2's development set).
- ``bert``: BERT base, uncased, 110 million weights (Devlin et al. 2019, https://arxiv.org/abs/1810.04805; Apache-2.0).

They are fetched and asked in a worker, where torch may be imported. Every answer says which model gave it. Their
training sentences come from the same site as our snippets and may be among them: their accuracy on our test films is
no fair comparison.

Left out: weights that are pickles (only safetensors are read), code that comes with a model.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.hub.errors import ArtifactError, DataError
from core.text._shared.bert_graph import BertShape
from core.text._shared.encoder import Cut, TextTokeniser
from core.text._shared.hub_files import TIMEOUT_S, HubSource, OpenUrl, fetch_hub, open_url
from core.text._shared.torch_bert import rename_weights
from core.text.sentiment.bert import Start

FILES = ("config.json", "model.safetensors", "vocab.txt")
SOURCES: Mapping[str, HubSource] = {
    "distilbert": HubSource(
        "distilbert/distilbert-base-uncased-finetuned-sst-2-english", "714eb0fa89d2f80546fda750413ed43d93601a13", FILES
    ),
    "bert": HubSource("google-bert/bert-base-uncased", "86b5e0934494bd15c9632b12f734a8a67f723594", FILES),
}
BATCH, MAX_TOKENS = 16, 256


@dataclass(frozen=True, slots=True, eq=False)
class HubClassifier:
    """A published classifier of two classes, asked through torch.

    Parameters
    ----------
    net : transformers.PreTrainedModel
        Gives logits.
    tokeniser : TextTokeniser
    positive : int
        Which logit is the positive class's.
    answered_by : str
        Repository and revision, to be said beside its answers.
    """

    net: Any = field(repr=False)
    tokeniser: TextTokeniser = field(repr=False)
    positive: int
    answered_by: str

    def score(self, texts: Sequence[str], cut: Cut = "head") -> NDArray[np.float64]:
        """Return the probability that each text is positive, shape (n,)."""
        import torch

        found = []
        with torch.no_grad():
            for start in range(0, len(texts), BATCH):
                encoded = self.tokeniser.encode(texts[start : start + BATCH], cut, MAX_TOKENS)
                ids, mask = torch.from_numpy(encoded.ids), torch.from_numpy(encoded.mask)
                logits = self.net(input_ids=ids, attention_mask=mask).logits.double()
                found.append(torch.softmax(logits, dim=1)[:, self.positive].numpy())
        return np.concatenate(found)


def load_hub_classifier(
    cache: Path,
    source: HubSource = SOURCES["distilbert"],
    timeout_s: float = TIMEOUT_S,
    opened: OpenUrl = open_url,
) -> HubClassifier:
    """Fetch a published classifier once, and open it.

    Raises
    ------
    UnavailableError
        If the hub cannot be reached.
    ArtifactError
        If its files cannot be read as a classifier.
    DataError
        If it does not tell positive from negative.
    """
    from transformers import AutoModelForSequenceClassification

    folder = fetch_hub(source, cache, timeout_s, opened)
    net = _open_net(AutoModelForSequenceClassification, folder, source)
    labels = {int(place): str(name).lower() for place, name in net.config.id2label.items()}
    positive = next((place for place, name in labels.items() if name in {"positive", "pos", "label_1"}), None)
    if positive is None or len(labels) != 2:  # noqa: PLR2004 positive and negative
        message = (
            f"{source.repository} has the classes {', '.join(labels.values())}; it must have negative and positive"
        )
        raise DataError(message)
    return HubClassifier(net, _open_tokeniser(folder), positive, f"{source.repository} at {source.revision[:7]}")


def load_hub_start(
    cache: Path, source: HubSource = SOURCES["bert"], timeout_s: float = TIMEOUT_S, opened: OpenUrl = open_url
) -> Start:
    """Fetch a published BERT encoder once, ready for ``bert.fit_from``.

    Raises
    ------
    UnavailableError
        If the hub cannot be reached.
    ArtifactError
        If its files cannot be read as a BERT.
    """
    from transformers import BertModel

    folder = fetch_hub(source, cache, timeout_s, opened)
    net = _open_net(BertModel, folder, source)
    weights = rename_weights({name: values.float().numpy() for name, values in net.state_dict().items()})
    shape = BertShape(net.config.num_attention_heads, epsilon=net.config.layer_norm_eps)
    return Start(weights, shape, make_tokeniser((folder / "vocab.txt").read_text("utf-8")))


def _open_net(kind: Any, folder: Path, source: HubSource) -> Any:
    """Open a net from its folder alone: no network, no pickle, no code of its own."""
    from safetensors import SafetensorError

    try:
        net = kind.from_pretrained(folder, local_files_only=True, use_safetensors=True, trust_remote_code=False)
    except (OSError, ValueError, KeyError, RuntimeError, SafetensorError, json.JSONDecodeError) as error:
        message = f"the files of {source.repository} cannot be read ({type(error).__name__}); delete {folder.name} in "
        message += "the cache and fetch them again"
        raise ArtifactError(message) from error
    return net.eval()


def _open_tokeniser(folder: Path) -> TextTokeniser:
    """Open the tokeniser of a folder."""
    return TextTokeniser.open(make_tokeniser((folder / "vocab.txt").read_text("utf-8")))


def make_tokeniser(vocabulary: str) -> bytes:
    """Make the ``tokenizer.json`` of an uncased BERT from its word list, one piece a line.

    Raises
    ------
    ArtifactError
        If the list lacks one of BERT's own pieces.
    """
    from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors

    pieces = {piece: place for place, piece in enumerate(vocabulary.splitlines())}
    missing = [piece for piece in ("[PAD]", "[UNK]", "[CLS]", "[SEP]") if piece not in pieces]
    if missing:
        message = f"the word list lacks {', '.join(missing)}; it must be a BERT's vocab.txt"
        raise ArtifactError(message)
    tokeniser = Tokenizer(models.WordPiece(pieces, unk_token="[UNK]"))  # noqa: S106 no password
    tokeniser.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokeniser.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokeniser.decoder = decoders.WordPiece()
    ends = [(piece, pieces[piece]) for piece in ("[CLS]", "[SEP]")]
    tokeniser.post_processor = processors.TemplateProcessing("[CLS] $A [SEP]", special_tokens=ends)
    return tokeniser.to_str().encode()
