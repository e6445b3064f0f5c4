"""The same BERT in torch, to be fine-tuned: read from a package's weights, written back as named arrays.

The net is ``bert_graph``'s, layer for layer and name for name; torch is needed only here, in training.

Left out: the pooler and the masked-word head of a published BERT, which a sentence encoder does not use.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.hub.errors import ArtifactError
from core.text._shared.bert_graph import Array, BertShape

_PUBLISHED = {
    "embeddings.word_embeddings.weight": "emb.word",
    "embeddings.position_embeddings.weight": "emb.pos",
    "embeddings.token_type_embeddings.weight": "emb.type",
    "embeddings.LayerNorm.weight": "emb.ln.w",
    "embeddings.LayerNorm.bias": "emb.ln.b",
}
_PUBLISHED_LAYER = {
    "attention.self.query": "q",
    "attention.self.key": "k",
    "attention.self.value": "v",
    "attention.output.dense": "ao",
    "attention.output.LayerNorm": "aln",
    "intermediate.dense": "fi",
    "output.dense": "fo",
    "output.LayerNorm": "oln",
}
HEAD_SPREAD = 0.02
"""Standard deviation of the first weights of a head, as in Devlin et al. 2019."""


def rename_weights(published: Mapping[str, NDArray[Any]], prefix: str = "") -> dict[str, Array]:
    """Bring the weights of a published BERT to our names.

    Parameters
    ----------
    published : mapping of name to array
        As ``transformers`` names them, such as ``encoder.layer.0.attention.self.query.weight``.
    prefix : str
        What stands before each name, such as ``bert.``.

    Raises
    ------
    ArtifactError
        If one is missing.
    """
    n_layers = sum(f"{prefix}encoder.layer.{i}.output.dense.bias" in published for i in range(len(published)))
    names = name_published(n_layers)
    missing = [name for name in names if prefix + name not in published]
    if missing or not n_layers:
        message = f"the weights lack {', '.join(missing[:3]) or 'every layer'}; they must be those of a BERT encoder"
        raise ArtifactError(message)
    return {ours: np.asarray(published[prefix + theirs], dtype=np.float32) for theirs, ours in names.items()}


def name_published(n_layers: int) -> dict[str, str]:
    """Name the weights of an encoder: ``transformers``' name to ours.

    Examples
    --------
    >>> name_published(1)["encoder.layer.0.attention.self.query.weight"]
    'l0.q.w'
    """
    names = dict(_PUBLISHED)
    for place in range(n_layers):
        for theirs, ours in _PUBLISHED_LAYER.items():
            for kind in ("weight", "bias"):
                names[f"encoder.layer.{place}.{theirs}.{kind}"] = f"l{place}.{ours}.{kind[0]}"
    return names


def add_head(weights: Mapping[str, Array], n_classes: int, seed: int) -> dict[str, Array]:
    """Add a small random head to an encoder's weights."""
    width = weights["emb.word"].shape[1]
    kernel = np.random.default_rng(seed).normal(0.0, HEAD_SPREAD, (n_classes, width)).astype(np.float32)
    return {**weights, "head.w": kernel, "head.b": np.zeros(n_classes, np.float32)}


def make_bert(weights: Mapping[str, Array], shape: BertShape, dropout: float = 0.1) -> Any:
    """Build the net in torch from its weights.

    Parameters
    ----------
    weights : mapping of name to array
        ``bert_graph``'s, with a head.
    shape : BertShape
        What the weights do not say.
    dropout : float
        Share of each value that is put to 0 in training, 0 to 1; attention shares are left alone.

    Returns
    -------
    torch.nn.Module
        ``forward(ids, mask)`` of int64 (n, t) gives logits (n, k); ``forward_vectors(vectors, mask)`` starts from word
        vectors (n, t, width), for gradients; ``export()`` gives the weights back.
    """
    from core.text._shared.torch_net import TorchBert

    return TorchBert(weights, shape, dropout)
