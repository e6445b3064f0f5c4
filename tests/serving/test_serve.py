"""The API as it is really served: `python -m core serve` over a socket."""

import http.client
import json
import socket

import pytest

from core.serving.limits import MAX_BODY_BYTES
from tests.servers import start_api

pytestmark = pytest.mark.server


@pytest.fixture(scope="module")
def port():
    """Start the command and wait for the line that says it listens."""
    with start_api() as found:
        yield found


def ask(port, method, address, body=None, headers=None, *, chunked=False):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request(method, address, body, headers or {}, encode_chunked=chunked)
        answer = connection.getresponse()
        return answer.status, dict(answer.getheaders()), answer.read()
    finally:
        connection.close()


def test_it_answers_without_naming_its_software(port):
    status, headers, body = ask(port, "GET", "/health")
    assert (status, json.loads(body)) == (200, {"status": "live"})
    assert "server" not in headers
    assert headers["x-content-type-options"] == "nosniff"


def test_it_listens_on_this_machine_alone(port):
    with socket.socket() as other, pytest.raises(OSError, match="refused"):
        other.connect(("127.0.0.2", port))


def test_a_large_body_is_refused_from_its_announcement_alone(port):
    with socket.create_connection(("127.0.0.1", port), timeout=30) as raw:
        raw.sendall(b"POST /v1 HTTP/1.1\r\nHost: here\r\nContent-Length: 9000000000\r\n\r\n")
        assert raw.recv(4_096).startswith(b"HTTP/1.1 413")


def test_a_streamed_body_is_refused_when_it_passes_the_limit(port):
    with socket.create_connection(("127.0.0.1", port), timeout=30) as raw:
        raw.sendall(b"POST /v1 HTTP/1.1\r\nHost: here\r\nTransfer-Encoding: chunked\r\n\r\n")
        piece = b"10000\r\n" + b" " * 65_536 + b"\r\n"
        for _ in range(MAX_BODY_BYTES // 65_536 + 1):
            raw.sendall(piece)
        assert raw.recv(4_096).startswith(b"HTTP/1.1 413")


@pytest.mark.parametrize("raw_request", [b"\x00\x01\x02\r\n\r\n", b"GET / HTTP/1.1\r\nContent-Length: x\r\n\r\n"])
def test_what_is_no_http_is_refused_and_the_next_caller_served(port, raw_request):
    with socket.create_connection(("127.0.0.1", port), timeout=30) as raw:
        raw.sendall(raw_request)
        assert raw.recv(4_096).startswith(b"HTTP/1.1 400")
    assert ask(port, "GET", "/health")[0] == 200
