"""What the hooks give, encoded by the host, against the rows that the Go tools wrote for the same input."""

import io
from pathlib import Path

import apsw
import pytest
import zstandard

from connector_host.wire import encode
from connector_host.wire.grant_encoder import GrantEncoder
from connector_host.wire.stored_grants import sources, with_sources

GOLDEN = Path(__file__).resolve().parents[4] / "shared" / "golden"
pytestmark = [
    pytest.mark.golden,
    pytest.mark.skipif(not GOLDEN.is_dir(), reason="the files of the Go tools are not there"),
]
CASES = {
    "scenario-nested": {"scenario": GOLDEN / "scenario-nested" / "scenario.json"},
    "scenario-cycles": {"scenario": GOLDEN / "scenario-cycles" / "scenario.json"},
    "synthetic": {"users": 50, "groups": 12, "members": 20, "nested": 2},
}


@pytest.fixture(scope="module", params=CASES)
def golden(request, tmp_path_factory):
    """The case's name and its rows before expansion: dicts by external id."""
    packed = (GOLDEN / request.param / "sync.c1z").read_bytes()
    assert packed.startswith(b"C1ZF\0")
    path = tmp_path_factory.mktemp("golden") / "sync.db"
    path.write_bytes(zstandard.ZstdDecompressor().stream_reader(io.BytesIO(packed[5:])).read())
    database = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)
    rows = {
        "resource_types": {
            key: (data,) for key, data in database.execute("select external_id, data from v1_resource_types")
        },
        "resources": {
            key: tuple(row)
            for key, *row in database.execute(
                "select external_id, resource_type_id, parent_resource_type_id, parent_resource_id, data from v1_resources"
            )
        },
        "entitlements": {
            key: tuple(row)
            for key, *row in database.execute(
                "select external_id, resource_type_id, resource_id, data from v1_entitlements"
            )
        },
        "grants": {},
    }
    for row in database.execute(
        "select external_id, resource_type_id, resource_id, entitlement_id, principal_resource_type_id,"
        " principal_resource_id, expansion, needs_expansion, data from v1_grants"
    ):
        key, *columns, data = row
        origin = sources(data)
        if origin and columns[2] not in origin:
            continue  # made by expansion
        columns[6] = 0  # Go clears the mark when it has expanded
        rows["grants"][key] = (*columns, with_sources(data, {}))
    return request.param, rows


@pytest.mark.parametrize("size", [1, 2, 7, 50, None])
def test_equal_bytes(golden, open_session, walk, size):
    name, rows = golden
    seen = walk(open_session(**CASES[name]), size)
    types = {item.id: item for item in seen.types}
    assert {item.id: (encode.resource_type(item),) for item in seen.types} == rows["resource_types"]
    assert {
        str(item.id): (
            item.id.resource_type,
            item.parent.resource_type if item.parent else None,
            item.parent.resource if item.parent else None,
            encode.resource(item),
        )
        for item in seen.resources
    } == rows["resources"]
    assert {
        item.id: (item.resource.id.resource_type, item.resource.id.resource, encode.entitlement(item, types))
        for item in seen.entitlements
    } == rows["entitlements"]
    encoder = GrantEncoder()
    made = {}
    for row in encoder.rows(seen.grants):
        made[row.id] = (*row[:5], row.expansion, 0, row.data)
    assert made == rows["grants"]
    assert len(seen.grants) == len(made) > 100
