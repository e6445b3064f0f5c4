"""What every request is held to before any of it is parsed, and what every answer carries.

A body is refused by the length it announces, by the bytes that really arrive, and when it is slow; only then does
the application see it, whole. The headers follow the OWASP list for an API that serves no page
(https://cheatsheetseries.owasp.org/cheatsheets/REST_Security_Cheat_Sheet.html).

Left out: limits per caller and sign-in, which belong to the proxy in front.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable
from http import HTTPStatus
from typing import TYPE_CHECKING

from core.hub.errors import DataError, LimitError

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

MAX_BODY_BYTES = 1_000_000
MAX_BODY_S = 20.0
MAX_CASES = 1_000
PROBLEM_TYPE = "application/problem+json"
HEADERS: tuple[tuple[bytes, bytes], ...] = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"referrer-policy", b"no-referrer"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=()"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"cache-control", b"no-store"),
)


def make_problem(status: int, detail: str, error_id: str = "") -> bytes:
    """Write an error as problem+json (RFC 9457): a title, the status and one sentence, and an id where there is one.

    Examples
    --------
    >>> make_problem(404, "there is no such address")
    b'{"title":"Not Found","status":404,"detail":"there is no such address"}'
    """
    title = next((each.phrase for each in HTTPStatus if each.value == status), "Error")
    body = {"title": title, "status": status, "detail": detail} | ({"id": error_id} if error_id else {})
    # Lone surrogates are legal in a JSON request and have no bytes in UTF-8.
    return json.dumps(body, separators=(",", ":"), ensure_ascii=False).encode("utf-8", "replace")


class SafeHeaders:
    """Middleware: put ``HEADERS`` on every answer that does not set them itself.

    Parameters
    ----------
    app : ASGI application
        What comes next.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on and complete the headers of its answer."""

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = add_headers(message.get("headers", ()))
            await send(message)

        await self.app(scope, receive, send_with_headers)


def add_headers(headers: Iterable[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """Return headers with those of ``HEADERS`` that they lack."""
    found = list(headers)
    names = {name.lower() for name, _ in found}
    return found + [pair for pair in HEADERS if pair[0] not in names]


class BodyLimit:
    """Middleware: read the whole body within a size and a time, or answer for the application.

    Parameters
    ----------
    app : ASGI application
        What comes next; it receives the body in one piece.
    max_bytes : int
        Largest body. Raising it raises the memory that each open request may take.
    max_s : float
        Seconds that a body may take to arrive.
    """

    def __init__(self, app: ASGIApp, max_bytes: int = MAX_BODY_BYTES, max_s: float = MAX_BODY_S) -> None:
        self.app, self.max_bytes, self.max_s = app, max_bytes, max_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer 400, 408 or 413 without parsing, or pass on a body that is within the limits."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        try:
            self._check_announced(scope)
            async with asyncio.timeout(self.max_s):
                body = await self._read_body(receive)
        except LimitError as error:
            await _answer(send, HTTPStatus.REQUEST_ENTITY_TOO_LARGE, str(error))
        except DataError as error:
            await _answer(send, HTTPStatus.BAD_REQUEST, str(error))
        except TimeoutError:
            await _answer(send, HTTPStatus.REQUEST_TIMEOUT, f"the body took over {self.max_s:g} s; send it faster")
        else:
            if body is not None:
                await self.app(scope, _replay(body, receive), send)

    def _check_announced(self, scope: Scope) -> None:
        """Refuse a Content-Length that is no number or is over the limit, before a byte is read."""
        for name, value in scope["headers"]:
            if name.lower() != b"content-length":
                continue
            if not value.isdigit():
                message = "Content-Length is not a whole number; send the number of bytes"
                raise DataError(message)
            if len(value) > len(str(self.max_bytes)) or int(value) > self.max_bytes:
                raise self._too_large()

    async def _read_body(self, receive: Receive) -> bytes | None:
        """Read every part, counting; None when the caller hangs up."""
        parts, n_bytes = [], 0
        while True:
            message = await receive()
            if message["type"] != "http.request":
                return None
            part = message.get("body", b"")
            n_bytes += len(part)
            if n_bytes > self.max_bytes:
                raise self._too_large()
            parts.append(part)
            if not message.get("more_body", False):
                return b"".join(parts)

    def _too_large(self) -> LimitError:
        """Make the error of a body over the limit."""
        message = f"the body has more than {self.max_bytes:,} bytes, the limit; send fewer cases at a time"
        return LimitError(message)


def _replay(body: bytes, receive: Receive) -> Receive:
    """Make a receive that gives the body once, then whatever comes (the caller hanging up)."""
    pending = [body]

    async def receive_again() -> Message:
        if pending:
            return {"type": "http.request", "body": pending.pop(), "more_body": False}
        return await receive()

    return receive_again


async def _answer(send: Send, status: int, detail: str) -> None:
    """Send a problem and close, since the rest of the body was not read."""
    body = make_problem(status, detail)
    headers = [
        (b"content-type", PROBLEM_TYPE.encode()),
        (b"content-length", str(len(body)).encode()),
        (b"connection", b"close"),
    ]
    await send({"type": "http.response.start", "status": int(status), "headers": headers})
    await send({"type": "http.response.body", "body": body})
