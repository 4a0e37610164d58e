from __future__ import annotations

import apsw
import pytest

from connector_host.sync.working.pending_writes import PendingWrites
from connector_host.sync.working.queue import Queue, QueuedListing


class WrittenQueue(Queue):
    """A queue of which every change is written at once."""

    def __init__(self, database):
        self.writes = PendingWrites()
        super().__init__(database, lambda: self.writes)

    def pending(self, *arguments):
        self.write(self.writes)
        self.writes.__init__()
        return super().pending(*arguments)


@pytest.fixture
def queue():
    database = apsw.Connection(":memory:")
    yield WrittenQueue(database)
    database.close()


def test_late_work_comes_after_what_was_read_even_if_that_is_finished(queue):
    """The last root type can be done before the first one announces its children."""
    queue.push(
        QueuedListing(phase=2, hook="list_resources", resource_type=name) for name in ("account", "group", "vault")
    )
    first, *others = queue.pending(2, 0, 64)
    for action in others:
        queue.finish(action)
    queue.push(
        QueuedListing(phase=2, hook="list_resources", resource_type=name, parent="a") for name in ("group", "vault")
    )
    queue.finish(first)
    assert [action.resource_type for action in queue.pending(2, others[-1].id, 64)] == ["group", "vault"]
