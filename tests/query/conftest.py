"""Views of small files."""

from contextlib import ExitStack

import pytest

from connector_host.c1z.opening import open_store


@pytest.fixture
def view_of(make_c1z):
    """`view_of(organisation, ...)`: the view of the newest sync of a file made for the test; `sync=0` for the first."""
    with ExitStack() as stack:

        def view(*organisations, sync=-1, **options):
            store = stack.enter_context(open_store(make_c1z(*organisations, **options)))
            return store.view(store.syncs()[sync])

        yield view
