"""The requests of changes to a connector process, and what its answers say."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from msgspec.structs import replace

from ...credentials import AccountRequest, CredentialRequest, IssueRequest, NamedSecret
from ...enums import CredentialOption
from ...errors import BadResponse, ConfigError
from ...model import Change, Entitlement, Grant, Outcome, Resource, ResourceId
from ...secret import Secret
from .. import decode, encode
from ..grant_encoder import GrantEncoder
from ..pb.c1.connector.v2 import provisioning_services_pb2 as pb
from ..wire_format import block
from .message_values import (
    message_bytes,
    parse_answer,
    resource_id_message,
    struct_message,
    timestamp_message,
    utc_moment,
)

__all__ = [
    "account_change",
    "account_request",
    "creation_request",
    "credential_change",
    "deletion_change",
    "deletion_request",
    "grant_change",
    "grant_request",
    "issue_change",
    "issue_request",
    "resource_change",
    "revocation_change",
    "revocation_request",
    "rotation_request",
]

PACKAGE = "c1.connector.v2."
PROVIDER = "baton/jwk/v1"
Decrypt = Callable[[bytes], bytes]


def grant_request(principal: Resource, entitlement: Entitlement) -> bytes:
    """Return the request of `Grant`."""
    return block(b"\x0a", encode.entitlement(entitlement, {})) + block(b"\x12", encode.resource(principal))


def grant_change(data: bytes) -> Change:
    """Return what `Grant` did."""
    answer = parse_answer(pb.GrantManagerServiceGrantResponse, data)
    names = _names(answer.annotations)
    outcome = Outcome.DONE
    if "GrantAlreadyExists" in names:
        outcome = Outcome.ALREADY
    elif "GrantReplaced" in names:
        outcome = Outcome.REPLACED
    grants = tuple(decode.grant(grant.SerializeToString()) for grant in answer.grants)
    return Change(outcome=outcome, grants=grants)


def revocation_request(grant: Grant) -> bytes:
    """Return the request of `Revoke`; the sources of a grant are the host's, and are not sent."""
    return block(b"\x0a", GrantEncoder().row(replace(grant, sources=None, expandable=None)).data)


def revocation_change(data: bytes) -> Change:
    """Return what `Revoke` did."""
    names = _names(parse_answer(pb.GrantManagerServiceRevokeResponse, data).annotations)
    return Change(outcome=Outcome.ALREADY if "GrantAlreadyRevoked" in names else Outcome.DONE)


def account_request(request: AccountRequest, public_key: bytes) -> bytes:
    """Return the request of `CreateAccount`; its secrets are to be encrypted for the key."""
    message = pb.CreateAccountRequest(resource_type_id=request.resource_type)
    info = message.account_info
    info.login = request.login
    info.login_aliases.extend(request.login_aliases)
    if request.email:
        info.emails.add(address=request.email, is_primary=True)
    for email in request.other_emails:
        info.emails.add(address=email.address)
    profile = dict(request.profile or {})
    if request.display_name:
        profile.setdefault("display_name", request.display_name)
    plain = {key: value.reveal() if isinstance(value, Secret) else value for key, value in profile.items()}
    info.profile.CopyFrom(struct_message(plain))
    _set_credentials(message.credential_options, request.credentials)
    _set_recipient(message, public_key)
    return message_bytes(message)


def account_change(data: bytes, decrypt: Decrypt) -> Change:
    """Return what `CreateAccount` did."""
    answer = parse_answer(pb.CreateAccountResponse, data)
    name = answer.WhichOneof("result")
    if name is None:
        raise BadResponse("CreateAccount does not say what it did: check the application before you try it again")
    result = getattr(answer, name)
    outcomes = {
        "success": Outcome.DONE,
        "already_exists": Outcome.ALREADY,
        "action_required": Outcome.ACTION_REQUIRED,
        "in_progress": Outcome.IN_PROGRESS,
    }
    expires = name == "success" and result.HasField("invitation_expires_at")
    return Change(
        outcome=outcomes[name],
        resource=decode.resource(result.resource.SerializeToString()) if result.HasField("resource") else None,
        secrets=_secrets(answer.encrypted_data, decrypt),
        message=getattr(result, "message", ""),
        is_created=result.is_create_account_result or name in ("success", "already_exists"),
        expires_at=utc_moment(result.invitation_expires_at) if expires else None,
    )


def creation_request(resource: Resource) -> bytes:
    """Return the request of `CreateResource`."""
    return block(b"\x0a", encode.resource(resource))


