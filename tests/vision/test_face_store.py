"""What is stored of a signed-in user's people, and that nothing of it is left after erasure."""

import json
import logging

import numpy as np
import pytest
import sqlalchemy as sa

from core.hub.errors import DataError, UnavailableError
from core.hub.store import Store
from core.vision.face_recognition import expiry, store_people
from core.vision.face_recognition.consent import make_consent
from core.vision.face_recognition.simulated import simulate_people
from core.vision.face_recognition.store_people import PEOPLE, PeopleStore, erase_expired

NOW, DAY_S = 1_000_000.0, 86_400.0
N_PEOPLE = 12


@pytest.fixture
def store(tmp_path):
    opened = Store(f"sqlite:///{tmp_path}/hub.sqlite3")
    yield opened
    opened.close()


@pytest.fixture
def clock():
    return [NOW]


@pytest.fixture(scope="module")
def faces():
    vectors, person = simulate_people(N_PEOPLE, 3, seed=1)
    return [vectors[person == place] for place in range(N_PEOPLE)]


@pytest.fixture
def kept(store, clock, faces):
    """Keep twelve people of one user."""
    people = PeopleStore(store, "ada@example.org", lambda: clock[0])
    gallery = people.load(gate=0.95)
    for place, each in enumerate(faces):
        consent = make_consent(f"giver {place:02}", NOW, agreed=True, days=place + 1)
        gallery.add(f"unusual name {place:02}", each, consent, allow_alike=True)
    people.save(gallery)
    return people


def find_files(folder, content):
    """Grep every file of a folder for some bytes."""
    return [path.name for path in folder.rglob("*") if path.is_file() and content in path.read_bytes()]


def find_traces(folder, vectors, name):
    """Grep for each number run of each vector, and for a name."""
    traces = [find_files(folder, vector.tobytes()[start : start + 32]) for vector in vectors for start in (0, 496, 992)]
    return [found for found in (*traces, find_files(folder, name.encode())) if found]


def test_a_stored_gallery_is_read_back_to_the_last_bit(kept, faces):
    people = kept.load().people
    assert [each.name for each in people] == [f"unusual name {place:02}" for place in range(N_PEOPLE)]
    assert all(np.array_equal(each.vectors, mine) for each, mine in zip(people, faces, strict=True))
    assert people[3].consent == make_consent("giver 03", NOW, agreed=True, days=4)


def test_nothing_of_an_erased_person_is_left_in_any_file(kept, faces, tmp_path):
    assert find_traces(tmp_path, faces[5], "unusual name 05")
    kept.erase(kept.load().people[5].key)
    assert find_traces(tmp_path, faces[5], "unusual name 05") == []
    assert find_traces(tmp_path, faces[6], "unusual name 06")


def test_saving_after_a_removal_erases(kept, faces, tmp_path):
    gallery = kept.load(gate=0.95)
    gallery.remove(gallery.people[7].key)
    kept.save(gallery)
    assert find_traces(tmp_path, faces[7], "unusual name 07") == []
    assert len(kept.load().people) == N_PEOPLE - 1


def test_a_second_window_neither_brings_back_the_erased_nor_erases_the_new(kept, store, faces, clock, tmp_path):
    window = PeopleStore(store, "ada@example.org", lambda: clock[0])
    stale = window.load(gate=0.95)
    fresh = kept.load(gate=0.95)
    fresh.remove(fresh.people[4].key)
    added = fresh.add("added", simulate_people(1, 1, seed=9)[0], make_consent("x", NOW, agreed=True), allow_alike=True)
    kept.save(fresh)
    stale.rename(stale.people[0].key, "renamed")
    window.save(stale)
    people = kept.load().people
    assert {each.name for each in people} >= {"added", "renamed"}
    assert added.key in {each.key for each in people}
    assert len(people) == N_PEOPLE
    assert find_traces(tmp_path, faces[4], "unusual name 04") == []


def test_a_renamed_person_leaves_no_old_name(kept, tmp_path):
    gallery = kept.load(gate=0.95)
    gallery.rename(gallery.people[0].key, "plain")
    kept.save(gallery)
    assert find_files(tmp_path, b"unusual name 00") == []
    assert kept.load().people[0].name == "plain"


def test_erasing_everybody_leaves_nothing(kept, faces, tmp_path):
    kept.erase_all()
    assert kept.load().people == ()
    for place, each in enumerate(faces):
        assert find_traces(tmp_path, each, f"giver {place:02}") == []


