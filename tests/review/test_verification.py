"""Revocations compared with a later sync."""

import copy

import pytest

from connector_host.errors import ConfigError, PreconditionError
from connector_host.review.decisions import read_decisions
from connector_host.review.verification import verify_revocations

MEMBER, READ, WRITE = "group:g1:member:user:u2", "app:a1:read:user:u1", "app:a1:write:user:u1"


@pytest.fixture
def revoked(workbook, make_c1z, organisation, tmp_path):
    """The decisions to revoke two direct grants of the small organisation."""
    path = make_c1z(organisation, name="reviewed.c1z")
    book = workbook(path)
    book.fill({MEMBER: "revoke", WRITE: "revoke"}, day="2026-01-03")
    return read_decisions(book.path)


def later(make_c1z, organisation, *without, **options):
    """A later sync: the organisation without some grants. The earlier sync of the file has other times."""
    organisation.grants = [grant for grant in organisation.grants if grant.id not in without]
    return make_c1z(organisation, organisation, name="later.c1z", ids=["c" * 27, "d" * 27], **options)


def results(decisions, *files):
    return {one.revocation.row.grant: (one.result.value, one.through) for one in verify_revocations(decisions, files)}


def test_gone_and_still_direct(revoked, make_c1z, organisation):
    path = later(make_c1z, organisation, MEMBER)
    assert results(revoked, path) == {MEMBER: ("gone", ""), WRITE: ("still direct", "")}


def test_still_inherited_names_the_path(revoked, make_c1z, organisation):
    derived = organisation.grant("app:a1:write", "user", "u1", sources={"group:g1:member": True})
    organisation.grants = [derived if grant.id == WRITE else grant for grant in organisation.grants]
    found = results(revoked, later(make_c1z, organisation, MEMBER))
    assert found[WRITE][0] == "still inherited"
    assert "Engineering member" in found[WRITE][1]


def test_days_count_from_the_decision(revoked, make_c1z, organisation):
    verified = verify_revocations(revoked, [later(make_c1z, organisation, MEMBER)])
    assert all(isinstance(one.days, int) for one in verified)


def test_the_reviewed_sync_itself_is_refused(revoked):
    with pytest.raises(PreconditionError, match="is newer than the reviewed sync"):
        verify_revocations(revoked, [revoked.files[0]])


def test_a_file_of_another_account_is_refused(revoked, make_c1z, organisation):
    token = '{"connector_host":{"connector":"staff","account":"Other"}}'
    with pytest.raises(PreconditionError, match="is of staff Other"):
        verify_revocations(revoked, [later(make_c1z, organisation, MEMBER, sync_token=token)])


def timeline(make_c1z, organisation, *grants_of_syncs):
    """A file with a sync a day from the third on, each with the grants that a number of grants are left out of."""
    organisations = []
    for without in grants_of_syncs:
        part = copy.copy(organisation)
        part.grants = [grant for grant in organisation.grants if grant.id not in without]
        organisations.append(part)
    return make_c1z(
        organisation,
        *organisations,
        name="later.c1z",
        ids=[letter * 27 for letter in "abcde"[: len(organisations) + 1]],
    )


def test_access_that_was_gone_and_is_there_again_came_back(revoked, make_c1z, organisation):
    path = timeline(make_c1z, organisation, [MEMBER, WRITE], [MEMBER], [MEMBER])
    found = {item.revocation.row.grant: item for item in verify_revocations(revoked, [path])}
    assert found[MEMBER].result.value == "gone"
    back = found[WRITE]
    assert (back.result.value, back.through, back.syncs) == ("came back", "direct", 3)
    assert (back.gone.day, back.back.day) == (2, 3)


def test_days_count_to_the_first_sync_without_the_access(revoked, make_c1z, organisation):
    path = timeline(make_c1z, organisation, [WRITE], [WRITE], [MEMBER, WRITE])
    found = {item.revocation.row.grant: item for item in verify_revocations(revoked, [path])}
    assert (found[WRITE].days, found[MEMBER].days) == (0, 1)


def test_a_listing_that_was_not_read_proves_nothing(revoked, make_c1z, organisation):
    token = '{"connector_host":{"unread":["app:a1 (list_grants): not permitted"]}}'
    path = later(make_c1z, organisation, MEMBER, WRITE, sync_token=token)
    assert results(revoked, path)[WRITE] == ("unknown", "not read in the newest sync")
    assert results(revoked, path)[MEMBER][0] == "gone"


def test_each_system_needs_a_file(revoked):
    with pytest.raises(ConfigError, match="No file of a later sync was specified for"):
        verify_revocations(revoked, [])
