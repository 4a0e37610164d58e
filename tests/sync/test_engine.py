"""A whole sync of a small connector in this process: what is asked, and what is in the file."""

import stat
import time
from pathlib import Path

import pytest

from connector_host import (
    Entitlement,
    Grant,
    GrantExpandable,
    Page,
    Purpose,
    Resource,
    ResourceId,
    ResourceType,
    Trait,
    hookimpl,
)
from connector_host.errors import FileError, UnsupportedFormat


def test_everything_listed_is_in_the_file(sync, toy, tmp_path):
    summary, file = sync(toy)
    assert set(file.rows("resource_types")) == {"user", "group"}
    assert len(file.rows("resources")) == 10
    assert set(file.rows("entitlements")) == {f"group:g{i}:member" for i in range(3)}
    emitted = {f"group:g{i % 3}:member:user:u{i}" for i in range(7)} | {
        "group:g0:member:group:g1",
        "group:g1:member:group:g2",
    }
    assert emitted < set(file.rows("grants"))
    assert "group:g0:member:user:u2" in file.rows("grants")  # through g1 and g2
    (run,) = file.runs()
    assert (run["sync_type"], run["supports_diff"], run["grants_backfilled"]) == ("full", 1, 1)
    assert run["ended_at"] > run["started_at"]
    assert summary.totals["resources"] == 10
    assert summary.totals["grants"] == len(file.rows("grants"))
    assert summary.totals["expanded"] == len(file.rows("grants")) - 9
    assert summary.counts["group"] == {"resources": 3, "entitlements": 3, "grants": len(file.rows("grants"))}
    assert (summary.account, summary.user, summary.resumed) == ("toy", "me", False)
    assert stat.S_IMODE((tmp_path / "sync.c1z").stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir() if "work" in path.name] == []
    tables = {name for (name,) in file.db.execute("select name from sqlite_schema where type = 'table'")}
    assert all(name.startswith("v1_") for name in tables)


def test_skipping_expansion_leaves_the_connectors_grants_alone(sync, toy):
    summary, file = sync(toy, skip_grant_expansion=True)
    assert len(file.rows("grants")) == 9
    assert file.rows("grants")["group:g0:member:group:g1"]["needs_expansion"] == 1
    assert file.runs()[-1]["supports_diff"] == 0
    assert summary.totals["expanded"] == 0


@pytest.mark.parametrize("page_size", [1, 2, 50])
@pytest.mark.parametrize("workers", [1, 4])
def test_the_rows_do_not_depend_on_page_size_or_workers(sync, toy, tmp_path, page_size, workers):
    _, first = sync(toy)
    _, other = sync(toy, file=tmp_path / "other.c1z", page_size=page_size, workers=workers)
    assert other.everything() == first.everything()


def test_children_are_listed_under_each_parent_that_announces_them(sync, toy):
    def resources(kind, parent):
        if kind == "group" and parent is None:
            return [toy.group("g0", child_types=("user",)), toy.group("g1", child_types=("user",))]
        if kind == "user" and parent is not None:
            number = parent.id.resource[1:]
            return [Resource(ResourceId("user", f"u{number}"), f"U{number}", parent.id, traits=toy.user("x").traits)]
        return []

    toy.resources = resources
    _, file = sync(toy)
    users = {name: row for name, row in file.rows("resources").items() if name.startswith("user")}
    assert {name: row["parent_resource_id"] for name, row in users.items()} == {"user:u0": "g0", "user:u1": "g1"}


@pytest.mark.parametrize("workers", [1, 4])
def test_children_announced_by_the_last_listing_to_end_are_listed(sync, toy, workers):
    class Slow(type(toy)):
        @hookimpl
        def list_resources(self, session, resource_type, parent):
            if parent is not None:
                return [self.user(f"{parent.id.resource}-{number}") for number in range(3)]
            if resource_type.id == "first":
                time.sleep(0.05)
                return [Resource(ResourceId("first", f"f{number}"), child_types=("user",)) for number in range(3)]
            return []

    slow = Slow()
    slow.types = lambda: [ResourceType("first"), *type(toy).types(toy), *(ResourceType(f"t{n}") for n in range(9))]
    slow.entitlements = slow.grants = lambda resource: []
    _, file = sync(slow, workers=workers)
    assert len(file.rows("resources")) == 3 + 9


