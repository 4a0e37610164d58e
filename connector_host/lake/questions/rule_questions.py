"""Privileged access and separation of duties across sources, by the rules of docs/rules.md or by names."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from ...errors import NotFoundInFile
from ...index.text_search import fold_text
from ...query.lookup.principal_names import did_you_mean, similar_texts
from ...query.rules.access_rules import AccessRules, EntitlementFacts, RuleException, RuleSeverity, SeparationRule
from ..engines.engine_choice import LakeEngine, LakeReading
from ..engines.lake_views import literal
from ..result_table import LakeColumn, LakeTable
from .access_questions import held_word

__all__ = ["list_privileged", "list_separation"]

Key = tuple[str, str]
"""Source and id of an entitlement."""
PRIVILEGED_COLUMNS = (
    LakeColumn("person", "Person"),
    LakeColumn("name", "Name", secondary=True),
    LakeColumn("source", "Source"),
    LakeColumn("account", "Account", secondary=True),
    LakeColumn("resource", "Resource"),
    LakeColumn("permission", "Permission"),
    LakeColumn("because", "Because"),
    LakeColumn("held", "Held"),
    LakeColumn("status", "Status", secondary=True),
    LakeColumn("lastSignIn", "Last sign-in", secondary=True),
)
SEPARATION_COLUMNS = (
    LakeColumn("severity", "Severity"),
    LakeColumn("rule", "Rule"),
    LakeColumn("person", "Person"),
    LakeColumn("name", "Name", secondary=True),
    LakeColumn("holds", "Holds"),
    LakeColumn("exception", "Exception"),
    LakeColumn("open", "Open", secondary=True),
)
FACTS = """
    select e.source, e.entitlement, e.slug, e.name, e.resource_type, coalesce(t.name, '') as type_name, e.resource,
        coalesce(r.name, '') as resource_name, s.connector, s.account, e.privileged_word
    from current.entitlements as e
    join current.syncs as s on s.source = e.source
    left join current.resource_types as t on t.source = e.source and t.resource_type = e.resource_type
    left join current.resources as r
    on r.source = e.source and r.resource_type = e.resource_type and r.resource = e.resource
