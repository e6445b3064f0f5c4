"""The HTTP API: what it answers, how it refuses, and that nothing a caller sends breaks it."""

import json
import logging
import threading

import jsonschema
import numpy as np
import pytest
from fastapi.openapi.models import OpenAPI
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.hub import registry
from core.hub.contract import Prediction
from core.hub.errors import ArtifactError, LimitError, NotTrainedError, UnavailableError
from core.serving.limits import MAX_BODY_BYTES, MAX_CASES
from core.serving.shelf import Shelf
from tests.serving.fake_project import SLUG

CASE = {"length": 2.0, "petals": 5, "colour": "red", "fresh": True, "note": "x"}
ONE, MANY = f"/v1/{SLUG}/predict", f"/v1/{SLUG}/predict/batch"


def check_problem(answer, status):
    body = answer.json()
    assert answer.status_code == status, body
    assert answer.headers["content-type"] == "application/problem+json"
    assert body["status"] == status
    assert "\n" not in body["detail"]
    assert "Traceback" not in answer.text
    return body["detail"]


def test_one_case_gets_the_answer_of_the_project(client, project):
    answer = client.post(ONE, json=CASE)
    assert answer.status_code == 200
    body = answer.json()
    means = project.train(None, project.load(project.RECIPES["full"]))["means"]
    distances = np.abs(2.0 - means)
    assert body["answer"] == "small"
    assert body["probabilities"]["small"] == pytest.approx(np.exp(-distances[1]) / np.exp(-distances).sum())
    assert body["candidates"] == ["small"]
    assert body["reasons"] == [{"name": "length", "value": "2", "effect": pytest.approx(distances.min()), "unit": "cm"}]


def test_a_batch_is_answered_in_order_as_one_by_one(client):
    cases = [CASE | {"length": length} for length in (2.0, 6.0, 16.0, 1.0)]
    answers = client.post(MANY, json={"cases": cases}).json()["predictions"]
    assert [answer["answer"] for answer in answers] == ["small", "large", None, "small"]
    assert answers == [client.post(ONE, json=case).json() for case in cases]


def test_a_project_may_answer_a_batch_at_once(client, project, monkeypatch):
    cases = [CASE | {"length": length} for length in (2.0, 6.0, 16.0)]
    one_by_one = client.post(MANY, json={"cases": cases}).json()
    calls = []

    def predict_many(model, inputs):
        calls.append(len(inputs))
        return [project.predict(model, each) for each in inputs]

    monkeypatch.setattr(project, "predict_many", predict_many, raising=False)
    assert client.post(MANY, json={"cases": cases}).json() == one_by_one
    assert calls == [3]


def test_a_refusal_is_an_answer_with_its_sentence(client):
    body = client.post(ONE, json=CASE | {"length": 16}).json()
    assert body["answer"] is None
    assert body["refused"].startswith("length is 15.1")


def test_the_card_gives_words_scores_and_hashes(client):
    body = client.get(f"/v1/{SLUG}").json()
    assert body["limits"][0] == "Two flowers only."
    assert body["scores"][0]["metric"] == "accuracy"
    assert body["scores"][0]["baseline_value"] == 0.5
    assert set(body["files"]) == {"recipe.json", "scores.json", "weights/classes.json", "weights/means.npz"}


def test_the_list_names_the_built_projects_only(client):
    assert [each["slug"] for each in client.get("/v1").json()] == [SLUG]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"length": 99}, "length is 99; it must be less than or equal to 20"),
        ({"length": "5"}, "length is '5'; it must be a valid number"),
        ({"length": None}, "length is null; it must be a valid number"),
        ({"petals": 2.5}, "petals is 2.5; it must be a valid integer"),
        ({"petals": True}, "petals is true; it must be a valid integer"),
        ({"colour": "green"}, "colour is 'green'; it must be 'red' or 'blue'"),
        ({"fresh": "yes"}, "fresh is 'yes'; it must be a valid boolean"),
        ({"note": "x" * 10_001}, "note is 'xxx"),
        ({"scent": 1}, "scent is not known; leave it out"),
    ],
)
def test_a_wrong_value_is_named_with_its_limit(client, change, words):
    assert check_problem(client.post(ONE, json=CASE | change), 422).startswith(words)


