"""Rows and JSON of violations, for the commands, the pages of `explore` and reviews."""

from __future__ import annotations

from collections.abc import Iterator

from ..lookup.object_cache import SyncObjects
from ..lookup.principal_names import addresses
from .access_rules import RuleSeverity
from .separation import ConflictingGrant, SeparationViolation

__all__ = ["VIOLATION_COLUMNS", "exception_text", "most_severe_first", "violation_json", "violation_row"]

VIOLATION_COLUMNS = ("Severity", "Rule", "Principal", "Holds", "Exception")
MOST_NAMED = 10  # entitlements of a violation


def most_severe_first(violations: list[SeparationViolation]) -> list[SeparationViolation]:
    """Return the violations by severity, descending; those that an exception allows come last."""
    order = list(RuleSeverity)
    return sorted(violations, key=lambda violation: (not violation.is_open, -order.index(violation.rule.severity)))


def violation_row(objects: SyncObjects, violation: SeparationViolation) -> tuple[str, ...]:
    """Return the cells of `VIOLATION_COLUMNS`."""
    names = [_held_text(objects, grant) for grant in violation.grants[:MOST_NAMED]]
    if (unlisted := len(violation.grants) - MOST_NAMED) > 0:
        names.append(f"{unlisted} more")
    principal = violation.principal.label
    return violation.rule.severity.value, violation.rule.name, principal, " + ".join(names), exception_text(violation)


def exception_text(violation: SeparationViolation) -> str:
    """Return the exception that allows a violation, or that ended, as text."""
    if violation.exception is not None:
        return f"allowed until {violation.exception.until.isoformat()}: {violation.exception.reason}"
    return f"ended on {violation.expired.until.isoformat()}" if violation.expired is not None else ""


def violation_json(objects: SyncObjects, violation: SeparationViolation) -> dict[str, object]:
    """Return a violation as an object for JSON; without an exception there is no key for it."""
    principal = violation.principal
    mails = addresses(principal.resource)
    return {
        "rule": violation.rule.name,
        "severity": violation.rule.severity.value,
        "reason": violation.rule.reason,
        "principalId": str(principal.id),
        "principal": principal.resource.display_name if principal.resource else "",
        **({"email": mails[0]} if mails else {}),
        "grants": [
            {
                "entitlementId": grant.entitlement,
                "entitlement": objects.entitlements[grant.entitlement].name,
                "held": grant.held,
                "via": list(grant.via),
            }
            for grant in violation.grants
        ],
        "open": violation.is_open,
        **dict(_exception_json(violation)),
    }


def _exception_json(violation: SeparationViolation) -> Iterator[tuple[str, object]]:
    for key, exception in (("exception", violation.exception), ("expiredException", violation.expired)):
        if exception is not None:
            yield (
                key,
                {
                    "until": exception.until.isoformat(),
                    "reason": exception.reason,
                    **({"approvedBy": exception.approved_by} if exception.approved_by else {}),
                },
            )


def _held_text(objects: SyncObjects, grant: ConflictingGrant) -> str:
    name = objects.entitlements[grant.entitlement].name
    through = ", ".join(objects.entitlements[source].name for source in grant.via)
    return f"{name} ({grant.held} through {through})" if through else f"{name} ({grant.held})"
