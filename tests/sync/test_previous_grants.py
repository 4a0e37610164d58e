"""Reuse of unchanged grants: equal rows, fewer calls, and no grant that a complete reading would not have."""

import logging
import sqlite3
from collections import Counter
from contextlib import closing

import pytest
from msgspec.structs import replace

import connector_host as ch
from connector_host.c1z import container
from connector_host.c1z.opening import open_store
from connector_host.errors import PluginError, Stopped
from connector_host.options import resolve
from connector_host.plugins.loading import make_connector
from connector_host.run import Run
from connector_host.sync.engine import SyncSettings, run_sync
from connector_host.sync.expansion.file_expansion import roll_back_file
from connector_host.sync.previous_grants import PreviousGrants

USER = ch.ResourceType("user", "User", (ch.Trait.USER,), skip_entitlements_and_grants=True)
GROUP = ch.ResourceType("group", "Group", (ch.Trait.GROUP,))


class Directory:
    """A directory whose groups have ETags: their members in pages of two, nested groups, other systems' people."""

    def __init__(self):
        self.members = {f"g{n}": [f"u{m}" for m in range(n, n + 5)] for n in range(4)}
        self.nested = {"g0": ["g1"], "g2": ["g3"]}
        self.names = {name: name.upper() for name in self.members}
        self.foreign = None
        self.account = "acme"
        self.calls = Counter()
        self.etags = []

    def state(self, group):
        return f"{self.members[group]} {self.nested.get(group)}"

    def group(self, name):
        return ch.Resource(ch.ResourceId("group", name), self.names[name], traits=(ch.GroupTrait(),))

    @ch.hookimpl
    def connector_info(self):
        return ch.ConnectorInfo("Directory", api=ch.HOST_API)

    @ch.hookimpl
    def connector_options(self):
        return [ch.Option(name="region"), ch.Option(name="token", secret=True)]

    @ch.hookimpl
    def open_session(self, options):
        return options["region"]

    @ch.hookimpl
    def check_session(self):
        return ch.Identity(self.account)

    @ch.hookimpl
    def list_resource_types(self):
        return [USER, GROUP]

    @ch.hookimpl
    def list_resources(self, resource_type):
        if resource_type.id == "group":
            return [self.group(name) for name in self.members]
        return [ch.Resource(ch.ResourceId("user", f"u{n}"), f"U{n}", traits=(ch.UserTrait(),)) for n in range(9)]

    @ch.hookimpl
    def get_resource(self, resource_id):
        return self.group(resource_id.resource) if resource_id.resource_type == "group" else None

    @ch.hookimpl
    def list_entitlements(self, resource):
        return [ch.Entitlement(resource, "member", grantable_to=("user", "group"))]

    @ch.hookimpl
    def list_grants(self, resource, page_token, etag):
        name = resource.id.resource
        self.calls[name] += 1
        self.etags.append(etag)
        if etag == self.state(name):
            return ch.Page((), unchanged=True)
        start = int(page_token or 0)
        ref = resource.ref("member")
        grants = [ch.Grant(ref, ch.ResourceId("user", user)) for user in self.members[name][start : start + 2]]
        if start == 0:
            grants += [self._nested(ref, inner) for inner in self.nested.get(name, ())]
            grants.append(ch.Grant(ref, external(name), annotations=(ch.Annotation.raw_id("r1"),)))
            if self.foreign == name:
                grants.append(ch.Grant(self.group("g3").ref("member"), ch.ResourceId("user", "u0")))
        if start + 2 < len(self.members[name]):
            return ch.Page(grants, str(start + 2))
        return ch.Page(grants, etag=self.state(name))

    def _nested(self, ref, inner):
        expand = ch.GrantExpandable((f"group:{inner}:member",))
        return ch.Grant(ref, ch.ResourceId("group", inner), expand)


def external(name):
    return ch.External(ch.ResourceId("user", f"x-{name}"), ch.ExternalResourceMatchID(f"other-{name}"))


@pytest.fixture
def directory():
    return Directory()


@pytest.fixture
def sync(directory, tmp_path):
    """Sync the directory into a file and return what the run says; `stop_after` pages it is stopped and resumed."""

    def once(file, stop_after=0, region="eu", **settings):
        connector = make_connector(directory, "directory", version="1", distribution="d")
        options = resolve(connector.options, flags={"region": region, "token": "secret"}, environ={})
        run = Run(logging.getLogger("directory"))
        observer = type("Stop", (), {"left": stop_after, "run": run})()

        @ch.hookimpl
        def page_synced(hook):
            observer.left -= 1
            if observer.left == 0:
                run.stop()

        observer.page_synced = page_synced
        directory.calls.clear()
        directory.etags.clear()
        return run_sync(connector, options, SyncSettings(file=tmp_path / file, **settings), run, [observer])

    return once


