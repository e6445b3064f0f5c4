"""Equal orders share a job; it ends early, and is deleted, only when nobody wants it; caps hold. On both databases."""

from __future__ import annotations

import pytest

from core.hub.errors import LimitError
from core.hub.jobs.claims import Caps, Claims
from core.hub.jobs.job import Outcome
from core.hub.jobs.ledger import Ledger
from core.hub.jobs.owner import make_owner
from core.hub.store import Store

COLUMNS = {"page": "iris", "function": "f", "recipe_class": "c", "recipe": "{}", "data_sha256": ""}


@pytest.fixture
def store(database_url):
    opened = Store(database_url)
    yield opened
    opened.close()


@pytest.fixture
def ledger(store, tmp_path):
    return Ledger(store, make_owner().to_text(), tmp_path)


@pytest.fixture
def claims(ledger):
    return Claims(ledger.store, ledger.owner, Caps(per_session=2, in_all=4))


def test_equal_orders_join_across_sessions(claims, ledger):
    assert claims.submit("one", "ann", "key", COLUMNS) == ("one", True)
    assert claims.submit("two", "bob", "key", COLUMNS) == ("one", False)
    assert claims.submit("three", "ann", "other key", COLUMNS) == ("three", True)
    assert [job.id for job in ledger.find_all("ann")] == ["three", "one"]
    assert [job.id for job in ledger.find_all("bob")] == ["one"]


@pytest.mark.parametrize(
    ("state", "is_joined"), [("done", True), ("failed", False), ("cancelled", False), ("lost", False)]
)
def test_only_a_good_end_is_joined(claims, ledger, state, is_joined):
    claims.submit("one", "ann", "key", COLUMNS)
    ledger.start("one")
    ledger.finish("one", Outcome(state))
    assert claims.submit("two", "bob", "key", COLUMNS) == (("one", False) if is_joined else ("two", True))


def test_a_job_that_is_stopping_is_not_joined(claims, ledger):
    claims.submit("one", "ann", "key", COLUMNS)
    ledger.start("one")
    assert claims.cancel("one", "ann")
    assert claims.submit("two", "bob", "key", COLUMNS) == ("two", True)


def test_the_sessions_cap_is_said_with_its_remedy(claims, ledger):
    for number in range(2):
        claims.submit(str(number), "ann", str(number), COLUMNS)
    with pytest.raises(
        LimitError, match="this session has 2 unfinished jobs; the limit is 2: wait for one or cancel one"
    ):
        claims.submit("2", "ann", "2", COLUMNS)
    assert claims.submit("x", "ann", "0", COLUMNS) == ("0", False), "joining costs nothing"
    ledger.finish("0", Outcome("failed"))
    assert claims.submit("2", "ann", "2", COLUMNS) == ("2", True)


def test_the_hubs_cap_is_said_with_its_remedy(claims, ledger):
    for number in range(4):
        claims.submit(str(number), f"session {number}", str(number), COLUMNS)
    with pytest.raises(LimitError, match="the hub has 4 unfinished jobs; the limit is 4: try again in a while"):
        claims.submit("4", "late", "4", COLUMNS)
    assert ledger.find("4") is None


def test_cancel_by_one_of_two_only_takes_the_job_off_the_list(claims, ledger):
    claims.submit("one", "ann", "key", COLUMNS)
    claims.submit("two", "bob", "key", COLUMNS)
    ledger.start("one")
    assert not claims.cancel("one", "ann")
    assert ledger.find_all("ann") == ()
    assert (ledger.find("one").state, ledger.find("one").is_stopping) == ("running", False)
    assert claims.cancel("one", "bob")
    assert ledger.find("one").is_stopping
    assert [job.id for job in ledger.find_all("bob")] == ["one"], "who stopped it still sees how it ended"


def test_a_stranger_cannot_cancel(claims, ledger):
    claims.submit("one", "ann", "key", COLUMNS)
    assert not claims.cancel("one", "stranger")
    assert not claims.cancel("no such job", "ann")
    assert ledger.find("one").state == "queued"


def test_a_waiting_job_is_cancelled_at_once_and_never_started(claims, ledger):
    claims.submit("one", "ann", "key", COLUMNS)
    assert claims.cancel("one", "ann")
    assert ledger.find("one").state == "cancelled"
    assert not ledger.start("one")


def test_cancelling_a_finished_job_changes_nothing(claims, ledger):
    claims.submit("one", "ann", "key", COLUMNS)
    ledger.start("one")
    ledger.finish("one", Outcome("done", summary='{"a":1}'))
    assert not claims.cancel("one", "ann")
    assert (ledger.find("one").state, ledger.find("one").summary) == ("done", {"a": 1})


def test_after_a_reload_a_person_may_stop_and_delete_their_job(claims, ledger):
    claims.submit("one", "ann", "key", COLUMNS)
    assert claims.claim("one", "ann after a reload")
    assert claims.cancel("one", "ann after a reload"), "the session before the reload is not another person"
    assert claims.forget("ann after a reload") == ("one",)
    assert ledger.find("one") is None
    assert ledger.find_all("ann") == ()


def test_a_reload_does_not_speak_for_the_other_person(claims, ledger):
    claims.submit("one", "ann", "key", COLUMNS)
    claims.submit("two", "bob", "key", COLUMNS)
    claims.claim("one", "bob")  # bob still watches, ann was seen longest ago
    claims.claim("one", "ann after a reload")
    assert claims.forget("ann after a reload") == ()
    assert [job.id for job in ledger.find_all("bob")] == ["one"]
    assert ledger.find_all("ann") == ()
    assert claims.cancel("one", "bob")


def test_an_unknown_id_claims_nothing(claims, ledger):
    assert not claims.claim("nobody-knows", "ann")
    assert ledger.find_all("ann") == ()


def test_forget_deletes_only_what_nobody_else_claims(claims, ledger):
    claims.submit("shared", "ann", "key", COLUMNS)
    claims.submit("own", "ann", "own key", COLUMNS)
    claims.submit("x", "bob", "key", COLUMNS)
    assert claims.forget("ann") == ("own",)
    assert ledger.find("own") is None
    assert ledger.find("shared") is not None
    assert claims.forget("ann") == ()
    assert claims.forget("bob") == ("shared",)
