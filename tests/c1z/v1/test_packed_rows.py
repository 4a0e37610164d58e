"""Packed grants of some entitlements are made rows, and ids that may be repeated elsewhere are noticed."""

import apsw
import pytest

from connector_host import EntitlementRef, Grant, GrantExpandable, Resource, ResourceId
from connector_host.c1z.v1 import packed_rows, schema
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
    unpack_principals,
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


def test_rows_are_made_of_single_and_repeated_grants_on_the_chosen_entitlements(monkeypatch):
    monkeypatch.setattr(packed_rows, "MOST_PACKED", 8)
    expandable = Grant(member("b"), ResourceId("group", "a"), GrantExpandable(("group:a:member",)))
    database = database_of(
        grants_on(member("a")),
        [*grants_on(member("b")), expandable],
        grants_on(member("c"), 2),
        grants_on(member("twice")),
        grants_on(member("twice"), 5),
        grants_on(member("many"), 9),
    )
    assert [(name, decode.expandable(data).entitlement_ids) for name, data in expansions(database, "s")] == [
        ("group:b:member", ("group:a:member",))
    ]
    names = ("a", "b", "b", "twice", "many", "unknown")
    unpack_entitlements(database, "s", [f"group:{name}:member" for name in names])
    assert numbers(database) == {"group:b:member": 1, "group:twice:member": 11, "group:many:member": 9}
    assert count_packed(database) == 6 + 6 + 2
    assert [name for name, _ in expansions(database, "s")] == ["group:b:member"]
    unpack_entitlements(database, "s", ["group:b:member"])  # which has a row by now
    assert numbers(database)["group:b:member"] == 7
    add_packed(database, "s")
    assert sum(numbers(database).values()) == 6 + 7 + 2 + 11 + 9


def test_rows_are_made_of_the_grants_to_some_principals():
    bot = [Grant(member("a"), ResourceId("bot", f"u{number}")) for number in range(4)]
    database = database_of([*grants_on(member("a")), *bot], grants_on(member("b")))
    unpack_principals(database, "s", "group:a:member", lambda kind, name: kind == "bot" or name in {"u1", "u4", "u9"})
    rows = database.execute("select principal_resource_type_id, principal_resource_id from v1_grants order by 1, 2")
    assert rows.fetchall() == [*(("bot", f"u{number}") for number in range(4)), ("user", "u1"), ("user", "u4")]
    assert count_packed(database) == 4 + 6
    unpack_principals(database, "s", "group:a:member", lambda kind, name: name == "u1")
    assert sum(numbers(database).values()) == 6
    add_packed(database, "s")
    assert numbers(database) == {"group:a:member": 10, "group:b:member": 6}
    assert database.execute("select count(distinct external_id) from v1_grants").get == 16


def test_generated_grants_stay_packed():
    database = database_of(grants_on(member("a")))
    shared = shared_part("group", "a", "group:a:member", b"")
    packed, _ = GeneratedRuns().pack(shared, [("user", b"", [f"v{number}" for number in range(9)])], {})
    database.executemany(insert_packed("now"), packed)
    unpack_entitlements(database, "s", ["group:a:member"])
    unpack_principals(database, "s", "group:a:member", lambda kind, name: True)
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
        ([grants_on(member("a", slug)) for slug in ("x", "x!", "xy", "x:y")], True),
        ([grants_on(member("a", slug)) for slug in ("x!", "x!y", "xy", "x:y")], False),
    ],
)
def test_ids_that_may_be_those_of_another_entitlement_are_noticed(pages, foreign):
    assert has_foreign_ids(database_of(*pages)) is foreign
