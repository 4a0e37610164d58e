"""The checks of messages find the same in batches of grants as in each grant."""

import pytest

from connector_host.c1z.grant_batches import GrantBatch
from connector_host.errors import FileError
from connector_host.query.validation.finding_counts import FindingTally
from connector_host.query.validation.message_checks import check_messages


class SingleGrants:
    """A view whose grants come one by one, so that each is decoded."""

    def __init__(self, view):
        self._view = view

    def __getattr__(self, name):
        return getattr(self._view, name)

    def grant_batches(self):
        yield GrantBatch(lambda _: self._view.grants(), None)


def findings_of(view):
    """Return the findings, and the start of the error that ends them."""
    tally = FindingTally()
    try:
        check_messages(tally, view)
    except FileError as error:
        return tally.findings(), error.message.partition(":")[0]
    return tally.findings(), ""


def test_a_mutated_grant_has_the_findings_that_decoding_it_has(mutated, mutation):
    view = mutated(mutation)
    assert findings_of(view) == findings_of(SingleGrants(view))


@pytest.mark.parametrize("mutation", ["external_id = 'x'", "principal_resource_id = 'u6'", "data = x'0a05'"])
def test_a_mutated_grant_among_many_is_found(mutated, mutation):
    assert len(findings_of(mutated(mutation))[0]) == len(findings_of(mutated("id = id"))[0]) + 1
