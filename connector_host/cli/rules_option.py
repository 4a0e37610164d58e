"""The option `--rules` of commands that read a file, and the rules compared with it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from ..c1z.types import View
from ..model import ResourceId
from ..output.document import TablePart
from ..query.lookup.object_cache import SyncObjects
from ..query.privileged import PrivilegeMark, word_mark
from ..query.rules.access_rules import AccessRules
from ..query.rules.bound_rules import BoundRules, bind_rules
from ..query.rules.rules_file import read_rules
from ..query.rules.separation import SeparationViolation, find_violations
from ..query.rules.violation_rows import VIOLATION_COLUMNS, most_severe_first, violation_row

__all__ = ["load_rules", "mark_of", "rules_option", "violation_table", "violations_of"]

rules_option = click.option(
    "--rules",
    "rules",
    metavar="FILE",
    help="Apply the rules in this TOML file: privileged entitlements, separation of duties.",
)


def load_rules(rules: str | None) -> AccessRules | None:
    """Read the file that `--rules` names, if it was specified."""
    return read_rules(Path(rules)) if rules is not None else None


def mark_of(view: View, rules: str | None) -> PrivilegeMark:
    """Return what marks privileged entitlements: the rules that were named, or else words."""
    loaded = load_rules(rules)
    return word_mark if loaded is None else bind_rules(view, loaded).mark


def violations_of(view: View, bound: BoundRules, principal: ResourceId | None = None) -> list[SeparationViolation]:
    """Return the violations of the rules, of one principal if specified, the most severe first."""
    today = datetime.now(UTC).date()
    return most_severe_first(list(find_violations(view, bound, today, principal)))


def violation_table(objects: SyncObjects, violations: list[SeparationViolation]) -> TablePart:
    """Return the table of the violations."""
    return TablePart(VIOLATION_COLUMNS, lambda: (violation_row(objects, violation) for violation in violations))
