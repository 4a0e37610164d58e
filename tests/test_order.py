"""The order of the tests: none is lost, whichever are chosen, and those that wait stand between the modules."""

import runpy
from collections import Counter
from pathlib import Path
from types import SimpleNamespace

from hypothesis import given
from hypothesis import strategies as st

order = runpy.run_path(str(Path(__file__).parents[1] / "conftest.py"))["pytest_collection_modifyitems"]


def item(module, *, waits):
    return SimpleNamespace(path=Path(f"test_{module}.py"), get_closest_marker=lambda _name: waits or None)


@given(st.lists(st.tuples(st.sampled_from("abc"), st.booleans())))
def test_every_chosen_test_stays(chosen):
    items = [item(module, waits=waits) for module, waits in chosen]
    before = Counter(map(id, items))
    order(items)
    assert Counter(map(id, items)) == before
    busy = [one for one in items if not one.get_closest_marker("waits")]
    assert [one.path for one in busy] == sorted(one.path for one in busy)


def test_those_that_wait_stand_between_modules():
    items = [item(module, waits=waits) for module in "abcd" for waits in (True, False)]
    order(items)
    assert [bool(one.get_closest_marker("waits")) for one in items] == [False, True] * 4
