"""The kinds and states of the model. Members carry the numbers of the wire format, or the word that people type."""

from __future__ import annotations

import enum

__all__ = ["AccountType", "Can", "CreationSource", "Outcome", "Purpose", "ResourceStatus", "Trait"]


class Trait(enum.IntEnum):
    """What kind of thing the resources of a type are."""

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
    """Whether the account or object is usable."""

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
    """Who stands behind a user."""

    UNSPECIFIED = 0
    HUMAN = 1
    SERVICE = 2
    SYSTEM = 3


class Purpose(enum.IntEnum):
    """What holding an entitlement means."""

    UNSPECIFIED = 0
    ASSIGNMENT = 1
    PERMISSION = 2
    OWNERSHIP = 3


class Can(enum.StrEnum):
    """What a connector can do to resources of a type besides reading them."""

    GRANT = "grant"
    CREATE_ACCOUNT = "create_account"
    DELETE = "delete"
    SET_STATUS = "set_status"


class Outcome(enum.StrEnum):
    """How a change ended. `already` (there, or gone) is success."""

    DONE = "done"
    ALREADY = "already"
    PLANNED = "planned"
    REPLACED = "replaced"
