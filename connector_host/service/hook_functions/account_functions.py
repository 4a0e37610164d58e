"""Accounts, credentials and other resources: creation, deletion, rotation, issue."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from google.protobuf.message import Message

from ...credentials import (
    AccountRequest,
    CredentialDetails,
    CredentialRequest,
    IssueRequest,
    KeyProfile,
    PasswordConstraint,
)
from ...enums import CredentialMode, CredentialOption
from ...errors import ConfigError
from ...model import Change, Outcome
from ...provision.change_requests import Create, CreateResource, Delete, Issue, Rotate
from ...provision.credential_choice import choose_credentials, choose_issue_option
from ...secret import Secret
from ...traits import Email
from ...wire import decode
from ...wire.decode_values import plain
from ...wire.pb.c1.connector.v2 import provisioning_services_pb2 as pb
from ...wire.services.message_values import resource_id, resource_message, timestamp_message, utc_moment
from .encrypted_secrets import encrypted, read_recipients
from .hook_source import HookSource

__all__ = ["account_functions"]

DEFAULT_LENGTH = CredentialRequest().length
ISSUED = {
    "api_key": CredentialOption.API_KEY,
    "keypair": CredentialOption.KEYPAIR,
    "token": CredentialOption.TOKEN,
    "client_secret": CredentialOption.CLIENT_SECRET,
}


def account_functions(source: HookSource) -> dict[str, Callable[[Any], Message]]:
    """Return the functions of the services for accounts, credentials and resources."""
    makers = _Makers(source)
    return {
        "AccountManagerService/CreateAccount": makers.create_account,
        "CredentialManagerService/RotateCredential": makers.rotate,
        "CredentialManagerService/IssueCredential": makers.issue,
        "ResourceManagerService/CreateResource": makers.create_resource,
        "ResourceManagerService/DeleteResource": makers.delete_resource,
        "ResourceDeleterService/DeleteResourceV2": makers.delete_resource_v2,
    }


class _Makers:
    """The functions, with the hooks that they call."""

    def __init__(self, source: HookSource) -> None:
        self._source = source

    def create_account(self, request: pb.CreateAccountRequest) -> Message:
        """Create an account."""
        recipients = read_recipients(request.encryption_configs)
        change = self._source.change(Create(self._account(request)))
        response = pb.CreateAccountResponse(encrypted_data=encrypted(change.every_secret, recipients))
        _set_result(response, change)
        return response

    def rotate(self, request: pb.RotateCredentialRequest) -> Message:
        """Replace the credentials of a resource."""
        recipients = read_recipients(request.encryption_configs)
        resource = self._source.resource(resource_id(request.resource_id))
        credentials = choose_credentials(self._credentials(request.credential_options), self._details().rotate)
        change = self._source.change(Rotate(resource, credentials))
        return pb.RotateCredentialResponse(
            encrypted_data=encrypted(change.every_secret, recipients), resource_id=request.resource_id
        )

    def issue(self, request: pb.IssueCredentialRequest) -> Message:
        """Issue a credential for a resource."""
        recipients = read_recipients(request.encryption_configs)
        if not recipients:
            raise ConfigError("a credential is issued only for a recipient that it is encrypted for")
        resource = self._source.resource(resource_id(request.identity_id))
        wanted = _issue_request(request)
        form = choose_issue_option(wanted, resource.id.resource_type, self._details().issue, datetime.now(UTC))
        mode = form.mode if form is not None else CredentialMode.DISCOVERABLE
        change = self._source.change(Issue(resource, wanted))
        response = pb.IssueCredentialResponse(
            encrypted_data=encrypted(change.every_secret, recipients),
            resource_mode=int(mode),  # type: ignore[arg-type]
            request_id=request.request_id,
        )
        if change.resource is not None:
            response.secret.CopyFrom(resource_message(change.resource))
        return response

    def create_resource(self, request: pb.CreateResourceRequest) -> Message:
        """Create a resource that is not an account."""
        change = self._source.change(CreateResource(decode.resource(request.resource.SerializeToString())))
        response = pb.CreateResourceResponse()
        if change.resource is not None:
            response.created.CopyFrom(resource_message(change.resource))
        return response

    def delete_resource(self, request: pb.DeleteResourceRequest) -> Message:
        """Delete a resource."""
        self._delete(request)
        return pb.DeleteResourceResponse()

    def delete_resource_v2(self, request: pb.DeleteResourceV2Request) -> Message:
        """Delete a resource, by the second form of the call."""
        self._delete(request)
        return pb.DeleteResourceV2Response()

    def _delete(self, request: pb.DeleteResourceRequest | pb.DeleteResourceV2Request) -> None:
        parent = resource_id(request.parent_resource_id) if request.HasField("parent_resource_id") else None
        self._source.change(Delete(self._source.resource(resource_id(request.resource_id), parent)))

    def _account(self, request: pb.CreateAccountRequest) -> AccountRequest:
        info = request.account_info
        emails = sorted(info.emails, key=lambda email: not email.is_primary)
        profile: Mapping[str, Any] | None = plain(info.profile) if info.HasField("profile") else None
        connector = self._source.connector
        if "account_schema" in connector.hooks:
            schema = self._source.call("account_schema", "everything", connector.account_schema)
            profile = schema.parse(profile or {}) if schema is not None else profile
        return AccountRequest(
            login=info.login,
            email=emails[0].address if emails else "",
            display_name=str((profile or {}).get("display_name") or ""),
            profile=profile,
            resource_type=request.resource_type_id,
            other_emails=tuple(Email(email.address) for email in emails[1:]),
            login_aliases=tuple(info.login_aliases),
            credentials=choose_credentials(
                self._credentials(request.credential_options), self._details().create_account
            ),
        )

    def _credentials(self, options: pb.CredentialOptions) -> CredentialRequest:
        force = options.force_change_at_next_login
        match options.WhichOneof("options"):
            case "no_password":
                return CredentialRequest(option=CredentialOption.NO_PASSWORD, force_change=force)
            case "random_password":
                wanted = options.random_password
                rules = tuple(PasswordConstraint(rule.char_set, rule.min_count) for rule in wanted.constraints)
                return CredentialRequest(
                    option=CredentialOption.RANDOM_PASSWORD,
                    length=wanted.length or DEFAULT_LENGTH,
                    constraints=rules,
                    force_change=force,
                )
            case "sso":
                return CredentialRequest(option=CredentialOption.SSO, sso_provider=options.sso.sso_provider)
            case "encrypted_password":
                password = self._decrypted(options.encrypted_password)
                return CredentialRequest(
                    option=CredentialOption.ENCRYPTED_PASSWORD, password=password, force_change=force
                )
        return CredentialRequest(force_change=force)

    def _decrypted(self, chosen: pb.CredentialOptions.EncryptedPassword) -> Secret:
        """Return the chosen password: the first that was encrypted for this host."""
        if self._source.decrypt is None:
            raise ConfigError("this host has no key to decrypt a chosen password")
        problem = ConfigError("the request has no encrypted password")
        for data in chosen.encrypted_passwords:
            try:
                return Secret(self._source.decrypt(data.encrypted_bytes).decode())
            except (ConfigError, UnicodeDecodeError) as error:
                problem = error if isinstance(error, ConfigError) else problem
        raise problem

    def _details(self) -> CredentialDetails:
        """Return the credentials that the connector can make; none if it does not say."""
        connector = self._source.connector
        if "credential_details" not in connector.hooks:
            return CredentialDetails()
        return self._source.call("credential_details", "everything", connector.credential_details)


def _issue_request(request: pb.IssueCredentialRequest) -> IssueRequest:
    options = request.credential_options
    name = options.WhichOneof("options")
    if name is None:
        raise ConfigError("the request does not say which credential to issue")
    chosen: Any = getattr(options, name)
    profile = None
    if name == "keypair" and chosen.HasField("profile"):
        profile = KeyProfile(kty=chosen.profile.kty, bits=chosen.profile.rsa_modulus_bits, curve=chosen.profile.crv)
    return IssueRequest(
        option=ISSUED[name],
        request_id=request.request_id,
        key_profile=profile,
        scopes=tuple(getattr(chosen, "scopes", ())),
        audiences=tuple(getattr(chosen, "audiences", ())),
        expires_at=utc_moment(request.expires_at) if request.HasField("expires_at") else None,
    )


def _set_result(response: pb.CreateAccountResponse, change: Change) -> None:
    match change.outcome:
        case Outcome.ALREADY:
            result: Any = response.already_exists
        case Outcome.ACTION_REQUIRED:
            result = response.action_required
            result.message = change.message
        case Outcome.IN_PROGRESS:
            result = response.in_progress
        case _:
            result = response.success
            if change.expires_at is not None:
                result.invitation_expires_at.CopyFrom(timestamp_message(change.expires_at))
    result.is_create_account_result = change.is_created
    if change.resource is not None:
        result.resource.CopyFrom(resource_message(change.resource))
