"""Does an explanation notice when the network has forgotten everything? Replace what it learnt by chance, and compare.

From the head downwards one layer after another gets random kernels of the same size and spread (J. Adebayo et al. 2018,
arXiv:1810.03292, cascading randomisation). An explanation of what was learnt must change; one that stays the same shows
the text, or the shape of the network, and not the reasons of this classifier. Orders of words are compared by
Spearman's rank correlation of the sizes of effects.

Left out: labels shuffled before a fit, which costs a fit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.evaluation.attribution.agreement import correlate_ranks
from core.text.sentiment.explain.network import Network
from core.text.sentiment.explain.reader import BertReader
from core.text.sentiment.explain.recovery import Explain

STILL_ALIKE = 0.5
"""A rank correlation with the explanation of the untouched network above which it has not noticed."""
KERNELS = ("q", "k", "v", "ao", "fi", "fo")


@dataclass(frozen=True, slots=True, eq=False)
class Randomisation:
    """How like the explanations are to those of the untouched network, as more of it is random.

    Parameters
    ----------
    parts : tuple of str
        What is random besides all before it: "nothing", "head", "layer 6", …
    alike : array of shape (n_parts,)
        Mean rank correlation over texts, −1 to 1; 1 for nothing.
    n : int
        Texts.
    """

    method: str
    parts: tuple[str, ...]
    alike: NDArray[np.float64]
    n: int

    @property
    def notices(self) -> bool:
        """Whether explanations of an all random network are no longer like those of the trained one."""
        return bool(self.alike[-1] < STILL_ALIKE)


def randomise(network: Network, n_parts: int, seed: int = 0) -> Network:
    """Replace the head and the layers below it by chance.

    Parameters
    ----------
    n_parts : int
        0 nothing, 1 the head, 2 also the last layer, and so on to the first.

    Returns
    -------
    Network
        Each random kernel has the spread of the one that it replaces; norms and what is looked up stay.
    """
    layers = [f"l{place}." for place in reversed(range(network.n_layers))]
    names = [["head.w"], *([f"{layer}{kernel}.w" for kernel in KERNELS] for layer in layers)]
    changed = {}
    for part, group in enumerate(names[:n_parts]):
        rng = np.random.default_rng((seed, part))  # the same whatever else is random
        for name in group:
            kernel = network.weights[name]
            changed[name] = (rng.standard_normal(kernel.shape, dtype=np.float32) * kernel.std()).astype(kernel.dtype)
    return network.change(changed)


def check_randomised(
    reader: BertReader, texts: Sequence[str], explainers: Sequence[Explain], seed: int = 0
) -> tuple[Randomisation, ...]:
    """Explain some texts with ever more of the network replaced by chance.

    Parameters
    ----------
    texts : sequence of str
        A few are enough: 5 to 20.
    explainers : sequence of callables
        ``explain(reader, text)``.

    Returns
    -------
    tuple of Randomisation, one for each explainer
    """
    n_layers = reader.network.n_layers
    parts = ("nothing", "head", *(f"layer {place}" for place in range(n_layers, 0, -1)))
    found: list[list[list[NDArray[np.float64]]]] = [[] for _ in explainers]
    names = [""] * len(explainers)
    for n_parts in range(len(parts)):
        changed = reader.change(randomise(reader.network, n_parts, seed))
        for place, explain in enumerate(explainers):
            effects = [explain(changed, text) for text in texts]
            names[place] = effects[0].method
            found[place].append([each.values for each in effects])
    return tuple(
        Randomisation(name, parts, np.array([_compare(runs[0], run) for run in runs]), len(texts))
        for name, runs in zip(names, found, strict=True)
    )


def _compare(first: list[NDArray[np.float64]], second: list[NDArray[np.float64]]) -> float:
    """Average the rank correlation of the sizes of effects over texts; 0 where a text has no order."""
    each = [correlate_ranks(a[None], b[None])[0] for a, b in zip(first, second, strict=True)]
    return float(np.nan_to_num(each).mean())
