"""`connector-host create-account NAME`: make an account in the application."""

from __future__ import annotations

import json
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
from .secret_file import FirstSecret

__all__ = ["command"]

TEXT = """Make an account in the application.

What is there already is success. A first secret that the application gives goes into a file that only you can read,
unless --show-secret asks for it on standard output.
"""


def _run(connector: Connector, given: Mapping[str, Any]) -> None:
    job = begin(connector, "create_account", given)
    request = _request(given)
    named, shown = given["secret_file"], given["show_secret"]
    if named is not None and shown:
        raise ConfigError("--show-secret and --secret-file contradict each other")
    if shown and not job.output.for_people:
        raise ConfigError(f"--show-secret does not go with -o {job.output.name}", hint="Give --secret-file FILE.")
    path = Path(named).expanduser() if named is not None else None
    with FirstSecret(path, job.audit.parent, shown=shown or job.dry_run) as first:
        try:
            perform(job, [(0, Create(request))], keep=first.keep)
        finally:
            first.show()


def _request(given: Mapping[str, Any]) -> AccountRequest:
    email, login = (given["account_email"] or "").strip(), (given["login"] or "").strip()
    if not email and not login:
        raise ConfigError("an account needs an e-mail address or a login", hint="Give --account-email or --login.")
    profile = _profile(given["profile"]) if given["profile"] is not None else None
    return AccountRequest(email=email, login=login, display_name=given["display_name"] or "", profile=profile)


def _profile(text: str) -> dict[str, Any]:
    try:
        profile = json.loads(text)
    except ValueError as error:
        raise ConfigError(f"--profile: not valid JSON: {error}") from error
    if not isinstance(profile, dict):
        raise ConfigError("--profile: not a JSON object", hint="""For instance: --profile '{"team": "x"}'.""")
    return profile


def _command(connector: Connector) -> ConnectorCommand:
    def run(**given: Any) -> None:
        _run(connector, given)

    named = [
        (("account_email", "--email", "--account-email", "--create-account-email"), "ADDRESS", "Its e-mail address."),
        (("login", "--login", "--account-login", "--create-account-login"), "LOGIN", "What it signs in with."),
        (("display_name", "--display-name", "--account-name"), "NAME", "What it is called."),
        (("profile", "--profile", "--create-account-profile"), "JSON", "More about it, as the connector knows it."),
        (("secret_file", "--secret-file"), "FILE", "Put a first secret into this new file. [default: beside --audit]"),
    ]
    options = [spelled(connector, words[0], words[1:], metavar=metavar, help=text) for words, metavar, text in named]
    text = "Show a first secret on standard output instead."
    options.append(spelled(connector, "show_secret", ["--show-secret"], is_flag=True, help=text))
    return ConnectorCommand(connector, run, [*options, *common_options(file=False)], TEXT)


@click.group(name="create-account", cls=ConnectorGroup, make=_command)
def command() -> None:
    """Make an account in the application itself.

    `connector-host create-account CONNECTOR --help` shows what may be said of it, and the options of a connector.
    """
