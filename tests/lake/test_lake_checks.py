"""Checks of a lake: a file that is missing, cut off or altered is named, with the remedy."""

from pathlib import Path

import pytest

from connector_host.lake.file_adding import add_file, open_lake_for_adding
from connector_host.lake.lake_checks import verify_lake


@pytest.fixture
def lake(tmp_path, sync_file):
    lake = open_lake_for_adding(str(tmp_path / "lake"))
    add_file(lake, sync_file, source="hr")
    return lake


def grants_file(lake):
    return next(Path(lake.store.location(file.key)) for file in lake.commits[0].files if file.table == "grants")


def test_a_whole_lake_has_no_findings(lake):
    assert list(verify_lake(lake)) == []


@pytest.mark.parametrize(
    ("damage", "text"),
    [
        (lambda path: path.unlink(), "is missing"),
        (lambda path: path.write_bytes(path.read_bytes()[:-10]), "bytes instead of"),
        (
            lambda path: path.write_bytes(path.read_bytes()[:50] + b"\0\1\2" + path.read_bytes()[53:]),
            "content has changed",
        ),
    ],
)
def test_damage_is_named_with_the_remedy(lake, damage, text):
    damage(grants_file(lake))
    (finding,) = verify_lake(lake)
    assert (finding.severity, finding.source) == ("error", "hr")
    assert text in finding.text
    assert "--replace" in finding.remedy


def test_a_damaged_commit_is_named(lake):
    Path(lake.store.location(lake.commits[0].key)).write_text("{")
    assert [finding.severity for finding in verify_lake(lake)] == ["error", "note"]
