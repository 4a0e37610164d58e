"""Findings in a sync: accounts that perhaps should hold nothing, privileged access, objects that grants name only."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from ..c1z.types import View
from ..index import grant_search
from ..index import object_search as search
from ..index.grant_search import IndexedGrantFilter
from ..index.object_search import EntitlementFilter, ResourceFilter
from ..index.sync_index import SyncIndex
from .inactivity import EVER_DAYS, LONG_DAYS, inactive_users, reports_sign_ins
from .lookup.object_cache import SyncObjects
from .resource_facts import user_types

__all__ = ["ACCOUNT_FINDINGS", "AccountFinding", "FindingTitle", "OverviewFinding", "list_findings"]


class FindingTitle:
    """The titles of the findings, for the overview, `stats --findings` and reviews."""

    DISABLED = "Disabled accounts with grants"
    DELETED = "Deleted accounts with grants"
    GUESTS = "Guests with grants"
    SERVICE = "Service accounts with grants"
    SYSTEM = "System accounts with grants"
    WITHOUT_GRANTS = "{type}: accounts without grants"
    PRIVILEGED_ENTITLEMENTS = "Privileged entitlements"
    PRIVILEGED_GRANTS = "Grants of privileged entitlements"
    PRIVILEGED_PRINCIPALS = "Principals with privileged grants"
    UNHELD_ENTITLEMENTS = "Entitlements without grants"
    NEVER_SIGNED_IN = "Users with grants who have never signed in"
    INACTIVE_FOR = "Users with grants who have not signed in for {days} days, or never"
    NOT_SIGNED_IN_FOR = "Users with grants who have not signed in for {days} days"
    SOLE_OWNERS = "Resources with a single owner"
    VIOLATIONS = "Violations of the separation of duties"
    MISSING_RESOURCES = "Resources that grants name but the sync does not hold"
    MISSING_ENTITLEMENTS = "Entitlements that grants name but the sync does not hold"
    MISSING_PRINCIPALS = "Principals that grants name but the sync does not hold"


class AccountFinding(Struct, frozen=True):
    """A kind of account that deserves a check when it holds grants; `key` names it for programs."""

    key: str
    title: str
    state: str = ""
    account: str = ""

    @property
    def filter(self) -> ResourceFilter:
        """The filter that selects these accounts."""
        return ResourceFilter(state=self.state or None, account=self.account or None, only="principals")


ACCOUNT_FINDINGS = (
    AccountFinding("disabled", FindingTitle.DISABLED, state="disabled"),
    AccountFinding("deleted", FindingTitle.DELETED, state="deleted"),
    AccountFinding("guests", FindingTitle.GUESTS, account="guest"),
    AccountFinding("service", FindingTitle.SERVICE, account="service"),
    AccountFinding("system", FindingTitle.SYSTEM, account="system"),
)


class OverviewFinding(Struct, frozen=True):
    """A finding and its count. `listing` and `filters` name the list of the explorer that shows the objects."""

    text: str
    count: int
    listing: str
    filters: dict[str, str]


def list_findings(view: View, objects: SyncObjects, index: SyncIndex) -> list[OverviewFinding]:
    """Return the findings with a count above 0."""
    accounts = (*_accounts(view, objects, index), *_inactive(view, index))
    findings = (*accounts, *_entitlements(index), *_missing(index))
    return [finding for finding in findings if finding.count]


def _accounts(view: View, objects: SyncObjects, index: SyncIndex) -> Iterator[OverviewFinding]:
    for finding in ACCOUNT_FINDINGS:
        filters = {"state": finding.state} if finding.state else {"account": finding.account}
        yield OverviewFinding(finding.title, search.count_resources(index, finding.filter), "principals", filters)
    for type_id in user_types(view):
        idle = search.count_resources(index, ResourceFilter(type=type_id, unused=True))
        title = FindingTitle.WITHOUT_GRANTS.format(type=objects.types[type_id].name)
        yield OverviewFinding(title, idle, "principals", {"type": type_id, "holding": "none"})


def _inactive(view: View, index: SyncIndex) -> Iterator[OverviewFinding]:
    if not reports_sign_ins(view, index):
        return
    for title, days in (
        (FindingTitle.NEVER_SIGNED_IN, EVER_DAYS),
        (FindingTitle.INACTIVE_FOR.format(days=LONG_DAYS), LONG_DAYS),
    ):
        where = ResourceFilter(inactive=inactive_users(view, days), only="principals")
        yield OverviewFinding(title, search.count_resources(index, where), "principals", {"inactive": str(days)})


def _entitlements(index: SyncIndex) -> Iterator[OverviewFinding]:
    privileged = search.count_entitlements(index, EntitlementFilter(privileged=True))
    yield OverviewFinding(FindingTitle.PRIVILEGED_ENTITLEMENTS, privileged, "entitlements", {"show": "privileged"})
    grants = grant_search.count_grants(index, IndexedGrantFilter(privileged=True)) if privileged else 0
    yield OverviewFinding(FindingTitle.PRIVILEGED_GRANTS, grants, "grants", {"show": "privileged"})
    unheld = search.count_entitlements(index, EntitlementFilter(unheld=True))
    yield OverviewFinding(FindingTitle.UNHELD_ENTITLEMENTS, unheld, "entitlements", {"show": "unheld"})


def _missing(index: SyncIndex) -> Iterator[OverviewFinding]:
    resources = search.count_resources(index, ResourceFilter(missing=True))
    yield OverviewFinding(FindingTitle.MISSING_RESOURCES, resources, "resources", {"missing": "1"})
    entitlements = search.count_entitlements(index, EntitlementFilter(missing=True))
    yield OverviewFinding(FindingTitle.MISSING_ENTITLEMENTS, entitlements, "entitlements", {"show": "missing"})
