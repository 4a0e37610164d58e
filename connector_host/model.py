"""The values that connectors return and receive: plain, immutable, hashable, cheap to create.

The names are those of the `c1.connector.v2` messages that ConductorOne reads; enum members carry the numbers of the
wire format, so that the border (`connector_host.wire`) needs no tables. Nothing here knows protobuf, files or
commands. Traits and annotations are in modules of their own, and can be imported from here.

Units: times are `datetime` with a zone, durations are seconds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Generic, TypeVar

from msgspec import Struct, structs

from .annotations import Annotation, ExternalResourceMatch, ExternalResourceMatchAll, ExternalResourceMatchID
from .credentials import AccountRequest, NamedSecret
from .enums import (
    AccountType,
    AppFlag,
    Can,
    Compliance,
    CreationSource,
    CredentialMode,
    CredentialOption,
    CredentialType,
    DeviceType,
    ManagementState,
    NonHumanIdentityType,
    OperatingSystem,
    Outcome,
    PricingModel,
    Purpose,
    RenewalStatus,
    ResourceStatus,
    Severity,
    Trait,
)
from .identifiers import ExternalId, ResourceId, entitlement_id, grant_id
from .secret import Secret
from .traits import (
    AgentTrait,
    AppTrait,
    AppUserTarget,
    DeviceOS,
    Email,
    ExternalResourceTarget,
    GroupTrait,
    LicenseProfileTrait,
    LineItem,
    ManagedDeviceTrait,
    Money,
    NonHumanIdentityTrait,
    ResourceTrait,
    RiskFactor,
    RiskScore,
    RoleScopeConditions,
    RoleTrait,
    ScopeBindingTrait,
    SecretTrait,
    SecurityInsightTrait,
    SecurityIssue,
    Status,
    StructuredName,
    UserTarget,
    UserTrait,
    VendorAgreementTrait,
    VendorTrait,
)

__all__ = [
    "AccountRequest",
    "AccountType",
    "AgentTrait",
    "Annotation",
    "AppFlag",
    "AppTrait",
    "AppUserTarget",
    "Asset",
    "Can",
    "Change",
    "Compliance",
    "ConnectorInfo",
    "CreationSource",
    "CredentialMode",
    "CredentialOption",
    "CredentialType",
    "DeviceOS",
    "DeviceType",
    "Email",
    "Entitlement",
    "EntitlementRef",
    "External",
    "ExternalId",
    "ExternalResourceMatch",
    "ExternalResourceMatchAll",
    "ExternalResourceMatchID",
    "ExternalResourceTarget",
    "Grant",
    "GrantExpandable",
    "GroupTrait",
    "Identity",
    "LicenseProfileTrait",
    "LineItem",
    "ManagedDeviceTrait",
    "ManagementState",
    "Money",
    "NonHumanIdentityTrait",
    "NonHumanIdentityType",
    "OperatingSystem",
    "Outcome",
    "Page",
    "PricingModel",
    "Purpose",
    "RateLimit",
    "RateLimitStatus",
    "RenewalStatus",
    "Resource",
    "ResourceId",
    "ResourceStatus",
    "ResourceTrait",
    "ResourceType",
    "RiskFactor",
    "RiskScore",
    "RoleScopeConditions",
    "RoleTrait",
    "ScopeBindingTrait",
    "SecretTrait",
    "SecurityInsightTrait",
    "SecurityIssue",
    "Severity",
    "Status",
    "StructuredName",
    "Trait",
    "UserTarget",
    "UserTrait",
    "VendorAgreementTrait",
    "VendorTrait",
    "entitlement_id",
    "grant_id",
]

T = TypeVar("T")


# ----------------------------------------------------------------------------------------------- the stored objects


class ResourceType(Struct, frozen=True):
    """A resource type.

    `can` declares the capabilities of the connector for its resources; a change that is not declared is refused. None:
    nothing is declared, and everything that the connector has hooks for is tried. It is not written to files.
    `sourced_externally`: the resources come from another system than the application. `entitlements_by_type` and
    `grants_by_type`: the host calls `list_type_entitlements` and `list_type_grants` once for the type, instead of
    `list_entitlements` and `list_grants` for each resource.
    """

    id: str
    display_name: str = ""
    traits: tuple[Trait, ...] = ()
    description: str = ""
    can: frozenset[Can] | None = None
    skip_entitlements_and_grants: bool = False
    skip_entitlements: bool = False
    annotations: tuple[Annotation, ...] = ()
    sourced_externally: bool = False
    entitlements_by_type: bool = False
    grants_by_type: bool = False


class Resource(Struct, frozen=True):
    """A user, group, vault, role or application: an object that holds access, or that access is held on.

    `child_types` names the types to list with this resource as their parent. `traits` must hold each trait that its
    type declares. `profile` is a JSON object, `icon` the id of an image. `external_id` is its id in another system;
    `baton_resource` marks a resource of Baton itself. `creation_source` is set in files of Go connectors; connectors
    do not set it.
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
    external_id: ExternalId | None = None
    baton_resource: bool = False

    def __hash__(self) -> int:  # a profile cannot be hashed, and equal resources have equal ids
        return hash(self.id)

    def ref(self, slug: str) -> EntitlementRef:
        """Return a reference to the entitlement `slug` of this resource, as grants need it."""
        return EntitlementRef(self, slug)


