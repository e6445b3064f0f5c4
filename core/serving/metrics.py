"""What the API counts for Prometheus: requests, their seconds, and predictions by project.

Labels take few values by construction: routes are templates, never paths; what matches none is ``unmatched``.
See https://prometheus.io/docs/practices/naming/.

Left out: several server processes behind one port; scrape each by its own.
"""

from __future__ import annotations

import time
from http import HTTPStatus
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector, generate_latest

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
SECONDS = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)
"""Upper edges of the latency buckets: a single prediction takes milliseconds, a batch up to seconds."""


class Metrics:
    """The counters of one application, in a registry of their own so that two applications never share them.

    Examples
    --------
    >>> metrics = Metrics()
    >>> metrics.count_predictions("iris", answered=3, refused=1)
    >>> 'mastery_predictions_total{outcome="answered",project="iris"} 3.0' in metrics.export().decode()
    True
    """

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self._requests = Counter(
            "mastery_requests", "Requests answered.", ("method", "route", "status"), registry=self.registry
        )
        self._seconds = Histogram(
            "mastery_request_seconds", "Seconds per request.", ("route",), buckets=SECONDS, registry=self.registry
        )
        self._predictions = Counter(
            "mastery_predictions", "Cases predicted.", ("project", "outcome"), registry=self.registry
        )

    def count_request(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count one answered request and its duration."""
        self._requests.labels(method if method in METHODS else "other", route, str(status)).inc()
        self._seconds.labels(route).observe(seconds)

    def count_predictions(self, project: str, answered: int, refused: int) -> None:
        """Count cases that a project's model answered, and those it declined to answer."""
        self._predictions.labels(project, "answered").inc(answered)
        self._predictions.labels(project, "refused").inc(refused)

    def export(self) -> bytes:
        """Write every counter in Prometheus's text format."""
        return generate_latest(self.registry)


class Meter:
    """Middleware: count each request under the route that it matched.

    Parameters
    ----------
    app : ASGI application
        What comes next.
    metrics : Metrics
        Where to count.
    """

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self.app, self.metrics = app, metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on and count it when it ends, also when it ends in an error."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        status, start = int(HTTPStatus.INTERNAL_SERVER_ERROR), time.perf_counter()

        async def send_and_note(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self.app(scope, receive, send_and_note)
        finally:
            self.metrics.count_request(scope["method"], _name_route(scope), status, time.perf_counter() - start)


def _name_route(scope: Scope) -> str:
    """Name the route that a request matched, or would have if its body had not been refused before."""
    if "route" in scope:
        return str(getattr(scope["route"], "path", "unmatched"))
    matched = (each.path for each in scope["app"].routes if each.matches(scope)[0].value)
    return next(matched, "unmatched")
