"""Trials over HTTP: events into the log, arms, results as of a moment, and the hub's own models against each other.

``POST /v1/ab/events``, ``POST /v1/ab/{experiment}/assign``, ``GET /v1/ab/{experiment}/results``,
``POST /v1/ab/{experiment}/predict`` and ``POST /v1/ab/{experiment}/feedback``. All share the gate and the limits of the
predictions. A batch is answered once it lasts, so a client that hears nothing sends the same again.

Left out: starting or changing an experiment, which is for who owns the hub (``python -m core ab``, or the page).
"""

import math
from typing import Annotated, Any

from fastapi import Body, FastAPI, Query
from pydantic import BaseModel, ConfigDict, Field

from core.experimentation.ab_testing import champion, ingestion, replay
from core.experimentation.ab_testing.assignment import assign_many
from core.experimentation.ab_testing.events import check_unit, read_time
from core.experimentation.ab_testing.ledger import Ledger, Moment, Receipt, open_ledger
from core.experimentation.ab_testing.register import find_experiment
from core.serving import schemas
from core.serving.answers import predict_one
from core.serving.gate import Gate
from core.serving.limits import MAX_CASES
from core.serving.shelf import Shelf

SLUG = "ab_testing"
TAGS: list[Any] = ["ab"]
_STRICT = ConfigDict(extra="forbid", strict=True)
_Request = Annotated[str, Field(pattern="^[!-~]{1,64}$", description="Made by the client, unique for ever.")]
_EXAMPLE: Any = {
    "id": "e-1", "kind": "exposure", "time": "2026-01-05T09:30:00Z", "experiment": "checkout", "unit": "user-1",
    "arm": "control",
}  # fmt: skip


class Events(BaseModel):
    """A batch of assignments, exposures and metrics; each is judged alone, so one bad event stops no other."""

    model_config = ConfigDict(extra="forbid", strict=True, json_schema_extra={"example": {"events": [_EXAMPLE]}})

    events: list[Any] = Field(min_length=1, max_length=MAX_CASES)


class Written(BaseModel):
    """What became of a batch: all that was accepted lasts; what was refused is in the quarantine with its reason."""

    accepted: int
    refused: dict[str, int]
    sentences: list[str] = Field(description="Why events were refused, the first 20.")
    number: int = Field(description="The last event of the log; results can be asked for as of it.")


class Units(BaseModel):
    """Units to assign."""

    model_config = _STRICT

    units: list[str] = Field(min_length=1, max_length=MAX_CASES)


class Arms(BaseModel):
    """The arm of each unit in order; null where it is not in the experiment. Nothing is logged."""

    arms: list[str | None]


class Side(BaseModel):
    """One arm."""

    arm: str
    units: int
    mean: float
    low: float
    high: float


class Results(BaseModel):
    """Results as of a moment; asked for again with the same number, they have the same digest."""

    experiment: str
    number: int
    as_of: str
    digest: str
    plan_sha256: str
    as_planned: bool = Field(description="Whether the plan was left alone since the first exposure.")
    metric: str
    arms: list[Side]
    test: str
    effect: float
    low: float | None = Field(description="Null where a one-sided interval is open.")
    high: float | None
    p_value: float
    decision: str
    sentence: str
    split: str = Field(description="What the counts say of the promised split.")
    notes: list[str]
    set_aside: dict[str, int]
    quarantine: dict[str, int]


class Ask(BaseModel):
    """A case for whichever model the unit is assigned."""

    model_config = _STRICT

    id: _Request
    unit: str
    case: dict[str, Any] = Field(description="As the project's own predict takes it.")


class Duel(BaseModel):
    """The answer, which model gave it, and whether it counts in the trial."""

    id: str
    model: str
    counts: bool
    answer: schemas.Answer


class Truth(BaseModel):
    """What was true for a request that was answered."""

    model_config = _STRICT

    id: _Request
    truth: str | float


class Judged(BaseModel):
    """What the truth says of the answer."""

    metric: str
    value: float
    is_new: bool


def add_experiments(app: FastAPI, shelf: Shelf, gate: Gate) -> None:
    """Add the routes of trials; the log is opened at the first request."""
    _add_log(app, gate)
    _add_results(app, gate)
    _add_duel(app, shelf, gate)


def _add_log(app: FastAPI, gate: Gate) -> None:
    """Add ingestion and assignment."""

    @app.post("/v1/ab/events", tags=TAGS, summary="Log up to 1,000 events", responses=schemas.PROBLEMS)
    async def write_events(body: Annotated[Events, Body()]) -> Written:
        return await gate.run(lambda: _describe_receipt(ingestion.ingest(open_ledger(), body.events)))

    @app.post("/v1/ab/{experiment}/assign", tags=TAGS, summary="Arms of up to 1,000 units", responses=schemas.PROBLEMS)
    async def assign_units(experiment: str, body: Annotated[Units, Body()]) -> Arms:
        return await gate.run(lambda: Arms(arms=_assign(open_ledger(), experiment, body.units)))


