"""Questions about access now, or on a day: what somebody holds, and who holds something."""

from __future__ import annotations

from typing import Any

from ...errors import ConfigError, NotFoundInFile
from ...query.lookup.principal_names import did_you_mean, similar_texts
from ..engines.engine_choice import LakeEngine, LakeReading
from ..engines.lake_views import literal
from ..result_table import LakeColumn, LakeTable, counted
from .account_lookup import accounts_condition, find_accounts

__all__ = ["ACCESS_COLUMNS", "held_word", "list_access", "list_holders"]

ACCESS_COLUMNS = (
    LakeColumn("person", "Person"),
    LakeColumn("source", "Source"),
    LakeColumn("account", "Account", secondary=True),
    LakeColumn("resource", "Resource"),
    LakeColumn("type", "Type", secondary=True),
    LakeColumn("permission", "Permission"),
    LakeColumn("privileged", "Privileged"),
    LakeColumn("held", "Held"),
    LakeColumn("through", "Through"),
    LakeColumn("status", "Status", secondary=True),
    LakeColumn("entitlementId", "Entitlement ID", secondary=True),
)
SELECT = """
    select person, source, account, resource_name, type_name, permission, privileged, direct, inherited, through,
        status, entitlement
"""
MOST_COMPARED = 20_000


def list_access(reading: LakeReading, text: str, source: str | None = None) -> LakeTable:
    """Return what the person whom a text names holds, in every source or one."""
    accounts = find_accounts(reading.engine, text)
    condition = accounts_condition(accounts, ("source", "account_type", "account"))
    if source is not None:
        condition = f"source = {literal(source)} and {condition}"
    rows = _access_rows(reading.engine, condition)
    titles = dict.fromkeys(account.label for account in accounts)
    notes = (f"{accounts[0].person}: {counted(len(accounts), 'account')}: {'; '.join(titles)}.", *reading.notes)
    return LakeTable(key="access", columns=ACCESS_COLUMNS, rows=rows, notes=notes)


def list_holders(reading: LakeReading, text: str, *, source: str | None, permission: str | None) -> LakeTable:
    """Return the people who hold something on the resource that a text names by name, id or `TYPE:ID`.

    `permission` is the slug, name or id of an entitlement. Raises NotFoundInFile with similar names.
    """
    resources = _find_resources(reading.engine, text, source)
    keys = " or ".join(
        f"(source = {literal(place)} and resource_type = {literal(kind)} and resource = {literal(key)})"
        for place, kind, key, _ in resources
    )
    condition = f"({keys})"
    if permission is not None:
        condition += f" and ({_same(('permission', 'entitlement_name', 'entitlement'), permission)})"
    rows = _access_rows(reading.engine, condition)
    labels = "; ".join(f"{name or key} ({place}, {kind})" for place, kind, key, name in resources)
    if not rows and permission is not None:
        _refuse_unknown_permission(reading.engine, keys, permission)
    return LakeTable(key="holders", columns=ACCESS_COLUMNS, rows=rows, notes=(f"{labels}.", *reading.notes))


def held_word(*, direct: bool, inherited: bool) -> str:
    """Return `direct`, `inherited`, or both words."""
    return ", ".join(word for word, holds in (("direct", direct), ("inherited", inherited)) if holds)


def _access_rows(engine: LakeEngine, condition: str) -> list[tuple[Any, ...]]:
    order = "person, source, resource_name, permission, entitlement, account"
    result = engine.query(f"{SELECT} from access where {condition} order by {order}")
    names = entitlement_names(engine, {name for row in result.rows for name in row[9] or ()})
    return [
        (
            *row[:7],
            held_word(direct=row[7], inherited=row[8]),
            [names.get((row[1], name), name) for name in row[9] or ()],
            *row[10:],
        )
        for row in result.rows
    ]


def entitlement_names(engine: LakeEngine, entitlements: set[str]) -> dict[tuple[str, str], str]:
    """Return the names of entitlements by source and id."""
    if not entitlements:
        return {}
    ids = ", ".join(map(literal, sorted(entitlements)))
    sql = f"select source, entitlement, name, slug from current.entitlements where entitlement in ({ids})"
    return {(row[0], row[1]): row[2] or row[3] or row[1] for row in engine.query(sql).rows}


def _find_resources(engine: LakeEngine, text: str, source: str | None) -> list[tuple[str, str, str, str]]:
    place = f" and source = {literal(source)}" if source is not None else ""
    select = "select source, resource_type, resource, name from current.resources"
    by_id = f"resource = {literal(text)} or resource_type || ':' || resource = {literal(text)}"
    order = "order by source, resource_type, resource"
    for condition in (by_id, f"lower(name) = {literal(text.lower())}"):
        rows = engine.query(f"{select} where ({condition}){place} {order}").rows
        if rows:
            return [(row[0], row[1], row[2], row[3]) for row in rows]
    names = engine.query(f"select distinct name from current.resources where name <> ''{place} limit {MOST_COMPARED}")
    hint = did_you_mean(similar_texts(text, (str(row[0]) for row in names.rows)))
    raise NotFoundInFile(f"No resource in the lake matches {text!r}.", hint=hint or "Write its name, id or TYPE:ID.")


def _refuse_unknown_permission(engine: LakeEngine, keys: str, permission: str) -> None:
    """Raise NotFoundInFile if the resources have no such entitlement: nobody holding it is another answer."""
    sql = f"select slug, name, entitlement from current.entitlements where {keys}"
    texts = [str(text) for row in engine.query(sql).rows for text in row if text]
    if permission.lower() not in map(str.lower, texts):
        hint = did_you_mean(similar_texts(permission, texts)) or "Leave out --permission for everything."
        raise NotFoundInFile(f"No entitlement on it matches {permission!r}.", hint=hint)


def _same(columns: tuple[str, ...], text: str) -> str:
    if not text.strip():
        raise ConfigError("--permission is empty.", hint="Leave it out for every permission.")
    return " or ".join(f"lower({column}) = {literal(text.lower())}" for column in columns)
