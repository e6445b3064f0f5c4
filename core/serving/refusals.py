"""The status and the one sentence with which the API refuses a request.

Left out: limits that are held before anything is parsed (``limits``); what nobody foresaw (``api``).
"""

import sys
from http import HTTPStatus
from typing import Any

from fastapi.exceptions import RequestValidationError

from core.hub import errors
from core.serving.gate import RETRY_AFTER_S, BusyError

STATUS_OF: dict[type[errors.HubError], HTTPStatus] = {
    errors.DataError: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.RecipeError: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.NotTrainedError: HTTPStatus.CONFLICT,
    errors.LimitError: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    # The caller did nothing wrong, and the operator's alarm must ring.
    errors.ArtifactError: HTTPStatus.SERVICE_UNAVAILABLE,
    errors.UnavailableError: HTTPStatus.SERVICE_UNAVAILABLE,
}
REMEDY = "as /openapi.json describes it"
MAX_SHOWN = 40  # characters of a refused value: a screen line's worth


def describe_error(error: errors.HubError) -> tuple[int, str, dict[str, str]]:
    """Return status, sentence and headers of what a person may cause: by its class or the nearest parent.

    Examples
    --------
    >>> describe_error(errors.DataError("width is missing; give it a value"))[:2]
    (422, 'width is missing; give it a value')
    """
    status = next((STATUS_OF[kind] for kind in type(error).__mro__ if kind in STATUS_OF), HTTPStatus.BAD_REQUEST)
    return status.value, str(error), {"Retry-After": str(RETRY_AFTER_S)} if isinstance(error, BusyError) else {}


def describe_http(error: Any) -> tuple[int, str, Any]:
    """Return status, sentence and headers of what the framework itself refused; a 405 keeps its Allow header."""
    sentences = {
        404: "there is no such address; GET /v1 lists the projects, /openapi.json every address",
        405: "this address does not take this method; /openapi.json lists what it takes",
        400: _describe_unread(error.__cause__),
    }
    detail = sentences.get(error.status_code, "the request was refused; /openapi.json describes what is taken")
    return error.status_code, detail, error.headers


def _describe_unread(cause: BaseException | None) -> str:
    """Say why Python's JSON reader gave up on a body."""
    if isinstance(cause, RecursionError):
        return f"the body is nested too deeply to be read; send an object {REMEDY}"
    if isinstance(cause, ValueError) and not isinstance(cause, UnicodeDecodeError):
        return (
            f"the body holds too long a whole number; send numbers of at most {sys.get_int_max_str_digits():,} digits"
        )
    return "the body cannot be read; send JSON in UTF-8"


def describe_invalid(error: RequestValidationError) -> tuple[int, str]:
    """Say in one sentence which value of a body is wrong: the first one found.

    Returns
    -------
    (status, sentence)
        400 when the body is not JSON at all, 415 when it is not sent as JSON, else 422.
    """
    first = error.errors()[0]
    name = ".".join(str(part) for part in first["loc"] if part != "body")[:80]
    if first["type"] == "json_invalid":
        return HTTPStatus.BAD_REQUEST.value, f"the body is not JSON; send an object {REMEDY}"
    if isinstance(first.get("input"), bytes):  # JSON holds none: the body was left as it came
        return (
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE.value,
            "the body is not sent as JSON; send Content-Type: application/json",
        )
    return HTTPStatus.UNPROCESSABLE_ENTITY.value, _describe_value(first, name)


def _describe_value(first: Any, name: str) -> str:
    """Say what is wrong with one value of a body, or with the body itself where there is no name."""
    kind = first["type"]
    if kind == "missing":
        return f"{name} is missing; give it a value" if name else f"the body is missing; send an object {REMEDY}"
    if kind == "extra_forbidden":
        return f"{name} is not known; leave it out"
    said = first["msg"].replace("Input should", "it must").replace(" should ", " must ")
    if kind == "model_attributes_type":
        said = f"it must be an object {REMEDY}"
    return f"{name or 'the body'} is {_show(first.get('input'))}; {said[0].lower()}{said[1:]}"


def _show(value: Any) -> str:
    """Write a refused value as JSON has it, cut short and never in full when it is a structure."""
    if isinstance(value, (dict, list)):
        return "an object" if isinstance(value, dict) else f"a list of {len(value):,}"
    if value is None or isinstance(value, bool):
        return "null" if value is None else str(value).lower()
    text = f"{value:d}" if isinstance(value, int) else repr(value)
    return text if len(text) <= MAX_SHOWN else f"{text[:MAX_SHOWN]}…"