def rows(path):
    with open_store(path) as store:
        view = store.view(store.syncs()[-1])
        listed = [view.resource_types(), view.resources(), view.entitlements(), view.grants()]
        return sorted(str(tuple(row)[:-1]) for listing in listed for row in listing)


@pytest.mark.parametrize("engine", ["sqlite", "pebble"])
def test_rows_are_equal_and_calls_are_saved(directory, sync, tmp_path, engine):
    sync("s.c1z", storage_engine=engine)
    assert directory.calls == dict.fromkeys(directory.members, 3)
    first = rows(tmp_path / "s.c1z")
    summary = sync("s.c1z")
    assert directory.calls == dict.fromkeys(directory.members, 1)
    assert summary.counters["unchanged grant listings"] == 4
    assert summary.counters["grants of the previous sync"] == 26
    assert rows(tmp_path / "s.c1z") == first
    sync("all.c1z", storage_engine=engine)
    assert rows(tmp_path / "all.c1z") == first
    assert summary.totals["expanded"] > 0  # inherited grants are computed anew, not taken over


def test_the_output_is_unpacked_once(sync, monkeypatch):
    """For the copy of the earlier syncs, and for the grants of the previous one: gigabytes, in a large file."""
    sync("s.c1z")
    unpacked = []
    real = container.unpack

    def unpack(path, target, *more):
        unpacked.append((path.name, target.parent.name))
        return real(path, target, *more)

    monkeypatch.setattr(container, "unpack", unpack)
    assert sync("s.c1z").counters["unchanged grant listings"] == 4
    assert unpacked == [("s.c1z", ".s.c1z.work")]


def test_a_file_without_an_index_is_used_as_well(directory, sync, tmp_path):
    sync("s.c1z")
    expected = rows(tmp_path / "s.c1z")
    container.unpack(tmp_path / "s.c1z", tmp_path / "db")
    with closing(sqlite3.connect(tmp_path / "db")) as db, db:
        db.execute("drop index idx_grants_resource_type_id_resource_id_v1")
    (tmp_path / "s.c1z").unlink()
    container.pack(tmp_path / "db", tmp_path / "s.c1z")
    sync("s.c1z")
    assert directory.calls == dict.fromkeys(directory.members, 1)
    assert rows(tmp_path / "s.c1z") == expected


def test_only_what_changed_is_read_and_a_resource_has_its_new_name(directory, sync, tmp_path):
    sync("s.c1z")
    directory.members["g1"] = ["u8"]
    directory.names["g2"] = "Renamed"
    sync("s.c1z")
    assert directory.calls == {"g0": 1, "g1": 1, "g2": 1, "g3": 1}  # g1 has one page now
    sync("all.c1z", read_all=True)
    assert rows(tmp_path / "s.c1z") == rows(tmp_path / "all.c1z")


@pytest.mark.parametrize("stop_after", [5, 7, 9])
def test_a_run_that_resumes_ends_equal(directory, sync, tmp_path, stop_after):
    sync("s.c1z")
    directory.members["g1"] = ["u8", "u7", "u6"]
    try:
        sync("s.c1z", stop_after=stop_after)
    except Stopped:
        assert sync("s.c1z").resumed
    sync("all.c1z", read_all=True)
    assert rows(tmp_path / "s.c1z") == rows(tmp_path / "all.c1z")
    sync("s.c1z")  # and the ETags are right for the next one
    assert set(directory.calls.values()) == {1}
    assert rows(tmp_path / "s.c1z") == rows(tmp_path / "all.c1z")


def test_a_run_whose_previous_file_is_gone_when_it_resumes_reads_everything(directory, sync, tmp_path):
    sync("before.c1z")
    with pytest.raises(Stopped):
        sync("s.c1z", stop_after=6, previous_file=tmp_path / "before.c1z")
    (tmp_path / "before.c1z").unlink()
    assert sync("s.c1z", previous_file=tmp_path / "before.c1z").resumed
    sync("all.c1z")
    assert rows(tmp_path / "s.c1z") == rows(tmp_path / "all.c1z")


def test_what_may_not_be_reused_is_read(directory, sync, tmp_path):
    sync("s.c1z")
    sync("s.c1z", region="us")
    assert set(directory.etags) == {None}  # other options
    sync("s.c1z", region="us", read_all=True)
    assert set(directory.etags) == {None}  # on request
    directory.account = "umbrella"
    sync("s.c1z", region="us", allow_shrink=True)
    assert set(directory.etags) == {None}  # another account
    sync("new.c1z", region="us")
    assert set(directory.etags) == {None}  # no file


def test_a_partial_sync_is_not_reused_but_the_full_one_beside_it(directory, sync, tmp_path):
    sync("s.c1z")
    sync("s.c1z", resources=("group:g1",))
    assert set(directory.etags) == {None}
    sync("s.c1z")
    assert directory.calls == dict.fromkeys(directory.members, 1)
    sync("partial.c1z", resources=("group:g1",))
    sync("partial.c1z")
    assert set(directory.etags) == {None}


