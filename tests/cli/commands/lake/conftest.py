"""A small lake in the current folder."""

import pytest


@pytest.fixture
def lake(ask, make_c1z, organisation):
    """The lake `lake` with one sync of the source `hr`."""
    assert ask("lake", "add", make_c1z(organisation), "--source", "hr").code == 0
