"""Equal orders share a job; it ends early, and is deleted, only when nobody wants it; caps hold. On both databases."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from core.hub.errors import LimitError
from core.hub.jobs.claims import Caps, Claims
from core.hub.jobs.job import Job, Outcome
from core.hub.jobs.ledger import Ledger
from core.hub.jobs.owner import make_owner
from core.hub.jobs.tables import CLAIMS
from core.hub.jobs.ticket import Ticket, make_secret, read_ticket
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


def submit(claims: Claims, job_id: str, session: str, key: str = "key") -> Ticket:
    return claims.submit(job_id, session, key, COLUMNS)[0]


def list_names(ledger: Ledger, session: str) -> list[str]:
    return [job.folder.name for job in ledger.find_all(session)]


def finish(ledger: Ledger, job_id: str, state: str = "done") -> None:
    ledger.start(job_id)
    ledger.finish(job_id, Outcome(state))


def test_equal_orders_join_across_sessions_and_each_has_a_token(claims, ledger):
    first, is_new = claims.submit("one", "ann", "key", COLUMNS)
    joined, is_new_again = claims.submit("two", "bob", "key", COLUMNS)
    assert (is_new, is_new_again) == (True, False)
    assert (first.job, joined.job) == ("one", "one")
    assert first.token != joined.token
    assert claims.submit("two", "ann", "key", COLUMNS) == (first, False), "the same session keeps its claim"
    assert submit(claims, "three", "ann", "other key").job == "three"
    assert list_names(ledger, "ann") == ["three", "one"]
    assert [job.id for job in ledger.find_all("bob")] == [joined.to_text()]


@pytest.mark.parametrize(
    ("state", "is_joined"), [("done", True), ("failed", False), ("cancelled", False), ("lost", False)]
)
def test_only_a_good_end_is_joined(claims, ledger, state, is_joined):
    submit(claims, "one", "ann")
    finish(ledger, "one", state)
    assert submit(claims, "two", "bob").job == ("one" if is_joined else "two")


def test_a_job_that_is_stopping_is_not_joined(claims, ledger):
    ann = submit(claims, "one", "ann")
    ledger.start("one")
    assert claims.cancel(ann, "ann")
    assert submit(claims, "two", "bob").job == "two"


def test_the_sessions_cap_is_said_with_its_remedy(claims, ledger):
    for number in range(2):
        submit(claims, str(number), "ann", str(number))
    with pytest.raises(
        LimitError, match="this session has 2 unfinished jobs; the limit is 2: wait for one or cancel one"
    ):
        submit(claims, "2", "ann", "2")
    assert submit(claims, "x", "ann", "0").job == "0", "joining costs nothing"
    ledger.finish("0", Outcome("failed"))
    assert submit(claims, "2", "ann", "2").job == "2"


def test_the_hubs_cap_is_said_with_its_remedy(claims, ledger):
    for number in range(4):
        submit(claims, str(number), f"session {number}", str(number))
    with pytest.raises(LimitError, match="the hub has 4 unfinished jobs; the limit is 4: try again in a while"):
        submit(claims, "4", "late", "4")
    assert ledger.find_known(["4"]) == set()


def test_cancel_by_one_of_two_only_takes_the_job_off_the_list(claims, ledger):
    ann, bob = submit(claims, "one", "ann"), submit(claims, "two", "bob")
    ledger.start("one")
    assert not claims.cancel(ann, "ann")
    assert ledger.find_all("ann") == ()
    assert (ledger.find(bob).state, ledger.find(bob).is_stopping) == ("running", False)
    assert claims.cancel(bob, "bob")
    assert ledger.find(bob).is_stopping
    assert list_names(ledger, "bob") == ["one"], "who stopped it still sees how it ended"


def test_a_stranger_cannot_cancel(claims, ledger):
    ann = submit(claims, "one", "ann")
    assert not claims.cancel(ann, "stranger")
    assert not claims.cancel(Ticket("no such job", ann.token), "ann")
    assert not claims.cancel(Ticket("one", "no such token"), "ann")
    assert ledger.find(ann).state == "queued"


def test_a_waiting_job_is_cancelled_at_once_and_never_started(claims, ledger):
    ann = submit(claims, "one", "ann")
    assert claims.cancel(ann, "ann")
    assert ledger.find(ann).state == "cancelled"
    assert not ledger.start("one")


def test_cancelling_a_finished_job_changes_nothing(claims, ledger):
    ann = submit(claims, "one", "ann")
    ledger.start("one")
    ledger.finish("one", Outcome("done", summary='{"a":1}'))
    assert not claims.cancel(ann, "ann")
    assert (ledger.find(ann).state, ledger.find(ann).summary) == ("done", {"a": 1})


def test_after_a_reload_a_person_may_stop_and_delete_their_job(claims, ledger):
    ann = submit(claims, "one", "ann")
    assert claims.claim(ann, "ann after a reload") == ann
    assert claims.cancel(ann, "ann after a reload"), "the session before the reload is not another person"
    assert claims.forget("ann after a reload") == ("one",)
    assert ledger.find(ann) is None
    assert ledger.find_all("ann") == ()


def test_forgetting_in_one_tab_forgets_in_the_other_and_in_tabs_long_closed(claims, ledger):
    ann = submit(claims, "one", "ann")
    for number in range(3):
        assert claims.claim(ann, f"tab {number}") == ann
    assert claims.forget("tab 1") == ("one",)
    assert {ledger.find_all(session) for session in ("ann", "tab 0", "tab 1", "tab 2")} == {()}


def test_a_token_joins_only_its_own_claim(claims, ledger):
    ann, bob = submit(claims, "one", "ann"), submit(claims, "two", "bob")
    assert claims.claim(ann, "ann after a reload") == ann
    assert claims.forget("ann after a reload") == ()
    assert list_names(ledger, "bob") == ["one"]
    assert ledger.find_all("ann") == ()
    assert claims.cancel(bob, "bob")


@pytest.mark.parametrize("state", ["queued", "running", "done"])
def test_who_joined_and_left_cannot_speak_for_the_other_person(claims, ledger, state):
    """The id that one person was given must not become the other's after the first one has left."""
    bob, ann = submit(claims, "one", "bob"), submit(claims, "two", "ann")
    if state != "queued":
        ledger.start("one")
    if state == "done":
        ledger.finish("one", Outcome("done"))
    claims.forget("ann")
    guesses = (ann, Ticket("one", "one"), Ticket("one", "bob"), Ticket("one", ""), Ticket("one", make_secret()))
    for ticket in guesses:
        assert claims.claim(ticket, "ann again") is None
        assert not claims.cancel(ticket, "ann again")
        assert ledger.find(ticket) is None
    assert claims.forget("ann again") == ()
    assert (ledger.find(bob).state, ledger.find(bob).is_stopping) == (state, False)


