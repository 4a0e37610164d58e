"""A source of a lake as a file: every reading command says the same as of the file that was added."""

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from connector_host.errors import FileError, NotFoundInFile
from connector_host.lake.c1z_extraction import extract_source, extracted_sources
from connector_host.lake.lake_catalog import parse_date


@pytest.mark.parametrize(
    "words",
    [
        ("grants", "-o", "csv"),
        ("resources", "-o", "csv"),
        ("entitlements", "-o", "csv"),
        ("principals", "-o", "csv"),
        ("resource-types", "-o", "csv"),
        ("access", "ada@example.com", "-o", "csv"),
        ("why", "ada@example.com", "Payroll", "-o", "csv"),
    ],
    ids=" ".join,
)
def test_a_file_made_of_a_lake_reads_as_the_one_that_was_added(ask, sync_file, words):
    ask("lake", "add", sync_file, "--source", "hr")
    assert ask("lake", "export", "hr").code == 0
    made, original = ask(*words, "-f", "hr.c1z"), ask(*words, "-f", sync_file)
    assert original.code == 0
    assert sorted(made.lines) == sorted(original.lines)


def test_it_is_sound_and_says_what_it_lacks(ask, sync_file):
    ask("lake", "add", sync_file, "--source", "hr")
    ask("lake", "export", "hr", "--out", "made.c1z")
    checked = ask("validate", "-f", "made.c1z")
    assert checked.code == 0, checked.out
    assert "Made from a lake" in checked.out
    assert ask("lake", "export", "hr", "--out", "made.c1z").code == 2


def test_the_sync_before_is_in_the_file(shared_lake, tmp_path, ask):
    path = extract_source(shared_lake, "payroll", tmp_path / "p.c1z", parse_date("2026-03-02", "--at"))
    assert [sync["id"] for sync in ask("syncs", "-f", path, "-o", "json").json["syncs"]] == ["payroll1", "payroll2"]
    assert ask("diff", "-f", path).code == 0


def test_names_and_days_without_a_sync(shared_lake, tmp_path):
    with pytest.raises(NotFoundInFile), extracted_sources(shared_lake, ["payrol"], None):
        pass
    with pytest.raises(FileError, match="no sync of hr by that day"):
        extract_source(shared_lake, "hr", tmp_path / "hr.c1z", parse_date("2026-03-01", "--at"))


def test_a_compacted_lake(days_lake, tmp_path, ask):
    from connector_host.lake.compaction import compact_lake
    from connector_host.lake.lake_catalog import Lake

    compact_lake(days_lake, smaller_than=1_000_000)
    path = extract_source(Lake.open(days_lake.store.url), "bank", tmp_path / "bank.c1z")
    assert len(ask("grants", "-f", path, "-o", "jsonl").records) == 2


def test_rows_of_another_program_are_checked(ask, sync_file):
    """Columns that are missing, bytes that are no text and profiles that are no objects: no traceback."""
    ask("lake", "add", sync_file, "--source", "hr")
    (commit,) = Path("lake").rglob("commits/*/*.json")
    files = {file["table"]: Path("lake", file["key"]) for file in json.loads(commit.read_bytes())["files"]}
    grants, resources = (pq.read_table(files[table], partitioning=None) for table in ("grants", "resources"))
    pq.write_table(grants.drop_columns(["grant_id", "through"]), files["grants"])
    profiles = pa.array(["1.5"] * len(resources), pa.string())
    pq.write_table(
        resources.set_column(resources.column_names.index("profile"), "profile", profiles), files["resources"]
    )
    assert ask("lake", "export", "hr", "--out", "made.c1z").code == 0
    no_text = pa.array([b"\xd0\xff"] * len(resources), pa.binary())
    pq.write_table(resources.set_column(resources.column_names.index("name"), "name", no_text), files["resources"])
    for words in (("export", "hr", "--out", "other.c1z"), ("people",), ("compact",)):
        answer = ask("lake", *words)
        assert (answer.code, "defect" in answer.err) == (0 if words == ("compact",) else 2, False)
