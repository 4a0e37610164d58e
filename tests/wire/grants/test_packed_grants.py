"""Packed grants: the rows that the database makes of them are those of the encoder."""

from itertools import chain

import apsw
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connector_host import Entitlement, EntitlementRef, Grant, GrantExpandable, Purpose, Resource, ResourceId
from connector_host.c1z.v1 import schema
from connector_host.c1z.v1.packed_rows import add_packed, count_packed, create_packed, insert_packed
from connector_host.wire.grant_encoder import GrantEncoder
from connector_host.wire.grants.packed_grants import GrantPacker

COLUMNS = ", ".join(schema.OBJECT_COLUMNS[schema.GRANTS][:-1])
GROUPS = [Resource(ResourceId("group", f"g{'x' * size}"), "G") for size in (0, 1, 90, 200)]
LENGTHS = st.sampled_from(
    [1, 2, 7, 100, 113, 114, 115, 116, 117, 118, 119, 120, 122, 124, 125, 126, 127, 128, 130, 400]
)
NAMES = st.one_of(
    st.integers(0, 99999).map(str),
    LENGTHS.map(lambda size: "n" * size),
    st.text(min_size=1, max_size=6).filter(lambda text: text.isprintable()),
    st.sampled_from(['"', "\\", 'a"', "\x00", "a\x00b", "\n", "\x7f", "é☃𝄞", "[]", "null", " "]),
)
ENTITLEMENTS = st.one_of(
    st.sampled_from([EntitlementRef(group, "member") for group in GROUPS]),
    st.builds(EntitlementRef, st.sampled_from(GROUPS), st.just("owner")),
    st.builds(Entitlement, st.sampled_from(GROUPS), st.just("m"), st.just(Purpose.ASSIGNMENT)),
)
PRINCIPALS = st.builds(ResourceId, st.sampled_from(["user", "user", "bot", "b" * 130]), NAMES)
PLAIN = st.builds(lambda on, to: [Grant(on, name) for name in to], ENTITLEMENTS, st.lists(PRINCIPALS, max_size=12))
EXPANSION = GrantExpandable(("group:g:member",), False, ("user",))
UNUSUAL = st.one_of(
    st.builds(lambda on, to: [Grant(on, to, EXPANSION)], ENTITLEMENTS, PRINCIPALS),
    st.builds(lambda on, to: [Grant(on, to, id="own")], ENTITLEMENTS, PRINCIPALS),
    st.builds(lambda on, to: [Grant(on, Resource(to, "U"))], ENTITLEMENTS, PRINCIPALS),
    st.builds(lambda on, to: [Grant(on, to, sources={"a": True})], ENTITLEMENTS, PRINCIPALS),
)
PAGES = st.lists(st.one_of(PLAIN, PLAIN, UNUSUAL), max_size=5).map(lambda parts: list(chain(*parts)))


def rows_of(pages, packer):
    database = apsw.Connection(":memory:")
    schema.create_tables(database)
    create_packed(database)
    for page in pages:
        database.executemany(insert_packed("now"), packer.pack(page))
    assert count_packed(database) == sum(map(len, pages))
    add_packed(database, "sync")
    return database.execute(f"select {COLUMNS} from v1_grants order by id").fetchall()


@settings(max_examples=60, deadline=None)
@given(st.lists(PAGES, max_size=3))
def test_the_rows_are_those_of_the_encoder_in_their_order(pages):
    rows = rows_of(pages, GrantPacker(GrantEncoder()))
    assert rows == [tuple(row[:-1]) for page in pages for row in GrantEncoder().rows(page)]


def test_a_page_of_one_entitlement_is_one_row_and_small():
    (run,) = GrantPacker(GrantEncoder()).pack(
        [Grant(GROUPS[0].ref("member"), ResourceId("user", f"u{number:05d}")) for number in range(200)]
    )
    assert run.number == 200
    assert sum(len(value) for value in run if isinstance(value, (str, bytes))) < 2500
    assert run.principals()[7] == ("user", "u00007")


def test_names_of_many_lengths_share_a_row():
    (run,) = GrantPacker(GrantEncoder()).pack(
        [Grant(GROUPS[0].ref("member"), ResourceId("user", str(number))) for number in range(200)]
    )
    assert run.shortest == 1


@pytest.mark.parametrize(
    ("grant", "problem"),
    [
        (Grant(GROUPS[0].ref("m"), ResourceId("user", 7)), r"principal\.resource"),
        (Grant(GROUPS[0].ref("m"), ResourceId("user", ["x"])), r"principal\.resource"),
        (Grant(GROUPS[0].ref("m"), ResourceId("user", "\ud800")), "lone surrogate"),
        (Grant(GROUPS[0].ref("m"), "u1"), "principal"),
        (Grant("group", ResourceId("user", "u")), "entitlement"),
        ("grant", "Grant"),
    ],
)
def test_a_wrong_value_is_named(grant, problem):
    good = [Grant(GROUPS[0].ref("m"), ResourceId("user", str(number))) for number in range(9)]
    with pytest.raises((TypeError, ValueError, AttributeError), match=problem):
        GrantPacker(GrantEncoder()).pack([*good, grant])


def test_a_repeated_id_replaces_the_message_where_the_table_has_its_index():
    database = apsw.Connection(":memory:")
    schema.create_tables(database)
    create_packed(database)
    schema.create_indexes(database, schema.GRANTS)
    grant = Grant(GROUPS[0].ref("member"), ResourceId("user", "u"))
    packer = GrantPacker(GrantEncoder())
    for page in ([grant], [Grant(grant.entitlement, grant.principal, EXPANSION)]):
        database.executemany(insert_packed("now"), packer.pack(page))
    add_packed(database, "sync")
    assert database.execute("select id, needs_expansion from v1_grants").fetchall() == [(1, 1)]
