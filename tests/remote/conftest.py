"""Syncs through connector processes: recordings of real ones played back, and programs that are none."""

import json
import logging
import sqlite3
import sys
from pathlib import Path

import pytest
import zstandard

from connector_host import Run
from connector_host.options import resolve
from connector_host.plugins.loading import make_connector
from connector_host.remote import RemoteConnector
from connector_host.sync.engine import SyncSettings, run_sync

STAND_IN = Path(__file__).with_name("stand_in_process.py")
RECORDINGS = Path(__file__).parents[3] / "shared" / "golden" / "connector-service"


@pytest.fixture
def sync_process(tmp_path):
    """Sync through a process; returns its summary. `run` is the run, `file` the output."""

    def sync(*command, arguments=(), run=None, start_timeout=20.0, **settings):
        connector = make_connector(RemoteConnector("example", [str(word) for word in command]), "example")
        flags = {"process-options": list(arguments), "start-timeout": start_timeout}
        options = resolve(connector.options, flags=flags, environ={})
        settings = {"max_attempts": 3, **settings}
        run = run or Run(logging.getLogger("connector_host.plugins.facade.example"))
        return run_sync(connector, options, SyncSettings(file=tmp_path / "sync.c1z", **settings), run)

    sync.file = tmp_path / "sync.c1z"
    return sync


@pytest.fixture
def played(sync_process, tmp_path):
    """Sync the recording `name` with planned faults."""
    if not RECORDINGS.is_dir():
        pytest.skip("the recordings of real processes are not beside the checkout")

    def play(name, faults=None, **settings):
        plan = json.dumps({"marks": str(tmp_path), **faults}) if faults else "none"
        return sync_process(sys.executable, STAND_IN, RECORDINGS / f"{name}.jsonl", plan, **settings)

    return play


class SyncedRows:
    """The rows of the newest sync in a file of format v1: `rows(table)` gives {external id: row as a dict}."""

    VOLATILE = ("id", "sync_id", "discovered_at")

    def __init__(self, path, folder):
        database = folder / f"{path.parent.name}-{path.name}.db"
        with zstandard.ZstdDecompressor().stream_reader(path.read_bytes()[5:], read_across_frames=True) as reader:
            database.write_bytes(reader.read())
        self.db = sqlite3.connect(database)
        self.db.row_factory = sqlite3.Row

    def rows(self, table):
        [sync_id] = self.db.execute("select sync_id from v1_sync_runs order by id desc limit 1").fetchone()
        rows = [dict(row) for row in self.db.execute(f"select * from v1_{table} where sync_id = ?", (sync_id,))]
        return {row["external_id"]: {k: v for k, v in row.items() if k not in self.VOLATILE} for row in rows}


@pytest.fixture
def unpacked(tmp_path):
    """Read the rows of a file."""
    return lambda path: SyncedRows(path, tmp_path)


@pytest.fixture
def recordings():
    """The folder of the recordings."""
    return RECORDINGS
