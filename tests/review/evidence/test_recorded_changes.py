"""Records of changes that belong to the revocations of a review."""

import pytest
from msgspec.structs import replace

from connector_host.provision.audit_record import Audit
from connector_host.review.decisions import read_decisions
from connector_host.review.evidence.recorded_changes import read_audit_files
from connector_host.review.review_files import ReviewRequest, open_review

WRITE = "app:a1:write:user:u1"


@pytest.fixture
def decided(workbook, sync_file):
    """Decisions with one revocation, and the facts of a system with a connector and an account."""
    book = workbook(sync_file)
    book.fill({WRITE: "revoke"}, day="2026-01-03")
    with open_review(ReviewRequest((sync_file,), compare=False)) as review:
        facts = [replace(review.facts[0], connector="staff", account="Example")]
    return read_decisions(book.path), facts


def outcomes(decided, path, records):
    decisions, facts = decided
    with Audit(path, str, connector="staff") as audit:
        for fields, outcome, dry_run in records:
            audit.begin("revoke", {"grant": WRITE, "account": "Example", **fields}, dry_run=dry_run).done(outcome, [])
    _, changes = read_audit_files(decisions, facts, [path])
    return {key: change.outcome for key, change in changes.items()}


def test_the_last_real_attempt_counts(decided, tmp_path):
    records = [({}, "failed", False), ({}, "done", False), ({}, "planned", True)]
    assert outcomes(decided, tmp_path / "a.jsonl", records) == {(0, WRITE): "done"}


def test_records_of_other_accounts_grants_and_reviews_do_not_count(decided, tmp_path):
    records = [
        ({"account": "Other"}, "done", False),
        ({"grant": "x"}, "done", False),
        ({"decision": {"review": "another"}}, "done", False),
    ]
    assert outcomes(decided, tmp_path / "a.jsonl", records) == {}
    own = decided[0].systems[0].sync
    assert outcomes(decided, tmp_path / "b.jsonl", [({"decision": {"review": own}}, "already", False)])
