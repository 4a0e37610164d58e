"""Where a sync says it comes from; nothing where it says nothing."""

import pytest

from connector_host.c1z.types import SyncRun
from connector_host.query.sync_origin import SyncOrigin, read_origin


@pytest.mark.parametrize(
    "token",
    ["", "{", "[]", '"x"', "{}", '{"version":1}', '{"connector_host":7}', '{"connector_host":{"limits":"all"}}'],
)
def test_tokens_that_say_nothing_of_it(token):
    assert read_origin(SyncRun(id="x", token=token)) == SyncOrigin()


def test_what_a_sync_tells():
    token = '{"version":1,"connector_host":{"connector":"staff","account":"Acme","unread":["group:g1"],"later":true}}'
    assert read_origin(SyncRun(id="x", token=token)) == SyncOrigin(
        connector="staff", account="Acme", unread=("group:g1",)
    )
