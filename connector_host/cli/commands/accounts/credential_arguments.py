"""Arguments for the credentials of an account: the form, and what a password must contain."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from ....credentials import CredentialRequest, PasswordConstraint
from ....enums import CredentialOption
from ....errors import ConfigError
from ....plugins.facade import Connector
from ....provision.credential_choice import OPTION_WORDS
from ....secret import Secret
from ....trusted_paths import find_read_risk
from ...app import App
from ...option_values import ask_person, is_interactive
from ..provisioning.change_command import spelled

__all__ = ["credential_options", "credential_request"]

SHORTEST, LONGEST = 8, 64
FORMS = {
    OPTION_WORDS[option]: option
    for option in (
        CredentialOption.NO_PASSWORD,
        CredentialOption.RANDOM_PASSWORD,
        CredentialOption.SSO,
        CredentialOption.ENCRYPTED_PASSWORD,
    )
}


def credential_options(connector: Connector) -> list[click.Option]:
    """Return the options of a command that gives credentials to an account."""
    return [
        spelled(
            connector,
            "credentials",
            ["--credentials"],
            type=click.Choice(tuple(FORMS)),
            help="Choose the credentials. [default: what the connector prefers]",
        ),
        spelled(
            connector,
            "password_length",
            ["--password-length"],
            metavar="N",
            type=click.IntRange(SHORTEST, LONGEST),
            help="Set the length of a random password. [default: 20]",
        ),
        spelled(
            connector,
            "password_constraint",
            ["--password-constraint"],
            metavar="CHARACTERS:N",
            multiple=True,
            help="Put at least N of these characters into a random password.",
        ),
        spelled(
            connector,
            "password_file",
            ["--password-file"],
            metavar="FILE",
            help="Read a chosen password from this file. [default: ask for it]",
        ),
        spelled(connector, "sso_provider", ["--sso-provider"], metavar="NAME", help="Sign in through this provider."),
        spelled(
            connector,
            "force_change",
            ["--force-change"],
            is_flag=True,
            help="Make the account change its password at the next sign-in.",
        ),
    ]


def credential_request(app: App, arguments: Mapping[str, Any]) -> CredentialRequest:
    """Return the request that the arguments describe. A person is asked for a chosen password that is not specified."""
    words, file = arguments["credentials"], arguments["password_file"]
    option = FORMS[words] if words else CredentialOption.UNSPECIFIED
    if file is not None and option is CredentialOption.UNSPECIFIED:
        option = CredentialOption.ENCRYPTED_PASSWORD
    if file is not None and option is not CredentialOption.ENCRYPTED_PASSWORD:
        raise ConfigError(f"--password-file does not fit --credentials {words}", hint="Leave one of them out.")
    password = _chosen_password(app, file) if option is CredentialOption.ENCRYPTED_PASSWORD else None
    constraints = tuple(map(_constraint, arguments["password_constraint"]))
    length = arguments["password_length"] or CredentialRequest().length
    return CredentialRequest(
        option=option,
        length=length,
        constraints=constraints,
        password=password,
        sso_provider=arguments["sso_provider"] or "",
        force_change=arguments["force_change"],
    )


def _constraint(text: str) -> PasswordConstraint:
    characters, separator, number = text.rpartition(":")
    if not separator or not characters or not number.isdecimal() or not 0 < int(number) <= LONGEST:
        raise ConfigError(
            f"--password-constraint: {text!r} is not CHARACTERS:N",
            hint="For example: --password-constraint '0123456789:2'.",
        )
    return PasswordConstraint(characters, int(number))


def _chosen_password(app: App, file: str | None) -> Secret | None:
    """Return the password of a file or of a person; None if there is neither."""
    if file is None:
        value = ask_person(app, "Password of the account", is_secret=True) if is_interactive() else ""
    else:
        path = Path(file).expanduser()
        try:
            risk = find_read_risk(path) if path.is_file() else ""
            value = path.read_text(encoding="utf-8").rstrip("\r\n")
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or error
            raise ConfigError(f"the password file {path} cannot be read: {reason}") from error
        if risk:
            raise ConfigError(
                f"the password file {path} is not private: {risk}",
                hint=f"Choose another password, and run: chmod 600 {shlex.quote(str(path))}",
            )
        if not value:
            raise ConfigError(f"the password file {path} is empty")
    if not value:
        return None
    app.redactor.add(value)
    return Secret(value)