def _add_results(app: FastAPI, gate: Gate) -> None:
    """Add results."""

    @app.get("/v1/ab/{experiment}/results", tags=TAGS, summary="Results as of a moment", responses=schemas.PROBLEMS)
    async def read_results(
        experiment: str,
        as_of: Annotated[str, Query(description="Time of arrival such as 2026-01-05T09:30:00Z.")] = "",
        number: Annotated[int | None, Query(ge=0, le=2**62, description="The last event to count.")] = None,
    ) -> Results:
        return await gate.run(lambda: _describe_results(open_ledger(), experiment, as_of, number))


def _add_duel(app: FastAPI, shelf: Shelf, gate: Gate) -> None:
    """Add predictions by champion or challenger, and feedback."""

    @app.post("/v1/ab/{experiment}/predict", tags=TAGS, summary="Ask the unit's model", responses=schemas.PROBLEMS)
    async def predict_unit(experiment: str, body: Annotated[Ask, Body()]) -> Duel:
        return await gate.run(lambda: _answer(open_ledger(), shelf, experiment, body))

    @app.post("/v1/ab/{experiment}/feedback", tags=TAGS, summary="Tell what was true", responses=schemas.PROBLEMS)
    async def write_feedback(experiment: str, body: Annotated[Truth, Body()]) -> Judged:
        def judge() -> Judged:
            found = champion.record_feedback(open_ledger(), experiment, body.id, body.truth)
            return Judged(metric=found.metric, value=found.value, is_new=found.is_new)

        return await gate.run(judge)


def _describe_receipt(receipt: Receipt) -> Written:
    """Write a receipt as an answer."""
    sentences = list(receipt.sentences[: ingestion.MAX_SENTENCES])
    return Written(
        accepted=receipt.accepted, refused=dict(receipt.refused), sentences=sentences, number=receipt.moment.number
    )


def _assign(ledger: Ledger, name: str, units: list[str]) -> list[str | None]:
    """Assign units; an experiment that was stopped assigns nobody."""
    entry, checked = find_experiment(ledger, name), [check_unit(unit) for unit in units]
    if not entry.is_running:
        return [None] * len(checked)
    places = assign_many(entry.experiment, checked).tolist()
    return [entry.experiment.arms[place] if place >= 0 else None for place in places]


def _find_moment(ledger: Ledger, as_of: str, number: int | None) -> Moment:
    """Read the moment that is asked for; by default now."""
    moment = ledger.find_moment(read_time(as_of) if as_of else None)
    return moment if number is None else Moment(min(number, moment.number), moment.time_us)


def _describe_results(ledger: Ledger, name: str, as_of: str, number: int | None) -> Results:
    """Compute results and write them as an answer."""
    moment = _find_moment(ledger, as_of, number)
    found = replay.find_results(ledger, name, moment)
    analysis, entry, verdict = found.analysis, found.view.entry, found.analysis.verdict
    low, high = (end if math.isfinite(end) else None for end in (verdict.low, verdict.high))
    return Results(
        experiment=name, number=moment.number, as_of=moment.shown, digest=found.digest, plan_sha256=entry.plan_sha256,
        as_planned=entry.is_as_planned, metric=entry.plan.metric,
        arms=[Side(arm=arm.name, units=arm.n, mean=arm.mean, low=arm.low, high=arm.high) for arm in analysis.arms],
        test=verdict.test, effect=verdict.effect, low=low, high=high, p_value=verdict.p_value,
        decision=analysis.decision.action, sentence=analysis.decision.sentence,
        split=analysis.mismatch.sentence if analysis.mismatch else "", notes=list(found.notes),
        set_aside=dict(found.view.set_aside), quarantine=ledger.count_quarantine(moment),
    )  # fmt: skip


def _answer(ledger: Ledger, shelf: Shelf, name: str, body: Ask) -> Duel:
    """Ask the unit's model, and log the exposure where the unit is in the trial."""
    chosen = champion.route(ledger, name, check_unit(body.unit))
    made = schemas.make_answer(predict_one(shelf.take(chosen.project, chosen.model), body.case))
    if chosen.is_inside:
        first = champion.record_answer(ledger, chosen, body.unit, body.id, made.answer)
        made = made.model_copy(update={"answer": first})
    return Duel(id=body.id, model=chosen.model, counts=chosen.is_inside, answer=made)
