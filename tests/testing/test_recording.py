"""Recorded runs: once against the real thing, then without it; secrets are not written; what came apart is said."""

import base64
import json
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from connector_host.testing import recorded_command, recorded_http
from connector_host.testing.harness import Problem

PROGRAM = """#!{python}
import os, sys
count = "{folder}/count"
n = int(open(count).read()) + 1 if os.path.exists(count) else 1
open(count, "w").write(str(n))
if sys.argv[1:] == ["fail"]:
    sys.stderr.write("no such thing\\n"); sys.exit(3)
if sys.argv[1:] == ["secret bytes"]:
    sys.stdout.buffer.write(b"\\xff s3cr3t \\xff"); sys.exit()
if sys.argv[1:] == ["prefix"]:
    sys.stdout.write("base64:no"); sys.exit()
if sys.argv[1:] == ["bytes"]:
    sys.stdout.buffer.write(bytes(range(256))); sys.exit()
print(n, *sys.argv[1:], sys.stdin.read())
"""


@pytest.fixture
def program(tmp_path, monkeypatch):
    """A program `app` in PATH that counts its calls."""
    folder = tmp_path / "real"
    folder.mkdir()
    (folder / "app").write_text(PROGRAM.format(python=sys.executable, folder=folder))
    (folder / "app").chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    return folder / "app"


def app(*words, given=""):
    done = subprocess.run(["app", *words], input=given.encode(), capture_output=True, check=False)
    return done.returncode, done.stdout, done.stderr


CALLS = [
    (("list",), ""),
    (("list",), ""),
    (("put", "--token", "s3cr3t"), "in s3cr3t"),
    (("fail",), ""),
    (("bytes",), ""),
    (("secret bytes",), ""),
    (("prefix",), ""),
]


def recorded(program, cassette):
    with recorded_command("app", cassette, redact=("s3cr3t",), record=True):
        return [app(*words, given=given) for words, given in CALLS]


def test_a_command_is_recorded_once_and_answered_without_it(program, tmp_path):
    cassette = tmp_path / "tapes" / "app.jsonl"
    first = recorded(program, cassette)
    assert first[0] == (0, b"1 list \n", b"")
    assert first[1] == (0, b"2 list \n", b"")
    assert first[2] == (0, b"3 put --token s3cr3t in s3cr3t\n", b"")
    assert first[3] == (3, b"", b"no such thing\n")
    assert "s3cr3t" not in cassette.read_text()
    assert base64.b64encode(b"\xff s3cr3t \xff").decode() not in cassette.read_text()
    assert first[5][1] == b"\xff s3cr3t \xff"
    program.unlink()
    with recorded_command("app", cassette, redact=("s3cr3t",), record=False):
        again = [app(*words, given=given) for words, given in CALLS]
    first[2] = (0, b"3 put --token REDACTED in REDACTED\n", b"")
    first[5] = (0, b"\xff REDACTED \xff", b"")
    assert again == first
    assert subprocess.run(["sh", "-c", "command -v app"], check=False).returncode != 0


def test_calls_at_once_are_each_answered_once(program, tmp_path):
    cassette = tmp_path / "app.jsonl"
    with recorded_command("app", cassette, record=True):
        told = {app("list")[1] for _ in range(8)}
    with recorded_command("app", cassette, record=False), ThreadPoolExecutor(4) as pool:
        assert set(pool.map(lambda _: app("list")[1], range(8))) == told


def test_a_call_that_is_not_recorded_fails_in_the_call_and_at_the_end(program, tmp_path):
    cassette = tmp_path / "app.jsonl"
    recorded(program, cassette)
    with (
        pytest.raises(Problem, match=r"1 call\(s\) are not in app.jsonl: app other"),
        recorded_command("app", cassette, redact=("s3cr3t",), record=False),
    ):
        for words, given in CALLS:
            app(*words, given=given)
        assert app("other") == (97, b"", b"not recorded: other\n")


def test_a_recorded_call_that_does_not_come_fails(program, tmp_path):
    cassette = tmp_path / "app.jsonl"
    recorded(program, cassette)
    with (
        pytest.raises(
            Problem, match=r"6 recorded call\(s\) did not occur: app list; app put --token REDACTED; app fail"
        ),
        recorded_command("app", cassette, redact=("s3cr3t",), record=False),
    ):
        app("list")


