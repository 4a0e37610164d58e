"""Rules applied to one sync: the entitlements that each rule describes, and rules that describe none."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec import Struct

from ...c1z.types import EntitlementRow, GrantFilter, View
from ...errors import FileError, NotFoundInFile
from ...model import ResourceId
from ...wire import field_access
from ...wire.wire_format import WireError
from ..lookup.object_cache import SyncObjects, damaged_object
from ..lookup.principal_names import MOST_SHOWN, did_you_mean, similar_texts
from ..privileged import privileged_word
from ..sync_origin import read_origin
from .access_rules import AccessRule, AccessRules, EntitlementFacts, EntitlementReference, SeparationRule

__all__ = ["BoundRules", "BoundSeparation", "bind_rules", "bind_rules_of_all", "compare_rules"]

MOST_COMPARED = 5_000  # entitlements whose names are compared with one that a rule misspells


class BoundSeparation(Struct, frozen=True):
    """A separation rule with the entitlements of a sync that it describes: their sides and their resources, by id."""

    rule: SeparationRule
    sides: dict[str, frozenset[int]]
    resources: dict[str, ResourceId]


class BoundRules:
    """Rules and the entitlements of one sync that they describe. `unmatched` references describe none."""

    def __init__(self, rules: AccessRules, connector: str, account: str) -> None:
        self.rules, self.connector, self.account = rules, connector, account
        self.separations = tuple(BoundSeparation(rule, {}, {}) for rule in rules.separations)
        self.unmatched: set[EntitlementReference] = set()
        self._marks: dict[str, str] = {}
        for rule in rules.every_rule:
            self.unmatched.update(
                reference for reference in rule.references if reference.may_match_in(connector, account)
            )

    def mark(self, entitlement_id: str, slug: str, name: str) -> str:
        """Return the name of the rule, or else the word, that marks an entitlement as privileged; empty if none."""
        mark = self._marks.get(entitlement_id)
        return privileged_word(slug, name) if mark is None else mark

    def add(self, facts: EntitlementFacts) -> None:
        """Compare an entitlement with every rule."""
        for reference in [reference for reference in self.unmatched if reference.matches(facts)]:
            self.unmatched.discard(reference)
        mark = self.rules.privileged_mark(facts)
        if mark != privileged_word(facts.slug, facts.name):
            self._marks[facts.id] = mark
        for separation in self.separations:
            if sides := separation.rule.sides_of(facts):
                separation.sides[facts.id] = sides
                separation.resources[facts.id] = ResourceId(facts.resource_type, facts.resource)


def bind_rules(view: View, rules: AccessRules) -> BoundRules:
    """Compare the rules with every entitlement of a sync. Raises NotFoundInFile if a rule describes none."""
    return bind_rules_of_all([view], rules)[0]


def bind_rules_of_all(views: Sequence[View], rules: AccessRules) -> list[BoundRules]:
    """Compare the rules with the entitlements of several syncs, of which each reference must describe at least one.

    References that are limited to a connector or an account that none of the syncs is of, and optional rules, may
    describe none. Raises NotFoundInFile with similar names for the first other one.
    """
    bound = [compare_rules(view, rules) for view in views]
    for rule in rules.every_rule:
        for reference in rule.references:
            if rule.optional or not any(reference in part.unmatched for part in bound):
                continue
            if all(
                reference in part.unmatched or not reference.may_match_in(part.connector, part.account)
                for part in bound
            ):
                raise _unknown(rules, rule, reference, views)
    return bound


def compare_rules(view: View, rules: AccessRules) -> BoundRules:
    """Compare the rules with every entitlement of a sync; rules that describe none are accepted."""
    origin = read_origin(view.sync)
    bound = BoundRules(rules, origin.connector, origin.account)
    objects = SyncObjects(view)
    for row in view.entitlements():
        bound.add(_facts(objects, row, bound))
    for reference in list(bound.unmatched):  # an entitlement that only grants name has its id alone
        if "*" in reference.entitlement:
            continue
        where = GrantFilter(entitlement=reference.entitlement)
        if view.entitlement(reference.entitlement) is None and next(view.grant_keys(where), None) is not None:
            bound.add(EntitlementFacts(id=reference.entitlement, connector=origin.connector, account=origin.account))
    return bound


def _facts(objects: SyncObjects, row: EntitlementRow, bound: BoundRules) -> EntitlementFacts:
    try:
        slug, name = field_access.entitlement_slug(row.data), field_access.entitlement_name(row.data)
    except (WireError, FileError) as error:
        raise damaged_object("entitlement", row.id, error) from error
    return EntitlementFacts(
        id=row.id,
        slug=slug,
        name=name,
        resource_type=row.resource_type,
        type_name=objects.types[row.resource_type].name,
        resource=row.resource,
        resource_name=objects.resources[row.resource_type, row.resource].name,
        connector=bound.connector,
        account=bound.account,
    )


def _unknown(
    rules: AccessRules, rule: AccessRule, reference: EntitlementReference, views: Sequence[View]
) -> NotFoundInFile:
    labels = list(_labels(views))
    hint = did_you_mean(similar_texts(reference.entitlement, labels)[:MOST_SHOWN])
    advice = "List them with `connector-host entitlements`, or write optional = true in the rule."
    return NotFoundInFile(
        f"{rules.source}, {rule.name}: no entitlement matches {reference}.", hint=f"{hint} {advice}".strip()
    )


def _labels(views: Sequence[View]) -> Iterator[str]:
    number = 0
    for view in views:
        for row in view.entitlements():
            number += 1
            if number > MOST_COMPARED:
                return
            yield from (field_access.entitlement_slug(row.data), field_access.entitlement_name(row.data), row.id)
