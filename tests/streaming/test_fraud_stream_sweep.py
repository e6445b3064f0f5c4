"""What a page's streams left in the database goes when their jobs do, and nothing else."""

import sqlalchemy as sa

from core.hub.store import Store
from core.streaming.fraud.sink import Sink
from core.streaming.fraud.sink_tables import ALERTS, QUARANTINE, SCHEMA
from core.streaming.fraud.stream_sweep import find_start, name_stream, sweep_streams

NOW, KEEP_S = 1_700_000_000.0, 3_600.0
ALERT = {"batch": 1, "id": 1, "seconds": 2, "customer": 3, "terminal": 4, "amount": 5.0, "score": 0.9, "reasons": "[]",
         "committed_us": 0, "published": False}  # fmt: skip
REFUSAL = {"batch": 1, "reason": "late", "sentence": "", "payload": "", "partition": 0, "offset": 1, "committed_us": 0,
           "published": False}  # fmt: skip


def count_rows(store, stream):
    tables = SCHEMA.metadata.tables.values()
    with store.read() as connection:
        rows = [sa.select(sa.func.count()).select_from(each).where(each.c.stream == stream) for each in tables]
        return sum(connection.execute(each).scalar_one() for each in rows)


def test_only_a_pages_old_streams_go_with_all_their_rows(tmp_path):
    store = Store(f"sqlite:///{tmp_path}/hub.sqlite3")
    old, new = name_stream(NOW - KEEP_S - 2), name_stream(NOW - KEEP_S + 2)
    names = (old, new, "payments", "page", "page.aabb")
    for name in names:
        Sink(store, name).save_state(0, b"state", b"gate")
        with store.write() as connection:
            connection.execute(sa.insert(ALERTS).values(stream=name, **ALERT))
            connection.execute(sa.insert(QUARANTINE).values(stream=name, **REFUSAL))
    assert sweep_streams(store, KEEP_S, NOW) == 1
    assert [count_rows(store, name) for name in names] == [0, 4, 4, 4, 4]
    assert sweep_streams(store, KEEP_S, NOW) == 0
    store.close()


def test_an_empty_database_is_swept_in_peace_and_names_differ(tmp_path):
    store = Store(f"sqlite:///{tmp_path}/hub.sqlite3")
    assert sweep_streams(store, KEEP_S, NOW) == 0
    store.close()
    assert name_stream(NOW) != name_stream(NOW)
    assert find_start(name_stream(NOW)) == int(NOW)
