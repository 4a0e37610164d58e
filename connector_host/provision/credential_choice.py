"""The choice of credentials for an account: what the requester wants, compared with what the connector can make."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from msgspec import structs

from ..credentials import CredentialRequest, IssueOption, IssueRequest
from ..enums import CredentialOption
from ..errors import ConfigError

__all__ = ["OPTION_WORDS", "choose_credentials", "choose_issue_option"]

OPTION_WORDS = {
    CredentialOption.NO_PASSWORD: "no-password",
    CredentialOption.RANDOM_PASSWORD: "random-password",
    CredentialOption.SSO: "sso",
    CredentialOption.ENCRYPTED_PASSWORD: "chosen-password",
    CredentialOption.API_KEY: "api-key",
    CredentialOption.KEYPAIR: "keypair",
    CredentialOption.TOKEN: "token",
    CredentialOption.CLIENT_SECRET: "client-secret",
}
"""The options in the words of the command line."""


def choose_credentials(request: CredentialRequest, supported: Sequence[CredentialOption]) -> CredentialRequest:
    """Return the request with the connector's preferred option if it names none.

    `supported` has the preferred option first; empty: the connector names none, and gets the request as it is. Raises
    ConfigError for an option that the connector does not support, and a random password that cannot be made.
    """
    option = request.option
    if option is CredentialOption.UNSPECIFIED and supported:
        usable = [
            each
            for each in supported
            if each is not CredentialOption.ENCRYPTED_PASSWORD or request.password is not None
        ]
        if not usable:
            raise ConfigError("the connector needs a chosen password", hint="Specify --credentials chosen-password.")
        option = usable[0]
    if supported and option not in supported:
        names = ", ".join(OPTION_WORDS[each] for each in supported)
        raise ConfigError(f"the connector has no credentials {OPTION_WORDS[option]}", hint=f"Choose from: {names}.")
    if option is CredentialOption.ENCRYPTED_PASSWORD and request.password is None:
        raise ConfigError(
            "no password was chosen", hint="Enter one, or write it to a file and use --password-file FILE."
        )
    chosen = structs.replace(request, option=option)
    if option is CredentialOption.RANDOM_PASSWORD:
        chosen.make_password()  # raises for constraints that cannot be met
    return chosen


def choose_issue_option(
    request: IssueRequest, resource_type: str, forms: Sequence[IssueOption], now: datetime
) -> IssueOption | None:
    """Return the connector's form of a credential for a resource type; None if it declares no forms at all.

    Raises ConfigError for a credential, key, scope, audience or end that the connector does not offer.
    """
    if not forms:
        return None
    fitting = [form for form in forms if form.resource_type == resource_type]
    form = next((form for form in fitting if form.option is request.option), None)
    if form is None:
        words = ", ".join(OPTION_WORDS[each.option] for each in fitting)
        raise ConfigError(
            f"no {OPTION_WORDS[request.option]} can be issued for the type {resource_type!r}",
            hint=f"For this type: {words}." if words else "Nothing can be issued for this type.",
        )
    form.check(request, now)
    return form
