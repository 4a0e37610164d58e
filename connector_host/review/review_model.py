"""The values of a review: plain and immutable; what is written, as a workbook or as a page, is made of these."""

from __future__ import annotations

import enum
from datetime import datetime

from msgspec import Struct

__all__ = [
    "ComparedSync",
    "EntitlementReach",
    "HeldEntitlement",
    "InheritanceLink",
    "OptionalColumn",
    "ReviewChange",
    "ReviewFinding",
    "ReviewOrder",
    "ReviewPrincipal",
    "ReviewRow",
    "SourceEntitlement",
    "SystemFacts",
    "SystemSummary",
]


class ReviewOrder(enum.StrEnum):
    """By what the rows of a review are put together."""

    PRINCIPAL = "principal"
    RESOURCE = "resource"
    OWNER = "owner"


class OptionalColumn(enum.StrEnum):
    """What a connector, or a file, may not give. The values are the titles people see."""

    MAIL = "E-mail"
    STATUS = "Status"
    ACCOUNT = "Account type"
    SIGNED_IN = "Last signed in"
    OWNER = "Owner"
    VIA = "Via"
    CHANGE = "Changed since last"


class ComparedSync(Struct, frozen=True):
    """The earlier sync that a system is compared with."""

    sync_id: str
    ended: datetime | None
    file: str


class SystemFacts(Struct, frozen=True, kw_only=True):
    """One file and the sync of it that is reviewed.

    `system` names it within the review. What is not known is empty: `connector` and its version, the `account`, `user`
    (as whom it was read) and the `host_version` that wrote it are only in files that a connector-host made. Times are
    what the file has them as: UTC, or the wall clock of the machine that wrote it. `size` is bytes.
    `missing` says of each column that has nothing to show why; `gaps` are sentences on what the population may lack.
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
    compared: ComparedSync | None = None
    gaps: tuple[str, ...] = ()
    missing: dict[OptionalColumn, str] = {}


class ReviewPrincipal(Struct, frozen=True):
    """Somebody who holds something. `kind` is `user`, `group` or empty, as its type's trait says.

    `status` is `enabled`, `disabled`, `deleted` or empty; `account` is `service`, `system`, `guest`, and `human` or
    empty for the others. `missing`: grants name it, the sync lacks it. `num` is its place in the order of names.
    """

    num: int
    resource_type: str
    resource: str
    type_name: str
    kind: str
    name: str
    mail: str = ""
    status: str = ""
    account: str = ""
    signed_in: datetime | None = None
    missing: bool = False

    @property
    def id(self) -> str:
        """`type:id`."""
        return f"{self.resource_type}:{self.resource}"


class HeldEntitlement(Struct, frozen=True):
    """An entitlement, and the resource it is on.

    `privileged` is the word that says so, or empty; `owner` are the names of the resource's owners, or empty.
    `missing`: grants name it, the sync lacks it. `num` is its place: by resources' names, then by its own.
    """

    num: int
    entitlement: str
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
        """`type:id`, or nothing where it is not known."""
        return f"{self.resource_type}:{self.resource}" if self.resource else ""


class SourceEntitlement(Struct, frozen=True):
    """An entitlement that passes another one on to its holders: `name` on `resource_name`."""

    entitlement: str
    name: str
    resource_name: str


class InheritanceLink(Struct, frozen=True):
    """Holders of `source` hold `target`, too: those of the types `only`, if given; `shallow`: its direct holders."""

    system: int
    source: SourceEntitlement
    target: SourceEntitlement
    shallow: bool = False
    only: tuple[str, ...] = ()


class ReviewRow(Struct, frozen=True):
    """One grant: `who` holds `what` in the system of `Review.facts[system]`.

    `direct`: given as such (it can be revoked). `via`: what else it comes through, by the last step of each path; how
    the principal came by that is in the principal's own rows for it. `change` since the compared sync is `new`,
    `changed` or empty, `details` what has changed.
    """

    system: int
    grant: str
    who: ReviewPrincipal
    what: HeldEntitlement
    direct: bool
    via: tuple[SourceEntitlement, ...] = ()
    change: str = ""
    details: str = ""


class EntitlementReach(Struct, frozen=True):
    """How an entitlement is held: numbers of grants. `users` and `others` are the direct ones, to users or not."""

    system: int
    what: HeldEntitlement
    users: int
    others: int
    inherited: int

    @property
    def grants(self) -> int:
        """All of them."""
        return self.users + self.others + self.inherited


class ReviewFinding(Struct, frozen=True):
    """Something to look at: how many there are, and the first of them, each with the number of grants it holds.

    `key` names the kind for programs. `not_given` says why it cannot be known (then the count means nothing).
    """

    system: int
    key: str
    title: str
    count: int = 0
    note: str = ""
    who: tuple[tuple[ReviewPrincipal, int], ...] = ()
    not_given: str = ""


class SystemSummary(Struct, frozen=True):
    """Of one system: numbers of grants, what deserves a look, and (section, mark, number) of what has changed.

    `principals` is how many hold something.
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
    """What is different from the compared sync, in the words of `diff`: `mark` is added, removed or changed."""

    system: int
    section: str
    mark: str
    name: str
    where: str
    details: str
    id: str
