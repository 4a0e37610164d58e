"""Against a real account: set ONEPASSWORD_TEST_ACCOUNT to its address, with the desktop app unlocked or a session exported.

Reads only. Shows counts, never names.
"""

from __future__ import annotations

import os

import pytest
from connector_host_onepassword import plugin

from connector_host import Run

ADDRESS = os.environ.get("ONEPASSWORD_TEST_ACCOUNT", "")

pytestmark = pytest.mark.skipif(not ADDRESS, reason="ONEPASSWORD_TEST_ACCOUNT names no real account")


def test_a_real_account(everything):
    session = plugin.open_session({"address": ADDRESS}, Run())
    try:
        identity = plugin.check_session(session)
        found = everything(session)
    finally:
        session.close()
    print(identity.plan, identity.mode, {name: len(rows) for name, rows in found.items()})
    assert len(found["resources"]) > 1
    assert len({item.id for item in found["entitlements"]}) == len(found["entitlements"])
    assert not any(grant.entitlement.id.endswith(":") for grant in found["grants"])
