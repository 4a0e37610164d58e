"""What is different between two syncs."""

import copy
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector_host import model as m
from connector_host.c1z.opening import open_store
from connector_host.c1z.types import ObjectKind
from connector_host.query.changes import object_changes as module
from connector_host.query.changes.change_report import ChangeSection, ReportedChange, SyncPair, reported_changes
from connector_host.query.changes.object_changes import diff_json, list_changes
from connector_host.query.spool import Spool
from connector_host.query.sync_selection import finished_syncs


@pytest.fixture
def pair_of(make_c1z, organisation):
    """The views of two syncs of which `change(organisation)` is the second."""
    with_stores = []

    def pair(change, **options):
        other = copy.deepcopy(organisation)
        change(other)
        opened = open_store(make_c1z(organisation, other, **options))
        with_stores.append(opened)
        store = opened.__enter__()
        return tuple(store.view(sync) for sync in store.syncs())

    yield pair
    for opened in with_stores:
        opened.__exit__(None, None, None)


def told(old, new):
    """The story as (section, mark, name, what), without what did not change."""
    pair = SyncPair(old, new)
    return [
        (section.name, one.mark, one.name, "; ".join(map(str, one.details)) or one.note)
        for section in ChangeSection
        for one in reported_changes(pair, section)
    ]


def nothing(_organisation):
    """No change."""


def test_equal_syncs_have_no_differences(pair_of):
    old, new = pair_of(nothing)
    assert told(old, new) == []
    assert json.loads(b"".join(diff_json(old, new))) == {"resources": {}, "entitlements": {}, "grants": {}}


def test_json_has_the_old_object_when_deleted_and_the_new_one_else(pair_of):
    def change(other):
        del other.resources[2]
        other.resources[1] = other.user("u2", "Robert", "bob@example.com")
        other.resources.append(other.user("u4", "Dora", "dora@example.com"))
        other.grants = [*other.grants[:-1], other.grant("app:a1:write", "user", "u4")]

    found = json.loads(b"".join(diff_json(*pair_of(change))))
    names = {mark: [one["displayName"] for one in items] for mark, items in found["resources"].items()}
    assert names == {"created": ["Dora"], "deleted": ["Bob"], "modified": ["Robert"]}
    assert found["entitlements"] == {}
    assert [one["id"] for one in found["grants"]["created"]] == ["app:a1:write:user:u4"]
    assert [one["id"] for one in found["grants"]["deleted"]] == ["app:a1:write:user:u1"]


def test_a_renamed_group_is_one_change_to_people_and_all_copies_to_programs(pair_of):
    def change(other):
        renamed = m.Resource(m.ResourceId("group", "g1"), "Engineers", traits=(m.GroupTrait(),))
        other.resources[3] = renamed
        other.entitlements[0] = m.Entitlement(
            renamed, "member", m.Purpose.ASSIGNMENT, "Engineering member", grantable_to=("user", "group")
        )
        other.grants = [
            other.grant(one.entitlement.id, one.principal.resource_type, one.principal.resource, sources=one.sources)
            if one.expandable is None
            else one
            for one in other.grants
        ]

    old, new = pair_of(change)
    assert told(old, new) == [("PRINCIPALS", "changed", "Engineers", "name: Engineering → Engineers")]
    found = json.loads(b"".join(diff_json(old, new)))
    assert len(found["resources"]["modified"]) == 1
    assert len(found["entitlements"]["modified"]) == 1
    assert len(found["grants"]["modified"]) == 2


