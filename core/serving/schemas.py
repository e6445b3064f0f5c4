"""The API's request and answer types; those of a request are made from each project's Inputs dataclass.

One description of a field (``core.hub.fields``) makes the form on the page and the schema here, so that they agree on
names, ranges and choices.

Left out: settings of a training run; the API predicts and does not train.
"""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, create_model
from pydantic.fields import FieldInfo

from core.hub.contract import Prediction, ScoreRow
from core.hub.fields import FieldSpec, make_fields
from core.serving.limits import MAX_CASES, PROBLEM_TYPE

_FINITE = ConfigDict(allow_inf_nan=False)
"""NaN would be written as null, which is what a refusal looks like."""


class Health(BaseModel):
    """Whether the process answers, or is ready to."""

    status: Literal["live", "ready"]


class Why(BaseModel):
    """One reason behind an answer: the input, its value as shown, and its signed effect."""

    model_config = _FINITE

    name: str
    value: str
    effect: float
    unit: str = ""


class Comparable(BaseModel):
    """A known case that is like the one asked about: its row, what it fetched, and that with the case's own features.

    ``difference`` is ``adjusted`` minus ``price``; ``distance`` is the sum of the sizes of all adjustments, on the
    scale that the model learnt on.
    """

    model_config = _FINITE

    row: int
    group: str
    price: float
    adjusted: float
    difference: float
    distance: float


class Answer(BaseModel):
    """What a model says of one case; ``answer`` is null when it refuses, and ``refused`` says why."""

    model_config = _FINITE

    answer: str | float | None
    model: str
    probabilities: dict[str, float] = Field(description="Share 0–1 of each class; empty for a number.")
    interval: tuple[float, float] | None = None
    candidates: list[str] = Field(description="Every class that cannot be ruled out at this coverage.")
    coverage: float | None = None
    reasons: list[Why]
    refused: str = ""
    notes: list[str] = Field(description="What a reader must know, such as a level that training did not see.")
    base: float | None = Field(None, description="What the effects of the reasons start from, where they add up.")
    median: float | None = Field(None, description="The median of such cases, where a number was learnt as its log.")
    mean: float | None = Field(None, description="The mean of such cases, by Duan's smearing.")
    comparables: list[Comparable] = Field(default=[], description="Known cases most like this one, nearest first.")


class Answers(BaseModel):
    """One answer for each case, in the order of the cases."""

    predictions: list[Answer]


class Score(BaseModel):
    """One figure with its 95% interval, its baseline and the command that prints it again."""

    metric: str
    split: str
    value: float
    low: float
    high: float
    n: int
    baseline: str
    baseline_value: float
    unit: str
    seed: int
    machine: str
    command: str
    date: str
    model: str


class About(BaseModel):
    """A project's stored model: what it is for, where not to trust it, its figures and the sha256 of its files."""

    slug: str
    title: str
    problem: str
    model: str
    data: str
    intended_use: str
    limits: list[str]
    licence: str
    reference: str
    scores: list[Score]
    files: dict[str, str]


class ProjectLink(BaseModel):
    """One project that this API serves."""

    slug: str
    title: str
    problem: str
    address: str


class Problem(BaseModel):
    """An error (RFC 9457): one sentence that names the value, the limit and the remedy; an id where it was logged."""

    title: str
    status: int
    detail: str
    id: str | None = None


PROBLEMS: dict[int | str, dict[str, Any]] = {
    status: {"description": text, "content": {PROBLEM_TYPE: {"schema": Problem.model_json_schema()}}}
    for status, text in (
        (400, "The body is not JSON."),
        (413, "The body is over the limit."),
        (415, "The body is not sent as application/json."),
        (422, "A value is missing, unknown or out of range."),
        (503, "The stored model cannot be used now; or, with Retry-After, too many predictions are under way."),
    )
}


def make_case(slug: str, inputs: type) -> type[BaseModel]:
    """Make the schema of one case from a project's Inputs: every field is needed, nothing else is taken.

    Examples
    --------
    >>> from dataclasses import dataclass
    >>> from typing import Annotated
    >>> from core.hub.contract import Range
    >>> @dataclass(frozen=True)
    ... class Inputs:
    ...     length: Annotated[float, Range(0.1, 20)] = 5.0
    >>> make_case("flower", Inputs).model_json_schema()["properties"]["length"]["maximum"]
    20
    """
    specs = make_fields(inputs)
    example: Any = {spec.name: make_example(spec) for spec in specs}
    kinds: dict[str, Any] = {spec.name: (_make_type(spec), _make_info(spec)) for spec in specs}
    settings = ConfigDict(
        extra="forbid",
        strict=True,
        protected_namespaces=(),
        json_schema_extra={"example": example},
    )
    return create_model(f"{_make_name(slug)}Case", __config__=settings, __doc__=inputs.__doc__, **kinds)


