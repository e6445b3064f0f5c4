"""The contract of a project: the value types that every project, page, card and API route shares.

A project is one module (or package) with this shape; ``tests/test_contract.py`` holds each registered project to it::

    class Recipe                                  all that decides a training run (a frozen, slotted dataclass)
    class Inputs                                  one case to predict (a frozen, slotted dataclass)
    load(recipe, table=None) -> Data              deterministic; an upload arrives through the same door
    train(recipe, data, on_step=None) -> Model    no files, no globals, no screen
    evaluate(model, data) -> Scores               held-out rows: value, interval, and always a baseline
    predict(model, inputs) -> Prediction          answer, probability or interval, reasons
    save_model(model, folder) / load_model(folder)
    RECIPES = {"quick": Recipe(...), "full": Recipe(...)}

Left out: how a form is made from these types (``core.hub.fields``); where results are kept (``artifacts``, ``jobs``).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

Metrics = Mapping[str, float]
OnStep = Callable[[int, int, Metrics], None]
"""``on_step(step, total, metrics)``: draws progress; it raises to cancel, so call it outside any ``try``."""


@dataclass(frozen=True, slots=True)
class Range:
    """The closed range of a number in a Recipe or Inputs: ``Annotated[int, Range(1, 50)]``.

    Parameters
    ----------
    low, high : float
        Both ends are allowed values.
    step : float, optional
        The widget's step; it does not limit which values are valid.
    log : bool
        Whether the widget moves in powers (regularisation strengths, learning rates).
    """

    low: float
    high: float
    step: float | None = None
    log: bool = False


@dataclass(frozen=True, slots=True)
class Length:
    """The most characters of a text, where a picture file is written as one: ``Annotated[str, PICTURE_TEXT]``."""

    most: int


PICTURE_TEXT = Length(480_000)
"""A file of 360 kB as base64; two of them fit into one request to the API."""


@dataclass(frozen=True, slots=True)
class Label:
    """How a field is called on screen: ``Annotated[int, Range(1, 50), Label("Neighbours", "…")]``."""

    text: str
    help: str = ""
    unit: str = ""


Seed = Annotated[int, Range(0, 2**31 - 1, 1), Label("Seed", "The same seed gives the same result.")]


@dataclass(frozen=True, slots=True)
class ScoreRow:
    """One figure with its interval, its baseline and the command that prints it again.

    Parameters
    ----------
    metric : str
        The field's name in snake_case: accuracy, roc_auc, brier, …
    split : str
        What was scored: cv, test, loo, …
    value, low, high : float
        The estimate and its 95% interval (``low <= value <= high``).
    n : int
        Number of scored rows (or pairs, episodes, …).
    baseline : str
        Name of the baseline; ``baseline_value`` is its score on the same rows.
    model : str
        Which model the row is about; several may share one recipe's leaderboard.
    """

    metric: str
    split: str
    value: float
    low: float
    high: float
    n: int
    baseline: str
    baseline_value: float
    unit: str = ""
    seed: int = 0
    machine: str = ""
    command: str = ""
    date: str = field(default_factory=lambda: datetime.now(UTC).date().isoformat())
    model: str = ""


Scores = tuple[ScoreRow, ...]


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason behind an answer: the input's name, its value as shown, and its signed effect (in the stated unit)."""

    name: str
    value: str
    effect: float
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Prediction:
    """What a model says of one case.

    Parameters
    ----------
    answer : str | float | None
        The predicted class or number; None when the model refuses.
    model : str
        Which model answered.
    probabilities : mapping of str to float
        Share 0–1 of each class; empty for regression.
    interval : (float, float), optional
        For numbers; ``coverage`` says how often it holds.
    candidates : tuple of str
        The prediction set: every class that cannot be ruled out at ``coverage``.
    refused : str
        Why the model declines to answer, as one sentence; empty when it answers.
    """

    answer: str | float | None
    model: str
    probabilities: Mapping[str, float] = field(default_factory=dict)
    interval: tuple[float, float] | None = None
    candidates: tuple[str, ...] = ()
    coverage: float | None = None
    reasons: tuple[Reason, ...] = ()
    refused: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TableNeeds:
    """What a project asks of a table, so that Home can route one and a page can say in a line why it does not fit.

    Parameters
    ----------
    target : str
        ``class`` (2 to ``max_classes`` values), ``number``, or ``none``.
    columns : tuple of str
        Features that must be found among the columns (by name or synonym); empty accepts any.
    synonyms : tuple of tuple of str
        Other names of each of ``columns``, in their order; empty where there are none.
    min_features, min_rows, min_per_class : int
        Least usable feature columns, rows, and rows in the smallest class.
    classes : tuple of str
        How the target's values may be written, small letters; empty accepts any.
    """

    target: Literal["class", "number", "none"] = "none"
    columns: tuple[str, ...] = ()
    synonyms: tuple[tuple[str, ...], ...] = ()
    min_features: int = 1
    min_rows: int = 20
    max_classes: int = 20
    min_per_class: int = 5
    classes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Lesson:
    """One subtopic of the Learn tab.

    Parameters
    ----------
    key : str
        Short name in snake_case; also the widget key.
    text : str
        A few plain sentences (Markdown, no HTML).
    formula : str
        LaTeX without dollar signs; empty when the topic has none.
    function : str
        ``"core.evaluation.metrics:wilson_interval"``: its source is shown live.
    control : object type, optional
        A frozen dataclass of one to three fields; the figure redraws as they move.
    figure : callable, optional
        ``figure(control) -> core.hub.charts.Chart``.
    """

    key: str
    title: str
    text: str
    formula: str
    function: str
    control: type | None = None
    figure: Callable[[Any], Any] | None = None


@dataclass(frozen=True, slots=True)
class Question:
    """A quick question: ``answer`` is the index of the right choice, ``why`` explains it."""

    text: str
    choices: tuple[str, ...]
    answer: int
    why: str
