"""Decisions in a lake: added once, found by questions, and checked."""

import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest
from msgspec.structs import replace

from connector_host.errors import NotFoundInFile, PreconditionError
from connector_host.lake.access_decisions import AccessDecision, add_decisions, decision_keys, source_namer
from connector_host.lake.engines.engine_choice import open_reading
from connector_host.lake.lake_catalog import Lake
from connector_host.lake.lake_checks import verify_lake
from connector_host.lake.lake_pruning import RetentionPolicy, prune_lake
from connector_host.lake.questions.timeline_questions import list_timeline

MARCH = datetime(2026, 3, 1, tzinfo=UTC)
GRANTED = AccessDecision(
    source="payroll",
    sync_id=None,
    decision_id="a",
    decision="grant",
    decided_at=MARCH.replace(day=2),
    decided_by="Grace",
    made_at=MARCH.replace(day=2, hour=15),
    made_by="root",
    outcome="done",
    principal_type="user",
    principal="u2",
    entitlement="group:g1:member",
    review="",
    note="on call",
    origin="record line 2",
)
REVOKED = replace(
    GRANTED, decision_id="b", decision="revoke", decided_by="Rita", made_at=MARCH.replace(hour=20), note=""
)


def test_a_decision_is_added_once(days_lake):
    assert add_decisions(days_lake, [GRANTED, REVOKED]) == 2
    assert add_decisions(days_lake, [REVOKED, GRANTED, replace(GRANTED, decision_id="c")]) == 1
    assert add_decisions(Lake.open(days_lake.store.url), [GRANTED]) == 0
    with open_reading(days_lake) as reading:
        rows = reading.engine.query_of_person("select decision, count(*) from decisions group by 1 order by 1").rows
    assert rows == [("grant", 2), ("revoke", 1)]


def test_two_writers_of_the_same_decisions_write_one_object(days_lake):
    add_decisions(days_lake, [GRANTED, REVOKED])
    (key,) = decision_keys(days_lake)
    content = days_lake.store.read(key)
    days_lake.store.delete(key)
    add_decisions(days_lake, [REVOKED, GRANTED])
    assert decision_keys(days_lake) == [key]
    assert days_lake.store.read(key) == content


def test_the_timeline_names_who_decided(days_lake):
    add_decisions(days_lake, [GRANTED, REVOKED])
    with open_reading(days_lake) as reading:
        table = list_timeline(reading, "bob@example.com")
        assert [column.key for column in table.columns[9:16]] == [
            *("grantedBy", "grantedOn", "removedBy", "removedOn", "keptBy", "keptOn", "notes"),
        ]
        spans = [row[9:16] for row in table.rows if row[7] == "member"]
    assert spans == [
        ("", None, "Rita", MARCH.replace(day=2), "", None, []),
        ("Grace", MARCH.replace(day=2), "", None, "", None, ["on call"]),
    ]
    with open_reading(days_lake, moment=MARCH.replace(day=2, hour=12)) as reading:
        assert [row[9] for row in list_timeline(reading, "bob@example.com").rows if row[7] == "member"] == [""]


def test_a_folder_whose_name_is_a_pattern_is_no_pattern(days_lake, tmp_path):
    add_decisions(days_lake, [GRANTED])
    copied = shutil.copytree(days_lake.store.url, tmp_path / "source=x" / "lake[ab]*")
    with open_reading(Lake.open(str(copied))) as reading:
        assert reading.engine.query_of_person("select source, decision from decisions").rows == [("payroll", "grant")]
        assert reading.engine.query_of_person("select count(*) from current.grants").rows[0][0]


def test_decisions_are_verified_and_never_pruned(days_lake):
    add_decisions(days_lake, [GRANTED])
    (key,) = decision_keys(days_lake)
    prune_lake(days_lake, RetentionPolicy(daily=0, monthly=0), grace=MARCH - MARCH)
    assert decision_keys(days_lake) == [key]
    assert not [finding for finding in verify_lake(days_lake) if finding.severity == "error"]
    path = Path(days_lake.store.location(key))
    path.write_bytes(path.read_bytes()[:-4] + b"PAR2")
    (finding,) = [finding for finding in verify_lake(days_lake) if finding.severity == "error"]
    assert key in finding.text
    assert "add-decisions" in finding.remedy


def test_a_decision_belongs_to_the_source_of_its_account_or_sync(days_lake):
    name_source = source_namer(days_lake, None)
    assert name_source("payroll", "example.com", "") == "payroll"
    assert name_source("", "", "hr1") == "hr"
    assert name_source("payroll", "elsewhere.example", "") == ""
    assert source_namer(days_lake, "bank")("payroll", "example.com", "") == "bank"
    with pytest.raises(NotFoundInFile, match="no source 'bonk'"):
        source_namer(days_lake, "bonk")
    days_lake.commits.append(replace(days_lake.commits[-1], source="payroll-2", sync_id="x"))
    with pytest.raises(PreconditionError, match="Several sources are connector payroll"):
        source_namer(days_lake, None)("payroll", "example.com", "")
