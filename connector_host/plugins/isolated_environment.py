"""Virtual environments of connectors: each with its own packages, so that what two connectors need cannot conflict.

The connector is installed there with a host of its own, whose `serve` this host drives as a process.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from ..errors import ConfigError

__all__ = ["COMPLETE", "IsolatedConnector", "connector_folder", "create_environment"]

DATA = "XDG_DATA_HOME"
"""The folder of the user's data, `~/.local/share` by default: environments of connectors are created in it."""
COMPLETE = "connector-host.complete"
"""A file in every environment that was finished: one without it is of a process that was killed."""
LONGEST_OUTPUT = 2000
NOT_INHERITED = ("PYTHON", "CONNECTOR_HOST_", "BATON_")  # an installation needs no options, and no secrets in them


class IsolatedConnector(NamedTuple):
    """A connector in its environment: the command that serves it, its distribution and version."""

    command: tuple[str, ...]
    distribution: str
    version: str


FROM_FILES = "To install what no package index has, name the files: --from for the connector, --host for the host."


def connector_folder(name: str, environ: Mapping[str, str]) -> Path:
    """Return the folder of a connector's environment."""
    data = Path(environ.get(DATA) or "~/.local/share").expanduser()
    return data / "connector-host" / "connectors" / name


def create_environment(folder: Path, name: str, requirements: Sequence[str], *, python: str = "") -> IsolatedConnector:
    """Create a virtual environment with the requirements in it, and check that it has the connector `name`.

    Nothing is left when it fails; what a killed process left is replaced. Raises ConfigError.
    """
    if (folder / COMPLETE).exists():
        raise ConfigError(f"{folder} exists already", hint="To install it again, use --replace.")
    try:
        if folder.exists():
            shutil.rmtree(folder)
        folder.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise ConfigError(
            f"{folder} cannot be created: {error.strerror or error}",
            hint=f"Check your rights to the folder; {DATA} names another one.",
        ) from error
    try:
        _run([python or sys.executable, "-I", "-m", "venv", str(folder)], "the virtual environment cannot be created")
        program = _program(folder, "python")
        pip = [str(program), "-I", "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *requirements]
        _run(pip, f"{' '.join(requirements)} cannot be installed", advice=FROM_FILES)
        connector = _checked(folder, name)
        (folder / COMPLETE).touch()
        return connector
    except OSError as error:
        shutil.rmtree(folder, ignore_errors=True)
        raise ConfigError(
            f"{folder} cannot be written: {error.strerror or error}", hint="Make room on the disk. Nothing was left."
        ) from error
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def _program(folder: Path, name: str) -> Path:
    return folder / ("Scripts" if os.name == "nt" else "bin") / name


def _checked(folder: Path, name: str) -> IsolatedConnector:
    """Return the connector as the host in its environment reports it. ConfigError if it is not there, or broken."""
    program = _program(folder, "connector-host")
    output = _run([str(program), "plugins", "-o", "json"], "the connector cannot be checked", cwd=folder)
    try:
        listed = [dict(entry) for entry in json.loads(output)["connectors"]]
        names = [str(entry["name"]) for entry in listed]
    except (ValueError, TypeError, LookupError, RecursionError) as error:
        raise ConfigError("the host that was installed does not list its connectors", hint="Specify --host.") from error
    entry = next((entry for entry in listed if entry["name"] == name), None)
    if entry is None:
        raise ConfigError(
            f"what was installed offers no connector {name!r}, but {', '.join(names) or 'none'}",
            hint="Name one of these, or install another distribution with --from.",
        )
    if entry.get("problem"):
        raise ConfigError(f"the connector {name} cannot be used: {entry['problem']}")
    return IsolatedConnector((str(program), "serve", name), str(entry.get("distribution")), str(entry.get("version")))


def _run(command: Sequence[str], problem: str, cwd: Path | None = None, advice: str = "") -> str:
    """Return what a command writes; ConfigError with the end of what it said if it fails."""
    environ = {key: value for key, value in os.environ.items() if not key.startswith(NOT_INHERITED)}
    try:
        done = subprocess.run(command, check=False, capture_output=True, env=environ, cwd=cwd)
    except OSError as error:
        raise ConfigError(f"{problem}: {error.strerror or error}") from error
    if done.returncode:
        lines = (done.stderr or done.stdout).decode(errors="replace").strip()[-LONGEST_OUTPUT:]
        raise ConfigError(f"{problem}:\n{lines}", hint=f"Nothing was left behind. {advice}".strip())
    return done.stdout.decode(errors="replace")
