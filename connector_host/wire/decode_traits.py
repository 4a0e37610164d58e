"""Decoding of the traits of a resource, and of the fields that older writers kept on them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from ..model import (
    AccountType,
    AppFlag,
    AppTrait,
    CredentialType,
    Email,
    GroupTrait,
    ResourceId,
    ResourceStatus,
    ResourceTrait,
    RoleScopeConditions,
    RoleTrait,
    SecretTrait,
    Status,
    StructuredName,
    UserTrait,
)
from .decode_values import member, moment, plain, resource_id, state
from .pb.c1.connector.v2 import traits_pb2
from .trait_messages import READ_CLASSES, read_trait

__all__ = ["AGENT", "TRAITS", "created_at", "icon", "profile", "status"]

PACKAGE = "c1.connector.v2."
USER, GROUP, ROLE, APP, SECRET, AGENT = (
    f"{PACKAGE}{name}Trait" for name in ("User", "Group", "Role", "App", "Secret", "Agent")
)


def _user(message: Any) -> UserTrait:
    name = message.structured_name
    return UserTrait(
        emails=tuple(Email(email.address, email.is_primary) for email in message.emails),
        status=state(message.status) if message.HasField("status") else None,
        account_type=member(AccountType, message.account_type),
        login=message.login,
        login_aliases=tuple(message.login_aliases),
        employee_ids=tuple(message.employee_ids),
        last_login=moment(message, "last_login"),
        mfa_enabled=message.mfa_status.mfa_enabled if message.HasField("mfa_status") else None,
        sso_enabled=message.sso_status.sso_enabled if message.HasField("sso_status") else None,
        structured_name=StructuredName(
            name.given_name, name.family_name, tuple(name.middle_names), name.prefix, name.suffix
        )
        if message.HasField("structured_name")
        else None,
    )


def _group(message: Any) -> GroupTrait:
    return GroupTrait(group_source_type=message.group_source_type, raw_group_source_type=message.raw_group_source_type)


def _role(message: Any) -> RoleTrait:
    if not message.HasField("role_scope_conditions"):
        return RoleTrait()
    scope = message.role_scope_conditions
    return RoleTrait(
        scope_conditions=RoleScopeConditions(scope.type, tuple(item.expression for item in scope.conditions))
    )


def _app(message: Any) -> AppTrait:
    return AppTrait(
        help_url=message.help_url,
        app_source_type=message.app_source_type,
        raw_app_source_type=message.raw_app_source_type,
        flags=tuple(member(AppFlag, number) for number in message.flags),
        logo=message.logo.id,
    )


def _secret(message: Any) -> SecretTrait:
    return SecretTrait(
        created_at=moment(message, "created_at"),
        expires_at=moment(message, "expires_at"),
        last_used_at=moment(message, "last_used_at"),
        created_by=_optional_id(message, "created_by_id"),
        identity=_optional_id(message, "identity_id"),
        credential_type=member(CredentialType, message.credential_type),
        credential_detail=message.credential_detail,
    )


def _optional_id(message: Any, field: str) -> ResourceId | None:
    return resource_id(getattr(message, field)) if message.HasField(field) else None


TRAITS: dict[str, tuple[Any, Callable[[Any], ResourceTrait]]] = {
    USER: (traits_pb2.UserTrait, _user),
    GROUP: (traits_pb2.GroupTrait, _group),
    ROLE: (traits_pb2.RoleTrait, _role),
    APP: (traits_pb2.AppTrait, _app),
    SECRET: (traits_pb2.SecretTrait, _secret),
    **{name: (message, read_trait) for name, message in READ_CLASSES.items()},
}
"""Message and reader of the traits the model has, by full name."""


# ----------------------------------------------------------------------------------------------- moved to the resource
# Each takes the trait messages of a resource by full name and looks at them in the order the Go readers do.


def profile(trait_messages: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the profile that older writers kept on a trait."""
    for name in (USER, GROUP, ROLE, APP, SECRET, AGENT):
        if name in trait_messages and trait_messages[name].HasField("profile"):
            return plain(trait_messages[name].profile)
    return None


def icon(trait_messages: Mapping[str, Any]) -> str:
    """Return the image id that older writers kept on a trait."""
    for name in (USER, GROUP, APP):
        if name in trait_messages and trait_messages[name].icon.id:
            return str(trait_messages[name].icon.id)
    return ""


def status(trait_messages: Mapping[str, Any]) -> Status | None:
    """Return the status that older writers kept on a trait."""
    if USER in trait_messages and trait_messages[USER].HasField("status"):
        return state(trait_messages[USER].status)
    if AGENT in trait_messages and trait_messages[AGENT].status:
        return Status(member(ResourceStatus, trait_messages[AGENT].status))  # the numbers mean the same
    return None


def created_at(trait_messages: Mapping[str, Any]) -> datetime | None:
    """Return the creation time that older writers kept on a trait."""
    for name in (USER, SECRET):
        if name in trait_messages:
            since = moment(trait_messages[name], "created_at")
            if since is not None:
                return since
    return None
