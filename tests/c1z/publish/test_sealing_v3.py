"""Sealing into format v3: the sync alone becomes the file, what was there is told, and either format may follow."""

import pytest

from connector_host.c1z import container, sync_stats
from connector_host.c1z.opening import open_store
from connector_host.c1z.pebble import envelope
from connector_host.c1z.pebble.pebble_database import open_pebble, write_database
from connector_host.c1z.publish import sealing
from connector_host.c1z.v3 import keys
from connector_host.errors import FileError, PreconditionError

from .test_sealing import Place


@pytest.fixture
def place(tmp_path, working):
    folder = tmp_path / "there"
    folder.mkdir()
    return Place(folder, _messages(working))


def _messages(working):
    """The working database of the other tests, with messages for the objects in it."""
    import apsw

    def make(path, sync_id=None, **what):
        sync_id = working(path, sync_id, **what)
        db = apsw.Connection(str(path))
        for table in ("resource_types", "resources", "entitlements", "grants"):
            db.execute(f"update v1_{table} set data = x''")
        db.execute("update v1_grants set expansion = x'0a0178' where expansion is not null")
        db.close()
        return sync_id

    return make


def syncs(path):
    with open_store(path) as store:
        return [sync.id for sync in store.syncs()]


def kind(path):
    return container.sniff(path).format


def test_a_first_sync_is_a_whole_file(place):
    sync_id, sealed = place.sync(engine="pebble")
    assert kind(place.output) is container.FileFormat.V3
    assert sealed.file_size == place.output.stat().st_size
    assert place.output.stat().st_mode & 0o777 == 0o600
    with open_store(place.output) as store:
        (run,) = store.syncs()
        view = store.view(run)
        assert (run.id, run.finished, run.supports_diff, run.token) == (sync_id, True, True, '{"version":1}')
        assert run.stats == sealed.stats == view.count()
        assert list(store.integrity()) == []
        assert [row.expansion for row in view.expandable_grants()] == [b"\n\x01x"]
    assert any("values that the connector stored" in note for note in sealed.notes)
    assert (sealed.previous, sealed.dropped) == (None, ())


def test_a_second_sync_takes_the_place_of_the_first_and_says_so(place):
    first, before = place.sync(engine="pebble")
    second, sealed = place.sync(engine="pebble", grants=3)
    assert syncs(place.output) == [second]
    assert [(one.sync.sync_id, one.reason) for one in sealed.dropped] == [(first, "a file of format v3 holds one sync")]
    assert sealed.previous == before.stats


def test_from_one_format_to_the_other_and_back(place):
    first, _ = place.sync()
    older, _ = place.sync(grants=5)
    second, sealed = place.sync(engine="pebble", grants=3)
    assert syncs(place.output) == [second]
    assert [one.sync.sync_id for one in sealed.dropped] == [first, older]
    assert sealed.previous.grants == 5
    third, sealed = place.sync(grants=4)
    assert sealed.notes == ()
    assert kind(place.output) is container.FileFormat.V1
    assert syncs(place.output) == [second, third]
    assert [one.sync_id for one in sealed.kept] == [second]
    assert sealed.previous.grants == 3


def test_what_a_killed_process_unpacked_is_no_hindrance(place):
    first, _ = place.sync(engine="pebble")
    sync_id = place.begin()
    for name in ("earlier-new.pebble", "packed.c1z.pebble"):
        (place.work / name).mkdir()
        (place.work / name / "000004.sst").write_bytes(b"x")
    (place.work / "earlier-new").write_bytes(b"x")
    place.seal(sync_id)
    assert syncs(place.output) == [first, sync_id]


def test_what_format_v1_cannot_keep_of_the_sync_before_is_told(place, tmp_path):
    place.sync(engine="pebble")
    folder, made = tmp_path / "in", tmp_path / "out"
    folder.mkdir()
    made.mkdir()
    manifest = envelope.unpack(place.output, folder)
    with open_pebble(folder) as database:
        entries = {**dict(database.items()), keys.SESSIONS + b"\0x": b"value"}
    write_database(made, sorted(entries.items()))
    place.output.unlink()
    envelope.pack(made, place.output, manifest)
    _, sealed = place.sync()
    assert [note for note in sealed.notes if "values that the connector stored" in note]


