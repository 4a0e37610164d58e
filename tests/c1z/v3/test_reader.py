"""Reading format v3: it answers as format v1 does, and refuses by name what it does not know."""

import contextlib
import random
from collections import Counter

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connector_host import model as m
from connector_host.c1z.opening import open_store
from connector_host.c1z.pebble import envelope
from connector_host.c1z.pebble.pebble_database import open_pebble, write_database
from connector_host.c1z.publish.conversion import convert
from connector_host.c1z.types import GrantFilter, ObjectKind
from connector_host.c1z.v1.view import V1View
from connector_host.c1z.v3 import keys, resource_rows
from connector_host.c1z.v3 import view as v3_view
from connector_host.c1z.v3.view import V3View
from connector_host.errors import FileError, UnsupportedFormat
from connector_host.wire import decode
from connector_host.wire.pb.c1.storage.v3 import records_pb2

NEWEST = "3MWRtRojxq56xa3PVgmKtzUUSt8"
MANIFEST = envelope.Manifest(engine="pebble3", payload_encoding=envelope.INDEXED)
INDEXES = (keys.BY_PARENT, keys.BY_PRINCIPAL, keys.NEEDS_EXPANSION)


class Files:
    """v3 files, taken apart and put together."""

    def __init__(self, folder):
        self._folder = folder
        self._number = 0

    def _scratch(self):
        self._number += 1
        scratch = self._folder / f"scratch{self._number}"
        scratch.mkdir()
        return scratch

    def entries(self, path):
        folder = self._scratch()
        envelope.unpack(path, folder)
        with open_pebble(folder) as database:
            return dict(database.items())

    def write(self, entries, name="made.c1z", further=()):
        folder, path = self._scratch(), self._folder / name
        path.unlink(missing_ok=True)
        write_database(folder, sorted(entries.items()))
        for other, content in dict(further).items():
            (folder / other).write_bytes(content)
        envelope.pack(folder, path, MANIFEST)
        return path


@pytest.fixture
def files(tmp_path):
    return Files(tmp_path)


@pytest.fixture
def v3_file(sync_file, tmp_path):
    """The small organisation in format v3."""
    convert(sync_file, tmp_path / "v3.c1z", "v3", NEWEST)
    return tmp_path / "v3.c1z"


@pytest.fixture
def entries(files, v3_file):
    """What is in it."""
    return files.entries(v3_file)


@contextlib.contextmanager
def viewed(path):
    with open_store(path) as store:
        yield store.view(store.syncs()[0])


def answers(path):
    """What a view says in the field's terms, whatever the order of its rows."""
    user = GrantFilter(principal=m.ResourceId("user", "u1"))
    on = GrantFilter(resource_type="app", resource="a1")
    with viewed(path) as view:
        return {
            "types": {row.id: decode.resource_type(row.data) for row in view.resource_types()},
            "resources": {row.id: (row.parent, decode.resource(row.data)) for row in view.resources()},
            "users": {row.id for row in view.resources("user")},
            "entitlements": {row.id: (row.resource_type, row.resource) for row in view.entitlements()},
            "on": {row.id for row in view.entitlements("group", "g1")},
            "grants": {(row.id, row.entitlement, row.principal_id, row.expansion) for row in view.grants()},
            "keys": {(key.entitlement, key.principal_type, key.principal) for key in view.grant_keys()},
            "of": {row.id for row in view.grants(user)},
            "held": {(key.entitlement, key.principal) for key in view.grant_keys(on)},
            "principals": set(view.principals()),
            "holders": {(who, data and decode.resource(data).display_name) for who, data in view.holders(on)},
            "expandable": {row.id for row in view.expandable_grants("group:g1:member")},
            "one": decode.resource(view.resource(m.ResourceId("user", "u1"))),
            "type": decode.resource_type(view.resource_type("app")),
            "slug": decode.entitlement(view.entitlement("app:a1:read")).slug,
            "none": (view.resource(m.ResourceId("user", "x")), view.entitlement("x"), view.grant("x")),
            "grant": view.grant("app:a1:write:user:u1").principal,
            "ids": [one for one, _, _ in view.by_id(ObjectKind.GRANT)],
            "count": view.count(),
            "dangling": list(view.dangling()),
        }


