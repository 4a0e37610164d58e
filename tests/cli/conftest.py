"""A terminal for programs that look for one."""

import contextlib
import fcntl
import json
import os
import pty
import select
import subprocess
import sys
import termios
import time

import pytest


@contextlib.contextmanager
def _at_terminal(site, *words, kind="dumb"):
    """The program with a terminal as its standard input and error; gives (process, terminal)."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "connector_host", *words],
        stdin=theirs,
        stdout=subprocess.PIPE,
        stderr=theirs,
        env={**os.environ, **site.environ, "TERM": kind},
        start_new_session=True,
        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),  # noqa: PLW1509 - no threads here
    )
    os.close(theirs)
    try:
        yield process, ours
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
        os.close(ours)


def _read_until(terminal, text, seconds=20):
    """What the terminal shows until `text` does, or until the end."""
    seen, end = "", time.monotonic() + seconds
    while text not in seen and time.monotonic() < end:
        if select.select([terminal], [], [], 0.1)[0]:
            try:
                part = os.read(terminal, 4096)
            except OSError:
                break
            if not part:
                break
            seen += part.decode()
    return seen


@pytest.fixture
def at_terminal():
    return _at_terminal


@pytest.fixture
def read_until():
    return _read_until


@pytest.fixture
def golden_syncs(golden_folder):
    """The folders of the Go tools that hold a v1 file."""
    return [path.parent for path in sorted(golden_folder.glob("*/sync.c1z"))]


# ----------------------------------------------------------------------------------------------- changing commands


def _workshop():
    kind = {"user": ["user"], "group": ["group"], "box": []}
    types = [{"id": name, "display_name": name.title(), "traits": traits} for name, traits in kind.items()]
    types[0]["skip_entitlements_and_grants"] = True
    people = {"ann": "Ann", "bob": "Bob", "cat": "Cat", "cat2": "Cat"}
    on = [("group", "g1"), ("group", "g2"), ("box", "b1")]
    return {
        "identity": {"account": "workshop", "user": "master", "limits": ["Cannot see the cellar."]},
        "resource_types": types,
        "resources": [
            *(
                {"type": "user", "id": one, "display_name": people[one], "email": f"{one}@example.com"}
                for one in people
            ),
            *({"type": kind, "id": one, "display_name": f"The {one}"} for kind, one in on),
        ],
        "entitlements": [
            {"resource": {"type": "group", "id": "g1"}, "slug": "member", "display_name": "In one"},
            {"resource": {"type": "group", "id": "g2"}, "slug": "member", "grantable_to": ["user"]},
            {"resource": {"type": "box", "id": "b1"}, "slug": "open"},
            {"resource": {"type": "box", "id": "b1"}, "slug": "fill"},
        ],
        "grants": [
            {"entitlement": "group:g1:member", "principal": {"type": "user", "id": "ann"}},
            {"entitlement": "group:g2:member", "principal": {"type": "user", "id": "bob"}},
            {
                "entitlement": "box:b1:open",
                "principal": {"type": "group", "id": "g2"},
                "expand": {"entitlements": ["group:g2:member"]},
            },
        ],
    }


class Workshop:
    """A scenario of the connector `fake` that may be changed, and a c1z file of how it was at first.

    Ann is in one; Bob is in two, which may open the box; there are two Cats.
    """

    def __init__(self, site, folder, here):
        self.confirmed = True  # changes of a file are made without asking
        self.site, self.folder, self.here = site, folder, here
        self.scenario, self.file, self.audit_file = (folder / name for name in ("s.json", "s.c1z", "audit.jsonl"))
        self.scenario.write_text(json.dumps(_workshop()), encoding="utf-8")

    def sync(self):
        done = self.here("sync", "fake", "--scenario", self.scenario, "-f", self.file)
        assert done.returncode == 0, done.stderr

    def words(self, verb, *words):
        files = ("-f", self.file) if verb != "create-account" else ()
        yes = ("--yes",) if "--from-file" in words and self.confirmed else ()
        return (
            verb,
            "fake",
            "--scenario",
            self.scenario,
            "--writable",
            *files,
            "--audit",
            self.audit_file,
            *words,
            *yes,
        )

    def run(self, verb, *words):
        """In this process."""
        return self.here(*self.words(verb, *words))

    def child(self, verb, *words, **how):
        """In a process of its own."""
        return self.site.run(*self.words(verb, *words), **how)

    def start(self, verb, *words):
        """In a process of its own, which is not waited for."""
        return subprocess.Popen(
            [sys.executable, "-m", "connector_host", *map(str, self.words(verb, *words))],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, **self.site.environ},
        )

    def held(self):
        """The ids of the direct grants that the scenario has."""
        grants = json.loads(self.scenario.read_text())["grants"]
        return {f"{one['entitlement']}:{one['principal']['type']}:{one['principal']['id']}" for one in grants}

    def resources(self):
        """Everything the scenario has, by its whole id."""
        return {f"{one['type']}:{one['id']}": one for one in json.loads(self.scenario.read_text())["resources"]}

    def synced(self):
        """The ids of all grants in the file."""
        return {
            one["grant"]["id"]
            for one in json.loads(self.here("grants", "-f", self.file, "-o", "json").stdout)["grants"]
        }

    def audit(self):
        return [json.loads(line) for line in self.audit_file.read_text().splitlines()]


@pytest.fixture(scope="session")
def _workshop_file():
    return []


@pytest.fixture
def workshop(site, tmp_path, capsysbinary, _workshop_file):
    """A fresh `Workshop`; the file of its first state is made once."""
    from connector_host.cli.main import main

    def here(*words):
        capsysbinary.readouterr()
        code = main([str(word) for word in words])
        out, err = capsysbinary.readouterr()
        return subprocess.CompletedProcess(words, code, out.decode(), err.decode())

    made = Workshop(site, tmp_path, here)
    if not _workshop_file:
        made.sync()
        _workshop_file.append(made.file.read_bytes())
    made.file.write_bytes(_workshop_file[0])
    return made
