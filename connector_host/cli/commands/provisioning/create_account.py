"""`connector-host create-account NAME`: create an account in the application."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from ....errors import ConfigError
from ....model import AccountRequest
from ....plugins.facade import Connector
from ....provision.change_requests import Create
from ..connectors.connector_group import ConnectorCommand, ConnectorGroup
from .change_command import begin, common_options, perform, spelled
from .json_arguments import json_object
from .secret_file import FirstSecret

__all__ = ["command"]

TEXT = """Create an account in the application.

An account that exists already counts as success. The first secret that the application returns is written to a file
that only you can read, or with --show-secret to standard output.
"""


def _run(connector: Connector, arguments: Mapping[str, Any]) -> None:
    job = begin(connector, "create_account", arguments)
    request = _request(arguments)
    secret_file, shown = arguments["secret_file"], arguments["show_secret"]
    if secret_file is not None and shown:
        raise ConfigError("--show-secret and --secret-file exclude each other", hint="Use one of them.")
    if shown and not job.output.for_people:
        raise ConfigError(f"--show-secret cannot be used with -o {job.output.name}", hint="Use --secret-file FILE.")
    path = Path(secret_file).expanduser() if secret_file is not None else None
    with FirstSecret(path, job.audit.parent, shown=shown or job.dry_run) as first:
        try:
            perform(job, [(0, Create(request))], keep=first.keep)
        finally:
            first.show()


def _request(arguments: Mapping[str, Any]) -> AccountRequest:
    email, login = (arguments["account_email"] or "").strip(), (arguments["login"] or "").strip()
    if not email and not login:
        raise ConfigError(
            "no e-mail address and no login is specified", hint="Specify the account: --account-email or --login."
        )
    profile = json_object("--profile", arguments["profile"])
    return AccountRequest(email=email, login=login, display_name=arguments["display_name"] or "", profile=profile)


def _command(connector: Connector) -> ConnectorCommand:
    def run(**arguments: Any) -> None:
        _run(connector, arguments)

    spellings = [
        (
            ("account_email", "--email", "--account-email", "--create-account-email"),
            "ADDRESS",
            "Set its e-mail address.",
        ),
        (
            ("login", "--login", "--account-login", "--create-account-login"),
            "LOGIN",
            "Set the login that it signs in with.",
        ),
        (("display_name", "--display-name", "--account-name"), "NAME", "Set its display name."),
        (
            ("profile", "--profile", "--create-account-profile"),
            "JSON",
            "Set further properties, as the connector defines them.",
        ),
        (
            ("secret_file", "--secret-file"),
            "FILE",
            "Write the first secret to this new file. [default: beside --audit]",
        ),
    ]
    options = [
        spelled(connector, words[0], words[1:], metavar=metavar, help=text) for words, metavar, text in spellings
    ]
    text = "Write the first secret to standard output instead."
    options.append(spelled(connector, "show_secret", ["--show-secret"], is_flag=True, help=text))
    return ConnectorCommand(connector, run, [*options, *common_options(connector, file=False)], TEXT)


@click.group(name="create-account", cls=ConnectorGroup, make=_command)
def command() -> None:
    """Create an account in the application itself.

    `connector-host create-account CONNECTOR --help` shows its properties, and the options of a connector.
    """