def test_resources_and_types_that_ask_to_be_skipped_are_not_asked_about(sync, toy):
    toy.resources = lambda kind, parent: (
        [
            toy.group("g0", skip_grants=True),
            toy.group("g1", skip_entitlements=True),
            toy.group("g2", skip_entitlements_and_grants=True),
            toy.group("g3"),
        ]
        if kind == "group"
        else [toy.user("u0")]
    )
    sync(toy)
    asked = {hook: {subject for name, subject, _ in toy.calls if name == hook} for hook, _, _ in toy.calls}
    assert asked["list_entitlements"] == {"g0", "g3"}
    assert asked["list_grants"] == {"g1", "g3"}


def test_a_type_may_skip_entitlements_only(sync, toy):
    toy.types = lambda: [
        ResourceType("user", "User", (Trait.USER,), skip_entitlements=True),
        ResourceType("group", "Group", (Trait.GROUP,)),
    ]
    toy.grants = lambda resource: []
    sync(toy)
    assert {subject for hook, subject, _ in toy.calls if hook == "list_entitlements"} == {"g0", "g1", "g2"}
    assert {subject for hook, subject, _ in toy.calls if hook == "list_grants"} >= {"u0", "u6"}


def test_static_entitlements_are_made_for_every_resource_of_the_type(sync, toy):
    class Static(type(toy)):
        @hookimpl
        def list_static_entitlements(self, session, resource_type, page_token):
            if resource_type.id != "group":
                return []
            template = Resource(ResourceId("group", ""))
            both = [
                Entitlement(template, "owner", Purpose.OWNERSHIP, description="May do all"),
                Entitlement(template, "member", Purpose.ASSIGNMENT, display_name="from the type"),
            ]
            at = int(page_token or 0)
            return Page(both[at : at + 1], "1" if at == 0 else None)

    connector = Static()
    resources = connector.resources
    connector.resources = lambda kind, parent: (
        [connector.group("g0", skip_entitlements_and_grants=True), *resources(kind, parent)[1:]]
        if kind == "group" and parent is None
        else resources(kind, parent)
    )
    _, file = sync(connector)
    rows = file.rows("entitlements")
    assert set(rows) == {f"group:g{i}:{slug}" for i in range(3) for slug in ("owner", "member")}
    assert b"Group g1" in rows["group:g1:owner"]["data"]
    assert b"May do all" in rows["group:g1:owner"]["data"]
    assert b"from the type" not in rows["group:g1:member"]["data"]  # listed again for the resource: the last counts
    assert b"from the type" in rows["group:g0:member"]["data"]


def test_sibling_pages_are_all_read(sync, toy):
    class Siblings(type(toy)):
        @hookimpl
        def list_grants(self, session, resource, page_token):
            grants = self.grants(resource)
            if page_token is None:
                return Page([], None, tuple(str(i) for i in range(len(grants))))
            return [grants[int(page_token)]]

    _, file = sync(Siblings())
    _, plain = sync(toy)
    assert file.rows("grants") == plain.rows("grants")


def test_grants_may_bring_their_resources(sync, toy):
    vault = Resource(ResourceId("group", "new"), "Brought", traits=toy.group("x").traits)
    listed = toy.group("g1", description="brought, too")

    class Bringing(type(toy)):
        @hookimpl
        def list_grants(self, session, resource, page_token):
            user = ResourceId("user", "u0")
            return Page([Grant(vault.ref("member"), user), Grant(listed.ref("member"), user)], insert_resources=True)

    _, file = sync(Bringing())
    rows = file.rows("resources")
    assert b"Brought" in rows["group:new"]["data"]
    assert b"brought, too" in rows["group:g1"]["data"]
    assert b"InsertResourceGrants" in file.rows("grants")["group:new:member:user:u0"]["data"]


# ----------------------------------------------------------------------------------------------- repeated ids


@pytest.mark.parametrize("page_size", [1, 50])
def test_a_repeated_resource_keeps_the_first_columns_and_the_last_message(sync, toy, page_size):
    parent = ResourceId("group", "g0")
    again = Resource(ResourceId("user", "u0"), "Again", parent, traits=toy.user("u0").traits)
    resources = toy.resources
    toy.resources = lambda kind, parent: [*resources(kind, parent), *([again] if kind == "user" and not parent else [])]
    summary, file = sync(toy, page_size=page_size)
    row = file.rows("resources")["user:u0"]
    assert b"Again" in row["data"]
    assert row["parent_resource_id"] is None
    assert summary.counters["merged resources"] == 1