def test_it_answers_as_the_v1_file_it_was_made_from(sync_file, v3_file):
    assert answers(v3_file) == answers(sync_file)
    with open_store(sync_file) as one, open_store(v3_file) as other:
        (before,), (after,) = one.syncs(), other.syncs()
        assert other.engine == "pebble"
        assert list(other.integrity()) == []
        assert after.stats == other.view(after).count()
        for name in ("id", "type", "started_at", "ended_at", "ended", "token", "parent_id", "supports_diff"):
            assert getattr(after, name) == getattr(before, name)


def test_resources_are_the_same_by_their_keys_in_memory_and_in_a_table(files, entries, monkeypatch):
    record = next(value for key, value in entries.items() if key.endswith(b"user\x00u1"))
    entries[keys.resource("a", "b:c")] = record.replace(b"\x04user\x1a\x02u1", b"\x01a\x1a\x03b:c")
    entries[keys.resource("a:b", "c")] = record.replace(b"\x04user\x1a\x02u1", b"\x03a:b\x1a\x01c")
    entries[keys.resource("user", "u0")] = entries[keys.resource("user", "u2")]
    ids = [
        m.ResourceId(*names) for names in (("a", "b:c"), ("a:b", "c"), ("user", "u2"), ("user", "x"), ("", "\ud800"))
    ]
    answered = []
    for lookups, most in ((len(ids), 0), (1, 1 << 30), (0, 1 << 30), (1, 0), (0, 0)):
        monkeypatch.setattr(v3_view, "MOST_LOOKUPS", lookups)
        monkeypatch.setattr(resource_rows, "MOST_BYTES", most)
        with viewed(files.write(entries)) as view:
            messages = [view.resource(resource_id) for resource_id in ids]
            answered.append((messages, list(view.resources()), list(view.resources("user")), list(view.resources("x"))))
    assert all(answer == answered[0] for answer in answered)
    assert [message and decode.resource(message).id for message in answered[0][0]] == [*ids[:3], None, None]
    assert len(answered[0][1]) == 9


def test_validation_checks_the_tables_that_nothing_reads(files, entries):
    path = files.write(entries, further={"000099.sst": random.Random(1).randbytes(5000)})
    with open_store(path) as store:
        assert not list(store.integrity())
    content = bytearray(path.read_bytes())
    content[content.index(random.Random(1).randbytes(5000)[2000:2100])] ^= 1
    path.write_bytes(content)
    with viewed(path) as view:
        assert len(list(view.resources())) == 6
    with open_store(path) as store, pytest.raises(FileError, match="damaged"):
        list(store.integrity())


def test_rows_come_in_the_order_of_their_keys_and_are_numbered(v3_file):
    with viewed(v3_file) as view:
        streamed = list(view.grants())
        assert [row.row for row in streamed] == list(range(1, 9))
        assert [row.id for row in streamed][:3] == [
            "app:a1:read:group:g1",
            "app:a1:read:user:u1",
            "app:a1:read:user:u2",
        ]
        assert [view.grant_at(row.row) for row in streamed] == streamed == list(view.grants())


def test_a_question_about_resources_does_not_look_at_grants(files, entries):
    broken = {key: b"\x12\xff" if key.startswith(keys.GRANTS) else value for key, value in entries.items()}
    with viewed(files.write(broken)) as view:
        assert len(list(view.resources())) == 6
        assert view.count().grants == 8
        with pytest.raises(FileError, match="stored grant"):
            list(view.grants())
        for _ in range(2):
            with pytest.raises(FileError, match="stored grant"):
                list(view.principals())
        assert len(list(view.entitlements())) == 4


def test_no_question_is_answered_from_tables_that_nothing_was_put_into():
    asked = {name for name in vars(V1View) if not name.startswith("_")}
    assert asked <= vars(V3View).keys()


def test_a_file_without_a_sync(files):
    with open_store(files.write({})) as store:
        assert store.syncs() == []


def test_a_file_without_stored_counts_is_counted(files, entries):
    del entries[keys.STATS]
    with open_store(files.write(entries)) as store:
        assert store.syncs()[0].stats is None
        assert store.view(store.syncs()[0]).count().grants == 8


