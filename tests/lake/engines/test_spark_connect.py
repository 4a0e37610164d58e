"""A real Spark Connect server on this machine answers as DuckDB does. Run by `tox -e spark`; skipped without pyspark."""

import importlib.util
import json
import os
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

PYSPARK = importlib.util.find_spec("pyspark")
if PYSPARK is None or importlib.util.find_spec("grpc") is None or shutil.which("java") is None:
    pytest.skip("pyspark[connect] or Java is not installed: tox -e spark", allow_module_level=True)

SERVER = "org.apache.spark.sql.connect.service.SparkConnectServer"
LONGEST = 300  # seconds until the server listens


@pytest.fixture(scope="module")
def remote(tmp_path_factory):
    """The URL of a server."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    home = Path(PYSPARK.origin).parent
    settings = {
        "spark.connect.grpc.binding.port": port,
        "spark.connect.grpc.binding.address": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.host": "127.0.0.1",
        "spark.ui.enabled": "false",
    }
    words = [word for name, value in settings.items() for word in ("--conf", f"{name}={value}")]
    command = [home / "bin" / "spark-submit", "--master", "local[2]", "--class", SERVER, *words, "spark-internal"]
    log = tmp_path_factory.mktemp("spark") / "server.log"
    environ = {**os.environ, "SPARK_HOME": str(home), "PYSPARK_PYTHON": sys.executable}
    with log.open("wb") as out, subprocess.Popen(command, stdout=out, stderr=out, env=environ) as process:
        end = time.monotonic() + LONGEST
        while time.monotonic() < end and process.poll() is None:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.5)
        else:
            process.kill()
            pytest.fail(f"the server does not listen: {log.read_text()[-1000:]}")
        yield f"sc://127.0.0.1:{port}"
        process.terminate()


@pytest.mark.parametrize(
    "words",
    [
        ("access", "ada@example.com"),
        ("timeline", "Payroll"),
        ("diff", "--from", "2026-03-01", "--to", "2026-03-02"),
        ("sql", "select source, count(*) as n from current.grants group by source order by source"),
    ],
    ids=lambda words: words[0],
)
def test_a_question_to_a_server_has_the_same_answer(remote, ask, shared_lake, words):
    words = ("lake", *words, "--lake", shared_lake.store.url, "-o", "json")
    command = [sys.executable, "-m", "connector_host", *words, "--engine", remote]  # a process has one kind of session
    asked = subprocess.run(command, capture_output=True, text=True, timeout=LONGEST, check=False)
    assert asked.returncode == 0, asked.stderr
    assert json.loads(asked.stdout) == ask(*words).json


def test_a_server_that_is_not_there(ask, shared_lake):
    words = ("lake", "people", "--lake", shared_lake.store.url, "--engine", "sc://127.0.0.1:1")
    command = [sys.executable, "-m", "connector_host", *words]
    asked = subprocess.run(command, capture_output=True, text=True, timeout=LONGEST, check=False)
    assert asked.returncode == 2, asked.stderr
    assert "The Spark Connect server sc://127.0.0.1:1 cannot be reached" in asked.stderr
