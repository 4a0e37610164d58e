"""Tests against a real account. They read only, and print counts and shapes, never names.

Set ONEPASSWORD_TEST_ACCOUNT to the address of an account, with the desktop app unlocked, a session exported, or the variables of a
password sign-in set; ONEPASSWORD_TEST_AUTH_TYPE=service uses the token in OP_SERVICE_ACCOUNT_TOKEN. Then:

    pytest plugins/onepassword/tests/test_real_account.py -s
"""

from __future__ import annotations

import os
from collections import Counter

import pytest
from connector_host_onepassword import plugin
from connector_host_onepassword.op_cli.answer_shapes import describe_shape

from connector_host import NotPermitted, Page, Run
from connector_host.options import resolve

ADDRESS = os.environ.get("ONEPASSWORD_TEST_ACCOUNT", "")
AUTH_TYPE = os.environ.get("ONEPASSWORD_TEST_AUTH_TYPE", "user")

pytestmark = pytest.mark.skipif(not ADDRESS, reason="ONEPASSWORD_TEST_ACCOUNT names no real account")


@pytest.fixture(scope="module")
def run():
    return Run()


@pytest.fixture(scope="module")
def session(run):
    flags = {"address": ADDRESS, "auth-type": AUTH_TYPE}
    session = plugin.open_session(resolve(plugin.connector_options(), flags=flags, environ=dict(os.environ)), run)
    yield session
    session.close()
    print()
    for line in run.reported:
        print(line)


@pytest.fixture(scope="module")
def resources(session):
    types = plugin.list_resource_types()
    account = next(item for item in types if item.id == "account")
    found = list(plugin.list_resources(session, account, None, None))
    for resource_type in types:
        tokens = [None]
        while tokens:
            page = plugin.list_resources(session, resource_type, found[0], tokens.pop())
            found += page.items if isinstance(page, Page) else page
            tokens += page.more_tokens if isinstance(page, Page) else ()
    return found


def test_the_identity(session):
    identity = plugin.check_session(session)
    print("plan", identity.plan, "mode", identity.mode, "limits", len(identity.limits))
    assert identity.account


def test_resources(resources):
    counts = Counter(resource.id.resource_type for resource in resources)
    print(dict(counts))
    assert counts["account"] == 1
    assert counts["user"] > 0
    assert len({resource.id for resource in resources}) == len(resources)


def test_details(resources):
    for resource_type in ("user", "group", "vault"):
        profiles = [dict(item.profile or {}) for item in resources if item.id.resource_type == resource_type]
        print(resource_type, describe_shape(profiles))


def test_entitlements_and_grants(session, resources):
    entitlements, grants, gaps, refused = [], [], 0, 0
    for resource in resources:
        entitlements += plugin.list_entitlements(session, resource)
        try:
            page = plugin.list_grants(session, resource)
        except NotPermitted:
            refused += 1
            continue
        grants += page.items if isinstance(page, Page) else page
        gaps += bool(page.gaps) if isinstance(page, Page) else 0
    print("entitlements", len(entitlements), "grants", len(grants), "with gaps", gaps, "refused", refused)
    print(dict(Counter(grant.entitlement.slug for grant in grants)))
    assert len({item.id for item in entitlements}) == len(entitlements)
    assert {grant.entitlement.id for grant in grants} <= {item.id for item in entitlements}


@pytest.mark.parametrize(
    "words", [("whoami",), ("user", "get", "--me"), ("account", "list"), ("service-account", "ratelimit")]
)
def test_questions_that_are_only_nice_to_know(session, words):
    print(" ".join(words), "answered" if session._sign_in.op.optional_json(*words) else "not answered")
