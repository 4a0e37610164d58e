"""Evidence of a small review: what it holds, what it refuses, and that its bytes can be repeated."""

import csv
import hashlib
import json
import zipfile

import pytest
from msgspec.structs import replace

from connector_host.errors import ConfigError, PreconditionError
from connector_host.provision.audit_record import Audit
from connector_host.review.evidence.evidence_contents import EvidenceRequest
from connector_host.review.evidence.evidence_writer import write_evidence
from connector_host.review.evidence.known_secrets import KnownSecrets

WRITE, MEMBER = "app:a1:write:user:u1", "group:g1:member:user:u2"
NO_SECRETS = KnownSecrets({})


@pytest.fixture
def case(workbook, make_c1z, organisation, tmp_path):
    """A decided review, a record of its revocation, and a later sync without the revoked grant."""
    path = make_c1z(organisation, name="reviewed.c1z")
    book = workbook(path)
    keep = {grant.id: "keep" for grant in organisation.grants if grant.id not in (WRITE, MEMBER)}
    book.fill({**keep, MEMBER: "keep"}, day="2026-01-03")
    book.fill({WRITE: "revoke"}, reviewer="ada@EXAMPLE.com", day="2026-01-03", note="@left the team")
    organisation.grants = [grant for grant in organisation.grants if grant.id != WRITE]
    later = make_c1z(organisation, organisation, name="later.c1z", ids=["c" * 27, "d" * 27])
    audit = tmp_path / "audit.jsonl"
    with Audit(audit, str, connector="staff") as record:
        entry = record.begin("revoke", {"grant": WRITE}, dry_run=False)
        entry.done("done", [])
    return EvidenceRequest(returned=(str(book.path),), later=(later,), audits=(audit,))


def members(path):
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_complete_evidence_holds_every_part_and_can_be_repeated(case, tmp_path):
    out = tmp_path / "evidence.zip"
    contents, sha256 = write_evidence(case, out, NO_SECRETS)
    assert contents.missing == ()
    assert contents.remarks == ("review.xlsx: decisions by principals on their own access: 1.",)
    files = members(out)
    assert json.loads(files["evidence.json"])["complete"] is True
    (population,) = json.loads(files["population.json"])
    assert (population["grants"], population["file"], population["scope"]) == (8, "reviewed.c1z", "all grants")
    decisions = list(csv.DictReader(files["decisions.csv"].decode().splitlines()))
    assert {row["Decision"] for row in decisions} == {"keep", "revoke"}
    assert len(decisions) == 8
    (revoked,) = [row for row in decisions if row["Decision"] == "revoke"]
    assert (revoked["Reviewer"], revoked["Date"], revoked["Note"]) == (
        "ada@EXAMPLE.com",
        "2026-01-03",
        "'@left the team",
    )
    (remediation,) = csv.DictReader(files["remediation.csv"].decode().splitlines())
    assert (remediation["Outcome"], remediation["Result"]) == ("done", "gone")
    assert json.loads(files["plan/system-1.revoke.jsonl"])["grant"] == WRITE
    assert b"The evidence is complete." in files["summary.html"]
    assert hashlib.sha256(files["SHA256SUMS"]).hexdigest() == sha256
    listed = dict(line.split("  ")[::-1] for line in files["SHA256SUMS"].decode().splitlines())
    assert listed == {name: hashlib.sha256(data).hexdigest() for name, data in files.items() if name != "SHA256SUMS"}
    write_evidence(case, tmp_path / "again.zip", NO_SECRETS)
    assert (tmp_path / "again.zip").read_bytes() == out.read_bytes()


def test_what_is_missing_is_named_and_nothing_is_written(case, tmp_path):
    out = tmp_path / "evidence.zip"
    request = EvidenceRequest(returned=case.returned)
    with pytest.raises(PreconditionError) as caught:
        write_evidence(request, out, NO_SECRETS)
    assert "No record of the revocations was specified (--audit)." in caught.value.message
    assert "The revocations were not verified in a later sync (-f)." in caught.value.message
    assert not out.exists()
    write_evidence(request, out, NO_SECRETS, incomplete=True)
    files = members(out)
    assert json.loads(files["evidence.json"])["complete"] is False
    assert b"INCOMPLETE" in files["summary.html"]
    audit = case.audits[0]
    lines = audit.read_bytes().splitlines(keepends=True)
    audit.write_bytes(lines[0].replace(b"staff", b"other") + lines[1])
    request = EvidenceRequest(returned=case.returned, later=case.later, audits=(audit,))
    with pytest.raises(PreconditionError, match="The record audit.jsonl is damaged: line 1 was altered"):
        write_evidence(request, tmp_path / "evidence.zip", NO_SECRETS)


def test_a_secret_in_any_file_is_refused(case, tmp_path):
    secrets = KnownSecrets({"BATON_API_TOKEN": "left the team", "HOME": "Rita Rita"})
    with pytest.raises(ConfigError, match="would hold the secret BATON_API_TOKEN"):
        write_evidence(case, tmp_path / "evidence.zip", secrets)
    assert not (tmp_path / "evidence.zip").exists()
    case.audits[0].write_bytes(case.audits[0].read_bytes() + b"hunter2-hunter2\n")
    request = EvidenceRequest(returned=case.returned, audits=case.audits)
    with pytest.raises(ConfigError, match=r"audit/audit.jsonl of the evidence would hold the secret OP_SESSION_x"):
        write_evidence(
            request, tmp_path / "evidence.zip", KnownSecrets({"OP_SESSION_x": "hunter2-hunter2"}), incomplete=True
        )


def test_other_rules_than_those_of_the_review_are_refused(case, tmp_path):
    rules = tmp_path / "rules.toml"
    rules.write_text("format = 1", encoding="utf-8")
    with pytest.raises(PreconditionError, match="the review has no rules"):
        write_evidence(replace(case, rules=rules), tmp_path / "evidence.zip", NO_SECRETS)
