"""The syncs of several connectors, each in a process of its own: no failure of one reaches another."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from msgspec import Struct

from .....run import Run

__all__ = ["ConnectorSync", "SyncOutcome", "run_syncs"]

PROGRAM = ("-P", "-m", "connector_host")  # -P: no module of the current folder is imported
KEPT_APART = ("BATON_FILE", "BATON_METRICS", "BATON_LAKE_SOURCE")
"""Variables that would give all connectors the same file."""
NOT_STARTED, KILLED = 130, 137
END_SECONDS = 30.0
"""Seconds that a process has to keep its checkpoint and end after it was asked to."""

log = logging.getLogger(__name__)


class ConnectorSync(Struct, frozen=True, kw_only=True):
    """One sync to run: the words after `connector-host`, its output file, and the file for its metrics."""

    name: str
    words: tuple[str, ...]
    file: Path
    metrics: Path


class SyncOutcome(Struct, frozen=True, kw_only=True):
    """The end of one sync. `summary` is the content of its metrics; empty if it did not get so far."""

    name: str
    file: str
    exit_code: int
    seconds: float
    summary: Mapping[str, Any] = {}

    @property
    def problem(self) -> str:
        """Return why it failed, or ''."""
        if not self.exit_code:
            return ""
        error = self.summary.get("error") or {}
        return str(error.get("message") or f"it ended with exit code {self.exit_code}; its log says why")


def run_syncs(
    syncs: Sequence[ConnectorSync], run: Run, *, jobs: int, show: Callable[[str, str], None]
) -> list[SyncOutcome]:
    """Run the syncs, `jobs` at a time; return their outcomes in the same order.

    `show` gets the name of a connector and a line of its log. When `run` stops, processes are asked to end, and no
    further one is started.
    """
    processes = _Processes(run, show)
    run.on_stop(processes.stop)
    with ThreadPoolExecutor(jobs, thread_name_prefix="sync") as pool:
        return list(pool.map(processes.sync, syncs))


class _Processes:
    """The processes that run, which `stop` asks to end."""

    def __init__(self, run: Run, show: Callable[[str, str], None]) -> None:
        self._run, self._show = run, show
        self._lock = threading.Lock()
        self._running: set[subprocess.Popen[str]] = set()

    def stop(self) -> None:
        """Ask every process to end, as a signal would."""
        with self._lock:
            for process in self._running:
                process.terminate()

    def sync(self, sync: ConnectorSync) -> SyncOutcome:
        """Run one sync to its end."""
        if self._run.stopping.is_set():
            return SyncOutcome(name=sync.name, file=str(sync.file), exit_code=NOT_STARTED, seconds=0.0)
        started = time.monotonic()
        with self._lock:
            process = subprocess.Popen(
                [sys.executable, *PROGRAM, *sync.words],
                env={name: value for name, value in os.environ.items() if name not in KEPT_APART},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,  # the metrics say the same
                stderr=subprocess.PIPE,
                encoding="utf-8",
                errors="backslashreplace",
                start_new_session=os.name != "nt",  # Ctrl-C reaches it through `stop` alone
            )
            self._running.add(process)
        try:
            self._log(sync.name, process)
            code = self._end(process)
        except BaseException:
            process.kill()
            process.wait()
            raise
        finally:
            with self._lock:
                self._running.discard(process)
        summary = _read(sync.metrics)
        code = code if code >= 0 else KILLED
        seconds = time.monotonic() - started
        return SyncOutcome(name=sync.name, file=str(sync.file), exit_code=code, seconds=seconds, summary=summary)

    def _log(self, name: str, process: subprocess.Popen[str]) -> None:
        stream = process.stderr
        if stream is None:
            return
        with stream:
            for line in stream:
                self._show(name, line.rstrip("\n"))

    def _end(self, process: subprocess.Popen[str]) -> int:
        """Wait for the end of a process that has closed its log."""
        while True:
            try:
                return process.wait(END_SECONDS)
            except subprocess.TimeoutExpired:
                if self._run.stopping.is_set():
                    process.kill()


def _read(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}
