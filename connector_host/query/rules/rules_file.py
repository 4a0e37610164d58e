"""Reader of `rules.toml`; the format is described in docs/rules.md."""

from __future__ import annotations

import difflib
import hashlib
import re
import tomllib
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

from ...decoding.toml_decoding import decode_toml
from ...errors import ConfigError
from .access_rules import (
    AccessRules,
    EntitlementReference,
    PrivilegeRule,
    RuleException,
    RuleSeverity,
    SeparationRule,
)

__all__ = ["RULES_FORMAT", "read_rules"]

RULES_FORMAT = 1
MOST_BYTES = 1 << 20
BYTE_ORDER_MARK = b"\xef\xbb\xbf"
FILE_KEYS = ("format", "privileged", "not-privileged", "separation")
PRIVILEGE_KEYS = ("name", "entitlements", "reason", "optional")
SEPARATION_KEYS = (
    *("name", "severity", "reason", "never-together", "at-most-one-of", "same-resource", "optional", "exceptions"),
)
EXCEPTION_KEYS = ("principal", "until", "reason", "approved-by")
REFERENCE_KEYS = ("entitlement", "resource", "resource-type", "connector", "account")


def read_rules(path: Path) -> AccessRules:
    """Read a file of rules. Raises ConfigError that names the rule and the key of the first error."""
    content = _read(path)
    try:
        values = decode_toml(content.removeprefix(BYTE_ORDER_MARK))
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path}: not valid TOML: {error}", hint="Correct this line.") from error
    except ValueError as error:
        raise ConfigError(f"{path}: {error}.", hint="Correct the file, and save it as UTF-8.") from error
    table = _RuleTable(f"{path}", values, FILE_KEYS)
    if table.value("format", int) != RULES_FORMAT:
        raise table.error(f"format {values['format']!r} is not supported", f"Write format = {RULES_FORMAT}")
    rules = AccessRules(
        source=str(path),
        sha256=hashlib.sha256(content).hexdigest(),
        privileges=(
            *(_privilege(part, privileged=False) for part in table.tables("not-privileged", PRIVILEGE_KEYS)),
            *(_privilege(part, privileged=True) for part in table.tables("privileged", PRIVILEGE_KEYS)),
        ),
        separations=tuple(map(_separation, table.tables("separation", SEPARATION_KEYS))),
    )
    _check_names(table, [rule.name for rule in rules.every_rule])
    return rules


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            content = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise ConfigError(
            f"The rules file {path} cannot be read ({error.strerror}).", hint="Name an existing file with --rules."
        ) from error
    except ValueError as error:
        raise ConfigError(f"{str(path)!r} is not a file name.", hint="Name a file with --rules.") from error
    if len(content) > MOST_BYTES:
        raise ConfigError(f"{path} is larger than 1 MiB.", hint="Name a file of rules with --rules.")
    return content


def _check_names(table: _RuleTable, names: list[str]) -> None:
    for number, name in enumerate(names):
        if name in names[:number]:
            raise table.error(f"two rules have the name {name!r}", "Give each rule a name of its own")


def _privilege(table: _RuleTable, *, privileged: bool) -> PrivilegeRule:
    return PrivilegeRule(
        name=table.text("name"),
        entitlements=_references(table, "entitlements", table.value("entitlements", list)),
        reason=table.text("reason", required=False),
        privileged=privileged,
        optional=table.value("optional", bool, default=False),
    )


def _separation(table: _RuleTable) -> SeparationRule:
    sides = _sides(table)
    severity = table.text("severity")
    if severity not in list(RuleSeverity):
        raise table.error(f"severity {severity!r} is unknown", f"Choose {', '.join(RuleSeverity)}")
    return SeparationRule(
        name=table.text("name"),
        severity=RuleSeverity(severity),
        reason=table.text("reason"),
        sides=sides,
        any_two="at-most-one-of" in table.values,
        same_resource=table.value("same-resource", bool, default=False),
        optional=table.value("optional", bool, default=False),
        exceptions=tuple(map(_exception, table.tables("exceptions", EXCEPTION_KEYS))),
    )


