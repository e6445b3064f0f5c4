"""The HTTP API: for each built project its card and its predictions, made from the registry; health and metrics.

``GET /health`` (the process lives), ``/ready`` (store and stored models are in order), ``/metrics`` (Prometheus),
``/openapi.json``; ``GET /v1``, ``GET /v1/{slug}``, ``POST /v1/{slug}/predict`` and ``POST /v1/{slug}/predict/batch``;
``POST /v1/ab/events`` and what belongs to it (``experiments``).
An error is problem+json with one sentence; what nobody foresaw is logged under an id and answered with that id alone.
Two predictions are at work at once and 62 more wait in line; the next is answered 503 with Retry-After (``gate``). The
probes need no thread, so they answer whatever the load.

Left out: training over HTTP (``core.hub.jobs`` from a page, or the command line), sign-in and limits per caller (the
proxy in front), and a documentation page, whose scripts would come from another host.
"""

import logging
import secrets
from collections.abc import Callable, Sequence
from http import HTTPStatus
from pathlib import Path
from typing import Annotated, Any

from fastapi import Body, FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from prometheus_client import CONTENT_TYPE_LATEST

from core.hub import errors, registry
from core.hub.registry import Project
from core.serving import experiments, refusals, schemas
from core.serving.answers import predict_many
from core.serving.gate import MAX_PENDING, Gate
from core.serving.limits import HEADERS, PROBLEM_TYPE, BodyLimit, SafeHeaders, make_problem
from core.serving.metrics import Meter, Metrics
from core.serving.shelf import Shelf

LOG = logging.getLogger(__name__)
Predict = Callable[[Sequence[Any]], list[schemas.Answer]]
PROBLEMS = schemas.PROBLEMS


def make_app(root: Path | None = None) -> FastAPI:
    """Make the application, with routes for every project that is built.

    Parameters
    ----------
    root : Path, optional
        Folder of stored models; default ``models`` in the checkout.

    Examples
    --------
    >>> sorted(path for path in make_app().openapi()["paths"] if not path.startswith("/v1/"))
    ['/health', '/metrics', '/ready', '/v1']
    """
    app = FastAPI(
        title="Mastery",
        version="1.0.0",
        description=(
            "The same models as the app's pages. Every figure is in the project's card. At most "
            f"{MAX_PENDING} predictions or batches are taken on at once; the next is answered 503 with Retry-After."
        ),
        docs_url=None,
        redoc_url=None,
    )
    metrics, shelf, gate = Metrics(), Shelf(root), Gate()
    _add_probes(app, metrics, shelf)
    _add_list(app)
    for project in registry.find_built():
        _add_card(app, project, shelf)
        _add_predict(app, project, _make_predict(project, shelf, metrics), gate)
    if any(project.slug == experiments.SLUG for project in registry.find_built()):
        experiments.add_experiments(app, shelf, gate)
    _add_errors(app)
    # The last one added sees a request first.
    app.add_middleware(BodyLimit)
    app.add_middleware(Meter, metrics=metrics)
    app.add_middleware(SafeHeaders)
    return app


def _add_probes(app: FastAPI, metrics: Metrics, shelf: Shelf) -> None:
    """Add what an orchestrator and Prometheus ask for."""

    @app.get("/health", tags=["operation"], summary="Whether the process answers")
    async def read_health() -> schemas.Health:
        return schemas.Health(status="live")

    @app.get(
        "/ready", tags=["operation"], summary="Whether store and models are in order", responses={503: PROBLEMS[503]}
    )
    def read_ready() -> schemas.Health:
        problems = [_check_store(), *(shelf.check(project.slug) for project in registry.find_built())]
        found = [problem for problem in problems if problem]
        if found:
            raise errors.UnavailableError("; ".join(found))
        return schemas.Health(status="ready")

    @app.get("/metrics", tags=["operation"], summary="Counters for Prometheus", response_class=Response)
    async def read_metrics() -> Response:
        return Response(metrics.export(), media_type=CONTENT_TYPE_LATEST)


def _check_store() -> str:
    """Say that the store does not answer, without its address; the log has the reason."""
    from core.hub.store import open_store

    try:
        open_store().check()
    except errors.HubError as error:
        LOG.warning("not ready: %s", error)
        return "the database does not answer; the log has the reason"
    return ""


def _add_list(app: FastAPI) -> None:
    """Add the list of served projects."""

    @app.get("/v1", tags=["projects"], summary="The projects served here")
    def list_projects() -> list[schemas.ProjectLink]:
        return [
            schemas.ProjectLink(slug=each.slug, title=each.title, problem=each.line, address=f"/v1/{each.slug}")
            for each in registry.find_built()
        ]