def resource_change(data: bytes) -> Change:
    """Return what `CreateResource` did."""
    answer = parse_answer(pb.CreateResourceResponse, data)
    created = decode.resource(answer.created.SerializeToString()) if answer.HasField("created") else None
    return Change(outcome=Outcome.DONE, resource=created)


def deletion_request(resource: Resource) -> bytes:
    """Return the request of `DeleteResource`, which is that of `DeleteResourceV2`, too."""
    parent = b"" if resource.parent is None else block(b"\x12", encode.resource_id(resource.parent))
    return block(b"\x0a", encode.resource_id(resource.id)) + parent


def deletion_change(data: bytes) -> Change:
    """Return what `DeleteResource` did."""
    names = _names(parse_answer(pb.DeleteResourceResponse, data).annotations)
    return Change(outcome=Outcome.ALREADY if "ResourceDoesNotExist" in names else Outcome.DONE)


def rotation_request(resource_id: ResourceId, credentials: CredentialRequest, public_key: bytes) -> bytes:
    """Return the request of `RotateCredential`."""
    message = pb.RotateCredentialRequest(resource_id=resource_id_message(resource_id))
    _set_credentials(message.credential_options, credentials)
    _set_recipient(message, public_key)
    return message_bytes(message)


def credential_change(data: bytes, decrypt: Decrypt) -> Change:
    """Return what `RotateCredential` did."""
    answer = parse_answer(pb.RotateCredentialResponse, data)
    return Change(outcome=Outcome.DONE, secrets=_secrets(answer.encrypted_data, decrypt))


def issue_request(resource_id: ResourceId, request: IssueRequest, public_key: bytes) -> bytes:
    """Return the request of `IssueCredential`."""
    message = pb.IssueCredentialRequest(identity_id=resource_id_message(resource_id), request_id=request.request_id)
    options = message.credential_options
    match request.option:
        case CredentialOption.API_KEY:
            options.api_key.SetInParent()
            options.api_key.scopes.extend(request.scopes)
        case CredentialOption.KEYPAIR:
            options.keypair.SetInParent()
            if request.key_profile is not None:
                profile = options.keypair.profile
                profile.kty = request.key_profile.kty
                if request.key_profile.bits:
                    profile.rsa_modulus_bits = request.key_profile.bits
                elif request.key_profile.curve:
                    profile.crv = request.key_profile.curve
        case CredentialOption.TOKEN:
            options.token.SetInParent()
            options.token.scopes.extend(request.scopes)
            options.token.audiences.extend(request.audiences)
        case CredentialOption.CLIENT_SECRET:
            options.client_secret.SetInParent()
        case _:
            raise ConfigError(f"a credential of the form {request.option.name} cannot be issued")
    if request.expires_at is not None:
        message.expires_at.CopyFrom(timestamp_message(request.expires_at))
    _set_recipient(message, public_key)
    return message_bytes(message)


def issue_change(data: bytes, decrypt: Decrypt) -> Change:
    """Return what `IssueCredential` did."""
    answer = parse_answer(pb.IssueCredentialResponse, data)
    resource = decode.resource(answer.secret.SerializeToString()) if answer.HasField("secret") else None
    return Change(outcome=Outcome.DONE, resource=resource, secrets=_secrets(answer.encrypted_data, decrypt))


# ----------------------------------------------------------------------------------------------- parts


def _set_credentials(options: pb.CredentialOptions, wanted: CredentialRequest) -> None:
    """Fill in the form of the credentials; without one a random password, as the Go runner asks for."""
    options.force_change_at_next_login = wanted.force_change
    match wanted.option:
        case CredentialOption.NO_PASSWORD:
            options.no_password.SetInParent()
        case CredentialOption.SSO:
            options.sso.sso_provider = wanted.sso_provider
        case CredentialOption.ENCRYPTED_PASSWORD:
            raise ConfigError(
                "a connector process cannot be given a chosen password: it has no key to decrypt it",
                hint="Ask for a random password.",
            )
        case _:
            options.random_password.length = wanted.length
            for rule in wanted.constraints:
                options.random_password.constraints.add(char_set=rule.char_set, min_count=rule.min_count)


def _set_recipient(message: Any, public_key: bytes) -> None:
    config = message.encryption_configs.add(provider=PROVIDER)
    config.jwk_public_key_config.pub_key = public_key


def _secrets(encrypted: Iterable[Any], decrypt: Decrypt) -> tuple[NamedSecret, ...]:
    return tuple(
        NamedSecret(
            item.name or "secret", Secret(decrypt(item.encrypted_bytes).decode()), item.description, item.schema
        )
        for item in encrypted
    )


def _names(annotations: Iterable[Any]) -> set[str]:
    return {item.type_url.rpartition("/")[2].removeprefix(PACKAGE) for item in annotations}
