"""The credentials of a connector in the JSON of `capabilities`, as the Go connectors print it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ....credentials import CredentialDetails, IssueOption
from ....enums import CredentialOption
from ....plugins.facade import Connector

__all__ = ["credential_details", "issue_details"]

PREFIX = "CAPABILITY_DETAIL_CREDENTIAL_OPTION_"


def credential_details(connector: Connector, details: CredentialDetails) -> dict[str, Any]:
    """Return the message CredentialDetails; empty if the connector names no credentials."""
    parts = (
        ("create_account", "capabilityAccountProvisioning", details.create_account),
        ("rotate_credentials", "capabilityCredentialRotation", details.rotate),
    )
    return {name: _options(options) for hook, name, options in parts if options and hook in connector.hooks}


def issue_details(details: CredentialDetails, resource_type: str) -> dict[str, Any] | None:
    """Return the message CredentialDetailsCredentialIssue of a resource type; None if nothing is issued for it."""
    forms = [form for form in details.issue if form.resource_type == resource_type]
    if not forms:
        return None
    return {"options": [_form(form) for form in forms], "preferredOption": PREFIX + forms[0].option.name}


def _options(options: Sequence[CredentialOption]) -> dict[str, Any]:
    return {
        "supportedCredentialOptions": [PREFIX + option.name for option in options],
        "preferredCredentialOption": PREFIX + options[0].name,
    }


def _form(form: IssueOption) -> dict[str, Any]:
    """Return the message CredentialIssueOptionDescriptor; fields without a value are left out."""
    expiry = {"min": _seconds(form.min_seconds), "max": _seconds(form.max_seconds)}
    fields: dict[str, Any] = {
        "option": PREFIX + form.option.name,
        "keyProfiles": [
            {"kty": key.kty, **({"rsaModulusBits": key.bits} if key.bits else {"crv": key.curve})}
            for key in form.key_profiles
        ],
        "expiry": {name: text for name, text in expiry.items() if text},
        "scopes": list(form.scopes),
        "customScopesAllowed": form.custom_scopes,
        "customAudiencesAllowed": form.custom_audiences,
        "audiences": list(form.audiences),
        "resourceMode": f"CREDENTIAL_RESOURCE_MODE_{form.mode.name}",
        "secretResourceTypeId": form.secret_type,
    }
    return {name: value for name, value in fields.items() if value}


def _seconds(seconds: float | None) -> str:
    return "" if seconds is None else f"{seconds:g}s" if seconds < 1e6 else f"{int(seconds)}s"
