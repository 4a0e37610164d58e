"""The immutable values of a review, from which the workbook and the page are written."""

from __future__ import annotations

import enum
from datetime import date, datetime

from msgspec import Struct

from ..index.text_search import fold_text

__all__ = [
    "ComparedSync",
    "EntitlementReach",
    "HeldEntitlement",
    "InheritanceLink",
    "OptionalColumn",
    "ReviewChange",
    "ReviewFinding",
    "ReviewOrder",
    "ReviewPackage",
    "ReviewPrincipal",
    "ReviewRow",
    "ReviewUnit",
    "SourceEntitlement",
    "SystemFacts",
    "SystemSummary",
]


class ReviewOrder(enum.StrEnum):
    """The grouping of the rows of a review."""

    PRINCIPAL = "principal"
    RESOURCE = "resource"
    OWNER = "owner"


class ReviewUnit(enum.StrEnum):
    """The unit of a decision: a principal and a resource with all grants between them, or a single grant."""

    RESOURCE = "resource"
    GRANT = "grant"


class OptionalColumn(enum.StrEnum):
    """Columns that a connector or a file may not provide. The values are the displayed titles."""

    MAIL = "E-mail"
    STATUS = "Status"
    ACCOUNT = "Account type"
    SIGNED_IN = "Last signed in"
    OWNER = "Owner"
    VIA = "Via"
    CHANGE = "Changed since last"


class ComparedSync(Struct, frozen=True):
    """The earlier sync to which a system is compared."""

    sync_id: str
    ended: datetime | None
    file: str


class SystemFacts(Struct, frozen=True, kw_only=True):
    """One file and its reviewed sync.

    `system` is its name in the review. Unknown facts are empty: `connector` and its version, the `account`, the `user`
    that read it and the `host_version` that wrote it are recorded only in files of connector-host. Times are as in
    the file: UTC, or the local time of the machine that wrote it. `size` is in bytes.
    `reviewed` of the `grants` are in the review, in `to_decide` rows that need a decision; `scope` describes them,
    `left_out` counts the others by reason.
    `missing` holds the reason for each column without data, `gaps` a sentence for each known gap of the population.
    `rules` is the name and the hash of the file of rules.
    """

    system: str
    file: str
    sha256: str
    size: int
    sync_id: str
    sync_type: str
    started: datetime | None
    ended: datetime | None
    connector: str = ""
    connector_version: str = ""
    host_version: str = ""
    account: str = ""
    user: str = ""
    resource_types: int = 0
    resources: int = 0
    entitlements: int = 0
    grants: int = 0
    reviewed: int = 0
    to_decide: int = 0
    scope: str = ""
    left_out: tuple[tuple[str, int], ...] = ()
    compared: ComparedSync | None = None
    gaps: tuple[str, ...] = ()
    missing: dict[OptionalColumn, str] = {}
    rules: str = ""

    @property
    def left_out_text(self) -> str:
        """The numbers of grants that the scope leaves out, by reason."""
        return "; ".join(f"{count:,} {reason}" for reason, count in self.left_out)


class ReviewPackage(Struct, frozen=True):
    """A part of a review: the package `number` of `count` of a campaign, for one reviewer.

    `reviewer` is empty for a part of a review that is too large for a single page; `pages` are then the names of the
    files of all parts.
    """

    campaign: str
    reviewer: str
    number: int
    count: int
    due: date | None = None
    pages: tuple[str, ...] = ()


class ReviewPrincipal(Struct, frozen=True):
    """A principal with at least one grant. `trait` is `user`, `group` or empty, from the trait of its type.

    `status` is `enabled`, `disabled`, `deleted` or empty; `account` is `service`, `system`, `guest`, `human` or
    empty. `missing`: grants name it, but the sync does not hold it. `num` is its position in the order of names.
    `risks` are the marks of all its grants.
    """

    num: int
    resource_type: str
    resource: str
    type_name: str
    trait: str
    name: str
    mail: str = ""
    status: str = ""
    account: str = ""
    signed_in: datetime | None = None
    missing: bool = False
    risks: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        """`type:id`."""
        return f"{self.resource_type}:{self.resource}"

    def is_called(self, text: str) -> bool:
        """Return True if a text is the name, the e-mail address or the id of the principal."""
        name = fold_text(text)
        return any(name == fold_text(own) for own in (self.name, self.mail, self.id, self.resource) if own)


class HeldEntitlement(Struct, frozen=True):
    """An entitlement, and the resource it is on.

    `privileged` is the word in its name that marks it, or empty; `owner` holds the names of the resource's owners.
    `missing`: grants name it, but the sync does not hold it. `num` is its position: by resource name, then its own.
    """

    num: int
    id: str
    name: str
    slug: str
    privileged: str
    resource_type: str
    resource: str
    resource_name: str
    type_name: str
    owner: str = ""
    missing: bool = False

    @property
    def resource_id(self) -> str:
        """`type:id`, or an empty text if it is unknown."""
        return f"{self.resource_type}:{self.resource}" if self.resource else ""


class SourceEntitlement(Struct, frozen=True):
    """An entitlement whose holders inherit another one."""

    id: str
    name: str
    resource_name: str


class InheritanceLink(Struct, frozen=True):
    """A link: holders of `source` inherit `target`; `only` limits it to these types, `shallow` to direct holders."""

    system: int
    source: SourceEntitlement
    target: SourceEntitlement
    shallow: bool = False
    only: tuple[str, ...] = ()


class ReviewRow(Struct, frozen=True):
    """One grant: `principal` holds `entitlement` in the system `Review.facts[system]`.

    A `direct` grant can be revoked. `via` holds the entitlements it is inherited through, the last step of each path;
    the grants of those are rows of their own. `change` since the compared sync is `new`,
    `changed` or empty, `details` describes the change. `number` is its row in the file. `risks` are marks such as
    `guest` or `sole owner`.
    """

    system: int
    grant: str
    principal: ReviewPrincipal
    entitlement: HeldEntitlement
    direct: bool
    via: tuple[SourceEntitlement, ...] = ()
    change: str = ""
    details: str = ""
    number: int = 0
    risks: tuple[str, ...] = ()


class EntitlementReach(Struct, frozen=True):
    """The numbers of grants of an entitlement: direct ones to users and to other principals, and inherited ones."""

    system: int
    entitlement: HeldEntitlement
    users: int
    other_principals: int
    inherited: int

    @property
    def grants(self) -> int:
        """The number of all grants."""
        return self.users + self.other_principals + self.inherited


class ReviewFinding(Struct, frozen=True):
    """A finding: its count and the first principals, each with its number of grants.

    `key` names the finding for programs. `not_given` is the reason if it cannot be known (the count is then void).
    """

    system: int
    key: str
    title: str
    count: int = 0
    note: str = ""
    principals: tuple[tuple[ReviewPrincipal, int], ...] = ()
    not_given: str = ""


class SystemSummary(Struct, frozen=True):
    """The counts of one system, its findings, and its changes as (section, mark, count).

    `principals` counts those with at least one grant.
    """

    system: int
    principals: int
    grants: int
    direct: int
    inherited: int
    privileged: int
    new: int
    findings: tuple[ReviewFinding, ...] = ()
    changes: tuple[tuple[str, str, int], ...] = ()


class ReviewChange(Struct, frozen=True):
    """A change since the compared sync, in the terms of `diff`: `mark` is added, removed or changed."""

    system: int
    section: str
    mark: str
    name: str
    where: str
    details: str
    id: str