def test_people_are_told_what_changed_in_their_words(pair_of):
    def change(other):
        other.types.append(m.ResourceType("role", "Role", (m.Trait.ROLE,)))
        other.resources[0] = other.user("u1", "Ada King", "ada@example.com", disabled=True, last_name="King")
        other.resources[5] = m.Resource(
            m.ResourceId("app", "a1"), "Payroll", description="Money", traits=(m.AppTrait(),)
        )
        other.entitlements.append(other.entitlement("app", "a1", "own", purpose=m.Purpose.OWNERSHIP))
        other.grants[2] = other.grant("group:g1:member", "user", "u3")
        other.grants[6] = other.grant(
            "app:a1:read", "user", "u1", sources={"app:a1:read": True, "group:g1:member": False}
        )
        other.grants[4] = other.grant("app:a1:read", "group", "g1", expand=("group:g1:member",), shallow=True)

    found = told(*pair_of(change))
    assert ("TYPES", "added", "Role", "") in found
    ada = next(one for one in found if one[2] == "Ada King")
    assert ada[:2] == ("PRINCIPALS", "changed")
    for part in ("name: Ada Lovelace → Ada King", "status: enabled → disabled", "profile.last_name: Lovelace → King"):
        assert part in ada[3]
    assert ("RESOURCES", "changed", "Payroll", "description: - → Money; parent: group:g1 → -") in found
    assert ("ENTITLEMENTS", "added", "Payroll own", "") in found
    assert ("MEMBERSHIPS", "removed", "Bob", "") in found
    assert ("MEMBERSHIPS", "added", "Bob", "") in found
    assert ("GRANTS", "changed", "Ada Lovelace", "held: inherited → direct") not in found  # the name is the new one
    assert ("GRANTS", "changed", "Ada King", "held: inherited → direct") in found
    assert (
        "GRANTS",
        "changed",
        "Engineering",
        "passes on to: Engineering member → Engineering member (direct holders only)",
    ) in found


def test_an_inherited_grant_says_through_what(pair_of):
    def change(other):
        other.grants.append(other.grant("app:a1:write", "user", "u2", sources={"group:g1:member": True}))

    assert told(*pair_of(change)) == [("GRANTS", "added", "Bob", "through Engineering member")]


def test_two_files_and_other_serialisations_of_the_same_are_compared_by_meaning(make_c1z, organisation):
    def reordered(db):
        """The same message with its fields in another order, and an unknown one."""
        from connector_host.wire.wire_format import scan

        for row, data in db.execute("select id, data from v1_resources").fetchall():
            fields = [data[start:end] for _, start, _, end in scan(data)]
            db.execute(
                "update v1_resources set data = ? where id = ?", (b"".join(reversed(fields)) + b"\xf8\x3f\x01", row)
            )

    first, second = make_c1z(organisation, name="a.c1z"), make_c1z(organisation, name="b.c1z", tweak=reordered)
    with open_store(first) as one, open_store(second) as other:
        old, new = (store.view(finished_syncs(store.syncs())[-1]) for store in (one, other))
        assert len(list(list_changes(old, new, ObjectKind.RESOURCE))) == 6
        assert json.loads(b"".join(diff_json(old, new)))["resources"] == {}
        assert told(old, new) == []


keys = st.text("ab:é\U0001f600", max_size=4)
sides = st.dictionaries(keys, st.binary(max_size=2))


@given(sides, sides)
def test_merging_finds_exactly_what_is_on_one_side_or_not_the_same(old, new):
    def rows(side):
        return ((key, side[key], None) for key in sorted(side))

    found = {
        (before or after)[0]: (before and before[1], after and after[1])
        for before, after in module._merged(rows(old), rows(new))
    }
    assert found == {key: (old.get(key), new.get(key)) for key in {*old, *new}}


@given(st.lists(st.binary(max_size=40)))
def test_a_spool_gives_back_what_was_put_in(texts):
    with Spool() as spool:
        for text in texts:
            spool.add(text)
        assert list(spool) == texts


def test_a_full_spool_goes_to_a_file(monkeypatch):
    large = bytes(5 << 20)
    with Spool() as spool:
        spool.add(large)
        assert spool._file._rolled
        assert list(spool) == [large]


def test_an_entry_is_plain(pair_of):
    assert ReportedChange(ChangeSection.GRANTS, "added", "a", "b", "c").details == ()


@pytest.mark.golden
def test_the_go_tools_find_the_same(golden_folder):
    folder = golden_folder / "two-syncs"
    with open_store(folder / "sync.c1z") as store:
        old, new = (store.view(sync) for sync in finished_syncs(store.syncs())[-2:])
        found = json.loads(b"".join(diff_json(old, new)))
    wanted = json.loads((folder / "diff.json").read_text())

    def multiset(document):
        return {
            kind: {mark: sorted(json.dumps(one, sort_keys=True) for one in items) for mark, items in lists.items()}
            for kind, lists in document.items()
        }

    assert multiset(found) == multiset(wanted)
    for lists in found.values():
        for items in lists.values():
            ids = [one["id"] if isinstance(one["id"], str) else ":".join(one["id"].values()) for one in items]
            assert ids == sorted(ids)