def test_a_missing_recording_or_program_is_said(tmp_path, monkeypatch):
    with (
        pytest.raises(Problem, match="record it once with CONNECTOR_HOST_RECORD=1"),
        recorded_command("app", tmp_path / "x"),
    ):
        pass
    monkeypatch.setenv("CONNECTOR_HOST_RECORD", "1")
    with (
        pytest.raises(Problem, match="no program app-that-is-not-there"),
        recorded_command("app-that-is-not-there", tmp_path / "x"),
    ):
        pass


# ------------------------------------------------------------------------------------------------- HTTP


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.asked.append(self.path)
        body = json.dumps({"path": self.path, "token": "s3cr3t", "n": len(self.server.asked)}).encode()
        self.send_response(404 if self.path == "/gone" else 200)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Set-Cookie", "session=s3cr3t")
        self.send_header("Location", "/next?token=s3cr3t")
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.do_GET()

    def log_message(self, *words):
        pass


@pytest.fixture
def server():
    made = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made.asked = []
    thread = threading.Thread(target=made.serve_forever, daemon=True)
    thread.start()
    yield made
    made.shutdown()
    made.server_close()
    thread.join()


def get(server, path, body=None):
    url = f"http://127.0.0.1:{server.server_port}{path}"
    headers = {"Authorization": "Bearer s3cr3t", "X-Vault-Token": "s3cr3t"}
    request = urllib.request.Request(url, headers=headers, data=body)
    try:
        with urllib.request.urlopen(request, timeout=5) as answer:
            return answer.status, json.loads(answer.read())
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.loads(error.read())


def test_http_is_recorded_once_and_answered_without_the_server(server, tmp_path):
    cassette = tmp_path / "tape.yaml"
    redact = {"s3cr3t": "REDACTED"}
    with recorded_http(cassette, redact=redact, record=True):
        assert get(server, "/users?page=1")[1]["n"] == 1
        assert get(server, "/gone")[0] == 404
    assert "s3cr3t" not in cassette.read_text()
    with recorded_http(cassette, redact=redact, record=False):
        assert get(server, "/users?page=1") == (200, {"path": "/users?page=1", "token": "REDACTED", "n": 1})
        assert get(server, "/gone")[0] == 404
    assert server.asked == ["/users?page=1", "/gone"]


def test_what_is_redacted_in_http_matches_again(server, tmp_path):
    cassette = tmp_path / "tape.yaml"
    redact = {"s3cr3t|an0ther": "REDACTED"}
    with recorded_http(cassette, redact=redact, record=True):
        get(server, "/in?token=s3cr3t", b'{"password": "s3cr3t"}')
    assert "s3cr3t" not in cassette.read_text()
    with recorded_http(cassette, redact=redact, record=False):  # by whom it is played has another secret
        status, found = get(server, "/in?token=an0ther", b'{"password": "an0ther"}')
    assert (status, found["path"], found["n"]) == (200, "/in?token=REDACTED", 1)
    with (
        pytest.raises(Problem, match="not in tape.yaml"),
        recorded_http(cassette, redact=redact, record=False),
        pytest.raises(Exception, match="Can't"),
    ):
        get(server, "/in?token=an0ther", b'{"password": "something else"}')


def test_http_that_is_not_recorded_or_does_not_come_fails(server, tmp_path):
    cassette = tmp_path / "tape.yaml"
    with recorded_http(cassette, record=True):
        get(server, "/a")
        get(server, "/b")
    with (
        pytest.raises(
            Problem, match=r"1 call\(s\) are not in tape.yaml: GET .*/other; 1 recorded call\(s\) did not occur: .*/b"
        ),
        recorded_http(cassette, record=False),
    ):
        get(server, "/a")
        with pytest.raises(Exception, match="Can't"):
            get(server, "/other")
    assert server.asked == ["/a", "/b"]
    with pytest.raises(Problem, match="did not occur"), recorded_http(cassette, record=False):
        get(server, "/a")
        with pytest.raises(Exception, match="Can't"):
            get(server, "/a")  # each answer is for one call
