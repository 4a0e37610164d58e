"""Files of one format made files of the other: what fits is there, what does not is counted."""

import copy

import pytest

from connector_host.c1z import container
from connector_host.c1z.opening import open_store
from connector_host.c1z.publish.conversion import convert
from connector_host.c1z.types import ObjectKind
from connector_host.errors import ConfigError, FileError
from connector_host.query.changes.object_changes import diff_json, list_changes
from connector_host.wire.v3.format_losses import FormatLoss

EARLIER, NEWEST = "3MWRtDetLctzq8JyqM0nzwImSJz", "3MWRtRojxq56xa3PVgmKtzUUSt8"


def equal(one, other):
    """Whether the newest syncs of two files say the same, as far as both formats can."""
    with open_store(one) as first, open_store(other) as second:
        old, new = first.view(first.syncs()[-1]), second.view(second.syncs()[-1])
        assert b"".join(diff_json(old, new)) == b'{"resources":{},"entitlements":{},"grants":{}}'
        return not any(list(list_changes(old, new, kind)) for kind in ObjectKind)


def test_there_and_back_again(sync_file, tmp_path):
    there, back, again = tmp_path / "3.c1z", tmp_path / "1.c1z", tmp_path / "again.c1z"
    before = sync_file.read_bytes()
    result = convert(sync_file, there, "v3", NEWEST)
    assert result.lost == {FormatLoss.DETAILS: 4}
    assert (result.omitted_syncs, result.size) == ((), there.stat().st_size)
    assert convert(there, back, "v1", NEWEST).lost == {}
    assert convert(back, again, "v3", NEWEST).lost == {}
    assert [container.sniff(path).format for path in (there, back)] == [
        container.FileFormat.V3,
        container.FileFormat.V1,
    ]
    assert equal(sync_file, there)
    assert equal(there, back)
    assert there.read_bytes() == again.read_bytes()
    assert sync_file.read_bytes() == before
    assert there.stat().st_mode & 0o777 == 0o600
    assert not [entry for entry in tmp_path.iterdir() if entry.name.startswith(".")]


def test_another_sync_of_the_file_is_named(make_c1z, organisation, tmp_path):
    other = copy.deepcopy(organisation)
    other.resources = other.resources[:2]
    path = make_c1z(organisation, other)
    assert convert(path, tmp_path / "3.c1z", "v3", NEWEST).omitted_syncs == (EARLIER,)
    assert convert(path, tmp_path / "old.c1z", "v3", EARLIER).omitted_syncs == (NEWEST,)
    with open_store(tmp_path / "old.c1z") as store:
        assert [sync.id for sync in store.syncs()] == [EARLIER]
        assert store.view(store.syncs()[0]).count().resources == 6


def test_grants_of_one_principal_on_one_entitlement_become_one(make_c1z, organisation, tmp_path):
    def twice(db):
        columns = "resource_type_id, resource_id, entitlement_id, principal_resource_type_id, principal_resource_id"
        rest = "expansion, needs_expansion, data, sync_id, discovered_at"
        db.execute(
            f"insert into v1_grants ({columns}, external_id, {rest}) select {columns}, 'zz', {rest} from v1_grants"
            " where external_id = 'app:a1:write:user:u1'"
        )
        db.execute("insert into v1_connector_sessions (sync_id, key, value) values (?, 'k', x'00')", (NEWEST,))

    result = convert(make_c1z(organisation, tweak=twice), tmp_path / "3.c1z", "v3", NEWEST)
    assert result.lost == {FormatLoss.DETAILS: 4, FormatLoss.MERGED: 1, FormatLoss.SESSIONS: 1}
    with open_store(tmp_path / "3.c1z") as store:
        view = store.view(store.syncs()[0])
        assert [row.id for row in view.grants() if row.entitlement == "app:a1:write"] == ["app:a1:write:user:u1"]
        assert list(store.integrity()) == []
        assert store.syncs()[0].stats == view.count()


def test_what_has_no_ids_is_left_out_and_counted(make_c1z, organisation, tmp_path):
    def nameless(db):
        db.execute("update v1_grants set principal_resource_id = '' where external_id = 'app:a1:write:user:u1'")
        db.execute("update v1_entitlements set external_id = '' where external_id = 'app:a1:write'")

    result = convert(make_c1z(organisation, tweak=nameless), tmp_path / "3.c1z", "v3", NEWEST)
    assert result.lost[FormatLoss.NO_IDS] == 2