def test_a_copy_has_every_live_entry_as_it_is(files, entries, v3_file, tmp_path):
    with open_store(v3_file) as store:
        store.copy_sync(store.syncs()[0], tmp_path / "copy.c1z")
        with pytest.raises(FileError, match="exists already"):
            store.copy_sync(store.syncs()[0], tmp_path / "copy.c1z")
    assert files.entries(tmp_path / "copy.c1z") == entries
    assert envelope.read_manifest(tmp_path / "copy.c1z") == envelope.read_manifest(v3_file)


def held(path, name="u1"):
    with viewed(path) as view:
        found = list(view.grants(GrantFilter(principal=m.ResourceId("user", name))))
        assert [view.grant_at(row.row) for row in found] == found
        assert view.grant_at(-99) is None
        return [row.id for row in found]


def test_the_grants_of_a_principal_are_found_by_the_index(files, entries, v3_file):
    wanted = ["app:a1:read:user:u1", "app:a1:write:user:u1", "group:g1:member:user:u1", "group:g2:member:user:u1"]
    assert held(v3_file) == wanted
    assert held(v3_file, "u") == held(v3_file, "x") == []
    unfinished = {**entries, keys.UNFINISHED_INDEX: b""}
    del unfinished[next(key for key in entries if key.startswith(keys.BY_PRINCIPAL + b"\0user\0u1"))]
    assert held(files.write(unfinished)) == wanted
    without = {key: value for key, value in entries.items() if not key.startswith(keys.BY_PRINCIPAL)}
    assert held(files.write(without)) == wanted
    del entries[next(key for key in entries if key.startswith(keys.GRANTS) and key.endswith(b"\0user\0u1"))]
    with pytest.raises(FileError, match="names a missing grant"):
        held(files.write(entries))


# ----------------------------------------------------------------------------------------------- the fences


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        (keys.KEYSPACE_VERSION, None, "has no version of its key space"),
        (keys.KEYSPACE_VERSION, b"\0\0\0\x01", "key space version 1"),
        (keys.KEYSPACE_VERSION, b"\0\0\0\x03", "key space version 3"),
        (keys.ID_FORMAT, b"\0\0\0\x01", "format 1 of the ids"),
        (keys.ID_FORMAT, b"\0\0\0\x03", "format 3 of the ids"),
        (b"\x03\x0b\x00x", b"", "unknown kind 03 0b"),
        (b"\x03\x00\x00x", b"", "unknown kind 03 00"),
        (b"\x02\x01", b"", "unknown kind 02 01"),
        (b"\x04", b"", "unknown kind 04"),
        (b"\x03\x06\x003MWRtRojxq56xa3PVgmKtzUUSt8", b"", "several syncs"),
    ],
)
def test_another_layout_is_refused_by_its_name(files, entries, key, value, words):
    entries.pop(key, None)
    if value is not None:
        entries[key] = value
    with pytest.raises(UnsupportedFormat, match=words) as caught, open_store(files.write(entries)):
        pass
    assert caught.value.hint


def test_what_others_keep_beside_the_data_is_passed_over(files, entries):
    entries[b"\x03\x07\x08\x00x"] = bytes(8)
    entries[b"\x03\x08\x00x"] = b"1"
    entries[b"\x03\x09\x00x\x00y"] = b"value"
    entries[b"\x03\x0a\x08\x00\x00\x02"] = bytes(16)
    entries[keys.META + b"entitlement-graph"] = b"?"
    with open_store(files.write(entries)) as store:
        assert store.view(store.syncs()[0]).count().grants == 8


def legacy(entries):
    """The same file with the keys of the older layout, by which an id is a key."""
    found = {
        key: value
        for key, value in entries.items()
        if key[1] not in (3, 4, 7) and key not in (keys.ID_FORMAT, keys.STATS)
    }
    for key, value in entries.items():
        if key[1] == 3:
            found[keys.ENTITLEMENTS + b"\0" + records_pb2.EntitlementRecord.FromString(value).external_id.encode()] = (
                value
            )
        elif key[1] == 4:
            found[keys.GRANTS + b"\0" + records_pb2.GrantRecord.FromString(value).external_id.encode()] = value
    return found


def test_the_older_layout_is_read_in_todays_order(files, entries, v3_file):
    old = files.write(legacy(entries))
    assert answers(old) == answers(v3_file)
    with viewed(old) as before, viewed(v3_file) as after:
        assert [row.id for row in before.grants()] == [row.id for row in after.grants()]


