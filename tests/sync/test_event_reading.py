"""The reading of an event feed that is stopped."""

import logging

import pytest

from connector_host import HOST_API, ConnectorInfo, EventFeed, EventPage, Run, hookimpl
from connector_host.errors import Stopped, Unavailable
from connector_host.plugins.loading import make_connector
from connector_host.sync.event_reading import EventReader
from connector_host.sync.hook_calls import Caller, Sessions


class Feed:
    """A connector whose run is stopped during the call of a number; each page but the last claims more."""

    def __init__(self, run, stop_at, pages=9, fails=False):
        self.run, self.stop_at, self.pages, self.fails, self.calls = run, stop_at, pages, fails, 0

    @hookimpl
    def connector_info(self):
        return ConnectorInfo("Feed", api=HOST_API)

    @hookimpl
    def list_resource_types(self):
        return []

    @hookimpl
    def list_events(self, cursor):
        self.calls += 1
        if self.calls == self.stop_at:
            self.run.stop()
            if self.fails:
                raise Unavailable("not now")
        return EventPage(next_cursor=str(self.calls), has_more=self.calls < self.pages)


@pytest.fixture
def read():
    """Read the feed of a plugin from its start; the cursors of the pages, and the error at the end."""

    def pages(interval, **settings):
        run = Run(logging.getLogger("connector_host.plugins.facade.feed"))
        connector = make_connector(Feed(run, **settings), "feed")
        sessions = Sessions(connector, {}, run)
        caller = Caller(sessions, run, connector="feed", max_attempts=2)
        cursors = []
        try:
            pages = EventReader(connector, caller, run).pages(EventFeed(id=""), None, None, None, interval)
            cursors.extend(page.next_cursor for page in pages)
        except Stopped as error:
            return cursors, error
        finally:
            sessions.close()
        return cursors, None

    return pages


@pytest.mark.parametrize(("stop_at", "pages"), [(2, 9), (3, 1)])
def test_following_ends_without_an_error_when_the_run_stops(read, stop_at, pages):
    cursors, error = read(0.01, stop_at=stop_at, pages=pages)
    assert cursors == [str(number + 1) for number in range(stop_at)]
    assert error is None


def test_following_ends_without_an_error_when_the_run_stops_before_another_attempt(read):
    assert read(0.01, stop_at=2, fails=True) == (["1"], None)


def test_a_reading_that_is_stopped_before_its_last_page_says_so(read):
    cursors, error = read(None, stop_at=2)
    assert cursors == ["1", "2"]
    assert error


def test_a_reading_that_is_stopped_at_its_last_page_is_complete(read):
    assert read(None, stop_at=3, pages=3) == (["1", "2", "3"], None)
