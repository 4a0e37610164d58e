"""Traits: the typed part of a resource, by what it is (a user, a group, a device, a vendor).

A resource type declares its traits by `Trait` members; each of its resources carries a value of the class of the same
name. `NonHumanIdentityTrait` has no member: any resource may carry it beside its other trait.
"""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct

from .enums import (
    AccountType,
    AppFlag,
    Compliance,
    CredentialType,
    DeviceType,
    ManagementState,
    NonHumanIdentityType,
    OperatingSystem,
    PricingModel,
    RenewalStatus,
    ResourceStatus,
    Severity,
    Trait,
)
from .identifiers import ResourceId

__all__ = [
    "TRAIT_CLASSES",
    "AgentTrait",
    "AppTrait",
    "AppUserTarget",
    "DeviceOS",
    "Email",
    "ExternalResourceTarget",
    "GroupTrait",
    "LicenseProfileTrait",
    "LineItem",
    "ManagedDeviceTrait",
    "Money",
    "NonHumanIdentityTrait",
    "ResourceTrait",
    "RiskFactor",
    "RiskScore",
    "RoleScopeConditions",
    "RoleTrait",
    "ScopeBindingTrait",
    "SecretTrait",
    "SecurityInsightTrait",
    "SecurityIssue",
    "Status",
    "StructuredName",
    "UserTarget",
    "UserTrait",
    "VendorAgreementTrait",
    "VendorTrait",
]

# ----------------------------------------------------------------------------------------------- users, groups, roles


class Status(Struct, frozen=True):
    """A status, with the application's own word for it in `details`."""

    status: ResourceStatus = ResourceStatus.UNSPECIFIED
    details: str = ""


class Email(Struct, frozen=True):
    """An e-mail address of a user."""

    address: str
    is_primary: bool = False


class StructuredName(Struct, frozen=True):
    """The parts of a person's name."""

    given_name: str = ""
    family_name: str = ""
    middle_names: tuple[str, ...] = ()
    prefix: str = ""
    suffix: str = ""


class UserTrait(Struct, frozen=True, kw_only=True):
    """The trait of a user. Without `status` it is written as enabled, without `account_type` as human."""

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
    """The trait of a group."""

    group_source_type: str = ""
    raw_group_source_type: str = ""


class RoleScopeConditions(Struct, frozen=True):
    """Conditions under which a scoped role applies: expressions in the language `type` (`cel`, for instance)."""

    type: str
    expressions: tuple[str, ...] = ()


class RoleTrait(Struct, frozen=True, kw_only=True):
    """The trait of a role."""

    scope_conditions: RoleScopeConditions | None = None


class ScopeBindingTrait(Struct, frozen=True, kw_only=True):
    """The trait of a role that is bound to a scope: the role, and the resource that is its scope."""

    role: ResourceId
    scope: ResourceId | None = None


# ----------------------------------------------------------------------------------------------- applications, secrets


class AppTrait(Struct, frozen=True, kw_only=True):
    """The trait of an application. `logo` is the id of an image."""

    help_url: str = ""
    app_source_type: str = ""
    raw_app_source_type: str = ""
    flags: tuple[AppFlag, ...] = ()
    logo: str = ""


class SecretTrait(Struct, frozen=True, kw_only=True):
    """The trait of a credential: its metadata, never its value."""

    created_at: datetime | None = None
    expires_at: datetime | None = None
    last_used_at: datetime | None = None
    created_by: ResourceId | None = None
    identity: ResourceId | None = None
    credential_type: CredentialType = CredentialType.UNSPECIFIED
    credential_detail: str = ""


class LicenseProfileTrait(Struct, frozen=True, kw_only=True):
    """The trait of a license: its seats, its price per seat, and the entitlements it gives."""

    license_name: str = ""
    purchased_seats: int = 0
    consumed_seats: int = 0
    cost_per_unit_in_cents: int = 0
    currency: str = ""
    entitlement_ids: tuple[str, ...] = ()


class NonHumanIdentityTrait(Struct, frozen=True, kw_only=True):
    """The trait of an identity without a person. `nhi_detail` is the application's own word for its type."""

    nhi_type: NonHumanIdentityType = NonHumanIdentityType.UNSPECIFIED
    nhi_detail: str = ""


class AgentTrait(Struct, frozen=True, kw_only=True):
    """The trait of a software agent. `identity` is the account that it acts as."""

    identity: ResourceId | None = None
    status: ResourceStatus = ResourceStatus.UNSPECIFIED


# ----------------------------------------------------------------------------------------------- devices


class DeviceOS(Struct, frozen=True, kw_only=True):
    """The operating system of a device."""

    type: OperatingSystem = OperatingSystem.UNSPECIFIED
    name: str = ""
    version: str = ""
    build: str = ""