"""
MOST_IN_A_LIST = 5_000  # entitlements in one condition


def list_privileged(reading: LakeReading, rules: AccessRules | None = None) -> LakeTable:
    """Return who holds privileged access, and for which word or rule it counts as such."""
    if rules is None:
        sql = "select source, entitlement, mark from privileged_entitlements"
        marks = {(row[0], row[1]): row[2] for row in reading.engine.query(sql).rows}
    else:
        facts = _facts(reading.engine)
        _refuse_unmatched(rules, facts, [rule.references for rule in rules.privileges if not rule.optional])
        marks = {key: mark for key, fact in facts.items() if (mark := rules.privileged_mark(fact))}
    rows = [
        (
            *row[:6],
            marks[row[2], row[6]],
            held_word(direct=row[7], inherited=row[8]),
            *row[9:],
        )
        for row in _held_by_people(reading.engine, marks)
    ]
    return LakeTable(key="privileged", columns=PRIVILEGED_COLUMNS, rows=rows, notes=reading.notes)


def list_separation(reading: LakeReading, rules: AccessRules, today: date) -> LakeTable:
    """Return the people who hold entitlements together that a rule separates, in one source or across sources."""
    facts = _facts(reading.engine)
    _refuse_unmatched(rules, facts, [rule.references for rule in rules.separations if not rule.optional])
    rows: list[tuple[Any, ...]] = []
    for rule in rules.separations:
        rows += _violations(reading.engine, rule, facts, today)
    severities = list(RuleSeverity)
    rows.sort(key=lambda row: (not row[-1], -severities.index(RuleSeverity(row[0])), row[1], row[2]))
    return LakeTable(key="violations", columns=SEPARATION_COLUMNS, rows=rows, notes=reading.notes)


def _facts(engine: LakeEngine) -> dict[Key, EntitlementFacts]:
    return {
        (row[0], row[1]): EntitlementFacts(
            id=row[1],
            slug=row[2] or "",
            name=row[3] or "",
            resource_type=row[4] or "",
            type_name=row[5],
            resource=row[6] or "",
            resource_name=row[7],
            connector=row[8] or "",
            account=row[9] or "",
        )
        for row in engine.query(FACTS).rows
    }


def _refuse_unmatched(
    rules: AccessRules, facts: dict[Key, EntitlementFacts], references_of_rules: Iterable[Sequence[Any]]
) -> None:
    """Raise NotFoundInFile for a reference that describes no entitlement of the lake."""
    systems = {(fact.connector, fact.account) for fact in facts.values()}
    for references in references_of_rules:
        for reference in references:
            if not any(reference.may_match_in(*system) for system in systems):
                continue  # limited to a system that the lake does not hold
            if not any(reference.matches(fact) for fact in facts.values()):
                texts = [text for fact in facts.values() for text in (fact.slug, fact.name, fact.id)]
                hint = did_you_mean(similar_texts(reference.entitlement, texts))
                raise NotFoundInFile(
                    f"{rules.source}: no entitlement in the lake matches {reference}.",
                    hint=f"{hint} Correct the name, or write optional = true in the rule.".strip(),
                )


def _held_by_people(engine: LakeEngine, keys: Iterable[Key]) -> list[tuple[Any, ...]]:
    """Return person, name, source, account, resource, permission, entitlement, direct, inherited, status, sign-in."""
    rows: list[tuple[Any, ...]] = []
    ordered = sorted(keys)
    for start in range(0, len(ordered), MOST_IN_A_LIST):
        part = ordered[start : start + MOST_IN_A_LIST]
        entitlements = ", ".join(literal(entitlement) for entitlement in sorted({key[1] for key in part}))
        sql = (
            "select person, person_name, source, account, resource_name, permission, entitlement, direct, inherited,"
            f" status, last_sign_in from access where entitlement in ({entitlements})"
        )
        wanted_keys = set(part)
        rows += [row for row in engine.query(sql).rows if (row[2], row[6]) in wanted_keys]
    return sorted(rows, key=lambda row: tuple(str(value) for value in (row[0], row[2], row[4], row[5], row[3])))


def _violations(
    engine: LakeEngine, rule: SeparationRule, facts: dict[Key, EntitlementFacts], today: date
) -> list[tuple[Any, ...]]:
    sides = {key: numbers for key, fact in facts.items() if (numbers := rule.sides_of(fact))}
    by_person: dict[str, dict[str, tuple[Any, ...]]] = defaultdict(dict)
    for row in _held_by_people(engine, sides):
        by_person[row[0]][f"{row[2]}\0{row[6]}"] = row
    violations = []
    for person, held in by_person.items():
        places: dict[str, dict[str, frozenset[int]]] = defaultdict(dict)
        for label, row in held.items():
            fact = facts[row[2], row[6]]
            place = f"{row[2]}\0{fact.resource_type}\0{fact.resource}" if rule.same_resource else ""
            places[place][label] = sides[row[2], row[6]]
        conflict = [label for entitlements in places.values() for label in rule.conflict(entitlements)]
        if conflict:
            violations.append(_violation_row(rule, person, [held[label] for label in conflict], today))
    return violations


def _violation_row(rule: SeparationRule, person: str, rows: list[tuple[Any, ...]], today: date) -> tuple[Any, ...]:
    names = {fold_text(text) for row in rows for text in (person, row[1] or "", row[3]) if text}
    exceptions = [exception for exception in rule.exceptions if fold_text(exception.principal) in names]
    valid = next((exception for exception in exceptions if not exception.is_expired(today)), None)
    holds = [f"{row[4]} {row[5]} ({row[2]}, {held_word(direct=row[7], inherited=row[8])})" for row in rows]
    text = _exception_text(valid, exceptions)
    return rule.severity.value, rule.name, person, rows[0][1] or "", holds, text, valid is None


def _exception_text(valid: RuleException | None, exceptions: list[RuleException]) -> str:
    if valid is not None:
        return f"allowed until {valid.until.isoformat()}: {valid.reason}"
    return f"ended on {exceptions[0].until.isoformat()}" if exceptions else ""