@pytest.mark.parametrize("page_size", [1, 50])
def test_a_repeated_entitlement_keeps_the_last_message(sync, toy, page_size):
    entitlements = toy.entitlements
    toy.entitlements = lambda resource: [
        *entitlements(resource),
        Entitlement(resource, "member", Purpose.OWNERSHIP, display_name="Again"),
    ]
    summary, file = sync(toy, page_size=page_size)
    assert len(file.rows("entitlements")) == 3
    assert b"Again" in file.rows("entitlements")["group:g0:member"]["data"]
    assert summary.counters["merged entitlements"] == 3


@pytest.mark.parametrize("expand", [True, False])
@pytest.mark.parametrize("page_size", [1, 50])
@pytest.mark.parametrize("loses", [True, False])
def test_a_repeated_grant_keeps_the_last_message_and_its_expansion(sync, toy, page_size, expand, loses):
    grants = toy.grants

    def twice(resource):
        found = grants(resource)
        member, inner = resource.ref("member"), ResourceId("group", "g1")
        if resource.id.resource == "g0":
            expansion = None if loses else GrantExpandable(("group:g1:member",), shallow=True)
            found.append(Grant(member, inner, expansion))
        return found

    toy.grants = twice
    summary, file = sync(toy, page_size=page_size, skip_grant_expansion=not expand)
    row = file.rows("grants")["group:g0:member:group:g1"]
    assert (row["expansion"] is None, row["needs_expansion"]) == ((True, 0) if loses else (False, 1))
    assert summary.counters["merged grants"] == 1
    made = "group:g0:member:user:u1" in file.rows("grants")
    deep = "group:g0:member:user:u2" in file.rows("grants")
    assert (made, deep) == (expand and not loses, False)


# ----------------------------------------------------------------------------------------------- the output


def test_a_second_sync_is_added_to_the_file_and_a_third_drops_the_first(sync, toy):
    first, _ = sync(toy)
    toy.user = lambda name, display_name=None: type(toy).user(toy, name, "renamed")
    second, file = sync(toy)
    assert [run["sync_id"] for run in file.runs()] == [first.sync_id, second.sync_id]
    assert b"renamed" in file.rows("resources")["user:u0"]["data"]
    assert b"renamed" not in file.rows("resources", first.sync_id)["user:u0"]["data"]
    assert second.previous["grants"] == first.totals["grants"]
    third, file = sync(toy)
    assert [run["sync_id"] for run in file.runs()] == [second.sync_id, third.sync_id]
    ends = [run["ended_at"] for run in file.runs()]
    assert ends == sorted(ends)


def test_the_output_may_be_reached_through_a_link(sync, toy, tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "link.c1z").symlink_to(tmp_path / "real" / "sync.c1z")
    sync(toy, file=tmp_path / "link.c1z")
    assert (tmp_path / "link.c1z").is_symlink()
    assert (tmp_path / "real" / "sync.c1z").is_file()


@pytest.mark.parametrize(
    ("content", "error", "problem"),
    [
        (b"PK\x03\x04 a zip", FileError, "c1z"),
        (b"C1Z3\0\0\0\0\x0b\x0a\x07rocksdb\x20\x05", UnsupportedFormat, "rocksdb"),
    ],
)
def test_an_output_that_is_something_else_is_refused_before_anything_is_asked(
    sync, toy, tmp_path, content, error, problem
):
    (tmp_path / "sync.c1z").write_bytes(content)
    with pytest.raises(error, match=problem):
        sync(toy)
    assert (tmp_path / "sync.c1z").read_bytes() == content
    assert toy.calls == []
    assert toy.sessions == 0


def test_an_output_in_a_folder_that_is_not_there_is_refused(sync, toy, tmp_path):
    with pytest.raises(FileError, match="missing"):
        sync(toy, file=tmp_path / "missing" / "sync.c1z")
    assert toy.sessions == 0


def test_a_full_disk_is_one_clear_error_and_the_earlier_file_is_whole(sync, toy):
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("no /dev/full here")
    with pytest.raises(FileError):
        sync(toy, file=full)
