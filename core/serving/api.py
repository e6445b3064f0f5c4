"""The HTTP API: for each built project its card and its predictions, made from the registry; health and metrics.

``GET /health`` (the process lives), ``/ready`` (store and stored models are in order), ``/metrics`` (Prometheus),
``/openapi.json``; ``GET /v1``, ``GET /v1/{slug}``, ``POST /v1/{slug}/predict`` and ``POST /v1/{slug}/predict/batch``.
An error is problem+json with one sentence; what nobody foresaw is logged under an id and answered with that id alone.

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
from core.serving import schemas
from core.serving.answers import predict_many
from core.serving.limits import HEADERS, PROBLEM_TYPE, BodyLimit, SafeHeaders, make_problem
from core.serving.metrics import Meter, Metrics
from core.serving.shelf import Shelf

LOG = logging.getLogger(__name__)
STATUS_OF: dict[type[errors.HubError], HTTPStatus] = {
    errors.DataError: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.RecipeError: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.NotTrainedError: HTTPStatus.CONFLICT,
    errors.LimitError: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    # The caller did nothing wrong, and the operator's alarm must ring.
    errors.ArtifactError: HTTPStatus.SERVICE_UNAVAILABLE,
    errors.UnavailableError: HTTPStatus.SERVICE_UNAVAILABLE,
}
PROBLEMS: dict[int | str, dict[str, Any]] = {
    status: {"description": text, "content": {PROBLEM_TYPE: {"schema": schemas.Problem.model_json_schema()}}}
    for status, text in (
        (400, "The body is not JSON."),
        (413, "The body is over the limit."),
        (422, "A value is missing, unknown or out of range."),
        (503, "The stored model cannot be used now."),
    )
}


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
        description="The same models as the app's pages. Every figure is in the project's card.",
        docs_url=None,
        redoc_url=None,
    )
    metrics, shelf = Metrics(), Shelf(root)
    _add_probes(app, metrics, shelf)
    _add_list(app)
    for project in registry.find_built():
        _add_card(app, project, shelf)
        _add_predict(app, project, shelf, metrics)
    _add_errors(app)
    # The last one added sees a request first.
    app.add_middleware(BodyLimit)
    app.add_middleware(Meter, metrics=metrics)
    app.add_middleware(SafeHeaders)
    return app


def _add_probes(app: FastAPI, metrics: Metrics, shelf: Shelf) -> None:
    """Add what an orchestrator and Prometheus ask for."""

    @app.get("/health", tags=["operation"], summary="Whether the process answers")
    def read_health() -> schemas.Health:
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
    def read_metrics() -> Response:
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


def _add_predict(app: FastAPI, project: Project, shelf: Shelf, metrics: Metrics) -> None:
    """Add a project's two predict routes, their schemas made from its Inputs."""
    case: Any = schemas.make_case(project.slug, registry.load_module(project).Inputs)
    batch: Any = schemas.make_batch(project.slug, case)
    tags: list[Any] = [project.slug]

    def predict(cases: Sequence[Any]) -> list[schemas.Answer]:
        served = shelf.take(project.slug)
        answers = [schemas.make_answer(each) for each in predict_many(served, [case.model_dump() for case in cases])]
        n_refused = sum(bool(answer.refused) for answer in answers)
        metrics.count_predictions(project.slug, len(answers) - n_refused, n_refused)
        return answers

    @app.post(
        f"/v1/{project.slug}/predict",
        tags=tags,
        summary=f"{project.title}: one case",
        operation_id=f"{project.slug}_predict",
        responses=PROBLEMS,
    )
    def predict_case(body: Annotated[case, Body()]) -> schemas.Answer:
        return predict([body])[0]

    @app.post(
        f"/v1/{project.slug}/predict/batch",
        tags=tags,
        summary=f"{project.title}: up to 1,000 cases",
        operation_id=f"{project.slug}_predict_batch",
        responses=PROBLEMS,
    )
    def predict_batch(body: Annotated[batch, Body()]) -> schemas.Answers:
        return schemas.Answers(predictions=predict(body.cases))


def _add_errors(app: FastAPI) -> None:
    """Turn every error into problem+json."""
    handlers: dict[type[Exception] | int, Callable[[Any], Response]] = {
        errors.HubError: lambda error: _answer(_find_status(error), str(error)),
        RequestValidationError: lambda error: _answer(*describe_invalid(error)),
        Exception: _answer_unforeseen,
    }
    handlers |= {status.value: _answer_http for status in HTTPStatus if 400 <= status < 500}  # noqa: PLR2004 - the caller's errors
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


def _find_status(error: errors.HubError) -> HTTPStatus:
    """Look up the status of an error by its class or the nearest parent."""
    return next((STATUS_OF[kind] for kind in type(error).__mro__ if kind in STATUS_OF), HTTPStatus.BAD_REQUEST)


def _answer_http(error: Any) -> Response:
    """Say in a sentence what the framework itself refused; a 405 keeps its Allow header."""
    sentences = {
        404: "there is no such address; GET /v1 lists the projects, /openapi.json every address",
        405: "this address does not take this method; /openapi.json lists what it takes",
        400: "the body cannot be read; send JSON in UTF-8",
    }
    detail = sentences.get(error.status_code, "the request was refused; /openapi.json describes what is taken")
    return _answer(error.status_code, detail, error.headers)


def describe_invalid(error: RequestValidationError) -> tuple[int, str]:
    """Say in one sentence which value of a body is wrong: the first one found.

    Returns
    -------
    (status, sentence)
        400 when the body is not JSON at all, else 422.
    """
    first = error.errors()[0]
    kind, place = first["type"], [str(part) for part in first["loc"] if part != "body"]
    if kind == "json_invalid":
        return HTTPStatus.BAD_REQUEST, "the body is not JSON; send an object as /openapi.json describes it"
    name = ".".join(place)[:80] or "the body"
    if kind == "missing":
        return HTTPStatus.UNPROCESSABLE_ENTITY, f"{name} is missing; give it a value"
    if kind == "extra_forbidden":
        return HTTPStatus.UNPROCESSABLE_ENTITY, f"{name} is not known; leave it out"
    said = first["msg"].replace("Input should", "it must").replace(" should ", " must ")
    return HTTPStatus.UNPROCESSABLE_ENTITY, f"{name} is {_show(first.get('input'))}; {said[0].lower()}{said[1:]}"


def _show(value: Any) -> str:
    """Write a refused value, cut short and never in full when it is a structure."""
    if isinstance(value, (dict, list)):
        return "an object" if isinstance(value, dict) else f"a list of {len(value):,}"
    text = repr(value) if not isinstance(value, int) or isinstance(value, bool) else f"{value:d}"
    return text if len(text) <= 40 else f"{text[:40]}…"  # noqa: PLR2004 - a screen line's worth
