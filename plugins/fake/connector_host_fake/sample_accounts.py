"""The accounts and credentials of the fake connector: fields of a new account, and outcomes for planned cases."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta
from typing import Any

from connector_host import (
    AccountField,
    AccountFieldType,
    AccountRequest,
    AccountSchema,
    CredentialDetails,
    CredentialMode,
    CredentialOption,
    CredentialRequest,
    IssueOption,
    IssueRequest,
    KeyProfile,
    NamedSecret,
    Outcome,
    Resource,
    ResourceId,
    Secret,
    SecretTrait,
)

__all__ = [
    "SCHEMA",
    "account_secrets",
    "credential_resource",
    "credential_secrets",
    "details",
    "invitation_end",
    "new_password",
    "planned_outcome",
    "stored_profile",
]

INVITED, PENDING = "@invite.example", "@pending.example"
"""Endings of e-mail addresses whose accounts need an action of their owner, or are created in a second step."""
INVITATION_DAYS = 7
NOT_STORED = {"pin", "recovery_code", "login", "email", "display_name"}
SCHEMA = AccountSchema(
    fields=(
        AccountField(name="team", display_name="Team", description="Team of the person.", placeholder="platform"),
        AccountField(
            name="employee_number", type=AccountFieldType.INT, display_name="Employee number", placeholder="1042"
        ),
        AccountField(name="contractor", type=AccountFieldType.BOOL, description="The person is not an employee."),
        AccountField(name="cost_centers", type=AccountFieldType.STRINGS, description="Cost centers, by commas."),
        AccountField(name="equipment", type=AccountFieldType.MAP, description="Equipment by kind, as JSON.", order=1),
        AccountField(name="pin", secret=True, description="PIN of the door; it is not stored.", order=1),
        AccountField(
            name="recovery_code",
            type=AccountFieldType.BOOL,
            default=False,
            description="Return a recovery code as a second secret.",
            order=2,
        ),
        AccountField(name="badge", description="Not used any more.", deprecated=True),
    )
)


def details(user_types: list[str]) -> CredentialDetails:
    """Return the credentials of an organisation whose accounts are of these types."""
    return CredentialDetails(
        create_account=(
            CredentialOption.RANDOM_PASSWORD,
            CredentialOption.NO_PASSWORD,
            CredentialOption.SSO,
            CredentialOption.ENCRYPTED_PASSWORD,
        ),
        rotate=(CredentialOption.RANDOM_PASSWORD, CredentialOption.ENCRYPTED_PASSWORD),
        issue=tuple(form for user_type in user_types for form in _issue_options(user_type)),
    )


def _issue_options(user_type: str) -> tuple[IssueOption, ...]:
    virtual = CredentialMode.VIRTUAL
    return (
        IssueOption(
            resource_type=user_type,
            option=CredentialOption.API_KEY,
            mode=virtual,
            scopes=("read", "write"),
            min_seconds=60,
            max_seconds=366 * 86_400,
        ),
        IssueOption(
            resource_type=user_type,
            option=CredentialOption.KEYPAIR,
            mode=virtual,
            key_profiles=(KeyProfile(kty="OKP", curve="Ed25519"), KeyProfile(kty="RSA", bits=2048)),
        ),
        IssueOption(
            resource_type=user_type,
            option=CredentialOption.TOKEN,
            mode=virtual,
            scopes=("read",),
            custom_scopes=True,
            audiences=("https://api.example.com",),
        ),
    )


# ----------------------------------------------------------------------------------------------- a new account


def planned_outcome(request: AccountRequest) -> Outcome:
    """Return the outcome that the e-mail address asks for."""
    if request.email.endswith(INVITED):
        return Outcome.ACTION_REQUIRED
    return Outcome.IN_PROGRESS if request.email.endswith(PENDING) else Outcome.DONE


def invitation_end() -> datetime:
    """Return the end of an invitation that is sent now."""
    return datetime.now(UTC).replace(microsecond=0) + timedelta(days=INVITATION_DAYS)


def stored_profile(request: AccountRequest) -> dict[str, Any] | None:
    """Return the fields of a request that the scenario file keeps."""
    profile = {name: value for name, value in (request.profile or {}).items() if name not in NOT_STORED}
    return profile or None


def account_secrets(request: AccountRequest) -> tuple[Secret | None, tuple[NamedSecret, ...]]:
    """Return the only secret of a new account, or several with their names; none without a password of ours."""
    option = request.credentials.option
    if option in (CredentialOption.NO_PASSWORD, CredentialOption.SSO, CredentialOption.ENCRYPTED_PASSWORD):
        return None, ()
    password = request.credentials.make_password()
    if not (request.profile or {}).get("recovery_code"):
        return password, ()
    code = Secret("-".join(f"{secrets.randbelow(10_000):04d}" for _ in range(4)))
    return None, (
        NamedSecret("password", password, "The first password."),
        NamedSecret("recovery code", code, "Replaces the password once."),
    )


def new_password(credentials: CredentialRequest) -> Secret | None:
    """Return the password to show after a rotation; none if the requester chose it."""
    return None if credentials.option is CredentialOption.ENCRYPTED_PASSWORD else credentials.make_password()


# ----------------------------------------------------------------------------------------------- issued credentials


def credential_resource(account: ResourceId, request: IssueRequest) -> Resource:
    """Return the credential as a resource, which no listing shows."""
    name = f"{account.resource}-{request.option.name.lower()}-{secrets.token_hex(4)}"
    trait = SecretTrait(identity=account, expires_at=request.expires_at, created_at=datetime.now(UTC))
    return Resource(ResourceId("credential", name), name, traits=(trait,))


def credential_secrets(request: IssueRequest) -> tuple[NamedSecret, ...]:
    """Return the value of a credential; a key pair is a random text here, not a key."""
    value = Secret(secrets.token_urlsafe(24))
    if request.option is CredentialOption.KEYPAIR:
        return (NamedSecret("private key", value, f"Sample of a {request.key_profile} key.", schema="text"),)
    return (NamedSecret(request.option.name.lower().replace("_", " "), value),)
