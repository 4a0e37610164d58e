"""Progress: a line when ten seconds went by, a live block on a terminal, nothing else."""

import io
import logging
import sys
import threading

import pytest

from connector_host.cli.terminal.progress_display import SyncProgress, display, is_live
from connector_host.sync.observers import Observers


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def said(caplog):
    caplog.set_level(logging.INFO, "connector_host")
    return lambda: [entry.getMessage() for entry in caplog.records]


def page(progress, hook, count, kind="group"):
    progress.page_synced(hook=hook, resource_type=kind, count=count)


def test_a_short_run_says_that_it_starts_and_no_more(clock, said):
    progress = SyncProgress(clock=clock)
    progress.sync_started(connector="fake", sync_id="2ab", resumed=False)
    for number in range(99):
        clock.now = number / 10
        page(progress, "list_grants", 10)
    assert said() == ["Starting the sync of fake"]


def test_a_long_run_says_where_it_is_every_ten_seconds(clock, said):
    progress = SyncProgress(clock=clock)
    progress.sync_started(connector="fake", sync_id="2ab", resumed=True)
    for number in range(1, 31):
        clock.now = float(number)
        page(progress, "list_resources" if number <= 10 else "list_grants", 100)
    assert said() == [
        "Resuming the sync of fake",
        "1,000 resources after 10 s",
        "1,000 resources, 1,000 grants after 20 s",
        "1,000 resources, 2,000 grants after 30 s",
    ]


def test_a_wait_is_said_and_stands_in_the_lines_while_it_lasts(clock, said):
    progress = SyncProgress(clock=clock)
    progress.waiting(hook="list_grants", resource_type="group", seconds=0.5, reason="try again")
    assert said() == []
    progress.waiting(hook="list_grants", resource_type="group", seconds=45, reason="rate limited")
    clock.now = 12.0
    progress.tick()
    progress.tick()
    progress.waiting(hook="list_grants", resource_type="group", seconds=5, reason="list_grants of group:a: busy")
    assert said() == [
        "Waiting 45 s: rate limited (list_grants group)",
        "nothing yet after 12 s; waiting 33 s: rate limited (list_grants group)",
        "Waiting 5.0 s: list_grants of group:a: busy",
    ]


def test_the_lines_carry_numbers_for_machines(clock, caplog):
    caplog.set_level(logging.INFO, "connector_host")
    progress = SyncProgress(clock=clock)
    clock.now = 11.0
    page(progress, "list_static_entitlements", 4)
    entry = caplog.records[-1]
    assert (entry.counts, entry.seconds) == ({"entitlements": 4}, 11.0)


def test_the_share_of_the_listings_stands_in_the_lines_until_the_host_works_itself(clock, said):
    progress = SyncProgress(clock=clock)
    page(progress, "list_grants", 900)
    progress.listings_done(objects="grants", done=450, of=1000)
    clock.now = 10.0
    progress.tick()
    progress.working(step="expanding", done=0, of=0)
    clock.now = 20.0
    progress.tick()
    assert said() == [
        "900 grants after 10 s; grants 45% (450 of 1,000 listings)",
        "900 grants after 20 s; expanding",
    ]
    assert "45%" not in progress.block().caption.plain


def test_resource_types_are_no_row(clock):
    progress = SyncProgress(clock=clock)
    page(progress, "list_resource_types", 3, kind="")
    page(progress, "list_resources", 5)
    page(progress, "list_entitlements", 1)
    page(progress, "list_static_entitlements", 1)
    assert progress.totals() == {"resources": 5, "entitlements": 2}
    assert progress.block().row_count == 1


def test_many_threads_may_report_at_once():
    progress = SyncProgress()
    threads = [
        threading.Thread(
            target=lambda kind=str(number % 3): [page(progress, "list_grants", 1, kind) for _ in range(500)]
        )
        for number in range(6)
    ]
    for thread in threads:
        thread.start()
    for _ in range(50):
        progress.block()
        progress.totals()
    for thread in threads:
        thread.join()
    assert progress.totals() == {"grants": 3000}


def test_it_is_an_observer_the_engine_can_call(caplog):
    progress = SyncProgress()
    observers = Observers([progress])
    observers.sync_started("fake", "2ab", False)
    observers.page_synced("list_grants", "group", 5, 0.1)
    observers.waiting("list_grants", "group:1", 3.0, "rate limited")
    observers.phase_finished("list_grants")
    observers.listings_done("grants", 1, 2)
    observers.working("expanding", 0, 0)
    observers.sync_finished("fake", "2ab", {})
    assert progress.totals() == {"grants": 5}
    assert "left out" not in caplog.text


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture
def terminal(monkeypatch):
    """Make standard error a terminal: called in the test, because pytest sets the stream anew for each phase."""
    ours = logging.getLogger("connector_host")

    def make():
        stream = Terminal()
        monkeypatch.setattr(sys, "stderr", stream)
        return stream

    monkeypatch.setenv("TERM", "xterm-256color")
    before = ours.level
    ours.setLevel(logging.INFO)
    yield make
    ours.setLevel(before)


def test_live_only_on_a_terminal_that_can_be_drawn_on(terminal, monkeypatch):
    terminal()
    assert is_live()
    monkeypatch.setenv("TERM", "dumb")
    assert not is_live()


@pytest.mark.parametrize("level", [logging.WARNING, logging.DEBUG])
def test_not_live_when_less_or_more_is_wanted(terminal, monkeypatch, level):
    terminal()
    logging.getLogger("connector_host").setLevel(level)
    assert not is_live()


def test_not_live_elsewhere(monkeypatch):
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    assert not is_live()


@pytest.mark.parametrize("colour", [True, False])
def test_the_block_is_drawn_and_wiped(terminal, monkeypatch, colour):
    if not colour:
        monkeypatch.setenv("NO_COLOR", "1")
    screen = terminal()
    progress = SyncProgress()
    with display(progress):
        page(progress, "list_resources", 1234)
        progress.waiting(hook="list_grants", resource_type="group", seconds=45, reason="rate limited")
    drawn = screen.getvalue()
    assert "1,234" in drawn
    assert "waiting 45 s: rate limited" in drawn
    assert ("\x1b[1m" in drawn) or not colour
    assert drawn.endswith("\x1b[2K") or "\x1b[1A" in drawn  # the block goes; the table comes in its place


def test_lines_come_from_a_clock_of_their_own_that_ends_with_the_run():
    def names():
        return [thread.name for thread in threading.enumerate()]

    with display(SyncProgress()):
        assert names().count("progress") == 1
    assert "progress" not in names()


def test_a_long_phase_says_when_it_is_over(clock, said):
    progress = SyncProgress(clock=clock)
    clock.now = 2.0
    progress.phase_finished(hook="list_resource_types")
    clock.now = 30.0
    progress.phase_finished(hook="list_resources")
    clock.now = 31.0
    progress.phase_finished(hook="list_entitlements")
    assert said() == ["All resources read after 30 s"]


def test_what_the_host_does_itself_is_said_until_pages_come_again(clock, said):
    progress = SyncProgress(clock=clock)
    progress.working(step="expanding", done=1, of=4)
    clock.now = 11.0
    progress.tick()
    clock.now = 22.0
    progress.working(step="compressing", done=0, of=0)
    page(progress, "list_grants", 1)
    clock.now = 33.0
    progress.tick()
    assert said() == [
        "nothing yet after 11 s; expanding 25%",
        "nothing yet after 22 s; compressing",
        "1 grant after 33 s",
    ]
