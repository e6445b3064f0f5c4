"""Which of several compared models answers first: of those that accuracy cannot tell apart, the one of least log loss.

Accuracy only asks which side of one half a probability falls on; on a few hundred rows many models come out level, and
the highest of level means is luck. Log loss asks more of the same folds: it is a strictly proper score, least in the
mean for the probabilities that are true, so a model that is level in accuracy and surer than it may be loses
(T. Gneiting and A. E. Raftery 2007, https://doi.org/10.1198/016214506000001437; the test of level accuracies is that
of C. Nadeau and Y. Bengio 2003, https://doi.org/10.1023/A:1024068626366).

Left out: other proper scores, which may order level models otherwise; a preference for simple models.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from core.evaluation.comparison import ALPHA, compare_all, corrected_t_test
from core.evaluation.metrics import open_sentence


@dataclass(frozen=True, slots=True)
class Choice:
    """Which model answers first, and why.

    Parameters
    ----------
    model : str
        The one that answers.
    highest : str
        The one of the highest mean accuracy, which need not be the same.
    level : tuple of str
        Models than which no other is measurably more accurate, least log loss first.
    sentence : str
        The reason in plain words.
    """

    model: str
    highest: str
    level: tuple[str, ...]
    sentence: str


def choose_model(
    models: Sequence[str],
    accuracy: Mapping[str, np.ndarray],
    log_loss: Mapping[str, np.ndarray],
    n_train: float,
    n_test: float,
) -> Choice:
    """Choose by folds alone: of the models that no other measurably beats in accuracy, the one of least log loss.

    Parameters
    ----------
    models : sequence of str
        Those that may answer; the rest of ``accuracy`` (baselines) only count as comparisons.
    accuracy, log_loss : mapping of model to array of shape (n_folds,)
        The same folds in the same order for each.
    n_train, n_test : float
        Mean rows of a fold.

    Returns
    -------
    Choice
        The model of the highest accuracy is always among the level ones. Of equal log losses the first of ``models``
        is taken.

    Raises
    ------
    ValueError
        If ``models`` is empty, or the folds cannot be compared; see :func:`core.evaluation.comparison.compare_all`.

    Examples
    --------
    >>> accuracy = {"logistic": np.array([0.84, 0.80, 0.86, 0.82]), "forest": np.array([0.85, 0.81, 0.84, 0.83])}
    >>> log_loss = {"logistic": np.array([0.38, 0.41, 0.36, 0.40]), "forest": np.array([0.44, 0.45, 0.39, 0.46])}
    >>> found = choose_model(("forest", "logistic"), accuracy, log_loss, 300, 100)
    >>> found.model, found.highest, found.level
    ('logistic', 'forest', ('logistic', 'forest'))
    """
    if not models:
        message = "models is empty; there is none to choose"
        raise ValueError(message)
    names = tuple(dict.fromkeys(models))
    highest = max(names, key=lambda name: float(accuracy[name].mean()))
    unbeaten = [name for name in names if name == highest or not _is_beaten(name, names, accuracy, n_train, n_test)]
    level = tuple(sorted(unbeaten, key=lambda name: float(log_loss[name].mean())))
    sentence = _say_choice(names, level, log_loss, n_train, n_test)
    return Choice(level[0], highest, level, sentence)


def _is_beaten(
    name: str, models: Sequence[str], accuracy: Mapping[str, np.ndarray], n_train: float, n_test: float
) -> bool:
    """Tell whether another model is measurably more accurate, as a leaderboard headed by ``name`` would say."""
    found = compare_all(accuracy, n_train, n_test, name)
    return any(each.differs and each.difference < 0 for each in found if each.model in models)


def _say_choice(
    names: Sequence[str], level: tuple[str, ...], log_loss: Mapping[str, np.ndarray], n_train: float, n_test: float
) -> str:
    """Say why the first of the level models answers."""
    first, *others = level
    if len(names) == 1:
        return f"{open_sentence(first)} answers: it is the only model."
    if not others:
        return f"{open_sentence(first)} answers first: on the folds it is measurably more accurate than every other."
    told = ", ".join(f"{name} {log_loss[name].mean():.3f}" for name in others)
    tests = [corrected_t_test(log_loss[name] - log_loss[first], n_train, n_test) for name in others]
    sure = "a lead that the folds confirm" if all(test.p < ALPHA for test in tests) else "a lead that may be chance"
    return (
        f"{open_sentence(first)} answers first: accuracy on the folds cannot tell {len(level)} models apart, and of "
        f"these it has the least log loss, {log_loss[first].mean():.3f} ({told}), {sure}."
    )
