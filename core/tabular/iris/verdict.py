"""The one sentence that says that nothing was learnt: no model is measurably better than always answering one class.

Left out: the test behind it, which is ``core.evaluation.leaderboard``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from core.evaluation.leaderboard import LeaderboardRow
from core.evaluation.metrics import show_metric

_NUMBERS = ("no model", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


def compare_with_baseline(
    rows: Sequence[LeaderboardRow], class_counts: Mapping[str, int], metric: str = "accuracy"
) -> str:
    """Say that no model is measurably better than the most frequent class; empty where one is.

    Parameters
    ----------
    rows : sequence of LeaderboardRow
        The baseline among them.
    class_counts : mapping of str to int
        Rows of each class.
    metric : str
        The one that ranks the models, a mean over the folds; it is named where it is not the accuracy.

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
    first = max(models, key=lambda row: row.metrics[metric].value)
    answer = max(class_counts, key=lambda name: class_counts[name])
    n_models = _NUMBERS[len(models)] if len(models) < len(_NUMBERS) else len(models)
    who = f"the highest of the {n_models} is" if len(models) > 1 else "the only one is"
    scores = [row.metrics[metric].value for row in (floor, first)]
    of_what = "" if metric == "accuracy" else f"{show_metric(metric).lower()} "
    return f"No model beats always answering {answer} ({of_what}{scores[0]:.3f}); {who} {first.model}, {scores[1]:.3f}."
