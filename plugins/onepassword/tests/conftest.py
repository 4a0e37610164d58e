"""The `op` stand-in as a fixture, and sessions of the connector that run against it."""

from __future__ import annotations

import json
import logging
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from connector_host_onepassword import plugin
from connector_host_onepassword.session import OnePasswordSession
from forked_commands import run_forked

from connector_host import Page, Run
from connector_host.options import resolve

HERE = Path(__file__).parent
PASSWORD = "hunter2"  # what the tenants' `signin` accepts
SECRET_KEY = "A3-TEST"
SERVICE_TOKEN = "ops_standin_service_account_token"


class StandIn:
    """`op` in PATH: what it serves, how it fails, and what was asked of it."""

    password, secret_key, service_token = PASSWORD, SECRET_KEY, SERVICE_TOKEN

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.state = folder / "state"
        self.state.mkdir()
        self.bin = folder / "bin"
        self.bin.mkdir()
        self.program = self.bin / "op"
        # The same program as standin/op, started by this very Python rather than by whatever `python3` is in PATH.
        base = os.path.realpath(getattr(sys, "_base_executable", sys.executable))
        lines = (HERE / "standin" / "op").read_text().splitlines()
        body = "\n".join(lines[1:]).replace('__file__.rpartition("/")[0] or "."', repr(str(HERE / "standin")))
        self.program.write_text(f"#!{base} -SEI\n{body}\n")
        self.program.chmod(0o755)
        self._plan: dict[str, Any] = {}
        self.monkeypatch = monkeypatch
        for name in [name for name in os.environ if name.startswith(("OP_", "BATON_"))]:
            monkeypatch.delenv(name)
        monkeypatch.setenv("PATH", f"{self.bin}{os.pathsep}{os.environ['PATH']}")
        monkeypatch.setenv("STANDIN_STATE", str(self.state))
        monkeypatch.setenv("STANDIN_PLAN", str(folder / "plan.json"))
        self.serve("business")
        self.plan()

    def serve(self, name: str) -> dict[str, Any]:
        """Serve one of our tenants; give it."""
        path = HERE / "tenants" / f"{name}.json"
        (self.state / "tenant.json").unlink(missing_ok=True)
        self.monkeypatch.setenv("STANDIN_TENANT", str(path))
        self.tenant = json.loads(path.read_text())
        return self.tenant

    def change(self, change: Callable[[dict[str, Any]], object]) -> None:
        """Serve a changed copy of the tenant."""
        change(self.tenant)
        (self.state / "tenant.json").unlink(missing_ok=True)
        path = self.state.parent / "tenant.json"
        path.write_text(json.dumps(self.tenant))
        self.monkeypatch.setenv("STANDIN_TENANT", str(path))

    def now(self) -> dict[str, Any]:
        """The account as the changes made so far have left it."""
        path = self.state / "tenant.json"
        return json.loads(path.read_text()) if path.exists() else self.tenant

    def plan(self, **values: Any) -> None:
        """Change the plan (see standin/README.md)."""
        self._plan.update(values)
        (self.state.parent / "plan.json").write_text(json.dumps(self._plan))

    def fail(self, match: str, kind: str, **more: Any) -> None:
        """Plan one more fault."""
        self.plan(faults=[*self._plan.get("faults", []), {"match": match, "kind": kind, **more}])

    def events(self, event: str = "start") -> list[dict[str, Any]]:
        """What was recorded."""
        path = self.state / "calls.jsonl"
        rows = [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
        return [row for row in rows if row["event"] == event]

    def commands(self) -> list[str]:
        """The words of every call, in the order of their start."""
        return [" ".join(row["words"]) for row in self.events()]

    def forget(self) -> None:
        """Drop what was recorded."""
        (self.state / "calls.jsonl").unlink(missing_ok=True)

    def most_at_once(self) -> int:
        """How many calls were at work at the same time, at most."""
        marks = [(row["t"], 1) for row in self.events()] + [(row["t"], -1) for row in self.events("end")]
        now = most = 0
        for _time, step in sorted(marks):
            now += step
            most = max(most, now)
        return most


@pytest.fixture
def standin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> StandIn:
    return StandIn(tmp_path, monkeypatch)


@pytest.fixture
def run() -> Run:
    redacted: list[str] = []
    made = Run(logging.getLogger("connector_host.onepassword"), redact=redacted.append)
    made.redacted = redacted  # type: ignore[attr-defined]  what the host was told to keep out of sight
    return made


@pytest.fixture
def open_session(standin: StandIn, run: Run) -> Iterator[Callable[..., OnePasswordSession]]:
    """Opens a session with flags (`auth_type="service"`), as the command line would; closes it at the end."""
    opened: list[OnePasswordSession] = []

    def open_it(**flags: Any) -> OnePasswordSession:
        flags.setdefault("no_details", True)  # as the Go connector; what details add has tests of its own
        named = {name.replace("_", "-"): value for name, value in flags.items()}
        options = resolve(plugin.connector_options(), flags=named, environ=dict(os.environ))
        opened.append(plugin.open_session(options, run))
        return opened[-1]

    yield open_it
    for session in opened:
        session.close()


@pytest.fixture
def everything() -> Callable[[OnePasswordSession], dict[str, list[Any]]]:
    """Reads all that a sync reads, one hook after another."""

    def pages(session: OnePasswordSession, kind: Any, parent: Any) -> list[Any]:
        found, tokens = [], [None]
        while tokens:
            page = plugin.list_resources(session, kind, parent, tokens.pop(0))
            found += page.items if isinstance(page, Page) else page
            tokens += page.more_tokens if isinstance(page, Page) else ()
        return found

    def read(session: OnePasswordSession) -> dict[str, list[Any]]:
        types = {kind.id: kind for kind in plugin.list_resource_types()}
        roots = [found for kind in types.values() for found in pages(session, kind, None)]
        resources = list(roots)
        for root in roots:
            for child in root.child_types:
                resources += pages(session, types[child], root)
        holders = [found for found in resources if not types[found.id.resource_type].skip_entitlements_and_grants]
        return {
            "types": list(types.values()),
            "resources": resources,
            "entitlements": [item for found in holders for item in plugin.list_entitlements(session, found)],
            "grants": [item for found in holders for item in plugin.list_grants(session, found)],
        }

    return read


@pytest.fixture
def golden() -> Path:
    """The folder of files made by the Go tools."""
    folder = Path(__file__).parents[4] / "shared" / "golden"
    if not folder.is_dir():
        pytest.skip("the files of the Go tools are not here")
    return folder


@pytest.fixture
def golden_rows(tmp_path: Path) -> Callable[[Path], dict[str, list[dict[str, Any]]]]:
    """The rows of the object tables of a c1z, by table, as stored."""
    return lambda path: stored_rows(path, tmp_path)


def stored_rows(path: Path, folder: Path) -> dict[str, list[dict[str, Any]]]:
    import apsw

    from connector_host.c1z import container

    database = folder / f"{path.parent.name}-{path.name}.db"
    database.unlink(missing_ok=True)
    container.unpack(path, database)
    connection = apsw.Connection(str(database), flags=apsw.SQLITE_OPEN_READONLY)
    tables = {}
    for table in ("resource_types", "resources", "entitlements", "grants"):
        cursor = connection.execute(f"select * from v1_{table}")
        names = [column[0] for column in cursor.get_description()]
        tables[table] = [dict(zip(names, row, strict=True)) for row in cursor]
    connection.close()
    return tables


@pytest.fixture
def host(standin, tmp_path):
    """Runs `connector-host` in an empty folder."""

    def call(*words):
        return run_forked(words, environ=os.environ, cwd=tmp_path)

    return call
