"""The JSON of many grants at a time is that of each grant, whatever its row holds."""

import pytest

from connector_host.c1z.types import GrantFilter
from connector_host.errors import FileError
from connector_host.model import ResourceId
from connector_host.query.listing.listings import grants_as_json, list_grants, open_listing


def texts_until_error(texts):
    """Return what is yielded, and the start of the message of the FileError that ends it."""
    read = []
    try:
        read.extend(texts)
    except FileError as error:
        return read, error.message.partition(":")[0]
    return read, ""


def test_pieces_are_the_texts_of_the_grants_joined(mutated, mutation):
    view = mutated(mutation)
    with open_listing(view) as source:
        single, problem = texts_until_error(grant.json for grant in list_grants(source))
        joined, problem_of_pieces = texts_until_error(grants_as_json(source))
    assert problem_of_pieces == problem
    assert b",".join(joined) == b",".join(single)
    if not problem:
        assert len(single) == 620
        assert len(joined) < 400
        batches = list(view.grant_batches())
        assert [row for batch in batches for row in batch.rows(None)] == list(view.grants())
        assert [*batches[-1].rows([3])] == [list(batches[-1].rows(None))[3]]


@pytest.mark.parametrize(
    "where", [{"resource_type": "app"}, {"entitlement": "group:g1:member"}, {"principal": ResourceId("user", "u1")}]
)
def test_grants_of_a_filter_come_in_batches_too(mutated, where):
    view, wanted = mutated("id = id"), GrantFilter(**where)
    rows = [row for batch in view.grant_batches(wanted) for row in batch.rows(None)]
    assert rows == list(view.grants(wanted)) != []