def test_an_expired_consent_erases_from_the_files(kept, faces, tmp_path, clock):
    clock[0] = NOW + 2 * DAY_S
    assert len(kept.load().people) == N_PEOPLE - 2
    assert find_traces(tmp_path, faces[0], "unusual name 00") == []
    assert find_traces(tmp_path, faces[1], "unusual name 01") == []


@pytest.mark.usefixtures("kept")
def test_expiry_reaches_owners_who_never_come_back(store):
    assert erase_expired(store, NOW + 400 * DAY_S) == N_PEOPLE
    assert erase_expired(store, NOW + 400 * DAY_S) == 0


def test_a_busy_database_is_told_and_cleared_at_the_next_try(kept, store, faces, tmp_path, monkeypatch):
    monkeypatch.setattr(store_people, "BUSY_S", 0.01)
    key = kept.load().people[2].key
    with store.read() as reader:
        reader.execute(sa.select(PEOPLE.c.key)).all()
        with pytest.raises(UnavailableError, match="the people are erased, but the database is busy"):
            kept.erase(key)
    assert key not in {each.key for each in kept.load().people}
    kept.erase(key)
    assert find_traces(tmp_path, faces[2], "unusual name 02") == []


def test_two_users_never_meet(kept, store, clock, faces):
    other = PeopleStore(store, "grace@example.org", lambda: clock[0])
    assert other.load().people == ()
    for person in kept.load().people:
        other.erase(person.key)
    other.save(other.load())
    other.erase_all()
    assert len(kept.load().people) == N_PEOPLE
    assert other.load().identify(faces[0][0]).name is None


@pytest.mark.usefixtures("kept")
def test_only_a_hash_of_the_owner_is_written(store, tmp_path):
    assert find_files(tmp_path, b"ada@example.org") == []
    with store.read() as connection:
        owners = set(connection.execute(sa.select(PEOPLE.c.owner)).scalars())
    assert {len(owner) for owner in owners} == {64}


@pytest.mark.usefixtures("kept")
def test_no_column_could_hold_a_picture(store):
    with store.read() as connection:
        sizes = connection.execute(sa.select(sa.func.length(PEOPLE.c.vectors))).scalars().all()
    assert set(sizes) == {3 * 128 * 8}
    assert [each.name for each in PEOPLE.columns if isinstance(each.type, sa.LargeBinary)] == ["vectors"]


def test_nobody_signed_in_keeps_nothing(store):
    with pytest.raises(DataError, match="memory alone"):
        PeopleStore(store, "  ")


def test_nothing_is_logged(kept, caplog):
    with caplog.at_level(logging.DEBUG):
        gallery = kept.load(gate=0.95)
        kept.save(gallery)
        kept.erase(gallery.people[0].key)
    assert caplog.records == []


@pytest.mark.usefixtures("kept")
def test_what_expires_is_erased_from_the_files_though_nobody_asks(faces, tmp_path, clock):
    clock[0] = NOW + DAY_S
    assert find_traces(tmp_path, faces[0], "unusual name 00")
    expiry.drop_all()
    assert find_traces(tmp_path, faces[0], "unusual name 00") == []
    assert find_traces(tmp_path, faces[1], "unusual name 01")


def test_who_was_erased_in_another_window_is_named_in_no_window_after_it_saves(kept, store, clock, faces):
    window = PeopleStore(store, "ada@example.org", lambda: clock[0])
    stale = window.load(gate=0.6)
    kept.erase(kept.load().people[4].key)
    window.save(stale)
    assert "unusual name 04" not in {each.name for each in stale.people}
    assert stale.identify(faces[4][0]).name != "unusual name 04"


def test_a_window_writes_only_what_it_changed(kept, store, clock):
    window = PeopleStore(store, "ada@example.org", lambda: clock[0])
    stale, fresh = window.load(gate=0.95), kept.load(gate=0.95)
    fresh.rename(fresh.people[0].key, "renamed")
    kept.save(fresh)
    stale.remove(stale.people[1].key)
    window.save(stale)
    names = [each.name for each in kept.load().people]
    assert names[:2] == ["renamed", "unusual name 02"]


@pytest.mark.parametrize("kind", ["<f4", "<f8", "json"])
def test_no_form_of_an_erased_vector_is_left(kept, faces, tmp_path, kind):
    kept.erase(kept.load().people[5].key)
    for vector in faces[5]:
        trace = json.dumps(vector.tolist())[1:60].encode() if kind == "json" else vector.astype(kind).tobytes()[:32]
        assert find_files(tmp_path, trace) == []
