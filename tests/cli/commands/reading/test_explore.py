"""`connector-host explore` as a process: how it begins, how it ends, what it leaves."""

import contextlib
import http.client
import os
import signal
import socket
import subprocess
import sys
from urllib.parse import urlsplit

import pytest

pytest.importorskip("uvicorn", reason="needs the extra explore")


@contextlib.contextmanager
def _running(site, *words, tmpdir):
    process = subprocess.Popen(
        [sys.executable, "-m", "connector_host", "explore", "--port", "0", *map(str, words)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **site.environ, "TMPDIR": str(tmpdir)},
    )
    try:
        yield process, urlsplit(process.stdout.readline().strip())
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
        process.stderr.close()


@pytest.mark.parametrize(("number", "code", "indexes"), [(signal.SIGINT, 130, True), (signal.SIGTERM, 143, False)])
def test_serves_until_a_signal_and_leaves_nothing(site, make_c1z, organisation, tmp_path, number, code, indexes):
    path = make_c1z(organisation, indexes=indexes)
    before = path.read_bytes()
    folder = tmp_path / "tmp"
    folder.mkdir()
    with _running(site, "-f", path, tmpdir=folder) as (process, link):
        assert link.hostname == "127.0.0.1"
        connection = http.client.HTTPConnection(link.hostname, link.port, timeout=20)
        connection.request("GET", f"{link.path}?{link.query}")
        answer = connection.getresponse()
        answer.read()
        assert answer.status == 303
        cookie = answer.getheader("set-cookie").partition(";")[0]
        where = "/"
        while answer.status == 303:
            connection.request("GET", where, headers={"Cookie": cookie})
            answer = connection.getresponse()
            where, text = answer.getheader("location"), answer.read().decode()
        assert answer.status == 200
        assert "Overview" in text
        process.send_signal(number)  # with the connection still open
        _, said = process.communicate(timeout=20)
        connection.close()
    assert process.returncode == code
    assert "Traceback" not in said
    assert link.query not in said
    assert list(folder.iterdir()) == []
    assert path.read_bytes() == before


def test_port_in_use_and_files_that_cannot_be_read_are_said(site, sync_file, tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        told = site.run("explore", "-f", sync_file, "--port", taken.getsockname()[1], python=("-m", "connector_host"))
    assert told.returncode == 2
    assert "cannot listen on 127.0.0.1" in told.stderr
    assert "--port 0" in told.stderr
    told = site.run("explore", "-f", tmp_path / "none.c1z", "--port", "0")
    assert told.returncode == 2
    assert "none.c1z" in told.stderr
    assert told.stdout == ""


def test_a_missing_package_is_named_with_what_to_do(site, sync_file, monkeypatch):
    from click.testing import CliRunner

    from connector_host.cli.app import App
    from connector_host.cli.commands.reading.explore import command
    from connector_host.errors import ConfigError

    monkeypatch.setitem(sys.modules, "uvicorn", None)
    monkeypatch.delitem(sys.modules, "connector_host.explore.server", raising=False)
    told = CliRunner().invoke(command, ["-f", str(sync_file)], obj=App())
    assert isinstance(told.exception, ConfigError)
    assert "uvicorn" in told.exception.message
    assert "connector-host[explore]" in told.exception.hint
    told = CliRunner().invoke(command, ["-f", "a", "-f", "b", "-f", "c"], obj=App())
    assert "more than two files" in str(told.exception)
