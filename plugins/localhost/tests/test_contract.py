"""The contract of every connector, kept by this one with a made-up machine and with the one that runs the tests."""

import os
from contextlib import contextmanager
from pathlib import Path

import pytest

from connector_host.testing import ContractTests


class TestMadeUpMachine(ContractTests):
    connector = "localhost"
    another_process = True
    page_sizes = (1, 3)
    most_cuts = 6

    @pytest.fixture(autouse=True)
    def _machine(self, machine):
        self.machine = machine
        self.options = {"root": str(machine.folder)}

    def faults(self):
        return {
            "no passwd": self._with("etc/passwd", None),
            "no accounts": self._with("etc/passwd", "\n"),
            "a folder for a file": self._with("etc/group", ()),
            "a pipe for a file": self._with("etc/sudoers", None, os.mkfifo),
            "a link to itself": self._with("etc/group", Path("group")),
        }

    @contextmanager
    def _with(self, name, what, make=lambda _path: None):
        path = self.machine.folder / name
        before = path.read_bytes()
        path.unlink()
        make(path)
        match what:
            case str():
                path.write_text(what)
            case Path():
                path.symlink_to(what)
            case ():
                path.mkdir()
        try:
            yield
        finally:
            if path.is_dir():
                path.rmdir()
            path.unlink(missing_ok=True)
            path.write_bytes(before)


class TestThisMachine(ContractTests):
    connector = "localhost"
    options = {"sudo": False}  # noqa: RUF012 - as an author writes it
    page_sizes = (7,)
    most_cuts = 2
