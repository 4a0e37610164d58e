"""The running server: idle connections, large headers, and the start of the web browser."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

import pytest

pytest.importorskip("uvicorn", reason="needs the extra explore")


@pytest.fixture
def start(make_c1z, organisation, tmp_path):
    """`start(*options, **environment)`: the running command and the link it printed."""
    running = []

    def begin(*options, **environment):
        command = [sys.executable, "-m", "connector_host", "explore", "-f", str(make_c1z(organisation)), "--port", "0"]
        environment = {**os.environ, "XDG_STATE_HOME": str(tmp_path / "state"), **environment}
        process = subprocess.Popen([*command, *options], stdout=subprocess.PIPE, env=environment, text=True)
        running.append(process)
        return process, process.stdout.readline().strip()

    yield begin
    for process in running:
        process.send_signal(signal.SIGINT)
        with process:
            process.wait(10)


def cookie_of(link):
    class Stay(urllib.request.HTTPRedirectHandler):
        def redirect_request(self, *_):
            return None

    try:
        urllib.request.build_opener(Stay).open(link, timeout=10)
    except urllib.error.HTTPError as answer:
        with answer:
            return answer.headers["set-cookie"].partition(";")[0]


def test_idle_connections_do_not_lock_a_browser_out(start):
    _, link = start()
    host, port = re.search(r"//([\d.]+):(\d+)/", link).groups()
    idle = [socket.create_connection((host, int(port))) for _ in range(300)]
    for number, connection in enumerate(idle):
        if number % 2:
            connection.send(b"GET / HTTP/1.1\r\nHo")
    time.sleep(0.3)
    assert cookie_of(link) is not None
    for connection in idle:
        connection.close()


def test_many_large_cookies_of_other_servers_do_no_harm(start):
    _, link = start()
    foreign = "; ".join(f"other{number}={'x' * 4000}" for number in range(150))
    request = urllib.request.Request(link.partition("/open")[0] + "/", headers={"cookie": foreign})
    with pytest.raises(urllib.error.HTTPError) as answer:
        urllib.request.urlopen(request, timeout=10)
    with answer.value:
        assert answer.value.code == 403


BROWSER = """#!{python}
import os, re, sys, urllib.parse, urllib.request
path = urllib.parse.urlsplit(sys.argv[1]).path
link = re.search('url=([^"]+)', open(path).read())[1]
status = urllib.request.urlopen(link, timeout=20).status
modes = [oct(os.stat(name).st_mode & 0o777) for name in (path, os.path.dirname(path))]
with open({seen!r} + ".part", "w") as file:
    print(sys.argv[1], status, *modes, file=file)
os.rename({seen!r} + ".part", {seen!r})
"""


@pytest.mark.skipif(os.name != "posix", reason="needs a shell")
@pytest.mark.parametrize("background", ["", " &"], ids=["Python waits for the browser", "Python does not wait"])
def test_open_keeps_the_token_off_the_command_line(start, tmp_path, background):
    browser, seen = tmp_path / "browser", tmp_path / "seen"
    browser.write_text(BROWSER.format(python=sys.executable, seen=str(seen)))
    browser.chmod(0o755)
    _, link = start("--open", BROWSER=f"{browser} %s{background}")
    end = time.monotonic() + 20
    while not seen.exists() and time.monotonic() < end:
        time.sleep(0.1)
    address, status, *modes = seen.read_text().split()
    assert address.startswith("file:")
    assert "token" not in address
    assert (status, modes) == ("200", ["0o600", "0o700"])
    assert cookie_of(link) is not None
