"""Decisions from records and from evidence: checked first, and only what was decided."""

import json
import zipfile

import pytest

from connector_host.errors import FileError, PreconditionError
from connector_host.provision.audit_record import Audit
from connector_host.review.evidence.decision_sources import read_decision_source
from connector_host.review.evidence.evidence_contents import EvidenceRequest
from connector_host.review.evidence.evidence_writer import write_evidence
from connector_host.review.evidence.known_secrets import KnownSecrets

WRITE = "app:a1:write:user:u1"
CHANGE = {"principal": "user:u1", "entitlement": "app:a1:write"}


def name_source(connector, account, sync_id):
    return {"staff": "hr"}.get(connector, "hr" if sync_id else "")


@pytest.fixture
def record(tmp_path):
    """A record: a grant, a revocation that was decided in a review, and what is no decision."""
    path = tmp_path / "audit.jsonl"
    with Audit(path, str, connector="staff") as audit:
        audit.begin("grant", CHANGE, dry_run=False).done("done", ["call"])
        decision = {"review": "q1", "reviewer": "Rita", "decided": "2026-01-03", "note": "left"}
        audit.begin("revoke", {**CHANGE, "decision": decision}, dry_run=False).done("already", [])
        audit.begin("delete_resource", {"resource": "user:u9"}, dry_run=False).done("done", [])
        audit.begin("grant", CHANGE, dry_run=True).done("planned", [])
        audit.begin("grant", CHANGE, dry_run=False).failed(FileError("no"))
        audit.begin("grant", CHANGE, dry_run=False).abandoned()
        audit.begin("rotate_credentials", {"resource": "user:u1"}, dry_run=False).done("done", [])
        audit.begin("grant", CHANGE, dry_run=False)
    return path


def test_the_record_has_the_changes_that_were_made(record):
    source = read_decision_source(record, name_source)
    granted, revoked, deleted = source.decisions
    assert (granted.source, granted.decision, granted.decided_by, granted.decided_at) == (
        *("hr", "grant", granted.made_by),
        granted.made_at,
    )
    assert (granted.principal_type, granted.principal, granted.entitlement) == ("user", "u1", "app:a1:write")
    assert (revoked.decision, revoked.decided_by, revoked.note, revoked.review) == ("revoke", "Rita", "left", "q1")
    assert f"{revoked.decided_at:%Y-%m-%d %H:%M %Z}" == "2026-01-03 00:00 UTC"
    assert revoked.made_at > revoked.decided_at
    assert (deleted.decision, deleted.principal, deleted.entitlement) == ("delete", "u9", "")
    assert (source.is_evidence, source.foreign) == (False, 0)


def test_changes_of_other_accounts_are_counted(record):
    source = read_decision_source(record, lambda connector, account, sync_id: "")
    assert (source.decisions, source.foreign) == ((), 3)


@pytest.mark.parametrize(
    "damage",
    [
        lambda text: text.replace('"user:u1"', '"user:u2"', 1),
        lambda text: text.split("\n", 1)[1],
        lambda text: text.rsplit("\n", 3)[0] + "\n",
        lambda text: text + "{}\n",
        lambda text: "no record",
    ],
)
def test_nothing_is_taken_from_a_record_that_was_altered(record, damage):
    record.write_text(damage(record.read_text()))
    with pytest.raises(FileError, match="Nothing was taken from") as failure:
        read_decision_source(record, name_source)
    assert "audit verify" in failure.value.hint


@pytest.fixture
def evidence(workbook, make_c1z, organisation, tmp_path):
    """The evidence of a review in which one grant is revoked, one is open, and the others are kept."""
    book = workbook(make_c1z(organisation, name="reviewed.c1z"))
    keep = {grant.id: "keep" for grant in organisation.grants if grant.id != WRITE}
    book.fill({**dict(list(keep.items())[1:]), WRITE: "revoke"}, day="2026-01-03", note="@all")
    out = tmp_path / "evidence.zip"
    write_evidence(EvidenceRequest(returned=(str(book.path),)), out, KnownSecrets({}), incomplete=True)
    return out


def test_evidence_has_what_reviewers_kept_and_revoked(evidence):
    source = read_decision_source(evidence, name_source)
    assert source.is_evidence
    assert source.notes == ("The evidence is incomplete: decisions may be missing.",)
    (revoked,) = [item for item in source.decisions if item.decision == "revoke"]
    assert f"{revoked.entitlement}:{revoked.principal_type}:{revoked.principal}" == WRITE
    assert (revoked.source, revoked.decided_by, revoked.note, revoked.made_at) == ("hr", "Rita", "@all", None)
    assert len({item.decision_id for item in source.decisions}) == len(source.decisions) > 3
    assert {item.decision for item in source.decisions} == {"keep", "revoke"}


def rewritten(path, change):
    """Write a ZIP file again with other members."""
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    change(members)
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def test_nothing_is_taken_from_evidence_that_was_altered(evidence):
    path = rewritten(evidence, lambda members: members.update({"decisions.jsonl": b""}))
    with pytest.raises(FileError, match=r"Nothing was taken from .*decisions.jsonl was altered"):
        read_decision_source(path, name_source)


def test_evidence_of_an_earlier_version_is_named(evidence):
    def without_records(members):
        del members["decisions.jsonl"]
        sums = members["SHA256SUMS"].decode().splitlines(keepends=True)
        members["SHA256SUMS"] = "".join(line for line in sums if "decisions.jsonl" not in line).encode()

    with pytest.raises(PreconditionError, match="written by an earlier version") as failure:
        read_decision_source(rewritten(evidence, without_records), name_source)
    assert "review evidence" in failure.value.hint


@pytest.mark.parametrize("line", [b"{}", b"nonsense", json.dumps({"system": "?", "row": "1", "principal": "u:1"})])
def test_unreadable_decisions_are_an_error(evidence, line):
    import hashlib

    def alter(members):
        content = line if isinstance(line, bytes) else line.replace("}", ', "decision": "keep"}').encode()
        old = hashlib.sha256(members["decisions.jsonl"]).hexdigest()
        members["decisions.jsonl"] = content
        new = hashlib.sha256(content).hexdigest()
        members["SHA256SUMS"] = members["SHA256SUMS"].replace(old.encode(), new.encode())

    with pytest.raises(FileError, match="cannot be read"):
        read_decision_source(rewritten(evidence, alter), name_source)


def test_a_missing_file_is_an_error(tmp_path):
    with pytest.raises(FileError, match="cannot be read"):
        read_decision_source(tmp_path / "no.jsonl", name_source)
