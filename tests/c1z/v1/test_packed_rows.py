"""Packed grants of some entitlements are made rows, and ids that may be repeated elsewhere are noticed."""

import apsw
import pytest

from connector_host import EntitlementRef, Grant, GrantExpandable, Resource, ResourceId
from connector_host.c1z.v1 import schema
from connector_host.c1z.v1.packed_rows import (
    COLLECTED_GRANTS,
    PACKED,
    add_packed,
    count_packed,
    create_packed,
    expansions,
    has_foreign_ids,
    insert_packed,
    unpack_entitlements,
)
from connector_host.wire import decode
from connector_host.wire.grant_encoder import GrantEncoder
from connector_host.wire.grants.generated_runs import GeneratedRuns, shared_part
from connector_host.wire.grants.packed_grants import GrantPacker


def member(group, slug="member"):
    return EntitlementRef(Resource(ResourceId("group", group), group), slug)


def grants_on(ref, number=6):
    return [Grant(ref, ResourceId("user", f"u{position}")) for position in range(number)]


def database_of(*pages):
    database = apsw.Connection(":memory:")
    schema.create_tables(database)
    create_packed(database)
    packer = GrantPacker(GrantEncoder())
    for page in pages:
        database.executemany(insert_packed("now"), packer.pack(page))
    return database


def numbers(database):
    return dict(database.execute("select entitlement_id, count(*) from v1_grants group by 1"))


def test_rows_are_made_of_the_chosen_entitlements_only():
    expandable = Grant(member("b"), ResourceId("group", "a"), GrantExpandable(("group:a:member",)))
    database = database_of(grants_on(member("a")), [*grants_on(member("b"), 2), expandable], grants_on(member("c")))
    assert [(name, decode.expandable(data).entitlement_ids) for name, data in expansions(database, "s")] == [
        ("group:b:member", ("group:a:member",))
    ]
    unpack_entitlements(database, "s", ["group:a:member", "group:b:member", "group:b:member", "unknown"])
    assert numbers(database) == {"group:a:member": 6, "group:b:member": 3}
    assert count_packed(database) == 6
    assert [name for name, _ in expansions(database, "s")] == ["group:b:member"]
    add_packed(database, "s")
    assert numbers(database) == {"group:a:member": 6, "group:b:member": 3, "group:c:member": 6}


def test_generated_grants_stay_packed():
    database = database_of(grants_on(member("a")))
    shared = shared_part("group", "a", "group:a:member", b"")
    packed, _ = GeneratedRuns().pack(shared, [("user", b"", [f"v{number}" for number in range(9)])], {})
    database.executemany(insert_packed("now"), packed)
    unpack_entitlements(database, "s", ["group:a:member"])
    assert numbers(database) == {"group:a:member": 6}
    assert count_packed(database) == 9
    assert database.execute(f"select count(*) from {PACKED} where {COLLECTED_GRANTS}").get == 0


@pytest.mark.parametrize(
    ("pages", "foreign"),
    [
        ([grants_on(member("a")), grants_on(member("b"), 2)], False),
        ([[Grant(member("a"), ResourceId("user", "u"), id="own")]], True),
        ([[Grant(member("a"), ResourceId("user", "u"), GrantExpandable(("group:x:member",)))]], False),
        ([grants_on(member("a")), grants_on(member("a", "member:user"))], True),
        ([grants_on(member("a")), grants_on(member("a", "member2"))], False),
    ],
)
def test_ids_that_may_be_those_of_another_entitlement_are_noticed(pages, foreign):
    assert has_foreign_ids(database_of(*pages)) is foreign
