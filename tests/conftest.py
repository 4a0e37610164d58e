"""Fixtures for everybody: a clean environment, and distributions made for one test."""

import importlib
import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

CONNECTOR = """
from connector_host import *

USER = ResourceType("user", "User", (Trait.USER,))

@hookimpl
def connector_info():
    return ConnectorInfo("Example", api=1, summary="An example.")

@hookimpl
def list_resource_types():
    return [USER]
"""


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch, tmp_path_factory):
    """No variable of the person who runs the tests, and no config file of theirs."""
    for name in list(os.environ):
        if name.startswith(("BATON_", "CONNECTOR_HOST_", "OP_")) or name in {"NO_COLOR", "FORCE_COLOR"}:
            monkeypatch.delenv(name)
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.chdir(tmp_path_factory.mktemp("cwd"))


class Site:
    """A folder of installed distributions, as pip leaves them: modules and `.dist-info` folders."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.environ = {"PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1"}

    def add(self, name, code=CONNECTOR, *, group="connector_host", points=None, version="1.0", summary="", module=None):
        """Install the distribution `name` with one module; `points` are lines of its entry points."""
        module = module or name.replace("-", "_")
        (self.folder / f"{module}.py").write_text(textwrap.dedent(code), encoding="utf-8")
        info = self.folder / f"{name.replace('-', '_')}-{version}.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\nSummary: {summary}\n")
        lines = [f"{name} = {module}"] if points is None else points
        (info / "entry_points.txt").write_text("\n".join([f"[{group}]", *lines]) + "\n")
        return info

    def run(self, *words, stdin="", environ=None, python=("-m", "connector_host"), cwd=None, timeout=60):
        """Run `connector-host WORDS` in a process that sees these distributions."""
        return subprocess.run(
            [sys.executable, *python, *map(str, words)],
            check=False,
            input=stdin,
            capture_output=True,
            text=True,
            timeout=timeout,
            env={**os.environ, **self.environ, **(environ or {})},
            cwd=cwd,
        )


@pytest.fixture
def site(tmp_path, monkeypatch):
    """An empty `Site`, also on the path of this process."""
    folder = tmp_path / "site"
    folder.mkdir()
    before = set(sys.modules)
    monkeypatch.syspath_prepend(folder)
    yield Site(folder)
    for name in set(sys.modules) - before:
        if (getattr(sys.modules[name], "__file__", None) or "").startswith(str(folder)):
            del sys.modules[name]
    importlib.invalidate_caches()
