"""The chain of the audit record: no line can be altered, removed or inserted unnoticed."""

import json
import os
import subprocess
import sys

import pytest

from connector_host.errors import ConfigError, FileError
from connector_host.provision.audit_chain import head_path, verify
from connector_host.provision.audit_record import Audit


def record(path, number=3, **fields):
    with Audit(path, str, connector="toy") as audit:
        for index in range(number):
            entry = audit.begin("grant", {"principal": f"user:u{index}", **fields}, dry_run=False)
            entry.done("done", [f"call {index}"])


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "audit.jsonl"
    record(path)
    return path


def lines(path):
    return path.read_bytes().splitlines(keepends=True)


def test_an_untouched_record_is_sound(path):
    check = verify(path)
    assert (check.lines, check.chained, check.problems, check.unfinished) == (6, 6, [], [])
    assert [json.loads(line)["seq"] for line in lines(path)] == [1, 2, 3, 4, 5, 6]
    assert head_path(path).stat().st_mode & 0o777 == 0o600
    assert verify(path, check.head.sha256).problems == []


def test_it_goes_on_in_the_next_command(path):
    record(path, 1)
    assert verify(path).chained == 8
    assert verify(path).problems == []


@pytest.mark.parametrize("number", range(6))
def test_an_altered_line_is_found(path, number):
    all_lines = lines(path)
    all_lines[number] = all_lines[number].replace(b"user:u", b"user:x")
    path.write_bytes(b"".join(all_lines))
    (problem,) = verify(path).problems
    assert "altered" in problem
    assert (f"line {number + 1} was altered" in problem) or number == 5


@pytest.mark.parametrize("number", range(6))
def test_a_missing_line_is_found(path, number):
    all_lines = lines(path)
    del all_lines[number]
    path.write_bytes(b"".join(all_lines))
    (problem,) = verify(path).problems
    where = "at the end" if number == 5 else f"before line {number + 1}"
    assert problem.startswith(f"1 line(s) are missing {where}")


def test_a_whole_change_missing_at_the_end_is_found(path):
    path.write_bytes(b"".join(lines(path)[:4]))
    assert verify(path).problems == ["2 line(s) are missing at the end: audit.jsonl.head has number 6"]


@pytest.mark.parametrize("number", range(1, 6))
def test_an_inserted_line_is_found(path, number):
    all_lines = lines(path)
    all_lines.insert(number, b'{"event":"end","change":"x"}\n')
    path.write_bytes(b"".join(all_lines))
    assert any(f"line {number + 1} is outside the chain" in text for text in verify(path).problems)


def test_two_lines_that_changed_places_are_found(path):
    all_lines = lines(path)
    all_lines[2], all_lines[3] = all_lines[3], all_lines[2]
    path.write_bytes(b"".join(all_lines))
    assert verify(path).problems


def test_a_rewritten_history_is_found_by_a_noted_hash(path):
    noted = verify(path).head.sha256
    path.unlink()
    head_path(path).unlink()
    record(path, 3)
    assert verify(path).problems == []
    assert verify(path, noted).problems == ["the line with the expected hash is missing or altered"]


def test_without_its_head_that_is_said(path):
    head_path(path).unlink()
    check = verify(path)
    assert check.problems == []
    assert "audit.jsonl.head is missing" in check.notes[0]


def test_a_head_that_is_behind_its_record_is_no_problem(path):
    head = head_path(path).read_bytes()
    record(path, 1)
    head_path(path).write_bytes(head)  # as if the process had died before it was written
    assert verify(path).problems == []


def test_a_change_without_an_end_is_named(path):
    with Audit(path, str, connector="toy") as audit:
        entry = audit.begin("revoke", {}, dry_run=False)
    check = verify(path)
    assert check.unfinished == [f"line 7: the revoke {entry.change} has no end: it may or may not have been made"]
    assert check.problems == []


def test_lines_of_older_versions_come_before_the_chain(tmp_path):
    path = tmp_path / "audit.jsonl"
    path.write_text('{"event":"begin","change":"a"}\n{"event":"end","change":"a"}\n')
    path.chmod(0o600)
    record(path, 1)
    check = verify(path)
    assert (check.lines, check.chained, check.problems) == (4, 2, [])
    path.write_text(path.read_text().replace('"a"', '"b"', 1))
    assert verify(path).problems == []  # only the line before the chain is protected
    path.write_text(path.read_text().replace('"end","change":"a"', '"end","change":"b"', 1))
    assert verify(path).problems != []


def test_a_line_that_a_full_disk_cut_short_is_named_and_the_chain_goes_on(path):
    with path.open("ab") as file:
        file.write(b'{"event":"beg')
    record(path, 1)
    assert verify(path).problems == ["line 7 is not a record: it was cut short or altered"]
    assert json.loads(lines(path)[-1])["seq"] == 8


def test_texts_that_are_no_unicode_are_recorded_escaped(tmp_path):
    path = tmp_path / "audit.jsonl"
    record(path, 1, name="caf\udce9")
    assert verify(path).problems == []
    assert json.loads(lines(path)[0])["name"] == "caf\\udce9"


def test_two_processes_share_one_chain(path):
    code = (
        "import sys, pathlib; from connector_host.provision.audit_record import Audit\n"
        "with Audit(pathlib.Path(sys.argv[1]), str, connector='toy') as audit:\n"
        "    for _ in range(20): audit.begin('grant', {}, dry_run=False).done('done', [])"
    )
    processes = [subprocess.Popen([sys.executable, "-c", code, str(path)]) for _ in range(2)]
    assert [process.wait() for process in processes] == [0, 0]
    check = verify(path)
    assert (check.chained, check.problems) == (86, [])


def test_a_link_in_the_place_of_the_head_is_refused(tmp_path):
    path = tmp_path / "audit.jsonl"
    os.symlink(tmp_path / "elsewhere", head_path(path))
    with pytest.raises((FileError, ConfigError)):
        record(path, 1)
    assert not (tmp_path / "elsewhere").exists()


def test_a_record_that_is_not_there(tmp_path):
    with pytest.raises(FileError, match="cannot be read"):
        verify(tmp_path / "absent.jsonl")
