"""The kit's test of ETags: a right connector passes, each wrong one is found."""

import pytest
from msgspec.structs import replace

import connector_host as ch
from connector_host.testing.harness import Problem

from .right_application import RightApplication, run_test, team


def test_a_right_connector_passes():
    run_test(RightApplication(), "etags")


class IgnoresTheArgument(RightApplication):
    @ch.hookimpl
    def list_grants(self, resource, page_token):
        return super().list_grants(resource, page_token, None)


class NeverUnchanged(RightApplication):
    @ch.hookimpl
    def list_grants(self, resource, page_token, etag):
        return super().list_grants(resource, page_token, None)


class AlwaysUnchanged(RightApplication):
    @ch.hookimpl
    def list_grants(self, resource, page_token, etag):
        return ch.Page((), unchanged=True) if etag else super().list_grants(resource, page_token, None)


class OnOtherResources(RightApplication):
    @ch.hookimpl
    def list_grants(self, resource, page_token, etag):
        page = super().list_grants(resource, page_token, etag)
        foreign = ch.Grant(team("t9").ref("member"), ch.ResourceId("person", "p1"))
        return replace(page, items=[*page.items, foreign]) if page.items else page


WRONG = {
    IgnoresTheArgument: "does not take the argument `etag`",
    NeverUnchanged: "read everything again for the etag",
    AlwaysUnchanged: "unchanged for an etag that it never returned",
    OnOtherResources: "returned an etag and a grant on team:t9",
}


@pytest.mark.parametrize("wrong", WRONG, ids=lambda wrong: wrong.__name__)
def test_a_wrong_connector_is_found(wrong):
    with pytest.raises(Problem, match=WRONG[wrong]):
        run_test(wrong(), "etags")
