"""The config file: `--config FILE`, else `CONNECTOR_HOST_CONFIG`, else `./connector-host.toml` if there is one.

::

    [host]                  options of the host, by the name of their flag: workers = 4
    [connector.NAME]        options of a connector: address = "example.1password.com"
    [connectors.NAME]       a connector that is a program: command = ["/opt/baton-github"], options = {org = "acme"}

Flags and environment variables win over the file. A file that another user could have written is refused: it may name
programs that are run. So is one that holds secrets and that others can read.
"""

from __future__ import annotations

import re
import shlex
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from msgspec import Struct

from .decoding.toml_decoding import decode_toml
from .errors import ConfigError
from .trusted_paths import find_read_risk, require_trusted

__all__ = ["USUAL", "Config", "read_config"]

VARIABLE = "CONNECTOR_HOST_CONFIG"
"""The config file, where the flag `--config` names none."""
USUAL = "connector-host.toml"
HOST_KEYS = (
    "allow-partial",
    "audit",
    "c1z-temp-dir",
    "client-id",
    "client-secret",
    "deadline",
    "file",
    "folder",
    "get-tasks",
    "health-check",
    "health-check-bind-address",
    "health-check-port",
    "jobs",
    "keep-previous-sync-c1z",
    "lake",
    "log-format",
    "log-level",
    "max-attempts",
    "metrics",
    "page-size",
    "provisioning",
    "rate-limit",
    "shrink-threshold",
    "skip-full-sync",
    "skip-entitlements-and-grants",
    "skip-grant-expansion",
    "storage-engine",
    "strict",
    "sync-resource-types",
    "task-concurrency",
    "ticketing",
    "workers",
)


class Config(Struct, frozen=True):
    """The tables of a config file; `path` is None when there is none. Values are raw: options convert them.

    `connectors` are the tables `[connector.NAME]`, `programs` the tables `[connectors.NAME]`.
    """

    path: Path | None = None
    host: Mapping[str, Any] = {}
    connectors: Mapping[str, Mapping[str, Any]] = {}
    programs: Mapping[str, Mapping[str, Any]] = {}

    def where(self, table: str) -> str:
        """Return how messages name a table of this file."""
        return f"{self.path} [{table}]"

    def refuse_secrets_that_others_can_read(self, name: str) -> None:
        """Raise ConfigError if others can read the file, which holds the secret option `name`."""
        if self.path is not None and (risk := find_read_risk(self.path)):
            raise ConfigError(
                f"the config file {self.path} holds the secret {name!r}, and {risk}",
                hint=f"Run: chmod 600 {shlex.quote(str(self.path))}. If others may have seen the secret, replace it.",
            )


def read_config(named: Path | None, environ: Mapping[str, str]) -> Config:
    """Read the config file in force; return an empty Config if none was named and `./connector-host.toml` is absent.

    Raises ConfigError for a named file that is missing, for one that another user could have written, for bad TOML
    (file and line), for unknown tables and keys.
    """
    path = named or (Path(environ[VARIABLE]) if environ.get(VARIABLE) else None)
    path = path.expanduser() if path else None
    if path is None:
        if not Path(USUAL).is_file():
            return Config()
        path = Path(USUAL)
    tables = _parse(path)
    if unknown := sorted(set(tables) - {"host", "connector", "connectors"}):
        raise ConfigError(
            f"{path}: unknown table or key {unknown[0]!r}",
            hint="The tables are [host], [connector.NAME] and [connectors.NAME].",
        )
    host = _table(tables.get("host", {}), f"{path}: host")
    if unknown := sorted(set(host) - set(HOST_KEYS)):
        raise ConfigError(f"{path}: unknown key {unknown[0]!r} in [host]", hint=f"The keys are {', '.join(HOST_KEYS)}.")
    connectors = _table(tables.get("connector", {}), f"{path}: connector")
    programs = _table(tables.get("connectors", {}), f"{path}: connectors")
    return Config(
        path,
        host,
        {name: _table(value, f"{path}: connector.{name}") for name, value in connectors.items()},
        {name: _table(value, f"{path}: connectors.{name}") for name, value in programs.items()},
    )


def _parse(path: Path) -> dict[str, Any]:
    try:
        require_trusted(path, "the config file")
        return decode_toml(path.read_bytes())
    except tomllib.TOMLDecodeError as error:
        reason, line = _reason_and_line(error)
        raise ConfigError(f"{path}{line}: not valid TOML: {reason}") from error
    except ValueError as error:
        raise ConfigError(f"{path}: {error}") from error
    except OSError as error:
        raise ConfigError(f"the config file {path} cannot be read: {error.strerror}") from error


def _reason_and_line(error: tomllib.TOMLDecodeError) -> tuple[str, str]:
    """Return the reason and `:line`; Python has the line in the message (and, from 3.14 on, in attributes)."""
    position = re.search(r"\s*\(at line (\d+), column \d+\)$", str(error))
    return (str(error)[: position.start()], f":{position[1]}") if position else (str(error), "")


def _table(value: Any, where: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ConfigError(f"{where} is not a table")
    return value