def test_nothing_missing_is_filled_in(client):
    for name in CASE:
        body = {key: value for key, value in CASE.items() if key != name}
        assert check_problem(client.post(ONE, json=body), 422) == f"{name} is missing; give it a value"


def test_a_wrong_case_of_a_batch_is_named_by_its_place(client):
    detail = check_problem(client.post(MANY, json={"cases": [CASE, CASE | {"length": 0}]}), 422)
    assert detail == "cases.1.length is 0; it must be greater than or equal to 0.1"


def test_a_batch_has_one_to_a_thousand_cases(client):
    assert "at least 1 item" in check_problem(client.post(MANY, json={"cases": []}), 422)
    assert "at most 1000 items" in check_problem(client.post(MANY, json={"cases": [CASE] * (MAX_CASES + 1)}), 422)
    assert len(client.post(MANY, json={"cases": [CASE] * MAX_CASES}).json()["predictions"]) == MAX_CASES


@pytest.mark.parametrize(
    "body", [b"", b"{", b"\xff\xfe", b"[" * 100_000, b'{"length": ' + b"9" * 5_000 + b"}", b"NaN", b"null", b"[1]"]
)
def test_a_body_that_is_no_case_is_refused(client, body):
    answer = client.post(ONE, content=body, headers={"content-type": "application/json"})
    check_problem(answer, answer.status_code)
    assert answer.status_code in {400, 422}


def test_numbers_that_are_none_are_refused(client):
    for word in ("NaN", "Infinity", "-Infinity", "1e999", "1" + "0" * 400):
        body = json.dumps(CASE).replace("2.0", word)
        check_problem(client.post(ONE, content=body, headers={"content-type": "application/json"}), 422)


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        (b"", 422, "the body is missing; send an object as /openapi.json describes it"),
        (b"null", 422, "the body is null; it must be an object as /openapi.json describes it"),
        (b"true", 422, "the body is true; it must be an object as /openapi.json describes it"),
        (b"[1]", 422, "the body is a list of 1; it must be an object as /openapi.json describes it"),
        (b"{", 400, "the body is not JSON; send an object as /openapi.json describes it"),
        (b'{"note": "\xe9"}', 400, "the body cannot be read; send JSON in UTF-8"),
        (b"[" * 100_000, 400, "the body is nested too deeply to be read; send an object as /openapi.json describes it"),
        (
            b'{"a":' * 100_000,
            400,
            "the body is nested too deeply to be read; send an object as /openapi.json describes it",
        ),
        (b"9" * 4_301, 400, "the body holds too long a whole number; send numbers of at most 4,300 digits"),
        (
            b" " * (MAX_BODY_BYTES + 1),
            413,
            "the body has more than 1,000,000 bytes, the limit; send fewer cases at a time",
        ),
    ],
)
def test_a_body_that_cannot_be_taken_is_told_its_own_reason(client, body, status, words):
    answer = client.post(ONE, content=body, headers={"content-type": "application/json"})
    assert check_problem(answer, status) == words


def test_the_longest_number_that_can_be_read_is_refused_for_its_value(client):
    body = json.dumps(CASE).replace("2.0", "9" * 4_300)
    detail = check_problem(client.post(ONE, content=body, headers={"content-type": "application/json"}), 422)
    assert detail.startswith("length is 9999")
    assert len(detail) < 150


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "json", ""])
def test_what_is_not_sent_as_json_is_told_how_to_send_it(client, kind):
    answer = client.post(ONE, content=json.dumps(CASE).encode(), headers={"content-type": kind})
    assert check_problem(answer, 415) == "the body is not sent as JSON; send Content-Type: application/json"


