"""Generated grants in runs: the rows of the database are those that are written one by one."""

from collections import defaultdict

import apsw
import pytest

from connector_host.c1z.v1 import schema
from connector_host.c1z.v1.packed_rows import add_runs
from connector_host.model import Resource, ResourceId
from connector_host.wire.encode import resource
from connector_host.wire.grants.generated_runs import GeneratedRuns, shared_part
from connector_host.wire.stored_grants import GeneratedGrants, IdOnlyMessages, id_principal, sources_field

COLUMNS = ", ".join(schema.OBJECT_COLUMNS[schema.GRANTS][:-1])
DESTINATION = ("group", "g", "group:g:member", b"\x12\x0egroup:g:member")
DIRECT, INHERITED = sources_field({"a": True}), sources_field({"a": False, "b": True})


def holder(name, origin=DIRECT, principal_type="user"):
    return principal_type, name, id_principal(principal_type, name), origin


def rows_of(holders):
    database = apsw.Connection(":memory:")
    schema.create_tables(database)
    groups, messages = defaultdict(list), {}
    for principal_type, name, message, origin in holders:
        groups[principal_type, origin].append(name)
        if message != id_principal(principal_type, name):
            messages[principal_type, name] = message
    packed, others = GeneratedRuns().pack(shared_part(*DESTINATION), ((*key, groups[key]) for key in groups), messages)
    add_runs(database, "sync", [("now", run) for run in packed])
    rows = database.execute(f"select {COLUMNS} from v1_grants").fetchall()
    assert {row[:2] for row in database.execute("select sync_id, discovered_at from v1_grants")} <= {("sync", "now")}
    return rows, others


def one_by_one(holders):
    return [tuple(row[:-1]) for row in GeneratedGrants(*DESTINATION).rows(holders)]


@pytest.mark.parametrize("size", [1, 7, 120, 127, 128, 300])
def test_the_rows_are_those_that_are_written_one_by_one(size):
    holders = [holder(f"{number}".rjust(size, "x"), origin) for number in range(9) for origin in (DIRECT, INHERITED)]
    rows, others = rows_of(holders)
    assert others == []
    assert sorted(rows) == sorted(one_by_one(holders))


def test_names_of_many_lengths_and_types_and_no_origin():
    holders = [holder("é" * number, b"", kind) for number in range(1, 140) for kind in ("user", "bot")]
    rows, others = rows_of(holders)
    assert others == []
    assert sorted(rows) == sorted(one_by_one(holders))


def test_principals_with_more_than_an_id_and_few_of_an_origin_are_left():
    whole = ("user", "w", resource(Resource(ResourceId("user", "w"), "Whole")), DIRECT)
    other = ("user", "n", id_principal("user", "another"), DIRECT)
    nul = [holder(f"a\x00{number}", INHERITED) for number in range(5)]
    many, few = [holder(str(number)) for number in range(5)], [holder("z", INHERITED, "bot")]
    rows, others = rows_of([whole, *many, other, *few, *nul])
    assert sorted(rows) == sorted(one_by_one(many))
    assert sorted(others) == sorted([whole, other, *few, *nul])


def test_messages_that_hold_only_an_id_are_recognised_also_the_second_time():
    id_only = IdOnlyMessages()
    message = id_principal("user", "u1")
    whole = resource(Resource(ResourceId("user", "u1"), "Whole"))
    for _ in range(2):
        assert id_only.holds(message, "user", "u1")
        assert not id_only.holds(message, "user", "u2")
        assert not id_only.holds(message, "bot", "u1")
        assert not id_only.holds(whole, "user", "u1")
