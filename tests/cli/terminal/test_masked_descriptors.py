"""Secrets below Python's streams: written to descriptors, by children, by handlers that were made before the run."""

import time

import pytest

LOW = """
import logging, os, subprocess, sys, time
import connector_host as ch
EARLY = logging.StreamHandler(sys.stderr)
@ch.hookimpl
def connector_info(): return ch.ConnectorInfo("Low", api=ch.HOST_API)
@ch.hookimpl
def connector_options(): return [ch.Option(name="token", secret=True, required=True)]
@ch.hookimpl
def open_session(options):
    secret = options["token"].reveal()
    os.write(1, f"one {secret}\\n".encode())
    os.write(2, f"two {secret}\\n".encode())
    os.write(2, f"half {secret[:6]}".encode())
    time.sleep(0.05)
    os.write(2, f"{secret[6:]}\\n".encode())
    subprocess.run(["sh", "-c", f"echo child one {secret}; echo child two {secret} >&2"], check=True)
    EARLY.handle(logging.makeLogRecord({"msg": f"early {secret}"}))
    if os.environ.get("STAYS"): subprocess.Popen(["sleep", "60"])
    if os.environ.get("MUCH"): subprocess.run([sys.executable, "-c", "print('x' * 3_000_000)"], check=True)
    raise ch.AuthError(f"refused {secret}")
@ch.hookimpl
def list_resource_types(): return []
"""
SECRET = "hunter2-hunter2"


@pytest.fixture
def low(site):
    site.add("low", LOW)

    def run(**environ):
        return site.run("sync", "low", "-f", "a.c1z", environ={"BATON_TOKEN": SECRET, **environ})

    return run


def test_no_secret_passes_and_every_line_does(low):
    done = low()
    assert done.returncode == 3
    assert done.stdout == ""
    assert "hunter2" not in done.stderr
    lines = done.stderr.splitlines()
    for text in ("one ***", "two ***", "half ***", "child one ***", "child two ***", "early ***"):
        assert text in lines
    assert any(line.startswith("Error: refused ***") for line in lines)


def test_a_child_that_stays_delays_the_end_only_a_little(low):
    begun = time.monotonic()
    done = low(STAYS="1")
    assert done.returncode == 3
    assert time.monotonic() - begun < 30
    assert "hunter2" not in done.stderr


def test_much_output_of_a_child_does_not_block_it(low):
    done = low(MUCH="1")
    assert done.returncode == 3
    assert done.stderr.count("x") >= 3_000_000


def test_the_descriptor_is_put_back(site):
    site.add("low", LOW)
    code = "import os; from connector_host.cli.main import main; before = os.fstat(2); main(); print(os.fstat(2) == before)"
    done = site.run("sync", "low", python=("-c", code), environ={"BATON_TOKEN": SECRET})
    assert "True" in done.stdout + done.stderr
    assert "hunter2" not in done.stdout + done.stderr