class Cut(Exception):
    """The process is gone."""


STEPS = ("indexing", "finishing", "writing", "compressing", "replacing")


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("after", ["pebble", "sqlite"])
def test_a_run_that_was_cut_off_goes_on_in_either_format(place, step, after):
    first, _ = place.sync()
    packed = place.output.read_bytes()
    sync_id = place.begin()

    def cut(at):
        if at == step:
            raise Cut

    with pytest.raises(Cut):
        place.seal(sync_id, engine="pebble", watch=cut)
    assert place.output.read_bytes() == packed
    sealed = place.seal(sync_id, engine=after)
    assert syncs(place.output) == ([sync_id] if after == "pebble" else [first, sync_id])
    assert sealed.previous is not None
    assert [one.sync.sync_id for one in sealed.dropped] == ([first] if after == "pebble" else [])


def test_from_v1_in_the_middle_to_v3(place):
    first, _ = place.sync()
    sync_id = place.begin()

    def cut(at):
        if at == "compressing":
            raise Cut

    with pytest.raises(Cut):
        place.seal(sync_id, watch=cut)
    sealed = place.seal(sync_id, engine="pebble")
    assert syncs(place.output) == [sync_id]
    assert [one.sync.sync_id for one in sealed.dropped] == [first]


def test_what_is_delivered_is_not_made_again(place, monkeypatch):
    sync_id = place.begin()
    first = sealing.seal(place.database, place.output, place.work, sync_id=sync_id, token="{}", engine="pebble")
    before = place.output.stat().st_ino
    again = sealing.seal(place.database, place.output, place.work, sync_id=sync_id, token="{}", engine="pebble")
    assert place.output.stat().st_ino == before
    assert again.notes == first.notes


def test_an_output_that_was_replaced_meanwhile_is_looked_at_again(place):
    place.sync(engine="pebble", grants=7)
    other = place.output.read_bytes()
    place.sync(engine="pebble", grants=9)
    sync_id = place.begin()
    done = []

    def swap(at):
        if at == "replacing" and not done:
            done.append(at)
            place.output.write_bytes(other)

    sealed = place.seal(sync_id, engine="pebble", watch=swap)
    assert sealed.previous.grants == 7
    assert syncs(place.output) == [sync_id]


def test_the_judge_hears_of_the_sync_before(place):
    place.sync(engine="pebble", grants=9)
    before = place.output.read_bytes()
    sync_id = place.begin()
    heard = []

    def judge(now, earlier):
        heard.append((now.grants, earlier.grants))
        raise PreconditionError("no")

    with pytest.raises(PreconditionError):
        place.seal(sync_id, engine="pebble", judge=judge)
    assert heard == [(20, 9)]
    assert place.output.read_bytes() == before
    place.seal(sync_id, engine="pebble")
    assert syncs(place.output) == [sync_id]


def test_a_partial_sync_does_not_take_the_place_of_a_whole_one(place):
    import apsw

    place.sync(engine="pebble")
    before = place.output.read_bytes()
    sync_id = place.begin()
    with apsw.Connection(str(place.database)) as db:
        db.execute("update v1_sync_runs set sync_type = 'partial'")
    db.close()
    with pytest.raises(PreconditionError, match="partial"):
        place.seal(sync_id, engine="pebble")
    assert place.output.read_bytes() == before
    place.output.unlink()
    place.seal(sync_id, engine="pebble")
    with open_store(place.output) as store:
        assert store.syncs()[0].type == "partial"


def test_a_damaged_output_is_left_as_it_is(place):
    place.sync(engine="pebble")
    content = place.output.read_bytes()
    place.output.write_bytes(content[: len(content) // 2])
    sync_id = place.begin()
    with pytest.raises(FileError):
        place.seal(sync_id, engine="pebble")
    assert place.output.read_bytes() == content[: len(content) // 2]
    place.output.unlink()
    assert isinstance(place.seal(sync_id, engine="pebble").stats, sync_stats.Stats)
