"""The checks that ship with the hub, with their card: made by one command, shown at once.

``python -m core.text.sentiment.explain.checks_store --save`` makes and stores them for the shipped classifier.

Left out: running them from a page, which is a job (``check_runs``).
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from core.hub.artifacts import save_artifact
from core.hub.contract import ScoreRow, Scores
from core.text.sentiment.card import CHECKS_CARD as CARD
from core.text.sentiment.explain.check_runs import CheckRecipe, CheckResult, pack_checks, run_checks
from core.text.sentiment.explain.checks import MethodScore, scores_to_frame
from core.text.sentiment.explain.checks_file import NAME
from core.text.sentiment.explain.recovery import CHANCE
from core.text.sentiment.recipe import SLUG

COMMAND = "python -m core.text.sentiment.explain.checks_store"


def save_checks(found: CheckResult, recipe: CheckRecipe, root: Path | None = None) -> Path:
    """Store a result with its card and scores."""
    scores = make_scores(found.scores, recipe)
    return save_artifact(SLUG, NAME, weights=pack_checks(found), recipe=recipe, scores=scores, about=CARD, root=root)


def make_scores(scores: Sequence[MethodScore], recipe: CheckRecipe) -> Scores:
    """Write each check of each method as a score beside what chance gives."""
    rows = []
    for each in scores:
        gains = (("comprehensiveness", each.erasure.comprehensiveness), ("sufficiency", each.erasure.sufficiency))
        found = [(f"{name}_gain", "test", gain, each.erasure.n, "random order", 0.0) for name, gain in gains]
        if each.recovery:
            found.append(("planted_word_auc", "planted", each.recovery.auc, each.recovery.n, "chance", CHANCE))
        rows += [
            ScoreRow(
                metric, split, value.value, value.low, value.high, n, baseline, floor,
                seed=recipe.seed, command=describe_checks(recipe), model=each.title,
            )
            for metric, split, value, n, baseline, floor in found
        ]  # fmt: skip
    return tuple(rows)


def describe_checks(recipe: CheckRecipe) -> str:
    """Return the command that makes the checks again."""
    return f"{COMMAND} --family {recipe.family} --texts {recipe.texts} --seed {recipe.seed}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table, and store it where that is asked for."""
    default = CheckRecipe()
    parser = argparse.ArgumentParser(description="Put every method of explanation to the test.")
    parser.add_argument("--family", default=default.family)
    parser.add_argument("--texts", type=int, default=default.texts)
    parser.add_argument("--seed", type=int, default=default.seed)
    parser.add_argument("--save", action="store_true")
    given = parser.parse_args(arguments)
    recipe = CheckRecipe(given.family, given.texts, seed=given.seed)
    found = run_checks(recipe)
    if given.save:
        save_checks(found, recipe)
    sys.stdout.write(scores_to_frame(found.scores).to_string(index=False) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