def test_a_session_with_a_claim_keeps_it_when_it_opens_anothers_address(claims, ledger):
    ann, bob = submit(claims, "one", "ann"), submit(claims, "two", "bob")
    assert claims.claim(bob, "ann") == ann
    assert claims.forget("ann") == ()
    assert ledger.find(bob) is not None


def test_an_unknown_ticket_claims_nothing(claims, ledger):
    assert claims.claim(Ticket("nobody-knows", make_secret()), "ann") is None
    assert ledger.find_all("ann") == ()


def test_forget_deletes_only_what_nobody_else_claims(claims, ledger):
    submit(claims, "shared", "ann")
    own = submit(claims, "own", "ann", "own key")
    bob = submit(claims, "x", "bob")
    assert claims.forget("ann") == ("own",)
    assert ledger.find(own) is None
    assert ledger.find(bob) is not None
    assert claims.forget("ann") == ()
    assert claims.forget("bob") == ("shared",)


def test_the_id_of_a_job_holds_no_other_persons_secret(claims, ledger):
    ann, bob = (submit(claims, make_secret(), name) for name in ("ann", "bob"))
    found: Job = ledger.find(ann)
    assert read_ticket(found.id) == ann
    assert found.folder.name == ann.job, "folders are named by the internal id"
    assert found.inputs.parent.name == ann.job
    assert bob.token not in repr(found)
    with ledger.store.read() as connection:
        assert set(connection.execute(sa.select(CLAIMS.c.token)).scalars()) == {ann.token, bob.token}


A, B = "A" * 22, "b" * 22


@pytest.mark.parametrize(
    "text",
    ["", "\0", "%00", "a.b", A, f"{A}.{B[1:]}", f"{A}.{B}b", f"{A}.{B}\n", f"../{A[3:]}.{B}", f"{A}.{B[1:]}\ud800",
     f"{A[1:]}é.{B}", f"{A}.{B}.{B}", f"{A}{B}"],
)  # fmt: skip
def test_what_has_not_the_form_of_an_id_is_none(text):
    assert read_ticket(text) is None


def test_a_secret_has_128_bits_and_the_form_of_its_half_of_an_id():
    secrets = {make_secret() for _ in range(100)}
    assert len(secrets) == 100
    for secret in secrets:
        assert read_ticket(Ticket(secret, secret).to_text()) == Ticket(secret, secret)
