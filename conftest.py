"""For all tests, the plugins' included: what a test does to logging ends with it."""

import gc
import logging
import os
import threading
from itertools import count

import pytest
from hypothesis import settings

pytest_plugins = ["pytester"]


settings.register_profile("repeatable", derandomize=True, max_examples=50)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "repeatable"))  # default: other examples in each run
EXCEPTHOOK = threading.excepthook
LONGEST_NAME = 200
NUMBERS = count()


class RotatedFolder(pytest.Dir):
    """A folder that each worker of pytest-xdist begins elsewhere: it finds compiled what others have begun with."""

    def collect(self):
        """Return the nodes, from another one on."""
        nodes = list(super().collect())
        worker = self.config.workerinput
        first = len(nodes) * int(worker["workerid"].removeprefix("gw")) // worker["workercount"]
        return nodes[first:] + nodes[:first]


def pytest_collect_directory(path, parent):
    """Collect folders in an order of each worker's own."""
    return RotatedFolder.from_parent(parent, path=path) if hasattr(parent.config, "workerinput") else None


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    """Order the tests by their modules: pytest-xdist wants the same order from every worker.

    Tests that mostly wait stand one by one between the modules, so that the workers do not all wait at once.
    """
    items.sort(key=lambda item: item.path)
    waiting = [item for item in items if item.get_closest_marker("waits")]
    busy = [item for item in items if not item.get_closest_marker("waits")]
    items.clear()
    placed = 0
    for number, item in enumerate(busy, start=1):
        items.append(item)
        if number == len(busy) or busy[number].path != item.path:
            due = len(waiting) * number // len(busy)
            items += waiting[placed:due]
            placed = due
    items += waiting[placed:]  # all, if no other tests were chosen


def pytest_collection_finish():
    """Leave what lives until the end, the tests and all modules, out of the searches for garbage."""
    gc.freeze()


def pytest_sessionfinish():
    """End that: hypothesis looks at the referrers of an object when pytest's summary imports it."""
    gc.unfreeze()


def pytest_make_parametrize_id(val, argname):
    """Name a long value by its argument: pytest-xdist sends the names of all tests, 36 MB otherwise, several times."""
    return argname if isinstance(val, (str, bytes)) and len(val) > LONGEST_NAME else None


@pytest.fixture
def tmp_path(tmp_path_factory):
    """An empty folder. pytest's own fixture looks at the folders of all tests before."""
    return tmp_path_factory.mktemp(f"test{next(NUMBERS)}", numbered=False)


@pytest.fixture(autouse=True)
def _clean_logging():
    """A command that ran in this process, in a test or a fixture of many, leaves no handler, level or hook behind."""
    _reset()
    yield
    _reset()


def _reset():
    root = logging.getLogger()
    root.setLevel(logging.WARNING)
    logging.getLogger("connector_host").setLevel(logging.NOTSET)
    threading.excepthook = EXCEPTHOOK
    logging.captureWarnings(capture=False)
    for handler in list(root.handlers):
        if type(handler).__module__.startswith("connector_host"):
            root.removeHandler(handler)
