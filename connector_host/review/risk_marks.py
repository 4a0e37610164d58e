"""Risk marks of the rows of a review: what deserves a second look before a decision."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta

from ..c1z.types import View
from ..index import review_rows
from ..index.object_search import IndexedResource, resource_by_id
from ..index.sync_index import SyncIndex
from ..query.findings import FindingTitle
from ..query.rules.bound_rules import BoundRules
from ..query.rules.separation import SeparationViolation, find_violations
from .review_model import HeldEntitlement, ReviewFinding, ReviewPrincipal

__all__ = ["SOLE_OWNER", "RiskMarks"]

SOLE_OWNER = "sole owner"
MOST_LISTED = 500  # principals of a finding
ListedPrincipals = tuple[tuple[ReviewPrincipal, int], ...]
NEVER_SIGNED_IN = "never signed in"
ORPHANED = {"disabled": "disabled account", "deleted": "deleted account"}


class RiskMarks:
    """The marks of one system. A user without a sign-in for the time `long` before the end of the sync is marked."""

    def __init__(
        self, view: View, index: SyncIndex, users: Sequence[str], bound: BoundRules | None, long: timedelta
    ) -> None:
        self._long = long
        self._sole_owners = review_rows.sole_owner_grants(index, users)
        self._violations: dict[str, list[SeparationViolation]] = defaultdict(list)
        self._separated: dict[tuple[str, str], list[str]] = defaultdict(list)
        if bound is not None:
            for violation in find_violations(view, bound, datetime.now(UTC).date()):
                self._add(violation)

    def of_principal(self, principal: ReviewPrincipal, ended: datetime | None, *, signed_in: bool) -> tuple[str, ...]:
        """Return the marks of all grants of a principal; `signed_in` tells whether the system has times of sign-ins."""
        return tuple(self._principal_marks(principal, ended, signed_in=signed_in))

    def of_grant(self, row: int, principal: ReviewPrincipal, entitlement: HeldEntitlement) -> tuple[str, ...]:
        """Return the marks of the grant at a row of the file, with those of its principal."""
        marks = principal.risks
        if row in self._sole_owners:
            marks = (*marks, SOLE_OWNER)
        if self._separated and (separated := self._separated.get((principal.id, entitlement.id))):
            marks = (*separated, *marks)
        return marks

    def findings(
        self, system: int, index: SyncIndex, listed: Callable[[list[IndexedResource]], ListedPrincipals]
    ) -> Iterator[ReviewFinding]:
        """Yield a finding for each rule that is violated without an exception; `listed` describes principals."""
        for name, violations in self._violations.items():
            if still_open := [violation for violation in violations if violation.is_open]:
                rule = still_open[0].rule
                ids = [violation.principal.id for violation in still_open[:MOST_LISTED]]
                entries = [resource_by_id(index, named.resource_type, named.resource) for named in ids]
                principals = listed([entry for entry in entries if entry is not None])
                title = f"{FindingTitle.VIOLATIONS}: {name} ({rule.severity.value})"
                yield ReviewFinding(system, f"separation:{name}", title, len(still_open), rule.reason, principals)

    def _add(self, violation: SeparationViolation) -> None:
        rule = violation.rule
        self._violations[rule.name].append(violation)
        if violation.exception is not None:
            mark = f"allowed until {violation.exception.until.isoformat()}: {rule.name}"
        else:
            mark = f"separation of duties: {rule.name} ({rule.severity.value})"
        for grant in violation.grants:
            self._separated[str(violation.principal.id), grant.entitlement].append(mark)

    def _principal_marks(self, principal: ReviewPrincipal, ended: datetime | None, *, signed_in: bool) -> Iterator[str]:
        if principal.missing:
            yield "missing account"
        elif principal.status in ORPHANED:
            yield ORPHANED[principal.status]
        if principal.account == "guest":
            yield "guest"
        if principal.trait != "user" or principal.missing or principal.account in ("service", "system"):
            return
        if not signed_in:
            return
        if principal.signed_in is None:
            yield NEVER_SIGNED_IN
            return
        now = ended or datetime.now(UTC)
        last = principal.signed_in
        if now.tzinfo is None or last.tzinfo is None:
            now, last = now.replace(tzinfo=None), last.replace(tzinfo=None)
        if now - last > self._long:
            yield f"no sign-in for {(now - last).days:,} days"
