"""The one sentence that says that nothing was learnt: no model is measurably better than always answering one class.

Left out: the test behind it, which is ``core.evaluation.leaderboard``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from core.evaluation.leaderboard import LeaderboardRow
from core.tabular.iris.model import Model

_NUMBERS = ("no model", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


def say_unbeaten(model: Model) -> str:
    """Say that no model of a run beats its baseline, with both figures; empty where one does."""
    return compare_with_baseline(model.leaderboard, model.source.class_counts)


def compare_with_baseline(rows: Sequence[LeaderboardRow], class_counts: Mapping[str, int]) -> str:
    """Say that no model is measurably better than the most frequent class; empty where one is.

    Parameters
    ----------
    rows : sequence of LeaderboardRow
        The baseline among them; ``accuracy`` is the mean over the folds.
    class_counts : mapping of str to int
        Rows of each class.

    Examples
    --------
    >>> from core.evaluation.leaderboard import Measure
    >>> tree = LeaderboardRow("decision tree", {"accuracy": Measure(0.605, 0.5, 0.7)}, 0.1, "worse", False, False)
    >>> floor = LeaderboardRow("majority class", {"accuracy": Measure(0.611, 0.6, 0.62)}, 0.1, "best", True, True)
    >>> compare_with_baseline([floor, tree], {"no": 61, "yes": 39})
    'No model beats always answering no (0.611); the only one is decision tree, 0.605.'
    """
    models = [row for row in rows if not row.is_baseline]
    floor = next((row for row in rows if row.is_baseline), None)
    if floor is None or not models or any(row.beats_baseline for row in models):
        return ""
    first = max(models, key=lambda row: row.metrics["accuracy"].value)
    answer = max(class_counts, key=lambda name: class_counts[name])
    n_models = _NUMBERS[len(models)] if len(models) < len(_NUMBERS) else len(models)
    who = f"the highest of the {n_models} is" if len(models) > 1 else "the only one is"
    scores = [row.metrics["accuracy"].value for row in (floor, first)]
    return f"No model beats always answering {answer} ({scores[0]:.3f}); {who} {first.model}, {scores[1]:.3f}."
