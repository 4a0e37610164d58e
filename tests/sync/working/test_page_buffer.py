"""Pages reach the database whole and together, and nothing of a page that failed."""

import apsw
import pytest

from connector_host import Resource, ResourceId
from connector_host.sync.working.database import SyncStart, WorkingSync
from connector_host.sync.working.queue import Phase, QueuedListing


@pytest.fixture
def work(tmp_path):
    sync = WorkingSync.create(tmp_path / "sync.db", SyncStart(sync_id="s" * 27))
    yield sync
    sync.close()


@pytest.fixture
def on_disk(tmp_path, work):
    """What another process would find: the queue, the number of resources, the counters."""

    def read():
        database = apsw.Connection(str(tmp_path / "sync.db"), flags=apsw.SQLITE_OPEN_READONLY)
        queue = database.execute("select id, page_token from host_queue order by id").fetchall()
        resources = database.execute("select count(*) from v1_resources").get
        counters = dict(database.execute("select key, value from host_state"))
        database.close()
        return queue, resources, counters

    return read


def queued(work, number):
    with work.transaction():
        work.queue.push(
            QueuedListing(phase=Phase.RESOURCES, hook="list_resources", resource_type=str(n)) for n in range(number)
        )
    return work.waiting_listings(Phase.RESOURCES, 0, 64)


def put(work, name):
    work.put_resources([Resource(ResourceId("user", name), name)])


def test_pages_wait_until_they_are_written_together(work, on_disk):
    first, second = queued(work, 2)
    with work.page():
        put(work, "a")
        work.queue.advance(first, "2")
        work.count_up({"pages": 1})
    with work.page():
        put(work, "b")
        work.queue.finish(second)
        work.count_up({"pages": 1})
    assert on_disk() == ([(1, None), (2, None)], 0, {})
    assert work.pending_pages == 2
    work.flush()
    assert on_disk() == ([(1, "2")], 2, {"count:pages": 2})
    assert work.pending_pages == 0


def test_nothing_of_a_page_that_fails_is_kept(work, on_disk):
    (first,) = queued(work, 1)
    with work.page():
        put(work, "a")
        work.queue.advance(first, "2")
    with pytest.raises(RuntimeError), work.page():
        put(work, "b")
        work.queue.finish(first)
        work.set_state("expandable", 1)
        raise RuntimeError
    work.flush()
    assert on_disk() == ([(1, "2")], 1, {})


def test_a_listing_that_is_added_moved_and_finished_before_it_is_written_leaves_nothing(work, on_disk):
    (first,) = queued(work, 1)
    with work.page():
        work.queue.finish(first)
        work.queue.push([QueuedListing(phase=Phase.RESOURCES, hook="list_resources", resource_type="child")])
    (child,) = work.waiting_listings(Phase.RESOURCES, first.id, 64)
    with work.page():
        work.queue.advance(child, "2")
    with work.page():
        work.queue.finish(child)
    work.flush()
    assert on_disk() == ([], 0, {})


def test_a_transaction_that_fails_keeps_the_pages_that_wait(work, on_disk):
    (first,) = queued(work, 1)
    with work.page():
        put(work, "a")
        work.queue.advance(first, "2")
    with pytest.raises(RuntimeError), work.transaction():
        put(work, "b")
        raise RuntimeError
    assert on_disk() == ([(1, None)], 0, {})
    work.flush()
    assert on_disk() == ([(1, "2")], 1, {})


@pytest.mark.parametrize("in_transaction", [False, True])
def test_an_attempt_that_fails_is_undone_alone(work, on_disk, in_transaction):
    def fail():
        put(work, "b")
        raise RuntimeError

    with work.transaction() if in_transaction else work.page():
        put(work, "a")
        with pytest.raises(RuntimeError):
            work.attempt(fail)
        put(work, "c")
    work.flush()
    assert on_disk()[1] == 2


def test_what_was_counted_is_read_whether_it_is_written_or_not(work):
    with work.page():
        work.count_up({"n": 2})
        work.count_items("list_grants", "group", 5, 1)
        work.remark("n", ["x", "y"])
    assert work.counters() == {"n": 2}
    with work.transaction():
        work.count_up({"n": 1})
        work.count_items("list_grants", "group", 1, 0)
        work.remark("n", ["z"])
        assert work.counters() == {"n": 3}
    assert work.item_counts("list_grants", "group") == (6, 1)
    assert set(work.remarks("n")) == {"x", "y", "z"}
    assert work.state("count:n") == 3