def test_a_large_body_is_refused_by_its_length_and_by_its_bytes(client):
    large = b" " * (MAX_BODY_BYTES + 1)
    assert "1,000,000 bytes" in check_problem(client.post(MANY, content=large), 413)
    streamed = client.post(MANY, content=(large[start : start + 65_536] for start in range(0, len(large), 65_536)))
    assert "content-length" not in streamed.request.headers
    assert "1,000,000 bytes" in check_problem(streamed, 413)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(exclude_categories=())),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8) | st.sampled_from(list(CASE)), inner)
    ),
    max_leaves=12,
)
NEAR_CASE = st.fixed_dictionaries({}, optional={name: JSON | st.just(value) for name, value in CASE.items()})


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=JSON | NEAR_CASE | st.builds(lambda cases: {"cases": cases}, st.lists(NEAR_CASE, max_size=3)))
def test_no_json_breaks_it(client, body):
    content = json.dumps(body).encode()
    for address in (ONE, MANY):
        answer = client.post(address, content=content, headers={"content-type": "application/json"})
        assert answer.status_code in {200, 400, 422}
        answer.json()


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    body=st.binary(max_size=200), kind=st.sampled_from(["application/json", "text/plain", "", "multipart/form-data"])
)
def test_no_bytes_break_it(client, body, kind):
    answer = client.post(ONE, content=body, headers={"content-type": kind})
    assert answer.status_code in {400, 415, 422}


@pytest.mark.parametrize(
    ("error", "status"),
    [(ArtifactError, 503), (UnavailableError, 503), (NotTrainedError, 409), (LimitError, 413)],
)
def test_what_a_person_may_cause_is_one_sentence(client, project, monkeypatch, error, status):
    def refuse(_model, _inputs):
        message = "rows is 20; it must be 50 to 5000"
        raise error(message)

    monkeypatch.setattr(project, "predict", refuse)
    assert check_problem(client.post(ONE, json=CASE), status) == "rows is 20; it must be 50 to 5000"


def test_what_nobody_foresaw_is_an_id_in_the_answer_and_the_trace_in_the_log(client, project, monkeypatch, caplog):
    def fail(_model, _inputs):
        message = "secret detail"
        raise ZeroDivisionError(message)

    monkeypatch.setattr(project, "predict", fail)
    with caplog.at_level(logging.ERROR, logger="core.serving.api"):
        answer = client.post(ONE, json=CASE)
    detail = check_problem(answer, 500)
    assert answer.json()["id"] in detail
    assert "secret detail" not in answer.text
    assert answer.headers["x-content-type-options"] == "nosniff"
    record = next(record for record in caplog.records if answer.json()["id"] in record.getMessage())
    assert record.exc_info[0] is ZeroDivisionError


def test_an_answer_that_is_no_number_is_an_error_and_not_a_guess(client, project, monkeypatch):
    monkeypatch.setattr(project, "predict", lambda _model, _inputs: Prediction(float("nan"), "broken"))
    check_problem(client.post(ONE, json=CASE), 500)


@pytest.mark.parametrize(("method", "address", "status"), [
    ("GET", "/nowhere", 404), ("GET", ONE, 405), ("DELETE", "/health", 405), ("POST", "/v1/unbuilt/predict", 404),
    ("GET", "/docs", 404), ("GET", "/v1/../../etc/passwd", 404),
])  # fmt: skip
def test_a_wrong_address_is_a_problem(client, method, address, status):
    assert "/openapi.json" in check_problem(client.request(method, address), status)


def test_a_wrong_method_is_told_the_right_one(client):
    assert client.get(ONE).headers["allow"] == "POST"


def test_every_answer_carries_the_safe_headers_and_no_server_name(client):
    for answer in (client.get("/health"), client.get("/nowhere"), client.post(ONE, content=b"{")):
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["x-frame-options"] == "DENY"
        assert answer.headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"
        assert answer.headers["cache-control"] == "no-store"
        assert "server" not in answer.headers
        assert "x-powered-by" not in answer.headers


def test_live_and_ready(client):
    assert client.get("/health").json() == {"status": "live"}
    assert client.get("/ready").json() == {"status": "ready"}


