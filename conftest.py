"""For all tests, the plugins' included: what a test does to logging ends with it."""

import logging
import threading

import pytest

pytest_plugins = ["pytester"]


@pytest.fixture(autouse=True)
def _clean_logging():
    """A command that ran in this process leaves no handler, level or hook behind for the next test."""
    root, ours = logging.getLogger(), logging.getLogger("connector_host")
    levels, hook = (root.level, ours.level), threading.excepthook
    yield
    root.setLevel(levels[0])
    ours.setLevel(levels[1])
    threading.excepthook = hook
    logging.captureWarnings(capture=False)
    for handler in list(root.handlers):
        if type(handler).__module__.startswith("connector_host"):
            root.removeHandler(handler)