def _sides(table: _RuleTable) -> tuple[tuple[EntitlementReference, ...], ...]:
    names = [name for name in ("never-together", "at-most-one-of") if name in table.values]
    if len(names) != 1:
        problem = "has both" if names else "has neither"
        raise table.error(f"{problem} never-together and at-most-one-of", "Write one of the two")
    values = table.value(names[0], list)
    if names[0] == "at-most-one-of":
        return (_references(table, names[0], values),)
    if len(values) < 2:
        raise table.error("never-together has less than two sides", 'Write never-together = ["first", "second"]')
    sides = tuple(_references(table, names[0], value if isinstance(value, list) else [value]) for value in values)
    for number, side in enumerate(sides):
        if repeated := [reference for other in sides[:number] for reference in other if reference in side]:
            raise table.error(f"{repeated[0]} is on two sides", "Remove it from one side")
    return sides


def _exception(table: _RuleTable) -> RuleException:
    until = table.values.get("until")
    if until is None:
        raise table.error("until is missing", "Write the last day of the exception: until = 2026-12-31")
    if not isinstance(until, date) or isinstance(until, datetime):
        raise table.error(f"until = {until!r} is not a day", "Write it without quotes and without a time: 2026-12-31")
    return RuleException(
        principal=table.text("principal"),
        until=until,
        reason=table.text("reason"),
        approved_by=table.text("approved-by", required=False),
    )


def _references(table: _RuleTable, key: str, values: list[Any]) -> tuple[EntitlementReference, ...]:
    if not values:
        raise table.error(f"{key} is empty", "Name at least one entitlement")
    return tuple(_reference(table, key, value) for value in values)


def _reference(table: _RuleTable, key: str, value: Any) -> EntitlementReference:
    if isinstance(value, str):
        value = {"entitlement": value}
    if not isinstance(value, dict):
        raise table.error(
            f"{key} holds {value!r}", 'Write an entitlement as "name" or { entitlement = "name", resource = "name" }'
        )
    part = _RuleTable(f"{table.place}, {key}", value, REFERENCE_KEYS)
    texts = {name: part.text(name, required=name == "entitlement") for name in REFERENCE_KEYS}
    return EntitlementReference(
        entitlement=texts["entitlement"],
        resource=texts["resource"],
        resource_type=texts["resource-type"],
        connector=texts["connector"],
        account=texts["account"],
    )


class _RuleTable:
    """A table of the file with the `place` that messages name. Raises ConfigError for an unknown key."""

    def __init__(self, place: str, values: dict[str, Any], keys: Iterable[str]) -> None:
        self.place, self.values = place, values
        known = tuple(keys)
        for key in values:
            if key not in known:
                close = difflib.get_close_matches(re.sub(r"[\s_]", "-", key.lower()), known, n=1)
                remedy = f"Did you mean {close[0]!r}?" if close else f"The keys are {', '.join(known)}"
                raise self.error(f"unknown key {key!r}", remedy)

    def error(self, problem: str, remedy: str) -> ConfigError:
        """Return the error for a problem in this table."""
        return ConfigError(f"{self.place}: {problem}.", hint=remedy if remedy.endswith("?") else f"{remedy}.")

    def value(self, key: str, kind_of_value: type[Any], default: Any = None) -> Any:
        """Return the value of a key, which must be of a type."""
        value = self.values.get(key, default)
        if value is None:
            raise self.error(f"{key} is missing", f"Add {key}")
        if type(value) is not kind_of_value:
            noun = {int: "a number", bool: "true or false", list: "a list", str: "a text"}[kind_of_value]
            raise self.error(f"{key} = {value!r} is not {noun}", f"Write {noun}")
        return value

    def text(self, key: str, *, required: bool = True) -> str:
        """Return a text without spaces around it; an empty one is refused."""
        if not required and key not in self.values:
            return ""
        text: str = self.value(key, str).strip()
        if not text:
            raise self.error(f"{key} is empty", f"Write a text, or remove {key}" if not required else "Write a text")
        return text

    def tables(self, key: str, keys: Iterable[str]) -> Iterator[_RuleTable]:
        """Yield the tables of a list of tables."""
        values = self.values.get(key, [])
        if not isinstance(values, list) or not all(isinstance(value, dict) for value in values):
            heading = f"[[{'separation.exceptions' if key == 'exceptions' else key}]]"
            raise self.error(f"{key} is not a list of tables", f"Begin each with {heading}")
        known = tuple(keys)
        for number, value in enumerate(values, 1):
            name = value.get("name", value.get("principal"))
            label = f" ({name})" if isinstance(name, str) and name else ""
            yield _RuleTable(f"{self.place}, {key} {number}{label}", value, known)
