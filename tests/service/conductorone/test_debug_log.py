"""Debug logs: everything is in the file, and nothing more than before on the screen."""

import logging

import pytest

from connector_host.service.conductorone.debug_log import DebugLogs


@pytest.fixture
def shown():
    """The messages that a handler of the root shows, at the level info."""
    records = []
    handler = logging.Handler()
    handler.emit = lambda record: records.append(record.getMessage())
    logging.getLogger().addHandler(handler)
    logging.getLogger("connector_host").setLevel(logging.INFO)
    yield records
    logging.getLogger().removeHandler(handler)


def test_debug_messages_are_in_the_file_only(shown, tmp_path):
    logs, log = DebugLogs(logging.Formatter("%(message)s")), logging.getLogger("connector_host.sync.engine")
    first, second = tmp_path / "first.log", tmp_path / "second.log"
    with logs.written(first):
        log.debug("one")
        with logs.written(second):
            log.info("two")
        log.debug("three")
    log.debug("four")
    log.info("five")
    assert (first.read_text().split(), second.read_text().split(), shown) == (
        ["one", "two", "three"],
        ["two"],
        ["two", "five"],
    )
    assert first.stat().st_mode & 0o777 == 0o600
    assert logging.getLogger("connector_host").level == logging.INFO
