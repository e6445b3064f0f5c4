"""A full house: predictions beyond the limit are told to come back, and the probes answer all the same."""

import asyncio
import json
import threading

import anyio.to_thread
import pytest

from core.serving.api import make_app
from core.serving.gate import MAX_PENDING, BusyError, Gate
from tests.serving.fake_project import SLUG

CASE = {"length": 2.0, "petals": 5, "colour": "red", "fresh": True, "note": "x"}
PATIENCE_S = 60


async def ask(app, method, path, body=None):
    """Send one request in the protocol's own messages; return status, headers and body."""
    sent, content = [], json.dumps(body).encode() if body is not None else b""

    async def receive():
        return {"type": "http.request", "body": content, "more_body": False}

    async def send(message):
        sent.append(message)

    scope = {
        "type": "http", "method": method, "path": path, "raw_path": path.encode(), "query_string": b"", "root_path": "",
        "scheme": "http", "http_version": "1.1", "headers": [(b"content-type", b"application/json")],
    }  # fmt: skip
    await app(scope, receive, send)
    return sent[0]["status"], dict(sent[0]["headers"]), b"".join(message.get("body", b"") for message in sent[1:])


async def wait_until(gate, n_pending):
    while gate.n_pending < n_pending:  # noqa: ASYNC110 - the gate tells nobody who joins the line
        await asyncio.sleep(0)


def test_pieces_of_work_beyond_the_limit_are_refused_and_a_free_place_is_used_again():
    async def fill():
        gate, doors, begun = Gate(running=1, pending=2), threading.Event(), []

        def work():
            begun.append(1)
            return doors.wait(PATIENCE_S)

        async with asyncio.timeout(PATIENCE_S):
            taken = [asyncio.create_task(gate.run(work)) for _ in range(2)]
            await wait_until(gate, 2)
            with pytest.raises(BusyError, match="2 predictions are under way, the limit; send this again after 1 s"):
                await gate.run(work)
            doors.set()
            assert await asyncio.gather(*taken) == [True, True]
            assert len(begun) == 2
            assert await gate.run(lambda: "served") == "served"

    asyncio.run(fill())


def test_no_more_work_is_begun_than_may_run_at_once():
    async def count():
        gate, lock, now, most = Gate(running=2, pending=20), threading.Lock(), [0], [0]
        together = threading.Barrier(2)

        def work():
            with lock:
                now[0] += 1
                most[0] = max(most[0], now[0])
            together.wait(PATIENCE_S)
            with lock:
                now[0] -= 1

        await asyncio.gather(*(gate.run(work) for _ in range(20)))
        return most[0]

    # the barrier lets nobody go before two are in; a third would have been counted beside them
    assert asyncio.run(count()) == 2


def test_work_that_fails_gives_its_place_back():
    async def fail():
        gate = Gate(running=1, pending=1)
        for _ in range(3):
            with pytest.raises(ZeroDivisionError):
                await gate.run(lambda: 1 / 0)
        return gate.n_pending

    assert asyncio.run(fail()) == 0


@pytest.mark.parametrize(("path", "body"), [("predict", CASE), ("predict/batch", {"cases": [CASE]})])
def test_a_full_api_says_when_to_come_back_and_its_probes_still_answer(project, monkeypatch, path, body):
    gate, doors, predict = Gate(running=1, pending=2), threading.Event(), project.predict
    monkeypatch.setattr("core.serving.api.Gate", lambda: gate)
    monkeypatch.setattr(project, "predict", lambda *case: doors.wait(PATIENCE_S) and predict(*case))
    address = f"/v1/{SLUG}/{path}"

    async def crowd():
        # one thread for everybody, and the prediction has it
        anyio.to_thread.current_default_thread_limiter().total_tokens = 1
        app = make_app()
        async with asyncio.timeout(PATIENCE_S):
            taken = [asyncio.create_task(ask(app, "POST", address, body)) for _ in range(2)]
            await wait_until(gate, 2)
            status, headers, said = await ask(app, "POST", address, body)
            assert (status, headers[b"retry-after"]) == (503, b"1")
            assert json.loads(said)["detail"].startswith("2 predictions are under way, the limit; send this again")
            assert (await ask(app, "GET", "/health"))[0] == 200
            counted = (await ask(app, "GET", "/metrics"))[2].decode()
            assert f'mastery_requests_total{{method="POST",route="{address}",status="503"}} 1.0' in counted
            doors.set()
            assert [status for status, _, _ in await asyncio.gather(*taken)] == [200, 200]
            assert (await ask(app, "POST", address, body))[0] == 200

    try:
        asyncio.run(crowd())
    finally:
        doors.set()


def test_the_limit_is_documented_where_a_caller_reads(client):
    document = client.get("/openapi.json").json()
    assert f"At most {MAX_PENDING} predictions" in document["info"]["description"]
    assert "Retry-After" in document["paths"][f"/v1/{SLUG}/predict"]["post"]["responses"]["503"]["description"]


def test_other_refusals_of_the_server_do_not_ask_to_come_back(client, tmp_path):
    (tmp_path / "models" / SLUG / "full" / "weights" / "means.npz").write_bytes(b"")
    answer = client.post(f"/v1/{SLUG}/predict", json=CASE)
    assert answer.status_code == 503
    assert "retry-after" not in answer.headers
