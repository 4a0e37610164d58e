"""Violations of the separation of duties in a sync: principals who hold entitlements that exclude each other."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date

from msgspec import Struct

from ...c1z.types import GrantFilter, View
from ...errors import ConfigError, FileError
from ...index.text_search import fold_text
from ...model import ResourceId, Trait
from ...wire import decode, stored_grants
from ...wire.wire_format import WireError
from ..access.holdings import holding_word
from ..lookup.object_cache import damaged_object
from ..lookup.principal_names import NamedResource, addresses
from .access_rules import RuleException, SeparationRule
from .bound_rules import BoundRules, BoundSeparation

__all__ = ["ConflictingGrant", "SeparationViolation", "find_violations"]

COLLECTIVE = {Trait.GROUP, Trait.ROLE}  # their members are the ones who hold something


class ConflictingGrant(Struct, frozen=True):
    """An entitlement that a principal holds against a rule: `held` directly or inherited, `via` these entitlements."""

    entitlement: str
    held: str
    via: tuple[str, ...]


class SeparationViolation(Struct, frozen=True):
    """A principal who holds entitlements together that a rule separates.

    `exception` allows it until its day; `expired` is an exception that ended.
    """

    rule: SeparationRule
    principal: NamedResource
    grants: tuple[ConflictingGrant, ...]
    exception: RuleException | None = None
    expired: RuleException | None = None

    @property
    def is_open(self) -> bool:
        """True unless an exception allows it."""
        return self.exception is None


def find_violations(
    view: View, bound: BoundRules, today: date, principal: ResourceId | None = None
) -> Iterator[SeparationViolation]:
    """Yield the violations of every rule, of one principal if specified; those that are excepted, too.

    Groups and roles are no violators: their members are, when the sync is expanded.
    Raises ConfigError for an exception that names several principals.
    """
    collective = {row.id for row in view.resource_types() if COLLECTIVE & set(decode.resource_type(row.data).traits)}
    for separation in bound.separations:
        violations = []
        for violator in _candidates(view, separation, principal):
            if violator.resource_type in collective:
                continue
            if entitlements := _conflict(view, separation, violator):
                grants = tuple(_grant(view, violator, entitlement) for entitlement in entitlements)
                violations.append(SeparationViolation(separation.rule, _named(view, violator), grants))
        yield from _with_exceptions(separation.rule, violations, bound.rules.source, today)


def _candidates(view: View, separation: BoundSeparation, principal: ResourceId | None) -> Iterable[ResourceId]:
    """Return principals who hold at least one entitlement of every side, or any one if there is one side."""
    if principal is not None:
        return [principal]
    by_side: dict[int, list[str]] = defaultdict(list)
    for entitlement, sides in separation.sides.items():
        for number in sides:
            by_side[number].append(entitlement)
    if len(by_side) < len(separation.rule.sides):
        return []
    if separation.rule.any_two:
        return _holders_of_two(view, by_side[0])
    order = sorted(by_side.values(), key=lambda side: sum(1 for _ in _keys(view, side)))
    candidates = set(_keys(view, order[0]))
    for side in order[1:]:
        candidates.intersection_update(_keys(view, side))
    return sorted(candidates, key=str)


def _holders_of_two(view: View, entitlements: list[str]) -> list[ResourceId]:
    first: set[ResourceId] = set()
    again: set[ResourceId] = set()
    for entitlement in entitlements:
        holders = set(_keys(view, [entitlement]))
        again |= first & holders
        first |= holders
    return sorted(again, key=str)


def _keys(view: View, entitlements: Iterable[str]) -> Iterator[ResourceId]:
    for entitlement in entitlements:
        for key in view.grant_keys(GrantFilter(entitlement=entitlement)):
            yield ResourceId(key.principal_type, key.principal)


def _conflict(view: View, separation: BoundSeparation, principal: ResourceId) -> tuple[str, ...]:
    """Return the entitlements that the principal holds against the rule."""
    by_resource: dict[ResourceId | None, dict[str, frozenset[int]]] = defaultdict(dict)
    for key in view.grant_keys(GrantFilter(principal=principal)):
        if sides := separation.sides.get(key.entitlement):
            place = separation.resources[key.entitlement] if separation.rule.same_resource else None
            by_resource[place][key.entitlement] = sides
    conflicts = (separation.rule.conflict(held) for held in by_resource.values())
    return tuple(entitlement for conflict in conflicts for entitlement in conflict)


def _grant(view: View, principal: ResourceId, entitlement: str) -> ConflictingGrant:
    sources: set[str] = set()
    for row in view.grants(GrantFilter(entitlement=entitlement, principal=principal)):
        try:
            sources.update(stored_grants.sources(row.data) or (entitlement,))
        except (WireError, FileError) as error:
            raise damaged_object("grant", row.id, error) from error
    via = tuple(sorted(sources - {entitlement}))
    return ConflictingGrant(entitlement, holding_word(sources, entitlement), via)


def _named(view: View, principal: ResourceId) -> NamedResource:
    data = view.resource(principal)
    return NamedResource(principal, decode.resource(data) if data is not None else None)


def _with_exceptions(
    rule: SeparationRule, violations: list[SeparationViolation], source: str, today: date
) -> Iterator[SeparationViolation]:
    """Yield the violations with their exceptions."""
    allowed: dict[ResourceId, RuleException] = {}
    expired: dict[ResourceId, RuleException] = {}
    for exception in rule.exceptions:
        matching = [violation.principal for violation in violations if _is_of(exception, violation.principal)]
        if len(matching) > 1:
            raise ConfigError(
                f"{source}, {rule.name}: the exception for {exception.principal!r} matches"
                f" {len(matching)} principals: {'; '.join(principal.label for principal in matching[:5])}.",
                hint="Write the id or the e-mail address of one of them.",
            )
        for principal in matching:
            (expired if exception.is_expired(today) else allowed).setdefault(principal.id, exception)
    for violation in violations:
        key = violation.principal.id
        allowing = allowed.get(key)
        ended = None if allowing else expired.get(key)
        yield SeparationViolation(rule, violation.principal, violation.grants, allowing, ended)


def _is_of(exception: RuleException, principal: NamedResource) -> bool:
    name = fold_text(exception.principal)
    resource = principal.resource
    texts = (str(principal.id), principal.id.resource, resource.display_name if resource else "")
    return any(fold_text(text) == name for text in (*texts, *addresses(resource)) if text)
