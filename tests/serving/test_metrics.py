"""What Prometheus reads: held against its own parser, and against requests that were really made."""

import pytest
from prometheus_client.parser import text_string_to_metric_families

from core.serving.limits import MAX_BODY_BYTES
from core.serving.metrics import Metrics
from tests.serving.fake_project import SLUG

CASE = {"length": 2.0, "petals": 5, "colour": "red", "fresh": True, "note": "x"}


def read(client):
    """Read /metrics with Prometheus's reference parser: (name, labels) to value."""
    answer = client.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain")
    return {
        (sample.name, *sorted(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


def find(samples, name, **labels):
    return samples.get((name, *sorted(labels.items())), 0.0)


def test_requests_are_counted_by_route_and_status(client):
    client.post(f"/v1/{SLUG}/predict", json=CASE)
    client.post(f"/v1/{SLUG}/predict", json={})
    for address in ("/one", "/two"):
        client.get(address)
    samples = read(client)
    route = f"/v1/{SLUG}/predict"
    assert find(samples, "mastery_requests_total", method="POST", route=route, status="200") == 1
    assert find(samples, "mastery_requests_total", method="POST", route=route, status="422") == 1
    assert find(samples, "mastery_requests_total", method="GET", route="unmatched", status="404") == 2
    assert find(samples, "mastery_request_seconds_count", route=route) == 2
    assert not [labels for labels in samples if "/one" in str(labels)]


def test_a_body_refused_before_routing_is_counted_under_its_route(client):
    large, route = b" " * (MAX_BODY_BYTES + 1), f"/v1/{SLUG}/predict/batch"
    for address in (route, "/nowhere"):
        assert client.post(address, content=large).status_code == 413
    samples = read(client)
    assert find(samples, "mastery_requests_total", method="POST", route=route, status="413") == 1
    assert find(samples, "mastery_requests_total", method="POST", route="unmatched", status="413") == 1


def test_predictions_are_counted_by_project_and_outcome(client):
    client.post(f"/v1/{SLUG}/predict/batch", json={"cases": [CASE, CASE, CASE | {"length": 16}]})
    client.post(f"/v1/{SLUG}/predict", json=CASE)
    samples = read(client)
    assert find(samples, "mastery_predictions_total", project=SLUG, outcome="answered") == 3
    assert find(samples, "mastery_predictions_total", project=SLUG, outcome="refused") == 1


def test_an_error_nobody_foresaw_is_counted_as_500(client, project, monkeypatch):
    monkeypatch.setattr(project, "predict", lambda _model, _inputs: 1 / 0)
    client.post(f"/v1/{SLUG}/predict", json=CASE)
    route = f"/v1/{SLUG}/predict"
    assert find(read(client), "mastery_requests_total", method="POST", route=route, status="500") == 1


@pytest.mark.parametrize("method", ["BREW", "a" * 100])
def test_an_invented_method_makes_no_label_of_its_own(client, method):
    client.request(method, "/health")
    samples = read(client)
    assert find(samples, "mastery_requests_total", method="other", route="/health", status="405") == 1


def test_two_applications_do_not_share_counters():
    first, second = Metrics(), Metrics()
    first.count_predictions("iris", 1, 0)
    assert b'project="iris"' in first.export()
    assert b'project="iris"' not in second.export()
