"""Golden rows taken apart into model values and written again are the same bytes."""

import json

import pytest
from msgspec.structs import replace

from connector_host.model import EntitlementRef, Grant
from connector_host.wire import decode, encode
from connector_host.wire.grant_encoder import (
    GrantEncoder,
    entitlement_field,
    generated,
    principal_bytes,
    sources,
    sources_field,
    with_sources,
)
from connector_host.wire.json import rendering
from connector_host.wire.pb.c1.connector.v2 import objects_pb2

pytestmark = pytest.mark.golden


def test_resource_types_are_written_as_they_were(golden):
    assert golden["resource_types"] or not golden["resources"]
    for row in golden["resource_types"]:
        assert encode.resource_type(decode.resource_type(row["data"])) == row["data"]


def test_resources_are_written_as_they_were(golden_of_same_form):
    for row in golden_of_same_form["resources"]:
        assert encode.resource(decode.resource(row["data"])) == row["data"]


def plain_fields(data):
    """The fields of a stored resource that every SDK version has in the same place, and its annotations' types."""
    message = objects_pb2.Resource.FromString(data)
    types = sorted(item.type_url for item in message.annotations)
    for name in ("annotations", "profile", "icon", "status", "created_at"):
        message.ClearField(name)
    return message, types


def test_resources_of_other_writers_keep_their_values(golden_of_other_form):
    for row in golden_of_other_form["resources"]:
        value = decode.resource(row["data"])
        data = encode.resource(value)
        assert decode.resource(data) == value
        assert plain_fields(data) == plain_fields(row["data"])


def test_creation_sources_of_other_writers_are_read(golden_of_other_form):
    stored = [objects_pb2.Resource.FromString(row["data"]).creation_source for row in golden_of_other_form["resources"]]
    assert [decode.resource(row["data"]).creation_source for row in golden_of_other_form["resources"]] == stored


def test_entitlements_of_other_writers_keep_their_values(golden_of_other_form):
    for row in golden_of_other_form["entitlements"]:
        value = decode.entitlement(row["data"])
        data = encode.entitlement(value, {})
        assert decode.entitlement(data) == value
        before, after = (objects_pb2.Entitlement.FromString(message) for message in (row["data"], data))
        assert plain_fields(before.resource.SerializeToString()) == plain_fields(after.resource.SerializeToString())
        for message in (before, after):
            message.ClearField("resource")
        assert before == after


def test_grants_of_other_writers_keep_their_values(golden_of_other_form):
    encoder = GrantEncoder()
    for row in golden_of_other_form["grants"]:
        value = decode.grant(row["data"], row.get("expansion"))
        if isinstance(value.entitlement, EntitlementRef):
            *columns, data, _ = encoder.row(value)
            assert columns[5] == row["external_id"]
            assert columns[6] == (encode.expandable(value.expandable) if value.expandable else None)
            assert decode.grant(data, columns[6]) == value


def test_entitlements_are_written_as_they_were(golden_of_same_form):
    for row in golden_of_same_form["entitlements"]:
        value = decode.entitlement(row["data"])
        assert encode.entitlement(value, {}) == row["data"]
        by_id = replace(value, grantable_to=tuple(kind.id for kind in value.grantable_to))
        assert encode.entitlement(by_id, {kind.id: kind for kind in value.grantable_to}) == row["data"]


def test_grants_are_written_as_they_were(golden_of_same_form):
    encoder = GrantEncoder()
    for row in golden_of_same_form["grants"]:
        value = decode.grant(row["data"], row.get("expansion"))
        if not isinstance(value.entitlement, EntitlementRef):
            continue  # made by expansion, see below
        inside = row.get("expansion") is None and value.expandable is not None  # the old schema
        wanted = (
            row["resource_type_id"],
            row["resource_id"],
            row["entitlement_id"],
            row["principal_resource_type_id"],
            row["principal_resource_id"],
            row["external_id"],
            encode.expandable(value.expandable) if inside else row.get("expansion"),
            1 if inside else row.get("needs_expansion", 0),
        )
        *columns, data, _ = encoder.row(value)
        assert tuple(columns) == wanted
        if not inside:
            assert data == row["data"]
        plain = Grant(EntitlementRef(value.entitlement.resource, value.entitlement.slug), value.principal)
        assert encoder.row(plain).data == with_sources(row["data"], {}) or value.annotations or inside


def test_generated_grants_are_joined_from_their_parts(golden):
    """The rows made by expansion: whole entitlement as stored, principal as embedded, id, mark, sources."""
    entitlements = {(row["sync_id"], row["external_id"]): row["data"] for row in golden["entitlements"]}
    principals = {}
    for row in golden["grants"]:
        who = row["principal_resource_type_id"], row["principal_resource_id"]
        principals.setdefault(who, principal_bytes(row["data"]))
    for row in golden["grants"]:
        origin = sources(row["data"])
        assert with_sources(row["data"], origin) == row["data"]
        if isinstance(decode.grant(row["data"]).entitlement, EntitlementRef):
            assert not origin or row["entitlement_id"] in origin
            continue
        prefix = entitlement_field(entitlements[row["sync_id"], row["entitlement_id"]])
        who = principals[row["principal_resource_type_id"], row["principal_resource_id"]]
        assert generated(prefix, who, row["external_id"], sources_field(origin)) == row["data"]


KINDS = {
    "resource-types.json": ("resource_types", "resourceTypes", "resourceType", rendering.resource_type),
    "resources.json": ("resources", "resources", "resource", rendering.resource),
    "entitlements.json": ("entitlements", "entitlements", "entitlement", rendering.entitlement),
    "grants.json": ("grants", "grants", "grant", rendering.grant),
}


@pytest.mark.parametrize("name", KINDS)
def test_json_is_what_baton_prints(printed, name):
    """Equal values, and keys in the same order."""
    folder, tables = printed
    table, listing, item, write = KINDS[name]
    if not (folder / name).exists():
        pytest.skip(f"{folder.name} has no {name}")
    newest = max(row["sync_id"] for row in tables[table])
    wanted = [entry[item] for entry in json.loads((folder / name).read_text(encoding="utf-8"))[listing]]
    ours = [json.loads(write(row["data"])) for row in tables[table] if row["sync_id"] == newest]
    assert ours == wanted
    assert json.dumps(ours) == json.dumps(wanted)
