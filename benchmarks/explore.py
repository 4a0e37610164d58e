"""Speed of the pages of a large file: `connector-host explore` as a process, requested over HTTP.

    python benchmarks/explore.py [--file FILE] [--rounds 3] [--users 50000 --groups 2000 --members 500]

Without a file, the fake connector makes one with 1,000,000 grants on 52,000 resources by default. Prints the seconds
from the start to the first page and until everything is counted, the median and the first time of each page, and the
peak memory, each with its limit.
"""

from __future__ import annotations

import argparse
import http.client
import os
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from urllib.parse import urlsplit

PAGES = (
    "overview",
    "types",
    "principals",
    "principals?q=u00001",
    "principals?sort=held&desc=1&page=500",
    "resources?q=group",
    "entitlements?sort=holders&desc=1",
    "grants",
    "grants?page=19999",
    "grants?sort=what&page=10000",
    "grants?q=u00001",
    "grants?q=group",
    "grants?q=1",
    "grants?q=e&sort=what&page=9999",
    "grants?q=nobody",
    "matrix",
    "matrix?page=900&across=100",
    "principal?type=user&id=u0000100",
    "resource?type=group&id=g000001",
    "entitlement?id=group:g000001:member",
    "why?type=user&id=u0000000&what=group:g000000:member",
    "graph?type=user&id=u0000100",
    "graph?type=group&id=g000001",
)


class Site:
    """A started `connector-host explore`, and a connection to it."""

    def __init__(self, paths: list[Path]) -> None:
        self.started = time.monotonic()
        words = ["-m", "connector_host", "explore", "--port", "0", *(f"--file={path}" for path in paths)]
        self.process = subprocess.Popen([sys.executable, *words], stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        link = urlsplit(self.process.stdout.readline().strip())
        self.connection = http.client.HTTPConnection(link.hostname or "", link.port, timeout=60)
        self.connection.request("GET", f"{link.path}?{link.query}")
        response = self.connection.getresponse()
        response.read()
        self.headers = {"Cookie": (response.getheader("Set-Cookie") or "").partition(";")[0]}
        _, home, _ = self.get(response.getheader("Location") or "/")
        self.base = home.rpartition("/")[0]

    def get(self, where: str) -> tuple[float, str, str]:
        """Return the seconds, the address that it redirects to, and the text."""
        begun = time.monotonic()
        self.connection.request("GET", where, headers=self.headers)
        response = self.connection.getresponse()
        text = response.read().decode()
        if response.status >= 400:
            sys.exit(f"{where}: {response.status}")
        return time.monotonic() - begun, response.getheader("Location") or "", text

    def page(self, name: str) -> tuple[float, bool]:
        """Return the seconds, and whether a part of the page is still being counted."""
        seconds, target, text = self.get(f"{self.base}/{name}")
        if target:
            sys.exit(f"{name} leads to {target} instead of a page")
        return seconds, 'class="waiting"' in text

    def memory(self) -> float:
        """Return the peak memory in MB."""
        status = Path(f"/proc/{self.process.pid}/status").read_text(encoding="ascii")
        match = re.search(r"VmHWM:\s+(\d+)", status)
        return int(match[1]) / 1024 if match else 0.0

    def stop(self) -> float:
        """Stop it as Ctrl-C does, and return its processor seconds."""
        self.process.send_signal(signal.SIGINT)
        _, _, usage = os.wait4(self.process.pid, 0)
        return usage.ru_utime + usage.ru_stime


def report(paths: list[Path], rounds: int) -> None:
    for path in paths:
        print(f"{path}: {path.stat().st_size / 1e6:.1f} MB")
    site = Site(paths)
    _, waiting = site.page("overview")
    print(f"{'first page after start':55} {time.monotonic() - site.started:7.2f} s  (must: 3 s)")
    slowest = 0.0
    while waiting:
        seconds, waiting = site.page("overview")
        slowest = max(slowest, seconds)
        time.sleep(0.1)
    print(f"{'everything counted after start':55} {time.monotonic() - site.started:7.2f} s")
    print(f"{'slowest overview meanwhile':55} {slowest:7.3f} s")
    for name in PAGES:
        took = [site.page(name)[0] for _ in range(rounds)]  # the first of them counts what the others then know
        print(f"{name:55} {statistics.median(took):7.3f} s, at first {took[0]:.3f} s  (must: 0.3 s)")
    print(f"{'peak memory':55} {site.memory():7.0f} MB  (must: 300 MB)")
    print(f"{'processor time of it all':55} {site.stop():7.1f} s")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--file", type=Path, action="append", help="twice: compared, too")
    for name, default in (("users", 50_000), ("groups", 2_000), ("members", 500)):
        parser.add_argument(f"--{name}", type=int, default=default)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        paths = chosen.file
        if not paths:
            path = Path(folder) / "sync.c1z"
            sizes = ("--users", chosen.users, "--groups", chosen.groups, "--members", chosen.members, "--nested", 0)
            words = ("-m", "connector_host", "sync", "fake", "--log-level", "error", "-f", path, *sizes)
            subprocess.run([sys.executable, *map(str, words)], check=True, stdout=subprocess.DEVNULL)
            paths = [path]
        report(paths, chosen.rounds)


if __name__ == "__main__":
    main()
