"""The values a connector gives and gets: plain, immutable, hashable, cheap to make.

The words are those of the `c1.connector.v2` messages that ConductorOne reads; enum members carry the numbers of the
wire format, so that the border (`connector_host.wire`) needs no tables. Nothing here knows protobuf, files or
commands.

Units: times are `datetime` with a zone, durations are seconds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Generic, TypeVar

from msgspec import Struct, structs

from .enums import AccountType, Can, CreationSource, Outcome, Purpose, ResourceStatus, Trait

__all__ = [
    "AccountRequest",
    "AccountType",
    "Annotation",
    "AppTrait",
    "Can",
    "Change",
    "ConnectorInfo",
    "CreationSource",
    "Email",
    "Entitlement",
    "EntitlementRef",
    "External",
    "ExternalResourceMatch",
    "ExternalResourceMatchAll",
    "ExternalResourceMatchID",
    "Grant",
    "GrantExpandable",
    "GroupTrait",
    "Identity",
    "Outcome",
    "Page",
    "Purpose",
    "RateLimit",
    "RateLimitStatus",
    "Resource",
    "ResourceId",
    "ResourceStatus",
    "ResourceTrait",
    "ResourceType",
    "RoleTrait",
    "SecretTrait",
    "Status",
    "StructuredName",
    "Trait",
    "UserTrait",
    "entitlement_id",
    "grant_id",
]

T = TypeVar("T")


# ----------------------------------------------------------------------------------------------- small building blocks


class Annotation(Struct, frozen=True):
    """An annotation the host has no word for, carried through unchanged.

    `type_name` is the full protobuf name (`c1.connector.v2.ExternalLink`), `value` its serialised message.
    """

    type_name: str
    value: bytes = b""


class ResourceId(Struct, frozen=True):
    """Names one resource: the id of its type and its own id. `str()` gives `type:id`, as files spell it."""

    resource_type: str
    resource: str

    def __str__(self) -> str:
        return f"{self.resource_type}:{self.resource}"


class Status(Struct, frozen=True):
    """A state with an optional free-text detail (what the application itself calls it)."""

    status: ResourceStatus = ResourceStatus.UNSPECIFIED
    details: str = ""


class Email(Struct, frozen=True):
    """An address of a user."""

    address: str
    is_primary: bool = False


class StructuredName(Struct, frozen=True):
    """The parts of a person's name."""

    given_name: str = ""
    family_name: str = ""
    middle_names: tuple[str, ...] = ()
    prefix: str = ""
    suffix: str = ""


# ----------------------------------------------------------------------------------------------- traits


class UserTrait(Struct, frozen=True, kw_only=True):
    """Says that a resource is a user. Without `status` it is written as enabled, without `account_type` as human."""

    emails: tuple[Email, ...] = ()
    status: Status | None = None
    account_type: AccountType = AccountType.UNSPECIFIED
    login: str = ""
    login_aliases: tuple[str, ...] = ()
    employee_ids: tuple[str, ...] = ()
    last_login: datetime | None = None
    mfa_enabled: bool | None = None
    sso_enabled: bool | None = None
    structured_name: StructuredName | None = None


class GroupTrait(Struct, frozen=True, kw_only=True):
    """Says that a resource is a group."""

    group_source_type: str = ""
    raw_group_source_type: str = ""


class RoleTrait(Struct, frozen=True):
    """Says that a resource is a role."""


class AppTrait(Struct, frozen=True, kw_only=True):
    """Says that a resource is an application."""

    help_url: str = ""
    app_source_type: str = ""
    raw_app_source_type: str = ""


class SecretTrait(Struct, frozen=True, kw_only=True):
    """Says that a resource is a credential (its metadata, never its value)."""

    created_at: datetime | None = None
    expires_at: datetime | None = None
    last_used_at: datetime | None = None
    created_by: ResourceId | None = None
    identity: ResourceId | None = None


ResourceTrait = UserTrait | GroupTrait | RoleTrait | AppTrait | SecretTrait


# ----------------------------------------------------------------------------------------------- the stored objects


class ResourceType(Struct, frozen=True):
    """A kind of resource.

    `can` is what the connector can do to them; anything else is refused before it is asked to. None: it does not say,
    and everything that it has hooks for is tried. It is not written to files.
    """

    id: str
    display_name: str = ""
    traits: tuple[Trait, ...] = ()
    description: str = ""
    can: frozenset[Can] | None = None
    skip_entitlements_and_grants: bool = False
    skip_entitlements: bool = False
    annotations: tuple[Annotation, ...] = ()


class Resource(Struct, frozen=True):
    """A user, group, vault, role, application: anything that holds access or that access is held on.

    `child_types` names the types to be listed with this resource as their parent. `traits` must hold one trait of
    each kind its type declares. `profile` is a JSON object. `creation_source` is what files of Go connectors have; a
    connector leaves it alone.
    """

    id: ResourceId
    display_name: str = ""
    parent: ResourceId | None = None
    description: str = ""
    traits: tuple[ResourceTrait, ...] = ()
    child_types: tuple[str, ...] = ()
    profile: Mapping[str, Any] | None = None
    status: Status | None = None
    icon: str = ""
    created_at: datetime | None = None
    skip_entitlements_and_grants: bool = False
    skip_entitlements: bool = False
    skip_grants: bool = False
    annotations: tuple[Annotation, ...] = ()
    creation_source: CreationSource = CreationSource.UNSPECIFIED

    def __hash__(self) -> int:  # a profile cannot be hashed, and equal resources have equal ids
        return hash(self.id)

    def ref(self, slug: str) -> EntitlementRef:
        """Names the entitlement `slug` of this resource, as grants and expansions need it."""
        return EntitlementRef(self, slug)


