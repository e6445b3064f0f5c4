"""Teach the net one stage's texts: AdamW, smaller steps towards the input, half precision where the processor has it.

The loss is the cross-entropy to the targets; for a text that is only good or bad the class neutral is left out of the
softmax. The lowest layers stay as they are: they hold what the encoder knows of languages that no text is in
(Zheng et al. 2021, https://arxiv.org/abs/2106.08226, on what cross-lingual fine-tuning forgets).

Left out: choosing the epoch; each text is seen about once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from core.text._shared.fine_tuning import make_batches, pad_inputs

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from core.text._shared.bert_graph import Array, BertShape
    from core.text.multilingual.mixing import Lessons
    from core.text.multilingual.recipe import Recipe

BATCH, LAYER_DECAY, WARM_UP, WEIGHT_DECAY, LONGEST_STEP = 32, 0.9, 0.08, 0.01, 1.0
FRESH_RATE, HEAD_RATE = 10.0, 2.0
"""How much larger the head's steps are: while it is random, and once it has learnt a stage."""
HIDDEN = -1e4
NEUTRAL = 1
FREE = ("emb.", "head.")


def tune_weights(
    weights: Mapping[str, Array],
    shape: BertShape,
    lessons: Lessons,
    ids: Sequence[Sequence[int]],
    recipe: Recipe,
    on_step: Callable[[int, int, float], None],
) -> dict[str, Array]:
    """Tune weights on one stage's texts.

    Parameters
    ----------
    weights : mapping of name to array
        ``bert_graph``'s, with a head of three classes.
    ids : sequence of sequences of int
        Token numbers of each text.
    on_step : callable
        Told the steps done, the steps in all and the loss; what it raises ends the run.

    Returns
    -------
    dict of name to array
        All weights; those of tables and frozen layers are as they were.
    """
    import torch

    from core.text._shared.torch_bert import make_bert

    torch.manual_seed(recipe.seed)
    net = make_bert(weights, shape).train()
    rng = np.random.default_rng(recipe.seed)
    batches = list(make_batches(np.array([len(each) for each in ids]), BATCH, rng))
    optimiser, schedule = _make_optimiser(net, recipe, len(batches))
    moving = [each for group in optimiser.param_groups for each in group["params"]]
    targets, two = torch.from_numpy(lessons.targets), torch.from_numpy(lessons.two)
    half = recipe.encoder != "tiny"
    for done, rows in enumerate(batches, start=1):
        inputs = pad_inputs([torch.tensor(ids[row], dtype=torch.int64) for row in rows])
        with torch.autocast("cpu", torch.bfloat16, enabled=half):
            logits = net(*inputs)
        loss = find_loss(logits.float(), targets[rows], two[rows])
        loss.backward()
        torch.nn.utils.clip_grad_norm_(moving, LONGEST_STEP)
        optimiser.step()
        optimiser.zero_grad()
        schedule.step()
        on_step(done, len(batches), float(loss.detach()))
    tuned: dict[str, Array] = net.export()
    return tuned


def find_loss(logits: Any, targets: Any, two: Any) -> Any:
    """Return the mean cross-entropy of tensors: logits and targets (n, 3); where ``two`` (n,), without neutral."""
    import torch

    neutral = torch.arange(logits.shape[1]) == NEUTRAL
    seen = torch.where(two[:, None] & neutral[None], torch.full_like(logits, HIDDEN), logits)
    return -(targets * torch.log_softmax(seen, 1)).sum(1).mean()


def _make_optimiser(net: Any, recipe: Recipe, total: int) -> tuple[Any, Any]:
    """Make AdamW with a rate for each layer, and the schedule of the rates."""
    import torch

    groups = []
    head_rate = HEAD_RATE if net.part("head.b").any() else FRESH_RATE
    if recipe.encoder == "tiny":
        head_rate = 1.0  # all of it is random
    for name in net.names:
        # the tiny encoder begins at random, so its word table has to learn too
        depth = int(name[1 : name.index(".")]) if not name.startswith(FREE) else net.n_layers - 1
        is_table = name.startswith("emb.") and recipe.encoder != "tiny"
        moves = depth >= recipe.frozen and not is_table
        net.part(name).requires_grad_(moves)
        if moves:
            rate = recipe.rate * (head_rate if name.startswith("head.") else 1.0)
            decayed = rate * LAYER_DECAY ** (net.n_layers - 1 - depth)
            groups.append({"params": [net.part(name)], "lr": decayed, "weight_decay": WEIGHT_DECAY})
    optimiser = torch.optim.AdamW(groups)
    rising = max(1.0, WARM_UP * total)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimiser, lambda done: min((done + 1) / rising, max(0.0, 1 - done / max(1, total)))
    )
    return optimiser, schedule


def average_weights(start: Mapping[str, Array], tuned: Mapping[str, Array], keep: float) -> dict[str, Array]:
    """Mix finished with starting weights, but the head (Wortsman et al. 2022, https://arxiv.org/abs/2109.01903).

    Examples
    --------
    >>> float(average_weights({"l0.q.b": np.zeros(1)}, {"l0.q.b": np.ones(1)}, 0.25)["l0.q.b"][0])
    0.75
    """
    return {
        name: each if name.startswith("head.") or name not in start else keep * start[name] + (1 - keep) * each
        for name, each in tuned.items()
    }
