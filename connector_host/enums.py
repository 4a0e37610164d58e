"""Enumerations of the model. Members carry the numbers of the wire format, or the word that people type."""

from __future__ import annotations

import enum

__all__ = [
    "AccountType",
    "AppFlag",
    "Can",
    "Compliance",
    "CreationSource",
    "CredentialMode",
    "CredentialOption",
    "CredentialType",
    "DeviceType",
    "ManagementState",
    "NonHumanIdentityType",
    "OperatingSystem",
    "Outcome",
    "PricingModel",
    "Purpose",
    "RenewalStatus",
    "ResourceStatus",
    "Severity",
    "Trait",
]


class Trait(enum.IntEnum):
    """Trait of a resource type: the role that its resources have for a reader."""

    UNSPECIFIED = 0
    USER = 1
    GROUP = 2
    ROLE = 3
    APP = 4
    SECRET = 5
    SECURITY_INSIGHT = 6
    SCOPE_BINDING = 7
    VENDOR = 8
    VENDOR_AGREEMENT = 9
    LICENSE_PROFILE = 10
    AGENT = 11
    MANAGED_DEVICE = 12


class ResourceStatus(enum.IntEnum):
    """Status of a resource."""

    UNSPECIFIED = 0
    ENABLED = 1
    DISABLED = 2
    DELETED = 3


class CreationSource(enum.IntEnum):
    """The listing that a resource came from, as the Go SDK records it."""

    UNSPECIFIED = 0
    LISTED = 1
    FOUND_WITH_GRANT = 2


class AccountType(enum.IntEnum):
    """Type of a user account."""

    UNSPECIFIED = 0
    HUMAN = 1
    SERVICE = 2
    SYSTEM = 3


class Purpose(enum.IntEnum):
    """Purpose of an entitlement."""

    UNSPECIFIED = 0
    ASSIGNMENT = 1
    PERMISSION = 2
    OWNERSHIP = 3


class Can(enum.StrEnum):
    """Capability of a connector to change resources of a type."""

    GRANT = "grant"
    CREATE_ACCOUNT = "create_account"
    DELETE = "delete"
    SET_STATUS = "set_status"
    CREATE = "create"
    ROTATE_CREDENTIALS = "rotate_credentials"
    ISSUE_CREDENTIAL = "issue_credential"


class Outcome(enum.StrEnum):
    """Outcome of a change. `already` (granted, revoked, ... before) is success.

    `action_required` and `in_progress` are outcomes of account creation only: somebody must do something in the
    application, or the application is still at work.
    """

    DONE = "done"
    ALREADY = "already"
    PLANNED = "planned"
    REPLACED = "replaced"
    ACTION_REQUIRED = "action_required"
    IN_PROGRESS = "in_progress"


class CredentialOption(enum.IntEnum):
    """Form of the credentials of an account."""

    UNSPECIFIED = 0
    NO_PASSWORD = 1
    RANDOM_PASSWORD = 2
    SSO = 3
    ENCRYPTED_PASSWORD = 4
    API_KEY = 5
    KEYPAIR = 6
    TOKEN = 7
    CLIENT_SECRET = 8


class CredentialMode(enum.IntEnum):
    """Presence of an issued credential in later syncs: they list it, or the application never shows it again."""

    UNSPECIFIED = 0
    DISCOVERABLE = 1
    VIRTUAL = 2


class AppFlag(enum.IntEnum):
    """Flag of an application."""

    UNSPECIFIED = 0
    HIDDEN = 1
    INACTIVE = 2
    SAML = 3
    OIDC = 4
    BOOKMARK = 5


class CredentialType(enum.IntEnum):
    """Type of a credential."""

    UNSPECIFIED = 0
    STATIC_SECRET = 1
    ASYMMETRIC_KEY = 2
    CERTIFICATE = 3


class NonHumanIdentityType(enum.IntEnum):
    """Type of a non-human identity."""

    UNSPECIFIED = 0
    APP_REGISTRATION = 1
    ASSUMABLE_ROLE = 2
    MANAGED_IDENTITY = 3


class DeviceType(enum.IntEnum):
    """Type of a managed device."""

    UNSPECIFIED = 0
    SERVER = 1
    DESKTOP = 2
    LAPTOP = 3
    TABLET = 4
    MOBILE = 5
    VIRTUAL = 6
    OTHER = 99


class ManagementState(enum.IntEnum):
    """Management state of a device."""

    UNSPECIFIED = 0
    MANAGED = 1
    UNMANAGED = 2
    PENDING = 3
    RETIRED = 4
    WIPED = 5


class Compliance(enum.IntEnum):
    """Compliance of a device with its policies."""

    UNSPECIFIED = 0
    COMPLIANT = 1
    NONCOMPLIANT = 2
    IN_GRACE_PERIOD = 3
    ERROR = 4


class OperatingSystem(enum.IntEnum):
    """Operating system of a device."""

    UNSPECIFIED = 0
    WINDOWS = 1
    WINDOWS_MOBILE = 2
    LINUX = 3
    ANDROID = 4
    MACOS = 5
    IOS = 6
    IPADOS = 7
    SOLARIS = 8
    AIX = 9
    HPUX = 10
    CHROMEOS = 11
    OTHER = 99


class Severity(enum.IntEnum):
    """Severity of a risk factor."""

    UNSPECIFIED = 0
    LOW = 1
    MEDIUM = 2
    HIGH = 3
    CRITICAL = 4


class RenewalStatus(enum.IntEnum):
    """Renewal status of a vendor agreement."""

    UNSPECIFIED = 0
    NOT_STARTED = 1
    INITIATED = 2
    RENEWED = 3
    CANCELLED = 4
    REJECTED = 5
    EXPIRED = 6


class PricingModel(enum.IntEnum):
    """Pricing model of a vendor agreement."""

    UNSPECIFIED = 0
    UNKNOWN = 1
    PER_SEAT = 2
    PER_LICENSE = 3
    FLAT = 4
    TIERED = 5
    USAGE = 6
