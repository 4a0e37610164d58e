"""Run the program in processes that are forked from one that has imported it already.

A command in a new interpreter spends most of its time on imports. `multiprocessing`'s fork server imports the program
once for each worker of pytest; each command is a process of its own, with its own standard streams, folder, environment
and exit code. Tests of imports, of the start and of the interpreter's own options start a new interpreter instead.
"""

from __future__ import annotations

import io
import multiprocessing
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from functools import cache
from multiprocessing import forkserver
from pathlib import Path
from unittest import mock

CONTEXT = multiprocessing.get_context("forkserver")
PRELOAD = "forked_commands_preload"
STREAMS = ("stdin", "stdout", "stderr")


@cache
def _start_server() -> None:
    """Start the fork server. It reads `PYTHONPATH`: Python 3.11 does not give it the path of this process."""
    CONTEXT.set_forkserver_preload([PRELOAD])
    with mock.patch.dict(os.environ, PYTHONPATH=str(Path(__file__).parent)):
        forkserver.ensure_running()


def _open_streams(folder: str) -> None:
    for descriptor, name in enumerate(STREAMS):
        mode = os.O_RDONLY if name == "stdin" else os.O_WRONLY | os.O_APPEND
        opened = os.open(os.path.join(folder, name), mode)
        os.dup2(opened, descriptor)
        os.close(opened)
        before = getattr(sys, f"__{name}__")
        stream = io.TextIOWrapper(
            open(descriptor, "rb" if name == "stdin" else "wb", closefd=False),  # noqa: SIM115 - for the whole process
            encoding=before.encoding,
            errors=before.errors,
            line_buffering=name == "stderr",
        )
        setattr(sys, name, stream)
        setattr(sys, f"__{name}__", stream)


def _command(words: Sequence[str], folder: str, cwd: str, environ: Mapping[str, str]) -> None:
    """Be `connector-host WORDS`, in the new process."""
    _open_streams(folder)
    os.environ.clear()
    os.environ.update(environ)
    os.chdir(cwd)
    paths = environ.get("PYTHONPATH", "").split(os.pathsep)
    sys.path[:0] = [path for path in paths if path and path not in sys.path]
    sys.argv = ["connector-host", *words]
    sys.exit(sys.modules["connector_host.cli.main"].main())  # a KeyError here: `PRELOAD` was not imported


def run_forked(
    words: Sequence[str],
    *,
    environ: Mapping[str, str],
    cwd: str | Path | None = None,
    stdin: str = "",
    timeout: float = 60,
) -> subprocess.CompletedProcess[str]:
    """Run `connector-host WORDS` and return its exit code and texts.

    Raises:
        subprocess.TimeoutExpired: The command took longer than `timeout` seconds; it is killed.
    """
    _start_server()
    with tempfile.TemporaryDirectory() as folder:
        for name in STREAMS:
            Path(folder, name).write_text(stdin if name == "stdin" else "", encoding="utf-8")
        process = CONTEXT.Process(target=_command, args=(list(words), folder, str(cwd or Path.cwd()), dict(environ)))
        process.start()
        process.join(timeout)
        if process.exitcode is None:
            process.kill()
            process.join()
            raise subprocess.TimeoutExpired(list(words), timeout)
        texts = (Path(folder, name).read_text(encoding="utf-8") for name in STREAMS[1:])
        return subprocess.CompletedProcess(list(words), process.exitcode, *texts)