class ManagedDeviceTrait(Struct, frozen=True, kw_only=True):
    """The trait of a managed device. A property that is not known is None."""

    serial: str = ""
    udid: str = ""
    hardware_hash: str = ""
    device_type: DeviceType = DeviceType.UNSPECIFIED
    model: str = ""
    vendor: str = ""
    os: DeviceOS | None = None
    compliance: Compliance = Compliance.UNSPECIFIED
    is_encrypted: bool | None = None
    is_supervised: bool | None = None
    is_personal: bool | None = None
    management_state: ManagementState = ManagementState.UNSPECIFIED
    enrolled_at: datetime | None = None


# ----------------------------------------------------------------------------------------------- security insights


class RiskFactor(Struct, frozen=True):
    """A reason for a risk score."""

    description: str
    severity: Severity = Severity.UNSPECIFIED


class RiskScore(Struct, frozen=True, kw_only=True):
    """A risk score from 0 to 100, the score in the words of its source, and its reasons."""

    normalized_score: int = 0
    source_score: str = ""
    risk_factors: tuple[RiskFactor, ...] = ()


class SecurityIssue(Struct, frozen=True):
    """A single security finding, with its severity in the words of its source."""

    value: str
    severity: str = ""


class UserTarget(Struct, frozen=True):
    """A person, by e-mail address, as the target of a security insight."""

    email: str


class AppUserTarget(Struct, frozen=True, kw_only=True):
    """A user of the application as the target of a security insight."""

    email: str = ""
    external_id: str = ""


class ExternalResourceTarget(Struct, frozen=True, kw_only=True):
    """A resource of another application as the target of a security insight."""

    external_id: str
    app_hint: str = ""


class SecurityInsightTrait(Struct, frozen=True, kw_only=True):
    """The trait of a security insight: a risk score or an issue, and the object that it is about."""

    insight: RiskScore | SecurityIssue | None = None
    observed_at: datetime | None = None
    target: UserTarget | AppUserTarget | ExternalResourceTarget | ResourceId | None = None


# ----------------------------------------------------------------------------------------------- vendors


class Money(Struct, frozen=True):
    """An amount in the smallest unit of its currency: `Money(1999, "EUR")` is 19.99 euros."""

    amount_minor: int
    currency_code: str


class VendorTrait(Struct, frozen=True, kw_only=True):
    """The trait of a vendor."""

    vendor_id: str = ""
    vendor_name: str = ""
    vendor_dba_name: str = ""
    website_domain: str = ""
    external_vendor_id: str = ""
    deep_link_url: str = ""
    source_business_id: str = ""
    source_entity_id: str = ""
    trailing_30d_spend: Money | None = None
    trailing_365d_spend: Money | None = None
    ytd_spend: Money | None = None


class LineItem(Struct, frozen=True, kw_only=True):
    """One line of a vendor agreement."""

    product_or_service_name: str = ""
    quantity: float = 0.0
    unit: str = ""
    price_per_unit: Money | None = None
    total_price: Money | None = None


class VendorAgreementTrait(Struct, frozen=True, kw_only=True):
    """The trait of an agreement with a vendor."""

    agreement_name: str = ""
    start_date: datetime | None = None
    end_date: datetime | None = None
    last_date_to_terminate: datetime | None = None
    auto_renewal: bool = False
    renewal_status: RenewalStatus = RenewalStatus.UNSPECIFIED
    renewal_status_raw: str = ""
    total_value: Money | None = None
    line_items: tuple[LineItem, ...] = ()
    pricing_model: PricingModel = PricingModel.UNSPECIFIED
    external_account_manager_email: str = ""
    external_account_manager_name: str = ""


# ----------------------------------------------------------------------------------------------- all of them

ResourceTrait = (
    UserTrait
    | GroupTrait
    | RoleTrait
    | AppTrait
    | SecretTrait
    | SecurityInsightTrait
    | ScopeBindingTrait
    | VendorTrait
    | VendorAgreementTrait
    | LicenseProfileTrait
    | AgentTrait
    | ManagedDeviceTrait
    | NonHumanIdentityTrait
)

TRAIT_CLASSES: dict[Trait, type[ResourceTrait]] = {
    Trait.USER: UserTrait,
    Trait.GROUP: GroupTrait,
    Trait.ROLE: RoleTrait,
    Trait.APP: AppTrait,
    Trait.SECRET: SecretTrait,
    Trait.SECURITY_INSIGHT: SecurityInsightTrait,
    Trait.SCOPE_BINDING: ScopeBindingTrait,
    Trait.VENDOR: VendorTrait,
    Trait.VENDOR_AGREEMENT: VendorAgreementTrait,
    Trait.LICENSE_PROFILE: LicenseProfileTrait,
    Trait.AGENT: AgentTrait,
    Trait.MANAGED_DEVICE: ManagedDeviceTrait,
}
"""The class of the value that the resources of a type with this trait carry."""
