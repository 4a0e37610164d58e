"""A file of one account is not used to change another."""

from pathlib import Path

import pytest

from connector_host import Identity
from connector_host.errors import PreconditionError
from connector_host.provision.account_check import check_account
from connector_host.query.sync_origin import SyncOrigin

PATH = Path("sync.c1z")


def check(origin, account="acme", connector="toy"):
    return check_account(origin, PATH, connector, Identity(account=account))


def test_the_same_account_is_silent():
    assert check(SyncOrigin(connector="toy", account="acme")) == ""
    assert check(SyncOrigin(connector="toy"), account="") == ""


@pytest.mark.parametrize(
    ("origin", "message"),
    [
        (SyncOrigin(connector="toy", account="other"), "from the account 'other', and you are signed in to 'acme'"),
        (SyncOrigin(connector="tool", account="acme"), "through the connector 'tool', and this is 'toy'"),
    ],
)
def test_another_account_or_connector_is_refused(origin, message):
    with pytest.raises(PreconditionError, match=message) as failure:
        check(origin)
    assert failure.value.exit_code == 9
    assert "--other-account" in failure.value.hint


def test_what_cannot_be_compared_is_said():
    assert "does not say which account" in check(SyncOrigin())
    assert "only one of them is known" in check(SyncOrigin(connector="toy"))
    assert "only one of them is known" in check(SyncOrigin(connector="toy", account="acme"), account="")
