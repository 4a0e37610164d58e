"""Views of small files."""

from contextlib import ExitStack

import pytest

from connector_host.c1z.opening import open_store


@pytest.fixture
def view_of(make_c1z):
    """`view_of(organisation)`: the view of its sync in a file made for the test."""
    with ExitStack() as stack:

        def view(organisation):
            store = stack.enter_context(open_store(make_c1z(organisation)))
            return store.view(store.syncs()[-1])

        yield view
