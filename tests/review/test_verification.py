"""Revocations compared with a later sync."""

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
    with pytest.raises(PreconditionError, match="is not newer"):
        verify_revocations(revoked, [revoked.files[0]])


def test_a_file_of_another_account_is_refused(revoked, make_c1z, organisation):
    token = '{"connector_host":{"connector":"staff","account":"Other"}}'
    with pytest.raises(PreconditionError, match="is of staff Other"):
        verify_revocations(revoked, [later(make_c1z, organisation, MEMBER, sync_token=token)])


def test_one_file_for_each_system(revoked):
    with pytest.raises(ConfigError, match="1 systems, but 0 files"):
        verify_revocations(revoked, [])