def test_a_previous_file_that_cannot_be_read_is_not_used(directory, sync, tmp_path, caplog):
    sync("s.c1z")
    (tmp_path / "damaged.c1z").write_bytes((tmp_path / "s.c1z").read_bytes()[:200])
    (tmp_path / "text.c1z").write_text("no such file")
    for name in ("damaged.c1z", "text.c1z"):
        sync("new.c1z", previous_file=tmp_path / name, allow_shrink=True)
        assert set(directory.etags) == {None}
    assert "All grants are read: the previous sync cannot be used." in caplog.text
    assert rows(tmp_path / "new.c1z") == rows(tmp_path / "s.c1z")


def test_an_expansion_that_was_rolled_back_or_left_out_changes_nothing(directory, sync, tmp_path):
    sync("s.c1z")
    expected = rows(tmp_path / "s.c1z")
    with open_store(tmp_path / "s.c1z") as store:
        sync_id = store.syncs()[-1].id
    roll_back_file(tmp_path / "s.c1z", sync_id, None)
    sync("s.c1z", allow_shrink=True)
    assert directory.calls == dict.fromkeys(directory.members, 1)
    assert rows(tmp_path / "s.c1z") == expected
    sync("plain.c1z", skip_grant_expansion=True)
    sync("plain.c1z")
    assert directory.calls == dict.fromkeys(directory.members, 1)
    assert rows(tmp_path / "plain.c1z") == expected


def test_a_listing_that_returns_grants_on_other_resources_is_always_read(directory, sync, tmp_path):
    """Else a grant that its listing no longer returns would stay, or one that another listing returns would be lost."""
    directory.foreign = "g1"
    sync("s.c1z")
    sync("s.c1z")
    assert {name for name, count in directory.calls.items() if count > 1} == {"g1", "g3"}
    directory.foreign = None
    sync("s.c1z")
    sync("all.c1z", read_all=True)
    assert not any("group:g3:member:user:u0" in str(row) for row in rows(tmp_path / "s.c1z"))
    assert rows(tmp_path / "s.c1z") == rows(tmp_path / "all.c1z")


def test_a_listing_with_gaps_or_malformed_items_is_read_again(directory, sync, tmp_path):
    directory.members["g2"] = ["u1", ""]  # an empty id is malformed
    sync("s.c1z")
    sync("s.c1z")
    assert directory.etags.count(None) == 1
    assert directory.calls["g2"] == 1  # which has one page only
    original = directory.list_grants

    @ch.hookimpl
    def with_gap(resource, page_token, etag):
        page = original(resource, page_token, etag)
        return replace(page, gaps=("a role is not reported",)) if resource.id.resource == "g0" and page.items else page

    directory.members["g2"] = ["u1"]
    directory.list_grants = with_gap
    directory.members["g0"] = ["u5"]
    sync("s.c1z", allow_partial=True)
    sync("s.c1z", allow_partial=True)
    assert set(directory.etags) == {None}  # an incomplete sync is no source at all


def test_unchanged_without_an_etag_is_a_defect(directory, sync):
    @ch.hookimpl
    def list_grants(resource, etag):
        return ch.Page((), unchanged=True)

    directory.list_grants = list_grants
    with pytest.raises(PluginError, match="returned an unchanged Page, but the host passed no etag"):
        sync("s.c1z")


def test_a_connector_without_the_argument_is_as_before(sync, directory, tmp_path):
    original = directory.list_grants

    @ch.hookimpl
    def list_grants(resource, page_token):
        return original(resource, page_token, None)

    directory.list_grants = list_grants
    sync("s.c1z")
    assert not any("c1.connector.v2.ETag" in str(row) for row in rows(tmp_path / "s.c1z"))


@pytest.mark.parametrize("engine", ["sqlite", "pebble"])
def test_a_sync_that_stored_no_etag_is_not_searched_for_one(sync, directory, tmp_path, engine, monkeypatch):
    original = directory.list_grants

    @ch.hookimpl
    def list_grants(resource, page_token, etag):
        page = original(resource, page_token, etag)
        return ch.Page(page.items, page.next_token)

    directory.list_grants = list_grants
    sync("s.c1z", storage_engine=engine)
    monkeypatch.delattr(PreviousGrants, "_etag_of")
    sync("s.c1z")
    assert set(directory.etags) == {None}

    directory.list_grants = original
    sync("t.c1z", storage_engine=engine)
    with pytest.raises(AttributeError, match="_etag_of"):
        sync("t.c1z")


def test_diff_does_not_report_an_etag_as_a_change_of_the_resource(directory, sync, tmp_path, ask):
    sync("s.c1z")
    directory.members["g1"] = directory.members["g1"][:4]
    sync("s.c1z")
    told = ask("diff", "-f", tmp_path / "s.c1z", "-o", "json")
    assert told.code == 0, told.err
    changed = told.json
    assert changed["resources"] == {}
    assert len(changed["grants"]["deleted"]) == 2  # direct, and inherited through g0
