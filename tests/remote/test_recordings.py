"""Recordings of real connector processes give the rows that these connectors write themselves."""

import pytest

from connector_host.wire import stored_grants
from connector_host.wire.pb.c1.connector.v2 import objects_pb2

pytestmark = pytest.mark.golden
TABLES = ("resource_types", "resources", "entitlements", "grants")
CLASSES = {"resources": objects_pb2.Resource, "entitlements": objects_pb2.Entitlement}
LATER_COLUMNS = ("data", "expansion", "needs_expansion")
"""Columns that differ where the SDK is an old one: it marked resources, and had no column for expansions."""


def without(row, names):
    return {name: value for name, value in row.items() if name not in names}


@pytest.fixture
def own_file(recordings):
    """The file that a recorded connector writes itself."""

    def path(name):
        beside = recordings / f"{name}.c1z"
        return beside if beside.exists() else recordings.parent / name / "sync.c1z"

    return path


@pytest.mark.parametrize("name", ["synth", "onepassword-team", "file", "demo"])
def test_the_rows_are_those_of_the_connector_itself(played, sync_process, unpacked, own_file, name):
    summary = played(name)
    ours, theirs = unpacked(sync_process.file), unpacked(own_file(name))
    assert summary.counters.get("malformed items:list_grants", 0) == (name == "demo")
    for table in TABLES:
        mine, expected = ours.rows(table), theirs.rows(table)
        if name == "demo" and table == "grants":  # one grant names no principal: current SDKs leave it out, too
            expected = {key: row for key, row in expected.items() if row["principal_resource_id"]}
        assert set(mine) == set(expected)
        ignored = LATER_COLUMNS if name in ("file", "demo") else ("data",)
        for key, row in mine.items():
            shared = [column for column in expected[key] if column in row]
            assert without({column: row[column] for column in shared}, ignored) == without(
                {column: expected[key][column] for column in shared}, ignored
            )
            if name not in ("file", "demo"):
                assert comparable(table, row["data"]) == comparable(table, expected[key]["data"])


def comparable(table, data):
    """The bytes; the profile inside a trait is written in a new order by every process, so its bytes are sorted."""
    if table == "grants":
        entitlement, principal, name, annotations, origin = stored_grants.split(data)
        return comparable("entitlements", entitlement), principal, name, annotations, origin
    if table not in CLASSES:
        return data
    message = CLASSES[table].FromString(data)
    resource = message if table == "resources" else message.resource
    traits = [sorted(item.value) for item in resource.annotations]
    for item in resource.annotations:
        item.ClearField("value")
    return message.SerializeToString(deterministic=True), traits
