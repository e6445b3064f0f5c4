"""The body limit spoken to directly, in the protocol's own messages: what no well-behaved client sends."""

import asyncio
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.serving.limits import BodyLimit, SafeHeaders, add_headers, make_problem


async def echo(_scope, receive, send):
    message = await receive()
    assert message["more_body"] is False
    await send({"type": "http.response.start", "status": 200, "headers": [(b"cache-control", b"max-age=60")]})
    await send({"type": "http.response.body", "body": message["body"]})


def ask(messages, headers=(), app=echo, max_bytes=10, max_s=5.0):
    """Send ASGI messages through the limit; return what came back as (status, body, messages left unread)."""
    sent, pending = [], list(messages)

    async def receive():
        if not pending:
            await asyncio.Event().wait()
        return pending.pop(0)

    async def send(message):
        sent.append(message)

    scope = {"type": "http", "method": "POST", "path": "/", "headers": list(headers)}
    asyncio.run(BodyLimit(app, max_bytes, max_s)(scope, receive, send))
    status = sent[0]["status"] if sent else None
    return status, b"".join(message.get("body", b"") for message in sent[1:]), len(pending)


def part(body, *, more):
    return {"type": "http.request", "body": body, "more_body": more}


@settings(deadline=None)
@given(parts=st.lists(st.binary(max_size=6), min_size=1, max_size=6))
def test_a_body_passes_whole_or_not_at_all(parts):
    whole = b"".join(parts)
    messages = [part(body, more=place < len(parts) - 1) for place, body in enumerate(parts)]
    status, body, _ = ask(messages)
    if len(whole) <= 10:
        assert (status, body) == (200, whole)
    else:
        assert status == 413
        assert json.loads(body)["detail"].startswith("the body has more than 10 bytes")


def test_an_announced_length_is_refused_before_a_byte_is_read():
    status, _, unread = ask([part(b"x" * 11, more=False)], [(b"Content-Length", b"11")])
    assert (status, unread) == (413, 1)
    assert ask([part(b"", more=False)], [(b"content-length", b"9" * 5_000)])[0] == 413


def test_a_length_that_lies_does_not_help():
    status, _, unread = ask([part(b"x" * 6, more=True), part(b"x" * 6, more=True), part(b"", more=False)], [
        (b"content-length", b"3")
    ])  # fmt: skip
    assert (status, unread) == (413, 1)


@pytest.mark.parametrize("value", [b"-1", b"ten", b"", b"1.5", b"+5"])
def test_a_length_that_is_no_number_is_refused(value):
    assert ask([part(b"", more=False)], [(b"content-length", value)])[0] == 400


def test_a_body_that_never_ends_is_given_up():
    status, body, _ = ask([part(b"x", more=True)], max_s=0.01)
    assert status == 408
    assert json.loads(body)["detail"] == "the body took over 0.01 s; send it faster"


def test_a_caller_who_hangs_up_gets_no_answer():
    assert ask([part(b"x", more=True), {"type": "http.disconnect"}]) == (None, b"", 0)


def test_other_protocols_pass_untouched():
    seen = []

    async def note(scope, _receive, _send):
        seen.append(scope["type"])

    asyncio.run(BodyLimit(note)({"type": "lifespan"}, None, None))
    assert seen == ["lifespan"]


def test_headers_are_added_but_never_replaced():
    found = dict(add_headers([(b"Cache-Control", b"max-age=60")]))
    assert found[b"Cache-Control"] == b"max-age=60"
    assert b"cache-control" not in found
    assert found[b"x-frame-options"] == b"DENY"


def test_safe_headers_reach_the_answer():
    sent = []

    async def send(message):
        sent.append(message)

    async def receive():
        return part(b"", more=False)

    asyncio.run(SafeHeaders(echo)({"type": "http"}, receive, send))
    assert dict(sent[0]["headers"])[b"referrer-policy"] == b"no-referrer"


@settings(deadline=None)
@given(detail=st.text(st.characters(exclude_categories=())), status=st.sampled_from([400, 404, 413, 422, 500, 599]))
def test_a_problem_is_json_whatever_its_sentence(detail, status):
    body = json.loads(make_problem(status, detail, "abc"))
    assert (body["status"], body["id"]) == (status, "abc")
    assert body["detail"] == detail.encode("utf-8", "replace").decode()