def test_grants_that_fall_together_in_todays_layout_are_one(files, entries):
    old = legacy(entries)
    key = next(key for key in old if key.startswith(keys.GRANTS))
    twin = records_pb2.GrantRecord.FromString(old[key])
    twin.external_id = "zz"
    homeless = records_pb2.GrantRecord(external_id="nobody's").SerializeToString()
    old |= {keys.GRANTS + b"\0zz": twin.SerializeToString(), keys.GRANTS + b"\0y": homeless}
    with open_store(files.write(old)) as store:
        assert len(list(store.view(store.syncs()[0]).grants())) == 8
        assert any("1 records of the older layout" in text for text in store.integrity())


# ----------------------------------------------------------------------------------------------- damage


@pytest.mark.parametrize("family", INDEXES)
def test_an_index_that_lacks_an_entry_is_found(files, entries, family):
    del entries[next(key for key in entries if key.startswith(family))]
    with open_store(files.write(entries)) as store:
        assert [text for text in store.integrity() if "index" in text]


@pytest.mark.parametrize("family", [keys.RESOURCE_TYPES, keys.RESOURCES, keys.ENTITLEMENTS, keys.GRANTS])
def test_a_record_under_the_key_of_another_is_found(files, entries, family):
    one, other = [key for key in entries if key.startswith(family)][:2]
    entries[one] = entries[other]
    with open_store(files.write(entries)) as store:
        assert sum("key that is not its own" in text for text in store.integrity()) == 1


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_hostile_records_are_one_clear_error(files, entries, data):
    chosen = data.draw(
        st.sampled_from(sorted(key for key in entries if key[1] in (1, 2, 3, 4, 6) or key == keys.STATS))
    )
    value = bytearray(entries[chosen])
    for place, byte in data.draw(st.lists(st.tuples(st.integers(0, len(value) - 1), st.integers(0, 255)), max_size=3)):
        value[place] = byte
    value = value[: data.draw(st.integers(0, len(value)))]
    path = files.write({**entries, chosen: bytes(value)})
    with contextlib.suppress(FileError), open_store(path) as store:
        for sync in store.syncs():
            view = store.view(sync)
            for kind in ObjectKind:
                list(view.by_id(kind))
            list(view.grants())
            list(view.holders())
            list(view.dangling())
            list(store.integrity())
            view.count()


# ----------------------------------------------------------------------------------------------- the Go tools' files

GOLDEN = ["scenario-nested", "scenario-cycles", "two-syncs", "onepassword-business", "onepassword-edge", "synthetic"]
KINDS = {
    1: records_pb2.ResourceTypeRecord,
    2: records_pb2.ResourceRecord,
    3: records_pb2.EntitlementRecord,
    4: records_pb2.GrantRecord,
}


def without_time(entries):
    """Data and indexes; of the records all bytes but those of the time they were found at."""
    found = {}
    for key, value in entries.items():
        if key[1] in KINDS:
            record = KINDS[key[1]].FromString(value)
            time = record.discovered_at.SerializeToString()
            tag = bytes((record.DESCRIPTOR.fields_by_name["discovered_at"].number << 3 | 2, len(time)))
            assert value.count(tag + time) == 1
            found[key] = value.replace(tag + time, b"")
        elif key.startswith(INDEXES):
            found[key] = value
    return found


@pytest.mark.golden
@pytest.mark.parametrize("name", GOLDEN)
def test_what_is_written_from_the_v1_file_is_what_the_go_sdk_wrote(files, golden, name, tmp_path):
    theirs = files.entries(golden / name / "sync-v3.c1z")
    with open_store(golden / name / "sync.c1z") as store:
        newest = store.syncs()[-1]
    convert(golden / name / "sync.c1z", tmp_path / "ours.c1z", "v3", newest.id)
    ours = files.entries(tmp_path / "ours.c1z")
    assert without_time(ours) == without_time(theirs)
    assert {key for key in ours if key[1] == 0xFF} == {key for key in theirs if key[1] == 0xFF}
    assert Counter(key[:2] for key in theirs)[keys.SYNC_RUN] == 1
    with open_store(golden / name / "sync-v3.c1z") as store:
        assert list(store.integrity()) == []
        assert store.syncs()[0].stats == store.view(store.syncs()[0]).count() == newest.stats
