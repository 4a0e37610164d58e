"""The stand-in as a program: it prints the variables of a service, and hands out tasks that it reads as JSON lines.

A line on standard input is one task in the JSON of the message `c1.connectorapi.baton.v1.Task`, such as
`{"syncFull": {}}`. Each result is one line of JSON on standard output; uploaded files are written into the folder.
"""

from __future__ import annotations

import argparse
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

from google.protobuf import json_format

from ...wire import message_registry
from ...wire.pb.c1.connectorapi.baton.v1 import baton_pb2 as pb
from ...wire.services import service_methods
from .api_server import ApiStandIn

__all__ = ["main"]

LOADED = (service_methods, message_registry)
"""The modules with the messages in results: they have to be loaded for the JSON of these messages."""


def main() -> None:
    """Serve until standard input ends and every task has its result."""
    parser = argparse.ArgumentParser(prog="python -m connector_host.service.stand_in", description=__doc__)
    parser.add_argument("folder", type=Path, help="folder for the certificate authority and for uploaded files")
    parser.add_argument("--port", type=int, default=0, help="port on 127.0.0.1; by default any")
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    with ApiStandIn(arguments.folder.resolve(), arguments.port) as server:
        server.tasks.poll_seconds = 0.5
        for name, value in (
            ("BATON_CLIENT_ID", server.client_id),
            ("BATON_CLIENT_SECRET", server.client_secret),
            ("SSL_CERT_FILE", server.authority_file),
        ):
            _write(f"export {name}='{value}'")
        watchers = [_watched(server, task_id, arguments.folder) for task_id in _read_tasks(server)]
        for watcher in watchers:
            watcher.join()


def _read_tasks(server: ApiStandIn) -> Iterator[str]:
    """Add the tasks of standard input, one after the other; yield the id of each that will have a result."""
    for line in sys.stdin:
        if not line.strip():
            continue
        try:
            task = json_format.Parse(line, pb.Task())
        except json_format.ParseError as error:
            _write(f"# not a task: {error}")
            continue
        name = task.WhichOneof("task_type") or "none"
        task_id = server.tasks.add(debug=task.debug, **{name: getattr(task, name)})
        if name != "hello":
            yield task_id


def _watched(server: ApiStandIn, task_id: str, folder: Path) -> threading.Thread:
    def report() -> None:
        result = server.tasks.result(task_id, seconds=threading.TIMEOUT_MAX)
        for number, content in enumerate(server.tasks.uploads.get(task_id, [])):
            path = folder / f"{task_id}-{number}.{'c1z' if content.startswith(b'C1Z') else 'log'}"
            path.write_bytes(content)
            _write(f"# uploaded: {path}")
        try:
            _write(json_format.MessageToJson(result, indent=None))
        except (TypeError, ValueError) as error:
            _write(f"# {task_id}: the result cannot be shown as JSON: {error}")

    thread = threading.Thread(target=report, daemon=True)
    thread.start()
    return thread


def _write(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
