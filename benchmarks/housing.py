"""Housing: errors of logs and coverage beside their goals, and how long one price takes through the real HTTP API."""

from __future__ import annotations

import dataclasses
import http.client
import json
import os
import socket
import subprocess
import sys
import time

import numpy as np

from benchmarks.record import Line, Record
from core.hub.artifacts import load_scores
from core.hub.settings import ROOT
from core.tabular import housing

GOALS = (
    ("ridge", "rmse_log", "cv", 0.131),
    ("blend", "rmse_log", "cv", 0.124),
    ("ridge", "rmse_log", "cv_rule", 0.120),
    ("blend", "rmse_log", "cv_rule", 0.1185),
)
LEAST, MOST, LEAST_GROUP = 0.885, 0.915, 0.85
PRICE_BUDGET_MS, BATCH_BUDGET_MS, QUICK_BUDGET_S = 30.0, 20_000.0, 20.0
N_WARM, N_PRICES, WAIT_S, SHARE = 20, 300, 60.0, 0.95
SPLITS = {"cv": "all 2,930 sales", "cv_rule": "without De Cock's five"}


def measure() -> Record:
    """Read the shipped figures, then time the API and the quick recipe."""
    found = {(row.model, row.metric, row.split): row.value for row in load_scores("housing")}
    lines = [
        Line(f"RMSE of logs, {name}, {SPLITS[split]}", found[name, metric, split], "", "goal at most", goal,
             found[name, metric, split] <= goal)
        for name, metric, split, goal in GOALS
    ]  # fmt: skip
    overall, least = found["blend", "coverage_90", "cv"], found["blend", "least_coverage_90", "cv"]
    lines += [
        Line("coverage of 90% intervals", overall, "", f"goal {LEAST:g} to", MOST, LEAST <= overall <= MOST),
        Line("coverage in the worst neighbourhood of 30 sales", least, "", "goal at least", LEAST_GROUP,
             least >= LEAST_GROUP),
        *time_api(),
        time_quick(),
    ]  # fmt: skip
    return Record(
        name="housing",
        title="Housing price",
        method="Five folds, seed 0: every sale answered by models that did not see it, its interval by limits that its "
        "fold took no part in. Then single prices, one after another, through `python -m core serve` on 127.0.0.1.",
        lines=tuple(lines),
        command="python -m benchmarks housing",
    )


def time_api() -> list[Line]:
    """Serve on a free port, time single prices and one batch of a thousand."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "core", "serve", "--port", str(port)]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(command, cwd=ROOT, env={**os.environ, "OPENBLAS_NUM_THREADS": "1"}, **quiet) as server:
        try:
            wait_until_ready(port)
            house = dataclasses.asdict(housing.Inputs())
            spans = [ask(port, house | {"lot_area": 9_000 + place}) for place in range(N_WARM + N_PRICES)][N_WARM:]
            batch = ask(port, {"cases": [house] * 1_000}, "/batch")
        finally:
            server.terminate()
    p50, p95 = (float(np.quantile(spans, share)) for share in (0.5, SHARE))
    return [
        Line("one price over HTTP, median", p50, "ms", "budget", PRICE_BUDGET_MS, p50 < PRICE_BUDGET_MS),
        Line("one price over HTTP, 95th percentile", p95, "ms", "budget", PRICE_BUDGET_MS, p95 < PRICE_BUDGET_MS),
        Line("a batch of 1,000 houses", batch, "ms", "budget", BATCH_BUDGET_MS, batch < BATCH_BUDGET_MS),
    ]


def wait_until_ready(port: int) -> None:
    """Wait until the server answers; it is given a minute."""
    until = time.monotonic() + WAIT_S
    while time.monotonic() < until:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        try:
            connection.request("GET", "/health")
            if connection.getresponse().status == http.client.OK:
                return
        except OSError:
            time.sleep(0.2)
        finally:
            connection.close()
    message = "the API did not answer within a minute"
    raise TimeoutError(message)


_OPEN: dict[int, http.client.HTTPConnection] = {}


def ask(port: int, body: object, path: str = "") -> float:
    """Send one request over a connection that is kept open; return its milliseconds."""
    connection = _OPEN.setdefault(port, http.client.HTTPConnection("127.0.0.1", port, timeout=60))
    content = json.dumps(body)
    start = time.perf_counter()
    connection.request("POST", f"/v1/housing/predict{path}", content, {"Content-Type": "application/json"})
    answer = connection.getresponse()
    answer.read()
    seconds = time.perf_counter() - start
    if answer.status != http.client.OK:
        message = f"the API answered {answer.status}"
        raise RuntimeError(message)
    return 1_000 * seconds


def time_quick() -> Line:
    """Time the quick recipe."""
    recipe = housing.RECIPES["quick"]
    start = time.perf_counter()
    housing.train(recipe, housing.load(recipe))
    seconds = time.perf_counter() - start
    return Line("quick recipe", seconds, "s", "budget", QUICK_BUDGET_S, seconds <= QUICK_BUDGET_S)
