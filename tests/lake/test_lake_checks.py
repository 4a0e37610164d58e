"""Checks of a lake: a file that is missing, cut off or altered is named, with the remedy."""

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from msgspec.structs import replace

from connector_host.errors import FileError
from connector_host.lake.c1z_extraction import extracted_sources
from connector_host.lake.engines import duckdb_engine
from connector_host.lake.engines.engine_choice import open_reading
from connector_host.lake.file_adding import add_file, open_lake_for_adding
from connector_host.lake.lake_catalog import Lake
from connector_host.lake.lake_checks import verify_lake
from connector_host.lake.lake_pruning import RetentionPolicy, prune_lake
from connector_host.lake.parquet_files import file_hash
from connector_host.lake.questions.sql_questions import run_sql
from connector_host.lake.sync_commits import commit_key


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


def test_what_a_prepared_lake_cannot_do(lake, sync_file, tmp_path):
    """Links, source names that are paths, and repeated rows are refused, and nothing outside is touched."""
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "letter").write_text("mine")
    folder, commit = tmp_path / "lake", lake.commits[0]
    with pytest.raises(FileError, match=r"is no folder of its own, but a link"):
        (folder / "data" / "more").symlink_to(outside)
        lake.store.read("data/more/letter")
    (folder / "sources" / "pipe.json").symlink_to(outside / "letter")
    with pytest.raises(FileError, match=r"is no file of its own"):
        lake.store.read("sources/pipe.json")
    shutil.move(folder / "data", tmp_path / "elsewhere")
    (folder / "data").symlink_to(outside)
    with pytest.raises(FileError, match="but a link"):
        prune_lake(Lake.open(str(folder)), RetentionPolicy(), grace=timedelta(), now=datetime.now(UTC) + timedelta(1))
    assert (outside / "letter").exists()
    (folder / "data").unlink()
    (tmp_path / "elsewhere").rename(folder / "data")
    traversal = folder / commit_key("../../evil", "x", 1)
    traversal.parent.mkdir()
    traversal.write_bytes(msgspec.json.encode({**msgspec.to_builtins(commit), "source": "../../evil", "sync_id": "x"}))
    with pytest.raises(FileError, match="is damaged"), extracted_sources(Lake.open(str(folder)), (), None):
        pass
    assert not list(tmp_path.rglob("evil*"))


def test_repeated_rows_are_found_and_not_multiplied(lake, tmp_path, monkeypatch):
    commit = lake.commits[0]
    files = []
    for file in commit.files:
        path = tmp_path / "lake" / file.key
        if file.table in ("resources", "entitlements"):
            rows = pq.read_table(path, partitioning=None)
            pq.write_table(pa.concat_tables([rows] * 200), path)
        files.append(replace(file, size=path.stat().st_size, sha256=file_hash(path)))
    record = tmp_path / "lake" / commit.key
    record.write_bytes(msgspec.json.encode(replace(commit, files=tuple(files))))
    damaged = Lake.open(str(tmp_path / "lake"))
    assert [finding.text.partition("has ")[2] for finding in verify_lake(damaged)] == [
        "800 rows of 4 objects.",
        "1,200 rows of 6 objects.",
    ]
    monkeypatch.setattr(duckdb_engine, "MOST_ROWS", 100)
    with open_reading(damaged) as reading, pytest.raises(FileError, match="more than its size explains"):
        run_sql(reading, "select * from access")
    monkeypatch.setattr(duckdb_engine, "SECONDS", 0)
    monkeypatch.setattr(duckdb_engine, "BYTES_OF_A_SECOND", 1e12)
    with open_reading(damaged) as reading, pytest.raises(FileError, match="far too long"):
        reading.engine.query("select count(*) from access as a, access as b")