def test_slim_grants_and_expansions_inside_grants_are_read(make_c1z, organisation, tmp_path, sync_file):
    def slim(db):
        db.execute("update v1_grants set data = x'1a0178' where external_id = 'app:a1:write:user:u1'")

    path = make_c1z(organisation, tweak=slim, name="slim.c1z")
    convert(path, tmp_path / "3.c1z", "v3", NEWEST)
    assert equal(tmp_path / "3.c1z", sync_file)


@pytest.mark.parametrize(
    "change",
    [
        "v1_grants set external_id = x'05' where id = 3",
        "v1_grants set data = 'text' where id = 3",
        "v1_grants set data = x'0a7f' where id = 3",
        "v1_grants set discovered_at = 'yesterday' where id = 3",
        "v1_resources set data = x'ff' where id = 2",
        "v1_resources set resource_type_id = 'app' where id = 1",
        "v1_resource_types set data = x'1a01ff' where id = 1",
        "v1_entitlements set discovered_at = x'00'",
        "v1_sync_runs set started_at = 'never'",
    ],
)
def test_damaged_rows_are_one_clear_error(make_c1z, organisation, tmp_path, change):
    path = make_c1z(organisation, tweak=lambda db: db.execute(f"update {change}"))
    with pytest.raises(FileError) as caught:
        convert(path, tmp_path / "3.c1z", "v3", NEWEST)
    assert caught.value.hint
    assert not (tmp_path / "3.c1z").exists()
    assert not [entry for entry in tmp_path.iterdir() if entry.name.startswith(".")]


def test_ids_that_format_v1_has_once_are_counted(sync_file, tmp_path):
    from connector_host.c1z.pebble import envelope
    from connector_host.c1z.pebble.pebble_database import open_pebble, write_database
    from connector_host.c1z.v3 import keys
    from connector_host.wire.pb.c1.storage.v3 import records_pb2

    convert(sync_file, tmp_path / "3.c1z", "v3", NEWEST)
    folder, made = tmp_path / "in", tmp_path / "out"
    folder.mkdir()
    made.mkdir()
    manifest = envelope.unpack(tmp_path / "3.c1z", folder)
    with open_pebble(folder) as database:
        entries = dict(database.items())
    record = records_pb2.EntitlementRecord.FromString(entries[keys.entitlement("app", "a1", "app:a1:read")])
    record.resource.resource_id, record.source_scope_key = "a2", "scope"
    entries[keys.entitlement("app", "a2", "app:a1:read")] = record.SerializeToString()
    entries[keys.SESSIONS + b"\0x"] = b"value"
    entries[keys.STATS] += b"\x52\x05\x0a\x01a\x10\x01"
    write_database(made, sorted(entries.items()))
    envelope.pack(made, tmp_path / "twice.c1z", manifest)
    lost = convert(tmp_path / "twice.c1z", tmp_path / "1.c1z", "v1", NEWEST).lost
    assert lost == {
        FormatLoss.REPEATED: 1,
        FormatLoss.SCOPES: 1,
        FormatLoss.SESSIONS: 1,
        FormatLoss.TIMINGS: 1,
    }
    with open_store(tmp_path / "1.c1z") as store:
        view = store.view(store.syncs()[0])
        assert [row.resource for row in view.entitlements() if row.id == "app:a1:read"] == ["a1"]


def test_what_cannot_be_converted_is_refused(sync_file, make_c1z, organisation, tmp_path):
    with pytest.raises(ConfigError, match="has format v1 already"):
        convert(sync_file, tmp_path / "x.c1z", "v1", NEWEST)
    with pytest.raises(FileError, match="exists already"):
        convert(sync_file, sync_file, "v3", NEWEST)
    with pytest.raises(FileError, match="does not exist"):
        convert(tmp_path / "none.c1z", tmp_path / "x.c1z", "v3", NEWEST)
    odd = make_c1z(organisation, name="odd.c1z", ids=["not-a-ksuid"])
    with pytest.raises(FileError, match="27 letters and digits"):
        convert(odd, tmp_path / "x.c1z", "v3", "not-a-ksuid")
    strange = make_c1z(organisation, name="strange.c1z", sync_type="weekly")
    with pytest.raises(FileError, match="type 'weekly'"):
        convert(strange, tmp_path / "x.c1z", "v3", NEWEST)
    assert not (tmp_path / "x.c1z").exists()
    assert not [entry for entry in tmp_path.iterdir() if entry.name.startswith(".")]
