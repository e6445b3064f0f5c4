"""The encoder as a torch module: what learns. Import it late: torch takes a second and hundreds of megabytes.

Left out: reading and naming of its weights (``torch_bert``); serving, which needs no torch (``encoder``).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.nn import functional as f

from core.text._shared.bert_graph import BertShape, count_layers

Array = NDArray[np.float32]


class TorchBert(nn.Module):
    """A post-norm encoder and a head."""

    def __init__(self, weights: Mapping[str, Array], shape: BertShape, dropout: float) -> None:
        super().__init__()
        self.shape, self.dropout, self.n_layers = shape, dropout, count_layers(weights)
        kept = {name.replace(".", "_"): nn.Parameter(torch.from_numpy(np.array(w))) for name, w in weights.items()}
        self.kept = nn.ParameterDict(kept)
        self.names = tuple(weights)

    def part(self, name: str) -> Any:
        """Return a weight by its name."""
        return self.kept[name.replace(".", "_")]

    def linear(self, x: Any, name: str) -> Any:
        """Apply a layer of weights and biases."""
        return f.linear(x, self.part(f"{name}.w"), self.part(f"{name}.b"))

    def normalise(self, x: Any, name: str) -> Any:
        """Normalise each vector (Ba et al. 2016)."""
        return f.layer_norm(x, x.shape[-1:], self.part(f"{name}.w"), self.part(f"{name}.b"), self.shape.epsilon)

    def drop(self, x: Any) -> Any:
        """Put a share of the values to 0 while it learns."""
        return f.dropout(x, self.dropout, self.training)

    def find_words(self, ids: Any) -> Any:
        """Look up word vectors (n, t, width)."""
        return f.embedding(ids, self.part("emb.word"))

    def forward(self, ids: Any, mask: Any) -> Any:
        """Give logits (n, k) of ids (n, t)."""
        return self.forward_vectors(self.find_words(ids), mask)

    def forward_vectors(self, vectors: Any, mask: Any) -> Any:
        """Give logits (n, k) from word vectors (n, t, width)."""
        return self.leave(self.climb(self.enter(vectors), mask, 0, self.n_layers), mask)

    def enter(self, vectors: Any) -> Any:
        """Add places and type to word vectors, and normalise."""
        first = self.shape.first_position
        places = self.part("emb.pos")[first : first + vectors.shape[1]]
        return self.drop(self.normalise(vectors + places + self.part("emb.type")[0], "emb.ln"))

    def climb(self, x: Any, mask: Any, first: int, last: int) -> Any:
        """Go through the layers from ``first`` to before ``last``."""
        for place in range(first, last):
            x = self.layer(x, mask[:, None, None, :].bool(), f"l{place}")
        return x

    def leave(self, x: Any, mask: Any) -> Any:
        """Pool and give logits."""
        return self.linear(self.drop(self.pool(x, mask)), "head")

    def layer(self, x: Any, seen: Any, name: str) -> Any:
        """Apply attention and the two wide maps, each added to what came in and normalised."""
        n, t, width = x.shape
        parts = (self.linear(x, f"{name}.{part}") for part in "qkv")
        q, k, v = (part.view(n, t, self.shape.n_heads, -1).transpose(1, 2) for part in parts)
        mixed = f.scaled_dot_product_attention(q, k, v, attn_mask=seen).transpose(1, 2).reshape(n, t, width)
        x = self.normalise(x + self.drop(self.linear(mixed, f"{name}.ao")), f"{name}.aln")
        wide = f.gelu(self.linear(x, f"{name}.fi"))
        return self.normalise(x + self.drop(self.linear(wide, f"{name}.fo")), f"{name}.oln")

    def pool(self, x: Any, mask: Any) -> Any:
        """Make one vector (n, width) of a text."""
        if self.shape.pooling == "first":
            return x[:, 0]
        seen = mask[:, :, None].to(x.dtype)
        return (x * seen).sum(1) / seen.sum(1)

    def export(self) -> dict[str, Array]:
        """Give the weights back."""
        return {name: self.part(name).detach().float().numpy().copy() for name in self.names}
