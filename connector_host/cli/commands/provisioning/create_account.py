"""`connector-host create-account NAME`: create an account in the application."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click

from ....errors import ConfigError
from ....model import AccountRequest
from ....plugins.facade import Connector
from ....provision.change_requests import Create
from ..connectors.connector_group import ConnectorCommand, ConnectorGroup
from .change_command import begin, common_options, perform, spelled
from .json_arguments import json_object
from .secret_options import secret_of, secret_options

__all__ = ["command"]

TEXT = """Create an account in the application.

An account that exists already counts as success. The first secret that the application returns is written to a file
that only you can read, or with --show-secret to standard output.
"""


def _run(connector: Connector, arguments: Mapping[str, Any]) -> None:
    job = begin(connector, "create_account", arguments)
    request = _request(arguments)
    with secret_of(job, arguments, "first secret") as first:
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
    ]
    options = [
        spelled(connector, words[0], words[1:], metavar=metavar, help=text) for words, metavar, text in spellings
    ]
    options += secret_options(connector, "first secret")
    return ConnectorCommand(connector, run, [*options, *common_options(connector, file=False)], TEXT)


@click.group(name="create-account", cls=ConnectorGroup, make=_command)
def command() -> None:
    """Create an account in the application itself.

    `connector-host create-account CONNECTOR --help` shows its properties, and the options of a connector.
    """
