"""Options of the commands that return a secret: a private file, or standard output."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from ....errors import ConfigError
from ....plugins.facade import Connector
from ..provisioning.change_command import Job, spelled
from .secret_file import SecretFile

__all__ = ["secret_of", "secret_options"]


def secret_options(connector: Connector, name: str) -> list[click.Option]:
    """Return the options for a secret with this name."""
    text = f"Write the {name} to this new file. [default: beside --audit]"
    file = spelled(connector, "secret_file", ["--secret-file"], metavar="FILE", help=text)
    text = f"Write the {name} to standard output instead."
    return [file, spelled(connector, "show_secret", ["--show-secret"], is_flag=True, help=text)]


def secret_of(job: Job, arguments: Mapping[str, Any], name: str) -> SecretFile:
    """Return the place for the secret that the arguments choose. Raises ConfigError for a contradiction."""
    secret_file, shown = arguments["secret_file"], arguments["show_secret"]
    if secret_file is not None and shown:
        raise ConfigError("--show-secret and --secret-file exclude each other", hint="Use one of them.")
    if shown and not job.output.for_people:
        raise ConfigError(f"--show-secret cannot be used with -o {job.output.name}", hint="Use --secret-file FILE.")
    path = Path(secret_file).expanduser() if secret_file is not None else None
    return SecretFile(path, job.audit.parent, shown=shown or job.dry_run, name=name)
