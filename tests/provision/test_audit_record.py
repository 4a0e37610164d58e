"""The record of changes: what a line holds, where it can be read, what never gets into it."""

import json
import stat
from pathlib import Path

import pytest

from connector_host.errors import FileError, NotPermitted
from connector_host.model import Identity
from connector_host.provision.audit_record import Audit, local_user
from connector_host.secret import Redactor


def lines(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


@pytest.fixture
def path(tmp_path):
    return tmp_path / "audit.jsonl"


def test_a_change_is_two_lines_of_one_id(path):
    with Audit(path, Redactor(), connector="fake") as audit:
        audit.identify(Identity("acme", "root"))
        first = audit.begin("grant", {"principal": "user:a"}, dry_run=False)
        assert [line["event"] for line in lines(path)] == ["begin"]
        first.done("done", ("call a",))
        second = audit.begin("revoke", {"grant": "g"}, dry_run=True)
        second.failed(NotPermitted("no"))
    begun, ended, *others = lines(path)
    assert begun["change"] == ended["change"] == first.change != others[0]["change"]
    assert {"by": local_user(), "account": "acme", "user": "root", "connector": "fake"}.items() <= begun.items()
    assert (ended["outcome"], ended["calls"]) == ("done", ["call a"])
    assert others[1]["error"] == {"kind": "NotPermitted", "message": "no", "exit_code": 4}
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_it_is_only_added_to(path):
    path.write_text('{"older": 1}\n')
    for _ in range(2):
        with Audit(path, Redactor(), connector="fake") as audit:
            audit.begin("grant", {}, dry_run=False)
    assert lines(path)[0] == {"older": 1}
    assert len(lines(path)) == 3


def test_a_line_cut_short_does_not_spoil_the_next(path):
    path.write_text('{"event":"beg')
    with Audit(path, Redactor(), connector="fake") as audit:
        audit.begin("grant", {}, dry_run=False)
    cut, whole = path.read_text().splitlines()
    assert cut == '{"event":"beg'
    assert json.loads(whole)["event"] == "begin"


def test_secrets_are_masked_and_the_line_stays_json(path):
    redact = Redactor()
    for secret in ('hunter"2\\', "true", "begin"):
        redact.add(secret)
    with Audit(path, redact, connector="fake") as audit:
        entry = audit.begin("grant", {"principal": 'the hunter"2\\ of'}, dry_run=True)
        entry.done("done", ('op --password hunter"2\\',))
    begun, ended = lines(path)
    assert begun["principal"] == "the *** of"
    assert begun["dry_run"] is True
    assert ended["calls"] == ["op --password ***"]


def test_a_file_that_cannot_be_written(tmp_path):
    for path in (tmp_path, tmp_path / "none" / "audit.jsonl"):
        with pytest.raises(FileError, match="cannot be written"):
            Audit(path, Redactor(), connector="fake")


def test_a_full_disk_is_said():
    audit = Audit(Path("/dev/full"), Redactor(), connector="fake")
    with audit, pytest.raises(FileError, match="No space left"):
        audit.begin("grant", {}, dry_run=False)


@pytest.mark.parametrize("make", ["open", "link"])
def test_a_record_that_others_could_have_written_is_refused(tmp_path, make):
    path = tmp_path / "audit.jsonl"
    if make == "open":
        path.touch()
        path.chmod(0o666)
    else:
        (tmp_path / "open").mkdir()
        (tmp_path / "open").chmod(0o777)
        path.symlink_to(tmp_path / "open" / "elsewhere.jsonl")
    with pytest.raises(FileError, match="is not used: every user of this computer can write to"):
        Audit(path, Redactor(), connector="fake")
