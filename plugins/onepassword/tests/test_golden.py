"""Equal to what the Go connector gave for the same account: ids, columns, expansion, and the stored bytes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from connector_host.wire import encode
from connector_host.wire.grant_encoder import GrantEncoder, sources, with_sources

pytestmark = pytest.mark.golden

TENANTS = ("business", "edge", "team", "limited")
LIMIT = ("member", "view_items", "manage_vault")


@pytest.fixture(params=TENANTS)
def tenant(request):
    return request.param


READ = {}


@pytest.fixture
def ours(tenant, standin, open_session, everything):
    """What the connector reads from a tenant: read once for all tests of this module."""
    if tenant not in READ:
        standin.serve(tenant)
        flags = {"limit_vault_permissions": ",".join(LIMIT)} if tenant == "limited" else {}
        READ[tenant] = everything(open_session(**flags))
    return READ[tenant]


def rows(path: Path, key: str, inner: str):
    if not path.exists():
        return None
    return {
        row[inner]["id"] if inner != "resource" else name(row[inner]["id"]): row
        for row in json.loads(path.read_text())[key]
    }


def name(resource_id):
    return resource_id["resourceType"] + ":" + resource_id["resource"]


def emitted(grants):
    """What the connector itself gave: without what the host made of it by expansion."""
    kept = {}
    for key, row in grants.items():
        sources = row["grant"].get("sources", {}).get("sources", {})
        if not sources or row["grant"]["entitlement"]["id"] in sources:
            kept[key] = row["grant"]
    return kept


def test_our_copies_of_the_tenants_are_theirs(golden, tenant):
    copy = Path(__file__).parent / "tenants" / f"{tenant}.json"
    assert json.loads(copy.read_text()) == json.loads((golden / f"onepassword-{tenant}" / "tenant.json").read_text())


def test_resources(golden, tenant, ours):
    theirs = rows(golden / f"onepassword-{tenant}" / "resources.json", "resources", "resource")
    if theirs is None:
        pytest.skip("no resources.json for this tenant")
    assert sorted(str(found.id) for found in ours["resources"]) == sorted(theirs)
    for found in ours["resources"]:
        row = theirs[str(found.id)]["resource"]
        assert found.display_name == row.get("displayName", "")
        assert (found.parent and str(found.parent)) == (row.get("parentResourceId") and name(row["parentResourceId"]))
        assert (dict(found.profile) if found.profile else None) == row.get("profile")
        children = [a["resourceTypeId"] for a in row.get("annotations", []) if a["@type"].endswith("ChildResourceType")]
        assert list(found.child_types) == children
        if "status" in row:
            assert f"RESOURCE_STATUS_{found.status.status.name}" == row["status"].get(
                "status", "RESOURCE_STATUS_UNSPECIFIED"
            )
        else:
            assert found.status is None


def test_entitlements(golden, tenant, ours):
    theirs = rows(golden / f"onepassword-{tenant}" / "entitlements.json", "entitlements", "entitlement")
    ours_by_id = {item.id: item for item in ours["entitlements"]}
    assert len(ours_by_id) == len(ours["entitlements"])
    # An unknown permission is an entitlement of its own here; the Go connector gives it an empty slug and no entitlement.
    extra = set(ours_by_id) - set(theirs)
    assert set(theirs) <= set(ours_by_id)
    assert {item.rpartition(":")[2] for item in extra} == ({"move items"} if tenant == "edge" else set())
    for key, found in theirs.items():
        item, row = ours_by_id[key], found["entitlement"]
        assert (item.slug, item.display_name, item.description) == (row["slug"], row["displayName"], row["description"])
        assert f"PURPOSE_VALUE_{item.purpose.name}" == row["purpose"]
        assert list(item.grantable_to) == [kind["id"] for kind in row["grantableTo"]]
        assert str(item.resource.id) == name(row["resource"]["id"])


def test_grants(golden, tenant, ours):
    theirs = emitted(rows(golden / f"onepassword-{tenant}" / "grants.json", "grants", "grant"))
    made = {}
    for item in ours["grants"]:
        key = f"{item.entitlement.id}:{item.principal}"
        assert key not in made
        made[key] = item
    empty_slugs = {key for key, row in theirs.items() if row["entitlement"]["id"].endswith(":")}
    assert set(theirs) - empty_slugs == {key for key in made if ":move items:" not in key}
    assert len(empty_slugs) == sum(":move items:" in key for key in made) == (1 if tenant == "edge" else 0)


def test_the_stored_columns_and_bytes(golden, tenant, ours, golden_rows):
    """Resources, entitlements and grants byte for byte; the file's grants have had their sources added by expansion."""
    types = {kind.id: kind for kind in ours["types"]}
    theirs = golden_rows(golden / f"onepassword-{tenant}" / "sync.c1z")
    assert {kind.id: encode.resource_type(kind) for kind in ours["types"]} == {
        row["external_id"]: row["data"] for row in theirs["resource_types"]
    }
    assert {str(found.id): encode.resource(found) for found in ours["resources"]} == {
        row["external_id"]: row["data"] for row in theirs["resources"]
    }
    data = {row["external_id"]: row["data"] for row in theirs["entitlements"]}
    assert data == {item.id: encode.entitlement(item, types) for item in ours["entitlements"] if item.id in data}
    encoder = GrantEncoder()
    made = {row[5]: row for row in map(encoder.row, ours["grants"])}
    compared = 0
    for row in theirs["grants"]:
        if row["external_id"] not in made:
            continue
        mine = made[row["external_id"]]
        assert mine[6] == row["expansion"]
        columns = (
            "resource_type_id",
            "resource_id",
            "entitlement_id",
            "principal_resource_type_id",
            "principal_resource_id",
        )
        assert mine[:5] == tuple(row[column] for column in columns)
        origin = sources(row["data"])
        assert (with_sources(mine[8], origin) if origin else mine[8]) == row["data"]
        compared += 1
    assert compared == sum(":move items:" not in key for key in made)