def _default_id(item: EntitlementRef | Entitlement) -> str:
    """Return `type:id:slug`. TypeError if the resource is none."""
    try:
        return entitlement_id(item.resource.id, item.slug)
    except AttributeError:
        raise TypeError(f"{type(item).__name__}: resource is {type(item.resource).__name__}, not a Resource") from None


class EntitlementRef(Struct, frozen=True):
    """A reference to an entitlement. `id` defaults to `type:id:slug`."""

    resource: Resource
    slug: str
    id: str = ""

    def __post_init__(self) -> None:
        if not self.id:
            structs.force_setattr(self, "id", _default_id(self))


class Entitlement(Struct, frozen=True):
    """Access that a principal can hold on a resource.

    `id` defaults to `type:id:slug`; an empty name is written as the slug. `grantable_to` takes resource types or their
    ids; the host replaces an id by the listed type.
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
            structs.force_setattr(self, "id", _default_id(self))


class GrantExpandable(Struct, frozen=True):
    """Expansion of a grant to a group: holders of one of `entitlement_ids` (the group's own) inherit the grant.

    `shallow` limits it to direct holders; `resource_type_ids` to principals of these types (empty: all).
    """

    entitlement_ids: tuple[str, ...]
    shallow: bool = False
    resource_type_ids: tuple[str, ...] = ()


class External(Struct, frozen=True):
    """A principal of another system: a stand-in id here, and the match that finds it there."""

    id: ResourceId
    match: ExternalResourceMatch | ExternalResourceMatchAll | ExternalResourceMatchID


class Grant(Struct, frozen=True):
    """The fact that a principal holds an entitlement. `id` defaults to `entitlement:principal type:principal id`.

    `sources` maps the ids of the entitlements that the grant is inherited from to True if the principal holds them
    directly. Only the host sets it.
    """

    entitlement: Entitlement | EntitlementRef
    principal: ResourceId | Resource | External
    expandable: GrantExpandable | None = None
    id: str = ""
    annotations: tuple[Annotation, ...] = ()
    sources: Mapping[str, bool] | None = None

    @property
    def principal_id(self) -> ResourceId:
        """Return the id of the principal, which may be a ResourceId, a Resource or an External."""
        return self.principal if isinstance(self.principal, ResourceId) else self.principal.id

    def __hash__(self) -> int:  # entitlement and principal identify a grant; sources cannot be hashed
        return hash((self.entitlement.id, self.principal, self.id))


# ----------------------------------------------------------------------------------------------- results of the hooks


class RateLimitStatus(Struct, frozen=True):
    """The application's rate limit: the calls of a window, those that remain, and the end of the window."""

    limit: int = 0
    remaining: int = 0
    reset_at: datetime | None = None


class Page(Struct, Generic[T], frozen=True):
    """One page of a listing. A plain list is the only page.

    `next_token` None or empty: there is no further page. `more_tokens` are sibling pages that may be read in parallel.
    `insert_resources`: also store the resources that the grants of this page are on. `rate_limit`: the state of the
    application's rate limit after this page. `gaps` are sentences on what the application did not report about this
    listing (a role, a permission): the items are stored, and the sync is incomplete as after NotPermitted, so that what
    is not known is never taken for removed. `skipped` names rows of the application that the hook could not use
    (without an id, for example): they are counted and named in the summary as malformed items are.

    Only in `list_grants`: `etag` on the last page is the application's mark of this state of the resource's grants, and
    the next sync passes it to the hook. `unchanged` answers it: the grants are those of the previous sync.
    """

    items: Sequence[T]
    next_token: str | None = None
    more_tokens: tuple[str, ...] = ()
    insert_resources: bool = False
    rate_limit: RateLimitStatus | None = None
    gaps: tuple[str, ...] = ()
    skipped: tuple[str, ...] = ()
    etag: str = ""
    unchanged: bool = False


class RateLimit(Struct, frozen=True):
    """At most `requests` hook calls in any `seconds`, for the hooks named (none: all of them together)."""

    requests: int
    seconds: float
    hooks: tuple[str, ...] = ()


class ConnectorInfo(Struct, frozen=True):
    """The description of a connector. `api` is the host API number that it was written for.

    `icon` and `logo` are ids of images that `get_asset` returns; `profile` is a JSON object about the connector.
    """

    display_name: str
    api: int
    summary: str = ""
    docs_url: str = ""
    concurrency: int = 1
    rate_limits: tuple[RateLimit, ...] = ()
    icon: str = ""
    logo: str = ""
    profile: Mapping[str, Any] | None = None

    def __hash__(self) -> int:  # a profile cannot be hashed
        return hash((self.display_name, self.api))


class Identity(Struct, frozen=True):
    """The identity of a session. `limits` has one sentence for each thing that it cannot see or do.

    `source` names the state of the data where that can change between two runs (the date of an export, the id of a
    snapshot): an unfinished sync of another source is not resumed.
    """

    account: str = ""
    user: str = ""
    plan: str = ""
    mode: str = ""
    limits: tuple[str, ...] = ()
    source: str = ""


class Change(Struct, frozen=True, kw_only=True):
    """The change that a provisioning hook made, or with `dry_run` would make.

    `calls` are the calls to the application in readable form, without secrets. `secret` is the only secret that it
    returned, `secrets` are several with their names. `message` is a sentence for people: with ACTION_REQUIRED, what
    they must do. `is_created` False: the account exists only when they have done it. `creation_id` identifies an
    account IN_PROGRESS for `get_account_creation`. `expires_at` is the end of an invitation that must be accepted.
    """

    outcome: Outcome
    calls: tuple[str, ...] = ()
    grants: tuple[Grant, ...] = ()
    resource: Resource | None = None
    secret: Secret | None = None
    secrets: tuple[NamedSecret, ...] = ()
    message: str = ""
    is_created: bool = True
    creation_id: str = ""
    expires_at: datetime | None = None

    @property
    def every_secret(self) -> tuple[NamedSecret, ...]:
        """Return all secrets with their names; the only one without a name is called `secret`."""
        return ((NamedSecret("secret", self.secret),) if self.secret else ()) + self.secrets


class Asset(Struct, frozen=True):
    """An image of an icon or a logo, with its content type (`image/png`)."""

    content_type: str
    data: bytes
