"""The shipped table of transfer learning: every start by few and many pictures of each class, run once and stored.

A start that is run again replaces its own lines and leaves the others as they are, so that the table can be renewed a
network at a time.

Left out: running it from a page, which is a job (``transfer_files.run_transfer_job``).
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, get_args

from core.hub.artifacts import CardText, load_artifact, save_artifact
from core.hub.contract import Range, ScoreRow, Scores
from core.hub.errors import ArtifactError, RecipeError
from core.vision.image_classification.network_depth import DEPTHS_FILE, depths_to_json, measure_known
from core.vision.image_classification.recipe import SLUG
from core.vision.image_classification.transfer import Comparison
from core.vision.image_classification.transfer_files import (
    TABLE_FILE,
    TABLE_NAME,
    THREADS,
    comparisons_from_json,
    comparisons_to_json,
    run_transfer,
    stamp_command,
)
from core.vision.image_classification.transfer_pictures import TRANSFER_RECIPES, TransferRecipe
from core.vision.image_classification.transfer_starts import EFFICIENTNET, OURS, StartName

COMMAND = "python -m core.vision.image_classification.transfer_build table"
SHOTS = (10, 50, 200)
SHIPPED: tuple[StartName, ...] = (EFFICIENTNET, OURS)


@dataclass(frozen=True, slots=True)
class TableRecipe:
    """What decides the table, beside the starts and the numbers of pictures: the side, the epochs, what is held out."""

    size: str = TRANSFER_RECIPES["full"].size
    epochs: int = TRANSFER_RECIPES["full"].epochs
    tested: Annotated[int, Range(200, 10_000)] = TRANSFER_RECIPES["full"].tested
    seed: int = 0


CARD = CardText(
    title="Transfer learning: scratch, frozen and fine-tuned, by few pictures",
    model=(
        "A residual network with fresh weights; a logistic regression on a frozen network's numbers; the same network "
        "with its last layers and that regression learnt on at a small rate."
    ),
    data="Learnt from 10, 50 or 200 pictures of each class of CIFAR-10 or Fashion-MNIST; scored on test pictures.",
    intended_use="To see what a network that has learnt other pictures is worth when one's own are few.",
    limits=(
        "One draw of pictures and one seed: the intervals are those of the held-out pictures, not of other draws.",
        "ImageNet holds photographs of most of CIFAR-10's classes, so that transfer is at its best there.",
        "The network from scratch is small and made for small pictures; it is not the same network untrained.",
    ),
    licence="Data: Fashion-MNIST MIT, CIFAR-10 without a licence of its own (research use).",
    reference="A. Kumar et al., Fine-tuning can distort pretrained features, 2022, https://arxiv.org/abs/2202.10054",
)


def build_table(starts: Sequence[str] | None = None, root: Path | None = None) -> Path:
    """Run the comparisons and store them, with the depths of the known networks.

    Parameters
    ----------
    starts : sequence of str, optional
        Which networks to run again; all by default.
    root : Path, optional
        Folder of stored models; default ``models`` in the checkout.

    Raises
    ------
    HubError
        If a start is unknown, or its network or pictures cannot be had.
    """
    chosen = _check_starts(starts or SHIPPED)
    plan = TableRecipe()
    kept = tuple(one for one in _load_kept(root) if one.rows[-1].start not in chosen)
    fresh = tuple(_run(start, pictures, plan) for start in chosen for pictures in SHOTS)
    return save_table((*kept, *fresh), plan, root)


def save_table(comparisons: Sequence[Comparison], plan: TableRecipe, root: Path | None = None) -> Path:
    """Store comparisons and depths with their card."""
    from core.vision._shared.keras_door import import_keras

    ordered = sorted(comparisons, key=lambda one: (one.rows[0].start, one.rows[0].pictures))
    weights = {
        TABLE_FILE: comparisons_to_json(ordered).encode(),
        DEPTHS_FILE: depths_to_json(measure_known(import_keras(THREADS))).encode(),
    }
    scores = make_scores(ordered)
    return save_artifact(SLUG, TABLE_NAME, weights=weights, recipe=plan, scores=scores, about=CARD, root=root)


def make_scores(comparisons: Sequence[Comparison]) -> Scores:
    """Write each line but the first of every comparison as a score beside that first one: scratch is the baseline."""
    return tuple(
        ScoreRow(
            "accuracy", f"{row.target}_{row.pictures}_each", row.accuracy, row.low, row.high, row.n, "scratch",
            one.rows[0].accuracy, seed=row.seed, command=row.command, date=row.date, model=f"{row.start}, {row.method}",
        )
        for one in comparisons
        for row in one.rows[1:]
    )  # fmt: skip


def _check_starts(starts: Sequence[str]) -> tuple[StartName, ...]:
    """Refuse a start that is not known."""
    known: tuple[StartName, ...] = get_args(StartName)
    unknown = [start for start in starts if start not in known]
    if unknown:
        message = f"start is {unknown[0]!r}; it must be one of {', '.join(known)}"
        raise RecipeError(message)
    return tuple(start for start in known if start in starts)


def _load_kept(root: Path | None) -> tuple[Comparison, ...]:
    """Load the table that is there; nothing where there is none yet."""
    try:
        content = load_artifact(SLUG, TABLE_NAME, root).weights[TABLE_FILE]
    except ArtifactError:
        return ()
    return comparisons_from_json(content.decode("utf-8"))


def _run(start: StartName, pictures: int, plan: TableRecipe) -> Comparison:
    """Run one comparison and say on standard error how it ended."""
    recipe = TransferRecipe(start, pictures, plan.size, plan.epochs, plan.tested, whole=True, seed=plan.seed)  # type: ignore[arg-type]
    if start == OURS:
        recipe = replace(recipe, whole=False)  # all of Fashion-MNIST's test pictures are bundled
    found = stamp_command(run_transfer(recipe), f'{COMMAND} --start "{start}"')
    for row in found.rows:
        sys.stderr.write(f"{row.start} {row.pictures} {row.method} {row.accuracy:.4f} in {row.seconds:g} s\n")
    return found
