"""What each score is called, in which direction it is good and what it says in plain words.

Names are the field's own in snake_case, as ``scores.json`` writes them. Left out: the scores of ranking, which
come with the projects that use them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

FEW_WRONG = 5
SPREAD_NOTE = (
    "A range marked spread is how far the score of resampled test rows spreads; it is not a bound on new rows: with "
    f"fewer than {FEW_WRONG} wrong rows the true log loss and Brier score lie outside it far more often than 1 time in "
    "20, and the true calibration error does so however many are wrong."
)


@dataclass(frozen=True, slots=True)
class Metric:
    """One score: ``low`` and ``high`` are the ends of its range; ``help`` says what it means in a sentence."""

    name: str
    title: str
    higher_is_better: bool
    low: float
    high: float
    unit: str
    help: str


_ALL = (
    Metric("accuracy", "Accuracy", True, 0, 1, "", "Share of rows that are answered right."),
    Metric(
        "balanced_accuracy", "Balanced accuracy", True, 0, 1, "",
        "Share answered right within each class, averaged so that a rare class counts as much as a common one.",
    ),
    Metric(
        "macro_f1", "Macro F1", True, 0, 1, "",
        "Harmonic mean of precision and recall of each class, averaged over the classes.",
    ),
    Metric(
        "roc_auc", "ROC area", True, 0, 1, "",
        "How often a row of a class is ranked above a row of another class, averaged over the classes; 0.5 is chance.",
    ),
    Metric(
        "log_loss", "Log loss", False, 0, math.inf, "nats",
        "Surprise at the true class, in nats; a confident mistake costs most.",
    ),
    Metric(
        "brier", "Brier score", False, 0, 2, "",
        "Squared distance between the probabilities and what was true; 0 is perfect.",
    ),
    Metric(
        "ece", "Calibration error", False, 0, 1, "",
        "Mean gap between stated confidence and the share that is right; its range is a resampling spread, no bound.",
    ),
)  # fmt: skip
_NUMBERS = (
    Metric(
        "rmse", "Root mean squared error", False, 0, math.inf, "",
        "Typical miss in the target's own unit; large misses weigh most.",
    ),
    Metric("mae", "Mean absolute error", False, 0, math.inf, "", "Mean size of a miss in the target's own unit."),
    Metric(
        "r2", "R²", True, -math.inf, 1, "",
        "Share of the squared spread that is explained; 0 is answering the mean, below 0 is worse than that.",
    ),
    Metric(
        "rmse_log", "RMSE of logs", False, 0, math.inf, "",
        "Typical miss as a share: 0.12 is about 12%, whether a value is small or large.",
    ),
    Metric(
        "median_ape", "Median percentage error", False, 0, math.inf, "",
        "Half of the answers miss by less than this share of the true value.",
    ),
    Metric("ppe10", "Within 10%", True, 0, 1, "", "Share of answers within 10% of the true value."),
)  # fmt: skip
_FINDS = (
    Metric("f1", "F1", True, 0, 1, "", "Harmonic mean of precision and recall."),
    Metric("precision", "Precision", True, 0, 1, "", "Share of what was named that is really there."),
    Metric("recall", "Recall", True, 0, 1, "", "Share of what is there that was named."),
    Metric(
        "strict_precision", "Precision, nothing excused", True, 0, 1, "",
        "Precision when answers that are given of the table before planting too count as wrong.",
    ),
)  # fmt: skip
_CHOICES = (
    Metric(
        "average_precision", "Average precision", True, 0, 1, "",
        "Precision averaged over all recalls, as the rows are chosen one by one; the share of the class is chance.",
    ),
    Metric(
        "card_precision_at_100", "Card precision at 100", True, 0, 1, "",
        "Share of compromised cards among the 100 that are looked into each day; too few are compromised to reach 1.",
    ),
    Metric("profit", "Profit", True, -math.inf, math.inf, "$", "Money that acting on the answers makes per row."),
)  # fmt: skip
_PICTURES = (
    Metric(
        "frechet_ratio", "Fréchet ratio", False, 0, math.inf, "",
        "How far drawn pictures are from the test set, in units of how far the training pictures are.",
    ),
    Metric(
        "frechet_distance", "Fréchet distance", False, 0, math.inf, "",
        "How far drawn pictures are from the test set.",
    ),
    Metric("label_fidelity", "Label fidelity", True, 0, 1, "", "Share of drawn pictures that show the asked class."),
    Metric(
        "gan_train_accuracy", "GAN-train accuracy", True, 0, 1, "",
        "Accuracy on real test pictures of a classifier that learnt from drawn ones alone.",
    ),
    Metric(
        "diversity", "Diversity", True, 0, math.inf, "",
        "How much drawn pictures of the poorest class differ, beside real ones; 0 is one picture again and again.",
    ),
    Metric(
        "near_copies", "Near copies", False, 0, 1, "",
        "Share of drawn pictures nearer to a training picture than 99% of test pictures are.",
    ),
)  # fmt: skip
_TRIALS = (
    Metric(
        "false_positive_rate", "False positives", False, 0, 1, "",
        "Share of trials without a difference in which one is found at some look.",
    ),
    Metric("power", "Power", True, 0, 1, "", "Share of trials with the planned difference in which it is found."),
    Metric("coverage_95", "Coverage", True, 0, 1, "", "Share of 95% intervals that hold the true difference."),
    Metric(
        "variance_reduction", "Variance taken out", True, -math.inf, 1, "",
        "Share of the effect's variance that the covariate takes out.",
    ),
)  # fmt: skip
_FACES = (
    Metric(
        "true_accept_rate", "True accepts", True, 0, 1, "",
        "Share of pairs of one person that are taken for one person.",
    ),
    Metric(
        "false_accept_rate", "False accepts", False, 0, 1, "",
        "Share of pairs of two people that are taken for one person.",
    ),
    Metric(
        "true_identification_rate", "Named rightly", True, 0, 1, "",
        "Share of pictures of enrolled people that get the right name.",
    ),
    Metric(
        "false_identification_rate", "Strangers named", False, 0, 1, "",
        "Share of pictures of strangers that get a name.",
    ),
    Metric("face_found_rate", "Faces found", True, 0, 1, "", "Share of portraits in which one face is found."),
)  # fmt: skip
SPLITS = {
    "cv": "cross-validation",
    "test": "test rows",
    "loo": "leave-one-out",
    "nist": "worst NIST set",
    "planted_defects": "planted defects",
    "planted_held_out": "planted, other tables",
    "cv_ticket": "folds of whole tickets",
    "nested": "nested search",
    "shuffled": "shuffled labels",
    "cv_rule": "cross-validation without the largest houses",
    "cv_form": "cross-validation of the form's columns",
    "truncated": "truncated",
    "simulation": "simulated trials",
    "four_weeks": "mean of four test weeks",
}
METRICS: dict[str, Metric] = {metric.name: metric for metric in _ALL}
"""Of answers that are a class."""
NUMBER_METRICS: dict[str, Metric] = {metric.name: metric for metric in _NUMBERS}
"""Of answers that are a number."""
FIND_METRICS: dict[str, Metric] = {metric.name: metric for metric in _FINDS}
"""Of things to be found among others."""
CHOICE_METRICS: dict[str, Metric] = {metric.name: metric for metric in _CHOICES}
"""Of rows that are chosen by their probability of being of one class."""
PICTURE_METRICS: dict[str, Metric] = {metric.name: metric for metric in _PICTURES}
"""Of pictures that were drawn."""
TRIAL_METRICS: dict[str, Metric] = {metric.name: metric for metric in _TRIALS}
"""Of simulated trials."""
FACE_METRICS: dict[str, Metric] = {metric.name: metric for metric in _FACES}
"""Of faces that are compared and named."""
KNOWN_METRICS: dict[str, Metric] = (
    METRICS | NUMBER_METRICS | FIND_METRICS | CHOICE_METRICS | PICTURE_METRICS | TRIAL_METRICS | FACE_METRICS
)


def find_metric(name: str) -> Metric:
    """Return the metric of that name, also where a split stands before it (``cv_accuracy``, ``test_brier``).

    Raises
    ------
    ValueError
        If no metric has the name.

    Examples
    --------
    >>> find_metric("test_brier").higher_is_better
    False
    """
    split, metric = split_name(name)
    if metric in KNOWN_METRICS and (split or name in KNOWN_METRICS):
        return KNOWN_METRICS[metric]
    message = f"there is no metric {name!r}; known are {', '.join(KNOWN_METRICS)}"
    raise ValueError(message)


def split_name(name: str) -> tuple[str, str]:
    """Part a metric's name from the split before it, which is empty where none is.

    Examples
    --------
    >>> split_name("planted_defects_f1"), split_name("log_loss")
    (('planted_defects', 'f1'), ('', 'log_loss'))
    """
    split = max((split for split in SPLITS if name.startswith(f"{split}_")), key=len, default="")
    return (split, name.removeprefix(f"{split}_")) if split and name not in KNOWN_METRICS else ("", name)


def is_spread(metric: str, n_wrong: int | None) -> bool:
    """Tell whether a metric's bootstrap interval is only a resampling spread, not a bound on new rows.

    A resample of rows that are nearly all right seldom holds the rare costly mistake, so log loss and Brier score come
    out too narrow; the calibration error is biased upward on few rows, which resampling adds to. The coverage that was
    measured is in ``core.evaluation.scoring``.

    Parameters
    ----------
    n_wrong : int, optional
        Scored rows that were answered wrong; None where it is not known, which counts as few.

    Examples
    --------
    >>> is_spread("log_loss", 4), is_spread("log_loss", 5), is_spread("test_ece", 100), is_spread("accuracy", 0)
    (True, False, True, False)
    """
    name = split_name(metric)[1]
    return name == "ece" or (name in {"log_loss", "brier"} and (n_wrong is None or n_wrong < FEW_WRONG))


def show_metric(name: str) -> str:
    """Write a metric's name for a reader, with its split where it has one.

    Examples
    --------
    >>> show_metric("cv_macro_f1")
    'Macro F1 (cross-validation)'
    """
    title = find_metric(name).title
    return title if name in KNOWN_METRICS else f"{title} ({SPLITS[split_name(name)[0]]})"


def open_sentence(text: object) -> str:
    """Begin a sentence with a name: a plain word gets a capital, a name with its own letters (kNN) keeps them.

    Examples
    --------
    >>> open_sentence("random forest leads"), open_sentence("kNN leads")
    ('Random forest leads', 'kNN leads')
    """
    words = str(text)
    first = words.partition(" ")[0]
    return words[:1].upper() + words[1:] if first == first.lower() else words