class EntitlementRef(Struct, frozen=True):
    """Names an entitlement without describing it. `id` defaults to `type:id:slug`."""

    resource: Resource
    slug: str
    id: str = ""

    def __post_init__(self) -> None:
        if not self.id:
            structs.force_setattr(self, "id", entitlement_id(self.resource.id, self.slug))


class Entitlement(Struct, frozen=True):
    """Something that can be held on a resource. `id` defaults to `type:id:slug`; an empty name is written as the slug.

    `grantable_to` takes resource types or their ids; the host puts the listed type in the place of an id.
    """

    resource: Resource
    slug: str
    purpose: Purpose = Purpose.UNSPECIFIED
    display_name: str = ""
    description: str = ""
    grantable_to: tuple[ResourceType | str, ...] = ()
    id: str = ""
    annotations: tuple[Annotation, ...] = ()

    def __post_init__(self) -> None:
        if not self.id:
            structs.force_setattr(self, "id", entitlement_id(self.resource.id, self.slug))


class GrantExpandable(Struct, frozen=True):
    """On a grant to a group: whoever holds one of `entitlement_ids` (the group's own) holds this grant, too.

    `shallow` takes only the direct holders; `resource_type_ids` only principals of these types (empty: all).
    """

    entitlement_ids: tuple[str, ...]
    shallow: bool = False
    resource_type_ids: tuple[str, ...] = ()


class ExternalResourceMatch(Struct, frozen=True):
    """The principals of another system with this trait whose profile has `value` at `key`."""

    resource_type: Trait
    key: str
    value: str


class ExternalResourceMatchAll(Struct, frozen=True):
    """All principals of another system with this trait."""

    resource_type: Trait


class ExternalResourceMatchID(Struct, frozen=True):
    """The principal of another system with this id."""

    id: str


class External(Struct, frozen=True):
    """A principal that lives in another system: a stand-in id here, and how to find it there."""

    id: ResourceId
    match: ExternalResourceMatch | ExternalResourceMatchAll | ExternalResourceMatchID


class Grant(Struct, frozen=True):
    """A principal holds an entitlement. `id` defaults to `entitlement:principal type:principal id`.

    `sources` maps the ids of the entitlements it is derived from to whether the principal holds them directly; only
    the host fills it.
    """

    entitlement: Entitlement | EntitlementRef
    principal: ResourceId | Resource | External
    expandable: GrantExpandable | None = None
    id: str = ""
    annotations: tuple[Annotation, ...] = ()
    sources: Mapping[str, bool] | None = None

    @property
    def principal_id(self) -> ResourceId:
        """The id of the principal, in whichever form it is given."""
        return self.principal if isinstance(self.principal, ResourceId) else self.principal.id

    def __hash__(self) -> int:  # the entitlement and the principal say which grant it is; sources cannot be hashed
        return hash((self.entitlement.id, self.principal, self.id))


# ----------------------------------------------------------------------------------------------- answers of the hooks


class RateLimitStatus(Struct, frozen=True):
    """What the application said of its limit: how many calls are left, and when the window ends."""

    limit: int = 0
    remaining: int = 0
    reset_at: datetime | None = None


class Page(Struct, Generic[T], frozen=True):
    """One page of a listing; a plain list stands for the only page.

    `next_token` None or empty: no further page. `more_tokens` are sibling pages that may be read in parallel.
    `insert_resources`: also store the resources that the grants of this page are on.
    """

    items: Sequence[T]
    next_token: str | None = None
    more_tokens: tuple[str, ...] = ()
    insert_resources: bool = False
    rate_limit: RateLimitStatus | None = None


class RateLimit(Struct, frozen=True):
    """At most `requests` hook calls in any `seconds`, for the hooks named (none: all of them together)."""

    requests: int
    seconds: float
    hooks: tuple[str, ...] = ()


class ConnectorInfo(Struct, frozen=True):
    """What a connector says of itself. `api` is the host API number it was written for."""

    display_name: str
    api: int
    summary: str = ""
    docs_url: str = ""
    concurrency: int = 1
    rate_limits: tuple[RateLimit, ...] = ()


class Identity(Struct, frozen=True):
    """Who the session is, and where. `limits`: one sentence for each thing it cannot see or do."""

    account: str = ""
    user: str = ""
    plan: str = ""
    mode: str = ""
    limits: tuple[str, ...] = ()


class AccountRequest(Struct, frozen=True, kw_only=True):
    """An account to be made."""

    login: str = ""
    email: str = ""
    display_name: str = ""
    profile: Mapping[str, Any] | None = None

    def __hash__(self) -> int:  # a profile cannot be hashed
        return hash((self.login, self.email, self.display_name))


class Change(Struct, frozen=True, kw_only=True):
    """What a provisioning hook did, or with `dry_run` would do.

    `calls` are the calls to the application in a form a person can read, without secrets; `secret` is a
    `connector_host.Secret` (the new account's password).
    """

    outcome: Outcome
    calls: tuple[str, ...] = ()
    grants: tuple[Grant, ...] = ()
    resource: Resource | None = None
    secret: Any = None


# ----------------------------------------------------------------------------------------------- spellings


def entitlement_id(resource: ResourceId, slug: str) -> str:
    """The default id of an entitlement: `type:id:slug`, a plain join."""
    return f"{resource.resource_type}:{resource.resource}:{slug}"


def grant_id(entitlement: str, principal: ResourceId) -> str:
    """The default id of a grant: `entitlement id:principal type:principal id`, a plain join."""
    return f"{entitlement}:{principal.resource_type}:{principal.resource}"
