"""Rows of the tables of a lake, from the view of one sync: resource types, resources, entitlements."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from ..c1z.types import View
from ..errors import FileError
from ..model import AccountType, Resource, Trait, UserTrait
from ..query.ownership import ownership_level
from ..query.privileged import privileged_word
from ..query.resource_facts import account_kind, account_state
from ..wire import decode

__all__ = ["Row", "entitlement_rows", "resource_rows", "resource_type_rows"]

Row = tuple[Any, ...]
"""The values of the columns of a table behind `source` and `sync_id`, in the order of its schema."""
UNREADABLE = "(unreadable)"


def resource_type_rows(view: View) -> Iterator[Row]:
    """Yield the rows of `resource_types`."""
    for row in view.resource_types():
        try:
            resource_type = decode.resource_type(row.data)
        except FileError:
            yield row.id, UNREADABLE, "", []
            continue
        traits = [trait.name.lower() for trait in resource_type.traits]
        yield row.id, resource_type.display_name, resource_type.description, traits


def entitlement_rows(view: View, ownership: dict[str, int]) -> Iterator[Row]:
    """Yield the rows of `entitlements`, and note those that make their holders owners in `ownership`: id -> level."""
    for row in view.entitlements():
        place = row.resource_type, row.resource, row.id
        try:
            entitlement = decode.entitlement(row.data)
        except FileError:
            yield *place, UNREADABLE, "", "", "", "", 0, []
            continue
        level = ownership_level(entitlement)
        if level:
            ownership[row.id] = level
        yield (
            *place,
            entitlement.display_name,
            entitlement.slug,
            entitlement.description,
            entitlement.purpose.name.lower(),
            privileged_word(entitlement.slug, entitlement.display_name),
            level,
            [granted if isinstance(granted, str) else granted.id for granted in entitlement.grantable_to],
        )


def resource_rows(view: View, owners: Mapping[tuple[str, str], list[str]]) -> Iterator[Row]:
    """Yield the rows of `resources`; `owners` maps (type, id) to the whole ids of their owners."""
    account_types = _account_types(view)
    encode = msgspec.json.Encoder(order="sorted").encode
    for row in view.resources():
        key = row.id.removeprefix(f"{row.resource_type}:")
        is_account = row.resource_type in account_types
        owner_ids = owners.get((row.resource_type, key), [])
        try:
            resource = decode.resource(row.data)
        except FileError:
            facts: Row = (UNREADABLE, "", is_account, "", "", "", [], "", None, None)
            yield row.resource_type, key, *facts, owner_ids, row.parent_type, row.parent, ""
            continue
        profile = encode(resource.profile).decode() if resource.profile else ""
        facts = _facts(resource, is_account=is_account)
        yield row.resource_type, key, *facts, owner_ids, row.parent_type, row.parent, profile


def _facts(resource: Resource, *, is_account: bool) -> Row:
    """Return the columns from `name` to `created_at`."""
    users = [trait for trait in resource.traits if isinstance(trait, UserTrait)]
    if not users:
        return _facts_of_no_account(resource, is_account=is_account)
    email, aliases, login = _addresses(users)
    account_type = account_kind(resource)
    if not account_type and any(user.account_type is AccountType.HUMAN for user in users):
        account_type = "human"
    times = [user.last_login for user in users if user.last_login is not None]
    return (
        resource.display_name,
        resource.description,
        True,
        account_type,
        account_state(resource),
        email,
        aliases,
        login,
        max(times) if times else None,
        resource.created_at,
    )


def _facts_of_no_account(resource: Resource, *, is_account: bool) -> Row:
    facts: Row = ("", account_state(resource), "", [], "", None, resource.created_at)
    return resource.display_name, resource.description, is_account, *facts


def _addresses(users: list[UserTrait]) -> tuple[str, list[str], str]:
    """Return the primary e-mail address, the other addresses, and the login; a login with an @ is an address."""
    if len(users) == 1 and len(users[0].emails) == 1 and not users[0].login and not users[0].login_aliases:
        return users[0].emails[0].address, [], ""  # the most frequent case
    mails = sorted((mail for user in users for mail in user.emails), key=lambda mail: not mail.is_primary)
    logins = [text for user in users for text in (user.login, *user.login_aliases) if text]
    addresses = [mail.address for mail in mails if mail.address]
    addresses = list(dict.fromkeys([*addresses, *(login for login in logins if "@" in login)]))
    return (addresses[0] if addresses else ""), addresses[1:], (logins[0] if logins else "")


def _account_types(view: View) -> set[str]:
    types = set()
    for row in view.resource_types():
        try:
            if Trait.USER in decode.resource_type(row.data).traits:
                types.add(row.id)
        except FileError:
            continue
    return types
