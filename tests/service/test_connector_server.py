"""A connector in Python, served as a process and driven as one, syncs as it does in one process."""

import json
import logging
import os
import subprocess
import sys

import pytest

from connector_host import Run
from connector_host.options import resolve
from connector_host.plugins.loading import load, make_connector
from connector_host.remote import RemoteConnector
from connector_host.sync.engine import SyncSettings, run_sync

SERVE = (sys.executable, "-m", "connector_host", "serve")


@pytest.fixture
def run_connector(tmp_path):
    def run(connector, flags, name, **settings):
        options = resolve(connector.options, flags=flags, environ={})
        settings = SyncSettings(file=tmp_path / name, **settings)
        return run_sync(connector, options, settings, Run(logging.getLogger("connector_host.plugins.facade.fake")))

    return run


@pytest.fixture
def both(run_connector, tmp_path, make_rows):
    """Sync the fake in this process and through a process; return the rows of both."""

    def run(flags, **settings):
        run_connector(load("fake"), flags, "own.c1z", **settings)
        words = [word for name, value in flags.items() for word in (f"--{name}", str(value))]
        remote = make_connector(RemoteConnector("fake", [*SERVE, "fake", *words]), "fake")
        summary = run_connector(remote, {}, "remote.c1z", **settings)
        return make_rows(tmp_path / "own.c1z"), make_rows(tmp_path / "remote.c1z"), summary

    return run


@pytest.fixture
def make_rows(tmp_path):
    import sqlite3

    import zstandard

    def rows(path):
        database = tmp_path / f"{path.name}.db"
        with zstandard.ZstdDecompressor().stream_reader(path.read_bytes()[5:], read_across_frames=True) as reader:
            database.write_bytes(reader.read())
        connection = sqlite3.connect(database)
        tables = ("resource_types", "resources", "entitlements", "grants")
        result = {}
        for table in tables:
            columns = [row[1] for row in connection.execute(f"pragma table_info(v1_{table})")]
            names = ",".join(name for name in columns if name not in ("id", "sync_id", "discovered_at"))
            result[table] = sorted(connection.execute(f"select {names} from v1_{table}"), key=repr)
        return result

    return rows


def test_the_rows_are_those_of_a_sync_in_one_process(both):
    own, remote, summary = both({})
    assert own == remote
    assert own["grants"]
    assert summary.account


def test_pages_and_nested_groups_make_no_difference(both):
    own, remote, _ = both({"users": 20, "groups": 5, "members": 6, "nested": 2}, page_size=3, workers=1)
    assert own == remote


def test_without_a_host_it_says_how_it_is_started(site):
    run = site.run("serve", "fake")
    assert run.returncode == 2
    assert "missing required listener fd" in run.stderr
    assert "sync baton" in run.stderr


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        (b"", "unexpected empty input"),
        (b"\n", "unexpected empty input"),
        (b"!!!\n", "not a server configuration"),
        (b"GAE=\n", "listen port mismatch"),
    ],
)
def test_a_wrong_line_ends_the_process(line, problem):
    import socket

    with socket.create_server(("127.0.0.1", 0)) as listener:
        number = listener.fileno()
        run = subprocess.run(
            [*SERVE, "fake", "_connector-service"],
            input=line,
            capture_output=True,
            pass_fds=(number,),
            env={**os.environ, "BATON_CONNECTOR_SERVICE_LISTENER_FD": str(number)},
            check=False,
        )
    assert run.returncode == 2
    assert problem in run.stderr.decode()


def test_an_error_of_the_connector_keeps_its_meaning(run_connector, tmp_path):
    from connector_host import NotPermitted
    from connector_host.errors import IncompleteSync

    faults = json.dumps([{"kind": "not_permitted", "hook": "list_grants", "times": 1000}])
    remote = make_connector(RemoteConnector("fake", [*SERVE, "fake", "--faults", faults]), "fake")
    with pytest.raises((IncompleteSync, NotPermitted)):
        run_connector(remote, {}, "remote.c1z")
