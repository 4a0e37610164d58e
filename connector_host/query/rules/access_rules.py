"""Rules about access: which entitlements are privileged, and which ones nobody may hold together.

The values do not depend on a file: the reader of `rules.toml` makes them. A comparison with a sync or a lake
describes each entitlement by `EntitlementFacts`.
"""

from __future__ import annotations

import enum
import functools
import re
from collections.abc import Iterator
from datetime import date

from msgspec import Struct

from ...index.text_search import fold_text
from ..privileged import privileged_word

__all__ = [
    "AccessRule",
    "AccessRules",
    "EntitlementFacts",
    "EntitlementReference",
    "PrivilegeRule",
    "RuleException",
    "RuleSeverity",
    "SeparationRule",
]

SEPARATORS = re.compile(r"[\s_-]+")


class RuleSeverity(enum.StrEnum):
    """The seriousness of a violation of a rule."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"


class EntitlementFacts(Struct, frozen=True, kw_only=True):
    """An entitlement as rules see it. `resource` is the id within the type; unknown texts are empty.

    `connector` and `account` name the system that the entitlement belongs to.
    """

    id: str
    slug: str = ""
    name: str = ""
    resource_type: str = ""
    type_name: str = ""
    resource: str = ""
    resource_name: str = ""
    connector: str = ""
    account: str = ""


class EntitlementReference(Struct, frozen=True, kw_only=True):
    """A description of entitlements in a rule: every text that is not empty must match.

    `entitlement` matches the id, the slug or the name, `resource` the name, the id or `type:id`, `resource_type` the id
    or the name of the type. `*` stands for any text. Letter case, accents, and the difference between spaces, hyphens
    and underscores do not matter.
    """

    entitlement: str
    resource: str = ""
    resource_type: str = ""
    connector: str = ""
    account: str = ""

    def matches(self, facts: EntitlementFacts) -> bool:
        """Return True if the reference describes this entitlement."""
        return (
            self.may_match_in(facts.connector, facts.account)
            and _matches(self.resource_type, facts.resource_type, facts.type_name)
            and _matches(self.entitlement, facts.id, facts.slug, facts.name)
            and _matches(self.resource, facts.resource_name, facts.resource, f"{facts.resource_type}:{facts.resource}")
        )

    def may_match_in(self, connector: str, account: str) -> bool:
        """Return True unless the reference is limited to another system."""
        return _matches(self.connector, connector) and _matches(self.account, account)

    def __str__(self) -> str:
        return repr(self.entitlement) + "".join(f", {name} {text!r}" for name, text in self._limits())

    def _limits(self) -> Iterator[tuple[str, str]]:
        for name in ("resource", "resource_type", "connector", "account"):
            if text := getattr(self, name):
                yield name.replace("_", " "), text


class PrivilegeRule(Struct, frozen=True, kw_only=True):
    """Entitlements that are privileged, or that are not although their names suggest it (`privileged` is False)."""

    name: str
    entitlements: tuple[EntitlementReference, ...]
    reason: str = ""
    privileged: bool = True
    optional: bool = False

    @property
    def references(self) -> tuple[EntitlementReference, ...]:
        """Every reference in the rule."""
        return self.entitlements


class RuleException(Struct, frozen=True, kw_only=True):
    """A principal who may hold the entitlements of a rule together, through the day `until`."""

    principal: str
    until: date
    reason: str
    approved_by: str = ""

    def is_expired(self, today: date) -> bool:
        """Return True if the exception ended before `today`."""
        return self.until < today


class SeparationRule(Struct, frozen=True, kw_only=True):
    """Entitlements that nobody may hold together, direct or inherited.

    Each side is a tuple of references; to hold one entitlement of every side violates the rule. With `any_two` there
    is one side, and to hold two entitlements of it violates the rule. With `same_resource` only entitlements on one
    resource count together.
    """

    name: str
    severity: RuleSeverity
    reason: str
    sides: tuple[tuple[EntitlementReference, ...], ...]
    any_two: bool = False
    same_resource: bool = False
    optional: bool = False
    exceptions: tuple[RuleException, ...] = ()

    @property
    def references(self) -> tuple[EntitlementReference, ...]:
        """Every reference in the rule."""
        return tuple(reference for side in self.sides for reference in side)

    def sides_of(self, facts: EntitlementFacts) -> frozenset[int]:
        """Return the numbers of the sides that an entitlement is on."""
        return frozenset(
            number for number, side in enumerate(self.sides) if any(reference.matches(facts) for reference in side)
        )

    def conflict(self, held: dict[str, frozenset[int]]) -> tuple[str, ...]:
        """Return entitlements that violate the rule together, an empty tuple if there are none.

        `held` maps the id of each entitlement that somebody holds to the numbers of its sides. An entitlement never
        violates a rule alone: it counts for one side only.
        """
        if self.any_two:
            matching = sorted(entitlement for entitlement, sides in held.items() if sides)
            return tuple(matching) if len(matching) > 1 else ()
        by_side: dict[int, list[str]] = {number: [] for number in range(len(self.sides))}
        for entitlement in sorted(held):
            for number in held[entitlement]:
                by_side[number].append(entitlement)
        chosen: dict[str, int] = {}
        if not all(_assign(number, by_side, chosen, set()) for number in by_side):
            return ()
        return tuple(dict.fromkeys(entitlement for number in by_side for entitlement in by_side[number]))


AccessRule = PrivilegeRule | SeparationRule


class AccessRules(Struct, frozen=True, kw_only=True):
    """All rules of a file. `source` is its name for messages, `sha256` the hash of its bytes; both may be empty."""

    source: str = ""
    sha256: str = ""
    privileges: tuple[PrivilegeRule, ...] = ()
    separations: tuple[SeparationRule, ...] = ()

    @property
    def every_rule(self) -> tuple[AccessRule, ...]:
        """All rules."""
        return (*self.privileges, *self.separations)

    def privileged_mark(self, facts: EntitlementFacts) -> str:
        """Return the name of the rule, or else the word, that marks an entitlement as privileged; empty if none."""
        for rule in self.privileges:
            if any(reference.matches(facts) for reference in rule.entitlements):
                return rule.name if rule.privileged else ""
        return privileged_word(facts.slug, facts.name)


def _assign(side: int, by_side: dict[int, list[str]], chosen: dict[str, int], tried: set[str]) -> bool:
    """Choose an entitlement of its own for a side; the sides chosen before may change theirs."""
    for entitlement in by_side[side]:
        if entitlement in tried:
            continue
        tried.add(entitlement)
        if entitlement not in chosen or _assign(chosen[entitlement], by_side, chosen, tried):
            chosen[entitlement] = side
            return True
    return False


def _matches(pattern: str, *texts: str) -> bool:
    """Return True for an empty pattern, and if one of the texts matches it."""
    return not pattern or any(text and _compiled(pattern).fullmatch(_normalized(text)) for text in texts)


@functools.lru_cache(maxsize=4096)
def _compiled(pattern: str) -> re.Pattern[str]:
    parts = [re.escape(_normalized_part(part)) for part in fold_text(pattern).split("*")]
    return re.compile("(?s)" + ".*".join(parts))


def _normalized(text: str) -> str:
    return _normalized_part(fold_text(text))


def _normalized_part(text: str) -> str:
    return SEPARATORS.sub(" ", text)
