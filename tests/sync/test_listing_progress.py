"""Observers learn how many listings are done, where the queue makes it knowable."""

import pytest

from connector_host import NotFound, NotPermitted, Run, hookimpl
from connector_host.errors import Stopped


class Recorder:
    def __init__(self):
        self.reports = []

    @hookimpl
    def listings_done(self, objects, done, of):
        self.reports.append((objects, done, of))


def numbers(recorder, objects):
    return [(done, of) for name, done, of in recorder.reports if name == objects]


@pytest.mark.parametrize("workers", [1, 4])
def test_each_finished_listing_counts_once_however_many_pages_it_has(sync, toy, workers):
    recorder = Recorder()
    sync(toy, observers=[recorder], page_size=1, workers=workers)
    assert numbers(recorder, "entitlements") == [(1, 3), (2, 3), (3, 3)]
    assert numbers(recorder, "grants") == [(1, 3), (2, 3), (3, 3)]


@pytest.mark.parametrize("error", [NotFound, NotPermitted])
def test_listings_that_cannot_be_read_count_too(sync, toy, error):
    def asked(hook, subject, token):
        if (hook, subject) == ("list_grants", "g1"):
            raise error("not for you")

    toy.asked = asked
    recorder = Recorder()
    sync(toy, observers=[recorder], workers=1, allow_partial=True)
    assert numbers(recorder, "grants") == [(1, 3), (2, 3), (3, 3)]


def test_a_resumed_run_counts_what_was_done_before(sync, toy):
    run = Run()

    def asked(hook, subject, token):
        if (hook, subject) == ("list_grants", "g2"):
            run.stop()

    toy.asked = asked
    with pytest.raises(Stopped):
        sync(toy, run=run, workers=1)
    recorder = Recorder()
    summary, _ = sync(type(toy)(), observers=[recorder], workers=1)
    assert summary.resumed
    reports = numbers(recorder, "grants")
    assert reports[-1] == (3, 3)
    assert reports[0][0] > 1


def test_a_sync_of_single_resources_reports_none(sync, toy):
    class Single(type(toy)):
        @hookimpl
        def get_resource(self, session, resource_id, parent):
            return self.group(resource_id.resource)

    recorder = Recorder()
    sync(Single(), observers=[recorder], workers=1, resources=["group:g0", "group:g1"])
    assert recorder.reports == []
