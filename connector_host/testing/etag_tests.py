"""Contract tests of ETags: a listing is unchanged only if its ETag is the one that it returned."""

from __future__ import annotations

from typing import Any

import pytest

from ..model import Grant, Resource
from .contract_helpers import require
from .harness import MOST_PAGES, Harness, Problem, Reading, names, short_trace

__all__ = ["EtagTests"]

__tracebackhide__ = short_trace

WRONG = "contract-test-no-such-etag"


class EtagTests:
    """The part of the contract about grants that are taken from the previous sync."""

    def test_etags(self, harness: Harness, session: Any, reading: Reading) -> None:
        """The ETag of a listing is the same again, another one never matches, and its grants are on its resource."""
        require(harness, "list_grants")
        takes_etag = harness.connector.accepts("list_grants", "etag")
        listed = {call.subject: call for call in reading.calls if call.hook == "list_grants" and call.page.etag}
        if listed and not takes_etag:
            raise Problem("list_grants returns an etag, but does not take the argument `etag`, so it is never used.")
        if not takes_etag:
            pytest.skip("list_grants does not take the argument etag")
        resources = {str(resource.id): resource for resource in reading.resources}
        for subject, call in listed.items():
            self._check(harness, session, resources[subject], call.page.etag, self._grants(reading, subject))

    def _grants(self, reading: Reading, subject: str) -> list[Grant]:
        calls = [call for call in reading.calls if call.hook == "list_grants" and call.subject == subject]
        return [grant for call in calls for grant in call.page.items]

    def _check(self, harness: Harness, session: Any, resource: Resource, etag: str, grants: list[Grant]) -> None:
        for grant in grants:
            if grant.entitlement.resource.id != resource.id:
                raise Problem(
                    f"list_grants of {resource.id} returned an etag and a grant on {grant.entitlement.resource.id}."
                    " Such a listing is never reused: return grants on the resource itself only."
                )
        list_grants = harness.connector.list_grants
        other = list_grants(session, resource, None, None, WRONG)
        if other.unchanged:
            raise Problem(f"list_grants of {resource.id} was unchanged for an etag that it never returned.")
        again = list_grants(session, resource, None, None, etag)
        if again.unchanged:
            return
        page, items = again, [*again.items]
        for _ in range(MOST_PAGES):
            if not page.next_token:
                break
            page = list_grants(session, resource, page.next_token, None, None)
            items += page.items
        if names(items) == names(grants) and not again.more_tokens:
            raise Problem(
                f"list_grants of {resource.id} read everything again for the etag {etag!r} that it returned before."
                " Nothing has changed: return Page((), unchanged=True)."
            )