def _add_card(app: FastAPI, project: Project, shelf: Shelf) -> None:
    """Add a project's card and scores."""

    @app.get(
        f"/v1/{project.slug}",
        tags=[project.slug],
        summary=f"{project.title}: card and scores",
        operation_id=f"{project.slug}_card",
        responses={503: PROBLEMS[503]},
    )
    def read_card() -> schemas.About:
        served = shelf.take(project.slug)
        card = served.module.CARD
        return schemas.About(
            slug=project.slug,
            title=card.title,
            problem=project.line,
            model=card.model,
            data=card.data,
            intended_use=card.intended_use,
            limits=list(card.limits),
            licence=card.licence,
            reference=card.reference,
            scores=[schemas.make_score(row) for row in served.artifact.scores],
            files=dict(served.artifact.hashes),
        )


def _make_predict(project: Project, shelf: Shelf, metrics: Metrics) -> Predict:
    """Make the function that answers and counts cases of a project; it computes, so call it in a thread."""

    def predict(cases: Sequence[Any]) -> list[schemas.Answer]:
        served = shelf.take(project.slug)
        answers = [schemas.make_answer(each) for each in predict_many(served, [case.model_dump() for case in cases])]
        n_refused = sum(bool(answer.refused) for answer in answers)
        metrics.count_predictions(project.slug, len(answers) - n_refused, n_refused)
        return answers

    return predict


def _add_predict(app: FastAPI, project: Project, predict: Predict, gate: Gate) -> None:
    """Add a project's two predict routes, their schemas made from its Inputs; answers are written in the thread too."""
    case: Any = schemas.make_case(project.slug, registry.load_module(project).Inputs)
    batch: Any = schemas.make_batch(project.slug, case)
    tags: list[Any] = [project.slug]

    @app.post(
        f"/v1/{project.slug}/predict",
        tags=tags,
        summary=f"{project.title}: one case",
        operation_id=f"{project.slug}_predict",
        response_model=schemas.Answer,
        responses=PROBLEMS,
    )
    async def predict_case(body: Annotated[case, Body()]) -> Response:
        return await gate.run(lambda: _write(predict([body])[0]))

    @app.post(
        f"/v1/{project.slug}/predict/batch",
        tags=tags,
        summary=f"{project.title}: up to 1,000 cases",
        operation_id=f"{project.slug}_predict_batch",
        response_model=schemas.Answers,
        responses=PROBLEMS,
    )
    async def predict_batch(body: Annotated[batch, Body()]) -> Response:
        return await gate.run(lambda: _write(schemas.Answers(predictions=predict(body.cases))))


def _write(answer: schemas.Answer | schemas.Answers) -> Response:
    """Write answers as JSON, so that the framework need not on the event loop."""
    return Response(answer.model_dump_json(), media_type="application/json")


def _add_errors(app: FastAPI) -> None:
    """Turn every error into problem+json."""
    handlers: dict[type[Exception] | int, Callable[[Any], Response]] = {
        errors.HubError: lambda error: _answer(*refusals.describe_error(error)),
        RequestValidationError: lambda error: _answer(*refusals.describe_invalid(error)),
        Exception: _answer_unforeseen,
    }
    refused = [status.value for status in HTTPStatus if 400 <= status < 500]  # noqa: PLR2004 - the caller's errors
    handlers |= {status: lambda error: _answer(*refusals.describe_http(error)) for status in refused}
    for kind, handler in handlers.items():
        app.add_exception_handler(kind, _ignore_request(handler))


def _ignore_request(handler: Callable[[Any], Response]) -> Callable[[Request, Any], Any]:
    """Fit a handler of an error alone to what the framework calls."""

    async def handle(_request: Request, error: Any) -> Response:
        return handler(error)

    return handle


def _answer(status: int, detail: str, headers: Any = None) -> Response:
    """Make an error's response."""
    return Response(make_problem(status, detail), status_code=status, media_type=PROBLEM_TYPE, headers=headers)


def _answer_unforeseen(error: Exception) -> Response:
    """Log an error that nobody foresaw and answer with the id of its log line; it passes no other middleware."""
    error_id = secrets.token_hex(6)
    LOG.error("request %s failed", error_id, exc_info=error)
    status = HTTPStatus.INTERNAL_SERVER_ERROR
    content = make_problem(status, f"something went wrong here; the log has it under {error_id}", error_id)
    response = Response(content, status_code=status, media_type=PROBLEM_TYPE)
    response.raw_headers.extend(HEADERS)
    return response
