"""A small organisation as a connector in this process, whose hooks a test can replace."""

from __future__ import annotations

import logging
from pathlib import Path

import apsw
import pytest
import zstandard

from connector_host import (
    HOST_API,
    ConnectorInfo,
    Entitlement,
    Grant,
    GrantExpandable,
    GroupTrait,
    Identity,
    Page,
    Purpose,
    Resource,
    ResourceId,
    ResourceType,
    Run,
    Trait,
    UserTrait,
    hookimpl,
)
from connector_host.options import Options
from connector_host.plugins.loading import make_connector
from connector_host.sync.engine import SyncSettings, run_sync

USERS = [f"u{i}" for i in range(7)]
GROUPS = [f"g{i}" for i in range(3)]


def paged(items, token, size):
    """A page of a list by offset."""
    start = int(token or 0)
    end = start + (size or 3)
    return Page(items[start:end], str(end) if end < len(items) else None)


class Toy:
    """Users and groups; g0 holds g1 and g1 holds g2; u(i) is in g(i mod 3). `calls` are (hook, subject, token)."""

    account = "toy"
    concurrency = 4

    def __init__(self):
        self.calls = []
        self.sessions = 0

    def asked(self, hook, subject, token):
        """Called first in every list hook: the place for a test's faults."""
        self.calls.append((hook, subject, token))

    @hookimpl
    def connector_info(self):
        return ConnectorInfo("Toy", HOST_API, concurrency=self.concurrency)

    @hookimpl
    def open_session(self, options, run):
        self.sessions += 1
        return object()

    @hookimpl
    def check_session(self, session):
        return Identity(account=self.account, user="me")

    @hookimpl
    def list_resource_types(self, session, page_token):
        self.asked("list_resource_types", "", page_token)
        return self.types()

    def types(self):
        return [
            ResourceType("user", "User", (Trait.USER,), skip_entitlements_and_grants=True),
            ResourceType("group", "Group", (Trait.GROUP,)),
        ]

    @hookimpl
    def list_resources(self, session, resource_type, parent, page_token, page_size):
        self.asked("list_resources", resource_type.id, page_token)
        return paged(self.resources(resource_type.id, parent), page_token, page_size)

    def resources(self, kind, parent):
        if parent is not None:
            return []
        return [self.user(name) for name in USERS] if kind == "user" else [self.group(name) for name in GROUPS]

    def user(self, name, display_name=None):
        return Resource(ResourceId("user", name), display_name or f"User {name}", traits=(UserTrait(),))

    def group(self, name, **more):
        return Resource(ResourceId("group", name), f"Group {name}", traits=(GroupTrait(),), **more)

    @hookimpl
    def list_entitlements(self, session, resource, page_token, page_size):
        self.asked("list_entitlements", resource.id.resource, page_token)
        return paged(self.entitlements(resource), page_token, page_size)

    def entitlements(self, resource):
        return [Entitlement(resource, "member", Purpose.ASSIGNMENT, grantable_to=("user", "group"))]

    @hookimpl
    def list_grants(self, session, resource, page_token, page_size):
        self.asked("list_grants", resource.id.resource, page_token)
        return paged(self.grants(resource), page_token, page_size)

    def grants(self, resource):
        member = resource.ref("member")
        number = int(resource.id.resource[1:])
        found = [Grant(member, ResourceId("user", name)) for name in USERS[number::3]]
        if number < 2:
            inner = f"g{number + 1}"
            found.append(Grant(member, ResourceId("group", inner), GrantExpandable((f"group:{inner}:member",))))
        return found


@pytest.fixture
def toy():
    return Toy()


class Synced:
    """The file of a sync, unpacked: `rows(table)` gives {external id: row as a dict}, of one sync."""

    def __init__(self, path: Path, folder: Path):
        packed = path.read_bytes()
        assert packed[:5] == b"C1ZF\0"
        database = folder / f"unpacked{len(list(folder.glob('unpacked*')))}.db"
        with zstandard.ZstdDecompressor().stream_reader(packed[5:], read_across_frames=True) as reader:
            database.write_bytes(reader.read())
        self.db = apsw.Connection(str(database))

    def runs(self):
        return self._dicts("select * from v1_sync_runs order by id")

    def rows(self, table, sync_id=None):
        sync_id = sync_id or self.runs()[-1]["sync_id"]
        rows = self._dicts(f"select * from v1_{table} where sync_id = ? order by id", sync_id)
        assert len({row["external_id"] for row in rows}) == len(rows)
        return {row["external_id"]: {k: v for k, v in row.items() if k not in VOLATILE} for row in rows}

    def everything(self):
        return {table: self.rows(table) for table in ("resource_types", "resources", "entitlements", "grants")}

    def _dicts(self, statement, *values):
        cursor = self.db.execute(statement, values)
        return [dict(zip([column[0] for column in cursor.get_description()], row, strict=True)) for row in cursor]


VOLATILE = ("id", "sync_id", "discovered_at")


@pytest.fixture
def sync(tmp_path):
    """Run a connector object into `tmp_path/sync.c1z` and give (summary, Synced)."""

    def run(plugin, *, options=None, run=None, observers=(), name="toy", **settings):
        connector = make_connector(plugin, name, version="1", distribution="toy")
        settings.setdefault("file", tmp_path / "sync.c1z")
        chosen = Options(options or {})
        summary = run_sync(connector, chosen, SyncSettings(**settings), run or Run(logging.getLogger("toy")), observers)
        return summary, Synced(settings["file"], tmp_path)

    return run


@pytest.fixture
def unpacked(tmp_path):
    """Read a finished file."""
    return lambda path: Synced(path, tmp_path)