def make_batch(slug: str, case: type[BaseModel]) -> type[BaseModel]:
    """Make the schema of 1 to 1,000 cases."""
    extra: Any = case.model_config["json_schema_extra"]
    settings = ConfigDict(extra="forbid", strict=True, json_schema_extra={"example": {"cases": [extra["example"]]}})
    cases: Any = (list[case], Field(min_length=1, max_length=MAX_CASES))  # type: ignore[valid-type]
    return create_model(f"{_make_name(slug)}Batch", __config__=settings, __doc__="Cases to answer.", cases=cases)


def _make_name(slug: str) -> str:
    """Write a slug as the name of a schema."""
    return "".join(part.capitalize() for part in slug.split("_"))


def _make_type(spec: FieldSpec) -> Any:
    """Name the Python type of a field."""
    if spec.kind in {"choice", "choices"}:
        one: Any = Literal[spec.choices]
        return one if spec.kind == "choice" else list[one]
    whole = Annotated[int, BeforeValidator(_read_whole)]
    plain: dict[str, Any] = {"integer": whole, "number": float, "switch": bool, "text": str}
    return plain[spec.kind]


def _read_whole(value: object) -> object:
    """Read 3.0 as 3: to JSON Schema both are the same integer."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _make_info(spec: FieldSpec) -> FieldInfo:
    """Write a field's limits and description."""
    sentence = " ".join(part for part in (spec.label + (f" in {spec.unit}." if spec.unit else "."), spec.help) if part)
    limits: dict[str, Any] = {}
    if spec.kind in {"integer", "number"}:
        limits = {"ge": spec.low, "le": spec.high}
    if spec.kind == "number":
        limits["allow_inf_nan"] = False
    if spec.kind == "text":
        limits["max_length"] = spec.longest
    info: FieldInfo = Field(description=sentence, **{key: value for key, value in limits.items() if value is not None})
    return info


def make_example(spec: FieldSpec) -> object:
    """Choose a value that the field accepts: its default, else the middle of its range or its first choice.

    Examples
    --------
    >>> make_example(FieldSpec("length", "number", low=1.0, high=4.0))
    2.5
    """
    if spec.default is not None:
        return list(spec.default) if isinstance(spec.default, tuple) else spec.default
    if spec.kind in {"integer", "number"}:
        middle = ((spec.low or 0.0) + (spec.high if spec.high is not None else (spec.low or 0.0) + 1.0)) / 2
        return int(middle) if spec.kind == "integer" else middle
    if spec.kind in {"choice", "choices"}:
        return spec.choices[0] if spec.kind == "choice" else [spec.choices[0]]
    return False if spec.kind == "switch" else "text"


def make_answer(prediction: Prediction) -> Answer:
    """Write a Prediction as plain JSON values, NumPy's own types included.

    Examples
    --------
    >>> make_answer(Prediction("setosa", "knn", {"setosa": 1.0})).answer
    'setosa'
    """
    answer, details = prediction.answer, prediction.details
    numbers = {name: float(details[name]) for name in ("base", "median", "mean") if details.get(name) is not None}
    return Answer(
        answer=answer if answer is None else str(answer) if isinstance(answer, str) else float(answer),
        model=str(prediction.model),
        probabilities={str(name): float(share) for name, share in prediction.probabilities.items()},
        interval=prediction.interval and (float(prediction.interval[0]), float(prediction.interval[1])),
        candidates=[str(name) for name in prediction.candidates],
        coverage=None if prediction.coverage is None else float(prediction.coverage),
        reasons=[
            Why(name=str(each.name), value=str(each.value), effect=float(each.effect), unit=each.unit)
            for each in prediction.reasons
        ],
        refused=prediction.refused,
        notes=[str(note) for note in details.get("notes", ())],
        comparables=[Comparable(**each) for each in details.get("comparables", ())],
        **numbers,
    )


def make_score(row: ScoreRow) -> Score:
    """Write a score row as an answer."""
    return Score(**{name: getattr(row, name) for name in Score.model_fields})
