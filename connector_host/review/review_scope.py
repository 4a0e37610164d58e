"""The scope of a review: which grants are put before reviewers, and how many are left out for which reason."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

from msgspec import Struct

from ..c1z.types import View
from ..errors import ConfigError, NotFoundInFile
from ..query.lookup.filter_names import find_principal_type, find_resource_type
from ..query.lookup.principal_names import find_resource
from .review_model import OptionalColumn, ReviewRow, SystemFacts

__all__ = ["ReviewScope", "SystemScope", "check_names"]

Lookup = Callable[[View, str], str]
ORPHANED = frozenset({"disabled", "deleted"})


class ReviewScope(Struct, frozen=True, kw_only=True):
    """Conditions that a grant must fulfil to be in a review; all grants by default.

    `changed`: new or changed since the compared sync. `inactive`: of a user without a sign-in for so many days.
    `guests` and `orphans` (principals that are missing, deleted or disabled) extend each other.
    """

    changed: bool = False
    privileged: bool = False
    direct: bool = False
    inactive: int | None = None
    resource_types: tuple[str, ...] = ()
    resources: tuple[str, ...] = ()
    principal_types: tuple[str, ...] = ()
    guests: bool = False
    orphans: bool = False

    @property
    def is_complete(self) -> bool:
        """True if every grant is in the review."""
        return self == ReviewScope()

    def describe(self) -> str:
        """Return the conditions as text, for the review itself."""
        return "; ".join(self._conditions()) or "all grants"

    def _conditions(self) -> Iterator[str]:
        if self.changed:
            yield "new or changed grants"
        if self.privileged:
            yield "privileged entitlements"
        if self.direct:
            yield "direct grants"
        if self.inactive is not None:
            yield f"users without a sign-in for {self.inactive:,} days"
        for noun, values in (
            ("resource type", self.resource_types),
            ("resource", self.resources),
            ("principal type", self.principal_types),
        ):
            if values:
                yield f"{noun} {' or '.join(values)}"
        accounts = [word for word, applies in (("guests", self.guests), ("orphans", self.orphans)) if applies]
        if accounts:
            yield " or ".join(accounts)


class SystemScope:
    """The scope of one system. Raises ConfigError if the system lacks the data for a condition."""

    def __init__(self, scope: ReviewScope, view: View, facts: SystemFacts) -> None:
        self._scope = scope
        self._resource_types = _ids(view, scope.resource_types, find_resource_type)
        self._principal_types = _ids(view, scope.principal_types, find_principal_type)
        self._resources = _ids(view, scope.resources, _resource_id)
        if scope.inactive is not None and OptionalColumn.SIGNED_IN in facts.missing:
            raise ConfigError(
                f"--inactive cannot be applied: {facts.system} has no times of sign-ins.",
                hint="Leave --inactive out, or sync with a connector that reports sign-ins.",
            )
        if scope.changed and facts.compared is None:
            raise ConfigError(
                f"--changed-since cannot be applied: {facts.system} has no earlier sync to compare with.",
                hint="Name an older file with --changed-since FILE.",
            )
        ended = facts.ended or datetime.now(UTC)
        self._signed_in_before = ended - timedelta(days=scope.inactive or 0)

    def exclusion(self, row: ReviewRow) -> str:
        """Return why a grant is left out, an empty text if it is in the review."""
        scope, principal, entitlement = self._scope, row.principal, row.entitlement
        is_guest, is_orphan = principal.account == "guest", principal.missing or principal.status in ORPHANED
        checks = (
            (scope.changed and not row.change, "not changed"),
            (scope.privileged and not entitlement.privileged, "not privileged"),
            (scope.direct and not row.direct, "inherited"),
            (scope.inactive is not None and not self._is_inactive(row), "active, or no user"),
            (bool(scope.resource_types) and entitlement.resource_type not in self._resource_types, "other type"),
            (bool(scope.resources) and entitlement.resource_id not in self._resources, "other resource"),
            (
                bool(scope.principal_types) and principal.resource_type not in self._principal_types,
                "other principal type",
            ),
            (
                (scope.guests or scope.orphans) and not ((scope.guests and is_guest) or (scope.orphans and is_orphan)),
                "no guest" if not scope.orphans else "no orphan" if not scope.guests else "neither guest nor orphan",
            ),
        )
        return next((reason for excluded, reason in checks if excluded), "")

    def _is_inactive(self, row: ReviewRow) -> bool:
        signed_in = row.principal.signed_in
        if row.principal.trait != "user":
            return False
        if signed_in is None:
            return True
        limit = self._signed_in_before
        if signed_in.tzinfo is None or limit.tzinfo is None:
            return signed_in.replace(tzinfo=None) < limit.replace(tzinfo=None)
        return signed_in < limit


def check_names(scope: ReviewScope, views: list[View]) -> None:
    """Raise NotFoundInFile for a resource type, resource or principal type that no system holds."""
    for texts, lookup in (
        (scope.resource_types, find_resource_type),
        (scope.resources, _resource_id),
        (scope.principal_types, find_principal_type),
    ):
        for text in texts:
            if not any(_ids(view, (text,), lookup) for view in views):
                lookup(views[0], text)  # raises the error with the names that exist


def _ids(view: View, texts: tuple[str, ...], lookup: Lookup) -> frozenset[str]:
    ids = set()
    for text in texts:
        try:
            ids.add(lookup(view, text))
        except NotFoundInFile:
            continue  # another system may hold it
    return frozenset(ids)


def _resource_id(view: View, text: str) -> str:
    return str(find_resource(view, text).id)