def test_it_is_not_ready_while_a_stored_file_is_damaged(client, tmp_path):
    path = tmp_path / "models" / SLUG / "full" / "weights" / "classes.json"
    content = path.read_bytes()
    path.write_bytes(content + b" ")
    assert f"models/{SLUG}/full" in check_problem(client.get("/ready"), 503)
    assert client.get("/health").status_code == 200
    path.write_bytes(content)
    assert client.get("/ready").status_code == 200


def test_it_is_not_ready_without_its_database_and_does_not_name_it(client, monkeypatch):
    class Store:
        def check(self):
            message = "the database db.internal:5432 cannot be used"
            raise UnavailableError(message)

    monkeypatch.setattr("core.hub.store.open_store", Store)
    assert "db.internal" not in check_problem(client.get("/ready"), 503)


def test_a_damaged_model_is_never_loaded_and_a_mended_one_is(client, tmp_path):
    path = tmp_path / "models" / SLUG / "full" / "weights" / "means.npz"
    content = path.read_bytes()
    path.write_bytes(content[:-1])
    assert "sha256" in check_problem(client.post(ONE, json=CASE), 503)
    path.write_bytes(content)
    assert client.post(ONE, json=CASE).status_code == 200


def test_many_threads_load_a_model_once(project, monkeypatch):
    loads, shelf, barrier = [], Shelf(), threading.Barrier(8)
    load_model = project.load_model
    monkeypatch.setattr(project, "load_model", lambda folder: loads.append(folder) or load_model(folder))
    taken = []

    def take():
        barrier.wait()
        taken.append(shelf.take(SLUG))

    threads = [threading.Thread(target=take) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(loads) == 1
    assert len({id(served) for served in taken}) == 1


def find_references(node):
    if isinstance(node, dict):
        yield from (value for key, value in node.items() if key == "$ref")
        for value in node.values():
            yield from find_references(value)
    elif isinstance(node, list):
        for value in node:
            yield from find_references(value)


def resolve(document, schema):
    return schema | {"components": document["components"]}


def test_the_openapi_document_is_valid_and_its_examples_are_accepted(client):
    document = client.get("/openapi.json").json()
    OpenAPI.model_validate(document)
    for reference in find_references(document):
        node = document
        for part in reference.removeprefix("#/").split("/"):
            node = node[part]
    operations = [each for path in document["paths"].values() for each in path.values()]
    assert len({each["operationId"] for each in operations}) == len(operations)
    for address in (ONE, MANY):
        operation = document["paths"][address]["post"]
        schema = operation["requestBody"]["content"]["application/json"]["schema"]
        name = schema["$ref"].rpartition("/")[2]
        example = document["components"]["schemas"][name]["example"]
        jsonschema.Draft202012Validator(resolve(document, schema)).validate(example)
        answer = client.post(address, json=example)
        assert answer.status_code == 200
        said = operation["responses"]["200"]["content"]["application/json"]["schema"]
        jsonschema.Draft202012Validator(resolve(document, said)).validate(answer.json())
        assert set(operation["responses"]) == {"200", "400", "413", "415", "422", "503"}


def test_the_schema_states_the_ranges_of_the_form(client):
    case = client.get("/openapi.json").json()["components"]["schemas"]["FakeFlowersCase"]
    length = case["properties"]["length"]
    assert (length["type"], length["minimum"], length["maximum"]) == ("number", 0.1, 20.0)
    assert length["description"] == "Length in cm. Of the petal."
    assert case["properties"]["colour"]["enum"] == ["red", "blue"]
    assert case["additionalProperties"] is False
    assert case["required"] == list(CASE)


def test_an_app_without_projects_still_lives(client, monkeypatch):
    from core.serving.api import make_app

    monkeypatch.setattr(registry, "PROJECTS", ())
    assert [path for path in make_app().openapi()["paths"] if path.startswith("/v1/")] == []
    assert client.get("/health").status_code == 200
