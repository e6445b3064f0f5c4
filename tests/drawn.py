"""What a part of the kit drew, as a test holds it against the charts of ``core``."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import plotly.graph_objects as go
from streamlit.testing.v1 import AppTest

from core.hub.charts import Chart
from pages.kit.figures import make_figure


def run(function: Callable[..., None], **arguments: Any) -> AppTest:
    """Run a function as an app, which may neither break nor show an error."""
    app = AppTest.from_function(function, kwargs=arguments, default_timeout=60).run()
    return check(app)


def check(app: AppTest) -> AppTest:
    """Return an app that neither broke nor shows an error."""
    assert not app.exception
    assert not app.error, [error.value for error in app.error]
    return app


def read_charts(app: AppTest) -> dict[str, list[Any]]:
    """Return the traces of every chart on screen by the words that stand for it."""
    protos = [chart.proto for chart in app.get("plotly_chart")]
    return {proto.alt: json.loads(proto.spec)["data"] for proto in protos}


def write_traces(chart: Chart) -> list[Any]:
    """Return the traces that a chart is drawn as."""
    traces: list[Any] = json.loads(go.Figure(make_figure(chart)).to_json())["data"]
    return traces


def check_drawn(app: AppTest, *charts: Chart) -> None:
    """Assert that exactly these charts are on screen, mark by mark."""
    drawn = read_charts(app)
    assert list(drawn) == [chart.alt for chart in charts]
    for chart in charts:
        assert drawn[chart.alt] == write_traces(chart), chart.title
