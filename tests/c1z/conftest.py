"""What the tests of the c1z package share: small working databases, and a reader that uses none of our code."""

import io
import sqlite3
from contextlib import closing
from pathlib import Path

import apsw
import pytest
import zstandard

from connector_host.c1z import ksuid
from connector_host.c1z.v1 import schema

GOLDEN = Path(__file__).resolve().parents[3] / "shared" / "golden"
TABLES = ("resource_types", "resources", "entitlements", "grants", "assets", "connector_sessions")


@pytest.fixture
def golden():
    """The folder of the Go tools' files."""
    if not GOLDEN.is_dir():
        pytest.skip("the golden files of the Go tools are not beside the checkout")
    return GOLDEN


@pytest.fixture
def golden_v1(golden):
    """The paths of the Go tools' v1 files."""
    return [path for path in sorted(golden.glob("*/*.c1z")) if path.read_bytes()[:5] == b"C1ZF\x00"]


class Plain:
    """A v1 file as the standard library sees it."""

    def __init__(self, path, scratch):
        packed = Path(path).read_bytes()
        assert packed[:5] == b"C1ZF\x00"
        self.frame = zstandard.get_frame_parameters(packed[5:])
        self.image = zstandard.ZstdDecompressor().stream_reader(io.BytesIO(packed[5:]), read_across_frames=True).read()
        self.database = Path(scratch) / f"plain-{abs(hash(packed))}.db"
        self.database.write_bytes(self.image)
        self.db = sqlite3.connect(self.database)

    def ask(self, sql, *values):
        return self.db.execute(sql, values).fetchall()

    def rows(self, sync_id, table):
        """The rows of a sync without id and sync_id, as a set of tuples."""
        names = [row[1] for row in self.ask(f"pragma table_info(v1_{table})") if row[1] not in {"id", "sync_id"}]
        return set(self.ask(f"select {', '.join(names)} from v1_{table} where sync_id = ?", sync_id))

    def syncs(self):
        return [row[0] for row in self.ask("select sync_id from v1_sync_runs order by id")]


@pytest.fixture
def plain(tmp_path):
    """Open a v1 file with the standard library: `plain(path)`."""
    opened = []

    def open_plain(path):
        opened.append(Plain(path, tmp_path))
        return opened[-1]

    yield open_plain
    for file in opened:
        file.db.close()


def fill(db, sync_id, *, grants=20, mark=b"", started="2026-01-01 10:00:00"):
    """One unfinished sync: a type without resources, two with, an entitlement, grants, a session value, an asset."""
    at = "2026-01-01 10:00:01.5"
    put = db.execute
    put(
        "insert into v1_sync_runs (sync_id, started_at, sync_token, grants_backfilled) values (?, ?, '', 1)",
        (sync_id, started),
    )
    for name in ("app", "group", "user"):
        put(
            "insert into v1_resource_types (external_id, data, sync_id, discovered_at) values (?, ?, ?, ?)",
            (name, b"type" + mark, sync_id, at),
        )
    resources = [("group", "group:g1", None, None), ("user", "user:boss", "group", "g1")]
    resources += [("user", f"user:u{number}", "group", "g1") for number in range(grants)]
    db.executemany(
        "insert into v1_resources (resource_type_id, external_id, parent_resource_type_id, parent_resource_id, data,"
        " sync_id, discovered_at) values (?, ?, ?, ?, ?, ?, ?)",
        ((*row, row[1].encode() + mark, sync_id, at) for row in resources),
    )
    put(
        "insert into v1_entitlements (resource_type_id, resource_id, external_id, data, sync_id, discovered_at)"
        " values ('group', 'g1', 'group:g1:member', ?, ?, ?)",
        (b"member" + mark, sync_id, at),
    )
    db.executemany(
        "insert into v1_grants (resource_type_id, resource_id, entitlement_id, principal_resource_type_id,"
        " principal_resource_id, external_id, expansion, needs_expansion, data, sync_id, discovered_at)"
        " values ('group', 'g1', 'group:g1:member', 'user', ?, ?, ?, ?, ?, ?, ?)",
        (
            (
                f"u{number}",
                f"group:g1:member:user:u{number}",
                b"x" if number == 3 else None,
                int(number == 3),
                b"grant %d" % number + mark,
                sync_id,
                at,
            )
            for number in range(grants)
        ),
    )
    put("insert into v1_connector_sessions (sync_id, key, value) values (?, 'k', ?)", (sync_id, b"v" + mark))
    put(
        "insert into v1_assets (external_id, content_type, data, sync_id, discovered_at) values ('a', 'text', ?, ?, ?)",
        (b"asset" + mark, sync_id, at),
    )


@pytest.fixture
def working():
    """Make the database of a collected sync, in write-ahead mode and without the indexes of grants: its sync id."""

    def make(path, sync_id=None, **what):
        sync_id = sync_id or ksuid.new()
        with closing(apsw.Connection(str(path))) as db:
            db.pragma("journal_mode", "wal")
            schema.create_tables(db)
            with db:
                fill(db, sync_id, **what)
            for table in ("v1_resource_types", "v1_resources", "v1_entitlements"):
                schema.build_indexes(db, table, sync_id)
            db.execute("create table host_queue (id integer primary key, page_token text)")
            db.execute("insert into host_queue (page_token) values ('cursor-that-must-not-stay')")
        return sync_id

    return make
